//! How birth dates relate: equal, partly known, mistyped, read by the other calendar.
//!
//! All are symmetric and false (or `None`) where a date lacks the parts they look at. Each
//! takes from some ten instructions to a hundred and fifty. The relations overlap
//! (1962-01-02 and 1962-01-03 are a day apart and one digit apart): a comparison asks
//! from the strongest to the weakest.

mod lunar;

use crate::normalise::date::Date;

/// Whether both are complete and the same day.
pub fn exact(a: Date, b: Date) -> bool {
    a == b && a.is_complete()
}

/// Whether one at least is incomplete, and they agree in what both know: the year, and the
/// month if both have it.
///
/// ```
/// use yiren_matchers::normalise::date::Date;
/// use yiren_matchers::similarity::dates::same_known_parts;
/// let date = |year, month, day| Date::new(year, month, day).unwrap();
/// assert!(same_known_parts(date(1962, 5, 0), date(1962, 5, 7)));
/// assert!(!same_known_parts(date(1962, 5, 0), date(1962, 6, 7)));
/// assert!(!same_known_parts(date(1962, 5, 7), date(1962, 5, 7)));
/// ```
pub fn same_known_parts(a: Date, b: Date) -> bool {
    let agree = |a: u8, b: u8| a == 0 || b == 0 || a == b;
    !(a.is_complete() && b.is_complete()) && a.year() == b.year() && agree(a.month(), b.month())
}

/// Whether day and month changed places and the year is the same; not where they are equal.
pub fn day_month_swapped(a: Date, b: Date) -> bool {
    complete(a, b) && a != b && same_year(a, b) && a.day() == b.month() && a.month() == b.day()
}

/// Whether exactly one of the eight digits of `yyyymmdd` differs.
pub fn one_digit(a: Date, b: Date) -> bool {
    complete(a, b) && different_digits(digits(a) ^ digits(b)).count_ones() == 1
}

/// Whether two neighbouring digits of `yyyymmdd` changed places and all others are the same.
///
/// ```
/// use yiren_matchers::normalise::date::Date;
/// use yiren_matchers::similarity::dates::adjacent_digits_transposed;
/// let date = |year, month, day| Date::new(year, month, day).unwrap();
/// assert!(adjacent_digits_transposed(date(1962, 5, 12), date(1962, 5, 21)));
/// assert!(adjacent_digits_transposed(date(1962, 5, 12), date(1926, 5, 12)));
/// ```
pub fn adjacent_digits_transposed(a: Date, b: Date) -> bool {
    if !complete(a, b) || a == b {
        return false;
    }
    let (a, b) = (digits(a), digits(b));
    let low = different_digits(a ^ b).trailing_zeros();
    if low > 24 {
        return false;
    }
    let swapped = (a >> low & 15) << 4 | a >> (low + 4) & 15;
    (a & !(255 << low)) | swapped << low == b
}

/// Whether year and month are known and the same.
pub fn same_year_month(a: Date, b: Date) -> bool {
    a.bits() >> 5 == b.bits() >> 5 && a.month() != 0
}

/// Whether month and day are known and the same.
pub fn same_month_day(a: Date, b: Date) -> bool {
    complete(a, b) && a.bits() & 511 == b.bits() & 511
}

/// Whether the year is the same.
pub fn same_year(a: Date, b: Date) -> bool {
    a.year() == b.year()
}

/// Days from one to the other, or `None` unless both are complete.
pub fn days_apart(a: Date, b: Date) -> Option<u32> {
    Some(a.day_number()?.abs_diff(b.day_number()?))
}

/// Whether one date is the day that the other names in the Chinese lunar calendar: someone
/// born on the seventh of the fifth lunar month 1962 is 1962-05-07 in one record and
/// 1962-06-08 in the other. The number of a leap month names two days; either will do. Lunar
/// years 1900 to 2100.
///
/// ```
/// use yiren_matchers::normalise::date::Date;
/// use yiren_matchers::similarity::dates::lunar_offset;
/// let date = |year, month, day| Date::new(year, month, day).unwrap();
/// assert!(lunar_offset(date(1962, 5, 7), date(1962, 6, 8)));
/// assert!(!lunar_offset(date(1962, 5, 7), date(1962, 6, 9)));
/// ```
pub fn lunar_offset(a: Date, b: Date) -> bool {
    let (lunar, solar) = if a < b { (a, b) } else { (b, a) };
    let (Some(first), Some(last)) = (lunar.day_number(), solar.day_number()) else {
        return false;
    };
    lunar::LAG.contains(&(last - first)) && lunar::days_named(lunar).contains(&Some(last))
}

fn complete(a: Date, b: Date) -> bool {
    a.is_complete() && b.is_complete()
}

/// `yyyymmdd` with four bits a digit.
fn digits(date: Date) -> u32 {
    let two = |value: u32| ((value / 10) << 4) | (value % 10);
    let year = u32::from(date.year());
    two(year / 100) << 24
        | two(year % 100) << 16
        | two(u32::from(date.month())) << 8
        | two(u32::from(date.day()))
}

/// The lowest bit of each group of four that is not zero.
fn different_digits(mut bits: u32) -> u32 {
    bits |= bits >> 2;
    bits |= bits >> 1;
    bits & 0x1111_1111
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn date(text: &str) -> Date {
        crate::normalise::date::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    type Relation = (&'static str, fn(Date, Date) -> bool);

    /// The names of the relations that hold.
    fn relations(a: Date, b: Date) -> Vec<&'static str> {
        let all: [Relation; 9] = [
            ("exact", exact),
            ("known parts", same_known_parts),
            ("swapped", day_month_swapped),
            ("digit", one_digit),
            ("transposed", adjacent_digits_transposed),
            ("year-month", same_year_month),
            ("month-day", same_month_day),
            ("year", same_year),
            ("lunar", lunar_offset),
        ];
        all.into_iter()
            .filter(|(_, holds)| holds(a, b))
            .map(|(name, _)| name)
            .collect()
    }

    #[test]
    fn cases() {
        for (a, b, expected) in [
            (
                "1962-05-07",
                "1962-05-07",
                "exact year-month month-day year",
            ),
            ("1962-05-07", "1962-05-08", "digit year-month year"),
            ("1962-05-07", "1962-05-17", "digit year-month year"),
            ("1962-05-07", "1962-05-18", "year-month year"),
            ("1962-05-07", "1962-07-05", "swapped year"),
            (
                "1962-05-05",
                "1962-05-05",
                "exact year-month month-day year",
            ),
            ("1962-01-10", "1962-10-01", "swapped year"),
            ("1962-05-12", "1962-05-21", "transposed year-month year"),
            ("1962-01-12", "1962-10-12", "transposed year"),
            ("1962-05-07", "1926-05-07", "transposed month-day"),
            ("1962-10-07", "1962-01-07", "transposed year"),
            ("1962-05-07", "1963-05-07", "digit month-day"),
            ("1962-05-07", "1952-05-07", "digit month-day"),
            ("1962-05-07", "1984-11-23", ""),
            ("1962-05-07", "1962-06-08", "lunar year"),
            ("1962-05-00", "1962-05-07", "known parts year-month year"),
            ("1962", "1962-05-07", "known parts year"),
            ("1962", "1962", "known parts year"),
            ("1962-05", "1962-05", "known parts year-month year"),
            ("1962-05", "1962-07", "year"),
            ("1962", "1963-05-07", ""),
            // Lunar: end of the year in the next solar year, leap fourth month, big years.
            ("1962-12-29", "1963-01-24", "lunar"),
            ("2020-04-10", "2020-05-02", "lunar year"),
            ("2020-04-10", "2020-06-01", "lunar year"),
            ("1900-01-01", "1900-01-31", "digit year-month lunar year"),
            ("2024-01-01", "2024-02-10", "lunar year"),
        ] {
            let mut expected: Vec<&str> = match expected {
                "" => Vec::new(),
                "known parts year-month year" => vec!["known parts", "year-month", "year"],
                "known parts year" => vec!["known parts", "year"],
                text => text.split(' ').collect(),
            };
            let (a, b) = (date(a), date(b));
            let mut found = relations(a, b);
            found.sort_unstable();
            expected.sort_unstable();
            assert_eq!(found, expected, "{a} {b}");
        }
        assert_eq!(days_apart(date("1962-05-07"), date("1962-06-08")), Some(32));
        assert_eq!(days_apart(date("1962-05"), date("1962-06-08")), None);
    }

    fn any_date() -> impl Strategy<Value = Date> {
        (1895u16..=2105, 0u8..=12, 0u8..=31).prop_filter_map("no such day", |(year, month, day)| {
            Date::new(year, month, day)
        })
    }

    /// Dates close enough to be related often.
    fn close_pair() -> impl Strategy<Value = (Date, Date)> {
        (any_date(), 0usize..8, 0usize..8, 0u8..10).prop_map(|(a, i, j, digit)| {
            let mut digits: Vec<u8> =
                format!("{:04}{:02}{:02}", a.year(), a.month(), a.day()).into_bytes();
            digits.swap(i, j);
            digits[i] = if digit < 3 { b'0' + digit } else { digits[i] };
            let part = |range: std::ops::Range<usize>| {
                std::str::from_utf8(&digits[range])
                    .unwrap()
                    .parse::<u16>()
                    .unwrap()
            };
            (
                a,
                Date::new(part(0..4), part(4..6) as u8, part(6..8) as u8).unwrap_or(a),
            )
        })
    }

    proptest! {
        #[test]
        fn symmetric(a in any_date(), b in any_date(), (c, d) in close_pair(), lag in 0i32..60) {
            prop_assert_eq!(relations(a, b), relations(b, a));
            prop_assert_eq!(relations(c, d), relations(d, c));
            prop_assert_eq!(days_apart(a, b), days_apart(b, a));
            let later = (1..=31).find_map(|day| {
                let month = 1 + (a.month() % 12);
                let date = Date::new(a.year() + u16::from(month == 1), month, day)?;
                (days_apart(a, date)? == lag as u32).then_some(date)
            });
            if let Some(later) = later {
                prop_assert_eq!(relations(a, later), relations(later, a));
            }
        }

        #[test]
        fn digits_by_text((a, b) in close_pair()) {
            let text = |date: Date| format!("{:04}{:02}{:02}", date.year(), date.month(), date.day()).into_bytes();
            let (x, y) = (text(a), text(b));
            let known = a.is_complete() && b.is_complete();
            let different = x.iter().zip(&y).filter(|(x, y)| x != y).count();
            prop_assert_eq!(one_digit(a, b), known && different == 1);
            let transposed = (0..7).any(|at| {
                let mut swapped = x.clone();
                swapped.swap(at, at + 1);
                swapped == y && x != y
            });
            prop_assert_eq!(adjacent_digits_transposed(a, b), known && transposed);
        }
    }
}
