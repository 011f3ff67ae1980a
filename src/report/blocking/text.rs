//! The analysis as a terminal shows it.

use super::{BlockingReport, RuleReport};
use crate::report::interval::Share;
use crate::report::lines::{table, table_with};
use crate::report::words::Language;

/// Causes shown.
const CAUSES: usize = 15;

/// Largest blocks shown.
const BLOCKS: usize = 10;

/// Picks a wording.
type Say = fn(&'static str, &'static str) -> &'static str;

impl BlockingReport {
    /// Tables in plain text, one language, no colours.
    pub fn to_text(&self, language: Language) -> String {
        let say: Say = match language {
            Language::Zh => |zh, _| zh,
            Language::En => |_, en| en,
        };
        let mut text = String::new();
        self.figures(&mut text, say);
        text.push('\n');
        self.pairs(&mut text, say);
        text.push('\n');
        self.expected(&mut text, say);
        self.estimate(&mut text, say);
        if self.truth.is_some() {
            text.push('\n');
            self.completeness(&mut text, say);
        }
        self.blocks(&mut text, say);
        self.missed(&mut text, say, language);
        text
    }

    fn figures(&self, text: &mut String, say: Say) {
        let mut rows = vec![
            (say("记录", "records"), self.records.to_string()),
            (
                say("可能的记录对", "possible pairs"),
                self.possible_pairs.to_string(),
            ),
            (
                say("候选记录对", "candidate pairs"),
                self.candidate_pairs.to_string(),
            ),
            (
                say("缩减率", "reduction ratio"),
                reduction(self.reduction_ratio),
            ),
            (
                say("其中同一人，按概率", "of these one person, by probability"),
                whole(self.expected_true_pairs),
            ),
        ];
        let unknown = say("无法估计", "cannot be told");
        rows.push((
            say("估计召回率（不用真值）", "estimated recall, without truth"),
            self.estimate
                .recall
                .map_or(unknown.to_string(), |recall| share(&recall)),
        ));
        if let Some(truth) = &self.truth {
            rows.push((
                say("真实记录对", "true pairs"),
                truth.true_pairs.to_string(),
            ));
            rows.push((
                say("真实记录对的完全率", "pairs completeness"),
                share(&truth.completeness),
            ));
            let without = self.records - truth.records.min(self.records);
            if without > 0 {
                rows.push((
                    say("没有真值的记录（不计）", "records without truth (left out)"),
                    without.to_string(),
                ));
            }
        }
        let rows = rows
            .into_iter()
            .map(|(name, value)| vec![name.to_string(), value]);
        table(text, &rows.collect::<Vec<_>>());
    }

    fn by_rule(
        &self,
        text: &mut String,
        heads: &[&str],
        cells: impl Fn(&RuleReport) -> Vec<String>,
    ) {
        let mut rows = vec![heads.iter().map(|head| head.to_string()).collect()];
        rows.extend(self.rules.iter().map(|rule| {
            let mut row = vec![rule.name.clone()];
            row.extend(cells(rule));
            row
        }));
        table(text, &rows);
    }

    fn pairs(&self, text: &mut String, say: Say) {
        let heads = [
            say("规则", "rule"),
            say("键", "keys"),
            say("记录对", "pairs"),
            say("新增", "new"),
            say("累计", "cumulative"),
            say("缩减率", "reduction"),
            say("细分的块", "split"),
            say("舍去的对", "cut"),
        ];
        self.by_rule(text, &heads, |rule| {
            vec![
                rule.keys.to_string(),
                rule.pairs.all.to_string(),
                rule.pairs.new.to_string(),
                rule.pairs.cumulative.to_string(),
                reduction(rule.reduction_ratio),
                rule.refined_blocks.to_string(),
                rule.cut_pairs.to_string(),
            ]
        });
    }

    fn expected(&self, text: &mut String, say: Say) {
        let heads = [
            say("规则", "rule"),
            say("预计同一人", "expected true"),
            say("新增", "new"),
            say("仅此规则", "only here"),
            say("估计召回率", "est. recall"),
            say("累计", "cumulative"),
        ];
        self.by_rule(text, &heads, |rule| {
            vec![
                whole(rule.expected.all),
                whole(rule.expected.new),
                whole(rule.expected.only),
                optional(rule.estimated_recall),
                optional(rule.estimated_recall_cumulative),
            ]
        });
    }

    fn estimate(&self, text: &mut String, say: Say) {
        let groups = &self.estimate.groups;
        if groups.len() > 1 {
            text.push('\n');
            let mut rows = vec![
                [
                    say(
                        "无共同字段的规则组",
                        "rules that share no field with the others",
                    ),
                    say("预计同一人", "expected true"),
                    say("其他规则也找到", "found by others"),
                    say("估计召回率", "est. recall"),
                ]
                .map(str::to_string)
                .to_vec(),
            ];
            for group in groups {
                let first = group.rules.first().cloned().unwrap_or_default();
                let name = match group.rules.len() {
                    1 => first,
                    many => format!("{first} + {}", many - 1),
                };
                let others = group.found_by_both / group.found;
                rows.push(vec![
                    name,
                    whole(group.found),
                    optional((group.found >= 0.5).then_some(others)),
                    group.recall.as_ref().map_or("–".to_string(), share),
                ]);
            }
            table(text, &rows);
        }
        text.push_str(say(
            "估计的前提：无共同字段的规则各自独立地找到记录对（捕获–再捕获），每对按模型\n\
             给出的概率计；方括号内为各组说法的范围。好记录样样好、差记录样样差时，\n\
             真实召回率会更低；即使比较、模型也认不出的对不在其内。\n",
            "The estimate takes rules without a common field to find pairs independently\n\
             (capture and recapture), each pair counting for its probability; in brackets,\n\
             the range of what the groups say. Where records are good in everything or bad\n\
             in everything, the truth is lower; and pairs that the model would not recognise\n\
             if it compared them are not in it.\n",
        ));
    }

    fn completeness(&self, text: &mut String, say: Say) {
        let heads = [
            say("规则", "rule"),
            say("真实记录对", "true pairs"),
            say("新增", "new"),
            say("仅此规则", "only here"),
            say("完全率", "completeness"),
            say("累计", "cumulative"),
        ];
        self.by_rule(text, &heads, |rule| {
            let pairs = rule.true_pairs.unwrap_or_default();
            vec![
                pairs.all.to_string(),
                pairs.new.to_string(),
                pairs.only.to_string(),
                optional(rule.completeness),
                optional(rule.completeness_cumulative),
            ]
        });
    }

    fn blocks(&self, text: &mut String, say: Say) {
        let blocks = self
            .rules
            .iter()
            .flat_map(|rule| rule.largest.iter().map(move |block| (&rule.name, block)));
        let mut blocks: Vec<_> = blocks.collect();
        blocks.sort_by_key(|(_, block)| std::cmp::Reverse(block.records));
        blocks.truncate(BLOCKS);
        if blocks.is_empty() {
            return;
        }
        text.push('\n');
        let heads = [
            say("最大的块", "largest blocks"),
            say("细分所用", "refined by"),
            say("其中一条", "one record"),
            say("记录", "records"),
            say("分成", "pieces"),
            say("最大", "largest"),
            say("舍去的对", "pairs cut"),
        ];
        let mut rows = vec![heads.map(str::to_string).to_vec()];
        for (rule, block) in blocks {
            let mut by = match block.refined_by.is_empty() {
                true => "–".to_string(),
                false => block.refined_by.join(", "),
            };
            if block.neighbours_only {
                by.push_str(say("，再取近邻", ", then neighbours"));
            }
            rows.push(vec![
                rule.clone(),
                by,
                format!("{}:{}", block.example.source, block.example.record_id),
                block.records.to_string(),
                block.pieces.to_string(),
                block.largest_piece.to_string(),
                block.cut_pairs.to_string(),
            ]);
        }
        table_with(text, &rows, 3);
    }

    fn missed(&self, text: &mut String, say: Say, language: Language) {
        let Some(missed) = self.missed.as_ref().filter(|missed| missed.pairs > 0) else {
            return;
        };
        text.push('\n');
        let mut rows = vec![
            [
                say(
                    "漏掉的真实对：键的各部分",
                    "missed true pairs, by part of the keys",
                ),
                say("两边缺", "both lack"),
                say("一边缺", "one lacks"),
                say("不同", "differ"),
                say("相同", "agree"),
                say("若相同即可找到", "would suffice"),
            ]
            .map(str::to_string)
            .to_vec(),
        ];
        for part in &missed.parts {
            let mut row = vec![part.label.get(language).to_string()];
            let counts = [
                part.missing_on_both,
                part.missing_on_one,
                part.differs,
                part.agrees,
                part.would_suffice,
            ];
            row.extend(counts.iter().map(u64::to_string));
            rows.push(row);
        }
        table(text, &rows);

        text.push('\n');
        let alone = missed.parts.iter().filter(|part| part.alone);
        let alone: Vec<&str> = alone.map(|part| part.label.get(language)).collect();
        let pairs = missed.pairs;
        let nothing = match (alone.is_empty(), language) {
            (true, _) => String::new(),
            (false, Language::Zh) => format!("（{}无一相同）", alone.join("、")),
            (false, Language::En) => format!(" (none has {} in common)", alone.join(", ")),
        };
        text.push_str(&match language {
            Language::Zh => format!("漏掉 {pairs} 对{nothing}，按原因：\n"),
            Language::En => format!("{pairs} missed pairs{nothing}, by cause:\n"),
        });
        let pad = missed
            .causes
            .first()
            .map_or(0, |cause| cause.pairs.to_string().len());
        let shown = missed.causes.iter().take(CAUSES);
        for cause in shown {
            text.push_str(&format!(
                "{:>pad$}  {}\n",
                cause.pairs,
                cause.label.get(language)
            ));
            for pair in &cause.examples {
                let (left, right) = (&pair.left, &pair.right);
                text.push_str(&format!(
                    "{:pad$}  · {}:{} – {}:{}\n",
                    "", left.source, left.record_id, right.source, right.record_id
                ));
            }
        }
        let listed = missed.causes.iter().take(CAUSES).map(|cause| cause.pairs);
        let others = missed.examined - listed.sum::<u64>().min(missed.examined);
        if others > 0 {
            text.push_str(&format!(
                "{others:>pad$}  {}\n",
                say("其他原因", "of other causes")
            ));
        }
        if missed.examined < missed.pairs {
            let rest = missed.pairs - missed.examined;
            text.push_str(&format!(
                "{rest:>pad$}  {}\n",
                say("未逐一查看", "not looked into")
            ));
        }
    }
}

/// An expected number of pairs, to the next whole one.
fn whole(value: f64) -> String {
    format!("{value:.0}")
}

/// A reduction ratio, which is told apart from 1 by its last digits.
fn reduction(value: f64) -> String {
    format!("{value:.6}")
}

fn ratio(value: f64) -> String {
    format!("{value:.4}")
}

fn optional(value: Option<f64>) -> String {
    value.map_or("–".to_string(), ratio)
}

/// A share with its interval.
fn share(share: &Share) -> String {
    format!("{:.4} [{:.4}, {:.4}]", share.value, share.low, share.high)
}
