//! Names that people of an age, a sex and a people bear.

use std::sync::LazyLock;

use super::random::{Rng, Weighted};

/// How a people names its children.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub(super) enum Style {
    Han,
    /// Own name · father's name.
    Uyghur,
    Kazakh,
    /// Two names of two syllables, no surname.
    Tibetan,
    /// One name, no surname.
    Mongol,
    /// Clan · name.
    Yi,
}

/// A person's name as registered.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Name {
    pub text: String,
    /// Characters of the surname at the front; 0 where there is none.
    pub surname: usize,
    /// What a child takes of it: surname, clan, or the father's own name.
    pub handed_on: String,
}

struct Era {
    male: bool,
    first_year: u16,
    single_thousandths: u32,
    characters: Weighted<char>,
}

struct Lists {
    surnames: Weighted<&'static str>,
    eras: Vec<Era>,
    rare: Vec<char>,
    foreign: Vec<(&'static str, Weighted<&'static str>)>,
}

pub(super) const GIVEN: &str = include_str!("data/given.txt");
pub(super) const SURNAMES: &str = include_str!("data/surnames.txt");
pub(super) const RARE: &str = include_str!("data/rare.txt");

/// The lines of a data file that are not remarks.
pub(super) fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

static LISTS: LazyLock<Lists> = LazyLock::new(|| Lists {
    surnames: Weighted::new(
        lines(SURNAMES)
            .filter_map(|line| line.split_once(' '))
            .filter_map(|(name, share)| Some((name, share.parse().ok()?))),
    ),
    eras: lines(GIVEN)
        .filter_map(|line| {
            let mut parts = line.split(' ');
            Some(Era {
                male: parts.next()? == "male",
                first_year: parts.next()?.parse().ok()?,
                single_thousandths: parts.next()?.parse().ok()?,
                characters: Weighted::ranked(parts.next()?.chars()),
            })
        })
        .collect(),
    rare: lines(RARE).flat_map(str::chars).collect(),
    foreign: lines(include_str!("data/minority.txt"))
        .filter_map(|line| line.split_once(' '))
        .map(|(kind, names)| (kind, Weighted::ranked(names.split(' '))))
        .collect(),
});

impl Style {
    /// How this person's people names; some of several peoples use Han names.
    pub fn of(people: &str, province: u32, rng: &mut Rng) -> Style {
        let (style, thousandths) = match people {
            "维吾尔族" => (Style::Uyghur, 1000),
            "哈萨克族" => (Style::Kazakh, 1000),
            "藏族" => (Style::Tibetan, 900),
            "蒙古族" if province == 15 || province == 65 => (Style::Mongol, 550),
            "彝族" if province == 51 => (Style::Yi, 800),
            _ => (Style::Han, 1000),
        };
        if rng.below(1000) < thousandths {
            style
        } else {
            Style::Han
        }
    }
}

/// A surname drawn by its share.
pub(super) fn surname(people: &str, rng: &mut Rng) -> &'static str {
    if people == "回族" && rng.chance(0.25) {
        "马"
    } else {
        LISTS.surnames.pick(rng)
    }
}

/// The character that the siblings of a family share, or would.
pub(super) fn generation_character(male: bool, year: u16, rng: &mut Rng) -> char {
    *era(male, year).characters.pick(rng)
}

/// A character that few input methods know.
pub(super) fn rare_character(rng: &mut Rng) -> char {
    *rng.pick(&LISTS.rare)
}

/// Whether the character is one of those.
pub(super) fn is_rare(character: char) -> bool {
    LISTS.rare.contains(&character)
}

/// A whole name. `from` is what the parents hand on (none: drawn), `generation` the siblings' character.
pub(super) fn name(
    style: Style,
    people: &str,
    male: bool,
    year: u16,
    from: Option<&str>,
    generation: Option<char>,
    rng: &mut Rng,
) -> Name {
    let foreign = |kind: &str, rng: &mut Rng| -> &'static str {
        LISTS
            .foreign
            .iter()
            .find(|(name, _)| *name == kind)
            .map_or("", |(_, names)| names.pick(rng))
    };
    let by_sex = |male_kind, female_kind| if male { male_kind } else { female_kind };
    match style {
        Style::Han => {
            let surname = from.unwrap_or_else(|| self::surname(people, rng));
            let given = given(male, year, generation, rng);
            Name {
                text: format!("{surname}{given}"),
                surname: surname.chars().count(),
                handed_on: surname.to_owned(),
            }
        }
        Style::Uyghur | Style::Kazakh => {
            let (male_kind, female_kind) = if style == Style::Uyghur {
                ("uyghur_male", "uyghur_female")
            } else {
                ("kazakh_male", "kazakh_female")
            };
            let own = foreign(by_sex(male_kind, female_kind), rng);
            let father = from.map_or_else(|| foreign(male_kind, rng).to_owned(), str::to_owned);
            Name {
                text: format!("{own}·{father}"),
                surname: 0,
                handed_on: own.to_owned(),
            }
        }
        Style::Tibetan => {
            let first = foreign("tibetan_first", rng);
            let second = if rng.chance(0.9) {
                foreign(by_sex("tibetan_male", "tibetan_female"), rng)
            } else {
                ""
            };
            let second = if second == first { "" } else { second };
            Name {
                text: format!("{first}{second}"),
                surname: 0,
                handed_on: String::new(),
            }
        }
        Style::Mongol => {
            let own = foreign(by_sex("mongol_male", "mongol_female"), rng);
            Name {
                text: own.to_owned(),
                surname: 0,
                handed_on: String::new(),
            }
        }
        Style::Yi => {
            let clan = from.map_or_else(|| foreign("yi_clan", rng).to_owned(), str::to_owned);
            let own = foreign(by_sex("yi_male", "yi_female"), rng);
            let dot = if rng.chance(0.3) { "·" } else { "" };
            Name {
                text: format!("{clan}{dot}{own}"),
                surname: 0,
                handed_on: clan,
            }
        }
    }
}

fn given(male: bool, year: u16, generation: Option<char>, rng: &mut Rng) -> String {
    let era = era(male, year);
    if generation.is_none() && rng.below(1000) < era.single_thousandths {
        return era.characters.pick(rng).to_string();
    }
    let first = generation.unwrap_or_else(|| *era.characters.pick(rng));
    let mut second = *era.characters.pick(rng);
    // 婷婷 and the like are meant; most other doublings are not.
    if second == first && !rng.chance(0.3) {
        second = *era.characters.pick(rng);
    }
    String::from_iter([first, second])
}

fn era(male: bool, year: u16) -> &'static Era {
    let eras = &LISTS.eras;
    let fits = |era: &&Era| era.male == male && era.first_year <= year;
    eras.iter().rev().find(fits).unwrap_or(&eras[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_whole() {
        assert!(LISTS.surnames.items().len() >= 300);
        assert_eq!(LISTS.eras.len(), 12);
        assert_eq!(LISTS.foreign.len(), 12);
        assert!(
            LISTS
                .eras
                .iter()
                .all(|era| era.characters.items().len() >= 40)
        );
    }

    #[test]
    fn children_take_what_is_handed_on() {
        let rng = &mut Rng::new(&[3]);
        for (style, people) in [
            (Style::Han, "汉族"),
            (Style::Uyghur, "维吾尔族"),
            (Style::Yi, "彝族"),
        ] {
            let father = name(style, people, true, 1970, None, None, rng);
            let child = name(
                style,
                people,
                false,
                1995,
                Some(&father.handed_on),
                None,
                rng,
            );
            assert!(
                child.text.contains(&father.handed_on),
                "{} {}",
                father.text,
                child.text
            );
        }
    }
}
