//! Tables as a terminal shows them.

use std::fmt::Write;

/// Columns two spaces apart, the first to the left, the others to the right; no spaces at the end.
pub(super) fn table(text: &mut String, rows: &[Vec<String>]) {
    table_with(text, rows, 1);
}

/// The same with the first `left` columns to the left.
pub(super) fn table_with(text: &mut String, rows: &[Vec<String>], left: usize) {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widest = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| width(cell))
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(widest).collect();
    for row in rows {
        let mut line = String::new();
        for (at, (cell, full)) in row.iter().zip(&widths).enumerate() {
            let space = full - width(cell);
            let gap = if at == 0 { "" } else { "  " };
            let _ = match at < left {
                true => write!(line, "{gap}{cell}{:space$}", ""),
                false => write!(line, "{gap}{:space$}{cell}", ""),
            };
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
}

/// Columns a terminal takes: two for Chinese characters and full-width forms.
pub(super) fn width(text: &str) -> usize {
    let wide = |c: char| matches!(c, '\u{2e80}'..='\u{a4cf}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ff60}' | '\u{20000}'..='\u{3fffd}');
    text.chars().map(|c| if wide(c) { 2 } else { 1 }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_takes_two_columns() {
        for (text, columns) in [
            ("", 0),
            ("F1", 2),
            ("精确率", 6),
            ("（各）", 6),
            ("𠮷", 2),
            ("+4≥", 3),
        ] {
            assert_eq!(width(text), columns, "{text}");
        }
    }

    #[test]
    fn columns_line_up() {
        let rows = [["规则", "a", "1"], ["x", "bb", "22"], ["y", "", ""]];
        let rows = rows.map(|row| row.map(str::to_owned).to_vec());
        let mut text = String::new();
        table_with(&mut text, &rows, 2);
        assert_eq!(text, "规则  a    1\nx     bb  22\ny\n");
    }
}
