//! Conditions of a level, as a model file writes them.
//!
//! ```text
//! condition := "else" | clause ("and" clause)*
//! clause    := ["not"] [field ["~" field] ":"] test
//! test      := word [("<=" | ">=") number]
//! ```
//! `birth_date: exact and not default` reads the field it names; without one it reads the
//! comparison's first. `name~former_name: exact` tests the name of either record against the
//! former name of the other. A clause whose value is missing on either side does not hold,
//! `not` or no.

use std::fmt;

use thiserror::Error;

use super::test::{Test, UnknownTest};
use super::{Pair, find_field};
use crate::record::Field;

/// Clauses that must all hold; none at all always holds.
#[derive(Clone, Default)]
pub struct Condition {
    text: Box<str>,
    clauses: Vec<Clause>,
}

/// As the model file writes it: the same in every process, which the functions of tests are not.
impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

/// A test of a field of either record, or of two fields.
#[derive(Copy, Clone, Debug)]
pub(super) struct Clause {
    /// Places of the fields, of which a model has at most [`MAX_FIELDS`](crate::rows::MAX_FIELDS).
    pub left: u8,
    pub right: u8,
    pub test: Test,
    pub negated: bool,
}

/// Why a condition of a model file cannot be read.
#[derive(Debug, Error, PartialEq)]
pub enum ConditionError {
    /// A field that the model does not state.
    #[error("`{0}` is not a field of this model")]
    UnknownField(String),
    /// `a~b` with fields of two kinds.
    #[error("`{0}` and `{1}` are of two kinds and cannot be compared")]
    TwoKinds(String, String),
    /// No such test for a field of this kind.
    #[error(transparent)]
    Test(#[from] UnknownTest),
    /// An empty clause.
    #[error("a test is missing before or after `and`")]
    Empty,
}

impl Condition {
    /// Reads a condition of a comparison whose first field is `first`.
    pub fn parse(text: &str, fields: &[Field], first: usize) -> Result<Condition, ConditionError> {
        if text.trim() == "else" {
            return Ok(Condition::default());
        }
        let clauses = text
            .split(" and ")
            .map(|clause| Clause::parse(clause.trim(), fields, first));
        let mut clauses: Vec<Clause> = clauses.collect::<Result<_, _>>()?;
        // All must hold, so their order is free.
        clauses.sort_by_key(|clause| clause.test.cost());
        Ok(Condition {
            text: text.into(),
            clauses,
        })
    }

    /// Whether every clause holds for the pair.
    #[inline]
    pub fn holds(&self, pair: &Pair<'_>) -> bool {
        self.clauses.iter().all(|clause| clause.holds(pair))
    }

    /// The clauses; none of a condition that always holds.
    pub(super) fn clauses(&self) -> &[Clause] {
        &self.clauses
    }

    /// Whether the condition holds for every pair.
    pub fn is_else(&self) -> bool {
        self.clauses.is_empty()
    }

    /// Places of the fields of which it looks up the values in a dictionary.
    pub(super) fn fields_looked_up(&self) -> impl Iterator<Item = usize> + '_ {
        let clauses = self.clauses.iter().filter(|clause| clause.test.looks_up());
        clauses.flat_map(|clause| [clause.left, clause.right].map(usize::from))
    }

    /// Places of the fields it reads.
    pub fn fields(&self) -> impl Iterator<Item = usize> + '_ {
        self.clauses
            .iter()
            .flat_map(|clause| [clause.left, clause.right].map(usize::from))
    }
}

impl Clause {
    fn parse(text: &str, fields: &[Field], first: usize) -> Result<Clause, ConditionError> {
        let (negated, text) = match text.strip_prefix("not ") {
            Some(rest) => (true, rest.trim()),
            None => (false, text),
        };
        if text.is_empty() {
            return Err(ConditionError::Empty);
        }
        let find = |name: &str| {
            find_field(fields, name.trim())
                .ok_or_else(|| ConditionError::UnknownField(name.trim().to_string()))
        };
        let (left, right, test) = match text.split_once(':') {
            None => (first, first, text),
            Some((names, test)) => match names.split_once('~') {
                None => (find(names)?, find(names)?, test),
                Some((left, right)) => (find(left)?, find(right)?, test),
            },
        };
        let (Some(a), Some(b)) = (fields.get(left), fields.get(right)) else {
            return Err(ConditionError::Empty);
        };
        if a.kind != b.kind {
            return Err(ConditionError::TwoKinds(a.name.clone(), b.name.clone()));
        }
        Ok(Clause {
            left: left as u8,
            right: right as u8,
            test: Test::parse(test.trim(), a.kind)?,
            negated,
        })
    }

    #[inline]
    pub(super) fn holds(&self, pair: &Pair<'_>) -> bool {
        let (left, right) = (usize::from(self.left), usize::from(self.right));
        self.one_way(pair, left, right) || (left != right && self.one_way(pair, right, left))
    }

    #[inline]
    fn one_way(&self, pair: &Pair<'_>, left: usize, right: usize) -> bool {
        let (a, b) = (pair.left.get(left), pair.right.get(right));
        !a.is_null() && !b.is_null() && self.test.holds(a, b, pair.dictionaries) != self.negated
    }
}
