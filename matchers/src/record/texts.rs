//! Texts, each distinct one once.

use std::hash::{BuildHasher, Hasher};

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;
use serde::{Deserialize, Serialize};

use super::{AHEAD, TextList, half, whole};

/// Distinct texts, numbered in the order of arrival.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Texts {
    list: TextList,
    /// The characters of each text, [`LONG`] for those that have more: asked for far oftener than the
    /// texts, which are all over memory.
    lengths: Vec<u8>,
    /// Places of the texts, each with half of its hash, so that a growing table reads no text.
    #[serde(skip)]
    table: HashTable<(u32, u32)>,
}

/// A text of so many characters or more.
const LONG: u8 = u8::MAX;

impl Texts {
    /// None yet, with room for so many.
    pub(super) fn with_room(texts: usize) -> Texts {
        Texts {
            list: TextList::default(),
            lengths: Vec::with_capacity(texts),
            table: HashTable::with_capacity(texts),
        }
    }

    /// The place of the text, which is added if it is new.
    pub fn intern(&mut self, text: &str) -> u32 {
        let half = half_of(text);
        let held = self.find(half, text);
        held.unwrap_or_else(|| self.add(half, text))
    }

    fn find(&self, half: u32, text: &str) -> Option<u32> {
        let held = self.table.find(whole(half), |&(place, known)| {
            known == half && self.get(place) == text
        });
        held.map(|&(place, _)| place)
    }

    /// Adds a text that is not here.
    fn add(&mut self, half: u32, text: &str) -> u32 {
        let place = u32::try_from(self.list.len()).unwrap_or(u32::MAX - 1);
        self.list.push(text);
        self.lengths.push(length(text).try_into().unwrap_or(LONG));
        self.table
            .insert_unique(whole(half), (place, half), |&(_, half)| whole(half));
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
        self.table = HashTable::new();
        self.list.shrink_to_fit();
        self.lengths.shrink_to_fit();
    }

    /// Moves every text of `other` in here and returns where each went.
    pub(super) fn absorb(&mut self, other: Texts) -> Vec<u32> {
        let mut moved = Vec::with_capacity(other.len());
        let mut found = Vec::with_capacity(AHEAD);
        while moved.len() < other.len() {
            // Some are looked for at once, so that the waits for memory overlap.
            let places = moved.len()..(moved.len() + AHEAD).min(other.len());
            found.extend(places.map(|place| {
                let text = other.get(place as u32);
                let half = half_of(text);
                (text, half, self.find(half, text))
            }));
            // No two of them are the same, so that those that were not found are still not here.
            for (text, half, held) in found.drain(..) {
                moved.push(held.unwrap_or_else(|| self.add(half, text)));
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
