//! The files of a population: one a source, and the truth.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::chunk::Chunk;
use super::enrolment::Source;
use super::render::COLUMNS;
use super::{Format, GenerateError};

enum Rows {
    Csv(BufWriter<File>),
    Parquet(Box<ArrowWriter<File>>),
}

/// Files being written.
pub(super) struct Files {
    sources: Vec<(Source, PathBuf, Rows)>,
    truth: (PathBuf, BufWriter<File>),
    findings: (PathBuf, BufWriter<File>),
}

impl Files {
    pub fn create(
        folder: &Path,
        format: Format,
        sources: &[Source],
    ) -> Result<Files, GenerateError> {
        std::fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
        let sources = sources.iter().map(|&source| {
            let path = folder.join(format!("{}.{}", source.name(), format.extension()));
            let rows = rows(&path, format)?;
            Ok((source, path, rows))
        });
        Ok(Files {
            sources: sources.collect::<Result<_, GenerateError>>()?,
            truth: table(folder.join("truth.csv"), "source,record_id,person_id")?,
            findings: table(
                folder.join("true_findings.csv"),
                "kind,person_id,record_a,record_b",
            )?,
        })
    }

    pub fn append(&mut self, chunk: &Chunk) -> Result<(), GenerateError> {
        for (source, path, rows) in &mut self.sources {
            let lines = &chunk.rows[*source as usize];
            match rows {
                Rows::Csv(file) => {
                    let mut write = || lines.iter().try_for_each(|line| writeln!(file, "{line}"));
                    write().map_err(|error| failed(path, error))?;
                }
                Rows::Parquet(writer) => {
                    batch(lines)
                        .and_then(|batch| writer.write(&batch))
                        .map_err(|error| failed(path, io::Error::other(error)))?;
                }
            }
        }
        for ((path, file), text) in [
            (&mut self.truth, &chunk.truth),
            (&mut self.findings, &chunk.findings),
        ] {
            file.write_all(text.as_bytes())
                .map_err(|error| failed(path, error))?;
        }
        Ok(())
    }

    /// Writes what is still held back.
    pub fn finish(self) -> Result<(), GenerateError> {
        for (_, path, rows) in self.sources {
            match rows {
                Rows::Csv(mut file) => file.flush().map_err(|error| failed(&path, error))?,
                Rows::Parquet(writer) => {
                    writer
                        .close()
                        .map_err(|error| failed(&path, io::Error::other(error)))?;
                }
            }
        }
        for (path, mut file) in [self.truth, self.findings] {
            file.flush().map_err(|error| failed(&path, error))?;
        }
        Ok(())
    }
}

fn failed(path: &Path, error: io::Error) -> GenerateError {
    GenerateError::Write {
        path: path.to_owned(),
        error,
    }
}

fn table(path: PathBuf, header: &str) -> Result<(PathBuf, BufWriter<File>), GenerateError> {
    let create = || {
        let mut file = BufWriter::new(File::create(&path)?);
        writeln!(file, "{header}")?;
        Ok(file)
    };
    let file = create().map_err(|error| failed(&path, error))?;
    Ok((path, file))
}

fn rows(path: &Path, format: Format) -> Result<Rows, GenerateError> {
    match format {
        Format::Csv => table(path.to_owned(), &COLUMNS.join(",")).map(|(_, file)| Rows::Csv(file)),
        Format::Parquet => {
            let file = File::create(path).map_err(|error| failed(path, error))?;
            let properties = WriterProperties::builder()
                .set_compression(Compression::ZSTD(ZstdLevel::default()))
                .build();
            ArrowWriter::try_new(file, schema(), Some(properties))
                .map(|writer| Rows::Parquet(Box::new(writer)))
                .map_err(|error| failed(path, io::Error::other(error)))
        }
    }
}

fn schema() -> Arc<Schema> {
    let columns = COLUMNS.map(|name| Field::new(name, DataType::Utf8, true));
    Arc::new(Schema::new(columns.to_vec()))
}

/// Empty fields become nulls.
fn batch(lines: &[String]) -> parquet::errors::Result<RecordBatch> {
    let split: Vec<Vec<&str>> = lines.iter().map(|line| line.split(',').collect()).collect();
    let column = |at: usize| -> ArrayRef {
        let values = split
            .iter()
            .map(|fields| fields.get(at).copied().filter(|field| !field.is_empty()));
        Arc::new(values.collect::<StringArray>())
    };
    Ok(RecordBatch::try_new(
        schema(),
        (0..COLUMNS.len()).map(column).collect(),
    )?)
}
