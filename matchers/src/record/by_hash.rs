//! Where values are, by their hashes.

use hashbrown::HashTable;

/// Places of distinct values, each with half of the value's hash, so that a growing table reads no
/// value.
#[derive(Clone, Debug, Default)]
pub(super) struct ByHash(HashTable<(u32, u32)>);

/// Values that are worth being looked for at once.
pub(super) const AHEAD: usize = 32;

/// The half of a hash that is kept.
pub(super) fn half(hash: u64) -> u32 {
    (hash >> 32) as u32
}

/// A hash from its half: tables take the place from the lower bits, and tell entries apart by the
/// highest ones.
fn whole(half: u32) -> u64 {
    u64::from(half) << 32 | u64::from(half)
}

impl ByHash {
    /// None yet, with room for so many.
    pub(super) fn with_room(values: usize) -> ByHash {
        ByHash(HashTable::with_capacity(values))
    }

    /// The place of the value with that half of a hash of which `is_it` says so.
    pub(super) fn find(&self, half: u32, is_it: impl Fn(u32) -> bool) -> Option<u32> {
        let held = self
            .0
            .find(whole(half), |&(place, known)| known == half && is_it(place));
        held.map(|&(place, _)| place)
    }

    /// [`ByHash::find`] of some values at once: `is_it` is told which of them, and a place, and `found`
    /// is where they are. Faster than one by one, for the waits for memory overlap: first of all the
    /// table alone is asked, and only then are the values read that are most likely meant.
    pub(super) fn find_each(
        &self,
        halves: &[u32],
        is_it: impl Fn(usize, u32) -> bool,
        found: &mut Vec<Option<u32>>,
    ) {
        found.clear();
        found.extend(halves.iter().map(|&half| self.find(half, |_| true)));
        for (at, (&half, found)) in halves.iter().zip(found).enumerate() {
            // Two values seldom have the same half.
            if found.is_some_and(|first| !is_it(at, first)) {
                *found = self.find(half, |place| is_it(at, place));
            }
        }
    }

    /// Adds the place of a value that is not here.
    pub(super) fn add(&mut self, half: u32, place: u32) {
        self.0
            .insert_unique(whole(half), (place, half), |&(_, half)| whole(half));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_one_half_are_told_apart() {
        let values = ["a", "b", "c", "d"];
        let mut places = ByHash::default();
        let halves = [7, 7, 7, 8];
        for (place, &half) in (0..).zip(&halves) {
            places.add(half, place);
        }
        let mut found = vec![Some(9)];
        let sought = ["d", "c", "b", "x", "a", "d"];
        let halves = [8, 7, 7, 7, 7, 9];
        let is_it = |at: usize, place: u32| values[place as usize] == sought[at];
        places.find_each(&halves, is_it, &mut found);
        assert_eq!(found, [Some(3), Some(2), Some(1), None, Some(0), None]);
        let one_by_one =
            (0..sought.len()).map(|at| places.find(halves[at], |place| is_it(at, place)));
        assert_eq!(one_by_one.collect::<Vec<_>>(), found);
    }
}
