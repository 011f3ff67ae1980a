//! Errors and forms of the birth date.

use yiren_matchers::normalise::date::Date;

use super::super::calendar::lunar;
use super::super::errors::BirthErrors;
use super::Renderer;
use super::identifier::full_width;

impl Renderer<'_> {
    pub(super) fn birth_date(&mut self, errors: &BirthErrors, birth: Date) -> String {
        let swapped =
            Date::new(birth.year(), birth.day(), birth.month()).filter(|other| *other != birth);
        let in_lunar = lunar(birth).filter(|other| birth.year() < 1990 && *other != birth);
        let kinds = [
            errors.missing,
            errors.new_year,
            errors.digit,
            if swapped.is_some() {
                errors.swapped
            } else {
                0.0
            },
            errors.year_off,
            if in_lunar.is_some() {
                errors.lunar
            } else {
                0.0
            },
        ];
        let shown = match self.rng.one_of(&kinds) {
            Some(0) => return String::new(),
            Some(1) => Date::new(birth.year(), 1, 1),
            Some(2) => self.one_digit_wrong(birth),
            Some(3) => swapped,
            Some(4) => {
                let later = self.rng.chance(0.5);
                let year = if later {
                    birth.year() + 1
                } else {
                    birth.year() - 1
                };
                Date::new(year, birth.month(), birth.day())
            }
            Some(_) => self.roughly(in_lunar),
            None => None,
        };
        let shown = shown.unwrap_or(birth);
        if self.rng.chance(errors.other_form) {
            self.other_form(shown)
        } else {
            shown.to_string()
        }
    }

    /// In four of ten cases a date of the same month up to three days off.
    fn roughly(&mut self, date: Option<Date>) -> Option<Date> {
        let date = date?;
        if !self.rng.chance(0.4) {
            return Some(date);
        }
        let day = (date.day() + 1 + self.rng.below(3) as u8).min(30);
        Date::new(date.year(), date.month(), day).or(Some(date))
    }

    /// A date that differs in one digit; on a few dates that takes some tries.
    fn one_digit_wrong(&mut self, birth: Date) -> Option<Date> {
        for _ in 0..50 {
            let mut digits = [
                u32::from(birth.year()) / 10 % 10,
                u32::from(birth.year()) % 10,
                0,
                0,
                0,
                0,
            ];
            digits[2] = u32::from(birth.month()) / 10;
            digits[3] = u32::from(birth.month()) % 10;
            digits[4] = u32::from(birth.day()) / 10;
            digits[5] = u32::from(birth.day()) % 10;
            let at = self.rng.index(6);
            digits[at] = (digits[at] + 1 + self.rng.below(9)) % 10;
            let year = u32::from(birth.year()) / 100 * 100 + digits[0] * 10 + digits[1];
            let month = digits[2] * 10 + digits[3];
            let day = digits[4] * 10 + digits[5];
            let plausible = month > 0 && day > 0 && year <= u32::from(self.as_of.year());
            let date = Date::new(year as u16, month as u8, day as u8).filter(|_| plausible);
            if date.is_some() {
                return date;
            }
        }
        None
    }

    fn other_form(&mut self, date: Date) -> String {
        let (year, month, day) = (date.year(), date.month(), date.day());
        match self.rng.below(100) {
            0..26 => format!("{year:04}{month:02}{day:02}"),
            26..50 => format!("{year}/{month}/{day}"),
            50..73 => format!("{year:04}.{month:02}.{day:02}"),
            73..95 => format!("{year}年{month}月{day}日"),
            95..98 => full_width(&date.to_string()),
            _ => format!(
                "{}年{}月{}日",
                positional(year.into()),
                counted(month.into()),
                counted(day.into())
            ),
        }
    }
}

const DIGITS: [char; 10] = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];

/// 一九六二: each digit for itself.
pub(super) fn positional(number: u32) -> String {
    number
        .to_string()
        .bytes()
        .map(|digit| DIGITS[usize::from(digit - b'0')])
        .collect()
}

/// 二十一: as counted; from a hundred on digit by digit, as on doors.
pub(super) fn counted(number: u32) -> String {
    let ones = |number: u32| {
        if number.is_multiple_of(10) {
            String::new()
        } else {
            positional(number % 10)
        }
    };
    match number {
        0..10 => positional(number),
        10..20 => format!("十{}", ones(number)),
        20..100 => format!("{}十{}", positional(number / 10), ones(number)),
        _ => positional(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numerals() {
        for (number, expected) in [
            (0, "零"),
            (7, "七"),
            (10, "十"),
            (14, "十四"),
            (20, "二十"),
            (31, "三十一"),
            (108, "一零八"),
        ] {
            assert_eq!(counted(number), expected);
        }
        assert_eq!(positional(1962), "一九六二");
    }
}
