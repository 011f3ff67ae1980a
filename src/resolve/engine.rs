//! What a generation decides with.

use std::sync::Arc;

use thiserror::Error;
use yiren_matchers::model::{FrequencyTable, MatchWeight, ModelParts, TermFrequencies};

use super::Local;
use crate::policy::{Policy, PolicyErrors};
use crate::schema::{SchemaError, parse_model};
use crate::scoring::Scorer;
use crate::standardise::{NORMAL_FORMS, Standardiser};
use crate::store::{Generation, Made, Record, RecordKey, StoreError, View};
use crate::sweep::SweepError;

/// Why records could not be resolved.
#[derive(Debug, Error)]
pub enum ResolveError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The model that the store keeps.
    #[error(transparent)]
    Model(#[from] SchemaError),
    /// The policy that the store keeps.
    #[error(transparent)]
    Policy(#[from] PolicyErrors),
    /// The store was resolved by a yiren that reads values in another way.
    #[error(
        "this store was resolved with normal forms {made}, and this yiren makes {here}: run `yiren sweep --store` once to resolve it anew"
    )]
    NormalForms {
        /// Of the store.
        made: u32,
        /// Of this program.
        here: u32,
    },
    /// Figures of a generation were asked for that was made with another model.
    #[error("the figures of another model cannot be used; count them anew")]
    OtherModel,
    /// The files of a sweep.
    #[error(transparent)]
    Sweep(#[from] SweepError),
    /// A verdict that others contradict.
    #[error("{0}")]
    Contradiction(Box<super::Contradiction>),
    /// A verdict about a record that is not on file.
    #[error("no record {0}:{1} on file")]
    NoSuchRecord(String, String),
}

/// The model, policy and figures of one generation, ready to decide.
pub struct Engine {
    /// The generation.
    pub generation: Generation,
    /// What it was made with.
    pub made: Made,
    /// Its model, with the prior and the term frequencies that were settled when it was made.
    pub scorer: Scorer,
    /// Its policy.
    pub policy: Policy,
    pub(super) standardiser: Standardiser,
}

impl Engine {
    /// The engine of the generation in force; `None` where nothing was resolved yet. Reads all of
    /// the generation's frequencies: make one and keep it.
    pub fn in_force(view: &View<'_>) -> Result<Option<Engine>, ResolveError> {
        match view.state()?.in_force() {
            Some(generation) => Engine::of(view, generation).map(Some),
            None => Ok(None),
        }
    }

    /// The engine of a generation.
    pub fn of(view: &View<'_>, generation: Generation) -> Result<Engine, ResolveError> {
        let made = view.made(generation)?.ok_or_else(|| {
            StoreError::Damaged(format!("generation {} is missing", generation.0))
        })?;
        if made.normal_forms != NORMAL_FORMS {
            return Err(ResolveError::NormalForms {
                made: made.normal_forms,
                here: NORMAL_FORMS,
            });
        }
        let model = parse_model(&made.model, "the model of the store")?;
        let frequencies = Engine::frequencies(view, generation, &made)?;
        let policy = Policy::parse(&made.policy, "the policy of the store")?;
        Ok(Engine {
            generation,
            standardiser: Standardiser::new(&model.fields),
            scorer: Scorer::of_version(&model, made.records, frequencies),
            policy,
            made,
        })
    }

    /// How often values were met when a generation was made.
    pub(super) fn frequencies(
        view: &View<'_>,
        generation: Generation,
        made: &Made,
    ) -> Result<TermFrequencies, StoreError> {
        let tables = made.frequency_totals.iter().enumerate();
        let tables = tables.map(|(table, &total)| {
            let counts = view.frequencies(generation, table as u8)?;
            FrequencyTable::from_parts(total, counts).ok_or_else(|| {
                StoreError::Damaged(format!("frequency table {table} contradicts itself"))
            })
        });
        Ok(TermFrequencies::of(tables.collect::<Result<_, _>>()?))
    }

    /// A few records, standardised, to be compared with each other.
    pub fn local(&self, records: &[(RecordKey, Record)]) -> Local {
        let shared = records.iter().map(|(key, r)| (*key, Arc::new(r.clone())));
        Local::build(self, shared.collect())
    }

    /// The least weight of a link that is kept: it goes to a person at least.
    pub fn floor(&self) -> MatchWeight {
        least_kept(self.scorer.model().parts())
    }

    pub(super) fn link_threshold(&self) -> f64 {
        self.scorer.model().parts().thresholds.link.0
    }
}

/// The least weight of a link that is kept, by a model.
pub(super) fn least_kept(model: &ModelParts) -> MatchWeight {
    let thresholds = &model.thresholds;
    match thresholds.review < thresholds.link {
        true => thresholds.review,
        false => thresholds.link,
    }
}
