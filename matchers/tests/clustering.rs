//! Clustering against slow, obvious code.
#![allow(missing_docs)]

use proptest::prelude::*;
use yiren_matchers::clustering::{Linkage, Method, agglomerate, components, gather};

const LINKAGE: Linkage = Linkage {
    threshold: 1.0,
    clip: 20.0,
};

/// Random weights within the clip: means are not equal, so no ties.
fn weights() -> impl Strategy<Value = (usize, Vec<f64>)> {
    (2..9usize).prop_flat_map(|count| {
        (
            Just(count),
            proptest::collection::vec(-19.0..19.0f64, count * count),
        )
    })
}

fn weight(weights: &[f64], count: usize, a: usize, b: usize) -> f64 {
    weights[a.min(b) * count + a.max(b)]
}

/// Average linkage by the book: all means anew at each step.
fn oracle(count: usize, weights: &[f64]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = (0..count).map(|record| vec![record]).collect();
    loop {
        let mut best: Option<(f64, usize, usize)> = None;
        for a in 0..groups.len() {
            for b in a + 1..groups.len() {
                let pairs = groups[a]
                    .iter()
                    .flat_map(|&x| groups[b].iter().map(move |&y| (x, y)));
                let all: Vec<f64> = pairs
                    .map(|(x, y)| weight(weights, count, x, y).clamp(-20.0, 20.0))
                    .collect();
                let mean = all.iter().sum::<f64>() / all.len() as f64;
                if mean >= LINKAGE.threshold && best.is_none_or(|(found, _, _)| mean > found) {
                    best = Some((mean, a, b));
                }
            }
        }
        let Some((_, a, b)) = best else { break };
        let moved = groups.remove(b);
        groups[a].extend(moved);
        groups[a].sort_unstable();
    }
    groups.sort();
    groups
}

proptest! {
    #[test]
    fn average_linkage_is_by_the_book((count, weights) in weights()) {
        let found = agglomerate(count, LINKAGE, |a, b| weight(&weights, count, a, b));
        prop_assert_eq!(found, oracle(count, &weights));
    }

    #[test]
    fn the_order_of_records_does_not_matter((count, weights) in weights(), shift in 1..8usize) {
        let found = agglomerate(count, LINKAGE, |a, b| weight(&weights, count, a, b));
        let turn = |record: usize| (record + shift) % count;
        let turned = agglomerate(count, LINKAGE, |a, b| weight(&weights, count, turn(a), turn(b)));
        let mut back: Vec<Vec<usize>> = turned
            .into_iter()
            .map(|group| {
                let mut group: Vec<usize> = group.into_iter().map(turn).collect();
                group.sort_unstable();
                group
            })
            .collect();
        back.sort();
        prop_assert_eq!(found, back);
    }

    #[test]
    fn components_are_what_a_search_finds(count in 1..40u32, links in proptest::collection::vec((0..40u32, 0..40u32), 0..60)) {
        let links: Vec<(u32, u32)> = links.into_iter().map(|(a, b)| (a % count, b % count)).collect();
        let mut label: Vec<u32> = (0..count).collect();
        loop {
            let before = label.clone();
            for &(a, b) in &links {
                let least = label[a as usize].min(label[b as usize]);
                label[a as usize] = least;
                label[b as usize] = least;
            }
            if label == before {
                break;
            }
        }
        let mut expected: Vec<Vec<u32>> = (0..count)
            .map(|root| (0..count).filter(|&record| label[record as usize] == root).collect())
            .filter(|members: &Vec<u32>| members.len() > 1)
            .collect();
        expected.sort();
        let found: Vec<Vec<u32>> = components(count, links.iter().copied()).iter().map(<[u32]>::to_vec).collect();
        prop_assert_eq!(found, expected);
    }
}

#[test]
fn a_chain_of_weak_links_does_not_join_its_ends() {
    // 0–1 and 1–2 look alike, 0–2 are certainly two people.
    let weights = |a: usize, b: usize| if b - a == 1 { 3.0 } else { -20.0 };
    assert_eq!(agglomerate(3, LINKAGE, weights), [vec![0, 1], vec![2]]);
}

#[test]
fn verdicts_of_people_come_first() {
    let all_alike = |a: usize, b: usize| match (a, b) {
        (0, 1) => f64::NEG_INFINITY,
        (2, 3) => f64::INFINITY,
        _ => 5.0,
    };
    let found = agglomerate(4, LINKAGE, all_alike);
    let together = |a: usize, b: usize| {
        found
            .iter()
            .any(|group| group.contains(&a) && group.contains(&b))
    };
    assert!(!together(0, 1) && together(2, 3), "{found:?}");
    let apart = |a: usize, b: usize| {
        if (a, b) == (0, 1) {
            f64::INFINITY
        } else {
            -20.0
        }
    };
    assert_eq!(agglomerate(3, LINKAGE, apart), [vec![0, 1], vec![2]]);
}

/// Bits above the threshold within the groups.
fn objective(groups: &[Vec<usize>], weights: &[f64], count: usize) -> f64 {
    let pairs = groups.iter().flat_map(|group| {
        group
            .iter()
            .enumerate()
            .flat_map(move |(place, &a)| group[place + 1..].iter().map(move |&b| (a, b)))
    });
    pairs
        .map(|(a, b)| weight(weights, count, a, b) - LINKAGE.threshold)
        .sum()
}

proptest! {
    #[test]
    fn every_method_gives_a_partition((count, weights) in weights()) {
        for method in Method::ALL {
            let groups = gather(method, count, LINKAGE, |a, b| weight(&weights, count, a, b));
            let mut members: Vec<usize> = groups.iter().flatten().copied().collect();
            members.sort_unstable();
            prop_assert_eq!(members, (0..count).collect::<Vec<_>>(), "{:?}", method);
            let mut sorted = groups.clone();
            sorted.iter_mut().for_each(|group| group.sort_unstable());
            sorted.sort();
            prop_assert_eq!(&groups, &sorted, "{:?}", method);
        }
    }

    #[test]
    fn each_method_keeps_its_promise((count, weights) in weights()) {
        let link = |a: usize, b: usize| weight(&weights, count, a, b) >= LINKAGE.threshold;
        let run = |method| gather(method, count, LINKAGE, |a, b| weight(&weights, count, a, b));
        for group in run(Method::CompleteLinkage) {
            let mut pairs = group.iter().flat_map(|&a| group.iter().map(move |&b| (a, b)));
            prop_assert!(pairs.all(|(a, b)| a == b || link(a, b)));
        }
        let (average, moved) = (run(Method::AverageLinkage), run(Method::Correlation));
        prop_assert!(objective(&moved, &weights, count) >= objective(&average, &weights, count) - 1e-6);
        // No single record can gain by moving.
        for (place, group) in moved.iter().enumerate() {
            for &record in group {
                let to = |other: &[usize]| -> f64 {
                    let others = other.iter().filter(|&&one| one != record);
                    others.map(|&one| weight(&weights, count, record, one) - LINKAGE.threshold).sum()
                };
                let here = to(group);
                prop_assert!(here >= -1e-5);
                for (elsewhere, other) in moved.iter().enumerate() {
                    prop_assert!(elsewhere == place || to(other) <= here + 1e-5);
                }
            }
        }
    }

    #[test]
    fn a_verdict_is_kept((count, weights) in weights(), a in 0..8usize, b in 0..8usize) {
        let (a, b) = (a % count, b % count);
        prop_assume!(a != b);
        let with = |verdict: f64| move |weights: &[f64], x: usize, y: usize| {
            if (x.min(y), x.max(y)) == (a.min(b), a.max(b)) { verdict } else { weight(weights, count, x, y) }
        };
        for method in Method::ALL {
            let apart = gather(method, count, LINKAGE, |x, y| with(f64::NEG_INFINITY)(&weights, x, y));
            prop_assert!(apart.iter().all(|group| !(group.contains(&a) && group.contains(&b))), "{:?}", method);
                    let together = gather(method, count, LINKAGE, |x, y| with(f64::INFINITY)(&weights, x, y));
            prop_assert!(together.iter().any(|group| group.contains(&a) && group.contains(&b)), "{:?}", method);
        }
    }
}

/// Weights with verdicts between them, none of which contradicts others.
fn verdicts() -> impl Strategy<Value = (usize, Vec<f64>)> {
    weights().prop_flat_map(|(count, weights)| {
        (
            proptest::collection::vec(0..3u8, count),
            proptest::collection::vec(0..5u8, count * count),
        )
            .prop_map(move |(persons, said)| {
                let mut weights = weights.clone();
                for (place, weight) in weights.iter_mut().enumerate() {
                    let one = persons[place / count] == persons[place % count];
                    match said[place] {
                        0 if one => *weight = f64::INFINITY,
                        1 if !one => *weight = f64::NEG_INFINITY,
                        _ => {}
                    }
                }
                (count, weights)
            })
    })
}

proptest! {
    /// Even where the threshold is so low that everything else would be gained by a move.
    #[test]
    fn all_verdicts_are_kept((count, weights) in verdicts(), threshold in prop_oneof![Just(1.0), Just(-500.0)]) {
        let linkage = Linkage { threshold, clip: 20.0 };
        for method in Method::ALL {
            let groups = gather(method, count, linkage, |a, b| weight(&weights, count, a, b));
            let of = |record: usize| groups.iter().position(|group| group.contains(&record));
            for a in 0..count {
                for b in a + 1..count {
                    let said = weight(&weights, count, a, b);
                    if said.is_infinite() {
                        prop_assert_eq!(of(a) == of(b), said > 0.0, "{:?} {} {}", method, a, b);
                    }
                }
            }
        }
    }
}
