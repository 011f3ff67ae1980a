//! Numbers in an address: ASCII digits, positional numerals (一一九) and structured ones (一百一十九).

use super::marks::{NUMERAL, marks};

/// Whether the character is a Chinese numeral, a digit or a unit, in plain or in banknote form.
#[inline]
pub(super) fn is_numeral(character: char) -> bool {
    marks(character) & NUMERAL != 0
}

fn digit(character: char) -> Option<u32> {
    Some(match character {
        '〇' | '零' => 0,
        '一' | '壹' => 1,
        '二' | '贰' | '两' => 2,
        '三' | '叁' => 3,
        '四' | '肆' => 4,
        '五' | '伍' => 5,
        '六' | '陆' => 6,
        '七' | '柒' => 7,
        '八' | '捌' => 8,
        '九' | '玖' => 9,
        _ => return None,
    })
}

fn unit(character: char) -> Option<u32> {
    Some(match character {
        '十' | '拾' => 10,
        '百' | '佰' => 100,
        '千' | '仟' => 1000,
        _ => return None,
    })
}

/// The number that starts at `start`, and where it ends. `None` if there is none there, or it
/// has more than nine digits or no regular form (十十).
pub(super) fn number_at(text: &[char], start: usize) -> Option<(u32, usize)> {
    let tail = text.get(start..)?;
    if tail.first()?.is_ascii_digit() {
        let (mut value, mut digits) = (0u32, 0);
        for digit in tail.iter().map_while(|character| character.to_digit(10)) {
            digits += 1;
            if digits > 9 {
                return None;
            }
            value = value * 10 + digit;
        }
        return Some((value, start + digits));
    }
    let length = tail
        .iter()
        .take_while(|&&character| is_numeral(character))
        .count();
    let numeral = tail.get(..length)?;
    Some((chinese(numeral)?, start + length))
}

/// The value of a Chinese numeral; `None` if it is empty, too long or has no regular form.
pub(super) fn chinese(numeral: &[char]) -> Option<u32> {
    if numeral.is_empty() || numeral.len() > 9 {
        return None;
    }
    if numeral.iter().all(|&character| digit(character).is_some()) {
        return numeral.iter().try_fold(0u32, |value, &character| {
            Some(value * 10 + digit(character)?)
        });
    }
    let (mut total, mut pending, mut last_unit) = (0u32, None, 10_000);
    for &character in numeral {
        if let Some(value) = digit(character) {
            if pending.is_some_and(|pending| pending != 0) {
                return None;
            }
            pending = Some(value);
        } else {
            let (unit, implied) = match character {
                '廿' => (10, 2),
                '卅' => (10, 3),
                _ => (unit(character)?, 1),
            };
            if unit >= last_unit || (matches!(character, '廿' | '卅') && pending.is_some()) {
                return None;
            }
            let count = match pending.take() {
                None | Some(0) => implied,
                Some(count) => count,
            };
            total += count * unit;
            last_unit = unit;
        }
    }
    Some(total + pending.unwrap_or(0))
}

/// Writes a number below 100 as a name has it: 5 as 五, 47 as 四十七.
pub(super) fn spell(value: u32, into: &mut String) {
    const DIGITS: [char; 10] = ['〇', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
    let digit = |value: u32| DIGITS.get(value as usize % 10).copied().unwrap_or('〇');
    let (tens, ones) = (value / 10 % 10, value % 10);
    if tens > 1 {
        into.push(digit(tens));
    }
    if tens > 0 {
        into.push('十');
    }
    if ones > 0 || tens == 0 {
        into.push(digit(ones));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Option<(u32, usize)> {
        number_at(&text.chars().collect::<Vec<_>>(), 0)
    }

    #[test]
    fn reads_every_form() {
        for (text, expected) in [
            ("119号", Some((119, 3))),
            ("一一九", Some((119, 3))),
            ("一零四号", Some((104, 3))),
            ("二〇", Some((20, 2))),
            ("十", Some((10, 1))),
            ("十三组", Some((13, 2))),
            ("五十号", Some((50, 2))),
            ("九十一", Some((91, 3))),
            ("一百二十三", Some((123, 5))),
            ("一百零五", Some((105, 4))),
            ("三百", Some((300, 2))),
            ("一千二百", Some((1200, 4))),
            ("廿三", Some((23, 2))),
            ("卅", Some((30, 1))),
            ("壹佰贰拾叁", Some((123, 5))),
            ("0007", Some((7, 4))),
            ("1234567890", None),
            ("十十", None),
            ("三廿", None),
            ("一二三四五六七八九一", None),
            ("贺庄", None),
            ("", None),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn numerals_are_digits_units_and_two_more() {
        for character in '\0'..=char::MAX {
            let known = digit(character).is_some() || unit(character).is_some();
            let known = known || matches!(character, '廿' | '卅');
            assert_eq!(is_numeral(character), known, "{character:?}");
        }
    }

    proptest! {
        #[test]
        fn spelling_reads_back(value in 0u32..100) {
            let mut text = String::new();
            spell(value, &mut text);
            prop_assert_eq!(read(&text), Some((value, text.chars().count())));
        }

        #[test]
        fn digits_read_as_the_standard_library_does(value in 0u32..1_000_000_000) {
            let text = value.to_string();
            prop_assert_eq!(read(&text), Some((value, text.len())));
        }

        #[test]
        fn never_panics(text in "[〇零一二两三四五六七八九十百千廿卅0-9号]{0,12}") {
            let _ = read(&text);
        }
    }
}
