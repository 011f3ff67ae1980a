//! Whether the probabilities are right.

use super::super::chart;
use super::super::markup::{Attribute, Bits, Count, Markup, Percent, Probability, finite};
use super::super::page::{Page, about, close_table, number_cell, open_table};
use crate::report::evaluation::{
    Calibration, CalibrationBin, CalibrationLine, CalibrationSlice, Evaluation, Fit,
};
use crate::report::words::{Text, name_of};

/// Kinds of pairs shown whose probabilities are off.
const SLICES: usize = 15;

/// Standard deviations from which a kind of pairs is shown.
const OFF: f64 = 3.0;

/// Writes how probabilities and truth agree.
pub(in super::super) fn calibration(page: &mut Page, evaluation: &Evaluation) {
    let Some(found) = evaluation
        .calibration
        .as_ref()
        .filter(|found| found.pairs > 0)
    else {
        return;
    };
    page.section("calibration", "概率是否可信", "Are the probabilities right?", |markup| {
        about(
            markup,
            "概率为 0.9 的记录对，应当十对中有九对是同一人。这里把有真值的全部候选记录对按模型给出的概率分组，看每组的真实比例；分块没有带来的记录对没有概率，不在其内。点落在虚线上即为准确：在其下方说明模型说得过满，在其上方说明说得不足。竖线为 95% 区间（Wilson）；同一人、同一家的记录对并非相互独立，实际区间还要略宽。",
            "Of the pairs with a probability of 0.9, nine in ten should be one person. Here all candidate pairs of known truth are gathered by the probability that the model gives them, and held against the share that is true; pairs that blocking does not bring have no probability and are not in it. A dot on the dashed line is right; below it the model claims too much, above it too little. Upright lines are 95% intervals (Wilson); pairs of one person or family are not independent, so the truth is a little wider.",
        );
        cards(markup, found);
        chart::legend(
            markup,
            &[
                ("fill-link", "与真值相符", "agrees with the truth"),
                ("fill-against", "真值在区间之外", "outside the interval"),
                ("curve perfect", "完全准确", "perfect agreement"),
            ],
        );
        chart::calibration(markup, &found.bins);
        if let Some(line) = found.line {
            fitted(markup, line);
        }
        bins(markup, &found.bins);
        slices(markup, &found.slices);
    });
}

fn cards(markup: &mut Markup, found: &Calibration) {
    markup.raw("<p>");
    let (pairs, truly) = (Count(found.pairs), Count(found.true_pairs));
    let expected = format!("{:.1}", finite(found.expected_true_pairs));
    markup.both(
        format_args!("在 {pairs} 对候选记录中，按概率合计应有 {expected} 对是同一人，实际有 {truly} 对。"),
        format_args!("Among {pairs} candidate pairs the probabilities add up to {expected} that are one person; there are {truly}."),
    );
    markup.raw("</p>\n<dl class=\"cards\">\n");
    let contested = found
        .expected_calibration_error_contested
        .map_or("–".to_owned(), |error| format!("{:.4}", finite(error)));
    let count = Count(found.contested_pairs);
    let cards = [
        (
            contested,
            format!("期望校准误差，概率在 0.01 与 0.99 之间的 {count} 对"),
            format!("expected calibration error of the {count} pairs between 0.01 and 0.99"),
        ),
        (
            format!("{:.6}", finite(found.expected_calibration_error)),
            "期望校准误差，全部候选记录对".to_owned(),
            "expected calibration error of all candidate pairs".to_owned(),
        ),
        (
            format!("{:.6}", finite(found.brier)),
            "Brier 分数".to_owned(),
            "Brier score".to_owned(),
        ),
        (
            format!("{:.6}", finite(found.log_loss)),
            "对数损失（每对比特）".to_owned(),
            "log loss (bits a pair)".to_owned(),
        ),
    ];
    for (value, zh, en) in cards {
        markup.raw("<div class=\"card\">");
        markup.labelled("dt", &[], &zh, &en);
        markup.element("dd", &[], value);
        markup.raw("</div>\n");
    }
    markup.raw("</dl>\n");
}

fn fitted(markup: &mut Markup, line: CalibrationLine) {
    let slope = finite(line.slope);
    let (zh, en) = match slope {
        _ if slope < 0.95 => ("权重两头都说得过满", "weights are too large either way"),
        _ if slope > 1.05 => ("权重两头都说得不足", "weights are too small either way"),
        _ => ("权重大小合适", "weights are of the right size"),
    };
    let shift = finite(line.intercept);
    let (shift_zh, shift_en) = match shift {
        _ if shift < -0.25 => ("，且普遍偏高", " and on the whole too high"),
        _ if shift > 0.25 => ("，且普遍偏低", " and on the whole too low"),
        _ => ("", ""),
    };
    let put_right = chart::Corrected {
        intercept: shift,
        slope,
    };
    markup.raw("<p>");
    markup.both(
        format_args!("与真值最相符的权重是 {put_right}（w 为模型的权重，比特）：{zh}{shift_zh}。"),
        format_args!("The weight that fits the truth best is {put_right} (w being the model's, in bits): {en}{shift_en}."),
    );
    markup.raw("</p>\n");
}

fn bins(markup: &mut Markup, bins: &[CalibrationBin]) {
    let columns = [
        ("n", "概率从", "Probability from"),
        ("n", "到", "to"),
        ("n", "记录对", "Pairs"),
        ("n", "预计比例", "Predicted"),
        ("n", "同一人", "One person"),
        ("n", "真实比例", "True share"),
        ("n", "95% 区间", "95% interval"),
        ("", "", ""),
    ];
    open_table(markup, "", &columns);
    let number: [Attribute; 1] = [("class", &"n")];
    for bin in bins {
        markup.raw("<tr>");
        markup.element("td", &number, bin.from);
        markup.element("td", &number, bin.to);
        number_cell(markup, bin.pairs);
        markup.element("td", &number, Probability(bin.predicted));
        number_cell(markup, bin.true_pairs);
        markup.element("td", &number, Probability(bin.share.value));
        let interval = format!(
            "{} – {}",
            Probability(bin.share.low),
            Probability(bin.share.high)
        );
        markup.element("td", &number, interval);
        markup.raw("<td>");
        match bin.verdict() {
            Fit::Fits => {}
            Fit::TooHigh => tag(markup, "偏高", "too high"),
            Fit::TooLow => tag(markup, "偏低", "too low"),
        }
        markup.raw("</td></tr>\n");
    }
    close_table(markup);
}

fn tag(markup: &mut Markup, zh: &str, en: &str) {
    markup.labelled("span", &[("class", &"tag high")], zh, en);
}

fn slices(markup: &mut Markup, slices: &[CalibrationSlice]) {
    let mut off: Vec<&CalibrationSlice> =
        slices.iter().filter(|slice| slice.z.abs() >= OFF).collect();
    // A stable sort: slices as far off stay in the order of the model.
    off.sort_by(|x, y| y.z.abs().total_cmp(&x.z.abs()));
    off.truncate(SLICES);
    markup.labelled("h3", &[], "偏差最大之处", "Where they are off most");
    if off.is_empty() {
        markup.labelled(
            "p",
            &[],
            "按比较结果与竞争假设逐一看，没有一类偏离三个标准差以上。",
            "By level and rival, no kind of pairs is three standard deviations off.",
        );
        return;
    }
    about(
        markup,
        "候选记录对按各项比较的结果及最有可能的竞争假设分类：概率合计应有多少对是同一人，实际有多少。只列偏离三个标准差以上者；一对记录出现在多行中，几行可能出于同一原因。",
        "Candidate pairs by the level of each comparison and by their likeliest rival: how many the probabilities say are one person, and how many are. Only kinds three standard deviations off or more; a pair is in several rows, so that several rows may have one reason.",
    );
    let columns = [
        ("", "比较项", "Comparison"),
        ("", "结果", "Level"),
        ("n", "记录对", "Pairs"),
        ("n", "预计同一人", "Expected"),
        ("n", "实际同一人", "One person"),
        ("n", "标准差", "Deviations"),
    ];
    open_table(markup, "sortable slices", &columns);
    for slice in off {
        markup.raw("<tr><th scope=\"row\">");
        let of = match slice.of.as_str() {
            "rival" => Text::new("竞争假设", "Rival hypothesis"),
            comparison => name_of(comparison),
        };
        markup.words(&of);
        markup.raw("</th><td>");
        markup.words(&slice.label);
        markup.raw("</td>");
        number_cell(markup, slice.pairs);
        let expected: [Attribute; 2] = [
            ("class", &"n"),
            ("data-value", &format_args!("{:.3}", finite(slice.expected))),
        ];
        markup.element(
            "td",
            &expected,
            format_args!("{:.1}", finite(slice.expected)),
        );
        number_cell(markup, slice.true_pairs);
        let deviations: [Attribute; 2] = [
            ("class", &"n"),
            ("data-value", &format_args!("{:.3}", finite(slice.z))),
        ];
        markup.element("td", &deviations, Bits(slice.z));
        markup.raw("</tr>\n");
    }
    close_table(markup);
}

/// A share to a hundredth of a per cent.
pub(super) struct Exact(pub f64);

impl std::fmt::Display for Exact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match finite(self.0) {
            share if share >= 1.0 => Percent(1.0).fmt(f),
            share => write!(f, "{:.2}%", 100.0 * share),
        }
    }
}
