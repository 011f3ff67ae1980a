//! Filling the parts of a summary that take some counting.

use std::collections::BTreeMap;

use super::{
    ClusterSize, DivisionCount, FindingsByDivision, OverlapMatrix, Verdict, WeightBin,
    WeightHistogram,
};

impl OverlapMatrix {
    /// The matrix of `sources`, from the source positions of each entity's records, in any order
    /// and with repeats. Positions that `sources` does not have are left out.
    pub fn from_entities<E>(sources: Vec<String>, entities: impl IntoIterator<Item = E>) -> Self
    where
        E: IntoIterator<Item = usize>,
    {
        let mut persons = vec![vec![0; sources.len()]; sources.len()];
        let mut members = Vec::new();
        for entity in entities {
            members.clear();
            members.extend(entity.into_iter().filter(|&source| source < sources.len()));
            members.sort_unstable();
            members.dedup();
            for &a in &members {
                for &b in &members {
                    persons[a][b] += 1;
                }
            }
        }
        OverlapMatrix { sources, persons }
    }
}

impl WeightHistogram {
    /// Counts one pair; a weight that is not a number is left out. Adding in another order
    /// gives the same histogram.
    pub fn add(&mut self, weight: f64, verdict: Verdict) {
        if weight.is_nan() {
            return;
        }
        let lower = weight.floor() as i32;
        let at = match self.bins.binary_search_by_key(&lower, |bin| bin.lower) {
            Ok(at) => at,
            Err(at) => {
                let bin = WeightBin {
                    lower,
                    ..WeightBin::default()
                };
                self.bins.insert(at, bin);
                at
            }
        };
        let bin = &mut self.bins[at];
        bin.pairs += 1;
        match verdict {
            Verdict::Link => bin.linked += 1,
            Verdict::Review => bin.review += 1,
            Verdict::NonLink => {}
        }
    }

    /// Adds the counts of another histogram, so that threads can each fill their own.
    pub fn merge(&mut self, other: &WeightHistogram) {
        let mut bins: BTreeMap<i32, WeightBin> = BTreeMap::new();
        for bin in self.bins.iter().chain(&other.bins) {
            let sum = bins.entry(bin.lower).or_default();
            sum.lower = bin.lower;
            sum.pairs += bin.pairs;
            sum.linked += bin.linked;
            sum.review += bin.review;
        }
        self.bins = bins.into_values().collect();
    }
}

/// Entities by size, smallest first, from the size of each.
pub fn cluster_sizes(sizes: impl IntoIterator<Item = u64>) -> Vec<ClusterSize> {
    let mut counts: BTreeMap<u64, u64> = BTreeMap::new();
    for size in sizes {
        *counts.entry(size).or_default() += 1;
    }
    counts
        .into_iter()
        .map(|(size, clusters)| ClusterSize { size, clusters })
        .collect()
}

impl FindingsByDivision {
    /// The table of the `top` counties with most findings, the rest summed. `kinds` names the
    /// columns; `findings` yields (column, six-digit division or 0) for each finding; `name`
    /// gives a county's name, empty if it has none. Columns out of range are left out.
    pub fn from_counts(
        kinds: Vec<String>,
        findings: impl IntoIterator<Item = (usize, u32)>,
        top: usize,
        name: impl Fn(u32) -> String,
    ) -> Self {
        let mut counts: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
        for (kind, division) in findings {
            if kind < kinds.len() {
                counts
                    .entry(division)
                    .or_insert_with(|| vec![0; kinds.len()])[kind] += 1;
            }
        }
        let mut rows: Vec<(u32, Vec<u64>)> = counts.into_iter().collect();
        rows.sort_by_key(|(code, counts)| (std::cmp::Reverse(counts.iter().sum::<u64>()), *code));
        let rest = rows.split_off(top.min(rows.len()));
        let mut other = vec![0; kinds.len()];
        for (_, counts) in &rest {
            for (sum, count) in other.iter_mut().zip(counts) {
                *sum += count;
            }
        }
        let division = |(code, counts): (u32, Vec<u64>)| match code {
            0 => DivisionCount {
                counts,
                ..DivisionCount::default()
            },
            code => DivisionCount {
                code: format!("{code:06}"),
                name: name(code),
                counts,
            },
        };
        FindingsByDivision {
            kinds,
            divisions: rows.into_iter().map(division).collect(),
            other_divisions: rest.len() as u64,
            other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn overlap_counts_each_person_once() {
        let entities = [vec![0, 0, 1], vec![1], vec![2, 0], vec![9, 2], vec![]];
        let matrix = OverlapMatrix::from_entities(names(&["a", "b", "c"]), entities);
        assert_eq!(matrix.persons, [[2, 1, 1], [1, 2, 0], [1, 0, 2]]);
    }

    #[test]
    fn histogram_bins_are_half_open() {
        let mut histogram = WeightHistogram::default();
        let pairs = [
            (-0.5, Verdict::NonLink),
            (0.0, Verdict::Review),
            (0.99, Verdict::Link),
            (1.0, Verdict::Link),
            (f64::NAN, Verdict::Link),
        ];
        for (weight, verdict) in pairs {
            histogram.add(weight, verdict);
        }
        let bin = |lower, pairs, linked, review| WeightBin {
            lower,
            pairs,
            linked,
            review,
        };
        assert_eq!(
            histogram.bins,
            [bin(-1, 1, 0, 0), bin(0, 2, 1, 1), bin(1, 1, 1, 0)]
        );
    }

    #[test]
    fn counties_past_the_top_are_summed() {
        let findings = [
            (0, 110101),
            (1, 110101),
            (0, 530102),
            (0, 0),
            (1, 0),
            (1, 0),
            (7, 0),
        ];
        let table = FindingsByDivision::from_counts(names(&["x", "y"]), findings, 2, |code| {
            format!("name of {code}")
        });
        let row = |code: &str, name: &str, counts: [u64; 2]| DivisionCount {
            code: code.to_owned(),
            name: name.to_owned(),
            counts: counts.to_vec(),
        };
        assert_eq!(
            table.divisions,
            [row("", "", [1, 2]), row("110101", "name of 110101", [1, 1])]
        );
        assert_eq!((table.other_divisions, table.other), (1, vec![1, 0]));
    }

    proptest! {
        #[test]
        fn merging_is_adding(weights in proptest::collection::vec((-40.0..40.0f64, 0..3u8), 0..60), cut in 0..60usize) {
            let verdict = |n| [Verdict::Link, Verdict::Review, Verdict::NonLink][usize::from(n)];
            let mut whole = WeightHistogram::default();
            let mut parts = [WeightHistogram::default(), WeightHistogram::default()];
            for (i, &(weight, v)) in weights.iter().enumerate() {
                whole.add(weight, verdict(v));
                parts[usize::from(i < cut)].add(weight, verdict(v));
            }
            let [mut merged, other] = parts;
            merged.merge(&other);
            prop_assert_eq!(merged, whole);
        }

        #[test]
        fn sizes_add_up(sizes in proptest::collection::vec(1..9u64, 0..50)) {
            let table = cluster_sizes(sizes.iter().copied());
            prop_assert_eq!(table.iter().map(|row| row.clusters).sum::<u64>(), sizes.len() as u64);
            prop_assert_eq!(table.iter().map(|row| row.clusters * row.size).sum::<u64>(), sizes.iter().sum::<u64>());
            prop_assert!(table.is_sorted_by(|a, b| a.size < b.size));
        }
    }
}
