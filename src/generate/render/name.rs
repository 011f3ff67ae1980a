//! Errors and forms of names.

use super::super::errors::NameErrors;
use super::super::names::is_rare;
use super::super::people::Person;
use super::Renderer;
use super::characters::{homophone, look_alike, mistyped, sound, traditional};

/// What is typed for a character that cannot be typed.
const PLACEHOLDERS: [&str; 5] = ["*", "?", "■", "※", "〇"];

impl Renderer<'_> {
    /// The name and the former name.
    pub(super) fn name(&mut self, errors: &NameErrors, person: &Person) -> (String, String) {
        let mut former = String::new();
        let mut name = person.name.text.clone();
        if let Some(earlier) = &person.former_name {
            if self.rng.chance(errors.former) {
                name.clone_from(earlier);
            } else if self.rng.chance(errors.former_stated) {
                former.clone_from(earlier);
            }
        }
        let surname = person.name.surname;
        if name.contains('·') {
            name = self.dotted(errors, name);
        }
        if name.chars().any(is_rare) && self.rng.chance(errors.rare_placeholder) {
            return (self.without_rare(&name), former);
        }
        (self.erroneous(errors, name, surname), former)
    }

    fn dotted(&mut self, errors: &NameErrors, name: String) -> String {
        match self.rng.one_of(&[errors.dot_variant, errors.dot_missing]) {
            Some(0) => name.replace('·', self.rng.pick::<&str>(&["•", "‧", "・", "．", "."])),
            Some(_) => name.replace('·', self.rng.pick::<&str>(&["", " "])),
            None => name,
        }
    }

    fn without_rare(&mut self, name: &str) -> String {
        let mut text = String::new();
        for character in name.chars() {
            if !is_rare(character) {
                text.push(character);
            } else if self.rng.chance(0.65) {
                text.push_str(self.rng.pick::<&str>(&PLACEHOLDERS));
            } else {
                text.push_str(&latin(character, self.rng.chance(0.5)));
            }
        }
        text
    }

    fn erroneous(&mut self, errors: &NameErrors, name: String, surname: usize) -> String {
        let characters: Vec<char> = name.chars().collect();
        let in_traditional = traditional(&name);
        let given = characters.len().saturating_sub(surname);
        let if_possible = |possible: bool, rate: f64| if possible { rate } else { 0.0 };
        let kinds = [
            errors.homophone,
            errors.look_alike,
            if_possible(given > 1, errors.missing_char),
            errors.extra_char,
            if_possible(in_traditional != name, errors.traditional),
            errors.spaced,
            errors.placeholder,
            errors.pinyin_char,
            errors.romanised,
            if_possible(given > 0, errors.transposed),
            errors.keystroke,
        ];
        match self.rng.one_of(&kinds) {
            Some(0) => self.replaced(&characters, surname, homophone),
            Some(1) => self.replaced(&characters, surname, look_alike),
            Some(2) => {
                let at = surname + self.rng.index(given);
                characters
                    .iter()
                    .enumerate()
                    .filter(|(position, _)| *position != at)
                    .map(|(_, character)| character)
                    .collect()
            }
            Some(3) => {
                let mut longer = characters;
                let at = surname.min(longer.len() - 1) + self.rng.index(given.max(1));
                let doubled = longer[at.min(longer.len() - 1)];
                longer.insert(at, doubled);
                longer.into_iter().collect()
            }
            Some(4) => in_traditional,
            Some(5) => self.spaced_name(&name, &characters),
            Some(6) => {
                let placeholder = *self.rng.pick(&PLACEHOLDERS);
                self.with_one(&characters, surname, |_| placeholder.to_owned())
            }
            Some(7) => {
                let upper = self.rng.chance(0.4);
                self.with_one(&characters, surname, |character| latin(character, upper))
            }
            Some(8) => self.romanised(&characters, surname),
            Some(9) => self.transposed(characters, surname),
            Some(_) => self.replaced(&characters, surname, mistyped),
            None => name,
        }
    }

    /// The given name first, or two neighbours of it exchanged where it has two.
    fn transposed(&mut self, mut characters: Vec<char>, surname: usize) -> String {
        let last = characters.len() - 1;
        if last > surname && self.rng.chance(0.4) {
            characters.swap(last - 1, last);
        } else {
            characters.rotate_left(surname);
        }
        characters.into_iter().collect()
    }

    /// A name with one error of sound or shape; for fields that keep no other kinds.
    pub(super) fn misspelt(&mut self, name: &str) -> String {
        let characters: Vec<char> = name.chars().collect();
        let by_sound = self.rng.chance(0.7);
        self.replaced(
            &characters,
            1,
            if by_sound { homophone } else { look_alike },
        )
    }

    /// One character replaced by a confusion, mostly not in the surname; the name as it was if no character has one.
    fn replaced(
        &mut self,
        characters: &[char],
        surname: usize,
        confusion: fn(char, &mut super::super::random::Rng) -> Option<char>,
    ) -> String {
        let mut order: Vec<usize> = (0..characters.len()).collect();
        self.rng.shuffle(&mut order);
        if !self.rng.chance(0.15) {
            order.sort_by_key(|at| *at < surname);
        }
        let mut changed = characters.to_vec();
        for at in order {
            if let Some(other) = confusion(characters[at], &mut self.rng) {
                changed[at] = other;
                break;
            }
        }
        changed.into_iter().collect()
    }

    fn with_one(
        &mut self,
        characters: &[char],
        surname: usize,
        change: impl Fn(char) -> String,
    ) -> String {
        let in_surname = surname > 0 && self.rng.chance(0.25);
        let at = if in_surname || surname >= characters.len() {
            self.rng.index(surname.min(characters.len()))
        } else {
            surname + self.rng.index(characters.len() - surname)
        };
        characters
            .iter()
            .enumerate()
            .map(|(position, character)| {
                if position == at {
                    change(*character)
                } else {
                    character.to_string()
                }
            })
            .collect()
    }

    fn spaced_name(&mut self, name: &str, characters: &[char]) -> String {
        let space = if self.rng.chance(0.6) {
            ' '
        } else {
            '\u{3000}'
        };
        match self.rng.below(4) {
            0 => format!("{name}{space}"),
            1 => format!("{space}{name}"),
            _ => {
                let at = 1 + self.rng.index(characters.len().saturating_sub(1));
                let (front, back) = characters.split_at(at.min(characters.len()));
                front.iter().chain([&space]).chain(back).collect()
            }
        }
    }

    /// Latin letters, surname first or last.
    fn romanised(&mut self, characters: &[char], surname: usize) -> String {
        let whole: String = characters.iter().collect();
        if surname == 0 {
            let parts: Vec<String> = whole
                .split(|c: char| !c.is_alphabetic())
                .map(|part| capital(&spell(part)))
                .collect();
            return parts.join(" ").trim().to_owned();
        }
        let (family, given) = characters.split_at(surname.min(characters.len()));
        let family = spelt_surname(&family.iter().collect::<String>());
        let given = spell(&given.iter().collect::<String>());
        match self.rng.below(4) {
            0 => format!("{} {}", family.to_uppercase(), given.to_uppercase()),
            1 => format!("{} {}", capital(&given), capital(&family)),
            2 => format!("{family}{given}"),
            _ => format!("{} {}", capital(&family), capital(&given)),
        }
    }
}

fn latin(character: char, upper: bool) -> String {
    match sound(character) {
        Some(sound) if upper => sound.to_uppercase(),
        Some(sound) => sound.to_owned(),
        None => character.to_string(),
    }
}

fn spell(text: &str) -> String {
    text.chars()
        .map(|character| latin(character, false))
        .collect()
}

fn capital(word: &str) -> String {
    let mut characters = word.chars();
    characters
        .next()
        .map(|first| first.to_uppercase().chain(characters).collect())
        .unwrap_or_default()
}

/// Surnames are read otherwise than the common word.
fn spelt_surname(surname: &str) -> String {
    const READINGS: [(&str, &str); 14] = [
        ("单", "shan"),
        ("仇", "qiu"),
        ("曾", "zeng"),
        ("解", "xie"),
        ("区", "ou"),
        ("查", "zha"),
        ("盖", "ge"),
        ("翟", "zhai"),
        ("缪", "miao"),
        ("覃", "qin"),
        ("吕", "lyu"),
        ("尉迟", "yuchi"),
        ("令狐", "linghu"),
        ("任", "ren"),
    ];
    READINGS
        .iter()
        .find(|(name, _)| *name == surname)
        .map_or_else(|| spell(surname), |(_, reading)| (*reading).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surnames_keep_their_reading() {
        for (surname, expected) in [
            ("单", "shan"),
            ("张", "zhang"),
            ("尉迟", "yuchi"),
            ("欧阳", "ouyang"),
        ] {
            assert_eq!(spelt_surname(surname), expected);
        }
    }
}
