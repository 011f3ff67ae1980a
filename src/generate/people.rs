//! People and their households: the truth that records are drawn from.

use yiren_matchers::normalise::date::Date;

use super::calendar::from_day_number;
use super::identity::Number;
use super::names::Name;
use super::places::Home;
use super::random::Rng;

/// What a member is to the head of the household.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub(super) enum Relation {
    Head,
    Spouse,
    Son,
    Daughter,
    Parent,
    Grandchild,
    /// In a collective household (集体户).
    Unrelated,
}

/// One person: the truth that records are drawn from.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub name: Name,
    pub former_name: Option<String>,
    pub male: bool,
    pub birth: Date,
    pub people: &'static str,
    pub relation: Relation,
    pub mother: String,
    pub number: Number,
    pub second_number: Option<Number>,
    /// Their own phone, if they have one; else the household's serves.
    pub phone: Option<u64>,
    pub former_phone: u64,
    /// Their own account, if they have one; else the household's serves.
    pub account: Option<u64>,
    pub former_account: u64,
    pub dead: Option<Date>,
    /// On a public payroll.
    pub official: bool,
    /// Alone and without means: the people Tekun is for.
    pub destitute: bool,
    pub disabled: bool,
}

impl Person {
    /// Whole years at a date; 0 before birth.
    pub fn age(&self, at: Date) -> i32 {
        let before_birthday = (at.month(), at.day()) < (self.birth.month(), self.birth.day());
        (i32::from(at.year()) - i32::from(self.birth.year()) - i32::from(before_birthday)).max(0)
    }
}

/// People with one hukou booklet.
#[derive(Clone, Debug)]
pub(super) struct Household {
    pub members: Vec<Person>,
    pub home: Home,
    /// Where it lived before.
    pub former_home: Home,
    /// Where its members work and live, if not at home.
    pub away: Option<Home>,
    pub phone: u64,
    pub account: u64,
    pub on_dibao: bool,
}

/// Eleven digits of a mobile phone.
pub(super) fn phone(rng: &mut Rng) -> u64 {
    10_000_000_000 + u64::from(3 + rng.below(7)) * 1_000_000_000 + rng.next() % 1_000_000_000
}

/// Nineteen digits of a bank card, the last by Luhn's rule (ISO/IEC 7812).
pub(super) fn account(rng: &mut Rng) -> u64 {
    let body = 620_000_000_000_000_000 + rng.next() % 10_000_000_000_000_000;
    let mut rest = body;
    let mut sum = 0;
    let mut double = true;
    while rest > 0 {
        let digit = rest % 10 * if double { 2 } else { 1 };
        sum += digit / 10 + digit % 10;
        double = !double;
        rest /= 10;
    }
    body * 10 + (10 - sum % 10) % 10
}

/// A day from the first to the second, both possible; the second if the range is empty.
pub(super) fn day_between(from: Date, to: Date, rng: &mut Rng) -> Date {
    match (from.day_number(), to.day_number()) {
        (Some(first), Some(last)) if first < last => {
            from_day_number(rng.between(first, last)).unwrap_or(to)
        }
        _ => to,
    }
}
