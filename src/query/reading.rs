//! What a model and a policy make of the raw text of a few records.

use std::sync::Arc;

use yiren_matchers::model::ModelParts;
use yiren_matchers::record::Value;

use crate::policy::Policy;
use crate::resolve::{Local, ResolveError};
use crate::schema::parse_model;
use crate::standardise::Standardiser;
use crate::store::{Made, Record, RecordKey, StoreError, View};

/// How records are read: the fields of a model, and the sources of a policy. Lighter than an
/// [`Engine`](crate::resolve::Engine), as it weighs nothing; still some tens of milliseconds to
/// make, so make one and keep it.
pub struct Reading {
    /// The model.
    pub model: ModelParts,
    /// The policy.
    pub policy: Policy,
    standardiser: Standardiser,
}

impl Reading {
    /// The reading of a generation.
    ///
    /// # Errors
    /// If this program cannot read the model or the policy that the store keeps.
    pub fn of(made: &Made) -> Result<Reading, ResolveError> {
        let model = parse_model(&made.model, "the model of the store")?;
        let policy = Policy::parse(&made.policy, "the policy of the store")?;
        Ok(Reading {
            standardiser: Standardiser::new(&model.fields),
            model,
            policy,
        })
    }

    /// The records, standardised.
    pub(super) fn local(&self, records: &[(RecordKey, Record)]) -> Local {
        let shared = records.iter().map(|(key, r)| (*key, Arc::new(r.clone())));
        Local::read(&self.standardiser, shared.collect())
    }
}

/// The standardised value of a field.
pub(super) fn value(local: &Local, record: u32, field: usize) -> Value {
    local.table.record(record).get(field)
}

/// A record as people write it: `source:record_id`.
pub(crate) fn name_of(record: &Record) -> String {
    format!("{}:{}", record.source, record.record_id)
}

/// The record of a key as people write it, `?` if there never was one.
pub(crate) fn name(view: &View<'_>, key: RecordKey) -> Result<String, StoreError> {
    let record = view.record(key)?;
    Ok(record.map_or_else(|| "?".to_string(), |record| name_of(&record)))
}
