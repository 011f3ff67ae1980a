//! Text in columns on a terminal, where a Chinese character is two columns wide.

use std::fmt::Write as _;

use console::Style;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns that output is made for where it does not go to a terminal.
const USUAL: usize = 100;

/// Columns that there are: those of the terminal, within reason.
pub fn room() -> usize {
    let terminal = console::Term::stdout().size_checked();
    terminal.map_or(USUAL, |(_, columns)| usize::from(columns).clamp(60, 160))
}

/// The columns that a text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// A text from the data as it may be printed: characters that would steer a terminal or turn the
/// direction of the text are shown as U+FFFD, line ends as spaces.
pub fn clean(text: &str) -> String {
    let seen = text.chars().map(|character| match character {
        '\n' | '\t' => ' ',
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' => {
            char::REPLACEMENT_CHARACTER
        }
        control if control.is_control() => char::REPLACEMENT_CHARACTER,
        other => other,
    });
    seen.collect()
}

/// A text with spaces after it up to so many columns.
pub fn padded(text: &str, columns: usize) -> String {
    let text = clean(text);
    let spaces = columns.saturating_sub(width(&text));
    text + &" ".repeat(spaces)
}

/// A text with spaces before it up to so many columns, as figures are set.
pub fn figure(text: &str, columns: usize) -> String {
    let spaces = columns.saturating_sub(width(text));
    " ".repeat(spaces) + text
}

/// A text in lines of at most so many columns: broken at spaces where that leaves no line less
/// than a third full, else anywhere; one empty line of nothing. A character that is wider than a line
/// has one of its own.
pub fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let text = clean(text);
    let (mut lines, mut line, mut used) = (Vec::new(), String::new(), 0);
    for character in text.trim().chars() {
        let wide = character.width().unwrap_or(0);
        if used + wide > columns && !line.is_empty() {
            let space = line
                .rfind(' ')
                .filter(|&at| 3 * width(&line[..at]) >= columns);
            let rest = match space {
                Some(at) => line.split_off(at),
                None => String::new(),
            };
            lines.push(line.trim_end().to_string());
            line = rest.trim_start().to_string();
            used = width(&line);
            if character == ' ' && line.is_empty() {
                continue;
            }
        }
        line.push(character);
        used += wide;
    }
    lines.push(line);
    lines
}

/// A cell of [`row`].
pub struct Cell<'a> {
    text: &'a str,
    columns: usize,
    style: Style,
    exact: bool,
}

impl<'a> Cell<'a> {
    /// A cell of a text of ours that is printed as it is, spaces at its start included.
    pub fn exact(text: &'a str) -> Cell<'a> {
        Cell {
            text,
            columns: width(text),
            style: Style::new(),
            exact: true,
        }
    }

    fn lines(&self) -> Vec<String> {
        match self.exact {
            true => vec![self.text.to_string()],
            false => wrapped(self.text, self.columns),
        }
    }
}

/// A cell in so many columns.
pub fn cell(text: &str, columns: usize) -> Cell<'_> {
    styled(text, columns, Style::new())
}

/// A cell in so many columns, in a style that shows on a terminal with colours.
pub fn styled(text: &str, columns: usize, style: Style) -> Cell<'_> {
    Cell {
        text,
        columns,
        style,
        exact: false,
    }
}

/// Writes cells beside each other, two columns apart and after an indent, each in as many lines as
/// it needs.
pub fn row(text: &mut String, indent: usize, cells: &[Cell<'_>]) {
    let lines: Vec<Vec<String>> = cells.iter().map(Cell::lines).collect();
    let height = lines.iter().map(Vec::len).max().unwrap_or(0);
    for at in 0..height {
        // Only what stands before something else on its line is padded.
        let last = lines
            .iter()
            .rposition(|lines| lines.get(at).is_some_and(|line| !line.is_empty()));
        let Some(last) = last else {
            continue;
        };
        text.push_str(&" ".repeat(indent));
        for (place, (cell, lines)) in cells.iter().zip(&lines).enumerate().take(last + 1) {
            let line = lines.get(at).map_or("", String::as_str);
            let line = if place == last { line.trim_end() } else { line };
            let _ = write!(text, "{}", cell.style.apply_to(line));
            if place < last {
                let spaces = cell.columns.saturating_sub(width(line)) + 2;
                text.push_str(&" ".repeat(spaces));
            }
        }
        text.push('\n');
    }
}

/// A bar in the middle of so many columns on either side: to the right for a number above 0, to
/// the left below, `most` being the longest.
pub fn bar(number: f64, most: f64, columns: usize) -> String {
    let share = if most > 0.0 { number.abs() / most } else { 0.0 };
    let full = (share.min(1.0) * columns as f64).round() as usize;
    // What is not nothing stays visible.
    let full = full.max(usize::from(number.abs() >= 0.05));
    let blocks = "█".repeat(full.min(columns));
    match number < 0.0 {
        true => format!("{}│{}", figure(&blocks, columns), " ".repeat(columns)),
        false => format!("{}│{}", " ".repeat(columns), padded(&blocks, columns)),
    }
}

/// An amount of yuan, given in hundredths.
pub fn yuan(hundredths: i64) -> String {
    let (whole, part) = (
        hundredths.unsigned_abs() / 100,
        hundredths.unsigned_abs() % 100,
    );
    let sign = if hundredths < 0 { "-" } else { "" };
    let whole = crate::commands::grouped(whole);
    match part {
        0 => format!("{sign}{whole}"),
        part => format!("{sign}{whole}.{part:02}"),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn texts_are_broken_where_they_are_too_wide() {
        let cases: &[(&str, usize, &[&str])] = &[
            ("", 4, &[""]),
            ("abc", 4, &["abc"]),
            ("abcdef", 4, &["abcd", "ef"]),
            ("张伟", 4, &["张伟"]),
            ("欧阳修文", 5, &["欧阳", "修文"]),
            ("one two three", 8, &["one two", "three"]),
            ("one twothreefour", 8, &["one", "twothree", "four"]),
            ("张", 1, &["张"]),
            ("a\u{1b}[31mb\u{202e}", 20, &["a\u{fffd}[31mb\u{fffd}"]),
        ];
        for (text, columns, expected) in cases {
            assert_eq!(wrapped(text, *columns), *expected, "{text}");
        }
    }

    #[test]
    fn rows_line_up_in_columns() {
        let mut text = String::new();
        row(
            &mut text,
            2,
            &[cell("姓名", 6), cell("买买提·吐尔逊", 8), cell("x", 3)],
        );
        row(&mut text, 2, &[cell("name", 6), cell("", 8), cell("y", 3)]);
        let expected = "  姓名    买买提·   x\n          吐尔逊\n  name              y\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn bars_grow_from_the_middle() {
        for (number, expected) in [
            (0.0, "    │    "),
            (0.01, "    │    "),
            (0.1, "    │█   "),
            (5.0, "    │██  "),
            (10.0, "    │████"),
            (99.0, "    │████"),
            (-2.5, "   █│    "),
            (-10.0, "████│    "),
        ] {
            assert_eq!(bar(number, 10.0, 4), expected, "{number}");
        }
        assert_eq!(bar(1.0, 0.0, 2), "  │█ ");
    }

    #[test]
    fn amounts_are_grouped() {
        for (hundredths, expected) in [
            (0, "0"),
            (45_050, "450.50"),
            (123_456_700, "1,234,567"),
            (-5, "-0.05"),
        ] {
            assert_eq!(yuan(hundredths), expected);
        }
    }
}
