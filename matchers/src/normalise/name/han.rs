//! Names in Chinese characters: Han names, and minority names with and without their dots.

use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};
use unicode_normalization::char::is_combining_mark;

use super::characters::{self, is_han};
use super::clean::{self, DOT};
use super::latin;
use super::person_name::{Parts, PersonName, Script, UNKNOWN};
use super::syllable::{Readings, Syllable};
use super::table;

/// Dotless names of more characters are minority names, without a surname.
const LONGEST_HAN_NAME: usize = 4;

static COMPOUND_SURNAMES: LazyLock<FxHashMap<[char; 2], Vec<Syllable>>> = LazyLock::new(|| {
    table::rows(include_str!("../../../data/compound_surnames.tsv"))
        .filter_map(|(surname, readings)| {
            let mut chars = surname.chars();
            Some((
                [chars.next()?, chars.next()?],
                characters::syllables(readings),
            ))
        })
        .collect()
});
static SURNAMES: LazyLock<FxHashSet<char>> = LazyLock::new(|| {
    table::words(include_str!("../../../data/surnames.txt"))
        .flat_map(str::chars)
        .collect()
});

/// What a text consists of, in order.
enum Token {
    Character(char),
    /// Unreadable, but perhaps typed as pinyin.
    Unreadable(Readings),
    Letters(Vec<char>),
    Dot,
    Space,
}

/// The normal form of a name with Chinese characters.
pub(super) fn parse(text: &[char]) -> Option<PersonName> {
    let trimmed: Vec<char> = text
        .iter()
        .copied()
        .filter(|c| !c.is_ascii_digit())
        .collect();
    let tokens = tokens(clean::without_title(trim(&trimmed)));
    let tokens = without_foreign_names(tokens);
    let mut chars = Vec::new();
    let mut readings = Vec::new();
    let mut dots = Vec::new();
    let mut spaces = Vec::new();
    for token in &tokens {
        match token {
            Token::Character(c) => {
                chars.push(*c);
                readings.push(characters::readings(*c));
            }
            Token::Unreadable(reading) => {
                chars.push(UNKNOWN);
                readings.push(*reading);
            }
            Token::Letters(letters) => {
                for reading in read_letters(letters) {
                    chars.push(UNKNOWN);
                    readings.push(reading);
                }
            }
            Token::Dot => dots.push(chars.len()),
            Token::Space => spaces.push(chars.len()),
        }
    }
    if chars.len() > PersonName::MAX_LEN || chars.iter().all(|&c| c == UNKNOWN) {
        return None;
    }
    let part_lens = part_lens(&dots, &spaces, chars.len());
    let surname_len = if part_lens.is_empty() {
        surname_len(&chars)
    } else {
        0
    };
    match (surname_len, chars.as_slice()) {
        (1, &[c, ..]) if c != UNKNOWN => readings[0] = characters::surname_readings(c),
        (2, &[a, b, ..]) => {
            if let Some(surname) = COMPOUND_SURNAMES.get(&[a, b]) {
                for (reading, &own) in readings.iter_mut().zip(surname) {
                    *reading = Readings::new(std::iter::once(own).chain(reading.iter()));
                }
            }
        }
        _ => {}
    }
    Some(PersonName::from(Parts {
        chars: chars.into(),
        readings: readings.into(),
        part_lens,
        surname_len,
        script: Script::Han,
    }))
}

fn trim(text: &[char]) -> &[char] {
    let noise = |c: &&char| !(is_han(**c) || c.is_alphabetic() || **c == UNKNOWN);
    let start = text.iter().take_while(noise).count();
    let end = text.iter().rev().take_while(noise).count();
    &text[start..text.len().saturating_sub(end).max(start)]
}

fn tokens(text: &[char]) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut rest = text;
    while let [c, after @ ..] = rest {
        rest = after;
        match *c {
            UNKNOWN => tokens.push(Token::Unreadable(Readings::NONE)),
            '々' => {
                if let Some(Token::Character(before)) = tokens.last() {
                    tokens.push(Token::Character(*before));
                }
            }
            '\u{2FF0}'..='\u{2FFB}' => {
                rest = after_description(*c, after);
                tokens.push(Token::Unreadable(Readings::NONE));
            }
            c if is_han(c) => tokens.push(Token::Character(c)),
            c if c.is_alphabetic() || is_combining_mark(c) => match tokens.last_mut() {
                Some(Token::Letters(letters)) => letters.push(c),
                _ => tokens.push(Token::Letters(vec![c])),
            },
            DOT | '.' | '-' | '‐' | '–' | '—' => tokens.push(Token::Dot),
            c if c.is_whitespace() => tokens.push(Token::Space),
            _ => {}
        }
    }
    tokens
}

/// What follows an ideographic description (⿰王月), of which only the extent matters.
fn after_description(operator: char, text: &[char]) -> &[char] {
    let mut rest = text;
    let mut wanted = operands(operator);
    while wanted > 0
        && let [c, after @ ..] = rest
    {
        wanted = wanted - 1 + operands(*c);
        rest = after;
    }
    rest
}

fn operands(c: char) -> usize {
    match c {
        '\u{2FF2}' | '\u{2FF3}' => 3,
        '\u{2FF0}'..='\u{2FFB}' => 2,
        _ => 0,
    }
}

/// Drops foreign names beside a Chinese one (陈大文 David): words of letters that stand apart and
/// are not one syllable, if two characters are left.
fn without_foreign_names(tokens: Vec<Token>) -> Vec<Token> {
    if tokens
        .iter()
        .filter(|token| matches!(token, Token::Character(_)))
        .count()
        < 2
    {
        return tokens;
    }
    let apart = |token: Option<&Token>| matches!(token, None | Some(Token::Space | Token::Dot));
    let foreign: Vec<bool> = (0..tokens.len())
        .map(|i| match &tokens[i] {
            Token::Letters(letters) => {
                apart(i.checked_sub(1).and_then(|before| tokens.get(before)))
                    && apart(tokens.get(i + 1))
                    && !crosses(letters)
                    && latin::segmented(letters).len() != 1
            }
            _ => false,
        })
        .collect();
    tokens
        .into_iter()
        .zip(foreign)
        .filter(|(_, foreign)| !foreign)
        .map(|(token, _)| token)
        .collect()
}

/// One reading a character for letters in place of characters: the syllables of pinyin, none
/// for each X, none once for anything else.
fn read_letters(letters: &[char]) -> Vec<Readings> {
    let syllables = latin::segmented(letters);
    if !syllables.is_empty() {
        return syllables
            .iter()
            .map(|&syllable| Readings::new([syllable]))
            .collect();
    }
    vec![Readings::NONE; if crosses(letters) { letters.len() } else { 1 }]
}

fn crosses(letters: &[char]) -> bool {
    letters.iter().all(|c| matches!(c, 'x' | 'X'))
}

/// Lengths of the parts between dots. Spaces count as dots in a name too long for a Han one
/// whose every part has two characters (阿不都热依木 艾合买提).
fn part_lens(dots: &[usize], spaces: &[usize], len: usize) -> Box<[u8]> {
    let lens_at = |cuts: &[usize]| -> Vec<u8> {
        let mut lens = Vec::new();
        let mut start = 0;
        for &cut in cuts.iter().chain([&len]) {
            if cut > start {
                lens.push((cut - start) as u8);
                start = cut;
            }
        }
        lens
    };
    let by_dots = lens_at(dots);
    if by_dots.len() > 1 {
        return by_dots.into();
    }
    let by_spaces = lens_at(spaces);
    if by_spaces.len() > 1 && len > LONGEST_HAN_NAME && by_spaces.iter().all(|&part| part >= 2) {
        return by_spaces.into();
    }
    Box::default()
}

/// Whether the two characters are a surname together.
pub(super) fn is_compound_surname(first: char, second: char) -> bool {
    COMPOUND_SURNAMES.contains_key(&[first, second])
}

/// How many characters of a dotless name are its surname; 0 if that cannot be told.
pub(super) fn surname_len(chars: &[char]) -> u8 {
    let compound = matches!(chars, &[a, b, _, ..] if COMPOUND_SURNAMES.contains_key(&[a, b]));
    match chars.len() {
        len if compound && len <= LONGEST_HAN_NAME + 1 => 2,
        1..=3 => 1,
        LONGEST_HAN_NAME if SURNAMES.contains(&chars[0]) || chars[0] == UNKNOWN => 1,
        _ => 0,
    }
}
