//! `yiren overlap`: who is in two programmes, or under two counties.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use clap::{Args, ValueEnum};
use serde_json::json;
use yiren::query::{Matrix, MatrixAxis, MatrixBy, MatrixPersons, matrix, matrix_persons};
use yiren::service::routes::MOST_PERSONS;
use yiren_matchers::normalise::date::Date;

use super::looking::{Look, Purpose, print_json, reading};
use super::query::StoreOrServer;
use super::recording::day;
use super::{grouped, parse_day};
use crate::Outcome;
use crate::language::Language;
use crate::lines::{Cell, cell, clean, figure, padded, room, row, width, yuan};
use crate::pager;

/// Count who is in two programmes, or under two counties, on one day; list those of a cell
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  yiren overlap --store DIR --as-of 2026-06-30
  yiren overlap --store DIR --by county
  yiren overlap --store DIR --cell dibao,tekun")]
pub struct OverlapVerb {
    #[command(flatten)]
    place: StoreOrServer,
    /// Who does this, for the audit [default: the user of the system]
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    #[command(flatten)]
    purpose: Purpose,
    /// Day on which enrolments run [default: today]
    #[arg(long, value_name = "DATE", value_parser = parse_day)]
    as_of: Option<Date>,
    /// What enrolments are told apart by
    #[arg(long, value_enum, default_value_t = By::Programme)]
    by: By,
    /// List the persons of a cell: two programmes or counties, or one twice
    #[arg(long, value_name = "A,B", value_parser = parse_cell)]
    cell: Option<[String; 2]>,
    /// Persons or pairs of counties to list at most
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

/// What enrolments are told apart by.
#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
enum By {
    /// The programme
    Programme,
    /// The county of the office
    County,
}

/// Two codes between which a comma stands.
fn parse_cell(text: &str) -> Result<[String; 2], String> {
    let codes = text.split_once(',').map(|(a, b)| [a.trim(), b.trim()]);
    match codes {
        Some([a, b]) if !a.is_empty() && !b.is_empty() => Ok([a, b].map(String::from)),
        _ => Err(format!("`{text}` is no cell; write it as dibao,tekun")),
    }
}

/// Runs the verb.
pub fn run(verb: &OverlapVerb, language: Language) -> anyhow::Result<Outcome> {
    let look = Look {
        place: &verb.place,
        by: verb.user.as_deref(),
        purpose: &verb.purpose.purpose,
        verb: "overlap",
        whom: &[],
        language,
    };
    let as_of = day(verb.as_of)?;
    let by = match verb.by {
        By::Programme => MatrixBy::Programme,
        By::County => MatrixBy::County,
    };
    if let Some([a, b]) = &verb.cell {
        let most = if verb.json { usize::MAX } else { verb.limit };
        let asked = json!({
            "as_of": as_of.to_string(),
            "by": by,
            "cell": [a, b],
            "limit": most.min(MOST_PERSONS),
        });
        let found = look.find("/v1/matrix/persons", asked, |store| {
            let view = store.view();
            let (_, reading) = reading(&view)?;
            let found = matrix_persons(&view, &reading.policy, as_of, by, [a, b], most)?;
            Ok(Some(found))
        })?;
        let Some(found) = found else {
            return Ok(Outcome::Nothing);
        };
        match verb.json {
            true => {
                cut(&found, language);
                print_json(&found)?;
            }
            false => pager::print(&list(&found, language))?,
        }
        return Ok(outcome(found.count));
    }
    let asked = json!({ "as_of": as_of.to_string(), "by": by });
    let found = look.find("/v1/matrix", asked, |store| {
        let view = store.view();
        let (_, reading) = reading(&view)?;
        Ok(Some(matrix(&view, &reading.policy, as_of, by)?))
    })?;
    let Some(found) = found else {
        return Ok(Outcome::Nothing);
    };
    match verb.json {
        true => print_json(&found)?,
        false => {
            let mut text = head(&found, language);
            match by {
                MatrixBy::Programme => table(&mut text, &found, language),
                MatrixBy::County => pairs(&mut text, &found, verb.limit, language),
            }
            notes(&mut text, &found, language);
            pager::print(&text)?;
        }
    }
    Ok(outcome(found.persons))
}

/// Says where a service tells of less than there is.
fn cut(found: &MatrixPersons, language: Language) {
    let told = found.persons.len() as u64;
    if told < found.count {
        let (told, count) = (grouped(told), grouped(found.count));
        match language {
            Language::Zh => eprintln!("提示：经服务查询时只列出前 {told} 人，共 {count} 人"),
            Language::En => {
                eprintln!("note: a service tells of the first {told} of {count} persons")
            }
        }
    }
}

fn outcome(count: u64) -> Outcome {
    match count {
        0 => Outcome::Nothing,
        _ => Outcome::Done,
    }
}

fn head(found: &Matrix, language: Language) -> String {
    let (persons, day) = (grouped(found.persons), &found.as_of);
    match language {
        Language::Zh => format!("{day} 在享 {persons} 人\n"),
        Language::En => format!("on {day}: {persons} persons with an enrolment that runs\n"),
    }
}

fn short(axis: &MatrixAxis, language: Language) -> &str {
    axis.short.get(language.words())
}

/// A row a programme and a column a programme: how many persons are in both.
fn table(text: &mut String, found: &Matrix, language: Language) {
    if found.axis.is_empty() {
        return;
    }
    // Names that `--cell` takes.
    let titles: Vec<&str> = found
        .axis
        .iter()
        .map(|axis| language.pick(&axis.name.zh, &axis.code))
        .collect();
    let first = titles.iter().map(|title| width(title)).max().unwrap_or(0);
    let cells: BTreeMap<(&str, &str), u64> = found
        .cells
        .iter()
        .map(|cell| ((cell.a.as_str(), cell.b.as_str()), cell.persons))
        .collect();
    let twice = language.pick("重复", "twice");
    let persons = language.pick("人数", "persons");
    let number = |count: u64| match count {
        0 => "·".to_string(),
        count => grouped(count),
    };
    // Every column as wide as its widest cell.
    let mut columns: Vec<(String, Vec<String>)> = Vec::new();
    columns.push((
        persons.to_string(),
        found
            .axis
            .iter()
            .map(|axis| grouped(axis.persons))
            .collect(),
    ));
    columns.push((
        twice.to_string(),
        found.axis.iter().map(|axis| number(axis.twice)).collect(),
    ));
    for (place, column) in found.axis.iter().enumerate().skip(1) {
        let values = found.axis.iter().enumerate().map(|(at, line)| {
            let count = cells.get(&(line.code.as_str(), column.code.as_str()));
            match at < place {
                true => number(count.copied().unwrap_or(0)),
                false => String::new(),
            }
        });
        columns.push((short(column, language).to_string(), values.collect()));
    }
    let widths: Vec<usize> = columns
        .iter()
        .map(|(name, values)| {
            let widest = values.iter().map(|value| width(value)).max().unwrap_or(0);
            widest.max(width(name)).max(4)
        })
        .collect();
    let line = |name: &str, values: Vec<&str>| {
        let mut line = padded(name, first);
        for (value, columns) in values.iter().zip(&widths) {
            line += "  ";
            line += &figure(value, *columns);
        }
        line.trim_end().to_string()
    };
    text.push('\n');
    let heads = columns.iter().map(|(name, _)| name.as_str()).collect();
    let _ = writeln!(text, "{}", line("", heads));
    for (at, title) in titles.iter().enumerate() {
        let values = columns.iter().map(|(_, values)| values[at].as_str());
        let _ = writeln!(text, "{}", line(title, values.collect()));
    }
}

/// The pairs of counties, those with most persons first.
fn pairs(text: &mut String, found: &Matrix, most: usize, language: Language) {
    let names: BTreeMap<&str, &MatrixAxis> = found
        .axis
        .iter()
        .map(|axis| (axis.code.as_str(), axis))
        .collect();
    let name = |code: &str| match names.get(code) {
        Some(axis) if short(axis, language) != code => format!("{code} {}", short(axis, language)),
        _ => code.to_string(),
    };
    let twice = found.axis.iter().filter(|axis| axis.twice > 0);
    let twice = twice.map(|axis| (axis.twice, axis.code.clone(), axis.code.clone()));
    let across = found.cells.iter();
    let across = across.map(|cell| (cell.persons, cell.a.clone(), cell.b.clone()));
    let mut pairs: Vec<(u64, String, String)> = across.collect();
    pairs.sort_by_key(|(persons, a, b)| (Reverse(*persons), a.clone(), b.clone()));
    let total: u64 = pairs.iter().map(|(persons, ..)| persons).sum();
    let line = match language {
        Language::Zh => format!(
            "县（区）{} 个，其中有人两地同享的 {} 对，共 {} 人次",
            grouped(found.axis.len() as u64),
            grouped(pairs.len() as u64),
            grouped(total)
        ),
        Language::En => format!(
            "counties: {}; pairs of them with persons in both: {}; such persons: {}",
            grouped(found.axis.len() as u64),
            grouped(pairs.len() as u64),
            grouped(total)
        ),
    };
    let _ = writeln!(text, "{line}");
    section(
        text,
        language.pick("两地同享", "in both of two counties"),
        &pairs,
        most,
        &name,
    );
    let mut twice: Vec<(u64, String, String)> = twice.collect();
    twice.sort_by_key(|(persons, a, _)| (Reverse(*persons), a.clone()));
    section(
        text,
        language.pick("同一地内两项以上", "two enrolments or more in one county"),
        &twice,
        most,
        &name,
    );
}

fn section(
    text: &mut String,
    title: &str,
    pairs: &[(u64, String, String)],
    most: usize,
    name: &dyn Fn(&str) -> String,
) {
    if pairs.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{title}");
    for (persons, a, b) in pairs.iter().take(most) {
        let number = figure(&grouped(*persons), 9);
        let both = match a == b {
            true => name(a),
            false => format!("{} × {}", name(a), name(b)),
        };
        row(
            text,
            0,
            &[Cell::exact(&number), cell(&both, room().saturating_sub(11))],
        );
    }
    if pairs.len() > most {
        let _ = writeln!(text, "{}", figure("…", 9));
    }
}

fn notes(text: &mut String, found: &Matrix, language: Language) {
    let mut lines = Vec::new();
    if found.unknown > 0 {
        let count = grouped(found.unknown);
        lines.push(match language {
            Language::Zh => format!("{count} 条待遇记录的起止时间不详，未计入"),
            Language::En => {
                format!("{count} enrolments whose dates do not say whether they run are left out")
            }
        });
    }
    for (source, records) in &found.unjudged {
        let (source, records) = (clean(source), grouped(*records));
        lines.push(match language {
            Language::Zh => format!("来源 {source}（{records} 条记录）不在规则中，未计入"),
            Language::En => {
                format!(
                    "the source {source} ({records} records) is not in the policy, and left out"
                )
            }
        });
    }
    if !lines.is_empty() {
        let _ = writeln!(text, "\n{}", lines.join("\n"));
    }
}

fn list(found: &MatrixPersons, language: Language) -> String {
    let mut text = String::new();
    let [a, b] = &found.cell;
    let (count, day) = (grouped(found.count), &found.as_of);
    let head = match (a == b, language) {
        (false, Language::Zh) => format!("{day} 同时在 {a} 与 {b} 的 {count} 人"),
        (true, Language::Zh) => format!("{day} 在 {a} 有两项以上的 {count} 人"),
        (false, Language::En) => format!("on {day}: {count} persons in both {a} and {b}"),
        (true, Language::En) => format!("on {day}: {count} persons twice or more in {a}"),
    };
    let _ = writeln!(text, "{}", clean(&head));
    for person in &found.persons {
        text.push('\n');
        row(
            &mut text,
            2,
            &[cell(&person.entity, 17), cell(&person.name, 30)],
        );
        for enrolment in &person.enrolments {
            let amount = match (enrolment.amount, language) {
                (0, _) => String::new(),
                (amount, Language::Zh) => format!("每月 {}", yuan(amount)),
                (amount, Language::En) => format!("{} a month", yuan(amount)),
            };
            row(
                &mut text,
                4,
                &[
                    cell(&enrolment.record, 34),
                    cell(&enrolment.code, 12),
                    cell(&enrolment.start, 12),
                    cell(&amount, 20),
                ],
            );
        }
    }
    let told = found.persons.len() as u64;
    if found.count > told {
        let more = grouped(found.count - told);
        let _ = match language {
            Language::Zh => writeln!(text, "\n另有 {more} 人（--limit，或 --json 给出全部）"),
            Language::En => writeln!(text, "\n{more} more persons (--limit; --json gives all)"),
        };
    }
    text
}
