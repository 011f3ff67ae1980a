//! CSV → rows.
//!
//! Text is checked to be UTF-8 once a window, and cells are cut out of it. A damaged record costs
//! itself only: where a quote that is never closed would take the following lines with it, only
//! the line it is on is rejected, and reading goes on with the next.

mod record;

use std::io::Read;

use self::record::{Field, Parsed, delimiter, first_line, parse, unquote};
use super::emitter::Emitter;
use super::encoding::describe;
use super::headers::{self, Header};
use super::mixed::Mixed;
use super::window::{Window, line_end};
use super::{ColumnMapping, IngestError, MAX_RECORD_BYTES, RejectReason, Warning};

/// Hands on the rows of a CSV text, of which the window holds the beginning; returns the line after the last that was read.
pub(super) fn read<R: Read>(
    window: &mut Window<R>,
    mapping: Option<&ColumnMapping>,
    emitter: &mut Emitter<'_>,
) -> Result<u64, IngestError> {
    let mut line = 1;
    let Some((header, delimiter)) = read_header(window, mapping, emitter, &mut line)? else {
        if window.error().is_none() {
            emitter.warn(Warning::Empty)?;
        }
        return Ok(line);
    };
    let mut rows = Rows {
        window: &mut *window,
        delimiter,
        columns: header.columns.len(),
        line,
        fields: Vec::with_capacity(header.columns.len()),
        mixed: Mixed::default(),
    };
    emitter.set_columns(header.columns, header.record_id)?;
    emitter.warn_unknown(&header.unknown)?;
    while rows.step(emitter)? {}
    let Rows { line, mixed, .. } = rows;
    mixed.warn(emitter)?;
    if emitter.counted() == (0, 0) && window.error().is_none() {
        emitter.warn(Warning::HeaderOnly)?;
    }
    Ok(line)
}

/// Reads the header, the first line that is not blank, and returns what it says and the
/// delimiter; `None` if there is none.
fn read_header<R: Read>(
    window: &mut Window<R>,
    mapping: Option<&ColumnMapping>,
    emitter: &Emitter<'_>,
    line: &mut u64,
) -> Result<Option<(Header, u8)>, IngestError> {
    let mut fields = Vec::new();
    loop {
        let bytes = window.bytes();
        if let Some(b'\r' | b'\n') = bytes.first() {
            match line_end(bytes, 0, window.is_last()) {
                Some(length) => {
                    window.consume(length);
                    *line += 1;
                }
                None => window.fill(),
            }
            continue;
        }
        if bytes.is_empty() && window.is_last() {
            return Ok(None);
        }
        let delimiter = delimiter(bytes.get(..first_line(bytes)).unwrap_or_default());
        let parsed = parse(bytes, delimiter, window.is_last(), &mut fields);
        let Parsed::Record {
            length,
            inner_lines,
            ended,
            ..
        } = parsed
        else {
            if parsed == Parsed::Unterminated || bytes.len() > MAX_RECORD_BYTES {
                return Err(
                    not_text(bytes, emitter).unwrap_or(IngestError::HeaderTooLong {
                        file: emitter.path(),
                        line: *line,
                    }),
                );
            }
            window.fill();
            continue;
        };
        let bytes = bytes.get(..length).unwrap_or_default();
        if let Some(error) = not_text(bytes, emitter) {
            return Err(error);
        }
        let Ok(text) = std::str::from_utf8(bytes) else {
            return Err(IngestError::HeaderUndecodable {
                file: emitter.path(),
                line: *line,
                text: super::reject::excerpt(&describe(bytes).0),
            });
        };
        let names: Vec<String> = fields
            .iter()
            .map(|field| headers::clean(&text_of(text, field)).to_owned())
            .collect();
        if names.iter().all(String::is_empty) {
            // A line of delimiters only, as spreadsheets write above a header.
            window.consume(length);
            *line += inner_lines + u64::from(ended);
            continue;
        }
        let header = headers::map(&names, mapping)
            .map_err(|problem| emitter.header_error(*line, problem, &names))?;
        window.consume(length);
        *line += inner_lines + 1;
        return Ok(Some((header, delimiter)));
    }
}

fn not_text(bytes: &[u8], emitter: &Emitter<'_>) -> Option<IngestError> {
    bytes.contains(&0).then(|| IngestError::NotText {
        file: emitter.path(),
        what: "it holds NUL bytes: binary data, or UTF-16 without a byte-order mark",
    })
}

/// The rows of a CSV text, below its header.
struct Rows<'w, R> {
    window: &'w mut Window<R>,
    delimiter: u8,
    columns: usize,
    /// Line of the next record.
    line: u64,
    fields: Vec<Field>,
    mixed: Mixed,
}

/// What to do after the records in the window.
enum Next {
    /// Read on.
    Fill,
    /// The file ends.
    End,
    /// Check the text anew, from here.
    Recheck,
    /// Give up the first line of what follows, whose end is not in the window.
    SkipLine,
}

impl<R: Read> Rows<'_, R> {
    /// Reads the records in the window; whether there may be more.
    fn step(&mut self, emitter: &mut Emitter<'_>) -> Result<bool, IngestError> {
        let last = self.window.is_last();
        let cut = self.window.error().is_some();
        let bytes = self.window.bytes();
        let text = valid_text(bytes);
        let has_nul = memchr::memchr(0, text.as_bytes()).is_some();
        let mut position = 0;
        let next = loop {
            if position > text.len() {
                break Next::Recheck;
            }
            let rest = bytes.get(position..).unwrap_or_default();
            match rest.first() {
                None => break if last { Next::End } else { Next::Fill },
                Some(b'\r' | b'\n') => match line_end(rest, 0, last) {
                    Some(length) => {
                        position += length;
                        self.line += 1;
                        continue;
                    }
                    None => break Next::Fill,
                },
                Some(_) => {}
            }
            let parsed = parse(rest, self.delimiter, last, &mut self.fields);
            let right = self.fields.len() == self.columns;
            // Why the first line, and no more, of the record is given up.
            let reason = match parsed {
                Parsed::Incomplete if rest.len() <= MAX_RECORD_BYTES => break Next::Fill,
                // The last line of a file that ends in an error is cut, quote or no quote.
                Parsed::Unterminated if cut && first_line(rest) == rest.len() => break Next::End,
                Parsed::Record { ended: false, .. } if cut => break Next::End,
                Parsed::Incomplete | Parsed::Unterminated => too_long(rest),
                Parsed::Record { length, .. } if length > MAX_RECORD_BYTES => too_long(rest),
                Parsed::Record {
                    inner_lines: 1..,
                    stray: true,
                    ..
                } => RejectReason::UnterminatedQuote,
                Parsed::Record {
                    inner_lines: 1.., ..
                } if !right => RejectReason::WrongColumnCount,
                Parsed::Record {
                    length,
                    inner_lines,
                    ended,
                    ..
                } => {
                    match text.get(position..position + length) {
                        Some(record) if !(has_nul && record.contains('\0')) => {
                            row(record, &self.fields, right, self.line, emitter)?;
                        }
                        _ => {
                            let record = rest.get(..length).unwrap_or_default();
                            self.mixed.reject(record, self.line, self.window, emitter)?;
                        }
                    }
                    position += length;
                    self.line += inner_lines + u64::from(ended);
                    continue;
                }
            };
            let first = first_line(rest);
            let line = rest.get(..first).unwrap_or_default();
            if reason != RejectReason::LineTooLong && std::str::from_utf8(line).is_err() {
                self.mixed.reject(line, self.line, self.window, emitter)?;
            } else {
                let beginning = line.get(..first.min(1024)).unwrap_or_default();
                let shown = String::from_utf8_lossy(beginning);
                emitter.reject(self.line, "", reason, &shown)?;
            }
            position += first;
            match line_end(rest, first, last) {
                Some(length) if first < rest.len() => {
                    position += length;
                    self.line += 1;
                }
                _ => break Next::SkipLine,
            }
        };
        self.window.consume(position);
        match next {
            // What is left was cut by an error, which the caller reports.
            Next::End => return Ok(false),
            Next::Fill => self.window.fill(),
            Next::Recheck => {}
            Next::SkipLine => self.line += u64::from(self.window.skip_line()),
        }
        Ok(true)
    }
}

/// Hands on one record of text.
fn row(
    record: &str,
    fields: &[Field],
    right: bool,
    line: u64,
    emitter: &mut Emitter<'_>,
) -> Result<(), IngestError> {
    if !right {
        let blank = fields.len() == 1 && record.trim().is_empty();
        return if blank {
            Ok(())
        } else {
            emitter.reject(line, "", RejectReason::WrongColumnCount, record)
        };
    }
    for field in fields {
        match field {
            Field::Plain(range) => emitter.cell(record.get(range.clone()).unwrap_or_default()),
            Field::Quoted(_) => emitter.cell(&text_of(record, field)),
        }
    }
    if emitter.is_blank() {
        // Spreadsheets write lines of delimiters below the rows.
        emitter.abandon_row();
        return Ok(());
    }
    emitter.end_row(line, || record.to_owned())
}

/// Whether a record over the limit is one line, or a quote that takes in many.
fn too_long(bytes: &[u8]) -> RejectReason {
    if first_line(bytes).min(MAX_RECORD_BYTES + 1) > MAX_RECORD_BYTES {
        RejectReason::LineTooLong
    } else {
        RejectReason::UnterminatedQuote
    }
}

/// The longest beginning that is UTF-8.
fn valid_text(bytes: &[u8]) -> &str {
    match simdutf8::compat::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => bytes
            .get(..error.valid_up_to())
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
            .unwrap_or_default(),
    }
}

fn text_of<'t>(record: &'t str, field: &Field) -> std::borrow::Cow<'t, str> {
    match field {
        Field::Plain(range) => record.get(range.clone()).unwrap_or_default().into(),
        Field::Quoted(range) => unquote(record.get(range.clone()).unwrap_or_default()),
    }
}
