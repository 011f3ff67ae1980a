//! Persons, their records and history.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Answer;
use crate::id::EntityId;
use crate::query::{Event, Shown, ShownFinding, show};
use crate::service::access::Caller;
use crate::service::input::{self, Asked, Names, Purpose};
use crate::service::masking::{is_inside, mask_fields};
use crate::service::problem::{Code, Problem};
use crate::service::{App, gate};

/// What to show of a person.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shows {
    /// Day that enrolments are looked at.
    as_of: Option<String>,
    /// What was known then.
    known_at: Option<String>,
    /// Whether values are shown whole.
    #[serde(default)]
    unmasked: bool,
}

/// A person.
#[derive(Debug, Serialize, ToSchema)]
pub struct EntityAnswer {
    /// The entity that was asked for.
    asked: String,
    /// The entity; another than the one asked for if that is no more, absent if its records have gone.
    entity: Option<String>,
    /// The commit that this is as of.
    commit: u64,
    /// When that was (milliseconds since 1970).
    known_at: i64,
    /// Day that enrolments are looked at.
    as_of: String,
    /// Model in force then.
    model: String,
    /// Policy in force then.
    policy: String,
    /// Its records.
    records: Vec<EntityRecord>,
    /// What the rules find between them on that day.
    #[schema(value_type = Vec<Object>)]
    findings: Vec<ShownFinding>,
    /// What people said of them.
    verdicts: Vec<EntityVerdict>,
}

/// A record of a person.
#[derive(Debug, Serialize, ToSchema)]
pub struct EntityRecord {
    /// Its source.
    source: String,
    /// Its id within the source; empty where it is outside the caller's scope.
    record_id: String,
    /// Whether it is an enrolment that runs on the day; absent if its dates do not say.
    running: Option<bool>,
    /// First day, as the record says; for records outside the scope too.
    start: String,
    /// Office where it was made, or else the division of the hukou.
    office: String,
    /// What it says; empty where it is outside the caller's scope.
    fields: BTreeMap<String, String>,
    /// Whether it is outside the caller's scope.
    outside_scope: bool,
}

/// What a person said of two records.
#[derive(Debug, Serialize, ToSchema)]
pub struct EntityVerdict {
    /// `must_link` or `cannot_link`.
    kind: String,
    /// The two records.
    records: Vec<String>,
    /// Who said so.
    by: String,
    /// Why.
    why: String,
    /// When (milliseconds since 1970).
    at: i64,
}

/// What happened to a person's entity.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryAnswer {
    /// The entity that was asked for.
    asked: String,
    /// The entity that its records are in now.
    entity: Option<String>,
    /// What happened, oldest first.
    #[schema(value_type = Vec<Object>)]
    events: Vec<Event>,
}

/// A person: records, enrolments, findings, verdicts
#[utoipa::path(get, path = "/v1/entities/{id}", tag = "people", security(("bearer" = [])),
    params(("id" = String, Path), ("as_of" = Option<String>, Query, description = "Day that enrolments are looked at"),
        ("known_at" = Option<String>, Query, description = "What was known then"), ("unmasked" = Option<bool>, Query, description = "Show values whole"),
        ("yiren-purpose" = Option<String>, Header, description = "What the look is for; needed for whole values")),
    responses((status = 200, body = EntityAnswer)))]
pub async fn show_entity(
    State(app): State<App>,
    caller: Caller,
    Names(id): Names<String>,
    Asked(shows): Asked<Shows>,
    headers: HeaderMap,
) -> Answer<EntityAnswer> {
    let purpose = Purpose::of_header(&headers, shows.unmasked, &caller)?;
    let answering = app.clone();
    let answer = app.pool.run(move || {
        let shown = shown(&answering, &id, &shows)?;
        let names = names(&shown);
        answering.note(&caller, "entity", &purpose, &[0; 16], names)?;
        Ok(reduced(&answering, &caller, &purpose, shown))
    });
    answer.await.map(Json)
}

/// What happened to a person: merges, partings, verdicts
#[utoipa::path(get, path = "/v1/entities/{id}/history", tag = "people", security(("bearer" = [])),
    params(("id" = String, Path)),
    responses((status = 200, body = HistoryAnswer)))]
pub async fn history(
    State(app): State<App>,
    caller: Caller,
    Names(id): Names<String>,
    headers: HeaderMap,
) -> Answer<HistoryAnswer> {
    let purpose = Purpose::of_header(&headers, false, &caller)?;
    let answering = app.clone();
    let answer = app.pool.run(move || {
        let shown = shown(&answering, &id, &Shows::default())?;
        answering.note(&caller, "history", &purpose, &[0; 16], names(&shown))?;
        let mut events = shown.story;
        let engine = answering.queue.engine();
        for event in &mut events {
            for name in &mut event.records {
                let source = name.split(':').next().unwrap_or_default();
                if !caller.scope.is_whole()
                    && !is_inside(
                        &caller.scope,
                        &engine.policy,
                        source,
                        &office_of(&answering, name)?,
                    )
                {
                    *name = source.to_string();
                }
            }
        }
        Ok(HistoryAnswer {
            asked: shown.asked,
            entity: shown.entity.map(|entity| entity.id),
            events,
        })
    });
    answer.await.map(Json)
}

/// Office of a record by its name; "" if it is not on file.
fn office_of(app: &App, name: &str) -> Result<String, Problem> {
    let Some((source, record_id)) = name.split_once(':') else {
        return Ok(String::new());
    };
    let found = app.store.view().find(source, record_id)?.current();
    Ok(found.map_or_else(String::new, |record| {
        crate::query::office(&record).to_string()
    }))
}

fn shown(app: &App, id: &str, shows: &Shows) -> Result<Shown, Problem> {
    let entity = EntityId::parse(id);
    let entity = entity
        .ok_or_else(|| Problem::new(Code::Parameter, "an entity is `E` and 16 characters"))?;
    let as_of = input::day(shows.as_of.as_deref(), gate::now())?;
    let known_at = input::moment(shows.known_at.as_deref())?;
    let view = app.store.view();
    let shown = show(&view, entity, as_of, known_at)?;
    shown.ok_or_else(|| Problem::new(Code::NotFound, "no such entity, or not at that time"))
}

/// What is noted of a look at a person.
pub(super) fn names(shown: &Shown) -> Vec<String> {
    let records = shown.entity.iter().flat_map(|entity| &entity.records);
    let records = records.map(|record| format!("{}:{}", record.source, record.record_id));
    std::iter::once(shown.asked.clone())
        .chain(records)
        .collect()
}

/// What the caller may see of a person.
fn reduced(app: &App, caller: &Caller, purpose: &Purpose, shown: Shown) -> EntityAnswer {
    let engine = app.queue.engine();
    let mut outside_names: Vec<(String, String)> = Vec::new();
    let (mut records, mut findings, mut verdicts) = (Vec::new(), Vec::new(), Vec::new());
    let entity = shown.entity.as_ref().map(|entity| entity.id.clone());
    if let Some(entity) = shown.entity {
        for record in entity.records {
            let mut fields: BTreeMap<String, String> = record.cells.into_iter().collect();
            let cell = |column: &str| fields.get(column).cloned().unwrap_or_default();
            let office = match cell("office_division") {
                office if office.is_empty() => cell("hukou_division"),
                office => office,
            };
            let start = cell("start_date");
            let outside = !is_inside(&caller.scope, &engine.policy, &record.source, &office);
            let mut record_id = record.record_id;
            if outside {
                outside_names.push((
                    format!("{}:{record_id}", record.source),
                    record.source.clone(),
                ));
                fields.clear();
                record_id.clear();
            }
            if !purpose.unmasked {
                mask_fields(&mut fields);
            }
            records.push(EntityRecord {
                source: record.source,
                record_id,
                running: record.running,
                start,
                office,
                fields,
                outside_scope: outside,
            });
        }
        let hide = |name: &mut String| {
            if let Some((_, source)) = outside_names.iter().find(|(known, _)| known == name) {
                name.clone_from(source);
            }
        };
        findings = entity.findings;
        findings
            .iter_mut()
            .flat_map(|finding| &mut finding.records)
            .for_each(hide);
        for verdict in entity.verdicts {
            let mut records = verdict.records.to_vec();
            records.iter_mut().for_each(hide);
            verdicts.push(EntityVerdict {
                kind: verdict.kind.to_string(),
                records,
                by: verdict.by,
                why: verdict.why,
                at: verdict.at.0,
            });
        }
    }
    EntityAnswer {
        asked: shown.asked,
        entity,
        commit: shown.commit,
        known_at: shown.known_at.0,
        as_of: shown.as_of,
        model: shown.model,
        policy: shown.policy,
        records,
        findings,
        verdicts,
    }
}
