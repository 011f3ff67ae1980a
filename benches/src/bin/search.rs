//! What it takes to search a store: `search DIR COUNT`. DIR is a store (which is only read; its index
//! is made anew), COUNT how many questions of each kind are asked. Questions are made from records
//! of the store, each asked once before it is timed.
//! Prints one line a figure: name, tab, value.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use yiren::query::source_words;
use yiren::search::{Query, Search};
use yiren::store::{Family, OpenOptions, Record, Store};
use yiren_matchers::normalise::name::{NameNormaliser, PersonName};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Kinds of questions, in the order in which they are told.
const KINDS: [&str; 16] = [
    "name",
    "name_year",
    "pinyin",
    "pinyin_year",
    "initials",
    "initials_year",
    "wrong_character",
    "wildcard",
    "given_name",
    "phone_ending",
    "account_ending",
    "id_ending",
    "village",
    "village_name",
    "programme",
    "programme_state",
];

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, count] = arguments.as_slice() else {
        return Err(anyhow!("usage: search DIR COUNT"));
    };
    let (folder, count) = (PathBuf::from(folder), count.parse::<usize>()?);
    let store = Store::open_read_only(&folder, &OpenOptions::default())?;
    let view = store.view();
    let begun = Instant::now();
    let (search, records) = Search::rebuild(&folder, &view)?;
    println!("records\t{records}");
    println!("build_seconds\t{:.1}", begun.elapsed().as_secs_f64());
    let bytes = size(&folder.join("search"))?;
    println!("bytes_per_record\t{}", bytes / records.max(1));

    // Neighbours in the order of keys are of any source and region.
    let mut sample: Vec<Record> = Vec::new();
    view.cursor(Family::Records)?.each_record(|_, record| {
        sample.push(record);
        Ok(sample.len() < 40 * count)
    })?;
    let names = source_words(&view)?;
    let mut all: Vec<Duration> = Vec::new();
    for kind in KINDS {
        let texts = sample.iter().filter_map(|record| question(kind, record));
        let texts: Vec<String> = texts.take(count).collect();
        let mut times = Vec::with_capacity(texts.len());
        for text in texts {
            let query = Query {
                text,
                names: names.clone(),
                ..Query::default()
            };
            search.find(&view, &query)?;
            let begun = Instant::now();
            search.find(&view, &query)?;
            times.push(begun.elapsed());
        }
        tell(kind, &mut times)?;
        all.extend(times);
    }
    tell("all", &mut all)
}

fn tell(kind: &str, times: &mut [Duration]) -> anyhow::Result<()> {
    times.sort_unstable();
    let last = times.len().checked_sub(1).context("no questions")?;
    let at = |share: usize| times[last * share / 100].as_secs_f64() * 1e3;
    println!(
        "{kind}\t{}\t{:.2}\t{:.2}\t{:.2}",
        times.len(),
        at(50),
        at(95),
        at(100)
    );
    Ok(())
}

/// A question of a kind that the record answers; `None` if it lacks what that takes.
fn question(kind: &str, record: &Record) -> Option<String> {
    let cell = |column: &str| Some(record.cells.get(column)).filter(|text| !text.is_empty());
    let name: PersonName = NameNormaliser::new().parse(cell("name")?)?;
    let whole: String = name.chars().iter().filter(|c| c.is_alphabetic()).collect();
    let syllables = || -> Vec<&str> {
        let readings = name.readings().iter();
        readings
            .map(|reading| reading.preferred().as_str())
            .collect()
    };
    let year = cell("birth_date").and_then(|date| date.get(..4).map(str::to_string));
    let letters = Some(syllables().concat()).filter(|letters| !letters.is_empty());
    let initials: String = syllables()
        .iter()
        .filter_map(|sound| sound.chars().next())
        .collect();
    let ending = |column: &str, digits: usize| {
        let number = cell(column)?;
        number
            .get(number.len().checked_sub(digits)?..)
            .map(str::to_string)
    };
    let village = || {
        let address = cell("hukou_address")?;
        let (before, _) = address.split_once('村')?;
        let from = before.char_indices().rev().nth(2)?.0;
        Some(format!("{}村", before.get(from..)?))
    };
    match kind {
        "name" => Some(whole),
        "name_year" => Some(format!("{whole} {}", year?)),
        "pinyin" => letters,
        "pinyin_year" => Some(format!("{} {}", letters?, year?)),
        "initials" => Some(initials).filter(|initials| initials.len() > 1),
        "initials_year" => Some(format!("{initials} {}", year?)),
        "wrong_character" => {
            let mut chars: Vec<char> = whole.chars().collect();
            *chars.last_mut()? = '磊';
            Some(chars.into_iter().collect())
        }
        "wildcard" => {
            let mut chars: Vec<char> = whole.chars().collect();
            *chars.get_mut(1)? = '?';
            Some(chars.into_iter().collect())
        }
        "given_name" => Some(name.given().iter().collect()),
        "phone_ending" => ending("phone", 4),
        "account_ending" => ending("bank_account", 6),
        "id_ending" => ending("national_id", 4),
        "village" => village(),
        "village_name" => Some(format!("{} {whole}", village()?)),
        "programme" => Some(record.source.to_string()),
        "programme_state" => Some(format!("{} {}", record.source, cell("status")?)),
        _ => None,
    }
}

/// Bytes of the files in a folder and those in it.
fn size(folder: &Path) -> anyhow::Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        bytes += match entry.file_type()?.is_dir() {
            true => size(&entry.path())?,
            false => entry.metadata()?.len(),
        };
    }
    Ok(bytes)
}
