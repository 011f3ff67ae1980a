//! What the words of codes came to: there are few of them, and every record has some.

use rustc_hash::FxHashMap;
use yiren_matchers::record::{FieldKind, Value};

/// Texts that are remembered at most; a hostile file has a new one in every row.
const REMEMBERED: usize = 1 << 16;

/// Values of raw texts met before, of fields whose values stand for themselves.
#[derive(Debug, Default)]
pub struct Memo {
    known: FxHashMap<Box<str>, Vec<(usize, Value)>>,
    texts: usize,
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
        if !is_code(kind) {
            return work_out();
        }
        let known = self.known.get(text);
        let known = known.and_then(|known| known.iter().find(|(of, _)| *of == field));
        if let Some(&(_, value)) = known {
            return value;
        }
        let value = work_out();
        if self.texts < REMEMBERED {
            self.texts += 1;
            self.known
                .entry(text.into())
                .or_default()
                .push((field, value));
        }
        value
    }
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
