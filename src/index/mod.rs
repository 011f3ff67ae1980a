//! From blocking keys to candidate pairs.
//!
//! Two records are a candidate pair of a rule if, under a key that they share, they are in one
//! *piece* and within its reach. The records under a key are one piece if there are no more of
//! them than the model's cap. Else they are split by the rule's first refining part (those that
//! lack it stay together), and what is still over the cap by the next. A piece within the cap
//! reaches all its pairs. What the last part leaves over the cap is put in the order of
//! [`record_hash`](crate::id::record_hash), ties by the record's number, and two of its records
//! are a pair if they are at most `max(cap / 2, 1)` places apart: the sorted neighbourhood of
//! Hernández and Stolfo ("The merge/purge problem for large databases", SIGMOD 1995), by an order
//! that means nothing. Two records of one source never are where the model has `unique_sources`.
//!
//! So the candidates are a function of the set of records, and one record more or less changes
//! few of them: the pairs of its own pieces, those of a piece that passes the cap by it, and, over
//! the cap, at most one pair for each place of reach. `docs/decisions/010-candidates-one-at-a-time.md`
//! says what else was thought of.

mod blocks;
mod candidates;
mod entries;
mod sorting;
mod spool;

pub(crate) use blocks::prepare;
pub use blocks::{LargeBlock, RuleCounts};
pub use candidates::{CandidatePair, CandidatePart, Candidates};
pub use entries::{BlockEntry, block_entries};
pub use spool::{Scratch, Spilled};
