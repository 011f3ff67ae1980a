//! `yiren findings`: the list.

use std::fmt::Write as _;

use clap::{Args, ValueEnum};
use serde_json::json;
use yiren::casefile::write_listed;
use yiren::query::{Listed, Order, Tally, Top};
use yiren_matchers::normalise::date::Date;

use super::desk::Desk;
use super::words::{county, kind_and_severity, months, people, status_word, working_on};
use super::{Asking, Wanted};
use crate::Outcome;
use crate::commands::grouped;
use crate::commands::looking::print_json;
use crate::commands::recording::By;
use crate::language::Language;
use crate::lines::{cell, room, row, yuan};

/// Findings of a page, if nothing else is said.
const PAGE: usize = 20;

/// Columns that the name of a record has at least.
const RECORD: usize = 30;

/// List findings.
#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    asking: Asking,
    #[command(flatten)]
    actor: By,
    #[command(flatten)]
    wanted: Wanted,
    /// What comes first
    #[arg(long, value_enum, default_value_t = Sort::Severity)]
    sort: Sort,
    /// Findings of a page [default: 20; all with --json and --csv]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
    /// Page
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    page: u32,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
    /// Print it as CSV: the columns of findings.csv, and what people made of each
    #[arg(long, conflicts_with = "json")]
    csv: bool,
}

/// What comes first.
#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
enum Sort {
    // The gravest, of these the highest amounts
    Severity,
    // The highest amounts
    Amount,
    // The latest
    Latest,
    // Those whose answer is due first
    Due,
}

impl From<Sort> for Order {
    fn from(sort: Sort) -> Order {
        match sort {
            Sort::Severity => Order::Severity,
            Sort::Amount => Order::Amount,
            Sort::Latest => Order::Latest,
            Sort::Due => Order::Due,
        }
    }
}

/// Runs the list.
pub fn run(verb: &List, language: Language) -> anyhow::Result<Outcome> {
    let desk = Desk::to_look(&verb.asking.place, language)?;
    let filter = verb.wanted.filter(&desk.policy())?;
    let limit = match verb.limit {
        Some(limit) => limit as usize,
        None if verb.json || verb.csv => usize::MAX,
        None => PAGE,
    };
    let page = verb.page as usize;
    let mut top = Top::new(verb.sort.into(), page.saturating_mul(limit));
    desk.each(&filter, &mut |finding| top.add(finding))?;
    let (found, total) = top.finish();
    let skipped = (page - 1).saturating_mul(limit);
    let shown = found.get(skipped..).unwrap_or_default();
    let ids = shown.iter().map(|finding| finding.id.clone());
    desk.note(&verb.asking, &verb.actor, "findings", ids.collect())?;
    if verb.json {
        print_json(&json!({
            "findings_total": total.findings,
            "months_total": total.months,
            "amount_total": total.amount,
            "page": page,
            "findings": shown,
        }))?;
    } else if verb.csv {
        write_listed(std::io::stdout().lock(), shown)?;
    } else {
        let day = verb.wanted.day()?;
        print!("{}", describe(shown, &total, (page, limit), day, language));
    }
    Ok(match shown.is_empty() {
        true => Outcome::Nothing,
        false => Outcome::Done,
    })
}

/// What findings come to, in a line.
pub fn total_line(total: &Tally, language: Language) -> String {
    let (findings, months) = (grouped(total.findings), grouped(total.months));
    let amount = yuan(total.amount);
    match language {
        Language::Zh => format!("核查发现 {findings} 项，涉及 {months} 个月、{amount} 元"),
        Language::En => format!("findings: {findings}; months: {months}; yuan: {amount}"),
    }
}

fn describe(
    shown: &[Listed],
    total: &Tally,
    (page, limit): (usize, usize),
    day: Date,
    language: Language,
) -> String {
    let mut text = String::new();
    let pages = (total.findings as usize).div_ceil(limit);
    let mut head = total_line(total, language);
    if pages > 1 {
        let _ = match language {
            Language::Zh => write!(head, "（第 {page} 页，共 {pages} 页）"),
            Language::En => write!(head, " (page {page} of {pages})"),
        };
    }
    let _ = writeln!(text, "{head}");
    for finding in shown {
        text.push('\n');
        item(&mut text, finding, day, language);
    }
    if page < pages {
        let _ = match language {
            Language::Zh => writeln!(text, "\n下一页：--page {}", page + 1),
            Language::En => writeln!(text, "\nthe next ones: --page {}", page + 1),
        };
    }
    text
}

/// A finding in three lines: what it is, and its two records with their names; a fourth where somebody
/// works on it.
fn item(text: &mut String, finding: &Listed, day: Date, language: Language) {
    let status = status_word(finding.status, language);
    let kind = kind_and_severity(&finding.kind, &finding.severity, language);
    let most = room().saturating_sub(16 + 2 + 2 + 12);
    row(
        text,
        0,
        &[cell(&finding.id, 16), cell(&kind, most), cell(status, 12)],
    );
    let amount = match (finding.amount, language) {
        (0, _) => String::new(),
        (amount, Language::Zh) => format!("{} 元", yuan(amount)),
        (amount, Language::En) => format!("{} yuan", yuan(amount)),
    };
    let mut right = [months(finding, language), amount];
    let widest = 29;
    let mut record = room().saturating_sub(4 + 12 + 2 + 2 + 15 + 2 + widest);
    // Where ids of records would be broken, months and amount have a line of their own.
    let below = match record < RECORD {
        true => {
            record += 2 + widest;
            std::mem::take(&mut right).join("  ").trim().to_string()
        }
        false => String::new(),
    };
    for (person, right) in people(finding).iter().zip(&right) {
        row(
            text,
            4,
            &[
                cell(person.name, 12),
                cell(person.record, record),
                cell(&county(person.office), 15),
                cell(right, widest),
            ],
        );
    }
    row(text, 4, &[cell(&below, room() - 4)]);
    let working = working_on(finding, day, language);
    if !working.is_empty() {
        row(text, 4, &[cell(&working, room() - 4)]);
    }
}
