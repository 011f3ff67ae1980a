//! Comparisons: what is looked at in a pair of records, and the levels of agreement.
//!
//! A comparison looks at one or a few fields and answers with one *level*, from the
//! strictest to *else*; the first level whose condition holds is the answer. *Missing* is
//! no level: it says nothing either way.

pub mod condition;
mod flat;
mod sight;
pub mod test;

pub(crate) use flat::Flat;
pub(crate) use sight::{Sight, Sights};

use crate::record::{Dictionaries, Field};
use crate::rows::Row;
use condition::Condition;

/// The level that a comparison came to: 0 is *missing*, 1 the first level of the model file.
pub type LevelIndex = u8;

/// The level index of a comparison whose fields are missing.
pub const MISSING: LevelIndex = 0;

/// At most this many levels a comparison, so that a level fits in four bits of a [`Pattern`].
pub const MAX_LEVELS: usize = 15;

/// At most this many comparisons a model, so that a [`Pattern`] fits in 64 bits.
pub const MAX_COMPARISONS: usize = 16;

/// The levels of all comparisons of a pair: four bits each, the first comparison lowest.
pub type Pattern = u64;

/// The level of the comparison numbered `comparison` in a pattern.
#[inline]
pub fn level_of(pattern: Pattern, comparison: usize) -> LevelIndex {
    (pattern >> (4 * comparison) & 15) as LevelIndex
}

/// Two records side by side, with the dictionaries that their values point into.
#[derive(Copy, Clone, Debug)]
pub struct Pair<'a> {
    /// Values of the first record, one a field.
    pub left: Row<'a>,
    /// Values of the second record.
    pub right: Row<'a>,
    /// Where longer values are.
    pub dictionaries: &'a Dictionaries,
}

/// What is compared, and its levels from the strictest to *else*.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// Name, unique in the model.
    pub name: String,
    /// Places of the fields that must be there: the comparison is *missing* if one of the
    /// records has none of them.
    pub fields: Vec<usize>,
    /// Alternatives, each of which makes the comparison *missing* though the fields are there:
    /// such as English names to compare, of which a record has none.
    pub missing_when: Vec<Condition>,
    /// Levels; the last one always holds.
    pub levels: Vec<Level>,
}

/// One level of agreement.
#[derive(Clone, Debug)]
pub struct Level {
    /// Code, unique in the comparison; used in files for programs.
    pub name: String,
    /// What a person reads, in English.
    pub label: String,
    /// What a person reads, in Chinese.
    pub label_zh: String,
    /// Alternatives, of which one must hold; the `else` level has one that always does.
    pub when: Vec<Condition>,
}

impl Comparison {
    /// The level of a pair, or [`MISSING`].
    #[inline]
    pub fn level(&self, pair: &Pair<'_>) -> LevelIndex {
        let has = |record: Row<'_>| {
            self.fields
                .iter()
                .any(|&field| !record.get(field).is_null())
        };
        if !has(pair.left) || !has(pair.right) {
            return MISSING;
        }
        if self
            .missing_when
            .iter()
            .any(|condition| condition.holds(pair))
        {
            return MISSING;
        }
        let held = self
            .levels
            .iter()
            .position(|level| level.when.iter().any(|condition| condition.holds(pair)));
        held.map_or(MISSING, |position| position as LevelIndex + 1)
    }

    /// All conditions in the order they are tried, each with the level that it comes to.
    pub(crate) fn conditions(&self) -> impl Iterator<Item = (&Condition, LevelIndex)> {
        let missing = self.missing_when.iter().map(|when| (when, MISSING));
        let levels = (1..).zip(&self.levels);
        missing.chain(
            levels.flat_map(|(place, level)| level.when.iter().map(move |when| (when, place))),
        )
    }

    /// Of its [`fields`](Comparison::fields), those of which tests look up the values in a dictionary.
    pub(crate) fn fields_looked_up(&self) -> Vec<usize> {
        let conditions = self.conditions().map(|(condition, _)| condition);
        let fields: Vec<usize> = conditions.flat_map(Condition::fields_looked_up).collect();
        let all = self.fields.iter().copied();
        all.filter(|field| fields.contains(field)).collect()
    }

    /// Places of all fields that the comparison looks at, sorted.
    pub fn fields_read(&self) -> Vec<usize> {
        let mut fields = self.fields.clone();
        for (condition, _) in self.conditions() {
            fields.extend(condition.fields());
        }
        fields.sort_unstable();
        fields.dedup();
        fields
    }
}

/// The levels of all comparisons of a pair.
pub fn pattern(comparisons: &[Comparison], pair: &Pair<'_>) -> Pattern {
    comparisons
        .iter()
        .enumerate()
        .fold(0, |pattern, (index, comparison)| {
            pattern | Pattern::from(comparison.level(pair)) << (4 * index)
        })
}

/// The place of the field of that name.
pub fn find_field(fields: &[Field], name: &str) -> Option<usize> {
    fields.iter().position(|field| field.name == name)
}
