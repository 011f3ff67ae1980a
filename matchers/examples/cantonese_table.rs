//! Writes `matchers/data/cantonese_readings.tsv` from the Unihan database: run
//! `cargo run --release --example cantonese_table -- FOLDER > matchers/data/cantonese_readings.tsv`
//! with the folder that holds `Unihan_Readings.txt` and `Unihan_OtherMappings.txt` (unpacked from
//! `Unihan.zip` of the Unicode Character Database, or from the Debian package `unicode-data`).
//!
//! Taken are the characters of Big5 and GB 2312, which hold what Hong Kong names are written
//! with, in the shape that names are matched in, and their readings (`kCantonese`) without
//! tones. Where several characters have one matched shape (余 and 餘), the reading of the shape
//! itself comes first.

use std::{collections::BTreeMap, error::Error, fs, path::PathBuf};

use yiren_matchers::normalise::name::{NameNormaliser, UNKNOWN};

const HEADER: &str = "\
# How characters are read in Cantonese: a syllable in Jyutping without its tone, the characters whose first reading
# it is, and those that may be read so as well. Characters are in the shape that names are matched in.
# Written by examples/cantonese_table.rs from the field kCantonese of the Unihan database, Unicode 15.0, for the
# characters of Big5 and GB 2312. Copyright 1991-2022 Unicode, Inc.; licence in UNICODE-LICENSE.txt.";

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(
        std::env::args()
            .nth(1)
            .ok_or("where are the files of Unihan?")?,
    );
    let readings = field(
        &fs::read_to_string(folder.join("Unihan_Readings.txt"))?,
        &["kCantonese"],
    );
    let listed = field(
        &fs::read_to_string(folder.join("Unihan_OtherMappings.txt"))?,
        &["kBigFive", "kGB0"],
    );
    let names = NameNormaliser::new();
    // By the shape that is matched: the readings of the shape itself, then those of the others.
    let mut found: BTreeMap<char, (Vec<String>, Vec<String>)> = BTreeMap::new();
    for &character in listed.keys() {
        let Some(text) = readings.get(&character) else {
            continue;
        };
        let Some(name) = names.parse(&character.to_string()) else {
            continue;
        };
        let shape = match name.chars() {
            [shape] if *shape != UNKNOWN => *shape,
            _ => continue,
        };
        let own = readings.get(&shape).map_or("", String::as_str);
        let entry = found.entry(shape).or_default();
        entry.0 = toneless(own);
        entry.1.extend(toneless(text));
    }
    let mut rows: BTreeMap<String, (String, String)> = BTreeMap::new();
    for (shape, (own, others)) in found {
        let mut all: Vec<String> = Vec::new();
        for reading in own.into_iter().chain(others) {
            if !all.contains(&reading) {
                all.push(reading);
            }
        }
        for (place, reading) in all.into_iter().enumerate() {
            let row = rows.entry(reading).or_default();
            let side = if place == 0 { &mut row.0 } else { &mut row.1 };
            side.push(shape);
        }
    }
    println!("{HEADER}");
    for (syllable, (first, further)) in rows {
        println!("{syllable}\t{first}\t{further}");
    }
    Ok(())
}

/// The values of the first of these fields that each character has.
fn field(text: &str, wanted: &[&str]) -> BTreeMap<char, String> {
    let mut found = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("U+")) {
        let mut columns = line[2..].split('\t');
        let (Some(code), Some(name), Some(value)) =
            (columns.next(), columns.next(), columns.next())
        else {
            continue;
        };
        let character = u32::from_str_radix(code, 16).ok().and_then(char::from_u32);
        if let (Some(character), true) = (character, wanted.contains(&name)) {
            found.entry(character).or_insert_with(|| value.to_string());
        }
    }
    found
}

fn toneless(readings: &str) -> Vec<String> {
    readings
        .split(' ')
        .map(|reading| reading.trim_end_matches(|c: char| c.is_ascii_digit()))
        .filter(|reading| !reading.is_empty())
        .map(str::to_string)
        .collect()
}
