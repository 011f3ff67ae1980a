//! A first look at files: which records they name, which of them more than once, and about how
//! much of what they say is new.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use xxhash_rust::xxh3::Xxh3;

use super::rows::Rows;
use crate::ingest::{self, Event, Inputs, RowBatch};
use crate::resolve::Change;
use crate::standardise::{self, Content};

/// Rows that are looked up in the store to guess how many of all are new.
const SAMPLE: usize = 1024;

/// A record by its source and id: 128 bits of a hash, of which no two are the same in practice.
pub(super) type Name = u128;

/// The name of a record.
pub(super) fn name((source, record_id): (&str, &str)) -> Name {
    let mut hash = Xxh3::new();
    hash.update(source.as_bytes());
    hash.update(&[0]);
    hash.update(record_id.as_bytes());
    hash.digest128()
}

/// What a first look at all files found. 16 bytes a row.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// Rows, whatever they say.
    pub rows: u64,
    /// The records named, ascending, each once.
    names: Vec<Name>,
    /// Of those named more than once, where the row is that counts.
    latest: FxHashMap<Name, (u32, u32)>,
    /// Some of the rows, the same ones whatever their order.
    pub sample: Vec<Change>,
}

/// What one file holds.
#[derive(Default)]
struct Part {
    names: Vec<Name>,
    sample: BTreeMap<Name, Change>,
}

/// Which of two rows of one record counts: the one that was changed last; then, of rows that say
/// what is to be done, the one that comes last; then the one with the larger content.
type Rank = (u32, u64, u64, Reverse<(u32, u32)>);

impl Scan {
    /// Reads all files. What cannot be read is passed over. `progress` is called with the bytes
    /// read so far.
    pub fn of(inputs: &Inputs, options: &ingest::Options, progress: &(dyn Fn(u64) + Sync)) -> Scan {
        let done = AtomicU64::new(0);
        let places = 0..inputs.files.len() as u32;
        let parts: Vec<Part> = places
            .clone()
            .into_par_iter()
            .map(|file| {
                let mut part = Part::default();
                let mut before = 0;
                each_batch(inputs, file, options, |batch| {
                    part.add(batch);
                    let more = batch.bytes_read.saturating_sub(before);
                    before = batch.bytes_read;
                    progress(done.fetch_add(more, Ordering::Relaxed) + more);
                });
                part
            })
            .collect();
        let mut scan = Scan::default();
        let mut sample = BTreeMap::new();
        for part in &parts {
            scan.names.extend(&part.names);
        }
        scan.rows = scan.names.len() as u64;
        scan.names.par_sort_unstable();
        let repeated = scan.names.windows(2).filter(|pair| pair[0] == pair[1]);
        let repeated: FxHashSet<Name> = repeated.map(|pair| pair[0]).collect();
        scan.names.dedup();
        if !repeated.is_empty() {
            scan.latest = latest(inputs, options, &parts, &repeated);
        }
        for part in parts {
            sample.extend(part.sample);
        }
        scan.sample = sample.into_values().take(SAMPLE).collect();
        scan
    }

    /// Whether a row names the record.
    pub fn names(&self, source: &str, record_id: &str) -> bool {
        self.names.binary_search(&name((source, record_id))).is_ok()
    }

    /// Whether another row of the same record counts instead of this one.
    pub fn is_superseded(&self, change: &Change, file: u32, line: u32) -> bool {
        if self.latest.is_empty() {
            return false;
        }
        let latest = self.latest.get(&name((&change.source, &change.record_id)));
        latest.is_some_and(|&latest| latest != (file, line))
    }
}

impl Part {
    fn add(&mut self, batch: &RowBatch) {
        let rows = Rows::of(batch);
        for row in 0..batch.len() {
            let name = name(rows.name(row));
            self.names.push(name);
            let is_full = self.sample.len() >= SAMPLE;
            if is_full
                && self
                    .sample
                    .last_key_value()
                    .is_some_and(|(last, _)| *last <= name)
            {
                continue;
            }
            if let Ok(change) = rows.change(row) {
                self.sample.insert(name, change);
                if self.sample.len() > SAMPLE {
                    self.sample.pop_last();
                }
            }
        }
    }
}

/// Where the rows are that count, of records that are named more than once.
fn latest(
    inputs: &Inputs,
    options: &ingest::Options,
    parts: &[Part],
    repeated: &FxHashSet<Name>,
) -> FxHashMap<Name, (u32, u32)> {
    let of_files: Vec<FxHashMap<Name, Rank>> = parts
        .par_iter()
        .zip(0..inputs.files.len() as u32)
        .filter(|(part, _)| part.names.iter().any(|name| repeated.contains(name)))
        .map(|(_, file)| {
            let mut ranks = FxHashMap::default();
            each_batch(inputs, file, options, |batch| {
                rank(batch, repeated, &mut ranks);
            });
            ranks
        })
        .collect();
    let mut best: FxHashMap<Name, Rank> = FxHashMap::default();
    for (name, rank) in of_files.into_iter().flatten() {
        let known = best.entry(name).or_insert(rank);
        *known = rank.max(*known);
    }
    let place = |(name, (.., Reverse(place))): (Name, Rank)| (name, place);
    best.into_iter().map(place).collect()
}

fn rank(batch: &RowBatch, repeated: &FxHashSet<Name>, ranks: &mut FxHashMap<Name, Rank>) {
    let rows = Rows::of(batch);
    let updated_at = batch.column("updated_at");
    let mut content = Content::of(batch);
    for row in 0..batch.len() {
        let name = name(rows.name(row));
        if !repeated.contains(&name) || rows.is_delete(row).is_err() {
            continue;
        }
        let updated_at = updated_at.map_or("", |column| batch.cell(row, column));
        let place = (batch.file, batch.line(row));
        let position = match rows.is_log() {
            true => (u64::from(place.0) + 1) << 32 | u64::from(place.1),
            false => 0,
        };
        let rank = (
            standardise::changed(updated_at),
            position,
            content.hash(row),
            Reverse(place),
        );
        let known = ranks.entry(name).or_insert(rank);
        *known = rank.max(*known);
    }
}

/// Calls `each` with the batches of a file, as far as it can be read.
fn each_batch(
    inputs: &Inputs,
    file: u32,
    options: &ingest::Options,
    mut each: impl FnMut(&RowBatch),
) {
    // Errors, rejects and warnings come again when the file is loaded, and are told then.
    let _ = ingest::read_file(inputs, file, options, &mut |event| {
        if let Event::Batch(batch) = event {
            each(&batch);
        }
        Ok(())
    });
}
