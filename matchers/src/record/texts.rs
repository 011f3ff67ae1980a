//! Texts one after the other in one allocation, each distinct one once.

use std::hash::{BuildHasher, Hasher};

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;

/// Distinct texts, numbered in the order of arrival; their bytes and eight more each.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    text: String,
    ends: Vec<usize>,
    table: HashTable<u32>,
}

impl Texts {
    /// The place of the text, which is added if it is new.
    pub fn intern(&mut self, text: &str) -> u32 {
        let (hash, held) = (hash(text), |place: u32| get(&self.text, &self.ends, place));
        if let Some(&place) = self.table.find(hash, |&place| held(place) == text) {
            return place;
        }
        let place = u32::try_from(self.ends.len()).unwrap_or(u32::MAX - 1);
        self.text.push_str(text);
        self.ends.push(self.text.len());
        let (texts, ends) = (&self.text, &self.ends);
        self.table
            .insert_unique(hash, place, |&place| self::hash(get(texts, ends, place)));
        place
    }

    /// The text at a place, which must have come from here.
    #[inline]
    pub fn get(&self, place: u32) -> &str {
        get(&self.text, &self.ends, place)
    }

    /// How many distinct texts there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Frees what only [`Texts::intern`] needs.
    pub fn freeze(&mut self) {
        self.table = HashTable::new();
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
    }

    /// Moves every text of `other` in here and returns where each went.
    pub(super) fn absorb(&mut self, other: &Texts) -> Vec<u32> {
        let places = 0..other.len() as u32;
        places.map(|place| self.intern(other.get(place))).collect()
    }
}

#[inline]
fn get<'a>(text: &'a str, ends: &[usize], place: u32) -> &'a str {
    let place = place as usize;
    let start = place.checked_sub(1).map_or(0, |before| ends[before]);
    &text[start..ends[place]]
}

fn hash(text: &str) -> u64 {
    let mut hasher = FxBuildHasher.build_hasher();
    hasher.write(text.as_bytes());
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_as_they_were() {
        let (mut first, mut second) = (Texts::default(), Texts::default());
        let texts = ["330106000000001", "", "李村", "a", "李村3组"];
        for (place, text) in (0..).zip(texts) {
            assert_eq!(first.intern(text), place);
            assert_eq!(first.intern(text), place);
        }
        for text in ["新", "李村", ""] {
            second.intern(text);
        }
        assert_eq!(first.absorb(&second), [5, 2, 1]);
        first.freeze();
        let held: Vec<&str> = (0..first.len() as u32)
            .map(|place| first.get(place))
            .collect();
        assert_eq!(held, ["330106000000001", "", "李村", "a", "李村3组", "新"]);
    }
}
