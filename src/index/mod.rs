//! From blocking keys to candidate pairs.

mod blocks;
mod candidates;
mod spool;

pub(crate) use blocks::prepare;
pub use blocks::{LargeBlock, RuleCounts};
pub use candidates::{CandidatePair, CandidatePart, Candidates};
pub use spool::{Scratch, Spilled};
