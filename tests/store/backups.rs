//! Copies of a store, taken while it is in use.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use yiren::resolve::{Op, apply};
use yiren::store::{Act, Cells, OpenOptions, Store, StoreError, back_up, restore};

use super::people::{assert_sound, change, create, engine, options, recording, sweep, upsert};

fn bytes(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    let size = |entry: std::fs::DirEntry| match entry.file_type().unwrap().is_dir() {
        true => bytes(&entry.path()),
        false => entry.metadata().unwrap().len(),
    };
    entries.map(size).sum()
}

fn person(number: u64) -> Cells {
    let name = format!("张{number}");
    let account = format!("62220212345{number:08}");
    let cells = [("name", name.as_str()), ("bank_account", account.as_str())];
    Cells::of(cells.into_iter())
}

#[test]
fn a_store_is_copied_while_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let (live, copies) = (folder.path().join("live"), folder.path().join("copies"));
    let store = create(&live);
    sweep(&store, 100, true);
    let engine_of = engine(&store);
    let (stop, acknowledged) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // Compacting in between brings flushes and files that go away.
            for round in 0_u64.. {
                let record = change((1, (round % 200) as u8), Op::Upsert(person(round)));
                let applied = apply(&store, &engine_of, &[record], &recording()).unwrap();
                acknowledged.store(applied.commit.unwrap(), Ordering::SeqCst);
                if round % 50 == 0 {
                    store.compact().unwrap();
                }
                if stop.load(Ordering::SeqCst) {
                    return;
                }
            }
        });
        for number in 1..=6 {
            while acknowledged.load(Ordering::SeqCst) < 30 * u64::from(number) {
                std::thread::yield_now();
            }
            let before = acknowledged.load(Ordering::SeqCst);
            let backup = back_up(&live, &copies, None).unwrap();
            assert_eq!(backup.number, number);
            assert!(
                backup.commit >= before,
                "{backup:?} lacks what was acknowledged: {before}"
            );
        }
        stop.store(true, Ordering::SeqCst);
    });
    for number in [Some(2), Some(6), None] {
        let to = folder.path().join(format!("again-{number:?}"));
        let backup = restore(&copies, &to, number).unwrap();
        let restored = Store::open(&to, &options()).unwrap();
        assert_eq!(restored.view().commit().unwrap().0, backup.commit);
        assert_sound(&restored, &engine(&restored)).unwrap();
        // It goes on like any store.
        upsert(
            &restored,
            &engine(&restored),
            &[change((2, 7), Op::Upsert(person(7)))],
        );
    }
    assert!(!live.join("frozen").exists(), "nothing is left behind");
}

#[test]
fn a_backup_copies_what_is_new() {
    let folder = tempfile::tempdir().unwrap();
    let (live, copies) = (folder.path().join("live"), folder.path().join("copies"));
    let store = create(&live);
    // What cannot be compressed, so that there is something to share.
    let wordy = |number: u8| {
        let note: String = (0..4000)
            .map(|place: u64| {
                (place * (2 * u64::from(number) + 1)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
            })
            .map(|hash| char::from(b'!' + (hash >> 57) as u8 % 90))
            .collect();
        Cells::of([("name", "张伟"), ("note", &note)].into_iter())
    };
    let changes: Vec<_> = (0..250)
        .map(|number| change((1, number), Op::Upsert(wordy(number))))
        .collect();
    sweep(&store, 100, true);
    upsert(&store, &engine(&store), &changes);
    sweep(&store, 100, true);
    store.compact().unwrap();
    back_up(&live, &copies, None).unwrap();
    let first = bytes(&copies);
    upsert(
        &store,
        &engine(&store),
        &[change((2, 1), Op::Upsert(person(1)))],
    );
    let second = back_up(&live, &copies, None).unwrap();
    let added = bytes(&copies) - first;
    assert!(added < first / 2, "{added} bytes more than {first}");

    let third = back_up(&live, &copies, Some(2)).unwrap();
    let to = |name: &str| folder.path().join(name);
    assert!(matches!(
        restore(&copies, &to("1"), Some(1)),
        Err(StoreError::NoBackup(_))
    ));
    assert_eq!(restore(&copies, &to("2"), Some(2)).unwrap(), second);
    assert_eq!(restore(&copies, &to("3"), None).unwrap(), third);
    assert!(matches!(
        restore(&copies, &to("3"), None),
        Err(StoreError::InTheWay(_))
    ));
    assert!(matches!(
        restore(&live, &to("4"), None),
        Err(StoreError::NoBackup(_))
    ));
    assert!(!to("4").exists());

    let act = Act {
        actor: "another".to_string(),
        action: "init",
        detail: serde_json::Value::Null,
    };
    drop(Store::create(&to("other"), &options(), act, recording().at).unwrap());
    let mixed = back_up(&to("other"), &copies, None);
    assert!(matches!(mixed, Err(StoreError::OtherStore(_))), "{mixed:?}");
    assert!(matches!(
        back_up(&to("other"), &live, None),
        Err(StoreError::InTheWay(_))
    ));
    assert!(matches!(
        back_up(&copies, &to("5"), None),
        Err(StoreError::NotAStore(_))
    ));
}

#[test]
fn a_damaged_backup_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (live, copies) = (folder.path().join("live"), folder.path().join("copies"));
    let store = create(&live);
    sweep(&store, 100, true);
    upsert(
        &store,
        &engine(&store),
        &[change((1, 1), Op::Upsert(person(1)))],
    );
    back_up(&live, &copies, None).unwrap();
    let shared = std::fs::read_dir(copies.join("shared_checksum")).unwrap();
    let largest = shared
        .map(|entry| entry.unwrap().path())
        .max_by_key(|path| path.metadata().unwrap().len());
    let largest = largest.unwrap();
    let mut content = std::fs::read(&largest).unwrap();
    let middle = content.len() / 2;
    content[middle] ^= 1;
    std::fs::write(&largest, content).unwrap();
    let restored = restore(&copies, &folder.path().join("again"), None);
    assert!(
        matches!(restored, Err(StoreError::Damaged(_))),
        "{restored:?}"
    );
}

#[test]
fn a_reader_is_not_disturbed_by_commits() {
    let folder = tempfile::tempdir().unwrap();
    let live = folder.path().join("live");
    let store = create(&live);
    sweep(&store, 100, true);
    let reader = Store::open_read_only(&live, &OpenOptions::default()).unwrap();
    let seen = reader.view().commit().unwrap();
    upsert(
        &store,
        &engine(&store),
        &[change((1, 1), Op::Upsert(person(1)))],
    );
    assert_eq!(reader.view().commit().unwrap(), seen);
    let later = Store::open_read_only(&live, &OpenOptions::default()).unwrap();
    assert_eq!(
        later.view().commit().unwrap(),
        store.view().commit().unwrap()
    );
    assert!(matches!(later.compact(), Err(StoreError::ReadOnly(_))));
    let stats = later.view().stats().unwrap();
    assert_eq!((stats.records.get("dibao"), stats.entities), (Some(&1), 1));
}
