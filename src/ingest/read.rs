//! Reading one file, whatever it is.

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::compression::{self, Compression};
use super::discover::Inputs;
use super::emitter::Emitter;
use super::format::{Format, sniff};
use super::window::Window;
use super::{
    Event, FileSummary, IngestError, Options, RejectReason, Warning, csv, excel, json_lines,
    parquet,
};

/// Reads one file and hands what is in it to `sink`, in file order; returns the counts.
///
/// Memory does not grow with the file (see the [module](super)). Different files may be read from
/// several threads at once.
///
/// # Errors
/// If the file cannot be read as a whole: it is not there, not what its name says, has no
/// `record_id` column or two headers for one column; or if `sink` returns an error, which stops
/// the reading. What was handed on before stands. A file that is cut short or damaged further on
/// is no error: it ends in a [`Reject`](super::Reject) with
/// [`DamagedFile`](RejectReason::DamagedFile).
pub fn read_file(
    inputs: &Inputs,
    file: u32,
    options: &Options,
    sink: &mut dyn FnMut(Event) -> Result<(), IngestError>,
) -> Result<FileSummary, IngestError> {
    let input = inputs
        .files
        .get(file as usize)
        .ok_or(IngestError::NoSuchFile(file))?;
    let progress = Arc::new(AtomicU64::new(0));
    let mut emitter = Emitter::new(
        file,
        Arc::clone(&input.name),
        Arc::clone(&input.source),
        options.batch_rows,
        Arc::clone(&progress),
        sink,
    );
    match input.format {
        Format::Csv | Format::JsonLines => {
            read_text(&input.path, input.format, options, progress, &mut emitter)?;
        }
        Format::Parquet => parquet::read(&input.path, options, &progress, &mut emitter)?,
        Format::Excel => match Content::of(&input.path)? {
            Content::Binary => excel::read(&input.path, options, &progress, &mut emitter)?,
            Content::Markup => {
                return Err(IngestError::NotText {
                    file: emitter.path(),
                    what: "a web page or XML named as a workbook; open it in Excel and save it as .xlsx",
                });
            }
            // Many systems export delimited text under the name of a workbook.
            Content::Text => {
                read_text(&input.path, Format::Csv, options, progress, &mut emitter)?;
            }
        },
    }
    emitter.finish()
}

/// Reads JSON Lines in UTF-8 as they arrive and hands what is in them to `sink`; returns the counts.
/// Whenever all that has arrived is read, its rows are handed on before more is waited for.
///
/// Without a [source](Options::source) of all rows, the [source](super::RowBatch::source) of the
/// batches is empty, and each row has to name its own in a field `source`.
///
/// # Errors
/// If the stream cannot be read, or is one JSON array; or if `sink` returns an error, which stops
/// the reading. What was handed on before stands.
pub fn read_lines(
    reader: impl Read,
    name: &str,
    options: &Options,
    sink: &mut dyn FnMut(Event) -> Result<(), IngestError>,
) -> Result<FileSummary, IngestError> {
    let of_rows = options.source.is_none();
    let mut sink = |event| match event {
        // It is the source of the row, not a column of its record.
        Event::Warning(mut warning) if of_rows => {
            if let Warning::UnknownColumns(names) = &mut warning.warning {
                names.retain(|name| name != "source");
                if names.is_empty() {
                    return Ok(());
                }
            }
            sink(Event::Warning(warning))
        }
        event => sink(event),
    };
    let mut emitter = Emitter::new(
        0,
        name.into(),
        options.source.as_deref().unwrap_or_default().into(),
        options.batch_rows,
        Arc::default(),
        &mut sink,
    );
    let mut window = Window::live(reader);
    window.fill();
    json_lines::read(&mut window, options.columns.as_ref(), &mut emitter)?;
    if let Some(source) = window.take_error() {
        emitter.flush()?;
        return Err(IngestError::Io {
            path: name.to_string(),
            source,
        });
    }
    emitter.finish()
}

fn read_text(
    path: &Path,
    format: Format,
    options: &Options,
    progress: Arc<AtomicU64>,
    emitter: &mut Emitter<'_>,
) -> Result<(), IngestError> {
    let io = |source| IngestError::Io {
        path: path.display().to_string(),
        source,
    };
    let (reader, compression) = compression::open(path, progress).map_err(io)?;
    let mut window = Window::new(reader);
    window.fill();
    if let Some(what) = sniff(window.bytes()) {
        return Err(IngestError::NotText {
            file: emitter.path(),
            what,
        });
    }
    let mapping = options.columns.as_ref();
    let line = match format {
        Format::JsonLines => json_lines::read(&mut window, mapping, emitter)?,
        _ => csv::read(&mut window, mapping, emitter)?,
    };
    match window.take_error() {
        None => Ok(()),
        Some(error) if compression == Compression::None => Err(io(error)),
        Some(error) => emitter.reject(line, "", RejectReason::DamagedFile, &error.to_string()),
    }
}

/// What a file named as a workbook holds.
enum Content {
    Binary,
    Markup,
    Text,
}

impl Content {
    fn of(path: &Path) -> Result<Self, IngestError> {
        let mut bytes = Vec::new();
        let read = || -> io::Result<Vec<u8>> {
            let (reader, _) = compression::open(path, Arc::default())?;
            reader.take(4096).read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        let bytes = read().map_err(|source| IngestError::Io {
            path: path.display().to_string(),
            source,
        })?;
        let utf16 = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
        Ok(if bytes.trim_ascii_start().starts_with(b"<") {
            Self::Markup
        } else if sniff(&bytes).is_some() || (bytes.contains(&0) && !utf16) {
            Self::Binary
        } else {
            Self::Text
        })
    }
}
