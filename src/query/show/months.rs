//! Enrolments, month by month.

use serde::{Deserialize, Serialize};
use yiren_matchers::normalise::date::Date;

use crate::policy::{Month, Policy, RegisterKind, SourceRole, Unknown, coverage};
use crate::query::reading::name_of;
use crate::record::{Enrolment, Status};
use crate::resolve::enrolment_of;
use crate::store::Record;
use crate::wire::{self, Code};

/// The months of a record.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct ShownMonths {
    /// The record, as `source:record_id`.
    pub record: String,
    /// The programme or register that its source is; the source itself if the policy knows none.
    pub programme: String,
    /// What that is.
    pub role: Role,
    /// First month, and first month no longer covered, as `YYYY-MM`: as rules count them, up to
    /// the month of the day asked for where no end is given. Empty if they are not known. For a
    /// death, the month it was in and the one after.
    pub months: [String; 2],
    /// How many months that is.
    pub count: u32,
    /// Whether it has no end.
    pub open: bool,
    /// Why the months are not known, or empty: `start`, `end`, `reversed`.
    #[serde(deserialize_with = "wire::code")]
    pub unknown: Code,
    /// Hundredths of a yuan a month; 0 if not given.
    pub amount: i64,
}

/// What the months of a record are months of.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// An enrolment in a programme.
    Enrolment,
    /// An application: no enrolment yet.
    Applied,
    /// A death.
    Death,
    /// Something that a register says.
    Register,
    /// A source that the policy does not know.
    Other,
}

/// The months of a record as of a day; `None` for a record of a register that says none.
pub(super) fn months_of(policy: &Policy, record: &Record, as_of: Date) -> Option<ShownMonths> {
    let enrolment = enrolment_of(record);
    let source = policy.source(&record.source);
    let applied = enrolment.status == Status::Applied;
    let role = match source.map_or(SourceRole::Unknown, |source| source.role) {
        SourceRole::Programme if applied => Role::Applied,
        SourceRole::Programme => Role::Enrolment,
        SourceRole::Register(RegisterKind::Deaths) => Role::Death,
        SourceRole::Register(_) => Role::Register,
        SourceRole::Unknown => Role::Other,
    };
    let is_register = matches!(role, Role::Death | Role::Register | Role::Other);
    if is_register && enrolment.start.is_none() {
        return None;
    }
    let (period, unknown) = match (role, Month::of(as_of)) {
        (Role::Death, _) => match enrolment.start.and_then(Month::of) {
            Some(month) => (Some((month, month.next())), ""),
            None => (None, "start"),
        },
        (_, Some(as_of)) => match coverage(&enrolment, as_of) {
            Ok(period) => (Some((period.start(), period.end())), ""),
            Err(Unknown::Start) => (None, "start"),
            Err(Unknown::End) => (None, "end"),
            Err(Unknown::Reversed) => (None, "reversed"),
        },
        (_, None) => (None, "start"),
    };
    Some(ShownMonths {
        record: name_of(record),
        programme: source.map_or_else(|| record.source.to_string(), |source| source.id.clone()),
        role,
        months: period.map_or_else(Default::default, |(start, end)| {
            [start.to_string(), end.to_string()]
        }),
        count: period.map_or(0, |(start, end)| start.number().abs_diff(end.number())),
        open: role != Role::Death && enrolment.end.is_none() && unknown.is_empty(),
        unknown,
        amount: enrolment.monthly_amount,
    })
}

/// Whether an enrolment runs on a day: from its first day to its last, both included. `None` if its
/// dates do not say; an application does not run.
pub(crate) fn runs_on(enrolment: &Enrolment, day: Date) -> Option<bool> {
    if enrolment.status == Status::Applied {
        return Some(false);
    }
    let start = enrolment.start?;
    if start > day {
        return Some(false);
    }
    let ended = matches!(enrolment.status, Status::Exited | Status::Deceased);
    match enrolment.end {
        Some(end) => Some(end >= day),
        None if ended || enrolment.end_unreadable => None,
        None => Some(true),
    }
}
