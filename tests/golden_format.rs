//! `golden-datasets/cases` is what its README says: pairs complete, ids unique, columns
//! canonical, verdicts known, and enough of each.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

const CASE_COLUMNS: [&str; 4] = ["case", "verdict", "reason", "side"];
/// DESIGN §4, in the order in which they stand in the files.
const CANONICAL: [&str; 23] = [
    "source",
    "record_id",
    "national_id",
    "documents",
    "name",
    "former_name",
    "sex",
    "ethnicity",
    "birth_date",
    "hukou_address",
    "residence_address",
    "hukou_division",
    "office_division",
    "household_id",
    "relation_to_head",
    "mother_name",
    "phone",
    "bank_account",
    "status",
    "start_date",
    "end_date",
    "monthly_amount",
    "updated_at",
];
const VERDICTS: [&str; 5] = [
    "link",
    "link|review",
    "review",
    "review|non-link",
    "non-link",
];
const SOURCES: [&str; 11] = [
    "dibao",
    "tekun",
    "medical",
    "housing",
    "education",
    "employment",
    "disaster",
    "temporary",
    "deaths",
    "payroll",
    "population",
];

/// What has been seen in the files so far, and what is wrong with them.
#[derive(Default)]
struct Checker {
    cases: HashSet<String>,
    record_ids: HashSet<String>,
    pairs: HashSet<Vec<String>>,
    verdicts: BTreeMap<String, usize>,
    errors: Vec<String>,
}

impl Checker {
    fn file(&mut self, name: &str, text: &str) {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let header: Vec<String> = reader
            .headers()
            .unwrap()
            .iter()
            .map(str::to_owned)
            .collect();
        let places: Vec<_> = header
            .iter()
            .skip(4)
            .map(|h| CANONICAL.iter().position(|c| c == h))
            .collect();
        if header.len() < 7
            || header[..4] != CASE_COLUMNS
            || header[4..6] != CANONICAL[..2]
            || places.contains(&None)
            || !places.is_sorted_by(|a, b| a < b)
        {
            self.errors.push(format!("{name}: columns {header:?}"));
            return;
        }
        let mut rows = Vec::new();
        for row in reader.records() {
            match row {
                Ok(row) => rows.push(row.iter().map(str::to_owned).collect::<Vec<_>>()),
                Err(error) => self.errors.push(format!("{name}: {error}")),
            }
        }
        for pair in rows.chunks(2) {
            let case = pair[0][0].clone();
            for error in self.pair(pair) {
                self.errors.push(format!("{name}: {case}: {error}"));
            }
        }
        for (column, heading) in header.iter().enumerate() {
            if rows.iter().all(|row| row[column].is_empty()) {
                self.errors
                    .push(format!("{name}: column {heading} is never filled"));
            }
        }
    }

    fn pair(&mut self, pair: &[Vec<String>]) -> Vec<&'static str> {
        let mut errors = Vec::new();
        let mut ensure = |holds: bool, error| {
            if !holds {
                errors.push(error);
            }
        };
        let [a, b] = pair else {
            return vec!["one row only"];
        };
        let (case, verdict, reason) = (&a[0], &a[1], &a[2]);
        ensure(
            a[..3] == b[..3],
            "case, verdict or reason differ between the sides",
        );
        ensure(a[3] == "a" && b[3] == "b", "sides are not a and b");
        ensure(
            !case.is_empty()
                && case
                    .bytes()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-'),
            "the name of a case is lower-case words joined by -",
        );
        ensure(self.cases.insert(case.clone()), "the name is used twice");
        ensure(VERDICTS.contains(&verdict.as_str()), "unknown verdict");
        ensure(
            reason.starts_with(|c: char| c.is_ascii_uppercase())
                && reason.ends_with('.')
                && reason.len() >= 20,
            "the reason is not a sentence",
        );
        for row in pair {
            ensure(SOURCES.contains(&row[4].as_str()), "unknown source");
            ensure(
                !row[5].is_empty() && self.record_ids.insert(row[5].clone()),
                "record_id missing or used twice",
            );
        }
        let values = |row: &[String]| [&row[4..5], &row[6..]].concat();
        ensure(
            self.pairs.insert([values(a), values(b)].concat()),
            "a copy of another case",
        );
        *self.verdicts.entry(verdict.clone()).or_default() += 1;
        errors
    }
}

#[test]
fn cases_are_well_formed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden-datasets/cases");
    let mut checker = Checker::default();
    let mut groups = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        assert!(name.ends_with(".csv"), "{name} is no group of cases");
        checker.file(&name, &std::fs::read_to_string(&path).unwrap());
        groups += 1;
    }
    checker.errors.sort();
    assert!(checker.errors.is_empty(), "\n{}", checker.errors.join("\n"));

    let all: usize = checker.verdicts.values().sum();
    let share = |verdicts: &[&str]| {
        100 * verdicts.iter().map(|v| checker.verdicts[*v]).sum::<usize>() / all
    };
    assert!(all >= 610, "{all} cases");
    assert!(groups >= 50, "{groups} groups");
    assert!(share(&["link"]) >= 35, "{:?}", checker.verdicts);
    assert!(share(&["non-link"]) >= 30, "{:?}", checker.verdicts);
    assert!(share(&["review"]) >= 15, "{:?}", checker.verdicts);
    assert!(
        share(&["link|review", "review|non-link"]) < 12,
        "{:?}",
        checker.verdicts
    );
}

#[test]
fn a_fault_is_found() {
    const HEADER: &str = "case,verdict,reason,side,source,record_id,name\n";
    const A: &str = "one,link,The names agree in full.,a,dibao,X1,张三\n";
    const B: &str = "one,link,The names agree in full.,b,tekun,X2,张三\n";
    // Text of a file, and a part of the one error it has; empty if it has none.
    let cases = [
        (format!("{HEADER}{A}{B}"), ""),
        (format!("{HEADER}{A}"), "one row only"),
        (
            format!("{HEADER}{A}{}", B.replace("one", "two")),
            "differ between the sides",
        ),
        (
            format!("{HEADER}{A}{}", B.replace(",b,", ",a,")),
            "sides are not a and b",
        ),
        (
            format!("{HEADER}{A}{}", B.replace("X2", "X1")),
            "used twice",
        ),
        (
            format!("{HEADER}{A}{}", B.replace("tekun", "tax")),
            "unknown source",
        ),
        (
            format!("{HEADER}{A}{B}").replace("link", "maybe"),
            "unknown verdict",
        ),
        (
            format!("{HEADER}{A}{B}").replace("full.", "full"),
            "not a sentence",
        ),
        (
            format!("{HEADER}{A}{B}").replace("one", "One"),
            "lower-case words",
        ),
        (
            format!("{HEADER}{A}{B}").replace("张三", ""),
            "never filled",
        ),
        (format!("{HEADER}{A}{B}").replace("name", "nom"), "columns"),
        (
            format!("{HEADER}{A}{}", B.replace("张三", "张三,1")),
            "fields",
        ),
        (
            format!(
                "{HEADER}{A}{B}{}",
                format!("{A}{B}").replace("one", "two").replace("X", "Y")
            ),
            "a copy of another",
        ),
    ];
    for (text, expected) in cases {
        let mut checker = Checker::default();
        checker.file("test.csv", &text);
        let found = checker.errors.join("\n");
        assert!(
            found.contains(expected) && found.is_empty() == expected.is_empty(),
            "{text}{found}"
        );
    }
}
