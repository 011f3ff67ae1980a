//! What a store knew at a moment.

use std::collections::BTreeSet;

use thiserror::Error;

use crate::id::EntityId;
use crate::resolve::ResolveError;
use crate::store::{
    Entity, EntityState, Generation, Made, Membership, Moment, Record, RecordKey, RecordState,
    StoreError, Verdict, View,
};

/// A store as it was after one of its commits.
pub struct Known<'a> {
    view: &'a View<'a>,
    /// The last commit that counts.
    pub commit: u64,
    /// When that was.
    pub at: Moment,
    generation: Generation,
}

/// Why nothing is known of a moment.
#[derive(Debug, Error)]
pub enum TimeError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The moment was before the store.
    #[error("the store knew nothing yet: its first commit is later")]
    TooEarly,
    /// Nothing was ever resolved.
    #[error("nothing is resolved in this store yet; load records into it")]
    Nothing,
    /// What the store was resolved with.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
}

impl<'a> Known<'a> {
    /// What is known now, or was known at `moment`: after the last commit that was not later.
    ///
    /// # Errors
    /// If there was no such commit, or the store cannot be read.
    pub fn at(view: &'a View<'a>, moment: Option<Moment>) -> Result<Known<'a>, TimeError> {
        let generation = view.state()?.in_force().ok_or(TimeError::Nothing)?;
        let (last, at) = view.commit()?;
        let Some(moment) = moment.filter(|moment| *moment < at) else {
            return Ok(Known {
                view,
                commit: last,
                at,
                generation,
            });
        };
        // The times of commits never go back.
        let (mut low, mut high) = (0, last);
        while low < high {
            let middle = (low + high).div_ceil(2);
            let entry = view.audit(middle)?;
            let entry = entry
                .ok_or_else(|| StoreError::Damaged(format!("audit entry {middle} is missing")))?;
            match entry.at <= moment {
                true => low = middle,
                false => high = middle - 1,
            }
        }
        let Some(entry) = view.audit(low)? else {
            return Err(TimeError::TooEarly);
        };
        Ok(Known {
            view,
            commit: low,
            at: entry.at,
            generation,
        })
    }

    /// What is known now, under a generation.
    pub(super) fn now(view: &'a View<'a>, generation: Generation) -> Result<Known<'a>, StoreError> {
        let (commit, at) = view.commit()?;
        Ok(Known {
            view,
            commit,
            at,
            generation,
        })
    }

    /// The generation in force now.
    pub fn generation(&self) -> Generation {
        self.generation
    }

    /// The model and policy that were in force.
    pub fn made(&self) -> Result<Option<Made>, StoreError> {
        let next = self.view.state()?.next;
        for number in (0..next).rev() {
            let made = self.view.made(Generation(number))?;
            let made = made.filter(|made| {
                made.since <= self.commit && made.until.is_none_or(|until| self.commit < until)
            });
            if made.is_some() {
                return Ok(made);
            }
        }
        Ok(None)
    }

    /// A record as it was known; `None` if it was not on file.
    pub fn record(&self, key: RecordKey) -> Result<Option<Record>, StoreError> {
        let now = self.view.record(key)?;
        let then = match now {
            Some(now) if now.since <= self.commit => Some(now),
            _ => self.former(self.view.record_history(key)?, |record| record.since),
        };
        Ok(then.filter(|record| record.state != RecordState::Deleted))
    }

    /// The entity that a record was in.
    pub fn member(&self, key: RecordKey) -> Result<Option<EntityId>, StoreError> {
        let now = self.view.member(self.generation, key)?;
        let then = match now {
            Some(now) if now.since <= self.commit => Some(now),
            _ => self.former(self.view.member_history(key)?, |member: &Membership| {
                member.since
            }),
        };
        Ok(then.map(|member| member.entity))
    }

    /// What an entity was.
    pub fn entity(&self, id: EntityId) -> Result<Option<Entity>, StoreError> {
        let now = self.view.entity(self.generation, id)?;
        Ok(match now {
            Some(now) if now.since <= self.commit => Some(now),
            _ => self.former(self.view.entity_history(id)?, |entity| entity.since),
        })
    }

    /// The entity that has the records of this one, itself or another that it was merged into, with
    /// these records in order; `None` if there was none.
    pub fn follow(&self, id: EntityId) -> Result<Option<(EntityId, Vec<RecordKey>)>, StoreError> {
        let (mut current, mut seen) = (Some(id), BTreeSet::new());
        while let Some(id) = current.filter(|id| seen.insert(*id)) {
            current = match self.entity(id)?.map(|entity| entity.state) {
                Some(EntityState::Members(members)) => {
                    return Ok(Some((id, members.into_iter().map(RecordKey).collect())));
                }
                Some(EntityState::Retired(into)) => into,
                None => None,
            };
        }
        Ok(None)
    }

    /// Those of these records that were on file, as they were.
    pub fn records(&self, keys: &[RecordKey]) -> Result<Vec<(RecordKey, Record)>, StoreError> {
        let mut records = Vec::with_capacity(keys.len());
        for &key in keys {
            records.extend(self.record(key)?.map(|record| (key, record)));
        }
        Ok(records)
    }

    /// Whether this is what is known now.
    pub fn is_now(&self) -> Result<bool, StoreError> {
        Ok(self.view.commit()?.0 == self.commit)
    }

    /// What had been said of two records.
    pub fn verdict(&self, a: RecordKey, b: RecordKey) -> Result<Option<Verdict>, StoreError> {
        let now = self.view.verdict(a, b)?;
        Ok(match now {
            Some(now) if now.since <= self.commit => Some(now),
            _ => self.former(self.view.verdict_history(a, b)?, |verdict| verdict.since),
        })
    }

    /// Of former states, each with the commit until which it held, the one that held then.
    fn former<T>(&self, former: Vec<(u64, T)>, since: impl Fn(&T) -> u64) -> Option<T> {
        let mut former = former.into_iter();
        former
            .find(|(until, value)| since(value) <= self.commit && self.commit < *until)
            .map(|(_, value)| value)
    }
}
