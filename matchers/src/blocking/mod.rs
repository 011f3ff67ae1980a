//! Blocking: keys that bring together the records worth comparing.
//!
//! A rule is a list of parts, such as `name.pinyin` and `birth_date.year`; two records are a
//! candidate pair if they agree on every part of some rule. A part may read several fields
//! (`hukou_address|residence_address.village`) and a field may give several values (the papers
//! of a list), so a record can have several keys of one rule.

mod extract;
mod keys;

pub use keys::{FirstEntries, Prepared, keys_of, keys_of_each};

use extract::{Extract, parts_of};
use thiserror::Error;

use crate::comparison::find_field;
use crate::record::{Dictionaries, Field, FieldKind, Value};
use crate::rows::Row;

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
    /// [their shape](crate::normalise::name::PersonName::expected_share), else `None`.
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
