//! Why two records are, or are not, one person.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Answer;
use crate::explain::Explained;
use crate::query::office;
use crate::resolve::explain_stored;
use crate::service::App;
use crate::service::access::Caller;
use crate::service::input::{self, Purpose};
use crate::service::masking::{is_inside, mask_reasons};
use crate::service::problem::{Code, Problem};

/// Two records.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExplainRequest {
    /// The one.
    a: RecordName,
    /// The other.
    b: RecordName,
    /// What this is asked for; needed for whole values.
    #[serde(default)]
    purpose: String,
    /// Whether to show values whole.
    #[serde(default)]
    unmasked: bool,
}

/// A record by its name.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordName {
    /// Its source.
    #[schema(example = "dibao")]
    pub source: String,
    /// Its id within the source.
    #[schema(example = "D-2026-0001")]
    pub record_id: String,
}

/// Why two records are, or are not, one person
#[utoipa::path(post, path = "/v1/explain", tag = "people", security(("bearer" = [])), request_body = ExplainRequest,
    responses((status = 200, body = Explained)))]
pub async fn explain(
    State(app): State<App>,
    caller: Caller,
    input::Json {
        value: asked,
        digest,
    }: input::Json<ExplainRequest>,
) -> Answer<Explained> {
    let purpose = Purpose::of(&asked.purpose, asked.unmasked, &caller)?;
    let answering = app.clone();
    let answer = app.pool.run(move || {
        let view = answering.store.view();
        let engine = answering.queue.engine();
        let mut keys = Vec::new();
        for name in [&asked.a, &asked.b] {
            let found = view.find(&name.source, &name.record_id)?;
            let key = found.key;
            let missing = || Problem::new(Code::NotFound, "no such record on file");
            let record = found.current().ok_or_else(missing)?;
            if !is_inside(
                &caller.scope,
                &engine.policy,
                &record.source,
                office(&record),
            ) {
                return Err(Problem::new(
                    Code::OutOfScope,
                    "one of the records is of another division or programme than this key",
                ));
            }
            keys.push(key);
        }
        let (Some(&a), Some(&b)) = (keys.first(), keys.last()) else {
            return Err(Problem::internal(&"two records"));
        };
        if a == b {
            return Err(Problem::new(Code::Field, "name two records"));
        }
        let explained = explain_stored(&view, &engine, a, b)?;
        let missing = || Problem::new(Code::NotFound, "no such record on file");
        let mut explained = explained.ok_or_else(missing)?;
        if !purpose.unmasked {
            mask_reasons(&mut explained);
        }
        let names = [&asked.a, &asked.b].map(|name| format!("{}:{}", name.source, name.record_id));
        answering.note(&caller, "explain", &purpose, &digest, names.to_vec())?;
        Ok(explained)
    });
    answer.await.map(Json)
}
