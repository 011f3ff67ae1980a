//! Blocks: the records that share a key of one rule.

use rayon::prelude::*;
use yiren_matchers::blocking::{BlockingRule, Key, KeyPart, Prepared, keys_of_each};
use yiren_matchers::model::ModelParts;

use super::sorting::{Sorting, spread};
use crate::table::Table;

/// Records a task of key making.
const STRIPE: usize = 1 << 15;

/// Records a bucket of keys, about: its entries are sorted in the cache.
const BUCKET: usize = 1 << 12;

/// At most so many buckets, as a power of two: what a stripe has in each stays some entries.
const MOST_BUCKETS: u32 = 12;

/// Blocks a rule that [`RuleCounts::largest`] names.
const LARGEST: usize = 5;

/// What one blocking rule brings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleCounts {
    /// Name of the rule.
    pub name: String,
    /// Distinct keys.
    pub keys: u64,
    /// Pairs within the pieces of its blocks, counted in each piece that brings them.
    pub pairs: u64,
    /// Records under the commonest key, before it was refined.
    pub largest_block: u64,
    /// Blocks over the cap that were refined.
    pub refined_blocks: u64,
    /// Pairs that share a key and were left out, because refinements put them into two pieces or
    /// because they are too far apart in a piece that stayed over the cap.
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
    /// Whether the last part left a piece over the cap, of which only near neighbours are pairs.
    pub neighbours_only: bool,
    /// Pieces of two records or more that it became.
    pub pieces: u64,
    /// Records of the largest of these; over the cap just where `neighbours_only`.
    pub largest_piece: u64,
    /// Pairs that none of them brings.
    pub cut_pairs: u64,
}

/// Records that are paired with each other. See the [module](super) for which they are.
#[derive(Copy, Clone, Debug)]
pub(super) struct Piece<'a> {
    /// Ascending where `reach` is all of them, else in the order of [`Table::hash`].
    pub members: &'a [u32],
    /// Two of them are a pair if they are at most this many places apart.
    pub reach: usize,
}

impl<'a> Piece<'a> {
    fn whole(members: &'a [u32]) -> Piece<'a> {
        Piece {
            members,
            reach: members.len(),
        }
    }

    /// Whether some pairs may be out of reach.
    fn is_over_cap(&self) -> bool {
        self.reach < self.members.len()
    }

    fn pairs(&self) -> u64 {
        let members = self.members.len() as u64;
        let reach = (self.reach as u64).min(members.saturating_sub(1));
        reach * members - reach * (reach + 1) / 2
    }
}

impl LargeBlock {
    /// Takes note of a piece that so many parts led to.
    fn add(&mut self, piece: &Piece<'_>, parts: usize) {
        self.parts = self.parts.max(parts);
        self.neighbours_only |= piece.is_over_cap();
        if piece.members.len() > 1 {
            self.pieces += 1;
            self.largest_piece = self.largest_piece.max(piece.members.len() as u64);
            self.cut_pairs -= piece.pairs();
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

/// A key and a record that has it; 12 bytes.
#[derive(Copy, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
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

    /// So many bits of the key after the first `skip`, at most 32 in all: any are as good as others, as
    /// keys are hashes.
    fn bits(&self, skip: u32, bits: u32) -> usize {
        let rest = self.key[0].checked_shl(skip).unwrap_or(0);
        rest.checked_shr(32 - bits).unwrap_or(0) as usize
    }
}

/// The entries of a stripe of records, by the buckets of their keys.
struct Stripe {
    entries: Vec<Entry>,
    /// Where each bucket ends.
    ends: Vec<u32>,
}

impl Stripe {
    fn new(found: &[Entry], bits: u32) -> Stripe {
        let mut stripe = Stripe {
            entries: Vec::new(),
            ends: Vec::new(),
        };
        let Stripe { entries, ends } = &mut stripe;
        spread(found, 1 << bits, |entry| entry.bits(0, bits), entries, ends);
        stripe
    }

    fn bucket(&self, bucket: usize) -> &[Entry] {
        let start = bucket.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.entries[start as usize..self.ends[bucket] as usize]
    }
}

/// The blocks of one rule over a table, within the model's cap.
pub(super) struct Blocks<'a> {
    table: &'a Table,
    model: &'a ModelParts,
    rule: &'a BlockingRule,
    stripes: Vec<Stripe>,
    /// There are two to the power of so many buckets.
    bits: u32,
}

impl<'a> Blocks<'a> {
    /// Makes the rule's keys of all records, in parallel. Memory: 12 bytes a record and key.
    pub fn new(table: &'a Table, model: &'a ModelParts, rule: &'a BlockingRule) -> Blocks<'a> {
        let parts: Vec<Prepared<'_>> = rule
            .parts
            .iter()
            .map(|part| prepare(part, table, model))
            .collect();
        let bits = (table.len() / BUCKET + 1).ilog2().min(MOST_BUCKETS);
        let stripes = (0..table.len().div_ceil(STRIPE)).into_par_iter().map_init(
            || Vec::with_capacity(STRIPE),
            |entries, stripe| {
                entries.clear();
                let records =
                    (stripe * STRIPE) as u32..((stripe + 1) * STRIPE).min(table.len()) as u32;
                let (row, dictionaries) = (|record| table.record(record), &table.dictionaries);
                keys_of_each(
                    &parts,
                    records,
                    row,
                    dictionaries,
                    &model.fields,
                    |record, key| {
                        entries.push(Entry::new(key, record));
                    },
                );
                Stripe::new(entries, bits)
            },
        );
        Blocks {
            table,
            model,
            rule,
            stripes: stripes.collect(),
            bits,
        }
    }

    /// Calls `each` with every piece of two records or more, in parallel; `start` makes what a
    /// task keeps between its pieces, and `end` takes it back.
    pub fn for_each<S>(
        &self,
        start: impl Fn() -> S + Sync,
        each: impl Fn(&mut S, Piece<'_>) + Sync,
        end: impl Fn(S) + Sync,
    ) -> RuleCounts {
        let buckets: Vec<RuleCounts> = (0..1_usize << self.bits)
            .into_par_iter()
            .map_init(
                || (Vec::new(), Sorting::default()),
                |(entries, sorting), bucket| {
                    entries.clear();
                    for stripe in &self.stripes {
                        entries.extend_from_slice(stripe.bucket(bucket));
                    }
                    // By as many further bits as leave about one entry with the same.
                    let bits = (entries.len() + 1).ilog2().min(32 - self.bits);
                    let further = |entry: &Entry| entry.bits(self.bits, bits);
                    let entries = sorting.sorted(entries, 1 << bits, further);
                    let mut state = start();
                    let counts = self.go_through(entries, &mut |piece| each(&mut state, piece));
                    end(state);
                    counts
                },
            )
            .collect();
        let mut all = RuleCounts {
            name: self.rule.name.clone(),
            ..RuleCounts::default()
        };
        buckets.iter().for_each(|counts| all.merge(counts));
        all
    }

    fn cap(&self) -> usize {
        self.rule.cap(self.model.block_cap)
    }

    fn go_through(&self, entries: &[Entry], each: &mut impl FnMut(Piece<'_>)) -> RuleCounts {
        let mut counts = RuleCounts::default();
        let mut members = Vec::new();
        for block in entries.chunk_by(|a, b| a.key == b.key) {
            counts.keys += 1;
            counts.largest_block = counts.largest_block.max(block.len() as u64);
            let mut found = LargeBlock {
                records: block.len() as u64,
                first: block[0].record,
                ..LargeBlock::default()
            };
            // Most keys are of one record, which has no pairs.
            if block.len() == 1 {
                counts.keep(found);
                continue;
            }
            members.clear();
            members.extend(block.iter().map(|entry| entry.record));
            found.cut_pairs = Piece::whole(&members).pairs();
            self.refine(&members, 0, &mut |piece, parts| {
                found.add(&piece, parts);
                if piece.members.len() > 1 {
                    counts.pairs += piece.pairs();
                    each(piece);
                }
            });
            counts.refined_blocks += u64::from(block.len() > self.cap());
            counts.cut_pairs += found.cut_pairs;
            counts.keep(found);
        }
        counts
    }

    /// Splits a block over the cap by the rule's refining parts, one after the other, of which
    /// `parts` were used already; what is still over the cap after the last is put in the order of
    /// [`Table::hash`]. `emit` is given each piece and the parts used.
    fn refine(&self, members: &[u32], parts: usize, emit: &mut impl FnMut(Piece<'_>, usize)) {
        let (table, cap) = (self.table, self.cap());
        if members.len() <= cap {
            emit(Piece::whole(members), parts);
            return;
        }
        let Some(part) = self.rule.refine.get(parts) else {
            let hashed = members.iter().map(|&record| (table.hash(record), record));
            let members: Vec<u32> = sorted(hashed).iter().map(|&(_, record)| record).collect();
            let reach = (cap / 2).max(1);
            let members = &members;
            emit(Piece { members, reach }, parts);
            return;
        };
        let key = |record| {
            let values = table.record(record);
            part.refine_key(values, &table.dictionaries, &self.model.fields)
        };
        let entries = sorted(members.iter().map(|&record| (key(record), record)));
        let members: Vec<u32> = entries.iter().map(|&(_, record)| record).collect();
        let mut rest = members.as_slice();
        for block in entries.chunk_by(|a, b| a.0 == b.0) {
            let members;
            (members, rest) = rest.split_at(block.len());
            self.refine(members, parts + 1, emit);
        }
    }
}

fn sorted<T: Ord>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut items: Vec<T> = items.collect();
    items.sort_unstable();
    items
}
