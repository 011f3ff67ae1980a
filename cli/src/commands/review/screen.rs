//! A pair on the screen.

use std::fmt::Write as _;

use console::Style;
use unicode_width::UnicodeWidthChar;
use yiren::explain::{Explained, ExplainedStep};
use yiren::query::WhyThresholds;
use yiren::review::{Beside, BesideMark, BesideRecord, BesideRow};

use super::answers;
use crate::commands::show::{column_name, running_word};
use crate::commands::why::comparison_name;
use crate::language::Language;
use crate::lines::{Cell, cell, padded, room, row, styled, width, wrapped};
use yiren::store::OpinionKind;

/// Columns of the names of columns at most.
const NAMES: usize = 17;

/// Columns of a record at most.
const MOST: usize = 48;

/// Reasons that are named for or against; the others are counted.
const NAMED: usize = 4;

/// Evidence of less than so many bits is not worth a word.
const SLIGHT: f64 = 0.5;

/// What is known of a pair beside the two records.
#[derive(Default)]
pub struct Known {
    /// What the model makes of it; `None` in a blind review.
    pub evidence: Option<(Explained, WhyThresholds)>,
    /// What readers said of it before, if that may be seen: who, what, and why.
    pub said: Vec<(String, OpinionKind, String)>,
}

/// A pair side by side, and what speaks for and against; in fewer lines if `compact`: what one of the
/// two lacks, and the enrolments, then have a line each and not one a column.
pub fn pair(beside: &Beside, known: &Known, compact: bool, language: Language) -> String {
    let mut text = String::new();
    side_by_side(&mut text, beside, compact, language);
    if let Some((explained, thresholds)) = &known.evidence {
        text.push('\n');
        evidence(&mut text, explained, thresholds, language);
    }
    if !known.said.is_empty() {
        text.push('\n');
    }
    for (by, kind, why) in &known.said {
        let line = match language {
            Language::Zh => format!("{by}：{}（{why}）", answers::said(*kind, language)),
            Language::En => format!("{by}: {} ({why})", answers::said(*kind, language)),
        };
        row(&mut text, 2, &[cell(&line, room() - 2)]);
    }
    text
}

fn side_by_side(text: &mut String, beside: &Beside, compact: bool, language: Language) {
    let is_own = |row: &&BesideRow| !compact || (row.of_person && row.mark != BesideMark::Missing);
    let rows: Vec<(&BesideRow, String)> = beside
        .rows
        .iter()
        .filter(is_own)
        .map(|row| (row, column_name(&row.column, language)))
        .collect();
    let names = rows.iter().map(|(_, name)| name.as_str());
    let first = names.map(width).max().unwrap_or(0);
    let first = first.clamp(4, NAMES);
    let each = (room().saturating_sub(1 + 2 + first + 2 + 2) / 2).min(MOST);
    let [left, right] = &beside.records;
    let bold = Style::new().bold();
    row(
        text,
        0,
        &[
            cell("", 1),
            cell("", first),
            styled(&left.record, each, bold.clone()),
            styled(&right.record, each, bold),
        ],
    );
    if !compact {
        let [a, b] = [left, right].map(|record| what_it_is(record, language));
        let cells = [cell("", 1), cell("", first), cell(&a, each), cell(&b, each)];
        row(text, 0, &cells);
    }
    for (at, (beside_row, name)) in rows.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| rows.get(at));
        if before.is_some_and(|(before, _)| before.of_person && !beside_row.of_person) {
            text.push('\n');
        }
        line(text, beside_row, name, (first, each));
    }
    if compact {
        for (record, is_left) in [(left, true), (right, false)] {
            let cells = beside.rows.iter().map(|row| {
                let value = if is_left { &row.left } else { &row.right };
                (row, value.as_str())
            });
            let cells: Vec<(&BesideRow, &str)> =
                cells.filter(|(_, value)| !value.is_empty()).collect();
            let lines = wrapped(&rest(record, &cells, language), room().saturating_sub(2));
            lines.iter().for_each(|line| {
                let _ = writeln!(text, "  {line}");
            });
        }
    }
}

/// What a compact pair has no columns for, of one record: what it is of, its enrolment, and what the
/// other record lacks.
fn rest(record: &BesideRecord, cells: &[(&BesideRow, &str)], language: Language) -> String {
    // Spaces are where a line can be broken.
    let comma = language.pick("  ", ", ");
    let enrolment = cells.iter().filter(|(row, _)| !row.of_person);
    let mut parts = vec![what_it_is(record, language)];
    parts.extend(enrolment.map(|(_, value)| (*value).to_string()));
    let alone = cells
        .iter()
        .filter(|(row, _)| row.of_person && row.mark == BesideMark::Missing);
    let alone: Vec<String> = alone
        .map(|(row, value)| format!("{} {value}", column_name(&row.column, language)))
        .collect();
    let (name, enrolment, alone) = (&record.record, parts.join(comma), alone.join(comma));
    match (alone.is_empty(), language) {
        (true, Language::Zh) => format!("{name}：{enrolment}"),
        (true, Language::En) => format!("{name}: {enrolment}"),
        (false, Language::Zh) => format!("{name}：{enrolment}；· 仅此方有：{alone}"),
        (false, Language::En) => format!("{name}: {enrolment}; · only here: {alone}"),
    }
}

/// What a record is of, and whether it runs.
fn what_it_is(record: &BesideRecord, language: Language) -> String {
    let [zh, en] = &record.title;
    let title = language.pick(zh, en);
    let state = match record.register {
        true => language.pick("登记簿", "register"),
        false => running_word(record.running, language),
    };
    match language {
        Language::Zh => format!("{title}，{state}"),
        Language::En => format!("{title}, {state}"),
    }
}

/// One column of the two, with a mark, and what differs pointed at where the two are much alike.
fn line(text: &mut String, of: &BesideRow, name: &str, (first, each): (usize, usize)) {
    let (mark, style) = match (of.mark, of.of_person) {
        (BesideMark::Same, _) => ("=", Style::new()),
        (BesideMark::Written, _) => ("~", Style::new()),
        (BesideMark::Missing, _) => ("·", Style::new().dim()),
        (BesideMark::Differs, true) => ("≠", Style::new().yellow().bold()),
        (BesideMark::Differs, false) => ("≠", Style::new()),
    };
    row(
        text,
        0,
        &[
            styled(mark, 1, style.clone()),
            cell(name, first),
            styled(&of.left, each, style.clone()),
            styled(&of.right, each, style.clone()),
        ],
    );
    let fits = [&of.left, &of.right]
        .iter()
        .all(|value| width(value) <= each);
    if of.mark != BesideMark::Differs || !of.of_person || !fits {
        return;
    }
    if let Some([left, right]) = pointers(&of.left, &of.right) {
        let left = padded(&left, each);
        row(
            text,
            0,
            &[
                cell("", 1),
                cell("", first),
                Cell::exact(&left),
                Cell::exact(&right),
            ],
        );
    }
}

/// Lines that point with `^` at the characters in which two texts differ; `None` if they are so
/// different that this would show nothing.
fn pointers(left: &str, right: &str) -> Option<[String; 2]> {
    let (a, b): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let longer = a.len().max(b.len());
    let differs: [Vec<bool>; 2] = if a.len() == b.len() {
        let differs: Vec<bool> = a.iter().zip(&b).map(|(a, b)| a != b).collect();
        [differs.clone(), differs]
    } else {
        // What lies between a common start and a common end.
        let start = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
        let rest = longer.min(a.len()).min(b.len()) - start;
        let ends = a.iter().rev().zip(b.iter().rev()).take(rest);
        let end = ends.take_while(|(a, b)| a == b).count();
        [&a, &b].map(|text| {
            let places = 0..text.len();
            let inside = |place| place >= start && place < text.len() - end;
            places.map(inside).collect()
        })
    };
    let different = differs
        .iter()
        .map(|differs| differs.iter().filter(|it| **it).count());
    let different = different.max().unwrap_or(0);
    if different == 0 || 2 * different > longer {
        return None;
    }
    let point = |text: &[char], differs: &[bool]| {
        let mut line = String::new();
        for (character, differs) in text.iter().zip(differs) {
            let mark = if *differs { "^" } else { " " };
            line.push_str(&mark.repeat(character.width().unwrap_or(1)));
        }
        line.trim_end().to_string()
    };
    Some([point(&a, &differs[0]), point(&b, &differs[1])])
}

/// What speaks for one person and against, in short words.
fn evidence(
    text: &mut String,
    explained: &Explained,
    thresholds: &WhyThresholds,
    language: Language,
) {
    let mut steps: Vec<&ExplainedStep> = explained.steps.iter().collect();
    steps.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
    let named = |is_for: bool| {
        let steps = steps.iter().filter(|step| match is_for {
            true => step.weight >= SLIGHT,
            false => step.weight <= -SLIGHT,
        });
        let mut words: Vec<String> = steps
            .map(|step| {
                let name = comparison_name(&step.comparison, language);
                let label = language.pick(&step.label_zh, &step.label);
                format!("{name}: {label} {:+.1}", step.weight)
            })
            .collect();
        if words.len() > NAMED {
            let more = words.len() - NAMED;
            words.truncate(NAMED);
            words.push(match language {
                Language::Zh => format!("另 {more} 项"),
                Language::En => format!("{more} more"),
            });
        }
        match words.is_empty() {
            true => language.pick("无", "nothing").to_string(),
            false => words.join(language.pick("；", "; ")),
        }
    };
    let total = match language {
        Language::Zh => format!(
            "{:+.1} 比特，概率 {:.3}（{:+.1} 起人工判断，{:+.1} 起认定）",
            explained.weight, explained.probability, thresholds.review, thresholds.link
        ),
        Language::En => format!(
            "{:+.1} bits, probability {:.3} (review from {:+.1}, link from {:+.1})",
            explained.weight, explained.probability, thresholds.review, thresholds.link
        ),
    };
    for (head, what) in [
        (language.pick("支持", "for"), named(true)),
        (language.pick("反对", "against"), named(false)),
        (language.pick("合计", "total"), total),
    ] {
        row(
            text,
            2,
            &[cell(head, 7), cell(&what, room().saturating_sub(2 + 7 + 2))],
        );
    }
}

/// How far the session is, for the line above a pair.
pub fn progress(
    number: u64,
    decided: u64,
    waiting: usize,
    more: bool,
    language: Language,
) -> String {
    let sign = if more { "+" } else { "" };
    match language {
        Language::Zh => {
            let mut line = String::new();
            let _ = write!(
                line,
                "第 {number} 对 · 本次已判定 {decided} 对 · 其后还有 {waiting}{sign} 对"
            );
            line
        }
        Language::En => format!(
            "pair {number} · {decided} decided in this session · {waiting}{sign} more waiting"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_pointed_at() {
        let cases = [
            ("110105", "110185", Some(["    ^", "    ^"])),
            ("110105", "1101105", Some(["", "    ^"])),
            ("张伟明", "张玮明", Some(["  ^^", "  ^^"])),
            ("王建国", "李娜", None),
            ("same", "same", None),
            ("", "x", None),
            ("aa", "aaa", Some(["", "  ^"])),
        ];
        for (left, right, expected) in cases {
            let expected = expected.map(|lines| lines.map(str::to_string));
            assert_eq!(pointers(left, right), expected, "{left} {right}");
            let turned = expected.map(|[left, right]| [right, left]);
            assert_eq!(pointers(right, left), turned, "{right} {left}");
        }
    }
}
