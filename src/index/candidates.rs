//! Candidate pairs: all that some blocking rule brings, each once.

use std::io;

use rayon::prelude::*;
use yiren_matchers::model::ModelParts;

use super::blocks::{Blocks, RuleCounts};
use super::spool::{self, Packed, PartPairs, Scratch, Spilled, Spool};
use crate::table::Table;

/// The pairs that the blocking rules of a model bring, in parts of consecutive first records.
///
/// Every pair has its lower record first. Memory or disk: 8 bytes a pair and rule that brings it.
#[derive(Debug)]
pub struct Candidates {
    spool: Spool,
    counts: Vec<RuleCounts>,
    spilled: Spilled,
    records: u32,
}

/// A candidate pair and a rule that brings it.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CandidatePair {
    /// The lower record.
    pub a: u32,
    /// The higher record.
    pub b: u32,
    /// Place of the rule in the model.
    pub rule: u8,
}

/// The pairs of one part of [`Candidates`].
#[derive(Debug, Default)]
pub struct CandidatePart {
    place: usize,
    of: PartPairs,
}

impl Candidates {
    /// Makes the keys of all records, rule after rule, and gathers the pairs of their blocks, in
    /// parallel; all of them in memory without `scratch`, and then it does not fail.
    pub fn find(
        table: &Table,
        model: &ModelParts,
        scratch: Option<Scratch>,
    ) -> io::Result<Candidates> {
        let spool = Spool::new(table.len(), scratch);
        let comparable = |a: u32, b: u32| !(model.unique_sources && table.same_source(a, b));
        let rules = model.blocking.iter().enumerate();
        let counts = rules
            .map(|(place, rule)| {
                Blocks::new(table, model, rule).for_each(
                    || spool.sink(),
                    |sink, piece| spool.add_piece(sink, piece, place as u8, comparable),
                    |sink| spool.give_back(sink),
                )
            })
            .collect();
        Ok(Candidates {
            spilled: spool.finish()?,
            spool,
            counts,
            records: table.len() as u32,
        })
    }

    /// None at all, of no record.
    pub fn none() -> Candidates {
        Candidates {
            spool: Spool::new(0, None),
            counts: Vec::new(),
            spilled: Spilled::default(),
            records: 0,
        }
    }

    /// Counts of each rule, in the model's order.
    pub fn counts(&self) -> &[RuleCounts] {
        &self.counts
    }

    /// What went to disk.
    pub fn spilled(&self) -> Spilled {
        self.spilled
    }

    /// How many parts there are.
    pub fn parts(&self) -> usize {
        self.spool.len()
    }

    /// The records that are first in the pairs of a part.
    pub fn records_of(&self, part: usize) -> std::ops::Range<u32> {
        self.spool.first_record(part)..self.spool.first_record(part + 1).min(self.records)
    }

    /// Reads the pairs of a part into `found`.
    pub fn read(&self, part: usize, found: &mut CandidatePart) -> io::Result<()> {
        found.place = part;
        self.spool.read(part, &mut found.of)
    }

    /// Whether each of `pairs`, lower record first, is a candidate.
    pub fn contain(&self, pairs: &[(u32, u32)]) -> io::Result<Vec<bool>> {
        let mut order: Vec<u32> = (0..pairs.len() as u32).collect();
        order.par_sort_unstable_by_key(|&place| pairs[place as usize]);
        let mut contained = vec![false; pairs.len()];
        let mut found = CandidatePart::default();
        let part_of = |place: &u32| pairs[*place as usize].0 / self.spool.first_record(1);
        for asked in order.chunk_by(|x, y| part_of(x) == part_of(y)) {
            self.read(part_of(&asked[0]) as usize, &mut found)?;
            let mut candidates = found.pairs().peekable();
            for &place in asked {
                let pair = pairs[place as usize];
                while candidates
                    .next_if(|found| (found.a, found.b) < pair)
                    .is_some()
                {}
                contained[place as usize] = candidates
                    .peek()
                    .is_some_and(|found| (found.a, found.b) == pair);
            }
        }
        Ok(contained)
    }
}

impl CandidatePart {
    /// The pairs with every rule that brings them: ascending, one entry a pair and rule.
    pub fn pairs(&self) -> impl Iterator<Item = CandidatePair> + '_ {
        self.of.pairs().iter().map(|&packed| self.unpack(packed))
    }

    /// The pairs, ascending, each once, with the first rule that brings it.
    pub fn distinct(&self) -> impl Iterator<Item = CandidatePair> + '_ {
        let groups = self.of.pairs().chunk_by(|x, y| x >> 8 == y >> 8);
        groups.map(|group| self.unpack(group[0]))
    }

    fn unpack(&self, packed: Packed) -> CandidatePair {
        let (a, b, rule) = spool::unpack(self.place, packed);
        CandidatePair { a, b, rule }
    }
}
