//! What the reports on a known truth look into.

use rustc_hash::FxHashMap;
use yiren_matchers::model::ModelParts;

use super::evaluation::MISSING;
use super::summary::RecordName;
use crate::index::Candidates;
use crate::scoring::{ScoredPairs, Scorer};
use crate::table::Table;

/// Records that were matched, and how.
#[derive(Copy, Clone, Debug)]
pub struct Matching<'a> {
    /// The records.
    pub table: &'a Table,
    /// The model with this table's prior and frequencies.
    pub scorer: &'a Scorer,
    /// The pairs that were weighed.
    pub candidates: &'a Candidates,
    /// Weighed pairs at or above the reporting weight.
    pub scored: &'a ScoredPairs,
    /// Entity of each record.
    pub entity_of: &'a [u32],
}

impl<'a> Matching<'a> {
    /// What the model file states.
    pub fn parts(&self) -> &'a ModelParts {
        self.scorer.model().parts()
    }

    /// How to find a record again.
    pub fn name(&self, record: u32) -> RecordName {
        RecordName {
            source: self.table.source(record).to_string(),
            record_id: self.table.record_id(record).to_string(),
        }
    }
}

/// A row of a truth file: source and record id, and the person.
pub type Label = ((String, String), String);

/// Who the records of a table are, as far as a truth file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Truth {
    /// Person of each record, numbered from 0 in the order of their first records; [`MISSING`]
    /// where it is not known.
    pub person_of: Vec<u32>,
    /// Records of each person, ascending.
    pub members: Vec<Vec<u32>>,
}

impl Truth {
    /// The persons of a table's records. If a record has several, the smallest counts, as in
    /// [`super::Evaluation::of_labels`]; rows about other records are passed over.
    pub fn new(table: &Table, labels: &[Label]) -> Truth {
        let mut known: FxHashMap<(&str, &str), &str> = FxHashMap::default();
        for ((source, record), person) in labels {
            let kept = known.entry((source, record)).or_insert(person);
            *kept = person.as_str().min(kept);
        }
        let mut numbers: FxHashMap<&str, u32> = FxHashMap::default();
        let mut truth = Truth::default();
        for record in 0..table.len() as u32 {
            let name = (table.source(record), table.record_id(record));
            let person = known.get(&name).map_or(MISSING, |&person| {
                let next = numbers.len() as u32;
                *numbers.entry(person).or_insert(next)
            });
            truth.add(record, person);
        }
        truth
    }

    fn add(&mut self, record: u32, person: u32) {
        self.person_of.push(person);
        if person == MISSING {
            return;
        }
        if person as usize == self.members.len() {
            self.members.push(Vec::new());
        }
        self.members[person as usize].push(record);
    }

    /// Whether two records are one person; `None` if that is not known.
    pub fn is_match(&self, a: u32, b: u32) -> Option<bool> {
        let (a, b) = (self.person_of[a as usize], self.person_of[b as usize]);
        (a != MISSING && b != MISSING).then_some(a == b)
    }

    /// Calls `each` with every pair of records of one person, person after person, lower record
    /// first.
    pub fn each_pair(&self, mut each: impl FnMut(u32, u32)) {
        for members in &self.members {
            for (place, &a) in members.iter().enumerate() {
                members[place + 1..].iter().for_each(|&b| each(a, b));
            }
        }
    }

    /// Pairs of records that are one person.
    pub fn true_pairs(&self) -> u64 {
        let sizes = self.members.iter().map(|members| members.len() as u64);
        sizes.map(pairs_of).sum()
    }

    /// Records whose person is known.
    pub fn records(&self) -> u64 {
        self.members
            .iter()
            .map(|members| members.len() as u64)
            .sum()
    }
}

/// Pairs among so many records.
pub(super) fn pairs_of(records: u64) -> u64 {
    records * records.saturating_sub(1) / 2
}
