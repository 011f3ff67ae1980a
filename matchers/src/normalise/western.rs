//! Western personal names: words of Latin letters, in any order, with titles and short forms.

use std::collections::{HashMap, HashSet};

use rphonetic::{DoubleMetaphone, Encoder};
use serde::{Deserialize, Serialize};

use super::text::fold;

/// At most this many words a name; further ones are left out.
pub const MAX_WORDS: usize = 16;

/// At most this many formal names that one word stands for; further ones are left out.
const MAX_FORMAL: usize = 6;

/// A name as its words, without titles, accents and case.
#[derive(Clone, Debug, Eq, PartialEq, Hash, Serialize, Deserialize)]
pub struct WesternName {
    text: Box<[char]>,
    words: Box<[Word]>,
}

/// One word of a name.
#[derive(Clone, Debug, Eq, PartialEq, Hash, Serialize, Deserialize)]
pub struct Word {
    text: Box<[char]>,
    sound: u64,
    formal: [u64; MAX_FORMAL],
}

impl WesternName {
    /// The words with a space between them.
    pub fn chars(&self) -> &[char] {
        &self.text
    }

    /// The words in the order they came; at least one.
    pub fn words(&self) -> &[Word] {
        &self.words
    }
}

impl Word {
    /// The letters, lower case and without accents.
    pub fn chars(&self) -> &[char] {
        &self.text
    }

    /// A code of the sound: the primary code of Double Metaphone (Lawrence Philips, C/C++ Users
    /// Journal, June 2000), packed; the same for every machine. 0 if the word has none.
    pub fn sound(&self) -> u64 {
        self.sound
    }

    /// Codes of the formal names that the word stands for (bill: william), itself among them
    /// if it is one; empty if the list knows none.
    pub fn formal(&self) -> &[u64] {
        let used = self.formal.iter().position(|&code| code == 0);
        &self.formal[..used.unwrap_or(MAX_FORMAL)]
    }
}

/// Reads Western names. Holds the tables: make one and share it.
pub struct WesternNormaliser {
    metaphone: DoubleMetaphone,
    titles: HashSet<&'static str>,
    formal: HashMap<&'static str, Vec<u64>>,
}

impl Default for WesternNormaliser {
    fn default() -> Self {
        Self::new()
    }
}

impl WesternNormaliser {
    /// A normaliser with the shipped lists of titles and short forms. Cost: under a millisecond.
    pub fn new() -> WesternNormaliser {
        let lines = |text: &'static str| text.lines().filter(|line| !line.starts_with('#'));
        let mut formal: HashMap<&str, Vec<u64>> = HashMap::new();
        for line in lines(include_str!("../../data/nicknames.txt")) {
            let Some((name, forms)) = line.split_once(':') else {
                continue;
            };
            let code = packed(name.trim());
            for word in std::iter::once(name.trim()).chain(forms.split_whitespace()) {
                let codes = formal.entry(word).or_default();
                if !codes.contains(&code) {
                    codes.push(code);
                }
            }
        }
        WesternNormaliser {
            metaphone: DoubleMetaphone::new(Some(METAPHONE_LENGTH)),
            titles: lines(include_str!("../../data/titles_western.txt"))
                .flat_map(str::split_whitespace)
                .collect(),
            formal,
        }
    }

    /// The name, or `None` if no word is left of it: titles alone are no name.
    ///
    /// ```
    /// use yiren_matchers::normalise::western::WesternNormaliser;
    /// let names = WesternNormaliser::new();
    /// let name = names.parse("Sir James O'Neill-Wolfe").unwrap();
    /// assert_eq!(name.chars().iter().collect::<String>(), "james oneill wolfe");
    /// assert!(names.parse("Mrs.").is_none());
    /// ```
    pub fn parse(&self, raw: &str) -> Option<WesternName> {
        let without: String = raw
            .chars()
            .filter(|c| !matches!(c, '\'' | '’' | '`' | 'ʼ'))
            .collect();
        // A letter can hold one too: ŉ is folded to ʼn.
        let folded = fold(&without).replace('ʼ', "");
        let words: Vec<Word> = folded
            .split(' ')
            .filter(|word| !word.is_empty() && !self.titles.contains(word))
            .take(MAX_WORDS)
            .map(|word| self.word(word))
            .collect();
        let mut text = Vec::with_capacity(folded.len());
        for word in &words {
            if !text.is_empty() {
                text.push(' ');
            }
            text.extend_from_slice(&word.text);
        }
        (!words.is_empty()).then(|| WesternName {
            text: text.into(),
            words: words.into(),
        })
    }

    fn word(&self, word: &str) -> Word {
        let mut formal = [0; MAX_FORMAL];
        if let Some(codes) = self.formal.get(word) {
            for (place, code) in formal.iter_mut().zip(codes) {
                *place = *code;
            }
        }
        // The encoder reads ASCII letters; of a word in another script it makes nothing.
        let sound = match word.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            true => packed(&self.metaphone.encode(word)),
            false => 0,
        };
        Word {
            text: word.chars().collect(),
            sound,
            formal,
        }
    }
}

/// Longer codes tell more names apart; eight fit in 64 bits.
const METAPHONE_LENGTH: usize = 8;

/// The first eight bytes as a number; names that agree in eight letters are one name here.
fn packed(text: &str) -> u64 {
    text.bytes()
        .take(8)
        .fold(0, |code, byte| code << 8 | u64::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(raw: &str) -> Vec<String> {
        let name = WesternNormaliser::new().parse(raw);
        let words = name.iter().flat_map(WesternName::words);
        words.map(|word| word.chars().iter().collect()).collect()
    }

    #[test]
    fn names_become_words() {
        for (raw, expected) in [
            ("Mary  Ann SMITH", vec!["mary", "ann", "smith"]),
            ("Wolfe-Murray, Sir James", vec!["wolfe", "murray", "james"]),
            ("O’Brien", vec!["obrien"]),
            ("José Núñez", vec!["jose", "nunez"]),
            ("h. h. hatton", vec!["h", "h", "hatton"]),
            ("Mrs.", vec![]),
            ("the Earl of", vec![]),
            ("", vec![]),
            ("--", vec![]),
            ("r0bert", vec!["r0bert"]),
            ("Ｗｉｌｌ", vec!["will"]),
            ("ŉ Botha", vec!["n", "botha"]),
        ] {
            assert_eq!(words(raw), expected, "{raw}");
        }
    }

    #[test]
    fn short_forms_share_a_formal_name() {
        let names = WesternNormaliser::new();
        let formal = |raw: &str| names.parse(raw).unwrap().words()[0].formal().to_vec();
        for (a, b, share) in [
            ("bill", "william", true),
            ("bill", "willie", true),
            ("peggy", "margaret", true),
            ("bill", "bob", false),
            ("zzz", "william", false),
        ] {
            let (left, right) = (formal(a), formal(b));
            assert_eq!(
                left.iter().any(|code| right.contains(code)),
                share,
                "{a} {b}"
            );
        }
    }

    #[test]
    fn words_that_sound_alike_share_a_code() {
        let names = WesternNormaliser::new();
        let sound = |raw: &str| names.parse(raw).unwrap().words()[0].sound();
        for (a, b, same) in [
            ("smith", "smyth", true),
            ("philip", "filip", true),
            ("smith", "jones", false),
        ] {
            assert_eq!(sound(a) == sound(b), same, "{a} {b}");
        }
        assert_eq!(sound("r0bert"), 0);
    }

    #[test]
    fn every_line_of_the_list_is_read() {
        for line in include_str!("../../data/nicknames.txt").lines() {
            let first = line.chars().next();
            assert!(
                first == Some('#')
                    || first.is_some_and(|c| c.is_ascii_lowercase()) && line.contains(": "),
                "{line}"
            );
        }
        let names = WesternNormaliser::new();
        let most = names.formal.values().map(Vec::len).max();
        assert!(
            most <= Some(MAX_FORMAL),
            "{most:?} formal names of one word"
        );
    }

    proptest! {
        #[test]
        fn any_text_returns(raw in "\\PC{0,40}") {
            let names = WesternNormaliser::new();
            if let Some(name) = names.parse(&raw) {
                prop_assert!(!name.words().is_empty());
                let again: String = name.chars().iter().collect();
                prop_assert_eq!(names.parse(&again), Some(name));
            }
        }
    }
}
