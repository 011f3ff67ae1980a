//! The page of an evaluation.

mod calibration;
mod errors;
mod groups;

pub(super) use calibration::calibration;
pub(super) use errors::errors;
pub(super) use groups::groups;

use super::chart;
use super::markup::{Attribute, Bits, Count, Markup, Percent};
use super::page::{Page, about, close_table, number_cell, open_table};
use crate::report::evaluation::{Accuracy, Evaluation};

/// Writes precision, recall and F1, and the counts behind them.
pub(super) fn figures(page: &mut Page, evaluation: &Evaluation) {
    let totals = [
        (evaluation.records, "条记录", "records"),
        (evaluation.persons, "个人", "true persons"),
        (evaluation.entities, "个实体", "entities"),
    ];
    for (count, zh, en) in totals {
        let count = Count(count);
        page.subtitle
            .both(format_args!("{count} {zh}"), format_args!("{count} {en}"));
    }
    page.section("accuracy", "准确度", "Accuracy", |markup| {
        about(
            markup,
            "按记录对：两条记录放在一起，是否真是同一人。B-cubed（Bagga 与 Baldwin，1998）：对每条记录看它所在的实体有多纯、多全，再取平均，不让大的实体压倒其余。",
            "Pairwise: of two records put together, are they one person? B-cubed (Bagga and Baldwin, 1998): how pure and how complete is the entity of each record, on average, so that large entities do not drown the rest.",
        );
        let columns = [
            ("", "", ""),
            ("n", "精确率", "Precision"),
            ("n", "召回率", "Recall"),
            ("n", "F1", "F1"),
        ];
        open_table(markup, "short", &columns);
        accuracy(markup, "按记录对", "Pairwise", &evaluation.pairwise.accuracy);
        accuracy(markup, "B-cubed", "B-cubed", &evaluation.b_cubed);
        close_table(markup);
        counts(markup, evaluation);
    });
}

fn accuracy(markup: &mut Markup, zh: &str, en: &str, accuracy: &Accuracy) {
    markup.raw("<tr>");
    markup.labelled("th", &[("scope", &"row")], zh, en);
    for value in [accuracy.precision, accuracy.recall, accuracy.f1] {
        markup.element(
            "td",
            &[("class", &"n")],
            format_args!("{:.4}", super::markup::finite(value)),
        );
    }
    markup.raw("</tr>\n");
}

fn counts(markup: &mut Markup, evaluation: &Evaluation) {
    let pairwise = &evaluation.pairwise;
    markup.raw("<dl class=\"cards\">\n");
    let cards = [
        ("card", pairwise.true_positives, "对正确", "pairs found"),
        (
            "card mark",
            pairwise.false_positives,
            "对误并",
            "pairs wrongly joined",
        ),
        (
            "card mark",
            pairwise.false_negatives,
            "对遗漏",
            "pairs missed",
        ),
        (
            "card",
            evaluation.persons_exact,
            "人完全正确",
            "persons exactly right",
        ),
        (
            "card mark",
            evaluation.persons_split,
            "人被拆成几个实体",
            "persons split over several entities",
        ),
        (
            "card mark",
            evaluation.entities_mixed,
            "个实体混有几个人",
            "entities of several persons",
        ),
    ];
    let absent = [
        (
            "card",
            evaluation.missing_from_prediction,
            "条记录未被预测（各算一人）",
            "records not predicted (one entity each)",
        ),
        (
            "card",
            evaluation.missing_from_truth,
            "条记录没有真值（不计）",
            "records without truth (left out)",
        ),
    ];
    for (class, count, zh, en) in cards
        .into_iter()
        .chain(absent.into_iter().filter(|card| card.1 > 0))
    {
        markup.open("div", &[("class", &class)]);
        markup.labelled("dt", &[], zh, en);
        markup.element("dd", &[], Count(count));
        markup.raw("</div>\n");
    }
    markup.raw("</dl>\n");
}

/// Writes precision and recall by threshold.
pub(super) fn thresholds(page: &mut Page, evaluation: &Evaluation) {
    let Some(thresholds) = evaluation
        .thresholds
        .as_ref()
        .filter(|found| !found.points.is_empty())
    else {
        return;
    };
    page.section("thresholds", "不同阈值下的准确度", "Accuracy by threshold", |markup| {
        about(
            markup,
            "只看权重、不做聚合时的准确度。召回率到不了 100%，差的是分块没有带来、或权重低于记载下限的记录对。",
            "Accuracy of the weights alone, before clustering. Where recall stays below 100%, blocking did not bring the pair, or its weight is too low to be kept.",
        );
        let missed = thresholds.true_pairs.saturating_sub(thresholds.scored_true_pairs);
        let share = thresholds.scored_true_pairs as f64 / thresholds.true_pairs.max(1) as f64;
        markup.raw("<p>");
        markup.both(
            format_args!("{} 对真实记录对中，经比较并记下权重的有 {}（{}），其余 {} 对没有。", Count(thresholds.true_pairs), Count(thresholds.scored_true_pairs), Percent(share), Count(missed)),
            format_args!("Of {} true pairs, {} ({}) were compared and their weight kept; {} were not.", Count(thresholds.true_pairs), Count(thresholds.scored_true_pairs), Percent(share), Count(missed)),
        );
        if let Some(best) = thresholds.best() {
            markup.raw(" ");
            markup.both(
                format_args!("F1 在阈值 {} 比特处最高：{}。", Bits(best.threshold), Percent(best.accuracy.f1)),
                format_args!("F1 is highest at {} bits: {}.", Bits(best.threshold), Percent(best.accuracy.f1)),
            );
        }
        markup.raw("</p>\n");
        chart::legend(
            markup,
            &[
                ("curve precision", "精确率", "precision"),
                ("curve recall", "召回率", "recall"),
                ("curve f1", "F1", "F1"),
            ],
        );
        chart::accuracy(markup, thresholds);
        markup.raw("<details><summary>");
        markup.both("查看数字", "Show the numbers");
        markup.raw("</summary>\n");
        let columns = [
            ("n", "阈值", "Threshold"),
            ("n", "正确", "Found"),
            ("n", "错误", "Wrong"),
            ("n", "遗漏", "Missed"),
            ("n", "精确率", "Precision"),
            ("n", "召回率", "Recall"),
            ("n", "F1", "F1"),
        ];
        open_table(markup, "short", &columns);
        for point in &thresholds.points {
            let number: [Attribute; 1] = [("class", &"n")];
            markup.raw("<tr>");
            markup.element("td", &number, Bits(point.threshold));
            for count in [point.true_positives, point.false_positives, point.false_negatives] {
                number_cell(markup, count);
            }
            for share in [point.accuracy.precision, point.accuracy.recall, point.accuracy.f1] {
                markup.element("td", &number, Percent(share));
            }
            markup.raw("</tr>\n");
        }
        close_table(markup);
        markup.raw("</details>\n");
    });
}

/// Writes persons and entities by number of records.
pub(super) fn cluster_sizes(page: &mut Page, evaluation: &Evaluation) {
    page.section(
        "sizes",
        "实体大小：真实与预测",
        "Sizes: truth and prediction",
        |markup| {
            let rows = &evaluation.cluster_sizes;
            let most = rows
                .iter()
                .map(|row| row.persons.max(row.entities))
                .max()
                .unwrap_or(0);
            chart::legend(
                markup,
                &[
                    ("fill-none", "真实的人", "true persons"),
                    ("fill-link", "预测的实体", "predicted entities"),
                ],
            );
            let columns = [
                ("n", "记录数", "Records"),
                ("chart", "", ""),
                ("n", "真实的人", "True persons"),
                ("n", "预测的实体", "Entities"),
                ("n", "完全正确", "Exactly right"),
            ];
            open_table(markup, "short", &columns);
            for row in rows {
                markup.raw("<tr>");
                number_cell(markup, row.size);
                markup.raw("<td class=\"chart\">");
                let segments = [
                    (0.0, chart::log_share(row.persons, most), "fill-none"),
                    (0.0, chart::log_share(row.entities, most), "fill-link"),
                ];
                chart::bar(markup, &segments, &[]);
                markup.raw("</td>");
                for count in [row.persons, row.entities, row.exact] {
                    number_cell(markup, count);
                }
                markup.raw("</tr>\n");
            }
            close_table(markup);
            markup.labelled(
                "p",
                &[("class", &"small")],
                "条形按对数刻度。",
                "Bars are on a logarithmic scale.",
            );
        },
    );
}
