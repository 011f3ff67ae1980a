//! People found by half-remembered facts.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::Answer;
use crate::query::source_words;
use crate::search::{Found, MOST_HITS, Query, SearchError, Within};
use crate::service::App;
use crate::service::access::Caller;
use crate::service::input::{self, Asked, Purpose};
use crate::service::masking::masked;
use crate::service::problem::{Code, Problem};

/// What is known of somebody.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SearchRequest {
    /// Names, pinyin, initials, fragments of addresses, years, how numbers begin or end, in any order.
    #[schema(example = "张?华 1962 骆家庄")]
    text: String,
    /// Only records of this source.
    source: Option<String>,
    /// Only records made in this division: its code, or how that begins.
    county: Option<String>,
    /// Only enrolments in this state.
    status: Option<String>,
    /// Only people born then: `1962`, `1962-05`, or `1960-1965`.
    born: Option<String>,
    /// Hits of a page, at most 200.
    limit: Option<usize>,
    /// The page, from 1.
    page: Option<usize>,
    /// What this is asked for; needed for whole values.
    purpose: String,
    /// Whether to show values whole.
    unmasked: bool,
}

/// People found by half-remembered facts; `POST` keeps them out of addresses, which are logged on the way
#[utoipa::path(get, path = "/v1/search", tag = "people", security(("bearer" = [])),
    params(("text" = Option<String>, Query), ("source" = Option<String>, Query), ("county" = Option<String>, Query), ("status" = Option<String>, Query), ("born" = Option<String>, Query),
        ("limit" = Option<usize>, Query), ("page" = Option<usize>, Query), ("purpose" = Option<String>, Query), ("unmasked" = Option<bool>, Query)),
    responses((status = 200, body = Object)))]
pub async fn get(
    State(app): State<App>,
    caller: Caller,
    Asked(asked): Asked<SearchRequest>,
) -> Answer<Found> {
    find(app, caller, asked).await
}

/// People found by half-remembered facts
#[utoipa::path(post, path = "/v1/search", tag = "people", security(("bearer" = [])), request_body = SearchRequest, responses((status = 200, body = Object)))]
pub async fn post(
    State(app): State<App>,
    caller: Caller,
    input::Json { value, .. }: input::Json<SearchRequest>,
) -> Answer<Found> {
    find(app, caller, value).await
}

async fn find(app: App, caller: Caller, asked: SearchRequest) -> Answer<Found> {
    let purpose = Purpose::of(&asked.purpose, asked.unmasked, &caller)?;
    let limit = asked.limit.unwrap_or(10);
    if !(1..=MOST_HITS).contains(&limit) || asked.page == Some(0) {
        let detail = format!("`limit` is from 1 to {MOST_HITS}, `page` from 1");
        return Err(Problem::new(Code::Parameter, detail));
    }
    let answering = app.clone();
    let found = app.pool.run(move || {
        let view = answering.store.view();
        let engine = answering.queue.engine();
        let names = source_words(&view)?;
        let ours = &caller.scope.programmes;
        let sources = view.state()?.sources.into_iter().filter(|source| {
            let known = engine.policy.source(source);
            known.is_some_and(|known| ours.contains(&known.id))
        });
        let query = Query {
            text: asked.text,
            sources: asked.source.into_iter().collect(),
            counties: asked.county.into_iter().collect(),
            statuses: asked.status.into_iter().collect(),
            born: asked.born,
            limit,
            page: asked.page.unwrap_or(1),
            names,
            within: Within {
                divisions: caller.scope.divisions.clone(),
                sources: (!ours.is_empty()).then(|| sources.collect()),
            },
        };
        let digest: [u8; 32] = Sha256::digest(query.text.as_bytes()).into();
        let digest = digest.first_chunk().copied().unwrap_or_default();
        let mut found = answering.search.find(&view, &query).map_err(problem_of)?;
        let shown = found
            .hits
            .iter()
            .map(|hit| format!("{}:{}", hit.source, hit.record_id));
        answering.note(&caller, "search", &purpose, &digest, shown.collect())?;
        if !purpose.unmasked {
            for (column, value) in found.hits.iter_mut().flat_map(|hit| &mut hit.cells) {
                *value = masked(column, value);
            }
        }
        Ok(found)
    });
    found.await.map(Json)
}

fn problem_of(error: SearchError) -> Problem {
    match error {
        SearchError::Store(error) => error.into(),
        // The value stays with the caller.
        SearchError::Filter { what, advice, .. } => {
            Problem::new(Code::Field, format!("a filter is no {what}; {advice}"))
        }
        SearchError::Empty => Problem::new(
            Code::Field,
            "nothing to search for: give a text or a filter",
        ),
        SearchError::Busy(_) => {
            Problem::new(Code::Busy, "the index is being written; send it again")
        }
        error => Problem::internal(&error),
    }
}
