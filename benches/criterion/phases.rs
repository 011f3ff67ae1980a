//! Times the phases of a sweep of some 50 thousand records, on all cores.
#![allow(missing_docs)]
#![expect(
    clippy::expect_used,
    reason = "a benchmark may stop at the first thing that is not there"
)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use yiren_benches::engine;

const PERSONS: u64 = 33_000;

fn phases(criterion: &mut Criterion) {
    let population = engine::Population::new(PERSONS).expect("a population can be invented");
    let files = population.files().expect("its files are there");
    let model = engine::china().expect("the shipped model can be read");
    let table = engine::read(&files, &model, 0).expect("its files can be read");
    let candidates = engine::join(&table, &model).expect("it fits in memory");
    let scorer = engine::scorer(&table, &model);
    let pairs = engine::pairs(&candidates).expect("it fits in memory").len() as u64;

    let mut group = criterion.benchmark_group("phase");
    group.sample_size(10);
    group.throughput(Throughput::Elements(table.len() as u64));
    group.bench_function("read", |bencher| {
        bencher.iter_with_large_drop(|| engine::read(&files, &model, 0));
    });
    group.bench_function("join", |bencher| {
        bencher.iter_with_large_drop(|| engine::join(&table, &model));
    });
    group.throughput(Throughput::Elements(pairs));
    group.bench_function("score", |bencher| {
        bencher.iter(|| engine::score_all(&scorer, &table, &candidates));
    });
    group.finish();
}

criterion_group!(benches, phases);
criterion_main!(benches);
