use std::collections::BTreeMap;

use yiren::report::evaluation::{Calibration, ErrorReason, Evaluation};
use yiren::report::{Label, Language, render_evaluation};
use yiren_matchers::normalise::date::Date;

use crate::{Population, model};

fn evaluate(population: &Population, labels: &[Label]) -> Evaluation {
    let as_of = Date::new(2026, 6, 30).unwrap();
    Evaluation::of_matching(&population.matched.matching(), labels, as_of).unwrap()
}

#[test]
fn calibration_is_over_all_candidates() {
    let population = Population::new(300, &model());
    let found = evaluate(&population, &population.labels)
        .calibration
        .unwrap();
    let weighed = population
        .pairs()
        .filter(|&pair| population.is_candidate(pair))
        .map(|pair| (population.weight(pair), population.is_true(pair)));
    let expected = Calibration::of_pairs(weighed);
    let whole = |found: &Calibration| {
        let bins = found.bins.iter();
        let bins = bins
            .map(|bin| (bin.pairs, bin.true_pairs))
            .collect::<Vec<_>>();
        (found.pairs, found.true_pairs, found.contested_pairs, bins)
    };
    assert_eq!(whole(&found), whole(&expected));
    assert!(found.true_pairs > 100 && found.pairs > found.true_pairs);
    for (x, y) in [
        (found.expected_true_pairs, expected.expected_true_pairs),
        (found.brier, expected.brier),
        (found.log_loss, expected.log_loss),
    ] {
        assert!((x - y).abs() < 1e-9 * (1.0 + y.abs()), "{x} {y}");
    }
    // Each comparison, and the rivals, part all pairs.
    let mut by: BTreeMap<&str, (u64, u64, f64)> = BTreeMap::new();
    for slice in &found.slices {
        let sum = by.entry(&slice.of).or_default();
        sum.0 += slice.pairs;
        sum.1 += slice.true_pairs;
        sum.2 += slice.expected;
    }
    assert_eq!(by.len(), 6);
    for (name, (pairs, true_pairs, expected)) in by {
        assert_eq!(
            (pairs, true_pairs),
            (found.pairs, found.true_pairs),
            "{name}"
        );
        assert!(
            (expected - found.expected_true_pairs).abs() < 1e-6,
            "{name}"
        );
    }
}

#[test]
fn every_wrong_pair_has_its_reason() {
    let population = Population::new(1500, &model());
    let evaluation = evaluate(&population, &population.labels);
    let entity = |record: u32| population.matched.entities.of[record as usize];
    let mut expected: BTreeMap<ErrorReason, u64> = BTreeMap::new();
    for pair in population.pairs() {
        let together = entity(pair.0) == entity(pair.1);
        let reason = match (together, population.is_true(pair), population.weight(pair)) {
            (true, true, _) | (false, false, _) => continue,
            (true, false, weight) if weight >= 2.0 => ErrorReason::LinkedByWeight,
            (true, false, _) => ErrorReason::JoinedByOthers,
            _ if !population.is_candidate(pair) => ErrorReason::BlockedOut,
            (_, _, weight) if weight >= 2.0 => ErrorReason::SplitByClustering,
            (_, _, weight) if weight >= -4.0 => ErrorReason::LeftToReview,
            _ => ErrorReason::WeighedApart,
        };
        *expected.entry(reason).or_default() += 1;
    }
    let errors = evaluation.errors.unwrap();
    assert!(
        expected.len() >= 3,
        "too few kinds to test anything: {expected:?}"
    );
    for (&reason, &count) in &expected {
        assert_eq!(errors.count(reason), count, "{reason:?}");
    }
    let all: u64 = errors.counts.iter().map(|count| count.pairs).sum();
    let pairwise = &evaluation.pairwise;
    assert_eq!(all, pairwise.false_positives + pairwise.false_negatives);
    assert_eq!(errors.not_examined, 0);
    let weights = |pairs: &[yiren::report::evaluation::PairError]| {
        pairs
            .iter()
            .map(|pair| pair.example.weight)
            .collect::<Vec<_>>()
    };
    assert!(weights(&errors.false_links).is_sorted_by(|x, y| x >= y));
    assert!(weights(&errors.missed_links).is_sorted());
    assert!(weights(&errors.blocked_out).is_sorted_by(|x, y| x >= y));
    assert!(errors.blocked_out.iter().all(|pair| !pair.cause.is_empty()));
    assert!(errors.missed_links.iter().all(|pair| pair.cause.is_empty()));
}

#[test]
fn groups_add_up() {
    let population = Population::new(300, &model());
    let evaluation = evaluate(&population, &population.labels);
    let groups = evaluation.groups.unwrap();
    let left_out: Vec<_> = groups
        .left_out
        .iter()
        .map(|one| (one.by.as_str(), one.reason.as_str()))
        .collect();
    assert_eq!(left_out, [("ethnicity", "not_in_model")]);
    assert_eq!(groups.as_of, "2026-06-30");
    let asked: Vec<&str> = groups.by.iter().map(|by| by.by.as_str()).collect();
    assert_eq!(asked, ["sex", "age", "region", "source", "source_pair"]);
    let pairwise = &evaluation.pairwise;
    for by in &groups.by {
        let sum = |count: fn(&yiren::report::evaluation::Group) -> u64| {
            by.groups.iter().map(count).sum::<u64>()
        };
        if by.by != "source" {
            assert_eq!(
                sum(|group| group.found),
                pairwise.true_positives,
                "{}",
                by.by
            );
            let missed = sum(|group| group.true_pairs - group.found);
            assert_eq!(missed, pairwise.false_negatives, "{}", by.by);
        }
        if by.by != "source_pair" && by.by != "source" {
            assert_eq!(sum(|group| group.persons), evaluation.persons, "{}", by.by);
        }
        assert!(
            sum(|group| group.wrong) >= pairwise.false_positives,
            "{}",
            by.by
        );
    }
}

#[test]
fn the_page_of_a_small_population() {
    let model = model();
    let page = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.unwrap().install(|| {
            let population = Population::new(200, &model);
            let evaluation = evaluate(&population, &population.labels);
            let text = [Language::En, Language::Zh].map(|language| evaluation.to_text(language));
            (render_evaluation(&evaluation), text)
        })
    };
    let (one, [en, zh]) = page(1);
    assert!(one == page(3).0, "threads change the page");
    insta::assert_snapshot!("page", words(&one));
    insta::assert_snapshot!("evaluation_en", en);
    insta::assert_snapshot!("evaluation_zh", zh);
}

/// What the page says, without its markup and charts, up to the glossary.
fn words(page: &str) -> String {
    let main = page.split("<main>").nth(1).unwrap();
    let main = main.split("<section id=\"glossary\"").next().unwrap();
    let mut text = String::new();
    for (place, part) in main.split("<svg").enumerate() {
        let shown = if place == 0 {
            part
        } else {
            part.split_once("</svg>").unwrap().1
        };
        for tag in shown.split('<') {
            let inside = tag.split_once('>').map_or(tag, |(_, inside)| inside);
            if !inside.is_empty() {
                text.push_str(inside);
                text.push(' ');
            }
        }
    }
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| format!("{line}\n")).collect()
}

#[test]
fn odd_truths_are_no_harm() {
    let population = Population::new(60, &model());
    let nobody: Vec<Label> = Vec::new();
    let others = vec![(("nowhere".to_string(), "1".to_string()), "p".to_string())];
    let one: Vec<Label> = population
        .labels
        .iter()
        .map(|(record, _)| (record.clone(), "everyone".to_string()))
        .collect();
    let each: Vec<Label> = population
        .labels
        .iter()
        .zip(0..)
        .map(|((record, _), person)| (record.clone(), format!("p{person}")))
        .collect();
    for (labels, true_pairs) in [(nobody, 0), (others, 0), (each, 0), (one, 1)] {
        let found = evaluate(&population, &labels);
        let calibration = found.calibration.as_ref().unwrap();
        assert_eq!(calibration.true_pairs > 0, true_pairs > 0);
        let page = render_evaluation(&found);
        assert!(page.ends_with("</html>\n"));
        assert!(!words(&page).contains("NaN"));
        assert!(!found.to_text(Language::Zh).contains("NaN"));
        assert!(serde_json::to_string(&found).is_ok());
    }
}
