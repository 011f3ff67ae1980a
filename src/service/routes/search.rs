//! People found by half-remembered facts.

use axum::extract::State;
use axum::http::HeaderMap;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::query::{source_words, sources_named};
use crate::search::{Found, MOST_HITS, Query, SearchError, Within};
use crate::service::App;
use crate::service::access::Caller;
use crate::service::input::{self, Asked};
use crate::service::looks::{Answered, Looking, Sight};
use crate::service::masking::masked;
use crate::service::problem::{Code, Problem};

/// What is known of somebody.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SearchRequest {
    /// Names, pinyin, initials, fragments of addresses, years, how numbers begin or end, in any order.
    #[schema(example = "张?华 1962 骆家庄")]
    text: String,
    /// Only records of this source, or of one of these, by any name that the policy has for it.
    #[serde(deserialize_with = "input::one_or_many")]
    source: Vec<String>,
    /// Only records made in this division, or in one of these: its code, or how that begins.
    #[serde(deserialize_with = "input::one_or_many")]
    county: Vec<String>,
    /// Only enrolments in this state, or in one of these.
    #[serde(deserialize_with = "input::one_or_many")]
    status: Vec<String>,
    /// Only people born then: `1962`, `1962-05`, or `1960-1965`.
    born: Option<String>,
    /// Hits of a page, at most 200.
    limit: Option<usize>,
    /// The page, from 1.
    page: Option<usize>,
    /// What this is asked for; needed for whole values. The header `Yiren-Purpose` does as well.
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
    headers: HeaderMap,
    Asked(asked): Asked<SearchRequest>,
) -> Result<Answered<Found>, Problem> {
    find(app, caller, &headers, asked).await
}

/// People found by half-remembered facts
#[utoipa::path(post, path = "/v1/search", tag = "people", security(("bearer" = [])), request_body = SearchRequest, responses((status = 200, body = Object)))]
pub async fn post(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    input::Json { value, .. }: input::Json<SearchRequest>,
) -> Result<Answered<Found>, Problem> {
    find(app, caller, &headers, value).await
}

async fn find(
    app: App,
    caller: Caller,
    headers: &HeaderMap,
    asked: SearchRequest,
) -> Result<Answered<Found>, Problem> {
    let digest: [u8; 32] = Sha256::digest(asked.text.as_bytes()).into();
    let digest = digest.first_chunk().copied().unwrap_or_default();
    let scope = caller.scope.clone();
    let stated = (&*asked.purpose, asked.unmasked);
    let looking = Looking::of(caller, stated, headers, digest)?;
    let limit = asked.limit.unwrap_or(10);
    if !(1..=MOST_HITS).contains(&limit) || asked.page == Some(0) {
        let detail = format!("`limit` is from 1 to {MOST_HITS}, `page` from 1");
        return Err(Problem::new(Code::Parameter, detail));
    }
    let work = move |sight: &Sight<'_>| {
        let names = source_words(sight.view)?;
        let ours = &scope.programmes;
        let sources = sight.view.state()?.sources.into_iter().filter(|source| {
            let known = sight.engine.policy.source(source);
            known.is_some_and(|known| ours.contains(&known.id))
        });
        let query = Query {
            text: asked.text,
            sources: sources_named(&asked.source, &names),
            counties: asked.county,
            statuses: asked.status,
            born: asked.born,
            limit,
            page: asked.page.unwrap_or(1),
            names,
            within: Within {
                divisions: scope.divisions.clone(),
                sources: (!ours.is_empty()).then(|| sources.collect()),
            },
        };
        let found = sight.app.search.find(sight.view, &query);
        let mut found = found.map_err(problem_of)?;
        let shown = found
            .hits
            .iter()
            .map(|hit| format!("{}:{}", hit.source, hit.record_id));
        let shown = shown.collect();
        if !sight.unmasked {
            for (column, value) in found.hits.iter_mut().flat_map(|hit| &mut hit.cells) {
                *value = masked(column, value);
            }
        }
        Ok((found, shown))
    };
    looking.look(&app, "search", work).await
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
