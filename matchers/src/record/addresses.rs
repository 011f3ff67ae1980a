//! Addresses in 48 bytes each, the names in them held once.

use super::Interner;
use crate::normalise::address::Address;

/// Distinct addresses, numbered in the order of arrival.
#[derive(Clone, Debug, Default)]
pub struct Addresses {
    packed: Interner<Packed>,
    /// Names of towns, villages and estates, and what was not understood.
    names: Interner<Box<str>>,
}

/// An address whose names are places in a dictionary.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
struct Packed {
    /// Province, prefecture, county.
    codes: [u32; 3],
    /// Town, village, estate, rest: one more than their places; 0 for an empty name.
    names: [u32; 4],
    /// Group, number, building, unit, room.
    numbers: [u32; 5],
}

impl Addresses {
    /// The place of the address, which is added if it is new.
    pub fn intern(&mut self, address: Address) -> u32 {
        let names = [address.town, address.village, address.estate, address.rest];
        let packed = Packed {
            codes: [address.province, address.prefecture, address.county],
            names: names.map(|name| match name.is_empty() {
                true => 0,
                false => self.names.intern(name) + 1,
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
    pub fn get(&self, place: u32) -> Address<&str> {
        let packed = self.packed.get(place);
        let name = |place: u32| match place.checked_sub(1) {
            Some(place) => &**self.names.get(place),
            None => "",
        };
        let [province, prefecture, county] = packed.codes;
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

    /// How many distinct addresses there are.
    pub fn len(&self) -> usize {
        self.packed.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.packed.is_empty()
    }

    /// Frees what only [`Addresses::intern`] needs.
    pub fn freeze(&mut self) {
        self.packed.freeze();
        self.names.freeze();
    }

    /// Moves every address of `other` in here and returns where each went.
    pub(super) fn absorb(&mut self, mut other: Addresses) -> Vec<u32> {
        let names: Vec<u32> = other
            .names
            .take()
            .into_iter()
            .map(|name| self.names.intern(name))
            .collect();
        let moved = |place: u32| match place.checked_sub(1) {
            Some(place) => names[place as usize] + 1,
            None => 0,
        };
        let addresses = other.packed.take().into_iter().map(|packed| {
            self.packed.intern(Packed {
                names: packed.names.map(moved),
                ..packed
            })
        });
        addresses.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normalise::address::AddressNormaliser;

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
        let same = |found: Address<&str>, expected: &Address| {
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
}
