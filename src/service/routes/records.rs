//! Records as they come, change and go.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use metrics::counter;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::sync::{Semaphore, oneshot};
use utoipa::ToSchema;

use super::Answer;
use crate::query::office;
use crate::resolve::{self, Change, Effect, Op, Refusal};
use crate::service::access::Caller;
use crate::service::input::{self, Names, Purpose};
use crate::service::masking::{is_inside, mask_fields};
use crate::service::problem::{Code, Problem};
use crate::service::{App, measures};
use crate::store::{Answered, Cells, Record};

/// Lines of a stream that wait to be acknowledged, at most.
const IN_FLIGHT: u32 = 512;
/// Lines of a stream that are named with what is wrong, at most; the others are counted.
const NAMED: usize = 100;

/// The header under whose value a change may be sent again.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// A record as a programme sends it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordRequest {
    /// Its source.
    #[schema(example = "dibao")]
    source: String,
    /// Its id within the source.
    #[schema(example = "D-2026-0001")]
    record_id: String,
    /// What it says, by canonical column; Chinese names of columns are understood.
    #[schema(value_type = BTreeMap<String, String>)]
    fields: BTreeMap<String, Value>,
}

/// What a record says.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldsRequest {
    /// By canonical column; Chinese names of columns are understood.
    #[schema(value_type = BTreeMap<String, String>)]
    fields: BTreeMap<String, Value>,
}

/// What a change came to.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Changed {
    /// What became of the record: `added`, `changed`, `deleted`, `unchanged` or `stale`.
    pub fate: String,
    /// The commit that it is in; absent where nothing had to be written.
    pub commit: Option<u64>,
    /// The entity that the record is in now.
    pub entity: Option<String>,
    /// The entity that it was in before, if that is another.
    pub was: Option<String>,
    /// Entities that were merged into its own.
    pub merged: Vec<String>,
    /// The findings that it is now part of.
    pub findings: Vec<String>,
}

/// A record on file.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordAnswer {
    /// Its source.
    source: String,
    /// Its id within the source.
    record_id: String,
    /// The commit that brought this version; also the `ETag`.
    since: u64,
    /// The entity that it is in.
    entity: Option<String>,
    /// Office where it was made, or else the division of the hukou.
    office: String,
    /// What it says; since when alone where it is outside the caller's scope.
    fields: BTreeMap<String, String>,
    /// Whether it is outside the caller's scope.
    outside_scope: bool,
}

/// What a stream came to.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct BulkAnswer {
    /// Lines read.
    lines: u64,
    /// Changes by what became of them; all are acknowledged.
    fates: BTreeMap<String, u64>,
    /// Lines that were refused.
    refused: u64,
    /// The first of these.
    problems: Vec<LineProblem>,
}

/// A line that was refused.
#[derive(Debug, Serialize, ToSchema)]
pub struct LineProblem {
    /// Its number, from 1.
    line: u64,
    /// The code of what is wrong.
    code: &'static str,
    /// What is wrong.
    detail: String,
}

/// Add or change a record
#[utoipa::path(post, path = "/v1/records", tag = "records", security(("bearer" = [])), request_body = RecordRequest,
    params(("idempotency-key" = Option<String>, Header, description = "Under the same key the same request is answered the same")),
    responses((status = 200, body = Changed)))]
pub async fn post(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    input::Json { value, digest }: input::Json<RecordRequest>,
) -> Result<Response, Problem> {
    let op = Some(&value.fields);
    change(
        app,
        caller,
        &headers,
        digest,
        (value.source.clone(), value.record_id.clone()),
        op,
    )
    .await
}

/// Add or change a record
#[utoipa::path(put, path = "/v1/records/{source}/{record_id}", tag = "records", security(("bearer" = [])), request_body = FieldsRequest,
    params(("source" = String, Path), ("record_id" = String, Path),
        ("idempotency-key" = Option<String>, Header, description = "Under the same key the same request is answered the same"),
        ("if-match" = Option<String>, Header, description = "The ETag that the record must have; `*` for any")),
    responses((status = 200, body = Changed)))]
pub async fn put(
    State(app): State<App>,
    caller: Caller,
    Names(names): Names<(String, String)>,
    headers: HeaderMap,
    input::Json { value, digest }: input::Json<FieldsRequest>,
) -> Result<Response, Problem> {
    change(app, caller, &headers, digest, names, Some(&value.fields)).await
}

/// Take a record away
#[utoipa::path(delete, path = "/v1/records/{source}/{record_id}", tag = "records", security(("bearer" = [])),
    params(("source" = String, Path), ("record_id" = String, Path),
        ("idempotency-key" = Option<String>, Header, description = "Under the same key the same request is answered the same"),
        ("if-match" = Option<String>, Header, description = "The ETag that the record must have; `*` for any")),
    responses((status = 200, body = Changed)))]
pub async fn delete(
    State(app): State<App>,
    caller: Caller,
    Names(names): Names<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let text = format!("DELETE\0{}\0{}", names.0, names.1);
    let digest: [u8; 32] = Sha256::digest(text.as_bytes()).into();
    let digest = digest.first_chunk().copied().unwrap_or_default();
    change(app, caller, &headers, digest, names, None).await
}

/// Look at a record
#[utoipa::path(get, path = "/v1/records/{source}/{record_id}", tag = "records", security(("bearer" = [])),
    params(("source" = String, Path), ("record_id" = String, Path), ("unmasked" = Option<bool>, Query, description = "Show values whole"),
        ("yiren-purpose" = Option<String>, Header, description = "What the look is for; needed for whole values")),
    responses((status = 200, body = RecordAnswer)))]
pub async fn get(
    State(app): State<App>,
    caller: Caller,
    Names((source, record_id)): Names<(String, String)>,
    input::Asked(asked): input::Asked<Unmasked>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let purpose = Purpose::of_header(&headers, asked.unmasked, &caller)?;
    let answering = app.clone();
    let answer = app.pool.run(move || {
        let view = answering.store.view();
        let engine = answering.queue.engine();
        let found = view.find(&source, &record_id)?;
        let key = found.key;
        let missing = || Problem::new(Code::NotFound, "no such record on file");
        let record = found.current().ok_or_else(missing)?;
        let member = view.member(engine.generation, key)?;
        let outside = !is_inside(
            &caller.scope,
            &engine.policy,
            &record.source,
            office(&record),
        );
        let cells = record.cells.iter();
        let cells = cells.filter(|(column, _)| !outside || *column == "start_date");
        let mut fields: BTreeMap<String, String> = cells
            .map(|(column, text)| (column.to_string(), text.to_string()))
            .collect();
        if !purpose.unmasked {
            mask_fields(&mut fields);
        }
        let shown = vec![format!("{source}:{record_id}")];
        answering.note(&caller, "record", &purpose, &[0; 16], shown)?;
        Ok(RecordAnswer {
            since: record.since,
            entity: member
                .filter(|_| !outside)
                .map(|member| member.entity.to_string()),
            office: office(&record).to_string(),
            fields,
            outside_scope: outside,
            source,
            record_id: if outside { String::new() } else { record_id },
        })
    });
    let answer = answer.await?;
    let tag = tag(answer.since);
    Ok(([(header::ETAG, tag)], Json(answer)).into_response())
}

/// Whether values are shown whole.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unmasked {
    /// Whether they are.
    #[serde(default)]
    pub unmasked: bool,
}

/// The `ETag` of a version of a record.
fn tag(since: u64) -> HeaderValue {
    HeaderValue::from_str(&format!("\"c{since}\""))
        .unwrap_or_else(|_| HeaderValue::from_static("\"\""))
}

/// The version that a caller expects; the inner `None` is any.
fn expected(headers: &HeaderMap) -> Result<Option<Option<u64>>, Problem> {
    let Some(text) = headers.get(header::IF_MATCH) else {
        return Ok(None);
    };
    let text = text.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(Some(None));
    }
    let since = text
        .strip_prefix("\"c")
        .and_then(|rest| rest.strip_suffix('"'));
    match since.and_then(|since| since.parse().ok()) {
        Some(since) => Ok(Some(Some(since))),
        None => Err(Problem::new(
            Code::Header,
            "`If-Match` is `*` or the ETag of a record",
        )),
    }
}

/// The change that a caller asks for, if it is theirs to ask.
fn checked(
    app: &App,
    caller: &Caller,
    (source, record_id): (String, String),
    fields: Option<&BTreeMap<String, Value>>,
) -> Result<Change, Problem> {
    let is_name = |text: &str| {
        let length = 1..=app.settings.field.min(200);
        length.contains(&text.len()) && text.trim() == text && !text.chars().any(char::is_control)
    };
    if !is_name(&source) || !is_name(&record_id) || source.contains(':') {
        let detail = "`source` and `record_id` are short texts without spaces around them, a source without a colon";
        return Err(Problem::new(Code::Field, detail));
    }
    let engine = app.queue.engine();
    let inside = |office: &str| is_inside(&caller.scope, &engine.policy, &source, office);
    let outside = || {
        Problem::new(
            Code::OutOfScope,
            "the record is of another division or programme than this key",
        )
    };
    let op = match fields {
        None => Op::Delete,
        Some(fields) => {
            let mut cells = input::cells(fields, app.settings.field)?;
            cells.retain(|(column, _)| !matches!(&**column, "op" | "record_id"));
            let cells = Cells::of(cells.iter().map(|(column, text)| (&**column, &**text)));
            let office = match cells.get("office_division") {
                "" => cells.get("hukou_division"),
                office => office,
            };
            if !inside(office) {
                return Err(outside());
            }
            Op::Upsert(cells)
        }
    };
    if !caller.scope.is_whole() {
        // What is there already must be theirs as well.
        let stored: Option<Record> = app.store.view().find(&source, &record_id)?.current();
        if stored.is_some_and(|record| !inside(office(&record))) {
            return Err(outside());
        }
    }
    Ok(Change {
        source: source.into(),
        record_id: record_id.into(),
        op,
    })
}

async fn change(
    app: App,
    caller: Caller,
    headers: &HeaderMap,
    request: [u8; 16],
    names: (String, String),
    fields: Option<&BTreeMap<String, Value>>,
) -> Result<Response, Problem> {
    let kept = kept(&caller, headers)?;
    if let Some(key) = kept {
        let answered = app.store.view().answered(&key)?;
        if let Some(answered) = answered {
            return repeated(&answered, &request);
        }
    }
    let expected = expected(headers)?;
    let is_delete = fields.is_none();
    let change = checked(&app, &caller, names, fields)?;
    let recording = app.recording(&caller)?;
    let at = recording.at;
    let keep: Option<resolve::Answering> = kept.map(|key| -> resolve::Answering {
        Box::new(move |effect, commit| {
            let body = serde_json::to_vec(&changed(effect, Some(commit))).unwrap_or_default();
            (key, Answered { at, request, body })
        })
    });
    let (tell, told) = oneshot::channel();
    app.queue
        .offer(change, expected, recording, keep, move |answer| {
            // Whoever asked may have gone; the change stands.
            let _ = tell.send(answer);
        })?;
    let answer = told
        .await
        .map_err(|_| Problem::internal(&"no answer from the queue"))?;
    let (effect, commit) = answer.map_err(|refusal| problem_of(&refusal))?;
    counter!(measures::CHANGES, "fate" => fate(&effect)).increment(1);
    app.told();
    if is_delete && effect.fate == resolve::Fate::Unchanged {
        return Err(Problem::new(Code::NotFound, "no such record on file"));
    }
    let answer = changed(&effect, commit);
    let mut response = Json(answer).into_response();
    if let (false, Some(commit)) = (is_delete, commit)
        && matches!(effect.fate, resolve::Fate::Added | resolve::Fate::Changed)
    {
        response.headers_mut().insert(header::ETAG, tag(commit));
    }
    Ok(response)
}

fn problem_of(refusal: &Refusal) -> Problem {
    match refusal {
        Refusal::Failed(error) => Problem::from(&**error),
        Refusal::Expected => {
            Problem::new(Code::Precondition, "read the record again, and decide anew")
        }
    }
}

fn fate(effect: &Effect) -> &'static str {
    match effect.fate {
        resolve::Fate::Added => "added",
        resolve::Fate::Changed => "changed",
        resolve::Fate::Deleted => "deleted",
        resolve::Fate::Unchanged => "unchanged",
        resolve::Fate::Stale => "stale",
    }
}

fn changed(effect: &Effect, commit: Option<u64>) -> Changed {
    Changed {
        fate: fate(effect).to_string(),
        commit,
        entity: effect.entity.map(|entity| entity.to_string()),
        was: effect.was.map(|entity| entity.to_string()),
        merged: effect.merged.iter().map(ToString::to_string).collect(),
        findings: effect
            .findings
            .iter()
            .map(|number| format!("{number:016x}"))
            .collect(),
    }
}

/// The digest under which an answer is kept, if the caller wants one kept.
fn kept(caller: &Caller, headers: &HeaderMap) -> Result<Option<[u8; 16]>, Problem> {
    let Some(key) = headers.get(IDEMPOTENCY_KEY) else {
        return Ok(None);
    };
    if key.is_empty() || key.len() > 200 {
        return Err(Problem::new(
            Code::Header,
            "an idempotency key has up to 200 characters",
        ));
    }
    let mut hash = Sha256::new();
    hash.update(caller.name.as_bytes());
    hash.update([0]);
    hash.update(key.as_bytes());
    let digest: [u8; 32] = hash.finalize().into();
    Ok(digest.first_chunk().copied())
}

fn repeated(answered: &Answered, request: &[u8; 16]) -> Result<Response, Problem> {
    if answered.request != *request {
        return Err(Problem::new(
            Code::KeyReused,
            "use a key of its own for each request",
        ));
    }
    let answer: Changed =
        serde_json::from_slice(&answered.body).map_err(|error| Problem::internal(&error))?;
    Ok(([("idempotent-replayed", "true")], Json(answer)).into_response())
}

/// Add, change and take away many records: JSON Lines, each with `source`, `record_id`, `op` and fields
#[utoipa::path(post, path = "/v1/records/bulk", tag = "records", security(("bearer" = [])),
    request_body(content = String, content_type = "application/x-ndjson"),
    responses((status = 200, body = BulkAnswer)))]
pub async fn bulk(State(app): State<App>, caller: Caller, body: Body) -> Answer<BulkAnswer> {
    let answer = Arc::new(Mutex::new(BulkAnswer::default()));
    let flight = Arc::new(Semaphore::new(IN_FLIGHT as usize));
    let mut stream = body.into_data_stream();
    let (mut held, mut number) = (Vec::<u8>::new(), 0);
    let mut broken = false;
    loop {
        let chunk = match stream.next().await {
            Some(Ok(chunk)) => chunk,
            Some(Err(_)) => {
                broken = true;
                break;
            }
            None => break,
        };
        let mut rest = &chunk[..];
        while let Some(end) = memchr::memchr(b'\n', rest) {
            held.extend_from_slice(&rest[..end]);
            number += 1;
            let line = std::mem::take(&mut held);
            submit(&app, &caller, &line, number, &flight, &answer).await;
            rest = &rest[end + 1..];
        }
        held.extend_from_slice(rest);
        if held.len() > app.settings.body {
            let detail = format!(
                "line {}: a line has at most {} bytes",
                number + 1,
                app.settings.body
            );
            return Err(Problem::new(Code::TooLarge, detail));
        }
    }
    if !held.is_empty() && !broken {
        number += 1;
        submit(&app, &caller, &held, number, &flight, &answer).await;
    }
    // All that was taken in is answered for.
    if flight.acquire_many(IN_FLIGHT).await.is_err() {
        return Err(Problem::internal(&"closed"));
    }
    app.told();
    if broken {
        return Err(Problem::new(
            Code::Body,
            "the body broke off; send it again: what is there already changes nothing",
        ));
    }
    let mut answer = answer.lock().unwrap_or_else(PoisonError::into_inner);
    answer.lines = number;
    answer.problems.sort_by_key(|problem| problem.line);
    Ok(Json(std::mem::take(&mut answer)))
}

/// Hands a line on; waits while too many are under way.
async fn submit(
    app: &App,
    caller: &Caller,
    line: &[u8],
    number: u64,
    flight: &Arc<Semaphore>,
    answer: &Arc<Mutex<BulkAnswer>>,
) {
    if line.trim_ascii().is_empty() {
        return;
    }
    let refuse = |problem: Problem| {
        let mut answer = answer.lock().unwrap_or_else(PoisonError::into_inner);
        answer.refused += 1;
        if answer.problems.len() < NAMED {
            answer.problems.push(LineProblem {
                line: number,
                code: problem.code.name(),
                detail: problem.detail,
            });
        }
    };
    let change = match parse_line(line)
        .and_then(|(names, fields)| checked(app, caller, names, fields.as_ref()))
    {
        Ok(change) => change,
        Err(problem) => return refuse(problem),
    };
    let recording = match app.recording(caller) {
        Ok(recording) => recording,
        Err(problem) => return refuse(problem),
    };
    let Ok(place) = Arc::clone(flight).acquire_owned().await else {
        return;
    };
    let (counting, told) = (Arc::clone(answer), number);
    let offered = app.queue.offer(change, None, recording, None, move |done| {
        let mut answer = counting.lock().unwrap_or_else(PoisonError::into_inner);
        match done {
            Ok((effect, _)) => {
                counter!(measures::CHANGES, "fate" => fate(&effect)).increment(1);
                *answer.fates.entry(fate(&effect).to_string()).or_default() += 1;
            }
            Err(refusal) => {
                let problem = problem_of(&refusal);
                answer.refused += 1;
                if answer.problems.len() < NAMED {
                    answer.problems.push(LineProblem {
                        line: told,
                        code: problem.code.name(),
                        detail: problem.detail,
                    });
                }
            }
        }
        drop(answer);
        drop(place);
    });
    if let Err(full) = offered {
        refuse(full.into());
    }
}

type Line = ((String, String), Option<BTreeMap<String, Value>>);

/// Source, id and fields of a line; no fields where the record is to be taken away.
fn parse_line(line: &[u8]) -> Result<Line, Problem> {
    let mut fields: BTreeMap<String, Value> = serde_json::from_slice(line).map_err(|error| {
        Problem::new(
            Code::Body,
            format!("column {}: this is no JSON object", error.column()),
        )
    })?;
    let mut take = |name: &str| match fields.remove(name) {
        Some(Value::String(text)) => text,
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    let names = (take("source"), take("record_id"));
    let op = take("op").trim().to_lowercase();
    match op.as_str() {
        "" | "upsert" => Ok((names, Some(fields))),
        "delete" => Ok((names, None)),
        _ => Err(Problem::new(Code::Field, "`op` is `upsert` or `delete`")),
    }
}
