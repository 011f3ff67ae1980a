//! All that a store holds.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use serde::de::DeserializeOwned;
use yiren::store::{
    EntityState, Family, Fault, Generation, OpenOptions, Record, RecordKey, Store, StoreError,
    View, hexadecimal,
};

/// Every key and value of a store.
pub type Content = Vec<(Family, Vec<u8>, Vec<u8>)>;

/// Every key and value of a view.
pub fn content(view: &View<'_>) -> Result<Content, StoreError> {
    let mut content = Content::new();
    for family in Family::ALL {
        view.cursor(family)?.each(&[], |key, value| {
            content.push((family, key.to_vec(), value.to_vec()));
            Ok(true)
        })?;
    }
    Ok(content)
}

/// What opening and checking a store says.
#[derive(Debug)]
pub enum Told {
    /// It is refused, or cannot be read.
    Error(StoreError),
    /// It can be read, and does not hold together.
    Faults(Vec<Fault>),
    /// It is sound, and holds this.
    Sound(Content),
}

/// Opens and checks a store.
pub fn open_and_check(folder: &Path, options: &OpenOptions) -> Told {
    check(Store::open(folder, options))
}

/// Checks a store, if it was opened.
pub fn check(opened: Result<Store, StoreError>) -> Told {
    let told = || {
        let store = opened?;
        let view = store.view();
        let faults = view.check()?.faults;
        match faults.is_empty() {
            true => content(&view).map(Told::Sound),
            false => Ok(Told::Faults(faults)),
        }
    };
    told().unwrap_or_else(Told::Error)
}

/// Gives a folder and all in it, but one file, a second name, and copies that file.
pub fn link(from: &Path, to: &Path, copied: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        match entry.file_type().unwrap().is_dir() {
            true => link(&path, &to, copied),
            false if path == copied => drop(fs::copy(path, to).unwrap()),
            false => fs::hard_link(path, to).unwrap(),
        }
    }
}

/// A folder for stores that need not outlive anything: in memory, if there is such a place.
pub fn scratch() -> tempfile::TempDir {
    let in_memory = tempfile::tempdir_in("/dev/shm");
    in_memory.or_else(|_| tempfile::tempdir()).unwrap()
}

/// Copies a folder and all in it.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(fs::copy(entry.path(), to).unwrap()),
        }
    }
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> T {
    postcard::from_bytes(bytes).unwrap()
}

/// A store in words, without what is counted or hashed from the rest.
pub fn in_words(view: &View<'_>) -> String {
    let mut out = String::new();
    let mut line = |text: String| writeln!(out, "{text}").unwrap();
    let generation = view.state().unwrap().in_force().unwrap();
    let name = |key: RecordKey| {
        let record = view.record(key).unwrap().unwrap();
        format!("{}:{}", record.source, record.record_id)
    };
    line(format!("{:#?}", view.state().unwrap()));
    for family in [Family::Records, Family::RecordHistory] {
        line(format!("\n{}", family.name()));
        view.cursor(family)
            .unwrap()
            .each(&[], |key, value| {
                let Record {
                    since,
                    at,
                    state,
                    source,
                    record_id,
                    cells,
                } = read(value);
                let cells: Vec<String> = cells
                    .iter()
                    .map(|(column, text)| format!("{column}={text}"))
                    .collect();
                let key = hexadecimal(key);
                line(format!(
                    "{key} {source}:{record_id} {state:?} since {since} at {}",
                    at.0
                ));
                line(format!("  {}", cells.join(" ")));
                Ok(true)
            })
            .unwrap();
    }
    derived(view, generation, &name, &mut line);
    line("\nverdicts".to_string());
    let mut verdicts = view.cursor(Family::Verdicts).unwrap();
    let said = verdicts.each_verdict(|a, b, verdict| {
        let yiren::store::Verdict {
            since,
            at,
            kind,
            by,
            why,
        } = verdict;
        line(format!(
            "{} {} {kind:?} since {since} at {} by {by}: {why}",
            name(a),
            name(b),
            at.0
        ));
    });
    said.unwrap();
    line("\naudit".to_string());
    for commit in 1..=view.commit().unwrap().0 {
        let yiren::store::Entry {
            commit,
            at,
            actor,
            action,
            detail,
            records: _,
            previous: _,
        } = view.audit(commit).unwrap().unwrap();
        line(format!("{commit} at {} {actor} {action} {detail}", at.0));
    }
    out
}

/// What was worked out of the rest.
fn derived(
    view: &View<'_>,
    generation: Generation,
    name: &dyn Fn(RecordKey) -> String,
    line: &mut dyn FnMut(String),
) {
    line("\nentities".to_string());
    let mut entities = view.cursor(Family::Entities).unwrap();
    let found = entities.each_entity(generation, |id, entity| {
        let yiren::store::Entity {
            created,
            since,
            at,
            state,
        } = entity;
        let state = match state {
            EntityState::Retired(into) => format!("retired into {into:?}"),
            EntityState::Members(members) => {
                let members: Vec<String> = members
                    .iter()
                    .map(|&member| name(RecordKey(member)))
                    .collect();
                members.join(" ")
            }
        };
        line(format!(
            "{id} created {created} since {since} at {}: {state}",
            at.0
        ));
    });
    found.unwrap();
    line("\nlinks".to_string());
    let mut links = view.cursor(Family::Links).unwrap();
    let found = links.each_link(generation, |a, b, weight| {
        line(format!("{} {} {weight:.6}", name(a), name(b)));
    });
    found.unwrap();
    line("\nfindings".to_string());
    let mut findings = view.cursor(Family::Findings).unwrap();
    let found = findings.each_finding(generation, |_, number, finding| {
        let yiren::store::StoredFinding {
            since, at, kind, severity, entity, a, b, period, months, amount, rule, probability,
        } = finding;
        let (a, b) = (name(RecordKey(a)), b.map(|b| name(RecordKey(b))));
        line(format!("{number:016x} {kind} {severity} {entity} {a} {b:?} {period:?} {months} {amount} {rule} {probability:.6} since {since} at {}", at.0));
    });
    found.unwrap();
}
