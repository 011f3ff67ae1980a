//! Random numbers whose values are fixed for ever: only integer steps, and one conversion to a
//! double that IEEE 754 defines exactly, so every machine draws the same population.

/// SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
/// Chosen over a general library because its values must not change with a library's version.
#[derive(Clone)]
pub(super) struct Rng(u64);

/// The output function of SplitMix64: a bijection of 64 bits that hides all order.
pub(super) fn mix(value: u64) -> u64 {
    let value = (value ^ value >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ value >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ value >> 31
}

/// A hash of several numbers, for what must be the same wherever it is asked for.
pub(super) fn hash(values: &[u64]) -> u64 {
    values.iter().fold(0x9e37_79b9_7f4a_7c15, |sum, &value| {
        mix(sum.rotate_left(17) ^ mix(value))
    })
}

impl Rng {
    /// The stream that belongs to these numbers (seed, purpose, chunk).
    pub fn new(key: &[u64]) -> Rng {
        Rng(hash(key))
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// A number from 0 to `n - 1`; 0 if `n` is 0.
    pub fn below(&mut self, n: u32) -> u32 {
        (((self.next() >> 32) * u64::from(n)) >> 32) as u32
    }

    /// A position in something that holds `n` things; 0 if it holds none.
    pub fn index(&mut self, n: usize) -> usize {
        self.below(u32::try_from(n).unwrap_or(u32::MAX)) as usize
    }

    /// A number from `low` to `high`, both possible; `low` if the range is empty.
    pub fn between(&mut self, low: i32, high: i32) -> i32 {
        low + self.below((high - low + 1).max(0) as u32) as i32
    }

    /// True with this probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        ((self.next() >> 11) as f64) * (1.0 / 9_007_199_254_740_992.0) < probability
    }

    /// The first `i` such that a uniform number lies below the sum of the first `i + 1` probabilities.
    pub fn one_of(&mut self, probabilities: &[f64]) -> Option<usize> {
        let draw = (self.next() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0);
        let mut sum = 0.0;
        probabilities.iter().position(|probability| {
            sum += probability;
            draw < sum
        })
    }

    /// One of the items, each as likely; there must be one.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.index(items.len())]
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.index(last + 1));
        }
    }
}

/// Items with weights.
#[derive(Clone, Debug)]
pub(super) struct Weighted<T> {
    items: Vec<T>,
    ends: Vec<u32>,
}

impl<T> Weighted<T> {
    /// There must be an item whose weight is not 0.
    pub fn new(pairs: impl IntoIterator<Item = (T, u32)>) -> Weighted<T> {
        let mut sum = 0;
        let (items, ends) = pairs
            .into_iter()
            .map(|(item, weight)| {
                sum += weight;
                (item, sum)
            })
            .unzip();
        Weighted { items, ends }
    }

    /// Weights that fall with the rank: 1/7, 1/8, 1/9, ...
    pub fn ranked(items: impl IntoIterator<Item = T>) -> Weighted<T> {
        Weighted::new(items.into_iter().zip((7u32..).map(|rank| 100_000 / rank)))
    }

    pub fn pick(&self, rng: &mut Rng) -> &T {
        let draw = rng.below(self.ends.last().copied().unwrap_or(0));
        &self.items[self.ends.partition_point(|&end| end <= draw)]
    }

    #[cfg(test)]
    pub fn items(&self) -> &[T] {
        &self.items
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_values_never_change() {
        let mut rng = Rng(1_234_567);
        assert_eq!(rng.next(), 6_457_827_717_110_365_317);
        assert_eq!(rng.next(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn weights_are_kept() {
        let table = Weighted::new([('a', 1), ('b', 0), ('c', 3)]);
        let mut rng = Rng::new(&[1]);
        let c = (0..10_000).filter(|_| *table.pick(&mut rng) == 'c').count();
        let b = (0..10_000).filter(|_| *table.pick(&mut rng) == 'b').count();
        assert!((7_300..7_700).contains(&c), "{c}");
        assert_eq!(b, 0);
    }

    #[test]
    fn ranges_are_closed() {
        let mut rng = Rng::new(&[2]);
        let drawn: std::collections::BTreeSet<i32> =
            (0..1000).map(|_| rng.between(-1, 2)).collect();
        assert_eq!(drawn.into_iter().collect::<Vec<_>>(), [-1, 0, 1, 2]);
    }
}
