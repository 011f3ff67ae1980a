//! A look at persons: what the caller may see of what was found, noted before it is answered.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::access::{Caller, Scope};
use super::gate::slowly;
use super::input::{Json, Purpose};
use super::masking::is_inside;
use super::pool::in_background;
use super::problem::{Code, Problem};
use super::{App, Service};
use crate::query::{Known, Who, office};
use crate::resolve::Engine;
use crate::store::{Record, View};

/// The header of an answer that says what it was reduced by: `scope`.
pub const REDUCED: &str = "yiren-reduced";

/// Who looks, and what for.
pub struct Looking {
    caller: Caller,
    /// What for, and whether values are shown whole.
    pub purpose: Purpose,
    digest: [u8; 16],
}

impl Looking {
    /// A look whose purpose is stated in the body or, failing that, in the header.
    ///
    /// # Errors
    /// As [`Purpose::of`].
    pub fn of(
        caller: Caller,
        (text, unmasked): (&str, bool),
        headers: &HeaderMap,
        digest: [u8; 16],
    ) -> Result<Looking, Problem> {
        let purpose = match text.trim() {
            "" => Purpose::of_header(headers, unmasked, &caller)?,
            text => Purpose::of(text, unmasked, &caller)?,
        };
        Ok(Looking {
            caller,
            purpose,
            digest,
        })
    }

    /// Refuses a caller who has a scope: what is asked for cannot be reduced to one.
    pub fn whole(&self) -> Result<(), Problem> {
        match self.caller.scope.is_whole() {
            true => Ok(()),
            false => Err(Problem::new(
                Code::OutOfScope,
                "this is of the whole country: it takes a key without a scope",
            )),
        }
    }

    /// Looks on the threads for queries. `work` gives what is answered, and the names of what is
    /// shown, for the audit.
    pub async fn look<T: Send + 'static>(
        self,
        app: &App,
        what: &'static str,
        work: impl FnOnce(&Sight<'_>) -> Result<(T, Vec<String>), Problem> + Send + 'static,
    ) -> Result<Answered<T>, Problem> {
        let answering = Arc::clone(app);
        app.pool
            .run(move || self.answer(&answering, what, work))
            .await
    }

    /// As [`Looking::look`], for what reads every record: one at a time, on threads that give way to
    /// all others.
    pub async fn look_long<T: Send + 'static>(
        self,
        app: &App,
        what: &'static str,
        work: impl FnOnce(&Sight<'_>) -> Result<(T, Vec<String>), Problem> + Send + 'static,
    ) -> Result<Answered<T>, Problem> {
        let Ok(turn) = Arc::clone(&app.long).try_acquire_owned() else {
            return Err(Problem::new(
                Code::Busy,
                "another look that reads every record is under way; send it again",
            ));
        };
        let answering = Arc::clone(app);
        slowly(move || {
            let _turn = turn;
            let done = in_background(|| self.answer(&answering, what, work));
            done.map_err(|error| Problem::internal(&error))?
        })
        .await
    }

    fn answer<T>(
        &self,
        app: &Service,
        what: &str,
        work: impl FnOnce(&Sight<'_>) -> Result<(T, Vec<String>), Problem>,
    ) -> Result<Answered<T>, Problem> {
        let view = app.store.view();
        let engine = app.queue.engine();
        let sight = Sight {
            app,
            view: &view,
            engine: &engine,
            scope: &self.caller.scope,
            unmasked: self.purpose.unmasked,
            known: RefCell::default(),
            reduced: Cell::new(false),
        };
        let (value, shown) = work(&sight)?;
        app.note(&self.caller, what, &self.purpose, &self.digest, shown)?;
        Ok(Answered {
            value,
            reduced: sight.reduced.get(),
        })
    }
}

/// A request to look: what it asks, and the look that it states.
pub struct Look<T> {
    /// What is asked.
    pub asked: T,
    /// Who looks, and what for.
    pub looking: Looking,
}

/// A body that says what it is asked for.
pub trait Stated {
    /// What for, and whether values are to be shown whole.
    fn stated(&self) -> (&str, bool);
}

impl<T: Stated + DeserializeOwned> FromRequest<App> for Look<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Look<T>, Problem> {
        let (mut parts, body) = request.into_parts();
        let caller = Caller::from_request_parts(&mut parts, app).await?;
        let headers = parts.headers.clone();
        let request = Request::from_parts(parts, body);
        let Json { value, digest } = Json::from_request(request, app).await?;
        let looking = Looking::of(caller, T::stated(&value), &headers, digest)?;
        Ok(Look {
            asked: value,
            looking,
        })
    }
}

/// What a look came to, as it is sent: with a header where the scope of the key hides something.
pub struct Answered<T> {
    value: T,
    reduced: bool,
}

impl<T> Answered<T> {
    /// The value alone.
    pub fn value(self) -> T {
        self.value
    }
}

impl<T: Serialize> IntoResponse for Answered<T> {
    fn into_response(self) -> Response {
        let mut response = axum::Json(self.value).into_response();
        if self.reduced {
            let headers = response.headers_mut();
            headers.insert(REDUCED, HeaderValue::from_static("scope"));
        }
        response
    }
}

/// The store as a caller may see it.
pub struct Sight<'a> {
    /// The service.
    pub app: &'a Service,
    /// The store.
    pub view: &'a View<'a>,
    /// What is in force in it.
    pub engine: &'a Engine,
    /// Whether values are shown whole.
    pub unmasked: bool,
    scope: &'a Scope,
    /// Names that were looked up, and whether their records may be seen.
    known: RefCell<BTreeMap<String, bool>>,
    reduced: Cell<bool>,
}

impl Sight<'_> {
    /// Whether all may be seen.
    pub fn is_whole(&self) -> bool {
        self.scope.is_whole()
    }

    /// Whether a record may be seen.
    pub fn sees(&self, record: &Record) -> bool {
        let inside = is_inside(
            self.scope,
            &self.engine.policy,
            &record.source,
            office(record),
        );
        if !inside {
            self.reduced.set(true);
        }
        inside
    }

    /// The record of a name, `source:record_id`, if it is on file and may be seen.
    pub fn record(&self, name: &str) -> Result<Option<Record>, Problem> {
        let Some((source, record_id)) = name.split_once(':') else {
            return Ok(None);
        };
        let found = self.view.find(source, record_id)?.current();
        Ok(found.filter(|record| self.sees(record)))
    }

    /// Leaves of the name of a record that may not be seen its source; returns whether it may. The
    /// name of nothing may be.
    pub fn name(&self, name: &mut String) -> Result<bool, Problem> {
        if self.is_whole() || name.is_empty() {
            return Ok(true);
        }
        let before = self.known.borrow().get(name).copied();
        let inside = match before {
            Some(inside) => inside,
            None => {
                let inside = self.record(name)?.is_some();
                self.known.borrow_mut().insert(name.clone(), inside);
                inside
            }
        };
        if !inside {
            self.reduced.set(true);
            let source = name.split(':').next().unwrap_or_default().len();
            name.truncate(source);
        }
        Ok(inside)
    }

    /// As [`Sight::name`], of several; whether all may be seen.
    pub fn names<'n>(
        &self,
        names: impl IntoIterator<Item = &'n mut String>,
    ) -> Result<bool, Problem> {
        let mut all = true;
        for name in names {
            all &= self.name(name)?;
        }
        Ok(all)
    }

    /// The records of a person, or the one that is asked about, as they are now.
    fn records(&self, who: &Who) -> Result<Vec<Record>, Problem> {
        let known = Known::at(self.view, None)?;
        let keys = match who {
            Who::Record { .. } => who.record(self.view)?.into_iter().collect(),
            Who::Entity(entity) => match known.follow(*entity)? {
                Some((_, members)) => members,
                None => Vec::new(),
            },
        };
        let records = known.records(&keys)?.into_iter();
        Ok(records.map(|(_, record)| record).collect())
    }

    /// Refuses a record outside the caller's scope, and a person with no record inside.
    pub fn require(&self, who: &Who) -> Result<(), Problem> {
        let records = self.records(who)?;
        match records.is_empty() || records.iter().any(|record| self.sees(record)) {
            true => Ok(()),
            false => Err(Problem::new(
                Code::OutOfScope,
                "this is of another division or programme than this key",
            )),
        }
    }

    /// Refuses a person with a record outside the caller's scope.
    pub fn require_all(&self, who: &Who) -> Result<(), Problem> {
        match self.records(who)?.iter().all(|record| self.sees(record)) {
            true => Ok(()),
            false => Err(Problem::new(
                Code::OutOfScope,
                "this person has records of another division or programme than this key; `show` says which offices to call",
            )),
        }
    }
}

/// Whom a request names.
///
/// # Errors
/// A text that names nobody.
pub fn who(text: &str) -> Result<Who, Problem> {
    let wrong = || {
        let detail =
            "a person is `E` and 16 characters, or one of their records as `source:record_id`";
        Problem::new(Code::Field, detail)
    };
    Who::parse(text.trim()).ok_or_else(wrong)
}

/// There is nobody of that name.
pub fn nobody() -> Problem {
    Problem::new(Code::NotFound, "nobody of that name, or not at that time")
}
