//! What the index keeps of a record.

use tantivy::TantivyDocument;
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, NumericOptions, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::tokenizer::{PreTokenizedString, Token};
use yiren_matchers::normalise::address::AddressNormaliser;
use yiren_matchers::normalise::date::{self, Date};
use yiren_matchers::normalise::name::NameNormaliser;
use yiren_matchers::normalise::text::{compact, is_placeholder};
use yiren_matchers::normalise::{documents, identifier, phone};

use super::address::{Unit, terms, units};
use super::names::{self, Forms};
use super::query::county;
use crate::record::Status;
use crate::standardise::enrolment;
use crate::store::{Record, RecordKey};

/// The version of the layout, and the folder of an index within the folder of all. Goes up with
/// every change of what is kept or how.
pub(super) const VERSION: &str = "1";

/// Columns with a name, the most telling first, and what each is called in the index.
pub(super) const NAMES: [&str; 3] = ["name", "former_name", "mother_name"];

/// Columns with an address.
pub(super) const ADDRESSES: [&str; 2] = ["hukou_address", "residence_address"];

/// What a number is of, as the first letter of its term.
pub(super) const NATIONAL_ID: char = 'i';
pub(super) const PHONE: char = 'p';
pub(super) const ACCOUNT: char = 'a';
pub(super) const DOCUMENT: char = 'd';
pub(super) const HOUSEHOLD: char = 'h';
pub(super) const RECORD: char = 'r';

/// The fields of the index.
#[derive(Clone, Debug)]
pub(super) struct Fields {
    /// Place of the record in the store: by it records are replaced.
    pub key: Field,
    /// Source, for filters, facets and order.
    pub source: Field,
    /// Record id, for order.
    pub record: Field,
    /// Code of the state of the enrolment.
    pub status: Field,
    /// Division where the record was made, in twelve digits; 0 if unknown.
    pub division: Field,
    /// Birth dates as `YYYYMMDD`, zeros for what is not known: that of the record and that of its
    /// ID number, if they differ.
    pub born: Field,
    /// Whole names, one field a column of [`NAMES`].
    pub names: [Field; 3],
    /// Parts of names.
    pub part: Field,
    /// Sounds of names: present, former.
    pub sounds: [Field; 2],
    /// Pairs of neighbours and numbers of addresses.
    pub place: Field,
    /// Numbers, to be found by how they begin.
    pub front: Field,
    /// Numbers written backwards, to be found by how they end.
    pub back: Field,
}

/// The schema of the index, and its fields.
pub(super) fn schema() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    let plain = |record| {
        let indexing = TextFieldIndexing::default()
            .set_tokenizer("raw")
            .set_index_option(record)
            .set_fieldnorms(false);
        TextOptions::default().set_indexing_options(indexing)
    };
    let term = plain(IndexRecordOption::Basic);
    let facet = term.clone().set_fast("raw");
    let number = NumericOptions::default() | FAST;
    let fields = Fields {
        key: schema.add_u64_field("key", number.clone() | INDEXED),
        source: schema.add_text_field("source", facet.clone()),
        record: schema.add_text_field("record", TextOptions::default().set_fast("raw")),
        status: schema.add_text_field("status", facet),
        division: schema.add_u64_field("division", number.clone()),
        born: schema.add_u64_field("born", number),
        names: NAMES.map(|column| schema.add_text_field(column, term.clone())),
        part: schema.add_text_field("part", term.clone()),
        sounds: ["sound", "former_sound"].map(|name| schema.add_text_field(name, term.clone())),
        place: schema.add_text_field("place", plain(IndexRecordOption::WithFreqsAndPositions)),
        front: schema.add_text_field("front", term.clone()),
        back: schema.add_text_field("back", term),
    };
    (schema.build(), fields)
}

/// Turns records into what is kept of them. Its tables take some tens of milliseconds to build.
#[derive(Default)]
pub(super) struct Clerk {
    /// Reads names.
    pub names: NameNormaliser,
    /// Reads addresses.
    pub addresses: AddressNormaliser,
}

impl Clerk {
    /// What the index keeps of a record. What cannot be read is not kept, and never an error.
    pub fn document(&self, fields: &Fields, key: RecordKey, record: &Record) -> TantivyDocument {
        let cell = |column: &str| record.cells.get(column);
        let mut document = TantivyDocument::default();
        document.add_u64(fields.key, key.0);
        document.add_text(fields.source, &*record.source);
        document.add_text(fields.record, &*record.record_id);
        let enrolment = enrolment(|column| record.cells.get(column));
        document.add_text(fields.status, status_code(enrolment.status));
        let (_, division) = division_of(record);
        document.add_u64(fields.division, division);

        for (place, column) in NAMES.into_iter().enumerate() {
            let Some(name) = self.names.parse(cell(column)) else {
                continue;
            };
            let Forms {
                whole,
                parts,
                sounds,
            } = names::forms(&name);
            document.add_text(fields.names[place], whole);
            if let Some(&field) = fields.sounds.get(place) {
                sounds
                    .iter()
                    .for_each(|sound| document.add_text(field, sound));
                parts
                    .iter()
                    .for_each(|part| document.add_text(fields.part, part));
            }
        }
        for address in self.addresses_of(record) {
            document.add_pre_tokenized_text(fields.place, tokens(&address));
        }
        let mut born: Vec<Date> = born(record);
        born.dedup();
        born.into_iter()
            .for_each(|date| document.add_u64(fields.born, day(date)));
        for Number { kind, text } in numbers(record) {
            if kind != PHONE && kind != ACCOUNT {
                document.add_text(fields.front, format!("{kind}{text}"));
            }
            if kind != HOUSEHOLD && kind != RECORD {
                document.add_text(fields.back, backwards(kind, &text));
            }
        }
        document
    }

    /// The addresses of a record that say something that no other of them does.
    fn addresses_of(&self, record: &Record) -> Vec<Vec<Unit>> {
        let mut kept: Vec<Vec<Unit>> = Vec::new();
        for column in ADDRESSES {
            let address = units(record.cells.get(column), &self.addresses);
            let texts = |units: &[Unit]| -> Vec<String> {
                units.iter().map(|unit| unit.text.clone()).collect()
            };
            let new = texts(&address);
            if kept.iter().any(|old| texts(old).ends_with(&new)) {
                continue;
            }
            kept.retain(|old| !new.ends_with(&texts(old)));
            kept.push(address);
        }
        kept
    }
}

fn tokens(address: &[Unit]) -> PreTokenizedString {
    let token = |(position, text)| Token {
        position,
        text,
        ..Token::default()
    };
    PreTokenizedString {
        text: String::new(),
        tokens: terms(address).into_iter().map(token).collect(),
    }
}

/// A number of a record in its normal form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Number {
    /// What it is of.
    pub kind: char,
    /// Its digits and capital letters.
    pub text: String,
}

/// The numbers of a record.
pub(super) fn numbers(record: &Record) -> Vec<Number> {
    let mut numbers = vec![Number {
        kind: RECORD,
        text: code(&record.record_id),
    }];
    let columns = [
        ("national_id", NATIONAL_ID),
        ("phone", PHONE),
        ("bank_account", ACCOUNT),
        ("documents", DOCUMENT),
        ("household_id", HOUSEHOLD),
    ];
    for (column, kind) in columns {
        let raw = record.cells.get(column);
        let texts = normal(kind, raw);
        numbers.extend(texts.into_iter().map(|text| Number { kind, text }));
    }
    numbers
}

/// The numbers of a kind that a text holds, in normal form.
pub(super) fn normal(kind: char, raw: &str) -> Vec<String> {
    let one = |text: Option<String>| text.into_iter().collect();
    match kind {
        NATIONAL_ID => one(identifier::parse(raw).map(|id| id.as_str().to_string())),
        PHONE => one(phone::parse(raw).map(|number| (number % phone::FOREIGN).to_string())),
        DOCUMENT => {
            let papers = documents::parse(raw).into_iter();
            papers.map(|paper| paper.number.into_string()).collect()
        }
        _ if is_placeholder(raw) => Vec::new(),
        _ => one(Some(code(raw)).filter(|code| !code.is_empty())),
    }
}

/// The letters and digits of a text, in capitals.
pub(super) fn code(raw: &str) -> String {
    let text = compact(raw).to_uppercase();
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// The term by which a number is found by its end.
pub(super) fn backwards(kind: char, number: &str) -> String {
    std::iter::once(kind).chain(number.chars().rev()).collect()
}

/// The cell that says where a record was made, or, failing that, where its person is registered,
/// and the division that it names, in twelve digits; 0 if none.
pub(super) fn division_of(record: &Record) -> (&'static str, u64) {
    let column = match record.cells.get("office_division") {
        "" => "hukou_division",
        _ => "office_division",
    };
    let code = county(record.cells.get(column));
    (column, code.map_or(0, |span| span.first))
}

/// The birth dates that a record states: its own, and that of its ID number.
pub(super) fn born(record: &Record) -> Vec<Date> {
    let stated = date::parse(record.cells.get("birth_date"));
    let id = identifier::parse(record.cells.get("national_id"));
    let of_id = id.and_then(|id| id.birth_date());
    stated.into_iter().chain(of_id).collect()
}

/// A date as a number that sorts by time.
pub(super) fn day(date: Date) -> u64 {
    u64::from(date.year()) * 10_000 + u64::from(date.month()) * 100 + u64::from(date.day())
}

/// The code of a status.
pub(super) fn status_code(status: Status) -> &'static str {
    match status {
        Status::Unknown => "unknown",
        Status::Applied => "applied",
        Status::Active => "active",
        Status::Suspended => "suspended",
        Status::Exited => "exited",
        Status::Deceased => "deceased",
    }
}

/// The status that a word stands for, in either language.
pub(super) fn status_of(word: &str) -> Option<Status> {
    let status = enrolment(|column| if column == "status" { word } else { "" }).status;
    match status {
        Status::Unknown => (word == "unknown").then_some(Status::Unknown),
        known => Some(known),
    }
}
