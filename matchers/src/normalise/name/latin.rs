//! Names in letters: pinyin in either order, and foreign names.

use std::sync::LazyLock;

use rustc_hash::FxHashSet;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::characters;
use super::person_name::{Parts, PersonName, Script, UNKNOWN};
use super::syllable::{LONGEST_SYLLABLE, Readings, Syllable};
use super::table;

/// A word of more letters is not tried as pinyin.
const LONGEST_WORD: usize = 36;

static SURNAMES: LazyLock<FxHashSet<Vec<Syllable>>> = LazyLock::new(|| {
    let single = table::words(include_str!("../../../data/surnames.txt"))
        .flat_map(str::chars)
        .map(|c| vec![characters::surname_readings(c).preferred()]);
    let compound = table::rows(include_str!("../../../data/compound_surnames.tsv"))
        .map(|(_, readings)| characters::syllables(readings));
    single.chain(compound).collect()
});
static TITLES: LazyLock<FxHashSet<&'static str>> =
    LazyLock::new(|| table::words(include_str!("../../../data/titles_latin.txt")).collect());

struct Word {
    letters: String,
    /// Empty if the word is not pinyin.
    syllables: Vec<Syllable>,
    capitals: bool,
}

/// The normal form of a name without Chinese characters.
pub(super) fn parse(text: &[char]) -> Option<PersonName> {
    let comma = text.iter().position(|&c| c == ',');
    let (before, after) = match comma {
        Some(comma) => (&text[..comma], &text[comma + 1..]),
        None => (text, &text[text.len()..]),
    };
    let mut words = words_of(before);
    let surname_words = words.len();
    words.extend(words_of(after));
    let comma_decides = comma.is_some() && surname_words > 0 && words.len() > surname_words;
    if words.is_empty() {
        return None;
    }
    let pinyin = words.iter().all(|word| !word.syllables.is_empty());
    if !pinyin {
        words.iter_mut().for_each(|word| word.syllables.clear());
    }
    let first_words = if comma_decides {
        surname_words
    } else {
        surname_first(&mut words)
    };
    Some(assemble(&words, first_words, pinyin)).filter(is_a_name)
}

/// Syllables of letters that stand in a Chinese name; empty if they are not pinyin.
pub(super) fn segmented(letters: &[char]) -> Vec<Syllable> {
    segments(&plain(letters))
}

fn is_a_name(name: &PersonName) -> bool {
    name.chars().len() <= PersonName::MAX_LEN
        && name.chars().iter().any(|&c| c != UNKNOWN && c != ' ')
}

fn words_of(text: &[char]) -> Vec<Word> {
    text.split(|c| {
        !(c.is_alphabetic()
            || is_combining_mark(*c)
            || c.is_ascii_digit()
            || matches!(c, '\'' | '’' | '‘' | '`' | &UNKNOWN))
    })
    .filter_map(word)
    .collect()
}

fn word(written: &[char]) -> Option<Word> {
    let spelling = plain(written);
    let mut letters: String = spelling.chars().filter(|&c| c != '\'').collect();
    if letters.is_empty() || TITLES.contains(letters.as_str()) {
        return None;
    }
    let syllables = segments(&spelling);
    if syllables.is_empty() {
        letters = letters.replace('ü', "u");
    } else {
        letters = syllables.iter().map(|syllable| syllable.as_str()).collect();
    }
    let cased = || written.iter().filter(|c| c.is_alphabetic());
    let capitals = cased().count() > 1 && cased().all(|c| c.is_uppercase());
    Some(Word {
        letters,
        syllables,
        capitals,
    })
}

/// Lower case, without accents but for ü, without digits; apostrophes as `'`.
fn plain(written: &[char]) -> String {
    let mut out = String::new();
    for c in written.iter().collect::<String>().nfd() {
        match c {
            '\u{0308}' if out.ends_with('u') => {
                out.pop();
                out.push('ü');
            }
            '’' | '‘' | '`' => out.push('\''),
            _ if is_combining_mark(c) || c.is_ascii_digit() => {}
            _ => out.extend(c.to_lowercase()),
        }
    }
    out
}

/// The best division into syllables, or nothing if there is none. An apostrophe divides. Best is
/// the one with the fewest inner syllables that begin with a vowel (which would ask for an
/// apostrophe), then with the fewest syllables, then with the longer first syllable.
fn segments(spelling: &str) -> Vec<Syllable> {
    let mut syllables = Vec::new();
    for piece in spelling.split('\'').filter(|piece| !piece.is_empty()) {
        match divided(&piece.chars().collect::<Vec<char>>()) {
            Some(more) => syllables.extend(more),
            None => return Vec::new(),
        }
    }
    syllables
}

fn divided(letters: &[char]) -> Option<Vec<Syllable>> {
    #[derive(Clone, Copy)]
    struct Step {
        cost: (usize, usize),
        len: usize,
        syllable: Syllable,
    }
    if letters.len() > LONGEST_WORD {
        return None;
    }
    // From the end: the best way to divide letters[i..].
    let mut best: Vec<Option<Step>> = vec![None; letters.len() + 1];
    best[letters.len()] = Some(Step {
        cost: (0, 0),
        len: 0,
        syllable: Syllable::UNKNOWN,
    });
    for i in (0..letters.len()).rev() {
        for len in (1..=LONGEST_SYLLABLE.min(letters.len() - i)).rev() {
            let Some(rest) = best[i + len] else { continue };
            let spelling: String = letters[i..i + len].iter().collect();
            let Some(syllable) = Syllable::spelled(&spelling) else {
                continue;
            };
            let vowel = i > 0 && matches!(letters[i], 'a' | 'e' | 'o');
            let cost = (rest.cost.0 + usize::from(vowel), rest.cost.1 + 1);
            if best[i].is_none_or(|step| cost < step.cost) {
                best[i] = Some(Step {
                    cost,
                    len,
                    syllable,
                });
            }
        }
    }
    let mut syllables = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        let step = best[at]?;
        syllables.push(step.syllable);
        at += step.len;
    }
    Some(syllables)
}

/// Brings the surname to the front where it can be told; how many words it has, else 0.
///
/// In capitals among words that are not (Wei ZHANG), or the only one of the first and the last
/// word that is a surname in pinyin (Boyong Peng). A lone pinyin word that begins with a surname
/// is divided (ZHANGWEI).
fn surname_first(words: &mut Vec<Word>) -> usize {
    let surname = |word: &Word| SURNAMES.contains(&word.syllables);
    match words.as_mut_slice() {
        [] => 0,
        [word] => {
            let count = word.syllables.len();
            let compound = count >= 3 && SURNAMES.contains(&word.syllables[..2]);
            let single = (2..=3).contains(&count) && SURNAMES.contains(&word.syllables[..1]);
            if !compound && !single {
                return 0;
            }
            let given = word.syllables.split_off(if compound { 2 } else { 1 });
            let letters: String = given.iter().map(|syllable| syllable.as_str()).collect();
            word.letters.truncate(word.letters.len() - letters.len());
            words.push(Word {
                letters,
                syllables: given,
                capitals: false,
            });
            1
        }
        [first, .., last] => {
            let (front, back) = if first.capitals != last.capitals {
                (first.capitals, last.capitals)
            } else {
                (surname(first), surname(last))
            };
            if back && !front {
                words.rotate_right(1);
            }
            usize::from(front != back)
        }
    }
}

fn assemble(words: &[Word], surname_words: usize, pinyin: bool) -> PersonName {
    let joined = |words: &[Word]| {
        words
            .iter()
            .map(|word| word.letters.as_str())
            .collect::<Vec<_>>()
            .join(" ")
    };
    let chars: Box<[char]> = joined(words).chars().collect();
    let surname_len = joined(&words[..surname_words]).chars().count();
    let readings: Box<[Readings]> = words
        .iter()
        .flat_map(|word| &word.syllables)
        .map(|&syllable| Readings::new([syllable]))
        .collect();
    // A surname of several words counts as one part, so that the first part is the surname.
    let (surname, rest) = words.split_at(surname_words);
    let surname_syllables = surname
        .iter()
        .map(|word| word.syllables.len())
        .sum::<usize>();
    let part_lens = (surname_words > 0)
        .then_some(surname_syllables)
        .into_iter()
        .chain(rest.iter().map(|word| word.syllables.len()))
        .map(|len| u8::try_from(len).unwrap_or(u8::MAX));
    PersonName::from(Parts {
        part_lens: if pinyin {
            part_lens.collect()
        } else {
            Box::default()
        },
        surname_len: u8::try_from(surname_len).unwrap_or(0),
        script: Script::Latin,
        chars,
        readings,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn divides_words_into_syllables() {
        for (word, syllables) in [
            ("zhang", "zhang"),
            ("zhangwei", "zhang wei"),
            ("lanjia", "lan jia"),
            ("fangan", "fan gan"),
            ("xian", "xian"),
            ("xi'an", "xi an"),
            ("li'an", "li an"),
            ("boyong", "bo yong"),
            ("mingen", "min gen"),
            ("ouyang", "ou yang"),
            ("guoen", "guo en"),
            ("tiane", "tian e"),
            ("lü", "lv"),
            ("lyuxia", "lv xia"),
            ("haonan", "hao nan"),
            ("changan", "chan gan"),
            ("david", ""),
            ("tang", "tang"),
            ("wong", ""),
            ("", ""),
            ("weierxuan", "wei er xuan"),
            ("'", ""),
            ("zh", ""),
        ] {
            let got: Vec<&str> = segments(word).iter().map(|s| s.as_str()).collect();
            assert_eq!(got.join(" "), syllables, "{word}");
        }
    }
}
