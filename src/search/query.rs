//! What people type, taken apart into words, and what each word can mean.

use serde::{Deserialize, Serialize};
use yiren_matchers::normalise::date::{self, Date, PLAUSIBLE_YEARS};
use yiren_matchers::normalise::division;
use yiren_matchers::normalise::name::PersonName;
use yiren_matchers::normalise::text;

use super::address::{Unit, units};
use super::layout::{Clerk, code, day, status_code, status_of};

/// The longest text that is looked at, in characters.
pub const LONGEST: usize = 200;

/// The most hits of one page.
pub const MOST_HITS: usize = 200;

/// How deep pages go: records that come later are not listed, only counted.
pub const DEEPEST: usize = 10_000;

/// What is asked of the index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Query {
    /// What is known, in any order: names, pinyin, initials, fragments of addresses, years,
    /// numbers or how they end, programmes, states. All of it must be met.
    pub text: String,
    /// Only records of these sources, or of none in particular.
    pub sources: Vec<String>,
    /// Only records made in these divisions: GB/T 2260 codes, or how they begin.
    pub counties: Vec<String>,
    /// Only enrolments in these states.
    pub statuses: Vec<String>,
    /// Only people born then: a year, a month, a day, or two of them with `-` between years.
    pub born: Option<String>,
    /// Hits of a page, at most [`MOST_HITS`].
    pub limit: usize,
    /// Page, from 1.
    pub page: usize,
    /// Other words for sources: the word, and the source that it stands for.
    #[serde(skip)]
    pub names: Vec<(String, String)>,
    /// What whoever asks may see; no question can widen it.
    #[serde(skip)]
    pub within: Within,
}

/// A part of the records: what is outside is neither shown nor counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Within {
    /// First digits of the divisions where its records were made; if empty, anywhere.
    pub divisions: Vec<String>,
    /// Its sources; `None` for all.
    pub sources: Option<Vec<String>>,
}

impl Default for Query {
    fn default() -> Query {
        Query {
            text: String::new(),
            sources: Vec::new(),
            counties: Vec::new(),
            statuses: Vec::new(),
            born: None,
            limit: 10,
            page: 1,
            names: Vec::new(),
            within: Within::default(),
        }
    }
}

/// Numbers from the first to the last, both in.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub first: u64,
    pub last: u64,
}

impl Span {
    pub fn contains(self, number: u64) -> bool {
        (self.first..=self.last).contains(&number)
    }
}

/// A word, and what it can mean: any of it.
#[derive(Clone, Debug)]
pub(super) struct Word {
    /// As it was typed.
    pub text: String,
    /// What it can mean.
    pub meanings: Vec<Meaning>,
}

/// What a word can mean.
#[derive(Clone, Debug)]
pub(super) enum Meaning {
    /// Records of these sources.
    Source(Vec<String>),
    /// Enrolments in this state.
    Status(&'static str),
    /// Born then.
    Born(Span),
    /// A name in characters, and whether it may be meant for another: what ends as places do is
    /// seldom a name that was misspelt.
    Name(Box<PersonName>, Spelt),
    /// A name in letters: its orders, and the name as it is read.
    Letters {
        orders: Vec<String>,
        name: Option<Box<PersonName>>,
    },
    /// A fragment of an address.
    Place(Vec<Unit>),
    /// The parts of an address that others may write with more or less between them.
    Places(Vec<Vec<Unit>>),
    /// A division.
    County(Span),
    /// Digits and letters of a number, `*` for those that are hidden.
    Number(String),
}

/// How a name may have been typed.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Spelt {
    /// As it is.
    Right,
    /// Perhaps with a mistake.
    PerhapsWrong,
}

/// What names of places end with.
const PLACES: [&str; 22] = [
    "省", "市", "县", "区", "州", "盟", "旗", "镇", "乡", "街道", "苏木", "村", "社区", "小区",
    "组", "队", "号", "路", "街", "巷", "屯", "庄",
];

/// Takes a text apart. Never fails: a word that means nothing has no meanings, and is met by
/// nothing.
pub(super) fn read(query: &Query, clerk: &Clerk) -> Vec<Word> {
    let typed: String = query.text.chars().take(LONGEST).collect();
    let folded: String = typed
        .chars()
        .map(|c| match c {
            '，' | '、' | '；' | '。' | ',' | ';' => ' ',
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
            c => c,
        })
        .collect();
    let mut words: Vec<Word> = Vec::new();
    let mut letters: Vec<&str> = Vec::new();
    for token in folded.split_whitespace() {
        let is_letters = in_letters(token).is_some() && source(token, query).is_none();
        if is_letters && status_of(token).is_none() {
            letters.push(token);
            continue;
        }
        flush(&mut letters, &mut words, clerk);
        words.push(Word {
            text: token.to_string(),
            meanings: meanings(token, query, clerk),
        });
    }
    flush(&mut letters, &mut words, clerk);
    words
}

/// Words in letters that stand beside each other are one name.
fn flush(letters: &mut Vec<&str>, words: &mut Vec<Word>, clerk: &Clerk) {
    if letters.is_empty() {
        return;
    }
    let parts: Vec<String> = letters
        .iter()
        .filter_map(|token| in_letters(token))
        .collect();
    let text = letters.join(" ");
    letters.clear();
    // As written, and with the first or the last word at the other end: Wei Zhang.
    let mut orders = vec![parts.concat()];
    let turns = [1, parts.len() - 1];
    for turn in turns.into_iter().filter(|_| parts.len() > 1) {
        let mut turned = parts.clone();
        turned.rotate_left(turn);
        let order = turned.concat();
        if !orders.contains(&order) {
            orders.push(order);
        }
    }
    let name = clerk.names.parse(&text).map(Box::new);
    words.push(Word {
        text,
        meanings: vec![Meaning::Letters { orders, name }],
    });
}

fn source(token: &str, query: &Query) -> Option<Vec<String>> {
    let called = query.names.iter();
    let named: Vec<String> = called
        .filter(|(name, _)| name.eq_ignore_ascii_case(token))
        .map(|(_, source)| source.clone())
        .collect();
    (!named.is_empty()).then_some(named)
}

/// What a word can mean by its shape.
fn meanings(token: &str, query: &Query, clerk: &Clerk) -> Vec<Meaning> {
    if let Some(sources) = source(token, query) {
        return vec![Meaning::Source(sources)];
    }
    if let Some(status) = status_of(token) {
        return vec![Meaning::Status(status_code(status))];
    }
    if let Some(span) = born(token).filter(|_| !is_digits(token)) {
        return vec![Meaning::Born(span)];
    }
    let mut meanings = Vec::new();
    if token.chars().any(is_han) {
        if !token.contains(|c: char| c.is_ascii_digit())
            && let Some(name) = clerk.names.parse(token)
        {
            let is_place = PLACES.iter().any(|place| token.ends_with(place));
            let spelt = match is_place {
                true => Spelt::Right,
                false => Spelt::PerhapsWrong,
            };
            meanings.push(Meaning::Name(Box::new(name), spelt));
        }
        let has_unknown = meanings
            .iter()
            .any(|meaning| matches!(meaning, Meaning::Name(name, _) if name.has_unknown()));
        if !has_unknown {
            meanings.extend(places(token, clerk));
        }
        return meanings;
    }
    let number: String = code_with_masks(token);
    if is_digits(token) {
        // No division's code begins as a year does.
        let county = || county(token).filter(|_| token.len() == 6);
        meanings.extend(match born(token) {
            Some(span) => Some(Meaning::Born(span)),
            None => county().map(Meaning::County),
        });
        let house = units(token, &clerk.addresses);
        if token.len() <= 4 && !house.is_empty() {
            meanings.push(Meaning::Place(house));
        }
    }
    if !number.is_empty() {
        meanings.push(Meaning::Number(number));
    }
    meanings
}

/// A fragment of an address, the parts that it names, and the division that it is.
fn places(token: &str, clerk: &Clerk) -> Vec<Meaning> {
    let mut meanings = Vec::new();
    let read = |text: &str| units(text, &clerk.addresses);
    let fragment = read(token);
    let Some(address) = clerk.addresses.parse(token, None) else {
        return meanings;
    };
    let named = [&address.town, &address.village, &address.estate];
    let mut parts: Vec<Vec<Unit>> = named
        .into_iter()
        .filter(|name| name.chars().count() > 1)
        .map(|name| read(name))
        .collect();
    let division = [address.county, address.prefecture, address.province]
        .into_iter()
        .find(|code| *code != 0)
        .and_then(|code| county(&code.to_string()));
    let is_division = parts.is_empty() && address.rest.is_empty();
    if let Some(span) = division.filter(|_| is_division) {
        meanings.push(Meaning::County(span));
    }
    if fragment.len() > 1 {
        meanings.push(Meaning::Place(fragment.clone()));
    }
    if parts.len() > 1 || !parts.is_empty() && parts.concat().len() < fragment.len() {
        let numbers = fragment.iter().filter(|unit| {
            unit.text.starts_with(|c: char| c.is_ascii_digit())
                && !parts.iter().flatten().any(|part| part.text == unit.text)
        });
        let numbers: Vec<Vec<Unit>> = numbers.map(|unit| vec![unit.clone()]).collect();
        parts.extend(numbers);
        meanings.push(Meaning::Places(parts));
    }
    meanings
}

/// The days that a text names: a year, a month, a day, or a run of years. `None` if it names none.
pub(super) fn born(token: &str) -> Option<Span> {
    let year = |text: &str| {
        let year: u16 = text.parse().ok().filter(|_| text.len() == 4)?;
        PLAUSIBLE_YEARS.contains(&year).then_some(u64::from(year))
    };
    let token = token.strip_suffix(['年', '生']).unwrap_or(token);
    if let Some(year) = year(token) {
        return Some(Span {
            first: year * 10_000,
            last: year * 10_000 + 9_999,
        });
    }
    let runs = ['-', '–', '—', '~', '～', '至', '到'];
    if let Some((from, to)) = token.split_once(runs)
        && let (Some(from), Some(to)) = (year(from), year(to))
    {
        return (from <= to).then_some(Span {
            first: from * 10_000,
            last: to * 10_000 + 9_999,
        });
    }
    let begins = token.get(..4).and_then(year).is_some();
    let len = token.chars().count();
    if !begins || len > 11 || is_digits(token) && !matches!(len, 6 | 8) {
        return None;
    }
    if is_digits(token) && len == 6 {
        let month: u8 = token.get(4..)?.parse().ok()?;
        return span(
            Date::new(token.get(..4)?.parse().ok()?, month.max(1), 0).filter(|_| month > 0)?,
        );
    }
    span(date::parse(token)?)
}

fn span(date: Date) -> Option<Span> {
    let first = day(date);
    let last = match (date.month(), date.day()) {
        (0, _) => first + 9_999,
        (_, 0) => first + 99,
        _ => first,
    };
    Some(Span { first, last })
}

/// Digits of the codes of divisions in the index.
const CODE: u32 = 12;

/// The codes of a division and of all in it, in twelve digits. `None` if the text is no code.
pub(super) fn county(code: &str) -> Option<Span> {
    let code = division::parse(code)?;
    beginning(&code.to_string())
}

/// The codes, in twelve digits, that begin so.
pub(super) fn beginning(digits: &str) -> Option<Span> {
    let missing = CODE.checked_sub(digits.len() as u32)?;
    let width = 10_u64.pow(missing);
    let first = digits.parse::<u64>().ok().filter(|_| is_digits(digits))? * width;
    Some(Span {
        first,
        last: first + width - 1,
    })
}

/// The letters of a word that is in letters alone, `v` for ü, without tones; `None` for any other.
fn in_letters(token: &str) -> Option<String> {
    let umlaut = |c: char| match c {
        'ü' | 'ǖ' | 'ǘ' | 'ǚ' | 'ǜ' | 'Ü' => 'v',
        c => c,
    };
    let plain: String = token.chars().map(umlaut).collect();
    let folded = text::fold(&plain);
    let letters: String = folded.chars().filter(|c| *c != ' ').collect();
    // Tones may be written as digits after the syllables: zhang1wei3.
    let toned = letters.starts_with(|c: char| c.is_ascii_lowercase())
        && letters
            .chars()
            .all(|c| c.is_ascii_lowercase() || matches!(c, '1'..='5'));
    let syllables: Vec<&str> = letters
        .split(|c: char| c.is_ascii_digit())
        .filter(|part| !part.is_empty())
        .collect();
    let spelled = || {
        let mut parts = syllables.iter();
        parts.all(|part| !super::names::sounds_of(part).is_empty())
    };
    let has_tone = letters.contains(|c: char| c.is_ascii_digit());
    (toned && (!has_tone || spelled())).then(|| syllables.concat())
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{323AF}')
}

fn is_digits(token: &str) -> bool {
    !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_digit())
}

/// Digits and capital letters, and `*` for what is hidden.
fn code_with_masks(token: &str) -> String {
    let masked: Vec<String> = token.split('*').map(code).collect();
    let joined = masked.join("*");
    match joined.contains(|c: char| c.is_alphanumeric()) {
        true => joined,
        false => String::new(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ask(text: &str) -> Query {
        let names = [("dibao", "dibao"), ("低保", "dibao"), ("低保", "dibao_2")];
        Query {
            text: text.to_string(),
            names: names.map(|(a, b)| (a.to_string(), b.to_string())).to_vec(),
            ..Query::default()
        }
    }

    /// Each word with what it can mean, in short.
    fn summary(text: &str) -> String {
        let joined = |units: &[Unit]| {
            let texts: Vec<&str> = units.iter().map(|unit| &*unit.text).collect();
            texts.join("")
        };
        let one = |meaning: &Meaning| match meaning {
            Meaning::Source(sources) => format!("source {}", sources.join("+")),
            Meaning::Status(status) => format!("status {status}"),
            Meaning::Born(Span { first, last }) => format!("born {first}-{last}"),
            Meaning::Name(name, _) => format!("name {name}"),
            Meaning::Letters { orders, .. } => format!("letters {}", orders.join("+")),
            Meaning::Place(units) => format!("place {}", joined(units)),
            Meaning::Places(parts) => {
                let parts: Vec<String> = parts.iter().map(|part| joined(part)).collect();
                format!("places {}", parts.join("+"))
            }
            Meaning::County(Span { first, last }) => format!("county {first}-{last}"),
            Meaning::Number(number) => format!("number {number}"),
        };
        let words = read(&ask(text), &Clerk::default());
        let words: Vec<String> = words
            .iter()
            .map(|word| {
                let meanings: Vec<String> = word.meanings.iter().map(one).collect();
                format!("[{}] {}", word.text, meanings.join(", "))
            })
            .collect();
        words.join("; ")
    }

    #[test]
    fn words_are_known_by_their_shape() {
        for (text, expected) in [
            ("", ""),
            ("zhangwei", "[zhangwei] letters zhangwei"),
            ("Zhāng Wěi", "[Zhāng Wěi] letters zhangwei+weizhang"),
            ("zhang1wei3", "[zhang1wei3] letters zhangwei"),
            ("lǚ bù", "[lǚ bù] letters lvbu+bulv"),
            (
                "zw 1962",
                "[zw] letters zw; [1962] born 19620000-19629999, place 1962, number 1962",
            ),
            ("1960-1965", "[1960-1965] born 19600000-19659999"),
            ("1962年", "[1962年] born 19620000-19629999"),
            ("1962-05-07", "[1962-05-07] born 19620507-19620507"),
            ("1962.5", "[1962.5] born 19620500-19620599"),
            ("196205", "[196205] born 19620500-19620599, number 196205"),
            (
                "410526",
                "[410526] county 410526000000-410526999999, number 410526",
            ),
            ("13812345670", "[13812345670] number 13812345670"),
            ("１３８１２３４５６７０", "[13812345670] number 13812345670"),
            (
                "110105********002x",
                "[110105********002x] number 110105********002X",
            ),
            (
                "DIB515404922698",
                "[DIB515404922698] number DIB515404922698",
            ),
            (
                "低保 在享",
                "[低保] source dibao+dibao_2; [在享] status active",
            ),
            (
                "DIBAO,active",
                "[DIBAO] source dibao; [active] status active",
            ),
            (
                "滑县",
                "[滑县] name 滑县, county 410526000000-410526999999, place 滑县",
            ),
            ("王■明", "[王■明] name 王□明"),
            ("安坪村3组", "[安坪村3组] place 安坪村3组, places 安坪+3"),
        ] {
            assert_eq!(summary(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_date_and_no_division_is_told() {
        for text in ["", "19", "1965-1960", "0000", "196213", "20261399", "张伟"] {
            assert_eq!(born(text), None, "{text}");
        }
        for (code, first, last) in [
            ("41", 410_000_000_000, 419_999_999_999),
            ("4105", 410_500_000_000, 410_599_999_999),
            ("410500", 410_500_000_000, 410_599_999_999),
            ("410526114", 410_526_114_000, 410_526_114_999),
            ("410526114201", 410_526_114_201, 410_526_114_201),
        ] {
            assert_eq!(county(code), Some(Span { first, last }), "{code}");
        }
        for (digits, first, last) in [
            ("3", 300_000_000_000, 399_999_999_999),
            ("310", 310_000_000_000, 310_999_999_999),
        ] {
            assert_eq!(beginning(digits), Some(Span { first, last }), "{digits}");
        }
        for digits in ["", "x", "1234567890123", "一"] {
            assert_eq!(beginning(digits), None, "{digits}");
        }
        assert_eq!(county("滑县"), None);
    }

    proptest! {
        #[test]
        fn garbage_never_panics(text: String, born_text: String) {
            let _ = read(&ask(&text), &Clerk::default());
            let _ = (born(&born_text), county(&born_text));
        }
    }
}
