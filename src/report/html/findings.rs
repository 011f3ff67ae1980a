//! What was found, and where.

use super::chart;
use super::markup::{Attribute, Markup, Yuan};
use super::overview::heat;
use super::page::{Page, about, close_table, number_cell, open_table};
use crate::report::summary::{DivisionCount, Summary};
use crate::report::words::{meaning_of, name_of};

/// Writes the findings by rule.
pub(super) fn findings(page: &mut Page, summary: &Summary) {
    page.section("findings", "发现的线索", "Findings", |markup| {
        about(
            markup,
            "一条线索是一对记录。金额为重叠月份涉及的金额，是核实的上限，不是应追回的金额。逐条清单见 findings.csv。",
            "A finding is a pair of records. The amount is what was paid in the months concerned: at most what is to be checked, not what is to be recovered. Each is listed in findings.csv.",
        );
        if summary.findings.is_empty() {
            about(markup, "没有发现线索。", "Nothing was found.");
            return;
        }
        let most = summary.findings.iter().map(|finding| finding.count).max().unwrap_or(0);
        let columns = [
            ("", "类型", "Kind"),
            ("", "程度", "Severity"),
            ("n", "线索", "Findings"),
            ("chart", "", ""),
            ("n", "人", "Persons"),
            ("n", "月数", "Months"),
            ("n", "金额（元）", "Yuan"),
        ];
        open_table(markup, "sortable findings", &columns);
        for finding in &summary.findings {
            markup.raw("<tr><th scope=\"row\">");
            let name = name_of(&finding.kind);
            markup.words(if finding.label.is_empty() { &name } else { &finding.label });
            let meaning = meaning_of(&finding.kind);
            for text in [&meaning, &finding.basis] {
                if !text.is_empty() {
                    markup.raw("<span class=\"sub\">");
                    markup.words(text);
                    markup.raw("</span>");
                }
            }
            markup.raw("</th><td>");
            // Any other severity gets the plain tag.
            let class = match finding.severity.as_str() {
                known @ ("high" | "critical" | "medium" | "warning") => known,
                _ => "",
            };
            markup.open("span", &[("class", &format_args!("tag {class}"))]);
            markup.words(&name_of(&finding.severity));
            markup.raw("</span></td>");
            number_cell(markup, finding.count);
            markup.raw("<td class=\"chart\">");
            let segment = (0.0, chart::log_share(finding.count, most), "fill-review");
            chart::bar(markup, &[segment], &[]);
            markup.raw("</td>");
            number_cell(markup, finding.persons);
            number_cell(markup, finding.months);
            let amount: [Attribute; 2] = [("class", &"n"), ("data-value", &finding.amount_fen)];
            markup.element("td", &amount, Yuan(finding.amount_fen));
            markup.raw("</tr>\n");
        }
        close_table(markup);
        markup.labelled("p", &[("class", &"small")], "条形按对数刻度。", "Bars are on a logarithmic scale.");
    });
}

/// Writes the findings by kind and county.
pub(super) fn counties(page: &mut Page, summary: &Summary) {
    let table = &summary.findings_by_division;
    if table.divisions.is_empty() {
        return;
    }
    page.section("counties", "各县（市、区）的线索", "Findings by county", |markup| {
        about(
            markup,
            "按经办区划统计，线索最多的在前。颜色越深，在该类线索中所占越多。",
            "Counted where the records were made, most findings first. The darker, the more of that kind.",
        );
        let labels: Vec<_> = table.kinds.iter().map(|kind| name_of(kind)).collect();
        let mut columns = vec![("", "县（市、区）", "County")];
        columns.extend(labels.iter().map(|label| ("n", label.zh.as_str(), label.en.as_str())));
        columns.push(("n", "合计", "All"));
        open_table(markup, "sortable matrix", &columns);
        let most = |column: usize| {
            let counts = table.divisions.iter().filter_map(|row| row.counts.get(column));
            counts.copied().max().unwrap_or(0)
        };
        let most: Vec<u64> = (0..labels.len()).map(most).collect();
        for row in &table.divisions {
            markup.raw("<tr><th scope=\"row\">");
            county(markup, row);
            markup.raw("</th>");
            for (column, &most) in most.iter().enumerate() {
                let count = row.counts.get(column).copied().unwrap_or(0);
                let class = format!("n {}", heat(count, count as f64 / most.max(1) as f64));
                let attributes: [Attribute; 2] = [("class", &class), ("data-value", &count)];
                markup.element("td", &attributes, super::markup::Count(count));
            }
            number_cell(markup, row.counts.iter().sum());
            markup.raw("</tr>\n");
        }
        if table.other_divisions > 0 {
            markup.raw("</tbody><tfoot><tr><th scope=\"row\">");
            markup.both(
                format_args!("其余 {} 个县（市、区）", table.other_divisions),
                format_args!("{} others", table.other_divisions),
            );
            markup.raw("</th>");
            for column in 0..labels.len() {
                number_cell(markup, table.other.get(column).copied().unwrap_or(0));
            }
            number_cell(markup, table.other.iter().sum());
            markup.raw("</tr></tfoot></table></div>\n");
        } else {
            close_table(markup);
        }
    });
}

fn county(markup: &mut Markup, row: &DivisionCount) {
    match (row.name.as_str(), row.code.as_str()) {
        ("", "") => markup.both("区划不明", "County unknown"),
        ("", code) => markup.value(code),
        (name, code) => {
            markup.value(name);
            markup.raw("<span class=\"sub\">");
            markup.value(code);
            markup.raw("</span>");
        }
    }
}
