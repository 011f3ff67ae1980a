//! The same records give the same bytes, whatever the threads, the order of files and of rows,
//! the order of columns, the format, and the way the rows are spread over files.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops at the first surprise"
)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use csv::StringRecord;
use serde_json::Value;
use support::{Desk, table};

const TABLES: [&str; 4] = ["entities.csv", "findings.csv", "review.csv", "pairs.csv"];

/// Header and rows of each source.
type Population = BTreeMap<String, (StringRecord, Vec<StringRecord>)>;

#[test]
fn a_sweep_is_a_function_of_the_records() {
    let desk = Desk::new();
    let made = ["generate", "--persons", "3000", "--seed", "5"];
    desk.yiren(&[&made[..], &["--out", "people"]].concat())
        .left(0);
    let mut population = read_sources(&desk.path("people"));
    assert_eq!(population.len(), 10);
    repeat_some(&mut population);

    for (source, (header, rows)) in &population {
        write_csv(&desk, &format!("plain/{source}.csv"), header, rows);
    }
    let files: Vec<String> = population
        .keys()
        .map(|source| format!("plain/{source}.csv"))
        .collect();
    let plain = swept(&desk, "plain", &["plain", "--threads", "1"]);
    assert!(
        plain.summary["totals"]["findings"].as_u64().unwrap() > 100
            && plain.summary["totals"]["review_pairs"].as_u64().unwrap() > 3
            && plain.summary["totals"]["rejected"].as_u64() == Some(2 * REPEATED as u64),
        "too little to compare: {}",
        plain.summary["totals"]
    );

    let two = swept(&desk, "two_threads", &["plain", "--threads", "2"]);
    two.same_as(&plain, Inputs::Same);

    let limited = swept(&desk, "limited", &["plain", "--memory-limit", "4GiB"]);
    limited.same_as(&plain, Inputs::Same);
    assert_eq!(limited.spilled, 0);

    // Too little to hold all of the records until the end.
    let tight = ["plain", "--memory-limit", "130MiB", "--threads", "2"];
    let aside = swept(&desk, "aside", &tight);
    aside.same_as(&plain, Inputs::Same);
    let records = plain.summary["totals"]["records"].as_u64().unwrap();
    assert!(aside.spilled > 130 * records, "{}", aside.spilled);

    let turned: Vec<&str> = files.iter().rev().map(String::as_str).collect();
    swept(&desk, "files_turned", &turned).same_as(&plain, Inputs::Same);

    for seed in 1..=2 {
        let mut dice = Dice(seed);
        let folder = format!("shuffled-{seed}");
        for (source, (header, rows)) in &population {
            let mut rows = rows.clone();
            dice.shuffle(&mut rows);
            write_csv(&desk, &format!("{folder}/{source}.csv"), header, &rows);
        }
        swept(&desk, &folder, &[&folder]).same_as(&plain, Inputs::Same);
    }

    spread(&desk, &population);
    let spread = swept(&desk, "spread", &["spread/late", "spread"]);
    spread.same_as(&plain, Inputs::Other);
    assert!(
        spread.summary["inputs"].as_array().unwrap().len()
            > plain.summary["inputs"].as_array().unwrap().len()
    );
}

#[test]
fn one_source_may_come_in_any_number_of_files() {
    let desk = Desk::new();
    let made = ["generate", "--persons", "300", "--seed", "6"];
    desk.yiren(&[&made[..], &["--out", "people"]].concat())
        .left(0);
    let (header, rows) = read_sources(&desk.path("people")).remove("dibao").unwrap();
    write_csv(&desk, "dibao.csv", &header, &rows);
    for (number, rows) in rows.chunks(50).rev().enumerate() {
        write_csv(
            &desk,
            &format!("parts/{number}/x{number}.csv"),
            &header,
            rows,
        );
    }
    let whole = swept(&desk, "whole", &["dibao.csv"]);
    let parts = swept(&desk, "parts-out", &["parts", "--source", "dibao"]);
    parts.same_as(&whole, Inputs::Other);
}

/// How many records are given three times.
const REPEATED: usize = 20;

/// Gives some Dibao records twice more: once with another name and the same time of change, so
/// that only the content can tell which to keep, and once with another name and an earlier one.
fn repeat_some(population: &mut Population) {
    let (header, rows) = population.get_mut("dibao").unwrap();
    let place = |column: &str| header.iter().position(|name| name == column).unwrap();
    let (name, updated_at) = (place("name"), place("updated_at"));
    let mut more = Vec::new();
    for row in rows.iter().step_by(7).take(REPEATED) {
        let with = |changes: &[(usize, &str)]| -> StringRecord {
            let cell = |(at, cell)| {
                let change = changes.iter().find(|(place, _)| *place == at);
                change.map_or(cell, |(_, text)| *text)
            };
            row.iter().enumerate().map(cell).collect()
        };
        more.push(with(&[(name, "欧阳某")]));
        more.push(with(&[(name, "上官某"), (updated_at, "2001-01-01")]));
    }
    rows.extend(more);
}

/// Spreads every source over files of several folders, formats and orders of columns.
fn spread(desk: &Desk, population: &Population) {
    let mut dice = Dice(9);
    for (source, (header, rows)) in population {
        let mut parts: [Vec<StringRecord>; 4] = Default::default();
        for row in rows {
            parts[dice.below(4)].push(row.clone());
        }
        let [first, second, third, fourth] = parts;
        write_csv(desk, &format!("spread/{source}.csv"), header, &first);
        let turned = |row: &StringRecord| row.iter().rev().collect::<StringRecord>();
        let second: Vec<StringRecord> = second.iter().map(turned).collect();
        let path = format!("spread/a/b/{source}.csv");
        write_csv(desk, &path, &turned(header), &second);
        // A folder named like a file gives its source to what is in it.
        let path = format!("spread/late/{source}.csv/part-1.csv");
        write_csv(desk, &path, header, &third);
        let lines: String = fourth.iter().map(|row| json_line(header, row)).collect();
        desk.write(&format!("spread/a/{source}.jsonl"), lines);
    }
}

/// A row as a line of JSON; empty cells are left out, as exporters do.
fn json_line(header: &StringRecord, row: &StringRecord) -> String {
    let cells = header.iter().zip(row).filter(|(_, cell)| !cell.is_empty());
    let object: serde_json::Map<String, Value> = cells
        .map(|(column, cell)| (column.to_string(), cell.into()))
        .collect();
    format!("{}\n", Value::Object(object))
}

struct Result {
    name: String,
    tables: BTreeMap<&'static str, String>,
    report: String,
    summary: Value,
    /// Bytes that went to disk meanwhile.
    spilled: u64,
}

/// Whether `inputs` of the summary, and the report's list of files, have to agree.
#[derive(Copy, Clone, PartialEq)]
enum Inputs {
    Same,
    Other,
}

fn swept(desk: &Desk, name: &str, arguments: &[&str]) -> Result {
    let out = format!("result-{name}");
    let fixed = ["--out", &out, "--as-of", "2026-06-30", "--pairs"];
    desk.yiren(&[&["sweep"], arguments, &fixed[..]].concat())
        .left(0);
    let tables = TABLES.map(|table| (table, desk.read(&format!("{out}/{table}"))));
    let mut summary: Value =
        serde_json::from_str(&desk.read(&format!("{out}/summary.json"))).unwrap();
    let run = summary.as_object_mut().unwrap().remove("run").unwrap();
    Result {
        name: name.to_string(),
        tables: tables.into(),
        report: desk.read(&format!("{out}/report.html")),
        summary,
        spilled: run["spilled_bytes"].as_u64().unwrap(),
    }
}

impl Result {
    fn same_as(&self, other: &Result, inputs: Inputs) {
        for (table, text) in &self.tables {
            assert!(text.lines().count() > 1, "{}: {table} is empty", self.name);
            self.same_text(other, table, text, &other.tables[table]);
        }
        let [mut ours, mut theirs] = [&self.summary, &other.summary].map(Value::clone);
        if inputs == Inputs::Other {
            for summary in [&mut ours, &mut theirs] {
                summary.as_object_mut().unwrap().remove("inputs").unwrap();
            }
        }
        let [ours, theirs] =
            [ours, theirs].map(|summary| serde_json::to_string_pretty(&summary).unwrap());
        self.same_text(other, "summary.json", &ours, &theirs);
        if inputs == Inputs::Same {
            self.same_text(other, "report.html", &self.report, &other.report);
        }
    }

    fn same_text(&self, other: &Result, file: &str, ours: &str, theirs: &str) {
        if ours == theirs {
            return;
        }
        let lines = ours.lines().zip(theirs.lines()).enumerate();
        let first = lines.into_iter().find(|(_, (ours, theirs))| ours != theirs);
        panic!(
            "{file} of {} and {} differ: {first:?} of {} and {} lines",
            self.name,
            other.name,
            ours.lines().count(),
            theirs.lines().count()
        );
    }
}

fn read_sources(folder: &Path) -> Population {
    let mut population = Population::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let source = path.file_stem().unwrap().to_string_lossy().into_owned();
        if !source.starts_with("tru") {
            population.insert(source, table(&path));
        }
    }
    population
}

fn write_csv(desk: &Desk, name: &str, header: &StringRecord, rows: &[StringRecord]) {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in std::iter::once(header).chain(rows) {
        writer.write_record(row).unwrap();
    }
    desk.write(name, writer.into_inner().unwrap());
}

/// SplitMix64 (Steele, Lea, Flood 2014): a seeded shuffle that never changes.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) % bound as u64) as usize
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}
