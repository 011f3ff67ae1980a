//! What the owner of a file should know, though its rows can be used.

use std::fmt;
use std::sync::Arc;

/// A warning about one file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FileWarning {
    /// Path of the file or folder, as it was given or found.
    pub file: Arc<str>,
    /// What there is to know.
    pub warning: Warning,
}

impl fmt::Display for FileWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file, self.warning)
    }
}

/// What there is to know about a file. [`code`](Warning::code) is stable; the sentence is for
/// people.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Warning {
    /// Columns that stand for no canonical column; they keep their own names, given here in lower
    /// case. Of no consequence if the model uses them by these names.
    UnknownColumns(Vec<String>),
    /// Columns that hold lists or structures, which are not read (Parquet) or are read as their
    /// JSON text (JSON Lines).
    NestedColumns(Vec<String>),
    /// The file has no bytes, or no line that is not blank.
    Empty,
    /// The file has a header and no row.
    HeaderOnly,
    /// Rows in another encoding than the rest were rejected.
    MixedEncodings {
        /// Encoding the file was read in.
        encoding: &'static str,
        /// Line of the first such row.
        line: u64,
        /// Number of such rows.
        rows: u64,
    },
    /// Which sheet of a workbook was read.
    Sheet {
        /// The sheet that was read.
        read: String,
        /// The sheets that were not.
        left: Vec<String>,
    },
    /// Numbers of more digits than a spreadsheet keeps; those lost are shown as `*`.
    DigitsLost {
        /// Canonical column of the first such cell.
        column: String,
        /// Row of the first such cell.
        line: u64,
        /// Number of such cells.
        cells: u64,
    },
    /// A file that this program wrote itself, found in a folder: it holds no records.
    NotRecords {
        /// What it holds.
        holds: &'static str,
    },
    /// Files of a folder that were left out because their names end in no known way.
    LeftOut(Vec<String>),
}

impl Warning {
    /// A stable code, such as `unknown_columns`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownColumns(_) => "unknown_columns",
            Self::NestedColumns(_) => "nested_columns",
            Self::Empty => "empty_file",
            Self::HeaderOnly => "header_only",
            Self::MixedEncodings { .. } => "mixed_encodings",
            Self::Sheet { .. } => "sheet",
            Self::DigitsLost { .. } => "digits_lost",
            Self::NotRecords { .. } => "not_records",
            Self::LeftOut(_) => "left_out",
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownColumns(names) => write!(
                f,
                "these columns are not known and keep their names: {}; a mapping file can rename them",
                names.join(", ")
            ),
            Self::NestedColumns(names) => write!(
                f,
                "these columns hold lists or structures, not single values: {}",
                names.join(", ")
            ),
            Self::Empty => f.write_str("the file is empty"),
            Self::HeaderOnly => f.write_str("the file has a header and no rows"),
            Self::MixedEncodings {
                encoding,
                line,
                rows,
            } => write!(
                f,
                "the file is {encoding}, but {rows} rows are in GB18030 (the first at line {line}) \
                 and were rejected; save the file in one encoding"
            ),
            Self::Sheet { read, left } => {
                write!(f, "sheet {read} was read")?;
                if !left.is_empty() {
                    write!(f, "; not read: {}", left.join(", "))?;
                }
                Ok(())
            }
            Self::DigitsLost {
                column,
                line,
                cells,
            } => write!(
                f,
                "{cells} long numbers were kept as numbers, not text, and lost their last digits \
                 (the first in column {column}, row {line}); lost digits are read as *; format \
                 the column as text and fill it in again"
            ),
            Self::NotRecords { holds } => {
                write!(
                    f,
                    "skipped: it holds {holds}, written by yiren, not records"
                )
            }
            Self::LeftOut(names) => write!(
                f,
                "left out, since their names do not end in {}: {}",
                super::format::KNOWN_ENDINGS,
                names.join(", ")
            ),
        }
    }
}
