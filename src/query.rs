//! Reads over a store, for the command line and the service: values that can be written as JSON,
//! without words.

mod bonds;
mod doubtful;
mod findings;
mod history;
mod how;
mod matrix;
mod network;
mod overlap;
mod paths;
mod reading;
mod search;
mod show;
mod timeline;
mod who;
mod why;

pub use bonds::{Bond, Weakest};
pub use doubtful::{Doubtful, doubtful};
pub(crate) use doubtful::{links_after, on_file, open_pair};
pub use findings::{
    CaseStep, Filter, FindingCase, GroupBy, GroupRow, Grouped, Grouping, Inside, Listed, Missing,
    Order, Refusal, SettleError, Settling, Tally, Top, each_finding, finding, finding_case,
    findings, lacks, settle, settle_finding, steps_from,
};
pub use history::{Known, TimeError};
pub use how::{How, HowRecord, Told, how};
pub use matrix::{
    Matrix, MatrixAxis, MatrixBy, MatrixCell, MatrixEnrolment, MatrixPerson, MatrixPersons, matrix,
    matrix_persons,
};
pub use network::{
    Network, NetworkOptions, NetworkPerson, SharedValue, Tie, TieKind, commonest, network,
};
pub use overlap::{
    Applicant, Arising, Decision, Enrolled, Legal, Overlap, Person, PersonRecord, check_overlap,
    office,
};
pub use paths::{PathOptions, PathPerson, PathStep, PathValue, Paths, paths};
pub use reading::Reading;
pub(crate) use reading::{name, name_of};
pub use search::{source_words, sources_named};
pub(crate) use show::runs_on;
pub use show::{
    Event, Golden, Household, Housemate, Mark, OtherValue, Role, Seen, Shown, ShownEntity,
    ShownFinding, ShownMonths, ShownRecord, ShownVerdict, show, show_as, show_seen,
};
pub use timeline::{CellChange, Happening, Moved, Timeline, TimelineEvent, timeline};
pub use who::Who;
pub use why::{Because, Flip, LevelChange, PairWeight, Why, WhyThresholds, why, why_seen};
