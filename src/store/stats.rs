//! How much a store holds.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use rocksdb::properties::{self, PropName};

use super::Store;
use super::error::StoreError;
use super::family::Family;
use super::keys::RecordKey;
use super::state::{Made, State};
use super::value::{self, EntityState, Moment, Record, RecordState, VerdictKind};
use super::view::View;

/// How much a store holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// The last commit.
    pub commit: u64,
    /// When it was.
    pub at: Moment,
    /// What is in force.
    pub state: State,
    /// What that was made with.
    pub made: Option<Made>,
    /// Records on file, by source.
    pub records: BTreeMap<String, u64>,
    /// Records that their sources took back.
    pub deleted: u64,
    /// Records whose data were erased.
    pub erased: u64,
    /// Former versions of records.
    pub versions: u64,
    /// Entities with members.
    pub entities: u64,
    /// Entities that are no more.
    pub retired: u64,
    /// Links.
    pub links: u64,
    /// Findings, by the code of their kind.
    pub findings: BTreeMap<String, u64>,
    /// Verdicts in force that two records are one person.
    pub must_link: u64,
    /// Verdicts in force that they are not.
    pub cannot_link: u64,
    /// Approximate bytes on disk of each family, without what is only in the log yet.
    pub bytes: Vec<(Family, u64)>,
    /// Bytes on disk of the whole folder.
    pub folder: u64,
}

/// Figures of the database that are told as they are, with the names that they go by.
const FIGURES: [(&str, &PropName); 8] = [
    ("live_bytes", properties::LIVE_SST_FILES_SIZE),
    ("memtable_bytes", properties::CUR_SIZE_ALL_MEM_TABLES),
    ("immutable_memtables", properties::NUM_IMMUTABLE_MEM_TABLE),
    (
        "pending_compaction_bytes",
        properties::ESTIMATE_PENDING_COMPACTION_BYTES,
    ),
    ("running_compactions", properties::NUM_RUNNING_COMPACTIONS),
    ("running_flushes", properties::NUM_RUNNING_FLUSHES),
    ("delayed_write_rate", properties::ACTUAL_DELAYED_WRITE_RATE),
    ("cache_bytes", properties::BLOCK_CACHE_USAGE),
];

impl Store {
    /// Figures of the database by name and family, for whoever watches over it.
    pub fn figures(&self) -> Vec<(&'static str, &'static str, u64)> {
        let mut figures = Vec::new();
        for family in Family::ALL {
            let Ok(handle) = self.handle(family) else {
                continue;
            };
            for (name, property) in FIGURES {
                if let Ok(Some(value)) = self.db.property_int_value_cf(&handle, property) {
                    figures.push((name, family.name(), value));
                }
            }
        }
        figures
    }
}

impl View<'_> {
    /// Counts what the store holds. Reads most of it.
    pub fn stats(&self) -> Result<Stats, StoreError> {
        let (commit, at) = self.commit()?;
        let state = self.state()?;
        let mut stats = Stats {
            commit,
            at,
            bytes: self.bytes()?,
            folder: folder_bytes(self.store().folder()),
            ..Stats::default()
        };
        self.cursor(Family::Records)?.each(&[], |_, bytes| {
            let record: Record = value::read(bytes, Family::Records.name())?;
            match record.state {
                RecordState::Current => {
                    *stats.records.entry(record.source.into()).or_default() += 1
                }
                RecordState::Deleted => stats.deleted += 1,
                RecordState::Erased(_) => stats.erased += 1,
            }
            Ok(true)
        })?;
        self.cursor(Family::RecordHistory)?.each(&[], |_, _| {
            stats.versions += 1;
            Ok(true)
        })?;
        self.cursor(Family::Verdicts)?
            .each_verdict(|a, b, verdict| match verdict.kind {
                _ if b < a => {}
                VerdictKind::MustLink => stats.must_link += 1,
                VerdictKind::CannotLink => stats.cannot_link += 1,
                VerdictKind::Withdrawn => {}
            })?;
        if let Some(generation) = state.in_force() {
            stats.made = self.made(generation)?;
            self.cursor(Family::Entities)?
                .each_entity(generation, |_, entity| match entity.state {
                    EntityState::Members(_) => stats.entities += 1,
                    EntityState::Retired(_) => stats.retired += 1,
                })?;
            self.cursor(Family::Links)?
                .each_link(generation, |from: RecordKey, to, _| {
                    stats.links += u64::from(from < to);
                })?;
            self.cursor(Family::Findings)?
                .each_finding(generation, |_, _, finding| {
                    *stats.findings.entry(finding.kind.into()).or_default() += 1;
                })?;
        }
        stats.state = state;
        Ok(stats)
    }
}

/// Bytes of all files of a folder; what goes away meanwhile counts nothing.
fn folder_bytes(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else {
        return 0;
    };
    let entries = entries.filter_map(Result::ok);
    let bytes = entries.map(|entry| match entry.metadata() {
        Ok(data) if data.is_dir() => folder_bytes(&entry.path()),
        Ok(data) => data.len(),
        Err(_) => 0,
    });
    bytes.sum()
}
