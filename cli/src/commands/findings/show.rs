//! `yiren findings show`: one finding, its rule, and the history of its case.

use std::fmt::Write as _;

use clap::Args;
use yiren::query::{CaseStep, FindingCase, Missing, lacks, steps_from};
use yiren::report::words::{meaning_of, name_of};
use yiren::store::{Case, Moment};
use yiren_matchers::normalise::date::Date;

use super::desk::Desk;
use super::words::{checked_word, county, missing_words, months, people, status_word, working_on};
use super::{Asking, FindingId, parse_finding};
use crate::Outcome;
use crate::commands::looking::print_json;
use crate::commands::recording::{By, day, moment};
use crate::commands::show::section;
use crate::language::Language;
use crate::lines::{cell, room, row, yuan};

/// Columns of names.
const NAMES: usize = 12;

/// Show a finding: its rule and legal basis, its records, and what people made of it step by step
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  yiren findings show 5d30c8fcc01cfa07 --store DIR")]
pub struct Show {
    /// A finding, as findings.csv writes its id
    #[arg(value_name = "ID", value_parser = parse_finding)]
    id: FindingId,
    #[command(flatten)]
    asking: Asking,
    #[command(flatten)]
    actor: By,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the verb.
pub fn run(verb: &Show, language: Language) -> anyhow::Result<Outcome> {
    let desk = Desk::to_look(&verb.asking.place, language)?;
    let Some(case) = desk.case(verb.id)? else {
        match language {
            Language::Zh => eprintln!("没有 {} 这项核查发现", verb.id),
            Language::En => eprintln!("no finding {}", verb.id),
        }
        return Ok(Outcome::Nothing);
    };
    desk.note(
        &verb.asking,
        &verb.actor,
        "finding",
        vec![case.finding.id.clone()],
    )?;
    match verb.json {
        true => print_json(&case)?,
        false => print!("{}", describe(&case, day(None)?, language)),
    }
    Ok(Outcome::Done)
}

fn describe(case: &FindingCase, today: Date, language: Language) -> String {
    let mut text = String::new();
    head(&mut text, case, today, language);
    history(&mut text, case, language);
    if case.closed.is_none() {
        steps(&mut text, case, today, language);
    }
    text
}

fn head(text: &mut String, case: &FindingCase, today: Date, language: Language) {
    let (finding, words) = (&case.finding, language.words());
    let rest = room() - NAMES - 2;
    let mut line = |zh: &str, en: &str, value: &str| {
        if !value.is_empty() {
            let name = language.pick(zh, en);
            row(text, 0, &[cell(name, NAMES), cell(value, rest)]);
        }
    };
    line("编号", "finding", &finding.id);
    let severity = name_of(&finding.severity);
    let kind = format!(
        "{} [{}]",
        name_of(&finding.kind).get(words),
        severity.get(words)
    );
    line("类型", "kind", &kind);
    line("", "", meaning_of(&finding.kind).get(words));
    let (title, basis) = match language {
        Language::Zh => (&case.title_zh, &case.basis.zh),
        Language::En => (&case.title_en, &case.basis.en),
    };
    line("规则", "rule", &format!("{}: {title}", finding.rule));
    let checked = checked_word(&case.basis.checked, language);
    line("依据", "legal basis", &format!("{basis} [{checked}]"));
    line("人员", "person", &finding.entity);
    for (place, side) in people(finding).iter().enumerate() {
        let parts = [side.name, side.record, &county(side.office)];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        match place {
            0 => line("记录", "records", &parts.join("  ")),
            _ => line(" ", " ", &parts.join("  ")),
        }
    }
    line("月份", "months", &months(finding, language));
    let amount = match (finding.amount, language) {
        (0, _) => String::new(),
        (amount, Language::Zh) => format!("{} 元（核实的上限，不是应追回的金额）", yuan(amount)),
        (amount, Language::En) => format!(
            "{} yuan (at most what is to be checked, not what is to be recovered)",
            yuan(amount)
        ),
    };
    line("金额", "amount", &amount);
    let probability = match language {
        Language::Zh => format!("{:.4}（两条记录为同一人）", finding.probability),
        Language::En => format!(
            "{:.4} that the two records are one person",
            finding.probability
        ),
    };
    line("概率", "probability", &probability);
    line("发现于", "since", &moment(Moment(finding.since)));
    if let Some(closed) = case.closed {
        line("已不成立", "closed", &moment(Moment(closed)));
    }
    line("状态", "status", status_word(finding.status, language));
    line("办理", "at work", &working_on(finding, today, language));
    line("未等答复", "unheard", &finding.unheard);
}

fn history(text: &mut String, case: &FindingCase, language: Language) {
    section(text, "办理经过", "history of the case", language);
    if case.history.is_empty() {
        let words = language.pick("尚无人办理", "nobody has said anything of it yet");
        let _ = writeln!(text, "  {words}");
    }
    let mut before: Option<&CaseStep> = None;
    for step in &case.history {
        let status = status_word(step.status, language);
        let mut parts = Vec::new();
        let known = before;
        let mut part = |zh: &str, en: &str, pick: fn(&CaseStep) -> &str| {
            let (was, is) = (known.map_or("", pick), pick(step));
            match (was == is, is) {
                (true, _) => {}
                (false, "") => parts.push(format!("{} –", language.pick(zh, en))),
                (false, is) => parts.push(format!("{} {is}", language.pick(zh, en))),
            }
        };
        part("经办", "assigned to", |step| &step.assignee);
        part("告知", "told on", |step| &step.notified);
        part("答复期限", "may answer until", |step| &step.respond_by);
        part("答复", "answered on", |step| &step.answered);
        part("未等答复", "answer not waited for:", |step| {
            &step.unheard
        });
        let parts = parts.join(language.pick("，", "; "));
        let said = [step.why.as_str(), &parts];
        let said: Vec<&str> = said.into_iter().filter(|part| !part.is_empty()).collect();
        row(
            text,
            2,
            &[
                cell(&moment(Moment(step.at)), 19),
                cell(status, 12),
                cell(&step.by, 12),
                cell(
                    &said.join(language.pick("；", "; ")),
                    room().saturating_sub(2 + 19 + 12 + 12 + 6),
                ),
            ],
        );
        before = Some(step);
    }
}

/// What can be done next, and what it still takes.
fn steps(text: &mut String, case: &FindingCase, today: Date, language: Language) {
    section(text, "其后可办", "what can be done", language);
    let stands = Case::from(case);
    for &to in steps_from(stands.status) {
        let lacks: Vec<String> = lacks(Some(&stands), to, today)
            .iter()
            .map(|missing: &Missing| missing_words(missing, language))
            .collect();
        let takes = match lacks.is_empty() {
            true => language.pick("说明理由即可", "takes a reason").to_string(),
            false => lacks.join(language.pick("；", "; ")),
        };
        let to = format!("→ {}", status_word(to, language));
        row(text, 2, &[cell(&to, 14), cell(&takes, room() - 2 - 14 - 2)]);
    }
}
