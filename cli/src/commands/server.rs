//! A service that another process runs.

use anyhow::{Context, anyhow};
use serde_json::Value;

/// A service, and the key to it.
pub struct Server {
    address: String,
    key: String,
}

impl Server {
    /// The service at an address; the key is that of the variable `YIREN_KEY`.
    pub fn at(address: &str) -> anyhow::Result<Server> {
        let key = std::env::var("YIREN_KEY")
            .ok()
            .filter(|key| !key.is_empty());
        let key = key
            .context("no key: put one that `yiren keys add` printed into the variable YIREN_KEY")?;
        Ok(Server {
            address: address.trim_end_matches('/').to_string(),
            key,
        })
    }

    /// What the service answers to a body of JSON.
    pub fn post(&self, route: &str, body: &Value) -> anyhow::Result<Value> {
        let request = ureq::post(format!("{}{route}", self.address))
            .config()
            .http_status_as_error(false)
            .build()
            .header("authorization", format!("Bearer {}", self.key));
        let mut answer = request
            .send_json(body)
            .with_context(|| format!("{}: no answer", self.address))?;
        let status = answer.status();
        let told: Value = answer
            .body_mut()
            .read_json()
            .with_context(|| format!("{}: this is no yiren service", self.address))?;
        match status.is_success() {
            true => Ok(told),
            false => {
                let part = |name: &str| told[name].as_str().unwrap_or_default().to_string();
                Err(anyhow!(
                    "{}: {} ({}): {}",
                    self.address,
                    part("title"),
                    part("code"),
                    part("detail")
                ))
            }
        }
    }
}
