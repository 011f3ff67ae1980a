//! The town of an address: 镇, 乡, 街道, 苏木, zones and state farms.

use super::marks::{BOUND, TOWN, marks};
use super::numerals::{number_at, spell};
use super::words::{peoples_at, strip_people};

/// Where a town's name stands.
pub(super) struct Town {
    /// End of the name without the word for its kind.
    pub stem_end: usize,
    /// End of the whole.
    pub end: usize,
    /// A development zone or a state farm, whose name stays whole.
    pub zone: bool,
}

/// The longest town name that is looked for, in characters.
const LONGEST_TOWN: usize = 20;

/// The town that the text names at `from`, if it says what kind of town it is.
pub(super) fn town_at(text: &[char], from: usize) -> Option<Town> {
    let here = text.get(from..)?;
    let (mut village, mut road) = (false, false);
    for (at, &character) in here.iter().enumerate().take(LONGEST_TOWN) {
        if marks(character) & (TOWN | BOUND) == 0 {
            continue;
        }
        let tail = here.get(at..)?;
        if let Some((length, zone)) = town_word(tail, at, here) {
            let plausible =
                !(village && at > 4) && (!road || (matches!(tail, ['街', '道', ..]) && at <= 7));
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
        _ => {
            let length = zone_word(tail)?;
            // 新区 and 林场 by themselves are parts of names; 开发区 and longer words stand alone.
            ((at > 0 || length > 2) && !next_is_lane(length)).then_some((length, true))
        }
    }
}

/// Length of the word for a zone or a farm, which stands in place of a town, at the start of `tail`.
fn zone_word(tail: &[char]) -> Option<usize> {
    Some(match tail {
        ['产', '业', '开', '发', '区', ..] => 5,
        ['产' | '工', '业', '园', '区', ..]
        | ['科', '技', '园', '区', ..]
        | ['物', '流', '园', '区', ..] => 4,
        ['产' | '工', '业', '园', ..] | ['科', '技', '园', ..] | ['物', '流', '园', ..] => {
            3
        }
        ['开', '发', '区', ..]
        | ['管', '理', '区', ..]
        | ['示', '范', '区', ..]
        | ['高', '新', '区', ..]
        | ['经', '开', '区', ..]
        | ['物', '流', '区', ..]
        | ['度', '假', '区', ..]
        | ['风', '景', '区', ..]
        | ['保', '税', '区', ..]
        | ['工', '业' | '矿', '区', ..]
        | ['商', '贸', '区', ..]
        | ['聚', '集', '区', ..]
        | ['集', '聚', '区', ..]
        | ['试' | '实', '验', '区', ..]
        | ['综', '合', '区', ..]
        | ['林', '业', '局', ..]
        | ['管', '委', '会', ..]
        | ['农', '牧', '场', ..]
        | ['园', '艺', '场', ..]
        | ['良', '种', '场', ..]
        | ['种', '畜', '场', ..] => 3,
        ['新' | '园', '区', ..] | ['林' | '农' | '牧' | '渔' | '茶', '场', ..] => 2,
        _ => return None,
    })
}

/// The normal form of a town's name: without 镇, 乡, 街道 and the peoples before them, as long
/// as two characters remain.
pub(super) fn town_name(name: &[char]) -> Box<str> {
    let mut name = name;
    while let [shorter @ .., '街', '道', '办', '事', '处']
    | [shorter @ .., '街', '道', '办']
    | [shorter @ .., '街', '道']
    | [shorter @ .., '办', '事', '处']
    | [shorter @ .., '苏', '木']
    | [shorter @ .., '镇' | '乡'] = name
        && shorter.len() >= 2
    {
        name = shorter;
        while let Some(shorter) = strip_people(name)
            && shorter.len() >= 2
        {
            name = shorter;
        }
    }
    if let ['国', '营', rest @ ..] = name
        && rest.len() > 2
    {
        name = rest;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_for_a_town_is_found() {
        for (words, is_zone) in [
            ("镇 乡 街道 街道办 街道办事处 办事处 苏木", false),
            (
                "团场 产业开发区 开发区 产业园区 产业园 工业园区 工业园 科技园区 科技园 物流园区 \
                 物流园 管理区 示范区 高新区 经开区 新区 园区 物流区 度假区 风景区 保税区 工业区 \
                 商贸区 聚集区 集聚区 试验区 实验区 综合区 林业局 管委会 林场 农场 农牧场 牧场 渔场 \
                 茶场 园艺场 良种场 种畜场 工矿区",
                true,
            ),
        ] {
            for word in words.split_whitespace() {
                let text: Vec<char> = format!("滑县贺庄{word}李家庄").chars().collect();
                let found = town_at(&text, 2).map(|town| (town.stem_end, town.end, town.zone));
                let end = 4 + word.chars().count();
                assert_eq!(found, Some((4, end, is_zone)), "{word}");
            }
        }
    }
}
