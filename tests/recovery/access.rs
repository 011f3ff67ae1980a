//! Stores that may not be used, or not so.

use std::fs;
use std::io::Read;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use yiren::resolve::ResolveError;
use yiren::store::{Durability, Family, Store, StoreError};

use super::child::{Other, say, text, through_shell};
use super::history::{Expected, History, assert_sound, busy_options, happen, resolve_anew};
use super::people::{create, options, recording};

/// What a process does that has a store for itself until it is told to end.
pub fn hold(told: &[&str]) {
    let _store = Store::open(Path::new(told[0]), &options()).unwrap();
    say("holding");
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

/// What a process does that wants to write to a store that it may only read.
pub fn write(told: &[&str]) {
    let folder = Path::new(told[0]);
    let error = Store::open(folder, &options()).unwrap_err();
    assert!(matches!(error, StoreError::Disk { .. }), "{error:?}");
    say(&format!("error {error}"));
    let store = Store::open_read_only(folder, &options()).unwrap();
    assert_sound(&store, &recording());
    say("read");
}

/// A closed store with some people in it.
fn sample(folder: &Path) {
    let store = create(folder);
    let mut expected = Expected::default();
    for number in 0..6 {
        let event = History(3).event(number);
        happen(&store, &event, &expected, Durability::System).unwrap();
        expected.follow(&event);
    }
    resolve_anew(&store, true, &recording()).unwrap();
}

#[test]
fn a_second_writer_is_refused_and_readers_are_not() {
    let temporary = tempfile::tempdir().unwrap();
    // The path itself speaks of locks.
    let folder = temporary.path().join("blocked: While lock file");
    sample(&folder);
    let mut process = Other::start("hold", &[text(&folder)]);
    assert!(process.next(&["holding"]).is_some());
    let refused = Store::open(&folder, &options());
    assert!(matches!(refused, Err(StoreError::Busy(_))), "{refused:?}");
    let reader = Store::open_read_only(&folder, &options()).unwrap();
    assert_sound(&reader, &recording());
    let refused = resolve_anew(&reader, true, &recording());
    assert!(
        matches!(refused, Err(ResolveError::Store(StoreError::ReadOnly(_)))),
        "{refused:?}"
    );
    assert!(process.end().success());
    let store = Store::open(&folder, &options()).unwrap();
    let refused = Store::open(&folder, &options());
    assert!(
        matches!(refused, Err(StoreError::Busy(_))),
        "twice in one process: {refused:?}"
    );
    drop(store);
}

/// How many events a process has behind it, and the commit of the last.
fn done(process: &mut Other) -> [u64; 2] {
    let line = process.next(&["done"]).unwrap();
    let numbers = line
        .split(' ')
        .skip(1)
        .map(|number| number.parse().unwrap());
    numbers.collect::<Vec<_>>().try_into().unwrap()
}

#[test]
fn readers_beside_a_writer_see_whole_commits() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("store");
    let (history, leash) = ("5", 20);
    // On a leash: a writer that never rests, with a log this small, could keep a slow reader out.
    let told = [text(&folder), history, "0", "system", &leash.to_string()];
    let mut process = Other::start("live", &told);
    let mut seen = Vec::new();
    for _ in 0..25 {
        let [mut events, commit] = done(&mut process);
        let reader = Store::open_read_only(&folder, &busy_options()).unwrap();
        let view = reader.view();
        let checked = view.check().unwrap();
        assert!(checked.faults.is_empty(), "{:#?}", checked.faults);
        let found = view.commit().unwrap().0;
        assert!(
            found >= commit,
            "{commit} was acknowledged before, and {found} is read"
        );
        seen.push(found);
        while events % leash != 0 {
            [events, _] = done(&mut process);
        }
        if events > 0 {
            process.go_on();
        }
    }
    process.kill();
    drop(process);
    seen.dedup();
    assert!(seen.len() > 5, "nothing was written meanwhile: {seen:?}");
}

#[test]
fn a_folder_that_may_only_be_read_is_told() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("store");
    sample(&folder);
    let path = text(&folder);
    for part in ["", "db"] {
        fs::set_permissions(folder.join(part), fs::Permissions::from_mode(0o555)).unwrap();
    }
    let (wrapper, mount): (&[&str], String) = if fs::write(folder.join("probe"), "").is_err() {
        (&[], ":".to_string())
    } else {
        // Permissions do not bind this user, so the folder is mounted to be read alone.
        let mount = format!("mount --bind '{path}' '{path}'; mount -o remount,ro,bind '{path}'");
        (&["unshare", "--map-root-user", "--mount"], mount)
    };
    fs::remove_file(folder.join("probe")).unwrap_or_default();
    let possible = match wrapper {
        [] => true,
        [first, rest @ ..] => {
            let output = Command::new(first)
                .args(rest)
                .args(["sh", "-ec", &mount])
                .output();
            output.is_ok_and(|output| output.status.success())
        }
    };
    if possible {
        let mut process = Other::begin(through_shell(wrapper, &mount, "write", &[path]));
        let error = process.next(&["error"]).unwrap();
        assert!(error.contains("mend its permissions"), "{error}");
        let says = ["Permission denied", "Read-only file system"];
        assert!(says.iter().any(|says| error.contains(says)), "{error}");
        assert!(
            process.next(&["read"]).is_some(),
            "it must still be readable"
        );
        assert!(process.end().success());
    } else {
        eprintln!(
            "SKIPPED: permissions do not bind this user, and no folder can be mounted to be read"
        );
    }
    for part in ["", "db"] {
        fs::set_permissions(folder.join(part), fs::Permissions::from_mode(0o755)).unwrap();
    }
    let store = Store::open(&folder, &options()).unwrap();
    assert_sound(&store, &recording());
}

#[test]
fn a_store_of_a_newer_program_is_refused() {
    let temporary = tempfile::tempdir().unwrap();
    for more in [None, Some("a_family_of_tomorrow")] {
        let folder = temporary.path().join(more.unwrap_or("newer"));
        sample(&folder);
        let families = Family::ALL.map(Family::name);
        let db = rocksdb::DB::open_cf(&rocksdb::Options::default(), folder.join("db"), families)
            .unwrap();
        if let Some(more) = more {
            db.create_cf(more, &rocksdb::Options::default()).unwrap();
        }
        // The number is first whatever follows it.
        let newer = yiren::store::FORMAT + 1;
        let head = [
            &postcard::to_stdvec(&newer).unwrap()[..],
            b"what this one cannot know",
        ]
        .concat();
        db.put(b"head", head).unwrap();
        drop(db);
        for open in [Store::open, Store::open_read_only] {
            let refused = open(&folder, &options());
            let Err(error @ StoreError::Newer { found, known, .. }) = refused else {
                panic!("{refused:?}")
            };
            assert_eq!((found, known), (newer, yiren::store::FORMAT));
            assert!(
                error.to_string().contains("made by a newer yiren"),
                "{error}"
            );
        }
    }
}

#[test]
fn what_is_no_store_is_named_and_left_as_it_is() {
    let temporary = tempfile::tempdir().unwrap();
    let at = |name: &str| temporary.path().join(name);
    fs::write(at("file"), "text").unwrap();
    fs::create_dir(at("empty")).unwrap();
    fs::create_dir(at("other")).unwrap();
    fs::write(at("other").join("letter.txt"), "text").unwrap();
    for name in ["file", "empty", "other", "nowhere"] {
        assert!(!Store::is_there(&at(name)), "{name}");
        for open in [Store::open, Store::open_read_only] {
            let refused = open(&at(name), &options());
            assert!(
                matches!(refused, Err(StoreError::NotAStore(_))),
                "{name}: {refused:?}"
            );
        }
    }
    let act = || yiren::store::Act {
        actor: "test".to_string(),
        action: "init",
        detail: serde_json::Value::Null,
    };
    let make = |name: &str| Store::create(&at(name), &options(), act(), recording().at);
    let (other, file) = (make("other"), make("file"));
    assert!(matches!(other, Err(StoreError::InTheWay(_))), "{other:?}");
    assert!(matches!(file, Err(StoreError::Disk { .. })), "{file:?}");
    assert_eq!(fs::read_dir(at("other")).unwrap().count(), 1);
    assert_eq!(fs::read_to_string(at("file")).unwrap(), "text");
    drop(make("empty").unwrap());
    let again = make("empty");
    assert!(matches!(again, Err(StoreError::InTheWay(_))), "{again:?}");
}

#[test]
fn a_store_behind_a_link_is_that_store() {
    let temporary = tempfile::tempdir().unwrap();
    let (folder, link) = (
        temporary.path().join("store"),
        temporary.path().join("link"),
    );
    sample(&folder);
    symlink(&folder, &link).unwrap();
    assert!(Store::is_there(&link));
    let store = Store::open(&link, &options()).unwrap();
    let refused = Store::open_read_only(&folder, &options()).map(drop);
    assert!(refused.is_ok());
    resolve_anew(&store, true, &recording()).unwrap();
    assert_sound(&store, &recording());
    let commit = store.view().commit().unwrap();
    drop(store);
    assert_eq!(
        Store::open(&folder, &options())
            .unwrap()
            .view()
            .commit()
            .unwrap(),
        commit
    );
}
