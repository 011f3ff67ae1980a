//! A town whose 镇 or 街道 was left out, run into the village after it: 漠川高家 is 漠川 and 高家.

use super::words::ends_with;

/// Names that villages, roads and communities have all over the country.
const COMMON: [&str; 56] = [
    "红旗", "胜利", "前进", "新华", "向阳", "团结", "和平", "东风", "幸福", "光明", "建设", "解放",
    "人民", "民主", "友谊", "友好", "新建", "新民", "永红", "红星", "曙光", "朝阳", "五一", "八一",
    "跃进", "文化", "新兴", "兴隆", "建国", "工农", "爱民", "爱国", "先锋", "卫星", "联合", "合作",
    "勤俭", "丰收", "富强", "民族", "复兴", "振兴", "长征", "兴旺", "永安", "太平", "长安", "平安",
    "安定", "新村", "新庄", "中山", "迎宾", "滨河", "文明", "中心",
];

/// Words that follow a family name in the name of a village.
const KINDS: &str = "庄湾坪沟村屯寨营店堡台岭坡河塘桥洼岗冲洞畈院垸墩圩楼集铺";

/// The commonest family names (some 98 % of people bear one of about 200).
const FAMILIES: &str = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂柴焦向柳邢岳齐梅莫庄辛管祝左涂谷祁时舒耿牟卜路詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强丛车冉房边辜吉饶刁瞿戚丘古米池滕晋苑邬臧畅宫来苟全褚廉简娄盖符奚木穆党燕郎邸冀付莲官肖喻莘卓闫代仝门仲冷晏岑蒲敖冶巩谌银母税";

/// How many characters before the village are the town's, if the name looks like both. A town
/// keeps two characters or more, so 大李庄 stays whole.
pub(super) fn town_before(name: &[char]) -> Option<usize> {
    if name.len() < 4 {
        return None;
    }
    let word = match name {
        [.., '大', '道' | '街'] | [.., '胡', '同'] => 2,
        [.., '路' | '街' | '巷' | '村'] => 1,
        _ => 0,
    };
    let core = name.get(..name.len() - word)?;
    let village = match core {
        [.., family, '家', kind] if is_family(family) && KINDS.contains(*kind) => 3,
        [.., family, kind] if is_family(family) && (*kind == '家' || KINDS.contains(*kind)) => 2,
        _ if COMMON.iter().any(|common| ends_with(core, common)) => 2,
        [.., family] if word == 1 && is_family(family) => 1,
        _ => return None,
    };
    core.len().checked_sub(village).filter(|&town| town >= 2)
}

fn is_family(character: &char) -> bool {
    FAMILIES.contains(*character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_only_what_looks_like_two_names() {
        for (name, expected) in [
            ("漠川高家", Some(2)),
            ("本塔彭庄", Some(2)),
            ("花庄胜利", Some(2)),
            ("西关屯李家庄", Some(3)),
            ("龙翔东风路", Some(2)),
            ("坊安韩家路", Some(2)),
            ("照金胡村", Some(2)),
            ("漠川高家村", Some(2)),
            ("本塔彭庄村", Some(2)),
            ("花庄胜利村", Some(2)),
            ("锦湖徐巷", Some(2)),
            ("大李庄", None),
            ("大李庄村", None),
            ("石家庄路", None),
            ("琼库尔恰克", None),
            ("解放南路", None),
            ("新华路", None),
            ("", None),
        ] {
            assert_eq!(
                town_before(&name.chars().collect::<Vec<_>>()),
                expected,
                "{name}"
            );
        }
    }
}
