//! Records side by side.

use std::fmt::Write as _;

use console::Style;
use yiren::query::{Mark, ShownEntity, ShownRecord};

use super::words::{column_name, names_width, record_name, running_word, section};
use crate::language::Language;
use crate::lines::{Cell, cell, room, row, styled, width};

/// Columns of a record at least, so that an ID number and its mark fit; more if its name is longer.
const LEAST: std::ops::RangeInclusive<usize> = 20..=26;

/// Columns of a record at most.
const MOST: usize = 36;

/// Writes the records side by side, as many as there is room for, with the cells marked that are
/// not those of the golden record.
pub fn side_by_side(text: &mut String, entity: &ShownEntity, language: Language) {
    if entity.records.is_empty() {
        return;
    }
    section(
        text,
        "各条记录（≠ 与综合信息不同，~ 同值而写法不同）",
        "records (≠ another value than the golden record, ~ the same written otherwise)",
        language,
    );
    let columns = columns(&entity.records);
    let state = language.pick("待遇", "enrolment");
    let names: Vec<String> = columns
        .iter()
        .map(|column| column_name(column, language))
        .collect();
    let first = names_width(names.iter().map(String::as_str).chain([state]));
    let left = room().saturating_sub(2 + first);
    let widest = entity
        .records
        .iter()
        .map(|record| width(&record_name(record)));
    let least = widest
        .max()
        .unwrap_or(0)
        .clamp(*LEAST.start(), *LEAST.end());
    let beside = (left / (least + 2)).clamp(1, entity.records.len());
    let each = (left / beside).saturating_sub(2).clamp(least, MOST);
    for (place, records) in entity.records.chunks(beside).enumerate() {
        if place > 0 {
            text.push('\n');
        }
        let heads: Vec<String> = records.iter().map(record_name).collect();
        let mut cells = vec![cell("", first)];
        let bold = Style::new().bold();
        cells.extend(heads.iter().map(|name| styled(name, each, bold.clone())));
        row(text, 2, &cells);
        let mut cells = vec![cell(state, first)];
        cells.extend(records.iter().map(|record| {
            let word = match (record.erased, record.role) {
                _ if record.outside_scope => language.pick("（辖区外）", "(outside your scope)"),
                (true, _) => language.pick("已删除个人数据", "erased"),
                (false, "register") => language.pick("登记簿", "register"),
                (false, _) => running_word(record.running, language),
            };
            cell(word, each)
        }));
        row(text, 2, &cells);
        for (column, name) in columns.iter().zip(&names) {
            let marked: Vec<(String, Style)> = records
                .iter()
                .map(|record| marked(record, column))
                .collect();
            if marked.iter().all(|(value, _)| value.is_empty()) {
                continue;
            }
            let mut cells = vec![cell(name, first)];
            let values = marked.iter();
            cells.extend(
                values.map(|(value, style)| -> Cell<'_> { styled(value, each, style.clone()) }),
            );
            row(text, 2, &cells);
        }
    }
    let more = entity.records.len();
    if more > beside {
        let _ = writeln!(
            text,
            "  {}",
            match language {
                Language::Zh => format!("共 {more} 条记录"),
                Language::En => format!("{more} records in all"),
            }
        );
    }
}

/// The columns that any of the records has, canonical ones in their order, then others.
fn columns(records: &[ShownRecord]) -> Vec<String> {
    let canonical = yiren::store::Cells::canonical_columns();
    let mut columns: Vec<String> = Vec::new();
    for (column, _) in records.iter().flat_map(|record| &record.cells) {
        if !columns.contains(column) {
            columns.push(column.clone());
        }
    }
    columns.sort_by_key(|column| {
        let place = canonical.iter().position(|known| known == column);
        (place.unwrap_or(usize::MAX), column.clone())
    });
    columns
}

/// The cell of a record, with its mark.
fn marked(record: &ShownRecord, column: &str) -> (String, Style) {
    let value = record.cells.iter().find(|(known, _)| known == column);
    let value = value.map_or("", |(_, value)| value.as_str());
    let mark = record.marks.iter().find(|(known, _)| known == column);
    match mark.map(|(_, mark)| *mark) {
        Some(Mark::Differs) => (format!("≠ {value}"), Style::new().yellow().bold()),
        Some(Mark::Written) => (format!("~ {value}"), Style::new().dim()),
        None => (value.to_string(), Style::new()),
    }
}
