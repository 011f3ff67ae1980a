//! How far readers agree, and what they judged, for training.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use anyhow::Context;
use yiren::review::{Agreement, Counts, Measures, Said, judged_pairs};
use yiren::store::OpinionKind;

use super::Review;
use super::answers::said;
use crate::Outcome;
use crate::commands::labels::PAIR_COLUMNS;
use crate::commands::looking::print_json;
use crate::language::Language;
use crate::lines::{cell, clean, figure, padded, room, row};

/// Prints how far first and second readers agree.
pub fn agreement(verb: &Review, json: bool, language: Language) -> anyhow::Result<Outcome> {
    let store = verb.open_noted("review --agreement", language)?;
    let agreement = yiren::review::agreement(&store.view())?;
    let is_empty = agreement.readers.is_empty() && agreement.disputed.is_empty();
    match json {
        true => print_json(&agreement)?,
        false if is_empty => eprintln!(
            "{}",
            language.pick(
                "还没有记录对读过第二次；用 `yiren review --second-reader` 开始",
                "no pair was read a second time yet; begin with `yiren review --second-reader`"
            )
        ),
        false => print!("{}", describe(&agreement, language)),
    }
    Ok(match is_empty {
        true => Outcome::Nothing,
        false => Outcome::Done,
    })
}

fn describe(agreement: &Agreement, language: Language) -> String {
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{}",
        language.pick(
            "两位审核人的一致程度（第二人读时不知第一人的判断）",
            "how far two readers agree (the second was not told what the first said)"
        )
    );
    for readers in &agreement.readers {
        let names = match language {
            Language::Zh => format!("第一人 {}，第二人 {}", readers.first, readers.second),
            Language::En => format!("first {}, second {}", readers.first, readers.second),
        };
        measures(&mut text, &names, &readers.measures, language);
    }
    if agreement.readers.len() > 1 {
        let names = language.pick("全部合计", "all together");
        measures(&mut text, names, &agreement.all, language);
    }
    let _ = writeln!(
        text,
        "\n{}",
        language.pick(
            "kappa（Cohen 1960）：1 为完全一致，0 为与随意判断无异；区间按 Fleiss、Cohen、Everitt（1969），不足 30 对时很粗略",
            "kappa (Cohen 1960): 1 is full agreement, 0 that of chance; interval by Fleiss, Cohen and Everitt (1969), rough below 30 pairs"
        )
    );
    disputed(&mut text, agreement, language);
    text
}

/// The table of two readers, and what follows from it.
fn measures(text: &mut String, names: &str, measures: &Measures, language: Language) {
    let _ = writeln!(text, "\n{}", clean(names));
    let Counts {
        same_same,
        same_different,
        different_same,
        different_different,
        same_unsure,
        different_unsure,
    } = measures.counts;
    let kinds = [
        OpinionKind::Same,
        OpinionKind::Different,
        OpinionKind::Unsure,
    ];
    let head = padded(language.pick("第一人 ＼ 第二人", "first \\ second"), 18);
    let _ = write!(text, "  {head}");
    for kind in kinds {
        let _ = write!(text, "{}", figure(said(kind, language), 16));
    }
    text.push('\n');
    for (kind, counts) in [
        (kinds[0], [same_same, same_different, same_unsure]),
        (
            kinds[1],
            [different_same, different_different, different_unsure],
        ),
    ] {
        let _ = write!(text, "  {}", padded(said(kind, language), 18));
        for count in counts {
            let _ = write!(text, "{}", figure(&count.to_string(), 16));
        }
        text.push('\n');
    }
    let percent = |share: Option<f64>| {
        share.map_or_else(
            || "–".to_string(),
            |share| format!("{:.1} %", 100.0 * share),
        )
    };
    let kappa = match (measures.kappa, measures.standard_error, measures.interval) {
        (Some(kappa), Some(error), Some([low, high])) => match language {
            Language::Zh => {
                format!("{kappa:.3}（标准误 {error:.3}，95% 区间 {low:.3} 至 {high:.3}）")
            }
            Language::En => {
                format!(
                    "{kappa:.3} (standard error {error:.3}, 95 % interval {low:.3} to {high:.3})"
                )
            }
        },
        _ => language
            .pick(
                "无法计算：两人的回答都只有一种",
                "cannot be told: both gave one answer only",
            )
            .to_string(),
    };
    let line = match language {
        Language::Zh => format!(
            "{} 对，一致 {}（随意判断也会一致 {}）；kappa {kappa}",
            measures.pairs,
            percent(measures.agreement),
            percent(measures.by_chance)
        ),
        Language::En => format!(
            "{} pairs, {} agree ({} would by chance); kappa {kappa}",
            measures.pairs,
            percent(measures.agreement),
            percent(measures.by_chance)
        ),
    };
    row(text, 2, &[cell(&line, room() - 2)]);
}

fn disputed(text: &mut String, agreement: &Agreement, language: Language) {
    if agreement.disputed.is_empty() {
        return;
    }
    let count = agreement.disputed.len();
    let _ = match language {
        Language::Zh => writeln!(
            text,
            "\n{count} 对意见不同，先前的判断仍然有效；请第三人用 `yiren review --disputed` 判断"
        ),
        Language::En => writeln!(
            text,
            "\n{count} disputed; what was said first still holds. A third person settles them by `yiren review --disputed`"
        ),
    };
    for pair in &agreement.disputed {
        row(text, 2, &[cell(&pair.records.join(" — "), room() - 2)]);
        for said in std::iter::once(&pair.first).chain(&pair.second) {
            row(text, 4, &[cell(&words(said, language), room() - 4)]);
        }
    }
}

fn words(by: &Said, language: Language) -> String {
    let kind = match by.said {
        "same" => OpinionKind::Same,
        _ => OpinionKind::Different,
    };
    match language {
        Language::Zh => format!("{}：{}（{}）", by.by, said(kind, language), by.why),
        Language::En => format!("{}: {} ({})", by.by, said(kind, language), by.why),
    }
}

/// Writes the pairs that were judged.
pub fn labels(verb: &Review, file: &Path, language: Language) -> anyhow::Result<Outcome> {
    let store = verb.open_noted("review --labels", language)?;
    let (pairs, disputed) = judged_pairs(&store.view())?;
    let name = file.display();
    let out: Box<dyn Write> = match file.as_os_str() == "-" {
        true => Box::new(io::stdout().lock()),
        false => {
            let made = File::create(file);
            Box::new(made.with_context(|| format!("{name}: cannot be written"))?)
        }
    };
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(PAIR_COLUMNS)?;
    for pair in &pairs {
        let same = if pair.same { "true" } else { "false" };
        let ((source_a, record_a), (source_b, record_b)) = (&pair.a, &pair.b);
        writer.write_record([source_a, record_a, source_b, record_b, same])?;
    }
    writer.flush()?;
    let same = pairs.iter().filter(|pair| pair.same).count();
    let different = pairs.len() - same;
    match language {
        Language::Zh => eprintln!(
            "{} 对：同一人 {same}，不是同一人 {different}；另有 {disputed} 对意见不同，未写出",
            pairs.len()
        ),
        Language::En => eprintln!(
            "{} pairs: {same} one person, {different} two people; {disputed} disputed ones left out",
            pairs.len()
        ),
    }
    Ok(match pairs.is_empty() {
        true => Outcome::Nothing,
        false => Outcome::Done,
    })
}
