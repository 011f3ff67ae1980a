//! What a character may begin, looked up once: most characters of an address begin nothing, and are
//! passed over without asking each of the words.

use super::fold::{FIRST, LAST};

/// Begins a word for a kind of town (镇, 街道, 开发区).
pub(super) const TOWN: u8 = 1;
/// Ends the search for a town's word, or says what that word may not be (村, 路, 号, a digit).
pub(super) const BOUND: u8 = 1 << 1;
/// Begins a number with or without a word, or is the letter of a building.
pub(super) const NUMBER: u8 = 1 << 2;
/// Closes the name of a village, a road or an estate (村, 路, 小区).
pub(super) const CLOSE: u8 = 1 << 3;
/// A Chinese numeral, digit or unit.
pub(super) const NUMERAL: u8 = 1 << 4;
/// Begins a word for a kind of division (省, 自治州).
pub(super) const KIND: u8 = 1 << 5;
/// Begins the name of a people (彝族).
pub(super) const PEOPLE: u8 = 1 << 6;
/// Makes the name before it one of something smaller, by itself or with the next (镇, 小区).
pub(super) const SMALLER: u8 = 1 << 7;

/// The characters of each mark: a word that is read where a mark is asked for has its first one here.
const MARKED: [(u8, &[char]); 8] = [
    (
        TOWN,
        &[
            '街', '办', '苏', '镇', '乡', '团', '产', '开', '工', '科', '物', '管', '示', '高',
            '经', '新', '园', '度', '风', '保', '商', '聚', '集', '试', '实', '综', '林', '农',
            '牧', '渔', '茶', '良', '种',
        ],
    ),
    (
        BOUND,
        &[
            '-', '#', '号', '组', '栋', '幢', '室', '社', '小', '村', '路', '街', '巷', '嘎', '胡',
        ],
    ),
    (NUMBER, &['第']),
    (NUMBER | NUMERAL, NUMERALS),
    (
        CLOSE,
        &[
            '村', '行', '自', '嘎', '连', '社', '居', '小', '胡', '大', '路', '街', '巷', '弄',
        ],
    ),
    (
        KIND,
        &[
            '特', '自', '省', '市', '地', '盟', '州', '新', '林', '县', '区', '旗',
        ],
    ),
    (
        PEOPLE,
        &[
            '蒙', '回', '藏', '维', '苗', '彝', '壮', '布', '朝', '满', '侗', '瑶', '白', '土',
            '哈', '傣', '黎', '傈', '佤', '畲', '高', '拉', '水', '东', '纳', '景', '柯', '达',
            '仫', '羌', '撒', '毛', '仡', '锡', '阿', '普', '塔', '怒', '乌', '俄', '鄂', '德',
            '保', '裕', '京', '独', '赫', '门', '珞', '基', '各', '民', '族',
        ],
    ),
    (
        SMALLER,
        &[
            '东', '西', '南', '北', '中', '大', '新', '老', '镇', '乡', '街', '村', '路', '巷',
            '屯', '寨', '庄', '号', '组', '里', '-', '#', '社', '小', '校', '苏', '胡', '嘎', '花',
            '家', '林', '农', '牧', '渔', '茶',
        ],
    ),
];

/// Numerals, but for 〇, which is not in the block of the others.
const NUMERALS: &[char] = &[
    '零', '一', '壹', '二', '贰', '两', '三', '叁', '四', '肆', '五', '伍', '六', '陆', '七', '柒',
    '八', '捌', '九', '玖', '十', '拾', '百', '佰', '千', '仟', '廿', '卅',
];

static ASCII: [u8; 128] = {
    let mut marks = [0; 128];
    let mut code = 0;
    while code < 128 {
        let character = code as u8;
        if character.is_ascii_digit() {
            marks[code] = NUMBER | BOUND;
        } else if character.is_ascii_uppercase() {
            marks[code] = NUMBER;
        } else if matches!(character, b'-' | b'#') {
            marks[code] = BOUND | SMALLER;
        }
        code += 1;
    }
    marks
};

static CHINESE: [u8; (LAST - FIRST + 1) as usize] = {
    let mut marks = [0; (LAST - FIRST + 1) as usize];
    let mut of = 0;
    while of < MARKED.len() {
        let (mark, characters) = MARKED[of];
        let mut at = 0;
        while at < characters.len() {
            if characters[at] as u32 >= FIRST {
                marks[(characters[at] as u32 - FIRST) as usize] |= mark;
            }
            at += 1;
        }
        of += 1;
    }
    marks
};

/// The marks of a character of a folded address. Costs a load.
#[inline]
pub(super) fn marks(character: char) -> u8 {
    let code = u32::from(character);
    match code.checked_sub(FIRST) {
        Some(place) => CHINESE.get(place as usize).copied().unwrap_or(0),
        None if character == '〇' => NUMERAL | NUMBER,
        None => ASCII.get(code as usize).copied().unwrap_or(0),
    }
}

/// Whether a text begins with a character of one of these marks.
#[inline]
pub(super) fn begins(text: &[char], of: u8) -> bool {
    text.first()
        .is_some_and(|&character| marks(character) & of != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_have_the_marks_of_their_lists() {
        for (mark, characters) in MARKED {
            for &character in characters {
                assert_ne!(marks(character) & mark, 0, "{character}");
            }
        }
        let of = |mark: u8| ('\0'..=char::MAX).filter(move |&c| marks(c) & mark != 0);
        for (mark, characters) in MARKED {
            if mark & (NUMBER | BOUND) == 0 {
                assert_eq!(of(mark).count(), characters.len(), "{characters:?}");
            }
        }
        assert_eq!(of(NUMERAL).count(), NUMERALS.len() + 1);
        assert_eq!(of(NUMBER).count(), NUMERALS.len() + 1 + 1 + 10 + 26);
    }
}
