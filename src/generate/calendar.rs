//! Days counted, and the Chinese (lunisolar) calendar that older rural records were kept in.

use std::sync::LazyLock;

use yiren_matchers::normalise::date::Date;

/// The date so many days after 1970-01-01.
///
/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
pub(super) fn from_day_number(days: i32) -> Option<Date> {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + i32::from(month <= 2);
    Date::new(u16::try_from(year).ok()?, month as u8, day as u8)
}

/// The date so many days later, or the same date at the ends of the calendar.
pub(super) fn plus_days(date: Date, days: i32) -> Date {
    date.day_number()
        .and_then(|number| from_day_number(number + days))
        .unwrap_or(date)
}

/// Days from the first date to the second.
pub(super) fn days_between(from: Date, to: Date) -> i32 {
    to.day_number().unwrap_or(0) - from.day_number().unwrap_or(0)
}

/// The Chinese calendar's year, month and day written as if they were Gregorian, as a clerk does
/// who is told "the fifth of the third month"; `None` outside 1910–2040 or where no such Gregorian
/// date exists (30 February).
pub(super) fn lunar(date: Date) -> Option<Date> {
    let days = date.day_number()?;
    let months = &*MONTHS;
    let at = months
        .partition_point(|month| month.start <= days)
        .checked_sub(1)?;
    let month = months.get(at).filter(|_| at + 1 < months.len())?;
    Date::new(month.year, month.number, (days - month.start + 1) as u8)
}

struct Month {
    start: i32,
    year: u16,
    number: u8,
}

static MONTHS: LazyLock<Vec<Month>> = LazyLock::new(|| {
    // New moons from early 1909 on; 12.3685 a year.
    let starts: Vec<i32> = (-1126..500).map(new_moon_day).collect();
    let terms: Vec<i32> = starts
        .iter()
        .map(|&day| (sun_longitude(day) / 30.0) as i32)
        .collect();
    let winters: Vec<usize> = (0..starts.len() - 1)
        .filter(|&i| terms[i] == 8 && terms[i + 1] > 8)
        .collect();
    let mut months = Vec::new();
    for pair in winters.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let year = from_day_number(starts[from]).map_or(0, Date::year);
        // GB/T 33661: thirteen months between two winter solstices make the first without a major term a leap month.
        let leap = (to - from == 13)
            .then(|| (from + 1..to).find(|&i| terms[i] == terms[i + 1]))
            .flatten();
        let mut count = 10u16;
        for (i, &start) in starts.iter().enumerate().take(to).skip(from) {
            count += u16::from(leap != Some(i));
            let (year, number) = if count > 12 {
                (year + 1, count - 12)
            } else {
                (year, count)
            };
            months.push(Month {
                start,
                year,
                number: number as u8,
            });
        }
    }
    months
});

/// Day (Beijing time, since 1970-01-01) of the new moon number `k`, counted from January 2000.
/// Source: J. Meeus, "Astronomical Algorithms", chapter 49, the larger terms: right to a few minutes.
fn new_moon_day(k: i32) -> i32 {
    let k = f64::from(k);
    let t = k / 1236.85;
    let e = 1.0 - 0.002516 * t;
    let sun = 2.5534 + 29.105_356_70 * k;
    let moon = 201.5643 + 385.816_935_28 * k + 0.010_758_2 * t * t;
    let node = 160.7108 + 390.670_502_84 * k - 0.001_611_8 * t * t;
    let correction = -0.40720 * sine(moon)
        + 0.17241 * e * sine(sun)
        + 0.01608 * sine(2.0 * moon)
        + 0.01039 * sine(2.0 * node)
        + 0.00739 * e * sine(moon - sun)
        - 0.00514 * e * sine(moon + sun)
        + 0.00208 * e * e * sine(2.0 * sun)
        - 0.00111 * sine(moon - 2.0 * node)
        - 0.00057 * sine(moon + 2.0 * node)
        + 0.00056 * e * sine(2.0 * moon + sun)
        - 0.00042 * sine(3.0 * moon);
    let julian = 2_451_550.097_66 + 29.530_588_861 * k + 0.000_154_37 * t * t + correction;
    // 45 s: about the difference of dynamical and civil time in the century concerned.
    (julian - 45.0 / 86_400.0 + 8.0 / 24.0 - 2_440_587.5).floor() as i32
}

/// Apparent longitude of the sun in degrees, 0 to 360, at midnight in Beijing.
/// Source: Meeus, chapter 25, low accuracy (0.01°).
fn sun_longitude(day: i32) -> f64 {
    let t = (f64::from(day) + 2_440_587.5 - 8.0 / 24.0 - 2_451_545.0) / 36_525.0;
    let mean = 280.46646 + 36_000.769_83 * t;
    let anomaly = 357.52911 + 35_999.050_29 * t;
    let centre = (1.914602 - 0.004817 * t) * sine(anomaly)
        + 0.019993 * sine(2.0 * anomaly)
        + 0.000289 * sine(3.0 * anomaly);
    (mean + centre - 0.00569 - 0.00478 * sine(125.04 - 1934.136 * t)).rem_euclid(360.0)
}

/// Sine of an angle in degrees, in plain arithmetic: library sines differ in the last bit between systems.
fn sine(degrees: f64) -> f64 {
    let turned = degrees.rem_euclid(360.0);
    let folded = match turned {
        a if a <= 90.0 => a,
        a if a <= 270.0 => 180.0 - a,
        a => a - 360.0,
    };
    let x = folded * (std::f64::consts::PI / 180.0);
    let square = x * x;
    let mut term = x;
    let mut sum = x;
    for n in 1..9 {
        let n = f64::from(2 * n);
        term *= -square / (n * (n + 1.0));
        sum += term;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_are_inverse() {
        for days in (-30_000..30_000).step_by(13) {
            assert_eq!(from_day_number(days).unwrap().day_number(), Some(days));
        }
    }

    /// Published dates of the New Year, the leap months and days of feasts.
    #[test]
    fn chinese_calendar() {
        let cases = [
            ((1949, 1, 29), (1949, 1, 1)),
            ((1962, 2, 5), (1962, 1, 1)),
            ((1980, 2, 16), (1980, 1, 1)),
            ((1985, 2, 20), (1985, 1, 1)),
            ((2000, 2, 5), (2000, 1, 1)),
            ((2023, 1, 22), (2023, 1, 1)),
            ((2024, 2, 10), (2024, 1, 1)),
            ((2026, 2, 17), (2026, 1, 1)),
            ((2023, 3, 22), (2023, 2, 1)),   // leap second month
            ((2020, 5, 23), (2020, 4, 1)),   // leap fourth month
            ((1984, 11, 23), (1984, 10, 1)), // leap tenth month
            ((2024, 9, 17), (2024, 8, 15)),  // Mid-Autumn
            ((1976, 9, 9), (1976, 8, 16)),
            ((1999, 12, 31), (1999, 11, 24)),
        ];
        for ((y, m, d), (year, month, day)) in cases {
            assert_eq!(
                lunar(Date::new(y, m, d).unwrap()),
                Date::new(year, month, day),
                "{y}-{m}-{d}"
            );
        }
        assert_eq!(lunar(Date::new(1890, 1, 1).unwrap()), None);
    }
}
