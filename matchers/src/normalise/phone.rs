//! Telephone numbers, most of them Chinese mobile numbers.

use super::text::nfkc;

/// The number as an integer, or `None` where the text holds none: empty, a placeholder
/// (all digits equal, 13800000000, 12345678901), masked, shorter than 7 digits.
///
/// - Mobile numbers of the mainland: eleven digits, 1 first. +86, 0086 and a needless 0 go.
/// - Fixed lines: area code without the trunk 0, and number: 0371-6666 1234 → 37166661234.
///   The extension goes. Without an area code: the seven or eight digits as they are.
/// - Hong Kong and Macao: eight digits, with or without +852 or +853.
/// - Other countries, with + or 00: country code and number, plus [`FOREIGN`] to keep them
///   apart from domestic ones.
///
/// Of several numbers in one cell the first that can be read counts. Equal integers mean the
/// same line; a local number of seven or eight digits may be of two cities.
///
/// ```
/// use yiren_matchers::normalise::phone::parse;
/// assert_eq!(parse("+86 138-1234-5670"), Some(13_812_345_670));
/// assert_eq!(parse("(0371) 6666 1234 转 802"), Some(37_166_661_234));
/// assert_eq!(parse("13800000000"), None);
/// ```
pub fn parse(raw: &str) -> Option<u64> {
    if let [b'1', ..] = raw.as_bytes()
        && raw.len() == MOBILE_LEN
        && raw.bytes().all(|c| c.is_ascii_digit())
    {
        return domestic(raw);
    }
    if raw.len() > LONGEST {
        return None;
    }
    let text: String = nfkc(raw).to_lowercase();
    text.split(['/', '、', ',', ';', '|', '或', '\n'])
        .find_map(one)
}

/// Added to the numbers of other countries; above every domestic number.
pub const FOREIGN: u64 = 1_000_000_000_000_000;

const MOBILE_LEN: usize = 11;
/// A trunk 0, an area code of three digits, a number of eight.
const LANDLINE_LEN: usize = 12;
/// Of a number with its country code, by E.164.
const INTERNATIONAL_LEN: usize = 15;
const SHORTEST: usize = 7;
/// In bytes; a cell longer than this holds no number.
const LONGEST: usize = 200;

fn one(text: &str) -> Option<u64> {
    let text = text.trim();
    let text = text.strip_suffix(".0").unwrap_or(text);
    let number = ["转", "轉", "分机", "分機", "ext", "x", "#"]
        .iter()
        .fold(text, |text, mark| {
            text.split_once(mark).map_or(text, |(number, _)| number)
        });
    let number = number.trim_start_matches(|c: char| !c.is_ascii_digit() && c != '+' && c != '*');
    if number
        .chars()
        .any(|c| c == '*' || c == '?' || c.is_alphabetic())
    {
        return None;
    }
    let mut groups: Vec<&str> = number
        .split(|c: char| !c.is_ascii_digit())
        .filter(|group| !group.is_empty())
        .collect();
    let international =
        number.starts_with('+') || groups.first().is_some_and(|group| group.starts_with("00"));
    let limit = match groups.first()?.as_bytes() {
        _ if international => INTERNATIONAL_LEN + 2,
        [b'0', ..] => LANDLINE_LEN,
        [b'1', b'3'..=b'9', ..] => MOBILE_LEN,
        _ => INTERNATIONAL_LEN,
    };
    while groups.len() > 1 && groups.iter().map(|group| group.len()).sum::<usize>() > limit {
        groups.pop();
    }
    let digits = groups.concat();
    if !international {
        return domestic(&digits);
    }
    let digits = if number.starts_with('+') {
        &digits
    } else {
        digits.strip_prefix("00")?
    };
    if let Some(mainland) = digits.strip_prefix("86") {
        return domestic(mainland);
    }
    if let Some(local) = digits
        .strip_prefix("852")
        .or_else(|| digits.strip_prefix("853"))
        && local.len() == 8
    {
        return domestic(local);
    }
    if digits.len() > INTERNATIONAL_LEN || digits.len() < SHORTEST + 1 || is_filler(digits) {
        return None;
    }
    digits.parse::<u64>().ok().map(|number| FOREIGN + number)
}

fn domestic(digits: &str) -> Option<u64> {
    let digits = digits.trim_start_matches('0');
    let digits = match digits.strip_prefix("86") {
        Some(mobile) if mobile.len() == MOBILE_LEN && mobile.starts_with('1') => mobile,
        _ => digits,
    };
    if digits.len() < SHORTEST || digits.len() > INTERNATIONAL_LEN || is_filler(digits) {
        return None;
    }
    digits.parse().ok()
}

/// Whether the digits were typed to fill the field: one digit throughout or, behind the
/// network's three, one digit or 12345678; digits counting up; or the operator's own
/// 13800138000.
fn is_filler(digits: &str) -> bool {
    let bytes = digits.as_bytes();
    let flat = |digits: &[u8]| {
        digits
            .windows(2)
            .all(|pair| matches!(pair, [a, b] if a == b))
    };
    let rising = |digits: &[u8]| {
        digits
            .windows(2)
            .all(|pair| matches!(pair, [a, b] if (*a - b'0' + 1) % 10 == *b - b'0'))
    };
    let subscriber = if bytes.len() == MOBILE_LEN {
        bytes.get(3..)
    } else {
        None
    };
    flat(bytes)
        || rising(bytes)
        || subscriber.is_some_and(|digits| flat(digits) || digits == b"12345678")
        || digits == "13800138000"
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads() {
        for (raw, expected) in [
            ("13812345670", 13_812_345_670),
            (" 138 1234 5670 ", 13_812_345_670),
            ("138-1234-5670", 13_812_345_670),
            ("１３８１２３４５６７０", 13_812_345_670),
            ("+8613812345670", 13_812_345_670),
            ("+86 138 1234 5670", 13_812_345_670),
            ("(+86)13812345670", 13_812_345_670),
            ("008613812345670", 13_812_345_670),
            ("8613812345670", 13_812_345_670),
            ("86-13812345670", 13_812_345_670),
            ("013812345670", 13_812_345_670),
            ("13812345670.0", 13_812_345_670),
            ("电话:13812345670", 13_812_345_670),
            ("13812345670/13912345670", 13_812_345_670),
            ("13800000000、13912345670", 13_912_345_670),
            ("13812345670-802", 13_812_345_670),
            ("0371-66661234", 37_166_661_234),
            ("037166661234", 37_166_661_234),
            ("+86 371 6666 1234", 37_166_661_234),
            ("(0371)66661234-802", 37_166_661_234),
            ("0371-66661234转802", 37_166_661_234),
            ("0371 6666 1234 ext. 802", 37_166_661_234),
            ("010-62331234", 1_062_331_234),
            ("66661234", 66_661_234),
            ("6666123", 6_666_123),
            ("400-820-8820", 4_008_208_820),
            ("94614638", 94_614_638),
            ("+852 9461 4638", 94_614_638),
            ("00852-94614638", 94_614_638),
            ("+44 20 7946 0018", FOREIGN + 442_079_460_018),
            ("+1 380 123 4567", FOREIGN + 13_801_234_567),
        ] {
            assert_eq!(parse(raw), Some(expected), "{raw:?}");
        }
    }

    #[test]
    fn nothing_to_read() {
        for raw in [
            "",
            " ",
            "无",
            "-",
            "0",
            "110",
            "12345",
            "00000000000",
            "11111111111",
            "88888888",
            "13800000000",
            "13888888888",
            "13800138000",
            "12345678901",
            "13812345678",
            "1234567",
            "138****5670",
            "1.38E+10",
            "无电话",
            "+",
            "+86",
            "1381234567013812345670",
        ] {
            assert_eq!(parse(raw), None, "{raw:?}");
        }
    }

    proptest! {
        #[test]
        fn spelling_makes_no_difference(number in 13_000_000_000u64..20_000_000_000, cut in 1usize..11) {
            let digits = number.to_string();
            let (head, tail) = digits.split_at(cut);
            let plain = parse(&digits);
            for raw in [format!("{head} {tail}"), format!("+86{digits}"), format!("0086 {digits}"), format!("{digits} ")] {
                prop_assert_eq!(parse(&raw), plain, "{}", raw);
            }
        }

        #[test]
        fn garbage_never_panics(raw in any::<String>(), phonish in "[0-9+/#x转 -]{0,30}") {
            let _ = parse(&raw);
            prop_assert!(parse(&phonish).is_none_or(|number| number >= 1_000_000));
        }
    }
}
