//! A service over a small store, and callers of it.

use std::path::Path;

use serde_json::{Value, json};
use yiren::loading::{self, Settings as Kept};
use yiren::resolve::Recording;
use yiren::service::access::{Role, Scope};
use yiren::service::settings::Settings;
use yiren::service::{App, Running, Service, serve};
use yiren::store::{Durability, Moment, OpenOptions};
use yiren_matchers::normalise::date::Date;

/// Someone of Shanghai, once in Dibao there and once in Tekun in Jiangsu.
pub const NAME: &str = "欧阳建春";
pub const NUMBER: &str = "110101196205070010";
pub const ADDRESS: &str = "浙江省杭州市西湖区文新街道骆家庄1幢2单元301室";

/// A service that listens, and its folder.
pub struct Desk {
    pub folder: tempfile::TempDir,
    pub runtime: tokio::runtime::Runtime,
    pub app: App,
    running: Option<Running>,
}

/// What a service answered.
#[derive(Debug)]
pub struct Told {
    pub status: u16,
    pub body: Value,
    pub text: String,
    pub headers: Vec<(String, String)>,
}

impl Told {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// The fields of the person, with an office.
pub fn fields(office: &str) -> Value {
    json!({
        "name": NAME, "national_id": NUMBER, "birth_date": "1962-05-07", "hukou_address": ADDRESS,
        "start_date": "2024-01-01", "status": "active", "office_division": office, "monthly_amount": 500,
    })
}

pub fn recording() -> Recording {
    Recording {
        actor: "test".to_string(),
        at: Moment(1_700_000_000_000),
        as_of: Date::new(2026, 6, 30).unwrap(),
        durability: Durability::System,
    }
}

/// Makes an empty store that records can be sent to.
pub fn make(folder: &Path) {
    let options = OpenOptions::default();
    drop(loading::open(folder, &options, &Kept::default(), &recording()).unwrap());
}

impl Desk {
    pub fn new() -> Desk {
        Desk::with(|_| ())
    }

    /// A service whose settings were altered.
    pub fn with(alter: impl FnOnce(&mut Settings)) -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("store");
        make(&store);
        let mut settings = Settings {
            store,
            listen: ([127, 0, 0, 1], 0).into(),
            cache: 16,
            ..Settings::default()
        };
        alter(&mut settings);
        let app = Service::open(settings).unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let running = runtime.block_on(serve(app.clone())).unwrap();
        Desk {
            folder,
            runtime,
            app,
            running: Some(running),
        }
    }

    /// A key of a role, for divisions and programmes.
    pub fn key(&self, role: Role, divisions: &[&str], programmes: &[&str]) -> String {
        let owned = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
        let scope = Scope::parse(&owned(divisions), &owned(programmes)).unwrap();
        self.app
            .keys
            .add(role.name(), role, scope, None, Moment(1))
            .unwrap()
    }

    pub fn address(&self) -> String {
        format!("http://{}", self.running.as_ref().unwrap().address)
    }

    /// Sends a request.
    pub fn send(
        &self,
        key: Option<&str>,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Told {
        let text = body.map(ToString::to_string);
        self.send_text(key, method, path, headers, text.as_deref())
    }

    /// Sends a request with a body that need not be JSON.
    pub fn send_text(
        &self,
        key: Option<&str>,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&str>,
    ) -> Told {
        send(&self.address(), key, method, path, headers, body)
    }

    /// Stops it, as a signal would.
    pub fn stop(mut self) -> tempfile::TempDir {
        let running = self.running.take().unwrap();
        self.runtime.block_on(running.stop()).unwrap();
        let Desk {
            folder,
            runtime,
            app,
            ..
        } = self;
        drop(runtime);
        drop(app);
        folder
    }
}

/// Sends a request to a service at an address.
pub fn send(
    address: &str,
    key: Option<&str>,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Option<&str>,
) -> Told {
    let mut request = ureq::http::Request::builder()
        .method(method)
        .uri(format!("{address}{path}"));
    if let Some(key) = key {
        request = request.header("authorization", format!("Bearer {key}"));
    }
    let own_type = headers.iter().any(|(name, _)| *name == "content-type");
    if body.is_some() && !own_type {
        request = request.header("content-type", "application/json");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(body.unwrap_or_default().to_string()).unwrap();
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .allow_non_standard_methods(true)
        .build()
        .into();
    let mut answer = agent.run(request).unwrap();
    let headers = answer.headers().iter();
    let headers = headers
        .map(|(name, value)| {
            (
                name.to_string(),
                value.to_str().unwrap_or_default().to_string(),
            )
        })
        .collect();
    let status = answer.status().as_u16();
    let text = answer.body_mut().read_to_string().unwrap();
    Told {
        status,
        body: serde_json::from_str(&text).unwrap_or(Value::Null),
        text,
        headers,
    }
}
