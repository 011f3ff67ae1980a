//! A new model or policy beside the one in force, before it is put in force.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use yiren_matchers::normalise::date::Date;

use super::fresh::{self, Records};
use super::naming::Named;
use super::rebuild::{figures, former_findings};
use super::{Rebuilding, ResolveError};
use crate::policy::Policy;
use crate::schema::parse_model;
use crate::store::{EntityState, Generation, RecordKey, View, keys};
use crate::sweep::{Clock, Progress, judge};

/// Entities that a comparison shows.
const EXAMPLES: usize = 20;

/// What would be otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// Model in force.
    pub model: String,
    /// The other model.
    pub other_model: String,
    /// Records on file.
    pub records: u64,
    /// Entities in force.
    pub entities: u64,
    /// Entities there would be.
    pub other_entities: u64,
    /// Entities that would have other records, be merged into others, or be parted.
    pub altered: u64,
    /// Records that would be in another entity.
    pub moved: u64,
    /// Findings in force.
    pub findings: u64,
    /// Findings that would be new.
    pub opened: u64,
    /// Findings that would hold no more.
    pub closed: u64,
    /// Some of the entities that would be otherwise, by id.
    pub examples: Vec<Example>,
}

/// An entity that would be otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Example {
    /// The entity in force.
    pub entity: String,
    /// Its records, as `source:record_id`.
    pub records: Vec<String>,
    /// The entities that these records would be in, each with all its records.
    pub others: Vec<Vec<String>>,
}

/// Sweeps over all records of a view with another model or policy, and compares with what is in
/// force. Changes nothing.
pub fn compare_model(
    view: &View<'_>,
    rebuilding: &Rebuilding,
    as_of: Date,
    progress: &dyn Progress,
) -> Result<Comparison, ResolveError> {
    let state = view.state()?;
    let former = state.in_force();
    let made = former
        .map(|former| view.made(former))
        .transpose()?
        .flatten();
    let model = parse_model(&rebuilding.model, "the model")?;
    let policy = Policy::parse(&rebuilding.policy, "the policy")?;
    let mut clock = Clock::new(progress);
    let records = Records::load(view, &model, &state.sources, &mut clock)?;
    let (other, frequencies) = figures(view, rebuilding, &model, &policy, &records.table)?;
    let figures = (other.records, frequencies);
    let (matched, keys) = fresh::sweep(records, view, &model, figures, &mut clock)?;
    let groups = matched.entities.members();
    let (commit, at) = view.commit()?;
    let now = (commit + 1, at);
    let table = &matched.loaded.table;
    let named = Named::of(&keys, table, view, former, groups.clone(), now)?;

    let name = |record: u32| format!("{}:{}", table.source(record), table.record_id(record));
    let mut before: BTreeMap<_, _> = named.altered.iter().map(|(id, was)| (*id, was)).collect();
    before.extend(named.retired.iter().map(|(id, was, _)| (*id, was)));
    let altered = before.len() as u64;
    let examples = before.into_iter().take(EXAMPLES).map(|(id, was)| {
        let EntityState::Members(members) = &was.state else {
            return Example::default();
        };
        let places = members
            .iter()
            .filter_map(|&member| keys.places.get(&RecordKey(member)));
        let places: Vec<u32> = places.copied().collect();
        let of = &matched.entities.of;
        let others: BTreeSet<u32> = places.iter().map(|&place| of[place as usize]).collect();
        let members = |group: u32| groups[group as usize].iter().map(|&r| name(r)).collect();
        Example {
            entity: id.to_string(),
            records: places.iter().map(|&place| name(place)).collect(),
            others: others.into_iter().map(members).collect(),
        }
    });
    let examples = examples.collect();
    let mut comparison = Comparison {
        model: made.map_or_else(String::new, |made| made.model_version),
        other_model: other.model_version,
        records: table.len() as u64,
        other_entities: named.ids.len() as u64,
        entities: named.ids.len() as u64 - named.created + named.retired.len() as u64,
        altered,
        moved: named.moved,
        examples,
        ..Comparison::default()
    };
    let generation = Generation(state.next);
    let results = judge(matched, named.ids, &policy, as_of, &mut clock)?;
    let mut findings = BTreeMap::new();
    for finding in &results.findings.rows {
        let (group, number, mut finding) = keys.finding(&policy, finding, &results);
        finding.since = now.0;
        findings.insert(keys::finding(generation, group, number), finding);
    }
    let closed = former_findings(view, former, generation, &mut findings)?;
    comparison.opened = findings.values().filter(|f| f.since == now.0).count() as u64;
    comparison.closed = closed.len() as u64;
    comparison.findings = findings.len() as u64 - comparison.opened + comparison.closed;
    Ok(comparison)
}
