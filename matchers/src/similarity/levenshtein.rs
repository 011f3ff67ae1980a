//! Edit distances: how many single-character edits turn one text into the other.
//!
//! [`levenshtein`] counts substitutions, insertions and deletions. [`osa`] (optimal string
//! alignment) counts the swap of two neighbours as one edit too, and edits no character
//! twice. Both are symmetric and work on `&[char]` and on `&[u8]`.
//!
//! Cost: a few operations a character of the longer text while the shorter has at most 64
//! characters after common ends are cut off, and nothing is allocated; beyond that the
//! classic table, a row at a time.
//!
//! Sources: G. Myers, "A fast bit-vector algorithm for approximate string matching based on
//! dynamic programming", J. ACM 46(3), 1999; H. Hyyrö, "A bit-vector algorithm for computing
//! Levenshtein and Damerau edit distances", Nordic J. Computing 10, 2003.

/// What texts consist of: `char` or `u8`.
pub trait Symbol: Copy + Eq + Into<u32> {}
impl Symbol for char {}
impl Symbol for u8 {}

/// The least number of substitutions, insertions and deletions between the texts.
///
/// ```
/// use yiren_matchers::similarity::levenshtein::levenshtein;
/// assert_eq!(levenshtein(b"kitten", b"sitting"), 3);
/// assert_eq!(levenshtein(&['王', '小', '明'], &['王', '明']), 1);
/// ```
pub fn levenshtein<T: Symbol>(a: &[T], b: &[T]) -> usize {
    levenshtein_within(a, b, usize::MAX).unwrap_or(usize::MAX)
}

/// As [`levenshtein`], or `None` if it is above `limit`; the sooner the smaller `limit` is.
///
/// ```
/// use yiren_matchers::similarity::levenshtein::levenshtein_within;
/// assert_eq!(levenshtein_within(b"kitten", b"sitting", 3), Some(3));
/// assert_eq!(levenshtein_within(b"kitten", b"sitting", 2), None);
/// ```
pub fn levenshtein_within<T: Symbol>(a: &[T], b: &[T], limit: usize) -> Option<usize> {
    within(a, b, limit, false)
}

/// The least number of substitutions, insertions, deletions and swaps of neighbours, no
/// character edited twice.
///
/// ```
/// use yiren_matchers::similarity::levenshtein::osa;
/// assert_eq!(osa(b"1962-05-07", b"1962-50-07"), 1);
/// assert_eq!(osa(b"ca", b"abc"), 3);
/// ```
pub fn osa<T: Symbol>(a: &[T], b: &[T]) -> usize {
    osa_within(a, b, usize::MAX).unwrap_or(usize::MAX)
}

/// As [`osa`], or `None` if it is above `limit`; the sooner the smaller `limit` is.
pub fn osa_within<T: Symbol>(a: &[T], b: &[T], limit: usize) -> Option<usize> {
    within(a, b, limit, true)
}

/// 1 for equal texts down to 0 for texts without a character in common place: 1 less the
/// [`levenshtein`] distance over the length of the longer. Two empty texts are equal.
///
/// ```
/// use yiren_matchers::similarity::levenshtein::similarity;
/// assert_eq!(similarity(b"abcd", b"abxd"), 0.75);
/// assert_eq!(similarity::<u8>(b"", b""), 1.0);
/// ```
pub fn similarity<T: Symbol>(a: &[T], b: &[T]) -> f64 {
    normalised(levenshtein(a, b), a.len().max(b.len()))
}

/// As [`similarity`], by the [`osa`] distance.
pub fn osa_similarity<T: Symbol>(a: &[T], b: &[T]) -> f64 {
    normalised(osa(a, b), a.len().max(b.len()))
}

fn normalised(distance: usize, longest: usize) -> f64 {
    if longest == 0 {
        1.0
    } else {
        1.0 - distance as f64 / longest as f64
    }
}

fn within<T: Symbol>(a: &[T], b: &[T], limit: usize, swaps: bool) -> Option<usize> {
    let (a, b) = without_common_ends(a, b);
    let (pattern, text) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if text.len() - pattern.len() > limit {
        return None;
    }
    match (pattern.len(), swaps) {
        (0, _) => Some(text.len()),
        (1..=SCANNED, true) => osa_bits(|c| scan(pattern, c), pattern.len(), text, limit),
        (1..=SCANNED, false) => levenshtein_bits(|c| scan(pattern, c), pattern.len(), text, limit),
        (..=FEW, _) => by_places(
            &Places::<32>::of(pattern),
            pattern.len(),
            text,
            limit,
            swaps,
        ),
        (..=WORD, _) => by_places(
            &Places::<128>::of(pattern),
            pattern.len(),
            text,
            limit,
            swaps,
        ),
        _ => by_rows(pattern, text, limit, swaps),
    }
}

fn by_places<T: Symbol, const SLOTS: usize>(
    places: &Places<SLOTS>,
    pattern_len: usize,
    text: &[T],
    limit: usize,
    swaps: bool,
) -> Option<usize> {
    if swaps {
        osa_bits(|c| places.get(c), pattern_len, text, limit)
    } else {
        levenshtein_bits(|c| places.get(c), pattern_len, text, limit)
    }
}

/// Neither distance ever edits a common prefix or suffix.
fn without_common_ends<'a, T: Symbol>(a: &'a [T], b: &'a [T]) -> (&'a [T], &'a [T]) {
    let prefix = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (
        a.get(prefix..).unwrap_or_default(),
        b.get(prefix..).unwrap_or_default(),
    );
    let suffix = a
        .iter()
        .rev()
        .zip(b.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    (
        a.get(..a.len() - suffix).unwrap_or_default(),
        b.get(..b.len() - suffix).unwrap_or_default(),
    )
}

pub(crate) const WORD: usize = 64;
/// Patterns up to this long are searched afresh for each character of the text: measured
/// cheaper than filling a table.
pub(crate) const SCANNED: usize = 8;

/// The bit set of the places where the character stands in the pattern.
#[inline]
pub(crate) fn scan<T: Symbol>(pattern: &[T], c: T) -> u64 {
    pattern
        .iter()
        .enumerate()
        .fold(0, |bits, (at, p)| bits | u64::from(*p == c) << at)
}

/// Patterns up to this long leave a table of 32 slots a quarter empty.
pub(crate) const FEW: usize = 24;

/// Where each character of a pattern stands: a hash table of more slots than the pattern has
/// characters, so that there is always a free one. Filling it with zeros is most of its cost,
/// hence the two sizes, 32 and 128.
pub(crate) struct Places<const SLOTS: usize> {
    keys: [u32; SLOTS],
    bits: [u64; SLOTS],
}

impl<const SLOTS: usize> Places<SLOTS> {
    /// The table of a pattern of at most 64 characters, and fewer than `SLOTS`.
    pub(crate) fn of<T: Symbol>(pattern: &[T]) -> Self {
        debug_assert!(pattern.len() <= WORD && pattern.len() < SLOTS);
        let mut places = Places {
            keys: [0; SLOTS],
            bits: [0; SLOTS],
        };
        for (at, &c) in pattern.iter().enumerate() {
            let slot = places.slot(c.into());
            places.keys[slot] = c.into();
            places.bits[slot] |= 1 << at;
        }
        places
    }

    /// The bit set of the places where the character stands.
    #[inline]
    pub(crate) fn get<T: Symbol>(&self, c: T) -> u64 {
        self.bits[self.slot(c.into())]
    }

    /// The slot that the key has, or would get.
    #[inline]
    fn slot(&self, key: u32) -> usize {
        let mut slot = (key ^ key >> 7) as usize % SLOTS;
        while self.bits[slot] != 0 && self.keys[slot] != key {
            slot = (slot + 1) % SLOTS;
        }
        slot
    }
}

/// Myers' algorithm in Hyyrö's form: one column of the table a step, as the differences
/// between neighbouring cells.
#[inline]
fn levenshtein_bits<T: Copy>(
    places: impl Fn(T) -> u64,
    pattern_len: usize,
    text: &[T],
    limit: usize,
) -> Option<usize> {
    let last = 1u64 << (pattern_len - 1);
    let (mut up, mut down) = (!0u64, 0u64);
    let mut distance = pattern_len;
    let mut ahead = text.len();
    for &c in text {
        let matches = places(c);
        let zero = (((matches & up).wrapping_add(up)) ^ up) | matches | down;
        let plus = down | !(zero | up);
        let minus = up & zero;
        distance = distance + usize::from(plus & last != 0) - usize::from(minus & last != 0);
        ahead -= 1;
        if distance > limit.saturating_add(ahead) {
            return None;
        }
        let plus = plus << 1 | 1;
        up = minus << 1 | !(zero | plus);
        down = plus & zero;
    }
    (distance <= limit).then_some(distance)
}

/// As [`levenshtein_bits`], with swaps.
#[inline]
pub(crate) fn osa_bits<T: Copy>(
    places: impl Fn(T) -> u64,
    pattern_len: usize,
    text: &[T],
    limit: usize,
) -> Option<usize> {
    let last = 1u64 << (pattern_len - 1);
    let (mut up, mut down, mut zero, mut before) = (!0u64, 0u64, 0u64, 0u64);
    let mut distance = pattern_len;
    let mut ahead = text.len();
    for &c in text {
        let matches = places(c);
        let swap = (!zero & matches) << 1 & before;
        zero = (((matches & up).wrapping_add(up)) ^ up) | matches | down | swap;
        let plus = down | !(zero | up);
        let minus = up & zero;
        distance = distance + usize::from(plus & last != 0) - usize::from(minus & last != 0);
        ahead -= 1;
        if distance > limit.saturating_add(ahead) {
            return None;
        }
        let plus = plus << 1 | 1;
        up = minus << 1 | !(zero | plus);
        down = plus & zero;
        before = matches;
    }
    (distance <= limit).then_some(distance)
}

/// The classic table, three rows of it.
fn by_rows<T: Symbol>(pattern: &[T], text: &[T], limit: usize, swaps: bool) -> Option<usize> {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=pattern.len()).collect();
    for (row, &c) in text.iter().enumerate() {
        let mut current = Vec::with_capacity(above.len());
        let mut left = row + 1;
        current.push(left);
        let mut least = left;
        for (column, (&p, pair)) in pattern.iter().zip(above.windows(2)).enumerate() {
            let [diagonal, up] = pair else { continue };
            let mut cell = (diagonal + usize::from(p != c)).min(up + 1).min(left + 1);
            if swaps
                && row > 0
                && column > 0
                && text.get(row - 1) == Some(&p)
                && pattern.get(column - 1) == Some(&c)
                && let Some(swapped) = before.get(column - 1)
            {
                cell = cell.min(swapped + 1);
            }
            current.push(cell);
            least = least.min(cell);
            left = cell;
        }
        // A swap reaches two rows back, where the least cell may be one below this row's.
        if least > limit.saturating_add(1) {
            return None;
        }
        before = std::mem::replace(&mut above, current);
    }
    above.last().copied().filter(|&distance| distance <= limit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn chars(text: &str) -> Vec<char> {
        text.chars().collect()
    }

    #[test]
    fn cases() {
        for (a, b, edits, with_swaps) in [
            ("", "", 0, 0),
            ("", "abc", 3, 3),
            ("abc", "abc", 0, 0),
            ("ab", "ba", 2, 1),
            ("ca", "abc", 3, 3),
            ("kitten", "sitting", 3, 3),
            ("saturday", "sunday", 3, 3),
            ("martha", "marhta", 2, 1),
            ("张伟", "张炜", 1, 1),
            ("买买提江", "买提买江", 2, 1),
            ("11010519491231002X", "11010519491213002X", 2, 1),
        ] {
            assert_eq!(levenshtein(&chars(a), &chars(b)), edits, "{a} {b}");
            assert_eq!(osa(&chars(a), &chars(b)), with_swaps, "{a} {b}");
        }
        assert_eq!(
            similarity(&chars("kitten"), &chars("sitting")),
            1.0 - 3.0 / 7.0
        );
        assert_eq!(osa_similarity(b"ab", b"ba"), 0.5);
        assert_eq!(osa_similarity(b"", b"ba"), 0.0);
    }

    fn agree_with_strsim(a: &str, b: &str) {
        let (x, y) = (chars(a), chars(b));
        let edits = strsim::levenshtein(a, b);
        let with_swaps = strsim::osa_distance(a, b);
        assert_eq!(levenshtein(&x, &y), edits, "{a:?} {b:?}");
        assert_eq!(osa(&x, &y), with_swaps, "{a:?} {b:?}");
        assert_eq!(
            (levenshtein(&y, &x), osa(&y, &x)),
            (edits, with_swaps),
            "{a:?} {b:?}"
        );
        assert_eq!(
            similarity(&x, &y),
            strsim::normalized_levenshtein(a, b),
            "{a:?} {b:?}"
        );
        if a.is_ascii() && b.is_ascii() {
            assert_eq!(
                levenshtein(a.as_bytes(), b.as_bytes()),
                edits,
                "{a:?} {b:?}"
            );
            assert_eq!(osa(a.as_bytes(), b.as_bytes()), with_swaps, "{a:?} {b:?}");
        }
        for limit in 0..with_swaps.max(edits) + 2 {
            assert_eq!(
                levenshtein_within(&x, &y, limit),
                (edits <= limit).then_some(edits),
                "{a:?} {b:?} {limit}"
            );
            assert_eq!(
                osa_within(&x, &y, limit),
                (with_swaps <= limit).then_some(with_swaps),
                "{a:?} {b:?} {limit}"
            );
        }
    }

    proptest! {
        #[test]
        fn as_strsim_short(a in "[a-d]{0,9}", b in "[a-d]{0,9}") {
            agree_with_strsim(&a, &b);
        }

        #[test]
        fn as_strsim_up_to_a_word(a in "[a-c]{8,64}", b in "[a-c]{8,66}") {
            agree_with_strsim(&a, &b);
        }

        #[test]
        fn as_strsim_beyond_a_word(a in "[ab]{60,90}", b in "[ab]{60,90}") {
            agree_with_strsim(&a, &b);
        }

        /// Characters that collide in the table's slots: equal modulo 32 or 128.
        #[test]
        fn as_strsim_on_any_characters(a in "[aá王张伟\u{e1}\u{161}\u{1e1}\u{4e00}\u{4e80}\u{4f00}]{0,30}", b in "\\PC{0,20}|[a王张伟\u{161}\u{4e80}\u{4f00}]{0,40}") {
            agree_with_strsim(&a, &b);
        }

        #[test]
        fn as_strsim_when_edited(a in "[0-9]{18}", at in 0usize..17, how in 0..4) {
            let mut b: Vec<char> = a.chars().collect();
            match how {
                0 => b.swap(at, at + 1),
                1 => { b.remove(at); }
                2 => b.insert(at, '7'),
                _ => b[at] = '7',
            }
            let b: String = b.into_iter().collect();
            agree_with_strsim(&a, &b);
            assert!(osa(a.as_bytes(), b.as_bytes()) <= 1);
        }
    }
}
