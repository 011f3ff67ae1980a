//! Characters that are taken for each other: by sound, by shape, by script.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use pinyin::ToPinyin;
use rustc_hash::FxHashMap;
use yiren_matchers::similarity::levenshtein::osa_within;

use super::super::names::{GIVEN, SURNAMES, lines};
use super::super::random::Rng;

struct Confusions {
    same_sound: FxHashMap<char, Vec<char>>,
    near_sound: FxHashMap<char, Vec<char>>,
    same_shape: FxHashMap<char, Vec<char>>,
    /// By sound: characters whose pinyin is one key away.
    one_key: BTreeMap<&'static str, Vec<char>>,
    traditional: FxHashMap<char, char>,
}

static CONFUSIONS: LazyLock<Confusions> = LazyLock::new(|| {
    let given = lines(GIVEN)
        .flat_map(|line| line.rsplit(' ').take(1))
        .flat_map(str::chars);
    let surnames = lines(SURNAMES)
        .flat_map(|line| line.split(' ').take(1))
        .filter(|name| name.chars().count() == 1)
        .flat_map(str::chars);
    let common = lines(include_str!("../data/common.txt")).flat_map(str::chars);
    let mut all: Vec<char> = given.chain(surnames).chain(common).collect();
    all.sort_unstable();
    all.dedup();
    let mut by_sound: BTreeMap<&str, Vec<char>> = BTreeMap::new();
    let mut by_near: BTreeMap<String, Vec<char>> = BTreeMap::new();
    for &character in &all {
        if let Some(sound) = sound(character) {
            by_sound.entry(sound).or_default().push(character);
            by_near.entry(blurred(sound)).or_default().push(character);
        }
    }
    let mut confusions = Confusions {
        same_sound: FxHashMap::default(),
        near_sound: FxHashMap::default(),
        same_shape: FxHashMap::default(),
        one_key: by_sound
            .keys()
            .map(|sound| (*sound, one_key(sound, &by_sound)))
            .collect(),
        traditional: lines(include_str!("../data/traditional.txt"))
            .flat_map(|line| line.split(' '))
            .filter_map(|pair| Some((pair.chars().next()?, pair.chars().nth(1)?)))
            .collect(),
    };
    for &character in &all {
        let Some(sound) = sound(character) else {
            continue;
        };
        let others = |list: Option<&Vec<char>>, same: bool| -> Vec<char> {
            let fits = |other: &&char| {
                **other != character && (same || self::sound(**other) != Some(sound))
            };
            list.into_iter().flatten().filter(fits).copied().collect()
        };
        confusions
            .same_sound
            .insert(character, others(by_sound.get(sound), true));
        confusions
            .near_sound
            .insert(character, others(by_near.get(&blurred(sound)), false));
    }
    for group in lines(include_str!("../data/shapes.txt")).flat_map(|line| line.split(' ')) {
        for character in group.chars() {
            confusions
                .same_shape
                .entry(character)
                .or_default()
                .extend(group.chars().filter(|other| *other != character));
        }
    }
    confusions
});

/// Toneless pinyin, in its first reading.
pub(super) fn sound(character: char) -> Option<&'static str> {
    character.to_pinyin().map(|pinyin| pinyin.plain())
}

/// The sound with the distinctions that many speakers do not make left out.
fn blurred(sound: &str) -> String {
    let rest = sound
        .strip_suffix('g')
        .filter(|rest| rest.ends_with(['n']))
        .unwrap_or(sound);
    match rest.as_bytes() {
        [b'z' | b'c' | b's', b'h', ..] => format!("{}{}", &rest[..1], &rest[2..]),
        [b'n' | b'r', ..] => format!("l{}", &rest[1..]),
        [b'f', ..] => format!("h{}", &rest[1..]),
        _ => rest.to_owned(),
    }
}

/// A character of the same sound; one time in four of a similar one.
pub(super) fn homophone(character: char, rng: &mut Rng) -> Option<char> {
    let near = rng.chance(0.25);
    let found = |table: &FxHashMap<char, Vec<char>>, rng: &mut Rng| {
        table
            .get(&character)
            .filter(|others| !others.is_empty())
            .map(|others| *rng.pick(others))
    };
    let (first, second) = if near {
        (&CONFUSIONS.near_sound, &CONFUSIONS.same_sound)
    } else {
        (&CONFUSIONS.same_sound, &CONFUSIONS.near_sound)
    };
    found(first, rng).or_else(|| found(second, rng))
}

/// The characters whose pinyin has one letter more or less.
fn one_key(sound: &str, by_sound: &BTreeMap<&str, Vec<char>>) -> Vec<char> {
    let near = |other: &str| {
        other.len() != sound.len() && osa_within(sound.as_bytes(), other.as_bytes(), 1).is_some()
    };
    let others = by_sound.iter().filter(|(other, _)| near(other));
    others
        .flat_map(|(_, characters)| characters.iter().copied())
        .collect()
}

/// A character that comes up where a key is missed or struck too much while its pinyin is typed.
pub(super) fn mistyped(character: char, rng: &mut Rng) -> Option<char> {
    let others = CONFUSIONS.one_key.get(sound(character)?)?;
    (!others.is_empty()).then(|| *rng.pick(others))
}

/// A character that looks alike.
pub(super) fn look_alike(character: char, rng: &mut Rng) -> Option<char> {
    CONFUSIONS
        .same_shape
        .get(&character)
        .map(|others| *rng.pick(others))
}

/// The text in traditional characters.
pub(super) fn traditional(text: &str) -> String {
    text.chars()
        .map(|character| *CONFUSIONS.traditional.get(&character).unwrap_or(&character))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confusions() {
        let rng = &mut Rng::new(&[6]);
        for _ in 0..200 {
            let other = homophone('伟', rng).unwrap();
            assert_ne!(other, '伟');
            assert_eq!(blurred(sound(other).unwrap()), "wei");
        }
        assert_eq!(traditional("张国华"), "張國華");
        assert!(look_alike('土', rng).is_some());
        assert_eq!(homophone('A', rng), None);
        for (sound, expected) in [
            ("zhang", "zan"),
            ("shi", "si"),
            ("nan", "lan"),
            ("ren", "len"),
            ("fei", "hei"),
            ("ying", "yin"),
        ] {
            assert_eq!(blurred(sound), expected);
        }
    }

    #[test]
    fn most_given_names_have_a_homophone() {
        let rng = &mut Rng::new(&[7]);
        let all: Vec<char> = lines(GIVEN)
            .flat_map(|line| line.rsplit(' ').take(1))
            .flat_map(str::chars)
            .collect();
        let found = all
            .iter()
            .filter(|character| homophone(**character, rng).is_some())
            .count();
        assert!(found * 100 > all.len() * 95, "{found} of {}", all.len());
    }
}
