//! The normal form of a personal name.

use std::fmt;
use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};

use super::syllable::Readings;

/// The character that stands for one that cannot be read.
pub const UNKNOWN: char = '\u{FFFD}';

/// What a name is written in.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Debug, Serialize, Deserialize)]
pub enum Script {
    /// Chinese characters.
    Han,
    /// Letters, usually Latin ones: pinyin, or a foreign name.
    Latin,
}

/// The normal form of a personal name, made by [`NameNormaliser::parse`](super::NameNormaliser::parse).
///
/// - *Han* names: [`chars`](PersonName::chars) are simplified, variants folded, without
///   spaces, dots, titles; a character that cannot be read is [`UNKNOWN`]. One
///   [`Readings`] a character.
/// - *Latin* names: lower-case letters, words separated by one space, the surname first
///   wherever it can be told. If all words are pinyin, one [`Readings`] a syllable and
///   [`part_lens`](PersonName::part_lens) counts the syllables of each word; else there are
///   no readings.
///
/// Never empty, at most [`PersonName::MAX_LEN`] characters, at least one of them known.
///
/// 56 bytes; those of names of more than four characters are kept elsewhere.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonName(Held);

/// The characters and readings of a name.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Held {
    /// A Han name of up to four characters and without parts, as nearly all are; what is unused
    /// is zero, so that equal names have equal bits.
    Short {
        chars: [char; SHORT],
        readings: [Readings; SHORT],
        len: u8,
        surname_len: u8,
    },
    Long(Box<Parts>),
}

/// Characters of a name that is held in place.
const SHORT: usize = 4;

/// What a name consists of.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Parts {
    pub chars: Box<[char]>,
    pub readings: Box<[Readings]>,
    pub part_lens: Box<[u8]>,
    pub surname_len: u8,
    pub script: Script,
}

impl From<Parts> for PersonName {
    fn from(parts: Parts) -> PersonName {
        let is_short = parts.script == Script::Han && parts.part_lens.is_empty();
        match is_short.then(|| PersonName::short(&parts.chars, &parts.readings, parts.surname_len))
        {
            Some(Some(name)) => name,
            _ => PersonName(Held::Long(Box::new(parts))),
        }
    }
}

/// Only the characters: names that differ in nothing else are few.
impl Hash for PersonName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for pair in self.chars().chunks(2) {
            let second = pair.get(1).map_or(0, |&c| u64::from(c));
            state.write_u64(pair.first().map_or(0, |&c| u64::from(c)) | second << 32);
        }
    }
}

impl PersonName {
    /// The greatest number of characters of a name; a longer text is no name.
    pub const MAX_LEN: usize = 120;

    /// A Han name without parts, one reading a character, if it is short enough to be held in place.
    pub(super) fn short(
        chars: &[char],
        readings: &[Readings],
        surname_len: u8,
    ) -> Option<PersonName> {
        let len = chars.len();
        let mut held = ([char::default(); SHORT], [Readings::NONE; SHORT]);
        if readings.len() != len {
            return None;
        }
        held.0.get_mut(..len)?.copy_from_slice(chars);
        held.1.get_mut(..len)?.copy_from_slice(readings);
        Some(PersonName(Held::Short {
            chars: held.0,
            readings: held.1,
            len: len as u8,
            surname_len,
        }))
    }

    /// Something from both ends of where the name is kept.
    #[inline]
    pub(crate) fn ends(&self) -> u64 {
        match &self.0 {
            Held::Short {
                chars,
                readings: [.., last],
                len,
                ..
            } => u64::from(chars[0]) ^ u64::from(*len) ^ u64::from(last.is_empty()),
            Held::Long(parts) => u64::from(parts.surname_len),
        }
    }

    /// The characters of the normal form; a Latin name has `' '` between its words.
    #[inline]
    pub fn chars(&self) -> &[char] {
        match &self.0 {
            Held::Short { chars, len, .. } => &chars[..usize::from(*len)],
            Held::Long(parts) => &parts.chars,
        }
    }

    /// What the name is written in.
    #[inline]
    pub fn script(&self) -> Script {
        match &self.0 {
            Held::Short { .. } => Script::Han,
            Held::Long(parts) => parts.script,
        }
    }

    /// How many leading characters are the surname; 0 if the name has none or it cannot be
    /// told (dotted minority names, romanised names in unclear order).
    #[inline]
    pub fn surname_len(&self) -> usize {
        match &self.0 {
            Held::Short { surname_len, .. } => usize::from(*surname_len),
            Held::Long(parts) => usize::from(parts.surname_len),
        }
    }

    /// The surname's characters; empty if it is not known.
    pub fn surname(&self) -> &[char] {
        &self.chars()[..self.surname_len()]
    }

    /// The characters after the surname (and after the space that follows it in a Latin
    /// name); the whole name if the surname is not known.
    pub fn given(&self) -> &[char] {
        match &self.chars()[self.surname_len()..] {
            [' ', given @ ..] => given,
            given => given,
        }
    }

    /// The lengths of a name's parts: characters between the dots of a minority name
    /// (再娜甫·玉素甫: 3, 3), or the syllables of each word of a pinyin name (Ouyang Xiu: 2, 1).
    /// Empty for names without parts.
    pub fn part_lens(&self) -> &[u8] {
        match &self.0 {
            Held::Short { .. } => &[],
            Held::Long(parts) => &parts.part_lens,
        }
    }

    /// The readings, one for each character of a Han name or each syllable of a pinyin name;
    /// empty for a Latin name that is not pinyin.
    #[inline]
    pub fn readings(&self) -> &[Readings] {
        match &self.0 {
            Held::Short { readings, len, .. } => &readings[..usize::from(*len)],
            Held::Long(parts) => &parts.readings,
        }
    }

    /// The readings of the surname; empty if it or they are not known.
    pub fn surname_readings(&self) -> &[Readings] {
        &self.readings()[..self.surname_syllables()]
    }

    /// The readings of what follows the surname; all of them if the surname is not known.
    pub fn given_readings(&self) -> &[Readings] {
        &self.readings()[self.surname_syllables()..]
    }

    /// Whether some character cannot be read.
    pub fn has_unknown(&self) -> bool {
        self.chars().contains(&UNKNOWN)
    }

    fn surname_syllables(&self) -> usize {
        match self.script() {
            Script::Han => self.surname_len(),
            Script::Latin if self.surname_len() > 0 => {
                self.part_lens().first().map_or(0, |&len| usize::from(len))
            }
            Script::Latin => 0,
        }
    }
}

/// The normal form as text: dots between the parts of a minority name, `□` for what cannot be read.
impl fmt::Display for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut part_lens = self.part_lens().iter().map(|&len| usize::from(len));
        let mut next_dot = match self.script() {
            Script::Han => part_lens.next(),
            Script::Latin => None,
        };
        for (i, &c) in self.chars().iter().enumerate() {
            if next_dot == Some(i) {
                f.write_str("·")?;
                next_dot = part_lens.next().map(|len| i + len);
            }
            write!(f, "{}", if c == UNKNOWN { '□' } else { c })?;
        }
        Ok(())
    }
}

impl fmt::Debug for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "PersonName({self}, surname {}, {:?})",
            self.surname_len(),
            self.readings()
        )
    }
}
