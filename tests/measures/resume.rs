//! A sweep that goes on from what another kept comes to the same bytes as one that was never stopped.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use yiren::standardise::PutAside;
use yiren::sweep::{Progress, Silent, SweepError, SweepOptions, SweepPhase, sweep};
use yiren::unfinished::NAME;
use yiren_matchers::model::MatchWeight;

use super::aside::{options, people, written};

/// Bytes of the file before its first piece.
const HEAD: usize = 32;

type Files = BTreeMap<String, Vec<u8>>;

/// Looks at what is kept, at the beginning and once all pairs are weighed.
struct Watch {
    file: PathBuf,
    found: AtomicU64,
    kept: Mutex<Vec<u8>>,
}

impl Progress for Watch {
    fn phase(&self, phase: SweepPhase) {
        if phase == SweepPhase::Cluster {
            *self.kept.lock().unwrap() = fs::read(&self.file).unwrap();
        }
    }

    fn done(&self, _: u64, _: u64) {}

    fn kept(&self, bytes: u64) {
        self.found.store(bytes, Ordering::Relaxed);
    }
}

/// What a sweep that may go on from `kept` wrote; bytes that it found, and what it kept in the end.
fn resumed(mut options: SweepOptions, kept: &[u8]) -> (Files, u64, Vec<u8>) {
    options.resume = true;
    fs::create_dir_all(&options.out).unwrap();
    let file = options.out.join(NAME);
    fs::write(&file, kept).unwrap();
    let watch = Watch {
        file: file.clone(),
        found: AtomicU64::new(u64::MAX),
        kept: Mutex::default(),
    };
    let swept = sweep(&options, &watch).unwrap();
    assert!(!file.exists(), "what is finished is not kept");
    let files = written(&swept, &options.out);
    let found = watch.found.into_inner();
    (files, found, watch.kept.into_inner().unwrap())
}

fn never_stopped(options: &SweepOptions) -> Files {
    let swept = sweep(options, &Silent).unwrap();
    assert!(swept.summary.totals.findings > 50);
    written(&swept, &options.out)
}

fn same(found: &Files, expected: &Files, of: &str) {
    assert!(found.keys().eq(expected.keys()), "{:?}", found.keys());
    for (file, bytes) in found {
        assert!(*bytes == expected[file], "{file} differs, {of}");
    }
}

#[test]
fn wherever_it_was_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("people");
    people(&input);
    let out = |name: &str| folder.path().join(name);
    let of = |name: &str| options(&input, &out(name), None);
    let expected = never_stopped(&of("never"));

    let (files, found, whole) = resumed(of("from-nothing"), &[]);
    same(&files, &expected, "kept and not stopped");
    assert_eq!(found, 0);
    // Values, an enrolment and an id, and more.
    let records = files["entities.csv"]
        .iter()
        .filter(|&&b| b == b'\n')
        .count()
        - 1;
    assert!(whole.len() > 60 * records, "{}", whole.len());

    // All of it: nothing is done again that is kept.
    let (files, found, kept) = resumed(of("from-all"), &whole);
    same(&files, &expected, "from all");
    assert!(found > 60 * records as u64);
    assert!(kept == whole, "{} grew to {}", whole.len(), kept.len());

    // A part of it, some cut off within a piece.
    for part in 1..=8 {
        let part = HEAD + 1 + (whole.len() - HEAD - 2) * part / 8;
        let (files, found, kept) = resumed(of("from-a-part"), &whole[..part]);
        same(&files, &expected, &format!("from {part} bytes"));
        assert!((found as usize) < part);
        // The same pieces, in another order.
        assert_eq!(kept.len(), whole.len());
    }

    // Damaged in the middle, on several threads, with records put aside.
    let mut damaged = whole.clone();
    damaged[whole.len() / 2] ^= 0x20;
    let aside = PutAside {
        folder: out("aside"),
        limit: 0,
        later_a_record: 0,
    };
    let mut tight = options(&input, &out("aside"), Some(aside));
    tight.load.threads = 3;
    let (files, found, _) = resumed(tight, &damaged);
    same(&files, &expected, "damaged and put aside");
    assert!(found > 0);
}

#[test]
fn what_changed_meanwhile_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("people");
    people(&input);
    let out = |name: &str| folder.path().join(name);
    let of = |name: &str| options(&input, &out(name), None);
    let (_, _, whole) = resumed(of("first"), &[]);

    // Another model makes other pieces of the same records.
    let mut other = of("other-model");
    other.model.thresholds.report = MatchWeight(other.model.thresholds.report.0 - 3.0);
    let (files, found, _) = resumed(other.clone(), &whole);
    assert_eq!(found, 0);
    other.out = out("other-model-never");
    same(&files, &never_stopped(&other), "another model");

    // A file changed: its batch and the weights are made anew, the other batches are not.
    let tekun = input.join("tekun.csv");
    let text = fs::read_to_string(&tekun).unwrap();
    let without_last = text.trim_end().rsplit_once('\n').unwrap().0;
    fs::write(&tekun, without_last).unwrap();
    let (files, found, kept) = resumed(of("other-file"), &whole);
    same(
        &files,
        &never_stopped(&of("other-file-never")),
        "a changed file",
    );
    assert_eq!(found as usize + 40 * pieces(&whole) + HEAD, whole.len());
    assert!(kept.starts_with(&whole));
    assert!(kept.len() > whole.len() && kept.len() < 2 * whole.len());
}

/// How many pieces there are, by the length that stands before each.
fn pieces(kept: &[u8]) -> usize {
    let mut rest = &kept[HEAD..];
    let mut count = 0;
    while let Some((before, after)) = rest.split_at_checked(40) {
        let bytes = u64::from_le_bytes(before[16..24].try_into().unwrap());
        rest = &after[bytes as usize..];
        count += 1;
    }
    count
}

#[test]
fn only_one_goes_on_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("people");
    people(&input);
    let mut options = options(&input, &folder.path().join("out"), None);
    options.resume = true;
    fs::create_dir_all(&options.out).unwrap();
    let held = lock(&options.out.join(NAME));
    let failed = sweep(&options, &Silent).unwrap_err();
    assert!(matches!(failed, SweepError::Scratch(_)), "{failed}");
    assert!(failed.to_string().contains("another sweep"), "{failed}");
    drop(held);
    sweep(&options, &Silent).unwrap();
}

fn lock(file: &Path) -> fs::File {
    let file = fs::File::create(file).unwrap();
    file.try_lock().unwrap();
    file
}
