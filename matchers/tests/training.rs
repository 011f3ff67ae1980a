//! Training returns the parameters that pairs were simulated from.
#![allow(missing_docs)]

use yiren_matchers::comparison::condition::Condition;
use yiren_matchers::comparison::{Comparison, Level, Pattern};
use yiren_matchers::model::{LevelParameters, MatchWeight, ModelParts, Rival, Thresholds};
use yiren_matchers::training::{Options, Pass, Sample, Seen, count_patterns, train};

/// SplitMix64: the same numbers everywhere.
struct Random(u64);

impl Random {
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn draw(&mut self, probabilities: &[f64]) -> usize {
        let mut rest = self.unit();
        for (place, probability) in probabilities.iter().enumerate() {
            if rest < *probability {
                return place;
            }
            rest -= probability;
        }
        probabilities.len() - 1
    }
}

/// Levels of each comparison for one person, a stranger and a relative.
const TRUTH: [[[f64; 3]; 3]; 5] = [
    [[0.90, 0.08, 0.02], [0.01, 0.09, 0.90], [0.10, 0.40, 0.50]],
    [[0.85, 0.10, 0.05], [0.02, 0.08, 0.90], [0.05, 0.15, 0.80]],
    [[0.80, 0.15, 0.05], [0.05, 0.05, 0.90], [0.75, 0.20, 0.05]],
    [[0.95, 0.03, 0.02], [0.10, 0.20, 0.70], [0.30, 0.30, 0.40]],
    [[0.70, 0.20, 0.10], [0.03, 0.07, 0.90], [0.65, 0.25, 0.10]],
];

fn model() -> ModelParts {
    let level = |name: &str| Level {
        name: name.to_string(),
        label: name.to_string(),
        label_zh: name.to_string(),
        when: vec![Condition::default()],
    };
    let rival = |name: &str| Rival {
        name: name.to_string(),
        label: name.to_string(),
        label_zh: name.to_string(),
        pairs_per_record: 0.5,
        fixed: false,
    };
    // A rough first guess: what a user would write.
    let guess = [[0.7, 0.2, 0.1], [0.1, 0.2, 0.7]];
    let relative = [
        [0.2, 0.3, 0.5],
        [0.2, 0.3, 0.5],
        [0.7, 0.2, 0.1],
        [0.3, 0.3, 0.4],
        [0.7, 0.2, 0.1],
    ];
    ModelParts {
        name: "simulated".to_string(),
        version: "1".to_string(),
        fields: Vec::new(),
        comparisons: (0..5)
            .map(|number| Comparison {
                name: format!("c{number}"),
                fields: Vec::new(),
                missing_when: Vec::new(),
                levels: vec![level("same"), level("near"), level("else")],
            })
            .collect(),
        rivals: vec![rival("stranger"), rival("relative")],
        parameters: (0..5)
            .map(|comparison| {
                (0..3)
                    .map(|place| LevelParameters {
                        m: guess[0][place],
                        against: vec![guess[1][place], relative[comparison][place]],
                        frequency: None,
                        fixed_u: false,
                    })
                    .collect()
            })
            .collect(),
        frequency_parts: Vec::new(),
        matches_per_record: 0.5,
        reference_records: 1000,
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
    }
}

fn pattern(random: &mut Random, hypothesis: usize) -> Pattern {
    TRUTH
        .iter()
        .enumerate()
        .fold(0, |pattern, (place, comparison)| {
            pattern | (random.draw(&comparison[hypothesis]) as Pattern + 1) << (4 * place)
        })
}

#[test]
fn known_parameters_are_recovered() {
    for seed in [1, 7, 42] {
        let mut random = Random(seed);
        let records = 40_000_u64;
        let matches = 30_000;
        let relatives = 50_000;
        let mut candidates: Vec<Pattern> = Vec::new();
        candidates.extend((0..matches).map(|_| pattern(&mut random, 0)));
        candidates.extend((0..relatives).map(|_| pattern(&mut random, 2)));
        candidates.extend((0..120_000).map(|_| pattern(&mut random, 1)));
        let counts = count_patterns(candidates.into_iter());
        let sample = Sample {
            records,
            random: count_patterns((0..400_000).map(|_| pattern(&mut random, 1))),
            passes: vec![Pass {
                rule: "all".to_string(),
                counts: Seen::unjudged(counts.clone()),
                free: vec![true; 5],
            }],
            candidates: Seen::unjudged(counts),
            labelled: None,
        };
        let first = model();
        let trained = train(first.clone(), &sample, Options::default());
        assert!(trained.passes[0].converged, "seed {seed}");
        for (comparison, levels) in trained.parts.parameters.iter().enumerate() {
            for (place, level) in levels.iter().enumerate() {
                let guess = &first.parameters[comparison][place];
                let truth = |hypothesis: usize| TRUTH[comparison][hypothesis][place];
                // The file's own figure counts for a fiftieth of the sample; u is sampled alone.
                let drawn = |truth: f64, guess: f64| (truth + 0.02 * guess) / 1.02;
                let expected = [
                    (level.m, drawn(truth(0), guess.m)),
                    (level.against[0], truth(1)),
                    (level.against[1], drawn(truth(2), guess.against[1])),
                ];
                for (found, expected) in expected {
                    assert!(
                        (found - expected).abs() < 0.03,
                        "seed {seed}, c{comparison}: {found} for {expected}"
                    );
                }
            }
        }
        let found = trained.passes[0].matches;
        assert!(
            (found / matches as f64 - 1.0).abs() < 0.05,
            "seed {seed}: {found} for {matches}"
        );
    }
}

#[test]
fn passes_that_tell_different_stories_are_reported() {
    let mut random = Random(3);
    let mut honest: Vec<Pattern> = (0..20_000).map(|_| pattern(&mut random, 0)).collect();
    honest.extend((0..20_000).map(|_| pattern(&mut random, 1)));
    // The second pass has matches that never agree on the first comparison.
    let odd: Vec<Pattern> = honest.iter().map(|pattern| pattern & !0xf | 3).collect();
    let pass = |rule: &str, patterns: Vec<Pattern>| Pass {
        rule: rule.to_string(),
        counts: Seen::unjudged(count_patterns(patterns.into_iter())),
        free: vec![true; 5],
    };
    let sample = Sample {
        records: 40_000,
        random: count_patterns((0..200_000).map(|_| pattern(&mut random, 1))),
        candidates: Seen::unjudged(count_patterns(honest.iter().copied())),
        labelled: None,
        passes: vec![pass("honest", honest), pass("odd", odd)],
    };
    let trained = train(model(), &sample, Options::default());
    assert!(trained.disagreement[0] > 0.5, "{:?}", trained.disagreement);
    assert!(trained.disagreement[3] < 0.1, "{:?}", trained.disagreement);
}

/// Labels give m; EM then only shares the candidates out between the rivals.
#[test]
fn labels_give_m() {
    let mut random = Random(11);
    let labelled: Vec<Pattern> = (0..30_000).map(|_| pattern(&mut random, 0)).collect();
    // What EM would see are pairs that mislead it: strangers only.
    let strangers: Vec<Pattern> = (0..30_000).map(|_| pattern(&mut random, 1)).collect();
    let counts = count_patterns(strangers.iter().copied());
    let sample = Sample {
        records: 10_000,
        random: counts.clone(),
        passes: vec![Pass {
            rule: "all".to_string(),
            counts: Seen::unjudged(counts.clone()),
            free: vec![true; 5],
        }],
        candidates: Seen::unjudged(counts),
        labelled: Some(count_patterns(labelled.into_iter())),
    };
    let first = model();
    let trained = train(first.clone(), &sample, Options::default());
    for (comparison, levels) in trained.parts.parameters.iter().enumerate() {
        for (place, level) in levels.iter().enumerate() {
            let guess = first.parameters[comparison][place].m;
            let expected = (TRUTH[comparison][0][place] + 0.02 * guess) / 1.02;
            assert!(
                (level.m - expected).abs() < 0.015,
                "c{comparison}: {} for {expected}",
                level.m
            );
        }
    }
}

/// The weight of a pattern in the simulated set of so many pairs of each hypothesis.
fn true_weight(pattern: Pattern, pairs: [f64; 3]) -> f64 {
    let likelihood = |hypothesis: usize| {
        let comparisons = TRUTH.iter().enumerate();
        comparisons.fold(pairs[hypothesis], |likelihood, (place, comparison)| {
            let level = pattern >> (4 * place) & 15;
            likelihood * comparison[hypothesis][level as usize - 1]
        })
    };
    (likelihood(0) / (likelihood(1) + likelihood(2))).log2()
}

/// The largest difference of m from that of the simulation.
fn error_of_m(m: impl Fn(usize, usize) -> f64) -> f64 {
    let levels = (0..5).flat_map(|comparison| (0..3).map(move |level| (comparison, level)));
    levels
        .map(|(comparison, level)| (m(comparison, level) - TRUTH[comparison][0][level]).abs())
        .fold(0.0, f64::max)
}

/// A file that tells one person from a relative by nothing leaves EM at a loss, which of the two it
/// found; three hundred pairs near the threshold that people judged are enough to tell. Taken from
/// these pairs alone, m would be that of pairs that are hard to tell.
#[test]
fn judged_pairs_near_the_threshold_tell_one_person_from_a_relative() {
    for seed in [2, 9, 30] {
        let mut random = Random(seed);
        let pairs = [20_000, 40_000, 20_000];
        let mut all: Vec<(Pattern, usize)> = Vec::new();
        for (hypothesis, pairs) in pairs.into_iter().enumerate() {
            all.extend((0..pairs).map(|_| (pattern(&mut random, hypothesis), hypothesis)));
        }
        // Every so manieth of those near the threshold.
        let near = |pattern: Pattern| true_weight(pattern, pairs.map(|n| n as f64)).abs() <= 3.0;
        let step = all.iter().filter(|(pattern, _)| near(*pattern)).count() / 300;
        let (mut open, mut same, mut different, mut met) = (vec![], vec![], vec![], 0);
        for (pattern, hypothesis) in all {
            met += usize::from(near(pattern));
            match (near(pattern) && met.is_multiple_of(step), hypothesis) {
                (false, _) => open.push(pattern),
                (true, 0) => same.push(pattern),
                (true, _) => different.push(pattern),
            }
        }
        let mut first = model();
        for levels in &mut first.parameters {
            levels
                .iter_mut()
                .for_each(|level| level.against[1] = level.m);
        }
        let train_on = |seen: Seen| {
            let sample = Sample {
                passes: vec![Pass {
                    rule: "all".to_string(),
                    counts: seen.clone(),
                    free: vec![true; 5],
                }],
                candidates: seen,
                ..mixed(seed)
            };
            train(first.clone(), &sample, Options::default())
        };
        let counts = |patterns: &Vec<Pattern>| count_patterns(patterns.iter().copied());
        let judged = train_on(Seen {
            open: counts(&open),
            same: counts(&same),
            different: counts(&different),
        });
        let found = error_of_m(|comparison, level| judged.parts.parameters[comparison][level].m);
        assert!(found < 0.03, "seed {seed}: {found}");
        let matches = judged.passes[0].matches;
        assert!(
            (matches / 20_000.0 - 1.0).abs() < 0.05,
            "seed {seed}: {matches}"
        );

        let everything = [&open, &same, &different].into_iter().flatten().copied();
        let unjudged = train_on(Seen::unjudged(count_patterns(everything)));
        let found = error_of_m(|comparison, level| unjudged.parts.parameters[comparison][level].m);
        assert!(found > 0.2, "seed {seed}: without them {found}");
        let found = error_of_m(|comparison, level| {
            let is_so =
                |pattern: &&Pattern| **pattern >> (4 * comparison) & 15 == level as Pattern + 1;
            same.iter().filter(is_so).count() as f64 / same.len() as f64
        });
        assert!(found > 0.2, "seed {seed}: from them alone {found}");
    }
}

/// What people said of a pair holds, whatever its comparisons say.
#[test]
fn a_judged_pair_counts_as_it_was_judged() {
    let mut random = Random(4);
    let strangers: Vec<Pattern> = (0..2_000).map(|_| pattern(&mut random, 1)).collect();
    let alike: Vec<Pattern> = (0..500).map(|_| pattern(&mut random, 0)).collect();
    let counts = |patterns: &[Pattern]| count_patterns(patterns.iter().copied());
    for (seen, matches) in [
        (
            Seen {
                open: Vec::new(),
                same: counts(&strangers),
                different: counts(&alike),
            },
            2_000.0,
        ),
        (
            Seen {
                open: Vec::new(),
                same: Vec::new(),
                different: counts(&alike),
            },
            0.0,
        ),
    ] {
        let sample = Sample {
            records: 1_000,
            passes: vec![Pass {
                rule: "all".to_string(),
                counts: seen.clone(),
                free: vec![true; 5],
            }],
            candidates: seen,
            ..mixed(4)
        };
        let trained = train(model(), &sample, Options::default());
        assert!((trained.passes[0].matches - matches).abs() < 1e-6);
        let per_record = trained.parts.matches_per_record;
        assert!(
            (per_record - matches / 1_000.0).abs() < 1e-6,
            "{per_record}"
        );
    }
}

/// Pairs of all kinds, as many patterns as their shares say.
fn mixed(seed: u64) -> Sample {
    let mut random = Random(seed);
    let mut candidates: Vec<Pattern> = (0..20_000).map(|_| pattern(&mut random, 0)).collect();
    candidates.extend((0..20_000).map(|_| pattern(&mut random, 2)));
    candidates.extend((0..40_000).map(|_| pattern(&mut random, 1)));
    let counts = count_patterns(candidates.into_iter());
    Sample {
        records: 40_000,
        random: count_patterns((0..200_000).map(|_| pattern(&mut random, 1))),
        passes: vec![Pass {
            rule: "all".to_string(),
            counts: Seen::unjudged(counts.clone()),
            free: vec![true; 5],
        }],
        candidates: Seen::unjudged(counts),
        labelled: None,
    }
}

/// A level that is stated stays so under every hypothesis, whatever the sample shows, and the
/// others share the rest as the sample says.
#[test]
fn a_stated_level_stays() {
    let mut first = model();
    let levels = &mut first.parameters[1];
    levels[1].fixed_u = true;
    (levels[1].m, levels[1].against) = (0.5, vec![0.25, 0.125]);
    let trained = train(first.clone(), &mixed(5), Options::default());
    let found = &trained.parts.parameters[1];
    assert_eq!(found[1], first.parameters[1][1]);
    let of = |hypothesis: usize, level: usize| match hypothesis {
        0 => found[level].m,
        other => found[level].against[other - 1],
    };
    for (hypothesis, rest) in [(0, 0.5), (1, 0.75), (2, 0.875)] {
        let sum = of(hypothesis, 0) + of(hypothesis, 2);
        assert!((sum - rest).abs() < 1e-6, "{hypothesis}: {sum}");
    }
    let ratio = of(1, 0) / of(1, 2);
    assert!((ratio - 0.02 / 0.90).abs() < 0.005, "{ratio}");
}

/// A level that n pairs never showed is as likely as half a pair of them, not as impossible as
/// the file's figure.
#[test]
fn a_level_that_was_never_met_is_rare() {
    let mut first = model();
    for levels in &mut first.parameters {
        let mut never = levels[2].clone();
        (never.m, never.against) = (1e-9, vec![1e-9; 2]);
        levels.insert(2, never);
    }
    for comparison in &mut first.comparisons {
        let never = Level {
            name: "never".to_string(),
            ..comparison.levels[2].clone()
        };
        comparison.levels.insert(2, never);
    }
    let mut sample = mixed(8);
    let moved = |counts: &mut Vec<(Pattern, u64)>| {
        for (pattern, _) in counts {
            // The third level is now the fourth.
            *pattern = (0..5).fold(0, |sum, place| {
                let level = *pattern >> (4 * place) & 15;
                sum | (if level == 3 { 4 } else { level }) << (4 * place)
            });
        }
    };
    moved(&mut sample.random);
    moved(&mut sample.candidates.open);
    moved(&mut sample.passes[0].counts.open);
    let trained = train(first, &sample, Options::default());
    for levels in &trained.parts.parameters {
        for found in [levels[2].m, levels[2].against[1]] {
            assert!(
                found > 0.2 / 20_000.0 && found < 1.0 / 20_000.0,
                "{found} of 20 000 pairs"
            );
        }
    }
}
