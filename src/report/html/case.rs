//! A case: what was found, whose it is, what people made of it, and what all rests on.

use super::chart::{self, Segment};
use super::examples;
use super::markup::{Attribute, Bits, Markup, Probability, Yuan};
use super::page::{Page, about, close_table, number_cell, open_table};
use crate::report::case::{CaseFinding, CaseMonths, CasePage, CasePerson, CaseStepRow};
use crate::report::words::{meaning_of, name_of};

/// Writes what the case is as of.
pub(super) fn subtitle(page: &mut Page, case: &CasePage) {
    super::overview::subtitle(page, &case.summary);
    let markup = &mut page.subtitle;
    markup.raw("<span>");
    markup.both("库内提交", "Commit");
    markup.raw(" ");
    markup.value(case.commit);
    markup.raw(" ");
    markup.value(&case.known_at);
    markup.raw("</span>");
}

/// Writes the findings, each with its rule and the history of its case.
pub(super) fn findings(page: &mut Page, case: &CasePage) {
    page.section("findings", "核查发现", "Findings", |markup| {
        about(
            markup,
            "金额是核实的上限，不是应追回的金额。依据之后注明规则编写时对原文核对的程度。",
            "The amount is at most what is to be checked, not what is to be recovered. After the legal basis it is said how far its text was read when the rule was written.",
        );
        for finding in &case.findings {
            one(markup, finding);
        }
    });
}

fn one(markup: &mut Markup, finding: &CaseFinding) {
    let class = match finding.severity.as_str() {
        known @ ("high" | "critical" | "medium" | "warning") => known,
        _ => "",
    };
    markup.raw("<h3>");
    markup.words(&name_of(&finding.kind));
    markup.raw(" ");
    markup.open("span", &[("class", &format_args!("tag {class}"))]);
    markup.words(&name_of(&finding.severity));
    markup.raw("</span> <span class=\"tag\">");
    markup.words(&finding.status);
    markup.raw("</span></h3>\n");
    open_table(
        markup,
        "case",
        &[("", "项目", "Item"), ("", "内容", "Content")],
    );
    let mut line = |zh: &str, en: &str, write: &mut dyn FnMut(&mut Markup)| {
        markup.raw("<tr>");
        markup.labelled("th", &[("scope", &"row")], zh, en);
        markup.raw("<td>");
        write(markup);
        markup.raw("</td></tr>\n");
    };
    line("编号", "Finding", &mut |markup| markup.value(&finding.id));
    let meaning = meaning_of(&finding.kind);
    if !meaning.is_empty() {
        line("含义", "Meaning", &mut |markup| markup.words(&meaning));
    }
    line("规则", "Rule", &mut |markup| markup.words(&finding.title));
    line("依据", "Legal basis", &mut |markup| {
        markup.words(&finding.basis);
        markup.raw(" <span class=\"tag\">");
        markup.words(&finding.checked);
        markup.raw("</span>");
    });
    line("记录", "Records", &mut |markup| {
        for record in &finding.records {
            markup.raw("<div>");
            markup.value(record);
            markup.raw("</div>");
        }
    });
    let [start, end] = &finding.months;
    if !start.is_empty() {
        let count = finding.count;
        line("月份", "Months", &mut |markup| {
            markup.both(
                format_args!("{start} – {end}（{count} 个月，不含末月）"),
                format_args!("{start} – {end} ({count}, the last not counted)"),
            );
        });
    }
    if finding.amount != 0 {
        line("金额（元）", "Yuan", &mut |markup| {
            markup.text(Yuan(finding.amount))
        });
    }
    line(
        "两条记录为同一人的概率",
        "Probability of one person",
        &mut |markup| {
            markup.text(Probability(finding.probability));
        },
    );
    line("发现于", "Found", &mut |markup| {
        markup.value(&finding.since)
    });
    if !finding.closed.is_empty() {
        line("已不成立于", "No longer so since", &mut |markup| {
            markup.value(&finding.closed)
        });
    }
    close_table(markup);
    steps(markup, &finding.steps);
}

fn steps(markup: &mut Markup, steps: &[CaseStepRow]) {
    if steps.is_empty() {
        about(
            markup,
            "尚无人办理。",
            "Nobody has said anything of it yet.",
        );
        return;
    }
    let columns = [
        ("", "时间", "When"),
        ("", "状态", "Status"),
        ("", "何人", "Who"),
        ("", "理由", "Why"),
        ("", "经办、告知与答复", "Who works on it; notice and answer"),
    ];
    open_table(markup, "case", &columns);
    for step in steps {
        markup.raw("<tr>");
        markup.element("td", &[("class", &"when")], &step.at);
        markup.raw("<td>");
        markup.words(&step.status);
        markup.raw("</td>");
        for value in [&step.by, &step.why] {
            markup.raw("<td>");
            markup.value(value);
            markup.raw("</td>");
        }
        markup.raw("<td>");
        let parts = [
            ("经办", "assigned to", &step.assignee),
            ("告知", "told on", &step.notified),
            ("答复期限", "may answer until", &step.respond_by),
            ("答复", "answered on", &step.answered),
            ("未等答复", "answer not waited for", &step.unheard),
        ];
        for (zh, en, value) in parts.into_iter().filter(|(_, _, value)| !value.is_empty()) {
            markup.raw("<div><span class=\"soft\">");
            markup.both(zh, en);
            markup.raw("</span> ");
            markup.value(value);
            markup.raw("</div>");
        }
        markup.raw("</td></tr>\n");
    }
    close_table(markup);
}

/// Writes the persons with their records side by side, their months and what people said of them.
pub(super) fn persons(page: &mut Page, case: &CasePage) {
    page.section("persons", "当事人与记录", "Persons and records", |markup| {
        about(
            markup,
            "每列一条记录，内容与来源所报一致。≠ 为与多数记录不同的值，~ 为写法不同的同一值。",
            "A column a record, its text as it came. ≠ is another value than most records have, ~ the same written otherwise.",
        );
        for person in &case.persons {
            markup.raw("<h3>");
            markup.value(&person.name);
            markup.raw(" <span class=\"soft\">");
            markup.value(&person.entity);
            markup.raw("</span></h3>\n");
            records(markup, person);
            verdicts(markup, person);
        }
    });
    page.section("months", "待遇月份", "Months", |markup| {
        about(
            markup,
            "按规则计月：结束的当月不计，仍在享受的计至截止日所在月份。",
            "Months as rules count them: the one it ends in is not covered, and what still runs is counted up to the month of the day above.",
        );
        for person in case.persons.iter().filter(|person| !person.months.is_empty()) {
            markup.raw("<h3>");
            markup.value(&person.name);
            markup.raw("</h3>\n");
            months(markup, &person.months);
        }
    });
}

fn records(markup: &mut Markup, person: &CasePerson) {
    let mut columns = vec![("", "", "")];
    columns.extend(
        person
            .records
            .iter()
            .map(|name| ("", name.as_str(), name.as_str())),
    );
    open_table(markup, "case", &columns);
    for (column, cells) in &person.columns {
        markup.raw("<tr><th scope=\"row\">");
        markup.words(&name_of(column));
        markup.raw("</th>");
        for cell in cells {
            markup.raw("<td>");
            if !cell.mark.is_empty() {
                markup.element("span", &[("class", &"strong")], cell.mark);
                markup.raw(" ");
            }
            markup.value(&cell.text);
            markup.raw("</td>");
        }
        markup.raw("</tr>\n");
    }
    close_table(markup);
}

fn verdicts(markup: &mut Markup, person: &CasePerson) {
    if person.verdicts.is_empty() {
        return;
    }
    let columns = [
        ("", "时间", "When"),
        ("", "人工判断", "Verdict"),
        ("", "记录", "Records"),
        ("", "何人", "Who"),
        ("", "理由", "Why"),
    ];
    open_table(markup, "case", &columns);
    for verdict in &person.verdicts {
        markup.raw("<tr>");
        for part in verdict {
            markup.raw("<td>");
            markup.words(part);
            markup.raw("</td>");
        }
        markup.raw("</tr>\n");
    }
    close_table(markup);
}

/// The number of a month written as `YYYY-MM`.
fn number(month: &str) -> Option<i32> {
    let (year, month) = month.rsplit_once('-')?;
    Some(year.parse::<i32>().ok()? * 12 + month.parse::<i32>().ok()? - 1)
}

fn months(markup: &mut Markup, rows: &[CaseMonths]) {
    let span = |row: &CaseMonths| number(&row.months[0]).zip(number(&row.months[1]));
    let spans = || rows.iter().filter_map(span);
    // Whole years.
    let from = spans()
        .map(|(start, _)| start)
        .min()
        .unwrap_or(0)
        .div_euclid(12)
        * 12;
    let to = spans().map(|(_, end)| end).max().unwrap_or(from + 12);
    let to = (to + 11).div_euclid(12) * 12;
    let whole = f64::from((to - from).max(1));
    let place = |month: i32| f64::from(month - from) / whole;
    let marks: Vec<(f64, &'static str)> = (from..=to)
        .step_by(12)
        .map(|january| (place(january), "axis"))
        .collect();
    let years = format!("{} – {}", from / 12, to / 12 - 1);
    let columns = [
        ("", "记录", "Record"),
        ("", "月份", "Months"),
        ("n", "每月（元）", "Yuan a month"),
        ("chart", years.as_str(), years.as_str()),
    ];
    open_table(markup, "case", &columns);
    for row in rows {
        markup.raw("<tr><th scope=\"row\">");
        markup.words(&row.label);
        markup.raw("</th><td>");
        let [start, end] = &row.months;
        match (start.is_empty(), row.open) {
            (true, _) => markup.both("不详", "not known"),
            (false, true) => markup.both(format_args!("{start} 起"), format_args!("from {start}")),
            (false, false) => markup.value(format_args!("{start} – {end}")),
        }
        markup.raw("</td><td class=\"n\">");
        if row.amount != 0 {
            markup.text(Yuan(row.amount));
        }
        markup.raw("</td><td class=\"chart\">");
        let class = match row.role {
            "enrolment" => "fill-link",
            "finding" => "fill-against",
            _ => "fill-none",
        };
        let segment = span(row).map(|(start, end)| (place(start), place(end), class));
        let segments: Vec<Segment> = segment.into_iter().collect();
        chart::bar(markup, &segments, &marks);
        markup.raw("</td></tr>\n");
    }
    close_table(markup);
}

/// Writes why the records of each finding are, or are not, taken for one person.
pub(super) fn reasons(page: &mut Page, case: &CasePage) {
    if case.pairs.is_empty() {
        return;
    }
    page.section("reasons", "为何归为一人或两人", "Why one person, or two", |markup| {
        about(
            markup,
            "从“随意两条记录是同一人”的可能性（先验）出发，逐项加上各项比较的权重：向右（蓝）支持同一人，向左（橙红）支持不同的人。每多一比特，可能性的比数翻一倍。越过两条虚线，分别为待人工审核和判为同一人。",
            "From how likely any two records are one person (the prior), the weight of every comparison is added: to the right (blue) for one person, to the left (vermilion) for two. Each bit doubles the odds. Past the dashed lines a pair goes to review, and past the second it is linked.",
        );
        for pair in &case.pairs {
            examples::write(markup, &case.summary, &pair.example, &pair.because);
            chain(markup, &pair.chain);
        }
    });
}

fn chain(markup: &mut Markup, chain: &[([String; 2], f64)]) {
    if chain.len() < 2 {
        return;
    }
    let columns = [
        ("", "由此及彼", "From the one to the other"),
        ("n", "比特", "Bits"),
    ];
    open_table(markup, "short", &columns);
    for ([a, b], weight) in chain {
        markup.raw("<tr><td>");
        markup.value(format_args!("{a} — {b}"));
        markup.raw("</td><td class=\"n\">");
        markup.text(Bits(*weight));
        markup.raw("</td></tr>\n");
    }
    close_table(markup);
}

/// Writes the entries of the audit, and the files with how to check them.
pub(super) fn audit(page: &mut Page, case: &CasePage) {
    page.section("audit", "审计摘录", "From the audit", |markup| {
        about(
            markup,
            "审计中涉及本案的条目：记录的到来与变更、归并、人工判断、办理步骤、查看。每个文件的 SHA-256 即该条目在审计链中的哈希；下一条目载有前一条目的哈希。同时涉及他人的查看记录只列哈希，有关部分见 looks.csv。",
            "The entries of the audit that touch this case: records as they came and changed, persons joined and parted, verdicts, steps of the case, looks. The SHA-256 of each file is the hash of the entry in the chain of the audit, where the next entry holds it. Of entries with looks at others as well only the hash is given; what is about this case is in looks.csv.",
        );
        let columns = [
            ("n", "提交", "Commit"),
            ("", "时间", "When"),
            ("", "何人", "Who"),
            ("", "何事", "What"),
            ("", "哈希", "Hash"),
            ("", "文件", "File"),
        ];
        open_table(markup, "case", &columns);
        for entry in &case.audit {
            markup.raw("<tr>");
            number_cell(markup, entry.commit);
            markup.element("td", &[("class", &"when")], &entry.at);
            for value in [&entry.actor, &entry.action] {
                markup.raw("<td>");
                markup.value(value);
                markup.raw("</td>");
            }
            let attributes: [Attribute; 1] = [("class", &"hash")];
            markup.element("td", &attributes, &entry.hash);
            markup.element("td", &[], &entry.file);
            markup.raw("</tr>\n");
        }
        close_table(markup);
    });
    page.section("files", "案卷文件", "Files of the case", |markup| {
        about(
            markup,
            "核对案卷未被改动：在此文件夹中运行 sha256sum -c SHA256SUMS。核对审计摘录与库一致：yiren findings verify 文件夹 --store 库。案卷含个人信息，请按案卷保管。",
            "That the case is as it was written: run sha256sum -c SHA256SUMS in this folder. That the audit is that of the store: yiren findings verify FOLDER --store DIR. The case holds personal data; keep it as such.",
        );
        open_table(markup, "case", &[("", "文件", "File"), ("", "内容", "Content")]);
        for (file, what) in &case.files {
            markup.raw("<tr><th scope=\"row\">");
            markup.value(file);
            markup.raw("</th><td>");
            markup.words(what);
            markup.raw("</td></tr>\n");
        }
        close_table(markup);
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::case::{CaseCell, CaseEntry, CasePair};
    use crate::report::render_case;
    use crate::report::summary::{Example, ExampleStep};
    use crate::report::words::Text;

    fn sample() -> CasePage {
        CasePage {
            commit: 12,
            findings: vec![CaseFinding {
                id: "5d30c8fcc01cfa07".to_string(),
                kind: "paid_after_death".to_string(),
                severity: "high".to_string(),
                months: ["2025-03".to_string(), "2025-05".to_string()],
                records: vec!["<script>x</script> dibao:D1".to_string()],
                steps: vec![CaseStepRow {
                    why: "\" onload='x".to_string(),
                    ..CaseStepRow::default()
                }],
                ..CaseFinding::default()
            }],
            persons: vec![CasePerson {
                name: "张伟".to_string(),
                records: vec!["dibao:D1".to_string()],
                columns: vec![(
                    "name".to_string(),
                    vec![CaseCell {
                        text: "张 <b>伟".to_string(),
                        mark: "~",
                    }],
                )],
                months: vec![
                    CaseMonths {
                        role: "enrolment",
                        months: ["2024-01".to_string(), "2025-05".to_string()],
                        ..CaseMonths::default()
                    },
                    CaseMonths::default(),
                ],
                ..CasePerson::default()
            }],
            pairs: vec![CasePair {
                example: Example {
                    steps: vec![ExampleStep::default()],
                    ..Example::default()
                },
                because: Text::new("甲", "a"),
                chain: vec![
                    (["a".to_string(), "b".to_string()], 3.0),
                    (["b".to_string(), "c".to_string()], f64::NAN),
                ],
            }],
            audit: vec![CaseEntry::default()],
            files: vec![("case.html".to_string(), Text::new("本页", "this page"))],
            ..CasePage::default()
        }
    }

    #[test]
    fn a_case_is_shown_with_its_values_as_text() {
        let page = render_case(&sample());
        assert_eq!(page, render_case(&sample()));
        let tags = |name: &str| {
            let open = page.matches(&format!("<{name}")).count();
            (open, page.matches(&format!("</{name}>")).count())
        };
        for name in ["table", "section", "tr", "td", "h3"] {
            let (open, closed) = tags(name);
            // `<tr`, `<td` and `<table` begin no other tag's name.
            assert_eq!(open, closed, "{name}");
        }
        assert_eq!(page.matches("<script>").count(), 1, "our own");
        assert!(page.contains("张 &lt;b&gt;伟") && page.contains("&quot; onload=&#39;x"));
        assert!(render_case(&CasePage::default()).contains("</html>"));
    }
}
