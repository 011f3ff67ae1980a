//! What was known of a person when.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::query::{Happening, Known, Timeline, timeline as timeline_of};
use crate::service::looks::{Answered, Look, Sight, Stated, nobody, who};
use crate::service::masking::masked;
use crate::service::problem::Problem;
use crate::service::{App, gate, input};

/// Whom is asked about, and as of when.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TimelineRequest {
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

impl Stated for TimelineRequest {
    fn stated(&self) -> (&str, bool) {
        (&self.purpose, self.unmasked)
    }
}

/// What was known of a person when, and who decided what; for keys without a scope
#[utoipa::path(post, path = "/v1/timeline", tag = "people", security(("bearer" = [])), request_body = TimelineRequest,
    responses((status = 200, body = Object)))]
pub async fn timeline(
    State(app): State<App>,
    Look { asked, looking }: Look<TimelineRequest>,
) -> Result<Answered<Timeline>, Problem> {
    // A record that is of this county now says what it said as one of another.
    looking.whole()?;
    let who = who(&asked.who)?;
    let as_of = input::day(asked.as_of.as_deref(), gate::now())?;
    let known_at = input::moment(asked.known_at.as_deref())?;
    let work = move |sight: &Sight<'_>| {
        let known = Known::at(sight.view, known_at)?;
        let entity = who.entity(sight.view, &known)?.ok_or_else(nobody)?;
        let found = timeline_of(sight.view, entity, as_of, known_at)?;
        let mut found = found.ok_or_else(nobody)?;
        let names = names(&found);
        if !sight.unmasked {
            mask(&mut found);
        }
        Ok((found, names))
    };
    looking.look(&app, "timeline", work).await
}

fn names(found: &Timeline) -> Vec<String> {
    let mut names = vec![found.asked.clone()];
    for event in &found.events {
        if let Happening::Record { record, .. } = &event.what
            && !names.contains(record)
        {
            names.push(record.clone());
        }
    }
    names
}

fn mask(found: &mut Timeline) {
    for event in &mut found.events {
        if let Happening::Record { cells, .. } = &mut event.what {
            for cell in cells {
                cell.before = masked(&cell.column, &cell.before);
                cell.after = masked(&cell.column, &cell.after);
            }
        }
    }
}
