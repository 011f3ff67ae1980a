//! Reading dates as clerks, spreadsheets and booklets write them.

use std::ops::RangeInclusive;

use super::chinese::chinese;
use super::{Date, PLAUSIBLE_YEARS};
use crate::normalise::text::{is_invisible, nfkc};

/// The date that the text holds, from 1850 to 2100, or `None`.
///
/// | form | example |
/// |---|---|
/// | year first, any separator | `1962-05-07`, `1962.5.7`, `1962/5/7`, `1962 5 7`, `1962年5月7日` |
/// | digits only | `19620507`, `196205`, `1962`, and a timestamp `19620507093000` |
/// | with a time after it, which is dropped | `1962-05-07T00:00:00Z`, `1962/5/7 9:30` |
/// | Chinese numerals | `一九六二年五月七日`, `二〇〇一年十二月卅一日`, `民国卅一年元月初七` |
/// | lunar (农历, 阴历, ...) | the numbers as they stand; `similarity::dates::lunar_offset` weighs them |
/// | day or month unknown | `19620500`, `1962-05-00`, `1962-05-**`, `1962年5月` |
/// | year last, or the month by its English name | `25/12/1962`, `12/25/1962`, `05/1962`, `7 May 1962` |
///
/// Gives `None` rather than a guess for: days that do not exist (30 February), years of
/// two digits (`62-5-7`, whose century is not certain), day and month of which either may be
/// first (`07/05/1962`), serial numbers of spreadsheets (`22773`). Of a date whose month
/// is unknown only the year is kept.
///
/// ```
/// use yiren_matchers::normalise::date::{Date, parse};
/// assert_eq!(parse("１９６２年５月７日"), Date::new(1962, 5, 7));
/// assert_eq!(parse("196205"), Date::new(1962, 5, 0));
/// assert_eq!(parse("07/05/1962"), None);
/// ```
pub fn parse(raw: &str) -> Option<Date> {
    parse_within(raw, PLAUSIBLE_YEARS)
}

/// As [`parse`], for other years: historical records, say.
///
/// ```
/// use yiren_matchers::normalise::date::{Date, parse_within};
/// assert_eq!(parse_within("1827-05-24", 1500..=2100), Date::new(1827, 5, 24));
/// ```
pub fn parse_within(raw: &str, years: RangeInclusive<u16>) -> Option<Date> {
    // Many cells are empty, and need no look at the words that may be in them.
    if raw.is_empty() || raw.len() > LONGEST {
        return None;
    }
    let date = year_first(raw).or_else(|| any_form(raw))?;
    years.contains(&date.year()).then_some(date)
}

/// The date in any of the forms, whatever stands around it.
fn any_form(raw: &str) -> Option<Date> {
    let text: String = nfkc(raw).chars().filter(|&c| !is_invisible(c)).collect();
    let text = strip_words(text.trim());
    if text.contains('年') {
        chinese(text)
    } else {
        separated(text)
    }
}

/// In bytes; no date takes more, and longer text is not worth the look.
const LONGEST: usize = 120;

/// The commonest forms, `1962-05-07`, `1962/5/7`, `1962年5月7日` and `19620507`, without the general
/// machinery.
fn year_first(raw: &str) -> Option<Date> {
    let (year, rest) = raw.as_bytes().split_first_chunk::<4>()?;
    let year = number(year)?;
    let (month, day) = if let [m0, m1, d0, d1] = *rest
        && m0.is_ascii_digit()
    {
        (number(&[m0, m1])?, number(&[d0, d1])?)
    } else {
        let in_chinese = rest.starts_with("年".as_bytes());
        let (month, rest) = one_or_two(after_separator(rest, in_chinese, "年")?)?;
        let (day, rest) = one_or_two(after_separator(rest, in_chinese, "月")?)?;
        let rest = match in_chinese {
            true => rest.strip_prefix("日".as_bytes())?,
            false => rest,
        };
        rest.is_empty().then_some((month, day))?
    };
    (month > 0 && day > 0)
        .then(|| Date::new(year, month as u8, day as u8))
        .flatten()
}

fn number(digits: &[u8]) -> Option<u16> {
    digits.iter().try_fold(0, |number, digit| {
        let digit = digit.checked_sub(b'0').filter(|&digit| digit < 10)?;
        Some(number * 10 + u16::from(digit))
    })
}

/// The number of the one or two digits that a text begins with, and what comes after.
fn one_or_two(text: &[u8]) -> Option<(u16, &[u8])> {
    let length = 1 + usize::from(text.get(1).is_some_and(u8::is_ascii_digit));
    let (digits, rest) = text.split_at_checked(length)?;
    Some((number(digits)?, rest))
}

/// What comes after the word, or after any separator if the date has no words.
fn after_separator<'a>(text: &'a [u8], in_chinese: bool, word: &str) -> Option<&'a [u8]> {
    match text {
        _ if in_chinese => text.strip_prefix(word.as_bytes()),
        [b'-' | b'/' | b'.', rest @ ..] => Some(rest),
        _ => None,
    }
}

/// Without the words around a date: its calendar before it, 生 or 出生 after it.
fn strip_words(mut text: &str) -> &str {
    const BEFORE: [&str; 15] = [
        "农历",
        "農曆",
        "阴历",
        "陰曆",
        "旧历",
        "夏历",
        "古历",
        "公历",
        "阳历",
        "新历",
        "西历",
        "公元",
        "约",
        "出生于",
        "生于",
    ];
    while let Some(rest) = BEFORE.iter().find_map(|word| text.strip_prefix(word)) {
        text = rest.trim_start_matches([' ', ':', ',']);
    }
    for word in ["出生", "生", "左右"] {
        text = text.strip_suffix(word).unwrap_or(text);
    }
    text.trim()
}

/// A run of digits: how many, and their value; 0 where a mask (`*`, `?`) hides one.
#[derive(Copy, Clone)]
struct Group {
    digits: usize,
    value: u64,
}

/// Groups of digits with anything but letters between them.
fn separated(text: &str) -> Option<Date> {
    if text.starts_with('-') {
        return None;
    }
    let (groups, named_month) = groups(text)?;
    if let Some(at) = named_month {
        return with_named_month(&groups, at);
    }
    let digits = |at: usize| groups.get(at).map_or(0, |group| group.digits);
    match groups.as_slice() {
        [one] => packed(*one),
        [one, time, ..] if matches!(one.digits, 8) && time.digits <= 2 => packed(*one),
        [year, month] if year.digits == 4 && month.digits <= 2 => from_groups(*year, *month, None),
        [month, year] if year.digits == 4 && month.digits <= 2 => from_groups(*year, *month, None),
        [year, month, day, ..] if year.digits == 4 && digits(1) <= 2 && digits(2) <= 2 => {
            from_groups(*year, *month, Some(*day))
        }
        [a, b, year, ..] if year.digits == 4 && digits(0) <= 2 && digits(1) <= 2 => {
            year_last(*a, *b, *year)
        }
        _ => None,
    }
}

/// The groups, at most the first three and one more, and the place of a month that was
/// written by its English name.
fn groups(text: &str) -> Option<(Vec<Group>, Option<usize>)> {
    let mut groups: Vec<Group> = Vec::with_capacity(4);
    let mut named_month = None;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if groups.len() == 4 {
            break;
        }
        let is_digit = |c: char| c.is_ascii_digit() || c == '*' || c == '?';
        if is_digit(first) {
            let end = rest.find(|c| !is_digit(c)).unwrap_or(rest.len());
            let (run, after) = rest.split_at(end);
            if run.len() > 14 {
                return None;
            }
            groups.push(group(run));
            rest = after;
        } else if first.is_alphabetic() {
            let end = rest
                .find(|c: char| !c.is_alphabetic())
                .unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            if let Some(month) = english_month(word) {
                if named_month.replace(groups.len()).is_some() {
                    return None;
                }
                groups.push(Group {
                    digits: 2,
                    value: month,
                });
            } else if !is_filler_word(word, !groups.is_empty()) {
                return None;
            }
            rest = after;
        } else {
            rest = rest.get(first.len_utf8()..)?;
        }
    }
    Some((groups, named_month))
}

/// The value of a run; of eight characters with masks in it, masked pairs become zeros.
fn group(run: &str) -> Group {
    let masked = |part: &str| part.contains(['*', '?']);
    let value = match run.len() {
        8 => match (run.get(..4), run.get(4..6), run.get(6..)) {
            (Some(year), Some(month), Some(day)) if masked(run) && !masked(year) => {
                let part = |part: &str| {
                    if masked(part) {
                        0
                    } else {
                        part.parse().unwrap_or(0)
                    }
                };
                part(year) * 10_000 + part(month) * 100 + part(day)
            }
            _ => run.parse().unwrap_or(0),
        },
        _ => run.parse().unwrap_or(0),
    };
    Group {
        digits: run.len(),
        value,
    }
}

fn english_month(word: &str) -> Option<u64> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let word = word.to_ascii_lowercase();
    let at = MONTHS.iter().position(|month| {
        word.len() >= 3 && (month.starts_with(&word) || (word == "sept" && *month == "september"))
    })?;
    Some(at as u64 + 1)
}

/// Words that may stand in a date without changing it: ordinals, the marks of a time.
fn is_filler_word(word: &str, after_digits: bool) -> bool {
    after_digits
        && matches!(
            word.to_ascii_lowercase().as_str(),
            "t" | "z"
                | "am"
                | "pm"
                | "utc"
                | "st"
                | "nd"
                | "rd"
                | "th"
                | "of"
                | "上午"
                | "下午"
                | "日"
                | "号"
        )
}

/// `7 May 1962`, `May 7, 1962`, `1962-May-07`, `May 1962`.
fn with_named_month(groups: &[Group], at: usize) -> Option<Date> {
    let month = *groups.get(at)?;
    let mut others = groups
        .iter()
        .enumerate()
        .filter(|(place, _)| *place != at)
        .map(|(_, group)| *group);
    match (others.next()?, others.next()) {
        (year, None) if year.digits == 4 => from_groups(year, month, None),
        (year, day) if year.digits == 4 => from_groups(year, month, day),
        (day, Some(year)) if year.digits == 4 && day.digits <= 2 => {
            from_groups(year, month, Some(day))
        }
        _ => None,
    }
}

/// A date in one run of digits.
fn packed(group: Group) -> Option<Date> {
    let value = group.value;
    let ymd = |value: u64| {
        let (year, month, day) = (value / 10_000, value / 100 % 100, value % 100);
        Date::known_parts(u16::try_from(year).ok()?, month as u8, day as u8)
    };
    match group.digits {
        4 => Date::new(u16::try_from(value).ok()?, 0, 0),
        6 => {
            let month = (value % 100) as u8;
            Date::known_parts(u16::try_from(value / 100).ok()?, month, 0)
        }
        8 => ymd(value).or_else(|| {
            let two = |value| Group { digits: 2, value };
            let year = Group {
                digits: 4,
                value: value % 10_000,
            };
            year_last(two(value / 1_000_000), two(value / 10_000 % 100), year)
        }),
        12 => ymd(value / 10_000),
        14 => ymd(value / 1_000_000),
        _ => None,
    }
}

/// Day and month before the year, where only one order makes a date.
fn year_last(a: Group, b: Group, year: Group) -> Option<Date> {
    let day_first = from_groups(year, b, Some(a));
    let month_first = from_groups(year, a, Some(b));
    match (day_first, month_first) {
        (Some(day_first), Some(month_first)) => (day_first == month_first).then_some(day_first),
        (one, other) => one.or(other),
    }
}

fn from_groups(year: Group, month: Group, day: Option<Group>) -> Option<Date> {
    let day = day.map_or(Some(0), |day| u8::try_from(day.value).ok())?;
    Date::known_parts(
        u16::try_from(year.value).ok()?,
        u8::try_from(month.value).ok()?,
        day,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn whole_dates() {
        for raw in [
            "1962-05-07",
            "19620507",
            "1962.05.07",
            "1962/5/7",
            "1962-5-7",
            "1962.5.7",
            "1962年5月7日",
            "1962年05月07日",
            "1962 年 5 月 7 日",
            "1962年5月7号",
            "1962年5月7",
            " 1962-05-07 ",
            "１９６２－０５－０７",
            "１９６２年５月７日",
            "１９６２０５０７",
            "1962 5 7",
            "1962\\5\\7",
            "1962,5,7",
            "1962、5、7",
            "一九六二年五月七日",
            "一九六二年五月初七",
            "农历1962年五月初七",
            "阴历一九六二年五月初七",
            "农历：1962-05-07",
            "公历1962年5月7日",
            "1962年5月7日生",
            "生于1962年5月7日",
            "民国五十一年五月七日",
            "民国51年5月7日",
            "壹玖陆贰年伍月柒日",
            "1962年闰五月初七",
            "1962-05-07T00:00:00",
            "1962-05-07T00:00:00.000Z",
            "1962-05-07T00:00:00+08:00",
            "1962-05-07 00:00:00",
            "1962/5/7 9:30",
            "1962-05-07 上午 9:30",
            "19620507093000",
            "196205070930",
            "19620507 09:30",
            "7 May 1962",
            "May 7, 1962",
            "7th May 1962",
            "07-MAY-1962",
            "1962-May-07",
            "\u{feff}1962-05-07",
            "(1962-05-07)",
        ] {
            assert_eq!(parse(raw), Date::new(1962, 5, 7), "{raw:?}");
        }
        for (raw, year, month, day) in [
            ("二〇〇一年十二月三十一日", 2001, 12, 31),
            ("二○○一年十二月卅一日", 2001, 12, 31),
            ("二零零一年十二月31日", 2001, 12, 31),
            ("二OO一年十二月31日", 2001, 12, 31),
            ("一九四九年十月一日", 1949, 10, 1),
            ("一九四九年十一月廿日", 1949, 11, 20),
            ("一九四九年十一月廿九日", 1949, 11, 29),
            ("一九四九年十一月二十九日", 1949, 11, 29),
            ("一九四九年正月初一", 1949, 1, 1),
            ("农历一九四九年腊月三十", 1949, 12, 30),
            ("民国元年元月一日", 1912, 1, 1),
            ("25/12/1962", 1962, 12, 25),
            ("12/25/1962", 1962, 12, 25),
            ("25.12.1962", 1962, 12, 25),
            ("05/05/1962", 1962, 5, 5),
            ("25121962", 1962, 12, 25),
            ("12251962", 1962, 12, 25),
            ("20051962", 1962, 5, 20),
            ("2000-02-29", 2000, 2, 29),
            ("1850-01-01", 1850, 1, 1),
            ("21001231", 2100, 12, 31),
        ] {
            assert_eq!(parse(raw), Date::new(year, month, day), "{raw:?}");
        }
    }

    #[test]
    fn partial_dates() {
        for raw in [
            "196205",
            "1962-05",
            "1962-5",
            "1962/05",
            "1962.5",
            "1962年5月",
            "一九六二年五月",
            "19620500",
            "1962-05-00",
            "1962年5月0日",
            "1962-05-**",
            "1962-5-?",
            "196205**",
            "05/1962",
            "May 1962",
            "1962年5月不详日",
        ] {
            assert_eq!(parse(raw), Date::new(1962, 5, 0), "{raw:?}");
        }
        for raw in [
            "1962",
            "1962年",
            "一九六二年",
            "19620000",
            "1962-00-00",
            "1962-**-**",
            "1962****",
            "1962-00-07",
            "19620007",
            "民国51年",
        ] {
            assert_eq!(parse(raw), Date::new(1962, 0, 0), "{raw:?}");
        }
    }

    #[test]
    fn nothing_to_read() {
        for raw in [
            "",
            " ",
            "无",
            "不详",
            "-",
            "null",
            "0",
            "00000000",
            "0000-00-00",
            // No such day, month or likely year.
            "1962-02-30",
            "19620230",
            "1900-02-29",
            "1962-13-01",
            "1962-05-32",
            "1849-12-31",
            "2101-01-01",
            "9999-12-31",
            "99991231",
            "农历1962年二月三十",
            // More than one reading.
            "62-5-7",
            "620507",
            "62年5月7日",
            "07/05/1962",
            "07051962",
            "1962507",
            "5/7",
            // Not dates.
            "22773",
            "196",
            "-1962-05-07",
            "1962-05-07abc",
            "abc1962-05-07",
            "110105194912310021",
            "****0507",
            "19*2-05-07",
            "五月七日",
            "二十年五月七日",
        ] {
            assert_eq!(parse(raw), None, "{raw:?}");
        }
        assert_eq!(parse(&"1962-05-07 ".repeat(1000)), None);
    }

    #[test]
    fn other_years_on_request() {
        assert_eq!(parse("1827-05-24"), None);
        assert_eq!(
            parse_within("1827-05-24", 1500..=2100),
            Date::new(1827, 5, 24)
        );
        assert_eq!(parse_within("1962-05-07", 1970..=2100), None);
    }

    #[test]
    fn what_is_read_in_short_is_read_alike_with_all_care() {
        let numbers = [
            "0", "1", "5", "9", "00", "02", "05", "12", "13", "29", "30", "31", "32",
        ];
        let (mut short, mut all) = (0, 0);
        for year in ["0000", "1849", "1962", "2000", "9999", "12", "19625"] {
            for (month, day) in numbers.iter().flat_map(|m| numbers.map(|d| (*m, d))) {
                for raw in [
                    format!("{year}-{month}-{day}"),
                    format!("{year}/{month}.{day}"),
                    format!("{year}{month}{day}"),
                    format!("{year}年{month}月{day}日"),
                    format!("{year}年{month}月{day}"),
                    format!("{year}年{month}/{day}日"),
                    format!("{year}-{month}-{day}日"),
                    format!("{year}.{month}.{day}0"),
                ] {
                    let found = year_first(&raw);
                    assert!(found.is_none() || found == any_form(&raw), "{raw}");
                    (short, all) = (short + usize::from(found.is_some()), all + 1);
                }
            }
        }
        assert!(short > 500 && short < all, "{short} of {all}");
    }

    proptest! {
        #[test]
        fn every_date_is_read_back(year in 1850u16..=2100, month in 1u8..=12, day in 1u8..=31) {
            let date = Date::new(year, month, day);
            let months = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"];
            let years: String = year.to_string().bytes().filter_map(|c| "〇一二三四五六七八九".chars().nth(usize::from(c - b'0'))).collect();
            let tens = ["", "十", "二十", "三十"][usize::from(day / 10)];
            let ones = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"][usize::from(day % 10)];
            for raw in [
                format!("{year}-{month:02}-{day:02}"), format!("{year}{month:02}{day:02}"),
                format!("{year}.{month:02}.{day:02}"), format!("{year}/{month}/{day}"), format!("{year}年{month}月{day}日"),
                format!("{years}年{}月{tens}{ones}日", months[usize::from(month) - 1]),
            ] {
                prop_assert_eq!(parse(&raw), date, "{}", raw);
            }
            prop_assert_eq!(date.and_then(|date| parse(&date.to_string())), date);
        }

        #[test]
        fn garbage_never_panics(raw in any::<String>(), dateish in "[0-9年月日*?/. 十初T:-]{0,16}") {
            let _ = parse(&raw);
            if let Some(date) = parse(&dateish) {
                prop_assert_eq!(parse(&date.to_string()), Some(date));
            }
        }
    }
}
