//! Which records of one person, household, number or account do not go together.
//!
//! A [`Policy`] is read from a file: what each source is (a programme that enrols people, or a
//! register that describes them), and the rules, each with its legal basis and its dates.
//! [`evaluate`] applies it to entities and their [enrolments](crate::record::Enrolment) and
//! returns [`Findings`], one a pair of records, which [`write_findings`] puts into `findings.csv`.
//! Where entities and records change one by one, [`reevaluate`] judges again what a change may have
//! touched, and comes to the same findings.
//! Nothing here ends a benefit: a finding is a question to a person.
//!
//! # The file
//!
//! TOML: a `version`; a `[[source]]` for each programme and register; a `[[rule]]` for each rule;
//! a `[[region]]` where a region's rules differ. The shipped `policy.toml` is the example to follow.
//! Every source has `id`, `role` (`programme`, or `register` with `register` = `deaths`, `payroll`,
//! `population` or `other`), `title` in `zh` and `en`, and may have other names in `also`.
//! Every rule has `id`, `kind`, `severity` (`high`, `medium`, `low`, `information`), `title`,
//! `basis` (`zh`, `en`, and `checked`: `read`, `excerpt` or `unread`), may have `from` and `to`
//! (the first day in force and the first day no longer), and what its kind takes:
//!
//! | kind | finds | takes |
//! |---|---|---|
//! | `duplicate_enrolment` | one programme twice, months overlapping | `programmes` (default all), `min_months` (default 1) |
//! | `repeat_enrolment` | one programme twice, months not overlapping | `programmes` |
//! | `exclusive_overlap` | two programmes that exclude each other | `programmes`, `with`, `by` (`person` or `household`), `min_months` |
//! | `offset_overlap` | two programmes whose amounts are set against each other | as above |
//! | `requirement_missing` | months of a programme without any of those it needs | `programmes`, `requires`, `by`, `min_months` |
//! | `paid_after_death` | months later than that of a death in a register of deaths | `programmes`, `min_months` |
//! | `excluded_by_payroll` | a programme while on a payroll register | `programmes`, `min_months` |
//! | `excluded_by_register` | a programme while on another register | `programmes`, `registers`, `min_months` |
//! | `shared_national_id` | one number, two people | |
//! | `several_national_ids` | one person, several numbers | |
//! | `shared_account` | one account, unrelated households | `programmes`, `min_households` (default 3) |
//!
//! A region replaces rules by their id; what it does not state is as in the enclosing region, or nationally:
//!
//! ```
//! # use yiren::policy::{Policy, SHIPPED};
//! # let regional = r#"
//! [[region]]
//! code = "31"                  # every division that begins so; the longest code wins
//!
//! [[region.rule]]
//! id = "dibao-tekun"
//! to = 2027-01-01              # no longer in force there from that day
//!
//! [[region.rule]]
//! id = "duplicate-relief"
//! off = true
//!
//! [[region.rule]]              # an id of its own: a rule of this region alone
//! id = "housing-needs-dibao"
//! kind = "requirement_missing"
//! severity = "low"
//! programmes = ["housing"]
//! requires = ["dibao", "tekun"]
//! by = "household"
//! title = { zh = "住房救助须为低保或特困对象", en = "Housing assistance needs Dibao or Tekun" }
//! basis = { zh = "《社会救助暂行办法》第三十七条", en = "Decree 649, Art. 37", checked = "read" }
//! # "#;
//! # let text = format!("{SHIPPED}\n{regional}");
//! # Policy::parse(&text, "policy.toml").unwrap();
//! ```

mod anchor;
mod evaluate;
mod finding;
mod incremental;
mod month;
mod pairs;
mod read;
mod rule;
mod shared;

pub use anchor::Anchor;
pub use evaluate::{Findings, Skipped, UnjudgedSource, evaluate};
pub use finding::{Finding, FindingNames, finding_id, finding_number, write_findings};
pub use incremental::{Changed, Member, Named, Population, Reevaluated, Shared, reevaluate};
pub use month::{Month, Period, Unknown, coverage};
pub use read::{PolicyError, PolicyErrors};
pub use rule::{
    Basis, By, Checked, FindingKind, Policy, RegisterKind, Rule, SHIPPED, Severity,
    SourceDefinition, SourceRole, Text,
};

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test may panic")]
mod tests;
