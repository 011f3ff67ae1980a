//! Runs every kernel once and prints `name<TAB>operations` for each, in order.
//!
//! Made for `valgrind --tool=callgrind --toggle-collect='*counted_kernel*'
//! --dump-after='*dumped_kernel*'`: callgrind then writes one file a kernel, in the same order. (Of
//! two such options for one function it heeds the first alone, hence two functions.)
#![forbid(unsafe_code)]

use std::hint::black_box;

use yiren_benches::{Kernel, Sample, kernels};

/// Few, as callgrind is some fifty times slower than the machine.
const PERSONS: u64 = 3_000;
const PAIRS: usize = 3_000;

fn main() -> anyhow::Result<()> {
    // One thread, so that all is counted in one place.
    rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build_global()?;
    let sample = Sample::new(PERSONS, PAIRS)?;
    for kernel in kernels(&sample) {
        black_box(dumped_kernel(&kernel));
        println!("{}\t{}", kernel.name, kernel.operations);
    }
    Ok(())
}

#[inline(never)]
fn dumped_kernel(kernel: &Kernel<'_>) -> u64 {
    black_box(counted_kernel(kernel))
}

#[inline(never)]
fn counted_kernel(kernel: &Kernel<'_>) -> u64 {
    black_box(kernel).run()
}
