//! The fast scorer gives the weights of the plain one, bit for bit, over millions of pairs.
#![expect(
    clippy::unwrap_used,
    reason = "a test may stop at the first thing that is not there"
)]

use rayon::prelude::*;
use yiren::generate::{ErrorMix, Options, generate};
use yiren::index::{CandidatePart, Candidates};
use yiren::schema::read_model;
use yiren::scoring::Scorer;
use yiren::standardise::{LoadOptions, load};
use yiren::table::Table;
use yiren_matchers::model::{MatchWeight, Model, ModelParts, Score, TermFrequencies};

/// The shipped model over a population with many errors.
struct Bench {
    table: Table,
    scorer: Scorer,
    frequencies: TermFrequencies,
}

impl Bench {
    fn new(persons: u64, national_id: bool) -> Bench {
        let folder = tempfile::tempdir().unwrap();
        let options = Options {
            persons,
            seed: 11,
            errors: ErrorMix::heavy(),
            national_id,
            ..Options::default()
        };
        generate(&options, folder.path(), &|_| {}).unwrap();
        let model = read_model(None).unwrap();
        let inputs = [folder.path().to_path_buf()];
        let table = load(&inputs, &model.fields, &LoadOptions::default(), &|_, _| {})
            .unwrap()
            .table;
        let frequencies = Scorer::frequencies_of(&model, &table);
        let scorer = Scorer::new(&Model::new(model, table.len() as u64), &table);
        Bench {
            table,
            scorer,
            frequencies,
        }
    }

    fn parts(&self) -> &ModelParts {
        self.scorer.model().parts()
    }

    /// The score as the model's definition has it: every comparison is made, in the order of the
    /// model, and nothing is known beforehand.
    fn plain(&self, a: u32, b: u32) -> Score {
        let (parts, pair) = (self.parts(), self.table.pair(a, b));
        let records = (self.table.len() as u64).max(parts.least_records);
        let pairs_per_record = (records - 1) as f64 / 2.0;
        let share = |per_record: f64| (per_record / pairs_per_record).clamp(1e-15, 0.5);
        let mut shares: Vec<f64> = parts
            .rivals
            .iter()
            .map(|rival| share(rival.pairs_per_record))
            .collect();
        let others = parts.rivals.iter().skip(1);
        shares[0] = others
            .fold(1.0 - share(parts.matches_per_record), |rest, rival| {
                rest - share(rival.pairs_per_record)
            })
            .max(0.01);
        let mut sums = vec![0.0; parts.rivals.len()];
        let mut pattern = 0;
        for (place, comparison) in parts.comparisons.iter().enumerate() {
            let level = comparison.level(&pair);
            pattern |= u64::from(level) << (4 * place);
            if level == 0 {
                continue;
            }
            let parameters = &parts.parameters[place][usize::from(level) - 1];
            for (sum, against) in sums.iter_mut().zip(&parameters.against) {
                *sum += (parameters.m / against).log2();
            }
            if let Some(rule) = &parameters.frequency {
                let part = &parts.frequency_parts[rule.table];
                let table = self.frequencies.table(rule.table);
                let of = |record| {
                    let values = self.table.record(record);
                    let hash = part.first_hash(values, &self.table.dictionaries, &parts.fields);
                    let expected =
                        part.expected_share(values, &self.table.dictionaries, &parts.fields);
                    let count = hash.map_or(0, |hash| table.count(hash));
                    rule.frequency(count, table, expected, parameters.against[0])
                };
                sums[0] += (parameters.against[0] / of(a.min(b)).max(of(a.max(b)))).log2();
            }
        }
        let against = |rival: usize| shares[rival].log2() - sums[rival];
        let rival = (1..sums.len()).fold(0, |best, rival| {
            if against(rival) > against(best) {
                rival
            } else {
                best
            }
        });
        let total: f64 = (0..sums.len())
            .map(|other| (against(other) - against(rival)).exp2())
            .sum();
        let prior = share(parts.matches_per_record).log2();
        Score {
            weight: MatchWeight(prior - against(rival) - total.log2()),
            pattern,
            rival: rival as u8,
        }
    }

    /// Holds the fast scorer to the plain one at several floors.
    fn check(&self, a: u32, b: u32) {
        let plain = self.plain(a, b);
        let same = |fast: Option<Score>, floor: f64| {
            let expected = (plain.weight.0 >= floor).then_some(plain);
            let bits = |score: Option<Score>| {
                score.map(|score| (score.weight.0.to_bits(), score.pattern, score.rival))
            };
            assert_eq!(bits(fast), bits(expected), "{a} {b} at {floor}");
        };
        let values = self.table.pair(a, b);
        for floor in [f64::NEG_INFINITY, -12.0, 2.5] {
            let fast =
                self.scorer
                    .model()
                    .score(&values, self.scorer.frequencies(), MatchWeight(floor));
            same(fast, floor);
        }
    }

    /// Checks all candidates and `random` further pairs; returns how many in all.
    fn run(&self, random: u64) -> u64 {
        let candidates = Candidates::find(&self.table, self.parts(), None).unwrap();
        let mut count = random;
        let mut part = CandidatePart::default();
        for place in 0..candidates.parts() {
            candidates.read(place, &mut part).unwrap();
            let pairs: Vec<(u32, u32)> = part.distinct().map(|pair| (pair.a, pair.b)).collect();
            pairs.par_iter().for_each(|&(a, b)| self.check(a, b));
            count += pairs.len() as u64;
        }
        let records = self.table.len() as u64;
        (0..random).into_par_iter().for_each(|number| {
            // Fibonacci hashing: spread evenly, the same in every run.
            let drawn = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let (a, b) = ((drawn >> 40) % records, (drawn >> 8) % records);
            if a != b {
                self.check(a as u32, b as u32);
            }
        });
        count
    }
}

#[test]
fn the_fast_scorer_is_the_plain_one() {
    assert!(Bench::new(20_000, true).run(1_000_000) > 1_000_000);
}

#[test]
fn the_fast_scorer_is_the_plain_one_without_numbers() {
    assert!(Bench::new(20_000, false).run(1_000_000) > 1_000_000);
}
