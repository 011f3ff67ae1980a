//! Each rule shape by small cases, as of 2026-06-30.

use super::*;

/// A policy of the shipped sources and these rules.
fn with_rules(rules: &str) -> Policy {
    let sources = SHIPPED.split("# ---- the same programme").next();
    let title = r#"title = { zh = "题", en = "title" }
basis = { zh = "法", en = "law", checked = "unread" }
severity = "low""#;
    let rules = rules.replace("TITLE", title);
    let text = format!("{}\n{rules}", sources.expect("sources come first"));
    Policy::parse(&text, "test.toml").unwrap_or_else(|errors| panic!("{errors}"))
}

fn check(policy: &Policy, cases: &[(&str, &[&str], &[&str])]) {
    for (about, records, expected) in cases {
        let found = lines(policy, &judge(policy, records));
        assert_eq!(found, *expected, "{about}");
    }
}

#[test]
fn shipped_rules_about_programmes() {
    check(
        &Policy::shipped(),
        &[
            (
                "twice, overlapping: the smaller amount for the months of both",
                &[
                    "dibao 1 2025-01-05 2025-06-30 300",
                    "dibao 1 2025-03-31 - 450",
                ],
                &["duplicate 0 1 2025-03..2025-06 3 900"],
            ),
            (
                "the month one ends in is not covered, so the other may start in it",
                &[
                    "dibao 1 2025-01-01 2025-06-30 300",
                    "dibao 1 2025-06-01 2025-09-01 300",
                ],
                &["repeat 0 1 2025-06..2025-06 0 0"],
            ),
            (
                "one after the other: the months between",
                &[
                    "tekun 1 2025-06-01 - 300",
                    "tekun 1 2024-01-01 2025-01-31 300",
                ],
                &["repeat 0 1 2025-01..2025-06 5 0"],
            ),
            (
                "an enrolment of no months inside another",
                &[
                    "tekun 1 2024-01-01 2025-01-31 300",
                    "tekun 1 2024-05-01 2024-05-31 300",
                ],
                &["repeat 0 1 2024-05..2024-05 0 0"],
            ),
            (
                "three at once are three pairs",
                &[
                    "education 1 2025-01-01 2025-03-01 1",
                    "education 1 2025-01-01 2025-03-01 1",
                    "education 1 2025-01-01 2025-03-01 1",
                ],
                &[
                    "duplicate 0 1 2025-01..2025-03 2 2",
                    "duplicate 0 2 2025-01..2025-03 2 2",
                    "duplicate 1 2 2025-01..2025-03 2 2",
                ],
            ),
            (
                "two files of one programme are one programme",
                &[
                    "dibao 1 2025-01-01 2025-03-01 100",
                    "dibao_310000 1 2025-02-01 - 200",
                ],
                &["duplicate 0 1 2025-02..2025-03 1 100"],
            ),
            (
                "two people",
                &["dibao 1 2025-01-01 - 1", "dibao 2 2025-01-01 - 1"],
                &[],
            ),
            (
                "applied is no enrolment, suspended is",
                &[
                    "dibao 1 2025-01-01 - 1 status=applied",
                    "dibao 1 2025-01-01 2025-02-01 1 status=suspended",
                    "tekun 1 2025-01-01 - 0",
                ],
                &["dibao-tekun 1 2 2025-01..2025-02 1 0"],
            ),
            (
                "exclusive for the months of both, in either order",
                &[
                    "dibao 1 2026-01-01 - 500",
                    "tekun 1 2025-01-01 2026-04-30 700",
                ],
                &["dibao-tekun 0 1 2026-01..2026-04 3 1500"],
            ),
            (
                "one running, one that starts in the month of as-of",
                &["dibao 1 2026-06-01 - 500", "tekun 1 2025-01-01 - 700"],
                &[],
            ),
            (
                "exclusive by person: a family may have both",
                &[
                    "dibao 1 2025-01-01 - 500 household=7",
                    "tekun 2 2025-01-01 - 700 household=7",
                ],
                &[],
            ),
            (
                "programmes that go together",
                &[
                    "dibao 1 2025-01-01 - 500",
                    "education 1 2025-01-01 - 700",
                    "housing 1 2025-01-01 - 700",
                ],
                &[],
            ),
            (
                "months before the rule do not count",
                &[
                    "dibao 1 2012-01-01 2014-08-01 500",
                    "tekun 1 2012-01-01 - 700",
                ],
                &["dibao-tekun 0 1 2014-05..2014-08 3 1500"],
            ),
            (
                "a source that no policy knows",
                &[
                    "dibao 1 2025-01-01 - 500",
                    "elsewhere 1 2025-01-01 - 700",
                    "elsewhere 1 2025-01-01 - 700",
                ],
                &[],
            ),
        ],
    );
}

#[test]
fn shipped_rules_about_registers() {
    check(
        &Policy::shipped(),
        &[
            (
                "the month of death may be paid, the next may not",
                &["housing 1 2025-01-01 - 100", "deaths 1 2026-03-01 - 0"],
                &["after-death 0 1 2026-04..2026-06 2 200"],
            ),
            (
                "ended in the month after: the last month paid is that of death",
                &[
                    "housing 1 2025-01-01 2026-04-30 100",
                    "deaths 1 2026-03-31 - 0",
                ],
                &[],
            ),
            (
                "ended two months after",
                &[
                    "housing 1 2025-01-01 2026-05-01 100",
                    "deaths 1 2026-03-31 - 0",
                ],
                &["after-death 0 1 2026-04..2026-05 1 100"],
            ),
            (
                "enrolled when dead already; death over the turn of the year",
                &[
                    "dibao 1 2026-01-15 2026-03-01 100",
                    "deaths 1 2025-12-31 - 0",
                ],
                &["after-death 0 1 2026-01..2026-03 2 200"],
            ),
            (
                "a death of another person, and one without a month",
                &[
                    "dibao 1 2025-01-01 - 100",
                    "deaths 2 2025-01-01 - 0",
                    "deaths 1 2025 - 0",
                ],
                &[],
            ),
            (
                "payroll by its own months, for the programme's amount",
                &[
                    "dibao 1 2025-01-01 - 100",
                    "payroll 1 2025-03-01 2025-06-01 9000",
                ],
                &["payroll 0 1 2025-03..2025-06 3 300"],
            ),
            (
                "payroll is nothing to other programmes, nor twice in itself",
                &[
                    "housing 1 2025-01-01 - 100",
                    "payroll 1 2025-03-01 - 0",
                    "payroll 1 2025-03-01 - 0",
                ],
                &[],
            ),
            (
                "no rule asks the tax register",
                &["dibao 1 2025-01-01 - 100", "tax 1 2025-01-01 - 100"],
                &[],
            ),
        ],
    );
}

#[test]
fn numbers_and_accounts() {
    check(
        &Policy::shipped(),
        &[
            (
                "one number, three people: a star on the first record; registers, strangers and applicants count",
                &[
                    "dibao 2 - - 0 id=9 status=applied",
                    "dibao 2 - - 0 id=9",
                    "deaths 1 - - 0 id=9",
                    "elsewhere 3 - - 0 id=9",
                ],
                &["shared-number 0 2 - 0 0", "shared-number 0 3 - 0 0"],
            ),
            (
                "one person, three numbers",
                &[
                    "dibao 1 - - 0 id=8",
                    "dibao 1 - - 0",
                    "tekun 1 - - 0 id=5",
                    "payroll 1 - - 0 id=8",
                    "payroll 1 - - 0 id=3",
                ],
                &["several-numbers 0 2 - 0 0", "several-numbers 0 4 - 0 0"],
            ),
            (
                "an account of one household is as it should be",
                &[
                    "dibao 1 - - 0 account=4 household=1",
                    "dibao 2 - - 0 account=4 household=1",
                    "dibao 3 - - 0 account=4 household=1",
                ],
                &[],
            ),
            (
                "two households are a family that has split",
                &[
                    "dibao 1 - - 0 account=4 household=1",
                    "dibao 2 - - 0 account=4 household=2",
                ],
                &[],
            ),
            (
                "three are not",
                &[
                    "dibao 1 - - 0 account=4 household=1",
                    "dibao 2 - - 0 account=4 household=2",
                    "dibao 3 - - 0 account=4 household=1",
                    "tekun 4 - - 0 account=4 household=3",
                ],
                &["shared-account 0 1 - 0 0", "shared-account 0 3 - 0 0"],
            ),
            (
                "a household id on another record of the person joins",
                &[
                    "dibao 1 - - 0 account=4 household=1",
                    "dibao 2 - - 0 account=4 household=2",
                    "dibao 3 - - 0 account=4 household=3",
                    "payroll 3 - - 0 household=2",
                ],
                &[],
            ),
            (
                "a salary, an application and people without a household do not count",
                &[
                    "dibao 1 - - 0 account=4 household=1",
                    "dibao 2 - - 0 account=4 household=2 status=applied",
                    "dibao 5 - - 0 account=4",
                    "payroll 3 - - 0 account=4 household=3",
                ],
                &[],
            ),
        ],
    );
}

#[test]
fn other_shapes() {
    let policy = with_rules(
        r#"
[[rule]]
id = "offset"
kind = "offset_overlap"
programmes = ["dibao", "tekun"]
with = ["education"]
by = "household"
min_months = 2
TITLE
[[rule]]
id = "needs"
kind = "requirement_missing"
programmes = ["housing"]
requires = ["dibao", "tekun"]
by = "household"
TITLE
[[rule]]
id = "tax"
kind = "excluded_by_register"
programmes = ["dibao"]
registers = ["tax"]
min_months = 3
TITLE
[[rule]]
id = "insured"
kind = "shared_account"
programmes = ["education"]
min_households = 2
TITLE"#,
    );
    check(
        &policy,
        &[
            (
                "offset within a person and within a household",
                &[
                    "dibao 1 2025-01-01 2025-03-31 100",
                    "dibao 2 2025-01-01 2025-03-31 300 household=3",
                    "education 1 2025-01-01 2025-05-31 200",
                    "education 4 2025-01-01 2025-05-31 200 household=3",
                ],
                &[
                    "offset 0 2 2025-01..2025-03 2 200",
                    "offset 1 3 2025-01..2025-03 2 400",
                ],
            ),
            (
                "fewer months than the rule asks for",
                &[
                    "dibao 1 2025-01-01 2025-02-28 100",
                    "education 1 2025-01-01 2025-05-31 200",
                    "tax 1 2025-01-01 2026-01-01 0",
                ],
                &[],
            ),
            (
                "the months that lack what they need, from the first to the last",
                &[
                    "dibao 1 2025-03-01 2025-05-31 100",
                    "housing 1 2025-01-01 2025-07-31 200",
                ],
                &["needs 1 1 2025-01..2025-07 4 800"],
            ),
            (
                "a member of the household has it",
                &[
                    "dibao 2 2025-01-01 - 100 household=3",
                    "housing 1 2025-02-01 2025-07-31 200 household=3",
                ],
                &[],
            ),
            (
                "the person in one part, the household in another",
                &[
                    "dibao 1 2025-01-01 2025-03-31 100",
                    "tekun 2 2025-04-01 - 100 household=3",
                    "housing 1 2025-02-01 2025-07-31 200 household=3",
                ],
                &["needs 2 2 2025-03..2025-04 1 200"],
            ),
            (
                "an application is not having it",
                &[
                    "dibao 1 2025-01-01 - 100 status=applied",
                    "housing 1 2026-02-01 - 200",
                ],
                &["needs 1 1 2026-02..2026-06 4 800"],
            ),
            (
                "having it at an unknown time: nothing can be said",
                &["dibao 1 - - 100", "housing 1 2026-02-01 - 200"],
                &[],
            ),
            (
                "another register",
                &["dibao 1 2025-01-01 - 10", "tax 1 2026-03-01 - 0"],
                &["tax 0 1 2026-03..2026-06 3 30"],
            ),
            (
                "accounts of some programmes only",
                &[
                    "dibao 1 - - 0 account=4 household=1",
                    "education 2 - - 0 account=4 household=2",
                    "education 3 - - 0 account=4 household=3",
                ],
                &["insured 1 2 - 0 0"],
            ),
        ],
    );
    let unknown = judge(&policy, &["dibao 1 - - 100", "housing 1 2026-02-01 - 200"]);
    assert_eq!(unknown.skipped.requirement_unknown, 1);
}

#[test]
fn regions_replace_rules() {
    let regional = r#"
[[region]]
code = "3101"
[[region.rule]]
id = "dibao-tekun"
from = 2025-03-01
[[region]]
code = "31"
[[region.rule]]
id = "dibao-tekun"
severity = "low"
to = 2025-05-01
[[region.rule]]
id = "duplicate"
off = true
[[region.rule]]
id = "local"
kind = "exclusive_overlap"
severity = "low"
programmes = ["housing"]
with = ["education"]
title = { zh = "题", en = "title" }
basis = { zh = "法", en = "law", checked = "unread" }
"#;
    let policy = Policy::parse(&format!("{SHIPPED}{regional}"), "test.toml")
        .unwrap_or_else(|errors| panic!("{errors}"));
    check(
        &policy,
        &[
            (
                "elsewhere, and where the division is unknown, the national rule",
                &[
                    "dibao 1 2025-01-01 2025-07-01 100 division=320101",
                    "tekun 1 2025-01-01 2025-07-01 100",
                    "dibao 2 2025-01-01 2025-07-01 100",
                    "tekun 2 2025-01-01 2025-07-01 100",
                ],
                &[
                    "dibao-tekun 0 1 2025-01..2025-07 6 600",
                    "dibao-tekun 2 3 2025-01..2025-07 6 600",
                ],
            ),
            (
                "the region's",
                &[
                    "dibao 1 2025-01-01 2025-07-01 100 division=310201",
                    "tekun 1 2025-01-01 2025-07-01 100",
                ],
                &["dibao-tekun 0 1 2025-01..2025-05 4 400"],
            ),
            (
                "a city's, which builds on the province's",
                &[
                    "dibao 1 2025-01-01 2025-07-01 100 division=310115",
                    "tekun 1 2025-01-01 2025-07-01 100",
                ],
                &["dibao-tekun 0 1 2025-03..2025-05 2 200"],
            ),
            (
                "the one that started later says where",
                &[
                    "dibao 1 2025-01-01 2025-07-01 100",
                    "tekun 1 2025-02-01 2025-07-01 100 division=310201",
                ],
                &["dibao-tekun 0 1 2025-02..2025-05 3 300"],
            ),
            (
                "a rule turned off",
                &[
                    "dibao 1 2025-01-01 - 1 division=310201",
                    "dibao 1 2025-01-01 - 1",
                ],
                &[],
            ),
            (
                "a rule of the region alone, in its city too",
                &[
                    "education 1 2025-01-01 2025-02-01 1 division=310115",
                    "housing 1 2025-01-01 - 1",
                ],
                &["local 0 1 2025-01..2025-02 1 1"],
            ),
            (
                "and nowhere else",
                &["education 1 2025-01-01 - 1", "housing 1 2025-01-01 - 1"],
                &[],
            ),
        ],
    );
    let versions: Vec<_> = policy
        .rules()
        .iter()
        .filter(|rule| rule.id == "dibao-tekun")
        .map(|rule| (rule.region.as_deref(), rule.severity))
        .collect();
    assert_eq!(
        versions,
        [
            (None, Severity::High),
            (Some("31"), Severity::Low),
            (Some("3101"), Severity::Low)
        ]
    );
}

#[test]
fn what_cannot_be_judged_is_counted() {
    let found = judge(
        &Policy::shipped(),
        &[
            "dibao 1 - - 1",
            "dibao 1 2025-01-01 - 1 status=exited",
            "dibao 1 2025-03-01 2025-02-01 1",
            "dibao 1 - - 1 status=applied",
            "deaths 1 2025 - 0",
            "payroll 1 - - 0",
            "elsewhere 1 - - 0",
        ],
    );
    let skipped = Skipped {
        start_unknown: 2,
        end_unknown: 1,
        reversed: 1,
        death_unknown: 1,
        ..Skipped::default()
    };
    assert_eq!((found.rows.len(), found.skipped), (0, skipped));
    let elsewhere = UnjudgedSource {
        source: "elsewhere".to_string(),
        records: 1,
    };
    assert_eq!(found.unjudged, [elsewhere]);
}

#[test]
fn a_giant_is_compared_with_its_first_records() {
    let giant = vec!["dibao 1 2026-01-01 2026-03-01 1"; 300];
    let found = judge(&Policy::shipped(), &giant);
    let expected: usize = (0..300).map(|record| record.min(256)).sum();
    assert_eq!(found.rows.len(), expected);
    assert_eq!(found.skipped.pairs_not_compared, 44 * 43 / 2);
    assert_eq!(
        expected as u64 + found.skipped.pairs_not_compared,
        300 * 299 / 2
    );
}

#[test]
fn probability_is_asked_of_pairs_only() {
    let policy = with_rules(
        "[[rule]]\nid = \"needs\"\nkind = \"requirement_missing\"\nprogrammes = [\"housing\"]\n\
         requires = [\"dibao\"]\nTITLE\n[[rule]]\nid = \"twice\"\nkind = \"duplicate_enrolment\"\nTITLE",
    );
    let housing = "housing 1 2025-01-01 - 1";
    let found = judge(&policy, &[housing, housing]);
    let probabilities: Vec<f64> = found.rows.iter().map(|row| row.probability).collect();
    assert_eq!(probabilities, [1e-6, 1.0, 1.0]);
}

#[test]
fn sources_go_by_their_names() {
    let policy = Policy::shipped();
    for (source, id) in [
        ("dibao", "dibao"),
        ("Dibao", "dibao"),
        ("低保", "dibao"),
        ("低保-2026-06", "dibao"),
        ("dibao_310000", "dibao"),
        ("dibao.2026 06", "dibao"),
        ("死亡登记", "deaths"),
        ("hukou", "population"),
        ("dibao2", "-"),
        ("dibao_shanghai", "-"),
        ("housing_fund", "-"),
        ("dib", "-"),
        ("_2026", "-"),
        ("", "-"),
    ] {
        let found = policy.source(source).map_or("-", |found| &found.id);
        assert_eq!(found, id, "{source}");
    }
    assert_eq!(policy.role_of("tekun_1"), SourceRole::Programme);
    assert_eq!(
        policy.role_of("payroll"),
        SourceRole::Register(RegisterKind::Payroll)
    );
    assert_eq!(policy.role_of("elsewhere"), SourceRole::Unknown);
}
