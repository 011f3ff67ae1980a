//! The conditions of a comparison in one row, as they are tried.

use super::condition::Clause;
use super::{Comparison, LevelIndex, MISSING, Pair};

/// What a [`Comparison`] asks of two records that have its fields, one question after the other in
/// memory: the levels are lists of lists, and following those takes longer than most questions.
#[derive(Clone, Debug)]
pub(crate) struct Flat {
    questions: Vec<Question>,
}

/// A clause, or the one question that always holds.
#[derive(Copy, Clone, Debug)]
struct Question {
    clause: Option<Clause>,
    /// The level that the comparison comes to if this is the last clause of a condition and holds;
    /// else there is a next clause.
    level: Option<LevelIndex>,
    /// Where the next condition begins.
    otherwise: u32,
}

impl Flat {
    /// The same questions in the same order.
    pub(crate) fn of(comparison: &Comparison) -> Flat {
        let missing = comparison.missing_when.iter().map(|when| (when, MISSING));
        let levels = (1..).zip(&comparison.levels);
        let levels =
            levels.flat_map(|(place, level)| level.when.iter().map(move |when| (when, place)));
        let mut questions = Vec::new();
        for (condition, level) in missing.chain(levels) {
            let clauses = condition.clauses();
            let otherwise = (questions.len() + clauses.len().max(1)) as u32;
            let question = |clause, last: bool| Question {
                clause,
                level: last.then_some(level),
                otherwise,
            };
            match clauses {
                [] => questions.push(question(None, true)),
                [before @ .., last] => {
                    questions.extend(before.iter().map(|&clause| question(Some(clause), false)));
                    questions.push(question(Some(*last), true));
                }
            }
        }
        Flat { questions }
    }

    /// The level of a pair of which both records have one of the comparison's fields, as
    /// [`Comparison::level`].
    #[inline]
    pub(crate) fn level(&self, pair: &Pair<'_>) -> LevelIndex {
        let mut place = 0;
        while let Some(question) = self.questions.get(place) {
            if question.clause.is_none_or(|clause| clause.holds(pair)) {
                match question.level {
                    Some(level) => return level,
                    None => place += 1,
                }
            } else {
                place = question.otherwise as usize;
            }
        }
        MISSING
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use super::*;
    use crate::comparison::Level;
    use crate::comparison::condition::Condition;
    use crate::normalise::codes::Sex;
    use crate::record::{Dictionaries, Field, FieldKind, Value};
    use crate::rows::Rows;

    #[test]
    fn as_many_alternatives_as_a_model_may_hold_are_gone_through() {
        let fields = [Field {
            name: "sex".to_string(),
            kind: FieldKind::Sex,
            column: "sex".to_string(),
            years: None,
        }];
        let level = |text: &str, alternatives: usize| Level {
            name: text.to_string(),
            label: String::new(),
            label_zh: String::new(),
            when: vec![Condition::parse(text, &fields, 0).unwrap(); alternatives],
        };
        let comparison = Comparison {
            name: "sex".to_string(),
            fields: vec![0],
            missing_when: vec![Condition::parse("not exact", &fields, 0).unwrap()],
            levels: vec![level("exact and not exact", 40_000), level("else", 1)],
        };
        let mut rows = Rows::new(&fields);
        rows.push(&[Value::from_sex(Sex::Male)]);
        rows.push(&[Value::from_sex(Sex::Female)]);
        let flat = Flat::of(&comparison);
        for (left, right, expected) in [(0, 0, 2), (0, 1, MISSING)] {
            let pair = Pair {
                left: rows.row(left),
                right: rows.row(right),
                dictionaries: &Dictionaries::default(),
            };
            assert_eq!(flat.level(&pair), expected);
            assert_eq!(comparison.level(&pair), expected);
        }
    }
}
