//! What changed, for programme systems to follow.

use std::convert::Infallible;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::query::office;
use crate::service::App;
use crate::service::access::Caller;
use crate::service::input::Asked;
use crate::service::masking::is_inside;
use crate::service::problem::{Code, Problem};
use crate::store::RecordKey;

/// Commits on a page, if the caller does not say, and at most.
const PAGE: usize = 100;
const LONGEST_PAGE: usize = 1_000;

/// Since when.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Since {
    #[serde(default)]
    since: u64,
    limit: Option<usize>,
}

/// What changed after a commit.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangesAnswer {
    /// Oldest first.
    changes: Vec<Change>,
    /// What to ask for next as `since`.
    next: u64,
    /// Whether there is more already.
    more: bool,
}

/// What a commit changed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Change {
    /// The commit.
    commit: u64,
    /// When it was (milliseconds since 1970).
    at: i64,
    /// Whether a new model, policy or count of values was put in force, so that anything may be otherwise.
    everything: bool,
    /// Records that came, changed or went, within the caller's scope.
    records: Vec<String>,
    /// Entities that are otherwise.
    entities: Vec<String>,
    /// Findings that were opened, closed, or of which a person said something.
    findings: Vec<String>,
}

/// What changed after a commit; as server-sent events with `Accept: text/event-stream`
#[utoipa::path(get, path = "/v1/changes", tag = "running", security(("bearer" = [])),
    params(("since" = Option<u64>, Query, description = "The last commit that is known to the caller"), ("limit" = Option<usize>, Query, description = "Commits, at most 1,000")),
    responses((status = 200, body = ChangesAnswer)))]
pub async fn changes(
    State(app): State<App>,
    caller: Caller,
    Asked(asked): Asked<Since>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let limit = asked.limit.unwrap_or(PAGE);
    if !(1..=LONGEST_PAGE).contains(&limit) {
        return Err(Problem::new(Code::Parameter, "`limit` is from 1 to 1000"));
    }
    let accepts = headers
        .get(header::ACCEPT)
        .and_then(|accepts| accepts.to_str().ok());
    let first = page(&app, &caller, asked.since, limit).await?;
    if !accepts.is_some_and(|accepts| accepts.contains("text/event-stream")) {
        return Ok(Json(first).into_response());
    }
    let following = Following {
        committed: app.committed.subscribe(),
        stopping: app.stopping.subscribe(),
        app,
        caller,
        waiting: first.changes.into(),
        since: first.next,
    };
    let events = stream::unfold(following, |mut following| async move {
        let change = following.next().await?;
        let event = Event::default()
            .id(change.commit.to_string())
            .event("change");
        let event = event.json_data(&change).ok()?;
        Some((Ok::<Event, Infallible>(event), following))
    });
    let alive = KeepAlive::new().interval(Duration::from_secs(15));
    Ok(Sse::new(events).keep_alive(alive).into_response())
}

/// A caller who listens.
struct Following {
    app: App,
    caller: Caller,
    committed: tokio::sync::watch::Receiver<()>,
    stopping: tokio::sync::watch::Receiver<bool>,
    waiting: std::collections::VecDeque<Change>,
    since: u64,
}

impl Following {
    /// The next change, when there is one; `None` when the service stops or cannot tell any more.
    async fn next(&mut self) -> Option<Change> {
        loop {
            if let Some(change) = self.waiting.pop_front() {
                return Some(change);
            }
            // What is committed from here on wakes up.
            self.committed.borrow_and_update();
            let page = page(&self.app, &self.caller, self.since, PAGE).await.ok()?;
            self.since = page.next;
            self.waiting = page.changes.into();
            if !self.waiting.is_empty() {
                continue;
            }
            if *self.stopping.borrow_and_update() {
                return None;
            }
            tokio::select! {
                told = self.committed.changed() => told.ok()?,
                told = self.stopping.changed() => told.ok()?,
            }
        }
    }
}

async fn page(
    app: &App,
    caller: &Caller,
    since: u64,
    limit: usize,
) -> Result<ChangesAnswer, Problem> {
    let (answering, caller) = (app.clone(), caller.clone());
    let answer = app.pool.run(move || {
        let view = answering.store.view();
        let engine = answering.queue.engine();
        let found = view.changes(since, limit)?;
        let gone = || Problem::new(Code::Gone, "the store took no note of changes then; read everything anew and ask from the present commit on");
        let found = found.ok_or_else(gone)?;
        let more = found.len() == limit;
        let (last, _) = view.commit()?;
        let mut changes = Vec::with_capacity(found.len());
        for (commit, changed) in found {
            let keys: Vec<RecordKey> = changed.records.iter().copied().map(RecordKey).collect();
            let records = view.records(&keys)?.into_iter().flatten();
            let records = records.filter(|record| {
                is_inside(&caller.scope, &engine.policy, &record.source, office(record))
            });
            let entry = view.audit(commit)?;
            changes.push(Change {
                commit,
                at: entry.map_or(0, |entry| entry.at.0),
                everything: changed.everything,
                records: records.map(|record| format!("{}:{}", record.source, record.record_id)).collect(),
                entities: changed.entities.iter().map(ToString::to_string).collect(),
                findings: changed.findings.iter().map(|number| format!("{number:016x}")).collect(),
            });
        }
        let next = match changes.last() {
            Some(change) if more => change.commit,
            // Later commits changed nothing but the audit.
            _ => last.max(since),
        };
        if !caller.scope.is_whole() {
            changes.retain(|change| change.everything || !change.records.is_empty());
            for change in &mut changes {
                // Of whom they are is not known here.
                change.entities.clear();
                change.findings.clear();
            }
        }
        Ok(ChangesAnswer { changes, next, more })
    });
    answer.await
}
