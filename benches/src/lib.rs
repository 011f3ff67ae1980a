//! What the benchmarks have in common.
//!
//! An invented population of a fixed seed ([`engine`]), the pairs that its blocks bring
//! together ([`Sample`]), and the work that is measured on them ([`kernels`]): criterion times
//! the same work whose instructions callgrind counts.
#![forbid(unsafe_code)]

pub mod engine;
mod kernels;
mod sample;

pub use kernels::{Kernel, kernels};
pub use sample::Sample;

/// That of the program, so that what allocates costs the same here.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
