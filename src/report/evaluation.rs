//! How well entities agree with a known truth.
//!
//! Everything counted is an exact integer, so the same partitions give the same figures whatever
//! their labels and whatever the order of the records. Where a ratio has nothing to divide by,
//! it is 1: whoever claims nothing claims nothing wrong, and whoever has nothing to find misses nothing.

mod calibration;
mod errors;
mod groups;
mod text;
mod threshold;

use std::collections::BTreeMap;
use std::io;

use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};
use yiren_matchers::normalise::date::Date;

use super::matching::{Label, Matching, Truth};
pub use calibration::{Calibration, CalibrationBin, CalibrationLine, CalibrationSlice, Fit};
pub use errors::{ErrorCount, ErrorReason, Errors, PairError};
pub(super) use groups::question;
pub use groups::{Gap, Group, Grouping, Groups, LeftOut};
pub use threshold::{ScoredPair, ThresholdPoint, Thresholds};

/// Stands for "no label" in [`Evaluation::of_partitions`].
pub const MISSING: u32 = u32::MAX;

/// A comparison of predicted entities with true persons.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Evaluation {
    /// Records compared: those of the truth.
    pub records: u64,
    /// Records of the truth that the prediction lacks; each counts as an entity of its own.
    pub missing_from_prediction: u64,
    /// Records of the prediction that the truth lacks; left out of every other figure.
    pub missing_from_truth: u64,
    /// Persons in the truth.
    pub persons: u64,
    /// Entities in the prediction.
    pub entities: u64,
    /// Persons whose records are one entity, with no other record in it.
    pub persons_exact: u64,
    /// Persons whose records are spread over two entities or more.
    pub persons_split: u64,
    /// Entities with records of two persons or more.
    pub entities_mixed: u64,
    /// Over pairs of records.
    pub pairwise: Pairwise,
    /// Over records.
    pub b_cubed: Accuracy,
    /// Persons and entities by number of records, smallest first.
    pub cluster_sizes: Vec<SizeCount>,
    /// Accuracy of the weights before clustering, if scored pairs were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thresholds: Option<Thresholds>,
    /// Whether the probabilities are right, if the records were matched here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calibration: Option<Calibration>,
    /// What was decided wrongly and why, if the records were matched here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errors: Option<Errors>,
    /// Whether the errors fall on all alike, if the records were matched here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<Groups>,
}

/// Precision, recall and their harmonic mean, each 0 to 1.
#[derive(Copy, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Accuracy {
    /// Of what was claimed, the part that is true.
    pub precision: f64,
    /// Of what is true, the part that was claimed.
    pub recall: f64,
    /// Harmonic mean of both; 0 if both are 0.
    pub f1: f64,
}

/// Accuracy over pairs of records: a pair is claimed if it is in one entity, and true if it is one person.
#[derive(Copy, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pairwise {
    /// Pairs claimed and true.
    pub true_positives: u64,
    /// Pairs claimed and not true.
    pub false_positives: u64,
    /// Pairs true and not claimed.
    pub false_negatives: u64,
    /// The ratios of these.
    #[serde(flatten)]
    pub accuracy: Accuracy,
}

/// Persons and entities of one size.
#[derive(Copy, Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SizeCount {
    /// Records.
    pub size: u64,
    /// Persons of that size in the truth.
    pub persons: u64,
    /// Entities of that size in the prediction.
    pub entities: u64,
    /// Persons of that size that are exactly one entity.
    pub exact: u64,
}

impl Accuracy {
    /// The three ratios of exact counts.
    pub fn of_counts(true_positives: u64, false_positives: u64, false_negatives: u64) -> Self {
        let tp = u128::from(true_positives);
        let (fp, r#fn) = (u128::from(false_positives), u128::from(false_negatives));
        Accuracy {
            precision: ratio(tp, tp + fp),
            recall: ratio(tp, tp + r#fn),
            f1: ratio(2 * tp, 2 * tp + fp + r#fn),
        }
    }

    fn of_ratios(precision: f64, recall: f64) -> Self {
        let sum = precision + recall;
        let f1 = if sum > 0.0 {
            2.0 * precision * recall / sum
        } else {
            0.0
        };
        Accuracy {
            precision,
            recall,
            f1,
        }
    }
}

fn ratio(part: u128, whole: u128) -> f64 {
    if whole == 0 {
        1.0
    } else {
        part as f64 / whole as f64
    }
}

impl Evaluation {
    /// Compares two labellings of the same records: `predicted[i]` and `truth[i]` are the labels
    /// of record `i`, equal labels mean one entity or one person, and [`MISSING`] means none.
    /// If one slice is shorter, its missing end counts as [`MISSING`].
    ///
    /// A record that only the truth has counts as an entity of its own; one that only the
    /// prediction has is left out. Costs O(n log n).
    ///
    /// B-cubed: A. Bagga, B. Baldwin, "Algorithms for Scoring Coreference Chains", 1998, each
    /// record weighing the same.
    ///
    /// ```
    /// use yiren::report::Evaluation;
    /// // Two persons of two records; the prediction joins three of the four.
    /// let found = Evaluation::of_partitions(&[7, 7, 7, 8], &[1, 1, 2, 2]);
    /// assert_eq!(found.pairwise.true_positives, 1);
    /// assert_eq!(found.pairwise.accuracy.precision, 1.0 / 3.0);
    /// assert_eq!(found.pairwise.accuracy.recall, 0.5);
    /// // (2/3 + 2/3 + 1/3 + 1) / 4 and (1 + 1 + 1/2 + 1/2) / 4.
    /// assert!((found.b_cubed.precision - 2.0 / 3.0).abs() < 1e-12);
    /// assert_eq!(found.b_cubed.recall, 0.75);
    /// ```
    pub fn of_partitions(predicted: &[u32], truth: &[u32]) -> Self {
        let label = |labels: &[u32], at: usize| labels.get(at).copied().unwrap_or(MISSING);
        // A record without an entity gets a label of its own, above all that a u32 can hold.
        let mut singletons = u64::from(MISSING);
        let mut pairs = Vec::with_capacity(truth.len());
        let mut evaluation = Evaluation::default();
        for at in 0..predicted.len().max(truth.len()) {
            let (entity, person) = (label(predicted, at), label(truth, at));
            match (entity, person) {
                (MISSING, MISSING) => {}
                (_, MISSING) => evaluation.missing_from_truth += 1,
                (MISSING, person) => {
                    evaluation.missing_from_prediction += 1;
                    singletons += 1;
                    pairs.push((singletons, person));
                }
                (entity, person) => pairs.push((u64::from(entity), person)),
            }
        }
        evaluation.count(pairs);
        evaluation
    }

    /// Compares two lists of (record, label), such as the rows of `entities.csv` and of a truth
    /// file, in any order. If a record comes twice in a list, its smallest label counts.
    pub fn of_labels<K: Ord, P: Ord, T: Ord>(
        predicted: impl IntoIterator<Item = (K, P)>,
        truth: impl IntoIterator<Item = (K, T)>,
    ) -> Self {
        let mut predicted: Vec<(K, P)> = predicted.into_iter().collect();
        let mut truth: Vec<(K, T)> = truth.into_iter().collect();
        predicted.sort();
        predicted.dedup_by(|later, earlier| later.0 == earlier.0);
        truth.sort();
        truth.dedup_by(|later, earlier| later.0 == earlier.0);
        let entities = numbered(&predicted);
        let persons = numbered(&truth);

        let (mut left, mut right) = (Vec::new(), Vec::new());
        let (mut p, mut t) = (0, 0);
        while p < predicted.len() || t < truth.len() {
            let order = match (predicted.get(p), truth.get(t)) {
                (Some((a, _)), Some((b, _))) => a.cmp(b),
                (Some(_), None) => std::cmp::Ordering::Less,
                _ => std::cmp::Ordering::Greater,
            };
            left.push(if order.is_le() { entities[p] } else { MISSING });
            right.push(if order.is_ge() { persons[t] } else { MISSING });
            p += usize::from(order.is_le());
            t += usize::from(order.is_ge());
        }
        Evaluation::of_partitions(&left, &right)
    }

    /// Compares records that were matched with a truth, and looks into their weights, the errors
    /// and on whom they fall; ages are those of `as_of`. Weighs every candidate pair once more.
    ///
    /// Records of the truth that were not read count as entities of their own in the first
    /// figures, and are in none of the others.
    pub fn of_matching(matching: &Matching<'_>, labels: &[Label], as_of: Date) -> io::Result<Self> {
        let truth = Truth::new(matching.table, labels);
        let records = 0..matching.table.len() as u32;
        let predicted = records.map(|record| {
            let (source, id) = (
                matching.table.source(record),
                matching.table.record_id(record),
            );
            ((source, id), matching.entity_of[record as usize])
        });
        let known = labels
            .iter()
            .map(|((source, record), person)| ((source.as_str(), record.as_str()), person));
        let mut evaluation = Evaluation::of_labels(predicted, known);
        let scored = matching.scored.pairs.iter().filter_map(|pair| {
            Some(ScoredPair {
                weight: pair.score.weight.0,
                is_match: truth.is_match(pair.a, pair.b)?,
            })
        });
        let pairwise = &evaluation.pairwise;
        let true_pairs = pairwise.true_positives + pairwise.false_negatives;
        let mut thresholds = Thresholds::of_pairs(scored, true_pairs);
        let model = &matching.parts().thresholds;
        thresholds.link = Some(model.link.0);
        thresholds.review = Some(model.review.0);
        evaluation.thresholds = Some(thresholds);
        evaluation.calibration = Some(Calibration::of(matching, &truth)?);
        evaluation.errors = Some(Errors::of(matching, &truth)?);
        evaluation.groups = Some(Groups::of(matching, &truth, as_of));
        Ok(evaluation)
    }

    /// Fills in everything that follows from the (entity, person) labels of the records.
    fn count(&mut self, mut labels: Vec<(u64, u32)>) {
        labels.sort_unstable();
        self.records = labels.len() as u64;

        // Cells of the contingency table: (entity, person, records of both).
        let mut cells: Vec<(u64, u32, u64)> = Vec::new();
        for (entity, person) in labels {
            match cells.last_mut() {
                Some((e, p, count)) if (*e, *p) == (entity, person) => *count += 1,
                _ => cells.push((entity, person, 1)),
            }
        }
        let mut sizes: BTreeMap<u64, SizeCount> = BTreeMap::new();

        let mut precision = SquaresBySize::default();
        for row in cells.chunk_by(|a, b| a.0 == b.0) {
            let size = row.iter().map(|cell| cell.2).sum();
            self.entities += 1;
            self.entities_mixed += u64::from(row.len() > 1);
            sizes.entry(size).or_default().entities += 1;
            precision.add(size, row);
        }
        let mixed: FxHashSet<u64> = cells
            .windows(2)
            .filter(|pair| pair[0].0 == pair[1].0)
            .map(|pair| pair[0].0)
            .collect();

        cells.sort_unstable_by_key(|&(entity, person, _)| (person, entity));
        let mut recall = SquaresBySize::default();
        for column in cells.chunk_by(|a, b| a.1 == b.1) {
            let size = column.iter().map(|cell| cell.2).sum();
            let whole = column.len() == 1;
            let exact = whole && !mixed.contains(&column[0].0);
            self.persons += 1;
            self.persons_split += u64::from(!whole);
            self.persons_exact += u64::from(exact);
            let count = sizes.entry(size).or_default();
            count.persons += 1;
            count.exact += u64::from(exact);
            recall.add(size, column);
        }

        let together: u64 = cells.iter().map(|&(_, _, count)| pairs_of(count)).sum();
        let claimed: u64 = sizes
            .iter()
            .map(|(&size, count)| pairs_of(size) * count.entities)
            .sum();
        let real: u64 = sizes
            .iter()
            .map(|(&size, count)| pairs_of(size) * count.persons)
            .sum();
        let (false_positives, false_negatives) = (claimed - together, real - together);
        self.pairwise = Pairwise {
            true_positives: together,
            false_positives,
            false_negatives,
            accuracy: Accuracy::of_counts(together, false_positives, false_negatives),
        };
        self.b_cubed = Accuracy::of_ratios(precision.mean(self.records), recall.mean(self.records));
        self.cluster_sizes = sizes
            .into_iter()
            .map(|(size, count)| SizeCount { size, ..count })
            .collect();
    }
}

/// Numbers for the labels of a sorted list: equal where the labels are.
fn numbered<K, L: Ord>(rows: &[(K, L)]) -> Vec<u32> {
    let mut distinct: Vec<&L> = rows.iter().map(|(_, label)| label).collect();
    distinct.sort();
    distinct.dedup();
    rows.iter()
        .map(|(_, label)| {
            distinct
                .binary_search(&label)
                .map_or(MISSING, |at| at as u32)
        })
        .collect()
}

fn pairs_of(records: u64) -> u64 {
    records * records.saturating_sub(1) / 2
}

/// Sums of squared cells by cluster size. A B-cubed sum is Σ cell²/size; adding the squares of one
/// size first keeps them integers, so the order of the labels cannot change the last bit.
#[derive(Default)]
struct SquaresBySize(BTreeMap<u64, u128>);

impl SquaresBySize {
    fn add(&mut self, size: u64, cells: &[(u64, u32, u64)]) {
        let squares = cells
            .iter()
            .map(|cell| u128::from(cell.2) * u128::from(cell.2))
            .sum::<u128>();
        *self.0.entry(size).or_default() += squares;
    }

    fn mean(&self, records: u64) -> f64 {
        if records == 0 {
            return 1.0;
        }
        let sum: f64 = self
            .0
            .iter()
            .map(|(&size, &squares)| squares as f64 / size as f64)
            .sum();
        sum / records as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, pair by pair and record by record.
    fn slow(predicted: &[u32], truth: &[u32]) -> (u64, u64, u64, f64, f64) {
        let same_entity = |a: usize, b: usize| {
            a == b || (predicted[a] == predicted[b] && predicted[a] != MISSING)
        };
        let kept: Vec<usize> = (0..truth.len())
            .filter(|&at| truth[at] != MISSING)
            .collect();
        let (mut tp, mut fp, mut r#fn) = (0, 0, 0);
        for (i, &a) in kept.iter().enumerate() {
            for &b in &kept[i + 1..] {
                match (same_entity(a, b), truth[a] == truth[b]) {
                    (true, true) => tp += 1,
                    (true, false) => fp += 1,
                    (false, true) => r#fn += 1,
                    (false, false) => {}
                }
            }
        }
        let (mut precision, mut recall) = (0.0, 0.0);
        for &a in &kept {
            let count =
                |test: &dyn Fn(usize) -> bool| kept.iter().filter(|&&b| test(b)).count() as f64;
            let both = count(&|b| same_entity(a, b) && truth[a] == truth[b]);
            precision += both / count(&|b| same_entity(a, b));
            recall += both / count(&|b| truth[a] == truth[b]);
        }
        let n = kept.len() as f64;
        (tp, fp, r#fn, precision / n, recall / n)
    }

    fn label() -> impl Strategy<Value = u32> {
        prop_oneof![9 => 0..8u32, 1 => Just(MISSING)]
    }

    proptest! {
        #[test]
        fn agrees_with_the_definition(rows in proptest::collection::vec((label(), label()), 1..60)) {
            let (predicted, truth): (Vec<u32>, Vec<u32>) = rows.iter().copied().unzip();
            let found = Evaluation::of_partitions(&predicted, &truth);
            let pairwise = found.pairwise;
            let (tp, fp, r#fn, precision, recall) = slow(&predicted, &truth);
            prop_assert_eq!((pairwise.true_positives, pairwise.false_positives, pairwise.false_negatives), (tp, fp, r#fn));
            if found.records > 0 {
                prop_assert!((found.b_cubed.precision - precision).abs() < 1e-12);
                prop_assert!((found.b_cubed.recall - recall).abs() < 1e-12);
            }
            let kept = truth.iter().filter(|&&person| person != MISSING).count() as u64;
            prop_assert_eq!(found.records, kept);
            let by_size = |f: fn(&SizeCount) -> u64| found.cluster_sizes.iter().map(f).sum::<u64>();
            prop_assert_eq!(by_size(|row| row.size * row.persons), kept);
            prop_assert_eq!(by_size(|row| row.size * row.entities), kept);
            prop_assert_eq!(by_size(|row| row.exact), found.persons_exact);
        }

        #[test]
        fn order_and_names_of_labels_do_not_matter(rows in proptest::collection::vec((label(), label()), 0..40), turn in 0..40usize) {
            let (predicted, truth): (Vec<u32>, Vec<u32>) = rows.iter().copied().unzip();
            let plain = Evaluation::of_partitions(&predicted, &truth);
            let mut turned = rows.clone();
            turned.rotate_left(turn % rows.len().max(1));
            let renamed = |label: u32| if label == MISSING { MISSING } else { 1000 - label * 3 };
            let (predicted, truth): (Vec<u32>, Vec<u32>) = turned.iter().map(|&(e, p)| (renamed(e), renamed(p))).unzip();
            prop_assert_eq!(Evaluation::of_partitions(&predicted, &truth), plain);
        }

        #[test]
        fn labelled_rows_are_the_same_as_partitions(rows in proptest::collection::vec((label(), label()), 0..40)) {
            let (predicted, truth): (Vec<u32>, Vec<u32>) = rows.iter().copied().unzip();
            let listed = |labels: &[u32]| -> Vec<(usize, String)> {
                let known = labels.iter().enumerate().filter(|(_, label)| **label != MISSING);
                known.map(|(at, label)| (at, format!("person {label}"))).rev().collect()
            };
            prop_assert_eq!(
                Evaluation::of_labels(listed(&predicted), listed(&truth)),
                Evaluation::of_partitions(&predicted, &truth)
            );
        }
    }

    #[test]
    fn counts_what_went_wrong() {
        // Person 1 exact, 2 split, 3 and 4 mixed into one entity, 5 not predicted at all.
        let found = Evaluation::of_partitions(
            &[0, 0, 1, 2, 3, 3, MISSING, 9],
            &[1, 1, 2, 2, 3, 4, 5, MISSING],
        );
        assert_eq!((found.persons, found.entities), (5, 5));
        assert_eq!(
            (
                found.persons_exact,
                found.persons_split,
                found.entities_mixed
            ),
            (2, 1, 1)
        );
        assert_eq!(
            (found.missing_from_prediction, found.missing_from_truth),
            (1, 1)
        );
        let size = |size, persons, entities, exact| SizeCount {
            size,
            persons,
            entities,
            exact,
        };
        assert_eq!(found.cluster_sizes, [size(1, 3, 3, 1), size(2, 2, 2, 1)]);
    }

    #[test]
    fn nothing_to_find_is_found() {
        let cases: [(&[u32], &[u32], [f64; 3]); 4] = [
            (&[], &[], [1.0, 1.0, 1.0]),
            (&[0, 1], &[0, 1], [1.0, 1.0, 1.0]),
            (&[0, 1], &[0, 0], [1.0, 0.0, 0.0]),
            (&[0, 0], &[0, 1], [0.0, 1.0, 0.0]),
        ];
        for (predicted, truth, expected) in cases {
            let Accuracy {
                precision,
                recall,
                f1,
            } = Evaluation::of_partitions(predicted, truth)
                .pairwise
                .accuracy;
            assert_eq!([precision, recall, f1], expected, "{predicted:?} {truth:?}");
        }
    }

    #[test]
    fn a_repeated_record_counts_once() {
        let found =
            Evaluation::of_labels([("r1", 5), ("r1", 4), ("r2", 4)], [("r1", 0), ("r2", 0)]);
        assert_eq!((found.records, found.pairwise.true_positives), (2, 1));
    }
}
