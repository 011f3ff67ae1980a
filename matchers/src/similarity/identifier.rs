//! How ID numbers relate: equal, masked alike, mistyped.
//!
//! All are symmetric, allocate nothing, and take some nanoseconds to some tens.

use super::levenshtein::osa_bits;
use crate::normalise::identifier::{IdForm, MASK, NationalId, PackedId};

/// Whether both are the same number with every digit visible. Two equal numbers that fail
/// their check, or are of an odd length, count: the same error was copied.
///
/// ```
/// use yiren_matchers::normalise::identifier::parse;
/// use yiren_matchers::similarity::identifier::exact;
/// let (new, old) = (parse("11010519491231002X"), parse("110105491231002"));
/// assert!(exact(&new.unwrap(), &old.unwrap()));
/// ```
pub fn exact(a: &NationalId, b: &NationalId) -> bool {
    a.form() != IdForm::Masked && a == b
}

/// The number of digits visible in both, 0 to 18, if one at least is masked and none
/// disagrees; else `None`. Each visible digit is evidence of its own weight: the area of six
/// is shared by a county, the birth date by few.
///
/// ```
/// use yiren_matchers::normalise::identifier::parse;
/// use yiren_matchers::similarity::identifier::masked_agreement;
/// let whole = parse("11010519491231002X").unwrap();
/// let masked = parse("110105********002X").unwrap();
/// let other = parse("110105********003X").unwrap();
/// assert_eq!(masked_agreement(&whole, &masked), Some(10));
/// assert_eq!(masked_agreement(&other, &masked), None);
/// assert_eq!(masked_agreement(&whole, &whole), None);
/// ```
pub fn masked_agreement(a: &NationalId, b: &NationalId) -> Option<u32> {
    if a.form() != IdForm::Masked && b.form() != IdForm::Masked {
        return None;
    }
    let (a, b) = (a.aligned()?, b.aligned()?);
    let mut agreeing = 0;
    for (&a, &b) in a.iter().zip(b) {
        if a != MASK && b != MASK {
            if a != b {
                return None;
            }
            agreeing += 1;
        }
    }
    Some(agreeing)
}

/// The number of digits that both show and that differ, 0 to 18, if one at least is masked;
/// `None` if none is, or a digit's place cannot be told. One is a slip of the pen; the four at
/// the end, all different, are two people.
///
/// ```
/// use yiren_matchers::normalise::identifier::parse;
/// use yiren_matchers::similarity::identifier::masked_difference;
/// let whole = parse("11010519491231002X").unwrap();
/// let masked = parse("110105********002X").unwrap();
/// let other = parse("110105********7134").unwrap();
/// assert_eq!(masked_difference(&whole, &masked), Some(0));
/// assert_eq!(masked_difference(&masked, &other), Some(4));
/// assert_eq!(masked_difference(&whole, &whole), None);
/// ```
pub fn masked_difference(a: &NationalId, b: &NationalId) -> Option<u32> {
    if a.form() != IdForm::Masked && b.form() != IdForm::Masked {
        return None;
    }
    let shown = a.aligned()?.iter().zip(b.aligned()?);
    let different = shown.filter(|&(&a, &b)| a != MASK && b != MASK && a != b);
    Some(different.count() as u32)
}

/// The least number of substituted, inserted, deleted digits and swaps of neighbours
/// between the numbers (optimal string alignment). A masked digit equals only another one.
///
/// ```
/// use yiren_matchers::normalise::identifier::parse;
/// use yiren_matchers::similarity::identifier::edits;
/// let id = parse("11010519491231002X").unwrap();
/// assert_eq!(edits(&id, &parse("11010519491213002X").unwrap()), 1);
/// assert_eq!(edits(&id, &parse("1101051949123002X").unwrap()), 1);
/// ```
pub fn edits(a: &NationalId, b: &NationalId) -> u32 {
    edits_within(a, b, u32::MAX).unwrap_or(u32::MAX)
}

/// As [`edits`], or `None` if they are more than `limit`, which is found out sooner: the call
/// for a loop over pairs of whom most have unlike numbers.
pub fn edits_within(a: &NationalId, b: &NationalId, limit: u32) -> Option<u32> {
    let (a, b) = (a.bytes(), b.bytes());
    if a.len() == b.len() {
        let different = a.iter().zip(b).filter(|(a, b)| a != b).count();
        if different <= 1 {
            return Some(different as u32).filter(|&edits| edits <= limit);
        }
    }
    let mut places = [0u64; 16];
    for (at, &c) in a.iter().enumerate() {
        places[slot(c)] |= 1 << at;
    }
    if limit <= NARROW && unlike(&places, b, limit) {
        return None;
    }
    osa_bits(|c| places[slot(c)], a.len(), b, limit as usize).map(|edits| edits as u32)
}

/// The [`edits`] between two numbers of eighteen characters, or `None` if they are more than two.
/// Some nanoseconds.
///
/// With two edits between texts of one length there are only these ways: every edit replaces a
/// digit or swaps two neighbours; or one digit is inserted and another deleted, which moves
/// all between the two by one place.
#[inline]
pub fn packed_edits(a: PackedId, b: PackedId) -> Option<u32> {
    let (a, b) = (a.digits(), b.digits());
    let unlike = {
        let bits = a ^ b;
        let pairs = bits | bits >> 1;
        (pairs | pairs >> 2) & 0x11_1111_1111_1111_1111
    };
    let count = unlike.count_ones();
    if count <= 1 {
        return Some(count);
    }
    let in_place = match count {
        2..=4 => swaps_and_replacements(a, b, unlike),
        _ => count,
    };
    match in_place {
        1 | 2 => Some(in_place),
        _ => moved_by_one(a, b, unlike).then_some(2),
    }
}

/// How many swaps of neighbours and replacements turn one number into the other; `unlike` has
/// the lowest bit of each digit that differs.
fn swaps_and_replacements(a: u128, b: u128, mut unlike: u128) -> u32 {
    let mut edits = 0;
    while unlike != 0 {
        let at = unlike.trailing_zeros();
        let (low, high) = (
            (a >> at & 15, a >> (at + 4) & 15),
            (b >> at & 15, b >> (at + 4) & 15),
        );
        let swapped = unlike >> at & 16 != 0 && low.0 == high.1 && low.1 == high.0;
        unlike &= if swapped { !(17 << at) } else { !(1 << at) };
        edits += 1;
    }
    edits
}

/// Whether the digits from the first difference to the last are the same but for a move by one.
fn moved_by_one(a: u128, b: u128, unlike: u128) -> bool {
    let low = unlike.trailing_zeros();
    let span = 124 - unlike.leading_zeros() / 4 * 4 - low;
    let moved = |a: u128, b: u128| ((a >> (low + 4)) ^ (b >> low)) & ((1 << span) - 1) == 0;
    moved(a, b) || moved(b, a)
}

/// Limits worth the look of [`unlike`].
const NARROW: u32 = 8;

/// Whether more than `limit` characters of `b` have no equal within `limit` places in the
/// other number. Each of them costs an edit, for `limit` edits move nothing further, and
/// a swap moves characters that have one.
fn unlike(places: &[u64; 16], b: &[u8], limit: u32) -> bool {
    let window = (1u64 << (2 * limit + 1)) - 1;
    let mut alone = 0;
    b.iter().enumerate().any(|(at, &c)| {
        alone += u32::from(places[slot(c)] & (window << at >> limit) == 0);
        alone > limit
    })
}

/// One slot for each of the twelve characters of an ID number.
#[inline]
fn slot(c: u8) -> usize {
    if c == b'X' { 11 } else { usize::from(c & 15) }
}

/// Whether the numbers agree in area and birth date, all fourteen digits visible: siblings
/// never do, twins often, and so does one person with two numbers. True of equal numbers.
pub fn same_area_and_birth(a: &NationalId, b: &NationalId) -> bool {
    let (Some(a), Some(b)) = (a.aligned(), b.aligned()) else {
        return false;
    };
    a[..14] == b[..14] && !a[..14].contains(&MASK)
}

/// Whether the numbers differ by the swap of two neighbouring digits and nothing else.
///
/// ```
/// use yiren_matchers::normalise::identifier::parse;
/// use yiren_matchers::similarity::identifier::transposed;
/// let id = parse("11010519491231002X").unwrap();
/// assert!(transposed(&id, &parse("11010519491213002X").unwrap()));
/// ```
pub fn transposed(a: &NationalId, b: &NationalId) -> bool {
    let (a, b) = (a.bytes(), b.bytes());
    if a.len() != b.len() {
        return false;
    }
    let Some(at) = a.iter().zip(b).position(|(a, b)| a != b) else {
        return false;
    };
    let (Some([a0, a1, a_rest @ ..]), Some([b0, b1, b_rest @ ..])) = (a.get(at..), b.get(at..))
    else {
        return false;
    };
    a0 == b1 && a1 == b0 && a_rest == b_rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normalise::identifier::parse;
    use proptest::prelude::*;

    const ID: &str = "11010519491231002X";

    #[test]
    fn pairs() {
        // Numbers, edits, transposed, same area and birth, masked agreement.
        for (a, b, expected_edits, swap, birth, masked) in [
            (ID, ID, 0, false, true, None),
            (ID, "110105194912310021", 1, false, true, None),
            (ID, "110105194912310038", 2, false, true, None),
            (ID, "11010519491213002X", 1, true, false, None),
            (ID, "1101051949123100X2", 1, true, false, None),
            (ID, "1101051949123102X", 1, false, false, None),
            (ID, "110105194912310022X", 1, false, false, None),
            (ID, "1101015194912310021", 2, false, false, None),
            (ID, "11010519491231****", 4, false, true, Some(14)),
            (ID, "110105********002X", 8, false, false, Some(10)),
            (ID, "110105********003X", 9, false, false, None),
            (
                "110105********002*",
                "******19491231****",
                16,
                false,
                false,
                Some(0),
            ),
            (
                "110105********002X",
                "110105********002X",
                0,
                false,
                false,
                Some(10),
            ),
            (ID, "320311197605032119", 15, false, false, None),
        ] {
            let (x, y) = (parse(a).unwrap(), parse(b).unwrap());
            for (x, y) in [(x, y), (y, x)] {
                assert_eq!(edits(&x, &y), expected_edits, "{a} {b}");
                assert_eq!(transposed(&x, &y), swap, "{a} {b}");
                assert_eq!(same_area_and_birth(&x, &y), birth, "{a} {b}");
                assert_eq!(masked_agreement(&x, &y), masked, "{a} {b}");
                assert_eq!(exact(&x, &y), a == b && !a.contains('*'), "{a} {b}");
            }
        }
    }

    #[test]
    fn digits_that_both_show_and_that_differ() {
        for (a, b, expected) in [
            (ID, ID, None),
            (ID, "11010519491231****", Some(0)),
            (ID, "110105********003X", Some(1)),
            ("110105********2315", "110105********4599", Some(4)),
            ("110105********2315", "320311****05032115", Some(6)),
            ("110105********002*", "******19491231****", Some(0)),
            (ID, "1101051949123100", None),
        ] {
            let (x, y) = (parse(a).unwrap(), parse(b).unwrap());
            assert_eq!(masked_difference(&x, &y), expected, "{a} {b}");
            assert_eq!(masked_difference(&y, &x), expected, "{b} {a}");
        }
    }

    proptest! {
        #[test]
        fn masked_agree_where_none_differs(a in "[1-6][0-9*]{16}[0-9X*]", b in "[1-6][0-9*]{16}[0-9X*]") {
            if let (Some(x), Some(y)) = (parse(&a), parse(&b)) {
                let shown: Vec<bool> = a.chars().zip(b.chars()).filter(|(a, b)| *a != '*' && *b != '*').map(|(a, b)| a == b).collect();
                if let Some(different) = masked_difference(&x, &y) {
                    prop_assert_eq!(different as usize, shown.iter().filter(|same| !**same).count());
                    prop_assert_eq!(masked_agreement(&x, &y), (different == 0).then_some(shown.len() as u32));
                }
            }
        }

        #[test]
        fn edits_are_the_osa_distance(a in "[1-3][0-9]{3,5}19[0-9X*]{6,12}", b in "[1-3][0-9]{3,5}19[0-9X*]{6,12}") {
            if let (Some(a), Some(b)) = (parse(&a), parse(&b)) {
                let expected = strsim::osa_distance(a.as_str(), b.as_str()) as u32;
                prop_assert_eq!(edits(&a, &b), expected);
                if let Some((a, b)) = a.packed().zip(b.packed()) {
                    prop_assert_eq!(packed_edits(a, b), Some(expected).filter(|&edits| edits <= 2));
                }
                for limit in 0..20 {
                    prop_assert_eq!(edits_within(&a, &b, limit), (expected <= limit).then_some(expected));
                }
            }
        }

        #[test]
        fn one_slip_is_one_edit(a in "[1-6][0-9]{5}19[0-9]{9}[0-9X]", at in 0usize..17, how in 0..4) {
            let mut b: Vec<char> = a.chars().collect();
            match how {
                0 => b.swap(at, at + 1),
                1 => { b.remove(at); }
                2 => b.insert(at, '7'),
                _ => b[at] = '7',
            }
            let b: String = b.into_iter().collect();
            if let (Some(x), Some(y)) = (parse(&a), parse(&b)) {
                prop_assert_eq!(edits(&x, &y), u32::from(a != b));
                prop_assert_eq!(edits_within(&x, &y, 1), Some(u32::from(a != b)));
                prop_assert_eq!(transposed(&x, &y), how == 0 && a != b
                    || how == 3 && strsim::osa_distance(&a, &b) == 1 && strsim::levenshtein(&a, &b) == 2);
                prop_assert_eq!(transposed(&x, &y), transposed(&y, &x));
            }
        }
    }
}
