//! How birth dates relate: equal, partly known, mistyped, read by the other calendar.
//!
//! All are symmetric and false (or `None`) where a date lacks the parts they look at. Each
//! takes from some ten instructions to a hundred and fifty. The relations overlap
//! (1962-01-02 and 1962-01-03 are a day apart and one digit apart): a comparison asks
//! from the strongest to the weakest.

mod lunar;

use crate::normalise::date::Date;

/// A question about two dates, by the function of that name.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Relation {
    /// [`same_known_parts`]
    SameKnownParts,
    /// [`day_month_swapped`]
    DayMonthSwapped,
    /// [`one_digit`]
    OneDigit,
    /// [`adjacent_digits_transposed`]
    DigitsTransposed,
    /// [`lunar_offset`]
    LunarOffset,
    /// [`same_year_month`]
    SameYearMonth,
    /// [`same_month_day`]
    SameMonthDay,
    /// [`same_year`]
    SameYear,
    /// Whether one at least [is a default](Date::is_default).
    Default,
}

impl Relation {
    /// How many there are.
    pub const COUNT: u32 = 9;

    /// Whether the dates are so related.
    pub fn holds(self, a: Date, b: Date) -> bool {
        match self {
            Relation::SameKnownParts => same_known_parts(a, b),
            Relation::DayMonthSwapped => day_month_swapped(a, b),
            Relation::OneDigit => one_digit(a, b),
            Relation::DigitsTransposed => adjacent_digits_transposed(a, b),
            Relation::LunarOffset => lunar_offset(a, b),
            Relation::SameYearMonth => same_year_month(a, b),
            Relation::SameMonthDay => same_month_day(a, b),
            Relation::SameYear => same_year(a, b),
            Relation::Default => a.is_default() || b.is_default(),
        }
    }

    /// Its place in [`Relations::bits`].
    pub fn bit(self) -> u32 {
        1 << self as u32
    }
}

/// How two dates are related.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Relations {
    /// The [`Relation::bit`] of each relation that holds.
    pub bits: u32,
    /// [`days_apart`].
    pub days: Option<u32>,
}

/// All relations of two dates at once, for less than three of them one by one.
pub fn relations(a: Date, b: Date) -> Relations {
    let set = |relation: Relation, holds: bool| u32::from(holds) << relation as u32;
    let unlike = a.bits() ^ b.bits();
    let same_year = unlike >> 9 == 0;
    let mut bits = set(Relation::SameYear, same_year)
        | set(Relation::SameYearMonth, unlike >> 5 == 0 && a.month() != 0)
        | set(Relation::Default, a.is_default() || b.is_default());
    if unlike == 0 && a.is_complete() {
        bits |= set(Relation::SameMonthDay, true);
        return Relations {
            bits,
            days: Some(0),
        };
    }
    let (Some(day_a), Some(day_b)) = (a.day_number(), b.day_number()) else {
        bits |= set(Relation::SameKnownParts, same_known_parts(a, b));
        return Relations { bits, days: None };
    };
    let days = day_a.abs_diff(day_b);
    let (x, y) = (digits(a), digits(b));
    let different = different_digits(x ^ y);
    bits |= set(Relation::SameMonthDay, unlike & 511 == 0)
        | set(Relation::OneDigit, different.is_power_of_two())
        | set(
            Relation::DigitsTransposed,
            different.count_ones() == 2 && transposed(x, y),
        )
        | set(
            Relation::DayMonthSwapped,
            same_year && a.day() == b.month() && a.month() == b.day(),
        )
        | set(
            Relation::LunarOffset,
            lunar::LAG.contains(&(days as i32)) && lunar_offset(a, b),
        );
    Relations {
        bits,
        days: Some(days),
    }
}

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
    transposed(digits(a), digits(b))
}

/// The same of the [`digits`] of two different dates.
fn transposed(a: u32, b: u32) -> bool {
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

    type Named = (&'static str, fn(Date, Date) -> bool);

    const ALL: [Relation; Relation::COUNT as usize] = [
        Relation::SameKnownParts,
        Relation::DayMonthSwapped,
        Relation::OneDigit,
        Relation::DigitsTransposed,
        Relation::LunarOffset,
        Relation::SameYearMonth,
        Relation::SameMonthDay,
        Relation::SameYear,
        Relation::Default,
    ];

    /// The names of the relations that hold.
    fn names_of(a: Date, b: Date) -> Vec<&'static str> {
        let all: [Named; 9] = [
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
            let mut found = names_of(a, b);
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
            prop_assert_eq!(names_of(a, b), names_of(b, a));
            prop_assert_eq!(names_of(c, d), names_of(d, c));
            prop_assert_eq!(days_apart(a, b), days_apart(b, a));
            let later = (1..=31).find_map(|day| {
                let month = 1 + (a.month() % 12);
                let date = Date::new(a.year() + u16::from(month == 1), month, day)?;
                (days_apart(a, date)? == lag as u32).then_some(date)
            });
            if let Some(later) = later {
                prop_assert_eq!(names_of(a, later), names_of(later, a));
            }
        }

        #[test]
        fn all_at_once_as_one_by_one(a in any_date(), b in any_date(), (c, d) in close_pair()) {
            for (a, b) in [(a, b), (c, d), (a, a)] {
                let found = relations(a, b);
                prop_assert_eq!(found.days, days_apart(a, b));
                for (place, relation) in (0..).zip(ALL) {
                    prop_assert_eq!(relation.bit(), 1 << place);
                    prop_assert_eq!(
                        found.bits & relation.bit() != 0,
                        relation.holds(a, b),
                        "{:?}",
                        relation
                    );
                }
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
