//! Cantonese syllables as the spelling of names keeps them apart, and who may read them.

use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use super::super::{characters, table};

/// A class of Cantonese syllables that the spelling of Hong Kong names does not keep apart: 陳
/// *can*, 珍 *zan* and 燦 *caan* are all spelt Chan.
#[derive(
    Copy, Clone, Default, Eq, PartialEq, Ord, PartialOrd, Hash, Debug, Serialize, Deserialize,
)]
pub struct Sound(u16);

/// The sounds that a character or a romanised word may stand for, the likeliest first: at most
/// four, in 8 bytes.
#[derive(Copy, Clone, Default, Eq, PartialEq, Hash, Serialize, Deserialize)]
pub struct Sounds([Sound; 4]);

/// Longest romanised syllable, such as `tsheung`.
const LONGEST: usize = 7;

/// Romanised words of more letters are not taken for several syllables.
const LONGEST_WORD: usize = 18;

/// At most so many syllables in one word: a compound surname, a given name.
const MOST_SYLLABLES: usize = 2;

struct Tables {
    classes: FxHashMap<(&'static str, &'static str), Sound>,
    characters: FxHashMap<char, Sounds>,
    spellings: FxHashMap<String, Sounds>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(Tables::new);

/// Rows of a table of classes: the class, how Jyutping writes it, how names spell it.
type Rows = Vec<(&'static str, Vec<&'static str>, Vec<&'static str>)>;

impl Sound {
    /// The class's number, never 0; stable as long as the tables are, so not to be stored.
    pub fn number(self) -> u16 {
        self.0
    }
}

impl Sounds {
    /// No sound: an unreadable or unknown character.
    pub const NONE: Sounds = Sounds([Sound(0); 4]);

    /// The first four different sounds.
    pub(super) fn new(sounds: impl IntoIterator<Item = Sound>) -> Sounds {
        let mut all = Sounds::NONE;
        let mut count = 0;
        for sound in sounds {
            if count < all.0.len() && sound.0 != 0 && !all.0.contains(&sound) {
                all.0[count] = sound;
                count += 1;
            }
        }
        all
    }

    /// The sounds, the likeliest first.
    pub fn iter(self) -> impl Iterator<Item = Sound> {
        self.0.into_iter().take_while(|sound| sound.0 != 0)
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0[0].0 == 0
    }

    /// Whether some sound is in both. Costs at most 16 comparisons of integers.
    pub fn meet(self, other: Sounds) -> bool {
        self.iter().any(|sound| other.0.contains(&sound))
    }

    pub(super) fn and(self, other: Sounds) -> Sounds {
        Sounds::new(self.iter().chain(other.iter()))
    }
}

impl std::fmt::Debug for Sounds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.iter().map(Sound::number))
            .finish()
    }
}

/// How a character (in its standard shape) is read in Cantonese.
pub(super) fn of_character(c: char) -> Sounds {
    TABLES.characters.get(&c).copied().unwrap_or(Sounds::NONE)
}

/// What a word of lower-case ASCII letters stands for if it is one syllable, else none.
pub(super) fn of_word(word: &str) -> Sounds {
    TABLES.spellings.get(word).copied().unwrap_or(Sounds::NONE)
}

/// The syllables of a word: one, or two written together (Waiming), each with a consonant before
/// it if that can be; empty if the word cannot be read so.
pub(super) fn of_joined(word: &str) -> Vec<Sounds> {
    let whole = of_word(word);
    if !whole.is_empty() {
        return vec![whole];
    }
    if !word.is_ascii() || word.len() > LONGEST_WORD {
        return Vec::new();
    }
    let vowel = |at: usize| matches!(word.as_bytes()[at], b'a' | b'e' | b'i' | b'o' | b'u');
    let mut cuts: Vec<usize> = (1..word.len()).filter(|cut| *cut <= LONGEST).collect();
    // A syllable that begins with a vowel is rarer than a shorter one before it.
    cuts.sort_by_key(|&cut| (vowel(cut), std::cmp::Reverse(cut)));
    cuts.into_iter()
        .map(|cut| [&word[..cut], &word[cut..]].map(of_word))
        .find(|parts: &[Sounds; MOST_SYLLABLES]| parts.iter().all(|part| !part.is_empty()))
        .map_or_else(Vec::new, Vec::from)
}

/// The sounds of syllables in Jyutping without tones, separated by spaces; others are passed over.
#[cfg(test)]
pub(super) fn of_jyutping(text: &str) -> Sounds {
    TABLES.jyutping(text)
}

impl Tables {
    fn new() -> Tables {
        let onsets = class_rows(include_str!("../../../../data/cantonese_onsets.tsv"));
        let finals = class_rows(include_str!("../../../../data/cantonese_finals.tsv"));
        let mut tables = Tables {
            classes: FxHashMap::default(),
            characters: FxHashMap::default(),
            spellings: FxHashMap::default(),
        };
        let mut number = 0;
        for (_, onset, _) in &onsets {
            for (_, end, _) in &finals {
                number += 1;
                for &a in onset {
                    for &b in end {
                        tables.classes.entry((a, b)).or_insert(Sound(number));
                    }
                }
            }
        }
        tables.read_characters();
        tables.read_spellings(&onsets, &finals);
        tables
    }

    fn read_characters(&mut self) {
        let mut further = Vec::new();
        for (syllable, lists) in
            table::rows(include_str!("../../../../data/cantonese_readings.tsv"))
        {
            let Some((first, more)) = lists.split_once('\t') else {
                continue;
            };
            let sounds = self.jyutping(syllable);
            for c in first.chars() {
                self.characters.insert(c, sounds);
            }
            further.extend(more.chars().map(|c| (c, sounds)));
        }
        for (list, readings) in table::rows(include_str!(
            "../../../../data/cantonese_further_readings.tsv"
        )) {
            let sounds = self.jyutping(readings);
            further.extend(list.chars().map(|c| (characters::standard(c), sounds)));
        }
        for (c, sounds) in further {
            let all = self.characters.entry(c).or_default();
            *all = all.and(sounds);
        }
    }

    /// Every spelling that the rules allow of a syllable that some character has; then words.
    fn read_spellings(&mut self, onsets: &Rows, finals: &Rows) {
        let met: FxHashSet<Sound> = self
            .characters
            .values()
            .flat_map(|sounds| sounds.iter())
            .collect();
        for (_, onset, onset_spellings) in onsets {
            for (_, end, final_spellings) in finals {
                let sound = onset
                    .first()
                    .zip(end.first())
                    .and_then(|(&a, &b)| self.classes.get(&(a, b)));
                let Some(&sound) = sound.filter(|sound| met.contains(sound)) else {
                    continue;
                };
                for a in onset_spellings {
                    for b in final_spellings {
                        let all = self.spellings.entry(format!("{a}{b}")).or_default();
                        *all = all.and(Sounds::new([sound]));
                    }
                }
            }
        }
        for (word, readings) in table::rows(include_str!("../../../../data/cantonese_words.tsv")) {
            let sounds = self.jyutping(readings);
            let all = self.spellings.entry(word.to_string()).or_default();
            *all = sounds.and(*all);
        }
        self.spellings.remove("");
    }

    fn jyutping(&self, text: &str) -> Sounds {
        let syllable = |syllable: &'_ str| {
            (0..=2usize.min(syllable.len())).rev().find_map(|cut| {
                let parts = (syllable.get(..cut)?, syllable.get(cut..)?);
                self.classes.get(&parts).copied()
            })
        };
        Sounds::new(text.split(' ').filter_map(syllable))
    }
}

fn class_rows(text: &'static str) -> Rows {
    let list = |text: &'static str| {
        text.split(' ')
            .map(|word| if word == "-" { "" } else { word })
            .collect()
    };
    table::rows(text)
        .filter_map(|(class, lists)| {
            let (jyutping, spellings) = lists.split_once('\t')?;
            Some((class, list(jyutping), list(spellings)))
        })
        .collect()
}
