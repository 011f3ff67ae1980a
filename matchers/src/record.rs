//! What a comparison sees: records as rows of packed values, with the longer values in
//! dictionaries that hold each distinct one once.

mod addresses;
mod by_hash;
mod interner;
mod text_list;
mod texts;

pub use addresses::{Addresses, HeldName};
pub use interner::Interner;
pub use text_list::TextList;
pub use texts::Texts;

use std::convert::identity;

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::normalise::address::Address;
use crate::normalise::codes::{Relation, Sex};
use crate::normalise::date::Date;
use crate::normalise::division::DivisionCode;
use crate::normalise::documents::Document;
use crate::normalise::identifier::{NationalId, PackedId};
use crate::normalise::name::PersonName;
use crate::normalise::name::hong_kong::HongKongName;
use crate::normalise::western::WesternName;

/// How a field is brought to its normal form, and so which tests can be made of it.
#[derive(Copy, Clone, Debug, Eq, PartialEq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// Citizen ID number (GB 11643; 公民身份号码).
    NationalId,
    /// Personal name, in characters or romanised (姓名).
    PersonName,
    /// Hong Kong name: characters, romanised Cantonese, English given names (香港姓名).
    HongKongName,
    /// Calendar date (日期).
    Date,
    /// Chinese postal address (地址).
    Address,
    /// Telephone number (电话).
    Phone,
    /// Bank account (银行账号).
    Account,
    /// GB/T 2261.1 sex (性别).
    Sex,
    /// GB/T 3304 ethnicity (民族).
    Ethnicity,
    /// GB/T 4761 relation to the head of household (与户主关系).
    Relation,
    /// GB/T 2260 division code (行政区划代码).
    Division,
    /// Papers other than the ID number (其他证件).
    Documents,
    /// A code that is equal or not (户号): spaces and case dropped.
    Code,
    /// Free text: case, marks and punctuation folded.
    Text,
    /// Personal name in Western use: given names and surnames as words, in any order.
    WesternName,
    /// Postal code: spaces and case dropped.
    Postcode,
    /// E-mail address.
    Email,
}

impl FieldKind {
    /// All kinds.
    pub const ALL: [FieldKind; 17] = [
        FieldKind::NationalId,
        FieldKind::PersonName,
        FieldKind::HongKongName,
        FieldKind::Date,
        FieldKind::Address,
        FieldKind::Phone,
        FieldKind::Account,
        FieldKind::Sex,
        FieldKind::Ethnicity,
        FieldKind::Relation,
        FieldKind::Division,
        FieldKind::Documents,
        FieldKind::Code,
        FieldKind::Text,
        FieldKind::WesternName,
        FieldKind::Postcode,
        FieldKind::Email,
    ];

    /// The word that a model file uses.
    pub fn word(self) -> &'static str {
        match self {
            FieldKind::NationalId => "national_id",
            FieldKind::PersonName => "person_name",
            FieldKind::HongKongName => "hong_kong_name",
            FieldKind::Date => "date",
            FieldKind::Address => "address",
            FieldKind::Phone => "phone",
            FieldKind::Account => "account",
            FieldKind::Sex => "sex",
            FieldKind::Ethnicity => "ethnicity",
            FieldKind::Relation => "relation",
            FieldKind::Division => "division",
            FieldKind::Documents => "documents",
            FieldKind::Code => "code",
            FieldKind::Text => "text",
            FieldKind::WesternName => "western_name",
            FieldKind::Postcode => "postcode",
            FieldKind::Email => "email",
        }
    }
}

/// A field of the standardised record: where it comes from and how it is read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Field {
    /// Name, as conditions and blocking keys use it.
    pub name: String,
    /// Kind of value.
    pub kind: FieldKind,
    /// Canonical input column.
    pub column: String,
    /// For dates: the years that are plausible, first and last; `None` for those of people alive.
    pub years: Option<(u16, u16)>,
}

/// One value of a record in 64 bits. 0 is *missing*; what else it means depends on the
/// [`FieldKind`]: the value itself where it fits, else a place in [`Dictionaries`].
#[derive(Copy, Clone, Debug, Default, Eq, PartialEq, Hash, Serialize, Deserialize)]
pub struct Value(u64);

/// Marks a packed national ID number; without it the value is a place in the dictionary.
const PACKED: u64 = 1 << 63;

impl Value {
    /// The missing value.
    pub const NULL: Value = Value(0);

    /// Whether the value is missing.
    pub fn is_null(self) -> bool {
        self.0 == 0
    }

    /// The bits, equal if and only if the values are (within one field and one set of dictionaries).
    pub fn bits(self) -> u64 {
        self.0
    }

    /// The value of those bits, from [`Value::bits`].
    #[inline]
    pub(crate) fn from_bits(bits: u64) -> Value {
        Value(bits)
    }

    /// A value from a number; 0 becomes 2⁶⁴−1, so that it is not missing.
    pub fn from_number(number: u64) -> Value {
        Value(if number == 0 { u64::MAX } else { number })
    }

    /// A value from a date.
    pub fn from_date(date: Date) -> Value {
        Value(u64::from(date.bits()))
    }

    /// A value from a place in a dictionary; that of an address is what [`Dictionaries::add_address`] gives.
    pub fn from_index(index: u32) -> Value {
        Value(u64::from(index) + 1)
    }

    /// The value of an address by its place, with the mark of its county.
    fn from_address(index: u32, mark: u16) -> Value {
        Value(u64::from(mark) << 32 | (u64::from(index) + 1))
    }

    /// The mark of the county of an address, 0 where it names none.
    fn mark(self) -> u16 {
        (self.0 >> 32) as u16
    }

    /// Whether two addresses are surely in two counties: both are known, and not the same. Costs no
    /// look at the addresses, and no jump.
    #[inline]
    pub fn is_in_another_county(self, other: Value) -> bool {
        let (a, b) = (self.mark(), other.mark());
        (a != b) & (a != 0) & (b != 0)
    }

    /// The date, for a field of kind [`FieldKind::Date`].
    #[inline]
    pub fn date(self) -> Option<Date> {
        Date::from_own_bits(self.0 as u32)
    }

    /// The ID number, for a field of kind [`FieldKind::NationalId`], if it is eighteen digits
    /// long; others are in [`Dictionaries::identifiers`].
    #[inline]
    pub fn packed_id(self) -> Option<PackedId> {
        (self.0 & PACKED != 0).then(|| PackedId::from_own_bits(self.0 & !PACKED))
    }

    /// The place in a dictionary, unless missing.
    pub fn index(self) -> Option<u32> {
        (self.0 as u32).checked_sub(1)
    }

    /// The sex, for a field of kind [`FieldKind::Sex`].
    pub fn sex(self) -> Option<Sex> {
        match self.0 {
            1 => Some(Sex::Male),
            2 => Some(Sex::Female),
            _ => None,
        }
    }

    /// The relation, for a field of kind [`FieldKind::Relation`].
    pub fn relation(self) -> Option<Relation> {
        self.0
            .checked_sub(1)
            .and_then(|bits| Relation::from_u8(bits as u8))
    }

    /// A value from a sex.
    pub fn from_sex(sex: Sex) -> Value {
        Value(match sex {
            Sex::Male => 1,
            Sex::Female => 2,
        })
    }

    /// A value from a relation.
    pub fn from_relation(relation: Relation) -> Value {
        Value(u64::from(relation.as_u8()) + 1)
    }

    /// The division code, for a field of kind [`FieldKind::Division`].
    pub fn division(self) -> Option<DivisionCode> {
        if self.is_null() {
            None
        } else {
            DivisionCode::from_bits(self.0)
        }
    }
}

/// The characters of a text, on the stack if there are no more than 32.
pub type Characters = SmallVec<[char; 32]>;

/// The distinct longer values of a set of records. What was written and read again is as it is when
/// frozen: it can be looked up and absorbed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Dictionaries {
    /// Personal names, of all fields of that kind.
    pub names: Interner<PersonName>,
    /// Hong Kong names.
    pub hong_kong_names: Interner<HongKongName>,
    /// Addresses.
    pub addresses: Addresses,
    /// ID numbers that are not 18 digits long: masked, cut short or too long.
    pub identifiers: Interner<NationalId>,
    /// Texts and codes.
    pub texts: Texts,
    /// Lists of documents.
    pub documents: Interner<Box<[Document]>>,
    /// Western names.
    pub western: Interner<WesternName>,
}

/// Where each value of one [`Dictionaries`] went in another.
#[derive(Debug, Default)]
pub struct Moved {
    names: Vec<u32>,
    hong_kong_names: Vec<u32>,
    addresses: Vec<u32>,
    identifiers: Vec<u32>,
    texts: Vec<u32>,
    documents: Vec<u32>,
    western: Vec<u32>,
}

impl Dictionaries {
    /// Nothing yet, with room for what so many records of a register have.
    pub fn with_room(records: usize) -> Dictionaries {
        Dictionaries {
            names: Interner::with_room(records),
            addresses: Addresses::with_room(records),
            texts: Texts::with_room(records),
            ..Dictionaries::default()
        }
    }

    /// Packs an ID number, adding it to the dictionary if it does not fit in 62 bits.
    pub fn national_id(&mut self, id: NationalId) -> Value {
        match id.packed() {
            Some(packed) => Value(PACKED | packed.bits()),
            None => Value::from_index(self.identifiers.intern(id)),
        }
    }

    /// The ID number of a value of kind [`FieldKind::NationalId`].
    #[inline]
    pub fn get_national_id(&self, value: Value) -> Option<NationalId> {
        match value.packed_id() {
            Some(packed) => Some(NationalId::from_packed(packed)),
            None => value.index().map(|index| *self.identifiers.get(index)),
        }
    }

    /// The name of a value of kind [`FieldKind::PersonName`].
    #[inline]
    pub fn name(&self, value: Value) -> Option<&PersonName> {
        value.index().map(|index| self.names.get(index))
    }

    /// The name of a value of kind [`FieldKind::HongKongName`].
    #[inline]
    pub fn hong_kong_name(&self, value: Value) -> Option<&HongKongName> {
        value.index().map(|index| self.hong_kong_names.get(index))
    }

    /// The address of a value of kind [`FieldKind::Address`].
    #[inline]
    pub fn address(&self, value: Value) -> Option<Address<HeldName<'_>>> {
        value.index().map(|index| self.addresses.get(index))
    }

    /// The name of a value of kind [`FieldKind::WesternName`].
    #[inline]
    pub fn western_name(&self, value: Value) -> Option<&WesternName> {
        value.index().map(|index| self.western.get(index))
    }

    /// The text of a value of kind [`FieldKind::Text`], [`FieldKind::Code`],
    /// [`FieldKind::Postcode`] or [`FieldKind::Email`].
    #[inline]
    pub fn text(&self, value: Value) -> Option<&str> {
        value.index().map(|index| self.texts.get(index))
    }

    /// The same as characters; allocates only for long texts.
    #[inline]
    pub fn characters(&self, value: Value) -> Option<Characters> {
        self.text(value).map(|text| text.chars().collect())
    }

    /// The documents of a value of kind [`FieldKind::Documents`].
    #[inline]
    pub fn document_list(&self, value: Value) -> Option<&[Document]> {
        value.index().map(|index| &**self.documents.get(index))
    }

    /// The value of an address, which is added if it is new.
    pub fn add_address(&mut self, address: Address) -> Value {
        let mark = addresses::mark(address.county);
        Value::from_address(self.addresses.intern(address), mark)
    }

    /// Whether [`Dictionaries::fetch`] does anything for that kind.
    pub fn fetches(kind: FieldKind) -> bool {
        matches!(
            kind,
            FieldKind::PersonName
                | FieldKind::Address
                | FieldKind::Text
                | FieldKind::Code
                | FieldKind::Postcode
                | FieldKind::Email
        )
    }

    /// Reads a little of a name, address or text, and does nothing for other kinds: what it returns
    /// means nothing, but afterwards the value is in the processor's cache. Asked for a few values at
    /// once, the waits for memory overlap.
    #[inline]
    pub fn fetch(&self, kind: FieldKind, value: Value) -> u64 {
        let read = match kind {
            FieldKind::PersonName => self.name(value).map(PersonName::ends),
            FieldKind::Address => value.index().map(|index| self.addresses.ends(index)),
            FieldKind::Text | FieldKind::Code | FieldKind::Postcode | FieldKind::Email => {
                let first = self.text(value).and_then(|text| text.as_bytes().first());
                first.map(|&byte| u64::from(byte))
            }
            _ => None,
        };
        read.unwrap_or(0)
    }

    /// Moves every value of `other` in here and returns where each went. Cost: one hash
    /// look-up a distinct value.
    pub fn absorb(&mut self, other: Dictionaries) -> Moved {
        let mut moved = Moved::default();
        for part in self.absorb_in_parts(other, &mut moved) {
            part();
        }
        moved
    }

    /// [`Dictionaries::absorb`] as pieces of work that take about as long, in any order or at once;
    /// `moved` is whole when all are done.
    pub fn absorb_in_parts<'a>(
        &'a mut self,
        other: Dictionaries,
        moved: &'a mut Moved,
    ) -> [Box<dyn FnOnce() + Send + 'a>; 3] {
        let names = || moved.names = self.names.absorb(other.names, identity);
        let addresses = || moved.addresses = self.addresses.absorb(other.addresses);
        let others = || {
            moved.texts = self.texts.absorb(other.texts);
            moved.identifiers = self.identifiers.absorb(other.identifiers, identity);
            moved.documents = self.documents.absorb(other.documents, identity);
            moved.western = self.western.absorb(other.western, identity);
            moved.hong_kong_names = self.hong_kong_names.absorb(other.hong_kong_names, identity);
        };
        [Box::new(names), Box::new(addresses), Box::new(others)]
    }

    /// Bytes of the values once frozen, about.
    pub fn bytes(&self) -> usize {
        self.names.bytes()
            + self.hong_kong_names.bytes()
            + self.addresses.bytes()
            + self.identifiers.bytes()
            + self.texts.bytes()
            + self.documents.bytes()
            + self.western.bytes()
    }

    /// Frees what only adding values needs.
    pub fn freeze(&mut self) {
        self.names.freeze();
        self.hong_kong_names.freeze();
        self.addresses.freeze();
        self.identifiers.freeze();
        self.texts.freeze();
        self.documents.freeze();
        self.western.freeze();
    }
}

impl Moved {
    /// The value as it reads in the dictionaries that absorbed its own.
    pub fn translate(&self, kind: FieldKind, value: Value) -> Value {
        let places = match kind {
            FieldKind::PersonName => &self.names,
            FieldKind::HongKongName => &self.hong_kong_names,
            FieldKind::Address => &self.addresses,
            FieldKind::NationalId if value.0 & PACKED == 0 => &self.identifiers,
            FieldKind::Text | FieldKind::Code | FieldKind::Postcode | FieldKind::Email => {
                &self.texts
            }
            FieldKind::Documents => &self.documents,
            FieldKind::WesternName => &self.western,
            _ => return value,
        };
        match (value.index(), kind) {
            (None, _) => Value::NULL,
            (Some(index), FieldKind::Address) => {
                Value::from_address(places[index as usize], value.mark())
            }
            (Some(index), _) => Value::from_index(places[index as usize]),
        }
    }
}
