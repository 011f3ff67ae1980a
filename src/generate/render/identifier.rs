//! Errors and forms of the ID number.

use super::super::errors::ErrorMix;
use super::super::identity::Number;
use super::super::people::{Household, Person};
use super::Renderer;

impl Renderer<'_> {
    pub(super) fn identifier(
        &mut self,
        mix: &ErrorMix,
        person: &Person,
        held: &Number,
        household: &Household,
        age: i32,
    ) -> String {
        let errors = &mix.id;
        let missing = if age < 6 {
            errors.child_missing
        } else {
            errors.missing
        };
        if self.rng.chance(missing) {
            return String::new();
        }
        let others: Vec<&Number> = household
            .members
            .iter()
            .map(|member| &member.number)
            .filter(|number| **number != person.number)
            .collect();
        let number = if let Some(second) = person
            .second_number
            .filter(|_| self.rng.chance(errors.second))
        {
            second
        } else if !others.is_empty() && self.rng.chance(errors.relative) {
            **self.rng.pick(&others)
        } else {
            *held
        };
        let legacy = number.birth.year() < 2000 && self.rng.chance(errors.legacy);
        let text = if legacy {
            number.short()
        } else {
            number.long()
        };
        let text = self.mistyped_digits(
            text,
            [
                errors.substituted,
                errors.transposed,
                errors.inserted,
                errors.deleted,
            ],
        );
        match self
            .rng
            .one_of(&[errors.full_width, errors.masked, errors.spaced])
        {
            Some(0) => full_width(&text),
            Some(1) => self.masked(&text),
            Some(_) => spaced(&text),
            None if self.rng.chance(errors.lower_x) => text.replace('X', "x"),
            None => text,
        }
    }

    fn mistyped_digits(&mut self, text: String, rates: [f64; 4]) -> String {
        let mut characters: Vec<char> = text.chars().collect();
        let digits = characters.len() - usize::from(text.ends_with('X'));
        match self.rng.one_of(&rates) {
            Some(0) => {
                let at = self.rng.index(digits);
                let old = characters[at].to_digit(10).unwrap_or(0);
                characters[at] = digit(old + 1 + self.rng.below(9));
            }
            Some(1) => {
                let unlike: Vec<usize> = (0..digits - 1)
                    .filter(|&at| characters[at] != characters[at + 1])
                    .collect();
                // Every number has two unlike neighbours: no area code is of one digit.
                let at = *self.rng.pick(&unlike);
                characters.swap(at, at + 1);
            }
            Some(2) => {
                let at = self.rng.index(digits + 1);
                characters.insert(at, digit(self.rng.below(10)));
            }
            Some(_) => {
                let at = self.rng.index(digits);
                characters.remove(at);
            }
            None => {}
        }
        characters.into_iter().collect()
    }

    /// The first three to six and the last four characters stay, as is the custom in what is published.
    fn masked(&mut self, text: &str) -> String {
        let shown = if self.rng.chance(0.7) { 6 } else { 3 };
        let length = text.chars().count();
        text.chars()
            .enumerate()
            .map(|(at, character)| {
                if at < shown || at + 4 >= length {
                    character
                } else {
                    '*'
                }
            })
            .collect()
    }
}

fn digit(value: u32) -> char {
    char::from(b'0' + (value % 10) as u8)
}

/// Six, eight, and the rest apart, as people read the number out.
fn spaced(text: &str) -> String {
    let group = |(at, character): (usize, char)| {
        let space = (at == 6 || at == 14).then_some(' ');
        space.into_iter().chain([character])
    };
    text.chars().enumerate().flat_map(group).collect()
}

/// The same characters in the full-width block (U+FF01 and up).
pub(super) fn full_width(text: &str) -> String {
    let widened = |character: char| match character {
        '!'..='~' => char::from_u32(u32::from(character) + 0xfee0).unwrap_or(character),
        other => other,
    };
    text.chars().map(widened).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        assert_eq!(full_width("12X"), "１２Ｘ");
        assert_eq!(spaced("11010519491231002X"), "110105 19491231 002X");
    }
}
