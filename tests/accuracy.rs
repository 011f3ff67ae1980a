//! How well a sweep does, held to floors about a point under what was measured, so that a
//! regression shows.
#![expect(
    clippy::unwrap_used,
    reason = "a test may stop at the first thing that is not there"
)]

use std::collections::BTreeSet;
use std::path::Path;

use yiren::generate::{ErrorMix, Options, generate};
use yiren::policy::Policy;
use yiren::report::evaluation::Evaluation;
use yiren::schema::read_model;
use yiren::standardise::LoadOptions;
use yiren::sweep::{Silent, SweepOptions, sweep};
use yiren_matchers::normalise::date::Date;

/// The kinds that a population's truth lists.
const TRUE_KINDS: [&str; 5] = [
    "duplicate_enrolment",
    "repeat_enrolment",
    "exclusive_overlap",
    "paid_after_death",
    "excluded_by_payroll",
];

/// The least that is good enough.
struct Floor {
    f1: f64,
    findings: f64,
}

/// Sweeps a folder that holds a population with its truth, as of 2026-06-30.
fn check(name: &str, population: &Path, floor: &Floor) {
    let out = tempfile::tempdir().unwrap();
    let options = SweepOptions {
        inputs: vec![population.to_path_buf()],
        out: out.path().to_path_buf(),
        model: read_model(None).unwrap(),
        policy: Policy::shipped(),
        as_of: Date::new(2026, 6, 30).unwrap(),
        pairs: false,
        resume: false,
        load: LoadOptions::default(),
    };
    sweep(&options, &Silent).unwrap();
    let labels = |file: &Path| {
        let rows = rows(file).into_iter();
        rows.map(|row| ((row[0].to_string(), row[1].to_string()), row[2].to_string()))
            .collect::<Vec<_>>()
    };
    let evaluation = Evaluation::of_labels(
        labels(&out.path().join("entities.csv")),
        labels(&population.join("truth.csv")),
    );
    assert_eq!(
        (
            evaluation.missing_from_prediction,
            evaluation.missing_from_truth
        ),
        (0, 0),
        "{name}"
    );
    let pairs = &evaluation.pairwise.accuracy;

    let truth = rows(&population.join("true_findings.csv"));
    let truth: BTreeSet<Finding> = truth
        .iter()
        .map(|row| finding(&row[0], &row[2], &row[3]))
        .collect();
    let found = rows(&out.path().join("findings.csv"));
    let found: BTreeSet<Finding> = found
        .iter()
        .filter(|row| TRUE_KINDS.contains(&&row[1]))
        .map(|row| {
            let record = |source: &str, id: &str| format!("{source}:{id}");
            finding(
                &row[1],
                &record(&row[4], &row[5]),
                &record(&row[6], &row[7]),
            )
        })
        .collect();
    let right = found.intersection(&truth).count() as f64;
    let precision = right / found.len() as f64;
    let recall = right / truth.len() as f64;
    println!(
        "{name}: pairs P {:.4} R {:.4} F1 {:.4}; findings {} true, {} found, P {precision:.4} R {recall:.4}",
        pairs.precision,
        pairs.recall,
        pairs.f1,
        truth.len(),
        found.len()
    );
    assert!(
        truth.len() > 50,
        "{name}: only {} true findings",
        truth.len()
    );
    assert!(pairs.f1 >= floor.f1, "{name}: F1 {:.4}", pairs.f1);
    assert!(
        precision >= floor.findings && recall >= floor.findings,
        "{name}: findings P {precision:.4} R {recall:.4}"
    );
}

/// Kind and the two records, the lower one first.
type Finding = (String, String, String);

fn finding(kind: &str, a: &str, b: &str) -> Finding {
    (kind.to_string(), a.min(b).to_string(), a.max(b).to_string())
}

fn rows(file: &Path) -> Vec<csv::StringRecord> {
    let mut reader = csv::Reader::from_path(file).unwrap();
    reader.records().map(Result::unwrap).collect()
}

fn check_generated(name: &str, errors: ErrorMix, national_id: bool, floor: &Floor) {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        persons: 4_000,
        seed: 11,
        errors,
        national_id,
        ..Options::default()
    };
    generate(&options, folder.path(), &|_| {}).unwrap();
    check(name, folder.path(), floor);
}

#[test]
fn the_usual_mix() {
    let floor = Floor {
        f1: 0.986,
        findings: 0.965,
    };
    check_generated("usual mix", ErrorMix::usual(), true, &floor);
}

#[test]
fn the_heavy_mix_without_id_numbers() {
    let floor = Floor {
        f1: 0.973,
        findings: 0.92,
    };
    check_generated("heavy mix, no ID", ErrorMix::heavy(), false, &floor);
}

/// The populations that the project is measured on, where they lie beside the clone.
#[test]
fn the_populations_beside_the_clone() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    for (name, f1) in [("population-dev", 0.97), ("population-noid-dev", 0.88)] {
        let population = data.join(name);
        if !population.is_dir() {
            println!("{name}: skipped, it is not there");
            continue;
        }
        let floor = Floor { f1, findings: 0.95 };
        check(name, &population, &floor);
    }
}
