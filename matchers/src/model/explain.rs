//! Why a pair has its weight.

use super::{MAX_RIVALS, MatchWeight, Model, TermFrequencies};
use crate::comparison::{LevelIndex, MISSING, Pair};

/// The weight of a pair, step by step, against its likeliest rival: the prior, one step a
/// comparison, and what the other rivals take off. The steps add up to the weight.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// Match weight, the same that [`Model::score`] gives.
    pub weight: MatchWeight,
    /// Place of the likeliest rival in the model.
    pub rival: usize,
    /// Prior odds against that rival, log₂.
    pub prior: f64,
    /// One step a comparison, in the model's order.
    pub steps: Vec<Step>,
    /// What the other rivals take off, 0 or less.
    pub other_rivals: f64,
}

/// What one comparison adds.
#[derive(Copy, Clone, Debug, PartialEq)]
pub struct Step {
    /// Place of the comparison in the model.
    pub comparison: usize,
    /// Its level.
    pub level: LevelIndex,
    /// Weight of the level against the likeliest rival, log₂; 0 if missing.
    pub weight: f64,
    /// What the frequency of the value adds to that, log₂.
    pub frequency: f64,
}

impl Model {
    /// The weight of a pair with its reasons. Costs a full comparison.
    pub fn explain(&self, pair: &Pair<'_>, frequencies: &TermFrequencies) -> Explanation {
        let mut sums = [0.0; MAX_RIVALS];
        let mut found = Vec::with_capacity(self.parts.comparisons.len());
        for (place, comparison) in self.parts.comparisons.iter().enumerate() {
            let level = comparison.level(pair);
            let mut frequency = 0.0;
            if level != MISSING {
                for (sum, weight) in sums.iter_mut().zip(&self.tables[place][usize::from(level)]) {
                    *sum += weight;
                }
                let parameters = &self.parts.parameters[place][usize::from(level) - 1];
                if let Some(rule) = &parameters.frequency {
                    frequency = self.frequency_weight(rule, parameters, pair, frequencies);
                    sums[0] += frequency;
                }
            }
            found.push((level, frequency));
        }
        let (weight, rival) = self.against_all(&sums);
        let rival = usize::from(rival);
        let prior = self.prior - self.shares[rival];
        let steps = found
            .into_iter()
            .enumerate()
            .map(|(comparison, (level, frequency))| Step {
                comparison,
                level,
                weight: self.tables[comparison][usize::from(level)][rival],
                frequency: if rival == 0 { frequency } else { 0.0 },
            });
        Explanation {
            weight: MatchWeight(weight),
            rival,
            prior,
            steps: steps.collect(),
            other_rivals: weight - prior - sums[rival],
        }
    }
}
