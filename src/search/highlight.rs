//! Which cells of a record meet which words, and where.

use yiren_matchers::normalise::date;
use yiren_matchers::normalise::identifier;

use super::address::{Unit, place_of, units};
use super::found::{How, Match};
use super::layout::{
    ACCOUNT, ADDRESSES, Clerk, DOCUMENT, HOUSEHOLD, NAMES, NATIONAL_ID, PHONE, RECORD, day,
    division_of, normal, numbers, status_code,
};
use super::names::{Likeness, likeness, likeness_of_letters};
use super::query::{Meaning, Span, Spelt, Word};
use crate::standardise::enrolment;
use crate::store::Record;

/// The cells that meet the words; of each word, those that meet it best.
pub(super) fn matches(words: &[Word], record: &Record, clerk: &Clerk) -> Vec<Match> {
    let mut all = Vec::new();
    for (number, word) in words.iter().enumerate() {
        let mut found = Vec::new();
        for meaning in &word.meanings {
            of_meaning(meaning, record, clerk, &mut found);
        }
        let best = found.iter().map(|(_, how, _)| class(*how)).min();
        let best = found
            .into_iter()
            .filter(|(_, how, _)| Some(class(*how)) == best);
        let best = best.map(|(column, how, marks)| Match {
            column: column.to_string(),
            word: number,
            how,
            marks,
        });
        all.extend(best);
    }
    all.sort_unstable();
    // A column may meet a word in two ways, of which the better is told.
    all.dedup_by(|later, first| later.column == first.column && later.word == first.word);
    all
}

/// As hits are ranked: exact, pinyin, initials, and the rest one by one.
fn class(how: How) -> u8 {
    match how {
        How::Exact | How::Part | How::Begins | How::Ends | How::Within => 0,
        How::Pinyin => 1,
        How::Initials => 2,
        How::SoundsAlike => 3,
        How::Similar => 4,
        How::Near => 5,
    }
}

type Marked = (&'static str, How, Vec<(usize, usize)>);

fn of_meaning(meaning: &Meaning, record: &Record, clerk: &Clerk, found: &mut Vec<Marked>) {
    match meaning {
        Meaning::Source(_) => {}
        Meaning::Status(code) => {
            let status = enrolment(|column| record.cells.get(column)).status;
            if status_code(status) == *code {
                found.extend(whole("status", How::Within, record));
            }
        }
        Meaning::Born(span) => of_birth(*span, record, found),
        Meaning::County(span) => {
            let (column, division) = division_of(record);
            if span.contains(division) {
                found.extend(whole(column, How::Within, record));
            }
        }
        Meaning::Name(name, spelt) => {
            let like = |on_file: &_| {
                let likeness = likeness(name, on_file);
                likeness.filter(|how| *spelt == Spelt::PerhapsWrong || *how <= Likeness::Begins)
            };
            let text: String = name.chars().iter().collect();
            of_names(&text, like, record, clerk, found);
        }
        Meaning::Letters { orders, name } => {
            let like = |on_file: &_| likeness_of_letters(orders, name.as_deref(), on_file);
            of_names("", like, record, clerk, found);
        }
        Meaning::Place(fragment) => of_places(std::slice::from_ref(fragment), record, clerk, found),
        Meaning::Places(parts) => {
            // All of it in one piece says more.
            if !found.iter().any(|(column, ..)| ADDRESSES.contains(column)) {
                of_places(parts, record, clerk, found);
            }
        }
        Meaning::Number(number) => of_number(number, record, found),
    }
}

/// All of a cell.
fn whole(column: &'static str, how: How, record: &Record) -> Option<Marked> {
    let length = record.cells.get(column).chars().count();
    (length > 0).then(|| (column, how, vec![(0, length)]))
}

fn of_birth(span: Span, record: &Record, found: &mut Vec<Marked>) {
    let stated = date::parse(record.cells.get("birth_date"));
    if stated.is_some_and(|date| span.contains(day(date))) {
        found.extend(whole("birth_date", How::Within, record));
        return;
    }
    let id = identifier::parse(record.cells.get("national_id"));
    if id
        .and_then(|id| id.birth_date())
        .is_some_and(|date| span.contains(day(date)))
    {
        found.extend(whole("national_id", How::Within, record));
    }
}

fn of_names(
    text: &str,
    like: impl Fn(&yiren_matchers::normalise::name::PersonName) -> Option<Likeness>,
    record: &Record,
    clerk: &Clerk,
    found: &mut Vec<Marked>,
) {
    for column in NAMES {
        let raw = record.cells.get(column);
        let Some(likeness) = clerk.names.parse(raw).and_then(|name| like(&name)) else {
            continue;
        };
        let how = match likeness {
            Likeness::Same => How::Exact,
            Likeness::Part => How::Part,
            Likeness::Begins => How::Begins,
            Likeness::Sounds => How::Pinyin,
            Likeness::Initials => How::Initials,
            Likeness::SoundsAlike => How::SoundsAlike,
            Likeness::Similar => How::Similar,
            Likeness::Near => How::Near,
        };
        let there = raw.find(text).filter(|_| !text.is_empty());
        match there {
            Some(at) => {
                let start = raw.get(..at).map_or(0, |before| before.chars().count());
                found.push((column, how, vec![(start, start + text.chars().count())]));
            }
            None => found.extend(whole(column, how, record)),
        }
    }
}

/// Addresses in which all parts stand.
fn of_places(parts: &[Vec<Unit>], record: &Record, clerk: &Clerk, found: &mut Vec<Marked>) {
    for column in ADDRESSES {
        let address = units(record.cells.get(column), &clerk.addresses);
        let marks: Option<Vec<_>> = parts.iter().map(|part| place_of(part, &address)).collect();
        if let Some(mut marks) = marks {
            marks.sort_unstable();
            found.push((column, How::Part, marks));
        }
    }
}

fn of_number(asked: &str, record: &Record, found: &mut Vec<Marked>) {
    for number in numbers(record) {
        let column = match number.kind {
            NATIONAL_ID => "national_id",
            PHONE => "phone",
            ACCOUNT => "bank_account",
            DOCUMENT => "documents",
            HOUSEHOLD => "household_id",
            RECORD => "record_id",
            _ => continue,
        };
        let whole = normal(number.kind, asked);
        let whole = whole.first().map_or(asked, |text| text);
        let has_ending = !matches!(number.kind, HOUSEHOLD | RECORD);
        let has_beginning = !matches!(number.kind, PHONE | ACCOUNT);
        let how = if number.text == whole || fits(whole, &number.text) {
            How::Exact
        } else if has_ending && number.text.ends_with(asked) {
            How::Ends
        } else if has_beginning && number.text.starts_with(asked) {
            How::Begins
        } else if is_near(whole, &number.text) {
            How::Near
        } else {
            continue;
        };
        let raw = match number.kind {
            RECORD => &*record.record_id,
            _ => record.cells.get(column),
        };
        found.push((column, how, vec![mark(raw, asked, how)]));
    }
}

/// Whether all that is not hidden of a masked number is so in another.
fn fits(masked: &str, number: &str) -> bool {
    masked.contains('*')
        && masked.len() == number.len()
        && masked
            .bytes()
            .zip(number.bytes())
            .all(|(a, b)| a == b || a == b'*')
}

fn is_near(asked: &str, number: &str) -> bool {
    let chars = |text: &str| text.chars().collect::<Vec<char>>();
    asked.len() >= super::plan::LONG && super::names::one_off(&chars(asked), &chars(number))
}

/// Where the digits of a number stand in the cell that they were read from: all of the cell if they
/// are written in another way there.
fn mark(raw: &str, asked: &str, how: How) -> (usize, usize) {
    let length = raw.chars().count();
    let folded = raw.chars().enumerate().filter_map(|(at, c)| {
        let c = match c {
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
            c => c,
        };
        c.is_alphanumeric().then(|| (at, c.to_ascii_uppercase()))
    });
    let written: Vec<(usize, char)> = folded.collect();
    let asked: Vec<char> = asked.chars().collect();
    let is_here = |window: &&[(usize, char)]| window.iter().map(|(_, c)| c).eq(asked.iter());
    let mut windows = written.windows(asked.len().max(1));
    let found = match how {
        How::Ends => windows.rfind(is_here),
        _ => windows.find(is_here),
    };
    match found.map(|window| (window.first(), window.last())) {
        Some((Some(first), Some(last))) => (first.0, last.0 + 1),
        _ => (0, length),
    }
}
