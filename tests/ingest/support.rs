//! What the tests of reading share.

use std::io::Write;
use std::path::{Path, PathBuf};

use yiren::ingest::{
    Event, FileSummary, IngestError, Inputs, Options, Reject, Warning, discover, read_file,
};

/// All that a file gave.
#[derive(Debug, Default)]
pub struct Read {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<String>>,
    pub lines: Vec<u32>,
    pub rejects: Vec<Reject>,
    pub warnings: Vec<Warning>,
    pub summary: FileSummary,
}

impl Read {
    /// The rows' cells of one column.
    pub fn column(&self, name: &str) -> Vec<&str> {
        let column = self.columns.iter().position(|c| c == name).unwrap();
        self.rows.iter().map(|row| row[column].as_str()).collect()
    }

    /// Line and code of each reject.
    pub fn codes(&self) -> Vec<(u64, &'static str)> {
        let code = |reject: &Reject| (reject.line, reject.reason.code());
        self.rejects.iter().map(code).collect()
    }

    pub fn warning_codes(&self) -> Vec<&'static str> {
        self.warnings.iter().map(Warning::code).collect()
    }
}

pub fn read_input(inputs: &Inputs, file: u32, options: &Options) -> Result<Read, IngestError> {
    let mut read = Read::default();
    let summary = read_file(inputs, file, options, &mut |event| {
        match event {
            Event::Batch(batch) => {
                assert!(!batch.is_empty() && batch.len() <= options.batch_rows.max(1));
                assert_eq!(batch.file, file);
                assert_eq!(batch.source, inputs.files[file as usize].source);
                read.columns = batch.columns.iter().map(|c| c.to_string()).collect();
                for row in 0..batch.len() {
                    read.rows.push(batch.row(row).map(str::to_owned).collect());
                    read.lines.push(batch.line(row));
                }
            }
            Event::Reject(reject) => read.rejects.push(reject),
            Event::Warning(warning) => read.warnings.push(warning.warning),
        }
        Ok(())
    })?;
    assert_eq!(summary.rows, read.rows.len() as u64);
    assert_eq!(summary.rejected, read.rejects.len() as u64);
    read.summary = summary;
    Ok(read)
}

pub fn read_path_with(path: &Path, options: &Options) -> Result<Read, IngestError> {
    let inputs = discover(&[path.to_owned()], options)?;
    assert_eq!(inputs.files.len(), 1);
    read_input(&inputs, 0, options)
}

/// Reads a file of this name and content.
pub fn read(name: &str, content: impl AsRef<[u8]>) -> Result<Read, IngestError> {
    let folder = tempfile::tempdir().unwrap();
    read_path_with(&write(folder.path(), name, content), &Options::default())
}

pub fn write(folder: &Path, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    path
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn gb18030(text: &str) -> Vec<u8> {
    encoding_rs::GB18030.encode(text).0.into_owned()
}
