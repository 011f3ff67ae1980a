//! Calibration, errors and groups as a terminal shows them.

use super::super::{Calibration, ErrorReason, Errors, Fit, Gap, Group, Grouping, Groups, question};
use crate::report::interval::Share;
use crate::report::lines::{table, table_with};
use crate::report::words::{Language, Text};

/// Every reason, in the order that they are told in.
const REASONS: [ErrorReason; 6] = [
    ErrorReason::LinkedByWeight,
    ErrorReason::JoinedByOthers,
    ErrorReason::BlockedOut,
    ErrorReason::WeighedApart,
    ErrorReason::LeftToReview,
    ErrorReason::SplitByClustering,
];

/// Writes whether the probabilities are right.
pub(super) fn calibration(text: &mut String, found: &Calibration, language: Language) {
    let say = |zh: &str, en: &str| Text::new(zh, en).get(language).to_string();
    text.push('\n');
    let mut rows = vec![
        vec![
            say("有真值的候选记录对", "candidate pairs of known truth"),
            found.pairs.to_string(),
        ],
        vec![
            say("其中同一人，按概率", "of these one person, by probability"),
            format!("{:.1}", found.expected_true_pairs),
        ],
        vec![
            say("其中同一人，按真值", "of these one person, by truth"),
            found.true_pairs.to_string(),
        ],
        vec![
            say("期望校准误差", "expected calibration error"),
            format!("{:.6}", found.expected_calibration_error),
        ],
    ];
    if let Some(error) = found.expected_calibration_error_contested {
        let name = say(
            "  概率在 0.01 与 0.99 之间者",
            "  of probabilities from 0.01 to 0.99",
        );
        rows.push(vec![name, format!("{error:.4}")]);
    }
    rows.push(vec![
        say("Brier 分数", "Brier score"),
        format!("{:.6}", found.brier),
    ]);
    rows.push(vec![
        say("对数损失（比特／对）", "log loss (bits a pair)"),
        format!("{:.6}", found.log_loss),
    ]);
    if let Some(line) = found.line {
        rows.push(vec![
            say("最合适的权重", "weight that fits best"),
            format!("{:+.2} {:+.3} × w", line.intercept, line.slope),
        ]);
    }
    table(text, &rows);

    text.push('\n');
    let mut rows = vec![vec![
        say("概率", "probability"),
        say("记录对", "pairs"),
        say("预计", "predicted"),
        say("实际", "true share"),
        say("95% 区间", "95% interval"),
        String::new(),
    ]];
    for bin in &found.bins {
        let verdict = match bin.verdict() {
            Fit::Fits => String::new(),
            Fit::TooHigh => say("偏高", "too high"),
            Fit::TooLow => say("偏低", "too low"),
        };
        rows.push(vec![
            format!("{}–{}", bin.from, bin.to),
            bin.pairs.to_string(),
            format!("{:.5}", bin.predicted),
            format!("{:.5}", bin.share.value),
            format!("{:.5}–{:.5}", bin.share.low, bin.share.high),
            verdict,
        ]);
    }
    table(text, &rows);
}

/// Writes how the wrong pairs came about.
pub(super) fn errors(text: &mut String, found: &Errors, language: Language) {
    let rows = REASONS.map(|reason| (reason.label(), found.count(reason)));
    let rows = rows.iter().filter(|(_, count)| *count > 0);
    let rows: Vec<Vec<String>> = rows
        .map(|(label, count)| vec![label.get(language).to_string(), count.to_string()])
        .collect();
    if !rows.is_empty() {
        text.push('\n');
        table(text, &rows);
    }
}

/// A gap, what it is a gap of, and that share of a group.
type Measured<'a> = (Option<&'a Gap>, String, fn(&Group) -> Share);

/// Writes the gaps between groups.
pub(super) fn groups(text: &mut String, found: &Groups, language: Language) {
    let say = |zh: &str, en: &str| Text::new(zh, en).get(language).to_string();
    text.push('\n');
    let mut rows = vec![vec![
        say("各组差距", "gap between groups"),
        say("最低", "lowest"),
        say("最高", "highest"),
        say("百分点", "points"),
        String::new(),
    ]];
    for by in &found.by {
        let gaps: [Measured<'_>; 2] = [
            (by.recall_gap.as_ref(), say("召回率", "recall"), |group| {
                group.recall
            }),
            (
                by.precision_gap.as_ref(),
                say("精确率", "precision"),
                |group| group.precision,
            ),
        ];
        for (gap, measure, share) in gaps {
            let name = format!("{}{}{measure}", by.label().get(language), say("：", ": "));
            rows.push(gap_row(by, gap, name, share, language));
        }
    }
    table_with(text, &rows, 3);
    for left_out in &found.left_out {
        let by = question(&left_out.by);
        let (zh, en) = match left_out.reason.as_str() {
            "not_in_model" => ("模型没有此项，未分组", "not in the model, left out"),
            _ => ("记录中没有此项，未分组", "in no record, left out"),
        };
        text.push_str(&format!(
            "{}{}{}\n",
            by.get(language),
            say("：", ": "),
            say(zh, en)
        ));
    }
}

fn gap_row(
    by: &Grouping,
    gap: Option<&Gap>,
    name: String,
    share: fn(&Group) -> Share,
    language: Language,
) -> Vec<String> {
    let say = |zh: &str, en: &str| Text::new(zh, en).get(language).to_string();
    let ends = gap.and_then(|gap| {
        let (lowest, highest) = (by.groups.get(gap.lowest)?, by.groups.get(gap.highest)?);
        Some((gap.clear, lowest, highest))
    });
    let Some((clear, lowest, highest)) = ends else {
        let few = say("不足两组有 30 对", "fewer than two groups with 30 pairs");
        return vec![name, few];
    };
    // Names of sources are long, and two of them do not fit.
    let by_code = by.by.starts_with("source");
    let named = |group: &Group| {
        let label = group.label.get(language);
        let name = if by_code { &group.group } else { label };
        format!("{name} {:.4}", share(group).value)
    };
    let points = 100.0 * (share(highest).value - share(lowest).value);
    let mark = match clear {
        true => say("区间不重叠", "intervals apart"),
        false => String::new(),
    };
    vec![
        name,
        named(lowest),
        named(highest),
        format!("{points:.2}"),
        mark,
    ]
}
