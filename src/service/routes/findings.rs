//! What the rules do not allow together, and what people make of it.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Answer;
use crate::casefile::case_files;
use crate::query::{
    Filter, FindingCase, Listed, Settling, Who, finding, finding_case, findings, settle_finding,
};
use crate::service::App;
use crate::service::access::Caller;
use crate::service::gate::{now, slowly};
use crate::service::input::{self, Asked, Names, Purpose};
use crate::service::masking::{is_inside, masked};
use crate::service::problem::{Code, Problem};
use crate::store::CaseStatus;

/// Findings on a page, if the caller does not say, and at most.
const PAGE: usize = 100;
const LONGEST_PAGE: usize = 1_000;

/// Findings of one case, at most.
const LARGEST_CASE: usize = 50;

/// Which findings.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    kind: Option<String>,
    county: Option<String>,
    programme: Option<String>,
    status: Option<String>,
    assignee: Option<String>,
    overdue: Option<String>,
    person: Option<String>,
    limit: Option<usize>,
    cursor: Option<String>,
    #[serde(default)]
    unmasked: bool,
}

/// How much of a finding.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OneQuery {
    #[serde(default)]
    unmasked: bool,
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
    /// `under_review`, `confirmed`, `dismissed` or `resolved`; as it stands where it is absent.
    #[schema(example = "under_review")]
    status: Option<String>,
    /// Why; needed for all but another assignee.
    #[serde(default)]
    why: String,
    /// Who works on it; empty for nobody.
    assignee: Option<String>,
    /// Day on which the person was told.
    notified: Option<String>,
    /// Day until which they may answer.
    respond_by: Option<String>,
    /// Day on which they answered.
    answered: Option<String>,
    /// Why it is confirmed without waiting for an answer.
    unheard: Option<String>,
}

/// Which case to export, and what for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExportRequest {
    /// The findings.
    ids: Vec<String>,
    /// Day that months are counted to; today where it is absent.
    as_of: Option<String>,
    /// What the case is exported for.
    purpose: String,
}

/// A case.
#[derive(Debug, Serialize, ToSchema)]
pub struct Exported {
    /// The commit that it is as of.
    commit: u64,
    /// Its files; `SHA256SUMS` is the last.
    files: Vec<ExportedFile>,
}

/// A file of a case.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExportedFile {
    /// Its name within the folder of the case, with `/` between folders.
    name: String,
    /// What is in it, as UTF-8.
    text: String,
}

/// Findings in force, page by page
#[utoipa::path(get, path = "/v1/findings", tag = "findings", security(("bearer" = [])),
    params(("kind" = Option<String>, Query, description = "Code of the kind"), ("county" = Option<String>, Query, description = "First digits of the office's division"),
        ("programme" = Option<String>, Query, description = "Of one of the two records"), ("status" = Option<String>, Query, description = "What people made of it"),
        ("assignee" = Option<String>, Query, description = "Who works on it; empty for nobody"), ("overdue" = Option<String>, Query, description = "Undecided, and the day until which an answer may come is past on this day"),
        ("person" = Option<String>, Query, description = "Of this entity or record (`source:record_id`); all on one page"),
        ("unmasked" = Option<bool>, Query, description = "Show names whole"), ("yiren-purpose" = Option<String>, Header, description = "What the look is for; needed for whole names"),
        ("limit" = Option<usize>, Query, description = "Findings on a page, at most 1,000"), ("cursor" = Option<String>, Query, description = "`next` of the page before")),
    responses((status = 200, body = Page)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Asked(asked): Asked<ListQuery>,
    headers: HeaderMap,
) -> Answer<Page> {
    let purpose = Purpose::of_header(&headers, asked.unmasked, &caller)?;
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
    let overdue = asked.overdue.as_deref();
    let person = asked.person.as_deref().map(|text| {
        Who::parse(text).ok_or_else(|| parameter("`person` is an entity or source:record_id"))
    });
    let filter = Filter {
        kind: asked.kind,
        county: asked.county,
        programme: asked.programme,
        status,
        assignee: asked.assignee,
        overdue: overdue
            .map(|day| input::day(Some(day), now()))
            .transpose()?,
        person: person.transpose()?,
    };
    let answering = app.clone();
    let page = app.pool.run(move || {
        let view = answering.store.view();
        let engine = answering.queue.engine();
        let inside =
            |source: &str, office: &str| is_inside(&caller.scope, &engine.policy, source, office);
        let (mut findings, next) =
            findings(&view, &engine, &filter, cursor.as_deref(), limit, &inside)?;
        findings
            .iter_mut()
            .for_each(|finding| mask_names(finding, &purpose));
        let shown = findings.iter().map(|finding| finding.id.clone()).collect();
        answering.note(&caller, "findings", &purpose, &[0; 16], shown)?;
        Ok(Page {
            findings,
            next: next.map(|next| crate::store::hexadecimal(&next)),
        })
    });
    page.await.map(Json)
}

/// One finding, its rule, and what people made of it step by step, also if it holds no more
#[utoipa::path(get, path = "/v1/findings/{id}", tag = "findings", security(("bearer" = [])),
    params(("id" = String, Path), ("unmasked" = Option<bool>, Query, description = "Show names whole"),
        ("yiren-purpose" = Option<String>, Header, description = "What the look is for; needed for whole names")),
    responses((status = 200, body = FindingCase)))]
pub async fn get(
    State(app): State<App>,
    caller: Caller,
    Names(id): Names<String>,
    Asked(asked): Asked<OneQuery>,
    headers: HeaderMap,
) -> Answer<FindingCase> {
    let number = number_of(&id)?;
    let purpose = Purpose::of_header(&headers, asked.unmasked, &caller)?;
    let answering = app.clone();
    let found = app.pool.run(move || {
        let view = answering.store.view();
        let engine = answering.queue.engine();
        let inside =
            |source: &str, office: &str| is_inside(&caller.scope, &engine.policy, source, office);
        let found = finding_case(&view, &engine, number, &inside)?;
        let mut found = found.ok_or_else(nothing)?;
        mask_names(&mut found.finding, &purpose);
        let shown = vec![found.finding.id.clone()];
        answering.note(&caller, "finding", &purpose, &[0; 16], shown)?;
        Ok(found)
    });
    found.await.map(Json)
}

/// Say what became of a finding: a step that due process allows, who works on it, days of notice and answer
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
    let status = said.status.as_deref().map(|name| {
        CaseStatus::from_name(name).ok_or_else(|| field("`status` is no status of a finding"))
    });
    let day = |text: &Option<String>| -> Result<Option<String>, Problem> {
        match text.as_deref() {
            None => Ok(None),
            Some("") => Ok(Some(String::new())),
            Some(text) => {
                let day = input::day(Some(text), now())
                    .map_err(|_| field("a day is written as 2026-06-30"))?;
                Ok(Some(day.to_string()))
            }
        }
    };
    let settling = Settling {
        status: status.transpose()?,
        why: input::reason(&said.why)?,
        assignee: said.assignee.as_deref().map(input::reason).transpose()?,
        notified: day(&said.notified)?,
        respond_by: day(&said.respond_by)?,
        answered: day(&said.answered)?,
        unheard: said.unheard.as_deref().map(input::reason).transpose()?,
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

/// Export a case whole: the files of one folder, with their hashes
#[utoipa::path(post, path = "/v1/findings/export", tag = "findings", security(("bearer" = [])), request_body = ExportRequest,
    responses((status = 200, body = Exported)))]
pub async fn export(
    State(app): State<App>,
    caller: Caller,
    input::Json {
        value: said,
        digest,
    }: input::Json<ExportRequest>,
) -> Answer<Exported> {
    let purpose = Purpose::of(&said.purpose, true, &caller)?;
    let numbers: Vec<u64> = said
        .ids
        .iter()
        .map(|id| number_of(id))
        .collect::<Result<_, _>>()?;
    if !(1..=LARGEST_CASE).contains(&numbers.len()) {
        let detail = format!("a case is of 1 to {LARGEST_CASE} findings");
        return Err(Problem::new(Code::Field, detail));
    }
    let as_of = input::day(said.as_of.as_deref(), now())?;
    let answering = app.clone();
    let exported = app.pool.run(move || {
        let view = answering.store.view();
        let engine = answering.queue.engine();
        let inside =
            |source: &str, office: &str| is_inside(&caller.scope, &engine.policy, source, office);
        let files = case_files(&view, &engine, &numbers, as_of, &inside)?;
        answering.note(&caller, "export", &purpose, &digest, said.ids)?;
        let files = files.into_iter().map(|file| ExportedFile {
            name: file.name,
            text: String::from_utf8_lossy(&file.bytes).into_owned(),
        });
        Ok(Exported {
            commit: view.commit()?.0,
            files: files.collect(),
        })
    });
    exported.await.map(Json)
}

/// A finding that the caller may see.
fn visible(app: &App, caller: &Caller, number: u64) -> Result<Listed, Problem> {
    let view = app.store.view();
    let engine = app.queue.engine();
    let inside =
        |source: &str, office: &str| is_inside(&caller.scope, &engine.policy, source, office);
    let found = finding(&view, &engine, number, &inside)?;
    let mut found = found.ok_or_else(nothing)?;
    mask_names(&mut found, &Purpose::none());
    Ok(found)
}

fn nothing() -> Problem {
    let detail = "no such finding in force within the scope of this key";
    Problem::new(Code::NotFound, detail)
}

/// Masks the names in the records, unless there is a purpose for which they are shown whole.
fn mask_names(finding: &mut Listed, purpose: &Purpose) {
    if !purpose.unmasked {
        for name in &mut finding.names {
            *name = masked("name", name);
        }
    }
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
