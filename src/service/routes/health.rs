//! Whether the service lives, is ready, and how it does.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::Answer;
use crate::service::problem::Problem;
use crate::service::{App, measures};

/// Whether the service answers.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `ok`.
    status: &'static str,
    /// Version of this program.
    version: &'static str,
    /// The last commit of the store; absent where only the process was asked for.
    commit: Option<u64>,
    /// Model in force.
    model: Option<String>,
    /// Policy in force.
    policy: Option<String>,
}

/// Whether the process lives
#[utoipa::path(get, path = "/healthz", tag = "running", responses((status = 200, body = Health)))]
pub async fn healthz() -> Json<Health> {
    Json(Health {
        status: "ok",
        version: env!("CARGO_PKG_VERSION"),
        commit: None,
        model: None,
        policy: None,
    })
}

/// Whether it can answer queries
#[utoipa::path(get, path = "/readyz", tag = "running", responses((status = 200, body = Health)))]
pub async fn readyz(State(app): State<App>) -> Answer<Health> {
    let answering = app.clone();
    let health = app.pool.run(move || {
        let engine = answering.queue.engine();
        let (commit, _) = answering.store.view().commit()?;
        Ok(Health {
            status: "ok",
            version: env!("CARGO_PKG_VERSION"),
            commit: Some(commit),
            model: Some(engine.made.model_version.clone()),
            policy: Some(engine.made.policy_version.clone()),
        })
    });
    health.await.map(Json)
}

/// Metrics, in the text format of Prometheus
#[utoipa::path(get, path = "/metrics", tag = "running", security(("bearer" = [])),
    responses((status = 200, body = String, content_type = "text/plain")))]
pub async fn metrics(State(app): State<App>) -> Result<Response, Problem> {
    let measured = app.clone();
    let text = app
        .pool
        .run(move || Ok(measures::render(&measured)))
        .await?;
    Ok((
        [(
            header::CONTENT_TYPE,
            "text/plain; version=0.0.4; charset=utf-8",
        )],
        text,
    )
        .into_response())
}

/// This document
#[utoipa::path(get, path = "/openapi.json", tag = "running", responses((status = 200, body = Object)))]
pub async fn document() -> Json<utoipa::openapi::OpenApi> {
    Json(super::document())
}
