//! The names that need no cleaning: two to four Chinese characters, none of which can begin a
//! placeholder, a remark or another name, or end a title. Most names are such, and are read here
//! in a tenth of the time.

use std::sync::LazyLock;

use super::characters::{self, MAIN_FIRST, MAIN_LAST};
use super::clean;
use super::han::{is_compound_surname, surname_len};
use super::person_name::PersonName;
use super::syllable::Readings;

/// Characters of such a name.
const LONGEST: usize = 4;

/// May not stand anywhere.
const NOWHERE: u8 = 1;
/// May not come first.
const NOT_FIRST: u8 = 2;
/// May not come after the second character.
const NOT_THIRD: u8 = 4;
/// May not come last.
const NOT_LAST: u8 = 8;

/// What is forbidden to each character of the main block, in its standard shape.
static FORBIDDEN: LazyLock<Box<[u8]>> = LazyLock::new(|| {
    let mut forbidden = vec![0; (MAIN_LAST - MAIN_FIRST + 1) as usize];
    let mut forbid = |c: char, where_: u8| {
        if let Some(slot) = slot(c).and_then(|slot| forbidden.get_mut(slot)) {
            *slot |= where_;
        }
    };
    for c in (MAIN_FIRST..=MAIN_LAST).filter_map(char::from_u32) {
        if clean::is_unreadable(c) {
            forbid(c, NOWHERE);
        }
    }
    clean::first_of_placeholders().for_each(|c| forbid(c, NOT_FIRST));
    clean::first_of_other_names().for_each(|c| forbid(c, NOT_THIRD));
    clean::last_of_titles().for_each(|c| forbid(c, NOT_LAST));
    forbidden.into()
});

/// The name, if it is a plain one: just what reading it with all care would come to.
pub(super) fn parse(raw: &str) -> Option<PersonName> {
    // Three bytes a character of the main block.
    if !matches!(raw.len(), 6..=12) {
        return None;
    }
    let (mut chars, mut len) = (['\0'; LONGEST], 0);
    for c in raw.chars() {
        let held = chars.get_mut(len)?;
        slot(c)?;
        *held = characters::standard(c);
        len += 1;
    }
    let chars = chars.get(..len).filter(|chars| chars.len() > 1)?;
    for (place, &c) in chars.iter().enumerate() {
        let mut forbidden = NOWHERE;
        if place == 0 {
            forbidden |= NOT_FIRST;
        }
        if place >= 2 {
            forbidden |= NOT_THIRD;
        }
        if place + 1 == len {
            forbidden |= NOT_LAST;
        }
        if FORBIDDEN.get(slot(c)?)? & forbidden != 0 {
            return None;
        }
    }
    let mut readings = [Readings::NONE; LONGEST];
    let surname_len = surname_len(chars);
    if let [first, second, ..] = chars
        && surname_len == 2
        && is_compound_surname(*first, *second)
    {
        return None;
    }
    for (reading, &c) in readings.iter_mut().zip(chars) {
        *reading = characters::readings(c);
    }
    if surname_len == 1 {
        readings[0] = characters::surname_readings(chars[0]);
    }
    PersonName::short(chars, &readings[..len], surname_len)
}

fn slot(c: char) -> Option<usize> {
    let within = (MAIN_FIRST..=MAIN_LAST).contains(&u32::from(c));
    within.then(|| (u32::from(c) - MAIN_FIRST) as usize)
}
