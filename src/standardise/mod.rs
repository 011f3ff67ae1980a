//! From raw text to standardised values.

mod arrivals;
mod chunk;
mod display;
mod enrolment;
mod gathered;
mod load;
mod memo;
mod order;

pub use chunk::Content;
pub use display::{display, division_name};
pub use enrolment::{COLUMNS as ENROLMENT_COLUMNS, changed, enrolment};
pub use load::{LoadError, LoadOptions, Loaded, PutAside, load, load_batches};
pub use memo::Memo;

use yiren_matchers::normalise::address::AddressNormaliser;
use yiren_matchers::normalise::codes::{self, Relation, Sex};
use yiren_matchers::normalise::division::DivisionCode;
use yiren_matchers::normalise::documents::{self, Document};
use yiren_matchers::normalise::name::NameNormaliser;
use yiren_matchers::normalise::name::hong_kong::HongKongName;
use yiren_matchers::normalise::western::WesternNormaliser;
use yiren_matchers::normalise::{account, date, division, identifier, phone, text};
use yiren_matchers::record::{Dictionaries, Field, FieldKind, Value};

/// The version of the normal forms, of the keys made from them and of what enrolments are read as. A
/// store that was resolved with another is resolved anew before it is changed. Goes up whenever
/// the same raw record may come to another value, key or enrolment.
pub const NORMAL_FORMS: u32 = 1;

/// Reads the fields of a model from the columns of a record.
pub struct Standardiser {
    fields: Vec<Field>,
    /// For each field, the division field that says where its address is.
    hints: Vec<Option<usize>>,
    /// The ID number and the list of papers, which may hold the number too.
    id_and_papers: Option<(usize, usize)>,
    names: NameNormaliser,
    addresses: AddressNormaliser,
    western: WesternNormaliser,
}

impl Standardiser {
    /// A standardiser of these fields. Costs some tens of milliseconds for its tables: make one
    /// and share it.
    pub fn new(fields: &[Field]) -> Standardiser {
        let first = |kind| fields.iter().position(|field| field.kind == kind);
        Standardiser {
            hints: fields.iter().map(|field| hint_of(fields, field)).collect(),
            id_and_papers: first(FieldKind::NationalId).zip(first(FieldKind::Documents)),
            fields: fields.to_vec(),
            names: NameNormaliser::new(),
            addresses: AddressNormaliser::new(),
            western: WesternNormaliser::new(),
        }
    }

    /// The fields, in the order of the values.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Appends the values of one record to `row`. `cell` gives the raw text of a field, "" if
    /// there is none; `memo` is what earlier calls with the same model remember. What cannot be
    /// read becomes the missing value.
    pub fn standardise<'a>(
        &self,
        cell: impl Fn(usize) -> &'a str,
        dictionaries: &mut Dictionaries,
        memo: &mut Memo,
        row: &mut Vec<Value>,
    ) {
        self.standardise_each(1, |_, field| cell(field), dictionaries, memo, row);
    }

    /// [`Standardiser::standardise`] of some records, one after the other in `rows`; `cell` is asked for
    /// the record and the field. A field is read of all of them before the next is, so that its tables
    /// stay in the processor's cache.
    pub fn standardise_each<'a>(
        &self,
        records: usize,
        cell: impl Fn(usize, usize) -> &'a str,
        dictionaries: &mut Dictionaries,
        memo: &mut Memo,
        rows: &mut Vec<Value>,
    ) {
        let (start, width) = (rows.len(), self.fields.len());
        rows.resize(start + records * width, Value::NULL);
        let rows = &mut rows[start..];
        for (place, field) in self.fields.iter().enumerate() {
            for record in 0..records {
                let raw = cell(record, place);
                if raw.is_empty() {
                    continue;
                }
                let hint = self.hints[place].map_or("", |hint| cell(record, hint));
                rows[record * width + place] = memo.value(place, field.kind, raw, || {
                    self.value(field, raw, hint, dictionaries)
                });
            }
        }
        let Some((id, papers)) = self.id_and_papers else {
            return;
        };
        for row in rows.chunks_exact_mut(width) {
            if row[id].is_null()
                && let Some(list) = dictionaries.document_list(row[papers])
                && let Some(number) = list.iter().find_map(Document::embedded_national_id)
            {
                row[id] = dictionaries.national_id(number);
            }
        }
    }

    /// The value of one raw text, `hint` being the raw division code of an address.
    fn value(
        &self,
        field: &Field,
        raw: &str,
        hint: &str,
        dictionaries: &mut Dictionaries,
    ) -> Value {
        let value = match field.kind {
            FieldKind::NationalId => identifier::parse(raw).map(|id| dictionaries.national_id(id)),
            FieldKind::PersonName => self
                .names
                .parse(raw)
                .map(|name| Value::from_index(dictionaries.names.intern(name))),
            FieldKind::HongKongName => HongKongName::parse(raw)
                .map(|name| Value::from_index(dictionaries.hong_kong_names.intern(name))),
            FieldKind::Date => match field.years {
                None => date::parse(raw),
                Some((first, last)) => date::parse_within(raw, first..=last),
            }
            .map(Value::from_date),
            FieldKind::Address => {
                let hint = division::parse(hint).map(DivisionCode::county);
                let address = self.addresses.parse(raw, hint);
                address.map(|address| dictionaries.add_address(address))
            }
            FieldKind::Phone => phone::parse(raw).map(Value::from_number),
            FieldKind::Account => account::parse(raw).map(Value::from_number),
            FieldKind::Sex => Sex::parse(raw).map(Value::from_sex),
            FieldKind::Ethnicity => {
                codes::ethnicity(raw).map(|code| Value::from_number(code.into()))
            }
            FieldKind::Relation => Relation::parse(raw).map(Value::from_relation),
            FieldKind::Division => division::parse(raw).map(|code| Value::from_number(code.bits())),
            FieldKind::Documents => {
                let list = documents::parse(raw);
                (!list.is_empty())
                    .then(|| Value::from_index(dictionaries.documents.intern(list.into())))
            }
            FieldKind::Code | FieldKind::Postcode => {
                let mut code = text::compact(raw);
                // Most codes are in capitals and digits already.
                if !code
                    .bytes()
                    .all(|byte| byte.is_ascii() && !byte.is_ascii_lowercase())
                {
                    code = code.to_uppercase().into();
                }
                intern_text(&code, raw, dictionaries)
            }
            FieldKind::Email => intern_text(&text::compact(raw).to_lowercase(), raw, dictionaries),
            FieldKind::WesternName => self
                .western
                .parse(raw)
                .filter(|_| !text::is_placeholder(raw))
                .map(|name| Value::from_index(dictionaries.western.intern(name))),
            FieldKind::Text => intern_text(&text::fold(raw), raw, dictionaries),
        };
        value.unwrap_or(Value::NULL)
    }
}

fn intern_text(folded: &str, raw: &str, dictionaries: &mut Dictionaries) -> Option<Value> {
    (!folded.is_empty() && !text::is_placeholder(raw))
        .then(|| Value::from_index(dictionaries.texts.intern(folded)))
}

/// The division field of an address field: `hukou_division` of `hukou_address`.
fn hint_of(fields: &[Field], field: &Field) -> Option<usize> {
    let stem = field
        .name
        .strip_suffix("_address")
        .filter(|_| field.kind == FieldKind::Address)?;
    let name = format!("{stem}_division");
    fields
        .iter()
        .position(|other| other.kind == FieldKind::Division && other.name == name)
}
