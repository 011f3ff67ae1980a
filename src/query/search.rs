//! What words investigators have for the sources of a store.

use crate::policy::Policy;
use crate::store::{StoreError, View};

/// Every word that stands for a source of the store, with the source: its own name, and, by the
/// policy in force, the id, the other names and the titles of the programme or register that it
/// belongs to. Sorted.
pub fn source_words(view: &View<'_>) -> Result<Vec<(String, String)>, StoreError> {
    let state = view.state()?;
    let made = match state.in_force() {
        Some(generation) => view.made(generation)?,
        None => None,
    };
    let policy = made.and_then(|made| Policy::parse(&made.policy, "the policy of the store").ok());
    let policy = policy.unwrap_or_else(Policy::shipped);
    let mut words = Vec::new();
    for source in state.sources {
        if let Some(definition) = policy.source(&source) {
            let title = &definition.title;
            let names = [&definition.id, &title.zh, &title.en];
            let names = names.into_iter().chain(&definition.also);
            words.extend(names.map(|name| (name.clone(), source.clone())));
        }
        words.push((source.clone(), source));
    }
    words.sort_unstable();
    words.dedup();
    Ok(words)
}

/// The sources meant by names that people have for them, `words` being those of
/// [`source_words`]; a name that is none is kept, and met by nothing.
pub fn sources_named(asked: &[String], words: &[(String, String)]) -> Vec<String> {
    let mut sources = Vec::new();
    for name in asked {
        let known = words
            .iter()
            .filter(|(known, _)| known.eq_ignore_ascii_case(name));
        let before = sources.len();
        sources.extend(known.map(|(_, source)| source.clone()));
        if sources.len() == before {
            sources.push(name.clone());
        }
    }
    sources
}
