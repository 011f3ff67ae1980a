//! Jaro and Jaro–Winkler similarity of short texts, names above all.
//!
//! Two characters match if they are equal and no further apart than half the longer text.
//! Jaro averages the share of matched characters in either text and the share of those in
//! the right order; Winkler raises it for a common beginning. Both are symmetric, 0 to 1.
//!
//! Cost: a few operations a character while both texts have at most 64 characters, and
//! nothing is allocated; quadratic beyond.
//!
//! Sources: M. A. Jaro, "Advances in record-linkage methodology as applied to matching the
//! 1985 census of Tampa, Florida", JASA 84(406), 1989; W. E. Winkler, "String comparator
//! metrics and enhanced decision rules in the Fellegi-Sunter model of record linkage", 1990.

use super::levenshtein::{FEW, Places, SCANNED, Symbol, WORD, scan};

/// The Jaro similarity, 0 (no character matches) to 1 (equal). Two empty texts are equal; an
/// empty text has nothing in common with another.
///
/// ```
/// use yiren_matchers::similarity::jaro_winkler::jaro;
/// let round = |value: f64| (value * 1000.0).round() / 1000.0;
/// assert_eq!(round(jaro(b"MARTHA", b"MARHTA")), 0.944);
/// assert_eq!(round(jaro(b"DWAYNE", b"DUANE")), 0.822);
/// assert_eq!(round(jaro(b"DIXON", b"DICKSONX")), 0.767);
/// ```
pub fn jaro<T: Symbol>(a: &[T], b: &[T]) -> f64 {
    if a.is_empty() && b.is_empty() {
        return 1.0;
    }
    let (matches, out_of_order) = if a.len() > WORD || b.len() > WORD {
        by_flags(a, b)
    } else if b.len() <= SCANNED {
        by_bits(a, b, |c| scan(b, c))
    } else if b.len() <= FEW {
        let places = Places::<32>::of(b);
        by_bits(a, b, |c| places.get(c))
    } else {
        let places = Places::<128>::of(b);
        by_bits(a, b, |c| places.get(c))
    };
    if matches == 0 {
        return 0.0;
    }
    let share = |of: usize| matches as f64 / of as f64;
    let ordered = (matches - out_of_order / 2) as f64 / matches as f64;
    (share(a.len()) + share(b.len()) + ordered) / 3.0
}

/// The Jaro–Winkler similarity: [`jaro`], raised by a tenth of what it lacks for each of the
/// first four characters in common, if it is above 0.7.
///
/// ```
/// use yiren_matchers::similarity::jaro_winkler::jaro_winkler;
/// let round = |value: f64| (value * 1000.0).round() / 1000.0;
/// assert_eq!(round(jaro_winkler(b"MARTHA", b"MARHTA")), 0.961);
/// assert_eq!(round(jaro_winkler(b"DWAYNE", b"DUANE")), 0.84);
/// assert_eq!(round(jaro_winkler(b"DIXON", b"DICKSONX")), 0.813);
/// ```
pub fn jaro_winkler<T: Symbol>(a: &[T], b: &[T]) -> f64 {
    let similarity = jaro(a, b);
    if similarity <= BOOST_FROM {
        return similarity;
    }
    let prefix = a
        .iter()
        .zip(b)
        .take(LONGEST_PREFIX)
        .take_while(|(a, b)| a == b)
        .count();
    similarity + PREFIX_WEIGHT * prefix as f64 * (1.0 - similarity)
}

const BOOST_FROM: f64 = 0.7;
const LONGEST_PREFIX: usize = 4;
const PREFIX_WEIGHT: f64 = 0.1;

/// How far apart two characters may stand and still match.
fn reach(a: usize, b: usize) -> usize {
    (a.max(b) / 2).saturating_sub(1)
}

/// The number of matches, and how many of them are out of order. `places` gives the bit set
/// of the places of a character in `b`.
#[inline]
fn by_bits<T: Symbol>(a: &[T], b: &[T], places: impl Fn(T) -> u64) -> (usize, usize) {
    let reach = reach(a.len(), b.len());
    let (mut a_matched, mut b_matched) = (0u64, 0u64);
    // Bits at - reach ..= at + reach; those past the end of `b` are never set in a place.
    let mut window = if reach + 1 >= WORD {
        !0
    } else {
        (1u64 << (reach + 1)) - 1
    };
    for (at, &c) in a.iter().enumerate() {
        let free = places(c) & window & !b_matched;
        b_matched |= free & free.wrapping_neg();
        a_matched |= u64::from(free != 0) << at;
        window = if at < reach {
            window << 1 | 1
        } else {
            window << 1
        };
    }
    let mut out_of_order = 0;
    let mut b_left = b_matched;
    let mut a_left = a_matched;
    while a_left != 0 {
        let at = a_left.trailing_zeros() as usize;
        let place = b_left & b_left.wrapping_neg();
        out_of_order += usize::from(a.get(at).is_none_or(|&c| places(c) & place == 0));
        a_left &= a_left - 1;
        b_left ^= place;
    }
    (a_matched.count_ones() as usize, out_of_order)
}

/// As [`by_bits`], for texts of any length.
fn by_flags<T: Symbol>(a: &[T], b: &[T]) -> (usize, usize) {
    let reach = reach(a.len(), b.len());
    let mut b_matched = vec![false; b.len()];
    let mut in_a = Vec::with_capacity(a.len());
    for (at, &c) in a.iter().enumerate() {
        let first = at.saturating_sub(reach);
        let near = b
            .iter()
            .zip(b_matched.iter_mut())
            .skip(first)
            .take(at + reach + 1 - first);
        for (&other, matched) in near {
            if other == c && !*matched {
                *matched = true;
                in_a.push(c);
                break;
            }
        }
    }
    let in_b = b
        .iter()
        .zip(&b_matched)
        .filter(|(_, matched)| **matched)
        .map(|(c, _)| *c);
    let out_of_order = in_a.iter().zip(in_b).filter(|(a, b)| **a != *b).count();
    (in_a.len(), out_of_order)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn chars(text: &str) -> Vec<char> {
        text.chars().collect()
    }

    #[test]
    fn ends_of_the_scale() {
        for (a, b, expected) in [
            ("", "", 1.0),
            ("", "a", 0.0),
            ("a", "a", 1.0),
            ("a", "b", 0.0),
            ("ab", "ba", 0.0),
            ("张伟", "张伟", 1.0),
            ("张伟", "李娜", 0.0),
        ] {
            assert_eq!(jaro(&chars(a), &chars(b)), expected, "{a} {b}");
            assert_eq!(jaro_winkler(&chars(a), &chars(b)), expected, "{a} {b}");
        }
        // Below 0.7 a common beginning raises nothing.
        assert_eq!(jaro(b"ab", b"ac"), 2.0 / 3.0);
        assert_eq!(jaro_winkler(b"ab", b"ac"), 2.0 / 3.0);
    }

    fn agree_with_strsim(a: &str, b: &str) {
        let (x, y) = (chars(a), chars(b));
        let close = |ours: f64, theirs: f64| (ours - theirs).abs() < 1e-12;
        assert!(close(jaro(&x, &y), strsim::jaro(a, b)), "{a:?} {b:?}");
        assert!(
            close(jaro_winkler(&x, &y), strsim::jaro_winkler(a, b)),
            "{a:?} {b:?}"
        );
        assert_eq!(jaro(&x, &y), jaro(&y, &x), "{a:?} {b:?}");
        assert_eq!(jaro_winkler(&x, &y), jaro_winkler(&y, &x), "{a:?} {b:?}");
        assert_eq!(by_flags(&x, &y).0, by_flags(&y, &x).0);
        if a.is_ascii() && b.is_ascii() {
            assert_eq!(
                jaro_winkler(a.as_bytes(), b.as_bytes()),
                jaro_winkler(&x, &y),
                "{a:?} {b:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn as_strsim_short(a in "[a-d]{0,9}", b in "[a-d]{0,9}") {
            agree_with_strsim(&a, &b);
        }

        #[test]
        fn as_strsim_up_to_a_word(a in "[a-e]{0,64}", b in "[a-e]{8,64}") {
            agree_with_strsim(&a, &b);
        }

        #[test]
        fn as_strsim_beyond_a_word(a in "[a-e]{50,140}", b in "[a-e]{0,80}") {
            agree_with_strsim(&a, &b);
        }

        #[test]
        fn as_strsim_on_any_characters(a in "[王张伟娜a\u{e1}\u{161}]{0,12}", b in "\\PC{0,12}|[王张伟娜a\u{161}]{0,12}") {
            agree_with_strsim(&a, &b);
        }
    }
}
