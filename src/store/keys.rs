//! The bytes of keys: this file alone makes and reads them.
//!
//! Numbers are written with their highest byte first, so that keys sort as what they say does. Every
//! key of derived data begins with a [`Generation`], so that a whole answer can be built beside
//! the one in force, and taken away again, as one range.

use yiren_matchers::blocking::{Key, RefineKey};

use crate::id::{EntityId, record_hash};

/// A record within the store: the 64-bit hash of its source and id, or, where another record has
/// that number already, the next that was free.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordKey(pub u64);

/// A run of derived data: what one model version made of the records.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Generation(pub u16);

/// A fact that several records can share.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Fact {
    /// A whole, valid ID number, packed.
    NationalId = 1,
    /// A bank account.
    Account = 2,
    /// A household id, hashed.
    Household = 3,
}

/// What a finding was found in; see [`crate::policy`].
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// An entity.
    Entity(EntityId),
    /// The records that share a fact.
    Fact(Fact, u64),
}

impl RecordKey {
    /// Bytes of a record in a key.
    pub const BYTES: usize = 8;

    /// Where the record is looked for first.
    pub fn first(source: &str, record_id: &str) -> RecordKey {
        RecordKey(record_hash(source, record_id))
    }

    /// Where it is looked for when another record is here.
    pub fn next(self) -> RecordKey {
        RecordKey(self.0.wrapping_add(1))
    }

    /// The key of a record.
    pub fn to_bytes(self) -> [u8; Self::BYTES] {
        self.0.to_be_bytes()
    }

    /// The record at the end of a key; `None` if the key is too short.
    pub fn at_end(key: &[u8]) -> Option<RecordKey> {
        key.last_chunk()
            .map(|bytes| RecordKey(u64::from_be_bytes(*bytes)))
    }

    /// The record at the start of a key.
    pub fn at_start(key: &[u8]) -> Option<RecordKey> {
        key.first_chunk()
            .map(|bytes| RecordKey(u64::from_be_bytes(*bytes)))
    }
}

impl Generation {
    /// What all keys of the generation begin with.
    pub fn prefix(self) -> [u8; 2] {
        self.0.to_be_bytes()
    }

    /// The generation that a key begins with.
    pub fn at_start(key: &[u8]) -> Option<Generation> {
        key.first_chunk()
            .map(|bytes| Generation(u16::from_be_bytes(*bytes)))
    }
}

/// What all keys of a block begin with: the generation, the place of the rule in the model, and
/// the key that its records share. A longer prefix, with refining keys, is a part of the block.
pub fn block(generation: Generation, rule: u8, key: Key) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(32);
    bytes.extend(generation.prefix());
    bytes.push(rule);
    bytes.extend(key.to_be_bytes());
    bytes
}

/// Narrows the prefix of a block, or of a part of one, by a refining key.
pub fn refine(block: &mut Vec<u8>, key: RefineKey) {
    block.extend(key.to_be_bytes());
}

/// Ends the prefix of the smallest part with a record.
pub fn block_entry(mut block: Vec<u8>, record: RecordKey) -> Vec<u8> {
    block.extend(record.to_bytes());
    block
}

/// A former version of a record, or of what an entity was: until that commit.
pub fn until(of: &[u8], commit: u64) -> Vec<u8> {
    [of, &commit.to_be_bytes()].concat()
}

/// The commit at the end of a key.
pub fn commit_at_end(key: &[u8]) -> Option<u64> {
    key.last_chunk().map(|bytes| u64::from_be_bytes(*bytes))
}

/// What keys of derived data about a record begin with (or are).
pub fn of_record(generation: Generation, record: RecordKey) -> Vec<u8> {
    [&generation.prefix()[..], &record.to_bytes()].concat()
}

/// The key of a link, kept from both sides.
pub fn link(generation: Generation, from: RecordKey, to: RecordKey) -> Vec<u8> {
    [&generation.prefix()[..], &from.to_bytes(), &to.to_bytes()].concat()
}

/// The key of an entity.
pub fn entity(generation: Generation, entity: EntityId) -> Vec<u8> {
    [&generation.prefix()[..], &entity.to_bytes()].concat()
}

/// The entity at the end of a key.
pub fn entity_at_end(key: &[u8]) -> Option<EntityId> {
    key.last_chunk().map(|bytes| EntityId::from_bytes(*bytes))
}

/// What the keys of all holders of a fact begin with.
pub fn fact(fact: Fact, value: u64) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(17);
    bytes.push(fact as u8);
    bytes.extend(value.to_be_bytes());
    bytes
}

/// What the keys of all findings of a group begin with.
pub fn findings(generation: Generation, group: Group) -> Vec<u8> {
    let mut bytes = generation.prefix().to_vec();
    match group {
        Group::Entity(entity) => {
            bytes.push(0);
            bytes.extend(entity.to_bytes());
        }
        Group::Fact(kind, value) => bytes.extend(fact(kind, value)),
    }
    bytes
}

/// The group that the key of a finding names; `None` if it is none.
pub fn group_of(key: &[u8]) -> Option<Group> {
    let kind = match key.get(2)? {
        0 => {
            return key
                .get(3..)?
                .first_chunk()
                .map(|id| Group::Entity(EntityId::from_bytes(*id)));
        }
        1 => Fact::NationalId,
        2 => Fact::Account,
        3 => Fact::Household,
        _ => return None,
    };
    let value = key.get(3..)?.first_chunk()?;
    Some(Group::Fact(kind, u64::from_be_bytes(*value)))
}

/// The key of one finding of a group, by the number that its id writes.
pub fn finding(generation: Generation, group: Group, finding: u64) -> Vec<u8> {
    until(&findings(generation, group), finding)
}

/// The key of two records that a person judged, from the one side.
pub fn verdict(from: RecordKey, to: RecordKey) -> [u8; 16] {
    (u128::from(from.0) << 64 | u128::from(to.0)).to_be_bytes()
}

/// What the keys of all opinions begin with; no other key of their family does.
pub const OPINIONS: &[u8] = b"opinion";

/// What the keys of all opinions of two records begin with; the lower record first.
pub fn opinions(a: RecordKey, b: RecordKey) -> Vec<u8> {
    [OPINIONS, &verdict(a.min(b), a.max(b))].concat()
}

/// The two records and the commit of the key of an opinion; `None` if it is none.
pub fn opinion_of(key: &[u8]) -> Option<(RecordKey, RecordKey, u64)> {
    let rest = key.strip_prefix(OPINIONS)?;
    let a = RecordKey::at_start(rest)?;
    let b = RecordKey::at_start(rest.get(RecordKey::BYTES..)?)?;
    let commit = rest.get(2 * RecordKey::BYTES..)?.try_into().ok()?;
    Some((a, b, u64::from_be_bytes(commit)))
}

/// The key of a part of a table of frequencies.
pub fn frequencies(generation: Generation, table: u8, part: u32) -> Vec<u8> {
    let mut bytes = generation.prefix().to_vec();
    bytes.push(table);
    bytes.extend(part.to_be_bytes());
    bytes
}

/// The key of something that is numbered.
pub fn number(number: u64) -> [u8; 8] {
    number.to_be_bytes()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn keys_read_what_they_write(
            generation: u16, record: u64, other: u64, commit: u64, id: [u8; 10],
        ) {
            let (generation, record, other) = (Generation(generation), RecordKey(record), RecordKey(other));
            let entity_id = EntityId::from_bytes(id);
            let key = link(generation, record, other);
            prop_assert_eq!(RecordKey::at_end(&key), Some(other));
            prop_assert_eq!(Generation::at_start(&key), Some(generation));
            prop_assert!(key.starts_with(&of_record(generation, record)));
            prop_assert_eq!(entity_at_end(&entity(generation, entity_id)), Some(entity_id));
            prop_assert_eq!(commit_at_end(&until(&id, commit)), Some(commit));
            prop_assert_eq!(RecordKey::at_start(&verdict(record, other)), Some(record));
            prop_assert_eq!(RecordKey::at_end(&verdict(record, other)), Some(other));
            let opinion = until(&opinions(record, other), commit);
            let sorted = (record.min(other), record.max(other), commit);
            prop_assert_eq!(opinion_of(&opinion), Some(sorted));
            prop_assert_eq!(opinion_of(&opinion[1..]), None);
        }

        #[test]
        fn keys_sort_as_what_they_say(a: (u16, u8, u64, u32, u64), b: (u16, u8, u64, u32, u64)) {
            let key = |(generation, rule, key, path, record)| {
                let mut bytes = block(Generation(generation), rule, key);
                refine(&mut bytes, path);
                block_entry(bytes, RecordKey(record))
            };
            prop_assert_eq!(key(a).cmp(&key(b)), a.cmp(&b));
        }

        #[test]
        fn no_group_of_findings_begins_with_another(
            kind in 0..4u8, value: u64, id: [u8; 10], other_kind in 0..4u8, other: u64, other_id: [u8; 10],
        ) {
            let group = |kind, value, id| match kind {
                0 => Group::Entity(EntityId::from_bytes(id)),
                1 => Group::Fact(Fact::NationalId, value),
                2 => Group::Fact(Fact::Account, value),
                _ => Group::Fact(Fact::Household, value),
            };
            let (a, b) = (group(kind, value, id), group(other_kind, other, other_id));
            let generation = Generation(1);
            prop_assert_eq!(group_of(&finding(generation, a, value)), Some(a));
            prop_assert_eq!(
                findings(generation, a).starts_with(&findings(generation, b)),
                a == b
            );
        }
    }
}
