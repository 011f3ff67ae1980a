//! How two people are tied.

use std::collections::BTreeMap;

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use super::network::{column, entity_of, seen};
use crate::query::{PathOptions, PathValue, Paths, commonest, paths as paths_of};
use crate::service::App;
use crate::service::looks::{Answered, Look, Sight, Stated, nobody, who};
use crate::service::masking::masked;
use crate::service::problem::{Code, Problem};

/// Steps from person to person, and persons that share something that ties, at most.
const DEEPEST: u32 = 12;
const WIDEST: usize = 1_000;

/// The two that are asked about, and how far to look.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PathsRequest {
    /// An entity, or a record as `source:record_id`.
    #[schema(example = "dibao:D-2026-0001")]
    a: String,
    /// The other.
    #[schema(example = "tekun:T-2026-0001")]
    b: String,
    /// Steps from person to person, at most 12; 6 if it is absent.
    depth: Option<u32>,
    /// What more persons share ties nobody; 10 if it is absent.
    hub: Option<usize>,
    /// Whether to look for addresses as well, for which every record is read.
    #[serde(default)]
    addresses: bool,
    /// What this is asked for; needed for whole values. The header `Yiren-Purpose` does as well.
    #[serde(default)]
    purpose: String,
    /// Whether to show values whole.
    #[serde(default)]
    unmasked: bool,
}

impl Stated for PathsRequest {
    fn stated(&self) -> (&str, bool) {
        (&self.purpose, self.unmasked)
    }
}

/// How two people are tied: the shortest chains of shared numbers between them
#[utoipa::path(post, path = "/v1/paths", tag = "people", security(("bearer" = [])), request_body = PathsRequest,
    responses((status = 200, body = Object)))]
pub async fn paths(
    State(app): State<App>,
    Look { asked, looking }: Look<PathsRequest>,
) -> Result<Answered<Paths>, Problem> {
    let (a, b) = (who(&asked.a)?, who(&asked.b)?);
    let defaults = PathOptions::default();
    let options = PathOptions {
        depth: asked.depth.unwrap_or(defaults.depth),
        hub: asked.hub.unwrap_or(defaults.hub),
        addresses: asked.addresses,
    };
    if options.depth > DEEPEST || options.hub > WIDEST {
        let detail = format!("`depth` is at most {DEEPEST}, `hub` at most {WIDEST}");
        return Err(Problem::new(Code::Parameter, detail));
    }
    let work = move |sight: &Sight<'_>| {
        sight.require(&a)?;
        sight.require(&b)?;
        let ends = (entity_of(sight, &a)?, entity_of(sight, &b)?);
        let reading = sight.app.reading(sight.engine)?;
        let made = &sight.engine.made;
        let found = paths_of(sight.view, made, &reading, ends, &options)?;
        let mut found = found.ok_or_else(nobody)?;
        let names = found.persons.keys().cloned().collect();
        reduce(&mut found, sight)?;
        if !sight.unmasked {
            mask(&mut found);
        }
        Ok((found, names))
    };
    match options.addresses {
        true => looking.look_long(&app, "paths", work).await,
        false => looking.look(&app, "paths", work).await,
    }
}

/// Leaves of records that may not be seen in which sources there are such; of a person what the
/// others say. A value stays where the one or the other that share it has no record that may not
/// be seen, so that it is on one that may.
fn reduce(found: &mut Paths, sight: &Sight<'_>) -> Result<(), Problem> {
    if sight.is_whole() {
        return Ok(());
    }
    let mut inside: BTreeMap<&str, bool> = BTreeMap::new();
    for (entity, person) in &mut found.persons {
        person.name = commonest(&seen(&person.records, sight)?, "name");
        inside.insert(entity, sight.names(&mut person.records)?);
    }
    let is_inside = |entity: &String| inside.get(&**entity) == Some(&true);
    let hide = |values: &mut Vec<PathValue>, ends: [&String; 2]| {
        if !ends.into_iter().any(is_inside) {
            values.iter_mut().for_each(|value| value.text.clear());
        }
    };
    for step in found.chains.iter_mut().flatten() {
        hide(&mut step.values, [&step.from, &step.to]);
    }
    let [a, b] = &found.entities;
    hide(&mut found.crowds, [a, b]);
    Ok(())
}

fn mask(found: &mut Paths) {
    for person in found.persons.values_mut() {
        person.name = masked("name", &person.name);
    }
    let steps = found.chains.iter_mut().flatten();
    let values = steps.flat_map(|step| &mut step.values);
    for value in values.chain(&mut found.crowds) {
        value.text = masked(column(value.kind), &value.text);
    }
}
