//! The rows of a batch, standardised into dictionaries of their own.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;
use yiren_matchers::record::{Dictionaries, TextList, Value};

use super::arrivals::Origin;
use super::enrolment::EnrolmentColumns;
use super::{Memo, Standardiser};
use crate::ingest::RowBatch;
use crate::record::Enrolment;
use crate::unfinished::Key;

/// Rows that are standardised together: few enough that their text stays in the processor's cache.
const TOGETHER: usize = 128;

/// The standardised rows of one batch.
#[derive(Serialize, Deserialize)]
pub(super) struct Chunk {
    #[serde(skip)]
    pub file: u32,
    /// Bytes of the file up to the end of the batch.
    #[serde(skip)]
    pub read: u64,
    /// Digest of the batch, where it is kept.
    #[serde(skip)]
    pub key: Option<Key>,
    pub dictionaries: Dictionaries,
    pub values: Vec<Value>,
    pub enrolments: Vec<Enrolment>,
    pub ids: TextList,
    pub origins: Vec<Origin>,
}

impl Chunk {
    /// Standardises the rows of a batch.
    pub fn of(batch: &RowBatch, standardiser: &Standardiser, memo: &mut Memo) -> Chunk {
        let fields = standardiser.fields();
        let columns: Vec<Option<usize>> = fields
            .iter()
            .map(|field| batch.column(&field.column))
            .collect();
        let enrolment = EnrolmentColumns::of(batch);
        let id = batch.column("record_id");
        let mut chunk = Chunk {
            file: batch.file,
            read: batch.bytes_read,
            key: None,
            dictionaries: Dictionaries::with_room(batch.len()),
            values: Vec::with_capacity(batch.len() * fields.len()),
            enrolments: Vec::with_capacity(batch.len()),
            ids: TextList::default(),
            origins: Vec::with_capacity(batch.len()),
        };
        let mut content = Content::of(batch);
        for first in (0..batch.len()).step_by(TOGETHER) {
            let rows = first..(first + TOGETHER).min(batch.len());
            // The whole text in its order first: that is how memory is fastest.
            for row in rows.clone() {
                chunk.origins.push(Origin {
                    content: content.hash(row),
                    line: batch.line(row),
                    updated_at: enrolment.updated_at(batch, row),
                });
                chunk.enrolments.push(enrolment.read(batch, row));
                chunk.ids.push(id.map_or("", |id| batch.cell(row, id)));
            }
            let cell = |row: usize, field: usize| {
                columns[field].map_or("", |column| batch.cell(first + row, column))
            };
            let (dictionaries, values) = (&mut chunk.dictionaries, &mut chunk.values);
            standardiser.standardise_each(rows.len(), cell, dictionaries, memo, values);
        }
        chunk
    }
}

/// What a row says, whatever the order of its columns: the cells that are not empty, each with
/// the name of its column, in the order of the names.
pub struct Content<'a> {
    batch: &'a RowBatch,
    /// What goes before the cells of each column, and the column, in the order of the names.
    columns: Vec<(String, usize)>,
    text: String,
}

impl<'a> Content<'a> {
    /// What the rows of a batch say.
    pub fn of(batch: &'a RowBatch) -> Content<'a> {
        let names = batch.columns.iter().enumerate();
        let mut columns: Vec<(&str, usize)> = names.map(|(place, name)| (&**name, place)).collect();
        columns.sort_unstable();
        let before = |(name, place)| (format!("{name}\u{1e}"), place);
        Content {
            batch,
            columns: columns.into_iter().map(before).collect(),
            text: String::new(),
        }
    }

    /// The hash of a row: of two rows of one record that do not say which is later, the one with
    /// the larger stays.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn hash(&mut self, row: usize) -> u64 {
        self.text.clear();
        for (before, place) in &self.columns {
            let cell = self.batch.cell(row, *place);
            if !cell.is_empty() {
                self.text.push_str(before);
                self.text.push_str(cell);
                self.text.push('\u{1f}');
            }
        }
        xxh3_64(self.text.as_bytes())
    }
}
