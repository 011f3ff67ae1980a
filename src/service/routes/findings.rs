//! What the rules do not allow together, and what people make of it.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Answer;
use crate::query::{Filter, Listed, Settling, finding, findings, settle_finding};
use crate::service::App;
use crate::service::access::Caller;
use crate::service::gate::slowly;
use crate::service::input::{self, Asked, Names, Purpose};
use crate::service::masking::is_inside;
use crate::service::problem::{Code, Problem};
use crate::store::CaseStatus;

/// Findings on a page, if the caller does not say, and at most.
const PAGE: usize = 100;
const LONGEST_PAGE: usize = 1_000;

/// Which findings.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    kind: Option<String>,
    county: Option<String>,
    programme: Option<String>,
    status: Option<String>,
    limit: Option<usize>,
    cursor: Option<String>,
}

/// A page of findings.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page {
    /// The findings.
    findings: Vec<Listed>,
    /// Where the next page begins; absent at the end.
    next: Option<String>,
}

/// What a person makes of a finding.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettleRequest {
    /// `open`, `under_review`, `confirmed`, `dismissed` or `resolved`.
    #[schema(example = "under_review")]
    status: String,
    /// Why.
    why: String,
    /// Who works on it.
    assignee: Option<String>,
    /// Day on which the person was told.
    notified: Option<String>,
    /// Day until which they may answer.
    respond_by: Option<String>,
}

/// Findings in force, page by page
#[utoipa::path(get, path = "/v1/findings", tag = "findings", security(("bearer" = [])),
    params(("kind" = Option<String>, Query, description = "Code of the kind"), ("county" = Option<String>, Query, description = "First digits of the office's division"),
        ("programme" = Option<String>, Query, description = "Of one of the two records"), ("status" = Option<String>, Query, description = "What people made of it"),
        ("limit" = Option<usize>, Query, description = "Findings on a page, at most 1,000"), ("cursor" = Option<String>, Query, description = "`next` of the page before")),
    responses((status = 200, body = Page)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Asked(asked): Asked<ListQuery>,
) -> Answer<Page> {
    let parameter = |what: &str| Problem::new(Code::Parameter, what);
    let status = match asked.status.as_deref() {
        None => None,
        Some(name) => Some(
            CaseStatus::from_name(name)
                .ok_or_else(|| parameter("`status` is no status of a finding"))?,
        ),
    };
    let limit = asked.limit.unwrap_or(PAGE);
    if !(1..=LONGEST_PAGE).contains(&limit) {
        return Err(parameter("`limit` is from 1 to 1000"));
    }
    let cursor = match asked.cursor.as_deref() {
        None => None,
        Some(text) => {
            Some(bytes_of(text).ok_or_else(|| parameter("`cursor` is `next` of the page before"))?)
        }
    };
    let filter = Filter {
        kind: asked.kind,
        county: asked.county,
        programme: asked.programme,
        status,
    };
    let answering = app.clone();
    let page = app.pool.run(move || {
        let view = answering.store.view();
        let engine = answering.queue.engine();
        let inside =
            |source: &str, office: &str| is_inside(&caller.scope, &engine.policy, source, office);
        let (findings, next) =
            findings(&view, &engine, &filter, cursor.as_deref(), limit, &inside)?;
        let purpose = Purpose {
            text: String::new(),
            unmasked: false,
        };
        let shown = findings.iter().map(|finding| finding.id.clone()).collect();
        answering.note(&caller, "findings", &purpose, &[0; 16], shown)?;
        Ok(Page {
            findings,
            next: next.map(|next| crate::store::hexadecimal(&next)),
        })
    });
    page.await.map(Json)
}

/// One finding
#[utoipa::path(get, path = "/v1/findings/{id}", tag = "findings", security(("bearer" = [])), params(("id" = String, Path)),
    responses((status = 200, body = Listed)))]
pub async fn get(
    State(app): State<App>,
    caller: Caller,
    Names(id): Names<String>,
) -> Answer<Listed> {
    let number = number_of(&id)?;
    let answering = app.clone();
    let found = app.pool.run(move || {
        let purpose = Purpose {
            text: String::new(),
            unmasked: false,
        };
        let found = visible(&answering, &caller, number)?;
        answering.note(
            &caller,
            "finding",
            &purpose,
            &[0; 16],
            vec![found.id.clone()],
        )?;
        Ok(found)
    });
    found.await.map(Json)
}

/// Say what became of a finding
#[utoipa::path(patch, path = "/v1/findings/{id}", tag = "findings", security(("bearer" = [])), request_body = SettleRequest, params(("id" = String, Path)),
    responses((status = 200, body = Listed)))]
pub async fn settle(
    State(app): State<App>,
    caller: Caller,
    Names(id): Names<String>,
    input::Json { value: said, .. }: input::Json<SettleRequest>,
) -> Answer<Listed> {
    let number = number_of(&id)?;
    let field = |what: &str| Problem::new(Code::Field, what);
    let status = CaseStatus::from_name(&said.status)
        .ok_or_else(|| field("`status` is no status of a finding"))?;
    let why = input::reason(&said.why)?;
    if why.is_empty() {
        return Err(field("say in `why` why"));
    }
    let day = |text: &Option<String>| -> Result<Option<String>, Problem> {
        match text.as_deref() {
            None => Ok(None),
            Some("") => Ok(Some(String::new())),
            Some(text) => {
                let day = input::day(Some(text), crate::store::Moment(0))
                    .map_err(|_| field("a day is written as 2026-06-30"))?;
                Ok(Some(day.to_string()))
            }
        }
    };
    let settling = Settling {
        status,
        why,
        assignee: said.assignee.as_deref().map(input::reason).transpose()?,
        notified: day(&said.notified)?,
        respond_by: day(&said.respond_by)?,
    };
    let recording = app.recording(&caller)?;
    let done = slowly({
        let app = app.clone();
        move || {
            visible(&app, &caller, number)?;
            settle_finding(
                &app.store,
                &app.queue.engine(),
                number,
                &settling,
                &recording,
            )?;
            visible(&app, &caller, number)
        }
    });
    let found = done.await?;
    app.told();
    Ok(Json(found))
}

/// A finding that the caller may see.
fn visible(app: &App, caller: &Caller, number: u64) -> Result<Listed, Problem> {
    let view = app.store.view();
    let engine = app.queue.engine();
    let inside =
        |source: &str, office: &str| is_inside(&caller.scope, &engine.policy, source, office);
    let found = finding(&view, &engine, number, &inside)?;
    found.ok_or_else(|| {
        Problem::new(
            Code::NotFound,
            "no such finding in force within the scope of this key",
        )
    })
}

fn number_of(id: &str) -> Result<u64, Problem> {
    let is_number = id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    let number = is_number
        .then(|| u64::from_str_radix(id, 16).ok())
        .flatten();
    number.ok_or_else(|| Problem::new(Code::Parameter, "a finding is 16 hexadecimal digits"))
}

/// The bytes that a text in hexadecimal writes.
fn bytes_of(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || text.len() > 128 || !text.is_ascii() {
        return None;
    }
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok())
        .collect()
}
