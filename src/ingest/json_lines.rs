//! JSON Lines → rows.
//!
//! Strings, numbers and booleans become their text (numbers digit for digit, however long), null
//! the empty cell, and lists and objects their JSON text. Lines may have different keys.

use std::borrow::Cow;
use std::fmt;
use std::io::Read;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::emitter::Emitter;
use super::headers::{self, HeaderProblem};
use super::mixed::Mixed;
use super::window::Window;
use super::{ColumnMapping, IngestError, MAX_RECORD_BYTES, RejectReason, Warning};

/// Lines without a record id that are held back to see whether any line has one.
const HELD: usize = 1000;
/// Sets of keys remembered.
const SHAPES: usize = 1024;
/// Columns of a file, at most; a line with keys beyond them is rejected.
const MAX_COLUMNS: usize = 4096;

/// Hands on the rows of a JSON Lines text, of which the window holds the beginning; returns the line after the last that was read.
pub(super) fn read<R: Read>(
    window: &mut Window<R>,
    mapping: Option<&ColumnMapping>,
    emitter: &mut Emitter<'_>,
) -> Result<u64, IngestError> {
    let mut rows = Rows {
        mapping,
        columns: Vec::new(),
        shapes: FxHashMap::default(),
        unknown: Vec::new(),
        nested: Vec::new(),
        mixed: Mixed::default(),
        // Of what is still being written the next line may be long in coming.
        held: (!window.is_live()).then(Vec::new),
        first_keys: Vec::new(),
        cells: Vec::new(),
    };
    let mut line = 1;
    if window.bytes().trim_ascii_start().first() == Some(&b'[') {
        return Err(IngestError::JsonArray {
            file: emitter.path(),
        });
    }
    loop {
        let bytes = window.bytes();
        let end = memchr::memchr(b'\n', bytes);
        match end {
            Some(end) if end <= MAX_RECORD_BYTES => {
                let record = bytes.get(..end).unwrap_or_default();
                rows.line(record, line, window, emitter)?;
                window.consume(end + 1);
            }
            None if bytes.len() <= MAX_RECORD_BYTES => {
                if window.is_last() {
                    // The last line of a file that ends in an error is cut.
                    if window.error().is_none() {
                        rows.line(bytes, line, window, emitter)?;
                    }
                    break;
                }
                if window.is_live() {
                    emitter.flush()?;
                }
                window.fill();
                continue;
            }
            _ => {
                let beginning = bytes.get(..1024).unwrap_or_default();
                let text = String::from_utf8_lossy(beginning);
                emitter.reject(line, "", RejectReason::LineTooLong, &text)?;
                skip_line(window);
            }
        }
        line += 1;
    }
    rows.finish(window, emitter)?;
    Ok(line)
}

/// Consumes up to and with the next LF: a CR alone ends no line here.
fn skip_line<R: Read>(window: &mut Window<R>) {
    loop {
        let bytes = window.bytes();
        if let Some(end) = memchr::memchr(b'\n', bytes) {
            window.consume(end + 1);
            return;
        }
        window.consume(bytes.len());
        if window.is_last() {
            return;
        }
        window.fill();
    }
}

/// What a set of keys stands for.
#[derive(Clone)]
enum Shape {
    /// The position of each key's column.
    Slots(Arc<[usize]>),
    /// None of them is the record id.
    NoRecordId,
    /// Two of them stand for this column.
    Repeated(String),
    /// The file would have too many columns with them.
    TooMany,
}

/// The rows of a JSON Lines text.
struct Rows<'m> {
    mapping: Option<&'m ColumnMapping>,
    /// Columns of the file so far.
    columns: Vec<Box<str>>,
    /// By the keys in their order, each with a NUL after it.
    shapes: FxHashMap<String, Shape>,
    unknown: Vec<String>,
    nested: Vec<String>,
    mixed: Mixed,
    /// Lines without record id so far, until there is one with it.
    held: Option<Vec<(u64, String)>>,
    first_keys: Vec<String>,
    cells: Vec<String>,
}

impl Rows<'_> {
    fn line<R: Read>(
        &mut self,
        bytes: &[u8],
        line: u64,
        window: &Window<R>,
        emitter: &mut Emitter<'_>,
    ) -> Result<(), IngestError> {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return self.mixed.reject(bytes, line, window, emitter);
        };
        let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        if text.is_empty() {
            return Ok(());
        }
        let mut json = serde_json::Deserializer::from_str(text);
        let object = json
            .deserialize_map(ObjectVisitor)
            .and_then(|object| json.end().map(|()| object));
        let Ok(object) = object else {
            return emitter.reject(line, "", RejectReason::NotJson, text);
        };
        let slots = match self.shape(&object, emitter)? {
            Shape::Slots(slots) => slots,
            Shape::NoRecordId => return self.no_record_id(&object, line, text, emitter),
            Shape::Repeated(column) => {
                return emitter.reject(line, &column, RejectReason::RepeatedColumn, text);
            }
            Shape::TooMany => {
                return emitter.reject(line, "", RejectReason::WrongColumnCount, text);
            }
        };
        self.release(emitter)?;
        for cell in &mut self.cells {
            cell.clear();
        }
        for (&slot, (key, value)) in slots.iter().zip(&object) {
            let Some(cell) = self.cells.get_mut(slot) else {
                continue;
            };
            match value_text(value.get()) {
                Value::Text(text) => cell.push_str(&text),
                Value::Nested(json) => {
                    cell.push_str(json);
                    if !self.nested.iter().any(|name| *name == **key) {
                        self.nested.push(key.to_string());
                    }
                }
                Value::Bad => return emitter.reject(line, key, RejectReason::NotJson, text),
            }
        }
        for cell in &self.cells {
            emitter.cell(cell);
        }
        emitter.end_row(line, || text.to_owned())
    }

    /// The columns of an object's keys; new ones are added to the file's.
    fn shape(
        &mut self,
        object: &[(Cow<'_, str>, &RawValue)],
        emitter: &mut Emitter<'_>,
    ) -> Result<Shape, IngestError> {
        let mut id = String::new();
        for (key, _) in object {
            id.push_str(key);
            id.push('\0');
        }
        if let Some(known) = self.shapes.get(&id) {
            return Ok(known.clone());
        }
        let keys: Vec<String> = object.iter().map(|(key, _)| key.to_string()).collect();
        let shape = match headers::map(&keys, self.mapping) {
            Err(HeaderProblem::NoRecordId) => Shape::NoRecordId,
            Err(HeaderProblem::SameColumn { column, .. }) => Shape::Repeated(column),
            Ok(header) => {
                let before = self.columns.len();
                let slots = header.columns.iter().map(|name| self.slot(name)).collect();
                if self.columns.len() > MAX_COLUMNS {
                    self.columns.truncate(before);
                    Shape::TooMany
                } else {
                    if self.columns.len() > before {
                        let record_id = self.slot("record_id");
                        emitter.set_columns(self.columns.as_slice().into(), record_id)?;
                        self.cells.resize(self.columns.len(), String::new());
                    }
                    for name in header.unknown {
                        if !self.unknown.contains(&name) {
                            self.unknown.push(name);
                        }
                    }
                    Shape::Slots(slots)
                }
            }
        };
        if self.shapes.len() >= SHAPES {
            self.shapes.clear();
        }
        self.shapes.insert(id, shape.clone());
        Ok(shape)
    }

    fn slot(&mut self, name: &str) -> usize {
        match self.columns.iter().position(|column| **column == *name) {
            Some(slot) => slot,
            None => {
                self.columns.push(name.into());
                self.columns.len() - 1
            }
        }
    }

    /// Rejects a line without a record id, or holds it back as long as no line has one.
    fn no_record_id(
        &mut self,
        object: &[(Cow<'_, str>, &RawValue)],
        line: u64,
        text: &str,
        emitter: &mut Emitter<'_>,
    ) -> Result<(), IngestError> {
        if self.first_keys.is_empty() {
            self.first_keys = object.iter().map(|(key, _)| key.to_string()).collect();
        }
        match &mut self.held {
            Some(held) if held.len() + 1 < HELD => {
                held.push((line, super::reject::excerpt(text)));
                Ok(())
            }
            Some(held) => Err(IngestError::NoRecordId {
                file: emitter.path(),
                line: held.first().map_or(line, |(line, _)| *line),
                columns: self.first_keys.clone(),
            }),
            None => emitter.reject(line, "record_id", RejectReason::MissingRecordId, text),
        }
    }

    /// Rejects the lines held back, now that a line has a record id.
    fn release(&mut self, emitter: &mut Emitter<'_>) -> Result<(), IngestError> {
        for (line, text) in self.held.take().unwrap_or_default() {
            emitter.reject(line, "record_id", RejectReason::MissingRecordId, &text)?;
        }
        Ok(())
    }

    fn finish<R: Read>(
        mut self,
        window: &Window<R>,
        emitter: &mut Emitter<'_>,
    ) -> Result<(), IngestError> {
        if let Some((line, _)) = self.held.as_ref().and_then(|held| held.first()) {
            return Err(IngestError::NoRecordId {
                file: emitter.path(),
                line: *line,
                columns: std::mem::take(&mut self.first_keys),
            });
        }
        emitter.warn_unknown(&self.unknown)?;
        if !self.nested.is_empty() {
            emitter.warn(Warning::NestedColumns(self.nested))?;
        }
        self.mixed.warn(emitter)?;
        if emitter.counted() == (0, 0) && window.error().is_none() {
            emitter.warn(Warning::Empty)?;
        }
        Ok(())
    }
}

enum Value<'v> {
    Text(Cow<'v, str>),
    Nested(&'v str),
    Bad,
}

/// The cell that a JSON value stands for.
fn value_text(json: &str) -> Value<'_> {
    match json.as_bytes().first() {
        Some(b'"') => match serde_json::from_str::<Text>(json) {
            Ok(Text(text)) => Value::Text(text),
            Err(_) => Value::Bad,
        },
        Some(b'{' | b'[') => Value::Nested(json),
        Some(b'n') => Value::Text(Cow::Borrowed("")),
        _ => Value::Text(Cow::Borrowed(json)),
    }
}

/// A JSON string, borrowed where it has no escapes.
#[derive(serde::Deserialize)]
struct Text<'t>(#[serde(borrow)] Cow<'t, str>);

/// The keys of a JSON object in their order, each with its value as it stands.
struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Vec<(Cow<'de, str>, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut object = Vec::new();
        while let Some((Text(key), value)) = map.next_entry::<Text<'de>, &'de RawValue>()? {
            object.push((key, value));
        }
        Ok(object)
    }
}
