//! Enrolments as a line of months each.

use std::fmt::Write as _;

use yiren::query::{Role, ShownEntity, ShownFinding, ShownMonths};
use yiren::report::words::name_of;

use super::words::section;
use crate::language::Language;
use crate::lines::{clean, padded, room, width, yuan};

/// Writes a row of months for each enrolment and for what registers say, a mark for a month or, if
/// the time is too long for that, for a few, and below them the months that findings are about.
pub fn timeline(text: &mut String, entity: &ShownEntity, language: Language) {
    if entity.months.is_empty() {
        return;
    }
    section(text, "待遇月份", "months", language);
    let known: Vec<(i32, i32)> = entity.months.iter().filter_map(span).collect();
    let names: Vec<String> = entity.months.iter().map(name).collect();
    let findings: Vec<&ShownFinding> = entity
        .findings
        .iter()
        .filter(|finding| !finding.months[0].is_empty())
        .collect();
    let kind = |finding: &ShownFinding| name_of(&finding.kind).get(language.words()).to_string();
    let widest = names.iter().map(|name| width(name));
    let widest = widest.chain(findings.iter().map(|finding| width(&kind(finding))));
    let first = widest.max().unwrap_or(0).min(30);
    let (Some(from), Some(to)) = (
        known.iter().map(|span| span.0).min(),
        known.iter().map(|span| span.1).max(),
    ) else {
        for (months, name) in entity.months.iter().zip(&names) {
            let _ = writeln!(
                text,
                "  {}  {}",
                padded(name, first),
                dates(months, language)
            );
        }
        return;
    };
    // Whole years, so that the years can be written above.
    let (from, to) = (
        from.div_euclid(12) * 12,
        (to.max(from + 1) + 11).div_euclid(12) * 12,
    );
    let left = room().saturating_sub(2 + first + 2 + 2 + 30).max(24);
    let scale = Scale {
        from,
        to,
        each: ((to - from) as usize).div_ceil(left).max(1),
    };
    let _ = writeln!(text, "  {}  {}", padded("", first), scale.years());
    for (months, name) in entity.months.iter().zip(&names) {
        let marks = span(months).map_or_else(String::new, |span| scale.marks(span, mark(months)));
        let _ = writeln!(
            text,
            "  {}  {}  {}",
            padded(name, first),
            padded(&marks, scale.columns()),
            dates(months, language)
        );
    }
    for finding in findings {
        let [start, end] = &finding.months;
        let Some(span) = number(start).zip(number(end)) else {
            continue;
        };
        let line = format!(
            "  {}  {}",
            padded(&kind(finding), first),
            scale.marks(span, '^')
        );
        let _ = writeln!(text, "{}", line.trim_end());
    }
    legend(text, entity, &scale, language);
}

/// Months on a line.
struct Scale {
    from: i32,
    to: i32,
    /// Months a mark.
    each: usize,
}

impl Scale {
    fn columns(&self) -> usize {
        ((self.to - self.from) as usize).div_ceil(self.each)
    }

    fn place(&self, month: i32) -> usize {
        ((month - self.from).max(0) as usize) / self.each
    }

    /// The years, each above its January, as far as there is room.
    fn years(&self) -> String {
        let mut line = String::new();
        for year in self.from.div_euclid(12)..self.to.div_euclid(12) {
            let place = self.place(year * 12);
            if place >= line.len() + usize::from(!line.is_empty()) {
                line += &" ".repeat(place - line.len());
                line += &format!("{year:04}");
            }
        }
        line
    }

    /// The marks of some months, half-open.
    fn marks(&self, (start, end): (i32, i32), mark: char) -> String {
        if end <= start {
            return String::new();
        }
        let (first, last) = (self.place(start), self.place(end - 1));
        let marks = std::iter::repeat_n(mark, last - first + 1);
        " ".repeat(first) + &marks.collect::<String>()
    }
}

fn mark(months: &ShownMonths) -> char {
    match months.role {
        Role::Enrolment => '█',
        Role::Applied => '·',
        Role::Death => '†',
        Role::Register | Role::Other => '▒',
    }
}

fn name(months: &ShownMonths) -> String {
    clean(&months.record)
}

/// The number of a month written as `YYYY-MM`.
fn number(month: &str) -> Option<i32> {
    let (year, month) = month.rsplit_once('-')?;
    Some(year.parse::<i32>().ok()? * 12 + month.parse::<i32>().ok()? - 1)
}

fn span(months: &ShownMonths) -> Option<(i32, i32)> {
    number(&months.months[0]).zip(number(&months.months[1]))
}

/// The months in figures, or why they are not known, and the amount.
fn dates(months: &ShownMonths, language: Language) -> String {
    let mut text = match (months.unknown, months.role) {
        ("", Role::Death) => months.months[0].clone(),
        ("", _) if months.open => match language {
            Language::Zh => format!("{} 起", months.months[0]),
            Language::En => format!("from {}", months.months[0]),
        },
        ("", _) => format!("{} – {}", months.months[0], months.months[1]),
        ("start", _) => language.pick("开始月份不详", "start unknown").to_string(),
        ("end", _) => language.pick("结束月份不详", "end unknown").to_string(),
        _ => language
            .pick("结束早于开始", "ends before it starts")
            .to_string(),
    };
    if months.amount != 0 {
        let amount = yuan(months.amount);
        text += &match language {
            Language::Zh => format!("  每月 {amount}"),
            Language::En => format!("  {amount} a month"),
        };
    }
    text
}

fn legend(text: &mut String, entity: &ShownEntity, scale: &Scale, language: Language) {
    let has = |role: Role| entity.months.iter().any(|months| months.role == role);
    let mut parts = Vec::new();
    if has(Role::Enrolment) {
        parts.push(language.pick("█ 享受待遇", "█ enrolled"));
    }
    if has(Role::Applied) {
        parts.push(language.pick("· 仅申请", "· applied only"));
    }
    if has(Role::Register) || has(Role::Other) {
        parts.push(language.pick("▒ 登记簿所载", "▒ in a register"));
    }
    if has(Role::Death) {
        parts.push(language.pick("† 死亡", "† death"));
    }
    if !entity.findings.is_empty() {
        parts.push(language.pick("^ 核查发现", "^ finding"));
    }
    let each = match (scale.each, language) {
        (1, _) => String::new(),
        (each, Language::Zh) => format!("（每格 {each} 个月）"),
        (each, Language::En) => format!(" ({each} months a mark)"),
    };
    let between = language.pick("，", ", ");
    let _ = writeln!(text, "  {}{each}", parts.join(between));
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn months_stand_under_their_years() {
        let scale = |from, to, each| Scale {
            from: from * 12,
            to: to * 12,
            each,
        };
        let cases: &[(Scale, &str, &str, &str, &str)] = &[
            (
                scale(2024, 2026, 1),
                "2024        2025",
                "2024-03",
                "2024-06",
                "  ███",
            ),
            (
                scale(2024, 2026, 1),
                "2024        2025",
                "2025-12",
                "2026-01",
                &format!("{}█", " ".repeat(23)),
            ),
            (scale(2024, 2026, 6), "2024", "2024-03", "2024-04", "█"),
            (scale(2024, 2026, 6), "2024", "2024-06", "2025-08", "████"),
            (
                scale(2024, 2026, 1),
                "2024        2025",
                "2024-03",
                "2024-03",
                "",
            ),
        ];
        for (scale, years, start, end, marks) in cases {
            assert_eq!(scale.years(), *years);
            let span = (number(start).unwrap(), number(end).unwrap());
            assert_eq!(scale.marks(span, '█'), *marks, "{start} {end}");
        }
        assert_eq!(number("2024-01"), Some(2024 * 12));
        assert_eq!(number(""), None);
    }
}
