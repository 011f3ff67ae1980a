//! Chinese addresses, taken apart into levels that two records can be compared by.
//!
//! Clerks leave out or shorten upper levels (滑县赵营镇…, 湖北黄冈市…), drop 镇, 村 and 号, write
//! numbers in three scripts, and a record's text and its division code may be of different years.
//! [`AddressNormaliser::parse`] brings all of these to one form: codes down to the county, short
//! names below it, plain numbers at the end.
//!
//! The tables are of divisions down to the county. Towns and villages are found by the words
//! around them, so a town that is missing 镇 or 街道 is told from its village by rule of thumb;
//! [`crate::similarity::address`] compares town and village together where that may have gone wrong.

mod divisions;
mod fold;
mod keys;
mod lower;
mod marks;
mod numerals;
mod split;
mod town;
mod upper;
mod words;

use std::ops::Deref;

use divisions::Divisions;
use fold::{Fold, Folded};
use upper::Codes;

/// Lettered buildings (A座) are numbered from here on, so that no numbered one equals them.
const SUB_BUILDING: u32 = 1_000_000_000;

/// A name in an address, in normal form; empty if it is unknown.
pub trait AddressName: Deref<Target = str> {
    /// Whether the name is unknown.
    fn is_missing(&self) -> bool;
    /// Whether the two are the same.
    fn is_same(&self, other: &Self) -> bool;
}

impl AddressName for Box<str> {
    fn is_missing(&self) -> bool {
        self.is_empty()
    }

    fn is_same(&self, other: &Self) -> bool {
        self == other
    }
}

/// An address by its parts; `S` holds the names: `Box<str>` as parsed, and a place in a
/// dictionary out of one. Names are in normal form and empty if unknown; numbers and codes are
/// 0 if unknown.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Address<S = Box<str>> {
    /// 省: GB/T 2260 code, such as 110000.
    pub province: u32,
    /// 地级: GB/T 2260 code, such as 131100. The districts and counties of a municipality share
    /// one (110100); counties run by their province have theirs in `90` (659000).
    pub prefecture: u32,
    /// 县级: GB/T 2260 code, folded by [`AddressNormaliser::canonical`], or the statistical code
    /// of a development zone (131171).
    pub county: u32,
    /// 乡镇街道: without 镇, 乡, 街道, 苏木 and a people's name before them, unless one character
    /// would remain (耿镇). Zones and state farms keep their word (平山林场).
    pub town: S,
    /// 村、路: a village without 村, 社区 or 嘎查 (贺庄; but 李村); a road or lane with its word
    /// (解放路, 胜利巷). Where a community and a road are given, the road.
    pub village: S,
    /// 小区: a housing estate, without 小区.
    pub estate: S,
    /// 组: villagers' group, team or 社.
    pub group: u32,
    /// 号: house number.
    pub number: u32,
    /// 栋、幢、号楼: building; lettered ones (A座) count from 1,000,000,001.
    pub building: u32,
    /// 单元: entrance.
    pub unit: u32,
    /// 室: room or flat.
    pub room: u32,
    /// What was not understood, what stood in brackets, and the name of a county that could not
    /// be resolved.
    pub rest: S,
}

/// Parses addresses. Holds the division tables (about 1 MB); build one and share it.
pub struct AddressNormaliser {
    fold: Fold,
    divisions: Divisions,
}

impl Default for AddressNormaliser {
    fn default() -> Self {
        Self::new()
    }
}

impl AddressNormaliser {
    /// A parser with the built-in tables. Takes some milliseconds.
    pub fn new() -> Self {
        let fold = Fold::new();
        let divisions = Divisions::new(&fold);
        AddressNormaliser { fold, divisions }
    }

    /// The simplified form of one character, as addresses are read in; others than traditional
    /// Chinese characters as they are. Costs a load.
    ///
    /// ```
    /// use yiren_matchers::normalise::address::AddressNormaliser;
    /// assert_eq!(AddressNormaliser::new().simplified('縣'), '县');
    /// ```
    pub fn simplified(&self, character: char) -> char {
        self.fold.character(character)
    }

    /// The parts of an address, or `None` if it names nothing (empty, only punctuation).
    ///
    /// `division_hint` is the record's own six-digit division code. It decides between places of
    /// one name (鼓楼区), allows a county's bare name, and fills the levels that the text leaves
    /// out as long as nothing in the text speaks against it: where they disagree the text wins.
    /// A name of a county that stays ambiguous goes to `rest` and leaves the county 0.
    ///
    /// Cost: a few microseconds and one allocation a name.
    ///
    /// ```
    /// use yiren_matchers::normalise::address::AddressNormaliser;
    /// let normaliser = AddressNormaliser::new();
    /// let full = normaliser.parse("河南省安阳市滑县赵营镇安坪村1组119", None).unwrap();
    /// assert_eq!((full.province, full.prefecture, full.county), (410_000, 410_500, 410_526));
    /// assert_eq!((&*full.town, &*full.village, full.group, full.number), ("赵营", "安坪", 1, 119));
    /// assert_eq!(normaliser.parse("滑县赵营安坪村第一村民小组一一九号", None), Some(full.clone()));
    /// assert_eq!(normaliser.parse("赵营镇安坪村一组119号", Some(410_526)), Some(full));
    ///
    /// let flat = normaliser.parse("胜利巷36号金色小区25-3-2502", None).unwrap();
    /// assert_eq!(normaliser.parse("胜利巷３６号金色小区25幢3单元2502室", None), Some(flat));
    /// ```
    pub fn parse(&self, raw: &str, division_hint: Option<u32>) -> Option<Address> {
        let Folded { text, bracketed } = self.fold.address(raw);
        // All else in a folded text is a letter or a digit.
        if text.iter().all(|character| matches!(character, '-' | '#')) {
            return None;
        }
        let hint = division_hint
            .filter(|code| (100_000..1_000_000).contains(code))
            .map(|code| {
                let (province, prefecture, county) = self.divisions.levels(code);
                Codes {
                    province,
                    prefecture,
                    county,
                }
            });
        let upper = upper::read(&self.divisions, &text, hint.unwrap_or_default());
        let mut address = Address {
            province: upper.province,
            prefecture: upper.prefecture,
            county: upper.county,
            ..Address::default()
        };
        // A county that no table has may be the one that the hint's unknown code stands for.
        let new_county =
            hint.is_some_and(|hint| hint.county != 0 && !self.divisions.knows(hint.county));
        let mut from = upper.end;
        let mut rest = upper.unresolved;
        if let Some(hint) = hint
            && (rest.is_empty() || new_county)
        {
            from = fill(&mut address, hint, &text, from, &mut rest);
        }
        if let Some(town) = town::town_at(&text, from) {
            address.town = town::town_name(text.get(from..town.end).unwrap_or_default());
            from = town.end;
        } else if let Some((end, next)) = town::people_town_at(&text, from) {
            address.town = town::town_name(text.get(from..end).unwrap_or_default());
            from = next;
        }
        rest.push_str(&bracketed);
        address.rest = rest.into();
        lower::read(&text, from, &mut address);
        Some(address)
    }

    /// The one code that a division's codes of all years are folded to: that of the latest year
    /// (342422 and 341521 of 寿县 give one code, 451021 田阳县 gives 451003 田阳区, 320611 港闸区
    /// gives 320613 崇川区 that took it in). A county that was divided, and any unknown code,
    /// comes back as it is.
    ///
    /// ```
    /// use yiren_matchers::normalise::address::AddressNormaliser;
    /// let normaliser = AddressNormaliser::new();
    /// assert_eq!(normaliser.canonical(451_021), 451_003);
    /// assert_eq!(normaliser.canonical(342_400), 341_500);
    /// assert_eq!(normaliser.canonical(990_199), 990_199);
    /// ```
    pub fn canonical(&self, code: u32) -> u32 {
        self.divisions.canonical(code)
    }
}

/// Takes over from the hint what the text leaves out, if they agree as far as the text goes.
/// Returns where the town begins: after a zone that the hint's county is.
fn fill(
    address: &mut Address,
    hint: Codes,
    text: &[char],
    from: usize,
    rest: &mut String,
) -> usize {
    let agree = |known: u32, hinted: u32| known == 0 || hinted == 0 || known == hinted;
    if !agree(address.province, hint.province)
        || !agree(address.prefecture, hint.prefecture)
        || address.county != 0
    {
        return from;
    }
    let named_prefecture = address.prefecture != 0;
    address.province = hint.province;
    if hint.prefecture != 0 {
        address.prefecture = hint.prefecture;
    }
    address.county = hint.county;
    // 衡水市高新区苏正办事处: between a prefecture and a town, a zone is the county itself.
    if named_prefecture
        && hint.county % 100 > 70
        && let Some(zone) = town::town_at(text, from).filter(|town| town.zone)
        && town::town_at(text, zone.end).is_some()
    {
        rest.extend(text.get(from..zone.end).unwrap_or_default());
        return zone.end;
    }
    from
}

#[cfg(test)]
mod tests;
