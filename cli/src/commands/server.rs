//! A service that another process runs.

use std::fmt;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::{HeaderMap, Method, Request};
use yiren::query::TimeError;
use yiren::service::input::PURPOSE;
use yiren::service::looks::REDUCED;
use yiren::service::problem::Code;

/// Bytes of an answer, at most.
const LONGEST: u64 = 1 << 30;

/// A service, and the key to it.
pub struct Server {
    address: String,
    key: String,
    agent: Agent,
}

/// Why a service gives no answer. No message holds what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerError {
    /// There is no key.
    NoKey,
    /// Nobody answers there.
    Silent {
        /// The address.
        address: String,
        /// Why.
        reason: String,
    },
    /// What answers is something else, or of another version.
    Strange {
        /// The address.
        address: String,
        /// What cannot be read.
        reason: String,
    },
    /// It refuses to.
    Refused {
        /// The address.
        address: String,
        /// Code of why.
        code: String,
        /// Why, in general.
        title: String,
        /// Why, in particular.
        detail: String,
    },
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ServerError::NoKey => f.write_str(
                "no key: put one that `yiren keys add` printed into the variable YIREN_KEY",
            ),
            ServerError::Silent { address, reason } => write!(f, "{address}: no answer: {reason}"),
            ServerError::Strange { address, reason } => {
                write!(
                    f,
                    "{address}: this is no yiren service, or one of another version: {reason}"
                )
            }
            ServerError::Refused {
                address,
                code,
                title,
                detail,
            } => write!(f, "{address}: {title} ({code}): {detail}"),
        }
    }
}

impl std::error::Error for ServerError {}

/// What a look over a service came to.
pub struct Looked<T> {
    /// What was found.
    pub value: T,
    /// Whether its values are masked, though whole ones were asked for: the role sees no others.
    pub refused: bool,
    /// Whether something is hidden that is outside the scope of the key.
    pub reduced: bool,
}

impl Server {
    /// The service at an address; the key is that of the variable `YIREN_KEY`.
    pub fn at(address: &str) -> anyhow::Result<Server> {
        let key = std::env::var("YIREN_KEY")
            .ok()
            .filter(|key| !key.is_empty());
        // What the service refuses it explains in a body, which is to be read.
        let settings = Agent::config_builder().http_status_as_error(false);
        Ok(Server {
            address: address.trim_end_matches('/').to_string(),
            key: key.ok_or(ServerError::NoKey)?,
            agent: settings.build().into(),
        })
    }

    /// What the service answers to a question.
    pub fn get(&self, route: &str) -> anyhow::Result<Value> {
        self.send(&Method::GET, route, "")
    }

    /// What the service answers to a body of JSON.
    pub fn post(&self, route: &str, body: &Value) -> anyhow::Result<Value> {
        self.send(&Method::POST, route, &body.to_string())
    }

    /// What the service answers to a change of what is there.
    pub fn patch(&self, route: &str, body: &Value) -> anyhow::Result<Value> {
        self.send(&Method::PATCH, route, &body.to_string())
    }

    /// What the service finds for a look with that purpose; `None` where it finds nothing. With a
    /// purpose values are asked for whole, and masked where the role sees no others.
    pub fn look<T: DeserializeOwned>(
        &self,
        route: &str,
        mut asked: Value,
        purpose: &str,
    ) -> anyhow::Result<Option<Looked<T>>> {
        let whole = !purpose.trim().is_empty();
        asked["unmasked"] = json!(whole);
        let mut told = self.told(&Method::POST, route, &asked.to_string(), purpose);
        let refused = whole && is_refused(&told, Code::Forbidden);
        if refused {
            asked["unmasked"] = json!(false);
            told = self.told(&Method::POST, route, &asked.to_string(), purpose);
        }
        if is_refused(&told, Code::NotFound) {
            return Ok(None);
        }
        if is_refused(&told, Code::TooEarly) {
            return Err(TimeError::TooEarly.into());
        }
        let (headers, body) = told?;
        Ok(Some(Looked {
            value: self.read(&body)?,
            refused,
            reduced: headers.contains_key(REDUCED),
        }))
    }

    fn send(&self, method: &Method, route: &str, body: &str) -> anyhow::Result<Value> {
        let (_, body) = self.told(method, route, body, "")?;
        Ok(self.read(&body)?)
    }

    fn read<T: DeserializeOwned>(&self, body: &[u8]) -> Result<T, ServerError> {
        serde_json::from_slice(body).map_err(|error| {
            // Its text may hold a value.
            let reason = match error.classify() {
                serde_json::error::Category::Data => "an answer of an unknown shape",
                _ => "an answer that is no JSON",
            };
            self.strange(reason)
        })
    }

    fn strange(&self, reason: impl ToString) -> ServerError {
        ServerError::Strange {
            address: self.address.clone(),
            reason: reason.to_string(),
        }
    }

    /// Sends a request, and reads the whole of what comes back.
    fn told(
        &self,
        method: &Method,
        route: &str,
        body: &str,
        purpose: &str,
    ) -> anyhow::Result<(HeaderMap, Vec<u8>)> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{route}", self.address))
            .header("authorization", format!("Bearer {}", self.key));
        if !purpose.trim().is_empty() {
            request = request.header(PURPOSE, extended(purpose.trim()));
        }
        let silent = |reason: String| ServerError::Silent {
            address: self.address.clone(),
            reason,
        };
        let sent = match body {
            "" => self.agent.run(request.body(())?),
            body => {
                let request = request.header("content-type", "application/json");
                self.agent.run(request.body(body)?)
            }
        };
        let mut answer = sent.map_err(|error| silent(error.to_string()))?;
        let body = answer.body_mut().with_config().limit(LONGEST).read_to_vec();
        let body = body.map_err(|error| silent(error.to_string()))?;
        match answer.status().is_success() {
            true => Ok((answer.headers().clone(), body)),
            false => {
                let told: Value = self.read(&body)?;
                let part = |name: &str| told[name].as_str().unwrap_or_default().to_string();
                let error = match part("code") {
                    code if code.is_empty() => self.strange(answer.status()),
                    code => ServerError::Refused {
                        address: self.address.clone(),
                        code,
                        title: part("title"),
                        detail: part("detail"),
                    },
                };
                Err(error.into())
            }
        }
    }
}

fn is_refused<T>(told: &anyhow::Result<T>, why: Code) -> bool {
    let error = told.as_ref().err();
    let refused = error.and_then(|error| error.downcast_ref::<ServerError>());
    matches!(refused, Some(ServerError::Refused { code, .. }) if code == why.name())
}

/// A text as a header takes it (RFC 8187).
fn extended(text: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    let bytes = text.bytes().map(|byte| match plain(&byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    });
    format!("UTF-8''{}", bytes.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::extended;

    #[test]
    fn a_header_holds_any_text() {
        assert_eq!(extended("case 12"), "UTF-8''case%2012");
        assert_eq!(extended("举报\n"), "UTF-8''%E4%B8%BE%E6%8A%A5%0A");
    }
}
