//! Writing trained probabilities back into a model file, everything else untouched.

use toml_edit::{DocumentMut, Item, Table, value};
use yiren_matchers::model::ModelParts;

/// The text of a model file with the probabilities and the prior of `parts` in place of its
/// own; comments, order and everything else stay. `version` replaces the version. `None` if
/// the text is not the file that `parts` was read from.
pub fn write_model(text: &str, parts: &ModelParts, version: &str) -> Option<String> {
    let mut document: DocumentMut = text.parse().ok()?;
    document["version"] = value(version);
    let population = document.get_mut("population")?.as_table_like_mut()?;
    population.insert("matches_per_record", number(parts.matches_per_record));
    population.insert(
        "reference_records",
        value(i64::try_from(parts.reference_records).ok()?),
    );
    if let Some(rivals) = document.get_mut("rival") {
        let rivals = rivals.as_array_of_tables_mut()?;
        for (table, rival) in rivals.iter_mut().zip(parts.rivals.iter().skip(1)) {
            table["pairs_per_record"] = number(rival.pairs_per_record);
        }
    }
    let comparisons = document.get_mut("comparison")?.as_array_of_tables_mut()?;
    for (place, table) in comparisons.iter_mut().enumerate() {
        write_levels(table, parts, place)?;
    }
    Some(document.to_string())
}

fn write_levels(comparison: &mut Table, parts: &ModelParts, place: usize) -> Option<()> {
    let levels = comparison.get_mut("levels")?.as_array_mut()?;
    for (entry, level) in levels.iter_mut().zip(parts.parameters.get(place)?) {
        let entry = entry.as_inline_table_mut()?;
        replace(entry, "m", level.m);
        replace(entry, "u", *level.against.first()?);
        if let Some(against) = entry
            .get_mut("against")
            .and_then(toml_edit::Value::as_inline_table_mut)
        {
            for (rival, probability) in parts.rivals.iter().zip(&level.against).skip(1) {
                if against.contains_key(&rival.name) {
                    replace(against, &rival.name, *probability);
                }
            }
        }
    }
    Some(())
}

/// Replaces a value, keeping the spaces around it.
fn replace(table: &mut toml_edit::InlineTable, key: &str, number: f64) {
    if let Some(old) = table.get_mut(key) {
        let decor = old.decor().clone();
        *old = rounded(number);
        *old.decor_mut() = decor;
    }
}

fn number(number: f64) -> Item {
    value(rounded(number))
}

/// Four significant digits, since more would pretend to more than a sample tells; as 1.2e-5
/// where zeros would hide them.
fn rounded(number: f64) -> toml_edit::Value {
    let short = format!("{number:.3e}").parse().unwrap_or(number);
    let text = if short != 0.0 && short.abs() < 1e-3 {
        format!("{short:e}")
    } else {
        format!("{short:?}")
    };
    text.parse().unwrap_or_else(|_| short.into())
}
