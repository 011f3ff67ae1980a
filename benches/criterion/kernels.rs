//! Times every kernel on the candidate pairs of some 20 thousand records.
#![allow(missing_docs)]
#![expect(
    clippy::expect_used,
    reason = "a benchmark may stop at the first thing that is not there"
)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use yiren_benches::{Sample, kernels};

const PERSONS: u64 = 13_000;
const PAIRS: usize = 10_000;

fn all(criterion: &mut Criterion) {
    let sample = Sample::new(PERSONS, PAIRS).expect("a population can be invented and read");
    for kernel in kernels(&sample) {
        let (group, what) = kernel.name.split_once('/').unwrap_or((&kernel.name, ""));
        let mut group = criterion.benchmark_group(group);
        group.throughput(Throughput::Elements(kernel.operations));
        group.bench_function(what, |bencher| bencher.iter(|| kernel.run()));
        group.finish();
    }
}

criterion_group!(benches, all);
criterion_main!(benches);
