//! What was decided wrongly, and why.

use super::super::examples;
use super::super::markup::{Count, Markup};
use super::super::page::{Page, about, close_table, number_cell, open_table};
use crate::report::evaluation::{ErrorCount, Errors, Evaluation, PairError};
use crate::report::summary::{Model, Summary, Thresholds};
use crate::report::words::{Text, name_of};

/// Writes the counts of wrong pairs and the worst of them, step by step.
pub(in super::super) fn errors(page: &mut Page, evaluation: &Evaluation) {
    let Some(errors) = evaluation.errors.as_ref() else {
        return;
    };
    // Nothing but the thresholds: sources and comparisons go by their own names.
    let link = evaluation.thresholds.as_ref().and_then(|found| found.link);
    let review = evaluation
        .thresholds
        .as_ref()
        .and_then(|found| found.review);
    let captions = Summary {
        model: Model {
            thresholds: Thresholds {
                link: link.unwrap_or_default(),
                review: review.unwrap_or_default(),
            },
            ..Model::default()
        },
        ..Summary::default()
    };
    page.section("errors", "差错", "Errors", |markup| {
        if errors.counts.is_empty() {
            markup.labelled("p", &[], "没有差错。", "There are none.");
            return;
        }
        counts(markup, errors);
        about(
            markup,
            "下列各例逐步说明：从先验出发，逐项加上各项比较的权重：向右（蓝）支持同一人，向左（橙红）支持不同的人；两条虚线分别为待人工审核和判为同一人。个人信息已遮蔽：* 为遮蔽的字符，≠ 为遮蔽且两边不同的字符。",
            "The examples go step by step: from the prior, each comparison adds its weight, to the right (blue) for one person, to the left (vermilion) for two; the dashed lines are the weights of review and link. Personal values are masked: * is a hidden character, ≠ a hidden one that differs between the two.",
        );
        let lists = [
            (&errors.false_links, "误并：权重最高者", "Joined wrongly: the heaviest"),
            (&errors.missed_links, "漏并：比较过而权重最低者", "Missed though compared: the lightest"),
            (&errors.blocked_out, "漏并：从未比较，若比较则权重最高者", "Never compared: those that would have weighed most"),
        ];
        for (pairs, zh, en) in lists {
            list(markup, &captions, pairs, zh, en);
        }
    });
}

fn counts(markup: &mut Markup, errors: &Errors) {
    open_table(
        markup,
        "short",
        &[
            ("", "怎样发生", "How it came about"),
            ("", "最有可能的其他解释", "Likeliest other explanation"),
            ("n", "记录对", "Pairs"),
        ],
    );
    for ErrorCount {
        reason,
        against,
        pairs,
    } in &errors.counts
    {
        markup.raw("<tr><th scope=\"row\">");
        markup.words(&reason.label());
        markup.raw("</th><td>");
        markup.words(&name_of(against));
        markup.raw("</td>");
        number_cell(markup, *pairs);
        markup.raw("</tr>\n");
    }
    close_table(markup);
    if errors.not_examined > 0 {
        let count = Count(errors.not_examined);
        markup.raw("<p class=\"small\">");
        markup.both(
            format_args!("另有 {count} 对未逐一查看。"),
            format_args!("{count} more were not looked into."),
        );
        markup.raw("</p>\n");
    }
}

fn list(markup: &mut Markup, captions: &Summary, pairs: &[PairError], zh: &str, en: &str) {
    if pairs.is_empty() {
        return;
    }
    markup.labelled("h3", &[], zh, en);
    markup.raw("\n");
    for pair in pairs {
        let note = match pair.cause.is_empty() {
            true => Text::default(),
            false => Text::new(
                format!("从未比较：{}。以下为若经比较所得的权重。", pair.cause.zh),
                format!(
                    "Never compared: {}. The weight is what it would have been.",
                    pair.cause.en
                ),
            ),
        };
        examples::write(markup, captions, &pair.example, &note);
    }
}
