use yiren::report::{BlockingReport, Language};
use yiren_matchers::blocking::Key;
use yiren_matchers::model::ModelParts;

use crate::{Population, model};

/// Keys that two records share under a rule, by making the keys of both.
fn shared(population: &Population, model: &ModelParts, rule: usize, (a, b): (u32, u32)) -> usize {
    let table = &population.matched.loaded.table;
    let keys = |record: u32| {
        let mut keys: Vec<Key> = Vec::new();
        let rule = &model.blocking[rule];
        rule.keys(
            table.record(record),
            &table.dictionaries,
            &model.fields,
            &mut keys,
        );
        keys
    };
    let left = keys(a);
    keys(b).iter().filter(|key| left.contains(key)).count()
}

#[test]
fn counts_are_those_of_all_pairs() {
    let model = model();
    let population = Population::new(300, &model);
    let report =
        BlockingReport::new(&population.matched.matching(), Some(&population.truth), 2).unwrap();
    let rules = model.blocking.len();
    // Pairs, new pairs and pairs of this rule alone: of all candidates, and of the true ones.
    let mut counts = vec![[[0u64; 3]; 2]; rules];
    let (mut candidates, mut found, mut truly, mut missed) = (0, 0, 0, 0);
    for pair in population.pairs() {
        let by: Vec<usize> = (0..rules)
            .filter(|&rule| shared(&population, &model, rule, pair) > 0)
            .collect();
        let is_true = population.is_true(pair);
        truly += u64::from(is_true);
        missed += u64::from(is_true && by.is_empty());
        candidates += u64::from(!by.is_empty());
        found += u64::from(is_true && !by.is_empty());
        for (place, &rule) in by.iter().enumerate() {
            for kind in counts[rule].iter_mut().take(1 + usize::from(is_true)) {
                kind[0] += 1;
                kind[1] += u64::from(place == 0);
                kind[2] += u64::from(by.len() == 1);
            }
        }
    }
    assert_eq!(report.candidate_pairs, candidates);
    let truth = report.truth.unwrap();
    assert_eq!((truth.true_pairs, truth.found), (truly, found));
    assert_eq!(truth.completeness.value, found as f64 / truly as f64);
    let (mut cumulative, mut true_cumulative) = (0, 0);
    for (rule, [all, of_truth]) in report.rules.iter().zip(&counts) {
        let pairs = &rule.pairs;
        cumulative += all[1];
        true_cumulative += of_truth[1];
        assert_eq!([pairs.all, pairs.new, pairs.only], *all, "{}", rule.name);
        assert_eq!(pairs.cumulative, cumulative, "{}", rule.name);
        let pairs = rule.true_pairs.unwrap();
        assert_eq!(
            [pairs.all, pairs.new, pairs.only],
            *of_truth,
            "{}",
            rule.name
        );
        let completeness = true_cumulative as f64 / truly as f64;
        assert_eq!(
            rule.completeness_cumulative,
            Some(completeness),
            "{}",
            rule.name
        );
        assert_eq!(rule.cut_pairs, 0, "{}", rule.name);
    }

    let listed = report.missed.unwrap();
    assert!(missed > 5, "too few are missed to test anything: {missed}");
    assert_eq!((listed.pairs, listed.examined), (missed, missed));
    let by_cause: u64 = listed.causes.iter().map(|cause| cause.pairs).sum();
    assert_eq!(by_cause + listed.pairs_of_other_causes, missed);
    for part in &listed.parts {
        let all = part.missing_on_both + part.missing_on_one + part.differs + part.agrees;
        assert_eq!(all, missed, "{}", part.part);
        assert!(!part.alone || part.agrees == 0, "{}", part.part);
        assert!(!part.alone || part.would_suffice == missed, "{}", part.part);
    }
    for cause in &listed.causes {
        assert!(!cause.differs.is_empty() || !cause.missing.is_empty());
        assert_eq!(cause.examples.len() as u64, cause.pairs.min(2));
    }
}

/// With blocks cut, what a rule brings and what it cut are all pairs that share a key.
#[test]
fn what_is_cut_is_counted() {
    for cap in [1, 2, 3, 4] {
        for depth in [0, 1, 2] {
            let mut model = model();
            model.block_cap = cap;
            model.blocking.retain(|rule| rule.name == "household");
            model.blocking[0].refine.truncate(depth);
            let population = Population::new(200, &model);
            let report = BlockingReport::new(&population.matched.matching(), None, 0).unwrap();
            let sharing = population
                .pairs()
                .filter(|&pair| shared(&population, &model, 0, pair) > 0)
                .count() as u64;
            let rule = &report.rules[0];
            assert!(rule.refined_blocks > 0);
            assert_eq!(
                rule.pairs.all + rule.cut_pairs,
                sharing,
                "cap {cap}, depth {depth}"
            );
            for block in &rule.largest {
                assert!(block.refined_by.len() <= depth);
                assert_eq!(block.neighbours_only, block.largest_piece > cap as u64);
                assert!(!block.neighbours_only || block.refined_by.len() == depth);
            }
            let largest: Vec<u64> = rule.largest.iter().map(|block| block.records).collect();
            assert!(largest.is_sorted_by(|x, y| x >= y) && !largest.is_empty());
        }
    }
}

#[test]
fn a_pair_that_was_cut_says_so() {
    let mut model = model();
    model.block_cap = 1;
    model.blocking.retain(|rule| rule.name == "id");
    let population = Population::new(200, &model);
    let report =
        BlockingReport::new(&population.matched.matching(), Some(&population.truth), 0).unwrap();
    let missed = report.missed.unwrap();
    let cut = missed
        .causes
        .iter()
        .find(|cause| cause.cut_by == ["id"])
        .unwrap();
    assert!(cut.differs.is_empty() && cut.missing.is_empty());
    assert_eq!(cut.label.en, "block over the cap and split: id");
    // Without rules of several parts, those of one part are the causes.
    assert!(
        missed
            .causes
            .iter()
            .any(|cause| cause.missing == ["national_id.value"])
    );
}

/// The estimate is made without the truth; it must come near it.
#[test]
fn the_estimate_comes_near_the_truth() {
    let model = model();
    let population = Population::new(3_000, &model);
    let report =
        BlockingReport::new(&population.matched.matching(), Some(&population.truth), 0).unwrap();
    let (estimate, truth) = (report.estimate.recall.unwrap(), report.truth.unwrap());
    let distance = (estimate.value - truth.completeness.value).abs();
    assert!(distance < 0.05, "{estimate:?} {truth:?}");
    let names: Vec<&str> = report
        .estimate
        .groups
        .iter()
        .map(|group| group.rules[0].as_str())
        .collect();
    assert_eq!(names, ["id", "name_and_birth", "household", "document"]);
}

#[test]
fn threads_change_nothing() {
    let model = model();
    let report = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.unwrap().install(|| {
            let population = Population::new(300, &model);
            BlockingReport::new(&population.matched.matching(), Some(&population.truth), 2).unwrap()
        })
    };
    let one = report(1);
    assert_eq!(one, report(3));
    insta::assert_snapshot!("blocking_en", one.to_text(Language::En));
    insta::assert_snapshot!("blocking_zh", one.to_text(Language::Zh));
}

#[test]
fn odd_truths_are_no_harm() {
    let model = model();
    let mut population = Population::new(60, &model);
    let records = population.records() as usize;
    let unknown = yiren::report::evaluation::MISSING;
    for person_of in [
        vec![unknown; records],
        vec![0; records],
        (0..records as u32).collect(),
    ] {
        let labels: Vec<yiren::report::Label> = person_of
            .iter()
            .zip(0..)
            .filter(|(person, _)| **person != unknown)
            .map(|(person, record)| {
                let name = population.matched.matching().name(record);
                ((name.source, name.record_id), person.to_string())
            })
            .collect();
        population.truth = yiren::report::Truth::new(&population.matched.loaded.table, &labels);
        let report =
            BlockingReport::new(&population.matched.matching(), Some(&population.truth), 1)
                .unwrap();
        let truth = report.truth.unwrap();
        let missed = report.missed.as_ref().unwrap();
        assert_eq!(truth.true_pairs - truth.found, missed.pairs);
        assert!((0.0..=1.0).contains(&truth.completeness.value));
        assert!(!report.to_text(Language::Zh).is_empty());
    }
}
