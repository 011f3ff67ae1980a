//! Workbooks of any kind, row by row.

use std::io::{Read, Seek};

use calamine::{Data, Ods, Range, Reader, Xls, Xlsb, Xlsx};

use super::row::{MAX_COLUMNS, Row};
use crate::ingest::IngestError;
use crate::ingest::guard::guard;

/// A workbook of any kind.
pub(super) enum Workbook<R> {
    Xlsx(Box<Xlsx<R>>),
    Xlsb(Box<Xlsb<R>>),
    Xls(Box<Xls<R>>),
    Ods(Box<Ods<R>>),
}

impl<R: Read + Seek> Workbook<R> {
    /// Opens a workbook by what it holds.
    pub(super) fn open(reader: impl Fn() -> std::io::Result<R>) -> Result<Self, String> {
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

    pub(super) fn sheets(&self) -> Vec<String> {
        match self {
            Self::Xlsx(book) => book.sheet_names(),
            Self::Xlsb(book) => book.sheet_names(),
            Self::Xls(book) => book.sheet_names(),
            Self::Ods(book) => book.sheet_names(),
        }
    }

    /// Calls `row` with each row that has a cell, until it returns `false`. `Err` inside is the
    /// workbook's fault, with the row before which it was met.
    pub(super) fn rows(
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
