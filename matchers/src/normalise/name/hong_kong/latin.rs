//! Romanised words: which are Cantonese, which English, and which of them the surname.

use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::{characters, table};
use super::sound::{self, Sound, Sounds};
use super::{Draft, HongKongName, Spoken};
use crate::normalise::text::fold;

/// So many of the commonest surnames make a syllable a likely surname: nearly everybody's, and
/// few enough that most syllables of given names are not among their sounds.
const COMMON_SURNAMES: usize = 300;

static ENGLISH: LazyLock<FxHashSet<&'static str>> =
    LazyLock::new(|| table::words(include_str!("../../../../data/english_names.txt")).collect());
static TITLES: LazyLock<FxHashSet<&'static str>> =
    LazyLock::new(|| table::words(include_str!("../../../../data/titles_latin.txt")).collect());
static SURNAMES: LazyLock<Surnames> = LazyLock::new(Surnames::new);

struct Surnames {
    /// Sounds of the commonest surnames.
    common: FxHashSet<Sound>,
    /// Spellings that do not follow from the sound, and the syllables of the surnames meant.
    irregular: FxHashMap<&'static str, Vec<Sounds>>,
    /// Sounds of compound surnames.
    compound: Vec<[Sounds; 2]>,
}

impl Surnames {
    fn new() -> Surnames {
        let of = |c: char| sound::of_character(characters::standard(c));
        let common = table::words(include_str!("../../../../data/surnames.txt"))
            .flat_map(str::chars)
            .take(COMMON_SURNAMES)
            .flat_map(|c| of(c).iter())
            .collect();
        let mut surnames = Surnames {
            common,
            irregular: FxHashMap::default(),
            compound: Vec::new(),
        };
        for (surname, spellings) in
            table::rows(include_str!("../../../../data/hong_kong_surnames.tsv"))
        {
            let syllables: Vec<Sounds> = surname.chars().map(of).collect();
            if let &[a, b] = syllables.as_slice() {
                surnames.compound.push([a, b]);
            }
            for spelling in spellings.split(' ') {
                let known = surnames.irregular.entry(spelling).or_default();
                if known.len() == syllables.len() {
                    for (known, more) in known.iter_mut().zip(&syllables) {
                        *known = known.and(*more);
                    }
                } else if known.is_empty() {
                    *known = syllables.clone();
                }
            }
        }
        surnames
    }

    fn is_compound(&self, a: Sounds, b: Sounds) -> bool {
        self.compound
            .iter()
            .any(|&[first, second]| first.meet(a) && second.meet(b))
    }
}

/// A romanised word.
pub(super) struct Word {
    /// In lower case.
    pub letters: String,
    /// Its syllables if it can be Cantonese.
    pub sounds: Vec<Sounds>,
    english: bool,
    capitals: bool,
}

impl Word {
    fn read(written: &[char]) -> Option<Word> {
        let letters = fold(&written.iter().collect::<String>());
        if letters.is_empty() || TITLES.contains(letters.as_str()) {
            return None;
        }
        // Single letters are initials, but for the surnames 余 and 柯.
        if letters.len() == 1 && !matches!(letters.as_str(), "u" | "o") {
            return None;
        }
        let english = ENGLISH.contains(letters.as_str());
        // Initials written together.
        let vowel = |c: char| matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y') || !c.is_ascii();
        let mut sounds = sound::of_joined(&letters);
        if english && sounds.len() > 1 {
            sounds.clear();
        }
        if sounds.is_empty() && !letters.chars().any(vowel) {
            return None;
        }
        Some(Word {
            capitals: written.len() > 1 && written.iter().all(|c| c.is_uppercase()),
            letters,
            sounds,
            english,
        })
    }

    /// Whether the word is an English name, though it may sound Cantonese.
    pub fn is_english(&self) -> bool {
        self.english
    }

    /// Whether the word can be a surname by itself.
    pub fn may_be_surname(&self) -> bool {
        !self.surname().is_empty()
    }

    /// The syllables of the surname that the word may be; empty if it can be none.
    fn surname(&self) -> Vec<Sounds> {
        let irregular = SURNAMES.irregular.get(self.letters.as_str());
        match (irregular, self.sounds.as_slice()) {
            (Some(meant), &[own]) if meant.len() == 1 => vec![own.and(meant[0])],
            (Some(meant), _) => meant.clone(),
            (None, &[own]) if own.iter().any(|sound| SURNAMES.common.contains(&sound)) => vec![own],
            (None, &[a, b]) if SURNAMES.is_compound(a, b) => vec![a, b],
            _ => Vec::new(),
        }
    }

    /// Whether the word is Cantonese syllables or a surname.
    pub fn is_cantonese(&self) -> bool {
        !self.sounds.is_empty() || self.may_be_surname()
    }

    /// The syllables of a word that is the surname by its place.
    pub fn surname_or_own(&self) -> Vec<Sounds> {
        let surname = self.surname();
        if surname.is_empty() {
            self.sounds.clone()
        } else {
            surname
        }
    }

    /// The syllables wherever the word stands, a surname's if it is only known as one.
    pub fn syllables(&self) -> Vec<Sounds> {
        if self.sounds.is_empty() {
            self.surname()
        } else {
            self.sounds.clone()
        }
    }
}

/// The words of a text, titles and initials left out. Apostrophes join, hyphens divide.
pub(super) fn words(text: &[char]) -> impl Iterator<Item = Word> {
    text.split(|c| !(c.is_alphabetic() && !characters::is_han(*c) || matches!(c, '\'' | '’')))
        .filter_map(Word::read)
}

/// Whether the words are the two halves of a compound surname.
pub(super) fn is_compound(words: &[Word]) -> bool {
    match words {
        [a, b, ..] => match (a.sounds.as_slice(), b.sounds.as_slice()) {
            (&[a], &[b]) => SURNAMES.is_compound(a, b),
            _ => false,
        },
        _ => false,
    }
}

/// The further sounds that a word has as a surname.
fn surname_sounds(letters: &str) -> Sounds {
    match SURNAMES.irregular.get(letters).map(Vec::as_slice) {
        Some(&[sounds]) => sounds,
        _ => Sounds::NONE,
    }
}

/// Puts the words of a name in order: surname, given name, English names. The first
/// `surname_words` are known to be the surname.
pub(super) fn arrange(words: Vec<Word>, surname_words: usize, name: &mut Draft) {
    let capitals = words.iter().any(|word| word.capitals)
        && words
            .iter()
            .any(|word| !word.capitals && word.letters.len() > 1);
    let told = |place: usize, word: &Word| {
        word.is_cantonese() && (place < surname_words || capitals && word.capitals)
    };
    let (mut surname, mut others) = (Vec::new(), Vec::new());
    for (place, word) in words.into_iter().enumerate() {
        if told(place, &word) {
            surname.push(word);
        } else {
            others.push(word);
        }
    }
    let decided = !surname.is_empty();
    let (mut chinese, english) = without_english(others, decided);
    let mut reversible = false;
    if !decided {
        let compound = is_compound(&chinese);
        let count = chinese.len();
        let first = compound || chinese.first().is_some_and(Word::may_be_surname);
        let last = count > 1 && chinese.last().is_some_and(Word::may_be_surname);
        if first {
            surname.extend(chinese.drain(..if compound { 2 } else { 1 }));
            reversible = last && !chinese.is_empty() && !compound;
        } else if count > 2 && is_compound(&chinese[count - 2..]) {
            surname.extend(chinese.drain(count - 2..));
        } else if last {
            surname.extend(chinese.pop());
        }
    }
    let compound = is_compound(&surname);
    for (place, word) in surname.iter().enumerate() {
        let syllables = if compound && place < 2 {
            word.sounds.clone()
        } else {
            word.surname_or_own()
        };
        // A husband's surname comes first; the wife's own is then read as part of the given name.
        if place == 0 || compound && place == 1 {
            name.surname_len += syllables.len();
        }
        name.write(&word.letters);
        name.syllables
            .extend(syllables.into_iter().map(Spoken::of_sounds));
    }
    let last = chinese.len().saturating_sub(1);
    for (place, word) in chinese.iter().enumerate() {
        name.write(&word.letters);
        let mut syllables = word.syllables();
        if reversible
            && place == last
            && let [only] = syllables.as_mut_slice()
        {
            *only = only.and(surname_sounds(&word.letters));
        }
        name.syllables
            .extend(syllables.into_iter().map(Spoken::of_sounds));
    }
    name.last_may_be_surname = reversible && chinese.last().is_some_and(|w| w.sounds.len() == 1);
    if name.syllables.len() > HongKongName::MOST_SYLLABLES {
        name.syllables.clear();
        name.surname_len = 0;
        name.last_may_be_surname = false;
        surname
            .iter()
            .chain(&chinese)
            .for_each(|word| name.add_english(word));
    }
    english.iter().for_each(|word| name.add_english(word));
}

/// The Cantonese words of a name and the English ones. A word that may be either is English
/// where the Chinese name is whole without it; `surname_known` if the surname is not among them.
fn without_english(words: Vec<Word>, surname_known: bool) -> (Vec<Word>, Vec<Word>) {
    let (mut chinese, mut english): (Vec<Word>, Vec<Word>) =
        words.into_iter().partition(Word::is_cantonese);
    // Without a surname, a word of two syllables is the whole given name, or English.
    let whole = if surname_known { 2 } else { 3 };
    let doubtful = |word: &Word| word.english || word.sounds.len() > 1 && !word.may_be_surname();
    let count = chinese.len();
    if count == whole + 1 || count == 2 && !surname_known {
        let alone = count == 2;
        if doubtful(&chinese[0])
            && (surname_known || chinese[1].may_be_surname())
            && (!alone || chinese[0].english)
        {
            english.push(chinese.remove(0));
        } else if !alone && doubtful(&chinese[count - 1]) {
            english.extend(chinese.pop());
        }
    }
    (chinese, english)
}
