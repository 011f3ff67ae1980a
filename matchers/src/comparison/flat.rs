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
    otherwise: u16,
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
            let otherwise = (questions.len() + clauses.len().max(1)) as u16;
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
                place = usize::from(question.otherwise);
            }
        }
        MISSING
    }
}
