//! Names of records and entities.

use std::fmt;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

/// Digits of Crockford's base 32.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The id of an entity: 80 bits, written as `E` and 16 characters of Crockford's base 32.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EntityId([u8; 10]);

impl EntityId {
    /// Bytes of an id.
    pub const BYTES: usize = 10;

    /// The id of an entity that is named after its smallest record: the first 80 bits of the XXH3
    /// hash of `source:record_id`. The same record gives the same id in every run.
    pub fn of(source: &str, record_id: &str) -> EntityId {
        EntityId::numbered(source, record_id, 0)
    }

    /// The id for the record when ids of lower numbers are taken; number 0 is [`EntityId::of`].
    pub fn numbered(source: &str, record_id: &str, number: u32) -> EntityId {
        let text = match number {
            0 => format!("{source}:{record_id}"),
            number => format!("{source}:{record_id}\u{1f}{number}"),
        };
        EntityId(first_80_bits(&text))
    }

    /// The id as bytes, in the order of the ids.
    pub fn to_bytes(self) -> [u8; Self::BYTES] {
        self.0
    }

    /// The id of these bytes.
    pub fn from_bytes(bytes: [u8; Self::BYTES]) -> EntityId {
        EntityId(bytes)
    }

    /// The id that a text writes, in capitals or not; `None` if it is none.
    pub fn parse(text: &str) -> Option<EntityId> {
        let digits = text.strip_prefix(['E', 'e'])?.as_bytes();
        let digits: &[u8; 16] = digits.try_into().ok()?;
        let mut bits: u128 = 0;
        for digit in digits {
            let place = DIGITS
                .iter()
                .position(|known| *known == digit.to_ascii_uppercase())?;
            bits = bits << 5 | place as u128;
        }
        let bytes = bits.to_be_bytes();
        bytes.last_chunk().map(|bytes| EntityId(*bytes))
    }
}

impl fmt::Display for EntityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base_32('E', self.0))
    }
}

/// The id of an entity as text: see [`EntityId`].
pub fn entity_id(source: &str, record_id: &str) -> String {
    EntityId::of(source, record_id).to_string()
}

/// The place of a record in an order that no programme chose: XXH3 in 64 bits over the source, a
/// zero byte and the record id. Neighbours in it are of any source and region.
pub fn record_hash(source: &str, record_id: &str) -> u64 {
    let mut hash = Xxh3::new();
    hash.update(source.as_bytes());
    hash.update(&[0]);
    hash.update(record_id.as_bytes());
    hash.digest()
}

/// `prefix` and 16 characters of base 32 from the hash of a text.
pub fn short_hash(prefix: char, text: &str) -> String {
    base_32(prefix, first_80_bits(text))
}

fn first_80_bits(text: &str) -> [u8; 10] {
    let bytes = xxh3_128(text.as_bytes()).to_be_bytes();
    bytes.first_chunk().copied().unwrap_or_default()
}

fn base_32(prefix: char, bytes: [u8; 10]) -> String {
    let (high, low) = bytes.split_at(5);
    let mut id = String::with_capacity(17);
    id.push(prefix);
    // Five bytes are eight digits.
    for five in [high, low] {
        let bits = five
            .iter()
            .fold(0, |bits, &byte| bits << 8 | u64::from(byte));
        let digits = (0..8).map(|place| DIGITS[(bits >> (35 - 5 * place) & 31) as usize]);
        id.extend(digits.map(char::from));
    }
    id
}

#[cfg(test)]
mod tests {
    use xxhash_rust::xxh3::xxh3_64;

    use super::*;

    #[test]
    fn entity_ids_never_change() {
        assert_eq!(entity_id("dibao", "D1"), entity_id("dibao", "D1"));
        assert_ne!(entity_id("dibao", "D1"), entity_id("tekun", "D1"));
        assert_eq!(entity_id("dibao", "D1").len(), 17);
    }

    #[test]
    fn entity_ids_read_what_they_write() {
        // Others keep these ids: the value must never change.
        let id = EntityId::of("dibao", "D1");
        assert_eq!(id.to_string(), entity_id("dibao", "D1"));
        assert_eq!(EntityId::parse(&id.to_string()), Some(id));
        assert_eq!(EntityId::parse(&id.to_string().to_lowercase()), Some(id));
        assert_eq!(EntityId::from_bytes(id.to_bytes()), id);
        assert_ne!(EntityId::numbered("dibao", "D1", 1), id);
        for wrong in [
            "",
            "E",
            "E0123",
            "F0123456789ABCDEF",
            "E0123456789ABCDEU",
            "E0123456789ABCDEFG",
            "É",
        ] {
            assert_eq!(EntityId::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn record_hashes_never_change() {
        assert_eq!(record_hash("dibao", "D1"), 8_216_196_467_117_600_414);
        let long = "x".repeat(1000);
        for (source, record_id) in [("", ""), ("a", "b"), ("ab", ""), (&long, "低保1")] {
            let bytes = [source.as_bytes(), &[0], record_id.as_bytes()].concat();
            assert_eq!(record_hash(source, record_id), xxh3_64(&bytes));
        }
    }
}
