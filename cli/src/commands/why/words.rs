//! Reasons in words and bars.

use std::fmt::Write as _;

use console::Style;
use yiren::explain::Explained;
use yiren::query::{Because, Flip, Why, WhyThresholds};
use yiren::report::words::name_of;
use yiren::resolve::{Met, Part, RuleMeeting};

use super::bonds::bonds;
use crate::commands::show::{section, verdict_rows};
use crate::language::Language;
use crate::lines::{Cell, bar, cell, clean, figure, room, row, styled};

/// Columns of a bar on either side of its middle.
const BAR: usize = 10;

/// Why two are, or are not, one person, in words; what keeps them apart first if `not`.
pub fn describe(why: &Why, not: bool, language: Language) -> String {
    let mut text = String::new();
    head(&mut text, why, language);
    if not {
        flips(&mut text, why, language);
        rules(&mut text, why, language);
    }
    waterfall(&mut text, &why.explained, &why.thresholds, language);
    chain(&mut text, why, language);
    verdict_rows(&mut text, &why.verdicts, language);
    if !not {
        flips(&mut text, why, language);
        rules(&mut text, why, language);
    }
    others(&mut text, why, language);
    text
}

fn head(text: &mut String, why: &Why, language: Language) {
    let [a, b] = &why.records;
    let [left, right] = &why.entities;
    let answer = match (why.one_person, language) {
        (true, Language::Zh) => format!("{a} 与 {b} 归为同一人（{left}）"),
        (true, Language::En) => format!("{a} and {b} are taken for one person ({left})"),
        (false, Language::Zh) => format!("{a}（{left}）与 {b}（{right}）归为两人"),
        (false, Language::En) => {
            format!("{a} ({left}) and {b} ({right}) are taken for two persons")
        }
    };
    for line in crate::lines::wrapped(&answer, room()) {
        let _ = writeln!(text, "{}", Style::new().bold().apply_to(line));
    }
    let reason = because(why.because, language);
    row(text, 0, &[cell(reason, room())]);
    let persons = why.asked.iter().zip(&why.records);
    if persons.clone().any(|(asked, record)| asked != record) {
        let words = language.pick(
            "（人与人之间，取权重最高的一对记录说明）",
            "(of persons, the pair of records with the highest weight is explained)",
        );
        let _ = writeln!(text, "{words}");
    }
}

fn because(because: Because, language: Language) -> &'static str {
    let (zh, en) = match because {
        Because::SaidSame => ("因为有人判定是同一人。", "A person said so."),
        Because::SaidDifferent => ("因为有人判定是两人。", "A person said that they are two."),
        Because::Linked => (
            "两条记录自身的证据足以认定。",
            "Their own evidence is enough to link them.",
        ),
        Because::Chained => (
            "两条记录之间的证据并不足以认定，是经由其他记录归到一起的（见下方链条）。",
            "Their own evidence does not link them: other records lead from the one to the other (see the chain below).",
        ),
        Because::NotCompared => (
            "没有一条分块规则把两者放到一起比较，其证据也不足以认定。",
            "No blocking rule brings them together, and their evidence would not link them.",
        ),
        Because::Missed => (
            "没有一条分块规则把两者放到一起比较，尽管其证据足以认定：建议人工判断。",
            "No blocking rule brings them together, though their evidence would link them: look at them, and say so by `yiren review`.",
        ),
        Because::ForReview => (
            "证据不足以认定，但值得人工判断。",
            "Their evidence is not enough to link them, but enough for a person to look at.",
        ),
        Because::TooLow => ("证据不足以认定。", "Their evidence is not enough."),
        Because::HeldApart => (
            "两条记录自身的证据足够，但双方的其他记录或人工判断不支持合并。",
            "Their own evidence is enough, but the other records of the two, or what people said of these, speak against it.",
        ),
        Because::OneSource => (
            "两者属于同一来源，而模型规定每个来源每人只有一条记录。",
            "Both are of one source, and the model says that each source holds a person once.",
        ),
    };
    language.pick(zh, en)
}

/// What a decision about a pair is called.
pub fn verdict_word(verdict: &str, language: Language) -> &'static str {
    match verdict {
        "link" => language.pick("一人", "link: one person"),
        "review" => language.pick("请人工判断", "review: a person decides"),
        _ => language.pick("不是一人", "non-link: two persons"),
    }
}

/// What a comparison is called.
pub fn comparison_name(name: &str, language: Language) -> String {
    language.pick(&name_of(name).zh, name).to_string()
}

/// Writes the evidence of a pair, step by step.
pub fn waterfall(
    text: &mut String,
    explained: &Explained,
    thresholds: &WhyThresholds,
    language: Language,
) {
    section(
        text,
        "证据（比特：每 +1 可能性加倍，左为不支持，右为支持）",
        "evidence (in bits: +1 doubles the odds; bars to the left speak against, to the right for one person)",
        language,
    );
    let against = match language {
        Language::Zh => format!("任取两条记录，对照：{}", explained.against_zh),
        Language::En => format!("any two records, against {}", explained.against_en),
    };
    let steps = explained.steps.iter().map(|step| step.weight.abs());
    let most = steps.chain([explained.prior.abs()]).fold(0.0, f64::max);
    let line = |text: &mut String, name: &str, weight: f64, what: &str, style: Style| {
        let number = figure(&format!("{weight:+.1}"), 6);
        let bars = bar(weight, most, BAR);
        row(
            text,
            2,
            &[
                cell(name, 12),
                // A figure keeps the spaces before it.
                Cell::exact(&number),
                Cell::exact(&bars),
                styled(
                    what,
                    room().saturating_sub(2 + 12 + 6 + 2 * BAR + 1 + 6),
                    style,
                ),
            ],
        );
    };
    let start = language.pick("先验", "prior");
    line(text, start, explained.prior, &against, Style::new());
    for step in &explained.steps {
        let name = comparison_name(&step.comparison, language);
        let label = language.pick(&step.label_zh, &step.label);
        line(text, &name, step.weight, label, Style::new());
        let values = match (
            step.left == step.right,
            step.left.is_empty(),
            step.right.is_empty(),
        ) {
            (_, true, true) => continue,
            (true, ..) => step.left.clone(),
            (false, ..) => format!("{} | {}", step.left, step.right),
        };
        row(
            text,
            2 + 12 + 2 + 6 + 2 + 2 * BAR + 1 + 2,
            &[styled(
                &values,
                room().saturating_sub(2 + 12 + 6 + 2 * BAR + 1 + 6),
                Style::new().dim(),
            )],
        );
    }
    if explained.other_rivals < -0.05 {
        let label = language.pick("其他可能", "the other possibilities");
        line(text, "", explained.other_rivals, label, Style::new());
    }
    let total = language.pick("合计", "total");
    let probability = match language {
        Language::Zh => format!(
            "概率 {:.4}：{}（{:+.1} 起人工判断，{:+.1} 起认定）",
            explained.probability,
            verdict_word(explained.verdict, language),
            thresholds.review,
            thresholds.link
        ),
        Language::En => format!(
            "probability {:.4}: {} (review from {:+.1}, link from {:+.1})",
            explained.probability,
            verdict_word(explained.verdict, language),
            thresholds.review,
            thresholds.link
        ),
    };
    line(
        text,
        total,
        explained.weight,
        &probability,
        Style::new().bold(),
    );
    if !explained.missing.is_empty() {
        let names = explained.missing.iter();
        let names: Vec<String> = names.map(|name| comparison_name(name, language)).collect();
        let line = match language {
            Language::Zh => format!("至少一方未填、不作证据：{}", names.join("、")),
            Language::En => format!(
                "says nothing, as one of the two lacks it: {}",
                names.join(", ")
            ),
        };
        row(text, 2, &[cell(&line, room() - 2)]);
    }
}

fn chain(text: &mut String, why: &Why, language: Language) {
    // A single bond between the two says no more than the evidence.
    if why.chain.len() < 2 {
        return;
    }
    section(
        text,
        "由此及彼的链条（其中最弱的一环最要紧）",
        "the chain from the one to the other (its weakest link matters most)",
        language,
    );
    let weakest = why.chain.iter().filter(|bond| bond.said.is_none());
    let weakest = weakest.min_by(|a, b| a.weight.total_cmp(&b.weight));
    bonds(text, why.chain.iter(), weakest, language);
}

fn flips(text: &mut String, why: &Why, language: Language) {
    section(
        text,
        "怎样才会作出不同决定",
        "what would have to differ for another decision",
        language,
    );
    if why.flips.is_empty() {
        let words = language.pick(
            "任何一项或两项比较结果的变化都不足以改变",
            "no one or two comparisons that come out otherwise are enough",
        );
        let _ = writeln!(text, "  {words}");
    }
    for flip in &why.flips {
        let changes: Vec<String> = flip
            .changes
            .iter()
            .map(|change| {
                let name = comparison_name(&change.comparison, language);
                match (&change.to, language) {
                    (Some(_), _) => {
                        format!(
                            "{name}: {}",
                            language.pick(&change.label.zh, &change.label.en)
                        )
                    }
                    (None, Language::Zh) => format!("{name}: 未填"),
                    (None, Language::En) => format!("{name}: not given"),
                }
            })
            .collect();
        let between = language.pick("；且 ", "; and ");
        let number = figure(&format!("{:+.1}", flip.weight), 6);
        row(
            text,
            2,
            &[
                cell(flip_word(flip, language), 12),
                Cell::exact(&number),
                cell(
                    &changes.join(between),
                    room().saturating_sub(2 + 12 + 6 + 4),
                ),
            ],
        );
    }
}

fn flip_word(flip: &Flip, language: Language) -> &'static str {
    match flip.verdict {
        "link" => language.pick("→ 认定一人", "→ link"),
        "review" => language.pick("→ 人工判断", "→ review"),
        _ => language.pick("→ 两人", "→ two"),
    }
}

fn rules(text: &mut String, why: &Why, language: Language) {
    section(text, "分块规则", "blocking rules", language);
    for rule in &why.blocking {
        let mark = match rule.met {
            Met::Together => "+",
            _ => "-",
        };
        row(
            text,
            2,
            &[
                cell(mark, 1),
                cell(&rule.rule, 22),
                cell(
                    &rule_words(rule, language),
                    room().saturating_sub(2 + 1 + 22 + 4),
                ),
            ],
        );
    }
}

fn rule_words(rule: &RuleMeeting, language: Language) -> String {
    let names = |wanted: &dyn Fn(&Part) -> bool| {
        let parts = rule.parts.iter().filter(|part| wanted(part));
        let names: Vec<&str> = parts.map(|part| part.part.as_str()).collect();
        names.join(language.pick("、", ", "))
    };
    let block = rule.block.unwrap_or(0);
    match (&rule.met, language) {
        (Met::Together, Language::Zh) => format!("放到一起：{}相同", names(&|_| true)),
        (Met::Together, Language::En) => {
            format!("brings them together: the same {}", names(&|_| true))
        }
        (Met::Missing, Language::Zh) => format!(
            "不适用：至少一方没有 {}",
            names(&|part| !part.left || !part.right)
        ),
        (Met::Missing, Language::En) => format!(
            "does not apply: one of them lacks {}",
            names(&|part| !part.left || !part.right)
        ),
        (Met::Differ, Language::Zh) => format!("{} 不同", names(&|part| !part.agree)),
        (Met::Differ, Language::En) => format!("they differ in {}", names(&|part| !part.agree)),
        (Met::Divided { by }, Language::Zh) => {
            format!("相同的记录太多（{block} 条以上），再按 {by} 细分，而两者不同")
        }
        (Met::Divided { by }, Language::En) => format!(
            "the same, but so many records are ({block} or more) that they are divided by {by}, in which the two differ"
        ),
        (Met::TooFar, Language::Zh) => {
            format!("相同的记录太多（{block} 条以上），只比较相邻的，而两者不相邻")
        }
        (Met::TooFar, Language::En) => format!(
            "the same, but so many records are ({block} or more) that only neighbours are compared, and the two are not"
        ),
        (Met::OneSource, Language::Zh) => "同一来源的记录不作比较".to_string(),
        (Met::OneSource, Language::En) => "records of one source are not compared".to_string(),
    }
}

fn others(text: &mut String, why: &Why, language: Language) {
    if why.others.is_empty() {
        return;
    }
    section(text, "其他记录对", "other pairs of their records", language);
    for pair in &why.others {
        let _ = writeln!(
            text,
            "  {}  {}  {}",
            figure(&format!("{:+.1}", pair.weight), 6),
            clean(&pair.records.join(" — ")),
            verdict_word(pair.verdict, language)
        );
    }
}
