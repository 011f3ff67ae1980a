//! How a person came to be: what holds its records together, and what happened to it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::bonds::{Bond, Bonds, Weakest};
use super::history::{Known, TimeError};
use super::show::{Event, ShownVerdict, story, verdicts};
use super::why::WhyThresholds;
use crate::id::EntityId;
use crate::resolve::Engine;
use crate::store::{Moment, StoreError, View};

/// How an entity came to be.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct How {
    /// The last commit.
    pub commit: u64,
    /// When that was.
    pub known_at: Moment,
    /// Model in force.
    pub model: String,
    /// Policy in force.
    pub policy: String,
    /// The entity asked for.
    pub asked: String,
    /// The entity that its records are in.
    pub entity: String,
    /// Weights from which a pair goes to a person, and from which it links.
    pub thresholds: WhyThresholds,
    /// Its records in order.
    pub records: Vec<HowRecord>,
    /// What is between each two of them, the strongest first; of a person with more than 200
    /// records only what the store keeps as links and what people said.
    pub bonds: Vec<Bond>,
    /// Whether that is every two of them.
    pub all_pairs: bool,
    /// The bond without which they fall apart soonest; `None` of a single record.
    pub weakest: Option<Weakest>,
    /// What people said of its records, as far as it was not taken back.
    pub verdicts: Vec<ShownVerdict>,
    /// What happened to it, and to those that were merged into it, oldest first.
    pub story: Vec<Told>,
}

/// A record of an entity.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct HowRecord {
    /// The record, as `source:record_id`.
    pub record: String,
    /// The commit that brought it into the entity.
    pub since: u64,
    /// When that was; `None` if its entry in the audit is gone.
    pub at: Option<Moment>,
    /// The entities that it was in before, oldest first.
    pub before: Vec<String>,
}

/// Something that happened to an entity.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Told {
    /// The entity.
    pub entity: String,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// How an entity, or the one that its records are in by now, came to be; `engine` is that of the
/// generation in force. `None` if there never was such an entity, or its records are all gone.
///
/// # Errors
/// If the store cannot be read.
pub fn how(view: &View<'_>, engine: &Engine, asked: EntityId) -> Result<Option<How>, TimeError> {
    let known = Known::at(view, None)?;
    let Some((entity, members)) = known.follow(asked)? else {
        return Ok(None);
    };
    let records = known.records(&members)?;
    let bonds = Bonds::of(view, engine, &engine.local(&records), &records)?;
    let mut told = Vec::with_capacity(bonds.keys.len());
    let mut others = BTreeSet::from([asked]);
    for (&key, name) in bonds.keys.iter().zip(&bonds.names) {
        let before: Vec<EntityId> = view
            .member_history(key)?
            .into_iter()
            .map(|(_, member)| member.entity)
            .collect();
        let since = view
            .member(engine.generation, key)?
            .map_or(0, |member| member.since);
        told.push(HowRecord {
            record: name.clone(),
            since,
            at: view.audit(since)?.map(|entry| entry.at),
            before: before.iter().map(ToString::to_string).collect(),
        });
        others.extend(before);
    }
    others.remove(&entity);
    let parts = engine.scorer.model().parts();
    Ok(Some(How {
        commit: known.commit,
        known_at: known.at,
        model: engine.made.model_version.clone(),
        policy: engine.made.policy_version.clone(),
        asked: asked.to_string(),
        entity: entity.to_string(),
        thresholds: WhyThresholds {
            review: parts.thresholds.review.0,
            link: parts.thresholds.link.0,
        },
        records: told,
        bonds: bonds.all(),
        all_pairs: bonds.are_all(),
        weakest: bonds.weakest(),
        verdicts: verdicts(view, &known, &bonds.keys)?,
        story: stories(view, &known, entity, &others)?,
    }))
}

/// What happened to an entity and to others that its records were in, oldest first.
fn stories(
    view: &View<'_>,
    known: &Known<'_>,
    entity: EntityId,
    others: &BTreeSet<EntityId>,
) -> Result<Vec<Told>, StoreError> {
    let mut told = Vec::new();
    for &id in [entity].iter().chain(others) {
        let events = story(view, known, id)?;
        told.extend(events.into_iter().map(|event| Told {
            entity: id.to_string(),
            event,
        }));
    }
    told.sort_by(|a, b| (a.event.commit, &a.entity).cmp(&(b.event.commit, &b.entity)));
    Ok(told)
}
