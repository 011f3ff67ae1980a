//! The audit: one entry a commit, each with the hash of the one before.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::StoreError;
use super::value::Moment;

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// Who did what, and when. Names records and entities by id alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The commit, from 1.
    pub commit: u64,
    /// When.
    pub at: Moment,
    /// Who: a name of the system or of a key of the service.
    pub actor: String,
    /// What: `init`, `load`, `verdict`, `sweep`, `look`, ...
    pub action: String,
    /// More about it, by action.
    pub detail: serde_json::Value,
    /// Sum of the digests of the record versions that the commit brought, in hexadecimal.
    pub records: String,
    /// Hash of the entry before, in hexadecimal; zeros for the first.
    pub previous: String,
}

/// What a command says of itself in the audit.
#[derive(Clone, Debug)]
pub struct Act {
    /// Who does it.
    pub actor: String,
    /// What is done.
    pub action: &'static str,
    /// More about it.
    pub detail: serde_json::Value,
}

impl Entry {
    /// The bytes that are kept and hashed: JSON.
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>, StoreError> {
        serde_json::to_vec(self).map_err(|error| StoreError::Internal(error.to_string()))
    }

    /// An entry from its bytes.
    pub(super) fn from_bytes(commit: u64, bytes: &[u8]) -> Result<Entry, StoreError> {
        serde_json::from_slice(bytes).map_err(|error| {
            StoreError::Damaged(format!("audit entry {commit} cannot be read: {error}"))
        })
    }
}

/// The hash of an entry's bytes.
pub(super) fn hash(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}

/// Bytes in hexadecimal.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The sum of the digests of record versions, which does not depend on their order.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Digests(u128);

impl Digests {
    /// Adds a digest.
    pub fn add(&mut self, digest: [u8; 16]) {
        self.0 = self.0.wrapping_add(u128::from_be_bytes(digest));
    }

    /// The sum in hexadecimal.
    pub fn to_text(self) -> String {
        format!("{:032x}", self.0)
    }
}

/// The digest of a version of a record: the first 16 bytes of the SHA-256 of its key and value.
pub(super) fn digest(key: &[u8], value: &[u8]) -> [u8; 16] {
    let mut hash = Sha256::new();
    hash.update(key);
    hash.update(value);
    let hash: Hash = hash.finalize().into();
    hash.first_chunk().copied().unwrap_or_default()
}
