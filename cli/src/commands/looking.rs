//! What the verbs that look at persons have in common: whom they ask about, and that a look is
//! noted.

use std::path::Path;

use clap::Args;
use yiren::id::EntityId;
use yiren::query::{Known, Reading, Who};
use yiren::store::{Durability, Look, Made, Store, StoreError, View};

use super::recording::{By, Place, now};
use super::stored::open_to_look;
use crate::language::Language;

/// Where to look, who looks, and what for.
#[derive(Debug, Args)]
pub struct Looking {
    #[command(flatten)]
    pub place: Place,
    #[command(flatten)]
    pub actor: By,
    /// What this is asked for, for the audit
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

impl Looking {
    /// Opens the store and notes in its audit who looks at whom with which verb; where another
    /// process writes to it, or it is not ours to write, the store is only read, and that is said.
    pub fn open(&self, verb: &str, whom: &[&Who], language: Language) -> anyhow::Result<Store> {
        open_noted(
            self.folder(),
            self.actor.name(),
            &self.purpose,
            verb,
            whom,
            language,
        )
    }

    fn folder(&self) -> &Path {
        &self.place.store
    }
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

/// Opens a store to look, and notes in its audit who looks at whom with which verb and what for.
pub fn open_noted(
    folder: &Path,
    actor: String,
    purpose: &str,
    verb: &str,
    whom: &[&Who],
    language: Language,
) -> anyhow::Result<Store> {
    let store = open_to_look(folder, language)?;
    if store.is_writable() {
        store.note_look(&Look {
            at: now(),
            actor,
            what: verb.to_string(),
            purpose: purpose.to_string(),
            query: String::new(),
            shown: whom.iter().map(|who| who.audited()).collect(),
            unmasked: true,
        })?;
        store.file_looks(now(), Durability::Synced)?;
    }
    Ok(store)
}

/// The entity that is asked about, as the store is now.
pub fn entity_of(view: &View<'_>, who: &Who) -> anyhow::Result<Option<EntityId>> {
    Ok(who.entity(view, &Known::at(view, None)?)?)
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
    println!("{}", serde_json::to_string_pretty(value)?);
    Ok(())
}
