//! A sweep comes to the same bytes whether its records stay in memory or are put aside.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use csv::StringRecord;
use yiren::generate::{ErrorMix, Options, generate};
use yiren::policy::Policy;
use yiren::schema::read_model;
use yiren::standardise::{LoadError, LoadOptions, PutAside};
use yiren::sweep::{Silent, SweepError, SweepOptions, Swept, sweep};
use yiren_matchers::model::ModelParts;
use yiren_matchers::normalise::date::Date;

/// Records that are given again.
const REPEATED: usize = 25;

/// A population with many errors, of which some records come three or four times: with another
/// name, with an earlier date of change, and once more as they are, in a file of their own.
pub(super) fn people(folder: &Path) {
    let options = Options {
        persons: 1500,
        seed: 7,
        errors: ErrorMix::heavy(),
        ..Options::default()
    };
    generate(&options, folder, &|_| {}).unwrap();
    for truth in ["truth.csv", "true_findings.csv"] {
        fs::remove_file(folder.join(truth)).unwrap();
    }
    let file = folder.join("dibao.csv");
    let mut reader = csv::Reader::from_path(&file).unwrap();
    let header = reader.headers().unwrap().clone();
    let rows: Vec<StringRecord> = reader.records().map(Result::unwrap).collect();
    let place = |column: &str| header.iter().position(|name| name == column).unwrap();
    let (name, changed) = (place("name"), place("updated_at"));
    let with = |row: &StringRecord, changes: &[(usize, &str)]| -> StringRecord {
        let cell = |(at, cell)| {
            let change = changes.iter().find(|(place, _)| *place == at);
            change.map_or(cell, |(_, text)| *text)
        };
        row.iter().enumerate().map(cell).collect()
    };
    let repeated = || rows.iter().step_by(11).take(REPEATED);
    let write = |path: &Path, rows: &mut dyn Iterator<Item = StringRecord>| {
        let mut writer = csv::Writer::from_path(path).unwrap();
        writer.write_record(&header).unwrap();
        rows.for_each(|row| writer.write_record(&row).unwrap());
        writer.flush().unwrap();
    };
    let other = repeated().map(|row| with(row, &[(name, "欧阳某")]));
    let earlier = repeated().map(|row| with(row, &[(name, "上官某"), (changed, "2001-01-01")]));
    let later = repeated().map(|row| with(row, &[(name, "诸葛某"), (changed, "2026-01-01")]));
    write(&file, &mut rows.iter().cloned().chain(other).chain(earlier));
    fs::create_dir_all(folder.join("late/dibao.csv")).unwrap();
    let again = repeated().cloned();
    let some = later.step_by(3);
    write(&folder.join("late/dibao.csv/1.csv"), &mut again.chain(some));
}

/// With caps so low that most blocks are over them.
fn model() -> ModelParts {
    ModelParts {
        block_cap: 3,
        ..read_model(None).unwrap()
    }
}

pub(super) fn options(people: &Path, out: &Path, put_aside: Option<PutAside>) -> SweepOptions {
    SweepOptions {
        inputs: vec![people.into()],
        out: out.into(),
        model: model(),
        policy: Policy::shipped(),
        as_of: Date::new(2026, 6, 30).unwrap(),
        pairs: true,
        resume: false,
        load: LoadOptions {
            put_aside,
            ..LoadOptions::default()
        },
    }
}

/// What a sweep wrote, by file, but for what it cost.
pub(super) fn written(swept: &Swept, out: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files: BTreeMap<String, Vec<u8>> = fs::read_dir(out)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read(path).unwrap())
        })
        .collect();
    let mut summary = swept.summary.clone();
    summary.run = Default::default();
    let summary = serde_json::to_vec(&summary).unwrap();
    files.insert("summary.json".to_string(), summary);
    files
}

#[test]
fn a_sweep_is_the_same_whatever_is_put_aside() {
    let folder = tempfile::tempdir().unwrap();
    let people_in = folder.path().join("people");
    people(&people_in);
    let out = folder.path().join("in-memory");
    let swept = sweep(&options(&people_in, &out, None), &Silent).unwrap();
    assert_eq!(swept.summary.run.spilled_bytes, 0);
    let totals = swept.summary.totals.clone();
    assert_eq!(
        totals.rejected,
        3 * REPEATED as u64 + REPEATED.div_ceil(3) as u64
    );
    assert!(
        totals.findings > 50 && totals.review_pairs > 5,
        "{totals:?}"
    );
    let rules = &swept.summary.blocking.rules;
    assert!(rules.iter().any(|rule| rule.cut_pairs > 100));
    let expected = written(&swept, &out);
    assert_eq!(expected.len(), 7, "{:?}", expected.keys());

    let at_once = (0, 0);
    // More than a process holds, less than a thousand records take: put aside half way.
    let half_way = (1 << 50, 1 << 40);
    for (place, (limit, later_a_record), threads) in
        [(0, at_once, 1), (1, at_once, 3), (2, half_way, 2)]
    {
        let out = folder.path().join(format!("aside-{place}"));
        let put_aside = PutAside {
            folder: out.clone(),
            limit,
            later_a_record,
        };
        let mut options = options(&people_in, &out, Some(put_aside));
        options.load.threads = threads;
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let pool = pool.build().unwrap();
        let swept = pool.install(|| sweep(&options, &Silent)).unwrap();
        let found = written(&swept, &out);
        assert!(found.keys().eq(expected.keys()), "{:?}", found.keys());
        for (file, bytes) in &found {
            assert!(*bytes == expected[file], "{file} differs, {place}");
        }
        // An enrolment, where it came from, its place, and the values.
        let least = (45 + 16 + 4 + 72) * totals.records;
        assert!(swept.summary.run.spilled_bytes > least);
    }
}

#[test]
fn a_folder_that_cannot_take_records_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let people_in = folder.path().join("people");
    people(&people_in);
    let out = folder.path().join("out");
    for (limit, later_a_record) in [(0, 0), (1 << 50, 1 << 40)] {
        let put_aside = PutAside {
            folder: folder.path().join("not/there"),
            limit,
            later_a_record,
        };
        let options = options(&people_in, &out, Some(put_aside));
        let failed = sweep(&options, &Silent).unwrap_err();
        assert!(
            matches!(failed, SweepError::Load(LoadError::Scratch(_))),
            "{failed}"
        );
        assert!(failed.to_string().contains("choose another --out"));
        assert_eq!(fs::read_dir(&out).unwrap().count(), 0);
    }
}
