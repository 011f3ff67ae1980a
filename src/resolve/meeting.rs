//! Which blocking rules bring two records together, and what keeps the others from it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use yiren_matchers::blocking::{BlockingRule, KeyPart};

use super::postings::{Overlay, Postings, When, depth, node, rule_of};
use super::{Engine, Local};
use crate::store::{Family, StoreError, View};

/// What a blocking rule does for two records.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct RuleMeeting {
    /// Name of the rule.
    pub rule: String,
    /// Whether it brings them together, and why not.
    pub met: Met,
    /// What the rule looks at.
    pub parts: Vec<Part>,
    /// How many records share the key of the two, counted up to one more than a block may have;
    /// `None` if they share none.
    pub block: Option<usize>,
}

/// Whether a rule brings two records together.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Met {
    /// It does.
    Together,
    /// One of them lacks what the rule looks at.
    Missing,
    /// They differ in what the rule looks at.
    Differ,
    /// Too many records agree on it, so the block is divided by this further part, in which the
    /// two differ.
    Divided {
        /// The part, as the model file writes it.
        by: String,
    },
    /// Too many records agree on it and on all further parts, so only near neighbours in the order
    /// of their hashes are compared, and the two are not.
    TooFar,
    /// Both are of one source, and the model says that each source holds a person once.
    OneSource,
}

/// A part of a rule's key.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Part {
    /// The part, as the model file writes it: `birth_date.year`.
    pub part: String,
    /// Whether the first record has it.
    pub left: bool,
    /// Whether the second record has it.
    pub right: bool,
    /// Whether they agree on it.
    pub agree: bool,
}

/// What each blocking rule does for two records of the store, in the order of the model: by the
/// blocks as they are, `engine` being that of the generation in force. Cost: a part of a block a rule.
pub fn meetings(
    view: &View<'_>,
    engine: &Engine,
    local: &Local,
    (a, b): (u32, u32),
) -> Result<Vec<RuleMeeting>, StoreError> {
    let parts = engine.scorer.model().parts();
    let overlay = Overlay::default();
    let cursor = view.cursor(Family::Blocks)?;
    let caps = parts.caps();
    let mut postings = Postings::new(cursor, &overlay, &caps);
    let [of_a, of_b] = [a, b].map(|place| local.entries(engine, place));
    let mut found = Vec::with_capacity(parts.blocking.len());
    for (number, rule) in parts.blocking.iter().enumerate() {
        let of_rule = |entries: &BTreeSet<Vec<u8>>| -> Vec<Vec<u8>> {
            let is_of_rule = |entry: &&Vec<u8>| rule_of(entry) == Some(number as u8);
            entries.iter().filter(is_of_rule).cloned().collect()
        };
        let seen = key_parts(engine, local, rule, (a, b));
        let meeting = meet(&mut postings, rule, &of_rule(&of_a), &of_rule(&of_b))?;
        let (met, block) = match meeting {
            Some((Met::Together, block))
                if parts.unique_sources && local.table.same_source(a, b) =>
            {
                (Met::OneSource, Some(block))
            }
            Some((met, block)) => (met, Some(block)),
            None if seen.iter().any(|part| !part.left || !part.right) => (Met::Missing, None),
            None => (Met::Differ, None),
        };
        found.push(RuleMeeting {
            rule: rule.name.clone(),
            met,
            parts: seen,
            block,
        });
    }
    Ok(found)
}

/// What becomes of the keys that two records share, and how many records share one; `None` if
/// there are none.
fn meet(
    postings: &mut Postings<'_>,
    rule: &BlockingRule,
    of_a: &[Vec<u8>],
    of_b: &[Vec<u8>],
) -> Result<Option<(Met, usize)>, StoreError> {
    let mut parted = None;
    for one in of_a {
        for other in of_b.iter().filter(|other| node(one, 0) == node(other, 0)) {
            let block = postings.count(node(one, 0), When::Before)?;
            if postings.together(one, other)? {
                return Ok(Some((Met::Together, block)));
            }
            let differs = (1..=depth(one)).find(|&at| node(one, at) != node(other, at));
            let part = differs.and_then(|at| rule.refine.get(at - 1));
            let met = match part {
                Some(part) => Met::Divided {
                    by: part.text().to_string(),
                },
                None => Met::TooFar,
            };
            parted.get_or_insert((met, block));
        }
    }
    Ok(parted)
}

fn key_parts(engine: &Engine, local: &Local, rule: &BlockingRule, (a, b): (u32, u32)) -> Vec<Part> {
    let fields = &engine.scorer.model().parts().fields;
    let (table, dictionaries) = (&local.table, &local.table.dictionaries);
    let hashes = |part: &KeyPart, record: u32| {
        let mut hashes = BTreeSet::new();
        part.hashes(table.record(record), dictionaries, fields, |hash| {
            hashes.insert(hash);
        });
        hashes
    };
    let parts = rule.parts.iter().map(|part| {
        let (left, right) = (hashes(part, a), hashes(part, b));
        Part {
            part: part.text().to_string(),
            left: !left.is_empty(),
            right: !right.is_empty(),
            agree: !left.is_disjoint(&right),
        }
    });
    parts.collect()
}
