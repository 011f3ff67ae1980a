//! Training a model on the records at hand.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io;
use std::path::PathBuf;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use thiserror::Error;
use yiren_matchers::model::{Model, ModelParts};
use yiren_matchers::training::{Counts, Options, Pass, Sample, Trained, train};

use crate::index::Candidates;
use crate::scoring::Scorer;
use crate::standardise::{LoadError, LoadOptions, load};
use crate::table::Table;

/// What a model is trained on.
#[derive(Clone, Debug)]
pub struct TrainOptions {
    /// Files and folders of records.
    pub inputs: Vec<PathBuf>,
    /// The model to start from.
    pub model: ModelParts,
    /// How files are read.
    pub load: LoadOptions,
    /// Random pairs that u is estimated from.
    pub random_pairs: u64,
    /// Seed of those pairs.
    pub seed: u64,
    /// Records whose person is known, as (source, record id) and person: m is taken from their
    /// pairs. Empty: m is estimated without labels.
    pub labels: Vec<((String, String), String)>,
    /// Pairs that people judged: EM counts them as what they were judged.
    pub judged: Vec<JudgedPair>,
}

/// Two records and what people decided of them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct JudgedPair {
    /// Source and id of the one.
    pub a: (String, String),
    /// Source and id of the other.
    pub b: (String, String),
    /// Whether they are one person.
    pub same: bool,
}

/// Why a model cannot be trained.
#[derive(Debug, Error)]
pub enum TrainError {
    /// The inputs cannot be read.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// Candidate pairs that were put aside cannot be read back.
    #[error(transparent)]
    Scratch(#[from] io::Error),
    /// Labels were given and say of no two records that they are one person.
    #[error(
        "the labels name no two records of one person that are in the input; check their source and record_id"
    )]
    NoLabelledPair,
    /// Judged pairs were given and none of them can be learnt from.
    #[error(
        "of the judged pairs none is in the input and brought together by a blocking rule; check their sources and record ids"
    )]
    NoJudgedPair,
}

/// What became of the judged pairs.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Judged {
    /// Pairs that counted as one person.
    pub same: u64,
    /// Pairs that counted as two.
    pub different: u64,
    /// Pairs of which a record is not in the input.
    pub absent: u64,
    /// Pairs that no blocking rule brings together, so that nothing is learnt from them.
    pub not_candidates: u64,
}

/// A trained model and what it was trained on.
#[derive(Clone, Debug)]
pub struct Training {
    /// The model, with what is needed to trust it.
    pub trained: Trained,
    /// Records read.
    pub records: u64,
    /// Pairs that the labels say are one person.
    pub labelled_pairs: u64,
    /// Pairs that people judged.
    pub judged: Judged,
}

/// Estimates u, m, the rivals and the prior from records, and m from labels if there are some; pairs
/// that people judged count as what they were judged.
/// Deterministic for a seed.
pub fn train_model(
    options: &TrainOptions,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<Training, TrainError> {
    let loaded = load(
        &options.inputs,
        &options.model.fields,
        &options.load,
        progress,
    )?;
    let table = &loaded.table;
    let labelled = labelled_pairs(table, &options.labels);
    if labelled.is_empty() && !options.labels.is_empty() {
        return Err(TrainError::NoLabelledPair);
    }
    let (judged, absent) = judged_pairs(table, &options.judged);
    let sample = sample(table, options, &labelled, &judged)?;
    let count = |counts: &Counts| counts.iter().map(|(_, count)| count).sum::<u64>();
    let (same, different) = (
        count(&sample.candidates.same),
        count(&sample.candidates.different),
    );
    let counted = Judged {
        same,
        different,
        absent,
        not_candidates: judged.len() as u64 - same - different,
    };
    if same + different == 0 && !options.judged.is_empty() {
        return Err(TrainError::NoJudgedPair);
    }
    Ok(Training {
        judged: counted,
        trained: train(options.model.clone(), &sample, Options::default()),
        records: table.len() as u64,
        labelled_pairs: labelled.len() as u64,
    })
}

/// All pairs of records that the labels give one person, ascending.
fn labelled_pairs(table: &Table, labels: &[((String, String), String)]) -> Vec<(u32, u32)> {
    let person_of: HashMap<(&str, &str), &str> = labels
        .iter()
        .map(|((source, record), person)| ((source.as_str(), record.as_str()), person.as_str()))
        .collect();
    let mut members: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for record in 0..table.len() as u32 {
        let name = (table.source(record), table.record_id(record));
        if let Some(person) = person_of.get(&name) {
            members.entry(person).or_default().push(record);
        }
    }
    let mut pairs: Vec<(u32, u32)> = members
        .values()
        .flat_map(|members| {
            let later = |place: usize| members[place + 1..].iter();
            (0..members.len())
                .flat_map(move |place| later(place).map(move |&b| (members[place], b)))
        })
        .collect();
    pairs.sort_unstable();
    pairs
}

/// The judged pairs of which both records are there, lower record first, and how many are not. Of
/// several judgements of one pair the last counts.
fn judged_pairs(table: &Table, judged: &[JudgedPair]) -> (FxHashMap<(u32, u32), bool>, u64) {
    if judged.is_empty() {
        return (FxHashMap::default(), 0);
    }
    let of = |(source, record): &(String, String)| (source.clone(), record.clone());
    let named: HashSet<(String, String)> = judged
        .iter()
        .flat_map(|pair| [of(&pair.a), of(&pair.b)])
        .collect();
    let place_of: HashMap<(String, String), u32> = (0..table.len() as u32)
        .map(|record| {
            let name = (table.source(record), table.record_id(record));
            ((name.0.to_string(), name.1.to_string()), record)
        })
        .filter(|(name, _)| named.contains(name))
        .collect();
    let (mut found, mut absent) = (FxHashMap::default(), 0);
    for pair in judged {
        match (place_of.get(&pair.a), place_of.get(&pair.b)) {
            (Some(&a), Some(&b)) if a != b => {
                found.insert((a.min(b), a.max(b)), pair.same);
            }
            _ => absent += 1,
        }
    }
    (found, absent)
}

fn sample(
    table: &Table,
    options: &TrainOptions,
    labelled: &[(u32, u32)],
    judged: &FxHashMap<(u32, u32), bool>,
) -> io::Result<Sample> {
    let parts = &options.model;
    let candidates = Candidates::find(table, parts, None)?;
    let scorer = Scorer::new(&Model::new(parts.clone(), table.len() as u64), table);
    let pairs = random(table.len() as u32, options.random_pairs, options.seed);
    let (all, of_rules) = scorer.count_candidates(table, &candidates, judged)?;
    let passes = parts.blocking.iter().zip(of_rules).map(|(rule, counts)| {
        let decided = rule.fields_read();
        let compared = parts.comparisons.iter().zip(&parts.parameters);
        let free = compared.map(|(comparison, levels)| {
            // Where u is stated, other fields that a level reads are its context, not what it is about.
            let about = match levels.iter().all(|level| level.fixed_u) {
                true => comparison.fields.clone(),
                false => comparison.fields_read(),
            };
            !about.iter().any(|field| decided.contains(field))
        });
        Pass {
            rule: rule.name.clone(),
            counts,
            free: free.collect(),
        }
    });
    Ok(Sample {
        records: table.len() as u64,
        random: scorer.count_patterns(table, pairs.into_par_iter()),
        passes: passes.collect(),
        candidates: all,
        labelled: (!labelled.is_empty())
            .then(|| scorer.count_patterns(table, labelled.par_iter().copied())),
    })
}

/// Pairs of distinct records drawn evenly, with repeats; the generator is ChaCha8, whose
/// numbers are the same on every machine.
fn random(records: u32, pairs: u64, seed: u64) -> Vec<(u32, u32)> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut draw = || ((u64::from(random.next_u32()) * u64::from(records)) >> 32) as u32;
    let drawn = (0..pairs).map(|_| (draw(), draw()));
    drawn.filter(|(a, b)| a != b).collect()
}
