//! Why two records or persons are, or are not, taken for one.

mod flips;

pub use flips::{Flip, LevelChange};

use serde::{Deserialize, Serialize};
use yiren_matchers::model::MatchWeight;

use super::bonds::{Bond, Bonds};
use super::history::{Known, TimeError};
use super::reading::{name, name_of};
use super::show::{Seen, ShownVerdict, kind_of};
use super::who::Who;
use crate::explain::{Explained, explain_pair};
use crate::id::EntityId;
use crate::resolve::{Engine, Local, Met, RuleMeeting, meetings};
use crate::store::{Moment, Record, RecordKey, StoreError, VerdictKind, View};
use crate::wire::{self, Code};

/// Of two persons, so many pairs of their records are weighed at most.
const PAIRS: usize = 4_000;

/// Of two persons, so many pairs beside the one explained are told.
const TOLD: usize = 10;

/// Why two are, or are not, one person, as the store has it now.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Why {
    /// The last commit.
    pub commit: u64,
    /// When that was.
    pub known_at: Moment,
    /// Model in force.
    pub model: String,
    /// The two that were asked about, as they were written.
    pub asked: [String; 2],
    /// The two records that are explained: of persons, the pair with the highest weight.
    pub records: [String; 2],
    /// The entities that these are in.
    pub entities: [String; 2],
    /// Whether that is one.
    pub one_person: bool,
    /// What that comes from.
    pub because: Because,
    /// Weights from which a pair goes to a person, and from which it links.
    pub thresholds: WhyThresholds,
    /// The weight of the two records, step by step.
    pub explained: Explained,
    /// What people said of the two records, also what they took back, oldest first.
    pub verdicts: Vec<ShownVerdict>,
    /// What each blocking rule does for them, in the order of the model.
    pub blocking: Vec<RuleMeeting>,
    /// What would have to be otherwise for the pair to be decided otherwise.
    pub flips: Vec<Flip>,
    /// Where they are one person: the bonds that lead from one to the other.
    pub chain: Vec<Bond>,
    /// Of persons: the weights of further pairs of their records, the highest first.
    pub others: Vec<PairWeight>,
}

/// The weights that decide.
#[derive(Copy, Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct WhyThresholds {
    /// From here up a pair goes to a person.
    #[serde(deserialize_with = "wire::exact")]
    pub review: f64,
    /// From here up it links.
    #[serde(deserialize_with = "wire::exact")]
    pub link: f64,
}

/// What it comes from that two records are, or are not, one person.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Because {
    /// One: a person said so.
    SaidSame,
    /// Not one: a person said so.
    SaidDifferent,
    /// One: their own weight links them.
    Linked,
    /// One: others lead from the one to the other.
    Chained,
    /// Not one: no blocking rule brings them together, and their weight would not link them.
    NotCompared,
    /// Not one: no blocking rule brings them together, though their weight would link them.
    Missed,
    /// Not one: their weight is too low, but high enough for a person to look at.
    ForReview,
    /// Not one: their weight is too low.
    TooLow,
    /// Not one: their weight would link them, but the other records of the two, or what people
    /// said of these, speak against it.
    HeldApart,
    /// Not one: both are of one source, and the model says that each source holds a person once.
    OneSource,
}

/// Two records and their weight.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct PairWeight {
    /// The records, as `source:record_id`.
    pub records: [String; 2],
    /// Match weight.
    #[serde(deserialize_with = "wire::exact")]
    pub weight: f64,
    /// What it comes to: `link`, `review` or `non-link`.
    #[serde(deserialize_with = "wire::code")]
    pub verdict: Code,
}

/// One of the two that are asked about.
struct Side {
    entity: EntityId,
    /// Whether the whole entity was asked about.
    whole: bool,
    /// The record asked about, or those of the entity.
    records: Vec<(RecordKey, Record)>,
}

/// Why two records, persons, or one of each are or are not one person, as the store has it now;
/// `engine` is that of the generation in force. `None` if one of them is not on file, or both are
/// the same.
///
/// # Errors
/// If the store cannot be read.
pub fn why(view: &View<'_>, engine: &Engine, a: &Who, b: &Who) -> Result<Option<Why>, TimeError> {
    why_seen(view, engine, (a, b), &|_| true)
}

/// As [`why`], for who may not see all: the pairs of records are those of which both are `seen`.
/// Others are named in the chain alone, if it leads over them.
///
/// # Errors
/// If the store cannot be read.
pub fn why_seen(
    view: &View<'_>,
    engine: &Engine,
    (a, b): (&Who, &Who),
    seen: Seen<'_>,
) -> Result<Option<Why>, TimeError> {
    let known = Known::at(view, None)?;
    let sides = side(view, &known, a, seen)?.zip(side(view, &known, b, seen)?);
    let is_one = |(a, b): &(Side, Side)| a.whole && b.whole && a.entity == b.entity;
    let Some((of_a, of_b)) = sides.filter(|sides| !is_one(sides)) else {
        return Ok(None);
    };
    let mut all = of_a.records.clone();
    for (key, record) in &of_b.records {
        if all.iter().all(|(known, _)| known != key) {
            all.push((*key, record.clone()));
        }
    }
    let local = engine.local(&all);
    let mut pairs = weighed(engine, &local, &of_a, &of_b);
    let Some(best) = (!pairs.is_empty()).then(|| pairs.remove(0)) else {
        return Ok(None);
    };
    let (left, right) = (of_a.records[best.a].0, of_b.records[best.b].0);
    let Some((x, y)) = local.place(left).zip(local.place(right)) else {
        return Ok(None);
    };
    let parts = engine.scorer.model().parts();
    let blocking = meetings(view, engine, &local, (x, y))?;
    let one_person = of_a.entity == of_b.entity;
    let chain = match one_person {
        true => chain(view, engine, &known, of_a.entity, (left, right))?,
        false => Vec::new(),
    };
    let explained = explain_pair(&engine.scorer, &local.table, x, y);
    let pattern = engine.scorer.weigh(&local.table, x, y).pattern;
    let flips = flips::flips(parts, pattern, |pattern| {
        engine.scorer.suppose(&local.table, x, y, pattern)
    });
    let others = pairs.iter().take(TOLD).map(|pair| PairWeight {
        records: [
            name_of(&of_a.records[pair.a].1),
            name_of(&of_b.records[pair.b].1),
        ],
        weight: pair.weight,
        verdict: parts.thresholds.verdict(MatchWeight(pair.weight)),
    });
    let because = because(
        view.verdict(left, right)?.map(|verdict| verdict.kind),
        one_person,
        explained.verdict,
        &blocking,
        parts.unique_sources && local.table.same_source(x, y),
    );
    Ok(Some(Why {
        commit: known.commit,
        known_at: known.at,
        model: engine.made.model_version.clone(),
        asked: [a.to_string(), b.to_string()],
        records: [
            name_of(&of_a.records[best.a].1),
            name_of(&of_b.records[best.b].1),
        ],
        entities: [of_a.entity.to_string(), of_b.entity.to_string()],
        one_person,
        because,
        thresholds: WhyThresholds {
            review: parts.thresholds.review.0,
            link: parts.thresholds.link.0,
        },
        explained,
        verdicts: said(view, left, right)?,
        blocking,
        flips,
        chain,
        others: others.collect(),
    }))
}

fn side(
    view: &View<'_>,
    known: &Known<'_>,
    who: &Who,
    seen: Seen<'_>,
) -> Result<Option<Side>, StoreError> {
    let Some(asked) = who.entity(view, known)? else {
        return Ok(None);
    };
    let Some((entity, members)) = known.follow(asked)? else {
        return Ok(None);
    };
    let mut records = match who.record(view)? {
        Some(record) => known.records(&[record])?,
        None => known.records(&members)?,
    };
    records.retain(|(_, record)| seen(record));
    Ok((!records.is_empty()).then_some(Side {
        entity,
        whole: matches!(who, Who::Entity(_)),
        records,
    }))
}

/// A pair of records of two sides, by their places.
struct Weighed {
    a: usize,
    b: usize,
    weight: f64,
}

/// The pairs between two sides, the highest weight first.
fn weighed(engine: &Engine, local: &Local, a: &Side, b: &Side) -> Vec<Weighed> {
    let mut pairs = Vec::new();
    for (x, (left, _)) in a.records.iter().enumerate() {
        for (y, (right, _)) in b.records.iter().enumerate() {
            let places = local.place(*left).zip(local.place(*right));
            let Some((i, j)) = places.filter(|(i, j)| i != j && pairs.len() < PAIRS) else {
                continue;
            };
            let explanation = engine.scorer.explain(&local.table, i, j);
            pairs.push(Weighed {
                a: x,
                b: y,
                weight: explanation.weight.0,
            });
        }
    }
    pairs.sort_by(|x, y| {
        y.weight
            .total_cmp(&x.weight)
            .then((x.a, x.b).cmp(&(y.a, y.b)))
    });
    pairs
}

fn because(
    said: Option<VerdictKind>,
    one_person: bool,
    verdict: &str,
    blocking: &[RuleMeeting],
    one_source: bool,
) -> Because {
    let compared = blocking.iter().any(|rule| rule.met == Met::Together);
    match (said, one_person) {
        (Some(VerdictKind::MustLink), true) => Because::SaidSame,
        (Some(VerdictKind::CannotLink), false) => Because::SaidDifferent,
        (_, true) if compared && verdict == "link" => Because::Linked,
        (_, true) => Because::Chained,
        (_, false) if one_source => Because::OneSource,
        (_, false) if !compared && verdict == "link" => Because::Missed,
        (_, false) if !compared => Because::NotCompared,
        (_, false) => match verdict {
            "link" => Because::HeldApart,
            "review" => Because::ForReview,
            _ => Because::TooLow,
        },
    }
}

fn chain(
    view: &View<'_>,
    engine: &Engine,
    known: &Known<'_>,
    entity: EntityId,
    (left, right): (RecordKey, RecordKey),
) -> Result<Vec<Bond>, StoreError> {
    let Some((_, members)) = known.follow(entity)? else {
        return Ok(Vec::new());
    };
    let records = known.records(&members)?;
    let bonds = Bonds::of(view, engine, &engine.local(&records), &records)?;
    Ok(bonds.chain(left, right))
}

/// What people said of two records, oldest first.
fn said(view: &View<'_>, a: RecordKey, b: RecordKey) -> Result<Vec<ShownVerdict>, StoreError> {
    let records = [name(view, a)?, name(view, b)?];
    let history = view
        .verdict_history(a, b)?
        .into_iter()
        .map(|(_, said)| said);
    let all = history.chain(view.verdict(a, b)?);
    let shown = all.map(|verdict| ShownVerdict {
        kind: kind_of(verdict.kind),
        records: records.clone(),
        by: verdict.by.to_string(),
        why: verdict.why.to_string(),
        at: verdict.at,
    });
    Ok(shown.collect())
}
