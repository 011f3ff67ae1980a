//! Stable 64-bit keys that bring records of one place together.

use std::ops::Deref;

use super::Address;

/// FNV-1a over bytes; the constants are those of the specification (draft-eastlake-fnv).
struct Hash(u64);

impl Hash {
    fn new(kind: u8) -> Hash {
        Hash(0xcbf2_9ce4_8422_2325).bytes(&[kind])
    }

    fn bytes(self, bytes: &[u8]) -> Hash {
        Hash(bytes.iter().fold(self.0, |hash, &byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        }))
    }

    fn number(self, number: u32) -> Hash {
        self.bytes(&number.to_le_bytes())
    }
}

/// The same on every machine and in every version; `None` if a part that the key is made of is
/// missing.
impl<S: Deref<Target = str>> Address<S> {
    /// A key of the county (县).
    pub fn county_key(&self) -> Option<u64> {
        (self.county != 0).then(|| Hash::new(1).number(self.county).0)
    }

    /// A key of the county and the town (乡镇).
    pub fn town_key(&self) -> Option<u64> {
        (self.county != 0 && !self.town.is_empty()).then(|| {
            Hash::new(2)
                .number(self.county)
                .bytes(self.town.as_bytes())
                .0
        })
    }

    /// A key of the county and the end of the village's name (村): two characters, three where
    /// they are 家 and one more. So a village is found whether or not a town was run into its name.
    pub fn village_key(&self) -> Option<u64> {
        let village = village_tail(&self.village)?;
        (self.county != 0).then(|| Hash::new(3).number(self.county).bytes(village.as_bytes()).0)
    }

    /// A key of the door (门牌): the end of the village's or road's name as for
    /// [`Address::village_key`] with group, number, building, unit and room, and no upper level, so
    /// that it holds where those are left out. `None` without a village or without any of the
    /// numbers but the group.
    pub fn door_key(&self) -> Option<u64> {
        let village = village_tail(&self.village)?;
        let numbers = [self.group, self.number, self.building, self.unit, self.room];
        (numbers.iter().skip(1).any(|&number| number != 0)).then(|| {
            numbers
                .iter()
                .fold(Hash::new(4).bytes(village.as_bytes()), |hash, &number| {
                    hash.number(number)
                })
                .0
        })
    }
}

/// The last characters of a village's name, which stay when a town is put before it. The word
/// of a road is not counted.
fn village_tail(village: &str) -> Option<&str> {
    let core = village
        .strip_suffix(['路', '街', '巷'])
        .filter(|core| !core.is_empty())
        .unwrap_or(village);
    let mut from_end = core.char_indices().rev().map(|(at, _)| at);
    let last = from_end.next()?;
    let second = from_end.next().unwrap_or(last);
    let third = from_end.next().unwrap_or(second);
    let start = if core.get(second..last) == Some("家") {
        third
    } else {
        second
    };
    village.get(start..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_end_of_a_name() {
        for (village, tail) in [
            ("贺庄", "贺庄"),
            ("本塔贺庄", "贺庄"),
            ("高家湾", "高家湾"),
            ("漠川高家湾", "高家湾"),
            ("漠川高家", "高家"),
            ("新华路", "新华路"),
            ("龙翔东风路", "东风路"),
            ("坊安韩家路", "韩家路"),
            ("庄", "庄"),
        ] {
            assert_eq!(village_tail(village), Some(tail), "{village}");
        }
        assert_eq!(village_tail(""), None);
    }

    #[test]
    fn keys_need_their_parts_and_stay_the_same() {
        let address: Address = Address {
            county: 410_526,
            town: "赵营".into(),
            village: "安坪".into(),
            group: 1,
            number: 119,
            ..Address::default()
        };
        // Pinned: an index built by an earlier version must still be found.
        assert_eq!(address.county_key(), Some(0x6226da0a89043671));
        assert_eq!(address.town_key(), Some(0x886626c87a108e11));
        assert_eq!(address.village_key(), Some(0x6765262898f936e9));
        assert_eq!(address.door_key(), Some(0x8a23004fd43e5ab7));
        let without_county: Address = Address {
            county: 0,
            town: "".into(),
            ..address.clone()
        };
        assert_eq!(without_county.county_key(), None);
        assert_eq!(without_county.town_key(), None);
        assert_eq!(without_county.village_key(), None);
        assert_eq!(without_county.door_key(), address.door_key());
        let run_in: Address = Address {
            town: "".into(),
            village: "赵营安坪".into(),
            ..address.clone()
        };
        assert_eq!(run_in.village_key(), address.village_key());
        assert_eq!(run_in.door_key(), address.door_key());
        let no_number: Address = Address {
            number: 0,
            ..address.clone()
        };
        assert_eq!(no_number.door_key(), None);
        let neighbour: Address = Address {
            number: 118,
            ..address.clone()
        };
        assert_ne!(neighbour.door_key(), address.door_key());
    }
}
