//! Who shares what with a person.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use serde::Deserialize;
use utoipa::ToSchema;

use super::Answer;
use crate::id::EntityId;
use crate::query::{Known, Network, NetworkOptions, TieKind, Who, commonest, network};
use crate::service::App;
use crate::service::access::Caller;
use crate::service::input::{Asked, Names};
use crate::service::looks::{Answered, Look, Looking, Sight, Stated, nobody, who};
use crate::service::masking::masked;
use crate::service::problem::{Code, Problem};
use crate::store::Record;

/// Steps from person to person, and persons, at most.
const DEEPEST: u32 = 6;
const WIDEST: usize = 1_000;

/// How far and how wide to look.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wide {
    depth: Option<u32>,
    hub: Option<usize>,
    persons: Option<usize>,
    unmasked: bool,
}

/// Whom is asked about, how far and how wide to look.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NetworkRequest {
    /// An entity, or a record as `source:record_id`.
    #[schema(example = "dibao:D-2026-0001")]
    who: String,
    /// Steps from person to person, at most 6; 1 if it is absent.
    depth: Option<u32>,
    /// What more persons share is not followed; 10 if it is absent.
    hub: Option<usize>,
    /// Persons to show, at most 1,000; 200 if it is absent.
    persons: Option<usize>,
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

impl Stated for NetworkRequest {
    fn stated(&self) -> (&str, bool) {
        (&self.purpose, self.unmasked)
    }
}

/// Who shares a phone, account, household, paper or ID number with a person
#[utoipa::path(get, path = "/v1/entities/{id}/network", tag = "people", security(("bearer" = [])),
    params(("id" = String, Path), ("depth" = Option<u32>, Query, description = "Steps from person to person, at most 6"), ("hub" = Option<usize>, Query, description = "What more persons share is not followed"),
        ("persons" = Option<usize>, Query, description = "Persons to show, at most 1,000"), ("unmasked" = Option<bool>, Query, description = "Show values whole"),
        ("yiren-purpose" = Option<String>, Header, description = "What the look is for; needed for whole values")),
    responses((status = 200, body = Object)))]
pub async fn get(
    State(app): State<App>,
    caller: Caller,
    Names(id): Names<String>,
    Asked(wide): Asked<Wide>,
    headers: HeaderMap,
) -> Answer<Network> {
    let looking = Looking::of(caller, ("", wide.unmasked), &headers, [0; 16])?;
    let wrong = || Problem::new(Code::Parameter, "an entity is `E` and 16 characters");
    let entity = EntityId::parse(&id).ok_or_else(wrong)?;
    let options = options((wide.depth, wide.hub, wide.persons), false)?;
    let work = move |sight: &Sight<'_>| find(sight, entity, &options);
    let found = looking.look(&app, "network", work).await?;
    Ok(Json(found.value()))
}

/// Who shares a phone, account, household, paper or ID number with a person; addresses too if asked
#[utoipa::path(post, path = "/v1/network", tag = "people", security(("bearer" = [])), request_body = NetworkRequest,
    responses((status = 200, body = Object)))]
pub async fn post(
    State(app): State<App>,
    Look { asked, looking }: Look<NetworkRequest>,
) -> Result<Answered<Network>, Problem> {
    let who = who(&asked.who)?;
    let wide = (asked.depth, asked.hub, asked.persons);
    let options = options(wide, asked.addresses)?;
    let work = move |sight: &Sight<'_>| {
        sight.require(&who)?;
        find(sight, entity_of(sight, &who)?, &options)
    };
    match options.addresses {
        true => looking.look_long(&app, "network", work).await,
        false => looking.look(&app, "network", work).await,
    }
}

/// The entity of somebody, as the store is now.
pub(super) fn entity_of(sight: &Sight<'_>, who: &Who) -> Result<EntityId, Problem> {
    let known = Known::at(sight.view, None)?;
    who.entity(sight.view, &known)?.ok_or_else(nobody)
}

fn options(
    (depth, hub, persons): (Option<u32>, Option<usize>, Option<usize>),
    addresses: bool,
) -> Result<NetworkOptions, Problem> {
    let defaults = NetworkOptions::default();
    let options = NetworkOptions {
        depth: depth.unwrap_or(defaults.depth),
        hub: hub.unwrap_or(defaults.hub),
        persons: persons.unwrap_or(defaults.persons),
        addresses,
    };
    if options.depth > DEEPEST || !(1..=WIDEST).contains(&options.persons) || options.hub > WIDEST {
        let detail = format!("`depth` is at most {DEEPEST}, `persons` and `hub` at most {WIDEST}");
        return Err(Problem::new(Code::Parameter, detail));
    }
    Ok(options)
}

fn find(
    sight: &Sight<'_>,
    entity: EntityId,
    options: &NetworkOptions,
) -> Result<(Network, Vec<String>), Problem> {
    let reading = sight.app.reading(sight.engine)?;
    let found = network(sight.view, &sight.engine.made, &reading, entity, options)?;
    let missing = || Problem::new(Code::NotFound, "no such entity, or it has no records");
    let mut found = found.ok_or_else(missing)?;
    let shown = found.persons.iter().map(|person| person.entity.clone());
    let shown = shown.collect();
    reduce(&mut found, sight)?;
    if !sight.unmasked {
        for person in &mut found.persons {
            person.name = masked("name", &person.name);
            person.birth_date = masked("birth_date", &person.birth_date);
        }
        for value in &mut found.values {
            value.text = masked(column(value.kind), &value.text);
        }
    }
    Ok((found, shown))
}

/// Leaves of records that may not be seen in which sources there are such; of a person what the
/// others say, and of a value that none of them holds what kind it is.
fn reduce(found: &mut Network, sight: &Sight<'_>) -> Result<(), Problem> {
    if sight.is_whole() {
        return Ok(());
    }
    for person in &mut found.persons {
        let records = seen(&person.records, sight)?;
        person.name = commonest(&records, "name");
        person.birth_date = commonest(&records, "birth_date");
        sight.names(&mut person.records)?;
    }
    let mut held = vec![false; found.values.len()];
    for tie in &mut found.ties {
        for name in &mut tie.records {
            let seen = sight.name(name)?;
            if let Some(held) = held.get_mut(tie.value) {
                *held |= seen;
            }
        }
    }
    for (value, held) in found.values.iter_mut().zip(held) {
        if !held {
            value.text.clear();
        }
    }
    Ok(())
}

/// Those of some records that may be seen.
pub(super) fn seen(names: &[String], sight: &Sight<'_>) -> Result<Vec<Record>, Problem> {
    let mut records = Vec::with_capacity(names.len());
    for name in names {
        records.extend(sight.record(name)?);
    }
    Ok(records)
}

/// The column whose rule masks a value.
pub(super) fn column(kind: TieKind) -> &'static str {
    match kind {
        TieKind::NationalId => "national_id",
        TieKind::Document => "documents",
        TieKind::Account => "bank_account",
        TieKind::Phone => "phone",
        TieKind::Household => "household_id",
        TieKind::Address => "hukou_address",
    }
}
