//! What was read and how much it is: the first figures, the sources and what they share.

use super::markup::{Count, Markup, Percent};
use super::page::{Page, about, close_table, number_cell, open_table};
use crate::report::summary::{Role, Summary};
use crate::report::words::{Text, name_of};

/// What the page calls a source.
pub(super) fn source_label(summary: &Summary, source: &str) -> Text {
    match summary.sources.iter().find(|count| count.source == source) {
        Some(count) if !count.label.is_empty() => count.label.clone(),
        _ => name_of(source),
    }
}

/// Writes the day and the versions below the heading.
pub(super) fn subtitle(page: &mut Page, summary: &Summary) {
    let markup = &mut page.subtitle;
    let mut item = |zh: &str, en: &str, value: &str| {
        if !value.is_empty() {
            markup.open("span", &[]);
            markup.both(zh, en);
            markup.raw(" ");
            markup.value(value);
            markup.close("span");
        }
    };
    item("截至", "As of", &summary.as_of);
    let model = [summary.model.name.as_str(), summary.model.version.as_str()].join(" ");
    item("模型", "Model", model.trim());
    item("规则", "Rules", &summary.policy_version);
    item(
        "程序",
        "Program",
        format!("yiren {}", summary.yiren_version).trim(),
    );
}

/// Writes the figures to know first.
pub(super) fn figures(page: &mut Page, summary: &Summary) {
    let totals = &summary.totals;
    page.section("figures", "概览", "At a glance", |markup| {
        markup.raw("<dl class=\"cards\">\n");
        let cards = [
            ("card", totals.records, "条记录", "records"),
            (
                "card",
                totals.entities,
                "个人（推断）",
                "persons, as far as can be told",
            ),
            (
                "card",
                totals.entities_with_several_records,
                "人有两条以上记录",
                "persons with two records or more",
            ),
            (
                "card",
                totals.links,
                "对记录判为同一人",
                "pairs of records linked",
            ),
            (
                "card mark",
                totals.findings,
                "条线索待核实",
                "findings to look into",
            ),
            (
                "card mark",
                totals.review_pairs,
                "对记录待人工审核",
                "pairs for clerical review",
            ),
            (
                "card",
                totals.rejected,
                "行未能读入",
                "rows could not be read",
            ),
        ];
        for (class, count, zh, en) in cards {
            markup.open("div", &[("class", &class)]);
            markup.labelled("dt", &[], zh, en);
            markup.element("dd", &[], Count(count));
            markup.raw("</div>\n");
        }
        markup.raw("</dl>\n");
    });
}

/// Writes the counts for each programme and register.
pub(super) fn sources(page: &mut Page, summary: &Summary) {
    page.section("sources", "项目与登记", "Programmes and registers", |markup| {
        about(
            markup,
            "“登记”只用来核对，不算享受待遇。一人在同一项目有几条记录，不一定有问题：可能先后两次进入。",
            "Registers are only checked against and are no enrolment. Several records of a person in one programme need not be wrong: they may follow each other.",
        );
        let most = summary.sources.iter().map(|count| count.records).max().unwrap_or(0);
        let columns = [
            ("", "来源", "Source"),
            ("n", "记录", "Records"),
            ("chart", "", ""),
            ("n", "人", "Persons"),
            ("n", "同一来源多条", "Several records here"),
            ("n", "亦见于其他来源", "Also elsewhere"),
        ];
        open_table(markup, "sortable", &columns);
        for count in &summary.sources {
            markup.raw("<tr><th scope=\"row\">");
            markup.words(&source_label(summary, &count.source));
            markup.open("span", &[("class", &"sub")]);
            match count.role {
                Role::Programme => markup.both("项目", "programme"),
                Role::Register => markup.both("登记（仅供核对）", "register (checked against)"),
            }
            markup.raw(" · ");
            markup.value(&count.source);
            markup.raw("</span></th>");
            number_cell(markup, count.records);
            markup.raw("<td class=\"chart\">");
            let class = if count.role == Role::Programme { "fill-link" } else { "fill-none" };
            let share = count.records as f64 / most.max(1) as f64;
            super::chart::bar(markup, &[(0.0, share, class)], &[]);
            markup.raw("</td>");
            number_cell(markup, count.persons);
            number_cell(markup, count.persons_repeated);
            number_cell(markup, count.persons_elsewhere);
            markup.raw("</tr>\n");
        }
        close_table(markup);
    });
}

/// Writes the heat table of persons in two sources.
pub(super) fn overlap(page: &mut Page, summary: &Summary) {
    let overlap = &summary.overlap;
    if overlap.sources.is_empty() {
        return;
    }
    page.section("overlap", "项目之间的交叉", "Persons in two programmes", |markup| {
        about(
            markup,
            "每格是在行、列两个来源中都有记录的人数；颜色越深，占较小来源的比例越高。对角线是该来源的总人数。有交叉不等于违规：多数待遇可以同时享受。",
            "Each cell counts the persons with records in both sources; the darker, the larger the part of the smaller one. The diagonal counts all persons of a source. Being in two is not wrong by itself: most benefits go together.",
        );
        let cell = |a: usize, b: usize| {
            overlap.persons.get(a).and_then(|row| row.get(b)).copied().unwrap_or(0)
        };
        let labels: Vec<Text> =
            overlap.sources.iter().map(|source| short(source_label(summary, source))).collect();
        let mut columns = vec![("", "", "")];
        columns.extend(labels.iter().map(|label| ("", label.zh.as_str(), label.en.as_str())));
        open_table(markup, "matrix", &columns);
        for (a, row) in labels.iter().enumerate() {
            markup.raw("<tr><th scope=\"row\">");
            markup.words(row);
            markup.raw("</th>");
            for (b, column) in labels.iter().enumerate() {
                let count = cell(a, b);
                let smaller = cell(a, a).min(cell(b, b));
                let share = count as f64 / smaller.max(1) as f64;
                let class = if a == b { "self".to_owned() } else { heat(count, share) };
                let title = format!("{} × {} · {} × {}", row.zh, column.zh, row.en, column.en);
                let share = if a == b { String::new() } else { format!(" · {}", Percent(share)) };
                markup.open("td", &[("class", &class), ("title", &format_args!("{title}{share}"))]);
                markup.text(Count(count));
                markup.close("td");
            }
            markup.raw("</tr>\n");
        }
        close_table(markup);
    });
}

/// Class of a heat colour: h0 for nothing, h1 to h7 for a share up to 1, by its square root.
pub(super) fn heat(count: u64, share: f64) -> String {
    if count == 0 {
        return "h0".to_owned();
    }
    let step = (share.clamp(0.0, 1.0).sqrt() * 7.0).ceil().max(1.0);
    format!("h{step}")
}

/// The label without what follows in brackets.
fn short(label: Text) -> Text {
    let cut = |text: &str| {
        let kept = text
            .split(['(', '（'])
            .next()
            .unwrap_or_default()
            .trim_end();
        if kept.is_empty() {
            text.to_owned()
        } else {
            kept.to_owned()
        }
    };
    Text::new(cut(&label.zh), cut(&label.en))
}

/// Writes the files that were read, and the rows that were not.
pub(super) fn inputs(page: &mut Page, summary: &Summary) {
    page.section(
        "inputs",
        "输入文件与未读入的行",
        "Input files and rejected rows",
        |markup| {
            let columns = [
                ("", "文件", "File"),
                ("", "来源", "Source"),
                ("n", "行", "Rows"),
                ("n", "未读入", "Rejected"),
                ("n", "字节", "Bytes"),
            ];
            open_table(markup, "sortable", &columns);
            for input in &summary.inputs {
                markup.raw("<tr><th scope=\"row\">");
                markup.value(&input.file);
                markup.raw("</th><td>");
                markup.words(&source_label(summary, &input.source));
                markup.raw("</td>");
                number_cell(markup, input.rows);
                number_cell(markup, input.rejected);
                number_cell(markup, input.bytes);
                markup.raw("</tr>\n");
            }
            close_table(markup);
            rejects(markup, summary);
        },
    );
}

fn rejects(markup: &mut Markup, summary: &Summary) {
    if summary.rejects.is_empty() {
        about(markup, "所有行都已读入。", "Every row was read.");
        return;
    }
    markup.labelled("h3", &[], "未读入的原因", "Why rows were rejected");
    about(
        markup,
        "逐行清单见 rejects.csv；改正后可重新导入。",
        "Each row is listed in rejects.csv; it can be read again once mended.",
    );
    open_table(
        markup,
        "sortable",
        &[("", "原因", "Reason"), ("n", "行", "Rows")],
    );
    for reject in &summary.rejects {
        markup.raw("<tr><th scope=\"row\">");
        markup.words(&name_of(&reject.reason));
        markup.raw("</th>");
        number_cell(markup, reject.rows);
        markup.raw("</tr>\n");
    }
    close_table(markup);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_lose_their_brackets() {
        let cases = [
            ("Dibao (minimum living allowance)", "Dibao"),
            ("Medical assistance", "Medical assistance"),
            ("", ""),
            ("(x)", "(x)"),
            ("低保（城市）", "低保"),
        ];
        for (long, expected) in cases {
            assert_eq!(short(Text::same(long)).zh, expected);
        }
    }

    #[test]
    fn heat_has_eight_steps() {
        for (count, share, class) in [
            (0, 0.5, "h0"),
            (1, 0.0, "h1"),
            (1, 0.000_1, "h1"),
            (5, 0.25, "h4"),
            (9, 1.0, "h7"),
            (9, 3.0, "h7"),
        ] {
            assert_eq!(heat(count, share), class);
        }
    }
}
