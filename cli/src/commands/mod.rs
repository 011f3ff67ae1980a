//! One file a verb.

pub mod blocking;
pub mod completions;
pub mod evaluate;
pub mod explain;
pub mod findings;
pub mod generate;
pub mod how;
pub mod keys;
mod labels;
pub mod load;
mod looking;
pub mod man;
pub mod network;
pub mod overlap;
pub mod paths;
pub mod query;
mod recording;
pub mod review;
pub mod search;
pub mod serve;
pub mod server;
pub mod show;
pub mod store;
mod stored;
pub mod sweep;
mod sweep_store;
pub mod timeline;
pub mod train;
pub mod why;

use std::path::Path;

use anyhow::Context;
use comfy_table::{Cell, CellAlignment, Table};
use yiren::ingest::{self, ColumnMapping, FileWarning, IngestError};
use yiren::memory;
use yiren::policy::Policy;
use yiren::standardise::LoadOptions;
use yiren_matchers::normalise::date::{self, Date};

use crate::arguments::Reading;
use crate::language::Language;
use crate::messages;

impl Reading {
    /// How files are to be read.
    fn load_options(&self) -> anyhow::Result<LoadOptions> {
        let columns = self
            .columns
            .as_deref()
            .map(ColumnMapping::from_file)
            .transpose()?;
        let ingest = ingest::Options {
            source: self.source.clone(),
            columns,
            ..ingest::Options::default()
        };
        Ok(LoadOptions {
            ingest,
            threads: rayon::current_num_threads(),
            memory_limit: None,
            put_aside: None,
            unfinished: None,
        })
    }
}

/// The policy of a file, or the shipped one.
fn read_policy(path: Option<&Path>) -> anyhow::Result<Policy> {
    let Some(path) = path else {
        return Ok(Policy::shipped());
    };
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("{}: cannot be read", path.display()))?;
    Ok(Policy::parse(&text, &path.display().to_string())?)
}

/// An amount of memory of the command line.
fn parse_memory(text: &str) -> Result<u64, String> {
    memory::parse_bytes(text)
        .ok_or_else(|| format!("`{text}` is no amount of memory; write it as 8GiB or 500MiB"))
}

/// A day of the command line.
fn parse_day(text: &str) -> Result<Date, String> {
    date::parse(text)
        .filter(|date| date.is_complete())
        .ok_or_else(|| format!("`{text}` is not a day; write it as 2026-06-30"))
}

/// Today, by the computer's clock and time zone.
fn today() -> Option<Date> {
    let today = jiff::Zoned::now().date();
    Date::new(
        u16::try_from(today.year()).ok()?,
        today.month() as u8,
        today.day() as u8,
    )
}

/// Tells what the owners of the files should know.
fn warn(warnings: &[FileWarning], failed: &[IngestError], language: Language) {
    let prefix = language.pick("警告", "warning");
    for error in failed {
        eprintln!("{prefix}: {}", messages::unreadable(error, language));
    }
    for warning in warnings {
        eprintln!("{prefix}: {}", messages::warning(warning, language));
    }
}

/// A table without lines.
fn plain_table() -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table
}

/// The lines of a table, two spaces between columns and none at the ends.
fn print_table(mut table: Table) -> String {
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let lines = table.to_string();
    lines
        .lines()
        .map(|line| format!("{}\n", line.trim_end()))
        .collect()
}

/// A cell set to the right, as figures are.
fn figure(text: impl ToString) -> Cell {
    Cell::new(text).set_alignment(CellAlignment::Right)
}

/// A number with its thousands apart.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
