//! From blocking keys to candidate pairs.

mod scan;

pub use scan::{LargeBlock, RuleCounts, Scan};
