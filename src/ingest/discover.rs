//! Which files there are to read.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::format::Format;
use super::{FileWarning, IngestError, Options, Warning, compression};

/// Headers of the files that this program writes, which hold no records.
const OWN_FILES: [(&str, &str); 6] = [
    ("source,record_id,person_id", "the truth of a population"),
    ("kind,person_id,", "the true findings of a population"),
    ("source,record_id,entity_id", "entities"),
    ("finding_id,kind,severity,", "findings"),
    ("source_a,record_a,source_b,record_b,", "pairs of records"),
    ("file,line,column,reason,text", "rejects"),
];

/// The files to read, in the order of their paths.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// The files; batches refer to them by position.
    pub files: Vec<InputFile>,
    /// Files of folders that were left out, and why.
    pub warnings: Vec<FileWarning>,
}

/// One file to read.
#[derive(Clone, Debug)]
pub struct InputFile {
    /// Where it is.
    pub path: PathBuf,
    /// The path as text, for messages.
    pub name: Arc<str>,
    /// Source of its records.
    pub source: Arc<str>,
    /// What its name promises it to be.
    pub format: Format,
    /// Its size on the disk.
    pub bytes: u64,
}

/// Returns the files to read: those given, and those in the folders given, at any depth.
///
/// In folders, hidden files (`.x`, `~$x`, `_x`) are passed over; files whose names promise nothing
/// and files that this program wrote itself (a population's truth, a sweep's results; known by
/// their headers) are left out with a warning. A folder named like a file, such as
/// `dibao.parquet/`, is one data set in parts: its files have the folder's source. A file met twice
/// is read once. Cost: a look at the beginning of each delimited file.
///
/// # Errors
/// If a path does not exist or cannot be listed, a file given by name has no known ending, or a
/// folder holds nothing to read.
pub fn discover(inputs: &[PathBuf], options: &Options) -> Result<Inputs, IngestError> {
    if inputs.is_empty() {
        return Err(IngestError::NoInput);
    }
    let mut found = Found {
        source: options.source.as_deref(),
        files: Vec::new(),
        warnings: Vec::new(),
        folders: Vec::new(),
    };
    for path in inputs {
        let metadata = fs::metadata(path).map_err(io_error(path))?;
        if metadata.is_dir() {
            let before = (found.files.len(), found.warnings.len());
            found.folder(path, None)?;
            let skipped = found.warnings.iter().skip(before.1);
            let mut skipped = skipped.map(|warning| &warning.warning);
            if found.files.len() == before.0
                && !skipped.any(|warning| matches!(warning, Warning::NotRecords { .. }))
            {
                return Err(IngestError::NoFiles {
                    path: path.display().to_string(),
                });
            }
        } else {
            let (format, stem) = Format::of(path).ok_or_else(|| IngestError::UnknownFormat {
                path: path.display().to_string(),
            })?;
            found.file(path.clone(), format, &stem, metadata.len());
        }
    }
    Ok(found.sorted())
}

struct Found<'o> {
    source: Option<&'o str>,
    files: Vec<InputFile>,
    warnings: Vec<FileWarning>,
    /// Folders entered, by their real paths, so that links in a circle end.
    folders: Vec<PathBuf>,
}

impl Found<'_> {
    /// Adds what is in a folder; `source` is given by a folder named like a file.
    fn folder(&mut self, path: &Path, source: Option<&str>) -> Result<(), IngestError> {
        let real = fs::canonicalize(path).map_err(io_error(path))?;
        if self.folders.contains(&real) {
            return Ok(());
        }
        self.folders.push(real);
        let mut entries = fs::read_dir(path)
            .and_then(Iterator::collect::<io::Result<Vec<_>>>)
            .map_err(io_error(path))?;
        entries.sort_by_key(fs::DirEntry::file_name);
        let mut left_out = Vec::new();
        for entry in entries {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with(['.', '_']) || name.starts_with("~$") {
                continue;
            }
            let path = entry.path();
            // A link to nowhere is left out like a file of no known kind.
            let Ok(metadata) = fs::metadata(&path) else {
                left_out.push(name);
                continue;
            };
            let promised = Format::of(&path);
            if metadata.is_dir() {
                let own = promised.map(|(_, stem)| stem);
                self.folder(&path, source.or(own.as_deref()))?;
                continue;
            }
            let Some((format, stem)) = promised.filter(|_| metadata.is_file()) else {
                left_out.push(name);
                continue;
            };
            match own_file(&path, format) {
                Some(holds) => self.warnings.push(FileWarning {
                    file: path.display().to_string().into(),
                    warning: Warning::NotRecords { holds },
                }),
                None => self.file(path, format, source.unwrap_or(&stem), metadata.len()),
            }
        }
        if !left_out.is_empty() {
            self.warnings.push(FileWarning {
                file: path.display().to_string().into(),
                warning: Warning::LeftOut(left_out),
            });
        }
        Ok(())
    }

    fn file(&mut self, path: PathBuf, format: Format, stem: &str, bytes: u64) {
        self.files.push(InputFile {
            name: path.display().to_string().into(),
            source: self.source.unwrap_or(stem).into(),
            path,
            format,
            bytes,
        });
    }

    /// The files in the order of their paths, each once.
    fn sorted(mut self) -> Inputs {
        self.files.sort_by(|a, b| a.path.cmp(&b.path));
        let mut seen = std::collections::BTreeSet::new();
        self.files
            .retain(|file| seen.insert(fs::canonicalize(&file.path).unwrap_or(file.path.clone())));
        self.warnings.sort_by(|a, b| a.file.cmp(&b.file));
        Inputs {
            files: self.files,
            warnings: self.warnings,
        }
    }
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> IngestError {
    let path = path.display().to_string();
    move |source| IngestError::Io { path, source }
}

/// What a file of this program holds, by its header; `None` for any other file, also one that
/// cannot be read, which is told of when it is.
fn own_file(path: &Path, format: Format) -> Option<&'static str> {
    if format != Format::Csv {
        return None;
    }
    let (reader, _) = compression::open(path, Arc::default()).ok()?;
    let mut beginning = Vec::new();
    reader.take(128).read_to_end(&mut beginning).ok()?;
    let beginning = beginning
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(&beginning);
    let line = beginning
        .split(|byte| matches!(byte, b'\n' | b'\r'))
        .next()?;
    let line = std::str::from_utf8(line).ok()?;
    OWN_FILES
        .iter()
        .find(|(header, _)| {
            line.strip_prefix(header)
                .is_some_and(|rest| rest.is_empty() || header.ends_with(','))
        })
        .map(|(_, holds)| *holds)
}
