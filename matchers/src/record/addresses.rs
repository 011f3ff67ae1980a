//! Addresses in 44 bytes each, the names in them held once.

use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Serialize};

use super::{Interner, Texts};
use crate::normalise::address::{Address, AddressName};

/// Distinct addresses, numbered in the order of arrival.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Addresses {
    packed: Interner<Packed>,
    /// Names of towns, villages and estates, and what was not understood.
    names: Texts,
}

/// An address whose names are places in a dictionary.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Packed {
    codes: Codes,
    /// Town, village, estate, rest: one more than their places; 0 for an empty name.
    names: [u32; 4],
    /// Group, number, building, unit, room.
    numbers: [u32; 5],
}

/// Province, prefecture and county, six digits each or 0, in [`CODE`] bits each.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Codes([u32; 2]);

/// Bits of a code of six digits.
const CODE: u32 = 20;

impl Codes {
    fn of(codes: [u32; 3]) -> Codes {
        debug_assert!(codes.iter().all(|code| code >> CODE == 0), "{codes:?}");
        let bits = codes.iter().fold(0, |bits, &code| {
            bits << CODE | u64::from(code) & ((1 << CODE) - 1)
        });
        Codes([(bits >> 32) as u32, bits as u32])
    }

    #[inline]
    fn get(self) -> [u32; 3] {
        let [high, low] = self.0;
        let bits = u64::from(high) << 32 | u64::from(low);
        [2 * CODE, CODE, 0].map(|shift| (bits >> shift) as u32 & ((1 << CODE) - 1))
    }
}

/// A mark of a county that two seldom share, 0 of none. A value of an address carries it beside its
/// place: it is asked for far oftener than the addresses, which are all over memory.
pub(super) fn mark(county: u32) -> u16 {
    match county {
        0 => 0,
        // The greatest prime that leaves room.
        county => (county % 65_521) as u16 + 1,
    }
}

/// A name in an address of a dictionary; its text is looked up only when it is asked for.
#[derive(Copy, Clone)]
pub struct HeldName<'a> {
    /// One more than the place in `names`; 0 for an empty name.
    place: u32,
    names: &'a Texts,
}

impl Deref for HeldName<'_> {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        match self.place.checked_sub(1) {
            Some(place) => self.names.get(place),
            None => "",
        }
    }
}

impl AddressName for HeldName<'_> {
    #[inline]
    fn is_missing(&self) -> bool {
        self.place == 0
    }

    /// Two names of one dictionary.
    #[inline]
    fn is_same(&self, other: &Self) -> bool {
        self.place == other.place
    }
}

impl fmt::Debug for HeldName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl fmt::Display for HeldName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl Default for Addresses {
    fn default() -> Self {
        Addresses::with_room(0)
    }
}

impl Addresses {
    /// None yet, with room for so many.
    pub(super) fn with_room(addresses: usize) -> Addresses {
        Addresses {
            packed: Interner::with_room(addresses),
            names: Texts::with_room(addresses),
        }
    }

    /// The place of the address, which is added if it is new.
    pub(super) fn intern(&mut self, address: Address) -> u32 {
        let names = [address.town, address.village, address.estate, address.rest];
        let packed = Packed {
            codes: Codes::of([address.province, address.prefecture, address.county]),
            names: names.map(|name| match name.is_empty() {
                true => 0,
                false => self.names.intern(&name) + 1,
            }),
            numbers: [
                address.group,
                address.number,
                address.building,
                address.unit,
                address.room,
            ],
        };
        self.packed.intern(packed)
    }

    /// The address at a place, which must have come from here.
    #[inline]
    pub fn get(&self, place: u32) -> Address<HeldName<'_>> {
        let packed = self.packed.get(place);
        let name = |place: u32| HeldName {
            place,
            names: &self.names,
        };
        let [province, prefecture, county] = packed.codes.get();
        let [town, village, estate, rest] = packed.names;
        let [group, number, building, unit, room] = packed.numbers;
        Address {
            province,
            prefecture,
            county,
            town: name(town),
            village: name(village),
            estate: name(estate),
            group,
            number,
            building,
            unit,
            room,
            rest: name(rest),
        }
    }

    /// Something from both ends of where the address at a place is kept.
    #[inline]
    pub(super) fn ends(&self, place: u32) -> u64 {
        let Packed { codes, numbers, .. } = self.packed.get(place);
        u64::from(codes.0[0] ^ numbers[4])
    }

    /// How many distinct addresses there are.
    pub fn len(&self) -> usize {
        self.packed.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.packed.is_empty()
    }

    /// Bytes of the addresses once frozen.
    pub(super) fn bytes(&self) -> usize {
        self.packed.bytes() + self.names.bytes()
    }

    /// Frees what only adding addresses needs.
    pub fn freeze(&mut self) {
        self.packed.freeze();
        self.names.freeze();
    }

    /// Moves every address of `other` in here and returns where each went.
    pub(super) fn absorb(&mut self, other: Addresses) -> Vec<u32> {
        let names = self.names.absorb(other.names);
        let moved = |place: u32| match place.checked_sub(1) {
            Some(place) => names[place as usize] + 1,
            None => 0,
        };
        self.packed.absorb(other.packed, |packed| Packed {
            names: packed.names.map(moved),
            ..packed
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use super::*;
    use crate::normalise::address::AddressNormaliser;
    use crate::record::{Dictionaries, FieldKind, Value};

    #[test]
    fn addresses_come_back_as_they_were() {
        let normaliser = AddressNormaliser::new();
        let raw = [
            "河南省滑县赵营镇安坪村1组119号",
            "滑县城关街道胜利巷36号金色小区25-3-2502",
            "河南省滑县",
            "赵营镇安坪村",
        ];
        let parsed: Vec<Address> = raw
            .iter()
            .filter_map(|raw| normaliser.parse(raw, None))
            .collect();
        assert_eq!(parsed.len(), raw.len());
        let same = |found: Address<HeldName<'_>>, expected: &Address| {
            assert_eq!(format!("{found:?}"), format!("{expected:?}"));
        };
        let (mut first, mut second) = (Addresses::default(), Addresses::default());
        for address in &parsed {
            let place = first.intern(address.clone());
            assert_eq!(first.intern(address.clone()), place);
            same(first.get(place), address);
        }
        for address in parsed.iter().rev() {
            second.intern(address.clone());
        }
        let moved = first.absorb(second);
        assert_eq!(moved, [3, 2, 1, 0]);
        assert_eq!(first.len(), 4);
    }

    #[test]
    fn values_tell_addresses_of_two_known_counties() {
        let normaliser = AddressNormaliser::new();
        let raw = [
            "河南省滑县赵营镇",
            "滑县",
            "浠水县巴河镇",
            "赵营镇安坪村",
            "河南省内黄县",
        ];
        let parsed = raw.map(|raw| normaliser.parse(raw, None).unwrap());
        let (mut here, mut there) = (Dictionaries::default(), Dictionaries::default());
        let values = parsed.clone().map(|address| there.add_address(address));
        let first = here.add_address(parsed[2].clone());
        let moved = here.absorb(there);
        let values = values.map(|value| moved.translate(FieldKind::Address, value));
        assert_eq!(values[2], first);
        for (value, address) in values.into_iter().zip(&parsed) {
            let held = here.address(value).unwrap();
            assert_eq!(format!("{held:?}"), format!("{address:?}"));
            for (other, there) in values.into_iter().zip(&parsed) {
                let both = address.county != 0 && there.county != 0;
                let apart = both && address.county != there.county;
                assert_eq!(value.is_in_another_county(other), apart);
            }
            assert!(!value.is_in_another_county(Value::NULL));
        }
    }
}
