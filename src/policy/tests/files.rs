//! Policy files, good and broken, and the file of findings.

use std::borrow::Cow;

use proptest::prelude::*;

use super::*;

#[test]
fn the_shipped_policy_has_the_shipped_kinds() {
    let policy = Policy::shipped();
    assert_eq!(policy.version(), "2026.1");
    let mut kinds: Vec<_> = policy.rules().iter().map(|rule| rule.kind.name()).collect();
    kinds.dedup();
    assert_eq!(
        kinds,
        [
            "duplicate_enrolment",
            "repeat_enrolment",
            "exclusive_overlap",
            "paid_after_death",
            "excluded_by_payroll",
            "shared_national_id",
            "several_national_ids",
            "shared_account",
        ]
    );
    let programmes = policy.sources().iter();
    let programmes = programmes.filter(|source| source.role == SourceRole::Programme);
    assert_eq!(programmes.count(), 8);
    // every programme can be found twice
    let both = policy
        .rules()
        .iter()
        .filter(|rule| rule.kind == FindingKind::DuplicateEnrolment);
    let covered = both.fold(0, |all, rule| all | rule.programmes.0);
    assert_eq!(covered.count_ones(), 8);
}

#[test]
fn all_errors_are_told_at_once() {
    let broken = r#"verison = "1"

[[source]]
id = "dibao"
role = "programm"
title = { zh = "低保", en = "Dibao" }

[[source]]
id = "tekun"
also = ["Dibao"]
role = "programme"
register = "deaths"
title = { zh = "特困" }

[[source]]
id = "payroll"
role = "register"
title = "payroll"

[[rule]]
id = "twice"
kind = "duplicate_enrolment"
severity = "grave"
programmes = ["dibao", "diabo", "payroll"]
with = ["tekun"]
min_months = 0
title = { zh = "重复", en = "twice" }
basis = { zh = "无", en = "none" }

[[rule]]
id = "twice"
kind = "exclusive_overlap"
severity = "high"
from = "2014-05-01"
programmes = ["dibao", "tekun"]
with = ["tekun"]
title = { zh = "同时", en = "both" }
basis = { zh = "无", en = "none", checked = "read" }

[[rule]]
kind = "requirement_missing"
severity = "high"
from = 2020-03-01
to = 2020-03-31
by = "family"
title = { zh = "缺", en = "lacks" }
basis = { zh = "无", en = "none", checked = "read" }

[[rule]]
id = "unheard"
kind = "unheard_of"

[[region]]
code = "上海"

[[region]]
code = "31"

[[region.rule]]
id = "nothing"
off = true

[[region.rule]]
id = "unheard"
kind = "repeat_enrolment"
min_months = 2

[[region]]
code = "31"
"#;
    let errors = Policy::parse(broken, "my.toml")
        .expect_err("broken")
        .to_string();
    insta::assert_snapshot!(errors, @r#"
    my.toml:1:1: the file: unknown key "verison"; known here: version, source, rule, region
    my.toml:1:1: the file: "version" is missing
    my.toml:5:8: source "dibao": unknown role "programm"; one of: programme, register
    my.toml:10:9: source "tekun": another source is called "Dibao" already
    my.toml:12:12: source "tekun": a programme takes no "register"
    my.toml:13:9: source "tekun": "en" is missing
    my.toml:15:1: source "payroll": "register" is missing
    my.toml:18:9: source "payroll": "title" must be a table such as { zh = "...", en = "..." }
    my.toml:23:12: rule "twice": unknown severity "grave"; one of: high, medium, low, information
    my.toml:24:24: rule "twice": no [[source]] has the id "diabo"
    my.toml:25:1: rule "twice": unknown key "with"; known here: id, kind, severity, from, to, title, basis, programmes, min_months
    my.toml:26:14: rule "twice": "min_months" must be a whole number, 1 or more
    my.toml:28:9: rule "twice": "checked" is missing
    my.toml:31:6: rule "twice": there is one already of this id
    my.toml:34:8: rule "twice": "from" must be a date such as 2014-05-01, without quotes
    my.toml:36:8: rule "twice": the same programme on both sides; for one programme twice there is "duplicate_enrolment"
    my.toml:40:1: rule: "id" is missing
    my.toml:40:1: rule: "requires" is missing
    my.toml:40:1: rule: "programmes" is missing
    my.toml:45:6: rule: unknown by "family"; one of: person, household
    my.toml:49:1: rule "unheard": "severity" is missing
    my.toml:49:1: rule "unheard": "title" is missing
    my.toml:49:1: rule "unheard": "basis" is missing
    my.toml:51:8: rule "unheard": unknown kind "unheard_of"; one of: duplicate_enrolment, repeat_enrolment, exclusive_overlap, paid_after_death, excluded_by_payroll, shared_national_id, several_national_ids, shared_account, offset_overlap, requirement_missing, excluded_by_register
    my.toml:54:8: region "上海": a code is the first 1 to 6 digits of a division
    my.toml:60:6: rule "nothing": no such rule to turn off
    my.toml:66:1: rule "unheard": unknown key "min_months"; known here: id, kind, severity, from, to, title, basis, programmes, off
    my.toml:69:8: region "31": there is one already; put the rules together
    "#);
}

#[test]
fn broken_toml_is_told_with_its_line() {
    let errors = Policy::parse("version = \"1\"\n[[rule]\nid = \"x\n", "my.toml");
    insta::assert_snapshot!(errors.expect_err("broken").to_string(), @"my.toml:2:8: unclosed array table, expected `]`");
    let empty = Policy::parse("", "my.toml").expect_err("empty").to_string();
    insta::assert_snapshot!(empty, @r#"my.toml:1:1: the file: "version" is missing"#);
    let no_sources = Policy::parse("version = \"1\"", "my.toml").expect_err("no sources");
    insta::assert_snapshot!(no_sources.to_string(), @"my.toml:1:1: no [[source]]: name the programmes and registers");
}

#[test]
fn too_many_sources_are_refused() {
    let source = |i: usize| {
        format!(
            "[[source]]\nid = \"s{i}\"\nrole = \"programme\"\ntitle = {{ zh = \"源\", en = \"s\" }}\n"
        )
    };
    let text = |sources: usize| {
        let sources: String = (0..sources).map(source).collect();
        format!("version = \"1\"\n{sources}")
    };
    assert!(Policy::parse(&text(64), "").is_ok());
    let errors = Policy::parse(&text(65), "p")
        .expect_err("too many")
        .to_string();
    assert_eq!(
        errors,
        "p:258:1: source \"s64\": a policy can have 64 sources"
    );
}

struct Names;

impl FindingNames for Names {
    fn source(&self, record: u32) -> Cow<'_, str> {
        if record == 2 { "deaths" } else { "dibao" }.into()
    }

    fn record_id(&self, record: u32) -> Cow<'_, str> {
        format!("R,{record}").into()
    }

    fn entity_id(&self, entity: u32) -> Cow<'_, str> {
        format!("E{entity}").into()
    }
}

#[test]
fn findings_are_written_as_csv() {
    let policy = Policy::shipped();
    let found = judge(
        &policy,
        &[
            "dibao 7 2025-01-05 2025-06-30 300 id=1",
            "dibao 7 2025-03-31 - 450 id=2",
            "deaths 7 2026-04-01 - 0",
        ],
    );
    let mut out = Vec::new();
    write_findings(&mut out, &policy, &found.rows, &Names).expect("memory takes all");
    insta::assert_snapshot!(String::from_utf8_lossy(&out), @r#"
    finding_id,kind,severity,entity_id,source_a,record_a,source_b,record_b,start,end,months,amount,rule,probability
    cea809e961fa4069,duplicate_enrolment,high,E7,dibao,"R,0",dibao,"R,1",2025-03,2025-06,3,900.00,duplicate,0.000001
    12b6f4d796f518ba,paid_after_death,high,E7,dibao,"R,1",deaths,"R,2",2026-05,2026-06,1,450.00,after-death,1.000002
    49c1a7d1b9dd676f,several_national_ids,medium,E7,dibao,"R,0",dibao,"R,1",,,0,0.00,several-numbers,0.000001
    "#);
}

proptest! {
    /// A policy with any part cut out or written over is read or refused, never a panic.
    #[test]
    fn mangled_policies_are_refused_in_peace(
        start in 0..SHIPPED.len(),
        length in 0..400_usize,
        graft in "[ -~\n]{0,20}|[0-9\\[\\]{}=\"'.\n-]{0,8}",
    ) {
        let start = SHIPPED.floor_char_boundary(start);
        let end = SHIPPED.floor_char_boundary((start + length).min(SHIPPED.len()));
        let mangled = format!("{}{graft}{}", &SHIPPED[..start], &SHIPPED[end..]);
        if let Err(errors) = Policy::parse(&mangled, "p") {
            prop_assert!(!errors.errors.is_empty());
            let lines = mangled.lines().count() + 1;
            prop_assert!(errors.errors.iter().all(|error| error.line <= lines));
        }
    }
}
