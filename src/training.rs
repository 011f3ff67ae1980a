//! Training a model on the records at hand.

use std::path::PathBuf;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use rayon::prelude::*;
use yiren_matchers::model::{Model, ModelParts};
use yiren_matchers::training::{Options, Pass, Sample, Trained, train};

use crate::index::Scan;
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
}

/// Estimates u, m, the rivals and the prior from unlabelled records. Deterministic for a seed.
pub fn train_model(
    options: &TrainOptions,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<Trained, LoadError> {
    let loaded = load(
        &options.inputs,
        &options.model.fields,
        &options.load,
        progress,
    )?;
    let sample = sample(
        &loaded.table,
        &options.model,
        options.random_pairs,
        options.seed,
    );
    Ok(train(options.model.clone(), &sample, Options::default()))
}

fn sample(table: &Table, parts: &ModelParts, random_pairs: u64, seed: u64) -> Sample {
    let scan = Scan::new(table, parts);
    let scorer = Scorer::new(&Model::new(parts.clone(), table.len() as u64), table);
    let pairs = random(table.len() as u32, random_pairs, seed);
    let passes = parts.blocking.iter().enumerate().map(|(place, rule)| {
        let decided = rule.fields_read();
        let compared = parts.comparisons.iter().zip(&parts.parameters);
        let free = compared.map(|(comparison, levels)| {
            // Where u is stated, other fields that a level reads are its context, not what it is about.
            let about = match levels.iter().any(|level| level.fixed_u) {
                true => comparison.fields.clone(),
                false => comparison.fields_read(),
            };
            !about.iter().any(|field| decided.contains(field))
        });
        let mut pairs: Vec<(u32, u32)> = scan.pairs_of_rule(place).collect();
        pairs.par_sort_unstable();
        pairs.dedup();
        Pass {
            rule: rule.name.clone(),
            counts: scorer.count_patterns(table, pairs.into_par_iter()),
            free: free.collect(),
        }
    });
    Sample {
        records: table.len() as u64,
        random: scorer.count_patterns(table, pairs.into_par_iter()),
        passes: passes.collect(),
        candidates: scorer.count_candidates(table, &scan),
    }
}

/// Pairs of distinct records drawn evenly, with repeats; the generator is ChaCha8, whose
/// numbers are the same on every machine.
fn random(records: u32, pairs: u64, seed: u64) -> Vec<(u32, u32)> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut draw = || ((u64::from(random.next_u32()) * u64::from(records)) >> 32) as u32;
    let drawn = (0..pairs).map(|_| (draw(), draw()));
    drawn.filter(|(a, b)| a != b).collect()
}
