//! Names of records and entities.

use std::fmt::Write as _;

use xxhash_rust::xxh3::xxh3_128;

/// Many short texts one after the other in one allocation: the record ids of a sweep.
#[derive(Clone, Debug, Default)]
pub struct TextList {
    text: String,
    ends: Vec<usize>,
}

impl TextList {
    /// Adds a text at the end.
    pub fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.ends.push(self.text.len());
    }

    /// The text at a place, or "" past the end.
    pub fn get(&self, place: usize) -> &str {
        let Some(&end) = self.ends.get(place) else {
            return "";
        };
        let start = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..end]
    }

    /// How many texts there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The texts in another order: the text at `order[k]` comes to place `k`.
    pub fn reordered(&self, order: &[u32]) -> TextList {
        let mut list = TextList {
            text: String::with_capacity(self.text.len()),
            ends: Vec::with_capacity(order.len()),
        };
        for &place in order {
            list.push(self.get(place as usize));
        }
        list
    }
}

/// The id of an entity: `E` and 16 characters of Crockford's base 32, from the first 80 bits
/// of the XXH3 hash of its smallest record's `source:record_id`. The same records give the
/// same id in every run.
pub fn entity_id(source: &str, record_id: &str) -> String {
    short_hash('E', &format!("{source}:{record_id}"))
}

/// `prefix` and 16 characters of base 32 from the hash of a text.
pub fn short_hash(prefix: char, text: &str) -> String {
    const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let hash = xxh3_128(text.as_bytes()) >> 48;
    let mut id = String::with_capacity(17);
    id.push(prefix);
    for place in (0..16).rev() {
        let digit = DIGITS[(hash >> (5 * place) & 31) as usize];
        let _ = id.write_char(char::from(digit));
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_in_any_order() {
        let mut list = TextList::default();
        for text in ["a", "", "编号3"] {
            list.push(text);
        }
        let turned = list.reordered(&[2, 0, 1]);
        assert_eq!(
            (turned.get(0), turned.get(1), turned.get(2), turned.get(3)),
            ("编号3", "a", "", "")
        );
    }

    #[test]
    fn entity_ids_never_change() {
        assert_eq!(entity_id("dibao", "D1"), entity_id("dibao", "D1"));
        assert_ne!(entity_id("dibao", "D1"), entity_id("tekun", "D1"));
        assert_eq!(entity_id("dibao", "D1").len(), 17);
    }
}
