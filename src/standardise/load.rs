//! Files in, a table of standardised records out.
//!
//! One thread reads, the others standardise batches into dictionaries of their own, and the batches
//! are gathered one after the other in the order of the files, the parts of each in parallel. The
//! records are then put in the order of (source, record id), so that neither threads nor the order of
//! files and rows can be seen in the result; nor can it be seen whether some of what was read had to be
//! put aside.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};

use thiserror::Error;
use yiren_matchers::record::Field;

use super::chunk::Chunk;
use super::gathered::Gathered;
use super::{Memo, Standardiser};
use crate::ingest::{self, Event, FileSummary, FileWarning, IngestError, Inputs, Reject, RowBatch};
use crate::memory;
use crate::table::Table;
use crate::unfinished::{self, Key, Numbered, Unfinished};

/// Batches that wait between two threads at most.
const WAITING: usize = 4;

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
        let mut standardised = || Ok(Chunk::of(&batch, standardiser, &mut memo));
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
