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
    let both = policy.rules().iter().filter(|rule| rule.kind == FindingKind::DuplicateEnrolment);
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
    let errors = Policy::parse(broken, "my.toml").expect_err("broken").to_string();
    insta::assert_snapshot!(errors, @"");
}

#[test]
fn broken_toml_is_told_with_its_line() {
    let errors = Policy::parse("version = \"1\"\n[[rule]\nid = \"x\n", "my.toml");
    insta::assert_snapshot!(errors.expect_err("broken").to_string(), @"");
    let empty = Policy::parse("", "my.toml").expect_err("empty").to_string();
    insta::assert_snapshot!(empty, @"");
    let no_sources = Policy::parse("version = \"1\"", "my.toml").expect_err("no sources");
    insta::assert_snapshot!(no_sources.to_string(), @"");
}

#[test]
fn too_many_sources_are_refused() {
    let source = |i: usize| {
        format!("[[source]]\nid = \"s{i}\"\nrole = \"programme\"\ntitle = {{ zh = \"源\", en = \"s\" }}\n")
    };
    let text = |sources: usize| {
        let sources: String = (0..sources).map(source).collect();
        format!("version = \"1\"\n{sources}")
    };
    assert!(Policy::parse(&text(64), "").is_ok());
    let errors = Policy::parse(&text(65), "p").expect_err("too many").to_string();
    assert_eq!(errors, "p:258:1: source \"s64\": a policy can have 64 sources");
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
    let found = judge(&policy, &[
        "dibao 7 2025-01-05 2025-06-30 300 id=1",
        "dibao 7 2025-03-31 - 450 id=2",
        "deaths 7 2026-04-01 - 0",
    ]);
    let mut out = Vec::new();
    write_findings(&mut out, &policy, &found.rows, &Names).expect("memory takes all");
    insta::assert_snapshot!(String::from_utf8_lossy(&out), @"");
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
