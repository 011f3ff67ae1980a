//! What the words of codes came to: there are few of them, and every record has some.

use yiren_matchers::record::{FieldKind, Value};

/// Places for what is remembered: enough for the codes of all counties and few enough for the
/// processor's cache. A text that comes to the place of another takes it.
const PLACES: usize = 1 << 13;

/// Bytes of a text that is remembered at most; codes and their words are short.
const LONGEST: usize = 14;

/// A field, the length of a text and the text, in the bytes of two numbers; 0 is none.
type Asked = [u64; 2];

/// Values of raw texts met before, of fields whose values stand for themselves. By default it remembers
/// nothing, as is best for a record or two.
#[derive(Debug, Default)]
pub struct Memo {
    known: Box<[(Asked, Value)]>,
}

impl Memo {
    /// One that remembers: 192 KiB, worth it from some hundred records on.
    pub fn of_many() -> Memo {
        Memo {
            known: vec![Default::default(); PLACES].into(),
        }
    }

    /// The value of a text of a field, worked out by `work_out` if it is not known.
    pub(super) fn value(
        &mut self,
        field: usize,
        kind: FieldKind,
        text: &str,
        work_out: impl FnOnce() -> Value,
    ) -> Value {
        if text.is_empty() || !is_code(kind) {
            return work_out();
        }
        let Some(asked) = asked(field, text) else {
            return work_out();
        };
        let Some(known) = self.known.get_mut(place(asked)) else {
            return work_out();
        };
        if known.0 != asked {
            *known = (asked, work_out());
        }
        known.1
    }
}

/// Where a text is remembered.
fn place([low, high]: Asked) -> usize {
    // The upper bits of a product depend on all bits of both numbers.
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let mixed = (low.wrapping_mul(ODD) ^ high).wrapping_mul(ODD);
    (mixed >> (64 - PLACES.ilog2())) as usize
}

fn asked(field: usize, text: &str) -> Option<Asked> {
    let mut asked = [0_u8; LONGEST + 2];
    asked[0] = u8::try_from(field).ok()?;
    asked[1] = text.len() as u8;
    asked
        .get_mut(2..2 + text.len())?
        .copy_from_slice(text.as_bytes());
    let number = u128::from_le_bytes(asked);
    Some([number as u64, (number >> 64) as u64])
}

/// Whether values of that kind are few, and need no dictionary.
fn is_code(kind: FieldKind) -> bool {
    matches!(
        kind,
        FieldKind::Sex | FieldKind::Ethnicity | FieldKind::Relation | FieldKind::Division
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_worked_out_once_a_field_and_text() {
        let mut memo = Memo::of_many();
        let mut count = 0;
        for (field, kind, text, expected) in [
            (0, FieldKind::Sex, "a", 1),
            (0, FieldKind::Sex, "a", 1),
            (1, FieldKind::Division, "a", 2),
            (1, FieldKind::Division, "b", 3),
            (0, FieldKind::Sex, "a", 1),
            (2, FieldKind::Address, "a", 4),
            (2, FieldKind::Address, "a", 5),
            (0, FieldKind::Sex, "fourteen bytes", 6),
            (0, FieldKind::Sex, "fourteen bytes", 6),
            (0, FieldKind::Sex, "fifteen bytes..", 7),
            (0, FieldKind::Sex, "fifteen bytes..", 8),
        ] {
            let found = memo.value(field, kind, text, || {
                count += 1;
                Value::from_number(count)
            });
            assert_eq!(found, Value::from_number(expected), "{field} {text}");
        }
    }

    #[test]
    fn by_default_nothing_is_remembered() {
        let mut memo = Memo::default();
        for number in 1..3 {
            let found = memo.value(0, FieldKind::Sex, "a", || Value::from_number(number));
            assert_eq!(found, Value::from_number(number));
        }
    }

    #[test]
    fn texts_at_one_place_are_told_apart() {
        let mut memo = Memo::of_many();
        let number = |text: &str| Value::from_number(1 + text.parse::<u64>().unwrap());
        let texts: Vec<String> = (0..3 * PLACES).map(|number| number.to_string()).collect();
        for _ in 0..2 {
            for text in &texts {
                let found = memo.value(0, FieldKind::Division, text, || number(text));
                assert_eq!(found, number(text));
            }
        }
    }

    #[test]
    fn codes_of_all_counties_are_spread() {
        let codes =
            (11..66).flat_map(|province| (0..50).map(move |county| province * 10_000 + county));
        let codes: Vec<String> = codes.map(|code: u32| code.to_string()).collect();
        let places: std::collections::BTreeSet<usize> = codes
            .iter()
            .map(|code| place(asked(0, code).unwrap()))
            .collect();
        // Thrown at random, 2,750 of them would leave some 2,330.
        assert!(places.len() > 2_200, "{} of {}", places.len(), codes.len());
    }
}
