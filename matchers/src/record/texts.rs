//! Texts, each distinct one once.

use std::hash::{BuildHasher, Hasher};

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;

use super::TextList;

/// Distinct texts, numbered in the order of arrival.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    list: TextList,
    table: HashTable<u32>,
}

impl Texts {
    /// The place of the text, which is added if it is new.
    pub fn intern(&mut self, text: &str) -> u32 {
        let (hash, list) = (hash(text), &self.list);
        let held = self.table.find(hash, |&place| get(list, place) == text);
        if let Some(&place) = held {
            return place;
        }
        let place = u32::try_from(list.len()).unwrap_or(u32::MAX - 1);
        self.list.push(text);
        let list = &self.list;
        self.table
            .insert_unique(hash, place, |&place| self::hash(get(list, place)));
        place
    }

    /// The text at a place, which must have come from here.
    #[inline]
    pub fn get(&self, place: u32) -> &str {
        get(&self.list, place)
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
        self.list.bytes()
    }

    /// Frees what only [`Texts::intern`] needs.
    pub fn freeze(&mut self) {
        self.table = HashTable::new();
        self.list.shrink_to_fit();
    }

    /// Moves every text of `other` in here and returns where each went.
    pub(super) fn absorb(&mut self, other: &Texts) -> Vec<u32> {
        let places = 0..other.len() as u32;
        places.map(|place| self.intern(other.get(place))).collect()
    }
}

#[inline]
fn get(list: &TextList, place: u32) -> &str {
    list.get(place as usize)
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
