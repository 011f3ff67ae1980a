//! Records as programmes and registers keep them.

use yiren_matchers::normalise::date::Date;

/// What the rules need to know of one record: when, how much, and what it shares with others.
/// Records are numbered in the order of (source, record id), so a smaller number breaks ties.
#[derive(Clone, Debug, Default)]
pub struct Enrolment {
    /// Position of the source in the sweep's sorted list of sources.
    pub source: u16,
    /// State of the enrolment; see [`Status`].
    pub status: Status,
    /// First day, if given and readable; in the deaths register, the day of death.
    pub start: Option<Date>,
    /// Last day, if given and readable; `None` means still running.
    pub end: Option<Date>,
    /// Whether an end was given that cannot be read, so that `end: None` says nothing.
    pub end_unreadable: bool,
    /// Amount a month, in hundredths of a yuan; 0 if not given.
    pub monthly_amount: i64,
    /// Whole, valid ID number, as the bits of its packed form; 0 if there is none.
    pub national_id: u64,
    /// Household, as a number that is equal where the household id is equal; 0 if there is none.
    pub household: u64,
    /// Bank account, as a number that is equal where the account is equal; 0 if there is none.
    pub account: u64,
    /// Six-digit division where the record was made (or, failing that, of the hukou); 0 if unknown.
    pub division: u32,
}

/// State of an enrolment, from the `status` column.
#[derive(Copy, Clone, Debug, Default, Eq, PartialEq, Hash)]
pub enum Status {
    /// Not given, or not a known word.
    #[default]
    Unknown,
    /// Asked for, not yet granted: never counts as an enrolment.
    Applied,
    /// Being paid.
    Active,
    /// Stopped for the time being.
    Suspended,
    /// Ended.
    Exited,
    /// Ended because the person died; also the status of every record of the deaths register.
    Deceased,
}
