//! Parquet → rows.
//!
//! Scalars of any type become text: dates and times in ISO form (a time of midnight is left out),
//! decimals in plain digits, booleans `true` and `false`. Columns of lists and structures are left
//! out with a warning.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ::parquet::arrow::ProjectionMask;
use ::parquet::arrow::arrow_reader::{
    ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder as Builder,
};
use ::parquet::file::reader::ChunkReader;
use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_schema::{DataType, SchemaRef};

use super::compression::{self, Compression};
use super::emitter::Emitter;
use super::guard::guard;
use super::headers;
use super::number::push_float;
use super::{ColumnMapping, IngestError, Options, RejectReason, Warning};

/// Hands on the rows of a Parquet file.
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
    let (file, compression) = compression::open_raw(path).map_err(io)?;
    if compression == Compression::None {
        let size = file.metadata().map_err(io)?.len();
        return read_chunks::<File>(file, size, options, progress, emitter);
    }
    drop(file);
    let mut bytes = Vec::new();
    let (mut reader, _) = compression::open(path, Arc::default()).map_err(io)?;
    reader
        .read_to_end(&mut bytes)
        .map_err(|error| damaged(emitter, error.to_string()))?;
    let size = std::fs::metadata(path).map_err(io)?.len();
    read_chunks(bytes::Bytes::from(bytes), size, options, progress, emitter)
}

fn read_chunks<C: ChunkReader + 'static>(
    chunks: C,
    size: u64,
    options: &Options,
    progress: &AtomicU64,
    emitter: &mut Emitter<'_>,
) -> Result<(), IngestError> {
    let builder =
        guard(|| Builder::try_new(chunks)).map_err(|message| damaged(emitter, message))?;
    let schema = Arc::clone(builder.schema());
    let rows = builder.metadata().file_metadata().num_rows().max(0) as u64;
    let (roots, columns) = columns(&schema, options.columns.as_ref(), emitter)?;
    let mask = ProjectionMask::roots(builder.parquet_schema(), roots);
    let batch_rows = options.batch_rows.clamp(1, 65_536);
    let mut reader: ParquetRecordBatchReader = guard(|| {
        builder
            .with_projection(mask)
            .with_batch_size(batch_rows)
            .build()
    })
    .map_err(|message| damaged(emitter, message))?;

    let mut row = 0_u64;
    loop {
        let batch = guard(|| reader.next().transpose());
        let result = batch.and_then(|batch| {
            batch
                .map(|batch| Ok((Cells::of(&batch)?, batch.num_rows())))
                .transpose()
        });
        match result {
            Ok(Some((cells, count))) => {
                let read = (row + count as u64).min(rows);
                progress.store(scale(size, read, rows), Ordering::Relaxed);
                for index in 0..count {
                    row += 1;
                    cells.row(index, row, columns, emitter)?;
                }
            }
            Ok(None) => break,
            Err(message) => {
                emitter.reject(row + 1, "", RejectReason::DamagedFile, &message)?;
                break;
            }
        }
    }
    progress.store(size, Ordering::Relaxed);
    if emitter.counted() == (0, 0) {
        emitter.warn(Warning::HeaderOnly)?;
    }
    Ok(())
}

/// `size` × `part` / `whole`, without overflow.
fn scale(size: u64, part: u64, whole: u64) -> u64 {
    (u128::from(size) * u128::from(part) / u128::from(whole.max(1))) as u64
}

/// The positions of the columns to be read, and their number.
fn columns(
    schema: &SchemaRef,
    mapping: Option<&ColumnMapping>,
    emitter: &mut Emitter<'_>,
) -> Result<(Vec<usize>, usize), IngestError> {
    let (mut roots, mut names, mut nested) = (Vec::new(), Vec::new(), Vec::new());
    for (position, field) in schema.fields().iter().enumerate() {
        if field.data_type().is_nested() {
            nested.push(field.name().clone());
        } else {
            roots.push(position);
            names.push(headers::clean(field.name()).to_owned());
        }
    }
    let header = headers::map(&names, mapping)
        .map_err(|problem| emitter.header_error(0, problem, &names))?;
    emitter.set_columns(header.columns, header.record_id)?;
    emitter.warn_unknown(&header.unknown)?;
    if !nested.is_empty() {
        emitter.warn(Warning::NestedColumns(nested))?;
    }
    Ok((roots, names.len()))
}

fn damaged(emitter: &Emitter<'_>, message: String) -> IngestError {
    IngestError::Damaged {
        file: emitter.path(),
        format: "Parquet",
        message,
    }
}

/// The columns of a record batch, made ready to be read as text.
struct Cells(Vec<ArrayRef>);

impl Cells {
    /// Unpacks dictionaries and gives floats and times the types that [`push`] reads.
    fn of(batch: &RecordBatch) -> Result<Self, String> {
        let arrays = batch.columns().iter().map(|array| {
            let plain = match array.data_type() {
                DataType::Dictionary(_, value) => (**value).clone(),
                DataType::RunEndEncoded(_, value) => value.data_type().clone(),
                other => other.clone(),
            };
            let target = match plain {
                DataType::Float16 => DataType::Float64,
                // China keeps one time, without daylight saving since 1992; names of zones need a
                // database that is not here, so any other is shown in UTC.
                DataType::Timestamp(unit, Some(zone)) if !zone.starts_with(['+', '-']) => {
                    let china = matches!(
                        &*zone,
                        "Asia/Shanghai" | "Asia/Chongqing" | "Asia/Harbin" | "Asia/Urumqi" | "PRC"
                    );
                    let offset = if china { "+08:00" } else { "+00:00" };
                    DataType::Timestamp(unit, Some(offset.into()))
                }
                other => other,
            };
            if target == *array.data_type() {
                Ok(Arc::clone(array))
            } else {
                guard(|| arrow_cast::cast(array, &target))
            }
        });
        arrays.collect::<Result<_, _>>().map(Self)
    }

    /// Hands on one row.
    fn row(
        &self,
        index: usize,
        row: u64,
        columns: usize,
        emitter: &mut Emitter<'_>,
    ) -> Result<(), IngestError> {
        let mut scratch = String::new();
        for (column, array) in self.0.iter().enumerate().take(columns) {
            scratch.clear();
            match push(array, index, &mut scratch) {
                Pushed::Whole => {}
                Pushed::DigitsLost => emitter.note_digits_lost(column, row),
                Pushed::NotText => {
                    emitter.abandon_row();
                    let name = emitter.column_name(column).to_owned();
                    return emitter.reject(
                        row,
                        &name,
                        RejectReason::UndecodableText,
                        &self.shown(index),
                    );
                }
            }
            emitter.cell(&scratch);
        }
        emitter.end_row(row, || self.shown(index))
    }

    /// The row as text, for showing.
    fn shown(&self, index: usize) -> String {
        let mut text = String::new();
        for (column, array) in self.0.iter().enumerate() {
            if column > 0 {
                text.push(',');
            }
            push(array, index, &mut text);
        }
        text
    }
}

enum Pushed {
    Whole,
    DigitsLost,
    NotText,
}

/// Appends one value as text; null appends nothing.
fn push(array: &ArrayRef, index: usize, text: &mut String) -> Pushed {
    if array.is_null(index) {
        return Pushed::Whole;
    }
    let bytes: &[u8] = match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().value(index).as_bytes(),
        DataType::LargeUtf8 => array.as_string::<i64>().value(index).as_bytes(),
        DataType::Utf8View => array.as_string_view().value(index).as_bytes(),
        DataType::Binary => array.as_binary::<i32>().value(index),
        DataType::LargeBinary => array.as_binary::<i64>().value(index),
        DataType::BinaryView => array.as_binary_view().value(index),
        DataType::FixedSizeBinary(_) => array.as_fixed_size_binary().value(index),
        DataType::Float64 => return float(text, array.as_primitive::<Float64Type>().value(index)),
        DataType::Float32 => {
            // By way of its text, so that 0.1 stays 0.1.
            let value = array.as_primitive::<Float32Type>().value(index).to_string();
            return float(text, value.parse().unwrap_or(f64::NAN));
        }
        _ => {
            let options = FormatOptions::new();
            let Ok(value) = ArrayFormatter::try_new(array.as_ref(), &options)
                .and_then(|formatter| formatter.value(index).try_to_string())
            else {
                return Pushed::NotText;
            };
            text.push_str(match array.data_type() {
                DataType::Timestamp(..) | DataType::Date64 => {
                    value.strip_suffix("T00:00:00").unwrap_or(&value)
                }
                _ => &value,
            });
            return Pushed::Whole;
        }
    };
    match std::str::from_utf8(bytes) {
        Ok(value) => {
            text.push_str(value);
            Pushed::Whole
        }
        Err(_) => Pushed::NotText,
    }
}

fn float(text: &mut String, value: f64) -> Pushed {
    if push_float(text, value) {
        Pushed::Whole
    } else {
        Pushed::DigitsLost
    }
}
