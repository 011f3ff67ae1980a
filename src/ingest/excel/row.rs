//! One row of a sheet as text.

use calamine::{Data, DataRef, ExcelDateTime};

use crate::ingest::number::push_float;

/// Columns of a sheet, at most (Excel's own limit).
pub(super) const MAX_COLUMNS: u32 = 16_384;

/// One row of a sheet.
#[derive(Default)]
pub(super) struct Row {
    /// Its number, from 1, as Excel shows it.
    pub(super) number: u64,
    /// Text of its cells, as far as they go.
    pub(super) cells: Vec<String>,
    /// Columns whose numbers lost digits.
    pub(super) digits_lost: Vec<usize>,
}

impl Row {
    pub(super) fn clear(&mut self, number: u64) {
        self.number = number;
        self.cells.clear();
        self.digits_lost.clear();
    }

    pub(super) fn set(&mut self, column: u32, value: Cell<'_>) {
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

    pub(super) fn is_blank(&self) -> bool {
        self.cells.iter().all(|cell| cell.trim().is_empty())
    }

    pub(super) fn shown(&self) -> String {
        self.cells.join(",")
    }
}

/// A cell's value, of either of the library's types.
pub(super) enum Cell<'c> {
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
