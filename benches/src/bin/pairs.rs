//! `pairs THREADS FILE...`: how fast the candidate pairs of the files are scored, as JSON.
//!
//! `early_exit` and `to_the_end` are the seconds of one pass over all `pairs` (the median of
//! several): what a sweep does, and every pair weighed whole. Both gather the candidates from
//! the blocks on their way; neither counts term frequencies, which a sweep does before.
#![forbid(unsafe_code)]

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, ensure};
use yiren_benches::engine;

/// Odd, so that there is a median.
const PASSES: usize = 5;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let threads: usize = arguments
        .next()
        .and_then(|text| text.to_str()?.parse().ok())
        .context("usage: pairs THREADS FILE...")?;
    let files: Vec<PathBuf> = arguments.map(PathBuf::from).collect();
    ensure!(!files.is_empty(), "usage: pairs THREADS FILE...");
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build_global()?;
    let model = engine::china()?;
    let table = engine::read(&files, &model, threads)?;
    let candidates = engine::join(&table, &model)?;
    let scorer = engine::scorer(&table, &model);
    let pairs = engine::pairs(&candidates)?.len();
    let early_exit = median(|| engine::score_all(&scorer, &table, &candidates))?;
    let to_the_end = median(|| engine::weigh_all(&scorer, &table, &candidates))?;
    println!(
        "{{\"threads\": {threads}, \"pairs\": {pairs}, \"early_exit\": {early_exit}, \"to_the_end\": {to_the_end}}}"
    );
    Ok(())
}

/// The median of the seconds that some passes take.
fn median(pass: impl Fn() -> anyhow::Result<usize>) -> anyhow::Result<f64> {
    let mut seconds = Vec::with_capacity(PASSES);
    for _ in 0..PASSES {
        let started = Instant::now();
        std::hint::black_box(pass()?);
        seconds.push(started.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    Ok(seconds[PASSES / 2])
}
