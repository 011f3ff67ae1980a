//! `yiren findings`: what the rules found, worked from first look to exported case.

mod desk;
mod export;
mod group;
mod list;
mod mark;
mod show;
mod words;

use clap::{Args, Subcommand, ValueEnum};
use yiren::policy::{FindingKind, Policy};
use yiren::query::{Filter, Who};
use yiren::report::words::name_of;
use yiren::store::CaseStatus;
use yiren_matchers::normalise::date::Date;

use super::looking::parse_who;
use super::parse_day;
use super::query::StoreOrServer;
use super::recording::day;
use crate::Outcome;
use crate::language::Language;

/// List findings, group them, work on them step by step, and export a case
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Examples:
  yiren findings --store DIR --county 341502 --status open
  yiren findings group --store DIR --by county,kind
  yiren findings show 5d30c8fcc01cfa07 --store DIR
  yiren findings mark 5d30c8fcc01cfa07 --store DIR --status under_review --why 'called the office'
  yiren findings export 5d30c8fcc01cfa07 --store DIR --out case --purpose 'case 2026-117'"
)]
pub struct FindingsVerb {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    list: list::List,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Group(group::Group),
    Show(show::Show),
    Assign(mark::Assign),
    Mark(mark::Mark),
    Export(export::Export),
    Verify(export::Verify),
}

/// Where to look, and what for.
#[derive(Debug, Args)]
struct Asking {
    #[command(flatten)]
    place: StoreOrServer,
    /// What this is asked for, for the audit
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    purpose: String,
}

/// Which findings.
#[derive(Debug, Args)]
struct Wanted {
    /// Only of this kind: paid_after_death, exclusive_overlap, ...
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// Only with a record made in this division, by its code or how that begins
    #[arg(long, value_name = "CODE")]
    county: Option<String>,
    /// Only with a record of this programme or register
    #[arg(long, value_name = "NAME")]
    programme: Option<String>,
    /// Only those that stand so
    #[arg(long, value_enum)]
    status: Option<Status>,
    /// Only those that this person works on
    #[arg(long, value_name = "NAME")]
    assignee: Option<String>,
    /// Only those that nobody works on
    #[arg(long, conflicts_with = "assignee")]
    unassigned: bool,
    /// Only those that are undecided and whose answer was due before the day of --as-of
    #[arg(long)]
    overdue: bool,
    /// Day by which an answer is overdue [default: today]
    #[arg(long, value_name = "DATE", value_parser = parse_day)]
    as_of: Option<Date>,
    /// Only of this person or record
    #[arg(long, value_name = "WHO", value_parser = parse_who)]
    person: Option<Who>,
}

/// How far a case has come.
#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Status {
    // Nobody has looked at it
    Open,
    // Somebody looks into it
    UnderReview,
    // It is so
    Confirmed,
    // It is not so, or it is allowed
    Dismissed,
    // It was so, and was set right
    Resolved,
}

impl From<Status> for CaseStatus {
    fn from(status: Status) -> CaseStatus {
        match status {
            Status::Open => CaseStatus::Open,
            Status::UnderReview => CaseStatus::UnderReview,
            Status::Confirmed => CaseStatus::Confirmed,
            Status::Dismissed => CaseStatus::Dismissed,
            Status::Resolved => CaseStatus::Resolved,
        }
    }
}

/// The number of a finding, as `findings.csv` writes it.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
struct FindingId(u64);

impl std::fmt::Display for FindingId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

fn parse_finding(text: &str) -> Result<FindingId, String> {
    let is_number = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let number = is_number.then(|| u64::from_str_radix(text, 16).ok());
    number.flatten().map(FindingId).ok_or_else(|| {
        format!("`{text}` is no finding; it is written as in findings.csv: 16 hexadecimal digits")
    })
}

impl Wanted {
    /// The day by which an answer is overdue.
    fn day(&self) -> anyhow::Result<Date> {
        day(self.as_of)
    }

    /// The filter. Kinds and programmes go by their names in either language as well.
    fn filter(&self, policy: &Policy) -> anyhow::Result<Filter> {
        let kind = |text: &String| {
            let mut kinds = FindingKind::ALL.iter();
            let known = kinds.find(|kind| {
                let name = name_of(kind.name());
                *text == name.zh || text.eq_ignore_ascii_case(&name.en)
            });
            known.map_or_else(|| text.clone(), |kind| kind.name().to_string())
        };
        let programme = |text: &String| {
            let source = policy.source(text);
            source.map_or_else(|| text.clone(), |source| source.id.clone())
        };
        Ok(Filter {
            kind: self.kind.as_ref().map(kind),
            county: self.county.clone(),
            programme: self.programme.as_ref().map(programme),
            status: self.status.map(CaseStatus::from),
            assignee: match self.unassigned {
                true => Some(String::new()),
                false => self.assignee.clone(),
            },
            overdue: self.overdue.then(|| self.day()).transpose()?,
            person: self.person.clone(),
        })
    }
}

/// Runs the verb.
pub fn run(verb: &FindingsVerb, language: Language) -> anyhow::Result<Outcome> {
    match &verb.verb {
        None => list::run(&verb.list, language),
        Some(Verb::Group(verb)) => group::run(verb, language),
        Some(Verb::Show(verb)) => show::run(verb, language),
        Some(Verb::Assign(verb)) => mark::assign(verb, language),
        Some(Verb::Mark(verb)) => mark::run(verb, language),
        Some(Verb::Export(verb)) => export::run(verb, language),
        Some(Verb::Verify(verb)) => export::check(verb, language),
    }
}
