//! `yiren findings mark` and `yiren findings assign`: what a person makes of a finding.

use clap::Args;
use yiren::query::Settling;
use yiren_matchers::normalise::date::Date;

use super::desk::{Desk, Settled};
use super::words::{refusal, status_word, working_on};
use super::{FindingId, Status, StoreOrServer, parse_finding};
use crate::Outcome;
use crate::commands::looking::print_json;
use crate::commands::parse_day;
use crate::commands::recording::{By, day};
use crate::language::Language;
use crate::lines::clean;

/// Take a finding a step further, with a reason, or record when its person was told and answered
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  yiren findings mark 5d30c8fcc01cfa07 --store DIR --status under_review --why 'called the office'
  yiren findings mark 5d30c8fcc01cfa07 --store DIR --notified 2026-01-05 --respond-by 2026-02-05 --why 'letter sent'
  yiren findings mark 5d30c8fcc01cfa07 --store DIR --status confirmed --why 'paid twice, no answer came'")]
pub struct Mark {
    /// Findings, as findings.csv writes their ids
    #[arg(value_name = "ID", required = true, value_parser = parse_finding)]
    ids: Vec<FindingId>,
    #[command(flatten)]
    place: StoreOrServer,
    #[command(flatten)]
    actor: By,
    /// The step: open → under_review → confirmed or dismissed; confirmed → resolved; back to under_review
    #[arg(long, value_enum)]
    status: Option<Status>,
    /// Why
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    why: String,
    /// Day on which the person was told
    #[arg(long, value_name = "DATE", value_parser = parse_day)]
    notified: Option<Date>,
    /// Day until which they may answer
    #[arg(long, value_name = "DATE", value_parser = parse_day)]
    respond_by: Option<Date>,
    /// Day on which they answered
    #[arg(long, value_name = "DATE", value_parser = parse_day)]
    answered: Option<Date>,
    /// Why it is confirmed without waiting for an answer
    #[arg(long, value_name = "TEXT")]
    unheard: Option<String>,
    /// Print what became of each as JSON
    #[arg(long)]
    json: bool,
}

/// Say who works on a finding
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  yiren findings assign 5d30c8fcc01cfa07 --store DIR --to 'Li Na'")]
pub struct Assign {
    /// Findings, as findings.csv writes their ids
    #[arg(value_name = "ID", required = true, value_parser = parse_finding)]
    ids: Vec<FindingId>,
    #[command(flatten)]
    place: StoreOrServer,
    #[command(flatten)]
    actor: By,
    #[command(flatten)]
    to: To,
    /// Why
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    why: String,
    /// Print what became of each as JSON
    #[arg(long)]
    json: bool,
}

/// To whom.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct To {
    /// Who works on it from now on
    #[arg(long, value_name = "NAME")]
    to: Option<String>,
    /// Nobody works on it any more
    #[arg(long)]
    nobody: bool,
}

/// Runs `mark`.
pub fn run(verb: &Mark, language: Language) -> anyhow::Result<Outcome> {
    let text = |date: Option<Date>| date.map(|date| date.to_string());
    let said = Settling {
        status: verb.status.map(Into::into),
        why: verb.why.trim().to_string(),
        assignee: None,
        notified: text(verb.notified),
        respond_by: text(verb.respond_by),
        answered: text(verb.answered),
        unheard: verb.unheard.clone(),
    };
    settle_all(
        &verb.ids,
        &verb.place,
        &verb.actor,
        &said,
        verb.json,
        language,
    )
}

/// Runs `assign`.
pub fn assign(verb: &Assign, language: Language) -> anyhow::Result<Outcome> {
    let said = Settling {
        assignee: Some(verb.to.to.clone().unwrap_or_default()),
        why: verb.why.trim().to_string(),
        ..Settling::default()
    };
    settle_all(
        &verb.ids,
        &verb.place,
        &verb.actor,
        &said,
        verb.json,
        language,
    )
}

/// Says the same of several findings, each by itself: one that is refused does not hold up the others,
/// and is told at the end as an error.
fn settle_all(
    ids: &[FindingId],
    place: &StoreOrServer,
    actor: &By,
    said: &Settling,
    json: bool,
    language: Language,
) -> anyhow::Result<Outcome> {
    let desk = Desk::to_write(place)?;
    let today = day(None)?;
    let (mut done, mut refused) = (Vec::new(), Vec::new());
    for &id in ids {
        match desk.settle(id, said, actor)? {
            None => refused.push(match language {
                Language::Zh => format!("{id}：没有此项发现，或已不成立"),
                Language::En => format!("{id}: no such finding in force"),
            }),
            Some(Err(why)) => {
                let colon = language.pick("：", ": ");
                refused.push(format!("{id}{colon}{}", refusal(&why, language)));
            }
            Some(Ok(settled)) => {
                if !json {
                    println!("{}", line(&settled, today, language));
                }
                done.push(settled.after);
            }
        }
    }
    if json {
        print_json(&done)?;
    }
    match refused.is_empty() {
        true => Ok(Outcome::Done),
        false => Err(anyhow::anyhow!(refused.join("\n"))),
    }
}

/// What became of a finding, in a line.
fn line(settled: &Settled, today: Date, language: Language) -> String {
    let (before, after) = (&settled.before, &settled.after);
    let step = match before.status == after.status {
        true => status_word(after.status, language).to_string(),
        false => format!(
            "{} → {}",
            status_word(before.status, language),
            status_word(after.status, language)
        ),
    };
    let working = working_on(after, today, language);
    let between = match (working.is_empty(), language) {
        (true, _) => "",
        (false, Language::Zh) => "，",
        (false, Language::En) => "; ",
    };
    clean(&format!("{}  {step}{between}{working}", after.id))
}
