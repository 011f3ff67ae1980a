//! Parts of a table on disk, while others have the memory.
//!
//! Blocking, scoring and clustering need values alone; the rules need enrolments alone, and values
//! of the few pairs that they find; what is written needs ids. So that these are not all held at
//! once, ids and enrolments are put aside when the records were read, and when the values were
//! compared they change places with the enrolments. What is put aside is written once, from end to
//! end, and all but few single values are read so too.

use std::borrow::Cow;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;
use yiren_matchers::comparison::Pair;
use yiren_matchers::record::TextList;

use super::Table;
use crate::disk::Disk;
use crate::id::record_hash;
use crate::record::Enrolment;

/// Records whose ids are written as one block, and blocks that are made at once; few records in
/// tests, so that they see several blocks.
const BLOCK: usize = if cfg!(test) { 3 } else { 1 << 12 };
const BLOCKS: usize = 64;

/// Enrolments, and their places, that are read at once.
const WINDOW: usize = if cfg!(test) { 5 } else { 1 << 16 };

/// The place of a record that did not stay.
const GONE: u32 = u32::MAX;

/// What of a table is put aside, and what stands for it meanwhile.
#[derive(Debug)]
pub struct Aside {
    disk: Mutex<Disk>,
    /// Bytes that were put aside before, and are gone.
    before: u64,
    /// Where the records of each source end.
    source_ends: Vec<u32>,
    /// [`record_hash`] of each record, until they are in blocks.
    hashes: Vec<u64>,
    /// Enrolments from the first byte on, in the order in which the records arrived.
    arrived: usize,
    /// Where their places in the table begin, 4 bytes each.
    places: u64,
    /// Where each block of ids begins, and where the last ends.
    ids: Vec<u64>,
    /// Where the rows begin, if they are put aside.
    rows: Option<u64>,
}

impl Aside {
    /// Puts the ids aside, behind the enrolments of all records in the order of their arrival.
    /// `order` is the records that stay in the order of the table, of which `source_of` says the
    /// source by their arrival; `before` is bytes that were put aside for reading alone.
    ///
    /// # Errors
    /// The disk cannot be written.
    pub(crate) fn of(
        mut disk: Disk,
        before: u64,
        sources: &[String],
        source_of: &[u16],
        arrived_ids: &TextList,
        order: &[u32],
    ) -> io::Result<Aside> {
        let places = {
            let mut places = vec![GONE; source_of.len()];
            for (place, &record) in (0..).zip(order) {
                places[record as usize] = place;
            }
            let mut begin = None;
            for window in places.chunks(WINDOW) {
                let bytes: Vec<u8> = window.iter().flat_map(|at| at.to_le_bytes()).collect();
                let written = disk.append(&bytes)?;
                begin.get_or_insert(written);
            }
            begin.unwrap_or(disk.bytes())
        };
        let source = |record: u32| source_of[record as usize];
        let mut hashes = vec![0; order.len()];
        let mut ids = vec![disk.bytes()];
        for (order, hashes) in order
            .chunks(BLOCK * BLOCKS)
            .zip(hashes.chunks_mut(BLOCK * BLOCKS))
        {
            let blocks = order.par_chunks(BLOCK).zip(hashes.par_chunks_mut(BLOCK));
            let blocks: Vec<Vec<u8>> = blocks
                .map(|(order, hashes)| {
                    let id = |record: u32| arrived_ids.get(record as usize);
                    for (hash, &record) in hashes.iter_mut().zip(order) {
                        *hash = record_hash(&sources[usize::from(source(record))], id(record));
                    }
                    let lengths = order.iter().map(|&record| id(record).len() as u32);
                    let mut block: Vec<u8> = lengths.flat_map(u32::to_le_bytes).collect();
                    for &record in order {
                        block.extend_from_slice(id(record).as_bytes());
                    }
                    block
                })
                .collect();
            for block in blocks {
                disk.append(&block)?;
                ids.push(disk.bytes());
            }
        }
        let of_source = 0..sources.len();
        Ok(Aside {
            source_ends: of_source
                .map(|last| {
                    order.partition_point(|&record| usize::from(source(record)) <= last) as u32
                })
                .collect(),
            disk: Mutex::new(disk),
            before,
            hashes,
            arrived: source_of.len(),
            places,
            ids,
            rows: None,
        })
    }

    /// Bytes that were put aside in all.
    pub(crate) fn bytes(&self) -> u64 {
        self.before + self.disk().bytes()
    }

    /// Bytes that stand for it in memory.
    pub(super) fn held(&self) -> usize {
        size_of_val(&*self.hashes)
    }

    pub(super) fn len(&self) -> usize {
        self.source_ends.last().map_or(0, |&end| end as usize)
    }

    pub(super) fn source(&self, record: u32) -> u16 {
        self.source_ends.partition_point(|&end| end <= record) as u16
    }

    pub(super) fn hash(&self, record: u32) -> u64 {
        self.hashes[record as usize]
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls `each` with the ids of a block, in the order of the table.
    fn ids_of(&self, block: usize, mut each: impl FnMut(&str)) -> io::Result<()> {
        let (start, end) = (self.ids[block], self.ids[block + 1]);
        let mut bytes = vec![0; (end - start) as usize];
        self.disk().read(start, &mut bytes)?;
        let records = BLOCK.min(self.len() - block * BLOCK);
        let (lengths, mut texts) = bytes.split_at(4 * records);
        for &length in lengths.as_chunks::<4>().0 {
            let (id, others) = texts
                .split_at_checked(u32::from_le_bytes(length) as usize)
                .ok_or(io::ErrorKind::InvalidData)?;
            each(std::str::from_utf8(id).map_err(|_| io::ErrorKind::InvalidData)?);
            texts = others;
        }
        Ok(())
    }

    fn enrolments(&self) -> io::Result<Vec<Enrolment>> {
        let mut enrolments = vec![Enrolment::default(); self.len()];
        let (mut bytes, mut places) = (Vec::new(), Vec::new());
        for first in (0..self.arrived).step_by(WINDOW) {
            let records = WINDOW.min(self.arrived - first);
            bytes.resize(Enrolment::BYTES * records, 0);
            places.resize(4 * records, 0);
            let mut disk = self.disk();
            disk.read((Enrolment::BYTES * first) as u64, &mut bytes)?;
            disk.read(self.places + 4 * first as u64, &mut places)?;
            drop(disk);
            let window = bytes.as_chunks::<{ Enrolment::BYTES }>().0;
            for (bytes, &place) in window.iter().zip(places.as_chunks::<4>().0) {
                let place = u32::from_le_bytes(place);
                if let Some(enrolment) = enrolments.get_mut(place as usize) {
                    *enrolment = Enrolment::from_bytes(bytes, self.source(place));
                }
            }
        }
        Ok(enrolments)
    }
}

impl Table {
    /// Lets go of what only blocking needs of records whose ids are put aside.
    pub(crate) fn forget_hashes(&mut self) {
        if let Some(aside) = &mut self.aside {
            aside.hashes = Vec::new();
        }
    }

    /// Id of a record, wherever it is.
    ///
    /// # Errors
    /// It is put aside and cannot be read.
    pub fn record_id_anywhere(&self, record: u32) -> io::Result<Cow<'_, str>> {
        let Some(aside) = self.aside.as_ref().filter(|_| self.ids.is_empty()) else {
            return Ok(Cow::Borrowed(self.record_id(record)));
        };
        let (block, mut before) = (record as usize / BLOCK, record as usize % BLOCK);
        let mut found = String::new();
        aside.ids_of(block, |id| {
            if before == 0 {
                found = id.to_string();
            }
            before = before.wrapping_sub(1);
        })?;
        Ok(Cow::Owned(found))
    }

    /// What `look` says of two records side by side, as [`Table::pair`] gives them, wherever their
    /// values are.
    ///
    /// # Errors
    /// They are put aside and cannot be read.
    pub fn pair_anywhere<T>(
        &self,
        a: u32,
        b: u32,
        look: impl FnOnce(&Pair<'_>) -> T,
    ) -> io::Result<T> {
        let place = self
            .aside
            .as_ref()
            .and_then(|aside| aside.rows.zip(Some(aside)));
        let Some((begin, aside)) = place else {
            return Ok(look(&self.pair(a, b)));
        };
        let width = self.rows.width();
        let mut bytes = vec![0; 2 * width];
        let (left, right) = bytes.split_at_mut(width);
        for (record, row) in [(a.min(b), left), (a.max(b), right)] {
            let place = begin + u64::from(record) * width as u64;
            aside.disk().read(place, row)?;
        }
        let mut rows = self.rows.empty();
        rows.push_bytes(&bytes);
        Ok(look(&Pair {
            left: rows.row(0),
            right: rows.row(1),
            dictionaries: &self.dictionaries,
        }))
    }

    /// Puts the rows of a table aside of which anything is, and brings the enrolments back.
    ///
    /// # Errors
    /// The disk cannot be written or read.
    pub(crate) fn rows_for_enrolments(&mut self) -> io::Result<()> {
        if let Some(aside) = &mut self.aside
            && aside.rows.is_none()
        {
            let rows = self.rows.bytes_of(0..self.rows.len());
            let begin = aside.disk().append(rows)?;
            aside.rows = Some(begin);
            self.rows = self.rows.empty();
            self.enrolments = aside.enrolments()?;
        }
        Ok(())
    }

    /// Brings the ids back, if they are put aside.
    ///
    /// # Errors
    /// They cannot be read.
    pub(crate) fn bring_ids_back(&mut self) -> io::Result<()> {
        if let Some(aside) = self.aside.as_ref().filter(|_| self.ids.is_empty()) {
            let mut ids = TextList::default();
            for block in 0..aside.ids.len() - 1 {
                aside.ids_of(block, |id| ids.push(id))?;
                if block == 0 {
                    ids.reserve(aside.len() - ids.len());
                }
            }
            self.ids = ids;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use yiren_matchers::record::{Field, FieldKind, Value};
    use yiren_matchers::rows::Rows;

    use super::*;

    proptest! {
        #[test]
        fn what_is_put_aside_comes_back(
            // Source, id, a number, and whether the record stays, in the order of arrival.
            records in proptest::collection::vec(
                (0..3_u16, "[a编]{0,4}", any::<u64>(), any::<bool>()),
                0..40,
            ),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let mut disk = Disk::new(folder.path().into());
            let mut arrived_ids = TextList::default();
            let enrolment = |source: u16, household: u64| Enrolment {
                source,
                household,
                ..Enrolment::default()
            };
            for (_, id, number, _) in &records {
                disk.append(&enrolment(0, *number).to_bytes()).unwrap();
                arrived_ids.push(id);
            }
            let source_of: Vec<u16> = records.iter().map(|record| record.0).collect();
            let stays = |&record: &u32| records[record as usize].3;
            let mut order: Vec<u32> = (0..records.len() as u32).filter(stays).collect();
            order.sort_by_key(|&record| source_of[record as usize]);
            let sources: Vec<String> = ["甲", "乙", "丙"].map(String::from).into();
            let field = Field {
                name: String::new(),
                kind: FieldKind::Account,
                column: String::new(),
                years: None,
            };
            let aside = Aside::of(disk, 7, &sources, &source_of, &arrived_ids, &order).unwrap();
            let mut table = Table {
                rows: Rows::new(&[field]),
                sources,
                aside: Some(aside),
                ..Table::default()
            };
            let value = |record: u32| Value::from_number(records[record as usize].2);
            order.iter().for_each(|&record| table.rows.push(&[value(record)]));
            prop_assert_eq!(table.len(), order.len());
            let places = || (0..).zip(&order).map(|(place, &record)| (place, &records[record as usize]));
            for (place, (source, id, ..)) in places() {
                prop_assert_eq!(table.source_number(place), *source);
                prop_assert_eq!(table.hash(place), record_hash(table.source(place), id));
                prop_assert_eq!(&*table.record_id_anywhere(place).unwrap(), id.as_str());
            }
            let pairs = |table: &Table| -> Vec<[Value; 2]> {
                let look = |pair: &Pair<'_>| [pair.left.get(0), pair.right.get(0)];
                let others = (0..order.len() as u32).rev();
                let both = (0..).zip(others);
                both.map(|(a, b)| table.pair_anywhere(a, b, look).unwrap()).collect()
            };
            let before = pairs(&table);
            table.forget_hashes();
            table.rows_for_enrolments().unwrap();
            prop_assert!(table.rows.is_empty());
            prop_assert_eq!(pairs(&table), before);
            table.bring_ids_back().unwrap();
            prop_assert_eq!(table.enrolments.len(), order.len());
            for (place, (source, id, number, _)) in places() {
                prop_assert_eq!(table.record_id(place), id.as_str());
                prop_assert_eq!(&table.enrolments[place as usize], &enrolment(*source, *number));
            }
            let aside = table.aside.as_ref().map_or(0, Aside::bytes);
            prop_assert!(aside >= 7 + (45 + 4) * records.len() as u64);
        }
    }
}
