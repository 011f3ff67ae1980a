//! What an applicant already receives.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use metrics::histogram;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use yiren_matchers::normalise::date::Date;

use super::Answer;
use crate::query::{Applicant, Overlap, check_overlap};
use crate::service::access::Caller;
use crate::service::input::{self, Purpose};
use crate::service::masking::restrict;
use crate::service::problem::{Code, Problem};
use crate::service::{App, gate, measures};

/// Applicants of a batch that one thread answers in turn.
const TOGETHER: usize = 8;

/// An applicant, and what they apply for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OverlapRequest {
    /// What is known of the applicant, by canonical column; Chinese names of columns are understood.
    #[schema(value_type = BTreeMap<String, String>, example = json!({"name": "张建国", "national_id": "110101196205071234", "birth_date": "1962-05-07"}))]
    applicant: BTreeMap<String, Value>,
    /// The programme applied for.
    #[schema(example = "tekun")]
    programme: String,
    /// Day from which it would be received [default: today].
    #[schema(example = "2026-06-30")]
    as_of: Option<String>,
    /// What this is asked for; kept in the audit.
    #[schema(example = "application 2026-0815")]
    purpose: String,
    /// Whether to show values whole.
    #[serde(default)]
    unmasked: bool,
    /// Whether to give the reasons of each match.
    #[serde(default = "yes")]
    reasons: bool,
}

/// Many applicants.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchRequest {
    /// The applicants, at most 1,000.
    applicants: Vec<BatchApplicant>,
    /// Day from which it would be received [default: today].
    as_of: Option<String>,
    /// What this is asked for; kept in the audit.
    purpose: String,
    /// Whether to show values whole.
    #[serde(default)]
    unmasked: bool,
    /// Whether to give the reasons of each match.
    #[serde(default)]
    reasons: bool,
}

/// One of many.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchApplicant {
    /// What is known of the applicant.
    #[schema(value_type = BTreeMap<String, String>)]
    applicant: BTreeMap<String, Value>,
    /// The programme applied for.
    programme: String,
}

/// The answers, in the order of the applicants.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchAnswer {
    /// One an applicant.
    answers: Vec<Overlap>,
}

fn yes() -> bool {
    true
}

/// How much is asked for, the same for all of a batch.
#[derive(Clone)]
struct Asking {
    caller: Caller,
    purpose: Purpose,
    as_of: Date,
    reasons: bool,
    digest: [u8; 16],
}

/// What an applicant already receives, and whether they may have this as well
#[utoipa::path(post, path = "/v1/overlap", tag = "overlap", security(("bearer" = [])), request_body = OverlapRequest,
    responses((status = 200, body = Overlap)))]
pub async fn overlap(
    State(app): State<App>,
    caller: Caller,
    input::Json {
        value: asked,
        digest,
    }: input::Json<OverlapRequest>,
) -> Answer<Overlap> {
    let asking = asking(
        caller,
        &asked.purpose,
        asked.unmasked,
        asked.as_of.as_deref(),
        asked.reasons,
        digest,
    )?;
    let applicant = applicant(&app, &asking.caller, &asked.applicant, &asked.programme)?;
    let answering = app.clone();
    let answer = app
        .pool
        .run(move || answer(&answering, &applicant, &asking));
    answer.await.map(Json)
}

/// The same for up to 1,000 applicants
#[utoipa::path(post, path = "/v1/overlap/batch", tag = "overlap", security(("bearer" = [])), request_body = BatchRequest,
    responses((status = 200, body = BatchAnswer)))]
pub async fn batch(
    State(app): State<App>,
    caller: Caller,
    input::Json {
        value: asked,
        digest,
    }: input::Json<BatchRequest>,
) -> Answer<BatchAnswer> {
    if asked.applicants.len() > app.settings.batch {
        let detail = format!("send at most {} applicants at once", app.settings.batch);
        return Err(Problem::new(Code::TooLarge, detail));
    }
    let asking = asking(
        caller,
        &asked.purpose,
        asked.unmasked,
        asked.as_of.as_deref(),
        asked.reasons,
        digest,
    )?;
    let applicants = asked.applicants.iter().enumerate().map(|(place, one)| {
        applicant(&app, &asking.caller, &one.applicant, &one.programme).map_err(|problem| Problem {
            detail: format!("applicant {}: {}", place + 1, problem.detail),
            ..problem
        })
    });
    let mut waiting = applicants
        .collect::<Result<Vec<Applicant>, Problem>>()?
        .into_iter();
    let mut answers = Vec::with_capacity(waiting.len());
    // Part by part, so that single queries get their turn.
    loop {
        let part: Vec<Applicant> = waiting.by_ref().take(TOGETHER).collect();
        if part.is_empty() {
            return Ok(Json(BatchAnswer { answers }));
        }
        let (answering, asking) = (app.clone(), asking.clone());
        let answered = app.pool.run(move || {
            let each = part
                .iter()
                .map(|applicant| answer(&answering, applicant, &asking));
            each.collect::<Result<Vec<Overlap>, Problem>>()
        });
        answers.extend(answered.await?);
    }
}

fn asking(
    caller: Caller,
    purpose: &str,
    unmasked: bool,
    as_of: Option<&str>,
    reasons: bool,
    digest: [u8; 16],
) -> Result<Asking, Problem> {
    let purpose = Purpose::of(purpose, unmasked, &caller)?;
    if purpose.text.is_empty() {
        return Err(Problem::new(
            Code::Purpose,
            "state in `purpose` what this is asked for",
        ));
    }
    Ok(Asking {
        as_of: input::day(as_of, gate::now())?,
        caller,
        purpose,
        reasons,
        digest,
    })
}

fn applicant(
    app: &App,
    caller: &Caller,
    fields: &BTreeMap<String, Value>,
    programme: &str,
) -> Result<Applicant, Problem> {
    let engine = app.queue.engine();
    let known = engine.policy.source(programme);
    let known = known.filter(|known| known.role == crate::policy::SourceRole::Programme);
    let Some(known) = known else {
        let sources = engine.policy.sources().iter();
        let programmes =
            sources.filter(|source| source.role == crate::policy::SourceRole::Programme);
        let names: Vec<&str> = programmes.map(|source| source.id.as_str()).collect();
        let detail = format!("`programme` is one of {}", names.join(", "));
        return Err(Problem::new(Code::Field, detail));
    };
    let ours = &caller.scope.programmes;
    if !ours.is_empty() && !ours.contains(&known.id) {
        let detail = format!("this key is for {}", ours.join(", "));
        return Err(Problem::new(Code::OutOfScope, detail));
    }
    let mut cells = input::cells(fields, app.settings.field)?;
    let id = cells.iter().position(|(column, _)| column == "record_id");
    let record_id = id.map(|place| cells.swap_remove(place).1);
    if cells.is_empty() {
        return Err(Problem::new(
            Code::Field,
            "nothing is said of the applicant",
        ));
    }
    Ok(Applicant {
        programme: known.id.clone(),
        record_id,
        cells,
    })
}

fn answer(app: &App, applicant: &Applicant, asking: &Asking) -> Result<Overlap, Problem> {
    let engine = app.queue.engine();
    let view = app.store.view();
    let mut answer = check_overlap(&view, &engine, applicant, asking.as_of, asking.reasons)?;
    let records = answer.people.iter().flat_map(|person| &person.records);
    let compared = records
        .clone()
        .filter(|record| record.weight.is_some())
        .count();
    histogram!(measures::CANDIDATES).record(compared as f64);
    let names = records.map(|record| format!("{}:{}", record.source, record.record_id));
    let shown = names.collect();
    restrict(
        &mut answer,
        &asking.caller.scope,
        &engine.policy,
        asking.purpose.unmasked,
    );
    app.note(
        &asking.caller,
        "overlap",
        &asking.purpose,
        &asking.digest,
        shown,
    )?;
    Ok(answer)
}
