//! Texts one after the other in one allocation.

use serde::{Deserialize, Serialize};

/// Bits of an end that are kept with each text; the others are as many for nearly all. Few in
/// tests, so that they meet texts beyond.
const BITS: u32 = if cfg!(test) { 3 } else { 32 };

/// Texts that are brought to another place together. Few in tests, so that they meet several times
/// so many.
const TOGETHER: usize = if cfg!(test) { 3 } else { 64 };

/// Short texts by their places, in the order of arrival: their bytes and four more each.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct TextList {
    text: String,
    /// The lower [`BITS`] of where each text ends.
    ends: Vec<u32>,
    /// The first text that ends beyond each multiple of two to the power of [`BITS`].
    beyond: Vec<usize>,
}

impl TextList {
    /// Adds a text at the end.
    pub fn push(&mut self, text: &str) {
        self.text.push_str(text);
        let end = self.text.len();
        self.beyond.resize(end >> BITS, self.ends.len());
        self.ends.push((end & ((1 << BITS) - 1)) as u32);
    }

    /// Makes room for so many further texts, as long as those that are here, and not for more.
    pub fn reserve(&mut self, texts: usize) {
        let bytes = self.text.len() * texts / self.len().max(1);
        self.text.reserve_exact(bytes + bytes / 32);
        self.ends.reserve_exact(texts);
    }

    /// The text at a place, or "" past the end.
    #[inline]
    pub fn get(&self, place: usize) -> &str {
        if place >= self.ends.len() {
            return "";
        }
        let start = place.checked_sub(1).map_or(0, |before| self.end(before));
        &self.text[start..self.end(place)]
    }

    #[inline]
    fn end(&self, place: usize) -> usize {
        let beyond = match self.beyond.is_empty() {
            true => 0,
            false => self.beyond.partition_point(|&first| first <= place),
        };
        beyond << BITS | self.ends[place] as usize
    }

    /// How many texts there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Bytes of the texts and their places.
    pub fn bytes(&self) -> usize {
        self.text.len() + 4 * self.ends.len()
    }

    /// Frees what only [`TextList::push`] needs.
    pub fn shrink_to_fit(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
    }

    /// The texts in another order: the text at `order[k]` comes to place `k`.
    pub fn reordered(&self, order: &[u32]) -> TextList {
        let mut list = TextList {
            text: String::with_capacity(self.text.len()),
            ends: Vec::with_capacity(order.len()),
            beyond: Vec::new(),
        };
        for places in order.chunks(TOGETHER) {
            // Where they are, and their first bytes, before any is copied: so the waits for memory overlap.
            let texts = || places.iter().map(|&place| self.get(place as usize));
            let ahead = texts().filter_map(|text| text.as_bytes().first());
            std::hint::black_box(ahead.fold(0, |all, first| all ^ first));
            texts().for_each(|text| list.push(text));
        }
        list
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn texts_come_back_in_any_order(
            texts in proptest::collection::vec("[a编]{0,7}", 0..40),
            order in proptest::collection::vec(0..50_u32, 0..40),
        ) {
            let mut list = TextList::default();
            texts.iter().for_each(|text| list.push(text));
            prop_assert_eq!(list.len(), texts.len());
            let expected = |place: usize| texts.get(place).map_or("", String::as_str);
            for place in 0..texts.len() + 2 {
                prop_assert_eq!(list.get(place), expected(place));
            }
            let turned = list.reordered(&order);
            for (place, &from) in order.iter().enumerate() {
                prop_assert_eq!(turned.get(place), expected(from as usize));
            }
        }
    }
}
