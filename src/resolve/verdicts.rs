//! What people say of two records, and what follows.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Applied, Engine, Outcome, Recording, ResolveError, Versions, decide, write};
use crate::store::{Act, Cursor, Family, RecordKey, Store, StoreError, Verdict, VerdictKind, View};

/// Verdicts that a change gives, by the lower and the higher of the two records.
pub(super) type Given = BTreeMap<(RecordKey, RecordKey), VerdictKind>;

/// What a person says of two records.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// Source and id of the one.
    pub a: (String, String),
    /// Source and id of the other.
    pub b: (String, String),
    /// What is said.
    pub kind: VerdictKind,
    /// Why.
    pub why: String,
}

/// Why a verdict cannot stand: what was said before, from the one record to the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// The verdict that was to be given.
    pub kind: VerdictKind,
    /// Records as (source, id), from the one to the other: each was said to be one person with
    /// the next, or, for the last two of a must-link, two.
    pub chain: Vec<(String, String)>,
    /// The two that were said to be two people; `None` where a chain of must-links contradicts a
    /// cannot-link.
    pub apart: Option<[(String, String); 2]>,
}

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |(source, id): &(String, String)| format!("{source}:{id}");
        let chain: Vec<String> = self.chain.iter().map(name).collect();
        let chain = chain.join(" = ");
        match &self.apart {
            None => write!(
                f,
                "this contradicts what was said before: {chain}; take one of these back first"
            ),
            Some([a, b]) => write!(
                f,
                "this contradicts what was said before: with it, {chain} would be one person, but {} and {} were said to be two; take one of these back first",
                name(a),
                name(b)
            ),
        }
    }
}

/// Records what a person says of two records, and decides anew all that it touches, as one commit.
/// Fails, having changed nothing, if a chain of earlier verdicts says otherwise.
pub fn give_verdict(
    store: &Store,
    engine: &Engine,
    judgement: &Judgement,
    recording: &Recording,
) -> Result<Applied, ResolveError> {
    let mut transaction = store.begin(recording.at)?;
    let view = transaction.view();
    let mut keys = [RecordKey(0); 2];
    for (key, (source, record_id)) in keys.iter_mut().zip([&judgement.a, &judgement.b]) {
        let found = view.find(source, record_id)?;
        *key = found.key;
        if found.current().is_none() {
            return Err(ResolveError::NoSuchRecord(
                source.clone(),
                record_id.clone(),
            ));
        }
    }
    let pair = (keys[0].min(keys[1]), keys[0].max(keys[1]));
    let stored = view.verdict(pair.0, pair.1)?;
    let known = stored
        .as_ref()
        .map_or(VerdictKind::Withdrawn, |verdict| verdict.kind);
    let mut outcome = Outcome::default();
    if known == judgement.kind || pair.0 == pair.1 {
        return Ok(Applied {
            outcome,
            fates: Vec::new(),
            commit: None,
        });
    }
    if let Some(contradiction) = contradiction(view, (keys[0], keys[1]), judgement.kind)? {
        return Err(ResolveError::Contradiction(Box::new(contradiction)));
    }
    let given = Given::from([(pair, judgement.kind)]);
    let decided = decide(view, engine, &Versions::new(), &given, recording.as_of)?;
    let verdict = Verdict {
        since: transaction.number(),
        at: transaction.at(),
        kind: judgement.kind,
        by: recording.actor.as_str().into(),
        why: judgement.why.as_str().into(),
    };
    transaction.put_verdict(pair.0, pair.1, &verdict, stored.as_ref())?;
    write::derived(&mut transaction, engine, &decided, &mut outcome)?;
    let act = Act {
        actor: recording.actor.clone(),
        action: "verdict",
        detail: serde_json::json!({
            "a": format!("{}:{}", judgement.a.0, judgement.a.1),
            "b": format!("{}:{}", judgement.b.0, judgement.b.1),
            "verdict": judgement.kind,
            "why": judgement.why,
            "outcome": outcome,
        }),
    };
    let commit = transaction.commit(act, recording.durability)?;
    Ok(Applied {
        outcome,
        fates: Vec::new(),
        commit: Some(commit),
    })
}

/// The verdicts about a record, with those that are being given; `cursor` is over the verdicts.
pub(super) fn verdicts_of(
    cursor: &mut Cursor<'_>,
    given: &Given,
    record: RecordKey,
) -> Result<Vec<(RecordKey, VerdictKind)>, StoreError> {
    let stored = cursor.verdicts(record)?;
    let mut verdicts: Vec<(RecordKey, VerdictKind)> = stored
        .into_iter()
        .map(|(to, verdict)| (to, verdict.kind))
        .collect();
    for (&(a, b), &kind) in given {
        if a == record || b == record {
            let to = if a == record { b } else { a };
            verdicts.retain(|(known, _)| *known != to);
            verdicts.push((to, kind));
        }
    }
    Ok(verdicts)
}

/// What earlier verdicts say against a new one about a pair.
fn contradiction(
    view: &View<'_>,
    pair: (RecordKey, RecordKey),
    kind: VerdictKind,
) -> Result<Option<Contradiction>, ResolveError> {
    let mut cursor = view.cursor(Family::Verdicts)?;
    // The verdict about the pair itself is replaced, so it does not speak against the new one.
    let sorted = (pair.0.min(pair.1), pair.0.max(pair.1));
    let given = Given::from([(sorted, VerdictKind::Withdrawn)]);
    match kind {
        VerdictKind::Withdrawn => Ok(None),
        VerdictKind::CannotLink => {
            let reached = reach(&mut cursor, &given, pair.0)?;
            let Some(chain) = reached.chain(pair.1) else {
                return Ok(None);
            };
            Ok(Some(Contradiction {
                kind,
                chain: names(view, &chain)?,
                apart: None,
            }))
        }
        VerdictKind::MustLink => {
            let (left, right) = (
                reach(&mut cursor, &given, pair.0)?,
                reach(&mut cursor, &given, pair.1)?,
            );
            for &a in &left.order {
                for (b, said) in verdicts_of(&mut cursor, &given, a)? {
                    if said != VerdictKind::CannotLink {
                        continue;
                    }
                    if let Some(to_b) = right.chain(b) {
                        let mut chain = left.chain(a).unwrap_or_default();
                        chain.reverse();
                        chain.extend(to_b);
                        let apart = names(view, &[a, b])?;
                        return Ok(Some(Contradiction {
                            kind,
                            chain: names(view, &chain)?,
                            apart: apart.try_into().ok(),
                        }));
                    }
                }
            }
            Ok(None)
        }
    }
}

/// The records that a chain of must-links leads to.
struct Reached {
    order: Vec<RecordKey>,
    from: FxHashMap<RecordKey, RecordKey>,
}

impl Reached {
    /// The records from the start to that one; `None` if no chain leads there.
    fn chain(&self, to: RecordKey) -> Option<Vec<RecordKey>> {
        if !self.order.contains(&to) {
            return None;
        }
        let mut chain = vec![to];
        while let Some(&before) = chain.last().and_then(|last| self.from.get(last)) {
            chain.push(before);
        }
        chain.reverse();
        Some(chain)
    }
}

fn reach(cursor: &mut Cursor<'_>, given: &Given, start: RecordKey) -> Result<Reached, StoreError> {
    let mut reached = Reached {
        order: Vec::new(),
        from: FxHashMap::default(),
    };
    let mut seen = FxHashSet::from_iter([start]);
    let mut waiting = VecDeque::from([start]);
    while let Some(record) = waiting.pop_front() {
        reached.order.push(record);
        for (to, kind) in verdicts_of(cursor, given, record)? {
            if kind == VerdictKind::MustLink && seen.insert(to) {
                reached.from.insert(to, record);
                waiting.push_back(to);
            }
        }
    }
    Ok(reached)
}

fn names(view: &View<'_>, keys: &[RecordKey]) -> Result<Vec<(String, String)>, StoreError> {
    let records = view.records(keys)?;
    let names = records.into_iter().map(|record| match record {
        Some(record) => (record.source.to_string(), record.record_id.to_string()),
        None => ("?".to_string(), "?".to_string()),
    });
    Ok(names.collect())
}
