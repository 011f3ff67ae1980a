//! `yiren load`: files or a stream into a store.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, bail};
use clap::Args;
use comfy_table::Cell;
use serde_json::json;
use yiren::ingest::{self, Reject, RejectWriter};
use yiren::loading::{self, Committed, Kept, LoadOptions, Loaded, Phase, STREAM, Watcher};
use yiren::report::words::name_of;
use yiren::resolve::Outcome;
use yiren::store::OpenOptions;
use yiren_matchers::normalise::date::Date;

use super::recording::{By, Durability, Place, day, now, settings};
use super::{figure, grouped, parse_day, plain_table, print_table, warn};
use crate::arguments::Reading;
use crate::language::Language;
use crate::progress::{Bar, phase_title};

/// Rejects that are shown one by one.
const SHOWN: usize = 5;

/// Load records into a store, resolving each as it comes
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  yiren load --store DIR dibao.csv tekun.parquet medical/
  yiren load --store DIR --full payroll.csv
  tail -f changes.jsonl | yiren load --store DIR - --json")]
pub struct Load {
    #[command(flatten)]
    place: Place,
    /// Files and folders of records, with a column `op` (upsert, delete) if they are changes; `-` reads JSON Lines from standard input
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    #[command(flatten)]
    reading: Reading,
    /// Policy file [default: the shipped rules]
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Day that months are counted to [default: today]
    #[arg(long, value_name = "DATE", value_parser = parse_day)]
    as_of: Option<Date>,
    /// The files are all that there is of their sources: delete the records that they do not name
    #[arg(long)]
    full: bool,
    /// When a change counts as done: synced to the disk, or handed to the system, whose fall may lose the last seconds
    #[arg(
        long,
        value_name = "synced|system",
        value_enum,
        default_value_t,
        hide_possible_values = true
    )]
    durability: Durability,
    /// File for the rows that cannot be used, as CSV [default: the first few are shown]
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    #[command(flatten)]
    by: By,
    /// Print the counts as JSON; of standard input one line for each commit
    #[arg(long)]
    json: bool,
}

/// Runs the verb.
pub fn run(verb: &Load, language: Language) -> anyhow::Result<crate::Outcome> {
    let is_stream = verb.inputs.iter().any(|input| input == Path::new(STREAM));
    if is_stream && (verb.inputs.len() > 1 || verb.full) {
        bail!(
            "{}",
            language.pick(
                "标准输入（`-`）须单独读取，且不能与 --full 同用",
                "standard input (`-`) is read alone, and not with --full"
            )
        );
    }
    let as_of = day(verb.as_of)?;
    let options = verb.reading.load_options()?.ingest;
    let settings = settings(verb.reading.model.as_deref(), verb.policy.as_deref())?;
    if !is_stream {
        // First, so that no store is made for inputs that are not there.
        ingest::discover(&verb.inputs, &options)?;
    }
    let screen = Screen::new(verb, is_stream, language)?;
    let first = verb.by.recording(Some(as_of), verb.durability)?;
    let store = loading::open(
        &verb.place.store,
        &OpenOptions::default(),
        &settings,
        &first,
    )?;
    let options = LoadOptions {
        ingest: options,
        full: verb.full,
        recording: &|| yiren::resolve::Recording {
            at: now(),
            ..first.clone()
        },
    };
    let loaded = match is_stream {
        true => loading::load_lines(&store, std::io::stdin(), &options, &screen),
        false => loading::load(&store, &verb.inputs, &options, &screen),
    };
    screen.bar.finish();
    screen.tell_rejects()?;
    let loaded = loaded?;
    warn(&loaded.warnings, &loaded.failed, language);
    warn_kept(&loaded, language);
    match (verb.json, is_stream) {
        (true, false) => println!("{}", serde_json::to_string_pretty(&summary(&loaded)?)?),
        (true, true) => {}
        (false, _) => print!("{}", describe(&loaded, language)),
    }
    Ok(match loaded.rows {
        0 => crate::Outcome::Nothing,
        _ => crate::Outcome::Done,
    })
}

/// What the user sees of a load while it goes on.
struct Screen {
    language: Language,
    bar: Bar,
    phase: Mutex<Option<Phase>>,
    /// The file for rejects.
    file: Option<PathBuf>,
    is_stream: bool,
    json: bool,
    rejects: Mutex<Rejects>,
}

struct Rejects {
    writer: Option<RejectWriter<File>>,
    /// Those to be told at the end.
    kept: Vec<Reject>,
    count: usize,
    /// What went wrong in telling.
    failed: Option<std::io::Error>,
}

impl Screen {
    fn new(verb: &Load, is_stream: bool, language: Language) -> anyhow::Result<Screen> {
        // First, so that nobody loads for hours to find that it cannot be written.
        let make = |path: &PathBuf| {
            let writer = File::create(path).and_then(RejectWriter::new);
            writer.with_context(|| format!("{}: cannot be written", path.display()))
        };
        Ok(Screen {
            language,
            bar: Bar::new(language),
            phase: Mutex::new(None),
            file: verb.rejects.clone(),
            is_stream,
            json: verb.json,
            rejects: Mutex::new(Rejects {
                writer: verb.rejects.as_ref().map(make).transpose()?,
                kept: Vec::new(),
                count: 0,
                failed: None,
            }),
        })
    }

    /// Tells of the rows that could not be used, in the order of files and lines.
    fn tell_rejects(&self) -> anyhow::Result<()> {
        let mut rejects = self.rejects.lock().unwrap_or_else(PoisonError::into_inner);
        let rejects = &mut *rejects;
        rejects
            .kept
            .sort_by(|a, b| (&a.file, a.line, &a.column).cmp(&(&b.file, b.line, &b.column)));
        let Some((writer, path)) = rejects.writer.as_mut().zip(self.file.as_ref()) else {
            rejects
                .kept
                .iter()
                .take(SHOWN)
                .for_each(|reject| self.show(reject));
            self.tell_more(rejects.count.saturating_sub(SHOWN));
            return Ok(());
        };
        let mut kept = rejects.kept.iter();
        let written = match rejects.failed.take() {
            Some(error) => Err(error),
            None => kept
                .try_for_each(|reject| writer.write(reject))
                .and_then(|()| writer.flush()),
        };
        written.with_context(|| format!("{}: cannot be written", path.display()))
    }

    fn tell_more(&self, more: usize) {
        match self.language {
            _ if more == 0 => {}
            Language::Zh => eprintln!("警告: 另有 {more} 行未采用；--rejects FILE 可全部写出"),
            Language::En => {
                eprintln!("warning: {more} more rows rejected; --rejects FILE writes them all");
            }
        }
    }

    fn show(&self, reject: &Reject) {
        let Reject { file, line, .. } = reject;
        let column = match reject.column.as_str() {
            "" => String::new(),
            column => format!("{}{column}", self.language.pick("，列 ", ", column ")),
        };
        match self.language {
            Language::Zh => {
                let reason = name_of(reject.reason.code());
                let reason = reason.get(self.language.words());
                eprintln!("警告: {file} 第 {line} 行{column}：{reason}");
            }
            Language::En => eprintln!("warning: {file}, line {line}{column}: {}", reject.reason),
        }
    }
}

impl Watcher for Screen {
    fn progress(&self, phase: Phase, done: u64, of: u64) {
        let mut current = self.phase.lock().unwrap_or_else(PoisonError::into_inner);
        if current.replace(phase) != Some(phase) {
            let (title, bytes) = match phase {
                Phase::Scan => (self.language.pick("预读", "scanning"), true),
                Phase::Load => (self.language.pick("入库", "loading"), true),
                Phase::Resolve(phase) => (phase_title(phase, self.language), false),
            };
            self.bar.start(title, bytes);
        }
        drop(current);
        yiren::sweep::Progress::done(&self.bar, done, of);
    }

    fn committed(&self, committed: &Committed) {
        if !(self.is_stream && self.json) {
            return;
        }
        let mut line = json!({
            "commit": committed.commit,
            "rows": committed.rows,
            "rejected": committed.rejected,
        });
        add_counts(&mut line, &committed.outcome);
        let mut out = std::io::stdout().lock();
        // Whoever feeds us may not listen: the rows are in the store all the same.
        let _ = writeln!(out, "{line}").and_then(|()| out.flush());
    }

    fn rejected(&self, reject: Reject) {
        let mut rejects = self.rejects.lock().unwrap_or_else(PoisonError::into_inner);
        let rejects = &mut *rejects;
        rejects.count += 1;
        if !self.is_stream {
            rejects.kept.push(reject);
            return;
        }
        // A stream may have no end to wait for.
        match &mut rejects.writer {
            Some(writer) => {
                let written = writer.write(&reject).and_then(|()| writer.flush());
                rejects.failed = rejects.failed.take().or(written.err());
            }
            None if rejects.count <= SHOWN => self.show(&reject),
            None => {}
        }
    }
}

/// Tells of sources of which `--full` deleted nothing.
fn warn_kept(loaded: &Loaded, language: Language) {
    for (source, kept) in &loaded.kept {
        match (language, kept) {
            (Language::Zh, Kept::Unread) => {
                eprintln!("警告: {source}：有文件、工作表或行无法读取，未删除任何记录（--full）");
            }
            (Language::Zh, Kept::Empty) => {
                eprintln!("警告: {source}：文件中没有记录，未删除任何记录（--full）");
            }
            (Language::En, Kept::Unread) => eprintln!(
                "warning: {source}: a file, sheet or row could not be read, so --full deletes nothing"
            ),
            (Language::En, Kept::Empty) => {
                eprintln!("warning: {source}: its files name no record, so --full deletes nothing");
            }
        }
    }
}

/// Adds the counts of an outcome to a JSON object.
fn add_counts(to: &mut serde_json::Value, outcome: &Outcome) {
    let counts = serde_json::to_value(outcome).unwrap_or_default();
    if let (Some(to), serde_json::Value::Object(counts)) = (to.as_object_mut(), counts) {
        to.extend(counts);
    }
}

/// What a load of files came to, for programs.
fn summary(loaded: &Loaded) -> anyhow::Result<serde_json::Value> {
    let mut summary = json!({
        "commit": loaded.commit,
        "rows": loaded.rows,
        "rejected": loaded.rejected,
    });
    add_counts(&mut summary, &loaded.outcome);
    summary["resolved_at_once"] = json!(loaded.rebuilt.is_some());
    let kept = loaded.kept.iter().map(|(source, kept)| {
        let why = match kept {
            Kept::Unread => "unread",
            Kept::Empty => "empty",
        };
        (source.clone(), json!(why))
    });
    summary["kept"] = kept.collect::<serde_json::Map<_, _>>().into();
    let failed = loaded
        .failed
        .iter()
        .map(|error| json!({"code": error.code(), "message": error.to_string()}));
    summary["failed"] = failed.collect();
    Ok(summary)
}

/// What a load came to, for people.
fn describe(loaded: &Loaded, language: Language) -> String {
    let outcome = &loaded.outcome;
    let rows = [
        ("新增记录", "records added", outcome.added),
        ("变更记录", "records changed", outcome.changed),
        ("删除记录", "records deleted", outcome.deleted),
        ("未变记录", "records unchanged", outcome.unchanged),
        ("未采用的行", "rows rejected", loaded.rejected),
        ("新增的人", "persons new", outcome.entities_created),
        (
            "并入他人或不再有记录的人",
            "persons merged or gone",
            outcome.entities_retired,
        ),
        (
            "改归他人的记录",
            "records that changed person",
            outcome.records_moved,
        ),
        ("新增核查发现", "findings opened", outcome.findings_opened),
        ("了结核查发现", "findings closed", outcome.findings_closed),
    ];
    let mut table = plain_table();
    for (zh, en, count) in rows {
        table.add_row(vec![
            Cell::new(language.pick(zh, en)),
            figure(grouped(count)),
        ]);
    }
    print_table(table)
}
