//! Reading requests: bodies, parameters, headers. What is wrong is told by its place, never by value.

use std::collections::BTreeMap;

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use sha2::{Digest, Sha256};
use yiren_matchers::normalise::date::{self, Date};

use super::App;
use super::access::{Caller, Permission};
use super::problem::{Code, Problem};
use crate::ingest::headers::canonical;
use crate::store::{Moment, hexadecimal};

/// The header in which a look says what it is for.
pub const PURPOSE: &str = "yiren-purpose";

/// What a header begins with whose text is encoded.
const EXTENDED: &str = "UTF-8''";

/// Characters of a purpose or a reason, at most.
const LONGEST: usize = 500;

/// A body of JSON, with a digest of it.
pub struct Json<T> {
    /// What it says.
    pub value: T,
    /// The first 16 bytes of the SHA-256 of method, path and body.
    pub digest: [u8; 16],
}

impl<T: DeserializeOwned> FromRequest<App> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Json<T>, Problem> {
        let is_json = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .is_some_and(|kind| {
                let kind = kind.split(';').next().unwrap_or_default().trim();
                kind.eq_ignore_ascii_case("application/json")
            });
        if !is_json {
            return Err(Problem::new(
                Code::MediaType,
                "send `Content-Type: application/json`",
            ));
        }
        let mut hash = Sha256::new();
        hash.update(request.method().as_str());
        hash.update([0]);
        hash.update(request.uri().path());
        hash.update([0]);
        let bytes = read(request.into_body(), app.settings.body).await?;
        hash.update(&bytes);
        let digest: [u8; 32] = hash.finalize().into();
        let value = serde_json::from_slice(&bytes).map_err(|error| {
            // The text of the error may hold a value.
            let what = match error.classify() {
                serde_json::error::Category::Data => {
                    "a field is missing, unknown, or of another type"
                }
                _ => "this is no JSON",
            };
            let detail = format!("line {}, column {}: {what}", error.line(), error.column());
            Problem::new(Code::Body, detail)
        })?;
        Ok(Json {
            value,
            digest: digest.first_chunk().copied().unwrap_or_default(),
        })
    }
}

/// A whole body of at most so many bytes.
pub async fn read(body: Body, most: usize) -> Result<axum::body::Bytes, Problem> {
    to_bytes(body, most).await.map_err(|error| {
        use std::error::Error;
        let too_long = error
            .source()
            .is_some_and(|source| source.is::<http_body_util::LengthLimitError>());
        match too_long {
            true => Problem::new(Code::TooLarge, format!("send at most {most} bytes")),
            false => Problem::new(Code::Body, "the body broke off"),
        }
    })
}

/// Parts of the address.
pub struct Names<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Names<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Names<T>, Problem> {
        match Path::from_request_parts(parts, app).await {
            Ok(Path(names)) => Ok(Names(names)),
            Err(_) => Err(Problem::new(
                Code::Parameter,
                "a part of the address cannot be read",
            )),
        }
    }
}

/// Parameters of the query.
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<App> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Asked<T>, Problem> {
        match Query::from_request_parts(parts, app).await {
            Ok(Query(asked)) => Ok(Asked(asked)),
            Err(_) => Err(Problem::new(
                Code::Parameter,
                "a parameter of the query is unknown, missing, or of another type",
            )),
        }
    }
}

/// The caller, whom the gate has let in.
impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Caller, Problem> {
        let caller = parts.extensions.get::<Caller>().cloned();
        caller.ok_or_else(|| Problem::internal(&"a route without a caller asks for one"))
    }
}

/// What a look is for and how much it is to show.
#[derive(Clone, Debug)]
pub struct Purpose {
    /// What for; empty where the caller did not say.
    pub text: String,
    /// Whether values are to be shown whole.
    pub unmasked: bool,
}

impl Purpose {
    /// A purpose of a caller who asks for values whole or not.
    ///
    /// # Errors
    /// Values whole without a purpose, or without the permission; a purpose that is too long.
    pub fn of(text: &str, unmasked: bool, caller: &Caller) -> Result<Purpose, Problem> {
        let text = reason(text)?;
        if unmasked && !caller.role.may(Permission::Unmask) {
            let detail = format!("the role {} sees masked values only", caller.role);
            return Err(Problem::new(Code::Forbidden, detail));
        }
        if unmasked && text.is_empty() {
            let detail = format!(
                "values are shown whole for a purpose: state it (header `{PURPOSE}`, or `purpose` in the body)"
            );
            return Err(Problem::new(Code::Purpose, detail));
        }
        Ok(Purpose { text, unmasked })
    }

    /// None stated, and nothing shown whole.
    pub fn none() -> Purpose {
        Purpose {
            text: String::new(),
            unmasked: false,
        }
    }

    /// The purpose that a header states.
    pub fn of_header(
        headers: &HeaderMap,
        unmasked: bool,
        caller: &Caller,
    ) -> Result<Purpose, Problem> {
        let text = match headers.get(PURPOSE) {
            None => Some(String::new()),
            Some(value) => extended(value.as_bytes()),
        };
        let wrong = || {
            let detail = format!("`{PURPOSE}` is neither UTF-8 nor `UTF-8''` and UTF-8 in %XX");
            Problem::new(Code::Header, detail)
        };
        Purpose::of(&text.ok_or_else(wrong)?, unmasked, caller)
    }
}

/// The text of a header: UTF-8, or, for what stands between that takes ASCII alone, `UTF-8''` and
/// the bytes that are not letters or digits as `%XX` (RFC 8187).
fn extended(value: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(value).ok()?;
    let encoded = match text.split_at_checked(EXTENDED.len()) {
        Some((mark, encoded)) if mark.eq_ignore_ascii_case(EXTENDED) => encoded,
        _ => return Some(text.to_string()),
    };
    let mut pieces = encoded.split('%');
    let mut bytes = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        let (digits, rest) = piece.split_at_checked(2)?;
        // `from_str_radix` takes a sign as well.
        let digits = Some(digits).filter(|digits| !digits.starts_with('+'))?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend(rest.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

/// A reason or purpose without spaces around it.
pub fn reason(text: &str) -> Result<String, Problem> {
    let text = text.trim();
    if text.chars().count() > LONGEST || text.chars().any(char::is_control) {
        let detail = format!("a purpose or reason is one line of at most {LONGEST} characters");
        return Err(Problem::new(Code::Field, detail));
    }
    Ok(text.to_string())
}

/// The cells of a record from its fields: Chinese and usual English names of columns are understood,
/// as in files.
pub fn cells(
    fields: &BTreeMap<String, Value>,
    longest: usize,
) -> Result<Vec<(String, String)>, Problem> {
    let mut cells: Vec<(String, String)> = Vec::with_capacity(fields.len());
    for (place, (name, value)) in fields.iter().enumerate() {
        let column = canonical(name).map_or_else(|| name.trim().to_string(), str::to_string);
        let wrong = |what: &str| {
            let known = canonical(name).unwrap_or("another");
            let detail = format!("field {} ({known}): {what}", place + 1);
            Err(Problem::new(Code::Field, detail))
        };
        let text = match value {
            Value::Null => continue,
            Value::String(text) => text.trim().to_string(),
            Value::Number(number) => number.to_string(),
            Value::Bool(truth) => truth.to_string(),
            Value::Array(_) | Value::Object(_) => {
                return wrong("give a text, a number or a truth value");
            }
        };
        if text.len() > longest || column.len() > longest || column.is_empty() {
            return wrong("it is too long, or has no name");
        }
        if cells.iter().any(|(known, _)| *known == column) {
            return wrong("another field stands for the same column");
        }
        if !text.is_empty() {
            cells.push((column, text));
        }
    }
    Ok(cells)
}

/// A day, as people write days; today where it is not given.
pub fn day(text: Option<&str>, now: Moment) -> Result<Date, Problem> {
    match text.map(str::trim).filter(|text| !text.is_empty()) {
        None => today(now),
        Some(text) => {
            let day = date::parse(text).filter(|date| date.is_complete());
            day.ok_or_else(|| Problem::new(Code::Parameter, "a day is written as 2026-06-30"))
        }
    }
}

fn today(now: Moment) -> Result<Date, Problem> {
    let today = jiff::Timestamp::from_millisecond(now.0)
        .ok()
        .map(|now| now.to_zoned(jiff::tz::TimeZone::system()).date());
    let date = today.and_then(|today| {
        let (year, month, day) = (today.year(), today.month(), today.day());
        Date::new(
            u16::try_from(year).ok()?,
            u8::try_from(month).ok()?,
            u8::try_from(day).ok()?,
        )
    });
    date.ok_or_else(|| Problem::internal(&"the clock is wrong"))
}

/// A time: a day (its end) or a day and a time in the time zone of this machine, or a moment with its
/// zone, as `2026-06-30T14:00:00Z`.
pub fn moment(text: Option<&str>) -> Result<Option<Moment>, Problem> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let zone = jiff::tz::TimeZone::system();
    let stamp = text.parse::<jiff::Timestamp>().ok();
    let local = || match text.len() {
        0..=10 => text
            .parse::<jiff::civil::Date>()
            .ok()
            .map(|day| day.at(23, 59, 59, 999_000_000)),
        _ => text.parse::<jiff::civil::DateTime>().ok(),
    };
    let stamp = stamp.or_else(|| local()?.to_zoned(zone).ok().map(|time| time.timestamp()));
    match stamp {
        Some(stamp) => Ok(Some(Moment(stamp.as_millisecond()))),
        None => Err(Problem::new(
            Code::Parameter,
            "a time is written as 2026-06-30, 2026-06-30T14:00:00 or 2026-06-30T14:00:00Z",
        )),
    }
}

/// A digest in hexadecimal.
pub fn in_hexadecimal(digest: &[u8; 16]) -> String {
    hexadecimal(digest)
}

/// Several texts, or one by itself.
///
/// # Errors
/// What is neither.
pub fn one_or_many<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Texts {
        One(String),
        Many(Vec<String>),
    }
    Ok(match Texts::deserialize(from)? {
        Texts::One(text) => vec![text],
        Texts::Many(texts) => texts,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_plain_or_encoded() {
        let cases: &[(&[u8], Option<&str>)] = &[
            (b"", Some("")),
            (b"case 12", Some("case 12")),
            ("举报核查".as_bytes(), Some("举报核查")),
            (b"UTF-8''%E4%B8%BE%e6%8a%a5 12", Some("举报 12")),
            (b"utf-8''100%25", Some("100%")),
            (b"100%", Some("100%")),
            (b"UTF-8''100%", None),
            (b"UTF-8''%4", None),
            (b"UTF-8''%zz", None),
            (b"UTF-8''%+1", None),
            (b"UTF-8''%E4%B8", None),
            (b"\xff", None),
        ];
        for (value, expected) in cases {
            let read = extended(value);
            assert_eq!(
                read.as_deref(),
                *expected,
                "{:?}",
                String::from_utf8_lossy(value)
            );
        }
    }
}
