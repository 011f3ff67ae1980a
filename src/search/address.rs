//! Addresses as rows of units, so that a fragment of one is found in another.
//!
//! A unit is a character or a whole number, in one form however it was written: 第三村民小组,
//! 三组 and 3队 are all `3 组`, 119号 and 一一九 are both `119`. Pairs of neighbours are the terms of
//! the index, so that a fragment is a run of terms; numbers are terms by themselves as well.

use yiren_matchers::normalise::address::AddressNormaliser;

/// A character or a number of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unit {
    /// Its one form.
    pub text: String,
    /// The characters of the raw text that it was read from.
    pub start: usize,
    /// The first that it was not.
    pub end: usize,
}

impl Unit {
    fn is_number(&self) -> bool {
        self.text.starts_with(|c: char| c.is_ascii_digit())
    }
}

/// Words after a number that say that it is a group's.
const GROUPS: [&str; 6] = ["村民小组", "小组", "生产队", "组", "队", "社"];

/// Words after a number that are often left out.
const COUNTERS: [&str; 8] = ["号楼", "单元", "号", "栋", "幢", "座", "室", "户"];

/// The units of an address, in order. What is neither a letter nor a digit parts numbers, and is
/// passed over.
pub(super) fn units(raw: &str, addresses: &AddressNormaliser) -> Vec<Unit> {
    let chars: Vec<char> = raw
        .chars()
        .map(|c| match c {
            '\u{FF01}'..='\u{FF5E}' => {
                char::from_u32(u32::from(c) - 0xFEE0).map_or(c, |c| c.to_ascii_uppercase())
            }
            '○' | '◯' => '〇',
            c => addresses.simplified(c).to_ascii_uppercase(),
        })
        .collect();
    let mut units: Vec<Unit> = Vec::with_capacity(chars.len());
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        let start = at;
        if let Some((number, end)) = number_at(&chars, at) {
            at = end;
            // An ordinal is the number that it counts by.
            if units
                .last()
                .is_some_and(|unit| unit.text == "第" && unit.end == start)
            {
                units.pop();
            }
            units.push(Unit {
                text: number,
                start,
                end,
            });
            if let Some(end) = word_at(&chars, at, &GROUPS) {
                units.push(Unit {
                    text: "组".to_string(),
                    start: at,
                    end,
                });
                at = end;
            } else if let Some(end) = word_at(&chars, at, &COUNTERS) {
                at = end;
            }
            continue;
        }
        at += 1;
        if c.is_alphanumeric() {
            units.push(Unit {
                text: c.to_string(),
                start,
                end: at,
            });
        }
    }
    units
}

/// A term for each pair of neighbours and each number, with its place.
pub(super) fn terms(units: &[Unit]) -> Vec<(usize, String)> {
    let mut terms = Vec::with_capacity(units.len() + 4);
    for (place, unit) in units.iter().enumerate() {
        if unit.is_number() {
            terms.push((place, unit.text.clone()));
        }
        if let Some(next) = units.get(place + 1) {
            terms.push((place, pair(unit, next)));
        }
    }
    terms
}

/// The terms by which a fragment is found: neighbours follow each other. Empty if the fragment is
/// less than two characters and no number.
pub(super) fn fragment(units: &[Unit]) -> Vec<String> {
    match units {
        [only] if only.is_number() => vec![only.text.clone()],
        _ => units
            .iter()
            .zip(units.iter().skip(1))
            .map(|(a, b)| pair(a, b))
            .collect(),
    }
}

/// Where the units of a fragment stand in an address, as characters of the raw text.
pub(super) fn place_of(fragment: &[Unit], address: &[Unit]) -> Option<(usize, usize)> {
    if fragment.is_empty() {
        return None;
    }
    let same = |window: &[Unit]| window.iter().zip(fragment).all(|(a, b)| a.text == b.text);
    let found = address
        .windows(fragment.len())
        .find(|window| same(window))?;
    Some((found.first()?.start, found.last()?.end))
}

fn pair(a: &Unit, b: &Unit) -> String {
    let between = if a.is_number() && b.is_number() {
        "|"
    } else {
        ""
    };
    format!("{}{between}{}", a.text, b.text)
}

fn word_at(chars: &[char], at: usize, words: &[&str]) -> Option<usize> {
    let rest = chars.get(at..)?;
    words.iter().find_map(|word| {
        let mut rest = rest.iter();
        word.chars()
            .all(|c| rest.next() == Some(&c))
            .then(|| at + word.chars().count())
    })
}

/// The number that begins here, in digits without zeros before them, and where it ends.
fn number_at(chars: &[char], at: usize) -> Option<(String, usize)> {
    let rest = chars.get(at..)?;
    let run = |is: fn(&char) -> bool| rest.iter().take_while(|c| is(c)).count();
    let digits = run(char::is_ascii_digit);
    if digits > 0 {
        let text: String = rest.iter().take(digits).collect();
        let text = match text.trim_start_matches('0') {
            "" => "0",
            number => number,
        };
        return Some((text.to_string(), at + digits));
    }
    let numerals = run(|c| digit(*c).is_some() || scale(*c).is_some());
    let numeral = rest.get(..numerals).filter(|numeral| numeral.len() <= 9)?;
    Some((value(numeral)?.to_string(), at + numerals))
}

/// The value of a Chinese numeral, positional (一一九) or structured (一百一十九).
fn value(numeral: &[char]) -> Option<u32> {
    if numeral.is_empty() {
        return None;
    }
    if numeral.iter().all(|&c| digit(c).is_some()) {
        return numeral
            .iter()
            .try_fold(0u32, |value, &c| Some(value * 10 + digit(c)?));
    }
    let (mut total, mut pending, mut last) = (0u32, None, u32::MAX);
    for &c in numeral {
        match (digit(c), scale(c)) {
            (Some(0), _) if pending.is_none() => {}
            (Some(digit), _) if pending.is_none() => pending = Some(digit),
            (_, Some(scale)) if scale < last => {
                total += pending.take().unwrap_or(1) * scale;
                last = scale;
            }
            _ => return None,
        }
    }
    Some(total + pending.unwrap_or(0))
}

fn digit(c: char) -> Option<u32> {
    "〇一二三四五六七八九"
        .chars()
        .position(|known| known == c)
        .map(|place| place as u32)
        .or((c == '零').then_some(0))
}

fn scale(c: char) -> Option<u32> {
    match c {
        '十' => Some(10),
        '百' => Some(100),
        '千' => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(raw: &str) -> String {
        let units = units(raw, &AddressNormaliser::new());
        let texts: Vec<String> = units.into_iter().map(|unit| unit.text).collect();
        texts.join(" ")
    }

    #[test]
    fn spellings_of_one_address_come_to_one_row() {
        for (raw, expected) in [
            (
                "滑县赵营镇安坪村1组119号",
                "滑 县 赵 营 镇 安 坪 村 1 组 119",
            ),
            (
                "滑縣趙營鎮安坪村第一村民小组一一九",
                "滑 县 赵 营 镇 安 坪 村 1 组 119",
            ),
            ("安坪村１队119", "安 坪 村 1 组 119"),
            ("安坪村一社 119号", "安 坪 村 1 组 119"),
            ("金色小区25幢3单元2502室", "金 色 小 区 25 3 2502"),
            ("金色小区25-3-2502", "金 色 小 区 25 3 2502"),
            ("石集乡一百一十九号", "石 集 乡 119"),
            ("三千零五号", "3005"),
            ("007号", "7"),
            ("十十", "十 10"),
            ("a座", "A 座"),
            ("", ""),
            ("，。 ", ""),
        ] {
            assert_eq!(read(raw), expected, "{raw}");
        }
    }

    #[test]
    fn a_fragment_is_found_where_it_stands() {
        let addresses = AddressNormaliser::new();
        for (address, fragment, expected) in [
            ("滑县赵营镇安坪村1组119号", "安坪村", Some("安坪村")),
            ("滑县赵营镇安坪村第一村民小组", "1组", Some("一村民小组")),
            ("滑县赵营镇安坪村1组119号", "19", None),
            ("滑县赵营镇安坪村1组119号", "安村", None),
            ("滑县", "", None),
        ] {
            let found = place_of(&units(fragment, &addresses), &units(address, &addresses));
            let text = found.map(|(start, end)| {
                let chars = address.chars().skip(start).take(end - start);
                chars.collect::<String>()
            });
            assert_eq!(text.as_deref(), expected, "{address} {fragment}");
        }
    }

    proptest! {
        /// A run of units is a fragment of the row that it was taken from, by its terms as well.
        #[test]
        fn fragments_of_an_address_are_in_it(raw in "[一二三十村组号县安坪0-9 -]{0,24}", from in 0..24usize, len in 1..8usize) {
            let addresses = AddressNormaliser::new();
            let whole = units(&raw, &addresses);
            let part: Vec<Unit> = whole.iter().skip(from).take(len).cloned().collect();
            let wanted = fragment(&part);
            prop_assume!(!wanted.is_empty());
            prop_assert!(place_of(&part, &whole).is_some());
            let there = terms(&whole);
            let begins = |start: usize| {
                wanted.iter().enumerate().all(|(place, term)| there.contains(&(start + place, term.clone())))
            };
            prop_assert!((0..whole.len()).any(begins));
        }

        #[test]
        fn garbage_never_panics(raw: String) {
            let addresses = AddressNormaliser::new();
            let units = units(&raw, &addresses);
            let length = raw.chars().count();
            prop_assert!(units.iter().all(|unit| unit.start < unit.end && unit.end <= length));
            let _ = (terms(&units), fragment(&units));
        }
    }
}
