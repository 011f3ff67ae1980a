//! The words of division names: kinds (县, 自治州) and peoples (哈尼族), which texts leave out.

use super::divisions::Level;
use super::marks::{KIND, PEOPLE, begins};

/// What a word after a stem says about the level.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// 省, 自治区, 特别行政区
    Province,
    /// 市: of any level
    City,
    /// 地区, 盟, 自治州, 州
    Prefecture,
    /// 县, 区, 旗, 自治县, ...
    County,
}

/// The bit of 县 in [`Place::endings`].
pub(super) const COUNTY: u8 = 1;

/// One bit for each word that a county's name ends in.
pub(super) fn ending_bit(last: char) -> u8 {
    match last {
        '县' => COUNTY,
        '区' => 2,
        '市' => 4,
        '旗' => 8,
        _ => 0,
    }
}

/// How many characters of the name are its stem; all of them if no word for its kind follows.
pub(super) fn stem_length(name: &[char], level: Level) -> usize {
    let endings: &[&str] = match level {
        Level::Province => &["特别行政区", "自治区", "省", "市"],
        Level::Prefecture => &["自治州", "地区", "盟", "市"],
        Level::County => &["自治县", "自治旗", "林区", "特区", "县", "市", "旗"],
    };
    let ending = endings
        .iter()
        .find(|ending| ends_with(name, ending) && name.len() > ending.chars().count());
    let mut length = match ending {
        Some(ending) => name.len() - ending.chars().count(),
        None if level == Level::County && name.last() == Some(&'区') && !is_zone(name) => {
            name.len()
                - if ends_with(name, "新区") && name.len() > 3 {
                    2
                } else {
                    1
                }
        }
        None => return name.len(),
    };
    while let Some(shorter) = name.get(..length).and_then(strip_people)
        && shorter.len() >= 2
    {
        length = shorter.len();
    }
    // What is left of 鄂温克族自治旗 is the people itself: the text may drop 族.
    if length > 2 && name.get(length - 1) == Some(&'族') {
        length -= 1;
    }
    length
}

fn is_zone(name: &[char]) -> bool {
    [
        "开发区",
        "园区",
        "管理区",
        "示范区",
        "实验区",
        "聚集区",
        "保税区",
    ]
    .iter()
    .any(|ending| ends_with(name, ending))
}

/// The 55 peoples as they stand in names of divisions, and the short forms used there.
const PEOPLES: [&str; 72] = [
    "蒙古族",
    "蒙古",
    "回族",
    "藏族",
    "维吾尔族",
    "维吾尔",
    "苗族",
    "彝族",
    "壮族",
    "布依族",
    "朝鲜族",
    "满族",
    "侗族",
    "瑶族",
    "白族",
    "土家族",
    "哈尼族",
    "哈萨克族",
    "哈萨克",
    "傣族",
    "黎族",
    "傈僳族",
    "佤族",
    "畲族",
    "高山族",
    "拉祜族",
    "水族",
    "东乡族",
    "纳西族",
    "景颇族",
    "柯尔克孜族",
    "柯尔克孜",
    "土族",
    "达斡尔族",
    "达斡尔",
    "仫佬族",
    "羌族",
    "布朗族",
    "撒拉族",
    "毛南族",
    "仡佬族",
    "锡伯族",
    "锡伯",
    "阿昌族",
    "普米族",
    "塔吉克族",
    "塔吉克",
    "怒族",
    "乌孜别克族",
    "俄罗斯族",
    "鄂温克族",
    "德昂族",
    "保安族",
    "裕固族",
    "京族",
    "塔塔尔族",
    "独龙族",
    "鄂伦春族",
    "赫哲族",
    "门巴族",
    "门巴",
    "珞巴族",
    "珞巴",
    "基诺族",
    "各族",
    "民族",
    "回",
    "满",
    "苗",
    "彝",
    "瑶",
    "族",
];

/// The name without the people at its end.
pub(super) fn strip_people(name: &[char]) -> Option<&[char]> {
    if name.last() == Some(&'族') || matches!(name, [.., '古' | '尔' | '克' | '孜' | '伯' | '巴'])
    {
        PEOPLES
            .iter()
            .filter(|people| people.chars().nth(1).is_some() && ends_with(name, people))
            .find_map(|people| name.get(..name.len() - people.chars().count()))
    } else {
        None
    }
}

/// Characters that names of peoples take up at the start of the text, several in a row.
pub(super) fn peoples_at(text: &[char]) -> usize {
    let mut length = 0;
    while let Some(people) = text
        .get(length..)
        .filter(|tail| begins(tail, PEOPLE))
        .and_then(|tail| PEOPLES.iter().find(|people| starts_with(tail, people)))
    {
        length += people.chars().count();
    }
    length
}

/// A word for a kind of division.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) struct KindWord {
    pub kind: Kind,
    /// Characters, with the peoples before it.
    pub length: usize,
    /// As [`Place::endings`].
    pub ending: u8,
}

/// The word for a kind of division at the start of the text.
pub(super) fn kind_at(text: &[char]) -> Option<KindWord> {
    if !begins(text, KIND | PEOPLE) {
        return None;
    }
    let kind = |tail: &[char]| -> Option<(Kind, usize)> {
        Some(match tail {
            ['特', '别', '行', '政', '区', ..] => (Kind::Province, 5),
            ['自', '治', '区', ..] => (Kind::Province, 3),
            ['自', '治', '州', ..] => (Kind::Prefecture, 3),
            ['自', '治', '县' | '旗', ..] => (Kind::County, 3),
            ['省', ..] => (Kind::Province, 1),
            ['市', ..] => (Kind::City, 1),
            ['地', '区', ..] => (Kind::Prefecture, 2),
            ['盟' | '州', ..] => (Kind::Prefecture, 1),
            ['新' | '林' | '特', '区', ..] => (Kind::County, 2),
            ['县' | '区' | '旗', ..] => (Kind::County, 1),
            _ => return None,
        })
    };
    let (peoples, (kind, length)) = match kind(text) {
        Some(plain) => (0, plain),
        None => {
            let peoples = peoples_at(text);
            (peoples, kind(text.get(peoples..).filter(|_| peoples > 0)?)?)
        }
    };
    let length = peoples + length;
    Some(KindWord {
        kind,
        length,
        ending: text.get(length - 1).map_or(0, |&last| ending_bit(last)),
    })
}

pub(super) fn starts_with(text: &[char], word: &str) -> bool {
    let mut characters = text.iter();
    word.chars()
        .all(|character| characters.next() == Some(&character))
}

pub(super) fn ends_with(text: &[char], word: &str) -> bool {
    let mut characters = text.iter().rev();
    word.chars()
        .rev()
        .all(|character| characters.next() == Some(&character))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_people_is_found() {
        for people in PEOPLES {
            let text: Vec<char> = people.chars().chain("县".chars()).collect();
            assert_eq!(peoples_at(&text), text.len() - 1, "{people}");
        }
    }

    #[test]
    fn every_kind_is_found() {
        let kinds =
            "特别行政区 自治区 自治州 自治县 自治旗 省 市 地区 盟 州 新区 林区 特区 县 区 旗";
        for kind in kinds.split(' ') {
            let text: Vec<char> = kind.chars().collect();
            let found = kind_at(&text).map(|word| word.length);
            assert_eq!(found, Some(text.len()), "{kind}");
        }
    }

    #[test]
    fn takes_the_kind_off_a_name() {
        for (name, level, stem) in [
            ("广西壮族自治区", Level::Province, "广西"),
            ("凉山彝族自治州", Level::Prefecture, "凉山"),
            ("克孜勒苏柯尔克孜自治州", Level::Prefecture, "克孜勒苏"),
            ("墨江哈尼族自治县", Level::County, "墨江"),
            ("双江拉祜族佤族布朗族傣族自治县", Level::County, "双江"),
            ("东乡族自治县", Level::County, "东乡"),
            ("鄂温克族自治旗", Level::County, "鄂温克"),
            ("鄂伦春自治旗", Level::County, "鄂伦春"),
            ("隆林各族自治县", Level::County, "隆林"),
            ("察布查尔锡伯自治县", Level::County, "察布查尔"),
            ("管城回族区", Level::County, "管城"),
            ("浦东新区", Level::County, "浦东"),
            ("神农架林区", Level::County, "神农架"),
            ("滑县", Level::County, "滑"),
            ("沙县区", Level::County, "沙县"),
            ("城区", Level::County, "城"),
            (
                "河北衡水高新技术产业开发区",
                Level::County,
                "河北衡水高新技术产业开发区",
            ),
        ] {
            let characters: Vec<char> = name.chars().collect();
            let length = stem_length(&characters, level);
            assert_eq!(
                characters.iter().take(length).collect::<String>(),
                stem,
                "{name}"
            );
        }
    }
}
