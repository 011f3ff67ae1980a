//! What the audit says of a case: the entries that touch it, byte for byte, so that each can be checked
//! against the chain.

use std::collections::BTreeSet;

use super::gather::Gathered;
use super::tables::table;
use super::{CaseError, CaseFile, sha256, written};
use crate::store::{Family, Look, Moment, StoreError, View};

/// The folder of the entries.
pub(super) const FOLDER: &str = "audit";

/// Columns of the list of entries.
pub(super) const LIST: &str = "audit.csv";

/// An entry of the audit that touches a case.
pub(super) struct Extracted {
    pub commit: u64,
    pub at: Moment,
    pub actor: String,
    pub action: String,
    /// Hash of the entry, and of the one before.
    pub hash: String,
    pub previous: String,
    /// The entry as it is kept; `None` where it is about others as well.
    pub bytes: Option<Vec<u8>>,
    /// The looks in it that are about the case.
    pub looks: Vec<Look>,
}

impl Extracted {
    /// The file that holds it; empty if none does.
    pub fn file(&self) -> String {
        match self.bytes {
            Some(_) => format!("{FOLDER}/{:012}.json", self.commit),
            None => String::new(),
        }
    }
}

/// The entries that touch a case: the commits that changed its persons, records, verdicts and findings,
/// the steps of its cases, and looks at any of them. Cost: reads the audit.
pub(super) fn extract(view: &View<'_>, case: &Gathered) -> Result<Vec<Extracted>, StoreError> {
    let mut commits = BTreeSet::new();
    for person in &case.persons {
        commits.extend(person.timeline.events.iter().map(|event| event.commit));
    }
    for finding in &case.findings {
        commits.extend(finding.history.iter().map(|step| step.commit));
    }
    let names = case.names();
    let mut entries = Vec::new();
    view.cursor(Family::Audit)?.each_entry(|entry| {
        let looks = match entry.action.as_str() {
            "looks" => {
                serde_json::from_value::<Vec<Look>>(entry.detail.clone()).unwrap_or_default()
            }
            _ => Vec::new(),
        };
        let is_about = |look: &Look| look.shown.iter().any(|name| names.contains(name));
        let all = looks.len();
        let about: Vec<Look> = looks.into_iter().filter(|look| is_about(look)).collect();
        // A look that shows others too is about them as much as about these.
        let is_whole = about.len() == all
            && about
                .iter()
                .all(|look| look.shown.iter().all(|name| names.contains(name)));
        if commits.contains(&entry.commit) || !about.is_empty() {
            entries.push((entry, about, is_whole));
        }
        Ok(())
    })?;
    let extracted = entries.into_iter().map(|(entry, mut looks, is_whole)| {
        let bytes = view.audit_bytes(entry.commit)?.unwrap_or_default();
        for look in &mut looks {
            look.shown.retain(|name| names.contains(name));
        }
        Ok(Extracted {
            commit: entry.commit,
            at: entry.at,
            actor: entry.actor,
            action: entry.action,
            hash: sha256(&bytes),
            previous: entry.previous,
            bytes: is_whole.then_some(bytes),
            looks,
        })
    });
    extracted.collect()
}

/// The files of the extract.
pub(super) fn files(extract: &[Extracted]) -> Result<Vec<CaseFile>, CaseError> {
    let mut files = vec![
        table(
            LIST,
            &[
                "commit", "at", "actor", "action", "hash", "previous", "file",
            ],
            extract.iter().map(|entry| {
                vec![
                    entry.commit.to_string(),
                    written(entry.at),
                    entry.actor.clone(),
                    entry.action.clone(),
                    entry.hash.clone(),
                    entry.previous.clone(),
                    entry.file(),
                ]
            }),
        )?,
        table(
            "looks.csv",
            &[
                "commit", "at", "actor", "what", "purpose", "shown", "unmasked",
            ],
            extract.iter().flat_map(|entry| {
                entry.looks.iter().map(|look| {
                    vec![
                        entry.commit.to_string(),
                        written(look.at),
                        look.actor.clone(),
                        look.what.clone(),
                        look.purpose.clone(),
                        look.shown.join(" "),
                        look.unmasked.to_string(),
                    ]
                })
            }),
        )?,
    ];
    files.extend(extract.iter().filter_map(|entry| {
        Some(CaseFile {
            name: entry.file(),
            bytes: entry.bytes.clone()?,
        })
    }));
    Ok(files)
}
