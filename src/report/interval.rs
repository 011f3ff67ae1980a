//! Shares with their uncertainty.

use serde::{Deserialize, Serialize};

/// The 97.5 % point of the normal distribution: two of them enclose 95 %.
pub(super) const Z: f64 = 1.959_963_985;

/// A share of counted things, 0 to 1, with its 95 % interval.
#[derive(Copy, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Share {
    /// The share that was met; 1 of nothing, as everywhere in [`super::evaluation`].
    pub value: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

impl Share {
    /// So many of so many, with the score interval of E. B. Wilson ("Probable inference, the law
    /// of succession, and statistical inference", JASA 22, 1927), which stays within 0 and 1 and
    /// is sound for small counts and for shares near either end. It takes the things counted to
    /// be independent: pairs of one person or family are not, so the truth is somewhat wider.
    ///
    /// ```
    /// use yiren::report::Share;
    /// let nine = Share::of(9, 10);
    /// assert_eq!(nine.value, 0.9);
    /// assert!((nine.low - 0.5958).abs() < 1e-4 && (nine.high - 0.9821).abs() < 1e-4);
    /// assert_eq!(Share::of(0, 0), Share { value: 1.0, low: 0.0, high: 1.0 });
    /// ```
    pub fn of(part: u64, whole: u64) -> Share {
        if whole == 0 {
            return Share {
                value: 1.0,
                low: 0.0,
                high: 1.0,
            };
        }
        let (part, n) = (part.min(whole), whole as f64);
        let value = part as f64 / n;
        let (middle, scale) = (value + Z * Z / (2.0 * n), 1.0 + Z * Z / n);
        let half = Z * (value * (1.0 - value) / n + Z * Z / (4.0 * n * n)).sqrt();
        Share {
            value,
            low: if part == 0 {
                0.0
            } else {
                ((middle - half) / scale).max(0.0)
            },
            high: if part == whole {
                1.0
            } else {
                ((middle + half) / scale).min(1.0)
            },
        }
    }

    /// Whether the intervals of both have nothing in common.
    pub fn is_apart_from(&self, other: &Share) -> bool {
        self.high < other.low || other.high < self.low
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The ends of the interval are the shares that a test of the normal approximation just
        /// accepts: (value − p)² = z² p (1 − p) / n.
        #[test]
        fn the_ends_solve_the_equation(whole in 1..5000u64, part in 0..5000u64) {
            let part = part % (whole + 1);
            let share = Share::of(part, whole);
            for p in [share.low, share.high] {
                if p > 0.0 && p < 1.0 {
                    let (left, right) = ((share.value - p).powi(2), Z * Z * p * (1.0 - p) / whole as f64);
                    prop_assert!((left - right).abs() < 1e-9, "{left} {right}");
                }
            }
            prop_assert!(0.0 <= share.low && share.low <= share.value && share.value <= share.high && share.high <= 1.0);
        }
    }

    #[test]
    fn intervals_are_apart_or_not() {
        let (few, many, other) = (Share::of(1, 2), Share::of(900, 1000), Share::of(990, 1000));
        assert!(many.is_apart_from(&other) && other.is_apart_from(&many));
        assert!(!few.is_apart_from(&Share::of(19, 20)));
        assert!(!many.is_apart_from(&many));
    }
}
