//! Calendar dates, some of whose parts may be unknown.

mod chinese;
mod parse;

use std::fmt;
use std::num::NonZeroU32;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

pub use parse::{parse, parse_within};

/// Years in which a person on file can have been born or helped; [`parse`] takes any other
/// for an error.
pub const PLAUSIBLE_YEARS: RangeInclusive<u16> = 1850..=2100;

/// A date of the Gregorian calendar in 32 bits; the day, or the month and the day, may be
/// unknown. Orders by time, an unknown part before every known one.
///
/// ```
/// use yiren_matchers::normalise::date::Date;
/// let date = Date::new(1962, 5, 7).unwrap();
/// assert_eq!(date.to_string(), "1962-05-07");
/// assert_eq!(Date::new(1962, 5, 0).unwrap().to_string(), "1962-05");
/// assert!(Date::new(1962, 2, 30).is_none());
/// ```
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Serialize, Deserialize)]
pub struct Date(NonZeroU32);

impl Date {
    /// The date, or `None` if the calendar has no such day. `month` 0 means that only the
    /// year is known (then `day` must be 0 too), `day` 0 that only year and month are.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Date> {
        let possible = match month {
            0 => day == 0,
            1..=12 => day <= days_in_month(year, month),
            _ => false,
        };
        let bits = u32::from(year) << 9 | u32::from(month) << 5 | u32::from(day);
        let date = NonZeroU32::new(bits).map(Date);
        date.filter(|_| possible && (1..=9999).contains(&year))
    }

    /// As [`Date::new`], but of a date whose month is unknown the day is dropped.
    fn known_parts(year: u16, month: u8, day: u8) -> Option<Date> {
        match (month, day) {
            (0, 0..=31) => Date::new(year, 0, 0),
            _ => Date::new(year, month, day),
        }
    }

    /// The date that [`Date::bits`] came from, or `None` for bits that no date has.
    pub fn from_bits(bits: u32) -> Option<Date> {
        let year = u16::try_from(bits >> 9).ok()?;
        Date::new(year, (bits >> 5 & 15) as u8, (bits & 31) as u8)
    }

    /// The date of bits that [`Date::bits`] gave, or `None` for 0. Costs nothing.
    #[inline]
    pub(crate) fn from_own_bits(bits: u32) -> Option<Date> {
        debug_assert!(bits == 0 || Date::from_bits(bits).is_some());
        NonZeroU32::new(bits).map(Date)
    }

    /// Year, month and day packed into 23 bits; never 0.
    #[inline]
    pub fn bits(self) -> u32 {
        self.0.get()
    }

    /// The year, 1 to 9999.
    #[inline]
    pub fn year(self) -> u16 {
        (self.bits() >> 9) as u16
    }

    /// The month, 1 to 12, or 0 if unknown.
    #[inline]
    pub fn month(self) -> u8 {
        (self.bits() >> 5 & 15) as u8
    }

    /// The day, 1 to 31, or 0 if unknown.
    #[inline]
    pub fn day(self) -> u8 {
        (self.bits() & 31) as u8
    }

    /// Whether year, month and day are all known.
    #[inline]
    pub fn is_complete(self) -> bool {
        self.day() != 0
    }

    /// Whether the date is one that programs and clerks enter when they know only the year,
    /// or nothing: 1 January of any year, or the zero day of a spreadsheet (1899-12-30 and
    /// 1899-12-31). Two equal default dates are weak evidence.
    #[inline]
    pub fn is_default(self) -> bool {
        matches!(
            (self.year(), self.month(), self.day()),
            (_, 1, 1) | (1899, 12, 30 | 31)
        )
    }

    /// Months since January of year 0; an unknown month counts as January. Enrolments
    /// overlap by month, so this is the unit that policy counts in.
    pub fn month_number(self) -> i32 {
        i32::from(self.year()) * 12 + i32::from(self.month().max(1)) - 1
    }

    /// Days since 1970-01-01, or `None` unless the date is complete.
    ///
    /// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`.
    pub fn day_number(self) -> Option<i32> {
        if !self.is_complete() {
            return None;
        }
        let month = i32::from(self.month());
        let year = i32::from(self.year()) - i32::from(month <= 2);
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + i32::from(self.day()) - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Some(era * 146_097 + day_of_era - 719_468)
    }
}

/// ISO 8601, cut short after the last known part.
impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.month(), self.day()) {
            (0, _) => write!(f, "{:04}", self.year()),
            (month, 0) => write!(f, "{:04}-{month:02}", self.year()),
            (month, day) => write!(f, "{:04}-{month:02}-{day:02}", self.year()),
        }
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Days of the month, 28 to 31; `month` is 1 to 12.
pub fn days_in_month(year: u16, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn parts_and_order() {
        let date = Date::new(1962, 5, 7).unwrap();
        assert_eq!((date.year(), date.month(), date.day()), (1962, 5, 7));
        assert_eq!(date.month_number(), 1962 * 12 + 4);
        assert!(Date::new(1962, 0, 0) < Date::new(1962, 5, 0));
        assert!(Date::new(1962, 5, 0) < Date::new(1962, 5, 1));
        assert!(Date::new(1962, 5, 31) < Date::new(1962, 6, 0));
        for (year, month, day) in [
            (0, 1, 1),
            (10_000, 1, 1),
            (1962, 13, 1),
            (1962, 0, 7),
            (1962, 4, 31),
            (1900, 2, 29),
            (1962, 5, 32),
        ] {
            assert_eq!(Date::new(year, month, day), None);
        }
        assert!(Date::new(2000, 2, 29).is_some() && Date::new(2024, 2, 29).is_some());
    }

    #[test]
    fn default_dates() {
        for (year, month, day, expected) in [
            (1962, 1, 1, true),
            (1900, 1, 1, true),
            (1899, 12, 30, true),
            (1962, 12, 31, false),
            (1962, 1, 2, false),
            (1962, 1, 0, false),
            (1962, 0, 0, false),
        ] {
            assert_eq!(Date::new(year, month, day).unwrap().is_default(), expected);
        }
    }

    #[test]
    fn day_numbers_count_every_day_once() {
        assert_eq!(Date::new(1970, 1, 1).unwrap().day_number(), Some(0));
        assert_eq!(Date::new(1970, 1, 0).unwrap().day_number(), None);
        let mut expected = Date::new(1850, 1, 1).unwrap().day_number().unwrap();
        for year in 1850..=2100 {
            for month in 1..=12 {
                for day in 1..=days_in_month(year, month) {
                    assert_eq!(
                        Date::new(year, month, day).unwrap().day_number(),
                        Some(expected)
                    );
                    expected += 1;
                }
            }
        }
    }

    proptest! {
        #[test]
        fn bits_are_reversible(bits in 0u32..1 << 24) {
            match Date::from_bits(bits) {
                Some(date) => prop_assert_eq!(date.bits(), bits),
                None => prop_assert!(Date::new((bits >> 9) as u16, (bits >> 5 & 15) as u8, (bits & 31) as u8).is_none()),
            }
        }
    }
}
