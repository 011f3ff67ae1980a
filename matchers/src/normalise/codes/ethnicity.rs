//! The 56 ethnic groups by GB/T 3304-1991.

use crate::normalise::text::compact;

/// The GB/T 3304 code 1 to 56 of the group that the text names: by its Chinese name with or
/// without 族, its number, its two letters, or its romanised name. `None` for anything else:
/// 其他, 外国血统中国籍人士 and groups not recognised (穿青人).
///
/// Names in traditional characters and the older 毛难, 崩龙 and 乌兹别克 are understood.
///
/// ```
/// use yiren_matchers::normalise::codes::ethnicity;
/// for raw in ["维吾尔族", "维吾尔", "05", "UG", "Uygur"] {
///     assert_eq!(ethnicity(raw), Some(5));
/// }
/// ```
pub fn ethnicity(raw: &str) -> Option<u8> {
    if raw == "汉族" {
        return Some(1);
    }
    let text = compact(raw);
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text.bytes().all(|c| c.is_ascii_digit()) {
        return text
            .parse()
            .ok()
            .filter(|code| (1..=GROUPS.len() as u8).contains(code));
    }
    let name = text.strip_suffix('族').unwrap_or(text);
    let name = OTHER_NAMES
        .iter()
        .find(|(other, _)| *other == name)
        .map_or(name, |(_, name)| name);
    let at = GROUPS.iter().position(|(chinese, letters, roman)| {
        *chinese == name || letters.eq_ignore_ascii_case(name) || roman.eq_ignore_ascii_case(name)
    })?;
    Some(at as u8 + 1)
}

/// The Chinese name, with 族, of a GB/T 3304 code 1 to 56.
///
/// ```
/// use yiren_matchers::normalise::codes::ethnicity_name;
/// assert_eq!(ethnicity_name(5).as_deref(), Some("维吾尔族"));
/// assert_eq!(ethnicity_name(57), None);
/// ```
pub fn ethnicity_name(code: u8) -> Option<String> {
    let (name, _, _) = GROUPS.get(usize::from(code).checked_sub(1)?)?;
    Some(format!("{name}族"))
}

/// The romanised name of a GB/T 3304 code 1 to 56.
///
/// ```
/// use yiren_matchers::normalise::codes::ethnicity_romanised;
/// assert_eq!(ethnicity_romanised(5), Some("Uygur"));
/// assert_eq!(ethnicity_romanised(0), None);
/// ```
pub fn ethnicity_romanised(code: u8) -> Option<&'static str> {
    let (_, _, roman) = GROUPS.get(usize::from(code).checked_sub(1)?)?;
    Some(roman)
}

/// Name without 族, two letters, romanised name, in the order of the codes from 1.
/// Source: GB/T 3304-1991.
const GROUPS: [(&str, &str, &str); 56] = [
    ("汉", "HA", "Han"),
    ("蒙古", "MG", "Mongol"),
    ("回", "HU", "Hui"),
    ("藏", "ZA", "Zang"),
    ("维吾尔", "UG", "Uygur"),
    ("苗", "MH", "Miao"),
    ("彝", "YI", "Yi"),
    ("壮", "ZH", "Zhuang"),
    ("布依", "BY", "Buyei"),
    ("朝鲜", "CS", "Chosen"),
    ("满", "MA", "Man"),
    ("侗", "DO", "Dong"),
    ("瑶", "YA", "Yao"),
    ("白", "BA", "Bai"),
    ("土家", "TJ", "Tujia"),
    ("哈尼", "HN", "Hani"),
    ("哈萨克", "KZ", "Kazak"),
    ("傣", "DA", "Dai"),
    ("黎", "LI", "Li"),
    ("傈僳", "LS", "Lisu"),
    ("佤", "VA", "Va"),
    ("畲", "SH", "She"),
    ("高山", "GS", "Gaoshan"),
    ("拉祜", "LH", "Lahu"),
    ("水", "SU", "Sui"),
    ("东乡", "DX", "Dongxiang"),
    ("纳西", "NX", "Naxi"),
    ("景颇", "JP", "Jingpo"),
    ("柯尔克孜", "KG", "Kirgiz"),
    ("土", "TU", "Tu"),
    ("达斡尔", "DU", "Daur"),
    ("仫佬", "ML", "Mulao"),
    ("羌", "QI", "Qiang"),
    ("布朗", "BL", "Blang"),
    ("撒拉", "SL", "Salar"),
    ("毛南", "MN", "Maonan"),
    ("仡佬", "GL", "Gelao"),
    ("锡伯", "XB", "Xibe"),
    ("阿昌", "AC", "Achang"),
    ("普米", "PM", "Pumi"),
    ("塔吉克", "TA", "Tajik"),
    ("怒", "NU", "Nu"),
    ("乌孜别克", "UZ", "Uzbek"),
    ("俄罗斯", "RS", "Russ"),
    ("鄂温克", "EW", "Ewenki"),
    ("德昂", "DE", "Deang"),
    ("保安", "BN", "Bonan"),
    ("裕固", "YG", "Yugur"),
    ("京", "GI", "Gin"),
    ("塔塔尔", "TT", "Tatar"),
    ("独龙", "DR", "Derung"),
    ("鄂伦春", "OR", "Oroqen"),
    ("赫哲", "HZ", "Hezhen"),
    ("门巴", "MB", "Monba"),
    ("珞巴", "LB", "Lhoba"),
    ("基诺", "JN", "Jino"),
];

/// Names that records use beside those of the standard: traditional characters, names since
/// changed, common misspellings, English names.
const OTHER_NAMES: [(&str, &str); 33] = [
    ("漢", "汉"),
    ("維吾爾", "维吾尔"),
    ("维", "维吾尔"),
    ("蒙", "蒙古"),
    ("壯", "壮"),
    ("僮", "壮"),
    ("朝鮮", "朝鲜"),
    ("滿", "满"),
    ("瑤", "瑶"),
    ("哈薩克", "哈萨克"),
    ("哈薩", "哈萨克"),
    ("瓦", "佤"),
    ("卡佤", "佤"),
    ("畬", "畲"),
    ("東鄉", "东乡"),
    ("納西", "纳西"),
    ("景頗", "景颇"),
    ("柯爾克孜", "柯尔克孜"),
    ("達斡爾", "达斡尔"),
    ("毛难", "毛南"),
    ("錫伯", "锡伯"),
    ("乌兹别克", "乌孜别克"),
    ("烏孜別克", "乌孜别克"),
    ("俄羅斯", "俄罗斯"),
    ("鄂溫克", "鄂温克"),
    ("崩龙", "德昂"),
    ("塔塔爾", "塔塔尔"),
    ("獨龍", "独龙"),
    ("鄂倫春", "鄂伦春"),
    ("門巴", "门巴"),
    ("Tibetan", "藏"),
    ("Uyghur", "维吾尔"),
    ("Korean", "朝鲜"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_group_by_every_name() {
        for code in 1..=56u8 {
            let (name, letters, roman) = GROUPS[usize::from(code) - 1];
            for raw in [
                name.to_owned(),
                ethnicity_name(code).unwrap(),
                format!(" {name}族 "),
                code.to_string(),
                format!("{code:02}"),
                letters.to_owned(),
                letters.to_lowercase(),
                roman.to_owned(),
                roman.to_uppercase(),
            ] {
                assert_eq!(ethnicity(&raw), Some(code), "{raw:?}");
            }
        }
        assert_eq!(
            GROUPS
                .iter()
                .map(|group| group.0)
                .collect::<BTreeSet<_>>()
                .len(),
            56
        );
        assert_eq!(
            GROUPS
                .iter()
                .map(|group| group.1)
                .collect::<BTreeSet<_>>()
                .len(),
            56
        );
    }

    #[test]
    fn other_names_and_nothing() {
        for (other, name) in OTHER_NAMES {
            assert!(GROUPS.iter().any(|group| group.0 == name), "{name}");
            assert_eq!(ethnicity(other), ethnicity(name), "{other}");
        }
        for raw in [
            "",
            " ",
            "0",
            "00",
            "57",
            "97",
            "98",
            "256",
            "族",
            "其他",
            "穿青人",
            "汉汉",
            "不详",
            "-",
        ] {
            assert_eq!(ethnicity(raw), None, "{raw:?}");
        }
        assert_eq!(
            (ethnicity_name(0), ethnicity_name(57), ethnicity_name(255)),
            (None, None, None)
        );
    }
}
