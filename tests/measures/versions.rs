//! A model version with its figures settled scores a few records as it did all of them.

use std::collections::BTreeMap;
use std::path::Path;

use yiren::generate::{ErrorMix, Options, generate};
use yiren::index::Candidates;
use yiren::schema::read_model;
use yiren::scoring::Scorer;
use yiren::standardise::{LoadOptions, load};
use yiren::table::Table;
use yiren_matchers::model::{FrequencyTable, MatchWeight, Model, ModelParts, TermFrequencies};

use super::candidates::distinct;

fn table(folder: &Path, model: &ModelParts) -> Table {
    let inputs = [folder.to_path_buf()];
    let loaded = load(&inputs, &model.fields, &LoadOptions::default(), &|_, _| {});
    loaded.unwrap().table
}

/// Two rows in three of every file of a folder.
fn thin_out(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let kept = text.split_inclusive('\n').enumerate();
        let kept = kept.filter(|(line, _)| line % 3 != 1);
        let text: String = kept.map(|(_, line)| line).collect();
        std::fs::write(to.join(path.file_name().unwrap()), text).unwrap();
    }
}

/// Written out and read back.
fn read_back(frequencies: &TermFrequencies) -> TermFrequencies {
    let tables = frequencies.tables().iter();
    let back = |table: &FrequencyTable| FrequencyTable::from_parts(table.total(), table.entries());
    TermFrequencies::of(tables.map(|table| back(table).unwrap()).collect())
}

#[test]
fn settled_figures_give_the_same_weights_in_any_table() {
    let (all, few) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let options = Options {
        persons: 2000,
        seed: 3,
        errors: ErrorMix::heavy(),
        ..Options::default()
    };
    generate(&options, all.path(), &|_| {}).unwrap();
    thin_out(all.path(), few.path());
    let model = read_model(None).unwrap();
    let (all, few) = (table(all.path(), &model), table(few.path(), &model));
    assert!(few.len() > 500 && few.len() < all.len() * 3 / 4);
    let records = all.len() as u64;

    let whole = Scorer::new(&Model::new(model.clone(), records), &all);
    let frequencies = read_back(&Scorer::frequencies_of(&model, &all));
    assert!(frequencies == Scorer::frequencies_of(&model, &all));
    let settled = Scorer::of_version(&model, records, frequencies);
    let looked_up = settled.clone().for_table(&few);

    let numbers: BTreeMap<(&str, &str), u32> = (0..all.len() as u32)
        .map(|record| ((all.source(record), all.record_id(record)), record))
        .collect();
    let number = |record: u32| numbers[&(few.source(record), few.record_id(record))];
    let mut pairs = distinct(&Candidates::find(&few, &model, None).unwrap());
    assert!(pairs.len() > 500);
    pairs.extend((1..few.len() as u32).map(|record| (record - 1, record)));
    for (a, b) in pairs {
        let expected = whole.weigh(&all, number(a), number(b));
        for scorer in [&settled, &looked_up] {
            let found = scorer.weigh(&few, a, b);
            assert_eq!(found.weight.0.to_bits(), expected.weight.0.to_bits());
            assert_eq!(found, expected);
            for floor in [-12.0, 2.0].map(MatchWeight) {
                let kept = (expected.weight >= floor).then_some(expected);
                assert_eq!(scorer.score_pair(&few, a, b, floor), kept);
                assert_eq!(scorer.score_pair(&few, b, a, floor), kept);
            }
        }
    }
}

#[test]
fn two_of_one_source_have_no_score_where_a_source_holds_a_person_once() {
    let folder = tempfile::tempdir().unwrap();
    for source in ["dibao", "tekun"] {
        let text = "record_id,name,birth_date\n1,欧阳娜,1962-05-07\n2,欧阳娜,1962-05-07\n";
        std::fs::write(folder.path().join(source).with_extension("csv"), text).unwrap();
    }
    let mut model = read_model(None).unwrap();
    let floor = MatchWeight(f64::NEG_INFINITY);
    for unique_sources in [false, true] {
        model.unique_sources = unique_sources;
        let table = table(folder.path(), &model);
        let frequencies = Scorer::frequencies_of(&model, &table);
        let scorer = Scorer::of_version(&model, 4, frequencies);
        let scored = |a, b| scorer.score_pair(&table, a, b, floor).is_some();
        assert_eq!((scored(0, 1), scored(0, 2)), (!unique_sources, true));
        assert_eq!(scorer.weigh(&table, 0, 1).weight == floor, unique_sources);
    }
}
