//! The Chinese lunar calendar (农历) of the years 1900 to 2100, as a table.
//!
//! A lunar year has twelve months of 29 or 30 days, or thirteen, of which one repeats the
//! number of the month before it (闰月). Which, is astronomy; here it is data.

use std::ops::RangeInclusive;

use crate::normalise::date::Date;

/// Days by which the day a lunar date names follows the solar date of the same numbers.
pub(super) const LAG: RangeInclusive<i32> = 19..=55;

const FIRST_YEAR: u16 = 1900;

/// The days, as [`Date::day_number`], that the numbers name in the lunar calendar: one in the
/// plain month, one in the leap month of that number if the year has it.
pub(super) fn days_named(date: Date) -> [Option<i32>; 2] {
    let (month, day) = (u32::from(date.month()), i32::from(date.day()));
    let year = date
        .year()
        .checked_sub(FIRST_YEAR)
        .and_then(|at| YEARS.get(usize::from(at)));
    let (Some(&year), 1..=12, 1..) = (year, month, day) else {
        return [None; 2];
    };
    let leap = year >> 13 & 15;
    let months_before = if leap != 0 && month > leap {
        month
    } else {
        month - 1
    };
    let named = |months_before: u32| {
        let length = 29 + (year >> months_before & 1) as i32;
        let long_before = (year & ((1 << months_before) - 1)).count_ones();
        let new_year = Date::new(date.year(), 1, 1)?.day_number()? + (year >> 17) as i32;
        (day <= length).then_some(new_year + (29 * months_before + long_before) as i32 + day - 1)
    };
    [
        named(months_before),
        (leap == month).then(|| named(month)).flatten(),
    ]
}

/// Each year in 23 bits: bits 0–12 the months in their order, 1 for 30 days; bits 13–16
/// the number of the month that is repeated, 0 if none; bits 17–22 days from 1 January to the
/// lunar new year.
///
/// Sources: Hong Kong Observatory, "Gregorian-Lunar Calendar Conversion Table of 1901 to 2100",
/// and Purple Mountain Observatory for 1900 to 2025, as computed by the crate `icu_calendar`
/// 2.4.0. Checked against the Python package `lunar_python` 1.4.8: the two agree in the first
/// day of every month but the ninth of 2057 (28 September here, a day later there).
#[rustfmt::skip]
static YEARS: [u32; 201] = [
    0x3d16d2, 0x620752, 0x4c0ea5, 0x38b64a, 0x5c064b, 0x440a9b, 0x309556, 0x56056a, 0x400b59, 0x2a5752,
    0x500752, 0x3adb25, 0x600b25, 0x480a4b, 0x32b4ab, 0x5802ad, 0x42056b, 0x2c4b69, 0x520da9, 0x3efd92,
    0x640e92, 0x4c0d25, 0x36ba4d, 0x5c0a56, 0x4602b6, 0x2e95b5, 0x5606d4, 0x400ea9, 0x2c5e92, 0x500e92,
    0x3acd26, 0x5e052b, 0x480a57, 0x32b2b6, 0x580b5a, 0x4406d4, 0x2e6ec9, 0x520749, 0x3cf693, 0x620a93,
    0x4c052b, 0x34ca5b, 0x5a0aad, 0x46056a, 0x309b55, 0x560ba4, 0x400b49, 0x2a5a93, 0x500a95, 0x38f52d,
    0x5e0536, 0x480aad, 0x34b5aa, 0x5805b2, 0x420da5, 0x2e7d4a, 0x540d4a, 0x3d0a95, 0x600a97, 0x4c0556,
    0x36cab5, 0x5a0ad5, 0x4606d2, 0x308ea5, 0x560ea5, 0x40064a, 0x286c97, 0x4e0a9b, 0x3af55a, 0x5e056a,
    0x480b69, 0x34b752, 0x5a0b52, 0x420b25, 0x2c964b, 0x520a4b, 0x3d14ab, 0x6002ad, 0x4a056d, 0x36cb69,
    0x5c0da9, 0x460d92, 0x309d25, 0x560d25, 0x415a4d, 0x640a56, 0x4e02b6, 0x38c5b5, 0x5e06d5, 0x480ea9,
    0x34be92, 0x5a0e92, 0x440d26, 0x2c6a56, 0x500a57, 0x3d14d6, 0x62035a, 0x4a06d5, 0x36b6c9, 0x5c0749,
    0x460693, 0x2e952b, 0x54052b, 0x3e0a5b, 0x2a555a, 0x4e056a, 0x38fb55, 0x600ba4, 0x4a0b49, 0x32ba93,
    0x580a95, 0x42052d, 0x2c8aad, 0x500ab5, 0x3d35aa, 0x6205d2, 0x4c0da5, 0x36dd4a, 0x5c0d4a, 0x460c95,
    0x30952e, 0x540556, 0x3e0ab5, 0x2a55b2, 0x5006d2, 0x38cea5, 0x5e0725, 0x48064b, 0x32ac97, 0x560cab,
    0x42055a, 0x2c6ad6, 0x520b69, 0x3d7752, 0x620b52, 0x4c0b25, 0x36da4b, 0x5a0a4b, 0x4404ab, 0x2ea55b,
    0x5405ad, 0x3e0b6a, 0x2a5b52, 0x500d92, 0x3afd25, 0x5e0d25, 0x480a55, 0x32b4ad, 0x5804b6, 0x4005b5,
    0x2c6daa, 0x520ec9, 0x3f1e92, 0x620e92, 0x4c0d26, 0x36ca56, 0x5a0a57, 0x440556, 0x2e86d5, 0x540755,
    0x400749, 0x286e93, 0x4e0693, 0x38f52b, 0x5e052b, 0x460a5b, 0x32b55a, 0x58056a, 0x420b65, 0x2c974a,
    0x520b4a, 0x3d1a95, 0x620a95, 0x4a052d, 0x34caad, 0x5a0ab5, 0x4605aa, 0x2e8ba5, 0x540da5, 0x400d4a,
    0x2a7c95, 0x4e0c96, 0x38f94e, 0x5e0556, 0x480ab5, 0x32b5b2, 0x5806d2, 0x420ea5, 0x2e8e4a, 0x50068b,
    0x3b0c97, 0x6004ab, 0x4a055b, 0x34cad6, 0x5a0b6a, 0x460752, 0x309725, 0x540b45, 0x3e0a8b, 0x28549b,
    0x4e04ab,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normalise::date::days_in_month;

    fn number(year: u16, month: u8, day: u8) -> i32 {
        Date::new(year, month, day).unwrap().day_number().unwrap()
    }

    /// First days of the lunar year, known from almanacs.
    #[test]
    fn new_years() {
        for (year, month, day) in [
            (1900, 1, 31),
            (1911, 1, 30),
            (1949, 1, 29),
            (1962, 2, 5),
            (1966, 1, 21),
            (1984, 2, 2),
            (1985, 2, 20),
            (2000, 2, 5),
            (2008, 2, 7),
            (2023, 1, 22),
            (2024, 2, 10),
            (2025, 1, 29),
            (2026, 2, 17),
            (2033, 1, 31),
            (2100, 2, 9),
        ] {
            let first = Date::new(year, 1, 1).unwrap();
            assert_eq!(
                days_named(first)[0],
                Some(number(year, month, day)),
                "{year}"
            );
        }
    }

    /// Festivals and leap months, known from almanacs.
    #[test]
    fn days_within_the_year() {
        for (lunar, plain, leap) in [
            ((2024, 8, 15), Some((2024, 9, 17)), None),
            ((2023, 5, 5), Some((2023, 6, 22)), None),
            ((2023, 2, 1), Some((2023, 2, 20)), Some((2023, 3, 22))),
            ((2020, 4, 1), Some((2020, 4, 23)), Some((2020, 5, 23))),
            ((2033, 11, 1), Some((2033, 11, 22)), Some((2033, 12, 22))),
            ((1984, 10, 1), Some((1984, 10, 24)), Some((1984, 11, 23))),
            ((1978, 8, 15), Some((1978, 9, 17)), None),
            ((2024, 12, 30), None, None),
            ((1899, 12, 1), None, None),
            ((2101, 1, 1), None, None),
        ] {
            let (year, month, day) = lunar;
            let found = days_named(Date::new(year, month, day).unwrap());
            let expected = [plain, leap].map(|date| date.map(|(y, m, d)| number(y, m, d)));
            assert_eq!(found, expected, "{lunar:?}");
        }
    }

    #[test]
    fn years_join_without_gap_and_every_lag_is_in_range() {
        for (year, pair) in (FIRST_YEAR..).zip(YEARS.windows(2)) {
            let &[this, next] = pair else { unreachable!() };
            let leap = this >> 13 & 15;
            let months = if leap == 0 { 12 } else { 13 };
            let days = 29 * months + (this & 0x1fff).count_ones() as i32;
            let first = number(year, 1, 1) + (this >> 17) as i32;
            assert_eq!(
                first + days,
                number(year + 1, 1, 1) + (next >> 17) as i32,
                "{year}"
            );
            assert!(leap <= 12 && (this & 0x1fff) >> months == 0, "{year}");
        }
        let mut lags = Vec::new();
        for year in FIRST_YEAR..=2100 {
            for month in 1..=12 {
                for day in 1..=days_in_month(year, month) {
                    let date = Date::new(year, month, day).unwrap();
                    let first = date.day_number().unwrap();
                    lags.extend(days_named(date).iter().flatten().map(|named| named - first));
                }
            }
        }
        assert_eq!(
            (lags.iter().min(), lags.iter().max()),
            (Some(LAG.start()), Some(LAG.end()))
        );
    }
}
