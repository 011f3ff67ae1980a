//! What a sweep makes of every record of the store.

use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use yiren_matchers::model::{ModelParts, TermFrequencies};

use super::ResolveError;
use super::engine::least_kept;
use crate::gathering::Verdicts;
use crate::index::Scratch;
use crate::ingest::RowBatch;
use crate::scoring::ScoredPair;
use crate::standardise::{ENROLMENT_COLUMNS, Loaded, load_batches};
use crate::store::{Family, Record, RecordKey, StoreError, VerdictKind, View};
use crate::sweep::{Clock, Given, Matched, SweepPhase, match_loaded, pairs_in_memory};
use crate::table::Table;

/// Rows of a source that are standardised together.
const ROWS: usize = 8192;

/// Sweeps over all records of a view: `figures` are the prior's records and the term frequencies.
pub(super) fn sweep(
    records: Records,
    view: &View<'_>,
    model: &ModelParts,
    figures: (u64, TermFrequencies),
    clock: &mut Clock<'_>,
) -> Result<(Matched, Keys), ResolveError> {
    let Records { table, keys } = records;
    let folder = view.store().folder();
    let scratch = Scratch {
        folder: folder.to_path_buf(),
        memory: pairs_in_memory(&table, None)?,
        once: true,
    };
    let given = Given {
        records: figures.0,
        frequencies: figures.1,
        verdicts: keys.verdicts(view)?,
    };
    let matched = match_loaded(Loaded::of(table), model, Some(given), Some(scratch), clock);
    Ok((matched?, keys))
}

/// The pairs of a sweep that are kept as links.
pub(super) fn links<'a>(
    matched: &'a Matched,
    model: &ModelParts,
) -> impl Iterator<Item = &'a ScoredPair> + use<'a> {
    let least = least_kept(model);
    matched
        .scored
        .pairs
        .iter()
        .filter(move |pair| pair.score.weight >= least)
}

/// All records on file, standardised.
pub(super) struct Records {
    pub table: Table,
    pub keys: Keys,
}

/// The keys of records in the order of a table.
pub(super) struct Keys {
    /// The key of each record.
    pub of: Vec<RecordKey>,
    /// The record of each key.
    pub places: FxHashMap<RecordKey, u32>,
}

impl Records {
    pub fn load(
        view: &View<'_>,
        model: &ModelParts,
        sources: &[String],
        clock: &mut Clock<'_>,
    ) -> Result<Records, ResolveError> {
        clock.begin(SweepPhase::Read);
        let (progress, count) = (clock.progress, view.state()?.records);
        let mut columns: Vec<Box<str>> = model
            .fields
            .iter()
            .map(|field| field.column.as_str().into())
            .chain(ENROLMENT_COLUMNS.iter().map(|column| (*column).into()))
            .chain(["record_id".into()])
            .collect();
        columns.sort_unstable();
        columns.dedup();
        let columns: Arc<[Box<str>]> = columns.into();
        let (table, displaced) = load_batches(&model.fields, sources.to_vec(), 0, |batches| {
            send(view, sources, &columns, &batches, &|done| {
                progress.done(done, count);
            })
        })
        .map_err(|error| StoreError::Internal(error.to_string()))?;
        let displaced = displaced?;
        let key = |record: u32| {
            let (source, record_id) = (table.source(record), table.record_id(record));
            let displaced = displaced
                .iter()
                .find(|(a, b, _)| **a == *source && **b == *record_id);
            displaced.map_or_else(|| RecordKey::first(source, record_id), |(.., key)| *key)
        };
        let keys: Vec<RecordKey> = (0..table.len() as u32).into_par_iter().map(key).collect();
        let places = keys.iter().copied().zip(0..).collect();
        let keys = Keys { of: keys, places };
        Ok(Records { table, keys })
    }
}

impl Keys {
    /// What people said of the records.
    pub fn verdicts(&self, view: &View<'_>) -> Result<Verdicts, StoreError> {
        let mut verdicts = Verdicts::default();
        view.cursor(Family::Verdicts)?
            .each_verdict(|a, b, verdict| {
                let places = self.places.get(&a).zip(self.places.get(&b));
                let Some((&a, &b)) = places.filter(|(a, b)| a < b) else {
                    return;
                };
                match verdict.kind {
                    VerdictKind::MustLink => verdicts.must.push((a, b)),
                    VerdictKind::CannotLink => verdicts.cannot.push((a, b)),
                    VerdictKind::Withdrawn => {}
                }
            })?;
        verdicts.must.sort_unstable();
        verdicts.cannot.sort_unstable();
        Ok(verdicts)
    }
}

/// Records by source and id that are not where they are looked for first: hardly ever any.
type Displaced = Vec<(Box<str>, Box<str>, RecordKey)>;

/// Sends all records on file in batches of one source; returns those that are not where they are
/// looked for first.
fn send(
    view: &View<'_>,
    sources: &[String],
    columns: &Arc<[Box<str>]>,
    batches: &SyncSender<(u64, RowBatch)>,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Displaced, StoreError> {
    let empty = |place: usize| {
        let source = sources.get(place).map_or("", |source| source).into();
        RowBatch::new(place as u32, source, Arc::clone(columns))
    };
    let mut waiting: Vec<RowBatch> = (0..sources.len()).map(empty).collect();
    let (mut displaced, mut number, mut done) = (Displaced::new(), 0, 0);
    let mut give = |batch: RowBatch| {
        // The other end only goes away with a panic, which is passed on.
        let _ = batches.send((number, batch));
        number += 1;
    };
    view.cursor(Family::Records)?.each_record(|key, record| {
        let Ok(place) = sources.binary_search_by(|known| (**known).cmp(&record.source)) else {
            let source = &record.source;
            return Err(StoreError::Damaged(format!("no source {source} is known")));
        };
        if key != RecordKey::first(&record.source, &record.record_id) {
            displaced.push((record.source.clone(), record.record_id.clone(), key));
        }
        let batch = &mut waiting[place];
        batch.push(|column| cell(&record, column));
        if batch.len() == ROWS {
            done += batch.len() as u64;
            progress(done);
            give(std::mem::replace(batch, empty(place)));
        }
        Ok(true)
    })?;
    waiting
        .into_iter()
        .filter(|batch| !batch.is_empty())
        .for_each(give);
    Ok(displaced)
}

fn cell<'a>(record: &'a Record, column: &str) -> &'a str {
    match column {
        "record_id" => &record.record_id,
        column => record.cells.get(column),
    }
}
