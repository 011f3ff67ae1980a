//! Whether the errors fall on all alike.

use super::super::chart;
use super::super::markup::{Attribute, Count, Markup, finite};
use super::super::page::{Page, about, close_table, number_cell, open_table};
use super::calibration::Exact;
use crate::report::Share;
use crate::report::evaluation::{Evaluation, Gap, Group, Grouping, Groups, question};

/// Tables with more rows than this are folded.
const FOLD: usize = 40;

/// Writes the gaps between groups, then the accuracy of each.
pub(in super::super) fn groups(page: &mut Page, evaluation: &Evaluation) {
    let Some(groups) = evaluation.groups.as_ref() else {
        return;
    };
    page.section("groups", "差错落在哪些人身上", "On whom the errors fall", |markup| {
        about(
            markup,
            "先列各组之间的差距：同一项上最低与最高两组（各有三十对以上）相差多少。召回率低的组，其重复待遇查不出来；精确率低的组，更容易被误认作他人。人按其多数记录归组；一对误并的记录计入两人各自的组。区间为 95%（Wilson），两组区间不重叠者，差距不止于偶然；但同时比较许多组时，总会有一些看似不同。",
            "The gaps between groups come first: how far the worst and the best group (of thirty pairs or more each) are apart. Where recall is low, double benefits of the group go unseen; where precision is low, its people are more often taken for others. A person is of the group that most of their records name; a wrong pair counts for the groups of both persons. Intervals are of 95% (Wilson); where those of two groups have nothing in common, the gap is more than chance, though among many groups some will always look different.",
        );
        gaps(markup, groups);
        left_out(markup, groups);
        for by in &groups.by {
            grouping(markup, by, &groups.as_of);
        }
    });
}

type Measure = (
    &'static str,
    &'static str,
    fn(&Grouping) -> Option<&Gap>,
    fn(&Group) -> Share,
);

const MEASURES: [Measure; 2] = [
    (
        "召回率",
        "Recall",
        |by| by.recall_gap.as_ref(),
        |group| group.recall,
    ),
    (
        "精确率",
        "Precision",
        |by| by.precision_gap.as_ref(),
        |group| group.precision,
    ),
];

fn gaps(markup: &mut Markup, groups: &Groups) {
    let columns = [
        ("", "按", "By"),
        ("", "指标", "Measure"),
        ("", "最低的组", "Worst group"),
        ("n", "", ""),
        ("", "最高的组", "Best group"),
        ("n", "", ""),
        ("n", "差距（百分点）", "Gap (points)"),
        ("", "", ""),
    ];
    open_table(markup, "gaps", &columns);
    for by in &groups.by {
        for (zh, en, gap, share) in MEASURES {
            markup.raw("<tr><th scope=\"row\">");
            markup.words(&by.label());
            markup.raw("</th>");
            markup.labelled("td", &[], zh, en);
            let ends = gap(by).and_then(|gap| {
                let (lowest, highest) = (by.groups.get(gap.lowest)?, by.groups.get(gap.highest)?);
                Some((gap.clear, lowest, highest))
            });
            match ends {
                Some((clear, lowest, highest)) => apart(markup, clear, lowest, highest, share),
                None => markup.labelled(
                    "td",
                    &[("colspan", &6), ("class", &"small")],
                    "有三十对以上的组不足两个",
                    "fewer than two groups of thirty pairs",
                ),
            }
            markup.raw("</tr>\n");
        }
    }
    close_table(markup);
}

fn apart(
    markup: &mut Markup,
    clear: bool,
    lowest: &Group,
    highest: &Group,
    share: fn(&Group) -> Share,
) {
    for group in [lowest, highest] {
        markup.raw("<td>");
        markup.words(&group.label);
        markup.raw("</td>");
        markup.element("td", &[("class", &"n")], Exact(share(group).value));
    }
    let points = 100.0 * (share(highest).value - share(lowest).value);
    markup.element(
        "td",
        &[("class", &"n strong")],
        format_args!("{:.2}", finite(points)),
    );
    markup.raw("<td>");
    if clear {
        markup.labelled(
            "span",
            &[("class", &"tag high")],
            "区间不重叠",
            "intervals apart",
        );
    }
    markup.raw("</td>");
}

fn left_out(markup: &mut Markup, groups: &Groups) {
    for one in &groups.left_out {
        let by = question(&one.by);
        markup.raw("<p class=\"small\">");
        match one.reason.as_str() {
            "not_in_model" => markup.both(
                format_args!("{}：模型没有这一项，未分组。", by.zh),
                format_args!("{}: the model has no such field, so it is left out.", by.en),
            ),
            _ => markup.both(
                format_args!("{}：没有一条记录写明，未分组。", by.zh),
                format_args!("{}: no record says, so it is left out.", by.en),
            ),
        }
        markup.raw("</p>\n");
    }
}

fn grouping(markup: &mut Markup, by: &Grouping, as_of: &str) {
    markup.raw("<h3>");
    markup.words(&by.label());
    if by.by == "age" {
        markup.both(format_args!("（{as_of}）"), format_args!(" on {as_of}"));
    }
    markup.raw("</h3>\n");
    let folded = by.groups.len() > FOLD;
    if folded {
        let count = Count(by.groups.len() as u64);
        markup.raw("<details><summary>");
        markup.both(
            format_args!("查看 {count} 组"),
            format_args!("Show {count} groups"),
        );
        markup.raw("</summary>\n");
    }
    table(markup, by);
    if folded {
        markup.raw("</details>\n");
    }
}

fn table(markup: &mut Markup, by: &Grouping) {
    let columns = [
        ("", "组", "Group"),
        ("n", "人", "Persons"),
        ("n", "真实对", "True pairs"),
        ("n", "漏并", "Missed"),
        ("n", "误并", "Wrong"),
        ("n", "召回率", "Recall"),
        ("n", "95% 区间", "95% interval"),
        ("chart", "", ""),
        ("n", "精确率", "Precision"),
        ("n", "95% 区间", "95% interval"),
        ("chart", "", ""),
    ];
    open_table(markup, "sortable groups", &columns);
    let (recall, precision) = (
        lowest(by, |group| group.recall),
        lowest(by, |group| group.precision),
    );
    for group in &by.groups {
        markup.raw("<tr><th scope=\"row\">");
        markup.words(&group.label);
        markup.raw("</th>");
        let missed = group.true_pairs.saturating_sub(group.found);
        for count in [group.persons, group.true_pairs, missed, group.wrong] {
            number_cell(markup, count);
        }
        share(markup, &group.recall, group.true_pairs, recall);
        share(
            markup,
            &group.precision,
            group.found + group.wrong,
            precision,
        );
        markup.raw("</tr>\n");
    }
    close_table(markup);
}

/// Where the scale of a column begins: a little below the lowest interval of a group that is
/// large enough to count.
fn lowest(by: &Grouping, share: fn(&Group) -> Share) -> f64 {
    let counted = by.groups.iter().filter(|group| group.true_pairs >= 30);
    let low = counted
        .map(|group| finite(share(group).low))
        .fold(1.0, f64::min);
    (low - 0.02).clamp(0.0, 0.98)
}

fn share(markup: &mut Markup, share: &Share, of: u64, from: f64) {
    if of == 0 {
        markup.raw(
            "<td class=\"n\" data-value=\"\">–</td><td class=\"n\"></td><td class=\"chart\"></td>",
        );
        return;
    }
    let value: [Attribute; 2] = [
        ("class", &"n"),
        ("data-value", &format_args!("{:.6}", finite(share.value))),
    ];
    markup.element("td", &value, Exact(share.value));
    let interval = format!(
        "{:.2}–{:.2}",
        100.0 * finite(share.low),
        100.0 * finite(share.high)
    );
    let low: [Attribute; 2] = [
        ("class", &"n soft"),
        ("data-value", &format_args!("{:.6}", finite(share.low))),
    ];
    markup.element("td", &low, interval);
    markup.raw("<td class=\"chart\">");
    chart::interval(markup, (share.low, share.value, share.high), from);
    markup.raw("</td>");
}
