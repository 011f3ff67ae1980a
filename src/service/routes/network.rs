//! Who shares what with a person.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use serde::Deserialize;

use super::Answer;
use super::entities::office_of;
use crate::id::EntityId;
use crate::query::{Network, NetworkOptions, Reading, TieKind, network};
use crate::service::App;
use crate::service::access::Caller;
use crate::service::input::{Asked, Names, Purpose};
use crate::service::masking::{is_inside, masked};
use crate::service::problem::{Code, Problem};

/// Steps from person to person, and persons, at most.
const DEEPEST: u32 = 3;
const WIDEST: usize = 500;

/// How far and how wide to look.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wide {
    depth: Option<u32>,
    hub: Option<usize>,
    persons: Option<usize>,
    unmasked: bool,
}

/// Who shares a phone, account, household, paper or ID number with a person
#[utoipa::path(get, path = "/v1/entities/{id}/network", tag = "people", security(("bearer" = [])),
    params(("id" = String, Path), ("depth" = Option<u32>, Query, description = "Steps from person to person, at most 3"), ("hub" = Option<usize>, Query, description = "What more persons share is not followed"),
        ("persons" = Option<usize>, Query, description = "Persons to show, at most 500"), ("unmasked" = Option<bool>, Query, description = "Show values whole"),
        ("yiren-purpose" = Option<String>, Header, description = "What the look is for; needed for whole values")),
    responses((status = 200, body = Object)))]
pub async fn get(
    State(app): State<App>,
    caller: Caller,
    Names(id): Names<String>,
    Asked(wide): Asked<Wide>,
    headers: HeaderMap,
) -> Answer<Network> {
    let purpose = Purpose::of_header(&headers, wide.unmasked, &caller)?;
    let wrong = || Problem::new(Code::Parameter, "an entity is `E` and 16 characters");
    let entity = EntityId::parse(&id).ok_or_else(wrong)?;
    let defaults = NetworkOptions::default();
    let options = NetworkOptions {
        depth: wide.depth.unwrap_or(defaults.depth),
        hub: wide.hub.unwrap_or(defaults.hub),
        persons: wide.persons.unwrap_or(defaults.persons),
        addresses: false,
    };
    if options.depth > DEEPEST || !(1..=WIDEST).contains(&options.persons) || options.hub > WIDEST {
        let detail = format!("`depth` is at most {DEEPEST}, `persons` and `hub` at most {WIDEST}");
        return Err(Problem::new(Code::Parameter, detail));
    }
    let answering = app.clone();
    let found = app.pool.run(move || {
        let view = answering.store.view();
        let engine = answering.queue.engine();
        let reading = Reading::of(&engine.made)?;
        let found = network(&view, &engine.made, &reading, entity, &options)?;
        let missing = || Problem::new(Code::NotFound, "no such entity, or it has no records");
        let mut found = found.ok_or_else(missing)?;
        let shown = found.persons.iter().map(|person| person.entity.clone());
        answering.note(&caller, "network", &purpose, &[0; 16], shown.collect())?;
        restrict(&answering, &caller, &mut found)?;
        if !purpose.unmasked {
            for person in &mut found.persons {
                person.name = masked("name", &person.name);
                person.birth_date = masked("birth_date", &person.birth_date);
            }
            for value in &mut found.values {
                value.text = masked(column(value.kind), &value.text);
            }
        }
        Ok(found)
    });
    found.await.map(Json)
}

/// Leaves of persons outside the caller's scope that there are such, and in which sources; of what
/// only they hold, what kind it is.
fn restrict(app: &App, caller: &Caller, found: &mut Network) -> Result<(), Problem> {
    if caller.scope.is_whole() {
        return Ok(());
    }
    let engine = app.queue.engine();
    let mut inside = Vec::with_capacity(found.persons.len());
    for person in &mut found.persons {
        let mut any = false;
        for name in &mut person.records {
            let source = name.split(':').next().unwrap_or_default().to_string();
            match is_inside(
                &caller.scope,
                &engine.policy,
                &source,
                &office_of(app, name)?,
            ) {
                true => any = true,
                false => *name = source,
            }
        }
        if !any {
            person.name.clear();
            person.birth_date.clear();
        }
        inside.push(any);
    }
    let mut ours = vec![false; found.values.len()];
    for tie in &mut found.ties {
        if inside.get(tie.person) == Some(&true)
            && let Some(ours) = ours.get_mut(tie.value)
        {
            *ours = true;
        }
        for name in &mut tie.records {
            let source = name.split(':').next().unwrap_or_default().to_string();
            if !is_inside(
                &caller.scope,
                &engine.policy,
                &source,
                &office_of(app, name)?,
            ) {
                *name = source;
            }
        }
    }
    for (value, ours) in found.values.iter_mut().zip(ours) {
        if !ours {
            value.text.clear();
        }
    }
    Ok(())
}

/// The column whose rule masks a value.
fn column(kind: TieKind) -> &'static str {
    match kind {
        TieKind::NationalId => "national_id",
        TieKind::Document => "documents",
        TieKind::Account => "bank_account",
        TieKind::Phone => "phone",
        TieKind::Household => "household_id",
        TieKind::Address => "hukou_address",
    }
}
