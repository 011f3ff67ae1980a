//! How numbers relate that are digits in a row: telephones, accounts.

use super::levenshtein::osa_within;

/// The greatest difference that one edit makes between numbers of as many digits, but for zeros at its
/// end: a digit for another makes 1 to 9, two neighbours swapped nine times that.
const ONE_EDIT: u64 = 9 * 9;

/// Whether at most so many digits of one number were inserted, deleted, replaced or swapped with their
/// neighbours to give the other. Symmetric; some nanoseconds where the numbers are not alike.
///
/// ```
/// use yiren_matchers::similarity::number::edits_within;
/// assert!(edits_within(13812345678, 13812345687, 1));
/// assert!(edits_within(13812345678, 1381234567, 1));
/// assert!(!edits_within(13812345678, 13912345687, 1));
/// ```
pub fn edits_within(a: u64, b: u64, limit: u32) -> bool {
    if a == b {
        return true;
    }
    let lengths = length(a).abs_diff(length(b));
    if lengths > limit || (limit == 1 && lengths == 0 && significant(a.abs_diff(b)) > ONE_EDIT) {
        return false;
    }
    osa_within(digits(a).shown(), digits(b).shown(), limit as usize).is_some()
}

fn length(number: u64) -> u32 {
    number.checked_ilog10().unwrap_or(0)
}

/// The number without the zeros at its end; it is not 0.
fn significant(mut number: u64) -> u64 {
    while number.is_multiple_of(10) {
        number /= 10;
    }
    number
}

/// The decimal digits of a number, without allocation.
struct Digits {
    digits: [u8; 20],
    start: usize,
}

impl Digits {
    fn shown(&self) -> &[u8] {
        &self.digits[self.start..]
    }
}

fn digits(mut number: u64) -> Digits {
    let mut digits = [b'0'; 20];
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            return Digits { digits, start };
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Numbers a few edits apart, and others.
    fn pair() -> impl Strategy<Value = (u64, u64)> {
        let edits = proptest::collection::vec((0..4_u8, 0..20_usize, 0..10_u8), 0..4);
        (prop_oneof![0..1_000_u64, any::<u64>()], edits).prop_map(|(number, edits)| {
            let mut text = number.to_string().into_bytes();
            for (edit, at, digit) in edits {
                let at = at % text.len().max(1);
                match edit {
                    0 if at + 1 < text.len() => text.swap(at, at + 1),
                    1 => text.insert(at, b'0' + digit),
                    2 if text.len() > 1 => drop(text.remove(at)),
                    _ => text[at] = b'0' + digit,
                }
            }
            let other = String::from_utf8_lossy(&text).parse();
            (number, other.unwrap_or(u64::MAX))
        })
    }

    proptest! {
        #[test]
        fn as_the_edits_of_the_texts((a, b) in pair(), limit in 0..4_u32) {
            let (x, y) = (a.to_string(), b.to_string());
            let near = osa_within(x.as_bytes(), y.as_bytes(), limit as usize).is_some();
            prop_assert_eq!(edits_within(a, b, limit), near);
            prop_assert_eq!(edits_within(b, a, limit), near);
        }
    }
}
