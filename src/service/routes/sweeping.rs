//! Sweeps over the store.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::Answer;
use crate::service::App;
use crate::service::access::Caller;
use crate::service::gate::slowly;
use crate::service::input::Names;
use crate::service::problem::{Code, Problem};
use crate::service::sweeps::{Sweep, Sweeps};

/// Begin a sweep: everything is worked out once more, and what differs is decided anew
#[utoipa::path(post, path = "/v1/sweeps", tag = "running", security(("bearer" = [])),
    responses((status = 202, body = Sweep)))]
pub async fn begin(State(app): State<App>, caller: Caller) -> Result<Response, Problem> {
    if !caller.scope.is_whole() {
        let detail = "a sweep is of the whole country and all programmes, and this key is not";
        return Err(Problem::new(Code::OutOfScope, detail));
    }
    let sweep = slowly(move || Sweeps::begin(&app, &caller)).await?;
    let place = HeaderValue::from_str(&format!("/v1/sweeps/{}", sweep.id));
    let mut response = (StatusCode::ACCEPTED, Json(sweep)).into_response();
    if let Ok(place) = place {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}

/// How far a sweep has come
#[utoipa::path(get, path = "/v1/sweeps/{id}", tag = "running", security(("bearer" = [])), params(("id" = u64, Path)),
    responses((status = 200, body = Sweep)))]
pub async fn get(State(app): State<App>, Names(id): Names<u64>) -> Answer<Sweep> {
    let sweep = app.sweeps.get(id);
    let missing = || {
        Problem::new(
            Code::NotFound,
            "no such sweep since this service was started",
        )
    };
    sweep.map(Json).ok_or_else(missing)
}
