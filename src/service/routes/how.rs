//! How a person came to be.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use super::network::entity_of;
use super::show::reduce_verdicts;
use crate::query::{How, Who, how as how_of};
use crate::service::App;
use crate::service::looks::{Answered, Look, Sight, Stated, nobody, who};
use crate::service::problem::Problem;

/// Whom is asked about.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HowRequest {
    /// An entity, or a record as `source:record_id`.
    #[schema(example = "dibao:D-2026-0001")]
    who: String,
    /// What this is asked for. The header `Yiren-Purpose` does as well.
    #[serde(default)]
    purpose: String,
    /// Whether to show values whole; there are none in this answer.
    #[serde(default)]
    unmasked: bool,
}

impl Stated for HowRequest {
    fn stated(&self) -> (&str, bool) {
        (&self.purpose, self.unmasked)
    }
}

/// How a person came to be: what holds the records together, the weakest link, the story
#[utoipa::path(post, path = "/v1/how", tag = "people", security(("bearer" = [])), request_body = HowRequest,
    responses((status = 200, body = Object)))]
pub async fn how(
    State(app): State<App>,
    Look { asked, looking }: Look<HowRequest>,
) -> Result<Answered<How>, Problem> {
    let who = who(&asked.who)?;
    let work = move |sight: &Sight<'_>| {
        let entity = entity_of(sight, &who)?;
        // What holds together with what cannot be told in part.
        sight.require_all(&Who::Entity(entity))?;
        let found = how_of(sight.view, sight.engine, entity)?;
        let mut found = found.ok_or_else(nobody)?;
        let names = found.records.iter().map(|record| record.record.clone());
        let names = names.collect();
        // Records that were here once, and those of others that verdicts are about.
        for told in &mut found.story {
            sight.names(&mut told.event.records)?;
        }
        reduce_verdicts(&mut found.verdicts, sight)?;
        Ok((found, names))
    };
    looking.look(&app, "how", work).await
}
