//! All records at once: blocks of records that share a key.

use rayon::prelude::*;
use yiren_matchers::blocking::{BlockingRule, Key};
use yiren_matchers::model::ModelParts;

use crate::table::Table;

/// Records a task of key making.
const STRIPE: usize = 1 << 14;

/// Blocks a rule that [`RuleCounts::largest`] names.
const LARGEST: usize = 5;

/// The blocks of all rules of a model over a table.
///
/// Blocks are numbered rule after rule. The candidates of a record are the later records of its
/// blocks; a pair belongs to the first rule that brings it. Memory: 8 bytes a record and key.
#[derive(Debug)]
pub struct Scan {
    /// Members of all blocks, block after block, ascending within each.
    members: Vec<u32>,
    /// Where each block starts in `members`; one more at the end.
    starts: Vec<usize>,
    /// Blocks of all records, record after record, ascending within each.
    blocks: Vec<u32>,
    /// Where the blocks of each record start in `blocks`; one more at the end.
    of_record: Vec<usize>,
    /// First block after each rule.
    rule_ends: Vec<u32>,
    /// Counts of each rule, without its new pairs.
    counts: Vec<RuleCounts>,
    /// Source of each record, where records of one source are never compared; else empty.
    sources: Vec<u16>,
}

/// What one blocking rule brings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleCounts {
    /// Name of the rule.
    pub name: String,
    /// Distinct keys.
    pub keys: u64,
    /// Pairs within its blocks, counted in each block that holds them.
    pub pairs: u64,
    /// Records under the commonest key, before it was refined.
    pub largest_block: u64,
    /// Blocks over the cap that were refined.
    pub refined_blocks: u64,
    /// Pairs that share a key but none of its refinements, and so were left out.
    pub cut_pairs: u64,
    /// The largest blocks, the one with most records first; at most five.
    pub largest: Vec<LargeBlock>,
}

/// A block before it was refined, and what became of it.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct LargeBlock {
    /// Records under the key.
    pub records: u64,
    /// The lowest of them.
    pub first: u32,
    /// Refining parts that were used; 0 if the block was within the cap.
    pub parts: usize,
    /// Whether no part could bring it all within the cap, so that neighbours were put in runs.
    pub runs: bool,
    /// Blocks of two records or more that it became.
    pub pieces: u64,
    /// Records of the largest of these.
    pub largest_piece: u64,
    /// Pairs that are in none of them.
    pub cut_pairs: u64,
}

impl LargeBlock {
    /// Takes note of a piece that shares its first `overlap` records with the one before.
    fn add(&mut self, members: usize, overlap: usize, parts: usize) {
        self.parts = self.parts.max(parts);
        self.runs |= overlap > 0;
        if members > 1 {
            self.pieces += 1;
            self.largest_piece = self.largest_piece.max(members as u64);
            self.cut_pairs -= pairs(members) - pairs(overlap);
        }
    }
}

impl Scan {
    /// Makes the keys of all records and gathers them into blocks, in parallel.
    pub fn new(table: &Table, model: &ModelParts) -> Scan {
        let mut scan = Scan {
            members: Vec::new(),
            starts: vec![0],
            blocks: Vec::new(),
            of_record: Vec::new(),
            rule_ends: Vec::new(),
            counts: Vec::new(),
            sources: match model.unique_sources {
                true => table.enrolments.iter().map(|one| one.source).collect(),
                false => Vec::new(),
            },
        };
        for rule in &model.blocking {
            scan.add_rule(table, model, rule);
        }
        scan.index_records(table.len());
        scan
    }

    /// Counts of each rule, in the model's order.
    pub fn counts(&self) -> &[RuleCounts] {
        &self.counts
    }

    /// The candidates of a record that come after it, ascending, each with the place of the
    /// first rule that brings it. `found` is emptied first.
    pub fn candidates(&self, record: u32, found: &mut Vec<(u32, u8)>) {
        self.candidates_by_rule(record, found);
        found.dedup_by_key(|(candidate, _)| *candidate);
    }

    /// The same with every rule that brings a candidate: one entry a candidate and rule, ascending.
    pub fn candidates_by_rule(&self, record: u32, found: &mut Vec<(u32, u8)>) {
        found.clear();
        let place = record as usize;
        for &block in &self.blocks[self.of_record[place]..self.of_record[place + 1]] {
            let rule = self.rule_ends.partition_point(|&end| end <= block) as u8;
            let members =
                &self.members[self.starts[block as usize]..self.starts[block as usize + 1]];
            let after = members.partition_point(|&member| member <= record);
            let later = members[after..].iter();
            let comparable = later.filter(|&&member| self.comparable(record, member));
            found.extend(comparable.map(|&member| (member, rule)));
        }
        found.sort_unstable();
        found.dedup();
    }

    /// The pairs of one rule alone, block after block, a pair as often as blocks hold it.
    pub fn pairs_of_rule(&self, rule: usize) -> impl Iterator<Item = (u32, u32)> + '_ {
        let first = rule
            .checked_sub(1)
            .map_or(0, |before| self.rule_ends[before]) as usize;
        (first..self.rule_ends[rule] as usize).flat_map(move |block| {
            let members = &self.members[self.starts[block]..self.starts[block + 1]];
            members
                .iter()
                .enumerate()
                .flat_map(|(place, &a)| members[place + 1..].iter().map(move |&b| (a, b)))
                .filter(|&(a, b)| self.comparable(a, b))
        })
    }

    fn comparable(&self, a: u32, b: u32) -> bool {
        self.sources.is_empty() || self.sources[a as usize] != self.sources[b as usize]
    }

    fn add_rule(&mut self, table: &Table, model: &ModelParts, rule: &BlockingRule) {
        let entries = entries(table, model, rule);
        let mut counts = RuleCounts {
            name: rule.name.clone(),
            ..RuleCounts::default()
        };
        let refiner = Refiner { table, model, rule };
        for block in entries.chunk_by(|a, b| a.0 == b.0) {
            counts.keys += 1;
            counts.largest_block = counts.largest_block.max(block.len() as u64);
            let mut found = LargeBlock {
                records: block.len() as u64,
                first: block[0].1,
                cut_pairs: pairs(block.len()),
                ..LargeBlock::default()
            };
            if block.len() <= model.block_cap {
                found.add(block.len(), 0, 0);
                self.add_block(block.iter().map(|&(_, record)| record), &mut counts);
            } else {
                counts.refined_blocks += 1;
                refiner.refine(
                    block.iter().map(|&(_, record)| record).collect(),
                    0,
                    &mut |members, overlap, parts| {
                        found.add(members.len(), overlap, parts);
                        self.add_block(members.iter().copied(), &mut counts);
                    },
                );
                counts.cut_pairs += found.cut_pairs;
            }
            keep_largest(&mut counts.largest, found);
        }
        self.counts.push(counts);
        self.rule_ends.push(self.starts.len() as u32 - 1);
    }

    fn add_block(&mut self, members: impl ExactSizeIterator<Item = u32>, counts: &mut RuleCounts) {
        if members.len() > 1 {
            counts.pairs += pairs(members.len());
            self.members.extend(members);
            self.starts.push(self.members.len());
        }
    }

    /// Turns blocks → records round into records → blocks.
    fn index_records(&mut self, records: usize) {
        let mut of_record = vec![0_usize; records + 1];
        for &member in &self.members {
            of_record[member as usize + 1] += 1;
        }
        for place in 0..records {
            of_record[place + 1] += of_record[place];
        }
        let mut next = of_record.clone();
        self.blocks = vec![0; self.members.len()];
        for block in 0..self.starts.len() - 1 {
            for &member in &self.members[self.starts[block]..self.starts[block + 1]] {
                self.blocks[next[member as usize]] = block as u32;
                next[member as usize] += 1;
            }
        }
        self.of_record = of_record;
    }
}

fn pairs(members: usize) -> u64 {
    let members = members as u64;
    members * members.saturating_sub(1) / 2
}

/// The keys of one rule with their records, sorted.
fn entries(table: &Table, model: &ModelParts, rule: &BlockingRule) -> Vec<(Key, u32)> {
    let stripes = table.len().div_ceil(STRIPE);
    let mut entries: Vec<(Key, u32)> = (0..stripes)
        .into_par_iter()
        .flat_map_iter(|stripe| {
            let mut keys = Vec::new();
            let mut entries = Vec::new();
            for record in stripe * STRIPE..((stripe + 1) * STRIPE).min(table.len()) {
                let record = record as u32;
                rule.keys(
                    table.record(record),
                    &table.dictionaries,
                    &model.fields,
                    &mut keys,
                );
                entries.extend(keys.iter().map(|&key| (key, record)));
            }
            entries
        })
        .collect();
    entries.par_sort_unstable();
    entries
}

/// Keeps the blocks with most records, the first met where they are as large.
fn keep_largest(largest: &mut Vec<LargeBlock>, found: LargeBlock) {
    if largest.len() == LARGEST && largest[LARGEST - 1].records >= found.records {
        return;
    }
    let place = largest.partition_point(|known| known.records >= found.records);
    largest.insert(place, found);
    largest.truncate(LARGEST);
}

struct Refiner<'a> {
    table: &'a Table,
    model: &'a ModelParts,
    rule: &'a BlockingRule,
}

impl Refiner<'_> {
    /// Splits a block over the cap by the rule's refining parts, one after the other, of which
    /// `parts` were used already. What is still over the cap after the last is cut into runs of
    /// neighbours that overlap by half. `emit` is given each piece, how many of its first records
    /// the piece before had, and the parts used.
    fn refine(&self, members: Vec<u32>, parts: usize, emit: &mut impl FnMut(&[u32], usize, usize)) {
        let cap = self.model.block_cap;
        if members.len() <= cap {
            emit(&members, 0, parts);
            return;
        }
        let Some(part) = self.rule.refine.get(parts) else {
            let step = (cap / 2).max(1);
            let (mut start, mut before) = (0, 0);
            loop {
                let end = (start + cap).min(members.len());
                emit(&members[start..end], before, parts);
                if end == members.len() {
                    return;
                }
                start += step;
                before = end - start;
            }
        };
        let mut entries: Vec<(Key, u32)> = members
            .into_iter()
            .map(|record| {
                let values = self.table.record(record);
                let key = part.first_hash(values, &self.table.dictionaries, &self.model.fields);
                (key.unwrap_or(0), record)
            })
            .collect();
        entries.sort_unstable();
        for block in entries.chunk_by(|a, b| a.0 == b.0) {
            self.refine(
                block.iter().map(|&(_, record)| record).collect(),
                parts + 1,
                emit,
            );
        }
    }
}
