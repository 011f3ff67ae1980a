//! A person as the desk shows them.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::query::{Known, Reading, Shown, ShownVerdict, show_seen};
use crate::service::looks::{Answered, Look, Sight, Stated, nobody, who};
use crate::service::masking::masked;
use crate::service::problem::Problem;
use crate::service::{App, gate, input};
use crate::store::Record;

/// Whom to show, and as of when.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShowRequest {
    /// An entity, or a record as `source:record_id`.
    #[schema(example = "dibao:D-2026-0001")]
    who: String,
    /// Day that enrolments are looked at; today if it is absent.
    as_of: Option<String>,
    /// What was known then; now if it is absent.
    known_at: Option<String>,
    /// What this is asked for; needed for whole values. The header `Yiren-Purpose` does as well.
    #[serde(default)]
    purpose: String,
    /// Whether to show values whole.
    #[serde(default)]
    unmasked: bool,
}

impl Stated for ShowRequest {
    fn stated(&self) -> (&str, bool) {
        (&self.purpose, self.unmasked)
    }
}

/// A person: golden record, records side by side, months, findings, household, verdicts, story
#[utoipa::path(post, path = "/v1/show", tag = "people", security(("bearer" = [])), request_body = ShowRequest,
    responses((status = 200, body = Object)))]
pub async fn show(
    State(app): State<App>,
    Look { asked, looking }: Look<ShowRequest>,
) -> Result<Answered<Shown>, Problem> {
    let who = who(&asked.who)?;
    let as_of = input::day(asked.as_of.as_deref(), gate::now())?;
    let known_at = input::moment(asked.known_at.as_deref())?;
    let work = move |sight: &Sight<'_>| {
        let known = Known::at(sight.view, known_at)?;
        let entity = who.entity(sight.view, &known)?.ok_or_else(nobody)?;
        let seen = |record: &Record| sight.sees(record);
        let is_in_force = known.is_now()? && known.generation() == sight.engine.generation;
        let shown = if is_in_force {
            let reading = sight.app.reading(sight.engine)?;
            let made = Some(&sight.engine.made);
            show_seen(
                sight.view,
                &known,
                made,
                Some(&reading),
                (entity, as_of),
                &seen,
            )?
        } else {
            let made = known.made()?;
            let reading = made.as_ref().map(Reading::of).transpose()?;
            let (made, reading) = (made.as_ref(), reading.as_ref());
            show_seen(sight.view, &known, made, reading, (entity, as_of), &seen)?
        };
        let mut shown = shown.ok_or_else(nobody)?;
        let names = super::entities::names(&shown);
        reduce(&mut shown, sight)?;
        if !sight.unmasked {
            mask(&mut shown);
        }
        Ok((shown, names))
    };
    looking.look(&app, "show", work).await
}

/// Takes the names of records that may not be seen out of what is told of others than the person's
/// own records, which come reduced.
fn reduce(shown: &mut Shown, sight: &Sight<'_>) -> Result<(), Problem> {
    if sight.is_whole() {
        return Ok(());
    }
    for event in &mut shown.story {
        sight.names(&mut event.records)?;
    }
    let Some(entity) = &mut shown.entity else {
        return Ok(());
    };
    for finding in entity.shared_findings.iter_mut().flatten() {
        sight.names(&mut finding.records)?;
    }
    reduce_verdicts(&mut entity.verdicts, sight)
}

/// Of a verdict on a record that may not be seen, that and when it was given.
pub(super) fn reduce_verdicts(
    verdicts: &mut [ShownVerdict],
    sight: &Sight<'_>,
) -> Result<(), Problem> {
    for verdict in verdicts {
        if !sight.names(&mut verdict.records)? {
            verdict.by.clear();
            verdict.why.clear();
        }
    }
    Ok(())
}

fn mask(shown: &mut Shown) {
    let Some(entity) = &mut shown.entity else {
        return;
    };
    for golden in &mut entity.golden {
        golden.value = masked(&golden.column, &golden.value);
        for other in &mut golden.others {
            other.value = masked(&golden.column, &other.value);
        }
    }
    for (column, value) in entity
        .records
        .iter_mut()
        .flat_map(|record| &mut record.cells)
    {
        *value = masked(column, value);
    }
    for household in entity.households.iter_mut().flatten() {
        household.number = masked("household_id", &household.number);
        for mate in &mut household.members {
            mate.name = masked("name", &mate.name);
        }
    }
}
