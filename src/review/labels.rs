//! What people decided, to learn from.

use super::opinions::{against, standing};
use super::second::verdicts;
use crate::query::on_file;
use crate::store::{StoreError, VerdictKind, View};
use crate::training::JudgedPair;

/// The verdicts in force about records on file, in the order of sources and ids, and how many were
/// left out because a second reader says otherwise and no third has spoken. Cost: all verdicts
/// are read.
///
/// # Errors
/// If the store cannot be read.
pub fn judged_pairs(view: &View<'_>) -> Result<(Vec<JudgedPair>, usize), StoreError> {
    let opinions = standing(view)?;
    let (mut pairs, mut disputed) = (Vec::new(), 0);
    for (pair, verdict) in verdicts(view)? {
        let Some(records) = on_file(view, pair)? else {
            continue;
        };
        if !against(&verdict, opinions.get(&pair).map_or(&[], Vec::as_slice)).is_empty() {
            disputed += 1;
            continue;
        }
        let mut names =
            records.map(|record| (record.source.to_string(), record.record_id.to_string()));
        names.sort_unstable();
        let [a, b] = names;
        let same = verdict.kind == VerdictKind::MustLink;
        pairs.push(JudgedPair { a, b, same });
    }
    pairs.sort_unstable();
    Ok((pairs, disputed))
}
