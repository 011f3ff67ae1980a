//! The town of an address: 镇, 乡, 街道, 苏木, zones and state farms.

use super::numerals::{number_at, spell};
use super::words::{ends_with, peoples_at, starts_with, strip_people};

/// Where a town's name stands.
pub(super) struct Town {
    /// End of the name without the word for its kind.
    pub stem_end: usize,
    /// End of the whole.
    pub end: usize,
    /// A development zone or a state farm, whose name stays whole.
    pub zone: bool,
}

/// Words for a zone or a farm that stands in place of a town; the longer first where one begins another.
const ZONES: [&str; 39] = [
    "产业开发区",
    "开发区",
    "产业园区",
    "产业园",
    "工业园区",
    "工业园",
    "科技园区",
    "科技园",
    "物流园区",
    "物流园",
    "管理区",
    "示范区",
    "高新区",
    "经开区",
    "新区",
    "园区",
    "物流区",
    "度假区",
    "风景区",
    "保税区",
    "工业区",
    "商贸区",
    "聚集区",
    "集聚区",
    "试验区",
    "实验区",
    "综合区",
    "林业局",
    "管委会",
    "林场",
    "农场",
    "农牧场",
    "牧场",
    "渔场",
    "茶场",
    "园艺场",
    "良种场",
    "种畜场",
    "工矿区",
];

/// The longest town name that is looked for, in characters.
const LONGEST_TOWN: usize = 20;

/// The town that the text names at `from`, if it says what kind of town it is.
pub(super) fn town_at(text: &[char], from: usize) -> Option<Town> {
    let here = text.get(from..)?;
    let (mut village, mut road) = (false, false);
    for at in 0..here.len().min(LONGEST_TOWN) {
        let tail = here.get(at..)?;
        if let Some((length, zone)) = town_word(tail, at, here) {
            let plausible =
                !(village && at > 4) && (!road || (starts_with(tail, "街道") && at <= 7));
            if at + usize::from(zone) > 0 && plausible {
                let mut end = at + length;
                while let Some((more, _)) =
                    here.get(end..).and_then(|tail| town_word(tail, end, here))
                {
                    end += more;
                }
                return Some(Town {
                    stem_end: from + at,
                    end: from + end,
                    zone,
                });
            }
        }
        match tail {
            ['-' | '#' | '号' | '组' | '栋' | '幢' | '室', ..] | ['社' | '小', '区', ..] => {
                return None;
            }
            [digit, ..]
                if digit.is_ascii_digit() && here.first() != Some(&'第') && !is_regiment(here) =>
            {
                return None;
            }
            ['村', next, ..] => village |= at > 0 && !matches!(next, '镇' | '乡' | '街'),
            ['村'] => return None,
            ['街', '道', ..] => {}
            ['路' | '街' | '巷', '镇' | '乡', ..] => {}
            ['路' | '街' | '巷', ..] => road |= at > 0,
            ['嘎', '查', ..] | ['胡', '同', ..] => return None,
            _ => {}
        }
    }
    None
}

/// The town of a people whose 乡 was left out (孟弄彝族谭村): its name's end and where to go on.
pub(super) fn people_town_at(text: &[char], from: usize) -> Option<(usize, usize)> {
    let here = text.get(from..)?;
    (2..here.len().min(8)).find_map(|at| {
        let after = here.get(at..)?;
        let length = peoples_at(after);
        let named = length > 1 && after.get(length - 1) == Some(&'族') && here.len() > at + length;
        named.then_some((from + at, from + at + length))
    })
}

/// 47团, 五十一团: a regiment of the Xinjiang corps.
fn is_regiment(here: &[char]) -> bool {
    number_at(here, 0).is_some_and(|(_, end)| here.get(end) == Some(&'团'))
}

/// Length of the word for a kind of town at the start of `tail`, and whether it is a zone's.
fn town_word(tail: &[char], at: usize, here: &[char]) -> Option<(usize, bool)> {
    let next_is_lane = |length: usize| {
        let after = tail.get(length..).unwrap_or_default();
        let after = match after {
            ['东' | '西' | '南' | '北' | '中' | '前' | '后', rest @ ..] => rest,
            _ => after,
        };
        matches!(after, ['路' | '巷', ..])
            || matches!(after, ['街', next, ..] if *next != '道')
            || matches!(after, ['村', ..] | ['大', '道', ..])
    };
    let plain = |length| (at > 0 && !next_is_lane(length)).then_some((length, false));
    match tail {
        ['街', '道', '办', '事', '处', ..] => plain(5),
        ['街', '道', '办', ..] => plain(3),
        ['街', '道', ..] => plain(2),
        ['办', '事', '处', ..] => plain(3),
        ['苏', '木', ..] => plain(2),
        ['镇' | '乡', ..] => plain(1),
        ['团', '场', ..] => Some((2, true)).filter(|_| at > 0),
        ['团', ..] if number_at(here, 0).is_some_and(|(_, end)| end == at && at > 0) => {
            Some((1, true))
        }
        [
            '产' | '开' | '工' | '科' | '物' | '管' | '示' | '高' | '经' | '新' | '园' | '度'
            | '风' | '保' | '商' | '聚' | '集' | '试' | '实' | '综' | '林' | '农' | '牧' | '渔'
            | '茶' | '良' | '种',
            ..,
        ] => {
            let word = ZONES.iter().find(|word| starts_with(tail, word))?;
            let length = word.chars().count();
            // 新区 and 林场 by themselves are parts of names; 开发区 and longer words stand alone.
            ((at > 0 || length > 2) && !next_is_lane(length)).then_some((length, true))
        }
        _ => None,
    }
}

/// The normal form of a town's name: without 镇, 乡, 街道 and the peoples before them, as long
/// as two characters remain.
pub(super) fn town_name(name: &[char]) -> Box<str> {
    let mut name = name;
    while let Some(shorter) = ["街道办事处", "街道办", "街道", "办事处", "苏木", "镇", "乡"]
        .iter()
        .find(|word| ends_with(name, word))
        .and_then(|word| name.get(..name.len() - word.chars().count()))
        && shorter.len() >= 2
    {
        name = shorter;
        while let Some(shorter) = strip_people(name)
            && shorter.len() >= 2
        {
            name = shorter;
        }
    }
    if starts_with(name, "国营") && name.len() > 4 {
        name = name.get(2..).unwrap_or(name);
    }
    spelled(name)
}

/// A name, its digits written as the name would have them: 第5 as 第五.
pub(super) fn spelled(name: &[char]) -> Box<str> {
    let mut out = String::with_capacity(name.len() * 3);
    let mut at = 0;
    while let Some(&character) = name.get(at) {
        let number = character.is_ascii_digit().then(|| number_at(name, at));
        match number.flatten() {
            Some((value, end)) if value < 100 => {
                spell(value, &mut out);
                at = end;
            }
            _ => {
                out.push(character);
                at += 1;
            }
        }
    }
    out.into()
}
