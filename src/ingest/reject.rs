//! Rows that cannot be used, and why.

use std::fmt;
use std::io;
use std::sync::Arc;

/// Longest text of a reject, in characters.
const MAX_TEXT_CHARS: usize = 200;

/// One row that cannot be used.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Reject {
    /// Path of the file, as it was given or found.
    pub file: Arc<str>,
    /// Line where the row starts, from 1; the row's number for Parquet (from 1) and Excel (as
    /// Excel shows it).
    pub line: u64,
    /// Canonical column at fault; empty when it is the whole row.
    pub column: String,
    /// Why.
    pub reason: RejectReason,
    /// The row as it stands, at most 200 characters of it.
    pub text: String,
}

impl fmt::Display for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, line {}", self.file, self.line)?;
        if !self.column.is_empty() {
            write!(f, ", column {}", self.column)?;
        }
        write!(f, ": {}", self.reason)?;
        if !self.text.is_empty() {
            write!(f, ": {}", self.text)?;
        }
        Ok(())
    }
}

/// Why a row was rejected. [`code`](RejectReason::code) is stable; the sentence is for people.
#[derive(Copy, Clone, Debug, Eq, PartialEq, Hash, Ord, PartialOrd)]
#[non_exhaustive]
pub enum RejectReason {
    /// The row has no `record_id`.
    MissingRecordId,
    /// Another row of the source has the same `record_id`; found by whoever reads all the files.
    RepeatedRecordId,
    /// The row has more or fewer columns than the header.
    WrongColumnCount,
    /// The row's bytes are not text in the file's encoding, or hold a NUL byte.
    UndecodableText,
    /// A quote was opened and never closed.
    UnterminatedQuote,
    /// The record is longer than [`MAX_RECORD_BYTES`](super::MAX_RECORD_BYTES).
    LineTooLong,
    /// The line is not a JSON object.
    NotJson,
    /// Two keys of a JSON object stand for one column.
    RepeatedColumn,
    /// From here on the file cannot be read (cut short or damaged); rows before it stand.
    DamagedFile,
    /// The `op` column holds a word that is not known; found by whoever loads.
    UnknownOp,
    /// The row of a stream does not say which source it is from; found by whoever loads.
    MissingSource,
    /// The store has a version of the record that its source changed later; found by whoever loads.
    OlderThanStored,
}

impl RejectReason {
    /// Every reason, in the order of the documentation.
    pub const ALL: [Self; 12] = [
        Self::MissingRecordId,
        Self::RepeatedRecordId,
        Self::WrongColumnCount,
        Self::UndecodableText,
        Self::UnterminatedQuote,
        Self::LineTooLong,
        Self::NotJson,
        Self::RepeatedColumn,
        Self::DamagedFile,
        Self::UnknownOp,
        Self::MissingSource,
        Self::OlderThanStored,
    ];

    /// The stable code written to `rejects.csv`, such as `missing_record_id`.
    pub fn code(self) -> &'static str {
        match self {
            Self::MissingRecordId => "missing_record_id",
            Self::RepeatedRecordId => "repeated_record_id",
            Self::WrongColumnCount => "wrong_column_count",
            Self::UndecodableText => "undecodable_text",
            Self::UnterminatedQuote => "unterminated_quote",
            Self::LineTooLong => "line_too_long",
            Self::NotJson => "not_json",
            Self::RepeatedColumn => "repeated_column",
            Self::DamagedFile => "damaged_file",
            Self::UnknownOp => "unknown_op",
            Self::MissingSource => "missing_source",
            Self::OlderThanStored => "older_than_stored",
        }
    }
}

impl fmt::Display for RejectReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MissingRecordId => "the row has no record_id; give it one",
            Self::RepeatedRecordId => "the record_id was used before in this source; make it unique",
            Self::WrongColumnCount => {
                "the row has more or fewer columns than the header; quote values that hold the \
                 delimiter"
            }
            Self::UndecodableText => {
                "the row is not text in the file's encoding; save the file as UTF-8"
            }
            Self::UnterminatedQuote => {
                "a quote is opened and never closed; reading went on with the next line"
            }
            Self::LineTooLong => "the record is longer than 1 MiB; is a line end or a quote missing?",
            Self::NotJson => "the line is not a JSON object; write one object a line",
            Self::RepeatedColumn => "two keys stand for one column; keep one of them",
            Self::DamagedFile => {
                "the file cannot be read beyond this point; it is cut short or damaged, fetch it again"
            }
            Self::UnknownOp => {
                "the word in the op column is not known; write upsert or delete, or leave it empty"
            }
            Self::MissingSource => {
                "the row does not say which source it is from; give it a field \"source\", or name one \
                 source for all with --source"
            }
            Self::OlderThanStored => {
                "the store has a version of this record with a later updated_at, and keeps it"
            }
        })
    }
}

/// Writes rejects as CSV: `file,line,column,reason,text`.
pub struct RejectWriter<W: io::Write>(::csv::Writer<W>);

impl<W: io::Write> RejectWriter<W> {
    /// Begins with the header.
    ///
    /// # Errors
    /// What the writer says, here and below.
    pub fn new(to: W) -> io::Result<RejectWriter<W>> {
        let mut csv = ::csv::Writer::from_writer(to);
        csv.write_record(["file", "line", "column", "reason", "text"])?;
        Ok(RejectWriter(csv))
    }

    /// Writes a reject.
    pub fn write(&mut self, reject: &Reject) -> io::Result<()> {
        let line = reject.line.to_string();
        let code = reject.reason.code();
        let row = [&*reject.file, &line, &reject.column, code, &reject.text];
        self.0.write_record(row).map_err(io::Error::from)
    }

    /// Hands all to the writer.
    pub fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// The first 200 characters of a row, with line ends and other controls shown as spaces so that
/// the text stays on one line.
pub(super) fn excerpt(text: &str) -> String {
    text.chars()
        .take(MAX_TEXT_CHARS)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect::<String>()
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_one_line_of_at_most_200_characters() {
        assert_eq!(excerpt("张伟,\"a\r\nb\"\n"), "张伟,\"a  b\"");
        assert_eq!(excerpt(&"张".repeat(500)).chars().count(), 200);
        assert_eq!(excerpt("\u{0}\n"), "");
    }

    #[test]
    fn codes_are_distinct_snake_case() {
        let mut codes: Vec<_> = RejectReason::ALL.iter().map(|r| r.code()).collect();
        assert!(
            codes
                .iter()
                .all(|c| c.bytes().all(|b| b == b'_' || b.is_ascii_lowercase()))
        );
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), RejectReason::ALL.len());
    }

    #[test]
    fn a_reject_reads_as_a_sentence() {
        let reject = Reject {
            file: "in/dibao.csv".into(),
            line: 7,
            column: "record_id".into(),
            reason: RejectReason::MissingRecordId,
            text: ",张伟".into(),
        };
        assert_eq!(
            reject.to_string(),
            "in/dibao.csv, line 7, column record_id: the row has no record_id; give it one: ,张伟"
        );
    }
}
