//! Where a store stands.

use serde::{Deserialize, Serialize};

use super::audit::Hash;
use super::error::StoreError;
use super::keys::Generation;
use super::value::{self, Moment};

/// The last commit, and the end of the audit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    /// The layout of the store. First, so that every later layout can say so.
    pub format: u32,
    /// The last commit; 0 before the first.
    pub commit: u64,
    /// When that was.
    pub at: Moment,
    /// Hash of its entry in the audit.
    pub audit: Hash,
}

/// The layout that the bytes of a [`Head`] name, whatever else that layout keeps there.
pub(super) fn format_of(head: &[u8]) -> Result<u32, StoreError> {
    value::read_first(head, "the layout of the store")
}

impl Default for Head {
    fn default() -> Self {
        Head {
            format: super::FORMAT,
            commit: 0,
            at: Moment::default(),
            audit: [0; 32],
        }
    }
}

/// What is in force in a store, and what is under way.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The generation that answers; `None` before the first load.
    pub generation: Option<u16>,
    /// The generation before, which can be switched back to.
    pub former: Option<u16>,
    /// The number of the next generation.
    pub next: u16,
    /// Whether records were loaded that the generation in force knows nothing of.
    pub unresolved: bool,
    /// Records on file.
    pub records: u64,
    /// Every source that ever brought one, sorted.
    pub sources: Vec<String>,
}

impl State {
    /// The generation that answers.
    pub fn in_force(&self) -> Option<Generation> {
        self.generation.map(Generation)
    }
}

/// What the last sweep covered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Covered {
    /// The generation that it was of.
    pub generation: u16,
    /// All up to this commit.
    pub commit: u64,
    /// Day that months were counted to, as `YYYY-MM-DD`.
    pub as_of: String,
}

/// What a generation was made with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// The model file, whole.
    pub model: String,
    /// Name and version of the model, as the file states them.
    pub model_version: String,
    /// The policy file, whole.
    pub policy: String,
    /// Its version.
    pub policy_version: String,
    /// The records that the prior counts with.
    pub records: u64,
    /// For each table of term frequencies, the records that have the value.
    pub frequency_totals: Vec<u64>,
    /// The version of the normal forms.
    pub normal_forms: u32,
    /// The commit that put it in force.
    pub since: u64,
    /// When that was.
    pub at: Moment,
    /// The commit that put another in force.
    pub until: Option<u64>,
}
