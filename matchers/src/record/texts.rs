//! Texts, each distinct one once.

use std::hash::{BuildHasher, Hasher};

use rustc_hash::FxBuildHasher;
use serde::{Deserialize, Serialize};

use super::TextList;
use super::by_hash::{AHEAD, ByHash, half};

/// Distinct texts, numbered in the order of arrival.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Texts {
    list: TextList,
    /// The characters of each text, [`LONG`] for those that have more: asked for far oftener than the
    /// texts, which are all over memory.
    lengths: Vec<u8>,
    /// Places of the texts.
    #[serde(skip)]
    places: ByHash,
}

/// A text of so many characters or more.
const LONG: u8 = u8::MAX;

impl Texts {
    /// None yet, with room for so many.
    pub(super) fn with_room(texts: usize) -> Texts {
        Texts {
            list: TextList::default(),
            lengths: Vec::with_capacity(texts),
            places: ByHash::with_room(texts),
        }
    }

    /// The place of the text, which is added if it is new.
    pub fn intern(&mut self, text: &str) -> u32 {
        let half = half_of(text);
        let held = self.places.find(half, |place| self.get(place) == text);
        held.unwrap_or_else(|| self.add(half, text))
    }

    /// Adds a text that is not here.
    fn add(&mut self, half: u32, text: &str) -> u32 {
        let place = u32::try_from(self.list.len()).unwrap_or(u32::MAX - 1);
        self.list.push(text);
        self.lengths.push(length(text).try_into().unwrap_or(LONG));
        self.places.add(half, place);
        place
    }

    /// The text at a place, which must have come from here.
    #[inline]
    pub fn get(&self, place: u32) -> &str {
        self.list.get(place as usize)
    }

    /// The characters of the text at a place.
    #[inline]
    pub fn length(&self, place: u32) -> usize {
        match self.lengths[place as usize] {
            LONG => length(self.get(place)),
            length => length.into(),
        }
    }

    /// How many distinct texts there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Bytes of the texts once frozen.
    pub(super) fn bytes(&self) -> usize {
        self.list.bytes() + self.lengths.len()
    }

    /// Frees what only [`Texts::intern`] needs.
    pub fn freeze(&mut self) {
        self.places = ByHash::default();
        self.list.shrink_to_fit();
        self.lengths.shrink_to_fit();
    }

    /// Moves every text of `other` in here and returns where each went.
    pub(super) fn absorb(&mut self, other: Texts) -> Vec<u32> {
        let mut moved = Vec::with_capacity(other.len());
        let (mut halves, mut found) = (Vec::with_capacity(AHEAD), Vec::with_capacity(AHEAD));
        while moved.len() < other.len() {
            let first = moved.len();
            let text = |at: usize| other.get((first + at) as u32);
            let together = 0..AHEAD.min(other.len() - first);
            halves.clear();
            halves.extend(together.map(|at| half_of(text(at))));
            let is_it = |at: usize, place| self.get(place) == text(at);
            self.places.find_each(&halves, is_it, &mut found);
            // No two of them are the same, so that those that were not found are still not here.
            for (at, (&half, &held)) in halves.iter().zip(&found).enumerate() {
                moved.push(held.unwrap_or_else(|| self.add(half, text(at))));
            }
        }
        moved
    }
}

fn length(text: &str) -> usize {
    text.chars().count()
}

/// The half of a text's hash that is kept with its place.
fn half_of(text: &str) -> u32 {
    let mut hasher = FxBuildHasher.build_hasher();
    hasher.write(text.as_bytes());
    half(hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_as_they_were() {
        let (mut first, mut second) = (Texts::default(), Texts::default());
        let long = "村".repeat(300);
        let texts = [
            "330106000000001",
            "",
            "李村",
            "a",
            "李村3组",
            &long,
            &long[..3 * 255],
        ];
        for (place, text) in (0..).zip(texts) {
            assert_eq!(first.intern(text), place);
            assert_eq!(first.intern(text), place);
        }
        for text in ["新", "李村", ""] {
            second.intern(text);
        }
        assert_eq!(first.absorb(second), [7, 2, 1]);
        first.freeze();
        let held: Vec<&str> = (0..first.len() as u32)
            .map(|place| first.get(place))
            .collect();
        assert_eq!(held[..7], texts);
        assert_eq!(held[7..], ["新"]);
        let lengths: Vec<usize> = (0..first.len() as u32)
            .map(|place| first.length(place))
            .collect();
        assert_eq!(lengths, [15, 0, 2, 1, 4, 300, 255, 1]);
    }
}
