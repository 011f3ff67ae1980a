//! Excel → rows: xlsx (streamed), xlsm, xlsb, xls and ods (a sheet at a time).
//!
//! The first sheet that has a row of known headers among its first 20 is read, so titles above the
//! header do no harm. Dates become ISO text, numbers plain digits.

use std::io::{BufReader, Cursor, Read, Seek};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use calamine::{Data, DataRef, ExcelDateTime, Ods, Range, Reader, Xls, Xlsb, Xlsx};

use super::compression::{self, Compression};
use super::emitter::Emitter;
use super::guard::guard;
use super::headers;
use super::number::push_float;
use super::{ColumnMapping, IngestError, Options, RejectReason, Warning};

/// Rows of a sheet that are searched for the header.
const SEARCHED: usize = 20;
/// Columns of a sheet, at most (Excel's own limit).
const MAX_COLUMNS: u32 = 16_384;

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

/// A workbook of any kind.
enum Workbook<R> {
    Xlsx(Box<Xlsx<R>>),
    Xlsb(Box<Xlsb<R>>),
    Xls(Box<Xls<R>>),
    Ods(Box<Ods<R>>),
}

impl<R: Read + Seek> Workbook<R> {
    /// Opens a workbook by what it holds.
    fn open(reader: impl Fn() -> std::io::Result<R>) -> Result<Self, String> {
        let start = || {
            let mut reader = reader()?;
            reader.rewind()?;
            Ok::<_, std::io::Error>(reader)
        };
        let mut magic = [0; 4];
        start()
            .and_then(|mut reader| reader.read_exact(&mut magic))
            .map_err(|error| error.to_string())?;
        let again = || start().map_err(|error| error.to_string());
        if magic == *b"\xd0\xcf\x11\xe0" {
            let reader = again()?;
            return guard(|| Xls::new(reader)).map(|book| Self::Xls(Box::new(book)));
        }
        let reader = again()?;
        let why = match guard(|| Xlsx::new(reader)) {
            Ok(book) => return Ok(Self::Xlsx(Box::new(book))),
            Err(why) => why,
        };
        let reader = again()?;
        if let Ok(book) = guard(|| Ods::new(reader)) {
            return Ok(Self::Ods(Box::new(book)));
        }
        let reader = again()?;
        if let Ok(book) = guard(|| Xlsb::new(reader)) {
            return Ok(Self::Xlsb(Box::new(book)));
        }
        Err(why)
    }

    fn sheets(&self) -> Vec<String> {
        match self {
            Self::Xlsx(book) => book.sheet_names(),
            Self::Xlsb(book) => book.sheet_names(),
            Self::Xls(book) => book.sheet_names(),
            Self::Ods(book) => book.sheet_names(),
        }
    }

    /// Calls `row` with each row that has a cell, until it returns `false`. `Err` inside is the
    /// workbook's fault, with the row before which it was met.
    fn rows(
        &mut self,
        sheet: &str,
        row: &mut dyn FnMut(&Row) -> Result<bool, IngestError>,
    ) -> Result<Result<(), (u64, String)>, IngestError> {
        let range = match self {
            Self::Xlsx(book) => return stream(book, sheet, row),
            Self::Xlsb(book) => guard(|| book.worksheet_range(sheet)),
            Self::Xls(book) => guard(|| book.worksheet_range(sheet)),
            Self::Ods(book) => guard(|| book.worksheet_range(sheet)),
        };
        match range {
            Ok(range) => walk(&range, row).map(Ok),
            Err(message) => Ok(Err((1, message))),
        }
    }
}

/// One row of a sheet.
#[derive(Default)]
struct Row {
    /// Its number, from 1, as Excel shows it.
    number: u64,
    /// Text of its cells, as far as they go.
    cells: Vec<String>,
    /// Columns whose numbers lost digits.
    digits_lost: Vec<usize>,
}

impl Row {
    fn clear(&mut self, number: u64) {
        self.number = number;
        self.cells.clear();
        self.digits_lost.clear();
    }

    fn set(&mut self, column: u32, value: Cell<'_>) {
        if column >= MAX_COLUMNS {
            return;
        }
        let column = column as usize;
        if self.cells.len() <= column {
            self.cells.resize(column + 1, String::new());
        }
        let Some(text) = self.cells.get_mut(column) else {
            return;
        };
        text.clear();
        if !value.push(text) {
            self.digits_lost.push(column);
        }
    }

    fn is_blank(&self) -> bool {
        self.cells.iter().all(|cell| cell.trim().is_empty())
    }

    fn shown(&self) -> String {
        self.cells.join(",")
    }
}

/// A cell's value, of either of the library's types.
enum Cell<'c> {
    Text(&'c str),
    Float(f64),
    Int(i64),
    Bool(bool),
    Date(&'c ExcelDateTime),
    None,
}

impl<'c> From<&'c DataRef<'_>> for Cell<'c> {
    fn from(value: &'c DataRef<'_>) -> Self {
        match value {
            DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
                Self::Text(text)
            }
            DataRef::SharedString(text) => Self::Text(text),
            DataRef::Float(value) => Self::Float(*value),
            DataRef::Int(value) => Self::Int(*value),
            DataRef::Bool(value) => Self::Bool(*value),
            DataRef::DateTime(value) => Self::Date(value),
            DataRef::Error(_) | DataRef::Empty => Self::None,
        }
    }
}

impl<'c> From<&'c Data> for Cell<'c> {
    fn from(value: &'c Data) -> Self {
        match value {
            Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => {
                Self::Text(text)
            }
            Data::Float(value) => Self::Float(*value),
            Data::Int(value) => Self::Int(*value),
            Data::Bool(value) => Self::Bool(*value),
            Data::DateTime(value) => Self::Date(value),
            Data::Error(_) | Data::Empty => Self::None,
        }
    }
}

impl Cell<'_> {
    /// Appends the cell as text; `false` if digits were lost.
    fn push(&self, text: &mut String) -> bool {
        match self {
            Self::Text(value) => text.push_str(value.strip_suffix("T00:00:00").unwrap_or(value)),
            Self::Float(value) => return push_float(text, *value),
            Self::Int(value) => text.push_str(&value.to_string()),
            Self::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
            Self::Date(value) if value.is_duration() => return push_float(text, value.as_f64()),
            Self::Date(value) => {
                let (year, month, day, hour, minute, second, _) = value.to_ymd_hms_milli();
                text.push_str(&format!("{year:04}-{month:02}-{day:02}"));
                if (hour, minute, second) != (0, 0, 0) {
                    text.push_str(&format!("T{hour:02}:{minute:02}:{second:02}"));
                }
            }
            Self::None => {}
        }
        true
    }
}

/// The rows of an xlsx sheet, from its XML as it is read.
fn stream<R: Read + Seek>(
    book: &mut Xlsx<R>,
    sheet: &str,
    each: &mut dyn FnMut(&Row) -> Result<bool, IngestError>,
) -> Result<Result<(), (u64, String)>, IngestError> {
    let mut cells = match guard(|| book.worksheet_cells_reader(sheet)) {
        Ok(cells) => cells,
        Err(message) => return Ok(Err((1, message))),
    };
    let mut row = Row::default();
    loop {
        match guard(|| cells.next_cell()) {
            Ok(Some(cell)) => {
                let (index, column) = cell.get_position();
                let number = u64::from(index) + 1;
                if number != row.number {
                    if row.number > 0 && !each(&row)? {
                        return Ok(Ok(()));
                    }
                    row.clear(number);
                }
                row.set(column, cell.get_value().into());
            }
            Ok(None) => {
                if row.number > 0 {
                    each(&row)?;
                }
                return Ok(Ok(()));
            }
            // The row at hand may be cut: it is not handed on.
            Err(message) => return Ok(Err((row.number.max(1), message))),
        }
    }
}

/// The rows of a sheet that was read whole.
fn walk(
    range: &Range<Data>,
    each: &mut dyn FnMut(&Row) -> Result<bool, IngestError>,
) -> Result<(), IngestError> {
    let (first_row, first_column) = range.start().unwrap_or_default();
    let mut row = Row::default();
    for (number, cells) in (u64::from(first_row) + 1..).zip(range.rows()) {
        row.clear(number);
        for (column, value) in (first_column..MAX_COLUMNS).zip(cells) {
            if *value != Data::Empty {
                row.set(column, value.into());
            }
        }
        if !row.cells.is_empty() && !each(&row)? {
            break;
        }
    }
    Ok(())
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
