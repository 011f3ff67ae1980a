//! `yiren findings group`: findings counted by what they have in common.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use clap::{Args, ValueEnum};
use comfy_table::Cell as TableCell;
use yiren::policy::Severity;
use yiren::query::{GroupBy, Grouped, Grouping, Tally};
use yiren::report::words::name_of;
use yiren::store::CaseStatus;

use super::desk::Desk;
use super::list::total_line;
use super::words::{county, status_word};
use super::{Asking, Wanted};
use crate::Outcome;
use crate::commands::looking::print_json;
use crate::commands::recording::By as Actor;
use crate::commands::{figure, grouped, plain_table, print_table};
use crate::language::Language;
use crate::lines::{clean, room, width, yuan};

/// Count findings, their months and amounts, by county, programme, kind, status, assignee, severity
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  yiren findings group --store DIR --by kind
  yiren findings group --store DIR --by county,kind --status open
  yiren findings group --store DIR --by programme,status --value amount")]
pub struct Group {
    #[command(flatten)]
    asking: Asking,
    /// Who does this, for the audit [default: the user of the system]
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    #[command(flatten)]
    wanted: Wanted,
    /// What to count by: one, or two for a table
    #[arg(long, value_enum, value_name = "WHAT", value_delimiter = ',', num_args = 1.., default_value = "kind")]
    by: Vec<By>,
    /// What a table of two shows
    #[arg(long, value_enum, default_value_t = What::Findings)]
    value: What,
    /// Rows to show at most
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
    /// Print it as CSV
    #[arg(long, conflicts_with = "json")]
    csv: bool,
}

/// What to count by.
#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
enum By {
    // The county of the office
    County,
    // The programme or register
    Programme,
    // The kind
    Kind,
    // What people made of them
    Status,
    // Who works on them
    Assignee,
    // How grave they are
    Severity,
}

/// What a table shows.
#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
enum What {
    // How many there are
    Findings,
    // Their months
    Months,
    // Their amounts, in yuan
    Amount,
}

impl From<By> for GroupBy {
    fn from(by: By) -> GroupBy {
        match by {
            By::County => GroupBy::County,
            By::Programme => GroupBy::Programme,
            By::Kind => GroupBy::Kind,
            By::Status => GroupBy::Status,
            By::Assignee => GroupBy::Assignee,
            By::Severity => GroupBy::Severity,
        }
    }
}

/// Runs the verb.
pub fn run(verb: &Group, language: Language) -> anyhow::Result<Outcome> {
    let by: Vec<GroupBy> = verb.by.iter().map(|&by| by.into()).collect();
    let twice = matches!(by.as_slice(), [a, b] if a == b);
    if by.len() > 2 || twice {
        return Err(anyhow::anyhow!(language.pick(
            "--by 最多两项，且不相同",
            "--by takes one thing, or two that differ"
        )));
    }
    let desk = Desk::to_look(&verb.asking.place, language)?;
    let filter = verb.wanted.filter(&desk.policy())?;
    let mut grouping = Grouping::new(by);
    desk.each(&filter, &mut |finding| grouping.add(&finding))?;
    let found = grouping.finish();
    let actor = Actor {
        by: verb.user.clone(),
    };
    desk.note(&verb.asking, &actor, "findings", Vec::new())?;
    if verb.json {
        print_json(&found)?;
    } else if verb.csv {
        print!("{}", csv(&found)?);
    } else {
        print!("{}", describe(&found, verb, language));
    }
    Ok(match found.total.findings {
        0 => Outcome::Nothing,
        _ => Outcome::Done,
    })
}

fn csv(found: &Grouped) -> anyhow::Result<String> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    let names = found.by.iter().map(|by| code(*by));
    csv.write_record(names.chain(["findings", "months", "amount"]))?;
    for group in &found.groups {
        let tally = &group.tally;
        let amount = tally.amount;
        let sign = if amount < 0 { "-" } else { "" };
        let amount = amount.unsigned_abs();
        let figures = [
            tally.findings.to_string(),
            tally.months.to_string(),
            format!("{sign}{}.{:02}", amount / 100, amount % 100),
        ];
        csv.write_record(group.keys.iter().chain(&figures))?;
    }
    Ok(String::from_utf8(csv.into_inner()?)?)
}

fn code(by: GroupBy) -> &'static str {
    match by {
        GroupBy::County => "county",
        GroupBy::Programme => "programme",
        GroupBy::Kind => "kind",
        GroupBy::Status => "status",
        GroupBy::Assignee => "assignee",
        GroupBy::Severity => "severity",
    }
}

fn describe(found: &Grouped, verb: &Group, language: Language) -> String {
    let mut text = format!("{}\n", total_line(&found.total, language));
    if found.groups.is_empty() {
        return text;
    }
    text.push('\n');
    let table = match found.by.as_slice() {
        [rows, columns] => matrix(found, *rows, *columns, verb, language),
        _ => None,
    };
    text += &table.unwrap_or_else(|| rows(found, verb.limit, language));
    let shared = found.by.iter();
    let mut shared = shared.filter(|by| matches!(by, GroupBy::County | GroupBy::Programme));
    let all: u64 = found.groups.iter().map(|group| group.tally.findings).sum();
    if shared.next().is_some() && all > found.total.findings {
        let _ = writeln!(
            text,
            "\n{}",
            language.pick(
                "涉及两地或两个项目的发现，两处各计一次",
                "a finding between two counties or programmes is counted under each"
            )
        );
    }
    text
}

/// What a group is called.
fn label(by: GroupBy, key: &str, language: Language) -> String {
    let words = language.words();
    let text = match by {
        GroupBy::County if key.is_empty() => language.pick("不详", "not known").to_string(),
        GroupBy::County => county(key),
        // What the filter takes, too.
        GroupBy::Programme => language.pick(&name_of(key).zh, key).to_string(),
        GroupBy::Kind | GroupBy::Severity => name_of(key).get(words).to_string(),
        GroupBy::Status => CaseStatus::from_name(key)
            .map_or(key, |status| status_word(status, language))
            .to_string(),
        GroupBy::Assignee if key.is_empty() => language.pick("无人", "nobody").to_string(),
        GroupBy::Assignee => key.to_string(),
    };
    clean(&text)
}

/// What groups are sorted by: what goes in steps by the steps, all else by how many there are.
fn rank(by: GroupBy, key: &str, findings: u64) -> (usize, Reverse<u64>, String) {
    let place = match by {
        GroupBy::Status => CaseStatus::ALL
            .iter()
            .position(|status| status.name() == key),
        GroupBy::Severity => Severity::ALL
            .iter()
            .position(|severity| severity.name() == key),
        _ => None,
    };
    (place.unwrap_or(0), Reverse(findings), key.to_string())
}

/// A line a group.
fn rows(found: &Grouped, most: usize, language: Language) -> String {
    let mut groups: Vec<_> = found.groups.iter().collect();
    groups.sort_by_key(|group| {
        let ranks = found.by.iter().zip(&group.keys);
        let ranks = ranks.map(|(by, key)| rank(*by, key, group.tally.findings));
        ranks.collect::<Vec<_>>()
    });
    let mut table = plain_table();
    let mut head: Vec<TableCell> = found.by.iter().map(|_| TableCell::new("")).collect();
    let columns = [
        ("发现", "findings"),
        ("月数", "months"),
        ("金额（元）", "yuan"),
    ];
    head.extend(columns.map(|(zh, en)| figure(language.pick(zh, en))));
    table.add_row(head);
    for group in groups.iter().take(most) {
        let keys = found.by.iter().zip(&group.keys);
        let mut line: Vec<TableCell> = keys
            .map(|(by, key)| TableCell::new(label(*by, key, language)))
            .collect();
        let tally = &group.tally;
        line.push(figure(grouped(tally.findings)));
        line.push(figure(grouped(tally.months)));
        line.push(figure(yuan(tally.amount)));
        table.add_row(line);
    }
    let mut text = print_table(table);
    if groups.len() > most {
        let _ = writeln!(text, "…");
    }
    text
}

/// A row a group of the first kind, a column one of the second; `None` where it would be too wide.
fn matrix(
    found: &Grouped,
    by_row: GroupBy,
    by_column: GroupBy,
    verb: &Group,
    language: Language,
) -> Option<String> {
    let shown = |tally: &Tally| match verb.value {
        What::Findings => grouped(tally.findings),
        What::Months => grouped(tally.months),
        What::Amount => yuan(tally.amount),
    };
    let (mut cells, mut of_row, mut of_column) =
        (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for group in &found.groups {
        let [row, column] = group.keys.as_slice() else {
            return None;
        };
        cells.insert((row, column), &group.tally);
        *of_row.entry(row).or_insert(0) += group.tally.findings;
        *of_column.entry(column).or_insert(0) += group.tally.findings;
    }
    let ordered = |counts: &BTreeMap<&String, u64>, by: GroupBy| {
        let mut keys: Vec<String> = counts.keys().map(|key| (*key).clone()).collect();
        keys.sort_by_key(|key| rank(by, key, counts.get(key).copied().unwrap_or(0)));
        keys
    };
    let (rows, columns) = (ordered(&of_row, by_row), ordered(&of_column, by_column));
    let heads: Vec<String> = columns
        .iter()
        .map(|key| label(by_column, key, language))
        .collect();
    let first = rows.iter().map(|key| width(&label(by_row, key, language)));
    let wide: usize = heads.iter().map(|head| width(head).max(6) + 2).sum();
    if first.max().unwrap_or(0) + wide > room() {
        return None;
    }
    let mut table = plain_table();
    let mut head = vec![TableCell::new("")];
    head.extend(heads.iter().map(figure));
    table.add_row(head);
    for row in rows.iter().take(verb.limit) {
        let mut line = vec![TableCell::new(label(by_row, row, language))];
        line.extend(columns.iter().map(|column| {
            figure(
                cells
                    .get(&(row, column))
                    .map_or("·".to_string(), |tally| shown(tally)),
            )
        }));
        table.add_row(line);
    }
    let mut text = print_table(table);
    if rows.len() > verb.limit {
        let _ = writeln!(text, "…");
    }
    Some(text)
}
