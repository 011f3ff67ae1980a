//! `yiren review`: what a person says of two records.

use clap::Args;
use yiren::resolve::{Judgement, give_verdict};
use yiren::store::VerdictKind;
use yiren_matchers::normalise::date::Date;

use super::parse_day;
use super::recording::{By, Durability, Place};
use super::stored::{open, parse_record};
use crate::Outcome;
use crate::language::Language;

/// Say that two records are, or are not, one person; it outlives sweeps and new models
#[derive(Debug, Args)]
pub struct Review {
    /// A record, as `source:record_id`
    #[arg(value_name = "A", value_parser = parse_record)]
    a: (String, String),
    /// The other record
    #[arg(value_name = "B", value_parser = parse_record)]
    b: (String, String),
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    verdict: Said,
    /// Why
    #[arg(long, value_name = "TEXT")]
    why: String,
    /// Day that months are counted to [default: today]
    #[arg(long, value_name = "DATE", value_parser = parse_day)]
    as_of: Option<Date>,
    #[command(flatten)]
    actor: By,
    /// Print what it changed as JSON
    #[arg(long)]
    json: bool,
}

/// What is said.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
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

/// Runs the verb.
pub fn run(verb: &Review, language: Language) -> anyhow::Result<Outcome> {
    let (store, engine) = open(&verb.place.store)?;
    let judgement = Judgement {
        a: verb.a.clone(),
        b: verb.b.clone(),
        kind: match (verb.verdict.same, verb.verdict.different) {
            (true, _) => VerdictKind::MustLink,
            (false, true) => VerdictKind::CannotLink,
            (false, false) => VerdictKind::Withdrawn,
        },
        why: verb.why.clone(),
    };
    let recording = verb.actor.recording(verb.as_of, Durability::Synced)?;
    let applied = give_verdict(&store, &engine, &judgement, &recording)?;
    let Some(commit) = applied.commit else {
        eprintln!(
            "{}",
            language.pick("先前已如此判断，未作改动", "said before: nothing changed")
        );
        return Ok(Outcome::Nothing);
    };
    if verb.json {
        let printed = serde_json::json!({ "commit": commit, "outcome": applied.outcome });
        println!("{}", serde_json::to_string_pretty(&printed)?);
    } else {
        let outcome = &applied.outcome;
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
