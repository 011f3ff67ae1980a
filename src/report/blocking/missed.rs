//! True pairs that no blocking rule brings, by what stood in the way.

use std::collections::BTreeMap;
use std::io;

use serde::{Deserialize, Serialize};

use super::obstacles::{Parts, Reason, Standing};
use crate::report::matching::{Matching, Truth};
use crate::report::summary::RecordName;
use crate::report::words::Text;

/// Missed pairs that are looked into; those beyond are only counted.
const LIMIT: u64 = 100_000;

/// Causes that are listed one by one.
const CAUSES: usize = 100;

/// True pairs that no rule brings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Missed {
    /// How many there are.
    pub pairs: u64,
    /// How many of them were looked into, in the order of persons and records: all, or the first
    /// hundred thousand.
    pub examined: u64,
    /// What became of each key part, in the order of the model.
    pub parts: Vec<PartCount>,
    /// Causes, the commonest first; at most a hundred.
    pub causes: Vec<Cause>,
    /// Pairs of further causes.
    pub pairs_of_other_causes: u64,
}

/// A part of the blocking keys, over all missed pairs that were looked into.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PartCount {
    /// The part as the model file writes it.
    pub part: String,
    /// What a person reads.
    pub label: Text,
    /// Whether it makes a rule by itself, so that no missed pair agrees on it.
    pub alone: bool,
    /// Pairs of which neither record has it.
    pub missing_on_both: u64,
    /// Pairs of which one record has it.
    pub missing_on_one: u64,
    /// Pairs of which both have it, and not the same.
    pub differs: u64,
    /// Pairs that agree on it.
    pub agrees: u64,
    /// Pairs that some rule would have brought had they agreed on this part alone.
    pub would_suffice: u64,
}

/// A reason why pairs are missed: the fewest parts that stop all rules of several parts. (The
/// parts that make a rule by themselves stop every missed pair, and are no news.) Several parts
/// of one field are told as the field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Cause {
    /// What a person reads.
    pub label: Text,
    /// Parts or fields that both records have, and not the same.
    pub differs: Vec<String>,
    /// Parts or fields that one record lacks, or both.
    pub missing: Vec<String>,
    /// Rules under which the two share a key, whose block was over the cap (or whose records have
    /// more keys than are made); `differs` and `missing` are empty then.
    pub cut_by: Vec<String>,
    /// Pairs.
    pub pairs: u64,
    /// The first of them.
    pub examples: Vec<MissedPair>,
}

/// Two records of one person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MissedPair {
    /// One record.
    pub left: RecordName,
    /// The other.
    pub right: RecordName,
}

impl Missed {
    /// Looks into the true pairs that are no candidates, of which there are `pairs`.
    pub(super) fn new(
        matching: &Matching<'_>,
        truth: &Truth,
        pairs: u64,
        examples: usize,
    ) -> io::Result<Missed> {
        let parts = Parts::of(matching.parts());
        let mut missed = Missed {
            pairs,
            parts: parts
                .all
                .iter()
                .enumerate()
                .map(|(place, part)| PartCount {
                    part: part.text().to_string(),
                    label: parts.label(part),
                    alone: parts.of_rule.iter().any(|rule| rule[..] == [place]),
                    ..PartCount::default()
                })
                .collect(),
            ..Missed::default()
        };
        let mut causes: BTreeMap<Reason, (u64, Vec<MissedPair>)> = BTreeMap::new();
        for (a, b) in missed_pairs(matching, truth, LIMIT)? {
            missed.examined += 1;
            let standings = parts.standings(matching.table, a, b);
            missed.count(&parts, &standings);
            let reason = parts.reason(&standings);
            let (count, known) = causes.entry(reason).or_default();
            *count += 1;
            if known.len() < examples {
                known.push(MissedPair {
                    left: matching.name(a),
                    right: matching.name(b),
                });
            }
        }
        let mut causes: Vec<_> = causes.into_iter().collect();
        causes.sort_by_key(|(_, (count, _))| std::cmp::Reverse(*count));
        let others = causes.iter().skip(CAUSES);
        missed.pairs_of_other_causes = others.map(|(_, (count, _))| count).sum();
        causes.truncate(CAUSES);
        missed.causes = causes
            .into_iter()
            .map(|(reason, (pairs, examples))| parts.report(&reason, pairs, examples))
            .collect();
        Ok(missed)
    }

    fn count(&mut self, parts: &Parts<'_>, standings: &[Standing]) {
        for (count, standing) in self.parts.iter_mut().zip(standings) {
            *match standing {
                Standing::Agrees => &mut count.agrees,
                Standing::Differs => &mut count.differs,
                Standing::MissingOnOne => &mut count.missing_on_one,
                Standing::MissingOnBoth => &mut count.missing_on_both,
            } += 1;
        }
        let mut enough: Vec<usize> = Vec::new();
        for of_rule in &parts.of_rule {
            let mut stopping = of_rule
                .iter()
                .filter(|&&part| standings[part] != Standing::Agrees);
            if let (Some(&only), None) = (stopping.next(), stopping.next()) {
                enough.push(only);
            }
        }
        enough.sort_unstable();
        enough.dedup();
        for part in enough {
            self.parts[part].would_suffice += 1;
        }
    }
}

impl Parts<'_> {
    fn report(&self, reason: &Reason, pairs: u64, examples: Vec<MissedPair>) -> Cause {
        let mut cause = Cause {
            label: self.words(reason),
            pairs,
            examples,
            ..Cause::default()
        };
        match reason {
            Reason::Cut(rules) => {
                let name = |&rule: &usize| self.model.blocking[rule].name.clone();
                cause.cut_by = rules.iter().map(name).collect();
            }
            Reason::Stopped(obstacles) => {
                for obstacle in obstacles {
                    let text = self.all[obstacle.part].text();
                    let field = text.rsplit_once('.').map_or(text, |(field, _)| field);
                    let text = if obstacle.whole_field { field } else { text }.to_string();
                    match obstacle.missing {
                        true => cause.missing.push(text),
                        false => cause.differs.push(text),
                    }
                }
            }
        }
        cause
    }
}

/// The true pairs that no rule brings, person after person, the lower record first; the first
/// `limit` of them.
fn missed_pairs(matching: &Matching<'_>, truth: &Truth, limit: u64) -> io::Result<Vec<(u32, u32)>> {
    let mut pairs = Vec::new();
    truth.each_pair(|a, b| pairs.push((a, b)));
    let brought = matching.candidates.contain(&pairs)?;
    let missed = pairs
        .into_iter()
        .zip(brought)
        .filter(|(_, brought)| !brought);
    Ok(missed.map(|(pair, _)| pair).take(limit as usize).collect())
}
