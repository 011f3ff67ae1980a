//! `yiren review`: what a person says of two records, and the queue of pairs that wait for one.

mod answers;
mod asking;
mod report;
mod screen;
mod session;

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use serde::Deserialize;
use serde_json::json;
use yiren::resolve::{Judgement, give_verdict};
use yiren::review::Wanted;
use yiren::store::{Store, VerdictKind};
use yiren_matchers::normalise::date::Date;

use super::looking::{open_noted, whose_key};
use super::parse_day;
use super::query::StoreOrServer;
use super::recording::{By, Durability};
use super::server::Server;
use super::stored::{open, parse_record};
use crate::Outcome;
use crate::language::Language;
use session::{Session, Work};

/// Say that two records are, or are not, one person; without A and B, work through the pairs that wait
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  yiren review --store DIR dibao:D1 tekun:T7 --different --why \"two brothers\"
  yiren review --server URL dibao:D1 tekun:T7 --undo --why \"not them, a cousin\"
  yiren review --store DIR
  yiren review --store DIR --blind --county 3415 --limit 50
  yiren review --store DIR --second-reader 10% --by zhang
  yiren review --store DIR --agreement
  yiren review --store DIR --labels judged.csv")]
pub struct Review {
    /// A record, as `source:record_id`
    #[arg(value_name = "A", value_parser = parse_record, requires_all = ["b", "Said", "why"])]
    a: Option<(String, String)>,
    /// The other record
    #[arg(value_name = "B", value_parser = parse_record)]
    b: Option<(String, String)>,
    #[command(flatten)]
    place: StoreOrServer,
    #[command(flatten)]
    actor: By,
    /// What this is asked for, for the audit
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    purpose: String,
    #[command(flatten)]
    verdict: Said,
    /// Why
    #[arg(long, value_name = "TEXT", requires = "a")]
    why: Option<String>,
    /// Day that months are counted to [default: today]
    #[arg(long, value_name = "DATE", value_parser = parse_day, conflicts_with = "server")]
    as_of: Option<Date>,
    #[command(flatten)]
    task: Task,
    /// Of the queue: show no score, no weights and no decision
    #[arg(long, conflicts_with_all = ["a", "agreement", "labels"])]
    blind: bool,
    /// Of the queue: pairs of which a record was made in this division, by its code or how that begins
    #[arg(long, value_name = "CODE", conflicts_with_all = ["a", "agreement", "labels"])]
    county: Option<String>,
    /// Of the queue: pairs of which a record is of this programme, register or source
    #[arg(long, value_name = "P", conflicts_with_all = ["a", "agreement", "labels"])]
    programme: Option<String>,
    /// Of the queue: end after so many pairs
    #[arg(long, value_name = "N", conflicts_with_all = ["a", "agreement", "labels"], value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
    /// Print what it changed as JSON; of the queue, one line a pair and an answer
    #[arg(long)]
    json: bool,
}

/// What is said.
#[derive(Debug, Args)]
#[group(multiple = false, requires = "a")]
struct Said {
    /// They are one person
    #[arg(long)]
    same: bool,
    /// They are two people
    #[arg(long)]
    different: bool,
    /// Take back what was said of the two
    #[arg(long)]
    undo: bool,
}

/// What else than the queue.
#[derive(Debug, Args)]
#[group(multiple = false, conflicts_with = "a")]
struct Task {
    /// Read a sample of the pairs that others judged once more, without being told what they said: so large a share of them [default: 10%]
    #[arg(long, value_name = "SHARE", value_parser = parse_share, num_args = 0..=1, default_missing_value = "10%")]
    second_reader: Option<f64>,
    /// Settle pairs of which the second reader says otherwise than the first
    #[arg(long)]
    disputed: bool,
    /// Say how far first and second readers agree, and on which pairs they do not
    #[arg(long)]
    agreement: bool,
    /// Write the pairs that were judged, for `yiren train --labels`: a CSV file, or `-`
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
}

/// A share of the command line.
fn parse_share(text: &str) -> Result<f64, String> {
    let share = match text.strip_suffix('%') {
        Some(percent) => percent.parse::<f64>().map(|percent| percent / 100.0),
        None => text.parse::<f64>(),
    };
    share
        .ok()
        .filter(|share| *share > 0.0 && *share <= 1.0)
        .ok_or_else(|| format!("`{text}` is no share; write it as 10% or 0.1"))
}

/// Runs the verb.
pub fn run(verb: &Review, language: Language) -> anyhow::Result<Outcome> {
    if let Some((a, b)) = verb.a.as_ref().zip(verb.b.as_ref()) {
        return say(verb, a, b, language);
    }
    if verb.task.agreement {
        return report::agreement(verb, verb.json, language);
    }
    if let Some(file) = &verb.task.labels {
        return report::labels(verb, file, language);
    }
    let (store, engine) = open(verb.folder(language)?)?;
    let work = match (verb.task.second_reader, verb.task.disputed) {
        (Some(share), _) => Work::Second(share),
        (None, true) => Work::Third,
        (None, false) => Work::First,
    };
    let session = Session::new(
        &store,
        &engine,
        session::Settings {
            work,
            wanted: Wanted {
                county: verb.county.clone(),
                programme: verb.programme.clone(),
            },
            limit: verb.limit,
            blind: verb.blind,
            json: verb.json,
            recording: verb.actor.recording(verb.as_of, Durability::Synced)?,
            purpose: verb.purpose.clone(),
            language,
        },
    );
    session.run()
}

impl Review {
    /// The folder of the store, for what a service does not do.
    fn folder(&self, language: Language) -> anyhow::Result<&Path> {
        self.place.store.as_deref().context(language.pick(
            "经服务只能就两条记录作出判断（A B 加 --same、--different 或 --undo）；待核对队列及其统计须用 --store",
            "over a service, say of two records what they are (A B with --same, --different or --undo): the queue and its reports take --store",
        ))
    }

    /// Opens the store to report on what readers said, and notes that look in its audit.
    fn open_noted(&self, task: &str, language: Language) -> anyhow::Result<Store> {
        open_noted(
            self.folder(language)?,
            &self.actor,
            &self.purpose,
            task,
            Vec::new(),
            language,
        )
    }
}

/// What came of what was said.
#[derive(Deserialize)]
struct Told {
    /// The commit; absent where that was said already.
    commit: Option<u64>,
    outcome: yiren::resolve::Outcome,
}

/// Says it to a service, which knows by the key who says it.
fn tell(
    server: &Server,
    (a, b): (&(String, String), &(String, String)),
    kind: VerdictKind,
    why: &str,
) -> anyhow::Result<Told> {
    let verdict = match kind {
        VerdictKind::MustLink => "same",
        VerdictKind::CannotLink => "different",
        VerdictKind::Withdrawn => "none",
    };
    let name = |(source, record_id): &(String, String)| json!({ "source": source, "record_id": record_id });
    let body = json!({ "a": name(a), "b": name(b), "verdict": verdict, "why": why });
    Ok(serde_json::from_value(server.post("/v1/verdicts", &body)?)?)
}

/// Records what is said of two records.
fn say(
    verb: &Review,
    a: &(String, String),
    b: &(String, String),
    language: Language,
) -> anyhow::Result<Outcome> {
    let kind = match (verb.verdict.same, verb.verdict.different) {
        (true, _) => VerdictKind::MustLink,
        (false, true) => VerdictKind::CannotLink,
        (false, false) => VerdictKind::Withdrawn,
    };
    let why = verb.why.clone().context("no reason: give --why")?;
    let said = match &verb.place.server {
        Some(_) if verb.actor.by.is_some() => bail!("{}", whose_key(language)),
        Some(server) => tell(&Server::at(server)?, (a, b), kind, &why)?,
        None => {
            let (store, engine) = open(verb.folder(language)?)?;
            let (a, b) = (a.clone(), b.clone());
            let judgement = Judgement { a, b, kind, why };
            let recording = verb.actor.recording(verb.as_of, Durability::Synced)?;
            let applied = give_verdict(&store, &engine, &judgement, &recording)?;
            Told {
                commit: applied.commit,
                outcome: applied.outcome,
            }
        }
    };
    let Some(commit) = said.commit else {
        eprintln!(
            "{}",
            language.pick("先前已如此判断，未作改动", "said before: nothing changed")
        );
        return Ok(Outcome::Nothing);
    };
    if verb.json {
        let printed = serde_json::json!({ "commit": commit, "outcome": said.outcome });
        println!("{}", serde_json::to_string_pretty(&printed)?);
    } else {
        let outcome = &said.outcome;
        let text = match language {
            Language::Zh => format!(
                "已记录（第 {commit} 次提交）：{} 条记录改归他人，新增人员 {}，撤销人员 {}，新增发现 {}，撤销发现 {}",
                outcome.records_moved,
                outcome.entities_created,
                outcome.entities_retired,
                outcome.findings_opened,
                outcome.findings_closed
            ),
            Language::En => format!(
                "recorded (commit {commit}): {} records moved, {} persons created, {} retired, {} findings opened, {} closed",
                outcome.records_moved,
                outcome.entities_created,
                outcome.entities_retired,
                outcome.findings_opened,
                outcome.findings_closed
            ),
        };
        println!("{text}");
    }
    Ok(Outcome::Done)
}
