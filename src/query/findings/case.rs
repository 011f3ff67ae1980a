//! One finding with its rule and the history of its case.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Filter, Inside, Listed, Listing};
use crate::query::overlap::{Arising, Legal};
use crate::resolve::Engine;
use crate::store::{Case, CaseStatus, Family, StoreError, View};

/// A finding with its rule and what people made of it, step by step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FindingCase {
    /// The finding, as it is or last was.
    #[serde(flatten)]
    pub finding: Listed,
    /// When it ceased to hold (milliseconds since 1970); absent while it is in force.
    pub closed: Option<i64>,
    /// What the rule is called, in Chinese.
    pub title_zh: String,
    /// What the rule is called, in English.
    pub title_en: String,
    /// Its legal basis.
    pub basis: Legal,
    /// What people made of it, oldest first.
    pub history: Vec<CaseStep>,
}

/// What a person made of a finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CaseStep {
    /// The commit.
    pub commit: u64,
    /// When (milliseconds since 1970).
    pub at: i64,
    /// How far it had come from then on.
    #[schema(value_type = String)]
    pub status: CaseStatus,
    /// Who said so.
    pub by: String,
    /// Why.
    pub why: String,
    /// Who worked on it from then on.
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

/// A finding by its number, also one that holds no more, if one of its records may be seen. Of one that
/// was closed and opened again the last time counts.
pub fn finding_case(
    view: &View<'_>,
    engine: &Engine,
    number: u64,
    inside: Inside<'_>,
) -> Result<Option<FindingCase>, StoreError> {
    let mut cursor = view.cursor(Family::Findings)?;
    let in_force = cursor.finding(engine.generation, number)?;
    let (stored, closed) = match in_force {
        Some(stored) => (stored, None),
        None => match view.finding_history(number)?.pop() {
            Some((until, stored)) => (stored, Some(until)),
            None => return Ok(None),
        },
    };
    let closed = match closed {
        Some(commit) => view.audit(commit)?.map(|entry| entry.at.0),
        None => None,
    };
    let arising = Arising::of(&engine.policy, &stored, String::new());
    let filter = Filter::default();
    let listing = Listing::new(view, &engine.policy, &filter, inside);
    let Some(finding) = listing.one(number, stored)? else {
        return Ok(None);
    };
    let before = view.case_history(number)?.into_iter();
    let steps = before.map(|(_, case)| case).chain(view.case(number)?);
    Ok(Some(FindingCase {
        finding,
        closed,
        title_zh: arising.title_zh,
        title_en: arising.title_en,
        basis: arising.basis,
        history: steps.map(CaseStep::from).collect(),
    }))
}

impl From<Case> for CaseStep {
    fn from(case: Case) -> CaseStep {
        CaseStep {
            commit: case.since,
            at: case.at.0,
            status: case.status,
            by: case.by.into(),
            why: case.why.into(),
            assignee: case.assignee.into(),
            notified: case.notified.into(),
            respond_by: case.respond_by.into(),
            answered: case.answered.into(),
            unheard: case.unheard.into(),
        }
    }
}

impl From<&FindingCase> for Case {
    /// Where the case stands.
    fn from(of: &FindingCase) -> Case {
        let finding = &of.finding;
        Case {
            status: finding.status,
            by: finding.by.as_str().into(),
            why: finding.why.as_str().into(),
            assignee: finding.assignee.as_str().into(),
            notified: finding.notified.as_str().into(),
            respond_by: finding.respond_by.as_str().into(),
            answered: finding.answered.as_str().into(),
            unheard: finding.unheard.as_str().into(),
            ..Case::default()
        }
    }
}
