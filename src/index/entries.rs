//! The places of records in the blocks of a rule, as the store keeps them.

use rayon::prelude::*;
use yiren_matchers::blocking::{BlockingRule, Key, MAX_REFINE, RefineKey, keys_of};
use yiren_matchers::model::ModelParts;

use super::blocks::prepare;
use crate::table::Table;

/// Records a task.
const STRIPE: usize = 1 << 14;

/// A record under a key of a rule.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct BlockEntry {
    /// The key.
    pub key: Key,
    /// The record's refining keys, of which the rule's first ones count; the others are 0.
    pub path: [RefineKey; MAX_REFINE],
    /// The record.
    pub record: u32,
}

/// All entries of a rule, by record and key. In parallel; 32 bytes a record and key.
pub fn block_entries(table: &Table, model: &ModelParts, rule: &BlockingRule) -> Vec<BlockEntry> {
    let parts: Vec<_> = rule
        .parts
        .iter()
        .map(|part| prepare(part, table, model))
        .collect();
    let stripes: Vec<Vec<BlockEntry>> = (0..table.len().div_ceil(STRIPE))
        .into_par_iter()
        .map(|stripe| {
            let (mut keys, mut found) = (Vec::new(), Vec::new());
            let mut entries = Vec::with_capacity(STRIPE);
            for record in stripe * STRIPE..((stripe + 1) * STRIPE).min(table.len()) {
                let record = record as u32;
                let (row, dictionaries) = (table.record(record), &table.dictionaries);
                keys_of(&parts, row, dictionaries, &model.fields, &mut keys);
                if keys.is_empty() {
                    continue;
                }
                rule.path(row, dictionaries, &model.fields, &mut found);
                let mut path = [0; MAX_REFINE];
                path.iter_mut()
                    .zip(&found)
                    .for_each(|(to, from)| *to = *from);
                entries.extend(keys.iter().map(|&key| BlockEntry { key, path, record }));
            }
            entries
        })
        .collect();
    stripes.concat()
}
