//! How far two addresses agree, level by level.
//!
//! A level that one side leaves out does not speak against the others: `贺庄村13组` agrees with
//! `滑县赵营镇贺庄村13组` as far as the village. One that both sides name and name differently does.
//!
//! Town and village names agree if they are equal or differ by a slip of the pen: one character
//! replaced by one of the same sound (tone aside) in a name of two or more, or one character
//! replaced, missing or added in a name of five or more (transcribed names). 王庄 and 李庄 stay
//! different. A slip counts as agreement of the same level: the weight of the whole address
//! comes from its level, and a level of its own for slips would be too rare to train.
//! Where a town's 镇 was left out and the town may have stayed with the village's name, the two
//! names are also compared together.
//!
//! All measures are symmetric, allocate nothing and cost some nanoseconds to some tens.

use pinyin::ToPinyin as _;

use crate::normalise::address::{Address, AddressName};

/// How far down two addresses agree; the closer, the smaller.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Agreement {
    /// 同门: the same door, see [`door`].
    Door,
    /// 同组: the same village and group.
    VillageGroup,
    /// 同村: the same village or road.
    Village,
    /// 同乡镇: the same town, another village or none known.
    Town,
    /// 同县: the same county.
    County,
    /// 同市: the same prefecture.
    Prefecture,
    /// 同省: the same province.
    Province,
    /// 不同: different provinces, or nothing in common below where no upper level is known.
    Different,
    /// 未知: no level is known on both sides.
    Unknown,
}

/// A question about two addresses, by the function of that name.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Relation {
    /// [`door`]
    Door,
    /// [`door_loose`]
    DoorLoose,
    /// [`group`]
    Group,
    /// [`village`]
    Village,
    /// [`town`]
    Town,
    /// [`county`]
    County,
    /// [`prefecture`]
    Prefecture,
    /// [`province`]
    Province,
}

impl Relation {
    /// How many there are.
    pub const COUNT: u32 = 8;

    /// Whether the addresses are so related.
    pub fn holds<S: AddressName>(self, a: &Address<S>, b: &Address<S>) -> bool {
        match self {
            Relation::Door => door(a, b),
            Relation::DoorLoose => door_loose(a, b),
            Relation::Group => group(a, b),
            Relation::Village => village(a, b),
            Relation::Town => town(a, b),
            Relation::County => county(a, b),
            Relation::Prefecture => prefecture(a, b),
            Relation::Province => province(a, b),
        }
    }

    /// Whether it holds of addresses in one county only, or of which one names no county.
    pub fn is_within_a_county(self) -> bool {
        !matches!(self, Relation::Prefecture | Relation::Province)
    }

    /// Its place in what [`relations`] returns.
    pub fn bit(self) -> u32 {
        1 << self as u32
    }
}

/// All relations of two addresses at once: the [`Relation::bit`] of each that holds. For less than two
/// of them one by one.
pub fn relations<S: AddressName>(a: &Address<S>, b: &Address<S>) -> u32 {
    let set = |relation: Relation, holds: bool| u32::from(holds) << relation as u32;
    let mut bits = set(Relation::County, county(a, b))
        | set(Relation::Prefecture, prefecture(a, b))
        | set(Relation::Province, province(a, b));
    if compatible_upper(a, b) {
        bits |= set(Relation::Town, town_below(a, b));
        if village_below(a, b) {
            bits |= set(Relation::Village, true)
                | set(Relation::Group, same_group(a, b))
                | set(Relation::Door, same_door(a, b))
                | set(Relation::DoorLoose, nearly_same_door(a, b));
        }
    }
    bits
}

/// The closest level that the two agree on.
///
/// ```
/// use yiren_matchers::normalise::address::AddressNormaliser;
/// use yiren_matchers::similarity::address::{Agreement, agreement};
/// let normaliser = AddressNormaliser::new();
/// let parse = |raw| normaliser.parse(raw, None).unwrap();
/// let home = parse("河南省滑县赵营镇安坪村1组119号");
/// assert_eq!(agreement(&home, &parse("滑县赵营安坪村一组一一九")), Agreement::Door);
/// assert_eq!(agreement(&home, &parse("滑县赵营镇安坪村1组7号")), Agreement::VillageGroup);
/// assert_eq!(agreement(&home, &parse("滑县赵营镇贺庄村1组7号")), Agreement::Town);
/// assert_eq!(agreement(&home, &parse("河南省安阳市内黄县")), Agreement::Prefecture);
/// ```
pub fn agreement<S: AddressName>(a: &Address<S>, b: &Address<S>) -> Agreement {
    if village(a, b) {
        return if door(a, b) {
            Agreement::Door
        } else if a.group != 0 && a.group == b.group {
            Agreement::VillageGroup
        } else {
            Agreement::Village
        };
    }
    if town(a, b) {
        Agreement::Town
    } else if county(a, b) {
        Agreement::County
    } else if prefecture(a, b) {
        Agreement::Prefecture
    } else if province(a, b) {
        Agreement::Province
    } else if comparable(a, b) {
        Agreement::Different
    } else {
        Agreement::Unknown
    }
}

/// 同门: the same village or road and the same door, where the groups do not differ either.
///
/// If both name a room, building, entrance and room must be the same and the house numbers not
/// differ (`金色小区25-3-2502` is a door without the lane's number). If neither does, house number
/// and building must be the same and one of them known. A room on one side only is no agreement.
pub fn door<S: AddressName>(a: &Address<S>, b: &Address<S>) -> bool {
    same_door(a, b) && village(a, b)
}

/// The same of two in one village.
fn same_door<S: AddressName>(a: &Address<S>, b: &Address<S>) -> bool {
    let rooms = if a.room != 0 && b.room != 0 {
        a.room == b.room && a.building == b.building && a.unit == b.unit && compatible(a.number, b.number)
            // A bare room needs something that says which house it is in.
            && ((a.building != 0) || (a.number != 0 && a.number == b.number))
    } else {
        a.room == 0
            && b.room == 0
            && a.number == b.number
            && a.building == b.building
            && a.unit == b.unit
            && (a.number != 0 || a.building != 0)
    };
    rooms && compatible(a.group, b.group) && compatible_names(&a.estate, &b.estate)
}

/// 疑同门: the same village or road, one of the house, building, entrance and room numbers the
/// same, and at most one of them or the group different or missing on one side.
pub fn door_loose<S: AddressName>(a: &Address<S>, b: &Address<S>) -> bool {
    nearly_same_door(a, b) && village(a, b)
}

/// The same of two in one village.
fn nearly_same_door<S: AddressName>(a: &Address<S>, b: &Address<S>) -> bool {
    let pairs = [
        (a.number, b.number),
        (a.building, b.building),
        (a.unit, b.unit),
        (a.room, b.room),
    ];
    let same = pairs.iter().any(|&(a, b)| a != 0 && a == b);
    let unlike = pairs
        .iter()
        .chain([&(a.group, b.group)])
        .filter(|(a, b)| a != b)
        .count();
    same && unlike <= 1
}

/// 同组: the same village, and the same group known on both sides.
pub fn group<S: AddressName>(a: &Address<S>, b: &Address<S>) -> bool {
    same_group(a, b) && village(a, b)
}

/// The same of two in one village.
fn same_group<S: AddressName>(a: &Address<S>, b: &Address<S>) -> bool {
    a.group != 0 && a.group == b.group
}

/// 同村: the same village or road, known on both sides, and no upper level that differs.
pub fn village<S: AddressName>(a: &Address<S>, b: &Address<S>) -> bool {
    compatible_upper(a, b) && village_below(a, b)
}

/// The same of two whose upper levels do not differ.
fn village_below<S: AddressName>(a: &Address<S>, b: &Address<S>) -> bool {
    if a.village.is_missing() || b.village.is_missing() {
        return false;
    }
    (compatible_names(&a.town, &b.town) && alike(&a.village, &b.village)) || run_together(a, b)
}

/// 同乡镇: the same town, known on both sides, and no upper level that differs.
pub fn town<S: AddressName>(a: &Address<S>, b: &Address<S>) -> bool {
    compatible_upper(a, b) && town_below(a, b)
}

/// The same of two whose upper levels do not differ.
fn town_below<S: AddressName>(a: &Address<S>, b: &Address<S>) -> bool {
    !a.town.is_missing() && !b.town.is_missing() && alike(&a.town, &b.town)
}

/// 同县: the same county, known on both sides.
pub fn county<S: AddressName>(a: &Address<S>, b: &Address<S>) -> bool {
    a.county != 0 && a.county == b.county
}

/// 同市: the same prefecture, known on both sides.
pub fn prefecture<S: AddressName>(a: &Address<S>, b: &Address<S>) -> bool {
    a.prefecture != 0 && a.prefecture == b.prefecture
}

/// 同省: the same province, known on both sides.
pub fn province<S: AddressName>(a: &Address<S>, b: &Address<S>) -> bool {
    a.province != 0 && a.province == b.province
}

/// Equal, or unknown on one side.
fn compatible(a: u32, b: u32) -> bool {
    a == 0 || b == 0 || a == b
}

fn compatible_upper<S: AddressName>(a: &Address<S>, b: &Address<S>) -> bool {
    compatible(a.county, b.county)
        && compatible(a.prefecture, b.prefecture)
        && compatible(a.province, b.province)
}

fn compatible_names<S: AddressName>(a: &S, b: &S) -> bool {
    a.is_missing() || b.is_missing() || alike(a, b)
}

fn comparable<S: AddressName>(a: &Address<S>, b: &Address<S>) -> bool {
    let both = |a: u32, b: u32| a != 0 && b != 0;
    both(a.province, b.province)
        || both(a.prefecture, b.prefecture)
        || both(a.county, b.county)
        || (!a.town.is_missing() && !b.town.is_missing())
        || (!a.village.is_missing() && !b.village.is_missing())
}

/// Whether town and village in one row are the same text, cut at another place, or one's are
/// the other's village (西小王村, with and without its town).
fn run_together<S: AddressName>(a: &Address<S>, b: &Address<S>) -> bool {
    let same = |(a1, a2): (&str, &str), (b1, b2): (&str, &str)| {
        a1.len() + a2.len() == b1.len() + b2.len()
            && a1
                .bytes()
                .chain(a2.bytes())
                .eq(b1.bytes().chain(b2.bytes()))
    };
    let bare = |village| str::strip_suffix(village, "村").unwrap_or(village);
    let (village_a, village_b) = (bare(&a.village), bare(&b.village));
    let (row_a, row_b) = ((&*a.town, village_a), (&*b.town, village_b));
    same(row_a, row_b)
        || (!a.town.is_missing() && same(row_a, ("", village_b)))
        || (!b.town.is_missing() && same(("", village_a), row_b))
}

/// Whether two names are the same but for a slip; see the module.
fn alike<S: AddressName>(a: &S, b: &S) -> bool {
    a.is_same(b) || differ_by_a_slip(a, b)
}

fn differ_by_a_slip(a: &str, b: &str) -> bool {
    let prefix = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
    let (rest_a, rest_b) = (skip(a, prefix), skip(b, prefix));
    let suffix = rest_a
        .chars()
        .rev()
        .zip(rest_b.chars().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let (changed_a, changed_b) = (
        rest_a.chars().count() - suffix,
        rest_b.chars().count() - suffix,
    );
    let longer = prefix + suffix + changed_a.max(changed_b);
    match (changed_a, changed_b) {
        (1, 1) if longer >= 5 => true,
        (1, 1) if longer >= 2 => match (rest_a.chars().next(), rest_b.chars().next()) {
            (Some(a), Some(b)) => same_sound(a, b),
            _ => false,
        },
        (0, 1) | (1, 0) => longer >= 5,
        _ => false,
    }
}

fn skip(text: &str, characters: usize) -> &str {
    let mut rest = text.chars();
    for _ in 0..characters {
        rest.next();
    }
    rest.as_str()
}

fn same_sound(a: char, b: char) -> bool {
    match (a.to_pinyin(), b.to_pinyin()) {
        (Some(a), Some(b)) => a.plain() == b.plain(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;
    use crate::normalise::address::AddressNormaliser;

    static NORMALISER: LazyLock<AddressNormaliser> = LazyLock::new(AddressNormaliser::new);

    fn parse(raw: &str) -> Address {
        NORMALISER.parse(raw, None).unwrap_or_default()
    }

    #[test]
    fn levels_of_agreement() {
        use Agreement::*;
        for (a, b, expected) in [
            (
                "滑县赵营镇安坪村1组119号",
                "河南省滑县赵营镇安坪村一组119",
                Door,
            ),
            ("滑县赵营镇安坪村1组119号", "赵营镇安坪村1组119号", Door),
            ("滑县赵营镇安坪村1组119号", "安坪村1组119号", Door),
            ("滑县赵营镇安坪村1组119号", "滑县赵营镇安坪村119号", Door),
            (
                "滑县赵营镇安坪村1组119号",
                "滑县赵营镇安坪村2组119号",
                Village,
            ),
            (
                "滑县赵营镇安坪村1组119号",
                "滑县赵营镇安坪村1组118号",
                VillageGroup,
            ),
            (
                "滑县赵营镇安坪村1组119号",
                "滑县赵营镇安坪村1组",
                VillageGroup,
            ),
            ("滑县赵营镇安坪村1组", "滑县赵营镇安坪村1组", VillageGroup),
            ("滑县赵营镇安坪村", "滑县赵营镇安坪村", Village),
            ("滑县赵营镇安坪村", "滑县赵营镇", Town),
            ("滑县赵营镇安坪村", "滑县赵营镇王庄村", Town),
            ("滑县赵营镇安坪村", "滑县牛屯镇安坪村", County),
            ("滑县赵营镇安坪村", "滑县", County),
            ("滑县赵营镇安坪村", "安阳市内黄县", Prefecture),
            ("滑县赵营镇安坪村", "河南省洛阳市", Province),
            ("滑县赵营镇安坪村", "湖北省黄冈市浠水县", Different),
            (
                "滑县赵营镇新华村1组3号",
                "湖北省黄冈市浠水县赵营镇新华村1组3号",
                Different,
            ),
            ("赵营镇新华村", "巴河镇新华村", Different),
            ("滑县", "赵营镇新华村", Unknown),
            ("", "滑县", Unknown),
            // The lane's number left out, the flat the same.
            (
                "滑县城关街道胜利巷36号金色小区25-3-2502",
                "滑县城关街道胜利巷金色小区25栋3单元2502室",
                Door,
            ),
            (
                "滑县城关街道胜利巷36号金色小区25-3-2502",
                "滑县城关街道胜利巷36号金色小区25-3-2503",
                Village,
            ),
            (
                "滑县城关街道胜利巷36号金色小区25-3-2502",
                "滑县城关街道胜利巷36号",
                Village,
            ),
            ("滑县城关街道胜利巷36号", "滑县城关胜利巷36号", Door),
            ("滑县城关街道胜利巷36号", "滑县城关街道胜利路36号", Town),
            // A town run into its village.
            (
                "兴安县漠川乡小河背村3组5号",
                "兴安县漠川小河背村3组5号",
                Door,
            ),
            ("兴安县漠川乡高家村3组5号", "兴安县漠川高家3组5号", Door),
            // Codes of other years.
            (
                "百色市田阳县坡洪镇史家村5组92号",
                "百色市田阳区坡洪镇史家村5组92号",
                Door,
            ),
            // Slips of the pen.
            ("滑县赵营镇张庄村1组3号", "滑县赵营镇章庄村1组3号", Door),
            ("滑县赵营镇王庄村1组3号", "滑县赵营镇李庄村1组3号", Town),
            (
                "巴楚县琼库尔恰克乡潘湾村6组33号",
                "巴楚县琼库恰克乡潘湾村6组33号",
                Door,
            ),
        ] {
            assert_eq!(agreement(&parse(a), &parse(b)), expected, "{a} / {b}");
            assert_eq!(agreement(&parse(b), &parse(a)), expected, "{b} / {a}");
        }
    }

    #[test]
    fn a_loose_door_has_one_number_wrong() {
        for (a, b, expected) in [
            (
                "胜利巷36号金色小区25-3-2502",
                "胜利巷36号金色小区25-3-2503",
                true,
            ),
            (
                "胜利巷36号金色小区25-3-2502",
                "胜利巷36号金色小区25栋2502室",
                true,
            ),
            (
                "胜利巷36号金色小区25-3-2502",
                "胜利巷36号金色小区25-2-2503",
                false,
            ),
            ("贺庄村3组12号", "贺庄村4组12号", true),
            ("贺庄村3组12号", "贺庄村3组13号", false),
            ("贺庄村3组12号", "王庄村3组12号", false),
        ] {
            assert_eq!(door_loose(&parse(a), &parse(b)), expected, "{a} / {b}");
        }
    }

    #[test]
    fn the_order_is_from_near_to_far() {
        use Agreement::*;
        let order = [
            Door,
            VillageGroup,
            Village,
            Town,
            County,
            Prefecture,
            Province,
            Different,
            Unknown,
        ];
        assert!(order.is_sorted());
    }

    fn address() -> impl Strategy<Value = Address> {
        let name = prop_oneof![
            Just(""),
            Just("张庄"),
            Just("章庄"),
            Just("赵营"),
            Just("赵营张庄"),
            Just("琼库尔恰克")
        ];
        let small = || 0u32..3;
        (
            prop_oneof![Just(0u32), Just(410_526), Just(410_527), Just(421_125)],
            name.clone(),
            name,
            (small(), small(), small(), small(), small()),
        )
            .prop_map(
                |(county, town, village, (group, number, building, unit, room))| Address {
                    province: county / 10_000 * 10_000,
                    prefecture: county / 100 * 100,
                    county,
                    town: town.into(),
                    village: village.into(),
                    group,
                    number,
                    building,
                    unit,
                    room,
                    ..Address::default()
                },
            )
    }

    proptest! {
        #[test]
        fn every_measure_is_symmetric(a in address(), b in address()) {
            prop_assert_eq!(agreement(&a, &b), agreement(&b, &a));
            for measure in [door, door_loose, group, village, town, county, prefecture, province] {
                prop_assert_eq!(measure(&a, &b), measure(&b, &a));
            }
        }

        #[test]
        fn all_at_once_as_one_by_one(a in address(), b in address()) {
            use Relation::*;
            for (a, b) in [(&a, &b), (&a, &a)] {
                let found = relations(a, b);
                let all = [Door, DoorLoose, Group, Village, Town, County, Prefecture, Province];
                prop_assert_eq!(all.len() as u32, Relation::COUNT);
                for (place, relation) in (0..).zip(all) {
                    prop_assert_eq!(relation.bit(), 1 << place);
                    prop_assert_eq!(
                        found & relation.bit() != 0,
                        relation.holds(a, b),
                        "{:?}",
                        relation
                    );
                }
            }
        }

        #[test]
        fn an_address_agrees_with_itself_and_finer_levels_imply_the_village(a in address(), b in address()) {
            if !a.village.is_empty() {
                prop_assert!(agreement(&a, &a) <= Agreement::Village);
            }
            if door(&a, &b) || door_loose(&a, &b) || group(&a, &b) {
                prop_assert!(village(&a, &b));
            }
            if a.county != 0 && b.county != 0 && a.county != b.county {
                prop_assert!(agreement(&a, &b) >= Agreement::Prefecture);
            }
        }
    }
}
