//! What can happen to a person.

use serde::{Deserialize, Serialize};

use crate::query::show::ShownFinding;
use crate::store::Moment;
use crate::wire::{self, Code};

/// What happened to a person and to its records, in the order of commits.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Timeline {
    /// The last commit that counts.
    pub commit: u64,
    /// When that was.
    pub known_at: Moment,
    /// Day that enrolments are looked at.
    pub as_of: String,
    /// The entity asked for.
    pub asked: String,
    /// The entity that its records were in by then; `None` if they had all gone.
    pub entity: Option<String>,
    /// What happened, oldest first; of one commit the model first, then records, verdicts,
    /// entities, findings.
    pub events: Vec<TimelineEvent>,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct TimelineEvent {
    /// The commit.
    pub commit: u64,
    /// When it was.
    pub at: Moment,
    /// Who made it.
    pub by: String,
    /// What they did: `load`, `verdict`, `sweep`, ...
    pub action: String,
    /// The model that decided; empty before there was one.
    pub model: String,
    /// The policy that judged; empty before there was one.
    pub policy: String,
    /// What it was.
    #[serde(flatten)]
    pub what: Happening,
}

/// What can happen.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Happening {
    /// A model and a policy came into force.
    InForce,
    /// A source said something of a record.
    Record {
        /// The record, as `source:record_id`.
        record: String,
        /// What became of it: `added`, `changed`, `deleted`, `erased`.
        #[serde(deserialize_with = "wire::code")]
        change: Code,
        /// The cells that read otherwise from then on; all of a new record.
        cells: Vec<CellChange>,
        /// Whether by this version it is an enrolment that runs on the day asked for; `None` if its
        /// dates do not say, and of a register.
        running: Option<bool>,
    },
    /// A person said something of two records.
    Verdict {
        /// What was said: `must_link`, `cannot_link` or `withdrawn`.
        #[serde(deserialize_with = "wire::code")]
        kind: Code,
        /// The two records, as `source:record_id`.
        records: [String; 2],
        /// Why.
        why: String,
    },
    /// Records came to an entity or went from it.
    Entity {
        /// The entity.
        entity: String,
        /// The records that came, each with the entity it came from, if from one.
        joined: Vec<Moved>,
        /// The records that went, each with the entity it went to, if to one.
        left: Vec<Moved>,
        /// How many records it had from then on.
        records: usize,
        /// The entity that it was merged into, if it was.
        merged_into: Option<String>,
    },
    /// The rules found something, or found it no more.
    Finding {
        /// What became of it: `opened`, `changed`, `closed`.
        #[serde(deserialize_with = "wire::code")]
        change: Code,
        /// What it is or was.
        finding: ShownFinding,
    },
}

/// A cell that reads otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct CellChange {
    /// Its column.
    pub column: String,
    /// What it was; empty if there was none.
    pub before: String,
    /// What it is from then on; empty if there is none.
    pub after: String,
}

/// A record that moved.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Moved {
    /// The record, as `source:record_id`.
    pub record: String,
    /// The other entity.
    pub entity: Option<String>,
}
