//! Whom a question is about.

use std::fmt;

use super::history::Known;
use crate::id::EntityId;
use crate::store::{RecordKey, StoreError, View};

/// A person or a record, as people write them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// An entity: `E…`.
    Entity(EntityId),
    /// A record: `source:record_id`.
    Record {
        /// Its source.
        source: String,
        /// Its id within the source.
        record_id: String,
    },
}

impl Who {
    /// Whom a text names; `None` if it is neither an entity nor a record.
    pub fn parse(text: &str) -> Option<Who> {
        if let Some(entity) = EntityId::parse(text) {
            return Some(Who::Entity(entity));
        }
        let (source, record_id) = text.split_once(':')?;
        (!source.is_empty() && !record_id.is_empty()).then(|| Who::Record {
            source: source.to_string(),
            record_id: record_id.to_string(),
        })
    }

    /// The name for the audit, which holds no personal data: an entity by its id, a record by the
    /// number of its place.
    pub fn audited(&self) -> String {
        match self {
            Who::Entity(entity) => entity.to_string(),
            Who::Record { source, record_id } => RecordKey::first(source, record_id).0.to_string(),
        }
    }

    /// The record, if it is one and ever was in the store.
    pub fn record(&self, view: &View<'_>) -> Result<Option<RecordKey>, StoreError> {
        let Who::Record { source, record_id } = self else {
            return Ok(None);
        };
        let found = view.find(source, record_id)?;
        Ok(found.record.is_some().then_some(found.key))
    }

    /// The entity, or that which the record was in; it need not be there.
    pub fn entity(
        &self,
        view: &View<'_>,
        known: &Known<'_>,
    ) -> Result<Option<EntityId>, StoreError> {
        match self {
            Who::Entity(entity) => Ok(Some(*entity)),
            Who::Record { .. } => match self.record(view)? {
                Some(record) => known.member(record),
                None => Ok(None),
            },
        }
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Who::Entity(entity) => entity.fmt(f),
            Who::Record { source, record_id } => write!(f, "{source}:{record_id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn persons_and_records_are_told_apart() {
        let entity = EntityId::of("dibao", "D1");
        let record = |source: &str, record_id: &str| {
            Some(Who::Record {
                source: source.to_string(),
                record_id: record_id.to_string(),
            })
        };
        let cases = [
            (entity.to_string(), Some(Who::Entity(entity))),
            (entity.to_string().to_lowercase(), Some(Who::Entity(entity))),
            ("dibao:D1".to_string(), record("dibao", "D1")),
            ("低保:a:b".to_string(), record("低保", "a:b")),
            ("dibao:".to_string(), None),
            (":D1".to_string(), None),
            ("E123".to_string(), None),
            (String::new(), None),
        ];
        for (text, expected) in cases {
            let who = Who::parse(&text);
            assert_eq!(who, expected, "{text}");
            let again = who.as_ref().and_then(|who| Who::parse(&who.to_string()));
            assert_eq!(again, who, "{text}");
        }
    }
}
