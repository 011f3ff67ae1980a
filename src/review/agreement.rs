//! How far two readers agree, beyond what chance would bring.

use std::collections::BTreeMap;

use serde::Serialize;

use super::opinions::{against, as_opinion, standing};
use super::second::verdicts;
use crate::query::name;
use crate::store::{
    Moment, Opinion, OpinionKind, OpinionReading, RecordKey, StoreError, Verdict, VerdictKind, View,
};

/// How far first and second readers agree, and on which pairs they do not.
#[derive(Clone, Debug, Serialize)]
pub struct Agreement {
    /// All readers together.
    pub all: Measures,
    /// Each first and second reader, by name.
    pub readers: Vec<OfReaders>,
    /// Pairs that a third reader is to look at.
    pub disputed: Vec<Disputed>,
}

/// Two readers and how far they agree.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OfReaders {
    /// Who gave the verdicts.
    pub first: String,
    /// Who read the pairs again.
    pub second: String,
    /// How far they agree.
    #[serde(flatten)]
    pub measures: Measures,
}

/// How often a second reader said what of pairs that a first one judged. The first word is the first
/// reader's.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Both said one person.
    pub same_same: u64,
    /// One person, then two.
    pub same_different: u64,
    /// Two, then one.
    pub different_same: u64,
    /// Both said two.
    pub different_different: u64,
    /// One person, and the second reader could not tell.
    pub same_unsure: u64,
    /// Two, and the second reader could not tell.
    pub different_unsure: u64,
}

/// How far two readers agree.
#[derive(Copy, Clone, Debug, Default, PartialEq, Serialize)]
pub struct Measures {
    /// What they said.
    pub counts: Counts,
    /// Pairs of which both said one person or two; the figures below are of these.
    pub pairs: u64,
    /// Share of them on which they agree; `None` of no pairs.
    pub agreement: Option<f64>,
    /// Share on which they would agree by chance, each with the own habit.
    pub by_chance: Option<f64>,
    /// Cohen's kappa: 1 is full agreement, 0 that of chance. `None` where chance alone agrees on all,
    /// as when both say the same of every pair.
    pub kappa: Option<f64>,
    /// Its standard error.
    pub standard_error: Option<f64>,
    /// Its 95 % interval.
    pub interval: Option<[f64; 2]>,
}

/// A pair of which a second reader says otherwise than the verdict in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Disputed {
    /// The two records, as `source:record_id`.
    pub records: [String; 2],
    /// The verdict in force.
    pub first: Said,
    /// What second readers said.
    pub second: Vec<Said>,
}

/// What a reader said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Said {
    /// Who.
    pub by: String,
    /// When.
    pub at: Moment,
    /// `same` or `different`.
    pub said: &'static str,
    /// Why.
    pub why: String,
}

impl Counts {
    fn add(&mut self, first: OpinionKind, second: OpinionKind) {
        let count = match (first, second) {
            (OpinionKind::Same, OpinionKind::Same) => &mut self.same_same,
            (OpinionKind::Same, OpinionKind::Different) => &mut self.same_different,
            (OpinionKind::Different, OpinionKind::Same) => &mut self.different_same,
            (OpinionKind::Different, OpinionKind::Different) => &mut self.different_different,
            (OpinionKind::Same, OpinionKind::Unsure) => &mut self.same_unsure,
            (OpinionKind::Different, OpinionKind::Unsure) => &mut self.different_unsure,
            _ => return,
        };
        *count += 1;
    }

    /// Agreement, and Cohen's kappa (Educational and Psychological Measurement 20, 1960, 37–46)
    /// with the large-sample standard error of Fleiss, Cohen and Everitt (Psychological Bulletin
    /// 72, 1969, 323–327), which is rough below some thirty pairs.
    pub fn measures(self) -> Measures {
        let table = [
            [self.same_same, self.same_different],
            [self.different_same, self.different_different],
        ];
        let pairs: u64 = table.iter().flatten().sum();
        let mut measures = Measures {
            counts: self,
            pairs,
            ..Measures::default()
        };
        if pairs == 0 {
            return measures;
        }
        let n = pairs as f64;
        let share = table.map(|row| row.map(|count| count as f64 / n));
        let first = share.map(|row| row[0] + row[1]);
        let second = [share[0][0] + share[1][0], share[0][1] + share[1][1]];
        let observed = share[0][0] + share[1][1];
        let chance = first[0] * second[0] + first[1] * second[1];
        measures.agreement = Some(observed);
        measures.by_chance = Some(chance);
        let beyond = 1.0 - chance;
        if beyond < 1e-12 {
            return measures;
        }
        let kappa = (observed - chance) / beyond;
        let (mut on, mut off) = (0.0, 0.0);
        for (i, row) in share.iter().enumerate() {
            for (j, share) in row.iter().enumerate() {
                match i == j {
                    true => {
                        let habit = first[i] + second[i];
                        on += share * (1.0 - habit * (1.0 - kappa)).powi(2);
                    }
                    false => off += share * (second[i] + first[j]).powi(2),
                }
            }
        }
        let off = (1.0 - kappa).powi(2) * off;
        let mean = (kappa - chance * (1.0 - kappa)).powi(2);
        let error = ((on + off - mean).max(0.0) / n).sqrt() / beyond;
        measures.kappa = Some(kappa);
        measures.standard_error = Some(error);
        let bound = |side: f64| (kappa + side * 1.959_964 * error).clamp(-1.0, 1.0);
        measures.interval = Some([bound(-1.0), bound(1.0)]);
        measures
    }
}

/// How far readers agree on the pairs that were read a second time, and which of these wait for a
/// third. Each second reading is compared with the verdict that was in force when it was made, also
/// where that was changed or taken back since. Cost: all verdicts and opinions are read.
///
/// # Errors
/// If the store cannot be read.
pub fn agreement(view: &View<'_>) -> Result<Agreement, StoreError> {
    let opinions = standing(view)?;
    let mut readers: BTreeMap<(String, String), Counts> = BTreeMap::new();
    let mut all = Counts::default();
    for (&(a, b), opinions) in &opinions {
        let second = |it: &&Opinion| it.reading == OpinionReading::Second;
        for opinion in opinions.iter().filter(second) {
            let Some(first) = verdict_of(view, a, b, opinion.of)? else {
                continue;
            };
            let Some(said) = as_opinion(first.kind) else {
                continue;
            };
            let names = (first.by.to_string(), opinion.by.to_string());
            readers.entry(names).or_default().add(said, opinion.kind);
            all.add(said, opinion.kind);
        }
    }
    let mut disputed = Vec::new();
    for ((a, b), verdict) in verdicts(view)? {
        let against = against(&verdict, opinions.get(&(a, b)).map_or(&[], Vec::as_slice));
        if against.is_empty() {
            continue;
        }
        let mut records = [name(view, a)?, name(view, b)?];
        records.sort_unstable();
        let second = against.into_iter().map(|opinion| Said {
            by: opinion.by.to_string(),
            at: opinion.at,
            said: opinion.kind.name(),
            why: opinion.why.to_string(),
        });
        disputed.push(Disputed {
            records,
            first: Said {
                by: verdict.by.to_string(),
                at: verdict.at,
                said: as_opinion(verdict.kind).map_or("", OpinionKind::name),
                why: verdict.why.to_string(),
            },
            second: second.collect(),
        });
    }
    disputed.sort_by(|a, b| a.records.cmp(&b.records));
    let readers = readers
        .into_iter()
        .map(|((first, second), counts)| OfReaders {
            first,
            second,
            measures: counts.measures(),
        });
    Ok(Agreement {
        all: all.measures(),
        readers: readers.collect(),
        disputed,
    })
}

/// The verdict about two records that came with a commit, also if it is no longer in force.
fn verdict_of(
    view: &View<'_>,
    a: RecordKey,
    b: RecordKey,
    of: Option<u64>,
) -> Result<Option<Verdict>, StoreError> {
    let is_it = |verdict: &Verdict| Some(verdict.since) == of;
    if let Some(verdict) = view.verdict(a, b)?.filter(is_it) {
        return Ok(Some(verdict));
    }
    let former = view.verdict_history(a, b)?.into_iter();
    let mut former = former.map(|(_, verdict)| verdict);
    Ok(former.find(|verdict| is_it(verdict) && verdict.kind != VerdictKind::Withdrawn))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    fn counts(table: [u64; 4]) -> Counts {
        Counts {
            same_same: table[0],
            same_different: table[1],
            different_same: table[2],
            different_different: table[3],
            ..Counts::default()
        }
    }

    #[test]
    fn published_values_of_kappa_come_out() {
        // Agreement, chance, kappa. The first is the example of Wikipedia's article on the measure,
        // the two after it are its examples of the same agreement with different habits.
        let cases = [
            ([20, 5, 10, 15], 0.70, 0.50, 0.4000),
            ([45, 15, 25, 15], 0.60, 0.54, 0.1304),
            ([25, 35, 5, 35], 0.60, 0.46, 0.2593),
            ([50, 0, 0, 50], 1.0, 0.5, 1.0),
            ([0, 50, 50, 0], 0.0, 0.5, -1.0),
        ];
        for (table, agreement, chance, kappa) in cases {
            let found = counts(table).measures();
            let near = |found: Option<f64>, expected: f64| (found.unwrap() - expected).abs() < 5e-5;
            assert!(
                near(found.agreement, agreement)
                    && near(found.by_chance, chance)
                    && near(found.kappa, kappa),
                "{table:?}: {found:?}"
            );
        }
    }

    #[test]
    fn the_standard_error_is_that_of_leaving_pairs_out() {
        // The jackknife knows nothing of the formula: kappa anew without each pair in turn.
        for table in [
            [200, 50, 100, 150],
            [450, 150, 250, 150],
            [900, 20, 40, 40],
            [30, 300, 200, 70],
        ] {
            let kappa = |table| counts(table).measures().kappa.unwrap();
            let (n, whole) = (table.iter().sum::<u64>() as f64, kappa(table));
            let without = |cell: usize| {
                let mut less = table;
                less[cell] -= 1;
                kappa(less) - whole
            };
            let changes: Vec<f64> = (0..4).map(without).collect();
            let weighed = |power: i32| -> f64 {
                let of = |(change, count): (&f64, &u64)| change.powi(power) * *count as f64;
                changes.iter().zip(&table).map(of).sum()
            };
            let mean = weighed(1) / n;
            let variance = (n - 1.0) / n * (weighed(2) - n * mean * mean);
            let found = counts(table).measures().standard_error.unwrap();
            let expected = variance.sqrt();
            assert!(
                (found / expected - 1.0).abs() < 0.02,
                "{table:?}: {found} for {expected}"
            );
        }
    }

    #[test]
    fn no_figure_is_made_up_where_there_is_none() {
        let nothing = Counts::default().measures();
        assert_eq!((nothing.agreement, nothing.kappa), (None, None));
        let one_answer = counts([12, 0, 0, 0]).measures();
        assert_eq!(one_answer.agreement, Some(1.0));
        assert_eq!((one_answer.kappa, one_answer.interval), (None, None));
        let mut unsure = counts([3, 1, 0, 4]);
        unsure.same_unsure = 5;
        assert_eq!(unsure.measures().pairs, 8);
    }
}
