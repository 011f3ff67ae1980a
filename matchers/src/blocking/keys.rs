//! The keys of records, with what was worked out of distinct values beforehand.

use std::ops::Range;

use super::extract::mix;
use super::{Key, KeyPart, MAX_KEYS};
use crate::record::{Dictionaries, Field, Value};
use crate::rows::Row;

/// A key part with what was worked out of it beforehand.
#[derive(Clone, Debug)]
pub struct Prepared<'a> {
    part: &'a KeyPart,
    /// The hash of each value of a dictionary; 0 where it has none. Empty: none was worked out.
    hashes: Vec<Key>,
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
            match self.hash_of(record.get(field)) {
                0 => {}
                hash => each(hash),
            }
        }
    }

    /// The hash that was worked out of a value; 0 if there is none.
    #[inline]
    fn hash_of(&self, value: Value) -> Key {
        let hash = value
            .index()
            .and_then(|entry| self.hashes.get(entry as usize));
        hash.copied().unwrap_or(0)
    }

    /// What tells where a record's first value of the part is in the dictionary, if the part has
    /// [`KeyPart::entries`]. An eighth of a byte a value.
    pub fn first_entries(&self) -> FirstEntries<'a> {
        let has = self.hashes.chunks(64).map(|hashes| {
            let bits = hashes.iter().enumerate();
            bits.fold(0, |all, (bit, &hash)| all | u64::from(hash != 0) << bit)
        });
        FirstEntries {
            part: self.part,
            has: has.collect(),
        }
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

/// The first values that records have of a part, by their places in a dictionary.
#[derive(Clone, Debug)]
pub struct FirstEntries<'a> {
    part: &'a KeyPart,
    /// Whether the values of the dictionary have the part, a bit each: of these 64 times as many fit the
    /// cache as of hashes.
    has: Vec<u64>,
}

impl FirstEntries<'_> {
    /// The place of the first value of the part that a record has, if it has one.
    #[inline]
    pub fn of(&self, record: Row<'_>) -> Option<u32> {
        let fields = self.part.fields.iter();
        let mut entries = fields.filter_map(|&field| record.get(field).index());
        entries.find(|&entry| {
            let bits = self.has.get(entry as usize / 64);
            bits.is_some_and(|bits| bits >> (entry % 64) & 1 == 1)
        })
    }
}

/// Records whose keys are made together: what they have of one part before the next part is looked
/// at, so that the waits for memory overlap.
const TOGETHER: usize = if cfg!(test) { 5 } else { 1 << 8 };

/// Calls `each` with the records that have keys by these parts of a rule, and every key: the keys of
/// [`keys_of`], each record's in a row. `row` gives the values of a record.
pub fn keys_of_each<'r>(
    parts: &[Prepared<'_>],
    records: Range<u32>,
    row: impl Fn(u32) -> Row<'r>,
    dictionaries: &Dictionaries,
    kinds: &[Field],
    mut each: impl FnMut(u32, Key),
) {
    let mut several_keys = Vec::new();
    for first in records.clone().step_by(TOGETHER) {
        let records = first..records.end.min(first.saturating_add(TOGETHER as u32));
        let mut keys = [0; TOGETHER];
        let (mut lacks, mut several) = ([false; TOGETHER], [false; TOGETHER]);
        for part in parts {
            let mut only = [0; TOGETHER];
            let mut add = |at: usize, hash: Key| {
                several[at] |= hash != 0 && only[at] != 0 && only[at] != hash;
                only[at] = if hash == 0 { only[at] } else { hash };
            };
            if part.hashes.is_empty() {
                for (at, record) in records.clone().enumerate().filter(|&(at, _)| !lacks[at]) {
                    let add = |hash| add(at, hash);
                    part.part.hashes(row(record), dictionaries, kinds, add);
                }
            } else {
                for &field in &part.part.fields {
                    for (at, record) in records.clone().enumerate() {
                        add(at, part.hash_of(row(record).get(field)));
                    }
                }
            }
            for at in 0..records.len() {
                lacks[at] |= only[at] == 0;
                keys[at] = mix(keys[at], only[at]);
            }
        }
        for (at, record) in records.enumerate() {
            if several[at] {
                keys_of(parts, row(record), dictionaries, kinds, &mut several_keys);
                several_keys.iter().for_each(|&key| each(record, key));
            } else if !lacks[at] {
                each(record, keys[at]);
            }
        }
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::normalise::documents;
    use crate::record::FieldKind;
    use crate::rows::Rows;

    fn fields() -> Vec<Field> {
        let field = |(name, kind): (&str, FieldKind)| Field {
            name: name.to_string(),
            kind,
            column: String::new(),
            years: None,
        };
        let kinds = [
            ("code", FieldKind::Code),
            ("other", FieldKind::Code),
            ("phone", FieldKind::Phone),
            ("papers", FieldKind::Documents),
        ];
        kinds.map(field).into()
    }

    proptest! {
        #[test]
        fn many_records_have_the_keys_of_each(
            // Two codes, a number and how many papers there are.
            records in proptest::collection::vec(("[ab]{0,3}", "[ab]{0,3}", 0..3_u64, 0..3_usize), 0..23),
            from in 0..4_usize,
            texts in proptest::sample::subsequence(
                vec!["code|other.value", "code.prefix2", "phone.value", "papers.each", "other|code.prefix1"],
                1..=4,
            ),
        ) {
            let fields = fields();
            let mut dictionaries = Dictionaries::default();
            let mut rows = Rows::new(&fields);
            for (code, other, phone, papers) in &records {
                let mut text = |text: &str| match text {
                    "" => Value::NULL,
                    text => Value::from_index(dictionaries.texts.intern(text)),
                };
                let (code, other) = (text(code), text(other));
                let phone = if *phone == 0 { Value::NULL } else { Value::from_number(*phone) };
                let listed = ["护照:E12345678", "护照:E12345679"][..(*papers).min(2)].join(";");
                let papers = match papers {
                    0 => Value::NULL,
                    _ => {
                        let listed = documents::parse(&listed).into();
                        Value::from_index(dictionaries.documents.intern(listed))
                    }
                };
                rows.push(&[code, other, phone, papers]);
            }
            let parts: Vec<KeyPart> =
                texts.iter().map(|text| KeyPart::parse(text, &fields).unwrap()).collect();
            let prepared = |part| {
                let entries = KeyPart::entries(part, &dictionaries, &fields).unwrap_or(0);
                let hashes = (0..entries as u32).map(|entry| part.entry_hash(entry, &dictionaries, &fields));
                Prepared::with(part, hashes.collect())
            };
            let parts: Vec<Prepared<'_>> = parts.iter().map(prepared).collect();
            let range = from.min(records.len()) as u32..records.len() as u32;
            let (mut expected, mut keys) = (Vec::new(), Vec::new());
            for record in range.clone() {
                keys_of(&parts, rows.row(record), &dictionaries, &fields, &mut keys);
                expected.extend(keys.iter().map(|&key| (record, key)));
            }
            let mut found = Vec::new();
            let row = |record| rows.row(record);
            keys_of_each(&parts, range, row, &dictionaries, &fields, |record, key| {
                found.push((record, key));
            });
            prop_assert_eq!(found, expected);
        }
    }
}
