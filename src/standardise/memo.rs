//! What the words of codes came to: there are few of them, and every record has some.

use yiren_matchers::record::{FieldKind, Value};

/// Places for what is remembered: enough for the codes of all counties and few enough for the
/// processor's cache. A text that comes to the place of another takes it.
const PLACES: usize = 1 << 12;

/// Bytes of a text that is remembered at most; codes and their words are short.
const LONGEST: usize = 16;

/// A field and a text: the first and the last bytes of the text, and how long it is.
#[derive(Copy, Clone, Debug, Default, PartialEq)]
struct Asked {
    first: u64,
    last: u64,
    field: u16,
    /// 0 where nothing was asked yet.
    length: u16,
}

/// Values of raw texts met before, of fields whose values stand for themselves. By default it remembers
/// nothing, as is best for a record or two.
#[derive(Debug, Default)]
pub struct Memo {
    known: Box<[(Asked, Value)]>,
}

impl Memo {
    /// One that remembers: 128 KiB, worth it from some hundred records on.
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
fn place(asked: Asked) -> usize {
    // The upper bits of a product depend on all bits of both numbers.
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let last = asked.last ^ u64::from(asked.field) << 56;
    let mixed = (asked.first.wrapping_mul(ODD) ^ last).wrapping_mul(ODD);
    (mixed >> (64 - PLACES.ilog2())) as usize
}

/// Texts of one length have the same first and last bytes only if they are the same.
fn asked(field: usize, text: &str) -> Option<Asked> {
    let bytes = text.as_bytes();
    let four = |bytes: Option<&[u8; 4]>| bytes.map(|bytes| u32::from_le_bytes(*bytes).into());
    let eight = |bytes: Option<&[u8; 8]>| bytes.map(|bytes| u64::from_le_bytes(*bytes));
    let (first, last) = match bytes.len() {
        1..4 => {
            let [first, middle, last] = [0, bytes.len() / 2, bytes.len() - 1].map(|at| bytes[at]);
            (u64::from(first) << 8 | u64::from(middle), last.into())
        }
        4..8 => (four(bytes.first_chunk())?, four(bytes.last_chunk())?),
        8..=LONGEST => (eight(bytes.first_chunk())?, eight(bytes.last_chunk())?),
        _ => return None,
    };
    Some(Asked {
        first,
        last,
        field: field.try_into().ok()?,
        length: bytes.len() as u16,
    })
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
            (0, FieldKind::Sex, "sixteen bytes...", 6),
            (0, FieldKind::Sex, "sixteen bytes...", 6),
            (0, FieldKind::Sex, "seventeen bytes..", 7),
            (0, FieldKind::Sex, "seventeen bytes..", 8),
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
    fn every_byte_tells_texts_apart() {
        for length in 1..=LONGEST {
            let text = "a".repeat(length);
            let mut known = vec![asked(0, &text).unwrap(), asked(1, &text).unwrap()];
            for at in 0..length {
                let mut other = text.clone().into_bytes();
                other[at] = b'b';
                known.push(asked(0, std::str::from_utf8(&other).unwrap()).unwrap());
            }
            for (at, one) in known.iter().enumerate() {
                assert!(!known[..at].contains(one), "{length} {at}");
                assert_eq!(usize::from(one.length), length);
            }
        }
        assert_eq!(
            (asked(0, ""), asked(0, &"a".repeat(LONGEST + 1))),
            (None, None)
        );
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
        // Thrown at random, 2,750 of them would leave some 2,000.
        assert!(places.len() > 1_900, "{} of {}", places.len(), codes.len());
    }
}
