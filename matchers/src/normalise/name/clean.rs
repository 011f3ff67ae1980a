//! What is not part of a name: brackets, other names, titles, words for "no name".

use std::sync::LazyLock;

use rustc_hash::FxHashSet;
use unicode_normalization::UnicodeNormalization;

use super::super::text::{is_invisible, is_normal_char};
use super::characters::{is_han, standard};
use super::person_name::UNKNOWN;
use super::table;

/// The dot that all its look-alikes become.
pub(super) const DOT: char = '·';

static ALIASES: LazyLock<Vec<Vec<char>>> =
    LazyLock::new(|| char_lists(include_str!("../../../data/aliases.txt")));
static NAMELESS_CHILDREN: LazyLock<Vec<Vec<char>>> =
    LazyLock::new(|| char_lists(include_str!("../../../data/unborn.txt")));
static PLACEHOLDERS: LazyLock<FxHashSet<&'static str>> =
    LazyLock::new(|| table::words(include_str!("../../../data/placeholders.txt")).collect());

static FIRST_OF_PLACEHOLDERS: LazyLock<FxHashSet<char>> = LazyLock::new(|| {
    PLACEHOLDERS
        .iter()
        .filter_map(|word| word.chars().next())
        .collect()
});

/// Titles, and how many characters of a name they need before them; the longer first.
static TITLES: LazyLock<Vec<(Vec<char>, usize)>> = LazyLock::new(|| {
    let mut titles: Vec<(Vec<char>, usize)> = table::rows(include_str!("../../../data/titles.tsv"))
        .filter_map(|(title, needs)| Some((title.chars().collect(), needs.parse().ok()?)))
        .collect();
    titles.sort_by_key(|(title, _)| std::cmp::Reverse(title.len()));
    titles
});

fn char_lists(text: &'static str) -> Vec<Vec<char>> {
    let mut lists: Vec<Vec<char>> = table::words(text)
        .map(|word| word.chars().collect())
        .collect();
    lists.sort_by_key(|list| std::cmp::Reverse(list.len()));
    lists
}

/// NFKC, dots and marks folded, characters in their standard shape.
pub(super) fn folded(raw: &str) -> Vec<char> {
    let seen = raw.chars().filter(|&c| !is_invisible(c));
    let marked = seen.map(|c| match c {
        // NFKC would take ˙ apart, so dots go first.
        '\u{00B7}' | '\u{2022}' | '\u{2027}' | '\u{30FB}' | '\u{FF65}' | '\u{2219}'
        | '\u{22C5}' | '\u{02D9}' | '\u{0387}' | '\u{16EB}' | '\u{2E31}' | '\u{2E33}'
        | '\u{2981}' | '\u{A78F}' | '\u{3002}' | '\u{FF61}' | '\u{1427}' | '\u{25AA}'
        | '\u{25CF}' | '\u{FE52}' | '\u{FF0E}' => DOT,
        _ => c,
    });
    let finish = |c: char| match standard(c) {
        c if is_unreadable(c) => UNKNOWN,
        c => c,
    };
    match marked.clone().all(|c| c == DOT || is_normal_char(c)) {
        true => marked.map(finish).collect(),
        false => marked.nfkc().map(finish).collect(),
    }
}

/// Marks that stand for a character: those of DESIGN, their look-alikes, 某, and characters of
/// the private use area, which mean nothing outside the system they were typed in.
pub(super) fn is_unreadable(c: char) -> bool {
    matches!(
        c,
        '?' | '*' | '#' | '_' | '某' | '×' | '✕' | '✖' | '※' | '〇' | '○' | '◯' | '◎' | '△' | '▲' | '▽' | '▼' | '◇'
            | '◆' | '□' | '■' | '☐' | '▢' | '█' | '�' | '〓' | '¿' | '☆' | '★' | '∗' | '\u{E000}'..='\u{F8FF}'
            | '\u{F0000}'..='\u{10FFFD}'
    )
}

/// Whether the whole text says that there is no name, or names a parent in place of the child.
pub(super) fn is_placeholder(text: &[char]) -> bool {
    // 某 has been folded to the unreadable character; the list has it (某人).
    let letters = text
        .iter()
        .map(|&c| if c == UNKNOWN { '某' } else { c })
        .filter(|c| c.is_alphabetic());
    // Most names begin with no character that a placeholder begins with.
    let begins = letters.clone().next().is_none_or(|c| {
        FIRST_OF_PLACEHOLDERS.contains(&c) || !c.is_ascii_lowercase() && !is_han(c)
    });
    let is_placeholder = || {
        let bare: String = letters.flat_map(char::to_lowercase).collect();
        PLACEHOLDERS.contains(bare.as_str())
    };
    begins && is_placeholder()
        || NAMELESS_CHILDREN
            .iter()
            .any(|ending| text.ends_with(ending) && text.len() >= ending.len() + 2)
}

/// Characters that a placeholder begins with, in their standard shape.
pub(super) fn first_of_placeholders() -> impl Iterator<Item = char> {
    FIRST_OF_PLACEHOLDERS.iter().copied()
}

/// Characters that begin what is not the person's own name: an alias, or "child of".
pub(super) fn first_of_other_names() -> impl Iterator<Item = char> {
    let words = ALIASES.iter().chain(NAMELESS_CHILDREN.iter());
    words.filter_map(|word| word.first().copied())
}

/// Characters that a title ends with.
pub(super) fn last_of_titles() -> impl Iterator<Item = char> {
    TITLES.iter().filter_map(|(title, _)| title.last().copied())
}

/// The text without labels (`姓名：`), brackets and other names.
///
/// A bracket at the end holds a remark or another name, and goes; one amid the name, or after a
/// lone surname, describes a character that could not be typed: 张(王月), 刘(左日右韦)国.
pub(super) fn without_remarks(text: Vec<char>) -> Vec<char> {
    let mut text = text;
    if let Some(colon) = text.iter().position(|&c| c == ':')
        && text[..colon].iter().all(|&c| is_han(c))
        && !ALIASES.iter().any(|alias| text[..colon].ends_with(alias))
    {
        text.drain(..=colon);
    }
    let mut kept = Vec::with_capacity(text.len());
    let mut inside: Vec<char> = Vec::new();
    let mut depth = 0usize;
    for (i, &c) in text.iter().enumerate() {
        match c {
            '(' | '[' | '{' | '<' | '【' | '〔' | '《' | '〈' | '「' => depth += 1,
            ')' | ']' | '}' | '>' | '】' | '〕' | '》' | '〉' | '」' => {
                if depth == 1 && describes_a_character(&kept, &inside, &text[i + 1..]) {
                    kept.push(UNKNOWN);
                    inside.clear();
                }
                depth = depth.saturating_sub(1);
            }
            _ if depth > 0 => inside.push(c),
            _ => kept.push(c),
        }
    }
    if !kept.iter().any(|c| c.is_alphabetic()) {
        kept = inside;
    }
    if let Some(start) = first_alias(&kept) {
        kept.truncate(start);
    }
    kept
}

fn describes_a_character(before: &[char], inside: &[char], after: &[char]) -> bool {
    let count = |text: &[char]| text.iter().filter(|&&c| is_han(c) || c == UNKNOWN).count();
    let alias = ALIASES.iter().any(|alias| inside.starts_with(alias));
    !alias && count(inside) >= 1 && (count(before) == 1 || count(before) > 0 && count(after) > 0)
}

/// Where another name begins (张三曾用名李四, 张三/张珊): never before the second character.
fn first_alias(text: &[char]) -> Option<usize> {
    (2..text.len()).find(|&start| {
        matches!(text[start], '/' | '|' | ';' | '、' | '\\')
            || ALIASES.iter().any(|alias| text[start..].starts_with(alias))
    })
}

/// The name before a title, if a title ends the text.
pub(super) fn without_title(text: &[char]) -> &[char] {
    for (title, needs) in TITLES.iter() {
        if let Some(name) = text.strip_suffix(title.as_slice())
            && name.len() >= *needs
        {
            return name;
        }
    }
    text
}
