//! The Fellegi–Sunter model, with rival hypotheses.
//!
//! Fellegi and Sunter ("A Theory for Record Linkage", JASA 64, 1969) weigh a pair of records
//! by log₂(m/u): how much likelier its agreement is between two records of one person (m)
//! than between strangers (u). Two records of one *family* are the harder case: they share
//! surname, address, household, telephone and account because one thing, their home, is
//! shared. So a model may state further *rivals* besides the stranger, such as `relative`,
//! each with its own probabilities and its own share of all pairs. The weight of a pair is
//!
//! ```text
//! W = log₂ λ P(γ|same) − log₂ Σᵣ πᵣ P(γ|r)
//! ```
//! where γ are the levels of agreement, λ the prior and πᵣ the share of rival r. Within a
//! hypothesis weights add. Against a rival whose members share a home, all evidence of the
//! home weighs next to nothing, which is what keeps siblings and twins apart.

mod explain;
mod frequency;
mod plan;

pub use explain::{Explanation, Step};
pub use frequency::{FrequencyTable, TermFrequencies};
pub use plan::TOGETHER;
use plan::{Bounds, Open, Places, Plan, SLACK, Weights, each};
use serde::{Deserialize, Serialize};

use crate::blocking::{BlockingRule, KeyPart};
use crate::clustering::Method;
use crate::comparison::{Comparison, MAX_COMPARISONS, MISSING, Pair, Pattern, level_of};
use crate::record::{Field, FieldKind};
use crate::rows::Row;

/// At most this many rivals a model, the stranger included.
pub const MAX_RIVALS: usize = 4;

/// How many records the expected share of a value counts for beside the records at hand.
const EXPECTED_RECORDS: f64 = 20_000.0;

/// A match weight: log₂ of the odds that two records are one person, the prior included.
/// 0 is even odds, 10 about a thousand to one for, −10 against.
#[derive(Copy, Clone, Debug, PartialEq, PartialOrd, Default, Serialize, Deserialize)]
pub struct MatchWeight(pub f64);

/// The probability that two records are one person, 0 to 1.
#[derive(Copy, Clone, Debug, PartialEq, PartialOrd, Default)]
pub struct MatchProbability(pub f64);

impl MatchWeight {
    /// The probability of that weight, 2ʷ / (1 + 2ʷ).
    ///
    /// ```
    /// use yiren_matchers::model::MatchWeight;
    /// assert_eq!(MatchWeight(0.0).probability().0, 0.5);
    /// assert!(MatchWeight(10.0).probability().0 > 0.999);
    /// ```
    pub fn probability(self) -> MatchProbability {
        MatchProbability(1.0 / (1.0 + (-self.0).exp2()))
    }
}

impl MatchProbability {
    /// The weight of that probability; infinite for 0 and 1.
    pub fn weight(self) -> MatchWeight {
        MatchWeight((self.0 / (1.0 - self.0)).log2())
    }
}

/// What two records can be when they are not one person.
#[derive(Clone, Debug, PartialEq)]
pub struct Rival {
    /// Code; the first rival is `stranger`.
    pub name: String,
    /// What a person reads, in English.
    pub label: String,
    /// What a person reads, in Chinese.
    pub label_zh: String,
    /// How many pairs of this kind there are a record. Not used for the stranger, who is the rest.
    pub pairs_per_record: f64,
    /// Whether training leaves the probabilities of this rival as the file states them.
    pub fixed: bool,
}

/// The probabilities of one level.
#[derive(Clone, Debug, PartialEq)]
pub struct LevelParameters {
    /// Probability of this level between two records of one person, 0 to 1.
    pub m: f64,
    /// The same under each rival; the first, the stranger's, is u.
    pub against: Vec<f64>,
    /// How the level's u follows the frequency of the value.
    pub frequency: Option<FrequencyRule>,
    /// Training leaves u as the file states it: agreement between strangers is too rare to be
    /// met in a sample, as with ID numbers.
    pub fixed_u: bool,
}

/// Term-frequency adjustment: agreement on a rare value says more (Winkler 2000).
#[derive(Clone, Debug, PartialEq)]
pub struct FrequencyRule {
    /// Place in [`ModelParts::frequency_parts`].
    pub table: usize,
    /// u never goes below this.
    pub floor: f64,
    /// u is the model's u times how much commoner the value is than values are on average,
    /// rather than the share of the value itself: for levels that agree on more than the value.
    pub relative: bool,
    /// Only raise u, for values that are commoner than u says beyond chance: for values that
    /// are spread evenly but for a few, such as dates with their default 1 January.
    pub only_common: bool,
}

/// Weights above which a pair is reported, put to a person, or linked.
#[derive(Copy, Clone, Debug, PartialEq)]
pub struct Thresholds {
    /// Pairs from here up are scored to the end and can be listed.
    pub report: MatchWeight,
    /// Pairs from here up, and not linked, go to clerical review.
    pub review: MatchWeight,
    /// Pairs from here up can join two records.
    pub link: MatchWeight,
}

impl Thresholds {
    /// `link`, `review` or `non-link`: what a weight comes to, taken by itself.
    pub fn verdict(&self, weight: MatchWeight) -> &'static str {
        if weight >= self.link {
            "link"
        } else if weight >= self.review {
            "review"
        } else {
            "non-link"
        }
    }
}

/// Everything that a model file states.
#[derive(Clone, Debug)]
pub struct ModelParts {
    /// Name of the model.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Fields of the standardised record.
    pub fields: Vec<Field>,
    /// Comparisons, in the order that reports show them and weights are summed.
    pub comparisons: Vec<Comparison>,
    /// The stranger, then further rivals.
    pub rivals: Vec<Rival>,
    /// Probabilities: one list a comparison, one entry a level.
    pub parameters: Vec<Vec<LevelParameters>>,
    /// Key parts whose frequencies adjust u.
    pub frequency_parts: Vec<KeyPart>,
    /// Pairs of records of one person, a record.
    pub matches_per_record: f64,
    /// Number of records on file in the country: the prior of pairs out of context.
    pub reference_records: u64,
    /// The records on file that the input is a part of: the prior is never that of fewer.
    pub least_records: u64,
    /// Whether each source holds a person once at most: then two records of one source are
    /// never candidates and never one person.
    pub unique_sources: bool,
    /// How links become persons.
    pub clustering: Method,
    /// Blocking rules.
    pub blocking: Vec<BlockingRule>,
    /// A block with more records than this is refined, but of rules with a cap of their own.
    pub block_cap: usize,
    /// Thresholds.
    pub thresholds: Thresholds,
}

impl ModelParts {
    /// The cap on the records of a block, of each blocking rule.
    pub fn caps(&self) -> Vec<usize> {
        let rules = self.blocking.iter();
        rules.map(|rule| rule.cap(self.block_cap)).collect()
    }
}

/// A model ready to score pairs of a set of records of known size.
#[derive(Clone, Debug)]
pub struct Model {
    parts: ModelParts,
    /// log₂ of λ and of each rival's share.
    prior: f64,
    shares: [f64; MAX_RIVALS],
    /// Weights against each rival: `tables[comparison][level]`, level 0 being *missing*.
    tables: Vec<Vec<[f64; MAX_RIVALS]>>,
    /// In which order to compare.
    plan: Plan,
}

/// A scored pair.
#[derive(Copy, Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Match weight, prior included.
    pub weight: MatchWeight,
    /// Level of each comparison.
    pub pattern: Pattern,
    /// Place of the likeliest rival.
    pub rival: u8,
}

impl Model {
    /// The model for a set of so many records, or of [`ModelParts::least_records`] if those are
    /// more: the prior and the rivals' shares are so many pairs a record out of (n−1)/2.
    pub fn new(parts: ModelParts, records: u64) -> Model {
        let records = records.max(parts.least_records);
        let pairs_per_record = (records.max(2) - 1) as f64 / 2.0;
        let share = |per_record: f64| (per_record / pairs_per_record).clamp(1e-15, 0.5);
        let mut shares = [0.0; MAX_RIVALS];
        let mut stranger = 1.0 - share(parts.matches_per_record);
        for (place, rival) in parts.rivals.iter().enumerate().skip(1) {
            shares[place] = share(rival.pairs_per_record);
            stranger -= shares[place];
        }
        shares[0] = stranger.max(0.01);
        let tables: Vec<Vec<[f64; MAX_RIVALS]>> = parts
            .parameters
            .iter()
            .map(|levels| weights(levels))
            .collect();
        let plan = Plan::new(&parts, &tables);
        Model {
            prior: share(parts.matches_per_record).log2(),
            shares: shares.map(f64::log2),
            tables,
            plan,
            parts,
        }
    }

    /// The same model for another number of records.
    pub fn for_records(&self, records: u64) -> Model {
        Model::new(self.parts.clone(), records)
    }

    /// What the model file states.
    pub fn parts(&self) -> &ModelParts {
        &self.parts
    }

    /// The prior in log₂: the probability that two records taken at random are one person.
    pub fn prior(&self) -> f64 {
        self.prior
    }

    /// The weight of a pair, or `None` if it is below `floor`. Symmetric in the two records up
    /// to the last bits of the sum, which the callers fix by always putting the lower record
    /// left. Makes the comparisons in the order that decides soonest and stops as soon as what
    /// is left can no longer reach `floor`; the weight is the sum in the order of the model all
    /// the same. No allocation.
    pub fn score(
        &self,
        pair: &Pair<'_>,
        frequencies: &TermFrequencies,
        floor: MatchWeight,
    ) -> Option<Score> {
        let mut score = None;
        self.score_each(
            std::slice::from_ref(pair),
            frequencies,
            floor,
            |_, found| {
                score = Some(found);
            },
        );
        score
    }

    /// [`Model::score`] of each pair: `found` is told the place and the score of those that are not
    /// below `floor`, in their order. Of some tens of pairs far faster than one by one: a comparison is
    /// made of all of [`TOGETHER`] that are still open before the next is, and what it reads, which is
    /// all over memory, is asked for at once, so that the waits for it overlap. No allocation.
    pub fn score_each(
        &self,
        pairs: &[Pair<'_>],
        frequencies: &TermFrequencies,
        floor: MatchWeight,
        mut found: impl FnMut(usize, Score),
    ) {
        let mut least = [f32::NEG_INFINITY; MAX_RIVALS];
        for (rival, least) in least.iter_mut().enumerate().take(self.parts.rivals.len()) {
            *least = (floor.0 - self.prior + self.shares[rival] - SLACK) as f32;
        }
        let hopeful = |best: &Bounds| {
            let each = best.iter().zip(&least);
            each.fold(true, |all, (best, least)| all & (best >= least))
        };
        let mut open = [Open::default(); TOGETHER];
        for (turn, pairs) in pairs.chunks(TOGETHER).enumerate() {
            let mut left: Places = 0;
            // The pairs of which each comparison is to be made.
            let mut to_make: [Places; MAX_COMPARISONS] = [0; MAX_COMPARISONS];
            for (place, pair) in pairs.iter().enumerate() {
                open[place] = self.plan.open(pair);
                if hopeful(&open[place].best) {
                    left |= 1 << place;
                    let comparisons = each(open[place].to_make);
                    comparisons.for_each(|comparison| to_make[comparison] |= 1 << place);
                }
            }
            for &comparison in &self.plan.order {
                let comparison = usize::from(comparison);
                let places = to_make[comparison] & left;
                if places.count_ones() > 1 {
                    self.plan.fetch(comparison, places, pairs);
                }
                for place in each(places) {
                    let open = &mut open[place];
                    self.plan.make(comparison, open, &pairs[place]);
                    if !hopeful(&open.best) {
                        left ^= 1 << place;
                    }
                }
            }
            if left.count_ones() > 1 {
                self.fetch_frequencies(left, &open, pairs, frequencies);
            }
            for place in each(left) {
                let pattern = open[place].pattern;
                let sums = self.sums(&pairs[place], pattern, frequencies);
                let (weight, rival) = self.against_all(&sums);
                if weight >= floor.0 {
                    let weight = MatchWeight(weight);
                    found(
                        turn * TOGETHER + place,
                        Score {
                            weight,
                            pattern,
                            rival,
                        },
                    );
                }
            }
        }
    }

    /// Brings what the frequencies of the pairs at these places are looked up by into the processor's
    /// cache.
    fn fetch_frequencies(
        &self,
        places: Places,
        open: &[Open],
        pairs: &[Pair<'_>],
        frequencies: &TermFrequencies,
    ) {
        let mut read = 0;
        for place in each(places) {
            let (pattern, values) = (open[place].pattern, &pairs[place]);
            for (place, levels) in self.parts.parameters.iter().enumerate() {
                let level = usize::from(level_of(pattern, place)).checked_sub(1);
                let Some(rule) = level.and_then(|level| levels[level].frequency.as_ref()) else {
                    continue;
                };
                let table = frequencies.table(rule.table);
                for &field in self.parts.frequency_parts[rule.table].fields() {
                    let (left, right) = (values.left.get(field), values.right.get(field));
                    // How common a name is expected to be is asked of the name.
                    let kind = self.parts.fields[field].kind;
                    let by_value = kind == FieldKind::PersonName && !rule.only_common;
                    let mut fetch = |value| {
                        read ^= table.fetch(value);
                        if by_value {
                            read ^= values.dictionaries.fetch(kind, value);
                        }
                    };
                    fetch(left);
                    if left != right {
                        fetch(right);
                    }
                }
            }
        }
        std::hint::black_box(read);
    }

    /// The weight that a pair would have if its comparisons came to the levels of `pattern`, which
    /// need not be its own: what if these two had one address? How common its values are is taken
    /// from the pair as it is, of two different values the commoner one.
    pub fn suppose(
        &self,
        pair: &Pair<'_>,
        pattern: Pattern,
        frequencies: &TermFrequencies,
    ) -> MatchWeight {
        MatchWeight(self.against_all(&self.sums(pair, pattern, frequencies)).0)
    }

    /// The weight of a pattern against each rival, without the prior.
    fn sums(&self, pair: &Pair<'_>, pattern: Pattern, frequencies: &TermFrequencies) -> Weights {
        let mut sums = [0.0; MAX_RIVALS];
        for (place, table) in self.tables.iter().enumerate() {
            let level = level_of(pattern, place);
            if level != MISSING {
                let weights = &table[usize::from(level)];
                for rival in 0..MAX_RIVALS {
                    sums[rival] += weights[rival];
                }
                let parameters = &self.parts.parameters[place][usize::from(level) - 1];
                if let Some(rule) = &parameters.frequency {
                    sums[0] += self.frequency_weight(rule, parameters, pair, frequencies);
                }
            }
        }
        sums
    }

    /// The weight against all rivals together, and the likeliest one, from the sums against each.
    fn against_all(&self, sums: &[f64; MAX_RIVALS]) -> (f64, u8) {
        let rivals = self.parts.rivals.len();
        let mut likeliest = 0;
        for rival in 1..rivals {
            if self.shares[rival] - sums[rival] > self.shares[likeliest] - sums[likeliest] {
                likeliest = rival;
            }
        }
        let top = self.shares[likeliest] - sums[likeliest];
        let total: f64 = (0..rivals)
            .map(|rival| (self.shares[rival] - sums[rival] - top).exp2())
            .sum();
        (self.prior - top - total.log2(), likeliest as u8)
    }

    /// What the frequency of the value adds to the weight against a stranger.
    fn frequency_weight(
        &self,
        rule: &FrequencyRule,
        parameters: &LevelParameters,
        pair: &Pair<'_>,
        frequencies: &TermFrequencies,
    ) -> f64 {
        let part = &self.parts.frequency_parts[rule.table];
        let table = frequencies.table(rule.table);
        let fields = &self.parts.fields;
        let u = parameters.against[0];
        let of = |record: Row<'_>| {
            let count = table.count_of(part, record, pair.dictionaries, fields);
            let expected = part.expected_share(record, pair.dictionaries, fields);
            rule.frequency(count, table, expected, u)
        };
        let (left, right) = (pair.left, pair.right);
        let same = part
            .fields()
            .iter()
            .all(|&field| left.get(field) == right.get(field));
        let frequency = match same {
            true => of(left),
            false => of(left).max(of(right)),
        };
        (u / frequency).log2()
    }
}

impl FrequencyRule {
    /// The u of a value met `count` times among `total`, and expected beforehand to have that
    /// share: the count, smoothed as if 20,000 records with the expected share had
    /// been counted before.
    pub fn frequency(
        &self,
        count: u32,
        table: &FrequencyTable,
        expected: Option<f64>,
        u: f64,
    ) -> f64 {
        let (count, total) = (f64::from(count), table.total() as f64);
        if self.relative {
            // A value that was never met is taken for one met once.
            let mean = table.mean_share();
            return match mean > 0.0 {
                true => (u * count.max(1.0) / total / mean).max(self.floor).min(1.0),
                false => u,
            };
        }
        if self.only_common {
            // Two standard deviations of a Poisson count below what was met.
            let surely = count - 2.0 * count.sqrt();
            return if surely > 0.0 {
                (surely / total).max(u)
            } else {
                u
            };
        }
        let share = match expected {
            Some(expected) => (count + EXPECTED_RECORDS * expected) / (total + EXPECTED_RECORDS),
            None if total > 0.0 => count / total,
            None => u,
        };
        share.max(self.floor)
    }
}

fn weights(levels: &[LevelParameters]) -> Vec<[f64; MAX_RIVALS]> {
    let mut table = vec![[0.0; MAX_RIVALS]];
    table.extend(levels.iter().map(|level| {
        let mut weights = [0.0; MAX_RIVALS];
        for (weight, against) in weights.iter_mut().zip(&level.against) {
            *weight = (level.m / against).log2();
        }
        weights
    }));
    table
}
