//! Expectation–maximisation over the pairs of one blocking rule.

use super::{
    Mixture, Options, Pass, PassReport, Sample, all_stated, estimate, expected_levels, is_fixed,
    kept,
};
use crate::model::ModelParts;

pub(super) struct Found {
    pub report: PassReport,
    /// Expected counts, `[hypothesis][comparison][level − 1]`.
    pub expected: Vec<Vec<Vec<f64>>>,
}

/// Estimates the free comparisons from one pass, starting from the model's own values. The
/// stranger's probabilities and those of fixed rivals stay as they are; the shares
/// of the hypotheses are those of this pass alone.
pub(super) fn run(
    parts: &ModelParts,
    file: &ModelParts,
    sample: &Sample,
    pass: &Pass,
    options: Options,
) -> Found {
    let labelled = sample.labelled.is_some();
    let hypotheses = parts.rivals.len() + 1;
    let mut mixture = Mixture::of(parts, vec![1.0 / hypotheses as f64; hypotheses]);
    let pairs = pass.counts.pairs();
    let mut moves = Vec::new();
    let mut converged = false;
    let (mut totals, mut expected) = expected_levels(&mixture, &pass.counts, &pass.free);
    while moves.len() < options.iterations && pairs > 0 {
        let moved = maximise(file, labelled, pass, &mut mixture, &totals, &expected);
        (totals, expected) = expected_levels(&mixture, &pass.counts, &pass.free);
        moves.push(moved);
        if moved < options.tolerance {
            converged = true;
            break;
        }
    }
    let m = pass
        .free
        .iter()
        .zip(&mixture.levels[0])
        .map(|(free, levels)| free.then(|| levels.clone()))
        .collect();
    let report = PassReport {
        rule: pass.rule.clone(),
        pairs,
        matches: totals[0],
        moves,
        converged,
        m,
    };
    Found { report, expected }
}

/// Sets the probabilities to what the expected counts say; returns the largest move.
fn maximise(
    file: &ModelParts,
    labelled: bool,
    pass: &Pass,
    mixture: &mut Mixture,
    totals: &[f64],
    expected: &[Vec<Vec<f64>>],
) -> f64 {
    let mut moved = 0.0_f64;
    let total: f64 = totals.iter().sum();
    for (hypothesis, share) in mixture.shares.iter_mut().enumerate() {
        let fresh = (totals[hypothesis] / total).max(1e-12);
        moved = moved.max((fresh - *share).abs());
        *share = fresh;
    }
    for (hypothesis, comparisons) in mixture.levels.iter_mut().enumerate() {
        for (comparison, levels) in comparisons.iter_mut().enumerate() {
            if hypothesis == 1
                || !pass.free[comparison]
                || is_fixed(file, labelled, hypothesis, comparison)
            {
                continue;
            }
            let stated = &file.parameters[comparison];
            let prior = all_stated(stated, hypothesis);
            let fresh = estimate(&expected[hypothesis][comparison], &prior, &kept(stated))
                .into_iter()
                .flatten();
            for (level, fresh) in levels.iter_mut().zip(fresh) {
                moved = moved.max((fresh - *level).abs());
                *level = fresh;
            }
        }
    }
    moved
}
