//! A case as one folder that can be handed on: findings, whose they are, what people made of them, the
//! records as they came, why they are taken for one person, and what the audit says of all that.
//!
//! [`case_files`] is a function of what the store holds at a commit, of the findings asked for and of
//! the day: the same bytes each time. Moments are written in the time zone of the machine, with its
//! offset. [`write_folder`] writes them into an empty folder, `SHA256SUMS` last, and [`verify`] checks
//! such a folder, and that its extract of the audit is that of a store.

mod audit;
mod gather;
mod page;
mod tables;
mod verify;

pub use tables::write_listed;
pub use verify::{Verified, verify};

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use thiserror::Error;
use yiren_matchers::normalise::date::Date;

use crate::query::{Inside, TimeError, office};
use crate::report::render_case;
use crate::resolve::{Engine, ResolveError};
use crate::store::{Moment, Record, RecordState, StoreError, View, hexadecimal};
use gather::Gathered;

/// The list of hashes, as `sha256sum -c` reads it.
pub const SUMS: &str = "SHA256SUMS";

/// A file of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseFile {
    /// Its name within the folder, with `/` between folders.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// Why there is no case.
#[derive(Debug, Error)]
pub enum CaseError {
    /// No finding has that number, nor ever had.
    #[error("no finding {0:016x}")]
    NoSuchFinding(u64),
    /// A record of the case may not be seen.
    #[error("a record of this case is outside of what may be seen")]
    Outside,
    /// The folder is not empty, or is a file.
    #[error("{0}: there is something here already; name a folder that is empty, or not there yet")]
    NotEmpty(PathBuf),
    /// A file cannot be written or read.
    #[error("{path}: {error}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// This is no folder of a case.
    #[error("{0}: this is no exported case: there is no {SUMS} in it, or it cannot be read")]
    NoCase(PathBuf),
    /// Rows cannot be put together.
    #[error("a table cannot be written: {0}")]
    Table(#[from] csv::Error),
    /// What the store knew.
    #[error(transparent)]
    Time(#[from] TimeError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The model or the policy of the store.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
}

/// The files of a case of some findings, in the order of their names, [`SUMS`] last; months are counted
/// up to the month of `as_of`.
///
/// # Errors
/// If there is no such finding, a record of its persons may not be seen, or the store cannot be read.
pub fn case_files(
    view: &View<'_>,
    engine: &Engine,
    findings: &[u64],
    as_of: Date,
    inside: Inside<'_>,
) -> Result<Vec<CaseFile>, CaseError> {
    let case = Gathered::of(view, engine, findings, as_of)?;
    let versions = case.persons.iter().flat_map(|person| &person.versions);
    let mut records = versions.map(|(_, _, record)| record);
    // An erased or deleted version says no more of its office than of anything else.
    let is_outside = |record: &Record| {
        record.state == RecordState::Current && !inside(&record.source, office(record))
    };
    if records.any(is_outside) {
        return Err(CaseError::Outside);
    }
    let extract = audit::extract(view, &case)?;
    let mut files = tables::files(&case)?;
    files.extend(audit::files(&extract)?);
    files.push(CaseFile {
        name: "case.html".to_string(),
        bytes: render_case(&page::page(engine, &case, &extract)).into_bytes(),
    });
    files.sort_by(|a, b| a.name.cmp(&b.name));
    let sums: String = files
        .iter()
        .map(|file| format!("{}  {}\n", sha256(&file.bytes), file.name))
        .collect();
    files.push(CaseFile {
        name: SUMS.to_string(),
        bytes: sums.into_bytes(),
    });
    Ok(files)
}

/// Whether a folder is empty or not there yet, so that a case may be written into it.
///
/// # Errors
/// If it is not, or cannot be looked into.
pub fn refuse_full(folder: &Path) -> Result<(), CaseError> {
    match fs::read_dir(folder) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(CaseError::NotEmpty(folder.to_path_buf())),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotADirectory => {
            Err(CaseError::NotEmpty(folder.to_path_buf()))
        }
        Err(error) => Err(CaseError::File {
            path: folder.to_path_buf(),
            error,
        }),
    }
}

/// Writes the files of a case into a folder that is empty or not there yet, in their order, so that what
/// was interrupted has no list of hashes.
///
/// # Errors
/// If the folder is not empty, or cannot be written.
pub fn write_folder(folder: &Path, files: &[CaseFile]) -> Result<(), CaseError> {
    refuse_full(folder)?;
    let wrong = |path: &Path, error| CaseError::File {
        path: path.to_path_buf(),
        error,
    };
    fs::create_dir_all(folder).map_err(|error| wrong(folder, error))?;
    for file in files {
        // A name may come from a service.
        if !is_inside(&file.name) {
            let error = std::io::Error::from(ErrorKind::InvalidInput);
            return Err(wrong(Path::new(&file.name), error));
        }
        let path = folder.join(&file.name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|error| wrong(parent, error))?;
        }
        fs::write(&path, &file.bytes).map_err(|error| wrong(&path, error))?;
    }
    Ok(())
}

/// Whether a name with `/` between folders is that of a file within the folder it is in.
fn is_inside(name: &str) -> bool {
    let is_part = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['\\', ':']);
    name.split('/').all(is_part)
}

/// The SHA-256 of bytes, in hexadecimal.
fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// A moment in the time zone of this machine, with its offset.
fn written(at: Moment) -> String {
    let at = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
    let at = at.to_zoned(jiff::tz::TimeZone::system());
    at.strftime("%Y-%m-%d %H:%M:%S %:z").to_string()
}
