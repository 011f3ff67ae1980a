//! Reads over a store, for the command line and the service.

mod history;
mod show;

pub use history::{Known, TimeError};
pub use show::{Event, Shown, ShownEntity, ShownFinding, ShownRecord, ShownVerdict, show};
