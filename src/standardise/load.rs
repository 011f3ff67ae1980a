//! Files in, a table of standardised records out.
//!
//! One thread reads, the others standardise batches into dictionaries of their own, and the batches
//! are gathered one after the other in the order of the files, the parts of each in parallel. The records are then put in
//! the order of (source, record id), so that neither threads nor the order of files and rows
//! can be seen in the result; nor can it be seen whether some of what was read had to be put aside.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use xxhash_rust::xxh3::xxh3_64;
use yiren_matchers::record::{Dictionaries, Field, Moved, TextList, Value};
use yiren_matchers::rows::Rows;

use super::arrivals::{Arrivals, Origin};
use super::enrolment::EnrolmentColumns;
use super::order::{Order, by_source_and_id};
use super::{Memo, Standardiser};
use crate::ingest::{
    self, Event, FileSummary, FileWarning, IngestError, Inputs, Reject, RejectReason, RowBatch,
};
use crate::memory;
use crate::record::Enrolment;
use crate::table::{Aside, Table};
use crate::unfinished::{self, Key, Numbered, Unfinished};

/// Batches that wait between two threads at most.
const WAITING: usize = 4;

/// Records whose values are translated together.
const TRANSLATED: usize = 1 << 9;

/// How files are read.
#[derive(Clone, Debug, Default)]
pub struct LoadOptions {
    /// Options of the reader.
    pub ingest: ingest::Options,
    /// Threads that standardise; 0 means one for each core.
    pub threads: usize,
    /// Bytes of memory that the process may hold; reading stops when it holds more.
    pub memory_limit: Option<u64>,
    /// Where and when records are put aside; never if `None`.
    pub put_aside: Option<PutAside>,
    /// Where standardised rows are kept, and taken from if they are there.
    pub unfinished: Option<Arc<Unfinished>>,
}

/// When what blocking and scoring do not need of the records is put aside: once there would be no
/// room for what comes after reading if reading ended now.
#[derive(Clone, Debug)]
pub struct PutAside {
    /// Folder for temporary files, which have no name and are gone with the process.
    pub folder: PathBuf,
    /// Bytes that the process may hold, but for those that come after reading however many records
    /// there are.
    pub limit: u64,
    /// Bytes a record that come after reading.
    pub later_a_record: u64,
}

/// What was loaded.
#[derive(Debug)]
pub struct Loaded {
    /// The records.
    pub table: Table,
    /// Rows that were left out, in the order of file and line.
    pub rejects: Vec<Reject>,
    /// What the owners of the files should know, in the order of the files.
    pub warnings: Vec<FileWarning>,
    /// What was read of each file, in the order of [`Loaded::inputs`].
    pub files: Vec<FileSummary>,
    /// Why files could not be read at all, each named in its error.
    pub failed: Vec<IngestError>,
    /// The files.
    pub inputs: Inputs,
    /// Where work on these records is kept, by the number of the work.
    pub unfinished: Option<Numbered>,
}

impl Loaded {
    /// Records that came from elsewhere than files.
    pub fn of(table: Table) -> Loaded {
        Loaded {
            table,
            rejects: Vec::new(),
            warnings: Vec::new(),
            files: Vec::new(),
            failed: Vec::new(),
            inputs: Inputs::default(),
            unfinished: None,
        }
    }
}

/// Why nothing could be loaded.
#[derive(Debug, Error)]
pub enum LoadError {
    /// The inputs could not be found.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// More records than 32 bits can number.
    #[error("more than 4 billion records: sweep region by region")]
    TooMany,
    /// What does not fit in memory, or is to be kept, cannot be put aside.
    #[error(
        "the folder for what is put aside cannot be used: {0}; free the disk or choose another --out"
    )]
    Scratch(io::Error),
    /// The records do not fit in the memory that the process may hold.
    #[error(
        "the memory limit of {} MiB was reached when {} MiB of {} MiB were read: raise --memory-limit, or sweep region by region",
        limit >> 20, read >> 20, of >> 20
    )]
    MemoryLimit {
        /// Bytes that the process may hold.
        limit: u64,
        /// Bytes of the inputs that were read until then.
        read: u64,
        /// Bytes of all inputs.
        of: u64,
    },
}

/// Reads and standardises all records of the inputs (files and folders). `progress` is called
/// with the bytes read so far and the bytes in all.
pub fn load(
    paths: &[PathBuf],
    fields: &[Field],
    options: &LoadOptions,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<Loaded, LoadError> {
    let inputs = ingest::discover(paths, &options.ingest)?;
    let files = inputs.files.iter();
    let sources = files.clone().map(|file| file.source.to_string()).collect();
    let mut gathered = Gathered::new(sources, files.map(|file| file.bytes).collect(), fields);
    gathered.put_aside = options.put_aside.clone();
    let stop = AtomicBool::new(false);
    let kept = options.unfinished.as_deref();
    let (mut gathered, reading) = gather(gathered, options.threads, kept, &stop, |batches| {
        read_all(&inputs, options, &stop, batches, progress)
    })?;
    if let Some(error) = reading.over {
        return Err(error);
    }
    let mut rejects = reading.rejects;
    let keys = std::mem::take(&mut gathered.keys);
    let table = gathered.finish(&inputs, &mut rejects)?;
    rejects.sort_by(|a, b| (&a.file, a.line, &a.column).cmp(&(&b.file, b.line, &b.column)));
    Ok(Loaded {
        table,
        rejects,
        warnings: [inputs.warnings.clone(), reading.warnings].concat(),
        files: reading.files,
        failed: reading.failed,
        inputs,
        unfinished: options.unfinished.clone().map(|unfinished| {
            let keys: Vec<_> = keys.into_iter().map(Key::to_le_bytes).collect();
            Numbered::new(unfinished, unfinished::key(keys.iter().map(|key| &key[..])))
        }),
    })
}

/// Standardises the batches that `read` sends, each with its number (0, 1, 2, ...), and puts the
/// records in the order of (source, record id), of which no two may be the same. The `file` of a
/// batch is the place of its source in `sources`. `read` runs in a thread of its own, and what it
/// returns is returned.
///
/// # Errors
/// More records than 32 bits can number.
pub fn load_batches<R: Send>(
    fields: &[Field],
    sources: Vec<String>,
    threads: usize,
    read: impl FnOnce(SyncSender<(u64, RowBatch)>) -> R + Send,
) -> Result<(Table, R), LoadError> {
    let gathered = Gathered::new(sources, Vec::new(), fields);
    let (gathered, read) = gather(gathered, threads, None, &AtomicBool::new(false), read)?;
    let table = gathered.finish(&Inputs::default(), &mut Vec::new())?;
    Ok((table, read))
}

/// One thread reads, others standardise or take what is kept, and this one gathers. Sets `stop` where it
/// makes no sense to read on.
fn gather<'a, R: Send>(
    mut gathered: Gathered<'a>,
    threads: usize,
    kept: Option<&Unfinished>,
    stop: &AtomicBool,
    read: impl FnOnce(SyncSender<(u64, RowBatch)>) -> R + Send,
) -> Result<(Gathered<'a>, R), LoadError> {
    let standardiser = Standardiser::new(gathered.fields);
    let workers = match threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        threads => threads,
    };
    let (batch_sender, batches) = sync_channel(WAITING);
    let batches = Mutex::new(batches);
    let (chunk_sender, chunks) = sync_channel(WAITING + workers);
    let reading = std::thread::scope(|scope| {
        let reader = scope.spawn(|| read(batch_sender));
        for _ in 0..workers {
            let chunk_sender = chunk_sender.clone();
            let (batches, standardiser) = (&batches, &standardiser);
            scope.spawn(move || work(batches, standardiser, kept, &chunk_sender));
        }
        drop(chunk_sender);
        let mut early = BTreeMap::new();
        let mut next = 0;
        let mut added = Ok(());
        for (number, chunk) in chunks {
            early.insert(number, chunk);
            while let Some(chunk) = early.remove(&next) {
                // What comes after that is let go of, so that the others can come to their ends.
                if added.is_ok() {
                    added = chunk.and_then(|chunk| gathered.add(chunk));
                    stop.fetch_or(added.is_err(), Ordering::Relaxed);
                }
                next += 1;
            }
        }
        (reader.join(), added)
    });
    match reading {
        (Ok(read), Ok(())) => Ok((gathered, read)),
        (_, Err(error)) => Err(LoadError::Scratch(error)),
        (Err(_), _) => Err(LoadError::TooMany),
    }
}

#[derive(Default)]
struct Reading {
    rejects: Vec<Reject>,
    warnings: Vec<FileWarning>,
    files: Vec<FileSummary>,
    failed: Vec<IngestError>,
    /// Set once the limit of memory is passed; nothing more is read then.
    over: Option<LoadError>,
}

/// Reads every file in turn and hands its batches on, numbered.
fn read_all(
    inputs: &Inputs,
    options: &LoadOptions,
    stop: &AtomicBool,
    batches: SyncSender<(u64, RowBatch)>,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Reading {
    let mut reading = Reading::default();
    let total: u64 = inputs.files.iter().map(|file| file.bytes).sum();
    let (mut before, mut number) = (0, 0);
    for (place, file) in inputs.files.iter().enumerate() {
        let mut sink = |event| {
            match event {
                Event::Batch(batch) => {
                    let read = before + batch.bytes_read;
                    progress(read, total);
                    if stop.load(Ordering::Relaxed) {
                        return Err(IngestError::Stopped("records cannot be put aside".into()));
                    }
                    if let Some(limit) = options.memory_limit
                        && memory::resident() > limit
                    {
                        reading.over = Some(LoadError::MemoryLimit {
                            limit,
                            read,
                            of: total,
                        });
                        return Err(IngestError::Stopped("over the memory limit".into()));
                    }
                    // The workers only stop listening after this end is dropped.
                    let _ = batches.send((number, batch));
                    number += 1;
                }
                Event::Reject(reject) => reading.rejects.push(reject),
                Event::Warning(warning) => reading.warnings.push(warning),
            }
            Ok(())
        };
        let found = ingest::read_file(inputs, place as u32, &options.ingest, &mut sink);
        if reading.over.is_some() || stop.load(Ordering::Relaxed) {
            break;
        }
        let summary = found.unwrap_or_else(|error| {
            reading.failed.push(error);
            FileSummary::default()
        });
        reading.files.push(summary);
        before += file.bytes;
        progress(before, total);
    }
    reading
}

/// The standardised rows of one batch.
#[derive(Serialize, Deserialize)]
struct Chunk {
    #[serde(skip)]
    file: u32,
    /// Bytes of the file up to the end of the batch.
    #[serde(skip)]
    read: u64,
    /// Digest of the batch, where it is kept.
    #[serde(skip)]
    key: Option<Key>,
    dictionaries: Dictionaries,
    values: Vec<Value>,
    enrolments: Vec<Enrolment>,
    ids: TextList,
    origins: Vec<Origin>,
}

fn work(
    batches: &Mutex<Receiver<(u64, RowBatch)>>,
    standardiser: &Standardiser,
    kept: Option<&Unfinished>,
    chunks: &SyncSender<(u64, io::Result<Chunk>)>,
) {
    let mut memo = Memo::of_many();
    loop {
        let received = match batches.lock() {
            Ok(batches) => batches.recv(),
            Err(_) => return,
        };
        let Ok((number, batch)) = received else {
            return;
        };
        let mut standardised = || Ok(standardise_batch(&batch, standardiser, &mut memo));
        let chunk = match kept {
            None => standardised(),
            Some(kept) => {
                let key = batch.digest();
                let chunk = kept.remember(key, standardised);
                chunk.map(|chunk| Chunk {
                    file: batch.file,
                    read: batch.bytes_read,
                    key: Some(key),
                    ..chunk
                })
            }
        };
        if chunks.send((number, chunk)).is_err() {
            return;
        }
    }
}

fn standardise_batch(batch: &RowBatch, standardiser: &Standardiser, memo: &mut Memo) -> Chunk {
    let fields = standardiser.fields();
    let columns: Vec<Option<usize>> = fields
        .iter()
        .map(|field| batch.column(&field.column))
        .collect();
    let enrolment = EnrolmentColumns::of(batch);
    let id = batch.column("record_id");
    let mut chunk = Chunk {
        file: batch.file,
        read: batch.bytes_read,
        key: None,
        dictionaries: Dictionaries::with_room(batch.len()),
        values: Vec::with_capacity(batch.len() * fields.len()),
        enrolments: Vec::with_capacity(batch.len()),
        ids: TextList::default(),
        origins: Vec::with_capacity(batch.len()),
    };
    let mut content = Content::of(batch);
    for row in 0..batch.len() {
        let cell = |field: usize| columns[field].map_or("", |column| batch.cell(row, column));
        standardiser.standardise(cell, &mut chunk.dictionaries, memo, &mut chunk.values);
        chunk.enrolments.push(enrolment.read(batch, row));
        chunk.ids.push(id.map_or("", |id| batch.cell(row, id)));
        chunk.origins.push(Origin {
            line: batch.line(row),
            updated_at: enrolment.updated_at(batch, row),
            content: content.hash(row),
        });
    }
    chunk
}

/// What a row says, whatever the order of its columns: the cells that are not empty, each with
/// the name of its column, in the order of the names.
pub struct Content<'a> {
    batch: &'a RowBatch,
    /// What goes before the cells of each column, and the column, in the order of the names.
    columns: Vec<(String, usize)>,
    text: String,
}

impl<'a> Content<'a> {
    /// What the rows of a batch say.
    pub fn of(batch: &'a RowBatch) -> Content<'a> {
        let names = batch.columns.iter().enumerate();
        let mut columns: Vec<(&str, usize)> = names.map(|(place, name)| (&**name, place)).collect();
        columns.sort_unstable();
        let before = |(name, place)| (format!("{name}\u{1e}"), place);
        Content {
            batch,
            columns: columns.into_iter().map(before).collect(),
            text: String::new(),
        }
    }

    /// The hash of a row: of two rows of one record that do not say which is later, the one with
    /// the larger stays.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn hash(&mut self, row: usize) -> u64 {
        self.text.clear();
        for (before, place) in &self.columns {
            let cell = self.batch.cell(row, *place);
            if !cell.is_empty() {
                self.text.push_str(before);
                self.text.push_str(cell);
                self.text.push('\u{1f}');
            }
        }
        xxh3_64(self.text.as_bytes())
    }
}

/// Batches gathered so far.
struct Gathered<'a> {
    /// Digests of the batches, where they are kept.
    keys: Vec<Key>,
    fields: &'a [Field],
    source_of_file: Vec<u16>,
    /// Bytes of each file; none where they are not known.
    sizes: Vec<u64>,
    table: Table,
    origins: Vec<Origin>,
    put_aside: Option<PutAside>,
    /// Enrolments and origins, once they are put aside.
    arrivals: Option<Arrivals>,
    /// Where records of another file begin, and which file.
    turns: Vec<(u32, u32)>,
    /// The last batch, whose records are not in the table yet; its dictionaries are.
    waiting: Option<Chunk>,
}

impl<'a> Gathered<'a> {
    /// Nothing yet; `of_files` is the source of each file, and `sizes` its bytes.
    fn new(of_files: Vec<String>, sizes: Vec<u64>, fields: &'a [Field]) -> Gathered<'a> {
        let mut sources = of_files.clone();
        sources.sort();
        sources.dedup();
        let source_of = |source: &str| {
            sources
                .iter()
                .position(|known| known == source)
                .unwrap_or(0) as u16
        };
        Gathered {
            keys: Vec::new(),
            fields,
            source_of_file: of_files.iter().map(|source| source_of(source)).collect(),
            sizes,
            table: Table {
                rows: Rows::new(fields),
                sources,
                ..Table::default()
            },
            origins: Vec::new(),
            put_aside: None,
            arrivals: None,
            turns: Vec::new(),
            waiting: None,
        }
    }

    /// Makes room for some records, of the file up to that byte, and for those that will follow if
    /// the rest is as dense: what grows by doubling is copied, and held twice, again and again.
    fn make_room(&mut self, more: usize, file: u32, read: u64) {
        let Table {
            rows,
            enrolments,
            ids,
            ..
        } = &mut self.table;
        let (held, needed) = (ids.len(), ids.len() + more);
        if needed <= rows.capacity() {
            return;
        }
        let read = read + self.sizes.iter().take(file as usize).sum::<u64>();
        let parts = self.sizes.iter().sum::<u64>() as f64 / read.max(1) as f64;
        let room = needed as f64 * (1.02 * parts).clamp(1.5, 16.0);
        let further = room as usize - held;
        rows.reserve(further);
        ids.reserve(further);
        if self.arrivals.is_none() {
            enrolments.reserve_exact(further);
            self.origins.reserve_exact(further);
        }
    }

    fn file_of(&self, record: u32) -> u32 {
        let turn = self.turns.partition_point(|&(first, _)| first <= record);
        turn.checked_sub(1).map_or(0, |turn| self.turns[turn].1)
    }

    /// The source of each record.
    fn sources(&self) -> Vec<u16> {
        let mut sources = Vec::with_capacity(self.table.ids.len());
        let ends = self.turns.iter().skip(1).map(|&(first, _)| first as usize);
        let ends = ends.chain([self.table.ids.len()]);
        for (&(_, file), end) in self.turns.iter().zip(ends) {
            sources.resize(end, self.source_of_file[file as usize]);
        }
        sources
    }

    /// Adds a batch. One comes after the other here, so as much as can be is done at once: its
    /// dictionaries are added while the records of the batch before come to their places.
    fn add(&mut self, mut chunk: Chunk) -> io::Result<()> {
        self.keys.extend(chunk.key);
        let dictionaries = std::mem::take(&mut chunk.dictionaries);
        let mut moved = Moved::default();
        let mut all = std::mem::take(&mut self.table.dictionaries);
        let placed = rayon::scope(|scope| {
            for part in all.absorb_in_parts(dictionaries, &mut moved) {
                scope.spawn(|_| part());
            }
            self.place_waiting()
        });
        self.table.dictionaries = all;
        placed?;
        let width = self.fields.len().max(1);
        let kinds = self.fields.iter().map(|field| field.kind).cycle();
        let rows = chunk.values.par_chunks_mut(width * TRANSLATED);
        rows.for_each(|values| {
            for (value, kind) in values.iter_mut().zip(kinds.clone()) {
                *value = moved.translate(kind, *value);
            }
        });
        self.waiting = Some(chunk);
        self.put_aside_if_tight()
    }

    /// Puts the records of the last batch behind the others, if they are not there.
    fn place_waiting(&mut self) -> io::Result<()> {
        let Some(chunk) = self.waiting.take() else {
            return Ok(());
        };
        self.make_room(chunk.origins.len(), chunk.file, chunk.read);
        let table = &mut self.table;
        if self
            .turns
            .last()
            .is_none_or(|&(_, file)| file != chunk.file)
        {
            self.turns.push((table.ids.len() as u32, chunk.file));
        }
        let rows = chunk.values.chunks_exact(self.fields.len().max(1));
        rows.for_each(|row| table.rows.push(row));
        let places = 0..chunk.ids.len();
        places.for_each(|place| table.ids.push(chunk.ids.get(place)));
        if let Some(arrivals) = &mut self.arrivals {
            return arrivals.add(&chunk.enrolments, &chunk.origins);
        }
        let source = self.source_of_file[chunk.file as usize];
        let enrolments = chunk.enrolments.into_iter();
        table
            .enrolments
            .extend(enrolments.map(|enrolment| Enrolment {
                source,
                ..enrolment
            }));
        self.origins.extend(chunk.origins);
        Ok(())
    }

    /// Puts enrolments and origins aside if there would be no room for what comes after reading.
    fn put_aside_if_tight(&mut self) -> io::Result<()> {
        let Some(put_aside) = self.put_aside.as_ref().filter(|_| self.arrivals.is_none()) else {
            return Ok(());
        };
        let table = &mut self.table;
        let held = memory::resident().max(table.bytes() as u64);
        if held + put_aside.later_a_record * table.len() as u64 > put_aside.limit {
            let mut arrivals = Arrivals::new(&put_aside.folder);
            arrivals.add(&table.enrolments, &self.origins)?;
            self.arrivals = Some(arrivals);
            table.enrolments = Vec::new();
            self.origins = Vec::new();
        }
        Ok(())
    }

    /// Puts the records in order; of those with one id in one source the latest stays, and of
    /// the latest the one with the larger content hash. The others are rejected.
    fn finish(mut self, inputs: &Inputs, rejects: &mut Vec<Reject>) -> Result<Table, LoadError> {
        self.place_waiting().map_err(LoadError::Scratch)?;
        self.table.dictionaries.freeze();
        u32::try_from(self.table.ids.len())
            .ok()
            .filter(|&count| count < u32::MAX)
            .ok_or(LoadError::TooMany)?;
        let source_of = self.sources();
        let order = by_source_and_id(self.table.sources.len(), &source_of, &self.table.ids);
        let decided = self.kept_and_gone(order);
        let (kept, gone) = decided.map_err(LoadError::Scratch)?;
        for &(record, line) in &gone {
            let file = inputs.files.get(self.file_of(record) as usize);
            rejects.push(Reject {
                file: file
                    .map_or_else(String::new, |file| file.path.display().to_string())
                    .into(),
                line: line.into(),
                column: "record_id".to_string(),
                reason: RejectReason::RepeatedRecordId,
                text: self.table.ids.get(record as usize).to_string(),
            });
        }
        let Gathered {
            mut table,
            origins,
            arrivals,
            ..
        } = self;
        drop(origins);
        match arrivals {
            None => table.ids = table.ids.reordered(&kept),
            Some(Arrivals {
                enrolments,
                origins,
            }) => {
                let before = origins.bytes();
                drop(origins);
                let (sources, ids) = (&table.sources, &table.ids);
                let aside = Aside::of(enrolments, before, sources, &source_of, ids, &kept);
                table.aside = Some(aside.map_err(LoadError::Scratch)?);
                table.ids = TextList::default();
            }
        }
        drop(source_of);
        let stay = kept.len();
        let mut order = kept;
        order.extend(gone.iter().map(|&(record, _)| record));
        let (rows, enrolments) = (&mut table.rows, &mut table.enrolments);
        if table.aside.is_some() {
            reorder(order, |a, b| rows.swap(a, b));
        } else {
            let same = order.clone();
            rayon::join(
                || reorder(order, |a, b| rows.swap(a, b)),
                || reorder(same, |a, b| enrolments.swap(a, b)),
            );
            enrolments.truncate(stay);
        }
        rows.truncate(stay);
        Ok(table)
    }

    /// Of records in order, those that stay, and those that another of their id replaces, with their
    /// lines.
    fn kept_and_gone(&mut self, order: Order) -> io::Result<(Vec<u32>, Vec<Gone>)> {
        let Order {
            records: mut order,
            repeated,
        } = order;
        let mut gone = Vec::new();
        let (mut stay, mut from) = (0, 0);
        for same in repeated.chunk_by(|a, b| a + 1 == *b) {
            let (start, end) = (same[0], same[0] + same.len() + 1);
            order.copy_within(from..start, stay);
            stay += start - from;
            from = end;
            let mut ranked = Vec::with_capacity(end - start);
            for &record in &order[start..end] {
                let origin = match &mut self.arrivals {
                    None => self.origins[record as usize],
                    Some(arrivals) => arrivals.origin(record)?,
                };
                let last = Reverse((origin.updated_at, origin.content));
                ranked.push((last, self.file_of(record), origin.line, record));
            }
            ranked.sort_unstable();
            order[stay] = ranked[0].3;
            stay += 1;
            gone.extend(ranked[1..].iter().map(|&(.., line, record)| (record, line)));
        }
        order.copy_within(from.., stay);
        order.truncate(stay + order.len() - from);
        Ok((order, gone))
    }
}

/// A record that another of its id replaces, and its line.
type Gone = (u32, u32);

/// Brings what was at `order[k]` to place `k`, by swaps of two places; `order` is a permutation.
fn reorder(mut order: Vec<u32>, mut swap: impl FnMut(usize, usize)) {
    for start in 0..order.len() {
        let mut place = start;
        loop {
            let from = order[place] as usize;
            order[place] = place as u32;
            if from == start {
                break;
            }
            swap(place, from);
            place = from;
        }
    }
}
