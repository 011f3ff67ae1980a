//! Blocks: the records that share a key of one rule.

use rayon::prelude::*;
use yiren_matchers::blocking::{BlockingRule, Key, KeyPart, Prepared, keys_of};
use yiren_matchers::model::ModelParts;

use crate::table::Table;

/// Records a task of key making.
const STRIPE: usize = 1 << 14;

/// Entries a task of going through the blocks.
const TASK: usize = 1 << 17;

/// Blocks a rule that [`RuleCounts::largest`] names.
const LARGEST: usize = 5;

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

impl RuleCounts {
    /// Adds the counts of later blocks of the same rule.
    fn merge(&mut self, later: &RuleCounts) {
        self.keys += later.keys;
        self.pairs += later.pairs;
        self.largest_block = self.largest_block.max(later.largest_block);
        self.refined_blocks += later.refined_blocks;
        self.cut_pairs += later.cut_pairs;
        later.largest.iter().for_each(|&block| self.keep(block));
    }

    /// Keeps the blocks with most records, the first met where they are as large.
    fn keep(&mut self, found: LargeBlock) {
        let largest = &mut self.largest;
        if largest.len() == LARGEST && largest[LARGEST - 1].records >= found.records {
            return;
        }
        let place = largest.partition_point(|known| known.records >= found.records);
        largest.insert(place, found);
        largest.truncate(LARGEST);
    }
}

/// Works out the hashes of a part for all distinct values of a table, in parallel.
pub(crate) fn prepare<'a>(part: &'a KeyPart, table: &Table, model: &ModelParts) -> Prepared<'a> {
    let (dictionaries, fields) = (&table.dictionaries, &model.fields);
    match part.entries(dictionaries, fields) {
        None => Prepared::of(part),
        Some(entries) => {
            let hash = |entry| part.entry_hash(entry, dictionaries, fields);
            let hashes = (0..entries as u32).into_par_iter().with_min_len(1 << 12);
            Prepared::with(part, hashes.map(hash).collect())
        }
    }
}

fn pairs(members: usize) -> u64 {
    let members = members as u64;
    members * members.saturating_sub(1) / 2
}

/// A key and a record that has it; 12 bytes.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    key: [u32; 2],
    record: u32,
}

impl Entry {
    fn new(key: Key, record: u32) -> Entry {
        Entry {
            key: [(key >> 32) as u32, key as u32],
            record,
        }
    }
}

/// The blocks of one rule over a table, within the model's cap.
pub(super) struct Blocks<'a> {
    table: &'a Table,
    model: &'a ModelParts,
    rule: &'a BlockingRule,
    /// Sorted.
    entries: Vec<Entry>,
}

impl<'a> Blocks<'a> {
    /// Makes the rule's keys of all records, in parallel. Memory: 12 bytes a record and key.
    pub fn new(table: &'a Table, model: &'a ModelParts, rule: &'a BlockingRule) -> Blocks<'a> {
        let parts: Vec<Prepared<'_>> = rule
            .parts
            .iter()
            .map(|part| prepare(part, table, model))
            .collect();
        let stripes: Vec<Vec<Entry>> = (0..table.len().div_ceil(STRIPE))
            .into_par_iter()
            .map(|stripe| {
                let mut keys = Vec::new();
                let mut entries = Vec::with_capacity(STRIPE);
                for record in stripe * STRIPE..((stripe + 1) * STRIPE).min(table.len()) {
                    let record = record as u32;
                    let values = table.record(record);
                    keys_of(
                        &parts,
                        values,
                        &table.dictionaries,
                        &model.fields,
                        &mut keys,
                    );
                    entries.extend(keys.iter().map(|&key| Entry::new(key, record)));
                }
                entries
            })
            .collect();
        let mut entries = Vec::with_capacity(stripes.iter().map(Vec::len).sum());
        for stripe in stripes {
            entries.extend_from_slice(&stripe);
        }
        entries.par_sort_unstable();
        Blocks {
            table,
            model,
            rule,
            entries,
        }
    }

    /// Calls `each` with the members of every block of two records or more, ascending, in
    /// parallel; `start` makes what a task keeps between its blocks, and `end` takes it back.
    pub fn for_each<S>(
        &self,
        start: impl Fn() -> S + Sync,
        each: impl Fn(&mut S, &[u32]) + Sync,
        end: impl Fn(S) + Sync,
    ) -> RuleCounts {
        let tasks: Vec<RuleCounts> = self
            .tasks()
            .into_par_iter()
            .map(|entries| {
                let mut state = start();
                let counts = self.go_through(entries, &mut |members| each(&mut state, members));
                end(state);
                counts
            })
            .collect();
        let mut all = RuleCounts {
            name: self.rule.name.clone(),
            ..RuleCounts::default()
        };
        tasks.iter().for_each(|counts| all.merge(counts));
        all
    }

    /// The entries in pieces, no key in two of them.
    fn tasks(&self) -> Vec<&[Entry]> {
        let mut tasks = Vec::new();
        let mut rest = &self.entries[..];
        while !rest.is_empty() {
            let key = rest[TASK.min(rest.len()) - 1].key;
            let end = rest.partition_point(|entry| entry.key <= key);
            let (task, later) = rest.split_at(end);
            tasks.push(task);
            rest = later;
        }
        tasks
    }

    fn go_through(&self, entries: &[Entry], each: &mut impl FnMut(&[u32])) -> RuleCounts {
        let mut counts = RuleCounts::default();
        let mut members = Vec::new();
        for block in entries.chunk_by(|a, b| a.key == b.key) {
            counts.keys += 1;
            counts.largest_block = counts.largest_block.max(block.len() as u64);
            let mut found = LargeBlock {
                records: block.len() as u64,
                first: block[0].record,
                cut_pairs: pairs(block.len()),
                ..LargeBlock::default()
            };
            members.clear();
            members.extend(block.iter().map(|entry| entry.record));
            if block.len() <= self.model.block_cap {
                found.add(block.len(), 0, 0);
                if block.len() > 1 {
                    counts.pairs += pairs(block.len());
                    each(&members);
                }
            } else {
                counts.refined_blocks += 1;
                self.refine(&members, 0, &mut |members, overlap, parts| {
                    found.add(members.len(), overlap, parts);
                    if members.len() > 1 {
                        counts.pairs += pairs(members.len());
                        each(members);
                    }
                });
                counts.cut_pairs += found.cut_pairs;
            }
            counts.keep(found);
        }
        counts
    }

    /// Splits a block over the cap by the rule's refining parts, one after the other, of which
    /// `parts` were used already. What is still over the cap after the last is cut into runs of
    /// neighbours that overlap by half. `emit` is given each piece, how many of its first records
    /// the piece before had, and the parts used.
    fn refine(&self, members: &[u32], parts: usize, emit: &mut impl FnMut(&[u32], usize, usize)) {
        let cap = self.model.block_cap;
        if members.len() <= cap {
            emit(members, 0, parts);
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
            .iter()
            .map(|&record| {
                let values = self.table.record(record);
                let key = part.first_hash(values, &self.table.dictionaries, &self.model.fields);
                (key.unwrap_or(0), record)
            })
            .collect();
        entries.sort_unstable();
        for block in entries.chunk_by(|a, b| a.0 == b.0) {
            let members: Vec<u32> = block.iter().map(|&(_, record)| record).collect();
            self.refine(&members, parts + 1, emit);
        }
    }
}
