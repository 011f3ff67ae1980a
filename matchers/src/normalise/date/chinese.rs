//! Dates with 年, 月 and 日, and the numerals they are written in.

use super::Date;

/// `Y年`, `Y年M月`, `Y年M月D日`, each part in digits or in Chinese numerals.
pub(super) fn chinese(text: &str) -> Option<Date> {
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let (republic, text) = match compact
        .strip_prefix("民国")
        .or_else(|| compact.strip_prefix("民國"))
    {
        Some(rest) => (true, rest),
        None => (false, compact.as_str()),
    };
    let (year, rest) = text.split_once('年')?;
    let year = match (republic, year) {
        (true, "元") => 1912,
        (true, year) => numeral(year)?.checked_add(1911)?,
        (false, year) if year.chars().count() == 4 => numeral(year)?,
        _ => return None,
    };
    let (month, rest) = match rest.split_once('月') {
        Some((month, rest)) => (month_numeral(month)?, rest),
        None if rest.is_empty() => return Date::new(year, 0, 0),
        None => return None,
    };
    let day = rest
        .find(['日', '号', '號'])
        .map_or(rest, |end| rest.get(..end).unwrap_or(rest));
    let day = if is_unknown(day) {
        0
    } else {
        u8::try_from(numeral(day)?).ok()?
    };
    Date::known_parts(year, month, day)
}

/// A month in numerals or by its lunar name; a leap month (闰四月) by its number.
fn month_numeral(text: &str) -> Option<u8> {
    let text = text.trim_start_matches(['闰', '閏']);
    match text {
        "元" | "正" => Some(1),
        "冬" => Some(11),
        "腊" | "臘" => Some(12),
        text if is_unknown(text) => Some(0),
        text => u8::try_from(numeral(text)?).ok(),
    }
}

fn is_unknown(text: &str) -> bool {
    text.chars().all(|c| {
        matches!(
            c,
            '*' | '?' | '0' | 'x' | 'X' | '不' | '详' | '某' | '_' | '-'
        )
    })
}

/// The value of a number in ASCII digits, in positional Chinese digits (一九六二), or with
/// tens (二十一, 廿一, 卅, 三十一); a leading 初 counts for nothing. At most four characters
/// of value, so that it always fits.
fn numeral(text: &str) -> Option<u16> {
    let text = text.trim_start_matches('初');
    if text.is_empty() || text.chars().count() > 4 {
        return None;
    }
    let mut positional = 0u16;
    let mut tens = None;
    let mut length = 0;
    for c in text.chars() {
        match c {
            '十' | '拾' if tens.is_none() && length <= 1 => {
                tens = Some(if length == 0 { 1 } else { positional });
                (positional, length) = (0, 0);
            }
            '廿' | '卅' if tens.is_none() && length == 0 => {
                tens = Some(if c == '廿' { 2 } else { 3 });
            }
            _ => {
                positional = positional * 10 + digit(c)?;
                length += 1;
            }
        }
    }
    match tens {
        None => Some(positional),
        Some(tens) if length <= 1 => Some(tens * 10 + positional),
        Some(_) => None,
    }
}

fn digit(c: char) -> Option<u16> {
    Some(match c {
        '0'..='9' => c as u16 - '0' as u16,
        '〇' | '○' | '零' | 'O' | 'o' => 0,
        '一' | '壹' => 1,
        '二' | '贰' | '貳' | '两' => 2,
        '三' | '叁' | '參' => 3,
        '四' | '肆' => 4,
        '五' | '伍' => 5,
        '六' | '陆' | '陸' => 6,
        '七' | '柒' => 7,
        '八' | '捌' => 8,
        '九' | '玖' => 9,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numerals() {
        for (text, expected) in [
            ("5", Some(5)),
            ("05", Some(5)),
            ("1962", Some(1962)),
            ("一九六二", Some(1962)),
            ("二〇〇〇", Some(2000)),
            ("十", Some(10)),
            ("十二", Some(12)),
            ("二十", Some(20)),
            ("三十一", Some(31)),
            ("廿", Some(20)),
            ("廿一", Some(21)),
            ("卅", Some(30)),
            ("初七", Some(7)),
            ("初十", Some(10)),
            ("贰拾", Some(20)),
            ("", None),
            ("初", None),
            ("十十", None),
            ("十廿", None),
            ("一百", None),
            ("十一二", None),
            ("一二三四五", None),
        ] {
            assert_eq!(numeral(text), expected, "{text:?}");
        }
    }

    #[test]
    fn months() {
        for (text, expected) in [
            ("正", Some(1)),
            ("冬", Some(11)),
            ("腊", Some(12)),
            ("闰四", Some(4)),
            ("**", Some(0)),
            ("", Some(0)),
            ("四四四", None),
        ] {
            assert_eq!(month_numeral(text), expected, "{text:?}");
        }
    }
}
