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
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;

    static NORMALISER: LazyLock<AddressNormaliser> = LazyLock::new(AddressNormaliser::new);

    /// Text, hint (0: none) and what comes of it: deepest known code, town, village, estate,
    /// group, number, building, unit, room, rest.
    const CASES: &[(&str, u32, &str)] = &[
        (
            "河南省安阳市滑县赵营镇安坪村1组119",
            0,
            "410526|赵营|安坪||1,119,0,0,0|",
        ),
        (
            "河南省安阳市滑县赵营镇安坪村第一村民小组一一九号",
            0,
            "410526|赵营|安坪||1,119,0,0,0|",
        ),
        (
            "滑县赵营镇安坪村一组119号",
            0,
            "410526|赵营|安坪||1,119,0,0,0|",
        ),
        (
            "赵营镇安坪村1组119号",
            410526,
            "410526|赵营|安坪||1,119,0,0,0|",
        ),
        ("安坪村1组119号", 410526, "410526||安坪||1,119,0,0,0|"),
        ("安坪村1组119号", 0, "0||安坪||1,119,0,0,0|"),
        (
            "河南滑县赵营安坪村1组119号",
            0,
            "410526|赵营|安坪||1,119,0,0,0|",
        ),
        ("河南省滑县", 0, "410526||||0,0,0,0,0|"),
        ("滑县", 0, "410526||||0,0,0,0,0|"),
        (
            "湖北黄冈市浠水县散花镇易湾村第2村民小组22号",
            0,
            "421125|散花|易湾||2,22,0,0,0|",
        ),
        (
            "湖北黄冈浠水散花镇易湾村2组22号",
            0,
            "421125|散花|易湾||2,22,0,0,0|",
        ),
        ("湖北省黄冈市", 0, "421100||||0,0,0,0,0|"),
        ("湖北黄冈", 0, "421100||||0,0,0,0,0|"),
        (
            "江西省赣州市安远县镇岗乡贾湾村7组109号",
            0,
            "360726|镇岗|贾湾||7,109,0,0,0|",
        ),
        (
            "四川省达州市达川区百节镇庞家村一组七十一号",
            0,
            "511703|百节|庞家||1,71,0,0,0|",
        ),
        (
            "四川省达县百节镇庞家村一组",
            0,
            "511703|百节|庞家||1,0,0,0,0|",
        ),
        ("达川市西外镇新华村3组", 0, "511700|西外|新华||3,0,0,0,0|"),
        (
            "墨江哈尼族自治县龙潭乡樊家村十一组２２",
            530822,
            "530822|龙潭|樊家||11,22,0,0,0|",
        ),
        (
            "墨江县龙潭乡樊家村11组22号",
            0,
            "530822|龙潭|樊家||11,22,0,0,0|",
        ),
        (
            "墨江龙潭乡樊家村11组22号",
            0,
            "530822|龙潭|樊家||11,22,0,0,0|",
        ),
        (
            "云南墨江龙潭乡樊家村11组22号",
            0,
            "530822|龙潭|樊家||11,22,0,0,0|",
        ),
        (
            "贵州省毕节市威宁彝族回族苗族自治县草海镇易坪村第7村民小组40号",
            0,
            "520526|草海|易坪||7,40,0,0,0|",
        ),
        (
            "威宁县草海镇易坪村7组40号",
            0,
            "520526|草海|易坪||7,40,0,0,0|",
        ),
        (
            "青海省果洛藏族自治州甘德县江千乡万家村第7村民小组53号",
            0,
            "632623|江千|万家||7,53,0,0,0|",
        ),
        (
            "青海果洛州甘德县江千乡万家村7组53号",
            0,
            "632623|江千|万家||7,53,0,0,0|",
        ),
        (
            "四川凉山彝族自治州金阳县丙底镇和平村六组90号",
            0,
            "513430|丙底|和平||6,90,0,0,0|",
        ),
        (
            "内蒙古自治区呼伦贝尔市陈巴尔虎旗鄂温克民族苏木赵坪村2组37",
            0,
            "150725|鄂温克|赵坪||2,37,0,0,0|",
        ),
        (
            "内蒙古呼伦贝尔陈巴尔虎旗西乌珠尔苏木邱家嘎查8组",
            0,
            "150725|西乌珠尔|邱家||8,0,0,0,0|",
        ),
        (
            "呼伦贝尔市陈巴尔虎旗陈巴尔虎旗哈达图国营农牧场黄庄村9组25",
            0,
            "150725|哈达图国营农牧场|黄庄||9,25,0,0,0|",
        ),
        (
            "河北衡水高新技术产业开发区高新技术产业开发区和平村十四组71号",
            0,
            "131171|高新技术产业开发区|和平||14,71,0,0,0|",
        ),
        (
            "河北省衡水市河北衡水高新技术产业开发区大麻森乡和平村14组88号",
            0,
            "131171|大麻森|和平||14,88,0,0,0|",
        ),
        (
            "衡水市高新区苏正办事处胜利村7组113",
            131171,
            "131171|苏正|胜利||7,113,0,0,0|",
        ),
        (
            "安徽芜湖市安徽芜湖三山经济开发区龙湖街道新华路63号康居小区2幢3单元3004",
            0,
            "340272|龙湖|新华路|康居|0,63,2,3,3004|",
        ),
        (
            "永清县河北永清经济开发区侯湾村14组46",
            0,
            "131023|经济开发区|侯湾||14,46,0,0,0|",
        ),
        (
            "稷山县稷山县经济技术开发区郭村三组44号",
            0,
            "140824|经济技术开发区|郭村||3,44,0,0,0|",
        ),
        (
            "太湖县经济开发区龚庄村7组13",
            0,
            "340825|经济开发区|龚庄||7,13,0,0,0|",
        ),
        (
            "咸安区咸安商贸物流区覃家村4组29",
            0,
            "421202|商贸物流区|覃家||4,29,0,0,0|",
        ),
        ("北京市朝阳区建国路88号", 0, "110105||建国路||0,88,0,0,0|"),
        (
            "北京市北京市朝阳区麦子店街道",
            0,
            "110105|麦子店|||0,0,0,0,0|",
        ),
        (
            "北京朝阳区三里屯街道工体北路4号院12号楼3单元501室",
            0,
            "110105|三里屯|工体北路||0,4,12,3,501|",
        ),
        ("北京东路5号", 310101, "310101||北京东路||0,5,0,0,0|"),
        ("长春市朝阳区红旗街12号", 0, "220104||红旗街||0,12,0,0,0|"),
        ("朝阳区红旗街12号", 0, "0||红旗街||0,12,0,0,0|朝阳区"),
        ("朝阳区红旗街12号", 220104, "220104||红旗街||0,12,0,0,0|"),
        ("朝阳区红旗街12号", 110105, "110105||红旗街||0,12,0,0,0|"),
        (
            "辽宁省朝阳市朝阳县波罗赤镇小东村3组",
            0,
            "211321|波罗赤|小东||3,0,0,0,0|",
        ),
        (
            "江苏省南京市鼓楼区中央路20号",
            0,
            "320106||中央路||0,20,0,0,0|",
        ),
        ("徐州市鼓楼区中央路20号", 0, "320302||中央路||0,20,0,0,0|"),
        (
            "重庆市南川区德隆镇新华村6组40",
            0,
            "500119|德隆|新华||6,40,0,0,0|",
        ),
        (
            "重庆南川德隆镇新华村6组40",
            0,
            "500119|德隆|新华||6,40,0,0,0|",
        ),
        (
            "重庆市开县临江镇福德村5社",
            0,
            "500154|临江|福德||5,0,0,0,0|",
        ),
        (
            "上海市浦东新区川沙路120弄5号302室",
            0,
            "310115||川沙路||0,120,5,0,302|",
        ),
        ("上海市南汇区惠南镇", 0, "310115|惠南|||0,0,0,0,0|"),
        ("天津市蓟县别山镇", 0, "120119|别山|||0,0,0,0,0|"),
        (
            "新疆维吾尔自治区图木舒克市前海镇红旗村第6村民小组37号",
            0,
            "659003|前海|红旗||6,37,0,0,0|",
        ),
        (
            "新疆维吾尔自治区自治区直辖县级行政区划图木舒克市前海镇",
            0,
            "659003|前海|||0,0,0,0,0|",
        ),
        (
            "新疆生产建设兵团第三师图木舒克市五十一团六连",
            0,
            "659003|五十一团|六连||0,0,0,0,0|",
        ),
        ("图木舒克市51团6连", 0, "659003|五十一团|六连||0,0,0,0,0|"),
        (
            "湖北省仙桃市沔城回族镇莲花村2组",
            0,
            "429004|沔城|莲花||2,0,0,0,0|",
        ),
        (
            "湖北省省直辖县级行政区划仙桃市沔城镇莲花村2组",
            0,
            "429004|沔城|莲花||2,0,0,0,0|",
        ),
        ("海南省琼海市嘉积镇", 0, "469002|嘉积|||0,0,0,0,0|"),
        (
            "广东省东莞市长安镇乌沙社区环东路3号",
            0,
            "441900|长安|环东路||0,3,0,0,0|乌沙",
        ),
        (
            "香港特别行政区九龙城区土瓜湾道5号",
            0,
            "810203||土瓜湾道||0,5,0,0,0|",
        ),
        (
            "香港湾仔区轩尼诗道100号",
            0,
            "810102||轩尼诗道||0,100,0,0,0|",
        ),
        ("澳门特别行政区花地玛堂区", 0, "820104||||0,0,0,0,0|"),
        ("臺灣省臺北市信義路", 0, "710000||信义路||0,0,0,0,0|台北市"),
        (
            "遼寧省瀋陽市康平縣二牛所口鎮洪村4組78號",
            0,
            "210123|二牛所口|洪村||4,78,0,0,0|",
        ),
        (
            "百色市田阳县洞靖镇肖庄村十四组14号",
            0,
            "451003|洞靖|肖庄||14,14,0,0,0|",
        ),
        (
            "百色市田阳区洞靖镇肖庄村十四组14号",
            0,
            "451003|洞靖|肖庄||14,14,0,0,0|",
        ),
        (
            "四川省资阳市简阳市石板凳镇高家村3组",
            0,
            "510185|石板凳|高家||3,0,0,0,0|",
        ),
        ("安徽省六安地区寿县瓦埠镇", 0, "340422|瓦埠|||0,0,0,0,0|"),
        (
            "河北省邯郸市永年县临洺关镇",
            0,
            "130408|临洺关|||0,0,0,0,0|",
        ),
        ("江苏省南通市通州市金沙镇", 0, "320612|金沙|||0,0,0,0,0|"),
        ("江西省赣县梅林镇", 0, "360704|梅林|||0,0,0,0,0|"),
        ("吉林省吉林市船营区", 0, "220204||||0,0,0,0,0|"),
        ("吉林市永吉县口前镇", 0, "220221|口前|||0,0,0,0,0|"),
        ("海南州共和县恰卜恰镇", 0, "632521|恰卜恰|||0,0,0,0,0|"),
        (
            "西藏自治区那曲地区巴青县雅安镇倪庄村八组78号",
            0,
            "540628|雅安|倪庄||8,78,0,0,0|",
        ),
        (
            "巴青县巴青乡白湾村6组54",
            0,
            "540628|巴青|白湾||6,54,0,0,0|",
        ),
        ("巴青乡白湾村6组54", 540628, "540628|巴青|白湾||6,54,0,0,0|"),
        (
            "兴安县溶江镇沈庄村10组四十七号",
            0,
            "450325|溶江|沈庄||10,47,0,0,0|",
        ),
        (
            "兴安镇葛坪村第八村民小组55号",
            450325,
            "450325|兴安|葛坪||8,55,0,0,0|",
        ),
        (
            "鸡冠区南山街道和平街124号金色小区13栋2单元304室",
            0,
            "230302|南山|和平街|金色|0,124,13,2,304|",
        ),
        (
            "福建省宁德市福鼎市桐山街道龚坪街75号康居小区17-3-1504",
            0,
            "350982|桐山|龚坪街|康居|0,75,17,3,1504|",
        ),
        (
            "福鼎市桐山龚坪街75号康居小区17栋3单元1504",
            0,
            "350982|桐山|龚坪街|康居|0,75,17,3,1504|",
        ),
        (
            "岳池县镇裕镇施庄村二组42",
            0,
            "511621|镇裕|施庄||2,42,0,0,0|",
        ),
        (
            "新疆维吾尔自治区克拉玛依市白碱滩区金龙镇街道易坪街140号幸福小区23幢3单元2503",
            0,
            "650204|金龙|易坪街|幸福|0,140,23,3,2503|",
        ),
        (
            "白碱滩区金龙街道易坪街140号",
            0,
            "650204|金龙|易坪街||0,140,0,0,0|",
        ),
        (
            "济南市槐荫区张庄路街道莫坪路218号幸福小区16幢1单元2002",
            0,
            "370104|张庄路|莫坪路|幸福|0,218,16,1,2002|",
        ),
        (
            "河南省商丘市睢阳区路河镇红旗村第11村民小组28号",
            0,
            "411403|路河|红旗||11,28,0,0,0|",
        ),
        (
            "甘肃省兰州市红古区矿区街道陶湾巷一三二号华庭小区4栋3单元2204室",
            0,
            "620111|矿区|陶湾巷|华庭|0,132,4,3,2204|",
        ),
        (
            "五台县耿镇镇崔坪村8组八十一",
            0,
            "140922|耿镇|崔坪||8,81,0,0,0|",
        ),
        (
            "五台县耿镇崔坪村8组81号",
            0,
            "140922|耿镇|崔坪||8,81,0,0,0|",
        ),
        (
            "安徽省安庆市太湖县牛镇镇向阳村15组91",
            0,
            "340825|牛镇|向阳||15,91,0,0,0|",
        ),
        (
            "康平县西关屯蒙古族满族乡史坪村十五组36",
            0,
            "210123|西关屯|史坪||15,36,0,0,0|",
        ),
        (
            "康平县西关屯乡史坪村15组36号",
            0,
            "210123|西关屯|史坪||15,36,0,0,0|",
        ),
        (
            "邱县陈村回族于家村11组32号",
            0,
            "130430|陈村|于家||11,32,0,0,0|",
        ),
        (
            "永清县韩村韩湾村3组二十八",
            0,
            "131023|韩村|韩湾||3,28,0,0,0|",
        ),
        (
            "西藏自治区那曲市巴青县本塔彭庄村2组23",
            0,
            "540628|本塔|彭庄||2,23,0,0,0|",
        ),
        (
            "第5街道孟家路170号金色小区17-3-2602",
            150703,
            "150703|第五|孟家路|金色|0,170,17,3,2602|",
        ),
        (
            "扎赉诺尔区第五街道孟家路170号金色小区17栋3单元2602室",
            0,
            "150703|第五|孟家路|金色|0,170,17,3,2602|",
        ),
        (
            "虎林市云山农场董家村十一组19",
            0,
            "230381|云山农场|董家||11,19,0,0,0|",
        ),
        (
            "虎林市东方红林业局韩家村第6村民小组110号",
            0,
            "230381|东方红林业局|韩家||6,110,0,0,0|",
        ),
        ("前进村幸福家园3-2-501", 0, "0||前进|幸福家园|0,0,3,2,501|"),
        ("解放路36号3号楼2单元501室", 0, "0||解放路||0,36,3,2,501|"),
        ("解放路36号3#楼2单元501", 0, "0||解放路||0,36,3,2,501|"),
        (
            "解放路36号A座1203室",
            0,
            "0||解放路||0,36,1000000001,0,1203|",
        ),
        ("解放路36号3栋2-501", 0, "0||解放路||0,36,3,2,501|"),
        ("人民路12-3号", 0, "0||人民路||0,12,0,0,0|-3"),
        ("贺庄村7组70-1", 0, "0||贺庄||7,70,0,0,0|-1"),
        ("新华社区解放路12号", 0, "0||解放路||0,12,0,0,0|新华"),
        ("新华社区居委会12组", 0, "0||新华||12,0,0,0,0|"),
        ("大寨村村民委员会3组", 0, "0||大寨||3,0,0,0,0|"),
        ("李家庄行政村王庄自然村5组", 0, "0||李家庄||5,0,0,0,0|王庄"),
        ("杨村镇东风村3组", 0, "0|杨村|东风||3,0,0,0,0|"),
        ("张村驿镇新村5组8号", 0, "0|张村驿|新村||5,8,0,0,0|"),
        ("十里铺村3组", 0, "0||十里铺||3,0,0,0,0|"),
        ("七一路五十号", 0, "0||七一路||0,50,0,0,0|"),
        ("一心村二队", 0, "0||一心||2,0,0,0,0|"),
        ("三元村三生产队9号", 0, "0||三元||3,9,0,0,0|"),
        ("五里铺村四社", 0, "0||五里铺||4,0,0,0,0|"),
        (
            "胡家屯13500001234567",
            0,
            "0||胡家屯||0,0,0,0,0|13500001234567",
        ),
        (
            "贺庄第13500001234567号",
            0,
            "0||贺庄||0,0,0,0,0|13500001234567号",
        ),
        ("第1234567890", 0, "0||||0,0,0,0,0|1234567890"),
        ("金色小区28-3-702", 0, "0|||金色|0,0,28,3,702|"),
        ("金色小区28幢3单元702室", 0, "0|||金色|0,0,28,3,702|"),
        ("贺庄13组", 0, "0||贺庄||13,0,0,0,0|"),
        ("新华村（原红旗村）3组5号", 0, "0||新华||3,5,0,0,0|原红旗村"),
        ("某某县和平乡新华村", 0, "0|和平|新华||0,0,0,0,0|某某县"),
        (
            "某某县和平乡新华村",
            130999,
            "130999|和平|新华||0,0,0,0,0|某某县",
        ),
        ("5号", 0, "0||||0,5,0,0,0|"),
        ("５０１", 0, "0||||0,501,0,0,0|"),
        ("东直门内大街 5 号院", 0, "0||东直门内大街||0,5,0,0,0|"),
        ("胡同5号", 0, "0||胡同||0,5,0,0,0|"),
    ];

    fn parse(raw: &str, hint: u32) -> Option<Address> {
        NORMALISER.parse(raw, Some(hint).filter(|&hint| hint != 0))
    }

    fn summary(address: &Address) -> String {
        let Address {
            province,
            prefecture,
            county,
            town,
            village,
            estate,
            group,
            number,
            building,
            unit,
            room,
            rest,
        } = address;
        let deepest = [county, prefecture, province]
            .into_iter()
            .find(|&&code| code != 0)
            .unwrap_or(&0);
        format!(
            "{deepest}|{town}|{village}|{estate}|{group},{number},{building},{unit},{room}|{rest}"
        )
    }

    #[test]
    fn takes_addresses_apart() {
        for &(raw, hint, expected) in CASES {
            let address = parse(raw, hint).unwrap_or_default();
            assert_eq!(summary(&address), expected, "{raw} ({hint})");
            if address.county != 0 {
                assert_eq!(address.province, address.county / 10_000 * 10_000, "{raw}");
                assert_ne!(address.prefecture, 0, "{raw}");
            }
        }
    }

    #[test]
    fn names_nothing() {
        for raw in ["", "   ", ",,,", "?", "（）", "--", "。"] {
            assert_eq!(parse(raw, 410_526), None, "{raw:?}");
        }
    }

    #[test]
    fn the_text_wins_over_the_hint() {
        let address = parse("河南省滑县赵营镇", 421_125).unwrap_or_default();
        assert_eq!(
            (address.province, address.prefecture, address.county),
            (410_000, 410_500, 410_526)
        );
        let address = parse("湖北省散花镇", 410_526).unwrap_or_default();
        assert_eq!(
            (address.province, address.prefecture, address.county),
            (420_000, 0, 0)
        );
        let address = parse("散花镇", 421_100).unwrap_or_default();
        assert_eq!(
            (address.province, address.prefecture, address.county),
            (420_000, 421_100, 0)
        );
        assert_eq!(parse("散花镇", 7), parse("散花镇", 0));
    }

    /// The same place written in every way that clerks do.
    fn spellings() -> impl Strategy<Value = (String, String)> {
        let upper = prop_oneof![
            Just("河南省安阳市滑县"),
            Just("河南安阳市滑县"),
            Just("安阳市滑县"),
            Just("滑县"),
            Just("河南省滑县"),
            Just(""),
        ];
        let town = prop_oneof![
            Just("赵营镇"),
            Just("赵营乡"),
            Just("赵营街道"),
            Just("趙營鎮")
        ];
        let village = prop_oneof![Just("安坪村"), Just("安坪村民委员会"), Just("安坪行政村")];
        let group = prop_oneof![
            Just("13组"),
            Just("第13村民小组"),
            Just("十三组"),
            Just("第十三村民小组"),
            Just("１３组")
        ];
        let number = prop_oneof![
            Just("119"),
            Just("119号"),
            Just("一一九号"),
            Just("一百一十九号"),
            Just("１１９"),
            Just("一一九")
        ];
        let one = (upper, town, village, group, number)
            .prop_map(|(a, b, c, d, e)| [a, b, c, d, e].concat());
        (one.clone(), one)
    }

    proptest! {
        #[test]
        fn every_spelling_gives_one_address((a, b) in spellings()) {
            let parsed = parse(&a, 410_526);
            prop_assert_eq!(summary(&parsed.clone().unwrap_or_default()), "410526|赵营|安坪||13,119,0,0,0|");
            prop_assert_eq!(parsed, parse(&b, 410_526));
        }

        #[test]
        fn flats_read_alike_in_every_form(building in 1u32..40, unit in 1u32..9, room in 101u32..3000) {
            let dashes = parse(&format!("胜利巷36号金色小区{building}-{unit}-{room}"), 0);
            for word in ["栋", "幢", "号楼", "#楼", "座"] {
                prop_assert_eq!(&parse(&format!("胜利巷36号金色小区{building}{word}{unit}单元{room}"), 0), &dashes);
                prop_assert_eq!(&parse(&format!("胜利巷36号金色小区 {building}{word} {unit}单元 {room}室"), 0), &dashes);
            }
            let address = dashes.unwrap_or_default();
            prop_assert_eq!((address.number, address.building, address.unit, address.room), (36, building, unit, room));
        }

        #[test]
        fn garbage_never_panics(raw in "[一二三十百〇0-9A-Z省市县区旗镇乡街道村路巷组号栋单元室小社团连东西南北王李庄家新华红胜利北京重庆滑第#（）-]{0,24}", hint in 0u32..1_000_000) {
            let _ = parse(&raw, hint);
        }

        #[test]
        fn long_numbers_come_to_an_end(raw in "[第村号A一-]{0,3}[0-9一]{8,12}[第村号栋-]{0,2}[0-9]{0,11}") {
            let _ = parse(&raw, 0);
        }

        #[test]
        fn any_text_never_panics(raw in any::<String>(), hint in any::<u32>()) {
            let _ = NORMALISER.parse(&raw, Some(hint));
        }

        #[test]
        fn folding_codes_twice_changes_nothing(code in 110_000u32..660_000) {
            let once = NORMALISER.canonical(code);
            prop_assert_eq!(NORMALISER.canonical(once), once);
        }
    }
}
