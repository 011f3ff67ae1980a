//! What the service is run with: defaults, then a file, then the environment, then flags.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::access::tokens::Issuer;

/// What variables of the environment begin with.
pub const ENVIRONMENT: &str = "YIREN_";

/// All settings. In the file they are written as here; in the environment as `YIREN_` and the name
/// in capitals, `YIREN_TLS__CERTIFICATE` for one within a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Folder of the store.
    pub store: PathBuf,
    /// Address and port that are listened on.
    pub listen: SocketAddr,
    /// Whether another address than one of this machine may be listened on without TLS, because
    /// something in front of the service sees to that.
    pub plain_text: bool,
    /// File of keys; `keys.json` in the folder of the store where it is absent.
    pub keys: Option<PathBuf>,
    /// Certificate and key for TLS.
    pub tls: Option<Tls>,
    /// Whose tokens are taken besides keys.
    pub jwt: Option<Issuer>,
    /// Threads that answer queries; as many as the machine has where it is 0.
    pub threads: usize,
    /// Queries that wait for a thread, at most.
    pub waiting_queries: usize,
    /// Changes that wait to be committed, at most.
    pub waiting_changes: usize,
    /// Requests a second that one caller may send over time, and how many at once.
    pub requests_per_second: u32,
    /// Bytes of a body, at most; a stream of records may be longer.
    pub body: usize,
    /// Bytes of one field of a record, at most.
    pub field: usize,
    /// Applicants in one batch, at most.
    pub batch: usize,
    /// Seconds that a request may take, but for streams.
    pub seconds: u64,
    /// Seconds that may pass until the head of a request is there.
    pub head_seconds: u64,
    /// Seconds that requests under way are given when the service is stopped.
    pub stop_seconds: u64,
    /// Mebibytes that the store may keep in memory of its files.
    pub cache: usize,
    /// Hours that the answer to a request with a key is kept.
    pub answers_hours: u32,
}

/// Files for TLS, in PEM; both are read again when they change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// Certificates, the service's own first.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            store: PathBuf::from("store"),
            listen: SocketAddr::from(([127, 0, 0, 1], 7770)),
            plain_text: false,
            keys: None,
            tls: None,
            jwt: None,
            threads: 0,
            waiting_queries: 512,
            waiting_changes: 4_096,
            requests_per_second: 1_000,
            body: 4 << 20,
            field: 2_000,
            batch: 1_000,
            seconds: 30,
            head_seconds: 10,
            stop_seconds: 30,
            cache: 512,
            answers_hours: 24,
        }
    }
}

/// Why the settings cannot be used.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// One of them cannot be read.
    #[error("settings: {0}")]
    Unreadable(Box<figment::Error>),
    /// They contradict each other.
    #[error("settings: {0}")]
    Wrong(String),
}

impl Settings {
    /// The settings of a file, if one is given, the environment, and flags, each stronger than the
    /// one before; `flags` holds those that were given, by name.
    pub fn read(
        file: Option<&Path>,
        flags: &serde_json::Map<String, serde_json::Value>,
    ) -> Result<Settings, SettingsError> {
        let mut figment = Figment::from(Serialized::defaults(Settings::default()));
        if let Some(file) = file {
            figment = figment.merge(Toml::file_exact(file));
        }
        let names: Vec<String> = match serde_json::to_value(Settings::default()) {
            Ok(serde_json::Value::Object(known)) => known.keys().cloned().collect(),
            _ => Vec::new(),
        };
        // Other programs of yiren have variables of their own.
        let environment = Env::prefixed(ENVIRONMENT)
            .filter(move |key| {
                let first = key.as_str().split("__").next().unwrap_or_default();
                names.iter().any(|name| first.eq_ignore_ascii_case(name))
            })
            .split("__");
        let settings: Settings = figment
            .merge(environment)
            .merge(Serialized::defaults(flags))
            .extract()
            .map_err(|error| SettingsError::Unreadable(Box::new(error)))?;
        settings.check()?;
        Ok(settings)
    }

    fn check(&self) -> Result<(), SettingsError> {
        let wrong = |detail: String| Err(SettingsError::Wrong(detail));
        if self.tls.is_none() && !self.plain_text && !self.listen.ip().is_loopback() {
            return wrong(format!(
                "{} is not of this machine alone, and there is no TLS: give `tls`, or `plain_text` if something in front of the service sees to that",
                self.listen
            ));
        }
        let positive = [
            ("waiting_queries", self.waiting_queries),
            ("waiting_changes", self.waiting_changes),
            ("requests_per_second", self.requests_per_second as usize),
            ("body", self.body),
            ("field", self.field),
            ("batch", self.batch),
            ("seconds", self.seconds as usize),
            ("head_seconds", self.head_seconds as usize),
        ];
        match positive.iter().find(|(_, value)| *value == 0) {
            Some((name, _)) => wrong(format!("`{name}` must be more than 0")),
            None => Ok(()),
        }
    }

    /// The file of keys.
    pub fn keys_file(&self) -> PathBuf {
        let own = || self.store.join(super::access::keys::FILE);
        self.keys.clone().unwrap_or_else(own)
    }
}
