//! The nightly sweep: all records in; entities, findings and pairs for review out.

mod examples;
mod output;
mod summarise;

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use rayon::prelude::*;
use thiserror::Error;
use yiren_matchers::model::{Model, ModelParts, TermFrequencies};
use yiren_matchers::normalise::date::Date;

use crate::gathering::{Entities, Verdicts, gather};
use crate::id::EntityId;
use crate::index::{Candidates, Scratch};
use crate::ingest::{FileWarning, IngestError};
use crate::memory;
use crate::policy::{self, Findings, Policy};
use crate::report::Matching;
use crate::report::summary::{Example, Phase, Run, Summary, Verdict, WeightHistogram};
use crate::scoring::{ScoredPair, ScoredPairs, Scorer};
use crate::standardise::{LoadError, LoadOptions, Loaded, NORMAL_FORMS, PutAside, load};
use crate::table::{Aside, Table};
use crate::unfinished::{self, Key, Unfinished};

/// Bytes of candidate pairs that a sweep holds in memory. What is beyond goes to a temporary file in the
/// folder of the results, which the system keeps in memory as long as nobody else needs it: that was
/// no slower for ten million records.
const PAIRS: u64 = 64 << 20;

/// Bytes that a sweep takes after reading besides the records and the candidate pairs, at its peak, and
/// bytes a record: keys of one rule, how often values are met, weighed pairs.
const LATER: u64 = 64 << 20;
const LATER_A_RECORD: u64 = 60;

/// The same where records are put aside.
const LATER_A_RECORD_ASIDE: u64 = 45;

/// What a sweep is made of.
#[derive(Clone, Debug)]
pub struct SweepOptions {
    /// Files and folders of records; none where a store is swept.
    pub inputs: Vec<PathBuf>,
    /// Folder for the results; made if it is not there.
    pub out: PathBuf,
    /// The model.
    pub model: ModelParts,
    /// The overlap rules.
    pub policy: Policy,
    /// Day that the months are counted to.
    pub as_of: Date,
    /// Whether to write every scored pair to `pairs.csv`.
    pub pairs: bool,
    /// Whether to keep what is done in the folder of the results until all is, and to go on from what a
    /// sweep that was stopped kept there.
    pub resume: bool,
    /// How files are read.
    pub load: LoadOptions,
}

/// Called when a phase begins, and while it goes on with what is done and what there is.
pub trait Progress: Sync {
    /// A phase begins.
    fn phase(&self, phase: SweepPhase);
    /// So much of the phase is done, of so much in all.
    fn done(&self, done: u64, of: u64);
    /// The sweep keeps what is done, and found so many bytes of an earlier one that did.
    fn kept(&self, _bytes: u64) {}
}

/// No report of progress.
#[derive(Copy, Clone, Debug)]
pub struct Silent;

impl Progress for Silent {
    fn phase(&self, _: SweepPhase) {}
    fn done(&self, _: u64, _: u64) {}
}

/// The parts of a sweep, in their order.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub enum SweepPhase {
    /// Reading and standardising; counted in bytes.
    Read,
    /// Making keys and blocks.
    Block,
    /// Comparing and weighing; counted in records.
    Score,
    /// Gathering records into entities.
    Cluster,
    /// Applying the overlap rules.
    Judge,
    /// Writing the results.
    Write,
}

impl SweepPhase {
    /// Code of the phase, as `summary.json` has it.
    pub fn name(self) -> &'static str {
        match self {
            SweepPhase::Read => "read",
            SweepPhase::Block => "block",
            SweepPhase::Score => "score",
            SweepPhase::Cluster => "cluster",
            SweepPhase::Judge => "judge",
            SweepPhase::Write => "write",
        }
    }
}

/// What a sweep did.
#[derive(Debug)]
pub struct Swept {
    /// What is in `summary.json`.
    pub summary: Summary,
    /// What the owners of the files should know.
    pub warnings: Vec<FileWarning>,
    /// Why files could not be read at all.
    pub failed: Vec<IngestError>,
}

/// Why a sweep gave no result.
#[derive(Debug, Error)]
pub enum SweepError {
    /// The inputs cannot be read.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The records were read and leave no room to compare them in.
    #[error(
        "the memory limit of {} MiB leaves no room to compare the records in: it takes about {} MiB; raise --memory-limit, or sweep region by region",
        limit >> 20, needed >> 20
    )]
    MemoryLimit {
        /// Bytes that the process may hold.
        limit: u64,
        /// Bytes that it would hold, about.
        needed: u64,
    },
    /// Not one record could be used.
    #[error("no usable record in {files} file(s){}", reasons(.failed))]
    NothingUsable {
        /// Files looked at.
        files: usize,
        /// Why files could not be read.
        failed: Vec<IngestError>,
    },
    /// What does not fit in memory, or is to be kept, cannot be put aside.
    #[error(
        "the folder for what is put aside cannot be used: {0}; free the disk or choose another --out"
    )]
    Scratch(std::io::Error),
    /// A result cannot be written.
    #[error("{path}: cannot be written: {error}; choose another --out or free the disk")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
}

fn reasons(failed: &[IngestError]) -> String {
    failed
        .iter()
        .map(|reason| format!("\n  {reason}"))
        .collect()
}

/// Records with the entities that they were gathered into.
#[derive(Debug)]
pub struct Matched {
    /// The records and where they came from.
    pub loaded: Loaded,
    /// The model with this table's prior and frequencies.
    pub scorer: Scorer,
    /// The pairs that were weighed; of a sweep only their counts, as it lets go of them.
    pub candidates: Candidates,
    /// Weighed pairs at or above the reporting weight.
    pub scored: ScoredPairs,
    /// Persons.
    pub entities: Entities,
}

impl Matched {
    /// What was decided of a weighed pair: whether it is one entity, or for a person to look at.
    fn verdict(&self, pair: &ScoredPair) -> Verdict {
        let entity = |record: u32| self.entities.of[record as usize];
        let least = self.scorer.model().parts().thresholds.review;
        if entity(pair.a) == entity(pair.b) {
            Verdict::Link
        } else if pair.score.weight >= least {
            Verdict::Review
        } else {
            Verdict::NonLink
        }
    }

    /// What reports on a known truth look into.
    pub fn matching(&self) -> Matching<'_> {
        Matching {
            table: &self.loaded.table,
            scorer: &self.scorer,
            candidates: &self.candidates,
            scored: &self.scored,
            entity_of: &self.entities.of,
        }
    }
}

/// Everything that a sweep worked out, before it is written.
#[derive(Debug)]
pub(crate) struct Results {
    pub matched: Matched,
    /// The id of each entity.
    pub ids: Vec<EntityId>,
    /// What the rules found.
    pub findings: Findings,
    /// Pairs for a person to decide.
    review: Vec<ScoredPair>,
    /// The weights of all weighed pairs.
    weights: WeightHistogram,
    /// Pairs that show how the engine decides.
    examples: Vec<Example>,
}

/// What a sweep over files works out from the records, and one over a store is given.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    /// The records that the prior counts with.
    pub records: u64,
    /// How often values are met.
    pub frequencies: TermFrequencies,
    /// What people said of the records.
    pub verdicts: Verdicts,
}

/// Reads all inputs, decides, and writes `entities.csv`, `findings.csv`, `review.csv`,
/// `rejects.csv`, `summary.json`, `report.html` and, if asked for, `pairs.csv`.
///
/// The same records, model, policy and day give the same bytes (but for the times in
/// `summary.json`), whatever the threads and the order of files and rows.
pub fn sweep(options: &SweepOptions, progress: &dyn Progress) -> Result<Swept, SweepError> {
    // First, so that nobody waits for results that cannot be kept.
    output::make_folder(options)?;
    let mut clock = Clock::new(progress);
    let mut load = options.load.clone();
    if let (None, Some(limit)) = (&load.put_aside, load.memory_limit) {
        load.put_aside = Some(PutAside {
            folder: options.out.clone(),
            limit: limit.saturating_sub(LATER),
            later_a_record: LATER_A_RECORD,
        });
    }
    if options.resume {
        let kept = Unfinished::open(&options.out, made_by(&options.model));
        let kept = kept.map_err(SweepError::Scratch)?;
        progress.kept(kept.bytes());
        load.unfinished = Some(Arc::new(kept));
    }
    let loaded = read(&options.inputs, &options.model, &load, &mut clock)?;
    let scratch = Scratch {
        folder: options.out.clone(),
        memory: pairs_in_memory(&loaded.table, options.load.memory_limit)?,
        once: true,
    };
    let matched = match_loaded(loaded, &options.model, None, Some(scratch), &mut clock)?;
    let mut results = Results::of(matched, Vec::new())?;
    if !options.pairs {
        results.matched.scored.pairs = Vec::new();
    }
    results.judge(&options.policy, options.as_of, &mut clock)?;
    let Matched {
        loaded, entities, ..
    } = &mut results.matched;
    loaded.table.bring_ids_back().map_err(SweepError::Scratch)?;
    let name = |&first: &u32| {
        let (source, record_id) = (loaded.table.source(first), loaded.table.record_id(first));
        EntityId::of(source, record_id)
    };
    results.ids = entities.first.par_iter().map(name).collect();
    let swept = write(options, results, clock)?;
    unfinished::forget(&options.out).map_err(SweepError::Scratch)?;
    Ok(swept)
}

/// A digest of what makes of the same records the same pieces of work: this program and the model.
fn made_by(model: &ModelParts) -> Key {
    let program = std::env::current_exe().and_then(std::fs::metadata);
    let program = program.map(|file| (file.len(), file.modified().ok())).ok();
    let version = env!("CARGO_PKG_VERSION");
    let all = format!("{version} {NORMAL_FORMS} {program:?} {model:?}");
    unfinished::key([all.as_bytes()])
}

/// Bytes of candidate pairs that may stay in memory.
pub(crate) fn pairs_in_memory(table: &Table, limit: Option<u64>) -> Result<u64, SweepError> {
    let Some(limit) = limit else {
        return Ok(PAIRS);
    };
    let a_record = match table.aside {
        None => LATER_A_RECORD,
        Some(_) => LATER_A_RECORD_ASIDE,
    };
    let needed = table.bytes() as u64 + LATER + a_record * table.len() as u64;
    let room = limit.checked_sub(needed);
    let room = room.ok_or(SweepError::MemoryLimit { limit, needed })?;
    Ok(room.min(PAIRS))
}

/// Writes all files of a sweep.
pub(crate) fn write(
    options: &SweepOptions,
    results: Results,
    mut clock: Clock<'_>,
) -> Result<Swept, SweepError> {
    output::make_folder(options)?;
    clock.begin(SweepPhase::Write);
    let (mut summary, tables) = rayon::join(
        || summarise::summarise(options, &results),
        || output::write_tables(options, &results),
    );
    tables?;
    output::write_report(options, &summary)?;
    let Matched {
        loaded,
        candidates,
        scored,
        ..
    } = results.matched;
    summary.run = clock.finish(loaded.table.len() as f64, scored.candidates as f64);
    let aside = loaded.table.aside.as_ref().map_or(0, Aside::bytes);
    summary.run.spilled_bytes = aside + candidates.spilled().bytes;
    output::write_summary(options, &summary)?;
    Ok(Swept {
        summary,
        warnings: loaded.warnings,
        failed: loaded.failed,
    })
}

/// Reads all inputs and gathers their records into entities.
pub fn match_records(
    inputs: &[PathBuf],
    model: &ModelParts,
    options: &LoadOptions,
    progress: &dyn Progress,
) -> Result<Matched, SweepError> {
    let mut clock = Clock::new(progress);
    let loaded = read(inputs, model, options, &mut clock)?;
    match_loaded(loaded, model, None, None, &mut clock)
}

fn read(
    inputs: &[PathBuf],
    model: &ModelParts,
    options: &LoadOptions,
    clock: &mut Clock<'_>,
) -> Result<Loaded, SweepError> {
    clock.begin(SweepPhase::Read);
    let progress = clock.progress;
    let loaded = load(inputs, &model.fields, options, &|done, of| {
        progress.done(done, of)
    })?;
    if loaded.table.is_empty() {
        return Err(SweepError::NothingUsable {
            files: loaded.inputs.files.len(),
            failed: loaded.failed,
        });
    }
    Ok(loaded)
}

/// Gathers records into entities: by the figures of the records themselves and nobody's verdicts,
/// or by those that are given.
pub(crate) fn match_loaded(
    mut loaded: Loaded,
    model: &ModelParts,
    given: Option<Given>,
    scratch: Option<Scratch>,
    clock: &mut Clock<'_>,
) -> Result<Matched, SweepError> {
    let progress = clock.progress;
    clock.begin(SweepPhase::Block);
    let candidates = Candidates::find(&loaded.table, model, scratch);
    let candidates = candidates.map_err(SweepError::Scratch)?;
    loaded.table.forget_hashes();
    let table = &loaded.table;
    clock.begin(SweepPhase::Score);
    let (scorer, verdicts) = match given {
        None => {
            let model = Model::new(model.clone(), table.len() as u64);
            (Scorer::new(&model, table), Verdicts::default())
        }
        Some(given) => {
            let scorer = Scorer::of_version(model, given.records, given.frequencies);
            (scorer.for_table(table), given.verdicts)
        }
    };
    let done = AtomicU64::new(0);
    let (floor, kept) = (model.thresholds.report, loaded.unfinished.as_ref());
    let scored = scorer.score_all(table, &candidates, floor, kept, &|records| {
        let before = done.fetch_add(records, Ordering::Relaxed);
        progress.done(before + records, table.len() as u64);
    });
    let scored = scored.map_err(SweepError::Scratch)?;
    clock.begin(SweepPhase::Cluster);
    let entities = gather(&scorer, table, &scored.pairs, &verdicts);
    Ok(Matched {
        loaded,
        scorer,
        candidates,
        scored,
        entities,
    })
}

/// Applies the rules to the entities, whose ids are given.
pub(crate) fn judge(
    matched: Matched,
    ids: Vec<EntityId>,
    policy: &Policy,
    as_of: Date,
    clock: &mut Clock<'_>,
) -> Result<Results, SweepError> {
    let mut results = Results::of(matched, ids)?;
    results.judge(policy, as_of, clock)?;
    Ok(results)
}

impl Results {
    /// What the weighed pairs come to: all that is looked up in them, before the rules are applied.
    fn of(matched: Matched, ids: Vec<EntityId>) -> Result<Results, SweepError> {
        let (mut review, mut weights) = (Vec::new(), WeightHistogram::default());
        for pair in &matched.scored.pairs {
            let verdict = matched.verdict(pair);
            weights.add(pair.score.weight.0, verdict);
            if verdict == Verdict::Review {
                review.push(*pair);
            }
        }
        Ok(Results {
            examples: examples::choose(&matched).map_err(SweepError::Scratch)?,
            findings: Findings::default(),
            matched,
            ids,
            review,
            weights,
        })
    }

    /// Applies the rules. Of records that are put aside, the values then change places with the
    /// enrolments.
    fn judge(
        &mut self,
        policy: &Policy,
        as_of: Date,
        clock: &mut Clock<'_>,
    ) -> Result<(), SweepError> {
        clock.begin(SweepPhase::Judge);
        let table = &mut self.matched.loaded.table;
        table.rows_for_enrolments().map_err(SweepError::Scratch)?;
        let failed: Mutex<Option<io::Error>> = Mutex::default();
        let (table, scorer) = (&self.matched.loaded.table, &self.matched.scorer);
        self.findings = policy::evaluate(
            policy,
            &table.sources,
            &table.enrolments,
            &self.matched.entities.of,
            as_of,
            &|a, b| match scorer.weigh_anywhere(table, a, b) {
                Ok(weight) => weight.probability().0,
                Err(error) => {
                    let mut failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
                    failed.get_or_insert(error);
                    0.0
                }
            },
        );
        let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
        failed.map_or(Ok(()), |error| Err(SweepError::Scratch(error)))
    }
}

/// Times the phases.
pub(crate) struct Clock<'a> {
    pub progress: &'a dyn Progress,
    started: Instant,
    phases: Vec<(SweepPhase, Instant)>,
}

impl<'a> Clock<'a> {
    pub fn new(progress: &'a dyn Progress) -> Clock<'a> {
        Clock {
            progress,
            started: Instant::now(),
            phases: Vec::new(),
        }
    }

    /// A phase begins.
    pub fn begin(&mut self, phase: SweepPhase) {
        self.progress.phase(phase);
        self.phases.push((phase, Instant::now()));
    }

    fn finish(&self, records: f64, candidates: f64) -> Run {
        let ends = self
            .phases
            .iter()
            .skip(1)
            .map(|(_, begun)| *begun)
            .chain([Instant::now()]);
        let phases = self.phases.iter().zip(ends).map(|((phase, begun), end)| {
            let seconds = end.duration_since(*begun).as_secs_f64();
            let rows = if *phase == SweepPhase::Score {
                candidates
            } else {
                records
            };
            Phase {
                name: phase.name().to_string(),
                seconds,
                rows_per_second: (rows / seconds.max(1e-9)).round(),
            }
        });
        Run {
            threads: rayon::current_num_threads() as u64,
            seconds_total: self.started.elapsed().as_secs_f64(),
            peak_memory_bytes: memory::peak(),
            spilled_bytes: 0,
            phases: phases.collect(),
        }
    }
}
