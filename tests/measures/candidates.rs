//! Candidate pairs are just those that share a key, in memory or on disk.

use std::collections::BTreeMap;

use yiren::index::{CandidatePair, CandidatePart, Candidates, Scratch};
use yiren_matchers::model::ModelParts;

use super::{Population, model};

/// The candidate pairs, ascending, each once.
pub fn distinct(candidates: &Candidates) -> Vec<(u32, u32)> {
    let mut pairs: Vec<(u32, u32)> = all(candidates)
        .iter()
        .map(|pair| (pair.a, pair.b))
        .collect();
    pairs.dedup();
    pairs
}

fn all(candidates: &Candidates) -> Vec<CandidatePair> {
    let mut part = CandidatePart::default();
    let mut pairs = Vec::new();
    for place in 0..candidates.parts() {
        candidates.read(place, &mut part).unwrap();
        pairs.extend(part.pairs());
        let records = candidates.records_of(place);
        assert!(part.pairs().all(|pair| records.contains(&pair.a)));
    }
    pairs
}

fn by_keys(population: &Population, model: &ModelParts) -> Vec<CandidatePair> {
    let table = &population.matched.loaded.table;
    let mut pairs = Vec::new();
    let mut keys = Vec::new();
    for (place, rule) in model.blocking.iter().enumerate() {
        let mut blocks: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
        for record in 0..population.records() {
            rule.keys(
                table.record(record),
                &table.dictionaries,
                &model.fields,
                &mut keys,
            );
            keys.iter()
                .for_each(|&key| blocks.entry(key).or_default().push(record));
        }
        for (a, b) in population.pairs() {
            if blocks
                .values()
                .any(|block| block.contains(&a) && block.contains(&b))
            {
                let rule = place as u8;
                pairs.push(CandidatePair { a, b, rule });
            }
        }
    }
    pairs.sort_unstable();
    pairs
}

#[test]
fn candidates_share_a_key_of_the_rule_that_brings_them() {
    let model = ModelParts {
        block_cap: usize::MAX,
        ..model()
    };
    let population = Population::new(60, &model);
    let expected = by_keys(&population, &model);
    assert!(expected.len() > 100);
    assert!(all(&population.matched.candidates) == expected);
}

#[test]
fn candidates_are_the_same_in_memory_and_on_disk() {
    let model = ModelParts {
        block_cap: 4,
        ..model()
    };
    let population = Population::new(3000, &model);
    let table = &population.matched.loaded.table;
    let in_memory = all(&population.matched.candidates);
    for memory in [0, 1 << 15] {
        let folder = tempfile::tempdir().unwrap();
        let scratch = Scratch {
            folder: folder.path().into(),
            memory,
            once: false,
        };
        let spilled = Candidates::find(table, &model, Some(scratch)).unwrap();
        assert!(all(&spilled) == in_memory, "{memory}");
        assert!(spilled.spilled().bytes > 0);
        assert_eq!(spilled.counts(), population.matched.candidates.counts());
        let asked: Vec<(u32, u32)> = population.pairs().step_by(97).collect();
        let known = &population.candidates;
        let contained: Vec<bool> = asked
            .iter()
            .map(|pair| known.binary_search(pair).is_ok())
            .collect();
        assert!(spilled.contain(&asked).unwrap() == contained);
    }
}

#[test]
fn a_scratch_folder_that_is_not_there_is_an_error() {
    let model = model();
    let population = Population::new(60, &model);
    let scratch = Scratch {
        folder: "/nowhere/at/all".into(),
        memory: 0,
        once: false,
    };
    assert!(Candidates::find(&population.matched.loaded.table, &model, Some(scratch)).is_err());
}
