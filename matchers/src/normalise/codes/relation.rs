//! Relation to the head of the household by GB/T 4761-2008.

use std::fmt;

use super::Sex;
use crate::normalise::text::compact;

/// What a person is to the head of the household: a two-digit code of GB/T 4761-2008.
///
/// ```
/// use yiren_matchers::normalise::codes::{Relation, Role, Sex};
/// let relation = Relation::parse("次子").unwrap();
/// assert_eq!((relation.as_u8(), relation.role()), (23, Role::Son));
/// assert_eq!(relation.generation(), -1);
/// assert_eq!(relation.implied_sex(), Some(Sex::Male));
/// assert_eq!(relation.birth_order(), Some(2));
/// ```
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub struct Relation(u8);

/// The kinds of relation that tell people of one household apart.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Debug)]
pub enum Role {
    /// 户主.
    Head,
    /// 配偶.
    Spouse,
    /// 子, born or adopted.
    Son,
    /// 女, born or adopted.
    Daughter,
    /// 女婿 or 儿媳.
    ChildInLaw,
    /// 孙子女, 外孙子女, 曾孙 and their spouses.
    Grandchild,
    /// 父母, by birth or adoption.
    Parent,
    /// 公婆, 岳父母.
    ParentInLaw,
    /// 祖父母, 外祖父母, 曾祖父母.
    Grandparent,
    /// 兄弟姐妹 and their spouses.
    Sibling,
    /// Any other relative.
    OtherRelative,
    /// 非亲属.
    NotRelated,
}

impl Relation {
    /// 户主; 本人 (01) is read as this too.
    pub const HEAD: Relation = Relation(2);
    /// 配偶 without saying whether husband or wife.
    pub const SPOUSE: Relation = Relation(10);
    /// 子 without order of birth.
    pub const SON: Relation = Relation(20);
    /// 女 without order of birth.
    pub const DAUGHTER: Relation = Relation(30);
    /// 父母 without saying which.
    pub const PARENT: Relation = Relation(50);

    /// The relation that the text states: a code of one or two digits, the standard's words,
    /// or the words of booklets and clerks (老婆, 大儿子, 二女儿, ...). `None` for anything else.
    pub fn parse(raw: &str) -> Option<Relation> {
        let text = compact(raw);
        let text = text.strip_suffix(".0").unwrap_or(&text);
        if !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit()) {
            let code: u8 = text.parse().ok()?;
            return match (text.len(), code) {
                (1, 0) => Some(Relation::HEAD),
                (1, 1..=8) => Relation::from_u8(code * 10),
                (2, _) => Relation::from_u8(code),
                _ => None,
            };
        }
        let lower = text.to_lowercase();
        let word = lower
            .strip_prefix("户主的")
            .or_else(|| lower.strip_prefix("之"))
            .unwrap_or(&lower);
        WORDS
            .iter()
            .find(|(_, words)| words.contains(&word))
            .map(|(code, _)| Relation(*code))
    }

    /// The code of GB/T 4761, 2 to 99.
    pub fn as_u8(self) -> u8 {
        self.0
    }

    /// The relation of a code of GB/T 4761; 01 (本人) gives the head. `None` for codes that
    /// the standard leaves free.
    pub fn from_u8(code: u8) -> Option<Relation> {
        match code {
            1 => Some(Relation::HEAD),
            2 | 10..=12 | 20..=97 | 99 => Some(Relation(code)),
            _ => None,
        }
    }

    /// The kind of relation.
    pub fn role(self) -> Role {
        match self.0 {
            2 => Role::Head,
            10..=12 => Role::Spouse,
            28 | 38 => Role::ChildInLaw,
            20..=29 => Role::Son,
            30..=39 => Role::Daughter,
            40..=49 => Role::Grandchild,
            53..=56 => Role::ParentInLaw,
            50..=59 => Role::Parent,
            60..=69 => Role::Grandparent,
            70..=79 => Role::Sibling,
            99 => Role::NotRelated,
            _ => Role::OtherRelative,
        }
    }

    /// Whether a household has at most one person of this relation at a time: head, spouse.
    pub fn is_unique_role(self) -> bool {
        matches!(self.role(), Role::Head | Role::Spouse)
    }

    /// Generations above the head: 1 for parents, −1 for children, 0 for head, spouse,
    /// siblings, and for relations that do not tell.
    pub fn generation(self) -> i8 {
        match self.0 {
            20..=39 | 93..=96 => -1,
            47 | 48 => -3,
            40..=49 => -2,
            50..=59 | 81..=90 => 1,
            66..=68 => 3,
            60..=69 => 2,
            _ => 0,
        }
    }

    /// The sex that the relation implies, if any. 子 alone means a son in a booklet.
    pub fn implied_sex(self) -> Option<Sex> {
        match self.0 {
            11
            | 20..=29
            | 41
            | 43
            | 46
            | 47
            | 51
            | 53
            | 55
            | 57
            | 61
            | 63
            | 66
            | 71
            | 73
            | 76
            | 78
            | 81
            | 83
            | 85
            | 87
            | 89
            | 93
            | 95 => Some(Sex::Male),
            12
            | 30..=39
            | 42
            | 44
            | 45
            | 48
            | 52
            | 54
            | 56
            | 58
            | 62
            | 64
            | 67
            | 72
            | 74
            | 75
            | 77
            | 82
            | 84
            | 86
            | 88
            | 90
            | 94
            | 96 => Some(Sex::Female),
            _ => None,
        }
    }

    /// The word of the standard for it (户主, 长子, ...).
    pub fn word(self) -> &'static str {
        let known = WORDS.iter().find(|(code, _)| *code == self.0);
        known.map_or("其他", |(_, words)| words[0])
    }

    /// The place among the sons, or among the daughters, 1 to 5; `None` where it is not said.
    /// Two sons of different place are two persons, while one may be 子 here and 长子 there.
    pub fn birth_order(self) -> Option<u8> {
        match self.0 {
            code @ (22..=26 | 32..=36) => Some(code % 10 - 1),
            _ => None,
        }
    }
}

impl fmt::Debug for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}({:02})", self.role(), self.0)
    }
}

/// Codes and their words, the standard's first. Source: GB/T 4761-2008, table of two-digit
/// codes; the rest are words of hukou booklets and application forms.
#[rustfmt::skip]
const WORDS: &[(u8, &[&str])] = &[
    (2, &["户主", "本人", "户主本人", "本人或户主", "本人或戶主", "戶主", "申请人", "head", "self", "householder"]),
    (10, &["配偶", "爱人", "夫妻", "spouse"]),
    (11, &["夫", "丈夫", "老公", "husband"]),
    (12, &["妻", "妻子", "老婆", "媳妇", "wife"]),
    (20, &["子", "儿子", "儿", "兒子", "son"]),
    (21, &["独生子", "独子", "獨生子"]),
    (22, &["长子", "長子", "大儿子", "大儿"]),
    (23, &["次子", "二子", "二儿子", "二儿"]),
    (24, &["三子", "三儿子", "三儿"]),
    (25, &["四子", "四儿子"]),
    (26, &["五子", "五儿子"]),
    (27, &["养子或继子", "养子", "继子", "養子"]),
    (28, &["女婿", "婿", "son-in-law"]),
    (29, &["其他儿子", "六子", "七子", "八子"]),
    (30, &["女", "女儿", "女兒", "daughter"]),
    (31, &["独生女", "独女", "獨生女"]),
    (32, &["长女", "長女", "大女儿", "大女"]),
    (33, &["次女", "二女", "二女儿"]),
    (34, &["三女", "三女儿"]),
    (35, &["四女", "四女儿"]),
    (36, &["五女", "五女儿"]),
    (37, &["养女或继女", "养女", "继女", "養女"]),
    (38, &["儿媳", "儿媳妇", "兒媳", "daughter-in-law"]),
    (39, &["其他女儿", "六女", "七女", "八女"]),
    (40, &["孙子、孙女或外孙子、外孙女", "孙子、孙女、外孙子、外孙女", "孙子女", "孙辈", "孙", "孙子女或外孙子女", "grandchild"]),
    (41, &["孙子", "孫子", "长孙", "grandson"]),
    (42, &["孙女", "孫女", "granddaughter"]),
    (43, &["外孙子", "外孙", "外孫"]),
    (44, &["外孙女", "外孫女"]),
    (45, &["孙媳妇或外孙媳妇", "孙媳", "孙媳妇", "外孙媳妇"]),
    (46, &["孙女婿或外孙女婿", "孙女婿", "孙婿", "外孙女婿"]),
    (47, &["曾孙子或外曾孙子", "曾孙", "曾孙子", "重孙", "外曾孙子"]),
    (48, &["曾孙女或外曾孙女", "曾孙女", "重孙女", "外曾孙女"]),
    (49, &["其他孙子、孙女或外孙子、外孙女"]),
    (50, &["父母", "双亲", "父母亲", "parent", "parents"]),
    (51, &["父亲", "父", "爸爸", "父親", "father"]),
    (52, &["母亲", "母", "妈妈", "母親", "mother"]),
    (53, &["公公"]),
    (54, &["婆婆"]),
    (55, &["岳父"]),
    (56, &["岳母"]),
    (57, &["继父或养父", "继父", "养父"]),
    (58, &["继母或养母", "继母", "养母"]),
    (59, &["其他父母关系", "公婆", "岳父母"]),
    (60, &["祖父母或外祖父母", "祖父母", "祖父母、外祖父母", "外祖父母", "grandparent", "grandparents"]),
    (61, &["祖父", "爷爷", "grandfather"]),
    (62, &["祖母", "奶奶", "grandmother"]),
    (63, &["外祖父", "外公", "姥爷"]),
    (64, &["外祖母", "外婆", "姥姥"]),
    (65, &["配偶的祖父母或外祖父母"]),
    (66, &["曾祖父"]),
    (67, &["曾祖母"]),
    (68, &["配偶的曾祖父母或外曾祖父母", "配偶的曾祖父母"]),
    (69, &["其他祖父母或外祖父母关系"]),
    (70, &["兄、弟、姐、妹", "兄弟姐妹", "兄弟姊妹", "兄弟", "姐妹", "sibling", "brother", "sister"]),
    (71, &["兄", "哥哥", "哥"]),
    (72, &["嫂", "嫂子"]),
    (73, &["弟", "弟弟"]),
    (74, &["弟媳", "弟妹", "弟妇"]),
    (75, &["姐姐", "姐"]),
    (76, &["姐夫"]),
    (77, &["妹妹", "妹"]),
    (78, &["妹夫"]),
    (79, &["其他兄弟姐妹"]),
    (80, &["其他", "其它", "other"]),
    (81, &["伯父"]),
    (82, &["伯母"]),
    (83, &["叔父", "叔叔", "叔"]),
    (84, &["婶母", "婶婶", "婶"]),
    (85, &["舅父", "舅舅", "舅"]),
    (86, &["舅母", "舅妈"]),
    (87, &["姨父", "姨夫"]),
    (88, &["姨母", "姨妈", "姨"]),
    (89, &["姑父", "姑夫"]),
    (90, &["姑母", "姑妈", "姑姑", "姑"]),
    (91, &["堂兄弟、堂姐妹", "堂兄弟", "堂姐妹", "堂兄", "堂弟", "堂姐", "堂妹"]),
    (92, &["表兄弟、表姐妹", "表兄弟", "表姐妹", "表兄", "表弟", "表姐", "表妹"]),
    (93, &["侄子", "侄儿", "侄", "姪子"]),
    (94, &["侄女", "姪女"]),
    (95, &["外甥"]),
    (96, &["外甥女"]),
    (97, &["其他亲属", "亲属", "亲戚", "otherrelative"]),
    (99, &["非亲属", "无亲属关系", "notrelated"]),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn words_and_codes() {
        for (raw, code) in [
            ("户主", 2),
            ("本人", 2),
            (" 户 主 ", 2),
            ("02", 2),
            ("01", 2),
            ("0", 2),
            ("配偶", 10),
            ("1", 10),
            ("10", 10),
            ("妻", 12),
            ("12", 12),
            ("夫", 11),
            ("子", 20),
            ("２", 20),
            ("儿子", 20),
            ("长子", 22),
            ("次子", 23),
            ("二儿子", 23),
            ("女", 30),
            ("3", 30),
            ("次女", 33),
            ("二女", 33),
            ("儿媳", 38),
            ("女婿", 28),
            ("孙子", 41),
            ("外孙女", 44),
            ("父母", 50),
            ("5", 50),
            ("父亲", 51),
            ("母", 52),
            ("祖父母", 60),
            ("奶奶", 62),
            ("兄弟姐妹", 70),
            ("弟", 73),
            ("其他", 80),
            ("8", 80),
            ("侄女", 94),
            ("非亲属", 99),
            ("99", 99),
            ("Spouse", 10),
            ("户主的长女", 32),
            ("之子", 20),
            ("20.0", 20),
        ] {
            assert_eq!(
                Relation::parse(raw).map(Relation::as_u8),
                Some(code),
                "{raw:?}"
            );
        }
        for raw in [
            "", " ", "9", "00", "03", "13", "19", "98", "100", "001", "不详", "户", "-", "子子",
        ] {
            assert_eq!(Relation::parse(raw), None, "{raw:?}");
        }
    }

    #[test]
    fn every_word_has_one_code_and_every_code_a_word() {
        let words: Vec<&str> = WORDS
            .iter()
            .flat_map(|(_, words)| words.iter().copied())
            .collect();
        assert_eq!(words.iter().collect::<BTreeSet<_>>().len(), words.len());
        let codes: BTreeSet<u8> = WORDS.iter().map(|(code, _)| *code).collect();
        let known: BTreeSet<u8> = (0..=255)
            .filter_map(Relation::from_u8)
            .map(Relation::as_u8)
            .collect();
        assert_eq!(codes, known);
        for (code, words) in WORDS {
            let relation = Relation::from_u8(*code).unwrap();
            assert!(
                words
                    .iter()
                    .all(|word| Relation::parse(word) == Some(relation)),
                "{code}"
            );
        }
    }

    #[test]
    fn what_relations_imply() {
        use Role::*;
        for (word, role, generation, sex) in [
            ("户主", Head, 0, None),
            ("配偶", Spouse, 0, None),
            ("妻", Spouse, 0, Some(Sex::Female)),
            ("夫", Spouse, 0, Some(Sex::Male)),
            ("子", Son, -1, Some(Sex::Male)),
            ("养子", Son, -1, Some(Sex::Male)),
            ("三女", Daughter, -1, Some(Sex::Female)),
            ("女婿", ChildInLaw, -1, Some(Sex::Male)),
            ("儿媳", ChildInLaw, -1, Some(Sex::Female)),
            ("孙女", Grandchild, -2, Some(Sex::Female)),
            ("外孙女婿", Grandchild, -2, Some(Sex::Male)),
            ("曾孙", Grandchild, -3, Some(Sex::Male)),
            ("父母", Parent, 1, None),
            ("母亲", Parent, 1, Some(Sex::Female)),
            ("岳父", ParentInLaw, 1, Some(Sex::Male)),
            ("祖母", Grandparent, 2, Some(Sex::Female)),
            ("曾祖父", Grandparent, 3, Some(Sex::Male)),
            ("姐夫", Sibling, 0, Some(Sex::Male)),
            ("妹妹", Sibling, 0, Some(Sex::Female)),
            ("伯父", OtherRelative, 1, Some(Sex::Male)),
            ("侄女", OtherRelative, -1, Some(Sex::Female)),
            ("其他", OtherRelative, 0, None),
            ("非亲属", NotRelated, 0, None),
        ] {
            let relation = Relation::parse(word).unwrap();
            assert_eq!(
                (
                    relation.role(),
                    relation.generation(),
                    relation.implied_sex()
                ),
                (role, generation, sex),
                "{word}"
            );
            assert_eq!(
                relation.is_unique_role(),
                matches!(role, Head | Spouse),
                "{word}"
            );
        }
        let orders: Vec<_> = [
            "长子",
            "次子",
            "五子",
            "长女",
            "五女",
            "子",
            "独生子",
            "孙子",
        ]
        .map(|word| Relation::parse(word).unwrap().birth_order())
        .into();
        assert_eq!(
            orders,
            [
                Some(1),
                Some(2),
                Some(5),
                Some(1),
                Some(5),
                None,
                None,
                None
            ]
        );
    }
}
