//! Files and streams into a store: by whatever route, the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use yiren::generate::{self, generate};
use yiren::ingest::{self, Reject};
use yiren::loading::{
    self, Committed, Kept, LoadError, LoadOptions, Loaded, Phase, Settings, Watcher,
};
use yiren::resolve::stash;
use yiren::store::{Cells, EntityState, Family, RecordKey, Store};

use super::people::{assert_sound, change, engine, options, recording};

/// Keeps what it hears.
#[derive(Default)]
struct Ear {
    committed: Mutex<Vec<Committed>>,
    rejected: Mutex<Vec<Reject>>,
}

impl Watcher for Ear {
    fn progress(&self, _: Phase, done: u64, of: u64) {
        assert!(done <= of, "{done} of {of}");
    }

    fn committed(&self, committed: &Committed) {
        self.committed.lock().unwrap().push(committed.clone());
    }

    fn rejected(&self, reject: Reject) {
        self.rejected.lock().unwrap().push(reject);
    }
}

impl Ear {
    /// Line and code of each reject, sorted.
    fn codes(&self) -> Vec<(u64, &'static str)> {
        let rejected = self.rejected.lock().unwrap();
        let mut codes: Vec<_> = rejected.iter().map(|r| (r.line, r.reason.code())).collect();
        codes.sort_unstable();
        codes
    }
}

struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Desk {
        Desk {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    fn store(&self, name: &str) -> Store {
        loading::open(
            &self.path(name),
            &options(),
            &Settings::default(),
            &recording(),
        )
        .unwrap()
    }
}

fn load_with(store: &Store, paths: &[PathBuf], full: bool, ear: &Ear) -> Result<Loaded, LoadError> {
    let options = LoadOptions {
        ingest: ingest::Options::default(),
        full,
        recording: &recording,
    };
    loading::load(store, paths, &options, ear)
}

fn load(store: &Store, paths: &[PathBuf]) -> Loaded {
    load_with(store, paths, false, &Ear::default()).unwrap()
}

fn stream(store: &Store, text: &str, ear: &Ear) -> Result<Loaded, LoadError> {
    let options = LoadOptions {
        ingest: ingest::Options::default(),
        full: false,
        recording: &recording,
    };
    loading::load_lines(store, Cursor::new(text.to_string()), &options, ear)
}

type Name = (String, String);

/// The records on file.
fn names(store: &Store) -> BTreeMap<RecordKey, Name> {
    let view = store.view();
    let mut names = BTreeMap::new();
    let mut cursor = view.cursor(Family::Records).unwrap();
    let each = cursor.each_record(|key, record| {
        names.insert(
            key,
            (record.source.to_string(), record.record_id.to_string()),
        );
        Ok(true)
    });
    each.unwrap();
    names
}

/// Who is who.
fn partition(store: &Store) -> BTreeSet<BTreeSet<Name>> {
    let names = names(store);
    let view = store.view();
    let generation = view.state().unwrap().in_force().unwrap();
    let mut groups = BTreeSet::new();
    let mut cursor = view.cursor(Family::Entities).unwrap();
    let each = cursor.each_entity(generation, |_, entity| {
        if let EntityState::Members(members) = entity.state {
            groups.insert(
                members
                    .iter()
                    .map(|member| names[&RecordKey(*member)].clone())
                    .collect(),
            );
        }
    });
    each.unwrap();
    groups
}

fn cell(store: &Store, source: &str, record_id: &str, column: &str) -> Option<String> {
    let found = store.view().find(source, record_id).unwrap().current()?;
    Some(found.cells.get(column).to_string())
}

/// The lines of a CSV file, the header first.
fn lines(path: &Path) -> Vec<String> {
    fs::read_to_string(path)
        .unwrap()
        .lines()
        .map(str::to_string)
        .collect()
}

#[test]
fn every_route_comes_to_the_same() {
    let desk = Desk::new();
    let people = generate::Options {
        persons: 250,
        seed: 11,
        ..generate::Options::default()
    };
    generate(&people, &desk.path("people"), &|_| ()).unwrap();
    let mut files: Vec<PathBuf> = fs::read_dir(desk.path("people"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| !path.to_string_lossy().contains("tru"))
        .collect();
    files.sort();
    assert_eq!(files.len(), 10);
    // The figures that all decide with are counted in the same first load.
    let first = [desk.path("people/dibao.csv")];
    let begin = |name: &str| {
        let store = desk.store(name);
        let loaded = load(&store, &first);
        assert!(
            loaded.rebuilt.is_some(),
            "the first load resolves everything at once"
        );
        store
    };
    let sound = |store: &Store| {
        assert_sound(store, &engine(store)).unwrap();
        partition(store)
    };

    let at_once = begin("at-once");
    let loaded = load(&at_once, &files);
    assert!(
        loaded.rebuilt.is_none() && loaded.outcome.added > 100,
        "{:?}",
        loaded.outcome
    );
    let expected = sound(&at_once);
    let several = expected.iter().filter(|group| group.len() > 1).count();
    assert!(several > 30, "too little to compare: {several}");
    let finish = |store: &Store| {
        let others = sound(store);
        let differ: Vec<_> = others.symmetric_difference(&expected).collect();
        assert!(differ.is_empty(), "{differ:?}");
    };
    let commit = at_once.view().commit().unwrap();
    let again = load(&at_once, &files);
    assert_eq!(again.outcome.unchanged, again.rows);
    assert_eq!(
        at_once.view().commit().unwrap(),
        commit,
        "loading twice changes nothing"
    );

    let turned = begin("turned");
    for file in files.iter().rev() {
        let mut lines = lines(file);
        lines[1..].reverse();
        let name = file.file_name().unwrap().to_string_lossy();
        load(
            &turned,
            &[desk.write(&format!("turned/{name}"), &lines.join("\n"))],
        );
    }
    finish(&turned);

    let streamed = begin("streamed");
    let mut json = Vec::new();
    for file in &files {
        let source = file.file_stem().unwrap().to_string_lossy().to_string();
        let mut reader = csv::Reader::from_path(file).unwrap();
        let header = reader.headers().unwrap().clone();
        for row in reader.records() {
            let row = row.unwrap();
            let mut object: serde_json::Map<String, serde_json::Value> = header
                .iter()
                .zip(&row)
                .map(|(name, cell)| (name.into(), cell.into()))
                .collect();
            object.insert("source".into(), source.as_str().into());
            json.push(serde_json::Value::from(object).to_string());
        }
    }
    json.sort_unstable_by_key(|line| scrambled(line));
    let ear = Ear::default();
    let loaded = stream(&streamed, &json.join("\n"), &ear).unwrap();
    assert_eq!(loaded.rows, json.len() as u64);
    let told: u64 = ear
        .committed
        .lock()
        .unwrap()
        .iter()
        .map(|committed| committed.rows)
        .sum();
    assert_eq!(told, loaded.rows);
    finish(&streamed);

    // A large load that was stopped, once before and once after all was put aside.
    for stopped_after in [40, usize::MAX] {
        let store = begin(&format!("stopped-{stopped_after}"));
        let rows = names(&at_once);
        let changes: Vec<_> = rows
            .values()
            .take(stopped_after)
            .map(|(source, record_id)| {
                let found = at_once.view().find(source, record_id).unwrap();
                yiren::resolve::Change {
                    source: source.as_str().into(),
                    record_id: record_id.as_str().into(),
                    op: yiren::resolve::Op::Upsert(found.current().unwrap().cells),
                }
            })
            .collect();
        stash(&store, &changes, &recording()).unwrap();
        assert!(store.view().state().unwrap().unresolved);
        drop(store);
        let store = desk.store(&format!("stopped-{stopped_after}"));
        let loaded = load(&store, &files);
        assert!(loaded.rebuilt.is_some());
        finish(&store);
    }

    // By way of other versions and of records that go and come again.
    let roundabout = begin("roundabout");
    for file in &files {
        let lines = lines(file);
        let name = file.file_stem().unwrap().to_string_lossy().to_string();
        let wrong: Vec<String> = lines[1..]
            .iter()
            .map(|line| line.replace(",19", ",18"))
            .collect();
        let wrong = [&lines[..1], &wrong].concat().join("\n");
        load(
            &roundabout,
            &[desk.write(&format!("wrong/{name}.csv"), &wrong)],
        );
        let gone: Vec<String> = names(&at_once)
            .values()
            .filter(|(source, _)| *source == name)
            .enumerate()
            .filter(|(place, _)| place % 3 == 0)
            .map(|(_, (_, record_id))| format!("{record_id},删除"))
            .collect();
        let gone = format!("记录编号,操作\n{}\n", gone.join("\n"));
        load(
            &roundabout,
            &[desk.write(&format!("gone/{name}.csv"), &gone)],
        );
    }
    assert_sound(&roundabout, &engine(&roundabout)).unwrap();
    let before = names(&roundabout).len();
    assert!(before < names(&at_once).len());
    load(&roundabout, &files);
    finish(&roundabout);
}

/// Any order that has nothing to do with the people will do.
fn scrambled(text: &str) -> u64 {
    let bytes = text.bytes();
    bytes.fold(7, |hash: u64, byte| {
        hash.wrapping_mul(0x0100_0000_01b3) ^ u64::from(byte)
    })
}

#[test]
fn of_several_rows_of_a_record_one_counts() {
    let desk = Desk::new();
    // The same choice as a sweep's (see its tests on bad input): the latest, and of those that say
    // the same day one that does not depend on their order.
    let rows = [
        "R1,张伟,2026-01-01",
        "R1,张玮,2026-03-01",
        "R1,张卫,2026-02-01",
        "R2,李娜,",
        "R2,李楠,",
    ];
    let mut turned = rows;
    turned.reverse();
    let mut kept = BTreeSet::new();
    for (place, rows) in [rows, turned].iter().enumerate() {
        let text = format!("record_id,name,updated_at\n{}\n", rows.join("\n"));
        let file = desk.write(&format!("{place}/dibao.csv"), &text);
        let store = desk.store(&format!("store-{place}"));
        let ear = Ear::default();
        let loaded = load_with(&store, std::slice::from_ref(&file), false, &ear).unwrap();
        assert_eq!((loaded.outcome.added, loaded.rejected), (2, 3));
        assert!(
            ear.codes()
                .iter()
                .all(|(_, code)| *code == "repeated_record_id")
        );
        assert_eq!(cell(&store, "dibao", "R1", "name").as_deref(), Some("张玮"));
        kept.insert(cell(&store, "dibao", "R2", "name"));
        let commit = store.view().commit().unwrap();
        load(&store, &[file]);
        assert_eq!(
            store.view().commit().unwrap(),
            commit,
            "loading twice changes nothing"
        );
    }
    assert_eq!(kept.len(), 1, "the order of rows shows: {kept:?}");

    // Where rows say what is to be done, the last of a day counts.
    let store = desk.store("log");
    let log = "record_id,op,name,updated_at\nR1,insert,张伟,2026-01-01\nR2,insert,李娜,2026-01-01\n\
               R1,update,张玮,2026-01-01\nR2,delete,,2026-01-01\nR1,unheard,张卫,2026-05-01\n";
    let ear = Ear::default();
    load_with(&store, &[desk.write("log/dibao.csv", log)], false, &ear).unwrap();
    assert_eq!(cell(&store, "dibao", "R1", "name").as_deref(), Some("张玮"));
    assert_eq!(
        cell(&store, "dibao", "R1", "op").as_deref(),
        Some(""),
        "op is no part of a record"
    );
    assert_eq!(cell(&store, "dibao", "R2", "name"), None);
    let expected = [
        (2, "repeated_record_id"),
        (3, "repeated_record_id"),
        (6, "unknown_op"),
    ];
    assert_eq!(ear.codes(), expected);
}

#[test]
fn a_stream_is_applied_row_by_row() {
    let desk = Desk::new();
    let store = desk.store("store");
    let row =
        |id: &str, rest: &str| format!("{{\"source\":\"dibao\",\"record_id\":\"{id}\",{rest}}}\n");
    let text = [
        row("R1", "\"name\":\"张伟\",\"updated_at\":\"2026-02-01\""),
        row("R2", "\"name\":\"李娜\""),
        row("R1", "\"name\":\"张玮\",\"updated_at\":\"2026-01-01\""),
        row("R2", "\"name\":\"李楠\""),
        "not json\n".to_string(),
        "{\"record_id\":\"R3\",\"name\":\"王芳\"}\n".to_string(),
        row("R4", "\"op\":\"delete\""),
        row("R2", "\"op\":\"D\""),
        row("R2", "\"name\":\"李男\""),
    ]
    .concat();
    let ear = Ear::default();
    let loaded = stream(&store, &text, &ear).unwrap();
    assert_eq!(
        cell(&store, "dibao", "R1", "name").as_deref(),
        Some("张伟"),
        "the later stays"
    );
    assert_eq!(cell(&store, "dibao", "R2", "name").as_deref(), Some("李男"));
    assert_eq!(cell(&store, "dibao", "R2", "source").as_deref(), Some(""));
    assert_eq!(
        ear.codes(),
        [
            (3, "older_than_stored"),
            (5, "not_json"),
            (6, "missing_source")
        ]
    );
    let outcome = &loaded.outcome;
    let counts = (
        outcome.added,
        outcome.changed,
        outcome.deleted,
        outcome.unchanged,
        outcome.stale,
    );
    assert_eq!(counts, (3, 1, 1, 1, 1));
    let view = store.view();
    let history = view
        .record_history(view.find("dibao", "R2").unwrap().key)
        .unwrap();
    let names: Vec<&str> = history
        .iter()
        .map(|(_, record)| record.cells.get("name"))
        .collect();
    assert_eq!(names, ["李娜", "李楠", ""]);
    drop(view);
    assert_sound(&store, &engine(&store)).unwrap();

    assert_eq!(stream(&store, "", &Ear::default()).unwrap().rows, 0);
    let useless = stream(&store, "nothing\nof use\n", &Ear::default());
    assert!(matches!(useless, Err(LoadError::NothingUsable { .. })));
    let array = stream(&store, "[{\"record_id\":\"1\"}]", &Ear::default());
    assert!(matches!(array, Err(LoadError::Ingest(_))));
}

#[test]
fn a_full_load_deletes_what_it_does_not_name() {
    let desk = Desk::new();
    let store = desk.store("store");
    let write = |folder: &str, source: &str, rows: &[&str]| {
        let text = format!("record_id,name\n{}\n", rows.join("\n"));
        desk.write(&format!("{folder}/{source}.csv"), &text);
    };
    let sources = ["dibao", "tekun", "medical", "housing"];
    for source in sources {
        write("first", source, &["1,张伟", "2,李娜", "3,王芳"]);
    }
    load(&store, &[desk.path("first")]);

    // Less of each; of two, what is not there may only not have been read.
    write("second", "dibao", &["2,李娜", "4,赵敏"]);
    write("second", "tekun", &["1,张伟", ",李娜"]);
    write("second", "medical", &[]);
    let ear = Ear::default();
    let loaded = load_with(&store, &[desk.path("second")], true, &ear).unwrap();
    let kept = [("medical", Kept::Empty), ("tekun", Kept::Unread)];
    assert_eq!(
        loaded.kept,
        kept.map(|(source, kept)| (source.to_string(), kept)).into()
    );
    assert_eq!((loaded.outcome.added, loaded.outcome.deleted), (1, 2));
    let on_file: Vec<String> = names(&store)
        .values()
        .map(|(s, id)| format!("{s}:{id}"))
        .collect();
    let mut expected: Vec<String> = ["dibao:2", "dibao:4"].map(String::from).into();
    for source in &sources[1..] {
        expected.extend((1..=3).map(|id| format!("{source}:{id}")));
    }
    let on_file: BTreeSet<String> = on_file.into_iter().collect();
    assert_eq!(on_file, expected.into_iter().collect());
    assert_sound(&store, &engine(&store)).unwrap();

    // A row that cannot be used but says whose it is deletes nobody.
    let text = "record_id,name,op\n2,李娜,\n4,赵敏,what\n";
    let ear = Ear::default();
    let file = desk.write("third/dibao.csv", text);
    let loaded = load_with(&store, &[file], true, &ear).unwrap();
    assert_eq!(
        (loaded.outcome.deleted, loaded.kept.len(), ear.codes().len()),
        (0, 0, 1)
    );
}

#[test]
fn what_is_unlike_the_store_is_refused() {
    let desk = Desk::new();
    drop(desk.store("store"));
    let settings = Settings {
        model: Some(super::people::model(7)),
        policy: None,
    };
    let open = |name: &str, settings: &Settings| {
        loading::open(&desk.path(name), &options(), settings, &recording())
    };
    assert!(matches!(
        open("store", &settings),
        Err(LoadError::Other { what: "model", .. })
    ));
    drop(open("other", &settings).unwrap());
    assert!(open("other", &settings).is_ok(), "the same model again");
    let wrong = Settings {
        model: Some("no = model".to_string()),
        policy: None,
    };
    assert!(open("wrong", &wrong).is_err());
    assert!(!desk.path("wrong").exists(), "nothing is made for nothing");
    let held = open("store", &Settings::default()).unwrap();
    let second = open("store", &Settings::default());
    assert!(second.is_err_and(|error| error.to_string().contains("another process is writing")));
    drop(held);

    desk.write("something/else.txt", "");
    let error = open("something", &Settings::default()).unwrap_err();
    assert!(error.to_string().contains("not empty"), "{error}");
    let cells = Cells::default();
    let applied = stash(
        &desk.store("store"),
        &[change((1, 1), yiren::resolve::Op::Upsert(cells))],
        &recording(),
    );
    assert_eq!(applied.unwrap().outcome.added, 1);
}
