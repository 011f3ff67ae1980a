//! Calendar months, the unit in which benefits are paid and overlap.

use std::fmt;

use yiren_matchers::normalise::date::Date;

use crate::record::{Enrolment, Status};

/// One calendar month, as months since January of year 0. Written `YYYY-MM`.
#[derive(Copy, Clone, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub struct Month(i32);

impl Month {
    /// The month of a date, or `None` if only the year is known.
    pub fn of(date: Date) -> Option<Month> {
        (date.month() != 0).then(|| Month(date.month_number()))
    }

    /// The month of a date; January if only the year is known.
    pub(super) fn of_or_january(date: Date) -> Month {
        Month(date.month_number())
    }

    /// Months since January of year 0.
    pub fn number(self) -> i32 {
        self.0
    }

    /// The month after this one.
    pub fn next(self) -> Month {
        Month(self.0.saturating_add(1))
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:04}-{:02}",
            self.0.div_euclid(12),
            self.0.rem_euclid(12) + 1
        )
    }
}

/// A run of months, half-open: `start` is in it, `end` is the first month that is not.
/// Never ends before it starts; covers nothing where the two are equal.
#[derive(Copy, Clone, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub struct Period {
    start: Month,
    end: Month,
}

impl Period {
    /// Every month there is.
    pub const ALWAYS: Period = Period {
        start: Month(-1_000_000),
        end: Month(1_000_000),
    };

    /// The months from `start` to the one before `end`; none, at `start`, if `end` is earlier.
    pub fn new(start: Month, end: Month) -> Period {
        Period {
            start,
            end: end.max(start),
        }
    }

    /// The first month.
    pub fn start(self) -> Month {
        self.start
    }

    /// The month after the last one.
    pub fn end(self) -> Month {
        self.end
    }

    /// How many months it covers.
    pub fn months(self) -> u32 {
        self.end.0.abs_diff(self.start.0)
    }

    /// Whether it covers no month.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether it covers this month.
    pub fn contains(self, month: Month) -> bool {
        self.start <= month && month < self.end
    }

    /// The months that both cover; empty if there are none.
    pub fn intersect(self, other: Period) -> Period {
        Period::new(self.start.max(other.start), self.end.min(other.end))
    }
}

/// Why the months of an enrolment are not known, so that no rule about months can judge it.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub enum Unknown {
    /// No start date, or only its year.
    Start,
    /// An end date that cannot be read or has only a year; or none, though the enrolment has ended.
    End,
    /// The end is in an earlier month than the start.
    Reversed,
}

/// The months an enrolment covers: from the one it starts in up to the one before it ends in.
/// One that still runs ends in the month `as_of`; if it only starts later, it covers nothing yet.
/// A given end counts as it stands, be it after `as_of`.
///
/// An enrolment that is said to have ended (`exited`, `deceased`) without saying when is
/// [`Unknown::End`], not still running: a person must not be accused of a blank.
pub fn coverage(enrolment: &Enrolment, as_of: Month) -> Result<Period, Unknown> {
    let start = enrolment.start.and_then(Month::of).ok_or(Unknown::Start)?;
    let ended = matches!(enrolment.status, Status::Exited | Status::Deceased);
    match enrolment.end {
        Some(date) => {
            let end = Month::of(date).ok_or(Unknown::End)?;
            if end < start {
                return Err(Unknown::Reversed);
            }
            Ok(Period::new(start, end))
        }
        None if ended || enrolment.end_unreadable => Err(Unknown::End),
        None => Ok(Period::new(start, as_of)),
    }
}

/// Months of `wanted` that none of `given` covers: how many, and the period from the first to the last.
/// `given` is left sorted. `None` if all are covered.
pub(crate) fn uncovered(wanted: Period, given: &mut [Period]) -> Option<(u32, Period)> {
    given.sort_unstable();
    let mut months = 0;
    let mut hull: Option<Period> = None;
    let mut add = |gap: Period| {
        if !gap.is_empty() {
            months += gap.months();
            hull = Some(Period::new(
                hull.map_or(gap.start, |hull| hull.start),
                gap.end,
            ));
        }
    };
    let mut from = wanted.start;
    for period in given.iter().map(|period| period.intersect(wanted)) {
        if !period.is_empty() {
            add(Period::new(from, period.start));
            from = from.max(period.end);
        }
    }
    add(Period::new(from, wanted.end));
    hull.map(|hull| (months, hull))
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        let mut parts = text
            .split('-')
            .map(|part| part.parse::<u16>().expect("digits"));
        let year = parts.next().expect("year");
        let month = parts.next().unwrap_or(0) as u8;
        let day = parts.next().unwrap_or(0) as u8;
        Date::new(year, month, day).expect("a date")
    }

    fn month(text: &str) -> Month {
        Month::of(date(text)).expect("a month")
    }

    #[test]
    fn enrolments_cover_half_open_months() {
        use Status::{Active, Deceased, Exited, Suspended};
        // start, end, status, the months from and to (exclusive) or why not; as of 2026-06-30
        let cases: &[(&str, &str, Status, &str)] = &[
            ("2025-01-01", "2025-04-30", Exited, "2025-01..2025-04"),
            ("2025-01-31", "2025-02-01", Exited, "2025-01..2025-02"),
            ("2024-02-29", "2025-02-28", Exited, "2024-02..2025-02"),
            ("2023-12-15", "2024-01-15", Exited, "2023-12..2024-01"),
            // start and end in one month: no month is covered
            ("2025-03-01", "2025-03-31", Exited, "2025-03..2025-03"),
            ("2025-03-31", "2025-03-01", Exited, "2025-03..2025-03"),
            ("2025-03-01", "2025-02-28", Exited, "Reversed"),
            // still running: ends in the month of as-of, which it does not cover
            ("2026-05-31", "", Active, "2026-05..2026-06"),
            ("2026-06-01", "", Active, "2026-06..2026-06"),
            ("2026-05-01", "", Suspended, "2026-05..2026-06"),
            ("2026-05-01", "", Status::Unknown, "2026-05..2026-06"),
            // only starts later
            ("2026-09-01", "", Active, "2026-09..2026-09"),
            // a given end counts as it stands
            ("2026-05-01", "2027-01-01", Active, "2026-05..2027-01"),
            ("2026-05-01", "2026-06-15", Active, "2026-05..2026-06"),
            // days may be unknown, months may not
            ("2025-01", "2025-04", Exited, "2025-01..2025-04"),
            ("2025", "2025-04", Exited, "Start"),
            ("2025-01", "2026", Exited, "End"),
            ("", "2026-01", Exited, "Start"),
            ("", "", Active, "Start"),
            ("2025-01-01", "", Exited, "End"),
            ("2025-01-01", "", Deceased, "End"),
        ];
        for &(start, end, status, expected) in cases {
            let given = |text: &str| (!text.is_empty()).then(|| date(text));
            let enrolment = Enrolment {
                start: given(start),
                end: given(end),
                status,
                ..Enrolment::default()
            };
            let found = match coverage(&enrolment, month("2026-06")) {
                Ok(period) => format!("{}..{}", period.start(), period.end()),
                Err(why) => format!("{why:?}"),
            };
            assert_eq!(found, expected, "{start} to {end}, {status:?}");
        }
        let unreadable = Enrolment {
            start: Some(date("2025-01-01")),
            end_unreadable: true,
            ..Enrolment::default()
        };
        assert_eq!(coverage(&unreadable, month("2026-06")), Err(Unknown::End));
    }

    #[test]
    fn months_are_written_and_counted() {
        assert_eq!(month("2025-12").next().to_string(), "2026-01");
        assert_eq!(month("9999-12").next().to_string(), "10000-01");
        assert_eq!(month("0001-01").to_string(), "0001-01");
        let year = Period::new(month("2024-01"), month("2025-01"));
        assert_eq!(year.months(), 12);
        assert!(year.contains(month("2024-12")) && !year.contains(month("2025-01")));
        let backwards = Period::new(month("2025-01"), month("2024-01"));
        assert!(backwards.is_empty() && backwards.start() == month("2025-01"));
        assert_eq!(Period::ALWAYS.intersect(year), year);
    }

    #[test]
    fn uncovered_months_are_counted_and_spanned() {
        let period = |start: i32, end: i32| Period::new(Month(start), Month(end));
        // wanted, given, months left, hull of what is left
        type Case = ((i32, i32), &'static [(i32, i32)], Option<(u32, (i32, i32))>);
        let cases: &[Case] = &[
            ((0, 10), &[], Some((10, (0, 10)))),
            ((0, 10), &[(0, 10)], None),
            ((0, 10), &[(5, 20), (-5, 5)], None),
            ((0, 10), &[(2, 4)], Some((8, (0, 10)))),
            ((0, 10), &[(0, 3), (5, 10)], Some((2, (3, 5)))),
            ((0, 10), &[(3, 9), (4, 5)], Some((4, (0, 10)))),
            ((0, 10), &[(0, 9), (1, 2)], Some((1, (9, 10)))),
            ((0, 10), &[(20, 30), (-9, -3), (4, 4)], Some((10, (0, 10)))),
            ((3, 3), &[], None),
        ];
        for &(wanted, given, expected) in cases {
            let mut given: Vec<Period> = given.iter().map(|&(a, b)| period(a, b)).collect();
            let found = uncovered(period(wanted.0, wanted.1), &mut given);
            let expected = expected.map(|(months, (a, b))| (months, period(a, b)));
            assert_eq!(found, expected, "{wanted:?} {given:?}");
        }
    }
}
