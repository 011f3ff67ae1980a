//! A disk that takes no more.

use std::fs;
use std::path::Path;
use std::process::Command;

use yiren::resolve::{Change, Op, ResolveError, apply, stash};
use yiren::store::{Cells, OpenOptions, Store, StoreError};

use super::child::{Other, say, text, through_shell};
use super::history::{assert_sound, busy_options, resolve_anew};
use super::people::{create, engine, options, recording};

/// Records that come in one go.
const RECORDS: u64 = 20;

/// A record of nobody in particular, whose text does not get smaller by compression.
fn record(number: u64) -> Change {
    let mut noise = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let text: String = std::iter::repeat_with(|| {
        noise ^= noise << 13;
        noise ^= noise >> 7;
        noise ^= noise << 17;
        format!("{noise:016x}")
    })
    .take(24)
    .collect();
    let cells = [
        ("name", "王芳"),
        ("birth_date", "1990-01-01"),
        ("note", &text),
    ];
    Change {
        source: "dibao".into(),
        record_id: format!("F{number}").into(),
        op: Op::Upsert(Cells::of(cells.into_iter())),
    }
}

fn batch(number: u64) -> Vec<Change> {
    (number * RECORDS..(number + 1) * RECORDS)
        .map(record)
        .collect()
}

/// What is written until the disk is full.
fn write(store: &Store, what: &str, number: u64) -> Result<(), ResolveError> {
    match what {
        "records" => apply(store, &engine(store), &batch(number), &recording()).map(drop),
        _ => stash(store, &batch(number), &recording()).map(drop),
    }
}

/// Writes until that fails; what was acknowledged, and nothing else, must then be what is read,
/// and no more may be written. Returns how many writes were acknowledged.
fn write_until_full(store: &Store, what: &str) -> u64 {
    let mut written = 0;
    let error = loop {
        let (commit, _) = store.view().commit().unwrap();
        match write(store, what, written) {
            Ok(()) => written += 1,
            Err(error) => {
                let view = store.view();
                assert_eq!(
                    view.commit().unwrap().0,
                    commit,
                    "a commit that failed is served"
                );
                let first = view
                    .find("dibao", &format!("F{}", written * RECORDS))
                    .unwrap();
                assert!(
                    first.record.is_none(),
                    "a record that was not acknowledged is served"
                );
                break error;
            }
        }
        say(&format!("written {written}"));
        assert!(written < 5_000, "the disk never gets full");
    };
    assert!(
        matches!(error, ResolveError::Store(StoreError::Disk { .. })),
        "{error:?}"
    );
    say(&format!("error {error}"));
    for refused in [
        write(store, what, written),
        resolve_anew(store, true, &recording()),
    ] {
        assert!(
            matches!(refused, Err(ResolveError::Store(StoreError::Disk { .. }))),
            "{refused:?}"
        );
    }
    assert_eq!(store.view().check().unwrap().faults, []);
    written
}

/// What a process does that may not write files as large as it wants.
pub fn fill(told: &[&str]) {
    let &[folder, what, log] = told else {
        panic!("{told:?}")
    };
    let options = OpenOptions {
        log: log.parse().unwrap(),
        ..options()
    };
    let store = Store::open(Path::new(folder), &options).unwrap();
    write_until_full(&store, what);
    say("ended");
}

/// What a process does that has a small disk for itself: it fills it, makes room, and goes on.
pub fn fill_and_free(told: &[&str]) {
    let &[disk, what] = told else {
        panic!("{told:?}")
    };
    let folder = Path::new(disk).join("store");
    let ballast = Path::new(disk).join("ballast");
    drop(create(&folder));
    let store = Store::open(&folder, &busy_options()).unwrap();
    resolve_anew(&store, true, &recording()).unwrap();
    fs::write(&ballast, vec![1; 4 << 20]).unwrap();
    let written = write_until_full(&store, what);
    drop(store);
    fs::remove_file(&ballast).unwrap();
    go_on(&folder, written);
    say("ended");
}

/// Opens a store after there is room again: all that was acknowledged is there, and more can come.
fn go_on(folder: &Path, batches: u64) {
    let store = Store::open(folder, &options()).unwrap();
    let found = store.view().state().unwrap().records;
    assert!(
        [batches * RECORDS, (batches + 1) * RECORDS].contains(&found),
        "{found} of {batches}"
    );
    for number in 0..batches * RECORDS {
        let change = record(number);
        let stored = store
            .view()
            .find("dibao", &change.record_id)
            .unwrap()
            .current();
        let Op::Upsert(cells) = change.op else {
            panic!()
        };
        assert_eq!(stored.map(|record| record.cells), Some(cells));
    }
    resolve_anew(&store, true, &recording()).unwrap();
    apply(&store, &engine(&store), &batch(10_000), &recording()).unwrap();
    assert_sound(&store, &recording());
}

/// Starts a process that fills what it has, and returns what it had written when it was full, and
/// what it was told.
fn filled(command: Command) -> (u64, String) {
    let mut process = Other::begin(command);
    let (mut written, mut error) = (0, String::new());
    while let Some(line) = process.next(&["written", "error", "ended"]) {
        match line.split_once(' ') {
            Some(("written", number)) => written = number.parse().unwrap(),
            Some((_, text)) => error = text.to_string(),
            None => {}
        }
    }
    let status = process.end();
    assert!(status.success(), "{status:?} after {written}: {error}");
    assert!(error.contains("what was acknowledged is kept"), "{error}");
    (written, error)
}

#[test]
fn a_disk_that_takes_no_more_is_told_and_nothing_acknowledged_is_lost() {
    // Files of 512 bytes each that one file may hold; the log, where it is not to be the first.
    let cases = [
        ("records", "800", 256 << 20, "File too large"),
        ("unresolved", "800", 256 << 20, "File too large"),
        ("unresolved", "800", 128 << 10, "File too large"),
    ];
    for (what, blocks, log, says) in cases {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().join("store");
        let store = create(&folder);
        resolve_anew(&store, true, &recording()).unwrap();
        drop(store);
        let limit = format!("trap '' XFSZ; ulimit -f {blocks}");
        let told = [text(&folder), what, &log.to_string()];
        let (written, error) = filled(through_shell(&[], &limit, "fill", &told));
        assert!(written > 0 && error.contains(says), "{written}: {error}");
        eprintln!("{what}: {written} written; {error}");
        go_on(&folder, written);
    }
}

#[test]
fn a_full_disk_is_told_and_nothing_acknowledged_is_lost() {
    const ALONE: [&str; 3] = ["unshare", "--map-root-user", "--mount"];
    let temporary = tempfile::tempdir().unwrap();
    let disk = text(temporary.path());
    let mount = format!("mount -t tmpfs -o size=16m none '{disk}'");
    let possible = Command::new(ALONE[0])
        .args(&ALONE[1..])
        .args(["sh", "-c", &mount])
        .output();
    if !possible.is_ok_and(|output| output.status.success()) {
        eprintln!("SKIPPED: a disk of a few megabytes cannot be made here (no user namespaces)");
        return;
    }
    for what in ["records", "unresolved"] {
        let (written, error) = filled(through_shell(
            &ALONE,
            &mount,
            "fill and free",
            &[disk, what],
        ));
        assert!(
            written > 0 && error.contains("No space left on device"),
            "{written}: {error}"
        );
        eprintln!("{what}: {written} written; {error}");
    }
}
