//! What every request goes through: who asks, whether they may, and not too much of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use metrics::{counter, histogram};

use super::access::tokens::Tokens;
use super::access::{Caller, Permission};
use super::problem::{Code, Problem};
use super::{App, measures};
use crate::store::Moment;

/// Who may use a route.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody: it tells nothing of persons.
    Public,
    /// Those whose role has the permission.
    Needs(Permission),
}

/// How long an answer may take.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Length {
    /// As the settings say.
    Bounded,
    /// As long as the caller sends or listens.
    Stream,
}

/// A route, and who may use it.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The method.
    pub method: Method,
    /// The path, as the OpenAPI document writes it.
    pub path: &'static str,
    /// Who may use it.
    pub access: Access,
    /// How long it may take.
    pub length: Length,
}

const fn rule(method: Method, path: &'static str, access: Access) -> Rule {
    Rule {
        method,
        path,
        access,
        length: Length::Bounded,
    }
}

const fn stream(method: Method, path: &'static str, access: Access) -> Rule {
    Rule {
        method,
        path,
        access,
        length: Length::Stream,
    }
}

/// Every route. One that is not in here answers nobody.
pub const RULES: &[Rule] = {
    use Access::{Needs, Public};
    use Permission::{
        Follow, Judge, Load, Look, Measure, Overlap, ReadFindings, SettleFindings, Sweep,
    };
    &[
        rule(Method::GET, "/healthz", Public),
        rule(Method::GET, "/readyz", Public),
        rule(Method::GET, "/openapi.json", Public),
        rule(Method::GET, "/metrics", Needs(Measure)),
        rule(Method::POST, "/v1/overlap", Needs(Overlap)),
        rule(Method::POST, "/v1/overlap/batch", Needs(Overlap)),
        rule(Method::POST, "/v1/records", Needs(Load)),
        stream(Method::POST, "/v1/records/bulk", Needs(Load)),
        rule(Method::GET, "/v1/records/{source}/{record_id}", Needs(Look)),
        rule(Method::PUT, "/v1/records/{source}/{record_id}", Needs(Load)),
        rule(
            Method::DELETE,
            "/v1/records/{source}/{record_id}",
            Needs(Load),
        ),
        rule(Method::GET, "/v1/entities/{id}", Needs(Look)),
        rule(Method::GET, "/v1/entities/{id}/history", Needs(Look)),
        rule(Method::GET, "/v1/entities/{id}/network", Needs(Look)),
        rule(Method::POST, "/v1/show", Needs(Look)),
        rule(Method::POST, "/v1/why", Needs(Look)),
        rule(Method::POST, "/v1/how", Needs(Look)),
        rule(Method::POST, "/v1/network", Needs(Look)),
        rule(Method::POST, "/v1/paths", Needs(Look)),
        rule(Method::POST, "/v1/timeline", Needs(Look)),
        // They read every record.
        stream(Method::POST, "/v1/matrix", Needs(Look)),
        stream(Method::POST, "/v1/matrix/persons", Needs(Look)),
        rule(Method::GET, "/v1/search", Needs(Look)),
        rule(Method::POST, "/v1/search", Needs(Look)),
        rule(Method::POST, "/v1/explain", Needs(Look)),
        rule(Method::GET, "/v1/findings", Needs(ReadFindings)),
        rule(Method::GET, "/v1/findings/{id}", Needs(ReadFindings)),
        rule(Method::PATCH, "/v1/findings/{id}", Needs(SettleFindings)),
        rule(Method::POST, "/v1/findings/export", Needs(SettleFindings)),
        rule(Method::GET, "/v1/reviews/next", Needs(Judge)),
        rule(Method::POST, "/v1/verdicts", Needs(Judge)),
        rule(Method::DELETE, "/v1/verdicts/{id}", Needs(Judge)),
        rule(Method::POST, "/v1/sweeps", Needs(Sweep)),
        rule(Method::GET, "/v1/sweeps/{id}", Needs(Sweep)),
        stream(Method::GET, "/v1/changes", Needs(Follow)),
    ]
};

/// The rule of a route; what may be got may be asked for its head.
pub fn rule_of(method: &Method, path: &str) -> Option<&'static Rule> {
    let method = if method == Method::HEAD {
        &Method::GET
    } else {
        method
    };
    RULES
        .iter()
        .find(|rule| rule.method == *method && rule.path == path)
}

/// The middleware: measures, authenticates, authorises, bounds.
pub async fn gate(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let path = request
        .extensions()
        .get::<MatchedPath>()
        .map(|path| path.as_str().to_string());
    let method = request.method().clone();
    let rule = path.as_deref().and_then(|path| rule_of(&method, path));
    let answered = async {
        let Some(rule) = rule else {
            // Only what some route matches comes here.
            return Err(Problem::new(Code::Method, "see /docs"));
        };
        if let Access::Needs(permission) = rule.access {
            let key = key(&request);
            let caller = caller(&app, key).await?;
            if app.limits.check_key(&caller.name).is_err() {
                return Err(Problem::new(
                    Code::RateLimited,
                    "send fewer requests a second",
                ));
            }
            if !caller.role.may(permission) {
                let detail = format!("the role {} may not do this", caller.role);
                return Err(Problem::new(Code::Forbidden, detail));
            }
            request.extensions_mut().insert(caller);
        }
        let limit = match rule.length {
            Length::Bounded => Duration::from_secs(app.settings.seconds),
            Length::Stream => return Ok(next.run(request).await),
        };
        match tokio::time::timeout(limit, next.run(request)).await {
            Ok(response) => Ok(response),
            Err(_) => Err(Problem::new(
                Code::Timeout,
                "send it again, or ask for less",
            )),
        }
    };
    let response = answered.await.unwrap_or_else(|problem| {
        counter!(measures::REFUSED, "code" => problem.code.name()).increment(1);
        problem.into_response()
    });
    let labels = [
        ("route", rule.map_or("none", |rule| rule.path).to_string()),
        ("method", method.as_str().to_string()),
        ("status", response.status().as_str().to_string()),
    ];
    histogram!(measures::REQUEST_SECONDS, &labels).record(begun.elapsed().as_secs_f64());
    response
}

/// The key or token that a request carries.
fn key(request: &Request) -> Option<String> {
    let text = request
        .headers()
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?;
    let (scheme, key) = text.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| key.trim().to_string())
}

/// Who asks.
async fn caller(app: &App, key: Option<String>) -> Result<Caller, Problem> {
    let unauthorised = || {
        let detail = "send `Authorization: Bearer` and a key of `yiren keys add`, or a token";
        Problem::new(Code::Unauthorised, detail)
    };
    let text = key.ok_or_else(unauthorised)?;
    let now = now();
    let is_token = Tokens::is_token(&text);
    let found = match (&app.tokens, is_token) {
        (Some(_), true) => {
            let app = Arc::clone(app);
            slowly(move || match &app.tokens {
                Some(tokens) => tokens
                    .verify(&text)
                    .map_err(|error| Problem::internal(&error)),
                None => Ok(None),
            })
            .await?
        }
        _ if app.keys.is_known(&text) => app
            .keys
            .verify(&text, now)
            .map_err(|error| Problem::internal(&error))?,
        _ => {
            // Argon2 takes long on purpose: those who guess wait for each other, nobody else does.
            let Ok(_turn) = app.guesses.acquire().await else {
                return Err(Problem::internal(&"closed"));
            };
            let app = Arc::clone(app);
            slowly(move || {
                app.keys
                    .verify(&text, now)
                    .map_err(|error| Problem::internal(&error))
            })
            .await?
        }
    };
    found.ok_or_else(unauthorised)
}

/// Does work that may take long off the threads that serve connections.
pub async fn slowly<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => Err(Problem::internal(&error)),
    }
}

/// Now, by the computer's clock.
pub fn now() -> Moment {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Moment(since.map_or(0, |since| since.as_millis() as i64))
}
