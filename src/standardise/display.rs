//! Standardised values as a person reads them.

use yiren_matchers::normalise::address::Address;
use yiren_matchers::normalise::codes::{Sex, ethnicity_name};
use yiren_matchers::record::{Dictionaries, FieldKind, HeldName, Value};

/// The text of a standardised value; empty if it is missing.
pub fn display(value: Value, kind: FieldKind, dictionaries: &Dictionaries) -> String {
    if value.is_null() {
        return String::new();
    }
    let text = match kind {
        FieldKind::NationalId => dictionaries
            .get_national_id(value)
            .map(|id| id.as_str().to_string()),
        FieldKind::PersonName => dictionaries
            .name(value)
            .map(|name| name.chars().iter().collect()),
        FieldKind::HongKongName => dictionaries
            .hong_kong_name(value)
            .map(|name| name.to_string()),
        FieldKind::Date => value.date().map(|date| date.to_string()),
        FieldKind::Address => dictionaries
            .address(value)
            .map(|address| address_text(&address)),
        FieldKind::Sex => value
            .sex()
            .map(|sex| if sex == Sex::Male { "男" } else { "女" }.to_string()),
        FieldKind::Ethnicity => u8::try_from(value.bits()).ok().and_then(ethnicity_name),
        FieldKind::Relation => value.relation().map(|relation| relation.word().to_string()),
        FieldKind::Documents => dictionaries.document_list(value).map(|list| {
            let each = list
                .iter()
                .map(|document| format!("{}:{}", document.kind.as_str(), document.number));
            each.collect::<Vec<_>>().join(";")
        }),
        FieldKind::Text | FieldKind::Code | FieldKind::Postcode | FieldKind::Email => {
            dictionaries.text(value).map(str::to_string)
        }
        FieldKind::WesternName => dictionaries
            .western_name(value)
            .map(|name| name.chars().iter().collect()),
        FieldKind::Division => value.division().map(|code| code.as_u64().to_string()),
        FieldKind::Phone | FieldKind::Account => Some(value.bits().to_string()),
    };
    text.unwrap_or_default()
}

fn address_text(address: &Address<HeldName<'_>>) -> String {
    let mut text = format!("{}{}{}", address.town, address.village, address.estate);
    let parts = [
        (address.group, "组"),
        (address.number, "号"),
        (address.building, "幢"),
        (address.unit, "单元"),
        (address.room, "室"),
    ];
    for (number, word) in parts.into_iter().filter(|(number, _)| *number != 0) {
        text.push_str(&format!("{number}{word}"));
    }
    let county = [address.county, address.prefecture, address.province]
        .into_iter()
        .find(|code| *code != 0);
    match county.map(|code| (code, division_name(code))) {
        None => text,
        Some((code, name)) if name.is_empty() => format!("({code}){text}"),
        Some((_, name)) => format!("{name}{text}"),
    }
}

/// Name of a division by its six-digit code, of whatever year; empty if it has none.
pub fn division_name(code: u32) -> String {
    gb2260::Division::search(&format!("{code:06}"))
        .map_or_else(String::new, |division| division.name.to_string())
}
