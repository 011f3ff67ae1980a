//! What of a name is indexed, and how a name that was asked for relates to one on file.

use yiren_matchers::normalise::name::{PersonName, Readings, Script, Syllable, UNKNOWN};
use yiren_matchers::similarity::{glyph, pinyin};

/// Sounds of a name that are indexed, besides the preferred one: a character may have several.
const MOST_SOUNDS: usize = 6;

/// Ways to part letters into syllables that are tried.
const MOST_READINGS: usize = 16;

/// Sounds with a confusable one in them that are looked for.
const MOST_CONFUSED: usize = 64;

/// What stands between the syllables of an indexed sound, and for one that is not known.
const BREAK: char = '\'';
const NO_SOUND: &str = "_";

/// The characters that look-alikes are sought among.
const CHARACTERS: std::ops::RangeInclusive<char> = '\u{4E00}'..='\u{9FFF}';

/// What is indexed of a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Forms {
    /// Its characters without dots; what cannot be read is [`UNKNOWN`].
    pub whole: String,
    /// The parts of a dotted name, the given name of another, the words of a Latin one.
    pub parts: Vec<String>,
    /// Its syllables, in each of its commonest readings.
    pub sounds: Vec<String>,
}

/// How a name on file relates to one that was asked for, the closest first.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Likeness {
    /// The same, or all that can be read of it is.
    Same,
    /// A part of it.
    Part,
    /// It begins so.
    Begins,
    /// It sounds the same.
    Sounds,
    /// What was typed begins its syllables.
    Initials,
    /// It sounds the same to many speakers.
    SoundsAlike,
    /// One character looks like the one asked for, or cannot be read.
    Similar,
    /// It is one character off.
    Near,
}

/// What is indexed of a name.
pub(super) fn forms(name: &PersonName) -> Forms {
    let chars = name.chars();
    let text = |chars: &[char]| chars.iter().collect::<String>();
    let parts = match (name.script(), name.part_lens()) {
        (Script::Latin, _) => {
            let words: Vec<String> = chars.split(|c| *c == ' ').map(text).collect();
            if words.len() > 1 { words } else { Vec::new() }
        }
        (Script::Han, [_, _, ..]) => {
            let mut rest = chars;
            let parts = name.part_lens().iter().filter_map(|&len| {
                let (part, after) = rest.split_at_checked(usize::from(len))?;
                rest = after;
                Some(text(part))
            });
            parts.collect()
        }
        _ if name.surname_len() > 0 && name.given().len() > 1 => vec![text(name.given())],
        _ => Vec::new(),
    };
    Forms {
        whole: text(chars),
        parts: parts
            .into_iter()
            .filter(|part| part.chars().count() > 1)
            .collect(),
        sounds: sounds(name.readings()),
    }
}

/// The name in its preferred readings, then with one of them replaced.
fn sounds(readings: &[Readings]) -> Vec<String> {
    if readings.iter().all(Readings::is_empty) {
        return Vec::new();
    }
    let preferred: Vec<Syllable> = readings.iter().map(Readings::preferred).collect();
    let mut sounds = vec![written(&preferred)];
    for (place, of_character) in readings.iter().enumerate() {
        for other in of_character.iter().skip(1) {
            let mut syllables = preferred.clone();
            if let Some(slot) = syllables.get_mut(place) {
                *slot = other;
            }
            let sound = written(&syllables);
            if sounds.len() < MOST_SOUNDS && !sounds.contains(&sound) {
                sounds.push(sound);
            }
        }
    }
    sounds
}

fn written(syllables: &[Syllable]) -> String {
    let mut sound = String::new();
    for syllable in syllables {
        if !sound.is_empty() {
            sound.push(BREAK);
        }
        sound.push_str(match syllable.is_known() {
            true => syllable.as_str(),
            false => NO_SOUND,
        });
    }
    sound
}

/// The indexed sounds that letters without spaces can stand for.
pub(super) fn sounds_of(letters: &str) -> Vec<String> {
    syllables_of(letters)
        .iter()
        .map(|syllables| written(syllables))
        .collect()
}

/// The ways to part letters into syllables.
fn syllables_of(letters: &str) -> Vec<Vec<Syllable>> {
    let mut found = Vec::new();
    part(letters, &mut Vec::new(), &mut found);
    found
}

fn part(letters: &str, before: &mut Vec<Syllable>, found: &mut Vec<Vec<Syllable>>) {
    if letters.is_empty() && !before.is_empty() {
        found.push(before.clone());
    }
    // The longest first: that is how most are meant.
    for len in (1..=letters.len().min(6)).rev() {
        let (Some(first), Some(rest)) = (letters.get(..len), letters.get(len..)) else {
            continue;
        };
        if found.len() < MOST_READINGS
            && let Ok(syllable) = first.parse()
        {
            before.push(syllable);
            part(rest, before, found);
            before.pop();
        }
    }
}

/// The indexed sounds that many speakers do not tell from what the letters stand for.
pub(super) fn confused_sounds(letters: &str) -> Vec<String> {
    let mut sounds: Vec<String> = Vec::new();
    for syllables in syllables_of(letters) {
        let mut variants: Vec<Vec<Syllable>> = vec![Vec::new()];
        for syllable in &syllables {
            let alike: Vec<Syllable> = Syllable::all()
                .filter(|other| other.fuzzy() == syllable.fuzzy())
                .collect();
            let longer = variants.iter().flat_map(|before| {
                alike.iter().map(|&next| {
                    let mut after = before.clone();
                    after.push(next);
                    after
                })
            });
            variants = longer.take(MOST_CONFUSED).collect();
        }
        sounds.extend(variants.iter().map(|syllables| written(syllables)));
    }
    sounds.sort_unstable();
    sounds.dedup();
    sounds.truncate(MOST_CONFUSED);
    sounds
}

/// The pattern of the indexed sounds whose syllables the letters begin one after the other: `zw`,
/// `zhwei`, `zhangw`.
pub(super) fn initials_pattern(letters: &str) -> String {
    let letters: Vec<String> = letters.chars().map(String::from).collect();
    format!("{}[a-z]*", letters.join("([a-z]*')?"))
}

/// Whether the letters begin the syllables one after the other.
fn begins_syllables(letters: &str, readings: &[Readings]) -> bool {
    let Some((first, rest)) = readings.split_first() else {
        return letters.is_empty();
    };
    first.iter().any(|syllable| {
        let common = letters
            .bytes()
            .zip(syllable.as_str().bytes())
            .take_while(|(a, b)| a == b)
            .count();
        (1..=common).any(|len| {
            letters
                .get(len..)
                .is_some_and(|letters| begins_syllables(letters, rest))
        })
    })
}

/// The name with one character replaced by another that looks like it, or by one that cannot be
/// read.
pub(super) fn look_alikes(name: &PersonName) -> Vec<String> {
    let chars = name.chars();
    let mut found = Vec::new();
    for (place, &asked) in chars.iter().enumerate() {
        let alike = CHARACTERS.filter(|&c| glyph::similar(asked, c));
        for other in alike.chain([UNKNOWN]) {
            let mut chars = chars.to_vec();
            if let Some(slot) = chars.get_mut(place) {
                *slot = other;
            }
            found.push(chars.into_iter().collect());
        }
    }
    found
}

/// How a name on file relates to one asked for in characters; `None` if it does not.
pub(super) fn likeness(asked: &PersonName, on_file: &PersonName) -> Option<Likeness> {
    let (a, b) = (asked.chars(), on_file.chars());
    let fits = |(a, b): (&char, &char)| a == b || *a == UNKNOWN;
    if a.len() == b.len() && a.iter().zip(b).all(fits) {
        return Some(Likeness::Same);
    }
    let whole: String = a.iter().collect();
    if forms(on_file).parts.contains(&whole) {
        return Some(Likeness::Part);
    }
    if b.starts_with(a) {
        return Some(Likeness::Begins);
    }
    if pinyin::same(asked, on_file) {
        return Some(Likeness::Sounds);
    }
    let differ: Vec<(char, char)> = a
        .iter()
        .zip(b)
        .filter(|(a, b)| a != b)
        .map(|(a, b)| (*a, *b))
        .collect();
    if let [(one, other)] = differ[..]
        && a.len() == b.len()
    {
        return Some(match other == UNKNOWN || glyph::similar(one, other) {
            true => Likeness::Similar,
            false => Likeness::Near,
        });
    }
    one_off(a, b).then_some(Likeness::Near)
}

/// How a name on file relates to letters; `words` is how they were divided.
pub(super) fn likeness_of_letters(
    orders: &[String],
    asked: Option<&PersonName>,
    on_file: &PersonName,
) -> Option<Likeness> {
    if let Some(asked) = asked {
        if asked.chars() == on_file.chars() {
            return Some(Likeness::Same);
        }
        let whole: String = asked.chars().iter().collect();
        if forms(on_file).parts.contains(&whole) {
            return Some(Likeness::Part);
        }
    }
    let any = |sounds: fn(&str) -> Vec<String>| {
        let there = forms(on_file).sounds;
        orders
            .iter()
            .any(|letters| sounds(letters).iter().any(|sound| there.contains(sound)))
    };
    if any(sounds_of) {
        return Some(Likeness::Sounds);
    }
    let readings = on_file.readings();
    if !readings.is_empty()
        && orders
            .iter()
            .any(|letters| begins_syllables(letters, readings))
    {
        return Some(Likeness::Initials);
    }
    if any(confused_sounds) {
        return Some(Likeness::SoundsAlike);
    }
    asked
        .is_some_and(|asked| one_off(asked.chars(), on_file.chars()))
        .then_some(Likeness::Near)
}

/// Whether one text becomes the other by one character put in, taken out, replaced, or by two
/// neighbours changing places.
pub(super) fn one_off(a: &[char], b: &[char]) -> bool {
    let before = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[before..], &b[before..]);
    let after = a
        .iter()
        .rev()
        .zip(b.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let (a, b) = (&a[..a.len() - after], &b[..b.len() - after]);
    match (a, b) {
        ([a, c], [b, d]) => a == d && c == b,
        _ => a.len() <= 1 && b.len() <= 1,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use proptest::prelude::*;
    use yiren_matchers::normalise::name::NameNormaliser;

    use super::*;

    fn name(text: &str) -> PersonName {
        NameNormaliser::new().parse(text).unwrap()
    }

    #[test]
    fn what_is_indexed_of_names() {
        for (text, whole, parts, first_sound) in [
            ("张偉", "张伟", "", "zhang'wei"),
            ("张建国", "张建国", "建国", "zhang'jian'guo"),
            ("欧阳修", "欧阳修", "", "ou'yang'xiu"),
            (
                "买买提·吐尔逊",
                "买买提吐尔逊",
                "买买提 吐尔逊",
                "mai'mai'ti'tu'er'xun",
            ),
            ("王?红", "王\u{FFFD}红", "\u{FFFD}红", "wang'_'hong"),
            ("Wei ZHANG", "zhang wei", "zhang wei", "zhang'wei"),
            ("David Tang", "david tang", "david tang", ""),
        ] {
            let forms = forms(&name(text));
            assert_eq!(forms.whole, whole, "{text}");
            assert_eq!(forms.parts.join(" "), parts, "{text}");
            let sound = forms.sounds.first().map_or("", |sound| sound);
            assert_eq!(sound, first_sound, "{text}");
        }
        assert!(
            forms(&name("单雄信"))
                .sounds
                .contains(&"dan'xiong'xin".to_string())
        );
    }

    #[test]
    fn letters_are_parted_into_syllables() {
        for (letters, expected) in [
            ("zhangwei", "zhang'wei"),
            ("xian", "xian xi'an"),
            ("lvbu", "lv'bu"),
            ("zhwei", ""),
            ("", ""),
        ] {
            assert_eq!(sounds_of(letters).join(" "), expected, "{letters}");
        }
        assert!(confused_sounds("zangwei").contains(&"zhang'wei".to_string()));
        assert!(sounds_of(&"xian".repeat(9)).len() <= MOST_READINGS);
        assert!(confused_sounds(&"lin".repeat(9)).len() <= MOST_CONFUSED);
    }

    #[test]
    fn names_relate_as_people_mistake_them() {
        use Likeness::*;
        for (asked, on_file, expected) in [
            ("张伟", "張偉", Some(Same)),
            ("张?华", "张建华", Some(Same)),
            ("王■明", "王晓明", Some(Same)),
            ("买买提吐尔逊", "买买提·吐尔逊", Some(Same)),
            ("建国", "张建国", Some(Part)),
            ("吐尔逊", "买买提·吐尔逊", Some(Part)),
            ("欧阳", "欧阳修", Some(Begins)),
            ("张炜", "张伟", Some(Sounds)),
            ("李末", "李未", Some(Similar)),
            ("张建华", "张?华", Some(Similar)),
            ("张建华", "张国华", Some(Near)),
            ("张建华", "张华", Some(Near)),
            ("张建华", "张华建", Some(Near)),
            ("张建华", "王国华", None),
        ] {
            assert_eq!(
                likeness(&name(asked), &name(on_file)),
                expected,
                "{asked} {on_file}"
            );
        }
        for (letters, on_file, expected) in [
            ("zhangwei", "张伟", Some(Sounds)),
            ("zw", "张伟", Some(Initials)),
            ("zhwei", "张伟", Some(Initials)),
            ("zhangw", "张伟", Some(Initials)),
            ("zangwei", "张伟", Some(SoundsAlike)),
            ("zw", "张伟强", None),
            ("w", "张伟", None),
        ] {
            let orders = [letters.to_string()];
            let found = likeness_of_letters(&orders, None, &name(on_file));
            assert_eq!(found, expected, "{letters} {on_file}");
        }
    }

    proptest! {
        #[test]
        fn what_is_one_off_is_one_edit_away(a in "[张王李]{0,5}", b in "[张王李]{0,5}") {
            let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
            prop_assert_eq!(one_off(&a, &b), distance(&a, &b) <= 1);
        }

        #[test]
        fn garbage_never_panics(asked: String, on_file: String) {
            let names = NameNormaliser::new();
            if let (Some(asked), Some(on_file)) = (names.parse(&asked), names.parse(&on_file)) {
                let _ = (forms(&asked), look_alikes(&asked), likeness(&asked, &on_file));
            }
            let _ = (sounds_of(&asked), confused_sounds(&asked));
        }
    }

    /// Edits between texts, neighbours changing places counted as one: the textbook's recursion.
    fn distance(a: &[char], b: &[char]) -> usize {
        match (a, b) {
            ([], rest) | (rest, []) => rest.len(),
            ([x, a @ ..], [y, b @ ..]) if x == y => distance(a, b),
            ([x, ..], [y, ..]) => {
                let replaced = distance(&a[1..], &b[1..]);
                let least = replaced.min(distance(&a[1..], b)).min(distance(a, &b[1..]));
                let swapped = match (a, b) {
                    ([_, z, a @ ..], [_, w, b @ ..]) if x == w && y == z => distance(a, b),
                    _ => usize::MAX - 1,
                };
                1 + least.min(swapped)
            }
        }
    }

    /// The pattern finds, of all sounds of two syllables, those whose syllables the letters begin.
    #[test]
    fn the_pattern_of_initials_is_what_the_syllables_say() {
        use tantivy::schema::{STRING, Schema};
        let some: Vec<Syllable> = Syllable::all()
            .step_by(7)
            .chain(["wei", "zhang", "an", "a"].map(|s| s.parse().unwrap()))
            .collect();
        let mut schema = Schema::builder();
        let field = schema.add_text_field("sound", STRING);
        let index = tantivy::Index::create_in_ram(schema.build());
        let mut writer: tantivy::IndexWriter =
            index.writer_with_num_threads(1, 15_000_000).unwrap();
        for first in &some {
            for second in &some {
                let sound = written(&[*first, *second]);
                writer.add_document(tantivy::doc!(field => sound)).unwrap();
            }
        }
        writer.commit().unwrap();
        let searcher = index.reader().unwrap().searcher();
        for letters in [
            "zw",
            "zhw",
            "zhwei",
            "zhangwei",
            "an",
            "aan",
            "aa",
            "w",
            "zhangweii",
            "hw",
        ] {
            let pattern = initials_pattern(letters);
            let query = tantivy::query::RegexQuery::from_pattern(&pattern, field).unwrap();
            let found = searcher.search(&query, &tantivy::collector::Count).unwrap();
            let begun = some
                .iter()
                .flat_map(|first| some.iter().map(move |second| [*first, *second]));
            let expected = begun.filter(|pair| {
                begins_syllables(letters, &pair.map(|syllable| Readings::new([syllable])))
            });
            assert_eq!(found, expected.count(), "{letters}");
        }
    }
}
