//! The files that other programs rely on.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use rayon::prelude::*;
use yiren_matchers::comparison::MISSING;
use yiren_matchers::model::{Explanation, ModelParts};

use super::{Results, SweepError, SweepOptions};
use crate::ingest::RejectWriter;
use crate::policy::{FindingNames, write_findings};
use crate::report;
use crate::report::summary::Summary;
use crate::table::Table;

/// Rows of `entities.csv` a task, and tasks whose rows wait to be written.
const ROWS: usize = 1 << 12;
const TASKS: usize = 64;

/// Makes the folder for the results.
pub(super) fn make_folder(options: &SweepOptions) -> Result<(), SweepError> {
    fs::create_dir_all(&options.out).map_err(|error| SweepError::Write {
        path: options.out.clone(),
        error,
    })
}

/// Writes everything but the summary and the report.
pub(super) fn write_tables(options: &SweepOptions, results: &Results) -> Result<(), SweepError> {
    let writer = Writer { options, results };
    write(&options.out.join("entities.csv"), |file| {
        writer.entities(file)
    })?;
    writer.file("review.csv", |csv| writer.review(csv))?;
    write(&options.out.join("rejects.csv"), |file| {
        let mut writer = RejectWriter::new(file)?;
        let mut rejects = results.matched.loaded.rejects.iter();
        rejects.try_for_each(|reject| writer.write(reject))?;
        writer.flush()
    })?;
    if options.pairs {
        writer.file("pairs.csv", |csv| writer.pairs(csv))?;
    }
    write(&options.out.join("findings.csv"), |file| {
        let names = Names { results };
        write_findings(file, &options.policy, &results.findings.rows, &names)
            .map_err(io::Error::from)
    })
}

/// Writes `report.html`.
pub(super) fn write_report(options: &SweepOptions, summary: &Summary) -> Result<(), SweepError> {
    let html = report::render(summary);
    write(&options.out.join("report.html"), |file| {
        file.write_all(html.as_bytes())
    })
}

/// Writes `summary.json`.
pub(super) fn write_summary(options: &SweepOptions, summary: &Summary) -> Result<(), SweepError> {
    write(&options.out.join("summary.json"), |file| {
        serde_json::to_writer_pretty(&mut *file, summary)?;
        file.write_all(b"\n")
    })
}

/// Writes a file beside its place and moves it there, so that nobody reads half of one.
fn write(
    path: &Path,
    fill: impl FnOnce(&mut BufWriter<&File>) -> io::Result<()>,
) -> Result<(), SweepError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let done = readable(&mut tempfile::Builder::new())
        .tempfile_in(folder)
        .and_then(|fresh| {
            let mut file = BufWriter::new(fresh.as_file());
            fill(&mut file)?;
            file.flush()?;
            drop(file);
            fresh.persist(path)?;
            Ok(())
        });
    done.map_err(|error| SweepError::Write {
        path: path.to_path_buf(),
        error,
    })
}

/// Permissions of an ordinary file (the umask takes off what it takes off), not of a private one.
#[cfg(unix)]
fn readable<'a, 'b, 'c>(
    builder: &'c mut tempfile::Builder<'a, 'b>,
) -> &'c mut tempfile::Builder<'a, 'b> {
    use std::os::unix::fs::PermissionsExt;
    builder.permissions(std::fs::Permissions::from_mode(0o666))
}

#[cfg(not(unix))]
fn readable<'a, 'b, 'c>(
    builder: &'c mut tempfile::Builder<'a, 'b>,
) -> &'c mut tempfile::Builder<'a, 'b> {
    builder
}

type Csv<'a, 'b> = csv::Writer<&'a mut BufWriter<&'b File>>;

struct Writer<'a> {
    options: &'a SweepOptions,
    results: &'a Results,
}

impl Writer<'_> {
    fn file(
        &self,
        name: &str,
        fill: impl FnOnce(&mut Csv<'_, '_>) -> csv::Result<()>,
    ) -> Result<(), SweepError> {
        write(&self.options.out.join(name), |file| {
            let mut csv = csv::Writer::from_writer(file);
            fill(&mut csv).map_err(io::Error::from)?;
            csv.flush()
        })
    }

    fn table(&self) -> &Table {
        &self.results.matched.loaded.table
    }

    /// Rows are made in parallel, some tasks at a time, and written in their order.
    fn entities(&self, file: &mut BufWriter<&File>) -> io::Result<()> {
        let mut header = csv::Writer::from_writer(&mut *file);
        header.write_record(["source", "record_id", "entity_id"])?;
        header.flush()?;
        drop(header);
        let tasks = self.table().len().div_ceil(ROWS);
        for first in (0..tasks).step_by(TASKS) {
            let tasks = first..(first + TASKS).min(tasks);
            let rows = tasks.into_par_iter().map(|task| self.rows_of(task));
            for rows in rows.collect::<io::Result<Vec<_>>>()? {
                file.write_all(&rows)?;
            }
        }
        Ok(())
    }

    /// The rows of `entities.csv` that a task makes.
    fn rows_of(&self, task: usize) -> io::Result<Vec<u8>> {
        let table = self.table();
        let names = Names {
            results: self.results,
        };
        let mut csv = csv::Writer::from_writer(Vec::new());
        for record in task * ROWS..((task + 1) * ROWS).min(table.len()) {
            let entity = self.results.matched.entities.of[record];
            let record = record as u32;
            csv.write_record([
                table.source(record),
                table.record_id(record),
                &names.entity_id(entity),
            ])?;
        }
        csv.into_inner().map_err(|error| error.into_error())
    }

    fn review(&self, csv: &mut Csv<'_, '_>) -> csv::Result<()> {
        csv.write_record([
            "source_a",
            "record_a",
            "source_b",
            "record_b",
            "weight",
            "probability",
            "reason",
        ])?;
        for pair in &self.results.review {
            let why = self
                .results
                .matched
                .scorer
                .explain_anywhere(self.table(), pair.a, pair.b)?;
            let mut row = self.names_and_weight(pair.a, pair.b, pair.score.weight.0);
            row.push(reason(self.results.matched.scorer.model().parts(), &why));
            csv.write_record(&row)?;
        }
        Ok(())
    }

    fn pairs(&self, csv: &mut Csv<'_, '_>) -> csv::Result<()> {
        let parts = self.results.matched.scorer.model().parts();
        let mut header: Vec<String> = [
            "source_a",
            "record_a",
            "source_b",
            "record_b",
            "weight",
            "probability",
            "against",
        ]
        .map(String::from)
        .into();
        for comparison in &parts.comparisons {
            header.push(format!("{}_level", comparison.name));
            header.push(format!("{}_weight", comparison.name));
        }
        csv.write_record(&header)?;
        for pair in &self.results.matched.scored.pairs {
            let why = self
                .results
                .matched
                .scorer
                .explain_anywhere(self.table(), pair.a, pair.b)?;
            let mut row = self.names_and_weight(pair.a, pair.b, pair.score.weight.0);
            row.push(parts.rivals[why.rival].name.clone());
            for step in &why.steps {
                row.push(level_name(parts, step.comparison, step.level).to_string());
                row.push(format!("{:.4}", step.weight + step.frequency));
            }
            csv.write_record(&row)?;
        }
        Ok(())
    }

    fn names_and_weight(&self, a: u32, b: u32, weight: f64) -> Vec<String> {
        let table = self.table();
        let probability = yiren_matchers::model::MatchWeight(weight).probability().0;
        vec![
            table.source(a).to_string(),
            table.record_id(a).to_string(),
            table.source(b).to_string(),
            table.record_id(b).to_string(),
            format!("{weight:.4}"),
            format!("{probability:.6}"),
        ]
    }
}

/// The code of a level, `missing` for none.
pub(super) fn level_name(parts: &ModelParts, comparison: usize, level: u8) -> &str {
    match level {
        MISSING => "missing",
        level => &parts.comparisons[comparison].levels[usize::from(level) - 1].name,
    }
}

/// What speaks for and against, the weightiest first: `for: name exact, sex exact; against:
/// household else; rival: relative`.
fn reason(parts: &ModelParts, why: &Explanation) -> String {
    let mut steps: Vec<_> = why
        .steps
        .iter()
        .filter(|step| step.level != MISSING)
        .map(|step| (step.weight + step.frequency, step))
        .collect();
    steps.sort_by(|a, b| {
        b.0.abs()
            .total_cmp(&a.0.abs())
            .then(a.1.comparison.cmp(&b.1.comparison))
    });
    let list = |positive: bool| {
        let chosen = steps
            .iter()
            .filter(|(weight, _)| (*weight > 0.0) == positive && weight.abs() >= 0.5)
            .take(4);
        let words: Vec<String> = chosen
            .map(|(_, step)| {
                let name = &parts.comparisons[step.comparison].name;
                format!("{name} {}", level_name(parts, step.comparison, step.level))
            })
            .collect();
        if words.is_empty() {
            "nothing".to_string()
        } else {
            words.join(", ")
        }
    };
    format!(
        "for: {}; against: {}; rival: {}",
        list(true),
        list(false),
        parts.rivals[why.rival].name
    )
}

struct Names<'a> {
    results: &'a Results,
}

impl FindingNames for Names<'_> {
    fn source(&self, record: u32) -> Cow<'_, str> {
        Cow::Borrowed(self.results.matched.loaded.table.source(record))
    }

    fn record_id(&self, record: u32) -> Cow<'_, str> {
        Cow::Borrowed(self.results.matched.loaded.table.record_id(record))
    }

    fn entity_id(&self, entity: u32) -> Cow<'_, str> {
        Cow::Owned(self.results.ids[entity as usize].to_string())
    }
}
