//! Excel → rows: xlsx (streamed), xlsm, xlsb, xls and ods (a sheet at a time).
//!
//! The first sheet that has a row of known headers among its first 20 is read, so titles above the
//! header do no harm. Dates become ISO text, numbers plain digits.

mod row;
mod workbook;

use std::io::{BufReader, Cursor, Read, Seek};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use self::row::Row;
use self::workbook::Workbook;
use super::compression::{self, Compression};
use super::emitter::Emitter;
use super::headers;
use super::{ColumnMapping, IngestError, Options, RejectReason, Warning};

/// Rows of a sheet that are searched for the header.
const SEARCHED: usize = 20;

/// Hands on the rows of a workbook.
pub(super) fn read(
    path: &Path,
    options: &Options,
    progress: &Arc<AtomicU64>,
    emitter: &mut Emitter<'_>,
) -> Result<(), IngestError> {
    let io = |source| IngestError::Io {
        path: path.display().to_string(),
        source,
    };
    let size = std::fs::metadata(path).map_err(io)?.len();
    let (file, compression) = compression::open_raw(path).map_err(io)?;
    let result = if compression == Compression::None {
        read_workbook(|| file.try_clone().map(BufReader::new), options, emitter)
    } else {
        let mut bytes = Vec::new();
        let (mut reader, _) = compression::open(path, Arc::default()).map_err(io)?;
        reader
            .read_to_end(&mut bytes)
            .map_err(|error| damaged(emitter, error.to_string()))?;
        let bytes: Arc<[u8]> = bytes.into();
        read_workbook(|| Ok(Cursor::new(Arc::clone(&bytes))), options, emitter)
    };
    progress.store(size, Ordering::Relaxed);
    result
}

fn damaged(emitter: &Emitter<'_>, message: String) -> IngestError {
    IngestError::Damaged {
        file: emitter.path(),
        format: "an Excel workbook",
        message,
    }
}

fn read_workbook<R: Read + Seek>(
    reader: impl Fn() -> std::io::Result<R>,
    options: &Options,
    emitter: &mut Emitter<'_>,
) -> Result<(), IngestError> {
    let mapping = options.columns.as_ref();
    let mut book = Workbook::open(reader).map_err(|message| damaged(emitter, message))?;
    let sheets = book.sheets();
    let Some((sheet, found)) = choose(&mut book, &sheets, mapping, emitter)? else {
        return Ok(());
    };
    let header = headers::map(&found.names, mapping)
        .map_err(|problem| emitter.header_error(found.row, problem, &found.names))?;
    let columns = header.columns.len();
    emitter.set_columns(header.columns, header.record_id)?;
    if sheets.len() > 1 {
        let left = sheets.iter().filter(|name| **name != sheet).cloned();
        emitter.warn(Warning::Sheet {
            read: sheet.clone(),
            left: left.collect(),
        })?;
    }
    emitter.warn_unknown(&header.unknown)?;
    let outcome = book.rows(&sheet, &mut |row| {
        if row.number <= found.row || row.is_blank() {
            return Ok(true);
        }
        let beyond = row.cells.iter().skip(columns);
        if beyond.into_iter().any(|cell| !cell.trim().is_empty()) {
            emitter.reject(row.number, "", RejectReason::WrongColumnCount, &row.shown())?;
            return Ok(true);
        }
        for column in 0..columns {
            emitter.cell(row.cells.get(column).map_or("", String::as_str));
        }
        for &column in &row.digits_lost {
            emitter.note_digits_lost(column, row.number);
        }
        emitter.end_row(row.number, || row.shown())?;
        Ok(true)
    })?;
    if let Err((row, message)) = outcome {
        emitter.reject(row, "", RejectReason::DamagedFile, &message)?;
    }
    if emitter.counted() == (0, 0) {
        emitter.warn(Warning::HeaderOnly)?;
    }
    Ok(())
}

/// A row that may be the header.
struct Found {
    row: u64,
    names: Vec<String>,
    known: usize,
    has_record_id: bool,
}

/// The first sheet with a header that has a record id; failing that, the first with two known
/// headers, for the message. `None` if there is no cell in any sheet.
fn choose<R: Read + Seek>(
    book: &mut Workbook<R>,
    sheets: &[String],
    mapping: Option<&ColumnMapping>,
    emitter: &mut Emitter<'_>,
) -> Result<Option<(String, Found)>, IngestError> {
    let mut second_best = None;
    let mut any_cell = false;
    let mut fault = None;
    for sheet in sheets {
        let mut best: Option<Found> = None;
        let mut searched = 0;
        let outcome = book.rows(sheet, &mut |row| {
            if row.is_blank() {
                return Ok(true);
            }
            any_cell = true;
            searched += 1;
            let names = header_names(row);
            let known = headers::known(&names, mapping);
            let has_record_id = !matches!(
                headers::map(&names, mapping),
                Err(headers::HeaderProblem::NoRecordId)
            );
            let enough = known >= 2 || (has_record_id && known == names.len());
            let better = best
                .as_ref()
                .is_none_or(|best| (has_record_id, known) > (best.has_record_id, best.known));
            if enough && better {
                best = Some(Found {
                    row: row.number,
                    names,
                    known,
                    has_record_id,
                });
            }
            Ok(searched < SEARCHED)
        })?;
        if let Err((_, message)) = outcome {
            fault = fault.or(Some(message));
        }
        match best {
            Some(found) if found.has_record_id => return Ok(Some((sheet.clone(), found))),
            Some(found) if second_best.is_none() => second_best = Some((sheet.clone(), found)),
            _ => {}
        }
    }
    match (second_best, fault) {
        (Some(found), _) => Ok(Some(found)),
        (None, Some(message)) => Err(damaged(emitter, message)),
        (None, None) if any_cell => Err(IngestError::NoSheet {
            file: emitter.path(),
            sheets: sheets.to_vec(),
        }),
        (None, None) => emitter.warn(Warning::Empty).map(|()| None),
    }
}

/// The headers of a row, without the empty ones at its end.
fn header_names(row: &Row) -> Vec<String> {
    let mut names: Vec<String> = row
        .cells
        .iter()
        .map(|cell| headers::clean(cell).to_owned())
        .collect();
    while names.last().is_some_and(String::is_empty) {
        names.pop();
    }
    names
}
