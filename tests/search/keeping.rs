//! The index in step with the store, whatever stops.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use yiren::resolve::erase;
use yiren::search::{Kept, Search, SearchError};
use yiren::store::Store;

use super::desk::{Desk, names, options, recording};

/// Names the folder of a store whose index a process of its own is to keep up until it is killed.
const KEEP: &str = "YIREN_SEARCH_KEEP";

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files.extend(self::files(&path)),
            false => files.push(path),
        }
    }
    files
}

/// All that the index answers to a few questions.
fn answers(desk: &Desk, search: &Search) -> Vec<String> {
    ["张伟", "zw", "dibao", "1962", "安坪村"]
        .into_iter()
        .map(|text| names(&desk.find(search, text)))
        .collect()
}

#[test]
fn changes_are_found_as_they_come() {
    let desk = Desk::new();
    let search = Search::open(&desk.path).unwrap();
    assert_eq!(search.commit().unwrap(), None);
    assert_eq!(
        search.keep_up(&desk.store.view()).unwrap(),
        Kept::Rebuilt(0)
    );
    desk.put(&[("dibao:D1", "name=张伟"), ("dibao:D2", "name=李娜")]);
    assert_eq!(
        search.keep_up(&desk.store.view()).unwrap(),
        Kept::Brought(2)
    );
    assert_eq!(search.keep_up(&desk.store.view()).unwrap(), Kept::Current);
    assert_eq!(names(&desk.find(&search, "张伟")), "dibao:D1");
    // Changed: found by what it says now alone.
    desk.put(&[("dibao:D1", "name=王芳")]);
    assert_eq!(
        search.keep_up(&desk.store.view()).unwrap(),
        Kept::Brought(1)
    );
    assert_eq!(names(&desk.find(&search, "张伟")), "");
    assert_eq!(names(&desk.find(&search, "王芳")), "dibao:D1");
    // Before the index is brought up, what is gone is not shown, and what is new not found.
    desk.delete("dibao:D1");
    desk.put(&[("dibao:D3", "name=王芳")]);
    let behind = desk.find(&search, "王芳");
    assert_eq!(names(&behind), "");
    assert!(behind.commit < behind.store_commit);
    assert_eq!(
        search.keep_up(&desk.store.view()).unwrap(),
        Kept::Brought(2)
    );
    assert_eq!(names(&desk.find(&search, "王芳")), "dibao:D3");
    let (commit, _) = desk.store.view().commit().unwrap();
    assert_eq!(search.commit().unwrap(), Some(commit));
}

#[test]
fn whatever_way_it_came_about_the_index_answers_the_same() {
    let desk = Desk::new();
    let kept = Search::open(&desk.path).unwrap();
    for number in 0..60 {
        let name = ["张伟", "章炜", "李娜", "王芳"][number % 4];
        let id = format!("dibao:D{}", number % 40);
        let cells = format!(
            "name={name};birth_date=19{}-01-01;hukou_address=滑县安坪村{number}组",
            50 + number % 30
        );
        desk.put(&[(&id, &cells)]);
        if number % 7 == 0 {
            desk.delete(&id);
        }
        kept.keep_up(&desk.store.view()).unwrap();
    }
    let one_by_one = answers(&desk, &kept);
    let (anew, records) = Search::rebuild(&desk.path, &desk.store.view()).unwrap();
    assert_eq!(records, desk.store.view().state().unwrap().records);
    assert_eq!(answers(&desk, &anew), one_by_one);
    kept.keep_up(&desk.store.view()).unwrap();
    assert_eq!(answers(&desk, &kept), one_by_one);
}

#[test]
fn a_reader_of_the_store_keeps_the_index_up() {
    let desk = Desk::new();
    desk.put(&[("dibao:D1", "name=张伟")]);
    let reader = Store::open_read_only(&desk.path, &options()).unwrap();
    let search = Search::open(&desk.path).unwrap();
    assert_eq!(search.keep_up(&reader.view()).unwrap(), Kept::Rebuilt(1));
    assert_eq!(names(&desk.find(&search, "张伟")), "dibao:D1");
    // A view that is older than the index leaves it alone.
    desk.put(&[("dibao:D2", "name=张伟")]);
    search.keep_up(&desk.store.view()).unwrap();
    assert_eq!(search.keep_up(&reader.view()).unwrap(), Kept::Current);
    assert_eq!(names(&desk.find(&search, "张伟")), "dibao:D1 dibao:D2");
}

#[test]
fn a_damaged_index_is_told_and_made_anew() {
    let desk = Desk::new();
    desk.put(&[("dibao:D1", "name=张伟")]);
    drop(desk.search());
    let meta = files(&desk.path.join("search"));
    let meta = meta
        .iter()
        .find(|path| path.ends_with("meta.json"))
        .unwrap();
    fs::write(meta, "{").unwrap();
    assert!(matches!(
        Search::open(&desk.path),
        Err(SearchError::Damaged(_))
    ));
    let (search, records) = Search::rebuild(&desk.path, &desk.store.view()).unwrap();
    assert_eq!(records, 1);
    assert_eq!(names(&desk.find(&search, "张伟")), "dibao:D1");
}

#[test]
fn an_index_of_another_store_is_not_believed() {
    let (one, other) = (Desk::new(), Desk::new());
    one.put(&[("dibao:D1", "name=张伟")]);
    other.put(&[("dibao:D9", "name=李娜")]);
    drop(one.search());
    drop(other.search());
    fs::remove_dir_all(other.path.join("search")).unwrap();
    for file in files(&one.path.join("search")) {
        let target = other.path.join(file.strip_prefix(&one.path).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(file, target).unwrap();
    }
    let search = Search::open(&other.path).unwrap();
    assert_eq!(
        search.keep_up(&other.store.view()).unwrap(),
        Kept::Rebuilt(1)
    );
    assert_eq!(names(&other.find(&search, "张伟")), "");
    assert_eq!(names(&other.find(&search, "李娜")), "dibao:D9");
}

#[test]
fn what_was_erased_leaves_the_disk() {
    let desk = Desk::new();
    desk.put(&[("dibao:KEPT7", "name=张伟"), ("dibao:ERASED7", "name=李娜")]);
    let search = desk.search();
    let holds = |text: &str| {
        let holds = |path: &PathBuf| {
            let bytes = fs::read(path).unwrap();
            bytes
                .windows(text.len())
                .any(|window| window == text.as_bytes())
        };
        files(&desk.path.join("search")).iter().any(holds)
    };
    assert!(
        holds("7DESARE") || holds("ERASED7"),
        "the test would prove nothing"
    );
    let erased = erase(
        &desk.store,
        &desk.engine,
        ("dibao", "ERASED7"),
        "asked",
        &recording(),
    );
    erased.unwrap();
    search.keep_up(&desk.store.view()).unwrap();
    assert!(!holds("ERASED7") && holds("KEPT7"));
    assert_eq!(names(&desk.find(&search, "李娜")), "");
    assert_eq!(names(&desk.find(&search, "张伟")), "dibao:KEPT7");
}

/// A process of its own that keeps an index up for as long as it lives.
#[test]
#[ignore = "started by another test, as a process of its own"]
fn keep() {
    let Ok(folder) = std::env::var(KEEP) else {
        return;
    };
    let folder = PathBuf::from(folder);
    loop {
        let store = Store::open_read_only(&folder, &options()).unwrap();
        let search = Search::open(&folder).unwrap();
        search.keep_up(&store.view()).unwrap();
        // Anew and anew, so that a kill meets it at work.
        drop(search);
        Search::rebuild(&folder, &store.view()).unwrap();
        println!("kept");
    }
}

#[test]
fn a_kill_at_any_moment_leaves_an_index_that_is_whole() {
    let desk = Desk::new();
    let rows: Vec<(String, String)> = (0..400)
        .map(|number| {
            (
                format!("dibao:D{number:03}"),
                format!("name=张伟;birth_date=19{}-01-01", 20 + number % 80),
            )
        })
        .collect();
    let rows: Vec<(&str, &str)> = rows.iter().map(|(id, cells)| (&**id, &**cells)).collect();
    for (round, part) in rows.chunks(40).enumerate() {
        desk.put(part);
        let mut other = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "keeping::keep", "--nocapture"])
            .env(KEEP, &desk.path)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // After some lines, in whatever it is doing then.
        let mut said = std::io::BufReader::new(other.stdout.take().unwrap());
        let mut line = String::new();
        let mut kept = 0;
        while kept <= round % 3 && std::io::BufRead::read_line(&mut said, &mut line).unwrap() > 0 {
            kept += usize::from(line.contains("kept"));
            line.clear();
        }
        // While it still writes, what is there is searched.
        let held = Search::open(&desk.path).unwrap();
        held.keep_up(&desk.store.view()).unwrap();
        other.kill().unwrap();
        other.wait().unwrap();

        let search = Search::open(&desk.path).unwrap();
        let at = search.commit().unwrap();
        let (commit, _) = desk.store.view().commit().unwrap();
        assert!(at.is_none_or(|at| at <= commit));
        search.keep_up(&desk.store.view()).unwrap();
        assert_eq!(
            search.commit().unwrap(),
            Some(commit),
            "the lock of a dead process holds nobody up"
        );
        let found = desk.find(&search, "张伟");
        assert_eq!(found.total as usize, 40 * (round + 1));
    }
}
