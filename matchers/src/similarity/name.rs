//! How two personal names agree.
//!
//! Each function asks one question of two [`PersonName`]s; a comparison puts them in order,
//! from the exact to the loosest. All are symmetric, allocate nothing and cost tens of
//! nanoseconds. None knows how common a name is: that is the model's to weigh.
//!
//! | function | 王艳红 agrees with |
//! |---|---|
//! | [`exact`] | 王艳红 |
//! | [`unknown_compatible`] | 王?红, 王yan红 |
//! | [`same_pinyin`], [`fuzzy_pinyin`] | 王燕红, Yanhong Wang; 王颜横 does not |
//! | [`one_sound`], [`one_glyph`] | 王燕红; 玉艳红 |
//! | [`one_edit`] | 王红, 王艳, 王艳萍 |
//! | [`transposed`] | 王红艳, 艳红王 |
//! | [`generation_char`] | 王艳萍 |
//! | [`contained`] | 艳红, 王艳 |

use super::levenshtein::osa_within;
use super::{glyph, pinyin};
use crate::normalise::name::{PersonName, Readings, Script, UNKNOWN};

/// Whether the normal forms are equal; unreadable characters equal only each other.
pub fn exact(a: &PersonName, b: &PersonName) -> bool {
    a.chars() == b.chars()
}

/// Whether the names are equal wherever both can be read, and not everywhere: of one length,
/// with some unreadable character, and some character that agrees. Pinyin typed in place of a
/// character has to sound like it, at least fuzzily.
///
/// ```
/// use yiren_matchers::normalise::name::NameNormaliser;
/// use yiren_matchers::similarity::name::unknown_compatible;
/// let names = NameNormaliser::new();
/// let compatible = |a, b| unknown_compatible(&names.parse(a).unwrap(), &names.parse(b).unwrap());
/// assert!(compatible("王?红", "王艳红"));
/// assert!(compatible("王yan红", "王艳红"));
/// assert!(!compatible("王li红", "王艳红"));
/// assert!(!compatible("王?红", "李艳红"));
/// ```
pub fn unknown_compatible(a: &PersonName, b: &PersonName) -> bool {
    if !(a.has_unknown() || b.has_unknown())
        || a.script() != b.script()
        || a.chars().len() != b.chars().len()
    {
        return false;
    }
    let mut agreeing = false;
    for (i, (&x, &y)) in a.chars().iter().zip(b.chars()).enumerate() {
        if x == UNKNOWN || y == UNKNOWN {
            if let (Some(x), Some(y)) = (reading(a, i), reading(b, i))
                && !x.shares_fuzzily(y)
            {
                return false;
            }
        } else if x == y {
            agreeing |= x != ' ';
        } else {
            return false;
        }
    }
    agreeing
}

/// Whether the names sound the same: [`pinyin::same`].
pub fn same_pinyin(a: &PersonName, b: &PersonName) -> bool {
    pinyin::same(a, b)
}

/// Whether the names sound the same but for confusable sounds: [`pinyin::fuzzy_same`].
pub fn fuzzy_pinyin(a: &PersonName, b: &PersonName) -> bool {
    pinyin::fuzzy_same(a, b)
}

/// Whether two Han names of one length differ in exactly one character, and there
/// [look alike](glyph::similar).
pub fn one_glyph(a: &PersonName, b: &PersonName) -> bool {
    one_difference(a, b).is_some_and(|i| glyph::similar(a.chars()[i], b.chars()[i]))
}

/// Whether two Han names of one length differ in exactly one character, and there sound the
/// same, at least fuzzily.
pub fn one_sound(a: &PersonName, b: &PersonName) -> bool {
    one_difference(a, b).is_some_and(|i| {
        reading(a, i)
            .zip(reading(b, i))
            .is_some_and(|(a, b)| a.shares_fuzzily(b))
    })
}

/// Whether two Han names of one length differ in exactly one character, and the pinyin of one is
/// that of the other with a letter left out (旺 wang, 万 wan). A letter for another does not count:
/// parents give brothers such names (福 fu, 禄 lu).
pub fn one_keystroke(a: &PersonName, b: &PersonName) -> bool {
    one_difference(a, b).is_some_and(|i| {
        let readings = reading(a, i).zip(reading(b, i));
        readings.is_some_and(|(a, b)| {
            let near = |a: &str, b: &str| {
                a.len() != b.len() && osa_within(a.as_bytes(), b.as_bytes(), 1).is_some()
            };
            a.iter()
                .any(|a| b.iter().any(|b| near(a.as_str(), b.as_str())))
        })
    })
}

/// Whether one substitution, insertion or deletion of a character makes one name the other;
/// false for equal names and for names in different scripts.
pub fn one_edit(a: &PersonName, b: &PersonName) -> bool {
    if a.script() != b.script() {
        return false;
    }
    let (short, long) = by_length(a.chars(), b.chars());
    if long.len() - short.len() > 1 {
        return false;
    }
    let prefix = common_prefix(short, long);
    match long.len() - short.len() {
        0 => prefix < short.len() && short[prefix + 1..] == long[prefix + 1..],
        _ => short[prefix..] == long[prefix + 1..],
    }
}

/// Whether the same characters stand in another order: the given characters rearranged
/// (王艳红, 王红艳), surname and given name or the two parts of a minority name swapped, or the
/// words of a Latin name rearranged.
pub fn transposed(a: &PersonName, b: &PersonName) -> bool {
    if a.script() != b.script() || a.chars().len() != b.chars().len() || exact(a, b) {
        return false;
    }
    match a.script() {
        Script::Han => {
            let rearranged =
                same_surname(a, b) && same_multiset(a.given().iter(), b.given().iter());
            rearranged || swapped(a, b) || swapped(b, a)
        }
        Script::Latin => same_multiset(words(a), words(b)),
    }
}

/// Whether both surnames are known and the same; one of them romanised, whether they sound the
/// same.
pub fn same_surname(a: &PersonName, b: &PersonName) -> bool {
    a.surname_len() > 0
        && b.surname_len() > 0
        && same_part(
            (a.surname(), a.surname_readings()),
            (b.surname(), b.surname_readings()),
            a.script() == b.script(),
        )
}

/// Whether both surnames are known and the given names that follow are the same; one of them
/// romanised, whether they sound the same.
pub fn same_given(a: &PersonName, b: &PersonName) -> bool {
    a.surname_len() > 0
        && b.surname_len() > 0
        && same_part(
            (a.given(), a.given_readings()),
            (b.given(), b.given_readings()),
            a.script() == b.script(),
        )
}

/// Whether the names look like those of siblings: one surname, given names of two characters of
/// which the first, the generation character (字辈), is the same and the second another.
pub fn generation_char(a: &PersonName, b: &PersonName) -> bool {
    match (a.given(), b.given()) {
        (&[first, last], &[other_first, other_last]) => {
            both_han(a, b)
                && same_surname(a, b)
                && first == other_first
                && last != other_last
                && ![first, last, other_last].contains(&UNKNOWN)
        }
        _ => false,
    }
}

/// Whether one name is a part of the other, of two readable characters or more: the beginning
/// or the end of a Han name (再娜甫, 再娜甫·玉素甫), a row of parts of a minority name, or some
/// words of a Latin name in their order (John Smith, John Michael Smith).
pub fn contained(a: &PersonName, b: &PersonName) -> bool {
    let (part, whole) = if a.chars().len() <= b.chars().len() {
        (a, b)
    } else {
        (b, a)
    };
    if a.script() != b.script()
        || part.has_unknown()
        || part.chars().len() < 2
        || part.chars().len() == whole.chars().len()
    {
        return false;
    }
    match whole.script() {
        Script::Han => {
            whole.chars().starts_with(part.chars())
                || whole.chars().ends_with(part.chars())
                || part_starts(whole).any(|start| whole.chars()[start..].starts_with(part.chars()))
        }
        Script::Latin => {
            let mut of_whole = words(whole);
            words(part).all(|word| of_whole.any(|other| other == word))
        }
    }
}

/// How alike the names are, 0 (nothing in common) to 1 (equal).
///
/// The best alignment of the two rows of units, in order, gaps free, each aligned pair giving
/// - 1 for equal units,
/// - 0.8 for units that sound the same, 0.7 fuzzily so, 0.6 that look alike,
/// - 0.4 for an unreadable one that can be anything, if no pinyin stands for it,
///
/// summed, and divided by the length of the longer row. The units are the characters of two
/// Han names, the letters of two Latin names, and the syllables where a Han name meets a
/// romanised one. Whatever the alignment gives, names that are [`transposed`] are 0.9 alike, and
/// names of which one is romanised at least 0.8 if they sound [the same](pinyin::same).
/// 1 exactly if the names are [`exact`]. Costs the product of the lengths.
///
/// ```
/// use yiren_matchers::normalise::name::NameNormaliser;
/// use yiren_matchers::similarity::name::similarity;
/// let names = NameNormaliser::new();
/// let alike = |a, b| similarity(&names.parse(a).unwrap(), &names.parse(b).unwrap());
/// assert_eq!(alike("王艳红", "王艳红"), 1.0);
/// assert!((alike("王艳红", "王燕红") - 2.8 / 3.0).abs() < 1e-12);
/// assert!((alike("王艳红", "王红") - 2.0 / 3.0).abs() < 1e-12);
/// assert_eq!(alike("王艳红", "李志明"), 0.0);
/// ```
pub fn similarity(a: &PersonName, b: &PersonName) -> f64 {
    if exact(a, b) {
        return 1.0;
    }
    if transposed(a, b) {
        return 0.9;
    }
    let aligned = match (a.script(), b.script()) {
        (Script::Han, Script::Han) => {
            return alignment(a.chars().len(), b.chars().len(), |i, j| {
                han_units(a, i, b, j)
            });
        }
        (Script::Latin, Script::Latin) => alignment(a.chars().len(), b.chars().len(), |i, j| {
            if a.chars()[i] == b.chars()[j] {
                EQUAL
            } else {
                0
            }
        }),
        _ => alignment(a.readings().len(), b.readings().len(), |i, j| {
            same_sounds(&a.readings()[i], &b.readings()[j])
        }),
    };
    if pinyin::same(a, b) {
        aligned.max(0.8)
    } else {
        aligned
    }
}

/// What aligned units give, in tenths.
const EQUAL: u16 = 10;
const SAME_SOUND: u16 = 8;
const FUZZY_SOUND: u16 = 7;
const LOOK_ALIKE: u16 = 6;
const UNREADABLE: u16 = 4;

fn han_units(a: &PersonName, i: usize, b: &PersonName, j: usize) -> u16 {
    let (x, y) = (a.chars()[i], b.chars()[j]);
    let sound = || match (reading(a, i), reading(b, j)) {
        (Some(x), Some(y)) => Some(same_sounds(x, y)),
        _ => None,
    };
    if x == UNKNOWN || y == UNKNOWN {
        sound().unwrap_or(UNREADABLE)
    } else if x == y {
        EQUAL
    } else {
        match sound() {
            Some(tenths) if tenths > LOOK_ALIKE => tenths,
            _ if glyph::similar(x, y) => LOOK_ALIKE,
            _ => 0,
        }
    }
}

fn same_sounds(a: &Readings, b: &Readings) -> u16 {
    if a.shares(b) {
        SAME_SOUND
    } else if a.shares_fuzzily(b) {
        FUZZY_SOUND
    } else {
        0
    }
}

/// The greatest sum of an alignment in order, over the length of the longer row, 0 to 1.
fn alignment(rows: usize, columns: usize, units: impl Fn(usize, usize) -> u16) -> f64 {
    // best[j]: the greatest sum over the rows so far and the first j columns.
    let mut best = [0u16; PersonName::MAX_LEN + 1];
    for i in 0..rows {
        let mut diagonal = 0;
        for j in 0..columns {
            let above = best[j + 1];
            best[j + 1] = above.max(best[j]).max(diagonal + units(i, j));
            diagonal = above;
        }
    }
    match rows.max(columns) {
        0 => 0.0,
        longer => f64::from(best[columns]) / (longer as f64 * f64::from(EQUAL)),
    }
}

/// The readings of the character at a position of a Han name, if any are known.
fn reading(name: &PersonName, i: usize) -> Option<&Readings> {
    match name.script() {
        Script::Han => name
            .readings()
            .get(i)
            .filter(|readings| !readings.is_empty()),
        Script::Latin => None,
    }
}

/// The only position in which two Han names of one length differ.
fn one_difference(a: &PersonName, b: &PersonName) -> Option<usize> {
    let (x, y) = (a.chars(), b.chars());
    if !both_han(a, b) || x.len() != y.len() {
        return None;
    }
    let prefix = common_prefix(x, y);
    (prefix < x.len() && x[prefix + 1..] == y[prefix + 1..]).then_some(prefix)
}

fn both_han(a: &PersonName, b: &PersonName) -> bool {
    a.script() == Script::Han && b.script() == Script::Han
}

fn by_length<'a>(a: &'a [char], b: &'a [char]) -> (&'a [char], &'a [char]) {
    if a.len() <= b.len() { (a, b) } else { (b, a) }
}

fn common_prefix(a: &[char], b: &[char]) -> usize {
    a.iter().zip(b).take_while(|(x, y)| x == y).count()
}

type Part<'a> = (&'a [char], &'a [Readings]);

fn same_part(a: Part<'_>, b: Part<'_>, one_script: bool) -> bool {
    if one_script {
        a.0 == b.0 && !a.0.is_empty() && !a.0.contains(&UNKNOWN)
    } else {
        a.1.len() == b.1.len() && !a.1.is_empty() && a.1.iter().zip(b.1).all(|(x, y)| x.shares(y))
    }
}

/// Whether moving the first part of `a` (surname, or part of a minority name) to the end makes `b`.
fn swapped(a: &PersonName, b: &PersonName) -> bool {
    let first = match a.part_lens() {
        &[first, _] => usize::from(first),
        _ => a.surname_len(),
    };
    let (front, back) = a.chars().split_at(first);
    b.chars().starts_with(back) && b.chars().ends_with(front)
}

fn same_multiset<T: PartialEq>(
    a: impl Iterator<Item = T> + Clone,
    b: impl Iterator<Item = T> + Clone,
) -> bool {
    let count =
        |all: &mut dyn Iterator<Item = T>, one: &T| all.filter(|other| other == one).count();
    a.clone()
        .all(|x| count(&mut a.clone(), &x) == count(&mut b.clone(), &x))
        && a.count() == b.count()
}

fn words(name: &PersonName) -> impl Iterator<Item = &[char]> + Clone {
    name.chars().split(|&c| c == ' ')
}

/// Where the inner parts of a minority name begin.
fn part_starts(name: &PersonName) -> impl Iterator<Item = usize> {
    let lens = name.part_lens().iter().map(|&len| usize::from(len));
    lens.scan(0, |start, len| {
        *start += len;
        Some(*start)
    })
    .filter(|&start| start < name.chars().len())
}

#[cfg(test)]
mod tests;
