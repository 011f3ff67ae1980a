//! The country's divisions down to the county, of all years: names, and one code for each place.

use rustc_hash::FxHashMap;

use super::fold::Fold;
use super::words::{ending_bit, ends_with, stem_length};

/// Every name and code that a province, prefecture or county has had since 1996.
///
/// Sources: GB/T 2260 revisions 2002-12 to 2016-07 (crate `gb2260`, MIT); notices of the Ministry
/// of Civil Affairs for the years before and after; statistical codes of development zones.
/// The files in `data/` say more.
pub(super) struct Divisions {
    /// Code -> the code it is folded to.
    canonical: FxHashMap<u32, u32>,
    stems: Vec<Stem>,
    /// The first two characters, the second [`NONE`] of a stem that is one character -> the range of
    /// the stems that begin with them, longest first.
    beginnings: FxHashMap<u64, (u32, u32)>,
}

/// Stands for the character that is not there; no text has it.
const NONE: char = '\0';

/// Two characters as one number.
fn beginning(first: char, second: char) -> u64 {
    u64::from(first) << 32 | u64::from(second)
}

/// A name without the word for its kind: 墨江 for 墨江哈尼族自治县. What most lookups need of it stands
/// together, for every address asks for several.
pub(super) struct Stem {
    /// Characters of the name.
    pub length: usize,
    /// The first of its places.
    pub first: Place,
    /// The others that are called so.
    others: Box<[Place]>,
    name: Box<[char]>,
}

impl Stem {
    fn new(name: Box<[char]>, mut places: Vec<Place>) -> Option<Stem> {
        places.sort_unstable();
        let (&first, others) = places.split_first()?;
        Some(Stem {
            length: name.len(),
            first,
            others: others.into(),
            name,
        })
    }

    /// Whether it is the name of one place only.
    pub fn is_of_one(&self) -> bool {
        self.others.is_empty()
    }

    /// The places of this name, by level and code.
    pub fn places(&self) -> impl Iterator<Item = &Place> {
        std::iter::once(&self.first).chain(&self.others)
    }
}

#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(test, derive(Debug))]
pub(super) struct Place {
    pub level: Level,
    /// Canonical.
    pub code: u32,
    /// As [`Divisions::levels`] of the code.
    pub levels: (u32, u32, u32),
    /// The name stands whole, without a word for its kind after it: a development zone.
    pub whole: bool,
    /// The last characters that the name was ever written with here (县, 区, 市, 旗), as bits.
    pub endings: u8,
    /// The name was still in use at the last revision.
    pub current: bool,
}

#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Level {
    Province = 1,
    Prefecture = 2,
    County = 3,
}

struct Row {
    code: u32,
    name: Box<[char]>,
    first: u32,
    last: u32,
    /// Characters of the stem; all of `name` for a whole name.
    stem: usize,
}

/// Months (since year 0) by which two lives of one name may overlap and still be one place:
/// a revision comes out some time after the change.
const SLACK: u32 = 12;

/// The month of the last revision in `data/divisions.tsv`.
const LAST_REVISION: u32 = 2016 * 12 + 7;

/// Names that people use and no table has.
const ALIASES: [(&str, u32); 20] = [
    ("内蒙", 150_000),
    ("新疆生产建设兵团", 650_000),
    ("巴州", 652_800),
    ("克州", 653_000),
    ("博州", 652_700),
    ("达茂旗", 150_223),
    ("土左旗", 150_121),
    ("土右旗", 150_221),
    ("阿左旗", 152_921),
    ("阿右旗", 152_922),
    ("科左中旗", 150_521),
    ("科左后旗", 150_522),
    ("科右前旗", 152_221),
    ("科右中旗", 152_222),
    ("莫旗", 150_722),
    ("陈旗", 150_725),
    ("新左旗", 150_726),
    ("新右旗", 150_727),
    ("东乌旗", 152_525),
    ("西乌旗", 152_526),
];

impl Divisions {
    pub fn new(fold: &Fold) -> Divisions {
        let rows = rows(fold);
        let mut divisions = Divisions {
            canonical: canonical(&rows),
            stems: Vec::new(),
            beginnings: FxHashMap::default(),
        };
        divisions.index(&rows, fold);
        divisions
    }

    /// The code that a place of this code has today, as far as it is one place: an abolished
    /// county gives its successor, a code of another year the present one. Unknown codes come back.
    pub fn canonical(&self, code: u32) -> u32 {
        self.canonical.get(&code).copied().unwrap_or(code)
    }

    pub fn knows(&self, code: u32) -> bool {
        self.canonical.contains_key(&code)
    }

    /// Province, prefecture and county (canonical; 0 from the level that the code does not reach).
    pub fn levels(&self, code: u32) -> (u32, u32, u32) {
        let code = self.canonical(code);
        let (province, prefecture) = (code / 10_000 * 10_000, code / 100 * 100);
        if code == province {
            (province, 0, 0)
        } else {
            let county = if code == prefecture { 0 } else { code };
            (province, self.canonical(municipal(prefecture)), county)
        }
    }

    /// All stems.
    #[cfg(test)]
    pub fn stems(&self) -> impl Iterator<Item = &Stem> {
        self.stems.iter()
    }

    /// The stems that `text` begins with, longest first.
    pub fn stems_at<'a>(&'a self, text: &'a [char]) -> impl Iterator<Item = &'a Stem> {
        let of = |second: Option<char>| {
            let first = text.first().copied();
            let both = first.zip(second);
            let range = both.and_then(|(first, second)| {
                self.beginnings.get(&beginning(first, second)).copied()
            });
            let (start, end) = range.unwrap_or_default();
            let stems = self.stems.get(start as usize..end as usize);
            stems.unwrap_or_default().iter()
        };
        let longer = of(text.get(1).copied());
        // What begins with the same two characters need not go on as the text does.
        let longer = longer.filter(move |stem| stem.length <= 2 || text.starts_with(&stem.name));
        longer.chain(of(Some(NONE)))
    }

    fn index(&mut self, rows: &[Row], fold: &Fold) {
        let mut places: FxHashMap<Box<[char]>, Vec<Place>> = FxHashMap::default();
        let mut add = |name: &[char], place: Place| {
            let list = places.entry(name.into()).or_default();
            match list
                .iter_mut()
                .find(|known| known.code == place.code && known.whole == place.whole)
            {
                Some(known) => {
                    known.endings |= place.endings;
                    known.current |= place.current;
                }
                None => list.push(place),
            }
        };
        let latest: FxHashMap<u32, &Row> = rows.iter().map(|row| (row.code, row)).collect();
        for row in rows {
            let level = level(row.code);
            let whole = row.stem == row.name.len();
            let endings = row.name.last().map_or(0, |&last| ending_bit(last));
            let place = Place {
                level,
                code: self.canonical(row.code),
                levels: self.levels(row.code),
                whole,
                endings,
                current: row.last >= LAST_REVISION,
            };
            let Some(stem) = row.name.get(..row.stem) else {
                continue;
            };
            add(stem, place);
            if whole && level == Level::County {
                let mut short = stem;
                for upper in [row.code / 10_000 * 10_000, row.code / 100 * 100] {
                    if let Some(upper) = latest.get(&upper)
                        && let Some(rest) = upper
                            .name
                            .get(..upper.stem)
                            .and_then(|stem| short.strip_prefix(stem))
                    {
                        short = rest.strip_prefix(&['市']).unwrap_or(rest);
                    }
                }
                if short.len() >= 3 {
                    add(short, place);
                }
                for (ending, abbreviated) in [
                    ("高新技术产业开发区", "高新区"),
                    ("经济技术开发区", "经开区"),
                ] {
                    if ends_with(short, ending) {
                        add(&abbreviated.chars().collect::<Vec<_>>(), place);
                    }
                }
            }
        }
        for (name, code) in ALIASES {
            let name: Vec<char> = name
                .chars()
                .map(|character| fold.character(character))
                .collect();
            add(
                &name,
                Place {
                    level: level(code),
                    code: self.canonical(code),
                    levels: self.levels(code),
                    whole: true,
                    endings: 0,
                    current: true,
                },
            );
        }
        let stems = places.into_iter();
        self.stems = stems
            .filter_map(|(name, places)| Stem::new(name, places))
            .collect();
        let two = |stem: &Stem| [0, 1].map(|at| stem.name.get(at).copied().unwrap_or(NONE));
        self.stems.sort_unstable_by(|a, b| {
            (two(a), b.name.len(), &a.name).cmp(&(two(b), a.name.len(), &b.name))
        });
        let mut start = 0;
        for group in self.stems.chunk_by(|a, b| two(a) == two(b)) {
            let end = start + group.len() as u32;
            let [first, second] = two(&group[0]);
            self.beginnings
                .insert(beginning(first, second), (start, end));
            start = end;
        }
    }
}

fn level(code: u32) -> Level {
    if code.is_multiple_of(10_000) {
        Level::Province
    } else if code.is_multiple_of(100) {
        Level::Prefecture
    } else {
        Level::County
    }
}

/// Municipalities have two prefecture codes, of their districts and of their counties: one here.
fn municipal(prefecture: u32) -> u32 {
    match prefecture / 10_000 {
        11 | 12 | 31 | 50 => prefecture / 10_000 * 10_000 + 100,
        _ => prefecture,
    }
}

fn rows(fold: &Fold) -> Vec<Row> {
    let mut merged: FxHashMap<(u32, &str), (u32, u32)> = FxHashMap::default();
    let tables = [
        include_str!("../../../data/divisions.tsv"),
        include_str!("../../../data/divisions-amended.tsv"),
    ];
    for line in tables
        .iter()
        .flat_map(|table| table.lines())
        .filter(|line| !line.starts_with('#'))
    {
        let mut columns = line.split('\t');
        let (Some(code), Some(name)) = (columns.next(), columns.next()) else {
            continue;
        };
        let Ok(code) = code.parse() else { continue };
        let mut month = |otherwise| {
            columns
                .next()
                .and_then(|month| month.parse().ok())
                .map_or(otherwise, months)
        };
        let (first, last) = (month(0), month(u32::MAX));
        let life = merged.entry((code, name)).or_insert((first, last));
        *life = (first.min(life.0), last.max(life.1));
    }
    let mut rows: Vec<Row> = merged
        .into_iter()
        .filter(|((_, name), _)| !matches!(*name, "市辖区" | "县") && !name.contains("直辖"))
        .map(|((code, name), (first, last))| {
            let name: Box<[char]> = name
                .chars()
                .map(|character| fold.character(character))
                .collect();
            let stem = stem_length(&name, level(code));
            Row {
                code,
                name,
                first,
                last,
                stem,
            }
        })
        .collect();
    rows.sort_unstable_by(|a, b| {
        (a.code, a.last, a.first, &a.name).cmp(&(b.code, b.last, b.first, &b.name))
    });
    rows
}

fn months(year_and_month: u32) -> u32 {
    year_and_month / 100 * 12 + year_and_month % 100
}

/// Folds codes of one place: the same stem in one province (failing that in one prefecture,
/// failing that the same full name there), if no two of them lived at the same time.
fn canonical(rows: &[Row]) -> FxHashMap<u32, u32> {
    let mut canonical: FxHashMap<u32, u32> = rows.iter().map(|row| (row.code, row.code)).collect();
    let latest: FxHashMap<u32, &[char]> = rows.iter().map(|row| (row.code, &*row.name)).collect();
    for wanted in [Level::Prefecture, Level::County] {
        let mut undecided: Vec<&Row> = rows
            .iter()
            .filter(|row| level(row.code) == wanted)
            .collect();
        for narrowness in 0..3 {
            let mut groups: FxHashMap<(u32, &[char]), Vec<&Row>> = FxHashMap::default();
            for row in undecided.drain(..) {
                let prefecture = municipal(row.code / 100 * 100);
                let area = match (narrowness, wanted) {
                    (0, _) | (_, Level::Prefecture) => row.code / 10_000,
                    _ => canonical.get(&prefecture).copied().unwrap_or(prefecture),
                };
                let name = if narrowness == 2 {
                    &row.name[..]
                } else {
                    row.name.get(..row.stem).unwrap_or_default()
                };
                groups.entry((area, name)).or_default().push(row);
            }
            for mut group in groups.into_values() {
                group.sort_unstable_by_key(|row| (row.first, row.last, row.code));
                let together = group.windows(2).any(|pair| match pair {
                    [a, b] => a.code != b.code && b.first.saturating_add(SLACK) < a.last,
                    _ => false,
                });
                if together {
                    undecided.extend(group);
                } else if let Some(target) = group
                    .iter()
                    .max_by_key(|row| (row.last, row.first, row.code))
                {
                    // A code that lives on under another name has not moved (360402 庐山区, now
                    // 濂溪区, when a 庐山市 was made elsewhere).
                    for row in group
                        .iter()
                        .filter(|row| latest.get(&row.code) == Some(&&*row.name))
                    {
                        canonical.insert(row.code, target.code);
                    }
                }
            }
            undecided.sort_unstable_by_key(|row| (row.code, row.first));
        }
    }
    let successors: FxHashMap<u32, u32> = include_str!("../../../data/divisions-successors.tsv")
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .filter_map(|(old, new)| Some((old.parse().ok()?, new.parse().ok()?)))
        .collect();
    let codes: Vec<u32> = canonical.keys().chain(successors.keys()).copied().collect();
    let settled: Vec<(u32, u32)> = codes
        .into_iter()
        .map(|code| {
            let mut at = code;
            // Chains are short; the bound keeps a loop in the data from hanging the program.
            for _ in 0..8 {
                let next = successors
                    .get(&at)
                    .copied()
                    .unwrap_or_else(|| canonical.get(&at).copied().unwrap_or(at));
                if next == at {
                    break;
                }
                at = next;
            }
            (code, at)
        })
        .collect();
    settled.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn divisions() -> Divisions {
        Divisions::new(&Fold::new())
    }

    #[test]
    fn folds_codes_of_one_place() {
        let divisions = divisions();
        for (old, new, why) in [
            (342_400, 341_500, "六安地区 became 六安市"),
            (342_422, 340_422, "寿县 of 六安, later of 淮南"),
            (542_429, 540_628, "巴青县: 那曲地区 became 那曲市"),
            (110_223, 110_112, "通县 became 通州区"),
            (130_429, 130_408, "永年县 became 永年区"),
            (451_021, 451_003, "田阳县 became 田阳区"),
            (320_602, 320_613, "崇川区 took in 港闸区 and got a new code"),
            (320_611, 320_613, "港闸区 went into 崇川区"),
            (512_081, 510_185, "简阳市 came to Chengdu"),
            (220_381, 220_184, "公主岭市 came to Changchun"),
            (
                511_221,
                500_154,
                "开县 of Sichuan, of Chongqing, then 开州区",
            ),
            (371_202, 370_116, "莱城区 became 莱芜区 of Jinan"),
            (513_021, 511_703, "达县 became 达川区"),
            (131_171, 131_171, "a development zone"),
            (659_003, 659_003, "图木舒克市"),
            (542_232, 540_581, "错那县 of 山南, then 错那市"),
            (360_402, 360_402, "庐山区 is 濂溪区 now, whatever 庐山市 is"),
            (320_106, 320_106, "鼓楼区 of Nanjing is not that of Xuzhou"),
            (320_302, 320_302, "鼓楼区 of Xuzhou is not that of Nanjing"),
            (999_999, 999_999, "unknown codes stay"),
        ] {
            assert_eq!(divisions.canonical(old), new, "{why}");
        }
    }

    #[test]
    fn stems_are_found_longest_first() {
        let divisions = divisions();
        let names = |stems: Vec<&Stem>| -> Vec<String> {
            stems
                .iter()
                .map(|stem| stem.name.iter().collect())
                .collect()
        };
        assert!(divisions.stems.iter().any(|stem| stem.name.len() == 1));
        for stem in &divisions.stems {
            for after in ["", "县", "区东"] {
                let text: Vec<char> = stem.name.iter().copied().chain(after.chars()).collect();
                let all = divisions.stems.iter();
                let mut expected: Vec<&Stem> =
                    all.filter(|stem| text.starts_with(&stem.name)).collect();
                expected.sort_by_key(|stem| std::cmp::Reverse(stem.name.len()));
                assert!(!expected.is_empty());
                let found = divisions.stems_at(&text).collect();
                assert_eq!(names(found), names(expected), "{text:?}");
            }
        }
        assert_eq!(divisions.stems_at(&[]).count(), 0);
    }

    #[test]
    fn places_know_their_levels() {
        let divisions = divisions();
        for place in divisions.stems.iter().flat_map(Stem::places) {
            assert_eq!(place.levels, divisions.levels(place.code), "{}", place.code);
        }
    }

    #[test]
    fn canonical_codes_are_fixed_points() {
        let divisions = divisions();
        for (&code, &canonical) in &divisions.canonical {
            assert_eq!(divisions.canonical(canonical), canonical, "{code}");
            assert_eq!(level(code), level(canonical), "{code} -> {canonical}");
        }
    }
}
