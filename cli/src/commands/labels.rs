//! Files that say which records belong together: a truth, or the entities of an earlier sweep.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use yiren::report::Label;
use yiren::training::JudgedPair;

use crate::language::Language;

/// What a file of `source,record_id,<label>` says.
pub struct Labels {
    /// The file.
    path: PathBuf,
    /// Its rows.
    pub labels: Vec<Label>,
    /// Rows without a label, left out.
    without: u64,
    /// Records that rows put to different labels.
    contradicted: u64,
}

/// The columns of a file of judged pairs.
pub const PAIR_COLUMNS: [&str; 5] = ["source_a", "record_a", "source_b", "record_b", "same"];

/// What a model is trained with.
pub enum Teaching {
    /// Records whose person is known.
    Persons(Labels),
    /// Pairs that people judged.
    Pairs(Vec<JudgedPair>),
}

/// A CSV file, its name for messages, and where its columns are.
struct Csv {
    reader: csv::Reader<File>,
    name: String,
    headers: csv::StringRecord,
}

impl Csv {
    fn open(path: &Path) -> anyhow::Result<Csv> {
        let name = path.display().to_string();
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .from_path(path)
            .with_context(|| format!("{name}: cannot be read"))?;
        let headers = reader
            .headers()
            .map_err(|error| unreadable(&name, &error))?;
        let headers = headers.clone();
        Ok(Csv {
            reader,
            name,
            headers,
        })
    }

    fn place(&self, column: &str) -> Option<usize> {
        let bare = |header: &str| header.trim_start_matches('\u{feff}') == column;
        self.headers.iter().position(bare)
    }
}

fn unreadable(name: &str, error: &csv::Error) -> anyhow::Error {
    match error.kind() {
        csv::ErrorKind::Utf8 { .. } => {
            anyhow!("{name}: {error}; save the file as UTF-8")
        }
        _ => anyhow!("{name}: {error}"),
    }
}

/// A file of `source,record_id,person_id`, or one of judged pairs, by its columns.
pub fn read_teaching(path: &Path) -> anyhow::Result<Teaching> {
    let file = Csv::open(path)?;
    match file.place(PAIR_COLUMNS[0]) {
        Some(_) => read_pairs(file).map(Teaching::Pairs),
        None => read_labels(file, path, "person_id").map(Teaching::Persons),
    }
}

/// The rows of a file of judged pairs.
fn read_pairs(mut file: Csv) -> anyhow::Result<Vec<JudgedPair>> {
    let mut places = [0; PAIR_COLUMNS.len()];
    for (place, column) in places.iter_mut().zip(PAIR_COLUMNS) {
        let found = file.place(column);
        *place = found.with_context(|| {
            let needed = PAIR_COLUMNS.join(", ");
            format!("{}: needs the columns {needed}", file.name)
        })?;
    }
    let mut pairs = Vec::new();
    let name = &file.name;
    for row in file.reader.records() {
        let row = row.map_err(|error| unreadable(name, &error))?;
        let [source_a, record_a, source_b, record_b, same] =
            places.map(|place| row.get(place).unwrap_or_default().to_string());
        let same = match same.to_lowercase().as_str() {
            "true" | "1" | "yes" => true,
            "false" | "0" | "no" => false,
            _ => {
                let line = row.position().map_or(0, csv::Position::line);
                bail!("{name}, line {line}: `same` is true or false");
            }
        };
        pairs.push(JudgedPair {
            a: (source_a, record_a),
            b: (source_b, record_b),
            same,
        });
    }
    Ok(pairs)
}

/// The rows of a CSV file of `source,record_id,<label>`, in any order of columns.
pub fn read(path: &Path, label: &str) -> anyhow::Result<Labels> {
    read_labels(Csv::open(path)?, path, label)
}

fn read_labels(mut file: Csv, path: &Path, label: &str) -> anyhow::Result<Labels> {
    let place = |column: &str| file.place(column);
    let (headers, name) = (&file.headers, &file.name);
    let (Some(source), Some(record), Some(label)) =
        (place("source"), place("record_id"), place(label))
    else {
        let found: Vec<&str> = headers.iter().collect();
        if found.concat().is_empty() {
            bail!("{name}: the file is empty; it needs the columns source, record_id, {label}");
        }
        bail!(
            "{name}: needs the columns source, record_id, {label}; found: {}",
            found.join(", ")
        );
    };
    let mut labels = Labels {
        path: path.to_path_buf(),
        labels: Vec::new(),
        without: 0,
        contradicted: 0,
    };
    for row in file.reader.records() {
        let row = row.map_err(|error| unreadable(name, &error))?;
        let cell = |place: usize| row.get(place).unwrap_or_default().to_string();
        match cell(label) {
            empty if empty.is_empty() => labels.without += 1,
            label => labels.labels.push(((cell(source), cell(record)), label)),
        }
    }
    labels.contradicted = contradicted(&labels.labels);
    Ok(labels)
}

/// How many records have several labels.
fn contradicted(labels: &[Label]) -> u64 {
    // The label met first, and whether another one was met.
    let mut met: HashMap<&(String, String), (&str, bool)> = HashMap::new();
    for (record, label) in labels {
        let first = met.entry(record).or_insert((label, false));
        first.1 |= first.0 != label;
    }
    met.values().filter(|(_, several)| *several).count() as u64
}

impl Labels {
    /// Tells if no record that the file names is among those that were read.
    pub fn warn_unless_met(&self, met: bool, language: Language) {
        if !met && !self.labels.is_empty() {
            let prefix = language.pick("警告", "warning");
            let text = language.pick(
                "其中没有一条是所读的记录；来源名是否一致？",
                "names no record that was read; are the names of the sources the same?",
            );
            eprintln!("{prefix}: {}: {text}", self.path.display());
        }
    }
}

/// Tells what the owner of the file should know.
pub fn warn(labels: &Labels, language: Language) {
    let prefix = language.pick("警告", "warning");
    let name = labels.path.display();
    if labels.labels.is_empty() {
        let text = language.pick("没有一行可用", "no row of it can be used");
        eprintln!("{prefix}: {name}: {text}");
    }
    if labels.without > 0 {
        let count = labels.without;
        match language {
            Language::Zh => eprintln!("{prefix}: {name}：{count} 行没有标签，未采用"),
            Language::En => {
                eprintln!("{prefix}: {name}: {count} rows have no label and are left out")
            }
        }
    }
    if labels.contradicted > 0 {
        let count = labels.contradicted;
        match language {
            Language::Zh => {
                eprintln!("{prefix}: {name}：{count} 条记录有多个不同的标签，取最小者");
            }
            Language::En => eprintln!(
                "{prefix}: {name}: {count} records have several labels; the smallest is taken"
            ),
        }
    }
}
