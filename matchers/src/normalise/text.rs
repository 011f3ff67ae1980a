//! Free text: folding, and the words that stand for nothing.
//!
//! The other normal forms are built on these: [`compact`] for codes and numbers, [`fold`]
//! for Western names and free text, [`is_placeholder`] for cells that a clerk had to fill.

use std::borrow::Cow;
use std::sync::LazyLock;

use rustc_hash::FxHashSet;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{canonical_combining_class, is_combining_mark};

/// The text in lower case without accents, every run of punctuation or white space one
/// space, none at the ends.
///
/// Accents go with their combining mark (é → e), ligatures and crossed letters by a table
/// (ß → ss, ø → o). Vowel signs and viramas of Indic scripts and the voicing marks of kana
/// are letters there, and stay. Cost: linear, one allocation for most texts.
///
/// ```
/// use yiren_matchers::normalise::text::fold;
/// assert_eq!(fold("  O'Brien-Núñez, José "), "o brien nunez jose");
/// assert_eq!(fold("ＳＴＲＡẞＥ　１２"), "strasse 12");
/// ```
pub fn fold(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut gap = false;
    let letters = raw
        .nfkd()
        .filter(|&c| canonical_combining_class(c) <= LAST_LETTER_CLASS && !is_invisible(c))
        .flat_map(char::to_lowercase)
        .nfc();
    for c in letters {
        if !c.is_alphanumeric() && !is_combining_mark(c) {
            gap = !out.is_empty();
            continue;
        }
        if std::mem::take(&mut gap) {
            out.push(' ');
        }
        match c {
            'ß' => out.push_str("ss"),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'þ' => out.push_str("th"),
            'ø' => out.push('o'),
            'ł' => out.push('l'),
            'đ' | 'ð' => out.push('d'),
            'ħ' => out.push('h'),
            'ı' => out.push('i'),
            'ς' => out.push('σ'),
            c => out.push(c),
        }
    }
    out
}

/// Combining classes up to this one (nukta 7, voicing mark 8, virama 9) belong to the
/// letter; those above are accents, points and tones.
const LAST_LETTER_CLASS: u8 = 9;

/// The text in Unicode normal form KC (full-width forms become ASCII) without white space,
/// control characters, zero-width characters and variation selectors. Case is kept.
///
/// ```
/// use yiren_matchers::normalise::text::compact;
/// assert_eq!(compact(" １１０１０５\u{200b} 1949１２３１ "), "11010519491231");
/// ```
pub fn compact(raw: &str) -> Cow<'_, str> {
    let goes = |c: char| c.is_whitespace() || is_invisible(c);
    if is_normal(raw) {
        // Of such characters only the first of ASCII and the very last go.
        return match raw.bytes().any(|byte| byte <= b' ' || byte == 0x7f) {
            true => raw.replace(goes, "").into(),
            false => raw.into(),
        };
    }
    raw.nfkc().filter(|&c| !goes(c)).nfc().collect()
}

/// Whether the text is its own normal form KC by a look at its characters: ASCII and the main
/// block of Chinese characters, which most cells consist of.
pub(crate) fn is_normal(text: &str) -> bool {
    text.is_ascii() || text.chars().all(is_normal_char)
}

/// Whether normal form KC leaves the character alone, whatever stands beside it, as long as that
/// is such a character too.
pub(crate) fn is_normal_char(c: char) -> bool {
    c.is_ascii() || ('\u{4e00}'..='\u{9fff}').contains(&c)
}

/// The text in normal form KC; costs next to nothing where it [`is_normal`].
pub(crate) fn nfkc(text: &str) -> Cow<'_, str> {
    match is_normal(text) {
        true => text.into(),
        false => text.nfkc().collect(),
    }
}

/// Whether the text says nothing: empty, punctuation only, or a word that clerks and
/// programs write where nothing is known (无, 不详, `null`, `N/A`, ...).
///
/// `NA` and `NaN` count only in this spelling, for Na and Nan are names.
///
/// ```
/// use yiren_matchers::normalise::text::is_placeholder;
/// assert!(is_placeholder("不 详"));
/// assert!(is_placeholder("--"));
/// assert!(!is_placeholder("吴"));
/// ```
pub fn is_placeholder(raw: &str) -> bool {
    if raw.len() > LONGEST_PLACEHOLDER && raw.bytes().any(|b| b.is_ascii_alphanumeric()) {
        return false;
    }
    if raw.starts_with(|c: char| c.is_ascii_digit()) {
        return false;
    }
    let text = compact(raw);
    let Some(first) = text.chars().next() else {
        return true;
    };
    if first.is_ascii_digit() {
        return false;
    }
    if !text.chars().any(char::is_alphanumeric) {
        return true;
    }
    if matches!(&*text, "NA" | "NaN" | "<NA>" | "#N/A" | "N.A.") {
        return true;
    }
    if text.len() > 1 && text.bytes().all(|b| b.eq_ignore_ascii_case(&b'x')) {
        return true;
    }
    let text = text.to_lowercase();
    let word = text.trim_matches(|c: char| !c.is_alphanumeric());
    PLACEHOLDERS.contains(word)
}

/// In bytes; no placeholder with a letter or digit in it is longer.
const LONGEST_PLACEHOLDER: usize = 64;

static PLACEHOLDERS: LazyLock<FxHashSet<&str>> =
    LazyLock::new(|| PLACEHOLDER_WORDS.iter().copied().collect());

const PLACEHOLDER_WORDS: &[&str] = &[
    "无",
    "無",
    "没有",
    "暂无",
    "暂缺",
    "缺",
    "缺失",
    "空",
    "空白",
    "空值",
    "略",
    "同上",
    "不详",
    "不祥",
    "不明",
    "不清",
    "不清楚",
    "不知",
    "不知道",
    "未知",
    "未详",
    "未填",
    "未填写",
    "未录入",
    "未登记",
    "未提供",
    "未采集",
    "未办理",
    "未说明",
    "待定",
    "待查",
    "待补",
    "待补充",
    "待核实",
    "无名",
    "无名氏",
    "佚名",
    "某某",
    "某某某",
    "无此项",
    "无号码",
    "无证件",
    "测试",
    "null",
    "nil",
    "none",
    "n/a",
    "unknown",
    "unk",
    "undefined",
    "missing",
    "not available",
    "notavailable",
    "not applicable",
    "notapplicable",
    "empty",
    "test",
    "tbd",
];

/// Whether the character shows nothing and separates nothing: control and format
/// characters, variation selectors.
pub(crate) fn is_invisible(c: char) -> bool {
    (c.is_control() && !c.is_whitespace())
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{e0100}'..='\u{e01ef}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn folds() {
        for (raw, expected) in [
            ("", ""),
            ("  \t\n", ""),
            ("...", ""),
            ("Müller", "muller"),
            ("MULLER", "muller"),
            ("Łódź", "lodz"),
            ("Øresund", "oresund"),
            ("İstanbul", "istanbul"),
            ("Ærø", "aero"),
            ("van  der-Berg", "van der berg"),
            ("27 and 28, Berkeley Square", "27 and 28 berkeley square"),
            ("ﬁnance", "finance"),
            ("Ὀδυσσεύς", "οδυσσευσ"),
            ("が", "が"),
            ("김", "김"),
            ("हिन्दी", "हिन्दी"),
            ("阿依古丽·买买提", "阿依古丽 买买提"),
            ("zero\u{200b}width", "zerowidth"),
        ] {
            assert_eq!(fold(raw), expected, "{raw:?}");
        }
    }

    #[test]
    fn compacts() {
        for (raw, expected) in [
            ("", ""),
            (" a　b\tc\n", "abc"),
            ("（１２）Ａ", "(12)A"),
            ("\u{feff}1\u{200d}2", "12"),
            ("葛\u{e0100}", "葛"),
        ] {
            assert_eq!(compact(raw), expected, "{raw:?}");
        }
    }

    #[test]
    fn knows_placeholders() {
        for raw in [
            "",
            " ",
            "无",
            "（无）",
            "不详",
            "未 知",
            "暂无",
            "空",
            "null",
            "NULL",
            "(null)",
            "N/A",
            "n/a",
            "#N/A",
            "None",
            "-",
            "——",
            "/",
            "***",
            "■■",
            "?",
            "？？",
            "xxx",
            "XX",
            "NaN",
            "NA",
            "Not Available",
        ] {
            assert!(is_placeholder(raw), "{raw:?}");
        }
        for raw in [
            "吴",
            "无忌",
            "吴无",
            "x",
            "Na",
            "nan",
            "na",
            "0",
            "000",
            "不详村",
            "李?",
            "张■",
            "Nonesuch",
        ] {
            assert!(!is_placeholder(raw), "{raw:?}");
        }
        assert!(!is_placeholder(&"无".repeat(100_000)));
        assert!(is_placeholder(&"-".repeat(100)));
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(raw in "\\PC{0,20}") {
            let once = fold(&raw);
            prop_assert_eq!(fold(&once), once.clone());
            prop_assert!(!once.starts_with(' ') && !once.ends_with(' ') && !once.contains("  "));
        }

        #[test]
        fn compacting_twice_changes_nothing(raw in any::<String>()) {
            let once = compact(&raw);
            prop_assert_eq!(compact(&once), once.clone());
            prop_assert!(!once.contains(char::is_whitespace));
        }

        #[test]
        fn the_short_cut_changes_nothing(raw in "[ -~\u{4e00}-\u{9fff}\u{3000}-\u{300f}ａ-ｚ\u{300}-\u{304}\t\u{200b}]{0,8}") {
            prop_assert_eq!(nfkc(&raw), raw.nfkc().collect::<String>());
            let slow: String = raw.nfkc().filter(|&c| !c.is_whitespace() && !is_invisible(c)).nfc().collect();
            prop_assert_eq!(compact(&raw), slow);
        }

        #[test]
        fn placeholders_do_not_depend_on_spaces(raw in "[无不详空a-zN/A-]{0,4}") {
            let spaced: String = raw.chars().flat_map(|c| [' ', c]).collect();
            prop_assert_eq!(is_placeholder(&spaced), is_placeholder(&raw));
        }
    }
}
