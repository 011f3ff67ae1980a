//! What the verbs over a store have in common.

use std::path::Path;

use crate::language::Language;
use yiren::policy;
use yiren::resolve::Engine;
use yiren::schema::CHINA;
use yiren::store::{Moment, OpenOptions, Store, StoreError};

/// A time of the command line: a day or a second (its end), or a finer time, in the computer's
/// time zone.
pub fn parse_moment(text: &str) -> Result<Moment, String> {
    let zone = jiff::tz::TimeZone::system();
    let time = text.parse::<jiff::civil::DateTime>().ok();
    let day = || text.parse::<jiff::civil::Date>().ok();
    let time = match text.len() {
        0..=10 => day().map(|day| day.at(23, 59, 59, 999_999_999)),
        // All of a second that is named without its parts.
        11..=19 => time.and_then(|time| time.with().subsec_nanosecond(999_999_999).build().ok()),
        _ => time,
    };
    time.and_then(|time| time.to_zoned(zone).ok())
        .map(|time| Moment(time.timestamp().as_millisecond()))
        .ok_or_else(|| {
            format!("`{text}` is not a time; write it as 2026-06-30 or 2026-06-30T14:00:00")
        })
}

/// Opens a store to change it, with what is in force in it.
pub fn open(folder: &Path) -> anyhow::Result<(Store, Engine)> {
    let store = Store::open(folder, &OpenOptions::default())?;
    let engine = engine_of(&store)?;
    Ok((store, engine))
}

/// Opens a store to look at persons: to write, so that the look can be noted, or, where another
/// process writes to it or it is not ours to write, to read alone, which is said.
pub fn open_to_look(folder: &Path, language: Language) -> anyhow::Result<Store> {
    let options = OpenOptions::default();
    match Store::open(folder, &options) {
        Err(StoreError::Busy(_) | StoreError::Disk { .. }) => {
            eprintln!(
                "{}",
                language.pick(
                    "提示：此库正由另一进程写入或不可写，本次查看未记入审计",
                    "note: another process is writing to this store, or it cannot be written: this look is not in its audit"
                )
            );
            Ok(Store::open_read_only(folder, &options)?)
        }
        opened => Ok(opened?),
    }
}

/// What is in force in a store.
pub fn engine_of(store: &Store) -> anyhow::Result<Engine> {
    let engine = Engine::in_force(&store.view())?;
    Ok(engine.ok_or_else(|| StoreError::Unresolved(store.folder().to_path_buf()))?)
}

/// The text of a model file, or of the shipped model.
pub fn model_text(path: Option<&Path>) -> anyhow::Result<String> {
    text(path, CHINA)
}

/// The text of a policy file, or of the shipped rules.
pub fn policy_text(path: Option<&Path>) -> anyhow::Result<String> {
    text(path, policy::SHIPPED)
}

fn text(path: Option<&Path>, shipped: &str) -> anyhow::Result<String> {
    use anyhow::Context;
    match path {
        None => Ok(shipped.to_string()),
        Some(path) => std::fs::read_to_string(path)
            .with_context(|| format!("{}: cannot be read", path.display())),
    }
}

/// Source and id of a record written as `source:record_id`.
pub fn parse_record(text: &str) -> Result<(String, String), String> {
    match text.split_once(':') {
        Some((source, id)) if !source.is_empty() && !id.is_empty() => {
            Ok((source.to_string(), id.to_string()))
        }
        _ => Err(format!(
            "`{text}` is no record; write it as source:record_id"
        )),
    }
}
