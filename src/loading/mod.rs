//! Files and streams into a store: each record is kept as it came and resolved as it comes.
//!
//! A load of files looks at them twice. The first look finds which records are named more than
//! once, and guesses how much of the store will change; the second applies the rows in batches, one
//! commit each. Where much changes, or nothing was resolved yet, the batches are only
//! [put aside](resolve::stash), and everything is [resolved at once](resolve::rebuild) at the end. A
//! load that was interrupted, wherever, is run again and comes to the same: what is there already
//! changes nothing, and what was put aside is resolved.
//!
//! Which row of a record counts: within a load of files the one with the latest `updated_at`; of
//! those with the same, or none, the last one in files with an `op` column, and in others the one
//! that a sweep over the same files would keep. In a stream each row counts when it comes. A row whose
//! `updated_at` is earlier than that of the version in the store is rejected; one with the same
//! `updated_at`, or none, replaces it. A deletion always counts when it comes.

mod applying;
mod reading;
mod rows;
mod scan;

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;

use thiserror::Error;

use crate::ingest::{self, FileSummary, FileWarning, IngestError, Inputs, Reject};
use crate::policy::{self, Policy, PolicyErrors};
use crate::resolve::{self, Fate, Figures, Outcome, Rebuilding, Rebuilt, Recording, ResolveError};
use crate::schema::{CHINA, SchemaError, parse_model};
use crate::store::{Act, Made, OpenOptions, Store, StoreError};
use crate::sweep::{Silent, SweepPhase};
use applying::Loader;
use scan::Scan;

/// Rows that a reader hands on together.
const READ: usize = 1_000;

/// Messages that wait between the reader and the one who applies.
const WAITING: usize = 16;

/// Changes up to which each record is resolved by itself, however small the store.
const FEW: u64 = 50_000;

/// The name of a stream in rejects and messages.
pub const STREAM: &str = "-";

/// What a load is made of.
pub struct LoadOptions<'a> {
    /// How files are read.
    pub ingest: ingest::Options,
    /// Whether the files are all that there is of their sources, so that records that they do not
    /// name are deleted.
    pub full: bool,
    /// How the next commit is to be recorded.
    pub recording: &'a (dyn Fn() -> Recording + Sync),
}

/// A part of a load.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The first look at the files; counted in bytes.
    Scan,
    /// Reading and applying; counted in bytes.
    Load,
    /// Resolving everything at once.
    Resolve(SweepPhase),
}

/// What became of some rows, told once it is as safe as was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// The commit of the store that holds them.
    pub commit: u64,
    /// Rows that were applied.
    pub rows: u64,
    /// Rows that were rejected since the last time.
    pub rejected: u64,
    /// What they came to.
    pub outcome: Outcome,
}

/// Hears of a load while it goes on.
pub trait Watcher: Sync {
    /// So much of a phase is done, of so much in all.
    fn progress(&self, phase: Phase, done: u64, of: u64);
    /// Rows are in the store.
    fn committed(&self, committed: &Committed);
    /// A row was rejected. Rejects may overtake rows.
    fn rejected(&self, reject: Reject);
}

/// Why records of a source that a full load does not name were kept.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// A file, a sheet or a row of the source could not be read: a record may be in there.
    Unread,
    /// Its files name no record at all.
    Empty,
}

/// What a load came to.
#[derive(Debug, Default)]
pub struct Loaded {
    /// What it changed.
    pub outcome: Outcome,
    /// Rows that could be used, whatever became of them.
    pub rows: u64,
    /// Rows that were rejected.
    pub rejected: u64,
    /// What the owners of the files should know, in the order of the files.
    pub warnings: Vec<FileWarning>,
    /// Why files could not be read, each named in its error.
    pub failed: Vec<IngestError>,
    /// The files.
    pub inputs: Inputs,
    /// What was read of each file, in the order of [`Loaded::inputs`]; of a stream, one entry.
    pub files: Vec<FileSummary>,
    /// Everything was resolved at once, and what that came to.
    pub rebuilt: Option<Rebuilt>,
    /// Sources of which a full load kept the records that it does not name.
    pub kept: BTreeMap<String, Kept>,
    /// The last commit of the store.
    pub commit: u64,
}

/// Why nothing, or not everything, could be loaded. What was committed stands.
#[derive(Debug, Error)]
pub enum LoadError {
    /// The inputs could not be found, or the stream not read.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// The store, or what it is to resolve with.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// Not one row could be used.
    #[error("no usable record in {files} file(s){}", reasons(.failed))]
    NothingUsable {
        /// Files looked at.
        files: usize,
        /// Why files could not be read.
        failed: Vec<IngestError>,
    },
    /// The store is resolved with another model or policy.
    #[error(
        "the store is resolved with another {what} ({version}); `yiren sweep --store DIR --{what} FILE` \
         changes it"
    )]
    Other {
        /// `model` or `policy`.
        what: &'static str,
        /// Which one the store has.
        version: String,
    },
}

impl From<StoreError> for LoadError {
    fn from(error: StoreError) -> LoadError {
        LoadError::Resolve(error.into())
    }
}

impl From<SchemaError> for LoadError {
    fn from(error: SchemaError) -> LoadError {
        LoadError::Resolve(error.into())
    }
}

impl From<PolicyErrors> for LoadError {
    fn from(error: PolicyErrors) -> LoadError {
        LoadError::Resolve(error.into())
    }
}

fn reasons(failed: &[IngestError]) -> String {
    failed
        .iter()
        .map(|reason| format!("\n  {reason}"))
        .collect()
}

/// What a store is to resolve with: the texts of a model and a policy file, or `None` for what
/// the store has, and for a new one the shipped ones.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The model file.
    pub model: Option<String>,
    /// The policy file.
    pub policy: Option<String>,
}

/// Opens a store to write to it, or makes one where there is nothing yet. A new store has a
/// generation in force that knows of no records.
///
/// # Errors
/// A model or policy that cannot be read, before anything is made; a store that has another.
pub fn open(
    folder: &Path,
    options: &OpenOptions,
    settings: &Settings,
    recording: &Recording,
) -> Result<Store, LoadError> {
    if let Some(model) = &settings.model {
        parse_model(model, "the model")?;
    }
    if let Some(policy) = &settings.policy {
        Policy::parse(policy, "the policy")?;
    }
    let store = match folder.join("db").is_dir() {
        true => Store::open(folder, options)?,
        false => {
            let act = Act {
                actor: recording.actor.clone(),
                action: "init",
                detail: serde_json::Value::Null,
            };
            Store::create(folder, options, act, recording.at)?
        }
    };
    match made(&store)? {
        Some(made) => {
            let other = |what, version: &str| {
                let version = version.to_string();
                LoadError::Other { what, version }
            };
            if settings
                .model
                .as_ref()
                .is_some_and(|model| *model != made.model)
            {
                return Err(other("model", &made.model_version));
            }
            if settings
                .policy
                .as_ref()
                .is_some_and(|policy| *policy != made.policy)
            {
                return Err(other("policy", &made.policy_version));
            }
        }
        None => {
            let rebuilding = Rebuilding {
                model: settings.model.clone().unwrap_or_else(|| CHINA.to_string()),
                policy: settings
                    .policy
                    .clone()
                    .unwrap_or_else(|| policy::SHIPPED.to_string()),
                figures: Figures::Count,
            };
            resolve::rebuild(&store, &rebuilding, recording, &Silent)?;
        }
    }
    Ok(store)
}

/// Loads files and folders into a store that [`open`] gave.
///
/// # Errors
/// As [`LoadError`] says. Files of which some can be read are no error.
pub fn load(
    store: &Store,
    paths: &[PathBuf],
    options: &LoadOptions<'_>,
    watcher: &dyn Watcher,
) -> Result<Loaded, LoadError> {
    let inputs = ingest::discover(paths, &options.ingest)?;
    let total: u64 = inputs.files.iter().map(|file| file.bytes).sum();
    let ingest = ingest::Options {
        batch_rows: READ,
        ..options.ingest.clone()
    };
    let scan = Scan::of(&inputs, &ingest, &|done| {
        watcher.progress(Phase::Scan, done, total);
    });
    let mut loader = Loader::new(store, options, watcher, inputs.clone());
    loader.set_engine(is_large(store, &scan)?)?;

    let (sender, messages) = sync_channel(WAITING);
    std::thread::scope(|scope| {
        let (inputs, ingest) = (&inputs, &ingest);
        scope.spawn(move || reading::send_files(inputs, ingest, &sender));
        loader.apply_files(&messages, &scan, total)
    })?;
    if options.full {
        loader.delete_others(&scan)?;
    }
    loader.finish()
}

/// Loads JSON Lines from a stream into a store that [`open`] gave, as they arrive: whenever the
/// stream pauses, what came is committed.
///
/// # Errors
/// As [`LoadError`] says.
pub fn load_lines(
    store: &Store,
    reader: impl Read + Send,
    options: &LoadOptions<'_>,
    watcher: &dyn Watcher,
) -> Result<Loaded, LoadError> {
    let mut loader = Loader::new(store, options, watcher, Inputs::default());
    if store.view().state()?.unresolved {
        loader.rebuild()?;
    }
    loader.set_engine(false)?;
    let ingest = ingest::Options {
        batch_rows: READ,
        ..options.ingest.clone()
    };
    let (sender, messages) = sync_channel(WAITING);
    std::thread::scope(|scope| {
        scope.spawn(move || reading::send_lines(reader, &ingest, &sender));
        loader.apply_lines(&messages)
    })?;
    loader.finish()
}

/// What the generation in force was made with.
fn made(store: &Store) -> Result<Option<Made>, StoreError> {
    let view = store.view();
    match view.state()?.in_force() {
        Some(generation) => view.made(generation),
        None => Ok(None),
    }
}

/// Whether everything is to be resolved at once: nothing was yet, or very much changes.
fn is_large(store: &Store, scan: &Scan) -> Result<bool, LoadError> {
    let view = store.view();
    let state = view.state()?;
    if state.unresolved || made(store)?.is_none_or(|made| made.records == 0) {
        return Ok(true);
    }
    if scan.rows <= FEW || scan.sample.is_empty() {
        return Ok(false);
    }
    let fates = resolve::foresee(&view, &scan.sample)?;
    let changes = |fate: &&Fate| matches!(fate, Fate::Added | Fate::Changed | Fate::Deleted);
    let changed = fates.iter().filter(changes).count() as u64;
    Ok(is_much(
        scan.rows * changed / fates.len() as u64,
        state.records,
    ))
}

/// Whether so many changed records are much for so many on file.
fn is_much(changed: u64, records: u64) -> bool {
    changed > FEW && changed > records / 4
}
