//! Province, prefecture and county at the head of an address.

use super::divisions::{Divisions, Level, Place, Stem};
use super::marks::{KIND, PEOPLE, SMALLER, begins};
use super::town::town_at;
use super::words::{COUNTY, Kind, kind_at, peoples_at, starts_with};

/// What the head of the text said.
#[derive(Default)]
pub(super) struct Upper {
    pub province: u32,
    pub prefecture: u32,
    pub county: u32,
    /// Where the town or the village begins.
    pub end: usize,
    /// A county's name that several counties have, or none in the table.
    pub unresolved: String,
}

/// Codes known so far, each canonical or 0.
#[derive(Copy, Clone, Default)]
pub(super) struct Codes {
    pub province: u32,
    pub prefecture: u32,
    pub county: u32,
}

enum Step {
    Found {
        end: usize,
        place: Place,
    },
    /// A county's name, of which several are possible.
    Ambiguous {
        end: usize,
    },
    Nothing,
}

/// Reads the upper levels. The hint is used to choose between places of one name and to trust
/// a name without its word for the kind (墨江龙潭乡); filling what is left out is the caller's.
pub(super) fn read(divisions: &Divisions, text: &[char], hint: Codes) -> Upper {
    let mut upper = Upper::default();
    let mut known = Codes::default();
    upper.end = match text {
        ['中', '国', ..] => 2,
        ['中', '华', '人', '民', '共', '和', '国', ..] => 7,
        _ => 0,
    };
    loop {
        upper.end += between_levels(tail(text, upper.end), known);
        match step(divisions, text, upper.end, known, hint) {
            Step::Found { end, place } => {
                upper.end = end;
                known = with(known, place);
                if place.level == Level::County {
                    break;
                }
            }
            Step::Ambiguous { end } => {
                upper
                    .unresolved
                    .extend(text.get(upper.end..end).unwrap_or_default());
                upper.end = end;
                break;
            }
            Step::Nothing => {
                if let Some(end) = named_again(divisions, text, upper.end, known) {
                    upper.end = end;
                    continue;
                }
                let length = unknown_county(text, upper.end);
                if length == 0 {
                    break;
                }
                upper
                    .unresolved
                    .extend(text.get(upper.end..upper.end + length).unwrap_or_default());
                upper.end += length;
            }
        }
    }
    while let Some(end) = repeated(divisions, text, upper.end, known) {
        upper.end = end;
    }
    Upper {
        province: known.province,
        prefecture: known.prefecture,
        county: known.county,
        ..upper
    }
}

fn tail(text: &[char], from: usize) -> &[char] {
    text.get(from..).unwrap_or_default()
}

/// Adds a place; its own upper levels win over those read before (a county moves with the years).
fn with(known: Codes, place: Place) -> Codes {
    let (province, prefecture, county) = place.levels;
    match place.level {
        Level::Province => Codes { province, ..known },
        Level::Prefecture => Codes {
            province,
            prefecture,
            county: 0,
        },
        Level::County => Codes {
            province,
            prefecture,
            county,
        },
    }
}

fn deepest(known: Codes) -> u8 {
    if known.county != 0 {
        3
    } else if known.prefecture != 0 {
        2
    } else {
        u8::from(known.province != 0)
    }
}

/// Phrases of statistical tables between two levels.
const BETWEEN: [&str; 6] = [
    "自治区直辖县级行政区划",
    "自治区直辖县级行政单位",
    "省直辖县级行政区划",
    "省直辖县级行政单位",
    "省直辖行政单位",
    "市辖区",
];

/// Characters that stand between two levels and name nothing.
fn between_levels(text: &[char], known: Codes) -> usize {
    // All of them begin as words for a kind do.
    let mut phrases = BETWEEN.iter().filter(|_| begins(text, KIND));
    if let Some(phrase) = phrases.find(|phrase| starts_with(text, phrase)) {
        return phrase.chars().count();
    }
    // A division of the Xinjiang corps (第三师) runs across prefectures.
    if known.province == 650_000 {
        let numbered = usize::from(text.first() == Some(&'第') || starts_with(text, "农"));
        if let Some((_, end)) = super::numerals::number_at(text, numbered)
            && text.get(end) == Some(&'师')
        {
            return end + 1;
        }
    }
    0
}

/// The next level, at `from`.
fn step(divisions: &Divisions, text: &[char], from: usize, known: Codes, hint: Codes) -> Step {
    let here = tail(text, from);
    for stem in divisions.stems_at(here) {
        let end = from + stem.length;
        let after = tail(text, end);
        if let Some(word) = kind_at(after)
            && (word.ending == COUNTY && known.province != 0
                || !names_town(text, end + word.length))
        {
            match choose(stem, known, hint, word.ending, |place| {
                !place.whole && suits(word.kind, place)
            }) {
                Choice::One(place) => {
                    return Step::Found {
                        end: end + word.length,
                        place,
                    };
                }
                Choice::Several if word.kind != Kind::Province => {
                    return Step::Ambiguous {
                        end: end + word.length,
                    };
                }
                _ => {}
            }
        }
        if let Choice::One(place) = choose(stem, known, hint, 0, |place| place.whole)
            && (stem.length > 2 || !goes_on(after))
        {
            let end =
                end + usize::from(after.first() == Some(&'市') && place.level == Level::Prefecture);
            return Step::Found { end, place };
        }
        if stem.length < 2 || goes_on(after) {
            continue;
        }
        if let Choice::One(place) = choose(stem, known, hint, 0, |place| !place.whole)
            && agrees(known, place)
            && !(place.level == Level::County && is_landmark(after))
            && trusted(divisions, text, end, known, hint, place)
        {
            return Step::Found { end, place };
        }
    }
    Step::Nothing
}

/// Whether a name without the word for its kind is that place, and not a town or a village
/// that is called alike.
fn trusted(
    divisions: &Divisions,
    text: &[char],
    end: usize,
    known: Codes,
    hint: Codes,
    place: Place,
) -> bool {
    let (province, prefecture, county) = place.levels;
    let hinted = match place.level {
        Level::Province => hint.province == province,
        Level::Prefecture => hint.prefecture == prefecture,
        Level::County => hint.county == county,
    };
    let contradicted = hint.province != 0 && hint.province != province;
    let within = match place.level {
        Level::Province => false,
        Level::Prefecture => known.province != 0,
        Level::County => known.prefecture != 0 || known.province != 0,
    };
    let deeper = || {
        place.level != Level::County
            && matches!(
                step(divisions, text, end, with(known, place), hint),
                Step::Found { place: next, .. } if agrees(with(known, place), next)
            )
    };
    let town = || town_at(text, end).is_some_and(|town| town.stem_end - end >= 2 || town.zone);
    let at_end = end == text.len();
    if deeper() {
        return true;
    }
    match place.level {
        Level::Province | Level::Prefecture => {
            (hinted || within || !contradicted) && (town() || (at_end && (hinted || within)))
        }
        Level::County => {
            (hinted && (within || place.code == hint.county))
                || (!contradicted && (town() || (at_end && within)))
        }
    }
}

#[derive(PartialEq)]
#[cfg_attr(test, derive(Debug))]
enum Choice {
    One(Place),
    Several,
    Nothing,
}

/// The place of the stem that fits what is known, as [`choose_among`], which most stems have no need
/// of: they have one place only.
fn choose(
    stem: &Stem,
    known: Codes,
    hint: Codes,
    ending: u8,
    wanted: impl Fn(&Place) -> bool,
) -> Choice {
    if !stem.is_of_one() {
        return choose_among(stem, known, hint, ending, wanted);
    }
    let place = &stem.first;
    let in_province = place.code / 10_000 == known.province / 10_000;
    let fits =
        agrees(known, *place) || stem.length >= 2 || (in_province && place.endings & ending != 0);
    match fits && place.level as u8 > deepest(known) && wanted(place) {
        true => Choice::One(*place),
        false => Choice::Nothing,
    }
}

/// The place of the stem that fits what is known, the upper level first; of several the one that
/// was called just so (`ending`: 兴安县 is not 兴安区), then the one the hint points to, then the
/// only one that still exists.
fn choose_among(
    stem: &Stem,
    known: Codes,
    hint: Codes,
    ending: u8,
    wanted: impl Fn(&Place) -> bool,
) -> Choice {
    let wanted = |place: &&Place| wanted(place) && place.level as u8 > deepest(known);
    let mut several = false;
    for level in [Level::Province, Level::Prefecture, Level::County] {
        let fitting = || {
            stem.places()
                .filter(wanted)
                .filter(|place| place.level == level && agrees(known, **place))
        };
        if fitting().next().is_none() {
            continue;
        }
        let exact = fitting().any(|place| place.endings & ending != 0);
        let fitting = || fitting().filter(|place| !exact || place.endings & ending != 0);
        let choice = single(fitting())
            .or_else(|| single(fitting().filter(|place| place.code == hint.county)))
            .or_else(|| {
                single(fitting().filter(|place| {
                    hint.prefecture != 0 && place.code / 100 == hint.prefecture / 100
                }))
            })
            .or_else(|| {
                single(fitting().filter(|place| place.code / 10_000 == hint.province / 10_000))
            })
            .or_else(|| single(fitting().filter(|place| place.current)));
        if let Some(place) = choice {
            return Choice::One(place);
        }
        several = true;
    }
    if several {
        return Choice::Several;
    }
    // The text's own upper levels are of another year (资阳市简阳市): a name that is the only one
    // in its province, or in the country, stands; one of a single character (寿县) in its province.
    let all = || stem.places().filter(wanted);
    let in_province = || all().filter(|place| place.code / 10_000 == known.province / 10_000);
    let choice = if stem.length >= 2 {
        single(in_province()).or_else(|| single(all()))
    } else {
        single(in_province().filter(|place| place.endings & ending != 0))
    };
    choice.map_or(Choice::Nothing, Choice::One)
}

fn single<'a>(mut places: impl Iterator<Item = &'a Place>) -> Option<Place> {
    let first = places.next()?;
    places.next().is_none().then_some(*first)
}

fn agrees(known: Codes, place: Place) -> bool {
    (known.province == 0 || known.province / 10_000 == place.code / 10_000)
        && (known.prefecture == 0
            || place.level == Level::Prefecture
            || known.prefecture / 100 == place.code / 100
            || (is_municipality(place.code) && known.prefecture / 10_000 == place.code / 10_000))
}

fn is_municipality(code: u32) -> bool {
    matches!(code / 10_000, 11 | 12 | 31 | 50)
}

fn suits(kind: Kind, place: &Place) -> bool {
    match (kind, place.level) {
        (Kind::Province, Level::Province) => !is_municipality(place.code),
        (Kind::City, Level::Province) => is_municipality(place.code),
        (Kind::City, Level::Prefecture | Level::County) => true,
        (Kind::Prefecture, Level::Prefecture) | (Kind::County, Level::County) => true,
        _ => false,
    }
}

/// Whether what follows a bare name makes it the name of something smaller.
fn goes_on(after: &[char]) -> bool {
    if !begins(after, SMALLER | PEOPLE) {
        return false;
    }
    let after = match after {
        [
            '东' | '西' | '南' | '北' | '中' | '大' | '新' | '老',
            rest @ ..,
        ] if matches!(rest, ['路' | '街' | '巷' | '大' | '道' | '村' | '庄', ..]) => rest,
        _ => after,
    };
    match after {
        [
            '镇' | '乡' | '街' | '村' | '路' | '巷' | '屯' | '寨' | '庄' | '号' | '组' | '里',
            ..,
        ]
        | ['-' | '#', ..]
        | ['大', '道', ..]
        | ['社' | '小' | '校', '区', ..]
        | ['苏', '木', ..]
        | ['胡', '同', ..]
        | ['嘎', '查', ..]
        | ['花' | '家', '园', ..]
        | ['林' | '农' | '牧' | '渔' | '茶', '场', ..] => true,
        _ => {
            let peoples = peoples_at(after);
            peoples > 0 && matches!(after.get(peoples), Some('乡' | '镇' | '村'))
        }
    }
}

/// A village named after a thing near the county's name: 兴安桥, 平阳坑.
fn is_landmark(after: &[char]) -> bool {
    matches!(
        after,
        [
            '桥' | '门'
                | '河'
                | '湖'
                | '山'
                | '坪'
                | '湾'
                | '沟'
                | '坑'
                | '站'
                | '口'
                | '坡'
                | '塘',
            ..
        ]
    )
}

/// Whether what stood before `at` belongs to a town's name: 矿区街道, but not 安远县镇岗乡.
fn names_town(text: &[char], at: usize) -> bool {
    is_town_word(tail(text, at)) && town_at(text, at).is_none()
}

fn is_town_word(after: &[char]) -> bool {
    matches!(
        after,
        ['镇' | '乡' | '村' | '路' | '巷', ..] | ['街', ..] | ['苏', '木', ..] | ['场', ..]
    )
}

/// Length of a county's name that no table has (某某县), or 0.
fn unknown_county(text: &[char], from: usize) -> usize {
    let here = tail(text, from);
    for (at, &character) in here.iter().enumerate().take(9) {
        match character {
            '镇' | '乡' | '村' | '路' | '街' | '巷' | '号' | '组' | '社' | '-' | '团' | '场' =>
            {
                return 0;
            }
            _ if character.is_ascii_alphanumeric() => return 0,
            '县' | '旗' | '市' if at >= 1 => {
                let after = tail(here, at + 1);
                let inside = match character {
                    '市' => matches!(after.first(), Some('场' | '民' | '政' | '郊' | '区' | '中')),
                    '旗' => matches!(after.first(), Some('杆' | '山' | '营')),
                    _ => matches!(after.first(), Some('前' | '后' | '府' | '政')),
                };
                return if inside
                    || names_town(text, from + at + 1)
                    || goes_on(after)
                    || after.is_empty()
                {
                    0
                } else {
                    at + 1
                };
            }
            '区' if at >= 1 => {
                let name = here.get(..at).unwrap_or_default();
                let small = matches!(
                    name.last(),
                    Some(
                        '小' | '社'
                            | '校'
                            | '园'
                            | '新'
                            | '发'
                            | '理'
                            | '范'
                            | '流'
                            | '属'
                            | '活'
                            | '宅'
                            | '片'
                            | '景'
                            | '置'
                    )
                );
                let after = tail(here, at + 1);
                return if small || goes_on(after) || town_at(text, from + at + 1).is_none() {
                    0
                } else {
                    at + 1
                };
            }
            _ => {}
        }
    }
    0
}

/// The end of an upper level that is named once more, with the word for its kind (北京市北京市).
fn named_again(divisions: &Divisions, text: &[char], from: usize, known: Codes) -> Option<usize> {
    divisions.stems_at(tail(text, from)).find_map(|stem| {
        let end = from + stem.length;
        let word = kind_at(tail(text, end))?;
        let again = stem.places().any(|place| {
            [known.province, known.prefecture].contains(&place.code) && suits(word.kind, place)
        });
        again.then_some(end + word.length)
    })
}

/// The end of an upper level that is named once more before the town (稷山县稷山县经济技术开发区).
fn repeated(divisions: &Divisions, text: &[char], from: usize, known: Codes) -> Option<usize> {
    for stem in divisions.stems_at(tail(text, from)) {
        let named = stem.places().any(|place| {
            !place.whole && [known.province, known.prefecture, known.county].contains(&place.code)
        });
        if !named {
            continue;
        }
        let end = from + stem.length;
        let typed = kind_at(tail(text, end)).map(|word| end + word.length);
        for end in typed.into_iter().chain([end]) {
            let after = tail(text, end);
            if !goes_on(after)
                && !is_town_word(after)
                && town_at(text, end).is_some_and(|town| {
                    town.zone || (typed == Some(end) && town.stem_end - end >= 2)
                })
            {
                return Some(end);
            }
        }
        // 河北永清经济开发区: two levels in a row before a zone.
        if stem.length >= 2
            && let Some(end) = repeated(divisions, text, end, known)
        {
            return Some(end);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::fold::Fold;
    use super::*;

    #[test]
    fn what_makes_a_name_one_of_something_smaller_is_found() {
        let words = "镇 乡 街 村 路 巷 屯 寨 庄 号 组 里 - # 东大道 社区 小区 校区 苏木 胡同 嘎查 花园 家园 \
                     林场 农场 牧场 渔场 茶场 东路 西街 南巷 北村 中庄 大村 新路 老街 彝族乡 回族镇 满族村";
        for word in words.split_whitespace() {
            assert!(goes_on(&word.chars().collect::<Vec<_>>()), "{word}");
        }
        for word in ["", "县", "滑县", "3号", "彝族", "社"] {
            assert!(!goes_on(&word.chars().collect::<Vec<_>>()), "{word}");
        }
    }

    #[test]
    fn the_only_place_of_a_stem_is_chosen_as_among_others() {
        let divisions = Divisions::new(&Fold::new());
        let codes = |code| {
            let (province, prefecture, county) = divisions.levels(code);
            Codes {
                province,
                prefecture,
                county,
            }
        };
        let others = [0, 410_000, 410_500, 410_526, 110_000, 500_100];
        let mut chosen = [0; 2];
        for stem in divisions.stems().filter(|stem| stem.is_of_one()) {
            let place = stem.first;
            let (province, prefecture, _) = place.levels;
            for code in others.into_iter().chain([province, prefecture, place.code]) {
                for ending in [0, place.endings, !place.endings] {
                    for whole in [false, true] {
                        let wanted = |place: &Place| place.whole == whole;
                        let (known, hint) = (codes(code), codes(others[3]));
                        let found = choose(stem, known, hint, ending, wanted);
                        let among = choose_among(stem, known, hint, ending, wanted);
                        assert_eq!(found, among, "{:?} {code} {ending} {whole}", place.code);
                        chosen[usize::from(found == Choice::Nothing)] += 1;
                    }
                }
            }
        }
        assert!(chosen.iter().all(|&times| times > 1_000), "{chosen:?}");
    }
}
