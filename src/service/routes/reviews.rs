//! Pairs that a person has to look at, and what they say of them.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Answer;
use super::explain::RecordName;
use crate::explain::Explained;
use crate::query::{doubtful, office};
use crate::resolve::{Judgement, explain_stored, give_verdict};
use crate::service::App;
use crate::service::access::Caller;
use crate::service::gate::slowly;
use crate::service::input::{self, Asked, Names, Purpose};
use crate::service::masking::{is_inside, mask_reasons};
use crate::service::problem::{Code, Problem};
use crate::store::{Record, RecordKey, VerdictKind, View};

/// Which pair.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NextQuery {
    after: Option<String>,
    #[serde(default)]
    unmasked: bool,
    #[serde(default)]
    purpose: String,
}

/// A pair that a person has to look at.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReviewAnswer {
    /// The one.
    a: RecordName,
    /// The other.
    b: RecordName,
    /// Match weight, log2.
    weight: f64,
    /// Match probability.
    probability: f64,
    /// The reasons.
    reasons: Explained,
    /// What to ask for as `after` to be given another pair.
    next: String,
}

/// What a person says of two records.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerdictRequest {
    /// The one.
    a: RecordName,
    /// The other.
    b: RecordName,
    /// `same`, `different`, or `none` to take back what was said of them.
    #[schema(example = "different")]
    verdict: String,
    /// Why.
    why: String,
}

/// What came of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct VerdictAnswer {
    /// By which it can be taken back.
    id: String,
    /// The commit; absent where that was said already.
    commit: Option<u64>,
    /// Entities that were made, ended, and records that went from one to another.
    #[schema(value_type = Object)]
    outcome: crate::resolve::Outcome,
}

/// A pair that a person has to look at: the one that most depends on them within the next thousands
#[utoipa::path(get, path = "/v1/reviews/next", tag = "review", security(("bearer" = [])),
    params(("after" = Option<String>, Query, description = "`next` of the pair before"), ("unmasked" = Option<bool>, Query, description = "Show values whole"),
        ("purpose" = Option<String>, Query, description = "What the look is for; needed for whole values")),
    responses((status = 200, body = ReviewAnswer)))]
pub async fn next(
    State(app): State<App>,
    caller: Caller,
    Asked(asked): Asked<NextQuery>,
) -> Answer<ReviewAnswer> {
    let purpose = Purpose::of(&asked.purpose, asked.unmasked, &caller)?;
    let after = match asked.after.as_deref() {
        None => None,
        Some(text) => {
            let wrong = || Problem::new(Code::Parameter, "`after` is `next` of the pair before");
            Some(pair_of(text).ok_or_else(wrong)?)
        }
    };
    let answering = app.clone();
    let answer = app.pool.run(move || {
        let view = answering.store.view();
        let engine = answering.queue.engine();
        let inside = |record: &Record| {
            is_inside(
                &caller.scope,
                &engine.policy,
                &record.source,
                office(record),
            )
        };
        let nothing = || {
            Problem::new(
                Code::NotFound,
                "no pair is left to be looked at from here on",
            )
        };
        let found = doubtful(&view, &engine, after, &inside)?.ok_or_else(nothing)?;
        let explained = explain_stored(&view, &engine, found.pair.0, found.pair.1)?;
        let mut reasons = explained.ok_or_else(nothing)?;
        if !purpose.unmasked {
            mask_reasons(&mut reasons);
        }
        let names = [name(&view, found.pair.0)?, name(&view, found.pair.1)?];
        let shown = names
            .iter()
            .map(|name| format!("{}:{}", name.source, name.record_id))
            .collect();
        answering.note(&caller, "review", &purpose, &[0; 16], shown)?;
        let [a, b] = names;
        Ok(ReviewAnswer {
            a,
            b,
            weight: reasons.weight,
            probability: reasons.probability,
            reasons,
            next: id_of(found.next),
        })
    });
    answer.await.map(Json)
}

/// Say that two records are one person, or two, or take that back
#[utoipa::path(post, path = "/v1/verdicts", tag = "review", security(("bearer" = [])), request_body = VerdictRequest,
    responses((status = 200, body = VerdictAnswer)))]
pub async fn judge(
    State(app): State<App>,
    caller: Caller,
    input::Json { value: said, .. }: input::Json<VerdictRequest>,
) -> Answer<VerdictAnswer> {
    let field = |what: &str| Problem::new(Code::Field, what);
    let kind = match said.verdict.as_str() {
        "same" => VerdictKind::MustLink,
        "different" => VerdictKind::CannotLink,
        "none" => VerdictKind::Withdrawn,
        _ => return Err(field("`verdict` is `same`, `different` or `none`")),
    };
    let why = input::reason(&said.why)?;
    if why.is_empty() {
        return Err(field("say in `why` why"));
    }
    give(app, caller, said.a, said.b, kind, why).await
}

/// Take a verdict back
#[utoipa::path(delete, path = "/v1/verdicts/{id}", tag = "review", security(("bearer" = [])), params(("id" = String, Path)),
    responses((status = 200, body = VerdictAnswer)))]
pub async fn withdraw(
    State(app): State<App>,
    caller: Caller,
    Names(id): Names<String>,
) -> Answer<VerdictAnswer> {
    let wrong = || {
        Problem::new(
            Code::Parameter,
            "a verdict is two numbers of 16 hexadecimal digits with `-` between",
        )
    };
    let (a, b) = pair_of(&id).ok_or_else(wrong)?;
    let names = {
        let view = app.store.view();
        let missing = || Problem::new(Code::NotFound, "there is no such verdict");
        let verdict = view.verdict(a, b)?;
        verdict
            .filter(|verdict| verdict.kind != VerdictKind::Withdrawn)
            .ok_or_else(missing)?;
        (name(&view, a)?, name(&view, b)?)
    };
    give(
        app,
        caller,
        names.0,
        names.1,
        VerdictKind::Withdrawn,
        "withdrawn".to_string(),
    )
    .await
}

async fn give(
    app: App,
    caller: Caller,
    a: RecordName,
    b: RecordName,
    kind: VerdictKind,
    why: String,
) -> Answer<VerdictAnswer> {
    let recording = app.recording(&caller)?;
    let judging = app.clone();
    let answer = slowly(move || {
        let engine = judging.queue.engine();
        let mut keys = Vec::new();
        for name in [&a, &b] {
            let found = judging.store.view().find(&name.source, &name.record_id)?;
            keys.push(found.key);
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
        }
        let (Some(&first), Some(&last)) = (keys.first(), keys.last()) else {
            return Err(Problem::internal(&"two records"));
        };
        if first == last {
            return Err(Problem::new(Code::Field, "name two records"));
        }
        let judgement = Judgement {
            a: (a.source, a.record_id),
            b: (b.source, b.record_id),
            kind,
            why,
        };
        let applied = give_verdict(&judging.store, &engine, &judgement, &recording)?;
        Ok(VerdictAnswer {
            id: id_of((first.min(last), first.max(last))),
            commit: applied.commit,
            outcome: applied.outcome,
        })
    });
    let answer = answer.await?;
    app.told();
    Ok(Json(answer))
}

fn name(view: &View<'_>, key: RecordKey) -> Result<RecordName, Problem> {
    let record = view.record(key)?;
    let record = record.ok_or_else(|| Problem::new(Code::NotFound, "no such record"))?;
    Ok(RecordName {
        source: record.source.to_string(),
        record_id: record.record_id.to_string(),
    })
}

fn id_of((a, b): (RecordKey, RecordKey)) -> String {
    format!("{:016x}-{:016x}", a.0, b.0)
}

fn pair_of(id: &str) -> Option<(RecordKey, RecordKey)> {
    let (a, b) = id.split_once('-')?;
    let key = |text: &str| {
        let is_key = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_key
            .then(|| u64::from_str_radix(text, 16).ok())
            .flatten()
            .map(RecordKey)
    };
    Some((key(a)?, key(b)?))
}
