//! Blocking: keys that bring together the records worth comparing.
//!
//! A rule is a list of parts, such as `name.pinyin` and `birth_date.year`; two records are a
//! candidate pair if they agree on every part of some rule. A part may read several fields
//! (`hukou_address|residence_address.village`) and a field may give several values (the papers
//! of a list), so a record can have several keys of one rule.

use thiserror::Error;

use crate::comparison::find_field;
use crate::normalise::name::PersonName;
use crate::normalise::name::hong_kong::{HongKongName, Spoken};
use crate::normalise::western::{WesternName, Word};
use crate::record::{Dictionaries, Field, FieldKind, Value};
use crate::rows::Row;
use crate::similarity::text;

/// A hash of 64 bits, the same on every machine and in every release of one model format.
pub type Key = u64;

/// What a refining part comes to for a record: the upper half of the hash of its first value, 0
/// where the record lacks the part. Half, because the path of these keys is written into every
/// entry of a stored index.
pub type RefineKey = u32;

/// At most this many refining parts a rule.
pub const MAX_REFINE: usize = 4;

/// At most this many keys a record and rule; further ones are left out.
pub const MAX_KEYS: usize = 16;

/// One way of bringing candidate pairs together.
#[derive(Clone, Debug)]
pub struct BlockingRule {
    /// Name, unique in the model.
    pub name: String,
    /// Parts that two records must agree on.
    pub parts: Vec<KeyPart>,
    /// Further parts, added one after the other to the keys of a block that is over the cap.
    pub refine: Vec<KeyPart>,
    /// Where the rule has a cap of its own: see [`BlockingRule::cap`].
    pub own_cap: Option<usize>,
}

/// What is taken of one or more fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPart {
    fields: Vec<usize>,
    extract: Extract,
    text: String,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Extract {
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
enum WesternPart {
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
enum HongKongPart {
    Characters,
    Cantonese,
    Surname,
    Given,
    English,
}

/// A key part with what was worked out of it beforehand.
#[derive(Clone, Debug)]
pub struct Prepared<'a> {
    part: &'a KeyPart,
    /// The hash of each value of a dictionary; 0 where it has none. Empty: none was worked out.
    hashes: Vec<Key>,
}

/// Why a key part of a model file cannot be read.
#[derive(Debug, Error, PartialEq)]
pub enum KeyPartError {
    /// No dot in it.
    #[error("`{0}` is not of the form `field.part`, such as `birth_date.year`")]
    NoPart(String),
    /// A field that the model does not state.
    #[error("`{0}` is not a field of this model")]
    UnknownField(String),
    /// No such part of a field of this kind.
    #[error("`{part}` is not a part of a {kind}; there are: {known}")]
    UnknownPart {
        /// The part asked for.
        part: String,
        /// The kind of field.
        kind: &'static str,
        /// The parts there are.
        known: String,
    },
}

const fn parts_of(kind: FieldKind) -> &'static [(&'static str, Extract)] {
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

impl KeyPart {
    /// Reads `field.part` or `field|field.part`; the fields must be of one kind.
    pub fn parse(text: &str, fields: &[Field]) -> Result<KeyPart, KeyPartError> {
        let (names, part) = text
            .rsplit_once('.')
            .ok_or_else(|| KeyPartError::NoPart(text.to_string()))?;
        let find = |name: &str| {
            find_field(fields, name.trim())
                .ok_or_else(|| KeyPartError::UnknownField(name.trim().to_string()))
        };
        let places = names.split('|').map(find).collect::<Result<Vec<_>, _>>()?;
        let mut extract = None;
        for &place in &places {
            let kind = fields[place].kind;
            let known = parts_of(kind);
            extract = if part == "value" {
                Some(Extract::Value)
            } else {
                known
                    .iter()
                    .find(|(name, _)| *name == part)
                    .map(|(_, extract)| *extract)
            };
            if extract.is_none() {
                let known: Vec<_> = std::iter::once("value")
                    .chain(known.iter().map(|(name, _)| *name))
                    .collect();
                return Err(KeyPartError::UnknownPart {
                    part: part.to_string(),
                    kind: kind.word(),
                    known: known.join(", "),
                });
            }
        }
        let extract = extract.ok_or_else(|| KeyPartError::NoPart(text.to_string()))?;
        Ok(KeyPart {
            fields: places,
            extract,
            text: text.to_string(),
        })
    }

    /// Places of the fields it reads.
    pub fn fields(&self) -> &[usize] {
        &self.fields
    }

    /// As the model file writes it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How many distinct values there are that the hash of this part can be worked out for
    /// beforehand, see [`KeyPart::entry_hash`]: names, addresses, texts. `None` if the part is not
    /// taken of a dictionary, or can be several things at once.
    pub fn entries(&self, dictionaries: &Dictionaries, kinds: &[Field]) -> Option<usize> {
        let kind = kinds[*self.fields.first()?].kind;
        match (self.extract, kind) {
            (_, FieldKind::PersonName) => Some(dictionaries.names.len()),
            (_, FieldKind::Address) => Some(dictionaries.addresses.len()),
            (Extract::Value | Extract::TextPrefix(_), FieldKind::Text | FieldKind::Code) => {
                Some(dictionaries.texts.len())
            }
            _ => None,
        }
    }

    /// The hash of the value at that place of the dictionary; 0 if it has none.
    pub fn entry_hash(&self, entry: u32, dictionaries: &Dictionaries, kinds: &[Field]) -> Key {
        let mut hash = 0;
        let kind = self.fields.first().map(|&field| kinds[field].kind);
        if let Some(kind) = kind {
            let value = Value::from_index(entry);
            self.extract
                .hashes(value, kind, dictionaries, &mut |found: Key| {
                    hash = found.max(1)
                });
        }
        hash
    }

    /// Calls `each` with a hash of every value of the part that the record has; equal parts
    /// have equal hashes, whichever of the fields they come from. No hash is 0.
    pub fn hashes(
        &self,
        record: Row<'_>,
        dictionaries: &Dictionaries,
        kinds: &[Field],
        mut each: impl FnMut(Key),
    ) {
        for &field in &self.fields {
            let value = record.get(field);
            if !value.is_null() {
                self.extract
                    .hashes(value, kinds[field].kind, dictionaries, &mut |hash: Key| {
                        each(hash.max(1))
                    });
            }
        }
    }

    /// The share of all people expected to have this value before any was counted: for names by
    /// their shape ([`PersonName::expected_share`]), else `None`.
    pub fn expected_share(
        &self,
        record: Row<'_>,
        dictionaries: &Dictionaries,
        kinds: &[Field],
    ) -> Option<f64> {
        let field = *self
            .fields
            .iter()
            .find(|&&field| !record.get(field).is_null())?;
        if kinds[field].kind != FieldKind::PersonName {
            return None;
        }
        let share = dictionaries.name(record.get(field))?.expected_share();
        match self.extract {
            Extract::Value => Some(share),
            // About eight names in use share a sound, by the names of the generated populations.
            Extract::NamePinyin | Extract::NameFuzzyPinyin => Some((8.0 * share).min(1.0)),
            _ => None,
        }
    }

    /// The hash of the first value of the part, or `None` if the record has none.
    pub fn first_hash(
        &self,
        record: Row<'_>,
        dictionaries: &Dictionaries,
        kinds: &[Field],
    ) -> Option<Key> {
        Prepared::of(self).first_hash(record, dictionaries, kinds)
    }

    /// What the record comes to if a block is split by this part.
    pub fn refine_key(
        &self,
        record: Row<'_>,
        dictionaries: &Dictionaries,
        kinds: &[Field],
    ) -> RefineKey {
        let hash = self.first_hash(record, dictionaries, kinds);
        hash.map_or(0, |hash| (hash >> 32) as RefineKey)
    }
}

impl<'a> Prepared<'a> {
    /// The part with nothing worked out.
    pub fn of(part: &'a KeyPart) -> Prepared<'a> {
        Prepared {
            part,
            hashes: Vec::new(),
        }
    }

    /// The part with the [`KeyPart::entry_hash`] of all its [`KeyPart::entries`], in their order.
    pub fn with(part: &'a KeyPart, hashes: Vec<Key>) -> Prepared<'a> {
        Prepared { part, hashes }
    }

    /// The hashes that were worked out, one a value of the dictionary, 0 where it has none; none
    /// if the part has no [`KeyPart::entries`].
    pub fn entry_hashes(&self) -> &[Key] {
        &self.hashes
    }

    /// As [`KeyPart::hashes`].
    #[inline]
    pub fn hashes(
        &self,
        record: Row<'_>,
        dictionaries: &Dictionaries,
        kinds: &[Field],
        mut each: impl FnMut(Key),
    ) {
        if self.hashes.is_empty() {
            return self.part.hashes(record, dictionaries, kinds, each);
        }
        for &field in &self.part.fields {
            let entry = record.get(field).index();
            let hash = entry.and_then(|entry| self.hashes.get(entry as usize));
            if let Some(&hash) = hash.filter(|hash| **hash != 0) {
                each(hash);
            }
        }
    }

    /// The place of the first value of the part that a record has in the dictionary, if the part has
    /// [`KeyPart::entries`] and the record a value.
    #[inline]
    pub fn first_entry(&self, record: Row<'_>) -> Option<u32> {
        let fields = self.part.fields.iter();
        let mut entries = fields.filter_map(|&field| record.get(field).index());
        entries.find(|&entry| {
            self.hashes
                .get(entry as usize)
                .is_some_and(|&hash| hash != 0)
        })
    }

    /// As [`KeyPart::first_hash`].
    pub fn first_hash(
        &self,
        record: Row<'_>,
        dictionaries: &Dictionaries,
        kinds: &[Field],
    ) -> Option<Key> {
        let mut first = None;
        self.hashes(record, dictionaries, kinds, |hash| {
            first.get_or_insert(hash);
        });
        first
    }
}

/// Puts the keys that a record has by these parts of a rule into `keys`, sorted, each once; none
/// if the record lacks a part.
pub fn keys_of(
    parts: &[Prepared<'_>],
    record: Row<'_>,
    dictionaries: &Dictionaries,
    kinds: &[Field],
    keys: &mut Vec<Key>,
) {
    keys.clear();
    keys.push(0);
    for part in parts {
        let mut values = [0; MAX_KEYS];
        let mut count = 0;
        part.hashes(record, dictionaries, kinds, |hash| {
            if count < MAX_KEYS && !values[..count].contains(&hash) {
                values[count] = hash;
                count += 1;
            }
        });
        let before = keys.len();
        for &value in values[..count].iter().skip(1) {
            for index in 0..before {
                keys.push(mix(keys[index], value));
            }
        }
        if count == 0 {
            keys.clear();
            return;
        }
        for key in &mut keys[..before] {
            *key = mix(*key, values[0]);
        }
        keys.truncate(MAX_KEYS);
    }
    keys.sort_unstable();
    keys.dedup();
}

impl BlockingRule {
    /// A block with more records than this is refined; `model` is the cap of rules that have none
    /// of their own. What a weak key brings together grows with the square of the records, and is
    /// nearly all strangers: its rule has a low cap, so that the pairs a record stay as many.
    pub fn cap(&self, model: usize) -> usize {
        self.own_cap.unwrap_or(model)
    }

    /// Puts the keys of the record into `keys`, sorted, each once; none if the record lacks a part.
    pub fn keys(
        &self,
        record: Row<'_>,
        dictionaries: &Dictionaries,
        kinds: &[Field],
        keys: &mut Vec<Key>,
    ) {
        let parts: Vec<Prepared<'_>> = self.parts.iter().map(Prepared::of).collect();
        keys_of(&parts, record, dictionaries, kinds, keys);
    }

    /// Puts the record's [`KeyPart::refine_key`] of each refining part into `path`, in their
    /// order. Under one key, two records are in one block after `n` refinements if the first `n`
    /// of their paths are equal.
    pub fn path(
        &self,
        record: Row<'_>,
        dictionaries: &Dictionaries,
        kinds: &[Field],
        path: &mut Vec<RefineKey>,
    ) {
        path.clear();
        let parts = self.refine.iter();
        path.extend(parts.map(|part| part.refine_key(record, dictionaries, kinds)));
    }

    /// Places of the fields that decide whether two records share a key, sorted.
    pub fn fields_read(&self) -> Vec<usize> {
        let mut fields: Vec<usize> = self
            .parts
            .iter()
            .flat_map(|part| part.fields.iter().copied())
            .collect();
        fields.sort_unstable();
        fields.dedup();
        fields
    }
}

impl Extract {
    fn hashes(
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

fn mix(hash: Key, value: u64) -> Key {
    scramble(hash.rotate_left(5) ^ value)
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014) after adding its constant.
fn scramble(value: u64) -> Key {
    let mut z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
