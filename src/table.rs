//! The standardised records of one sweep, in memory; of those that do not fit, a part at a time.

mod aside;

use yiren_matchers::comparison::Pair;
use yiren_matchers::record::{Dictionaries, TextList};
use yiren_matchers::rows::{Row, Rows};

pub use aside::Aside;

use crate::id::record_hash;
use crate::record::Enrolment;

/// Standardised records in the order of (source, record id), so that a record's number breaks
/// every tie.
#[derive(Debug, Default)]
pub struct Table {
    /// Their values.
    pub rows: Rows,
    /// What longer values point to.
    pub dictionaries: Dictionaries,
    /// Names of the sources, sorted.
    pub sources: Vec<String>,
    /// What the rules need of each record.
    pub enrolments: Vec<Enrolment>,
    /// Record ids.
    pub ids: TextList,
    /// What of all this is put aside, and is empty here meanwhile; `None` if all is in memory, as it
    /// is everywhere but in a sweep under a limit of memory.
    pub aside: Option<Aside>,
}

impl Table {
    /// How many records there are.
    pub fn len(&self) -> usize {
        match &self.aside {
            None => self.enrolments.len(),
            Some(aside) => aside.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of the records and of what they point to, about.
    pub fn bytes(&self) -> usize {
        self.rows.bytes()
            + size_of_val(&*self.enrolments)
            + self.ids.bytes()
            + self.dictionaries.bytes()
            + self.aside.as_ref().map_or(0, Aside::held)
    }

    /// The values of a record.
    #[inline]
    pub fn record(&self, record: u32) -> Row<'_> {
        self.rows.row(record)
    }

    /// Two records side by side, the lower one left, so that a pair has one weight to the last bit.
    #[inline]
    pub fn pair(&self, a: u32, b: u32) -> Pair<'_> {
        Pair {
            left: self.record(a.min(b)),
            right: self.record(a.max(b)),
            dictionaries: &self.dictionaries,
        }
    }

    /// Brings the records into the processor's cache: those of candidate pairs are all over memory, and
    /// asked for at once the waits for them overlap. Pays for some tens of records.
    pub fn fetch(&self, records: impl Iterator<Item = u32>) {
        let read = records.fold(0, |read, record| read ^ self.record(record).ends());
        std::hint::black_box(read);
    }

    /// Whether the two records are of one source.
    pub fn same_source(&self, a: u32, b: u32) -> bool {
        self.source_number(a) == self.source_number(b)
    }

    /// Place of the source of a record in [`Table::sources`].
    pub fn source_number(&self, record: u32) -> u16 {
        match &self.aside {
            None => self.enrolments[record as usize].source,
            Some(aside) => aside.source(record),
        }
    }

    /// Name of the source of a record.
    pub fn source(&self, record: u32) -> &str {
        &self.sources[usize::from(self.source_number(record))]
    }

    /// Id of a record within its source; of a table whose ids may be put aside,
    /// [`Table::record_id_anywhere`] says it.
    pub fn record_id(&self, record: u32) -> &str {
        debug_assert!((record as usize) < self.ids.len());
        self.ids.get(record as usize)
    }

    /// The [`record_hash`] of a record.
    pub fn hash(&self, record: u32) -> u64 {
        match &self.aside {
            None => record_hash(self.source(record), self.record_id(record)),
            Some(aside) => aside.hash(record),
        }
    }
}
