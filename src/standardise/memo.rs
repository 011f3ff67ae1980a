//! What the words of codes came to: there are few of them, and every record has some.

use rustc_hash::FxHashMap;
use yiren_matchers::record::{FieldKind, Value};

/// Texts that are remembered at most; a hostile file has a new one in every row.
const REMEMBERED: usize = 1 << 16;

/// Bytes of a text that is remembered at most; codes and their words are short.
const LONGEST: usize = 14;

/// A field, the length of a text and the text, in the bytes of two numbers.
type Asked = [u64; 2];

/// Values of raw texts met before, of fields whose values stand for themselves.
#[derive(Debug, Default)]
pub struct Memo {
    known: FxHashMap<Asked, Value>,
}

impl Memo {
    /// The value of a text of a field, worked out by `work_out` if it is not known yet.
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
        if let Some(&value) = self.known.get(&asked) {
            return value;
        }
        let value = work_out();
        if self.known.len() < REMEMBERED {
            self.known.insert(asked, value);
        }
        value
    }
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
        let mut memo = Memo::default();
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
    fn it_does_not_grow_for_ever() {
        let mut memo = Memo::default();
        for number in 0..REMEMBERED + 10 {
            memo.value(0, FieldKind::Division, &number.to_string(), || Value::NULL);
        }
        assert_eq!(memo.known.len(), REMEMBERED);
    }
}
