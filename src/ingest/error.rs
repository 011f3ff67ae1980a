//! Why a file, or all of them, cannot be read.

use std::io;

use super::format::KNOWN_ENDINGS;

/// Why a file cannot be read at all. The message names the file and says what to do.
///
/// Rows that were handed on before the error stand.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IngestError {
    /// A path could not be opened, listed or read.
    #[error("{path}: {source}; check the path and its permissions")]
    Io {
        /// The path.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// A folder holds nothing that can be read.
    #[error("{path}: no file to read in this folder; names must end in {KNOWN_ENDINGS}")]
    NoFiles {
        /// The folder.
        path: String,
    },
    /// Nothing was given to read.
    #[error("no input was given; name a file or a folder")]
    NoInput,
    /// A file's name does not say what it is.
    #[error("{path}: the kind of file is not known; its name must end in {KNOWN_ENDINGS}")]
    UnknownFormat {
        /// The file.
        path: String,
    },
    /// No column stands for `record_id`.
    #[error(
        "{file}, line {line}: no column is the record_id. Columns found: {}. If one of them is, say so \
         in a mapping file: record_id = \"{}\"",
        columns.join(", "),
        columns.first().map_or("its header", String::as_str)
    )]
    NoRecordId {
        /// The file.
        file: String,
        /// Line of the header.
        line: u64,
        /// Headers found, as they stand.
        columns: Vec<String>,
    },
    /// Two headers stand for one column.
    #[error(
        "{file}, line {line}: the headers \"{first}\" and \"{second}\" both stand for the column \
         {column}; say which in a mapping file: {column} = \"{first}\""
    )]
    SameColumn {
        /// The file.
        file: String,
        /// Line of the header.
        line: u64,
        /// The canonical column.
        column: String,
        /// The header that comes first.
        first: String,
        /// The other header.
        second: String,
    },
    /// The file is not text, though its name says so.
    #[error(
        "{file}: this is not a text file ({what}); export it as CSV in UTF-8, or give it its right ending"
    )]
    NotText {
        /// The file.
        file: String,
        /// What it looks like.
        what: &'static str,
    },
    /// The header is not text in any known encoding.
    #[error(
        "{file}, line {line}: the header is neither UTF-8 nor GB18030 text: {text}; save the file as UTF-8"
    )]
    HeaderUndecodable {
        /// The file.
        file: String,
        /// Line of the header.
        line: u64,
        /// The header, with what cannot be read replaced.
        text: String,
    },
    /// The header does not end.
    #[error(
        "{file}, line {line}: the header is longer than 1 MiB or has a quote that is never closed; \
         is this a CSV file?"
    )]
    HeaderTooLong {
        /// The file.
        file: String,
        /// Line of the header.
        line: u64,
    },
    /// The file is one JSON array.
    #[error(
        "{file}: this is a JSON array; write one object a line instead (for example: jq -c '.[]')"
    )]
    JsonArray {
        /// The file.
        file: String,
    },
    /// No sheet of a workbook has a header.
    #[error(
        "{file}: no sheet has a row of known headers among its first 20 rows; sheets: {}",
        sheets.join(", ")
    )]
    NoSheet {
        /// The file.
        file: String,
        /// The workbook's sheets.
        sheets: Vec<String>,
    },
    /// The file cannot be opened as what it says it is.
    #[error("{file}: cannot be read as {format}: {message}; is it whole? fetch it again")]
    Damaged {
        /// The file.
        file: String,
        /// What it should be.
        format: &'static str,
        /// What the reader said.
        message: String,
    },
    /// A column mapping is not valid; all faults, one a line.
    #[error("{0}")]
    Mapping(String),
    /// There is no file of that number in the inputs.
    #[error("there is no input file number {0}")]
    NoSuchFile(u32),
    /// The caller's sink asked to stop.
    #[error(transparent)]
    Stopped(Box<dyn std::error::Error + Send + Sync>),
}

impl IngestError {
    /// A stable code, such as `no_record_id`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "io",
            Self::NoFiles { .. } => "no_files",
            Self::NoInput => "no_input",
            Self::UnknownFormat { .. } => "unknown_format",
            Self::NoRecordId { .. } => "no_record_id",
            Self::SameColumn { .. } => "same_column",
            Self::NotText { .. } => "not_text",
            Self::HeaderUndecodable { .. } => "header_undecodable",
            Self::HeaderTooLong { .. } => "header_too_long",
            Self::JsonArray { .. } => "json_array",
            Self::NoSheet { .. } => "no_sheet",
            Self::Damaged { .. } => "damaged",
            Self::Mapping(_) => "mapping",
            Self::NoSuchFile(_) => "no_such_file",
            Self::Stopped(_) => "stopped",
        }
    }
}
