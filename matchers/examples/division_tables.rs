//! Writes the generated tables of `matchers/data`: run
//! `cargo run -p yiren-matchers --example division_tables -- matchers/data` after `gb2260` or
//! `ferrous-opencc` has a new version, and commit what it wrote.
//!
//! `divisions.tsv`: code, name, first and last revision (year and month) of every GB/T 2260
//! division in the crate `gb2260` (MIT), one row a code and name.
//! `traditional.txt`: pairs of a traditional character and its simplified form, from the
//! dictionaries of OpenCC (Apache-2.0) by way of the crate `ferrous-opencc`.

use std::{collections::BTreeMap, error::Error, fmt::Write as _, fs, path::PathBuf};

use ferrous_opencc::{OpenCC, config::BuiltinConfig};
use gb2260::Division;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(
        std::env::args()
            .nth(1)
            .ok_or("which folder to write into?")?,
    );
    fs::write(folder.join("divisions.tsv"), divisions()?)?;
    fs::write(folder.join("traditional.txt"), traditional()?)?;
    Ok(())
}

fn divisions() -> Result<String, Box<dyn Error>> {
    let mut revisions = Division::revisions();
    revisions.sort_unstable();
    let mut rows: BTreeMap<(String, &str), (u32, u32)> = BTreeMap::new();
    for revision in revisions {
        // Hong Kong and Macao come as `hongkong_201512`; the month is what follows the mark.
        let month: u32 = revision
            .rsplit(['_', '-'])
            .next()
            .unwrap_or(revision)
            .parse()?;
        for code in (110_000..=830_000).map(|code: u32| code.to_string()) {
            if let Some(division) = Division::get_by_revision(&code, revision) {
                let (first, last) = rows.entry((code, division.name)).or_insert((month, month));
                *first = month.min(*first);
                *last = month.max(*last);
            }
        }
    }
    let mut table = String::from(
        "# GB/T 2260 divisions, revisions 2002-12 to 2016-07: code, name, first and last revision.\n\
         # Written by examples/division_tables.rs from the crate gb2260 (MIT).\n",
    );
    for ((code, name), (first, last)) in rows {
        writeln!(table, "{code}\t{name}\t{first}\t{last}")?;
    }
    Ok(table)
}

fn traditional() -> Result<String, Box<dyn Error>> {
    let converter = OpenCC::from_config(BuiltinConfig::T2s)?;
    // What OpenCC leaves: variants that official documents replace by one character.
    let mut pairs = BTreeMap::from([
        ('崐', '昆'),
        ('峯', '峰'),
        ('鍾', '钟'),
        ('锺', '钟'),
        ('邨', '村'),
    ]);
    for character in '\u{4E00}'..='\u{9FFF}' {
        let simplified = converter.convert(&character.to_string());
        let mut characters = simplified.chars();
        if let (Some(to), None) = (characters.next(), characters.next())
            && to != character
            && ('\u{4E00}'..='\u{9FFF}').contains(&to)
        {
            pairs.entry(character).or_insert(to);
        }
    }
    let mut table = String::new();
    for (from, to) in pairs {
        writeln!(table, "{from}{to}")?;
    }
    Ok(table)
}
