//! Values, each distinct one once.

use std::hash::{BuildHasher, Hash};

use rustc_hash::FxBuildHasher;
use serde::{Deserialize, Serialize};

use super::by_hash::{AHEAD, ByHash, half};

/// Values of one type in pieces that never move, so that adding one copies no other.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Pieces<T>(Vec<Vec<T>>);

/// Bits of the place within a piece.
const PIECE: u32 = 14;

impl<T> Pieces<T> {
    fn push(&mut self, value: T) {
        match self.0.last_mut() {
            Some(last) if last.len() < 1 << PIECE => last.push(value),
            // The first piece grows as it has to: most dictionaries are small.
            before => {
                let capacity = before.map_or(0, |_| 1 << PIECE);
                let mut piece = Vec::with_capacity(capacity);
                piece.push(value);
                self.0.push(piece);
            }
        }
    }

    #[inline]
    fn get(&self, place: u32) -> &T {
        &self.0[(place >> PIECE) as usize][(place & ((1 << PIECE) - 1)) as usize]
    }

    fn len(&self) -> usize {
        let before = self.0.len().saturating_sub(1) << PIECE;
        before + self.0.last().map_or(0, Vec::len)
    }
}

/// Distinct values of one type, each held once and numbered in the order of arrival. What was written
/// and read again is as it is when frozen.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Interner<T> {
    values: Pieces<T>,
    /// Places of the values.
    #[serde(skip)]
    places: ByHash,
}

impl<T> Default for Interner<T> {
    fn default() -> Self {
        Interner {
            values: Pieces(Vec::new()),
            places: ByHash::default(),
        }
    }
}

impl<T: Eq + Hash> Interner<T> {
    /// None yet, with room for so many.
    pub(super) fn with_room(values: usize) -> Interner<T> {
        let first = Vec::with_capacity(values.min(1 << PIECE));
        Interner {
            values: Pieces(vec![first]),
            places: ByHash::with_room(values),
        }
    }

    /// The place of the value, which is added if it is new.
    pub fn intern(&mut self, value: T) -> u32 {
        let half = half_of(&value);
        let held = self
            .places
            .find(half, |place| *self.values.get(place) == value);
        held.unwrap_or_else(|| self.add(half, value))
    }

    /// Moves every value of `other` in here, as `translate` makes it, and returns where each went.
    /// What is made of two values must not be the same.
    pub(super) fn absorb(&mut self, other: Interner<T>, translate: impl Fn(T) -> T) -> Vec<u32> {
        let mut moved = Vec::with_capacity(other.len());
        let mut values = other.values.0.into_iter().flatten().map(translate);
        let mut next: Vec<T> = Vec::with_capacity(AHEAD);
        let (mut halves, mut found) = (Vec::with_capacity(AHEAD), Vec::with_capacity(AHEAD));
        loop {
            next.extend(values.by_ref().take(AHEAD));
            if next.is_empty() {
                return moved;
            }
            halves.clear();
            halves.extend(next.iter().map(half_of));
            let is_it = |at: usize, place| *self.values.get(place) == next[at];
            self.places.find_each(&halves, is_it, &mut found);
            // No two of them are the same, so that those that were not found are still not here.
            for ((value, &half), &held) in next.drain(..).zip(&halves).zip(&found) {
                moved.push(held.unwrap_or_else(|| self.add(half, value)));
            }
        }
    }

    /// Adds a value that is not here.
    fn add(&mut self, half: u32, value: T) -> u32 {
        let place = u32::try_from(self.values.len()).unwrap_or(u32::MAX - 1);
        self.values.push(value);
        self.places.add(half, place);
        place
    }
}

fn half_of(value: &impl Hash) -> u32 {
    half(FxBuildHasher.hash_one(value))
}

impl<T> Interner<T> {
    /// The value at a place, which must have come from this interner.
    #[inline]
    pub fn get(&self, place: u32) -> &T {
        self.values.get(place)
    }

    /// How many distinct values there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All values in the order of their places.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.values.0.iter().flatten()
    }

    /// Bytes of the values once frozen, but for what they hold elsewhere.
    pub(super) fn bytes(&self) -> usize {
        self.len() * size_of::<T>()
    }

    /// Frees what only [`Interner::intern`] needs.
    pub fn freeze(&mut self) {
        self.places = ByHash::default();
        if let Some(last) = self.values.0.last_mut() {
            last.shrink_to_fit();
        }
    }
}
