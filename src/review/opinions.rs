//! What readers think of two records without deciding.

use std::collections::BTreeMap;

use super::Pair;
use crate::query::name;
use crate::resolve::{Recording, ResolveError};
use crate::store::{
    Act, OPINION, Opinion, OpinionKind, OpinionReading, Store, StoreError, Verdict, VerdictKind,
    View,
};

/// What a reader thinks of two records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thought {
    /// The two records.
    pub pair: Pair,
    /// As what they read them.
    pub reading: OpinionReading,
    /// What they think; [`OpinionKind::Withdrawn`] takes back what they thought in that reading.
    pub kind: OpinionKind,
    /// The commit of the verdict that was read again; `None` in a first reading.
    pub of: Option<u64>,
    /// Why.
    pub why: String,
}

/// Keeps what a reader thinks, as one commit, and returns its number. Nothing is decided by it.
///
/// # Errors
/// If the store cannot be written.
pub fn give_opinion(
    store: &Store,
    thought: &Thought,
    recording: &Recording,
) -> Result<u64, ResolveError> {
    let mut transaction = store.begin(recording.at)?;
    let (a, b) = thought.pair;
    let names = [name(transaction.view(), a)?, name(transaction.view(), b)?];
    let opinion = Opinion {
        since: transaction.number(),
        at: transaction.at(),
        reading: thought.reading,
        kind: thought.kind,
        of: thought.of,
        by: recording.actor.as_str().into(),
        why: thought.why.as_str().into(),
    };
    transaction.put_opinion(a, b, &opinion)?;
    let act = Act {
        actor: recording.actor.clone(),
        action: OPINION,
        detail: serde_json::json!({
            "a": names[0],
            "b": names[1],
            "reading": thought.reading.name(),
            "opinion": thought.kind.name(),
            "of": thought.of,
            "why": thought.why,
        }),
    };
    Ok(transaction.commit(act, recording.durability)?)
}

/// The opinions that stand, by pair and oldest first: of each reader, reading and verdict the last,
/// unless it was taken back.
pub(super) fn standing(view: &View<'_>) -> Result<BTreeMap<Pair, Vec<Opinion>>, StoreError> {
    let mut last: BTreeMap<(Pair, OpinionReading, Option<u64>, Box<str>), Opinion> =
        BTreeMap::new();
    view.each_opinion(|a, b, _, opinion| {
        let of = ((a, b), opinion.reading, opinion.of, opinion.by.clone());
        last.insert(of, opinion);
    })?;
    let mut standing: BTreeMap<Pair, Vec<Opinion>> = BTreeMap::new();
    for ((pair, ..), opinion) in last {
        if opinion.kind != OpinionKind::Withdrawn {
            standing.entry(pair).or_default().push(opinion);
        }
    }
    for opinions in standing.values_mut() {
        opinions.sort_by_key(|opinion| opinion.since);
    }
    Ok(standing)
}

/// What a verdict says, as an opinion would; `None` where it was taken back.
pub(super) fn as_opinion(kind: VerdictKind) -> Option<OpinionKind> {
    match kind {
        VerdictKind::MustLink => Some(OpinionKind::Same),
        VerdictKind::CannotLink => Some(OpinionKind::Different),
        VerdictKind::Withdrawn => None,
    }
}

/// A second reader's opinions that contradict a verdict in force, unless a third reader has spoken
/// since: none if it is not disputed.
pub(super) fn against<'a>(verdict: &Verdict, opinions: &'a [Opinion]) -> Vec<&'a Opinion> {
    let said = as_opinion(verdict.kind);
    let of = |reading: OpinionReading| opinions.iter().filter(move |it| it.reading == reading);
    let settled = of(OpinionReading::Third).filter(|opinion| opinion.kind != OpinionKind::Unsure);
    let settled = settled.map(|opinion| opinion.since).max();
    let second = of(OpinionReading::Second).filter(|opinion| {
        opinion.kind != OpinionKind::Unsure
            && said.is_some_and(|said| said != opinion.kind)
            && settled.is_none_or(|settled| settled < opinion.since)
    });
    second.collect()
}
