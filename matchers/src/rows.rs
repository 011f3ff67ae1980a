//! Records as rows of few bytes, one next to the other.

use crate::record::{Field, FieldKind, Value};

/// At most this many fields a record, so that a set of fields fits in 64 bits.
pub const MAX_FIELDS: usize = 64;

/// Records of the same fields, packed: a bit a field that says whether it is there, then each
/// value in as many bytes as its kind takes. 76 bytes a record of the shipped model.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    layout: Layout,
    bytes: Vec<u8>,
}

/// Where the values are in a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Layout {
    places: Vec<Place>,
    /// Bytes a row.
    stride: usize,
}

/// Where one value is: the eight bytes from `offset`, of which the lowest count.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
struct Place {
    offset: u16,
    bytes: u16,
    mask: u64,
}

/// One record of [`Rows`].
#[derive(Copy, Clone, Debug)]
pub struct Row<'a> {
    layout: &'a Layout,
    bytes: &'a [u8],
}

/// Pairs of fields, one of a left record and one of a right, that are looked at together.
#[derive(Clone, Debug)]
pub(crate) struct Looks {
    layout: Layout,
    places: Vec<(Place, Place)>,
}

/// What a look at two fields finds, in two bits.
pub(crate) type State = u8;

/// One of the records lacks the field.
pub(crate) const NOT_BOTH: State = 0;
/// Both have it, and the values are unequal.
pub(crate) const UNEQUAL: State = 1;
/// The same of two addresses that are [in two counties](Value::is_in_another_county):
/// [`Looks::states`] does not ask for it.
pub(crate) const APART: State = 2;
/// Both have it, and the values are equal.
pub(crate) const EQUAL: State = 3;

/// At most this many pairs of fields are looked at together, so that what they find fits in 64 bits.
pub(crate) const MAX_LOOKS: usize = 32;

/// How many bytes a value of that kind takes.
fn width(kind: FieldKind) -> usize {
    match kind {
        FieldKind::Sex | FieldKind::Ethnicity | FieldKind::Relation => 1,
        FieldKind::Date => 3,
        FieldKind::PersonName
        | FieldKind::HongKongName
        | FieldKind::WesternName
        | FieldKind::Documents
        | FieldKind::Code
        | FieldKind::Text
        | FieldKind::Postcode
        | FieldKind::Email => 4,
        FieldKind::Division | FieldKind::Address => 6,
        FieldKind::NationalId | FieldKind::Phone | FieldKind::Account => 8,
    }
}

impl Layout {
    fn of(fields: &[Field]) -> Layout {
        let mut places = vec![
            Place {
                offset: 0,
                bytes: 0,
                mask: 0
            };
            fields.len().min(MAX_FIELDS)
        ];
        let mut order: Vec<usize> = (0..places.len()).collect();
        order.sort_by_key(|&field| width(fields[field].kind));
        let mut end = places.len().div_ceil(8);
        let mut read = end.max(8);
        for field in order {
            let bytes = width(fields[field].kind);
            places[field] = Place {
                offset: end as u16,
                bytes: bytes as u16,
                mask: u64::MAX >> (64 - 8 * bytes),
            };
            // Every value is read as eight bytes.
            read = read.max(end + 8);
            end += bytes;
        }
        Layout {
            places,
            stride: read.max(end),
        }
    }
}

impl Rows {
    /// No rows yet, of those fields; of more than [`MAX_FIELDS`] the first.
    pub fn new(fields: &[Field]) -> Rows {
        Rows {
            layout: Layout::of(fields),
            bytes: Vec::new(),
        }
    }

    /// Makes room for so many further rows, and not for more.
    pub fn reserve(&mut self, rows: usize) {
        self.bytes.reserve_exact(rows * self.layout.stride);
    }

    /// How many records there is room for.
    pub fn capacity(&self) -> usize {
        self.bytes
            .capacity()
            .checked_div(self.layout.stride)
            .unwrap_or(0)
    }

    /// Adds a record, whose values are in the order of the fields.
    pub fn push(&mut self, values: &[Value]) {
        let start = self.bytes.len();
        self.bytes.resize(start + self.layout.stride, 0);
        let row = &mut self.bytes[start..];
        for (field, (place, value)) in self.layout.places.iter().zip(values).enumerate() {
            debug_assert_eq!(value.bits() & !place.mask, 0);
            row[field / 8] |= u8::from(!value.is_null()) << (field % 8);
            let (offset, bytes) = (usize::from(place.offset), usize::from(place.bytes));
            row[offset..offset + bytes].copy_from_slice(&value.bits().to_le_bytes()[..bytes]);
        }
    }

    /// The record at a place.
    ///
    /// # Panics
    /// If there is none, as for a slice.
    #[inline]
    pub fn row(&self, place: u32) -> Row<'_> {
        let start = place as usize * self.layout.stride;
        Row {
            layout: &self.layout,
            bytes: &self.bytes[start..start + self.layout.stride],
        }
    }

    /// The records of these places as bytes, which [`Rows::push_bytes`] of rows of the same fields
    /// reads.
    ///
    /// # Panics
    /// If there are no such records, as for a slice.
    pub fn bytes_of(&self, records: std::ops::Range<usize>) -> &[u8] {
        let stride = self.layout.stride;
        &self.bytes[records.start * stride..records.end * stride]
    }

    /// Adds records as [`Rows::bytes_of`] gave them; bytes after the last whole record are left out.
    pub fn push_bytes(&mut self, records: &[u8]) {
        let whole = records.len() / self.layout.stride.max(1) * self.layout.stride;
        self.bytes.extend_from_slice(&records[..whole]);
    }

    /// No records, of the same fields.
    pub fn empty(&self) -> Rows {
        Rows {
            layout: self.layout.clone(),
            bytes: Vec::new(),
        }
    }

    /// Bytes of one record.
    pub fn width(&self) -> usize {
        self.layout.stride
    }

    /// How many records there are.
    pub fn len(&self) -> usize {
        self.bytes
            .len()
            .checked_div(self.layout.stride)
            .unwrap_or(0)
    }

    /// Bytes of the records.
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Puts the record of one place in that of another, and the other way round.
    pub fn swap(&mut self, a: usize, b: usize) {
        let stride = self.layout.stride;
        let (low, high) = (a.min(b) * stride, a.max(b) * stride);
        if low != high {
            let (front, back) = self.bytes.split_at_mut(high);
            front[low..low + stride].swap_with_slice(&mut back[..stride]);
        }
    }

    /// Keeps the first records only.
    pub fn truncate(&mut self, records: usize) {
        self.bytes.truncate(records * self.layout.stride);
    }
}

impl Row<'_> {
    /// The value of a field.
    ///
    /// # Panics
    /// If there is no such field, as for a slice.
    #[inline]
    pub fn get(&self, field: usize) -> Value {
        let place = self.layout.places[field];
        Value::from_bits(self.eight(usize::from(place.offset)) & place.mask)
    }

    /// The fields that are there, as bits.
    #[inline]
    pub fn fields(&self) -> u64 {
        let fields = self.layout.places.len();
        match fields {
            0 => 0,
            _ => self.eight(0) & (u64::MAX >> (64 - fields)),
        }
    }

    /// Something from both ends of the row; see [`Dictionaries::fetch`](crate::record::Dictionaries::fetch).
    #[inline]
    pub fn ends(&self) -> u64 {
        let end = |byte: Option<&u8>| u64::from(byte.copied().unwrap_or(0));
        end(self.bytes.first()) ^ end(self.bytes.last())
    }

    #[inline]
    fn eight(&self, offset: usize) -> u64 {
        let bytes = self.bytes[offset..].first_chunk();
        bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes))
    }
}

impl Looks {
    /// Looks at those fields of a left and of a right record; of more than [`MAX_LOOKS`] at the first.
    pub(crate) fn new(fields: &[Field], looks: &[(u8, u8)]) -> Looks {
        let layout = Layout::of(fields);
        let place = |field: u8| layout.places[usize::from(field)];
        let places = looks.iter().take(MAX_LOOKS);
        let places = places.map(|&(left, right)| (place(left), place(right)));
        Looks {
            places: places.collect(),
            layout,
        }
    }

    /// What each finds, the first in the lowest two bits: [`NOT_BOTH`], [`UNEQUAL`] or [`EQUAL`].
    #[inline]
    pub(crate) fn states(&self, left: Row<'_>, right: Row<'_>) -> u64 {
        debug_assert_eq!((left.layout, right.layout), (&self.layout, &self.layout));
        let mut states = 0;
        for (left_place, right_place) in self.places.iter().rev() {
            let a = left.eight(usize::from(left_place.offset)) & left_place.mask;
            let b = right.eight(usize::from(right_place.offset)) & right_place.mask;
            let both = u64::from(a != 0) & u64::from(b != 0);
            states = states << 2 | both << u32::from(a == b) | both;
        }
        states
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn field(kind: FieldKind) -> Field {
        Field {
            name: String::new(),
            kind,
            column: String::new(),
            years: None,
        }
    }

    proptest! {
        #[test]
        fn rows_hold_what_was_put_in(
            kinds in proptest::collection::vec(proptest::sample::select(&FieldKind::ALL[..]), 0..70),
            bits in proptest::collection::vec(prop_oneof![Just(0), any::<u64>()], 140),
        ) {
            let fields: Vec<Field> = kinds.iter().map(|&kind| field(kind)).collect();
            let count = kinds.len().min(MAX_FIELDS);
            let value = |row: usize, at: usize| {
                Value::from_bits(bits[row * 70 + at] & (u64::MAX >> (64 - 8 * width(kinds[at]))))
            };
            let mut rows = Rows::new(&fields);
            for row in 0..2 {
                rows.push(&(0..count).map(|at| value(row, at)).collect::<Vec<_>>());
            }
            prop_assert_eq!(rows.len(), if rows.layout.stride == 0 { 0 } else { 2 });
            rows.swap(0, 1);
            for row in 0..2u32 {
                let there = rows.row(row);
                for at in 0..count {
                    prop_assert_eq!(there.get(at), value(1 - row as usize, at));
                    prop_assert_eq!(there.fields() >> at & 1 == 1, !there.get(at).is_null());
                }
            }
            let mut others = rows.empty();
            others.push_bytes(rows.bytes_of(1..2));
            others.push_bytes(rows.bytes_of(0..1));
            prop_assert_eq!(others.bytes_of(0..1), rows.bytes_of(1..2));
            prop_assert_eq!(others.bytes(), 2 * rows.width());
            rows.truncate(1);
            prop_assert_eq!(rows.len(), 1);
        }
    }
}
