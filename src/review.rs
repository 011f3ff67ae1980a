//! Clerical review: which pairs wait for a reader, what readers think, and how far they agree.
//!
//! Only a verdict ([`crate::resolve::give_verdict`]) changes who is one person. What else readers
//! say is kept as an [`Opinion`](crate::store::Opinion): that a pair cannot be told, what a second reader
//! makes of a pair that another judged, and whom a third finds right. Opinions outlive sweeps and models, as
//! they are about records, and are in the audit.

mod agreement;
mod beside;
mod labels;
mod opinions;
mod queue;
mod second;

pub use agreement::{Agreement, Counts, Disputed, Measures, OfReaders, Said, agreement};
pub use beside::{Beside, BesideMark, BesideRecord, BesideRow, beside};
pub use labels::judged_pairs;
pub use opinions::{Thought, give_opinion};
pub use queue::{Pair, Queue, Waiting, Wanted, is_waiting, queue};
pub use second::{second_readings, third_readings};
