//! The first hits of a query, with counts of all.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use rustc_hash::FxHashMap;
use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::{Column, StrColumn};
use tantivy::{DocId, Score, SegmentOrdinal, SegmentReader};

/// Collects the first hits, by rank, then source, then record id, and counts all by facet.
pub(super) struct Hits {
    /// How many.
    pub first: usize,
}

/// What was collected.
#[derive(Debug, Default)]
pub(super) struct Collected {
    pub total: u64,
    /// The first, in order.
    pub hits: Vec<Hit>,
    pub sources: BTreeMap<String, u64>,
    pub counties: BTreeMap<u64, u64>,
    pub statuses: BTreeMap<String, u64>,
}

/// A record that was hit. Orders as hits do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hit {
    pub rank: Reverse<u32>,
    pub source: String,
    pub record_id: String,
    pub key: u64,
}

/// Twelve-digit codes of one county.
const WITHIN_COUNTY: u64 = 1_000_000;

/// A hit of one segment: its texts by their places in the order of the segment's.
type Local = (Reverse<u32>, u64, u64, DocId);

/// What is collected of a segment.
pub(super) struct OfSegment {
    first: usize,
    hits: BinaryHeap<Local>,
    total: u64,
    source: StrColumn,
    record: StrColumn,
    status: StrColumn,
    division: Column<u64>,
    key: Column<u64>,
    sources: Vec<u64>,
    statuses: Vec<u64>,
    counties: FxHashMap<u64, u64>,
}

impl Collector for Hits {
    type Fruit = Collected;
    type Child = OfSegment;

    fn for_segment(
        &self,
        _: SegmentOrdinal,
        segment: &SegmentReader,
    ) -> tantivy::Result<OfSegment> {
        let columns = segment.fast_fields();
        let text = |name: &str| {
            let column = columns.str(name)?;
            column.ok_or_else(|| tantivy::TantivyError::FieldNotFound(name.to_string()))
        };
        let (source, status) = (text("source")?, text("status")?);
        Ok(OfSegment {
            first: self.first,
            hits: BinaryHeap::new(),
            total: 0,
            record: text("record")?,
            division: columns.u64("division")?,
            key: columns.u64("key")?,
            sources: vec![0; source.num_terms()],
            statuses: vec![0; status.num_terms()],
            counties: FxHashMap::default(),
            source,
            status,
        })
    }

    fn requires_scoring(&self) -> bool {
        true
    }

    fn merge_fruits(&self, parts: Vec<tantivy::Result<Collected>>) -> tantivy::Result<Collected> {
        let mut all = Collected::default();
        for part in parts {
            let part = part?;
            all.total += part.total;
            all.hits.extend(part.hits);
            add(&mut all.sources, part.sources);
            add(&mut all.statuses, part.statuses);
            add(&mut all.counties, part.counties);
        }
        all.hits.sort_unstable();
        all.hits.truncate(self.first);
        Ok(all)
    }
}

fn add<K: Ord>(all: &mut BTreeMap<K, u64>, part: BTreeMap<K, u64>) {
    for (name, count) in part {
        *all.entry(name).or_default() += count;
    }
}

impl SegmentCollector for OfSegment {
    type Fruit = tantivy::Result<Collected>;

    fn collect(&mut self, document: DocId, score: Score) {
        self.total += 1;
        let source = self.source.ords().first(document).unwrap_or(u64::MAX);
        if let Some(count) = self.sources.get_mut(source as usize) {
            *count += 1;
        }
        let status = self.status.ords().first(document);
        if let Some(count) = status.and_then(|status| self.statuses.get_mut(status as usize)) {
            *count += 1;
        }
        let division = self.division.first(document).unwrap_or(0);
        *self.counties.entry(division / WITHIN_COUNTY).or_default() += 1;

        let rank = Reverse(score as u32);
        let is_full = self.hits.len() >= self.first;
        let worst = self.hits.peek();
        if is_full && worst.is_none_or(|worst| (rank, source) > (worst.0, worst.1)) {
            return;
        }
        let record = self.record.ords().first(document).unwrap_or(u64::MAX);
        let hit = (rank, source, record, document);
        if is_full {
            if worst.is_some_and(|worst| hit >= *worst) {
                return;
            }
            self.hits.pop();
        }
        self.hits.push(hit);
    }

    fn harvest(self) -> tantivy::Result<Collected> {
        let text = |column: &StrColumn, place: u64| -> tantivy::Result<String> {
            let mut text = String::new();
            column.ord_to_str(place, &mut text)?;
            Ok(text)
        };
        let counted =
            |column: &StrColumn, counts: &[u64]| -> tantivy::Result<BTreeMap<String, u64>> {
                let there = (0..).zip(counts).filter(|(_, count)| **count > 0);
                there
                    .map(|(place, count)| Ok((text(column, place)?, *count)))
                    .collect()
            };
        let hits = self.hits.iter().map(|&(rank, source, record, document)| {
            Ok(Hit {
                rank,
                source: text(&self.source, source)?,
                record_id: text(&self.record, record)?,
                key: self.key.first(document).unwrap_or(0),
            })
        });
        Ok(Collected {
            total: self.total,
            hits: hits.collect::<tantivy::Result<_>>()?,
            sources: counted(&self.source, &self.sources)?,
            statuses: counted(&self.status, &self.statuses)?,
            counties: self.counties.into_iter().collect(),
        })
    }
}
