//! How two Hong Kong names agree, be they in characters or in letters.
//!
//! Each function asks one question of two [`HongKongName`]s. All are symmetric, allocate
//! nothing and cost tens of nanoseconds. Two characters agree if they are the same; a character
//! and a romanised word, or two such words, if one Cantonese sound can be meant by both. A
//! syllable that cannot be read agrees with every other.
//!
//! | function | 鄭慧珊 agrees with |
//! |---|---|
//! | [`same_characters`] | 郑慧珊 |
//! | [`cantonese`] | CHENG Wai Shan, Waishan Cheng; 鄭惠珊 does not |
//! | [`homophones`] | 鄭惠珊 |
//! | [`cantonese_surname`] | 鄭芳, Michelle Cheng |
//! | [`cantonese_given`] | CHAN Wai Shan |
//! | [`one_syllable`] | CHENG Mei Shan, 鄭珊 |
//! | [`contained`] | 陳鄭慧珊, 慧珊 |
//!
//! ```
//! use yiren_matchers::normalise::name::hong_kong::HongKongName;
//! use yiren_matchers::similarity::hong_kong_name as like;
//! let name = |text: &str| HongKongName::parse(text).unwrap();
//!
//! assert!(like::cantonese(&name("陳大文"), &name("CHAN Tai Man, Peter")));
//! assert!(like::cantonese(&name("CHAN Tai Man"), &name("Tai Man Chan")));
//! assert!(like::cantonese_surname(&name("歐陽明"), &name("Kenneth Au Yeung")));
//! assert!(!like::cantonese(&name("陳大文"), &name("陳大民")));
//! ```

use crate::normalise::name::hong_kong::{HongKongName, Spoken};

/// Whether both names have their Chinese part, and in legible characters throughout.
pub fn both_in_characters(a: &HongKongName, b: &HongKongName) -> bool {
    a.is_in_characters() && b.is_in_characters()
}

/// Whether both are written in the same characters, traditional or simplified; English names
/// beside them do not count.
pub fn same_characters(a: &HongKongName, b: &HongKongName) -> bool {
    let (left, right) = (a.syllables(), b.syllables());
    let same =
        |(a, b): (&Spoken, &Spoken)| a.character().is_some() && a.character() == b.character();
    !left.is_empty() && left.len() == right.len() && left.iter().zip(right).all(same)
}

/// Whether surname and given name agree throughout: at least two syllables, as many in both,
/// and one of the given name that can be read. A romanised name in unclear order is tried in
/// both.
pub fn cantonese(a: &HongKongName, b: &HongKongName) -> bool {
    in_some_order(a, b, |a, b| whole(a, b, agree))
}

/// Whether two names in characters sound alike throughout and differ in some character.
pub fn homophones(a: &HongKongName, b: &HongKongName) -> bool {
    both_in_characters(a, b)
        && !same_characters(a, b)
        && in_some_order(a, b, |a, b| whole(a, b, sound_alike))
}

/// Whether both have a surname, and these agree.
pub fn cantonese_surname(a: &HongKongName, b: &HongKongName) -> bool {
    in_some_order(a, b, surname)
}

/// Whether both have a Chinese given name of at least two syllables, and these agree, whatever
/// the surnames: a woman under her own name and under her husband's.
pub fn cantonese_given(a: &HongKongName, b: &HongKongName) -> bool {
    in_some_order(a, b, |a, b| {
        let (a, b) = (a.given(), b.given());
        let same = || a.zip(b).all(|(a, b)| agree(a, b));
        a.len() > 1 && a.len() == b.len() && a.is_legible() && b.is_legible() && same()
    })
}

/// Whether the surnames agree, and the given names but for one syllable: of two or more one
/// differs, or one is left out.
pub fn one_syllable(a: &HongKongName, b: &HongKongName) -> bool {
    in_some_order(a, b, |a, b| {
        let (left, right) = (a.given(), b.given());
        let fits = if left.len() == right.len() {
            let differ = left.zip(right).filter(|(a, b)| !agree(a, b)).count();
            left.len() > 1 && differ == 1
        } else {
            let (shorter, longer) = if left.len() < right.len() {
                (left, right)
            } else {
                (right, left)
            };
            shorter.len() > 0 && shorter.len() + 1 == longer.len() && within(shorter, longer)
        };
        fits && surname(a, b)
    })
}

/// Whether the syllables of one, a given name among them, stand in the other in their order, and the other
/// has more: a husband's surname before the own one, a name cut short.
pub fn contained(a: &HongKongName, b: &HongKongName) -> bool {
    in_some_order(a, b, |a, b| {
        let (a, b) = (a.all(), b.all());
        let (shorter, longer) = if a.len() < b.len() { (a, b) } else { (b, a) };
        shorter.len() > shorter.order.surname_len().max(1)
            && shorter.len() < longer.len()
            && within(shorter, longer)
    })
}

/// Whether one of the names has a surname and no Chinese given name: David Tang, 陳小姐.
pub fn surname_only(a: &HongKongName, b: &HongKongName) -> bool {
    a.given().is_empty() || b.given().is_empty()
}

/// Whether both have an English name.
pub fn both_english(a: &HongKongName, b: &HongKongName) -> bool {
    !a.english().is_empty() && !b.english().is_empty()
}

/// Whether the two share an English name.
pub fn same_english(a: &HongKongName, b: &HongKongName) -> bool {
    a.english().iter().any(|name| b.english().contains(name))
}

/// A name read in one order: as it stands, or with the last syllable as the surname.
#[derive(Copy, Clone)]
struct Order<'a> {
    name: &'a HongKongName,
    last_first: bool,
}

impl<'a> Order<'a> {
    fn surname_len(self) -> usize {
        if self.last_first {
            1
        } else {
            self.name.surname().len()
        }
    }

    fn all(self) -> Part<'a> {
        Part {
            order: self,
            from: 0,
            to: self.name.syllables().len(),
        }
    }

    fn surname(self) -> Part<'a> {
        Part {
            to: self.surname_len(),
            ..self.all()
        }
    }

    fn given(self) -> Part<'a> {
        Part {
            from: self.surname_len(),
            ..self.all()
        }
    }
}

/// Some neighbouring syllables of a name read in one order.
#[derive(Copy, Clone)]
struct Part<'a> {
    order: Order<'a>,
    from: usize,
    to: usize,
}

impl<'a> Part<'a> {
    fn len(self) -> usize {
        self.to.saturating_sub(self.from)
    }

    /// Whether some syllable can be read.
    fn is_legible(self) -> bool {
        let unknown = |s: &Spoken| s.character().is_none() && s.sounds().is_empty();
        !self.iter().all(unknown)
    }

    fn iter(self) -> impl Iterator<Item = &'a Spoken> {
        let syllables = self.order.name.syllables();
        let shift = if self.order.last_first {
            syllables.len().saturating_sub(1)
        } else {
            0
        };
        (self.from..self.to)
            .filter_map(move |place| syllables.get((place + shift) % syllables.len()))
    }

    fn zip(self, other: Part<'a>) -> impl Iterator<Item = (&'a Spoken, &'a Spoken)> {
        self.iter().zip(other.iter())
    }
}

/// Whether the question holds for some order of the two, of which at most one is turned round.
fn in_some_order<'a>(
    a: &'a HongKongName,
    b: &'a HongKongName,
    holds: impl Fn(Order<'a>, Order<'a>) -> bool,
) -> bool {
    let order = |name: &'a HongKongName, last_first| Order { name, last_first };
    holds(order(a, false), order(b, false))
        || a.last_may_be_surname() && holds(order(a, true), order(b, false))
        || b.last_may_be_surname() && holds(order(a, false), order(b, true))
}

fn whole(a: Order<'_>, b: Order<'_>, alike: impl Fn(&Spoken, &Spoken) -> bool) -> bool {
    let (left, right) = (a.all(), b.all());
    left.len() > 1
        && left.len() == right.len()
        && left.zip(right).all(|(a, b)| alike(a, b))
        && a.given().is_legible()
        && b.given().is_legible()
}

fn surname(a: Order<'_>, b: Order<'_>) -> bool {
    let (a, b) = (a.surname(), b.surname());
    a.len() > 0 && a.len() == b.len() && a.zip(b).all(|(a, b)| agree(a, b))
}

/// Whether the syllables of the shorter part agree with some of the longer in their order.
fn within(shorter: Part<'_>, longer: Part<'_>) -> bool {
    let mut longer = longer.iter();
    shorter
        .iter()
        .all(|syllable| longer.any(|other| agree(syllable, other)))
}

fn agree(a: &Spoken, b: &Spoken) -> bool {
    match (a.character(), b.character()) {
        (Some(a), Some(b)) => a == b,
        _ => sound_alike(a, b),
    }
}

/// A character that the tables do not have sounds like anything.
fn sound_alike(a: &Spoken, b: &Spoken) -> bool {
    (a.character().is_some() && a.character() == b.character())
        || a.sounds().is_empty()
        || b.sounds().is_empty()
        || a.sounds().meet(b.sounds())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests;
