//! Candidate pairs in, weighed pairs out: the only caller of [`Model::score`].

use std::io;
use std::sync::atomic::{AtomicU32, Ordering};

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use yiren_matchers::blocking::{Key, Prepared};
use yiren_matchers::comparison::{Pair, Pattern, pattern};
use yiren_matchers::model::{
    Explanation, FrequencyTable, MatchWeight, Model, ModelParts, Score, TOGETHER, TermFrequencies,
};
use yiren_matchers::training::{Counts, Seen};

use crate::index::{CandidatePair, CandidatePart, Candidates, prepare};
use crate::table::Table;
use crate::unfinished::Numbered;

/// Parts of the candidates that are scored before what they found is gathered.
const WINDOW: usize = 64;

/// Records whose values are counted together.
const COUNTED: usize = 1 << 8;

/// Sums that [`Scorer::fold_candidates`] makes at most.
const SUMS: usize = 1 << 8;

/// Scores pairs of one table under one model.
#[derive(Clone, Debug)]
pub struct Scorer {
    model: Model,
    frequencies: TermFrequencies,
}

/// A pair at or above the weight that was asked for.
#[derive(Copy, Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoredPair {
    /// The lower record.
    pub a: u32,
    /// The higher record.
    pub b: u32,
    /// Weight, levels and likeliest rival.
    pub score: Score,
}

/// All weighed pairs of a table.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ScoredPairs {
    /// Pairs at or above the weight asked for, ascending by record.
    pub pairs: Vec<ScoredPair>,
    /// Distinct candidate pairs.
    pub candidates: u64,
    /// Of these, the pairs that each blocking rule was the first to bring.
    pub new_pairs: Vec<u64>,
}

impl Scorer {
    /// A scorer for a table: the prior follows the number of records, and term frequencies are
    /// counted in it.
    pub fn new(model: &Model, table: &Table) -> Scorer {
        let parts = model.parts();
        let tables = parts.frequency_parts.iter().map(|part| {
            let prepared = prepare(part, table, parts);
            match prepared.entry_hashes().is_empty() {
                true => counted(&prepared, table, parts),
                false => counted_in_dictionary(&prepared, table),
            }
        });
        let frequencies = TermFrequencies::of(tables.collect()).for_weights(parts);
        Scorer::of_version(parts, table.len() as u64, frequencies)
    }

    /// A scorer by figures that were settled before, whatever it is asked to score: the prior is
    /// that of so many records, and the frequencies are as given, one table for each of the model's
    /// [`frequency_parts`](ModelParts::frequency_parts). The same figures give the same weights to
    /// the last bit, in whichever table two records stand. Settled on no records at all, they are
    /// those of the country: a store that was begun empty is to be filled.
    pub fn of_version(model: &ModelParts, records: u64, frequencies: TermFrequencies) -> Scorer {
        let records = match records {
            0 => model.reference_records,
            records => records,
        };
        Scorer {
            model: Model::new(model.clone(), records),
            frequencies,
        }
    }

    /// How often the values of a table are met, for [`Scorer::of_version`]. In parallel; 8 bytes a
    /// record, or 28 a distinct value of a dictionary.
    pub fn frequencies_of(model: &ModelParts, table: &Table) -> TermFrequencies {
        let parts = model.frequency_parts.iter();
        let tables = parts.map(|part| counted(&prepare(part, table, model), table, model));
        TermFrequencies::of(tables.collect())
    }

    /// The same scorer, faster, for pairs of this table alone: the frequencies of the values in its
    /// dictionaries are looked up beforehand, and what changes no weight is left out. Worth it where most
    /// of them are asked for.
    pub fn for_table(self, table: &Table) -> Scorer {
        let Scorer { model, frequencies } = self;
        let parts = model.parts();
        let counts = frequencies.into_tables().into_iter();
        let tables = counts
            .zip(&parts.frequency_parts)
            .map(|(counts, part)| of_entries(counts, &prepare(part, table, parts)));
        let frequencies = TermFrequencies::of(tables.collect()).for_weights(parts);
        Scorer { model, frequencies }
    }

    /// A scorer for records out of context: the model's own prior, and no term frequencies.
    pub fn out_of_context(model: &Model) -> Scorer {
        let frequencies = TermFrequencies::new(model.parts().frequency_parts.len());
        Scorer {
            model: model.clone(),
            frequencies,
        }
    }

    /// The model, with the prior of this table.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// How often values are met in this table.
    pub fn frequencies(&self) -> &TermFrequencies {
        &self.frequencies
    }

    /// The score of two records at or above `floor`, else `None`; also `None` for two of one source
    /// where the model says that each source holds a person once.
    pub fn score_pair(&self, table: &Table, a: u32, b: u32, floor: MatchWeight) -> Option<Score> {
        if self.model.parts().unique_sources && table.same_source(a, b) {
            return None;
        }
        self.model
            .score(&table.pair(a, b), &self.frequencies, floor)
    }

    /// The score of any two records; −∞ for two of one source where the model says that each
    /// source holds a person once.
    pub fn weigh(&self, table: &Table, a: u32, b: u32) -> Score {
        let floor = MatchWeight(f64::NEG_INFINITY);
        let score = self.score_pair(table, a, b, floor);
        score.unwrap_or(Score {
            weight: floor,
            pattern: 0,
            rival: 0,
        })
    }

    /// The same as [`Scorer::weigh`], wherever the values of the records are.
    ///
    /// # Errors
    /// They are put aside and cannot be read.
    pub fn weigh_anywhere(&self, table: &Table, a: u32, b: u32) -> io::Result<MatchWeight> {
        let least = MatchWeight(f64::NEG_INFINITY);
        if self.model.parts().unique_sources && table.same_source(a, b) {
            return Ok(least);
        }
        let score = table.pair_anywhere(a, b, |values| {
            self.model.score(values, &self.frequencies, least)
        })?;
        Ok(score.map_or(least, |score| score.weight))
    }

    /// The reasons for the score of any two records.
    pub fn explain(&self, table: &Table, a: u32, b: u32) -> Explanation {
        self.model.explain(&table.pair(a, b), &self.frequencies)
    }

    /// The same as [`Scorer::explain`], wherever the values of the records are.
    ///
    /// # Errors
    /// They are put aside and cannot be read.
    pub fn explain_anywhere(&self, table: &Table, a: u32, b: u32) -> io::Result<Explanation> {
        table.pair_anywhere(a, b, |values| self.model.explain(values, &self.frequencies))
    }

    /// The weight that any two records would have if their comparisons came to the levels of
    /// `pattern`; see [`Model::suppose`].
    pub fn suppose(&self, table: &Table, a: u32, b: u32, pattern: Pattern) -> MatchWeight {
        self.model
            .suppose(&table.pair(a, b), pattern, &self.frequencies)
    }

    /// Scores every candidate pair once, in parallel, and keeps those at or above `floor`, in
    /// the same order whatever the number of threads. What `kept` has of it is taken from there, and the
    /// rest kept there. `progress` is told how many records are done.
    ///
    /// # Errors
    /// Candidates were spilled and cannot be read back, or what was scored cannot be kept.
    pub fn score_all(
        &self,
        table: &Table,
        candidates: &Candidates,
        floor: MatchWeight,
        kept: Option<&Numbered>,
        progress: &(dyn Fn(u64) + Sync),
    ) -> io::Result<ScoredPairs> {
        let rules = candidates.counts().len();
        let score = |part: &mut CandidatePart, place: usize| {
            let mut work = || self.score_part(table, candidates, floor, place, part);
            let found = match kept {
                None => work(),
                Some(kept) => kept.remember(place, work),
            };
            progress(candidates.records_of(place).len() as u64);
            found
        };
        let mut all = ScoredPairs {
            new_pairs: vec![0; rules],
            ..ScoredPairs::default()
        };
        // Some parts at a time, so that what they found is not held twice.
        for first in (0..candidates.parts()).step_by(WINDOW) {
            let places = first..(first + WINDOW).min(candidates.parts());
            let parts = places
                .into_par_iter()
                .map_init(CandidatePart::default, score);
            let parts = parts.collect::<io::Result<Vec<ScoredPairs>>>()?;
            let needed = all.pairs.len() + parts.iter().map(|part| part.pairs.len()).sum::<usize>();
            if needed > all.pairs.capacity() {
                // Room for all if the others find as many: what is not needed is never touched.
                let share = candidates.parts() as f64 / (first + WINDOW) as f64;
                let room = needed as f64 * share.max(1.0);
                all.pairs.reserve_exact(room as usize - all.pairs.len());
            }
            for part in parts {
                all.pairs.extend(part.pairs);
                all.candidates += part.candidates;
                all.new_pairs
                    .iter_mut()
                    .zip(&part.new_pairs)
                    .for_each(|(sum, new)| *sum += new);
            }
        }
        Ok(all)
    }

    /// The weighed pairs of one part of the candidates, which is read into `part`.
    fn score_part(
        &self,
        table: &Table,
        candidates: &Candidates,
        floor: MatchWeight,
        place: usize,
        part: &mut CandidatePart,
    ) -> io::Result<ScoredPairs> {
        candidates.read(place, part)?;
        let mut found = ScoredPairs {
            new_pairs: vec![0; candidates.counts().len()],
            ..ScoredPairs::default()
        };
        let ScoredPairs {
            pairs,
            candidates: count,
            new_pairs,
        } = &mut found;
        let distinct = part.distinct().inspect(|pair| {
            *count += 1;
            new_pairs[usize::from(pair.rule)] += 1;
        });
        self.score_each(table, distinct, floor, |pair| pairs.push(pair));
        Ok(found)
    }

    /// Weighs every candidate pair to the end, however low its weight, and adds each to a sum that
    /// `empty` starts. In parallel; one sum for some parts of the candidates, in their order and at
    /// most 256, so that adding the sums up gives the same bits whatever the threads. Costs more
    /// than [`Scorer::score_all`], which may stop early.
    pub fn fold_candidates<S: Send>(
        &self,
        table: &Table,
        candidates: &Candidates,
        empty: impl Fn() -> S + Sync,
        add: impl Fn(&mut S, &ScoredPair) + Sync,
    ) -> io::Result<Vec<S>> {
        let places: Vec<usize> = (0..candidates.parts()).collect();
        let sums = places
            .par_chunks(places.len().div_ceil(SUMS).max(1))
            .map_init(CandidatePart::default, |part, places| {
                let mut sum = empty();
                for &place in places {
                    candidates.read(place, part)?;
                    let floor = MatchWeight(f64::NEG_INFINITY);
                    self.score_each(table, part.distinct(), floor, |pair| add(&mut sum, &pair));
                }
                Ok(sum)
            });
        sums.collect()
    }

    /// Scores candidate pairs, and gives out those at or above `floor` in their order.
    fn score_each(
        &self,
        table: &Table,
        pairs: impl Iterator<Item = CandidatePair>,
        floor: MatchWeight,
        mut found: impl FnMut(ScoredPair),
    ) {
        let mut pairs = pairs.map(|pair| (pair.a, pair.b));
        let mut ahead: Vec<(u32, u32)> = Vec::with_capacity(TOGETHER);
        let mut values: Vec<Pair<'_>> = Vec::with_capacity(TOGETHER);
        loop {
            ahead.clear();
            ahead.extend(pairs.by_ref().take(TOGETHER));
            if ahead.is_empty() {
                return;
            }
            table.fetch(ahead.iter().flat_map(|&(a, b)| [a, b]));
            values.clear();
            values.extend(ahead.iter().map(|&(a, b)| table.pair(a, b)));
            self.model
                .score_each(&values, &self.frequencies, floor, |place, score| {
                    let (a, b) = ahead[place];
                    found(ScoredPair { a, b, score });
                });
        }
    }

    /// Counts the patterns of pairs, without weighing them: what training is made from.
    pub fn count_patterns(
        &self,
        table: &Table,
        pairs: impl ParallelIterator<Item = (u32, u32)>,
    ) -> Counts {
        let comparisons = &self.model.parts().comparisons;
        let counts =
            pairs
                .filter(|(a, b)| a != b)
                .fold(PatternCounts::default, |mut counts, (a, b)| {
                    *counts
                        .entry(pattern(comparisons, &table.pair(a, b)))
                        .or_default() += 1;
                    counts
                });
        sorted(counts.reduce(PatternCounts::default, merged))
    }

    /// Counts the patterns of all candidate pairs, and of those that each rule brings; `judged`
    /// says of pairs, lower record first, whether people said that they are one person.
    pub fn count_candidates(
        &self,
        table: &Table,
        candidates: &Candidates,
        judged: &FxHashMap<(u32, u32), bool>,
    ) -> io::Result<(Seen, Vec<Seen>)> {
        let comparisons = &self.model.parts().comparisons;
        let rules = candidates.counts().len();
        let empty = || vec![[(); 3].map(|()| PatternCounts::default()); rules + 1];
        let counts = (0..candidates.parts())
            .into_par_iter()
            .try_fold(empty, |mut counts, place| {
                let mut part = CandidatePart::default();
                candidates.read(place, &mut part)?;
                let mut known = None;
                for pair in part.pairs() {
                    let of = (pair.a, pair.b);
                    let (pattern, class) = match known {
                        Some((last, pattern, class)) if last == of => (pattern, class),
                        _ => {
                            let pattern = pattern(comparisons, &table.pair(pair.a, pair.b));
                            let said = match judged.is_empty() {
                                true => None,
                                false => judged.get(&of),
                            };
                            let class = said.map_or(OPEN, |&same| usize::from(same));
                            *counts[rules][class].entry(pattern).or_default() += 1;
                            (pattern, class)
                        }
                    };
                    known = Some((of, pattern, class));
                    let of_rule = &mut counts[usize::from(pair.rule)][class];
                    *of_rule.entry(pattern).or_default() += 1;
                }
                Ok::<_, io::Error>(counts)
            })
            .try_reduce(empty, |all, more| {
                Ok(all
                    .into_iter()
                    .zip(more)
                    .map(|([a, b, c], [x, y, z])| [merged(a, x), merged(b, y), merged(c, z)])
                    .collect())
            })?;
        let seen = |[different, same, open]: [PatternCounts; 3]| Seen {
            open: sorted(open),
            same: sorted(same),
            different: sorted(different),
        };
        let mut counts: Vec<Seen> = counts.into_iter().map(seen).collect();
        let all = counts.pop().unwrap_or_default();
        Ok((all, counts))
    }
}

/// How often the values of a part are met.
fn counted(prepared: &Prepared<'_>, table: &Table, model: &ModelParts) -> FrequencyTable {
    let records = (0..table.len() as u32)
        .into_par_iter()
        .with_min_len(1 << 14);
    let hashes = prepared.entry_hashes();
    if hashes.is_empty() {
        let hash = |record| {
            let values = table.record(record);
            let first = prepared.first_hash(values, &table.dictionaries, &model.fields);
            first.unwrap_or(0)
        };
        let mut hashes: Vec<Key> = records.map(hash).collect();
        hashes.par_sort_unstable();
        // No hash is 0.
        let without = hashes.partition_point(|&hash| hash == 0);
        return FrequencyTable::of_sorted(&hashes[without..]);
    }
    let (_, met) = values_met(prepared, table);
    FrequencyTable::of_counted(met.into_iter().map(|Met { hash, count, .. }| (hash, count)))
}

/// As [`of_entries`] of [`counted`], of a part that has values in a dictionary.
fn counted_in_dictionary(prepared: &Prepared<'_>, table: &Table) -> FrequencyTable {
    let (counts, met) = values_met(prepared, table);
    let of_one_hash = met.par_chunk_by(|a, b| a.hash == b.hash).map(|values| {
        let all = values.iter().map(|met| met.count).sum();
        if values.len() > 1 {
            let places = values.iter().map(|met| &counts[met.entry as usize]);
            places.for_each(|count| count.store(all, Ordering::Relaxed));
        }
        (u64::from(all), u128::from(all) * u128::from(all))
    });
    let sums = of_one_hash.reduce(|| (0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
    let counts = counts.into_iter().map(AtomicU32::into_inner);
    FrequencyTable::of_dictionary(counts.collect(), sums)
}

/// A value of a dictionary that records have.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Met {
    hash: Key,
    entry: u32,
    count: u32,
}

/// How many records have each value of a dictionary first, and the values that some have, ascending by
/// hash. In parallel; 4 bytes a value of the dictionary and 16 a value that some have.
fn values_met(prepared: &Prepared<'_>, table: &Table) -> (Vec<AtomicU32>, Vec<Met>) {
    // Values are fewer than records: each is counted first, and only then brought in order.
    let hashes = prepared.entry_hashes();
    let counts: Vec<AtomicU32> = hashes.iter().map(|_| AtomicU32::new(0)).collect();
    let firsts = prepared.first_entries();
    // Some are found, and their counts fetched, before any is added to: an addition waits for the one
    // before, and with it for memory.
    let together = (0..table.len().div_ceil(COUNTED)).into_par_iter();
    together
        .with_min_len(1 << 6)
        .for_each_init(Vec::new, |found, part| {
            let records = part * COUNTED..table.len().min((part + 1) * COUNTED);
            let entry = |record| firsts.of(table.record(record as u32));
            found.clear();
            found.extend(records.filter_map(entry));
            let counts = || found.iter().map(|&entry| &counts[entry as usize]);
            let ahead = counts().map(|count| count.load(Ordering::Relaxed));
            std::hint::black_box(ahead.fold(0, |all, count| all ^ count));
            counts().for_each(|count| {
                count.fetch_add(1, Ordering::Relaxed);
            });
        });
    let values = (0..hashes.len() as u32).into_par_iter().map(|entry| Met {
        hash: hashes[entry as usize],
        entry,
        count: counts[entry as usize].load(Ordering::Relaxed),
    });
    let mut met: Vec<Met> = values.filter(|met| met.count > 0).collect();
    met.par_sort_unstable();
    (counts, met)
}

/// The same table by the entries of a dictionary, looked up in parallel.
fn of_entries(table: FrequencyTable, prepared: &Prepared<'_>) -> FrequencyTable {
    let count = |&hash: &Key| match hash {
        0 => 0,
        hash => table.count(hash),
    };
    let counts = prepared.entry_hashes().par_iter().map(count).collect();
    table.of_entries(counts)
}

type PatternCounts = FxHashMap<Pattern, u64>;

/// Place of the pairs of which nobody said anything; 0 and 1 are those said to be two and one.
const OPEN: usize = 2;

fn merged(mut all: PatternCounts, more: PatternCounts) -> PatternCounts {
    for (pattern, count) in more {
        *all.entry(pattern).or_default() += count;
    }
    all
}

fn sorted(counts: PatternCounts) -> Counts {
    let mut counts: Counts = counts.into_iter().collect();
    counts.sort_unstable();
    counts
}
