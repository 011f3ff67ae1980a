//! What the verbs that look at persons have in common: whom they ask about, over a store or a
//! service, and that a look is noted.

use std::path::Path;

use anyhow::{anyhow, bail};
use clap::Args;
use serde::de::DeserializeOwned;
use serde_json::Value;
use yiren::id::EntityId;
use yiren::query::{Known, Reading, Who};
use yiren::store::{self, Durability, Made, Moment, Store, StoreError, View};

use super::query::StoreOrServer;
use super::recording::{By, now};
use super::server::Server;
use super::stored::open_to_look;
use crate::language::Language;
use crate::pager;

/// Where to look, who looks, and what for.
#[derive(Debug, Args)]
pub struct Looking {
    #[command(flatten)]
    pub place: StoreOrServer,
    #[command(flatten)]
    pub actor: By,
    #[command(flatten)]
    pub purpose: Purpose,
}

/// What a look is for.
#[derive(Debug, Args)]
pub struct Purpose {
    /// What this is asked for, for the audit; a service shows values whole for it
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    pub purpose: String,
}

/// Whom a text of the command line names.
pub fn parse_who(text: &str) -> Result<Who, String> {
    Who::parse(text).ok_or_else(|| {
        format!("`{text}` is neither an entity (E and 16 characters) nor source:record_id")
    })
}

/// A look that is about to be made.
pub struct Look<'a> {
    /// Where.
    pub place: &'a StoreOrServer,
    /// Who looks, if that was said.
    pub by: Option<&'a str>,
    /// What for.
    pub purpose: &'a str,
    /// With which verb.
    pub verb: &'static str,
    /// At whom.
    pub whom: &'a [&'a Who],
    /// In which language.
    pub language: Language,
}

impl Looking {
    /// A look at some with a verb.
    pub fn at<'a>(
        &'a self,
        verb: &'static str,
        whom: &'a [&'a Who],
        language: Language,
    ) -> Look<'a> {
        Look {
            place: &self.place,
            by: self.actor.by.as_deref(),
            purpose: &self.purpose.purpose,
            verb,
            whom,
            language,
        }
    }
}

impl Look<'_> {
    /// What `over_store` finds in the store, or the service finds by a route for what is `asked`:
    /// the same value. The look is noted there first.
    pub fn find<T: DeserializeOwned>(
        &self,
        route: &str,
        asked: Value,
        over_store: impl FnOnce(&Store) -> anyhow::Result<Option<T>>,
    ) -> anyhow::Result<Option<T>> {
        match (&self.place.server, &self.place.store) {
            (Some(server), _) => self.ask(server, route, asked),
            (None, Some(folder)) => over_store(&self.open(folder)?),
            (None, None) => Err(anyhow!("give --store or --server")),
        }
    }

    /// What a service finds, and what is not shown of it.
    pub fn ask<T: DeserializeOwned>(
        &self,
        address: &str,
        route: &str,
        asked: Value,
    ) -> anyhow::Result<Option<T>> {
        let language = self.language;
        if self.by.is_some() {
            bail!("{}", whose_key(language));
        }
        let looked = Server::at(address)?.look(route, asked, self.purpose)?;
        Ok(looked.map(|looked| {
            let masked = match (looked.refused, self.purpose.trim().is_empty()) {
                (true, _) => Some(language.pick(
                    "提示：此密钥的角色只能看到遮盖后的值",
                    "note: the role of this key sees masked values only",
                )),
                (false, true) => Some(language.pick(
                    "提示：值已遮盖；写明查询目的（--purpose）后，有权限的角色可见完整的值",
                    "note: values are masked; with --purpose those who may see them whole",
                )),
                (false, false) => None,
            };
            let reduced = looked.reduced.then(|| {
                language.pick(
                    "提示：此密钥辖区以外的内容未显示，请致电经办机构",
                    "note: what is outside the scope of this key is not shown: call the office",
                )
            });
            for note in masked.into_iter().chain(reduced) {
                eprintln!("{note}");
            }
            looked.value
        }))
    }

    /// Opens the store and notes the look in its audit; where another process writes to it, or it is
    /// not ours to write, the store is only read, and that is said.
    pub fn open(&self, folder: &Path) -> anyhow::Result<Store> {
        let by = self.by.map(String::from);
        let shown = self.whom.iter().map(|who| who.audited()).collect();
        open_noted(
            folder,
            &By { by },
            self.purpose,
            self.verb,
            shown,
            self.language,
        )
    }
}

/// Opens a store and notes in its audit who looks at whom with which verb and what for, where it can
/// be written.
pub fn open_noted(
    folder: &Path,
    by: &By,
    purpose: &str,
    verb: &str,
    shown: Vec<String>,
    language: Language,
) -> anyhow::Result<Store> {
    let store = open_to_look(folder, language)?;
    if store.is_writable() {
        store.note_look(&store::Look {
            at: now(),
            actor: by.name(),
            what: verb.to_string(),
            purpose: purpose.to_string(),
            query: String::new(),
            shown,
            unmasked: true,
        })?;
        store.file_looks(now(), Durability::Synced)?;
    }
    Ok(store)
}

/// What is in force in a store, and how records are read by it.
pub fn reading(view: &View<'_>) -> anyhow::Result<(Made, Reading)> {
    let generation = view.state()?.in_force();
    let made = generation.map(|generation| view.made(generation));
    let made = made.transpose()?.flatten();
    let folder = view.store().folder();
    let made = made.ok_or_else(|| StoreError::Unresolved(folder.to_path_buf()))?;
    let reading = Reading::of(&made)?;
    Ok((made, reading))
}

/// The entity that is asked about, as the store is now.
pub fn entity_of(view: &View<'_>, who: &Who) -> anyhow::Result<Option<EntityId>> {
    Ok(who.entity(view, &Known::at(view, None)?)?)
}

/// A moment as a service takes it.
pub fn moment_sent(moment: Moment) -> String {
    jiff::Timestamp::from_millisecond(moment.0)
        .unwrap_or_default()
        .to_string()
}

/// Says that there is nobody of that name.
pub fn nobody(who: &Who, language: Language) {
    match language {
        Language::Zh => eprintln!("没有找到 {who}，或其记录已不在库中"),
        Language::En => eprintln!("no {who} in this store, or its records are gone"),
    }
}

/// Prints a value as JSON.
pub fn print_json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    pager::print(&(serde_json::to_string_pretty(value)? + "\n"))?;
    Ok(())
}

/// Why nobody says of himself to a service who he is.
pub fn whose_key(language: Language) -> &'static str {
    language.pick(
        "经服务办理时，审计记录的是密钥所属的名称，不能另行指定操作人",
        "a service notes whose key it is: do not say who asks as well",
    )
}
