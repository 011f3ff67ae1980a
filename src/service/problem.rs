//! Errors as callers see them: problem details (RFC 9457), with a stable code from one table.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::casefile::CaseError;
use crate::query::{SettleError, TimeError};
use crate::resolve::{Full, ResolveError};
use crate::store::StoreError;

/// Defines the table of codes.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal $status:ident $title:literal,)+) => {
        /// What can be wrong with a request, or with us.
        #[derive(Copy, Clone, Debug, PartialEq, Eq)]
        pub enum Code { $($(#[$doc])* $name,)+ }

        impl Code {
            /// All of them.
            pub const ALL: &[Code] = &[$(Code::$name,)+];

            /// What programs know it by; it never changes.
            pub fn name(self) -> &'static str {
                match self { $(Code::$name => $code,)+ }
            }

            /// Its HTTP status.
            pub fn status(self) -> StatusCode {
                match self { $(Code::$name => StatusCode::$status,)+ }
            }

            /// What it is, in general.
            pub fn title(self) -> &'static str {
                match self { $(Code::$name => $title,)+ }
            }
        }
    };
}

codes! {
    /// The body is no JSON of the shape that the route takes.
    Body = "invalid_body" BAD_REQUEST "The body cannot be read",
    /// A part of the address or the query cannot be read.
    Parameter = "invalid_parameter" BAD_REQUEST "A parameter cannot be read",
    /// A header cannot be read.
    Header = "invalid_header" BAD_REQUEST "A header cannot be read",
    /// A value is not what the field takes.
    Field = "invalid_field" UNPROCESSABLE_ENTITY "A field cannot be used",
    /// Personal data are only given for a purpose.
    Purpose = "purpose_missing" UNPROCESSABLE_ENTITY "A purpose must be stated",
    /// No key, or one that is not valid.
    Unauthorised = "unauthorised" UNAUTHORIZED "A valid key is needed",
    /// The role does not allow it.
    Forbidden = "forbidden" FORBIDDEN "The role of this key does not allow this",
    /// Outside the divisions or programmes of the key.
    OutOfScope = "out_of_scope" FORBIDDEN "Outside the scope of this key",
    /// There is nothing of that name.
    NotFound = "not_found" NOT_FOUND "Nothing found",
    /// The moment asked about was before the store.
    TooEarly = "before_the_store" NOT_FOUND "Nothing was known yet",
    /// The route has no such method.
    Method = "method_not_allowed" METHOD_NOT_ALLOWED "This route has no such method",
    /// The body is of another type.
    MediaType = "unsupported_media_type" UNSUPPORTED_MEDIA_TYPE "The body must be JSON",
    /// Earlier verdicts say otherwise.
    Contradiction = "contradicting_verdict" CONFLICT "Earlier verdicts say otherwise",
    /// A step that due process does not allow.
    Refused = "step_refused" CONFLICT "Due process does not allow this step",
    /// The same key of a request came with another request.
    KeyReused = "idempotency_key_reused" UNPROCESSABLE_ENTITY "This idempotency key was used for another request",
    /// A sweep is under way already.
    Sweeping = "sweep_running" CONFLICT "A sweep is under way",
    /// The record is not as the caller thought.
    Precondition = "precondition_failed" PRECONDITION_FAILED "The record has changed",
    /// The body is longer than is taken.
    TooLarge = "body_too_large" PAYLOAD_TOO_LARGE "The body is too long",
    /// Too many requests of one caller.
    RateLimited = "rate_limited" TOO_MANY_REQUESTS "Too many requests",
    /// Too many requests of all callers.
    Busy = "busy" SERVICE_UNAVAILABLE "Too much is waiting",
    /// It took too long.
    Timeout = "timeout" SERVICE_UNAVAILABLE "The request took too long",
    /// The store is not resolved yet.
    Unresolved = "unresolved" SERVICE_UNAVAILABLE "The store is not resolved",
    /// What changed before is not known any more.
    Gone = "changes_unknown" GONE "What changed since then is not known",
    /// A fault of ours, or of the disk.
    Internal = "internal" INTERNAL_SERVER_ERROR "Something went wrong here",
}

/// An error as it is sent.
#[derive(Clone, Debug)]
pub struct Problem {
    /// What is wrong.
    pub code: Code,
    /// What is wrong in particular; never personal data.
    pub detail: String,
    /// Seconds after which it may work.
    pub retry_after: Option<u64>,
}

/// Problem details of RFC 9457.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemBody {
    /// `urn:yiren:problem:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// What is wrong, in general.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// The code, which never changes.
    pub code: &'static str,
    /// What is wrong in particular, and what to do.
    pub detail: String,
}

impl Problem {
    /// An error with what is wrong in particular.
    pub fn new(code: Code, detail: impl Into<String>) -> Problem {
        let retry_after = match code {
            Code::Busy | Code::RateLimited | Code::Timeout => Some(1),
            Code::Unresolved => Some(60),
            _ => None,
        };
        Problem {
            code,
            detail: detail.into(),
            retry_after,
        }
    }

    /// An error of ours: the detail goes to the log, the caller learns that there was one.
    pub fn internal(detail: &dyn std::fmt::Display) -> Problem {
        tracing::error!(detail = %detail, "internal error");
        Problem::new(
            Code::Internal,
            "this is logged; ask whoever runs this service",
        )
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.code.status();
        let body = ProblemBody {
            kind: format!("urn:yiren:problem:{}", self.code.name()),
            title: self.code.title(),
            status: status.as_u16(),
            code: self.code.name(),
            detail: self.detail,
        };
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.code == Code::Unauthorised {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<Full> for Problem {
    fn from(_: Full) -> Problem {
        Problem::new(Code::Busy, "too many changes wait; send it again")
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Problem {
        match error {
            StoreError::Unresolved(_) => Problem::new(
                Code::Unresolved,
                "a load was interrupted before its records were resolved; sweep the store",
            ),
            error => Problem::internal(&error),
        }
    }
}

impl From<ResolveError> for Problem {
    fn from(error: ResolveError) -> Problem {
        Problem::from(&error)
    }
}

impl From<&ResolveError> for Problem {
    fn from(error: &ResolveError) -> Problem {
        match error {
            ResolveError::Store(StoreError::Unresolved(_)) => {
                StoreError::Unresolved(Default::default()).into()
            }
            // Names records by id alone.
            ResolveError::Contradiction(found) => {
                Problem::new(Code::Contradiction, found.to_string())
            }
            ResolveError::NoSuchRecord(source, _) => Problem::new(
                Code::NotFound,
                format!("no such record of the source {source} on file"),
            ),
            error => Problem::internal(error),
        }
    }
}

impl From<CaseError> for Problem {
    fn from(error: CaseError) -> Problem {
        match error {
            CaseError::NoSuchFinding(number) => {
                Problem::new(Code::NotFound, format!("no finding {number:016x}"))
            }
            CaseError::Outside => Problem::new(
                Code::OutOfScope,
                "a case is exported whole, and this one has records outside the scope of this key",
            ),
            CaseError::Time(error) => error.into(),
            CaseError::Store(error) => error.into(),
            CaseError::Resolve(error) => error.into(),
            error => Problem::internal(&error),
        }
    }
}

impl From<SettleError> for Problem {
    fn from(error: SettleError) -> Problem {
        match error {
            SettleError::Store(error) => error.into(),
            // Names statuses and days, nobody.
            SettleError::Refused(refusal) => Problem::new(Code::Refused, refusal.to_string()),
        }
    }
}

impl From<TimeError> for Problem {
    fn from(error: TimeError) -> Problem {
        match error {
            TimeError::Store(error) => error.into(),
            TimeError::TooEarly => Problem::new(
                Code::TooEarly,
                "the first commit of this store is later than the time asked about",
            ),
            TimeError::Nothing => Problem::new(Code::Unresolved, "nothing is loaded yet"),
            TimeError::Resolve(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_codes_are_one() {
        let names: BTreeSet<&str> = Code::ALL.iter().map(|code| code.name()).collect();
        assert_eq!(names.len(), Code::ALL.len());
        for code in Code::ALL {
            assert!(code.status().is_client_error() || code.status().is_server_error());
        }
    }
}
