//! The line that would put the weights right.

use serde::{Deserialize, Serialize};

use super::{probability, surprise};

/// Weights are counted by quarters of a bit, up to 50 bits either way, to fit the line.
const CELLS_A_BIT: f64 = 4.0;
const FURTHEST: f64 = 50.0;

/// `intercept + slope × weight` is the weight that fits the truth best (D. R. Cox, "Two further
/// applications of a model for binary regression", Biometrika 45, 1958). A slope below 1 says that
/// the weights are too large either way, one above 1 that they are too small.
#[derive(Copy, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CalibrationLine {
    /// Bits to add.
    pub intercept: f64,
    /// Factor.
    pub slope: f64,
}

/// (Pairs, true pairs) by quarters of a bit.
pub(super) struct Cells(Vec<(u64, u64)>);

impl Default for Cells {
    fn default() -> Self {
        Cells(vec![(0, 0); (2.0 * FURTHEST * CELLS_A_BIT) as usize + 1])
    }
}

impl Cells {
    pub(super) fn add(&mut self, weight: f64, is_match: bool) {
        let place = (weight.clamp(-FURTHEST, FURTHEST) + FURTHEST) * CELLS_A_BIT;
        let cell = &mut self.0[place.round() as usize];
        cell.0 += 1;
        cell.1 += u64::from(is_match);
    }

    pub(super) fn merge(&mut self, other: &Cells) {
        for (mine, others) in self.0.iter_mut().zip(&other.0) {
            mine.0 += others.0;
            mine.1 += others.1;
        }
    }

    /// The line that fits best, by Newton's method on the logistic likelihood; `None` if there is
    /// none, as where the weights part the true from the others without one exception.
    pub(super) fn line(&self) -> Option<CalibrationLine> {
        const ROUNDS: usize = 100;
        let ln2 = std::f64::consts::LN_2;
        let met: Vec<(f64, f64, f64)> = self
            .0
            .iter()
            .enumerate()
            .filter(|(_, cell)| cell.0 > 0)
            .map(|(at, &(pairs, truly))| {
                let weight = at as f64 / CELLS_A_BIT - FURTHEST;
                (weight, pairs as f64, truly as f64)
            })
            .collect();
        let loss = |intercept: f64, slope: f64| -> f64 {
            let of_cell = |&(weight, pairs, truly): &(f64, f64, f64)| {
                let fitted = intercept + slope * weight;
                truly * surprise(-fitted) + (pairs - truly) * surprise(fitted)
            };
            met.iter().map(of_cell).sum()
        };
        let (mut intercept, mut slope) = (0.0, 1.0);
        let mut now = loss(intercept, slope);
        for _ in 0..ROUNDS {
            let (mut gradient, mut curve) = ([0.0; 2], [0.0; 3]);
            for &(weight, pairs, truly) in &met {
                let p = probability(intercept + slope * weight);
                let (off, bend) = (truly - pairs * p, pairs * p * (1.0 - p) * ln2);
                gradient = [gradient[0] + off, gradient[1] + off * weight];
                curve = [
                    curve[0] + bend,
                    curve[1] + bend * weight,
                    curve[2] + bend * weight * weight,
                ];
            }
            let determinant = curve[0] * curve[2] - curve[1] * curve[1];
            if determinant.abs() < 1e-12 {
                return None;
            }
            let mut step = [
                (curve[2] * gradient[0] - curve[1] * gradient[1]) / determinant,
                (curve[0] * gradient[1] - curve[1] * gradient[0]) / determinant,
            ];
            // Half the step until it is one downhill.
            let mut then = loss(intercept + step[0], slope + step[1]);
            while then > now && step[0].abs().max(step[1].abs()) > 1e-12 {
                step = [step[0] / 2.0, step[1] / 2.0];
                then = loss(intercept + step[0], slope + step[1]);
            }
            intercept += step[0];
            slope += step[1];
            now = then;
            if !slope.is_finite() || slope.abs() > 100.0 || intercept.abs() > 1e4 {
                return None;
            }
            if step[0].abs().max(step[1].abs()) < 1e-9 {
                return Some(CalibrationLine { intercept, slope });
            }
        }
        None
    }
}
