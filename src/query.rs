//! Reads over a store, for the command line and the service.

mod doubtful;
mod findings;
mod history;
mod overlap;
mod search;
mod show;

pub use doubtful::{Doubtful, doubtful};
pub use findings::{Filter, Inside, Listed, Settling, finding, findings, settle_finding};
pub use history::{Known, TimeError};
pub use overlap::{
    Applicant, Arising, Decision, Enrolled, Legal, Overlap, Person, PersonRecord, check_overlap,
    office,
};
pub use search::source_words;
pub use show::{Event, Shown, ShownEntity, ShownFinding, ShownRecord, ShownVerdict, show};
