//! What a key part takes of one value.

use super::{Key, MAX_KEYS};
use crate::normalise::name::PersonName;
use crate::normalise::name::hong_kong::{HongKongName, Spoken};
use crate::normalise::western::{WesternName, Word};
use crate::record::{Dictionaries, FieldKind, Value};
use crate::similarity::text;

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Extract {
    Value,
    IdBirth,
    IdTail,
    NamePinyin,
    NameFuzzyPinyin,
    NameSortedPinyin,
    NameSurname,
    NameSurnamePinyin,
    NameGiven,
    NameGivenPinyin,
    HongKong(HongKongPart),
    DateYear,
    DateYearMonth,
    DateMonthDay,
    AddressPrefecture,
    AddressCounty,
    AddressTown,
    AddressVillage,
    AddressDoor,
    DivisionCounty,
    DivisionPrefecture,
    EachDocument,
    TextPrefix(usize),
    TextWords,
    PostalDistrict,
    EmailLocal,
    Western(WesternPart),
}

/// What is taken of a Western name.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum WesternPart {
    /// All words, sorted.
    Sorted,
    /// Each word of two letters or more.
    Words,
    /// The sound of each word.
    Sounds,
    First,
    FirstInitial,
    FirstSound,
    /// Each formal name of the first word, or the word.
    FirstFormal,
    Last,
    LastSound,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum HongKongPart {
    Characters,
    Cantonese,
    Surname,
    Given,
    English,
}

pub(super) const fn parts_of(kind: FieldKind) -> &'static [(&'static str, Extract)] {
    match kind {
        FieldKind::NationalId => &[("birth", Extract::IdBirth), ("tail", Extract::IdTail)],
        FieldKind::PersonName => &[
            ("pinyin", Extract::NamePinyin),
            ("fuzzy_pinyin", Extract::NameFuzzyPinyin),
            ("sorted_pinyin", Extract::NameSortedPinyin),
            ("surname", Extract::NameSurname),
            ("surname_pinyin", Extract::NameSurnamePinyin),
            ("given", Extract::NameGiven),
            ("given_pinyin", Extract::NameGivenPinyin),
        ],
        FieldKind::HongKongName => &[
            ("characters", Extract::HongKong(HongKongPart::Characters)),
            ("cantonese", Extract::HongKong(HongKongPart::Cantonese)),
            (
                "cantonese_surname",
                Extract::HongKong(HongKongPart::Surname),
            ),
            ("cantonese_given", Extract::HongKong(HongKongPart::Given)),
            ("english", Extract::HongKong(HongKongPart::English)),
        ],
        FieldKind::Date => &[
            ("year", Extract::DateYear),
            ("year_month", Extract::DateYearMonth),
            ("month_day", Extract::DateMonthDay),
        ],
        FieldKind::Address => &[
            ("prefecture", Extract::AddressPrefecture),
            ("county", Extract::AddressCounty),
            ("town", Extract::AddressTown),
            ("village", Extract::AddressVillage),
            ("door", Extract::AddressDoor),
        ],
        FieldKind::Division => &[
            ("county", Extract::DivisionCounty),
            ("prefecture", Extract::DivisionPrefecture),
        ],
        FieldKind::Documents => &[("each", Extract::EachDocument)],
        FieldKind::WesternName => &[
            ("sorted", Extract::Western(WesternPart::Sorted)),
            ("words", Extract::Western(WesternPart::Words)),
            ("sounds", Extract::Western(WesternPart::Sounds)),
            ("first", Extract::Western(WesternPart::First)),
            ("first_initial", Extract::Western(WesternPart::FirstInitial)),
            ("first_sound", Extract::Western(WesternPart::FirstSound)),
            ("first_formal", Extract::Western(WesternPart::FirstFormal)),
            ("last", Extract::Western(WesternPart::Last)),
            ("last_sound", Extract::Western(WesternPart::LastSound)),
        ],
        FieldKind::Postcode => &[("district", Extract::PostalDistrict)],
        FieldKind::Email => &[("local", Extract::EmailLocal)],
        FieldKind::Text | FieldKind::Code => &[
            ("prefix1", Extract::TextPrefix(1)),
            ("prefix2", Extract::TextPrefix(2)),
            ("prefix3", Extract::TextPrefix(3)),
            ("prefix4", Extract::TextPrefix(4)),
            ("words", Extract::TextWords),
        ],
        FieldKind::Phone
        | FieldKind::Account
        | FieldKind::Sex
        | FieldKind::Ethnicity
        | FieldKind::Relation => &[],
    }
}

impl Extract {
    /// Calls `each` with the hash of everything that it takes of a value.
    pub(super) fn hashes(
        self,
        value: Value,
        kind: FieldKind,
        dictionaries: &Dictionaries,
        each: &mut impl FnMut(Key),
    ) {
        match self {
            Extract::Value => self.whole(value, kind, dictionaries, each),
            Extract::IdBirth | Extract::IdTail => {
                if let Some(id) = dictionaries.get_national_id(value) {
                    match self {
                        Extract::IdBirth => id
                            .birth_date()
                            .into_iter()
                            .for_each(|date| each(scramble(date.bits().into()))),
                        _ => id
                            .as_str()
                            .as_bytes()
                            .last_chunk::<9>()
                            .into_iter()
                            .for_each(|tail| each(bytes(tail))),
                    }
                }
            }
            Extract::DateYear | Extract::DateYearMonth | Extract::DateMonthDay => {
                if let Some(date) = value.date() {
                    let (year, month, day) = (
                        u64::from(date.year()),
                        u64::from(date.month()),
                        u64::from(date.day()),
                    );
                    match self {
                        Extract::DateYear => each(scramble(year)),
                        Extract::DateYearMonth if month != 0 => each(scramble(year << 4 | month)),
                        Extract::DateMonthDay if day != 0 => each(scramble(month << 5 | day)),
                        _ => {}
                    }
                }
            }
            Extract::AddressPrefecture
            | Extract::AddressCounty
            | Extract::AddressTown
            | Extract::AddressVillage
            | Extract::AddressDoor => {
                let Some(address) = dictionaries.address(value) else {
                    return;
                };
                let code = |code: u32| (code != 0).then(|| scramble(code.into()));
                let part = match self {
                    Extract::AddressPrefecture => code(address.prefecture),
                    Extract::AddressCounty => code(address.county),
                    Extract::AddressTown => address.town_key(),
                    Extract::AddressVillage => address.village_key(),
                    _ => address.door_key(),
                };
                part.into_iter().for_each(each);
            }
            Extract::DivisionCounty | Extract::DivisionPrefecture => {
                if let Some(division) = value.division() {
                    let code = if self == Extract::DivisionCounty {
                        division.county()
                    } else {
                        division.prefecture()
                    };
                    each(scramble(code.into()));
                }
            }
            Extract::HongKong(part) => {
                if let Some(name) = dictionaries.hong_kong_name(value) {
                    part.hashes(name, each);
                }
            }
            Extract::EachDocument => {
                for document in dictionaries.document_list(value).unwrap_or_default() {
                    each(bytes(document.number.as_bytes()));
                }
            }
            Extract::TextPrefix(length) => {
                if let Some(text) = dictionaries.characters(value) {
                    each(chars(&text[..length.min(text.len())]));
                }
            }
            Extract::TextWords => {
                if let Some(text) = dictionaries.characters(value) {
                    text.split(|&c| c == ' ')
                        .filter(|word| !word.is_empty())
                        .for_each(|word| each(chars(word)));
                }
            }
            Extract::PostalDistrict => {
                if let Some(code) = dictionaries.characters(value) {
                    each(chars(text::postal_district(&code)));
                }
            }
            Extract::EmailLocal => {
                if let Some(address) = dictionaries.characters(value) {
                    each(chars(text::local_part(&address)));
                }
            }
            Extract::Western(part) => {
                if let Some(name) = dictionaries.western_name(value) {
                    part.hashes(name, each);
                }
            }
            _ => {
                if let Some(name) = dictionaries.name(value) {
                    self.of_name(name).into_iter().for_each(each);
                }
            }
        }
    }

    fn whole(
        self,
        value: Value,
        kind: FieldKind,
        dictionaries: &Dictionaries,
        each: &mut impl FnMut(Key),
    ) {
        match kind {
            FieldKind::PersonName => {
                if let Some(name) = dictionaries.name(value) {
                    each(chars(name.chars()));
                }
            }
            FieldKind::HongKongName => {
                if let Some(name) = dictionaries.hong_kong_name(value) {
                    each(bytes(name.text().as_bytes()));
                }
            }
            FieldKind::NationalId => {
                if let Some(id) = dictionaries.get_national_id(value) {
                    each(bytes(id.as_str().as_bytes()));
                }
            }
            FieldKind::Text | FieldKind::Code | FieldKind::Postcode | FieldKind::Email => {
                if let Some(text) = dictionaries.characters(value) {
                    each(chars(&text));
                }
            }
            FieldKind::WesternName => {
                if let Some(name) = dictionaries.western_name(value) {
                    each(chars(name.chars()));
                }
            }
            FieldKind::Documents => Extract::EachDocument.hashes(value, kind, dictionaries, each),
            FieldKind::Address => Extract::AddressDoor.hashes(value, kind, dictionaries, each),
            FieldKind::Date
            | FieldKind::Phone
            | FieldKind::Account
            | FieldKind::Sex
            | FieldKind::Ethnicity
            | FieldKind::Relation
            | FieldKind::Division => each(scramble(value.bits())),
        }
    }

    fn of_name(self, name: &PersonName) -> Option<Key> {
        let surname = name.surname_len();
        let (whole, given) = (name.readings(), name.readings().get(surname..)?);
        let chars_of = |part: &[char]| (!part.is_empty()).then(|| chars(part));
        match self {
            Extract::NameSurname => chars_of(name.chars().get(..surname)?),
            Extract::NameGiven => chars_of(name.chars().get(surname..)?),
            Extract::NamePinyin => syllables(
                whole
                    .iter()
                    .map(|reading| reading.preferred().number().into()),
            ),
            Extract::NameFuzzyPinyin => syllables(
                whole
                    .iter()
                    .map(|reading| reading.preferred().fuzzy().number().into()),
            ),
            Extract::NameSurnamePinyin => syllables(
                whole
                    .get(..surname)?
                    .iter()
                    .map(|reading| reading.preferred().fuzzy().number().into()),
            ),
            Extract::NameGivenPinyin => syllables(
                given
                    .iter()
                    .map(|reading| reading.preferred().fuzzy().number().into()),
            ),
            Extract::NameSortedPinyin => {
                let mut codes: Vec<u64> = whole
                    .iter()
                    .map(|reading| reading.preferred().fuzzy().number().into())
                    .collect();
                codes.sort_unstable();
                syllables(codes.into_iter())
            }
            _ => None,
        }
    }
}

impl WesternPart {
    fn hashes(self, name: &WesternName, each: &mut impl FnMut(Key)) {
        let sound = |word: &Word| match word.sound() {
            0 => chars(word.chars()),
            code => scramble(code),
        };
        let long = |word: &&Word| word.chars().len() > 1;
        let (Some(first), Some(last)) = (name.words().first(), name.words().last()) else {
            return;
        };
        match self {
            WesternPart::Sorted => {
                let mut words: Vec<Key> = name
                    .words()
                    .iter()
                    .map(|word| chars(word.chars()))
                    .collect();
                words.sort_unstable();
                each(words.into_iter().fold(0, mix));
            }
            WesternPart::Words => {
                let words = name.words().iter().filter(long);
                words.for_each(|word| each(chars(word.chars())));
            }
            WesternPart::Sounds => {
                let words = name.words().iter().filter(long);
                words.for_each(|word| each(sound(word)));
            }
            WesternPart::First => each(chars(first.chars())),
            WesternPart::FirstInitial => each(chars(&first.chars()[..1])),
            WesternPart::FirstSound => each(sound(first)),
            WesternPart::FirstFormal => {
                first.formal().iter().for_each(|&code| each(scramble(code)));
                if first.formal().is_empty() {
                    each(chars(first.chars()));
                }
            }
            WesternPart::Last => each(chars(last.chars())),
            WesternPart::LastSound => each(sound(last)),
        }
    }
}

impl HongKongPart {
    fn hashes(self, name: &HongKongName, each: &mut impl FnMut(Key)) {
        match self {
            HongKongPart::Characters => {
                if name.is_in_characters() {
                    each(name.syllables().iter().fold(0, |hash, syllable| {
                        mix(hash, syllable.character().map_or(0, u64::from))
                    }));
                }
            }
            // Without order, so that it does not matter which of the syllables is the surname.
            HongKongPart::Cantonese => {
                if name.syllables().len() > 1 {
                    readings(name.syllables(), true, each);
                }
            }
            HongKongPart::Surname => {
                readings(name.surname(), false, each);
                if let Some(last) = name
                    .syllables()
                    .last()
                    .filter(|_| name.last_may_be_surname())
                {
                    readings(std::slice::from_ref(last), false, each);
                }
            }
            HongKongPart::Given => {
                readings(name.given(), false, each);
                if let [given @ .., _] = name.syllables()
                    && name.last_may_be_surname()
                {
                    readings(given, false, each);
                }
            }
            HongKongPart::English => name
                .english()
                .iter()
                .for_each(|english| each(bytes(english.as_bytes()))),
        }
    }
}

/// A hash of each of the ways to read the syllables, the likeliest first, at most [`MAX_KEYS`];
/// none if there are no syllables or one cannot be read.
fn readings(syllables: &[Spoken], sorted: bool, each: &mut impl FnMut(Key)) {
    let ways = |syllable: &Spoken| syllable.sounds().iter().count();
    let count = syllables.iter().map(ways).product::<usize>();
    if syllables.is_empty() {
        return;
    }
    for way in 0..count.min(MAX_KEYS) {
        let mut rest = way;
        let mut sounds = [0; HongKongName::MOST_SYLLABLES];
        let chosen = &mut sounds[..syllables.len().min(HongKongName::MOST_SYLLABLES)];
        for (sound, syllable) in chosen.iter_mut().zip(syllables) {
            let of = ways(syllable).max(1);
            *sound = syllable
                .sounds()
                .iter()
                .nth(rest % of)
                .map_or(0, |sound| u64::from(sound.number()));
            rest /= of;
        }
        if sorted {
            chosen.sort_unstable();
        }
        each(chosen.iter().fold(0, |hash, &sound| mix(hash, sound)));
    }
}

/// The hash of a name's syllables, or `None` if there are none or one is unknown.
fn syllables(codes: impl Iterator<Item = u64>) -> Option<Key> {
    let mut hash = None;
    for code in codes {
        if code == 0 {
            return None;
        }
        hash = Some(mix(hash.unwrap_or(0), code));
    }
    hash
}

fn chars(text: &[char]) -> Key {
    text.iter()
        .fold(0, |hash, &c| mix(hash, u64::from(u32::from(c))))
}

fn bytes(text: &[u8]) -> Key {
    text.iter()
        .fold(0, |hash, &byte| mix(hash, u64::from(byte)))
}

pub(super) fn mix(hash: Key, value: u64) -> Key {
    scramble(hash.rotate_left(5) ^ value)
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014) after adding its constant.
fn scramble(value: u64) -> Key {
    let mut z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
