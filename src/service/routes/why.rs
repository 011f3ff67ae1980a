//! Why two are, or are not, one person.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::query::{Why, why_seen};
use crate::service::App;
use crate::service::looks::{Answered, Look, Sight, Stated, nobody, who};
use crate::service::masking::mask_reasons;
use crate::service::problem::Problem;
use crate::store::Record;

/// The two that are asked about.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WhyRequest {
    /// A record as `source:record_id`, or an entity.
    #[schema(example = "dibao:D-2026-0001")]
    a: String,
    /// The other.
    #[schema(example = "tekun:T-2026-0001")]
    b: String,
    /// What this is asked for; needed for whole values. The header `Yiren-Purpose` does as well.
    #[serde(default)]
    purpose: String,
    /// Whether to show values whole.
    #[serde(default)]
    unmasked: bool,
}

impl Stated for WhyRequest {
    fn stated(&self) -> (&str, bool) {
        (&self.purpose, self.unmasked)
    }
}

/// Why two records or persons are, or are not, one: evidence, chain, what would have to differ
#[utoipa::path(post, path = "/v1/why", tag = "people", security(("bearer" = [])), request_body = WhyRequest,
    responses((status = 200, body = Object)))]
pub async fn why(
    State(app): State<App>,
    Look { asked, looking }: Look<WhyRequest>,
) -> Result<Answered<Why>, Problem> {
    let (a, b) = (who(&asked.a)?, who(&asked.b)?);
    let work = move |sight: &Sight<'_>| {
        sight.require(&a)?;
        sight.require(&b)?;
        let seen = |record: &Record| sight.sees(record);
        let found = why_seen(sight.view, sight.engine, (&a, &b), &seen)?;
        let mut found = found.ok_or_else(nobody)?;
        let names = found.records.to_vec();
        // A chain over a record that may not be seen would tell how near it is to one that may.
        let links = found.chain.iter_mut().flat_map(|bond| &mut bond.records);
        if !sight.names(links)? {
            found.chain.clear();
        }
        if !sight.unmasked {
            mask_reasons(&mut found.explained);
        }
        Ok((found, names))
    };
    looking.look(&app, "why", work).await
}
