//! Names as Hong Kong writes them: characters, romanised Cantonese, English given names.
//!
//! One person is 鄭芳, 郑芳小姐, CHENG Fong, Cheng, Fong and Mary Cheng. What these have in
//! common is how they are read in Cantonese, and what they are read from is a list of
//! [`Spoken`] syllables, the surname first. Which letters stand for which sound is data:
//! `cantonese_*.tsv` and `hong_kong_surnames.tsv`.
//!
//! ```
//! use yiren_matchers::normalise::name::hong_kong::HongKongName;
//! use yiren_matchers::similarity::hong_kong_name::cantonese;
//!
//! let characters = HongKongName::parse("鄭慧珊小姐").unwrap();
//! let letters = HongKongName::parse("CHENG Wai Shan; Michelle").unwrap();
//! assert!(cantonese(&characters, &letters));
//! assert_eq!(letters.english()[0].as_ref(), "michelle");
//! assert_eq!(HongKongName::parse("Michelle Cheng").unwrap().given().len(), 0);
//! ```

mod latin;
mod sound;

use std::fmt;
use std::sync::LazyLock;

use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use super::characters::is_han;
use super::person_name::UNKNOWN;
use super::{clean, han, table};
use latin::Word;
pub use sound::{Sound, Sounds};

/// One syllable of a name: a character, or a romanised word.
#[derive(Copy, Clone, Eq, PartialEq, Hash, Serialize, Deserialize)]
pub struct Spoken {
    character: Option<char>,
    sounds: Sounds,
}

impl Spoken {
    /// The character in its simplified standard shape, if the name was written in characters
    /// and this one can be read.
    pub fn character(self) -> Option<char> {
        self.character
    }

    /// What it may sound like; empty for a character that is not in the tables.
    pub fn sounds(self) -> Sounds {
        self.sounds
    }

    fn of_character(c: char) -> Spoken {
        Spoken {
            character: (c != UNKNOWN).then_some(c),
            sounds: sound::of_character(c),
        }
    }

    fn of_sounds(sounds: Sounds) -> Spoken {
        Spoken {
            character: None,
            sounds,
        }
    }
}

impl fmt::Debug for Spoken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.character {
            Some(c) => write!(f, "{c}"),
            None => write!(f, "{:?}", self.sounds),
        }
    }
}

/// The normal form of a Hong Kong name.
///
/// - [`syllables`](HongKongName::syllables) of the Chinese name, the surname first; none for a
///   name that is English alone. At most [`HongKongName::MOST_SYLLABLES`].
/// - [`english`](HongKongName::english) names beside or instead of the Chinese given name, in
///   lower case and alphabetical order.
///
/// Forms of address (先生, Miss), other names after a semicolon that repeat the Chinese one, and
/// initials are dropped.
#[derive(Clone, Eq, PartialEq, Hash, Serialize, Deserialize)]
pub struct HongKongName {
    syllables: Box<[Spoken]>,
    english: Box<[Box<str>]>,
    text: Box<str>,
    surname_len: u8,
    last_may_be_surname: bool,
}

impl HongKongName {
    /// The greatest number of Chinese syllables; a longer name is taken for a foreign one. A
    /// husband's and an own compound surname and two of a given name make six.
    pub const MOST_SYLLABLES: usize = 6;

    /// The normal form of a name as it was typed, or `None` if the text holds no name.
    ///
    /// The order of surname and given name is told by a comma, by capitals (Siu Ming CHAN), by
    /// which of the words is a surname, and else taken to be the Chinese one.
    pub fn parse(raw: &str) -> Option<HongKongName> {
        if raw.len() > LONGEST {
            return None;
        }
        let text = clean::folded(raw);
        if clean::is_placeholder(&text) {
            return None;
        }
        let text = without_spaces_amid_characters(&text);
        let parts: Vec<&[char]> = text
            .split(|c| SEPARATORS.contains(c))
            .map(|part| trim(clean::without_title(trim(part))))
            .filter(|part| !part.is_empty() && !is_title(part))
            .collect();
        let whole = parts.iter().position(|part| chinese_name(part).is_some());
        let amid = || {
            parts
                .iter()
                .position(|part| part.iter().any(|&c| is_han(c)))
        };
        let mut name = Draft::default();
        match whole.or_else(amid) {
            Some(place) => in_characters(&parts, place, &mut name),
            None => in_letters(&parts, text.contains(&','), &mut name),
        }
        name.finish()
    }

    /// The syllables of the Chinese name, the surname first.
    pub fn syllables(&self) -> &[Spoken] {
        &self.syllables
    }

    /// The syllables of the surname; empty if there is none.
    pub fn surname(&self) -> &[Spoken] {
        &self.syllables[..usize::from(self.surname_len)]
    }

    /// The syllables of the Chinese given name; empty if only an English one is known.
    pub fn given(&self) -> &[Spoken] {
        &self.syllables[usize::from(self.surname_len)..]
    }

    /// English names, in lower case and alphabetical order.
    pub fn english(&self) -> &[Box<str>] {
        &self.english
    }

    /// The name as it was written, in lower case and simplified characters, without what was
    /// dropped.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the last syllable may be the surname as well as the first: Wai Chan.
    pub fn last_may_be_surname(&self) -> bool {
        self.last_may_be_surname
    }

    /// Whether the Chinese name is there, and in legible characters throughout.
    pub fn is_in_characters(&self) -> bool {
        !self.syllables.is_empty() && self.syllables.iter().all(|s| s.character.is_some())
    }
}

/// The name as it was written, in lower case and simplified characters.
impl fmt::Display for HongKongName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for HongKongName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (surname, given, english) = (self.surname(), self.given(), &self.english);
        write!(f, "HongKongName({self}: {surname:?} {given:?} {english:?})")
    }
}

/// In bytes; a longer text is no name.
const LONGEST: usize = 400;

/// Marks that separate the parts of a cell: a name, and another one of the same person.
const SEPARATORS: &[char] = &[
    ',', ';', '/', '|', '(', ')', '[', ']', '<', '>', '【', '】', '、', '"',
];

static SURNAMES: LazyLock<FxHashSet<char>> = LazyLock::new(|| {
    table::words(include_str!("../../../../data/surnames.txt"))
        .flat_map(str::chars)
        .collect()
});

/// Colloquial forms of address after a surname alone: 陳生 is Mr Chan.
const AFTER_SURNAME: &[char] = &['生', '太'];

/// A name being read.
#[derive(Default)]
struct Draft {
    syllables: Vec<Spoken>,
    surname_len: usize,
    last_may_be_surname: bool,
    english: Vec<String>,
    text: String,
}

impl Draft {
    fn write(&mut self, text: &str) {
        if !self.text.is_empty() && !text.is_empty() {
            self.text.push(' ');
        }
        self.text.push_str(text);
    }

    fn add_english(&mut self, word: &Word) {
        if word.letters.len() > 1 && !self.english.contains(&word.letters) {
            self.write(&word.letters);
            self.english.push(word.letters.clone());
        }
    }

    fn finish(mut self) -> Option<HongKongName> {
        self.english.sort_unstable();
        if self
            .syllables
            .iter()
            .all(|s| s.character.is_none() && s.sounds.is_empty())
        {
            self.syllables.clear();
            self.surname_len = 0;
        }
        let found = !self.syllables.is_empty() || !self.english.is_empty();
        found.then(|| HongKongName {
            surname_len: u8::try_from(self.surname_len).unwrap_or(0),
            last_may_be_surname: self.last_may_be_surname,
            syllables: self.syllables.into(),
            english: self.english.into_iter().map(Box::from).collect(),
            text: self.text.into(),
        })
    }
}

fn trim(text: &[char]) -> &[char] {
    let noise = |c: &&char| !(is_han(**c) || c.is_alphabetic() || **c == UNKNOWN);
    let start = text.iter().take_while(noise).count();
    let end = text.iter().rev().take_while(noise).count();
    &text[start..text.len().saturating_sub(end).max(start)]
}

/// Whether the text is a form of address and nothing else.
fn is_title(text: &[char]) -> bool {
    let after_someone: Vec<char> = std::iter::once(UNKNOWN)
        .chain(text.iter().copied())
        .collect();
    clean::without_title(&after_someone).len() == 1
}

/// Drops the spaces in 陳 大 文, and keeps those between words.
fn without_spaces_amid_characters(text: &[char]) -> Vec<char> {
    let mut kept: Vec<char> = Vec::with_capacity(text.len());
    for (place, &c) in text.iter().enumerate() {
        let next = text[place..].iter().find(|c| !c.is_whitespace());
        let amid = kept.last().is_some_and(|&c| is_han(c)) && next.is_some_and(|&c| is_han(c));
        if !(c.is_whitespace() && amid) {
            kept.push(c);
        }
    }
    kept
}

/// Runs of characters and runs of anything else, in order.
fn runs(text: &[char]) -> impl Iterator<Item = &[char]> {
    let kind = |c: char| is_han(c) || c == UNKNOWN;
    text.chunk_by(move |&a, &b| kind(a) == kind(b))
}

/// The run of characters in a text that is a name by itself, not a part of one that goes on in
/// letters (CHAN 大文, SZETO 銘 Fai).
fn chinese_name(text: &[char]) -> Option<&[char]> {
    let in_letters = || latin::words(text).any(|word| word.is_cantonese() && !word.is_english());
    runs(text).find(|run| {
        let from_surname = run.first().is_some_and(|c| SURNAMES.contains(c));
        match run.iter().filter(|&&c| is_han(c)).count() {
            0 => false,
            1 => !in_letters(),
            2 => from_surname || !in_letters(),
            _ => true,
        }
    })
}

/// A name whose part at `place` has characters. English names are the words elsewhere that are
/// no romanised syllables; those that are repeat the characters.
fn in_characters(parts: &[&[char]], place: usize, name: &mut Draft) {
    let whole = chinese_name(parts[place]);
    match whole {
        Some(run) => characters_alone(run, name),
        None => mixed(parts[place], name),
    }
    for (other, part) in parts.iter().enumerate() {
        if other != place || whole.is_some() {
            let english = |word: &Word| !word.is_cantonese() || word.is_english();
            latin::words(part)
                .filter(english)
                .for_each(|word| name.add_english(&word));
        }
    }
}

fn characters_alone(run: &[char], name: &mut Draft) {
    let (run, surname) = match run {
        [surname, title] if AFTER_SURNAME.contains(title) && SURNAMES.contains(surname) => {
            (&run[..1], 1)
        }
        [a, b] => (run, usize::from(han::surname_len(&[*a, *b, UNKNOWN]))),
        run => (run, usize::from(han::surname_len(run))),
    };
    if run.len() > HongKongName::MOST_SYLLABLES {
        return;
    }
    name.write(&run.iter().collect::<String>());
    name.syllables = run.iter().map(|&c| Spoken::of_character(c)).collect();
    name.surname_len = surname.min(run.len());
}

/// Characters amid romanised syllables, one after the other; the first is the surname.
fn mixed(text: &[char], name: &mut Draft) {
    let mut compound = false;
    for run in runs(text) {
        if !run.iter().any(|c| c.is_alphabetic() && !is_han(*c)) {
            let run = trim(run);
            name.write(&run.iter().collect::<String>());
            name.syllables
                .extend(run.iter().map(|&c| Spoken::of_character(c)));
            continue;
        }
        let words: Vec<Word> = latin::words(run).collect();
        compound |= name.syllables.is_empty() && latin::is_compound(&words);
        for word in words {
            let first = name.syllables.is_empty();
            if !word.is_cantonese() || first && word.is_english() {
                name.add_english(&word);
                continue;
            }
            let syllables = if first {
                word.surname_or_own()
            } else {
                word.syllables()
            };
            compound |= first && syllables.len() == 2;
            name.write(&word.letters);
            name.syllables
                .extend(syllables.into_iter().map(Spoken::of_sounds));
        }
    }
    if name.syllables.len() > HongKongName::MOST_SYLLABLES {
        name.syllables.clear();
    }
    name.surname_len = name.syllables.len().min(if compound { 2 } else { 1 });
}

fn in_letters(parts: &[&[char]], comma: bool, name: &mut Draft) {
    let words: Vec<Vec<Word>> = parts
        .iter()
        .map(|part| latin::words(part).collect())
        .collect();
    let main = words
        .iter()
        .position(|words| words.iter().any(Word::is_cantonese))
        .unwrap_or(0);
    let (mut chinese, mut english) = (Vec::new(), Vec::new());
    let mut surname_words = 0;
    for (place, part) in words.into_iter().enumerate() {
        let surname_alone =
            chinese.len() == 1 || chinese.len() == 2 && latin::is_compound(&chinese);
        if place == main {
            chinese = part;
        } else if comma && place == main + 1 && surname_alone {
            // Cheng, Fong.
            surname_words = chinese.len();
            chinese.extend(part);
        } else {
            english.extend(part);
        }
    }
    latin::arrange(chinese, surname_words, name);
    english.iter().for_each(|word| name.add_english(word));
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests;
