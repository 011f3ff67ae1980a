//! How alike two Western names are. Every test is symmetric and false for equal names only
//! where it says so.

use super::jaro_winkler::jaro_winkler;
use super::levenshtein::osa_within;
use crate::normalise::western::{MAX_WORDS, WesternName, Word};

/// The same words in any order (Mary Smith, Smith Mary).
pub fn reordered(a: &WesternName, b: &WesternName) -> bool {
    a.words().len() == b.words().len() && each_has_a_partner(a, b, equal)
}

/// Every word of the shorter name is in the longer one (Mary Smith, Mary Ann Smith).
pub fn contained(a: &WesternName, b: &WesternName) -> bool {
    each_has_a_partner(a, b, equal)
}

/// Every word of the shorter name has a word in the longer one that is equal, a short form of
/// it, one edit away or its initial (H. Hatton, Helen Hatten).
pub fn contained_loosely(a: &WesternName, b: &WesternName) -> bool {
    each_has_a_partner(a, b, alike)
}

/// The first words stand for one formal name (Bill, William).
pub fn nickname(a: &WesternName, b: &WesternName) -> bool {
    match (a.words().first(), b.words().first()) {
        (Some(a), Some(b)) => same_formal(a, b),
        _ => false,
    }
}

/// One first word is the initial of the other (H., Helen).
pub fn initial(a: &WesternName, b: &WesternName) -> bool {
    match (a.words().first(), b.words().first()) {
        (Some(a), Some(b)) => is_initial(a, b),
        _ => false,
    }
}

/// The first words are equal.
pub fn same_first(a: &WesternName, b: &WesternName) -> bool {
    match (a.words().first(), b.words().first()) {
        (Some(a), Some(b)) => equal(a, b),
        _ => false,
    }
}

/// The last words are equal.
pub fn same_last(a: &WesternName, b: &WesternName) -> bool {
    match (a.words().last(), b.words().last()) {
        (Some(a), Some(b)) => equal(a, b),
        _ => false,
    }
}

/// Some word of two letters or more is in both.
pub fn shared_word(a: &WesternName, b: &WesternName) -> bool {
    let long = |word: &&Word| word.chars().len() > 1;
    let others = || b.words().iter().filter(long);
    a.words()
        .iter()
        .filter(long)
        .any(|word| others().any(|other| equal(word, other)))
}

/// As many words, which sound alike one by one; words without a code must be equal.
pub fn same_sound(a: &WesternName, b: &WesternName) -> bool {
    let sounds = |(a, b): (&Word, &Word)| equal(a, b) || (a.sound() != 0 && a.sound() == b.sound());
    a.words().len() == b.words().len() && a.words().iter().zip(b.words()).all(sounds)
}

/// The mean over the words of the shorter name of the best Jaro–Winkler similarity with a word
/// of the other, 0 to 1 (Monge and Elkan, KDD 1996, with Jaro–Winkler inside).
pub fn monge_elkan(a: &WesternName, b: &WesternName) -> f64 {
    let (short, long) = by_length(a, b);
    let sum = |short: &WesternName, long: &WesternName| -> f64 {
        let best = |word: &Word| {
            long.words()
                .iter()
                .map(|other| jaro_winkler(word.chars(), other.chars()))
                .fold(0.0, f64::max)
        };
        short.words().iter().map(best).sum()
    };
    let total = match short.words().len() == long.words().len() {
        true => sum(short, long).min(sum(long, short)),
        false => sum(short, long),
    };
    total / short.words().len() as f64
}

fn by_length<'a>(a: &'a WesternName, b: &'a WesternName) -> (&'a WesternName, &'a WesternName) {
    if a.words().len() <= b.words().len() {
        (a, b)
    } else {
        (b, a)
    }
}

/// Whether each word of the shorter name can be given a word of its own in the longer one:
/// augmenting paths, so that the order of words does not matter.
fn each_has_a_partner(a: &WesternName, b: &WesternName, fits: fn(&Word, &Word) -> bool) -> bool {
    let (short, long) = by_length(a, b);
    let mut owners = [None; MAX_WORDS];
    (0..short.words().len()).all(|word| {
        let mut tried = [false; MAX_WORDS];
        find_partner(
            word,
            short.words(),
            long.words(),
            &mut owners,
            &mut tried,
            fits,
        )
    })
}

fn find_partner(
    word: usize,
    words: &[Word],
    others: &[Word],
    owners: &mut [Option<usize>; MAX_WORDS],
    tried: &mut [bool; MAX_WORDS],
    fits: fn(&Word, &Word) -> bool,
) -> bool {
    for (place, other) in others.iter().enumerate() {
        if tried[place] || !fits(&words[word], other) {
            continue;
        }
        tried[place] = true;
        let free = match owners[place] {
            None => true,
            Some(owner) => find_partner(owner, words, others, owners, tried, fits),
        };
        if free {
            owners[place] = Some(word);
            return true;
        }
    }
    false
}

fn equal(a: &Word, b: &Word) -> bool {
    a.chars() == b.chars()
}

fn same_formal(a: &Word, b: &Word) -> bool {
    a.formal().iter().any(|code| b.formal().contains(code))
}

fn is_initial(a: &Word, b: &Word) -> bool {
    let (a, b) = (a.chars(), b.chars());
    (a.len() == 1) != (b.len() == 1) && a.first() == b.first()
}

fn alike(a: &Word, b: &Word) -> bool {
    let long = a.chars().len().min(b.chars().len()) > 3;
    equal(a, b)
        || same_formal(a, b)
        || is_initial(a, b)
        || (long && osa_within(a.chars(), b.chars(), 1).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normalise::western::WesternNormaliser;
    use proptest::prelude::*;

    type NameTest = fn(&WesternName, &WesternName) -> bool;

    fn name(raw: &str) -> WesternName {
        WesternNormaliser::new().parse(raw).unwrap()
    }

    #[test]
    fn tests_of_names() {
        let cases: &[(NameTest, &str, &str, bool)] = &[
            (reordered, "mary smith", "smith mary", true),
            (reordered, "mary smith", "mary ann smith", false),
            (contained, "mary smith", "mary ann smith", true),
            (contained, "mary mary", "mary ann", false),
            (contained_loosely, "h hatton", "helen hatten", true),
            (contained_loosely, "h hatton", "ellen hatton", false),
            (contained_loosely, "bob lowth", "robert lowth", true),
            (contained_loosely, "ann", "amn", false),
            (nickname, "bill", "william john", true),
            (nickname, "john", "william john", false),
            (initial, "h", "helen", true),
            (initial, "h", "h", false),
            (same_first, "mary ann", "mary", true),
            (same_last, "mary smith", "ann smith", true),
            (shared_word, "helen margetson", "margetson hatton", true),
            (shared_word, "h margetson", "h hatton", false),
            (same_sound, "john smyth", "john smith", true),
            (same_sound, "r0bert", "r1bert", false),
        ];
        for (place, (test, a, b, expected)) in cases.iter().enumerate() {
            assert_eq!(
                test(&name(a), &name(b)),
                *expected,
                "case {place}: {a}, {b}"
            );
        }
    }

    #[test]
    fn monge_elkan_takes_the_best_word() {
        assert_eq!(monge_elkan(&name("mary"), &name("ann mary")), 1.0);
        let close = monge_elkan(&name("robert lowth"), &name("robrt lowth"));
        assert!((0.95..1.0).contains(&close), "{close}");
    }

    /// Tries every way of giving the shorter name's words partners.
    fn by_all_orders(a: &WesternName, b: &WesternName) -> bool {
        let (short, long) = by_length(a, b);
        fn orders(left: Vec<usize>, chosen: Vec<usize>, need: usize, found: &mut Vec<Vec<usize>>) {
            if chosen.len() == need {
                found.push(chosen);
                return;
            }
            for &next in &left {
                let rest = left
                    .iter()
                    .copied()
                    .filter(|&other| other != next)
                    .collect();
                let mut more = chosen.clone();
                more.push(next);
                orders(rest, more, need, found);
            }
        }
        let mut found = Vec::new();
        orders(
            (0..long.words().len()).collect(),
            vec![],
            short.words().len(),
            &mut found,
        );
        let fits = |order: &Vec<usize>| {
            let pairs = short.words().iter().zip(order);
            pairs
                .into_iter()
                .all(|(word, &place)| alike(word, &long.words()[place]))
        };
        found.iter().any(fits)
    }

    proptest! {
        #[test]
        fn partners_are_found_if_there_are_any(
            a in "(bob|robert|r|rob|robin)( (bob|robert|r|rob|robin)){0,3}",
            b in "(bob|robert|r|rob|robin)( (bob|robert|r|rob|robin)){0,3}",
        ) {
            let (a, b) = (name(&a), name(&b));
            prop_assert_eq!(contained_loosely(&a, &b), by_all_orders(&a, &b));
        }

        #[test]
        fn symmetric(a in "[a-c]{1,4}( [a-c]{1,4}){0,3}", b in "[a-c]{1,4}( [a-c]{1,4}){0,3}") {
            let (a, b) = (name(&a), name(&b));
            for test in [reordered, contained, contained_loosely, nickname, initial, same_first,
                same_last, shared_word, same_sound] as [NameTest; 9] {
                prop_assert_eq!(test(&a, &b), test(&b, &a));
            }
            prop_assert_eq!(monge_elkan(&a, &b), monge_elkan(&b, &a));
            prop_assert!((0.0..=1.0).contains(&monge_elkan(&a, &b)));
        }
    }
}
