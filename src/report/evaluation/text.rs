//! The evaluation as a terminal shows it.

mod details;

use super::{Accuracy, ErrorReason, Evaluation};
use crate::report::lines::table;
use crate::report::words::Language;

impl Evaluation {
    /// Tables in plain text, one language, no colours.
    pub fn to_text(&self, language: Language) -> String {
        let say = |zh: &'static str, en: &'static str| match language {
            Language::Zh => zh,
            Language::En => en,
        };
        let mut text = String::new();

        let accuracy = |name: &str, accuracy: &Accuracy| {
            let shown = |value: f64| format!("{value:.4}");
            vec![
                name.to_owned(),
                shown(accuracy.precision),
                shown(accuracy.recall),
                shown(accuracy.f1),
            ]
        };
        let mut rows = vec![
            vec![
                String::new(),
                say("精确率", "precision").into(),
                say("召回率", "recall").into(),
                "F1".into(),
            ],
            accuracy(say("按记录对", "pairwise"), &self.pairwise.accuracy),
            accuracy("B-cubed", &self.b_cubed),
        ];
        if let Some(best) = self
            .thresholds
            .as_ref()
            .and_then(|thresholds| thresholds.best())
        {
            let name = format!("{} {:+}", say("仅按权重 ≥", "by weight ≥"), best.threshold);
            rows.push(accuracy(&name, &best.accuracy));
        }
        table(&mut text, &rows);

        text.push('\n');
        let pairwise = &self.pairwise;
        let mut counts = vec![
            (say("记录", "records"), self.records),
            (say("真实的人", "true persons"), self.persons),
            (say("预测的实体", "predicted entities"), self.entities),
            (
                say("完全正确的人", "persons exactly right"),
                self.persons_exact,
            ),
            (say("被拆开的人", "persons split"), self.persons_split),
            (
                say("混入他人的实体", "entities of several persons"),
                self.entities_mixed,
            ),
            (say("正确的记录对", "pairs found"), pairwise.true_positives),
            (say("错误的记录对", "pairs wrong"), pairwise.false_positives),
            (
                say("漏掉的记录对", "pairs missed"),
                pairwise.false_negatives,
            ),
        ];
        if let Some(errors) = &self.errors {
            counts.push((
                say("其中未被比较", "of these, never compared"),
                errors.count(ErrorReason::BlockedOut),
            ));
        }
        if self.missing_from_prediction > 0 {
            counts.push((
                say(
                    "预测缺少的记录（各算一人）",
                    "not in the prediction (one entity each)",
                ),
                self.missing_from_prediction,
            ));
        }
        if self.missing_from_truth > 0 {
            counts.push((
                say("真值缺少的记录（不计）", "not in the truth (left out)"),
                self.missing_from_truth,
            ));
        }
        let rows: Vec<Vec<String>> = counts
            .into_iter()
            .map(|(name, count)| vec![name.to_owned(), count.to_string()])
            .collect();
        table(&mut text, &rows);

        text.push('\n');
        let mut rows = vec![vec![
            say("记录数", "size").to_owned(),
            say("真实的人", "true persons").to_owned(),
            say("预测的实体", "entities").to_owned(),
            say("完全正确", "exactly right").to_owned(),
        ]];
        for count in &self.cluster_sizes {
            let columns = [count.size, count.persons, count.entities, count.exact];
            rows.push(columns.iter().map(u64::to_string).collect());
        }
        table(&mut text, &rows);
        if let Some(calibration) = &self.calibration {
            details::calibration(&mut text, calibration, language);
        }
        if let Some(errors) = &self.errors {
            details::errors(&mut text, errors, language);
        }
        if let Some(groups) = &self.groups {
            details::groups(&mut text, groups, language);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::super::{MISSING, ScoredPair, Thresholds};
    use super::*;

    #[test]
    fn tables_line_up_in_both_languages() {
        let mut found = Evaluation::of_partitions(
            &[0, 0, 1, 2, 3, 3, MISSING, 9],
            &[1, 1, 2, 2, 3, 4, 5, MISSING],
        );
        let pairs = [(9.5, true), (-2.0, false), (4.0, false)];
        let pairs = pairs.map(|(weight, is_match)| ScoredPair { weight, is_match });
        found.thresholds = Some(Thresholds::of_pairs(pairs, 2));
        insta::assert_snapshot!("evaluation_text_en", found.to_text(Language::En));
        insta::assert_snapshot!("evaluation_text_zh", found.to_text(Language::Zh));
    }
}
