//! Whether an exported case is as it was written, and its extract of the audit that of a store.

use std::fs;
use std::path::Path;

use serde::Serialize;

use super::{CaseError, SUMS, audit, is_inside, sha256};
use crate::store::View;

/// What a check of an exported case found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// Files whose hash is the one listed.
    pub files: u64,
    /// Files that are missing or read otherwise, by name.
    pub changed: Vec<String>,
    /// Files that are in the folder and not listed.
    pub added: Vec<String>,
    /// Entries of the audit that the store has as well.
    pub entries: u64,
    /// Entries, by commit, that the store has otherwise or not at all.
    pub foreign: Vec<u64>,
}

impl Verified {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.changed.is_empty() && self.added.is_empty() && self.foreign.is_empty()
    }
}

/// Checks the files of an exported case against its list of hashes and, if there is a store, the hashes
/// of its entries of the audit against those of the store.
///
/// # Errors
/// If the folder is no exported case, or the store cannot be read.
pub fn verify(folder: &Path, view: Option<&View<'_>>) -> Result<Verified, CaseError> {
    let no_case = || CaseError::NoCase(folder.to_path_buf());
    let sums = fs::read_to_string(folder.join(SUMS)).map_err(|_| no_case())?;
    let mut verified = Verified::default();
    let mut listed = Vec::new();
    for line in sums.lines() {
        let (hash, name) = line.split_once("  ").ok_or_else(no_case)?;
        // Only what lies in the folder.
        let bytes = is_inside(name).then(|| fs::read(folder.join(name)).ok());
        match bytes.flatten().is_some_and(|bytes| sha256(&bytes) == hash) {
            true => verified.files += 1,
            false => verified.changed.push(name.to_string()),
        }
        listed.push(name.to_string());
    }
    let mut found = Vec::new();
    for inner in ["", audit::FOLDER] {
        let entries = fs::read_dir(folder.join(inner))
            .into_iter()
            .flatten()
            .flatten();
        let names = entries.filter(|entry| entry.path().is_file());
        let names = names.map(|entry| entry.file_name().to_string_lossy().into_owned());
        found.extend(names.map(|name| match inner {
            "" => name,
            inner => format!("{inner}/{name}"),
        }));
    }
    found.sort_unstable();
    found.retain(|name| name != SUMS && !listed.contains(name));
    verified.added = found;
    if let Some(view) = view {
        check_entries(folder, view, &mut verified)?;
    }
    Ok(verified)
}

fn check_entries(folder: &Path, view: &View<'_>, verified: &mut Verified) -> Result<(), CaseError> {
    let no_case = || CaseError::NoCase(folder.to_path_buf());
    let mut csv = csv::Reader::from_path(folder.join(audit::LIST)).map_err(|_| no_case())?;
    let headers = csv.headers().map_err(|_| no_case())?.clone();
    let column = |name: &str| headers.iter().position(|header| header == name);
    let (commit, hash) = column("commit").zip(column("hash")).ok_or_else(no_case)?;
    for row in csv.records() {
        let row = row.map_err(|_| no_case())?;
        let number = row.get(commit).and_then(|text| text.parse().ok());
        let number: u64 = number.ok_or_else(no_case)?;
        let kept = view.audit_bytes(number)?;
        match kept.is_some_and(|bytes| Some(sha256(&bytes).as_str()) == row.get(hash)) {
            true => verified.entries += 1,
            false => verified.foreign.push(number),
        }
    }
    Ok(())
}
