//! Findings and their cases in words.

use yiren::query::{Listed, Missing, Refusal};
use yiren::report::words::name_of;
use yiren::standardise::division_name;
use yiren::store::CaseStatus;
use yiren_matchers::normalise::date::Date;
use yiren_matchers::normalise::division;

use crate::language::Language;

/// How far a case has come; in English the code, as it is typed.
pub fn status_word(status: CaseStatus, language: Language) -> &'static str {
    let zh = match status {
        CaseStatus::Open => "待查",
        CaseStatus::UnderReview => "核查中",
        CaseStatus::Confirmed => "属实",
        CaseStatus::Dismissed => "不属实",
        CaseStatus::Resolved => "已处理",
    };
    language.pick(zh, status.name())
}

/// What a finding is, and how grave.
pub fn kind_and_severity(kind: &str, severity: &str, language: Language) -> String {
    let words = language.words();
    format!(
        "{} [{}]",
        name_of(kind).get(words),
        name_of(severity).get(words)
    )
}

/// The months of a finding; empty if it has none.
pub fn months(finding: &Listed, language: Language) -> String {
    match (finding.start.as_str(), language, finding.months) {
        ("", ..) => String::new(),
        (start, Language::Zh, count) => format!("{start} – {} ({count} 个月)", finding.end),
        (start, Language::En, 1) => format!("{start} – {} (1 month)", finding.end),
        (start, Language::En, count) => format!("{start} – {} ({count} months)", finding.end),
    }
}

/// One of the two records of a finding.
pub struct Side<'a> {
    /// The name in it.
    pub name: &'a str,
    /// The record, as `source:record_id`.
    pub record: &'a str,
    /// Division of its office.
    pub office: &'a str,
}

/// The two records; the second is empty where there is only one.
pub fn people(finding: &Listed) -> [Side<'_>; 2] {
    let side = |record, place: usize| Side {
        name: finding.names.get(place).map_or("", String::as_str),
        record,
        office: finding.offices.get(place).map_or("", String::as_str),
    };
    [side(&finding.a, 0), side(&finding.b, 1)]
}

/// The county of an office, with its code; the code alone if it has no name.
pub fn county(office: &str) -> String {
    let code = division::parse(office).map(|code| code.county());
    let name = code.map_or_else(String::new, division_name);
    match (name.as_str(), office.get(..6)) {
        ("", _) => office.to_string(),
        (name, Some(code)) => format!("{code} {name}"),
        (name, None) => name.to_string(),
    }
}

/// Who works on a finding, and when the person was told and may answer; empty if nothing was said.
pub fn working_on(finding: &Listed, day: Date, language: Language) -> String {
    let mut parts = Vec::new();
    let mut part = |zh: &str, en: &str, value: &str| {
        if !value.is_empty() {
            parts.push(format!("{} {value}", language.pick(zh, en)));
        }
    };
    part("经办", "assigned to", &finding.assignee);
    part("告知", "told on", &finding.notified);
    part("答复", "answered on", &finding.answered);
    if finding.answered.is_empty() {
        let late = match finding.is_overdue(day) {
            true => language.pick("（已过期）", " (overdue)"),
            false => "",
        };
        let due = match finding.respond_by.as_str() {
            "" => String::new(),
            due => format!("{due}{late}"),
        };
        part("答复期限", "may answer until", &due);
    }
    parts.join(language.pick("，", "; "))
}

/// How far the text that a rule cites was read.
pub fn checked_word(checked: &str, language: Language) -> &'static str {
    match checked {
        "read" => language.pick("原文已核对", "the text was read"),
        "excerpt" => language.pick("见于摘录", "met in an excerpt"),
        _ => language.pick("原文尚未核对", "the text was not read yet"),
    }
}

/// Why a step was refused, and what is missing.
pub fn refusal(refusal: &Refusal, language: Language) -> String {
    let (from, to) = (
        status_word(refusal.from, language),
        status_word(refusal.to, language),
    );
    let step = match (refusal.from == refusal.to, language) {
        (true, _) => from.to_string(),
        (false, _) => format!("{from} → {to}"),
    };
    let missing: Vec<String> = refusal
        .missing
        .iter()
        .map(|missing| missing_words(missing, language))
        .collect();
    let missing = missing.join(language.pick("；", "; "));
    match language {
        Language::Zh => format!("不能这样办理（{step}）：{missing}"),
        Language::En => format!("due process does not allow this ({step}): {missing}"),
    }
}

/// What stands against a step, and what to do.
pub fn missing_words(missing: &Missing, language: Language) -> String {
    let (zh, en) = match missing {
        Missing::NoSuchStep(steps) => {
            let names: Vec<&str> = steps
                .iter()
                .map(|step| status_word(*step, language))
                .collect();
            return match language {
                Language::Zh => format!("没有这一步，其后只能是{}", names.join("或")),
                Language::En => format!(
                    "there is no such step; it goes on to {}",
                    names.join(" or ")
                ),
            };
        }
        Missing::Pending(day) => {
            return match language {
                Language::Zh => format!(
                    "当事人可在 {day} 前（含当日）答复：请等待，或记明答复日期（--answered），或说明为何不等答复（--unheard）"
                ),
                Language::En => format!(
                    "the person may answer until {day}: wait, or say when they answered (--answered), or why their answer is not waited for (--unheard)"
                ),
            };
        }
        Missing::Nothing => ("没有任何变动", "nothing would be otherwise"),
        Missing::Reason => ("须说明理由（--why）", "say why (--why)"),
        Missing::NotUnderReview => (
            "告知与答复日期只能在核查中记录",
            "days of notice and answer are those of a case under review",
        ),
        Missing::Notice => (
            "缺少告知当事人的日期（--notified）",
            "the day on which the person was told is missing (--notified)",
        ),
        Missing::Deadline => (
            "当事人尚未答复（--answered），未定答复期限（--respond-by），也未说明为何不等答复（--unheard）",
            "the person has not answered (--answered), no day is set until which they may (--respond-by), nor is it said why their answer is not waited for (--unheard)",
        ),
        Missing::Day => ("日期写作 2026-06-30", "a day is written as 2026-06-30"),
        Missing::Ahead => (
            "告知或答复日期尚未到来",
            "the day of notice or answer is still to come",
        ),
        Missing::Reversed => (
            "答复日期或期限早于告知日期",
            "a day of answer comes before that of notice",
        ),
        Missing::UnheardEarly => (
            "不等答复的理由须在认定属实时说明",
            "why an answer is not waited for is said when confirming",
        ),
    };
    language.pick(zh, en).to_string()
}
