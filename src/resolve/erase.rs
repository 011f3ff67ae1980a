//! A person's right to have their data deleted.

use std::sync::Arc;

use super::verdicts::Given;
use super::{
    Applied, Engine, Fate, Outcome, Recording, ResolveError, Version, Versions, decide, write,
};
use crate::store::{Act, Cells, Record, RecordState, Store};

/// Erases a record: what its source said of it goes, in all versions, and so does all that followed
/// from it. That something was erased, when, by whom and why stays, and so do the record's place
/// and the digests of its versions, by which the audit is checked. What lies in older files of the
/// database goes when they are compacted, which is done before this returns; backups are not touched.
///
/// # Errors
/// If there is no such record on file, or the store cannot be written.
pub fn erase(
    store: &Store,
    engine: &Engine,
    (source, record_id): (&str, &str),
    why: &str,
    recording: &Recording,
) -> Result<Applied, ResolveError> {
    let mut transaction = store.begin(recording.at)?;
    let found = transaction.view().find(source, record_id)?;
    let key = found.key;
    let missing = || ResolveError::NoSuchRecord(source.to_string(), record_id.to_string());
    let stored = found.record.map(Arc::new).ok_or_else(missing)?;
    let after = Arc::new(Record {
        state: RecordState::Erased([0; 16]),
        record_id: "".into(),
        cells: Cells::default(),
        ..(*stored).clone()
    });
    let version = Version {
        stored: Some(Arc::clone(&stored)),
        after,
    };
    let versions = Versions::from([(key, version)]);
    let decided = decide(
        transaction.view(),
        engine,
        &versions,
        &Given::new(),
        recording.as_of,
    )?;
    let mut outcome = Outcome {
        deleted: 1,
        ..Outcome::default()
    };
    write::erased(&mut transaction, key, &versions)?;
    write::derived(&mut transaction, engine, &decided, &mut outcome)?;
    let act = Act {
        actor: recording.actor.clone(),
        action: "erase",
        detail: serde_json::json!({
            "source": source,
            "record": crate::store::hexadecimal(&key.to_bytes()),
            "why": why,
        }),
    };
    let commit = transaction.commit(act, recording.durability)?;
    store.forget(key)?;
    Ok(Applied {
        outcome,
        fates: vec![Fate::Deleted],
        commit: Some(commit),
    })
}
