//! Every golden case, by the scorer directly and through a whole sweep.
//!
//! `golden-datasets/README.md` says what a case is. A verdict of `link|review` allows both. The
//! cases that the shipped model does not get right are listed in `golden-datasets/exemptions.csv`
//! with the verdict they get and the reason; a case that is listed and right, or wrong in another
//! way, is an error too, so that the list stays true.
#![expect(
    clippy::unwrap_used,
    reason = "a test may stop at the first thing that is not there"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use yiren::explain::explain_texts;
use yiren::policy::Policy;
use yiren::schema::read_model;
use yiren::standardise::LoadOptions;
use yiren::sweep::{Silent, SweepOptions, sweep};
use yiren_matchers::normalise::date::Date;

type Record = Vec<(String, String)>;

struct Case {
    name: String,
    group: String,
    verdict: String,
    sides: [Record; 2],
}

impl Case {
    fn allows(&self, verdict: &str) -> bool {
        self.verdict.split('|').any(|allowed| allowed == verdict)
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden-datasets")
}

fn cases() -> Vec<Case> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder().join("cases"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let mut cases = Vec::new();
    for file in files
        .iter()
        .filter(|file| file.extension().is_some_and(|ending| ending == "csv"))
    {
        let mut reader = csv::Reader::from_path(file).unwrap();
        let headers: Vec<String> = reader.headers().unwrap().iter().map(String::from).collect();
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        for pair in rows.chunks(2) {
            let cell = |row: &csv::StringRecord, column: &str| {
                let place = headers.iter().position(|header| header == column).unwrap();
                row.get(place).unwrap().to_string()
            };
            let record = |row: &csv::StringRecord| -> Record {
                headers
                    .iter()
                    .cloned()
                    .zip(row.iter().map(String::from))
                    .skip(4)
                    .collect()
            };
            cases.push(Case {
                name: cell(&pair[0], "case"),
                group: file.file_stem().unwrap().to_string_lossy().into_owned(),
                verdict: cell(&pair[0], "verdict"),
                sides: [record(&pair[0]), record(&pair[1])],
            });
        }
    }
    assert!(cases.len() >= 610, "only {} cases", cases.len());
    cases
}

/// Case → the verdict that it gets by a route.
fn exemptions(route: &str) -> BTreeMap<String, String> {
    let mut reader = csv::Reader::from_path(folder().join("exemptions.csv")).unwrap();
    let rows = reader.records().map(|row| row.unwrap());
    rows.filter(|row| &row[1] == route)
        .map(|row| (row[0].to_string(), row[2].to_string()))
        .collect()
}

/// Fails with every case whose verdict is not allowed, unless it is exempted with that verdict.
fn check(route: &str, cases: &[Case], verdicts: impl Fn(&Case) -> String) {
    let exempted = exemptions(route);
    let mut wrong = Vec::new();
    let mut groups: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    for case in cases {
        let verdict = verdicts(case);
        let right = case.allows(&verdict);
        let count = groups.entry(&case.group).or_default();
        count.0 += u32::from(right);
        count.1 += 1;
        let known = exempted.get(&case.name);
        if right && known.is_some() {
            wrong.push(format!(
                "{}: right by {route}; take it off exemptions.csv",
                case.name
            ));
        } else if !right && known != Some(&verdict) {
            wrong.push(format!(
                "{},{route},{verdict},not {}",
                case.name, case.verdict
            ));
        }
    }
    for (group, (right, all)) in &groups {
        println!("{route} {group}: {right} of {all}");
    }
    let names: BTreeSet<&str> = cases.iter().map(|case| case.name.as_str()).collect();
    for unknown in exempted
        .keys()
        .filter(|name| !names.contains(name.as_str()))
    {
        wrong.push(format!(
            "{unknown}: no such case; take it off exemptions.csv"
        ));
    }
    assert!(
        wrong.is_empty(),
        "{route}: {} cases are wrong\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn the_scorer_gives_the_verdict_of_every_case() {
    let model = read_model(None).unwrap();
    let cases = cases();
    check("scorer", &cases, |case| {
        explain_texts(&model, &case.sides[0], &case.sides[1])
            .verdict
            .to_string()
    });
}

#[test]
fn a_sweep_gives_the_verdict_of_every_case() {
    let cases = cases();
    let input = tempfile::tempdir().unwrap();
    let out = tempfile::tempdir().unwrap();
    write_population(&cases, input.path());
    let mut model = read_model(None).unwrap();
    // The cases are from all over the country, not from one place of a few hundred records.
    model.least_records = model.reference_records;
    let options = SweepOptions {
        inputs: vec![input.path().to_path_buf()],
        out: out.path().to_path_buf(),
        model,
        policy: Policy::shipped(),
        as_of: Date::new(2026, 6, 30).unwrap(),
        pairs: false,
        resume: false,
        load: LoadOptions::default(),
    };
    let swept = sweep(&options, &Silent).unwrap();
    assert_eq!(swept.summary.totals.records, 2 * cases.len() as u64);

    let rows = |name: &str| -> Vec<csv::StringRecord> {
        csv::Reader::from_path(out.path().join(name))
            .unwrap()
            .records()
            .map(Result::unwrap)
            .collect()
    };
    let key = |source: &str, record: &str| format!("{source}:{record}");
    let entities: BTreeMap<String, String> = rows("entities.csv")
        .iter()
        .map(|row| (key(&row[0], &row[1]), row[2].to_string()))
        .collect();
    let review: BTreeSet<[String; 2]> = rows("review.csv")
        .iter()
        .map(|row| {
            let mut pair = [key(&row[0], &row[1]), key(&row[2], &row[3])];
            pair.sort();
            pair
        })
        .collect();
    check("sweep", &cases, |case| {
        let mut names = case.sides.clone().map(|side| {
            let cell = |column: &str| {
                side.iter()
                    .find(|(name, _)| name == column)
                    .unwrap()
                    .1
                    .clone()
            };
            key(&cell("source"), &cell("record_id"))
        });
        names.sort();
        let verdict = if entities[&names[0]] == entities[&names[1]] {
            "link"
        } else if review.contains(&names) {
            "review"
        } else {
            "non-link"
        };
        verdict.to_string()
    });
}

/// One JSON Lines file a source, with all columns of all groups.
fn write_population(cases: &[Case], folder: &Path) {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for side in cases.iter().flat_map(|case| &case.sides) {
        let source = side
            .iter()
            .find(|(column, _)| column == "source")
            .unwrap()
            .1
            .clone();
        let object: serde_json::Map<String, serde_json::Value> = side
            .iter()
            .filter(|(column, _)| column != "source")
            .map(|(column, value)| (column.clone(), value.clone().into()))
            .collect();
        let line = serde_json::to_string(&object).unwrap();
        files.entry(source).or_default().push_str(&(line + "\n"));
    }
    for (source, text) in files {
        fs::write(folder.join(format!("{source}.jsonl")), text).unwrap();
    }
}
