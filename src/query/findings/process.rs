//! The steps that due process allows a case to take, decided here once: the service and the command
//! line refuse the same.
//!
//! | from | to | what it takes |
//! |---|---|---|
//! | `open` | `under_review` | a reason |
//! | `under_review` | `confirmed` | a reason; the person was told (`notified`), and has answered, or the day until which they may answer is past, or it is said why their answer was not waited for (`unheard`) |
//! | `under_review` | `dismissed` | a reason: what ends in the person's favour needs no hearing |
//! | `confirmed` | `resolved` | a reason: what was set right, and how |
//! | `confirmed`, `dismissed`, `resolved` | `under_review` | a reason: an objection, or something new; what was told and answered before belongs to the decision before, and is put aside |
//!
//! Nothing else: nothing is confirmed or dismissed that nobody looked into, and a case never goes back
//! to `open`. Without a step, the assignee can be changed at any time, and the days of notice and answer
//! while the case is under review, with a reason. Days are checked against the day of the recording, not
//! against one that the caller chooses: what lies ahead has not happened.

use std::fmt;

use yiren_matchers::normalise::date::{self, Date};

use super::Settling;
use crate::store::{Case, CaseStatus};

/// A step that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Where the case stands.
    pub from: CaseStatus,
    /// Where it was to go.
    pub to: CaseStatus,
    /// What stands against it, all of it.
    pub missing: Vec<Missing>,
}

/// What stands against a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// There is no such step: only to these.
    NoSuchStep(Vec<CaseStatus>),
    /// Nothing would be otherwise.
    Nothing,
    /// No reason was given.
    Reason,
    /// Days of notice and answer belong to a case that is under review.
    NotUnderReview,
    /// It was not said when the person was told.
    Notice,
    /// They did not answer, and no day was set until which they may.
    Deadline,
    /// They did not answer, and may until this day.
    Pending(Box<str>),
    /// One of the days cannot be read.
    Day,
    /// One of the days is still to come.
    Ahead,
    /// The person is said to have answered, or had to answer, before they were told.
    Reversed,
    /// Why an answer was not waited for is said with the confirmation alone.
    UnheardEarly,
}

/// The steps from a status.
pub fn steps_from(from: CaseStatus) -> &'static [CaseStatus] {
    match from {
        CaseStatus::Open => &[CaseStatus::UnderReview],
        CaseStatus::UnderReview => &[CaseStatus::Confirmed, CaseStatus::Dismissed],
        CaseStatus::Confirmed => &[CaseStatus::Resolved, CaseStatus::UnderReview],
        CaseStatus::Dismissed | CaseStatus::Resolved => &[CaseStatus::UnderReview],
    }
}

/// The case after what a person says of it on a day; `since`, `at` and `by` are left for who records it.
///
/// # Errors
/// All that due process has against it.
pub fn settle(before: Option<&Case>, said: &Settling, today: Date) -> Result<Case, Refusal> {
    let before = before.cloned().unwrap_or_default();
    let to = said.status.unwrap_or(before.status);
    let is_step = to != before.status;
    let mut missing = Vec::new();
    if is_step && !steps_from(before.status).contains(&to) {
        missing.push(Missing::NoSuchStep(steps_from(before.status).to_vec()));
    }
    // A case that is opened again is heard again.
    let anew = is_step && to == CaseStatus::UnderReview;
    let kept = |said: &Option<String>, before: &str| -> Box<str> {
        match said {
            Some(said) => said.as_str().into(),
            None if anew => "".into(),
            None => before.into(),
        }
    };
    let after = Case {
        status: to,
        why: said.why.as_str().into(),
        assignee: match &said.assignee {
            Some(assignee) => assignee.as_str().into(),
            None => before.assignee.clone(),
        },
        notified: kept(&said.notified, &before.notified),
        respond_by: kept(&said.respond_by, &before.respond_by),
        answered: kept(&said.answered, &before.answered),
        unheard: kept(&said.unheard, &before.unheard),
        ..Case::default()
    };
    let of_hearing = |case: &Case| {
        let days = [&case.notified, &case.respond_by, &case.answered];
        days.map(|day| day.clone())
    };
    let hears = of_hearing(&before) != of_hearing(&after) && !anew;
    if !is_step && !hears && before.assignee == after.assignee && before.unheard == after.unheard {
        missing.push(Missing::Nothing);
    } else if said.why.is_empty() && (is_step || hears) {
        missing.push(Missing::Reason);
    }
    if hears && before.status != CaseStatus::UnderReview && missing.is_empty() {
        missing.push(Missing::NotUnderReview);
    }
    if said.unheard.as_deref().is_some_and(|why| !why.is_empty()) && to != CaseStatus::Confirmed {
        missing.push(Missing::UnheardEarly);
    }
    missing.extend(wrong_days(&after, today));
    if is_step && to == CaseStatus::Confirmed && before.status == CaseStatus::UnderReview {
        missing.extend(unheard(&after, today));
    }
    match missing.is_empty() {
        true => Ok(after),
        false => Err(Refusal {
            from: before.status,
            to,
            missing,
        }),
    }
}

/// What keeps a case from a step as it stands on a day, a reason being given.
pub fn lacks(case: Option<&Case>, to: CaseStatus, today: Date) -> Vec<Missing> {
    let said = Settling {
        status: Some(to),
        why: "?".to_string(),
        ..Settling::default()
    };
    settle(case, &said, today)
        .err()
        .map_or_else(Vec::new, |refusal| refusal.missing)
}

/// What is wrong with the days of a case.
fn wrong_days(case: &Case, today: Date) -> Option<Missing> {
    let read = |day: &str| date::parse(day).filter(|day| day.is_complete());
    let (mut days, texts) = (
        [None; 3],
        [&case.notified, &case.respond_by, &case.answered],
    );
    for (day, text) in days.iter_mut().zip(texts) {
        *day = read(text);
        if day.is_none() && !text.is_empty() {
            return Some(Missing::Day);
        }
    }
    let [notified, respond_by, answered] = days;
    let is_ahead = |day: Option<Date>| day.is_some_and(|day| day > today);
    if is_ahead(notified) || is_ahead(answered) {
        return Some(Missing::Ahead);
    }
    let is_before = |day: Option<Date>| {
        let both = day.zip(notified);
        both.is_some_and(|(day, notified)| day < notified)
    };
    (is_before(respond_by) || is_before(answered)).then_some(Missing::Reversed)
}

/// What keeps a case from being confirmed: that its person was not heard.
fn unheard(case: &Case, today: Date) -> Vec<Missing> {
    let mut missing = Vec::new();
    if case.notified.is_empty() {
        missing.push(Missing::Notice);
    }
    if case.answered.is_empty() && case.unheard.is_empty() {
        match date::parse(&case.respond_by) {
            None => missing.push(Missing::Deadline),
            Some(day) if day >= today => missing.push(Missing::Pending(case.respond_by.clone())),
            Some(_) => {}
        }
    }
    missing
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Missing::NoSuchStep(steps) => {
                let names: Vec<&str> = steps.iter().map(|step| step.name()).collect();
                write!(f, "there is no such step; from there it goes to {}", names.join(" or "))
            }
            Missing::Nothing => f.write_str("nothing would be otherwise"),
            Missing::Reason => f.write_str("say why"),
            Missing::NotUnderReview => {
                f.write_str("days of notice and answer are those of a case that is under review")
            }
            Missing::Notice => f.write_str("say on which day the person was told (notified)"),
            Missing::Deadline => f.write_str(
                "the person has not answered (answered), no day is set until which they may (respond_by), and it is not said why their answer is not waited for (unheard)",
            ),
            Missing::Pending(day) => write!(
                f,
                "the person may answer until {day}: wait, say on which day they answered (answered), or why their answer is not waited for (unheard)"
            ),
            Missing::Day => f.write_str("a day is written as 2026-06-30"),
            Missing::Ahead => f.write_str("the day of notice or answer is still to come"),
            Missing::Reversed => f.write_str("a day of answer comes before that of notice"),
            Missing::UnheardEarly => {
                f.write_str("why an answer is not waited for (unheard) is said when confirming")
            }
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to) = (self.from.name(), self.to.name());
        match from == to {
            true => write!(f, "{from}: ")?,
            false => write!(f, "{from} to {to}: ")?,
        }
        let missing: Vec<String> = self.missing.iter().map(Missing::to_string).collect();
        f.write_str(&missing.join("; "))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    const TODAY: &str = "2026-02-10";

    fn day(text: &str) -> Date {
        date::parse(text).unwrap()
    }

    /// A case from `status notified respond_by answered`, each `-` where there is none.
    fn case(text: &str) -> Case {
        let part = |place: usize| {
            let part = text.split(' ').nth(place).unwrap_or("-");
            if part == "-" { "" } else { part }
        };
        Case {
            status: CaseStatus::from_name(part(0)).unwrap_or_default(),
            assignee: "Li".into(),
            notified: part(1).into(),
            respond_by: part(2).into(),
            answered: part(3).into(),
            ..Case::default()
        }
    }

    /// What is said, from `status=… why=… notified=…`.
    fn said(text: &str) -> Settling {
        let mut said = Settling::default();
        for (name, value) in text.split(' ').filter_map(|part| part.split_once('=')) {
            let value = value.to_string();
            match name {
                "status" => said.status = CaseStatus::from_name(&value),
                "why" => said.why = value,
                "assignee" => said.assignee = Some(value),
                "notified" => said.notified = Some(value),
                "respond_by" => said.respond_by = Some(value),
                "answered" => said.answered = Some(value),
                _ => said.unheard = Some(value),
            }
        }
        said
    }

    #[test]
    fn only_what_due_process_allows_is_done() {
        // Where it stands, what is said, and where it comes to or what is missing.
        let cases = [
            ("open", "status=under_review why=x", "under_review"),
            ("open", "status=under_review", "say why"),
            ("open", "status=confirmed why=x", "no such step"),
            ("open", "status=dismissed why=x", "no such step"),
            ("open", "status=open why=x", "nothing would be otherwise"),
            ("open", "why=x", "nothing would be otherwise"),
            ("open", "assignee=Wang", "open"),
            ("open", "assignee=Li", "nothing would be otherwise"),
            ("open", "notified=2026-02-01 why=x", "under review"),
            ("under_review", "status=dismissed why=x", "dismissed"),
            ("under_review", "status=resolved why=x", "no such step"),
            ("under_review", "status=open why=x", "no such step"),
            ("under_review", "status=confirmed why=x", "was told"),
            ("under_review", "status=confirmed why=x", "no day is set"),
            (
                "under_review - 2026-02-01",
                "status=confirmed why=x",
                "was told",
            ),
            (
                "under_review 2026-01-05",
                "status=confirmed why=x",
                "no day is set",
            ),
            (
                "under_review 2026-01-05 2026-02-10",
                "status=confirmed why=x",
                "may answer until 2026-02-10",
            ),
            (
                "under_review 2026-01-05 2026-02-09",
                "status=confirmed why=x",
                "confirmed",
            ),
            (
                "under_review 2026-01-05 2026-03-01 2026-02-01",
                "status=confirmed why=x",
                "confirmed",
            ),
            (
                "under_review 2026-01-05 2026-03-01",
                "status=confirmed why=x unheard=y",
                "confirmed",
            ),
            (
                "under_review",
                "status=confirmed why=x unheard=y",
                "was told",
            ),
            (
                "under_review",
                "status=confirmed why=x notified=2026-01-05 answered=2026-01-20",
                "confirmed",
            ),
            (
                "under_review",
                "status=confirmed why=x notified=2026-02-11 answered=2026-02-11",
                "still to come",
            ),
            (
                "under_review",
                "notified=2026-02-10 respond_by=2026-03-12 why=x",
                "under_review",
            ),
            (
                "under_review",
                "notified=2026-02-10 respond_by=2026-03-12",
                "say why",
            ),
            (
                "under_review",
                "notified=2026-02-05 respond_by=2026-02-04 why=x",
                "before that of notice",
            ),
            (
                "under_review 2026-02-05",
                "answered=2026-02-04 why=x",
                "before that of notice",
            ),
            ("under_review", "answered=2026-02-11 why=x", "still to come"),
            ("under_review", "notified=soon why=x", "written as"),
            ("under_review", "unheard=y why=x", "when confirming"),
            (
                "confirmed 2026-01-05 2026-02-01",
                "status=resolved why=x",
                "resolved",
            ),
            (
                "confirmed 2026-01-05 2026-02-01",
                "status=dismissed why=x",
                "no such step",
            ),
            (
                "confirmed 2026-01-05 2026-02-01",
                "notified= why=x",
                "under review",
            ),
            ("confirmed 2026-01-05 2026-02-01", "assignee=", "confirmed"),
            ("dismissed", "status=confirmed why=x", "no such step"),
            ("dismissed", "status=resolved why=x", "no such step"),
            ("dismissed", "status=under_review why=x", "under_review"),
            ("resolved", "status=under_review why=x", "under_review"),
            ("resolved", "status=confirmed why=x", "no such step"),
        ];
        for (before, what, expected) in cases {
            let told = match settle(Some(&case(before)), &said(what), day(TODAY)) {
                Ok(after) => after.status.name().to_string(),
                Err(refusal) => refusal.to_string(),
            };
            assert!(told.contains(expected), "{before}, {what}: {told}");
            assert_eq!(
                told == expected,
                CaseStatus::from_name(expected).is_some(),
                "{told}"
            );
        }
    }

    #[test]
    fn a_case_that_is_opened_again_is_heard_again() {
        let confirmed = Case {
            unheard: "abroad".into(),
            ..case("confirmed 2026-01-05 2026-02-01 2026-01-20")
        };
        let again = settle(
            Some(&confirmed),
            &said("status=under_review why=objection"),
            day(TODAY),
        );
        let again = again.unwrap_or_default();
        let expected = Case {
            why: "objection".into(),
            ..case("under_review")
        };
        assert_eq!(again, expected);
        assert_eq!(
            lacks(Some(&again), CaseStatus::Confirmed, day(TODAY)),
            [Missing::Notice, Missing::Deadline]
        );
        assert!(lacks(Some(&again), CaseStatus::Dismissed, day(TODAY)).is_empty());
    }

    #[test]
    fn every_status_can_be_left_and_only_open_cannot_be_reached() {
        for from in CaseStatus::ALL {
            assert!(!steps_from(from).is_empty(), "{from:?}");
            assert!(
                !steps_from(from).contains(&from) && !steps_from(from).contains(&CaseStatus::Open)
            );
            let reached = CaseStatus::ALL
                .iter()
                .any(|other| steps_from(*other).contains(&from));
            assert_eq!(reached, from != CaseStatus::Open, "{from:?}");
        }
    }
}
