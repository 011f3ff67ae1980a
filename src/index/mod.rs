//! From blocking keys to candidate pairs.

mod scan;

pub use scan::{RuleCounts, Scan};
