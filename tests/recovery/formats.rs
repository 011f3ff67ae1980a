//! Stores that earlier versions wrote; see `golden-datasets/formats/README.md`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use rocksdb::{DB, DBCompressionType, Options};
use yiren::resolve::{Change, Op, Recording, apply};
use yiren::store::{Durability, Family, Since, Store};
use yiren_matchers::normalise::date::Date;

use super::dump::{copy, in_words};
use super::history::{Event, Expected, History, assert_sound, happen};
use super::people::{create, engine, options, recording};

/// Events that a store goes through, and how many of them, the last, are in the log alone.
const EVENTS: u64 = 40;
const LOGGED: u64 = 4;

/// Files that are no part of what a store holds: messages, settings of a process, the lock.
const LEFT_OUT: [&str; 4] = ["LOG", "OPTIONS", "LOCK", "IDENTITY"];

fn formats() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden-datasets/formats")
}

/// As the stores were last swept.
fn as_swept() -> Recording {
    Recording {
        as_of: Date::new(2026, 7, 28).unwrap(),
        ..recording()
    }
}

#[test]
fn a_store_of_format_1_opens_and_goes_on() {
    opens_and_goes_on(1, Since::Unknown);
}

#[test]
fn a_store_of_format_2_opens_and_goes_on() {
    opens_and_goes_on(2, Since::Records(BTreeSet::new()));
}

#[test]
fn a_store_of_an_older_format_is_brought_up_to_date_by_those_who_read_it() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("store");
    copy(&formats().join("v1"), &folder);
    let read = Store::open_read_only(&folder, &options()).unwrap();
    assert!(read.view().check().unwrap().faults.is_empty());
    assert!(read.view().looks(1).unwrap().is_empty());
}

/// A store of a format is what it was, can be changed, and says what changed since its last commit;
/// `before` is what it says of the commits up to then.
fn opens_and_goes_on(format: u32, before: Since) {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("store");
    copy(&formats().join(format!("v{format}")), &folder);
    let store = Store::open(&folder, &options()).unwrap();
    assert_sound(&store, &as_swept());
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(format!("format_{format}"), in_words(&store.view()));
    });
    let told = store.view().records_since(0).unwrap();
    assert_eq!(told == Since::Unknown, before == Since::Unknown, "{told:?}");
    let commit = store.view().commit().unwrap().0;
    let mut cells = None;
    let view = store.view();
    let mut records = view.cursor(Family::Records).unwrap();
    let first = records.each_record(|_, record| {
        cells = Some(record.cells);
        Ok(false)
    });
    first.unwrap();
    let one_more = Change {
        source: "dibao".into(),
        record_id: "new".into(),
        op: Op::Upsert(cells.unwrap()),
    };
    let applied = apply(&store, &engine(&store), &[one_more], &as_swept()).unwrap();
    assert_eq!(applied.commit, Some(commit + 1));
    assert_sound(&store, &as_swept());
    let new = store.view().find("dibao", "new").unwrap().key;
    let told = store.view().records_since(commit).unwrap();
    assert_eq!(told, Since::Records(BTreeSet::from([new])));
}

/// Whether a history leads to a small store with some of everything in it.
fn is_rich(history: History) -> bool {
    let events: Vec<Event> = (0..EVENTS).map(|number| history.event(number)).collect();
    let (before, logged) = events.split_at((EVENTS - LOGGED) as usize);
    let count = |is: fn(&Event) -> bool| before.iter().filter(|event| is(event)).count();
    count(|event| matches!(event, Event::Sweep)) == 1
        && count(|event| matches!(event, Event::Stash(_))) == 1
        && count(|event| matches!(event, Event::Rebuild(_))) == 3
        && Expected::after(history, EVENTS).verdicts() > 3
        && logged.iter().all(|event| matches!(event, Event::Batch(_)))
}

/// Writes a store of the present format into its folder.
#[test]
#[ignore = "writes golden-datasets/formats; only for a format that was never released"]
fn write_a_store_of_this_format() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("store");
    drop(create(&folder));
    let history = (0..)
        .map(History)
        .find(|&history| is_rich(history))
        .unwrap();
    let mut expected = Expected::default();
    for end in [EVENTS - LOGGED, EVENTS] {
        compact(&folder);
        let store = Store::open(&folder, &options()).unwrap();
        while expected.events < end {
            let event = history.event(expected.events);
            happen(&store, &event, &expected, Durability::System).unwrap();
            expected.follow(&event);
        }
    }
    assert_eq!(
        expected.recording(Durability::System).as_of,
        as_swept().as_of
    );
    let to = formats().join(format!("v{}", yiren::store::FORMAT));
    fs::remove_dir_all(&to).unwrap_or_default();
    copy(&folder, &to);
    for entry in fs::read_dir(to.join("db")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if LEFT_OUT.iter().any(|part| name.starts_with(part)) {
            fs::remove_file(path).unwrap();
        }
    }
}

/// Puts each family into one file.
fn compact(folder: &Path) {
    let mut options = Options::default();
    options.set_compression_type(DBCompressionType::Lz4);
    let families = Family::ALL.map(|family| (family.name(), options.clone()));
    let db = DB::open_cf_with_opts(&options, folder.join("db"), families).unwrap();
    for family in Family::ALL {
        let family = db.cf_handle(family.name()).unwrap();
        db.flush_cf(&family).unwrap();
        db.compact_range_cf(&family, None::<&[u8]>, None::<&[u8]>);
    }
}
