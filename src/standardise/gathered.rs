//! Batches put together, and their records in order.

use std::cmp::Reverse;
use std::io;

use rayon::prelude::*;
use yiren_matchers::record::{Field, Moved, TextList};
use yiren_matchers::rows::Rows;

use super::arrivals::{Arrivals, Origin};
use super::chunk::Chunk;
use super::load::{LoadError, PutAside};
use super::order::{Order, by_source_and_id, reorder};
use crate::ingest::{Inputs, Reject, RejectReason};
use crate::memory;
use crate::record::Enrolment;
use crate::table::{Aside, Table};
use crate::unfinished::Key;

/// Records whose values are translated together.
const TRANSLATED: usize = 1 << 9;

/// Batches gathered so far.
pub(super) struct Gathered<'a> {
    /// Digests of the batches, where they are kept.
    pub keys: Vec<Key>,
    pub fields: &'a [Field],
    source_of_file: Vec<u16>,
    /// Bytes of each file; none where they are not known.
    sizes: Vec<u64>,
    table: Table,
    origins: Vec<Origin>,
    pub put_aside: Option<PutAside>,
    /// Enrolments and origins, once they are put aside.
    arrivals: Option<Arrivals>,
    /// Where records of another file begin, and which file.
    turns: Vec<(u32, u32)>,
    /// The last batch, whose records are not in the table yet; its dictionaries are.
    waiting: Option<Chunk>,
}

impl<'a> Gathered<'a> {
    /// Nothing yet; `of_files` is the source of each file, and `sizes` its bytes.
    pub fn new(of_files: Vec<String>, sizes: Vec<u64>, fields: &'a [Field]) -> Gathered<'a> {
        let mut sources = of_files.clone();
        sources.sort();
        sources.dedup();
        let source_of = |source: &str| {
            sources
                .iter()
                .position(|known| known == source)
                .unwrap_or(0) as u16
        };
        Gathered {
            keys: Vec::new(),
            fields,
            source_of_file: of_files.iter().map(|source| source_of(source)).collect(),
            sizes,
            table: Table {
                rows: Rows::new(fields),
                sources,
                ..Table::default()
            },
            origins: Vec::new(),
            put_aside: None,
            arrivals: None,
            turns: Vec::new(),
            waiting: None,
        }
    }

    /// Makes room for some records, of the file up to that byte, and for those that will follow if
    /// the rest is as dense: what grows by doubling is copied, and held twice, again and again.
    fn make_room(&mut self, more: usize, file: u32, read: u64) {
        let Table {
            rows,
            enrolments,
            ids,
            ..
        } = &mut self.table;
        let (held, needed) = (ids.len(), ids.len() + more);
        if needed <= rows.capacity() {
            return;
        }
        let read = read + self.sizes.iter().take(file as usize).sum::<u64>();
        let parts = self.sizes.iter().sum::<u64>() as f64 / read.max(1) as f64;
        let room = needed as f64 * (1.02 * parts).clamp(1.5, 16.0);
        let further = room as usize - held;
        rows.reserve(further);
        ids.reserve(further);
        if self.arrivals.is_none() {
            enrolments.reserve_exact(further);
            self.origins.reserve_exact(further);
        }
    }

    fn file_of(&self, record: u32) -> u32 {
        let turn = self.turns.partition_point(|&(first, _)| first <= record);
        turn.checked_sub(1).map_or(0, |turn| self.turns[turn].1)
    }

    /// The source of each record.
    fn sources(&self) -> Vec<u16> {
        let mut sources = Vec::with_capacity(self.table.ids.len());
        let ends = self.turns.iter().skip(1).map(|&(first, _)| first as usize);
        let ends = ends.chain([self.table.ids.len()]);
        for (&(_, file), end) in self.turns.iter().zip(ends) {
            sources.resize(end, self.source_of_file[file as usize]);
        }
        sources
    }

    /// Adds a batch. One comes after the other here, so as much as can be is done at once: its
    /// dictionaries are added while the records of the batch before come to their places.
    pub fn add(&mut self, mut chunk: Chunk) -> io::Result<()> {
        self.keys.extend(chunk.key);
        let dictionaries = std::mem::take(&mut chunk.dictionaries);
        let mut moved = Moved::default();
        let mut all = std::mem::take(&mut self.table.dictionaries);
        let placed = rayon::scope(|scope| {
            for part in all.absorb_in_parts(dictionaries, &mut moved) {
                scope.spawn(|_| part());
            }
            self.place_waiting()
        });
        self.table.dictionaries = all;
        placed?;
        let width = self.fields.len().max(1);
        let kinds = self.fields.iter().map(|field| field.kind).cycle();
        let rows = chunk.values.par_chunks_mut(width * TRANSLATED);
        rows.for_each(|values| {
            for (value, kind) in values.iter_mut().zip(kinds.clone()) {
                *value = moved.translate(kind, *value);
            }
        });
        self.waiting = Some(chunk);
        self.put_aside_if_tight()
    }

    /// Puts the records of the last batch behind the others, if they are not there.
    fn place_waiting(&mut self) -> io::Result<()> {
        let Some(chunk) = self.waiting.take() else {
            return Ok(());
        };
        self.make_room(chunk.origins.len(), chunk.file, chunk.read);
        let table = &mut self.table;
        if self
            .turns
            .last()
            .is_none_or(|&(_, file)| file != chunk.file)
        {
            self.turns.push((table.ids.len() as u32, chunk.file));
        }
        let rows = chunk.values.chunks_exact(self.fields.len().max(1));
        rows.for_each(|row| table.rows.push(row));
        let places = 0..chunk.ids.len();
        places.for_each(|place| table.ids.push(chunk.ids.get(place)));
        if let Some(arrivals) = &mut self.arrivals {
            return arrivals.add(&chunk.enrolments, &chunk.origins);
        }
        let source = self.source_of_file[chunk.file as usize];
        let enrolments = chunk.enrolments.into_iter();
        table
            .enrolments
            .extend(enrolments.map(|enrolment| Enrolment {
                source,
                ..enrolment
            }));
        self.origins.extend(chunk.origins);
        Ok(())
    }

    /// Puts enrolments and origins aside if there would be no room for what comes after reading.
    fn put_aside_if_tight(&mut self) -> io::Result<()> {
        let Some(put_aside) = self.put_aside.as_ref().filter(|_| self.arrivals.is_none()) else {
            return Ok(());
        };
        let table = &mut self.table;
        let held = memory::resident().max(table.bytes() as u64);
        if held + put_aside.later_a_record * table.len() as u64 > put_aside.limit {
            let mut arrivals = Arrivals::new(&put_aside.folder);
            arrivals.add(&table.enrolments, &self.origins)?;
            self.arrivals = Some(arrivals);
            table.enrolments = Vec::new();
            self.origins = Vec::new();
        }
        Ok(())
    }

    /// Puts the records in order; of those with one id in one source the latest stays, and of
    /// the latest the one with the larger content hash. The others are rejected.
    pub fn finish(
        mut self,
        inputs: &Inputs,
        rejects: &mut Vec<Reject>,
    ) -> Result<Table, LoadError> {
        self.place_waiting().map_err(LoadError::Scratch)?;
        self.table.dictionaries.freeze();
        u32::try_from(self.table.ids.len())
            .ok()
            .filter(|&count| count < u32::MAX)
            .ok_or(LoadError::TooMany)?;
        let source_of = self.sources();
        let order = by_source_and_id(self.table.sources.len(), &source_of, &self.table.ids);
        let decided = self.kept_and_gone(order);
        let (kept, gone) = decided.map_err(LoadError::Scratch)?;
        for &(record, line) in &gone {
            let file = inputs.files.get(self.file_of(record) as usize);
            rejects.push(Reject {
                file: file
                    .map_or_else(String::new, |file| file.path.display().to_string())
                    .into(),
                line: line.into(),
                column: "record_id".to_string(),
                reason: RejectReason::RepeatedRecordId,
                text: self.table.ids.get(record as usize).to_string(),
            });
        }
        let Gathered {
            mut table,
            origins,
            arrivals,
            ..
        } = self;
        drop(origins);
        match arrivals {
            None => table.ids = table.ids.reordered(&kept),
            Some(Arrivals {
                enrolments,
                origins,
            }) => {
                let before = origins.bytes();
                drop(origins);
                let (sources, ids) = (&table.sources, &table.ids);
                let aside = Aside::of(enrolments, before, sources, &source_of, ids, &kept);
                table.aside = Some(aside.map_err(LoadError::Scratch)?);
                table.ids = TextList::default();
            }
        }
        drop(source_of);
        let stay = kept.len();
        let mut order = kept;
        order.extend(gone.iter().map(|&(record, _)| record));
        let (rows, enrolments) = (&mut table.rows, &mut table.enrolments);
        if table.aside.is_some() {
            reorder(order, |a, b| rows.swap(a, b));
        } else {
            let same = order.clone();
            rayon::join(
                || reorder(order, |a, b| rows.swap(a, b)),
                || reorder(same, |a, b| enrolments.swap(a, b)),
            );
            enrolments.truncate(stay);
        }
        rows.truncate(stay);
        Ok(table)
    }

    /// Of records in order, those that stay, and those that another of their id replaces, with their
    /// lines.
    fn kept_and_gone(&mut self, order: Order) -> io::Result<(Vec<u32>, Vec<Gone>)> {
        let Order {
            records: mut order,
            repeated,
        } = order;
        let mut gone = Vec::new();
        let (mut stay, mut from) = (0, 0);
        for same in repeated.chunk_by(|a, b| a + 1 == *b) {
            let (start, end) = (same[0], same[0] + same.len() + 1);
            order.copy_within(from..start, stay);
            stay += start - from;
            from = end;
            let mut ranked = Vec::with_capacity(end - start);
            for &record in &order[start..end] {
                let origin = match &mut self.arrivals {
                    None => self.origins[record as usize],
                    Some(arrivals) => arrivals.origin(record)?,
                };
                let last = Reverse((origin.updated_at, origin.content));
                ranked.push((last, self.file_of(record), origin.line, record));
            }
            ranked.sort_unstable();
            order[stay] = ranked[0].3;
            stay += 1;
            gone.extend(ranked[1..].iter().map(|&(.., line, record)| (record, line)));
        }
        order.copy_within(from.., stay);
        order.truncate(stay + order.len() - from);
        Ok((order, gone))
    }
}

/// A record that another of its id replaces, and its line.
type Gone = (u32, u32);
