//! A store with an index, in a folder that goes away.

use std::path::{Path, PathBuf};

use yiren::loading::{self, Settings};
use yiren::query::source_words;
use yiren::resolve::{Change, Engine, Op, Recording, apply};
use yiren::search::{Found, Query, Search};
use yiren::store::{Cells, Durability, Moment, OpenOptions, Store};
use yiren_matchers::normalise::date::Date;

pub fn options() -> OpenOptions {
    OpenOptions {
        cache: 8 << 20,
        ..OpenOptions::default()
    }
}

pub fn recording() -> Recording {
    Recording {
        actor: "test".to_string(),
        at: Moment(1_800_000_000_000),
        as_of: Date::new(2026, 6, 30).unwrap(),
        durability: Durability::System,
    }
}

pub struct Desk {
    _folder: tempfile::TempDir,
    pub path: PathBuf,
    pub store: Store,
    pub engine: Engine,
}

impl Desk {
    pub fn new() -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        let store = open(&path);
        let engine = Engine::in_force(&store.view()).unwrap().unwrap();
        Desk {
            _folder: folder,
            path,
            store,
            engine,
        }
    }

    /// Adds or changes records, each given as `source:id` and its cells as `column=text`.
    pub fn put(&self, rows: &[(&str, &str)]) {
        let changes: Vec<Change> = rows
            .iter()
            .map(|(name, cells)| {
                let cells = cells.split(';').filter_map(|cell| cell.split_once('='));
                change(name, Op::Upsert(Cells::of(cells)))
            })
            .collect();
        apply(&self.store, &self.engine, &changes, &recording()).unwrap();
    }

    pub fn delete(&self, name: &str) {
        let changes = [change(name, Op::Delete)];
        apply(&self.store, &self.engine, &changes, &recording()).unwrap();
    }

    /// The index, in step with the store.
    pub fn search(&self) -> Search {
        let search = Search::open(&self.path).unwrap();
        search.keep_up(&self.store.view()).unwrap();
        search
    }

    pub fn find(&self, search: &Search, text: &str) -> Found {
        self.ask(
            search,
            &Query {
                text: text.to_string(),
                ..Query::default()
            },
        )
    }

    pub fn ask(&self, search: &Search, query: &Query) -> Found {
        let view = self.store.view();
        let query = Query {
            names: source_words(&view).unwrap(),
            ..query.clone()
        };
        search.find(&view, &query).unwrap()
    }
}

fn change(name: &str, op: Op) -> Change {
    let (source, record_id) = name.split_once(':').unwrap();
    Change {
        source: source.into(),
        record_id: record_id.into(),
        op,
    }
}

pub fn open(path: &Path) -> Store {
    loading::open(path, &options(), &Settings::default(), &recording()).unwrap()
}

/// The hits in their order, as `source:id`.
pub fn names(found: &Found) -> String {
    let hits = found.hits.iter();
    let names: Vec<String> = hits
        .map(|hit| format!("{}:{}", hit.source, hit.record_id))
        .collect();
    names.join(" ")
}
