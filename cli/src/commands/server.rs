//! A service that another process runs.

use anyhow::{Context, anyhow};
use serde_json::Value;
use ureq::Agent;
use ureq::http::{Method, Request};

/// A service, and the key to it.
pub struct Server {
    address: String,
    key: String,
    agent: Agent,
}

impl Server {
    /// The service at an address; the key is that of the variable `YIREN_KEY`.
    pub fn at(address: &str) -> anyhow::Result<Server> {
        let key = std::env::var("YIREN_KEY")
            .ok()
            .filter(|key| !key.is_empty());
        let key = key
            .context("no key: put one that `yiren keys add` printed into the variable YIREN_KEY")?;
        // What the service refuses it explains in a body, which is to be read.
        let settings = Agent::config_builder().http_status_as_error(false);
        Ok(Server {
            address: address.trim_end_matches('/').to_string(),
            key,
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

    /// What the service answers to taking something back.
    pub fn delete(&self, route: &str) -> anyhow::Result<Value> {
        self.send(&Method::DELETE, route, "")
    }

    fn send(&self, method: &Method, route: &str, body: &str) -> anyhow::Result<Value> {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{route}", self.address))
            .header("authorization", format!("Bearer {}", self.key));
        let address = &self.address;
        let sent = match body {
            "" => self.agent.run(request.body(())?),
            body => {
                let request = request.header("content-type", "application/json");
                self.agent.run(request.body(body)?)
            }
        };
        let mut answer = sent.with_context(|| format!("{address}: no answer"))?;
        let status = answer.status();
        let told: Value = answer
            .body_mut()
            .read_json()
            .with_context(|| format!("{address}: this is no yiren service"))?;
        match status.is_success() {
            true => Ok(told),
            false => {
                let part = |name: &str| told[name].as_str().unwrap_or_default().to_string();
                Err(anyhow!(
                    "{address}: {} ({}): {}",
                    part("title"),
                    part("code"),
                    part("detail")
                ))
            }
        }
    }
}
