//! Two hundred questions, and whom each must find first.
//!
//! `golden-datasets/queries/queries.csv` was derived from an invented population, by this file
//! alone: it knows nothing of how the index works. Beside the name, a question has as little as an
//! investigator may remember, so that others fit it too. Kinds: `exact` is a name with the ten years
//! in which the person was born, `pinyin` the same in letters, `missing-dot` a dotted name without
//! its dot, `initials` the first letters with the year and the province, and `wrong-character` a
//! name of which one character is another, with the year.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use pinyin::ToPinyin;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use yiren::generate::{self, generate};
use yiren::ingest;
use yiren::loading::{self, Committed, LoadOptions, Phase, Watcher};
use yiren::query::source_words;
use yiren::search::{Query, Search};
use yiren::standardise::division_name;

use super::desk::{open, recording};

/// The population that the questions are about.
const PERSONS: u64 = 20_000;
const SEED: u64 = 41;

const EACH: usize = 40;

/// Names a file for what each kind came to: kind, questions, found first.
const RATES: &str = "YIREN_RATES";

/// Of a hundred questions of each kind, how many must find the person first. Not all: of some,
/// several people are what was asked for.
const FLOORS: [(&str, usize); 5] = [
    ("exact", 95),
    ("pinyin", 85),
    ("initials", 95),
    ("wrong-character", 85),
    ("missing-dot", 95),
];

/// What a clerk may write instead: characters that are common in names.
const CHARACTERS: &str =
    "伟芳娜敏静丽强磊军洋勇艳杰涛明超秀英华文玉平刚桂兰建国海燕红梅志波鹏飞春龙云峰";

struct Silent;

impl Watcher for Silent {
    fn progress(&self, _: Phase, _: u64, _: u64) {}
    fn committed(&self, _: &Committed) {}
    fn rejected(&self, _: ingest::Reject) {}
}

fn population(folder: &Path) {
    let options = generate::Options {
        persons: PERSONS,
        seed: SEED,
        ..generate::Options::default()
    };
    generate(&options, folder, &|_| ()).unwrap();
}

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden-datasets/queries/queries.csv")
}

#[derive(Clone, Default)]
struct Row {
    source: String,
    record_id: String,
    name: String,
    year: String,
    division: String,
    person: String,
}

/// The rows of the population, in the order of source and record id, with the person of each.
fn rows(folder: &Path) -> Vec<Row> {
    let mut persons: HashMap<(String, String), String> = HashMap::new();
    for line in csv::Reader::from_path(folder.join("truth.csv"))
        .unwrap()
        .records()
    {
        let line = line.unwrap();
        persons.insert(
            (line[0].to_string(), line[1].to_string()),
            line[2].to_string(),
        );
    }
    let mut rows = Vec::new();
    for source in generate::Source::ALL {
        let path = folder.join(format!("{}.csv", source.name()));
        let Ok(mut reader) = csv::Reader::from_path(path) else {
            continue;
        };
        let header = reader.headers().unwrap().clone();
        let place = |column: &str| header.iter().position(|name| name == column).unwrap();
        for line in reader.records() {
            let line = line.unwrap();
            let cell = |column: &str| line[place(column)].to_string();
            let key = (source.name().to_string(), cell("record_id"));
            let birth = cell("birth_date");
            rows.push(Row {
                person: persons[&key].clone(),
                source: key.0,
                record_id: key.1,
                name: cell("name"),
                year: birth
                    .split('-')
                    .next()
                    .filter(|_| birth.len() == 10)
                    .unwrap_or("")
                    .to_string(),
                division: cell("hukou_division").chars().take(6).collect(),
            });
        }
    }
    rows.sort_by(|a, b| (&a.source, &a.record_id).cmp(&(&b.source, &b.record_id)));
    rows
}

/// The name in letters: whole, and the first letter of each character; `None` if it has others.
fn letters(name: &str) -> Option<(String, String)> {
    let sounds: Vec<&str> = name
        .chars()
        .map(|c| c.to_pinyin().map(|sound| sound.plain()))
        .collect::<Option<_>>()?;
    let initials = sounds.iter().filter_map(|sound| sound.chars().next());
    Some((sounds.concat().replace('ü', "v"), initials.collect()))
}

/// The question of a kind about a row; `None` if the row is of no use for it.
fn question(kind: &str, row: &Row, random: &mut ChaCha8Rng) -> Option<String> {
    let Row { name, year, .. } = row;
    let is_plain = (2..=4).contains(&name.chars().count()) && letters(name).is_some();
    let province = division_name(row.division.get(..2)?.parse::<u32>().ok()? * 10_000);
    if year.len() != 4 || province.is_empty() || kind != "missing-dot" && !is_plain {
        return None;
    }
    let decade = format!("{decade}0-{decade}9", decade = &year[..3]);
    let (sound, initials) = letters(&name.replace('·', ""))?;
    Some(match kind {
        "exact" => format!("{name} {decade}"),
        "pinyin" => format!("{sound} {decade}"),
        "initials" => format!("{initials} {year} {province}"),
        "wrong-character" => {
            let others: Vec<char> = CHARACTERS.chars().collect();
            let mut chars: Vec<char> = name.chars().collect();
            let place = 1 + random.next_u32() as usize % (chars.len() - 1);
            let other = others[random.next_u32() as usize % others.len()];
            if chars[place] == other {
                return None;
            }
            chars[place] = other;
            format!("{} {year}", chars.into_iter().collect::<String>())
        }
        _ if name.contains('·') => format!("{} {decade}", name.replace('·', "")),
        _ => return None,
    })
}

#[test]
#[ignore = "writes the golden list anew"]
fn write_the_questions() {
    let folder = tempfile::tempdir().unwrap();
    population(folder.path());
    let rows = rows(folder.path());
    let mut of_person: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for row in &rows {
        let records = of_person.entry(&row.person).or_default();
        records.push(format!("{}:{}", row.source, row.record_id));
    }
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let mut text = "kind,text,record,records_of_the_person\n".to_string();
    for (kind, _) in FLOORS {
        let mut written = 0;
        while written < EACH {
            let row = &rows[random.next_u32() as usize % rows.len()];
            if let Some(question) = question(kind, row, &mut random) {
                let records = of_person[&*row.person].join(";");
                writeln!(
                    text,
                    "{kind},{question},{}:{},{records}",
                    row.source, row.record_id
                )
                .unwrap();
                written += 1;
            }
        }
    }
    std::fs::create_dir_all(file().parent().unwrap()).unwrap();
    std::fs::write(file(), text).unwrap();
}

#[test]
fn the_person_asked_for_comes_first() {
    let folder = tempfile::tempdir().unwrap();
    let files = folder.path().join("population");
    population(&files);
    let store = open(&folder.path().join("store"));
    let options = LoadOptions {
        ingest: ingest::Options::default(),
        full: false,
        recording: &recording,
    };
    loading::load(&store, &[files], &options, &Silent).unwrap();
    let view = store.view();
    let search = Search::open(store.folder()).unwrap();
    search.keep_up(&view).unwrap();
    let names = source_words(&view).unwrap();

    let mut first: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut missed = String::new();
    for line in csv::Reader::from_path(file()).unwrap().records() {
        let line = line.unwrap();
        let (kind, text) = (&line[0], &line[1]);
        let query = Query {
            text: text.to_string(),
            names: names.clone(),
            ..Query::default()
        };
        let found = search.find(&view, &query).unwrap();
        let best = found
            .hits
            .first()
            .map(|hit| format!("{}:{}", hit.source, hit.record_id));
        let (right, all) = first.entry(kind.to_string()).or_default();
        *all += 1;
        match best
            .as_deref()
            .is_some_and(|best| line[3].split(';').any(|record| record == best))
        {
            true => *right += 1,
            false => writeln!(missed, "{kind}: {text} found {best:?}, not {}", &line[2]).unwrap(),
        }
    }
    println!("{missed}");
    if let Ok(path) = std::env::var(RATES) {
        let rows = first
            .iter()
            .map(|(kind, (right, all))| format!("{kind}\t{all}\t{right}\n"));
        std::fs::write(path, rows.collect::<String>()).unwrap();
    }
    for (kind, floor) in FLOORS {
        let (right, all) = first[kind];
        assert_eq!(all, EACH, "{kind}");
        assert!(
            100 * right >= floor * all,
            "{kind}: {right} of {all}, at least {floor} %\n{missed}"
        );
    }
}
