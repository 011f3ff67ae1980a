//! How what a command changes in a store is recorded.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, ValueEnum};
use yiren::loading::Settings;
use yiren::policy::Policy;
use yiren::resolve::Recording;
use yiren::schema::read_model;
use yiren::store;
use yiren_matchers::normalise::date::Date;

use super::today;

/// Where a store is.
#[derive(Debug, Args)]
pub struct Place {
    /// Folder of the store
    #[arg(long, value_name = "DIR")]
    pub store: PathBuf,
}

/// When a change counts as done.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Durability {
    /// When it is on the disk.
    #[default]
    Synced,
    /// When the system has it.
    System,
}

impl From<Durability> for store::Durability {
    fn from(durability: Durability) -> store::Durability {
        match durability {
            Durability::Synced => store::Durability::Synced,
            Durability::System => store::Durability::System,
        }
    }
}

/// Who changes something, as the audit is to have it.
#[derive(Debug, Args)]
pub struct By {
    /// Who does this, for the audit [default: the user of the system]
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
}

impl By {
    /// The name for the audit.
    pub fn name(&self) -> String {
        let of_system = ["USER", "LOGNAME"]
            .into_iter()
            .filter_map(|name| std::env::var(name).ok());
        let mut names = self.by.iter().cloned().chain(of_system);
        names
            .find(|name| !name.is_empty())
            .unwrap_or_else(|| "unknown".to_string())
    }

    /// How a change of now is recorded.
    pub fn recording(
        &self,
        as_of: Option<Date>,
        durability: Durability,
    ) -> anyhow::Result<Recording> {
        Ok(Recording {
            actor: self.name(),
            at: now(),
            as_of: day(as_of)?,
            durability: durability.into(),
        })
    }
}

/// The day given, or today.
pub fn day(as_of: Option<Date>) -> anyhow::Result<Date> {
    as_of
        .or_else(today)
        .ok_or_else(|| anyhow::anyhow!("no date: give --as-of"))
}

/// Now, by the computer's clock.
pub fn now() -> store::Moment {
    store::Moment(jiff::Timestamp::now().as_millisecond())
}

/// A moment as people write it, in the computer's time zone, to the second.
pub fn moment(at: store::Moment) -> String {
    let at = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
    let at = at.to_zoned(jiff::tz::TimeZone::system());
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// The texts of a model and a policy file, which can be read as such.
pub fn settings(model: Option<&Path>, policy: Option<&Path>) -> anyhow::Result<Settings> {
    let text = |path: &Path| {
        std::fs::read_to_string(path).with_context(|| format!("{}: cannot be read", path.display()))
    };
    let mut settings = Settings::default();
    if let Some(path) = model {
        read_model(Some(path))?;
        settings.model = Some(text(path)?);
    }
    if let Some(path) = policy {
        let read = text(path)?;
        Policy::parse(&read, &path.display().to_string())?;
        settings.policy = Some(read);
    }
    Ok(settings)
}
