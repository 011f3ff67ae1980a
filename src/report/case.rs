//! A case as its page shows it, values whole: [`super::render_case`] draws it.

use super::summary::{Example, Summary};
use super::words::Text;

/// Findings, whose they are, and what all rests on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CasePage {
    /// The day, the model and its thresholds, the versions; nothing else of it is shown.
    pub summary: Summary,
    /// The commit of the store that all is as of.
    pub commit: u64,
    /// When that was.
    pub known_at: String,
    /// The findings.
    pub findings: Vec<CaseFinding>,
    /// The persons, each once.
    pub persons: Vec<CasePerson>,
    /// Why the two records of each finding are, or are not, taken for one person, values whole.
    pub pairs: Vec<CasePair>,
    /// The entries of the audit that touch the case.
    pub audit: Vec<CaseEntry>,
    /// The files beside the page, with what they hold.
    pub files: Vec<(String, Text)>,
}

/// A finding of a case.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CaseFinding {
    /// Its id.
    pub id: String,
    /// Code of the kind.
    pub kind: String,
    /// Code of the severity.
    pub severity: String,
    /// The rule.
    pub title: Text,
    /// Its legal basis.
    pub basis: Text,
    /// How far the text of that was read.
    pub checked: Text,
    /// The records, each with its name.
    pub records: Vec<String>,
    /// First month and first month no longer covered; empty if it has none.
    pub months: [String; 2],
    /// How many months.
    pub count: u32,
    /// Hundredths of a yuan.
    pub amount: i64,
    /// Match probability of the two records.
    pub probability: f64,
    /// Since when it is so.
    pub since: String,
    /// When it ceased to be so; empty if it is.
    pub closed: String,
    /// How far the case has come.
    pub status: Text,
    /// What people made of it, oldest first.
    pub steps: Vec<CaseStepRow>,
}

/// What a person made of a finding.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CaseStepRow {
    /// When.
    pub at: String,
    /// How far the case had come from then on.
    pub status: Text,
    /// Who said so.
    pub by: String,
    /// Why.
    pub why: String,
    /// Who worked on it.
    pub assignee: String,
    /// Day on which the person was told.
    pub notified: String,
    /// Day until which they may answer.
    pub respond_by: String,
    /// Day on which they answered.
    pub answered: String,
    /// Why an answer was not waited for.
    pub unheard: String,
}

/// A person of a case.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CasePerson {
    /// The entity.
    pub entity: String,
    /// The name that most records agree on.
    pub name: String,
    /// The records.
    pub records: Vec<String>,
    /// The columns, each with a cell a record.
    pub columns: Vec<(String, Vec<CaseCell>)>,
    /// Enrolments and what registers say, month by month.
    pub months: Vec<CaseMonths>,
    /// What people said of the records: when, what, of which, who, why.
    pub verdicts: Vec<[Text; 5]>,
}

/// A cell of a record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseCell {
    /// The text as it came.
    pub text: String,
    /// `≠` where it is another value than the person's, `~` where it is the same written otherwise.
    pub mark: &'static str,
}

/// The months of a record, or of a finding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseMonths {
    /// Whose they are.
    pub label: Text,
    /// What they are: `enrolment`, `finding`, or anything else.
    pub role: &'static str,
    /// First month and first month no longer covered, as `YYYY-MM`; empty if they are not known.
    pub months: [String; 2],
    /// Whether they have no end yet.
    pub open: bool,
    /// Hundredths of a yuan a month; 0 if not given.
    pub amount: i64,
}

/// Two records, compared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CasePair {
    /// The evidence, step by step.
    pub example: Example,
    /// What it came to.
    pub because: Text,
    /// Where others lead from the one to the other: the records of each link, and its weight.
    pub chain: Vec<([String; 2], f64)>,
}

/// An entry of the audit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseEntry {
    /// The commit.
    pub commit: u64,
    /// When.
    pub at: String,
    /// Who.
    pub actor: String,
    /// What.
    pub action: String,
    /// Hash of the entry.
    pub hash: String,
    /// The file that holds it; empty where it is about others as well.
    pub file: String,
}
