//! Calendar dates, some of whose parts may be unknown.

use std::fmt;

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
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub struct Date(u32);

impl Date {
    /// The date, or `None` if the calendar has no such day. `month` 0 means that only the
    /// year is known (then `day` must be 0 too), `day` 0 that only year and month are.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Date> {
        let possible = match month {
            0 => day == 0,
            1..=12 => day <= days_in_month(year, month),
            _ => false,
        };
        (possible && (1..=9999).contains(&year))
            .then(|| Date(u32::from(year) << 9 | u32::from(month) << 5 | u32::from(day)))
    }

    /// The date that [`Date::bits`] came from, or `None` for bits that no date has.
    pub fn from_bits(bits: u32) -> Option<Date> {
        let year = u16::try_from(bits >> 9).ok()?;
        Date::new(year, (bits >> 5 & 15) as u8, (bits & 31) as u8)
    }

    /// Year, month and day packed into 23 bits; never 0.
    pub fn bits(self) -> u32 {
        self.0
    }

    /// The year, 1 to 9999.
    pub fn year(self) -> u16 {
        (self.0 >> 9) as u16
    }

    /// The month, 1 to 12, or 0 if unknown.
    pub fn month(self) -> u8 {
        (self.0 >> 5 & 15) as u8
    }

    /// The day, 1 to 31, or 0 if unknown.
    pub fn day(self) -> u8 {
        (self.0 & 31) as u8
    }

    /// Whether year, month and day are all known.
    pub fn is_complete(self) -> bool {
        self.day() != 0
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
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 31,
    }
}
