//! Tokens of an identity provider: JSON Web Tokens (RFC 7519), signed by keys that it publishes
//! (JWKS, RFC 7517), from a file or an address.

use std::fs;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Caller, Role, Scope};

/// How long the keys of an address are kept, and how soon they are asked for again when a token
/// names one that is not among them.
const KEPT: Duration = Duration::from_secs(600);
const ASKED_AGAIN: Duration = Duration::from_secs(30);

/// Bytes of a set of keys, at most.
const LONGEST: u64 = 1 << 20;

/// Signatures that are accepted: by a key pair alone.
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// Whose tokens are taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issuer {
    /// Who must have issued a token (`iss`).
    pub issuer: String,
    /// For whom it must be (`aud`).
    pub audience: String,
    /// File or `https` address of the keys that sign.
    pub jwks: String,
}

/// Why the keys of an issuer cannot be had.
#[derive(Debug, Error)]
#[error("the keys of the issuer cannot be read from {from}: {detail}")]
pub struct TokensError {
    from: String,
    detail: String,
}

/// What a token must say.
#[derive(Debug, Deserialize)]
struct Claims {
    sub: String,
    yiren_role: Role,
    #[serde(default)]
    yiren_divisions: Vec<String>,
    #[serde(default)]
    yiren_programmes: Vec<String>,
}

/// The tokens of an issuer.
#[derive(Debug)]
pub struct Tokens {
    issuer: Issuer,
    known: Mutex<Option<Known>>,
}

#[derive(Debug)]
struct Known {
    keys: JwkSet,
    at: Instant,
    changed: Option<SystemTime>,
}

impl Tokens {
    /// The tokens of an issuer, whose keys are read now.
    pub fn of(issuer: Issuer) -> Result<Tokens, TokensError> {
        let tokens = Tokens {
            issuer,
            known: Mutex::default(),
        };
        tokens.refresh(None)?;
        Ok(tokens)
    }

    /// Whether a text has the form of a token.
    pub fn is_token(text: &str) -> bool {
        text.bytes().filter(|byte| *byte == b'.').count() == 2
    }

    /// The caller that a token names, if it is valid. May read the issuer's keys again.
    pub fn verify(&self, text: &str) -> Result<Option<Caller>, TokensError> {
        let Ok(header) = decode_header(text) else {
            return Ok(None);
        };
        if !ALGORITHMS.contains(&header.alg) {
            return Ok(None);
        }
        self.refresh(header.kid.as_deref())?;
        let key = {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            let keys = known.as_ref().map(|known| &known.keys);
            let key = match &header.kid {
                Some(kid) => keys.and_then(|keys| keys.find(kid)),
                // Without a name there must be no doubt which is meant.
                None => keys
                    .filter(|keys| keys.keys.len() == 1)
                    .and_then(|keys| keys.keys.first()),
            };
            key.and_then(|key| DecodingKey::from_jwk(key).ok())
        };
        let Some(key) = key else {
            return Ok(None);
        };
        let mut validation = Validation::new(header.alg);
        validation.set_audience(&[&self.issuer.audience]);
        validation.set_issuer(&[&self.issuer.issuer]);
        validation.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
        validation.validate_nbf = true;
        let Ok(token) = decode::<Claims>(text, &key, &validation) else {
            return Ok(None);
        };
        let claims = token.claims;
        let scope = Scope::parse(&claims.yiren_divisions, &claims.yiren_programmes).ok();
        let is_named = !claims.sub.is_empty() && claims.sub.len() <= Caller::NAME;
        Ok(scope.filter(|_| is_named).map(|scope| Caller {
            name: claims.sub.as_str().into(),
            role: claims.yiren_role,
            scope,
        }))
    }

    /// Reads the keys again if they are old, or if one is named that is not among them.
    fn refresh(&self, kid: Option<&str>) -> Result<(), TokensError> {
        let from = &self.issuer.jwks;
        let is_address = from.starts_with("https://") || from.starts_with("http://");
        let changed = match is_address {
            true => None,
            false => fs::metadata(from).and_then(|data| data.modified()).ok(),
        };
        {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(known) = &*known {
                let age = known.at.elapsed();
                let is_there = kid.is_none_or(|kid| known.keys.find(kid).is_some());
                let is_fresh = match is_address {
                    true => age < KEPT && (is_there || age < ASKED_AGAIN),
                    false => known.changed == changed,
                };
                if is_fresh {
                    return Ok(());
                }
            }
        }
        let error = |detail: String| TokensError {
            from: from.clone(),
            detail,
        };
        let text = match is_address {
            true => {
                let mut answer = ureq::get(from)
                    .call()
                    .map_err(|told| error(told.to_string()))?;
                let body = answer
                    .body_mut()
                    .with_config()
                    .limit(LONGEST)
                    .read_to_string();
                body.map_err(|told| error(told.to_string()))?
            }
            false => fs::read_to_string(from).map_err(|told| error(told.to_string()))?,
        };
        let keys = serde_json::from_str(&text).map_err(|told| error(told.to_string()))?;
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(Known {
            keys,
            at: Instant::now(),
            changed,
        });
        Ok(())
    }
}
