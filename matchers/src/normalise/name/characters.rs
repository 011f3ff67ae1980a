//! What is known of single Chinese characters: standard shape and readings.

use std::sync::LazyLock;

use ferrous_opencc::OpenCC;
use ferrous_opencc::config::BuiltinConfig;
use pinyin::ToPinyinMulti;
use rustc_hash::FxHashMap;

use super::syllable::{Readings, Syllable};
use super::table;

/// The unified ideographs that OpenCC and the pinyin dictionary cover almost alone: extension
/// A and the first block.
const FIRST: u32 = 0x3400;
const LAST: u32 = MAIN_LAST;

/// The main block of Chinese characters.
pub(super) const MAIN_FIRST: u32 = 0x4E00;
pub(super) const MAIN_LAST: u32 = 0x9FFF;

static STANDARD: LazyLock<Box<[char]>> = LazyLock::new(standard_shapes);
static READINGS: LazyLock<Box<[Readings]>> = LazyLock::new(|| {
    (FIRST..=LAST)
        .map(|code| char::from_u32(code).map_or(Readings::NONE, dictionary))
        .collect()
});
static SURNAME_READINGS: LazyLock<FxHashMap<char, Vec<Syllable>>> = LazyLock::new(|| {
    table::rows(include_str!("../../../data/surname_readings.tsv"))
        .filter_map(|(surname, readings)| Some((surname.chars().next()?, syllables(readings))))
        .collect()
});

/// Whether the character is a Chinese character proper.
pub(super) fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{323AF}')
}

/// The simplified standard shape of a character, which most are already.
pub(super) fn standard(c: char) -> char {
    slot(c)
        .and_then(|slot| STANDARD.get(slot).copied())
        .unwrap_or(c)
}

/// The readings of a character in general, in the dictionary's order.
pub(super) fn readings(c: char) -> Readings {
    slot(c)
        .and_then(|slot| READINGS.get(slot).copied())
        .unwrap_or_else(|| dictionary(c))
}

/// The readings of a character that is a surname: as a surname first, then the others.
pub(super) fn surname_readings(c: char) -> Readings {
    match SURNAME_READINGS.get(&c) {
        Some(first) => Readings::new(first.iter().copied().chain(readings(c).iter())),
        None => readings(c),
    }
}

/// The syllables of a text separated by spaces; others are passed over.
pub(super) fn syllables(text: &str) -> Vec<Syllable> {
    text.split(' ').filter_map(Syllable::spelled).collect()
}

fn slot(c: char) -> Option<usize> {
    (FIRST..=LAST)
        .contains(&u32::from(c))
        .then(|| (u32::from(c) - FIRST) as usize)
}

fn dictionary(c: char) -> Readings {
    let Some(all) = c.to_pinyin_multi() else {
        return Readings::NONE;
    };
    Readings::new(
        all.into_iter()
            .filter_map(|reading| Syllable::spelled(reading.plain())),
    )
}

/// Conversion of single characters: OpenCC's first choice, then our variants. OpenCC's phrases
/// (乾隆, 反覆) do not concern names, but for 乾, which the table of variants keeps.
fn standard_shapes() -> Box<[char]> {
    let mut shapes: Box<[char]> = (FIRST..=LAST).filter_map(char::from_u32).collect();
    // One conversion of all characters, a line each, costs a fraction of one call a character.
    let text: String = shapes.iter().flat_map(|&c| [c, '\n']).collect();
    if let Ok(converter) = OpenCC::from_config(BuiltinConfig::T2s) {
        for (shape, line) in shapes.iter_mut().zip(converter.convert(&text).lines()) {
            *shape = line.chars().next().unwrap_or(*shape);
        }
    }
    let variants: FxHashMap<char, char> =
        table::rows(include_str!("../../../data/variant_characters.tsv"))
            .filter_map(|(variant, standard)| {
                Some((variant.chars().next()?, standard.chars().next()?))
            })
            .collect();
    for (code, shape) in (FIRST..).zip(shapes.iter_mut()) {
        let own = char::from_u32(code).and_then(|c| variants.get(&c));
        if let Some(&standard) = own.or_else(|| variants.get(shape)) {
            *shape = standard;
        }
    }
    // A few simplified characters are traditional ones of others (薴, 苧, 苎).
    let once = shapes.clone();
    for shape in &mut shapes {
        *shape = slot(*shape)
            .and_then(|slot| once.get(slot))
            .copied()
            .unwrap_or(*shape);
    }
    shapes
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use super::*;

    #[test]
    fn standard_shapes_of_traditional_variant_and_standard_characters() {
        for (from, to) in [
            (
                "張劉陳楊黃趙吳周孫馬鄭謝韓馮鄧蕭葉蘇盧蔣賈",
                "张刘陈杨黄赵吴周孙马郑谢韩冯邓萧叶苏卢蒋贾",
            ),
            (
                "偉芳麗強軍傑濤華國紅蘭鳳龍飛學誠",
                "伟芳丽强军杰涛华国红兰凤龙飞学诚",
            ),
            (
                "鍾锺崐崑峯嶽姪髙淸黃呉恵冨夀寳燁勲煇栢",
                "钟钟昆昆峰岳侄高清黄吴惠富寿宝烨勋辉柏",
            ),
            ("喆淼堃乾祐晔甦", "喆淼堃乾祐晔苏"),
            ("王李一〇", "王李一〇"),
        ] {
            assert_eq!(from.chars().map(standard).collect::<String>(), to);
        }
    }

    #[test]
    fn standard_shapes_are_fixed_points() {
        let moved: String = (FIRST..=LAST)
            .filter_map(char::from_u32)
            .filter(|&c| standard(standard(c)) != standard(c))
            .collect();
        assert_eq!(moved, "");
    }

    #[test]
    fn surnames_have_their_own_reading_first() {
        for (surname, reading) in "单 shan;仇 qiu;曾 zeng;解 xie;区 ou;查 zha;盖 ge;任 ren;华 hua;朴 piao;覃 qin;\
            翟 zhai;缪 miao;繁 po;员 yun;乐 yue;折 she;盛 sheng;种 chong;谌 chen;王 wang;张 zhang;冯 feng;贾 jia;\
            葛 ge;石 shi;沈 shen;万 wan;尹 yin;长 chang;召 shao;黑 he;能 nai;秘 bi;柏 bai;那 na;宁 ning"
            .split(';')
            .filter_map(|row| row.split_once(' '))
        {
            let c = surname.chars().next().unwrap();
            assert_eq!(surname_readings(c).preferred().as_str(), reading, "{surname}");
            let general = readings(c);
            assert!(general.iter().take(2).all(|r| surname_readings(c).iter().any(|s| s == r)), "{surname}");
        }
    }

    #[test]
    fn every_row_of_the_reading_tables_is_understood() {
        for (surname, text) in table::rows(include_str!("../../../data/surname_readings.tsv")) {
            assert_eq!(surname.chars().count(), 1);
            assert_eq!(syllables(text).len(), text.split(' ').count(), "{surname}");
        }
    }
}
