//! The scorer against its own explanation, and early exit against none.
#![allow(missing_docs)]
#![expect(
    clippy::unwrap_used,
    reason = "a test may stop at the first thing that is not there"
)]

use proptest::prelude::*;
use yiren_matchers::blocking::KeyPart;
use yiren_matchers::comparison::condition::Condition;
use yiren_matchers::comparison::{Comparison, Level, Pair};
use yiren_matchers::model::{
    FrequencyRule, FrequencyTable, LevelParameters, MatchWeight, Model, ModelParts, Rival,
    TermFrequencies, Thresholds,
};
use yiren_matchers::record::{Dictionaries, Field, FieldKind, Value};
use yiren_matchers::rows::Rows;

const FIELDS: [&str; 4] = ["name", "home", "phone", "town"];

fn fields() -> Vec<Field> {
    let field = |name: &&str| Field {
        name: name.to_string(),
        kind: FieldKind::Text,
        column: name.to_string(),
        years: None,
    };
    FIELDS.iter().map(field).collect()
}

fn model(parameters: &[[[f64; 3]; 3]], records: u64) -> Model {
    let fields = fields();
    let comparisons = FIELDS.iter().enumerate().map(|(place, name)| {
        let level = |code: &str, when: &str| Level {
            name: code.to_string(),
            label: code.to_string(),
            label_zh: code.to_string(),
            when: vec![Condition::parse(when, &fields, place).unwrap()],
        };
        Comparison {
            name: name.to_string(),
            fields: vec![place],
            missing_when: Vec::new(),
            levels: vec![
                level("exact", "exact"),
                level("near", "edits <= 1"),
                level("else", "else"),
            ],
        }
    });
    let rival = |name: &str| Rival {
        name: name.to_string(),
        label: name.to_string(),
        label_zh: name.to_string(),
        pairs_per_record: 0.6,
        fixed: false,
    };
    let rule = FrequencyRule {
        table: 0,
        floor: 1e-4,
        only_common: false,
        relative: false,
    };
    let parts = ModelParts {
        name: "test".to_string(),
        version: "1".to_string(),
        comparisons: comparisons.collect(),
        rivals: vec![rival("stranger"), rival("relative")],
        parameters: parameters
            .iter()
            .enumerate()
            .map(|(comparison, levels)| {
                levels
                    .iter()
                    .enumerate()
                    .map(|(level, [m, u, r])| LevelParameters {
                        m: *m,
                        against: vec![*u, *r],
                        frequency: (comparison == 0 && level == 0).then(|| rule.clone()),
                        fixed_u: false,
                    })
                    .collect()
            })
            .collect(),
        frequency_parts: vec![KeyPart::parse("name.value", &fields).unwrap()],
        matches_per_record: 0.4,
        reference_records: records,
        blocking: Vec::new(),
        clustering: Default::default(),
        least_records: 0,
        unique_sources: false,
        block_cap: 100,
        thresholds: Thresholds {
            report: MatchWeight(-10.0),
            review: MatchWeight(0.0),
            link: MatchWeight(5.0),
        },
        fields,
    };
    Model::new(parts, records)
}

fn words() -> impl Strategy<Value = Vec<Option<String>>> {
    proptest::collection::vec(proptest::option::weighted(0.8, "[ab]{1,3}"), 4)
}

fn row(words: &[Option<String>], dictionaries: &mut Dictionaries) -> Vec<Value> {
    let value = |word: &Option<String>, dictionaries: &mut Dictionaries| match word {
        Some(word) => Value::from_index(dictionaries.texts.intern(word)),
        None => Value::NULL,
    };
    words.iter().map(|word| value(word, dictionaries)).collect()
}

fn probabilities() -> impl Strategy<Value = Vec<[[f64; 3]; 3]>> {
    proptest::collection::vec(
        proptest::array::uniform3(proptest::array::uniform3(0.001..0.9f64)),
        4,
    )
}

proptest! {
    #[test]
    fn early_exit_changes_nothing(
        a in words(), b in words(), others in proptest::collection::vec(words(), 0..6),
        parameters in probabilities(), floor in -30.0..30.0f64,
    ) {
        let model = model(&parameters, 500);
        let mut dictionaries = Dictionaries::default();
        let (a, b) = (row(&a, &mut dictionaries), row(&b, &mut dictionaries));
        let others: Vec<Vec<Value>> = others.iter().map(|words| row(words, &mut dictionaries)).collect();
        let mut rows = Rows::new(&fields());
        [&a, &b].into_iter().chain(&others).for_each(|values| rows.push(values));
        let parts = model.parts();
        let hash = |record| parts.frequency_parts[0].first_hash(record, &dictionaries, &parts.fields);
        let mut hashes: Vec<u64> = (0..rows.len() as u32).filter_map(|record| hash(rows.row(record))).collect();
        hashes.sort_unstable();
        let frequencies = TermFrequencies::of(vec![FrequencyTable::of_sorted(&hashes)]);
        let pair = Pair { left: rows.row(0), right: rows.row(1), dictionaries: &dictionaries };
        let whole = model.score(&pair, &frequencies, MatchWeight(f64::NEG_INFINITY)).unwrap();
        let quick = model.score(&pair, &frequencies, MatchWeight(floor));
        prop_assert_eq!(quick, (whole.weight.0 >= floor).then_some(whole));

        let why = model.explain(&pair, &frequencies);
        prop_assert_eq!(why.weight, whole.weight);
        let steps: f64 = why.steps.iter().map(|step| step.weight + step.frequency).sum();
        prop_assert!((why.prior + steps + why.other_rivals - why.weight.0).abs() < 1e-6);
        prop_assert!(why.other_rivals <= 1e-9);

        // With its own levels a pair would weigh what it does, and, where no value is known to be
        // common, with those of another what that one does.
        prop_assert_eq!(model.suppose(&pair, whole.pattern, &frequencies), whole.weight);
        if !others.is_empty() {
            let other = Pair { left: rows.row(0), right: rows.row(2), dictionaries: &dictionaries };
            let none = TermFrequencies::new(1);
            let weighed = model.score(&other, &none, MatchWeight(f64::NEG_INFINITY)).unwrap();
            prop_assert_eq!(model.suppose(&pair, weighed.pattern, &none), weighed.weight);
        }

        // Together, as often as it takes to be several batches, as one by one.
        let every = (0..rows.len() as u32).flat_map(|a| (0..rows.len() as u32).map(move |b| (a, b)));
        let pair = |(a, b)| Pair { left: rows.row(a), right: rows.row(b), dictionaries: &dictionaries };
        let pairs: Vec<Pair<'_>> = every.clone().chain(every).map(pair).collect();
        let mut together = Vec::new();
        model.score_each(&pairs, &frequencies, MatchWeight(floor), |place, score| together.push((place, score)));
        let alone = |(place, pair)| Some((place, model.score(pair, &frequencies, MatchWeight(floor))?));
        let alone: Vec<_> = pairs.iter().enumerate().filter_map(alone).collect();
        prop_assert_eq!(together, alone);

        let turned = Pair { left: rows.row(1), right: rows.row(0), dictionaries: &dictionaries };
        let back = model.score(&turned, &frequencies, MatchWeight(f64::NEG_INFINITY)).unwrap();
        prop_assert!((back.weight.0 - whole.weight.0).abs() < 1e-9);
    }
}

#[test]
fn what_a_home_shares_does_not_join_a_family() {
    // name, home, phone, town: [m, u, relative] of exact, near, else.
    let parameters = [
        [[0.90, 0.001, 0.01], [0.08, 0.01, 0.1], [0.02, 0.989, 0.89]],
        [[0.85, 1e-4, 0.90], [0.05, 1e-3, 0.05], [0.10, 0.9989, 0.05]],
        [[0.70, 1e-5, 0.60], [0.05, 1e-5, 0.05], [0.25, 0.9999, 0.35]],
        [[0.95, 0.02, 0.97], [0.03, 0.02, 0.02], [0.02, 0.96, 0.01]],
    ];
    let model = model(&parameters, 10_000);
    let mut dictionaries = Dictionaries::default();
    let some = |words: [&str; 4]| words.map(|word| Some(word.to_string())).to_vec();
    let person = row(
        &some(["zhang wei", "12 elm", "5550101", "lu"]),
        &mut dictionaries,
    );
    let again = row(
        &some(["zhang wei", "12 elm", "5550199", "lu"]),
        &mut dictionaries,
    );
    let brother = row(
        &some(["zhang gang", "12 elm", "5550101", "lu"]),
        &mut dictionaries,
    );
    let frequencies = TermFrequencies::new(1);
    let weight = |a: &[Value], b: &[Value]| {
        let mut rows = Rows::new(&fields());
        rows.push(a);
        rows.push(b);
        let pair = Pair {
            left: rows.row(0),
            right: rows.row(1),
            dictionaries: &dictionaries,
        };
        model
            .score(&pair, &frequencies, MatchWeight(f64::NEG_INFINITY))
            .unwrap()
    };
    assert!(weight(&person, &again).weight.0 > 0.0);
    let family = weight(&person, &brother);
    assert!(family.weight.0 < -4.0, "{family:?}");
    assert_eq!(family.rival, 1);
}

proptest! {
    #[test]
    fn frequencies_come_back_from_their_entries(
        mut hashes in proptest::collection::vec(
            prop_oneof![
                0..20u64,
                any::<u64>(),
                (0..60u64).prop_map(|number| number.wrapping_mul(0x9E37_79B9_7F4A_7C15)),
            ],
            0..300,
        ),
    ) {
        hashes.sort_unstable();
        let table = FrequencyTable::of_sorted(&hashes);
        let entries: Vec<(u64, u32)> = table.entries().collect();
        prop_assert!(entries.is_sorted_by(|a, b| a.0 < b.0));
        let back = FrequencyTable::from_parts(table.total(), entries.iter().copied()).unwrap();
        prop_assert_eq!(&back, &table);
        prop_assert_eq!(back.total(), hashes.len() as u64);
        prop_assert_eq!(back.mean_share().to_bits(), table.mean_share().to_bits());
        for key in hashes.iter().copied().chain(0..25) {
            prop_assert_eq!(back.count(key), table.count(key));
            let met = hashes.iter().filter(|&&hash| hash == key).count() as u32;
            prop_assert!(met == 0 || back.count(key) == met);
        }
        // A table of a dictionary's entries knows them alone, and of how many they are.
        let (total, mean) = (table.total(), table.mean_share());
        let counts = hashes.iter().map(|&hash| table.count(hash)).collect();
        let of_entries = table.of_entries(counts);
        prop_assert_eq!((of_entries.total(), of_entries.mean_share()), (total, mean));
        prop_assert!(hashes.is_empty() || of_entries.entries().next().is_none());
    }

    #[test]
    fn entries_that_no_table_has_are_refused(
        total in 0..12u64, entries in proptest::collection::vec((0..4u64, 0..5u32), 0..5),
    ) {
        let sum: u64 = entries.iter().map(|&(_, count)| u64::from(count)).sum();
        let possible = entries.is_sorted_by(|a, b| a.0 < b.0)
            && entries.iter().all(|&(_, count)| count > 1)
            && sum <= total;
        let table = FrequencyTable::from_parts(total, entries.iter().copied());
        prop_assert_eq!(table.is_some(), possible);
        if let Some(table) = table {
            prop_assert_eq!(table.entries().collect::<Vec<_>>(), entries);
        }
    }
}

#[test]
fn a_value_outgrows_its_table_when_it_becomes_generic() {
    let table = |counts: &[(u64, u32)], total: u64| {
        FrequencyTable::from_parts(total, counts.iter().copied()).unwrap()
    };
    let before = table(&[(1, 10), (2, 40), (3, 400)], 1_000);
    for (now, total, expected, why) in [
        (
            &[(1, 10), (2, 40), (3, 400)][..],
            1_000,
            0,
            "nothing changed",
        ),
        (&[(1, 49)][..], 1_000, 0, "too few to be generic"),
        (&[(1, 50)][..], 1_000, 1, "five times as common"),
        (&[(2, 159)][..], 1_000, 0, "not yet four times"),
        (&[(2, 160)][..], 1_000, 1, "four times"),
        (
            &[(1, 50), (2, 200), (3, 900)][..],
            5_000,
            0,
            "all have grown",
        ),
        (&[(9, 60)][..], 1_000, 1, "a value not met before"),
    ] {
        assert_eq!(before.outgrown(&table(now, total)), expected, "{why}");
    }
    // A store that was begun empty has counted nothing yet.
    assert_eq!(
        FrequencyTable::default().outgrown(&table(&[(1, 50)], 100)),
        1
    );
}
