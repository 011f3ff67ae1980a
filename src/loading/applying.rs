//! The thread that applies.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::{Receiver, TryRecvError};
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashSet;

use super::reading::{Message, Row};
use super::scan::{Name, Scan, name};
use super::{
    Committed, Kept, LoadError, LoadOptions, Loaded, Phase, STREAM, Watcher, is_much, made,
};
use crate::ingest::{Inputs, Reject, RejectReason, Warning};
use crate::policy;
use crate::resolve::{
    self, Change, Engine, Fate, Figures, Op, Rebuilding, Recording, ResolveError,
};
use crate::schema::CHINA;
use crate::standardise::NORMAL_FORMS;
use crate::store::{Durability, Family, Store};
use crate::sweep::{Progress, SweepPhase};

/// Rows that are resolved in one commit.
const RESOLVED: usize = 1_000;

/// Rows that are put aside in one commit.
const STASHED: usize = 10_000;

/// A load under way.
pub(super) struct Loader<'a> {
    store: &'a Store,
    options: &'a LoadOptions<'a>,
    watcher: &'a dyn Watcher,
    /// What decides; `None` where rows are put aside, to be resolved at once at the end.
    engine: Option<Engine>,
    loaded: Loaded,
    pending: Vec<Row>,
    /// Rows rejected since the last word to the watcher.
    rejected: u64,
    /// Files that may name records that nobody could read.
    unread: BTreeSet<u32>,
}

impl<'a> Loader<'a> {
    pub fn new(
        store: &'a Store,
        options: &'a LoadOptions<'a>,
        watcher: &'a dyn Watcher,
        inputs: Inputs,
    ) -> Loader<'a> {
        Loader {
            store,
            options,
            watcher,
            engine: None,
            loaded: Loaded {
                warnings: inputs.warnings.clone(),
                inputs,
                ..Loaded::default()
            },
            pending: Vec::new(),
            rejected: 0,
            unread: BTreeSet::new(),
        }
    }

    /// Makes ready to resolve row by row, or to put rows aside.
    pub fn set_engine(&mut self, put_aside: bool) -> Result<(), LoadError> {
        let view = self.store.view();
        self.loaded.commit = view.commit()?.0;
        if !put_aside {
            self.engine = Engine::in_force(&view)?;
            return Ok(());
        }
        match made(self.store)? {
            // What records share is noted as they are put aside, and must be read as before.
            Some(made) if made.normal_forms != NORMAL_FORMS => {
                let (made, here) = (made.normal_forms, NORMAL_FORMS);
                Err(ResolveError::NormalForms { made, here }.into())
            }
            _ => Ok(()),
        }
    }

    fn recording(&self) -> Recording {
        (self.options.recording)()
    }

    /// Applies what is read of files; `total` is their bytes.
    pub fn apply_files(
        &mut self,
        messages: &Receiver<Message>,
        scan: &Scan,
        total: u64,
    ) -> Result<(), LoadError> {
        for message in messages {
            let Some((rows, bytes)) = self.take(message) else {
                continue;
            };
            for row in rows {
                if scan.is_superseded(&row.change, row.file, row.line) {
                    self.reject_row(&row, "record_id", RejectReason::RepeatedRecordId);
                    continue;
                }
                self.pending.push(row);
            }
            if self.pending.len() >= self.batch() {
                self.commit()?;
            }
            self.watcher.progress(Phase::Load, bytes.min(total), total);
        }
        self.commit()
    }

    /// Applies what is read of a stream, as it comes.
    pub fn apply_lines(&mut self, messages: &Receiver<Message>) -> Result<(), LoadError> {
        let mut names: FxHashSet<Name> = FxHashSet::default();
        loop {
            let message = match messages.try_recv() {
                Ok(message) => message,
                Err(TryRecvError::Disconnected) => break,
                Err(TryRecvError::Empty) => {
                    self.commit()?;
                    names.clear();
                    match messages.recv() {
                        Ok(message) => message,
                        Err(_) => break,
                    }
                }
            };
            for row in self.take(message).map_or_else(Vec::new, |(rows, _)| rows) {
                // Each row is judged by what the one before made of its record.
                let name = name((&row.change.source, &row.change.record_id));
                if names.contains(&name) || self.pending.len() >= self.batch() {
                    self.commit()?;
                    names.clear();
                }
                names.insert(name);
                self.pending.push(row);
            }
        }
        self.commit()?;
        match self.loaded.failed.pop() {
            Some(error) => Err(error.into()),
            None => Ok(()),
        }
    }

    /// Notes what was read, and gives back the rows with the bytes read so far.
    fn take(&mut self, message: Message) -> Option<(Vec<Row>, u64)> {
        match message {
            Message::Rows(rows, bytes) => {
                self.loaded.rows += rows.len() as u64;
                return Some((rows, bytes));
            }
            Message::Reject { reject, unread } => {
                self.unread.extend(unread);
                self.reject(reject);
            }
            Message::Warning(file, warning) => {
                if let Warning::Sheet { left, .. } = &warning.warning
                    && !left.is_empty()
                {
                    self.unread.insert(file);
                }
                self.loaded.warnings.push(warning);
            }
            Message::Ended(file, ended) => {
                let summary = ended.unwrap_or_else(|error| {
                    self.unread.insert(file);
                    self.loaded.failed.push(error);
                    Default::default()
                });
                self.loaded.files.push(summary);
            }
        }
        None
    }

    fn reject(&mut self, reject: Reject) {
        self.rejected += 1;
        self.loaded.rejected += 1;
        self.watcher.rejected(reject);
    }

    fn reject_row(&mut self, row: &Row, column: &str, reason: RejectReason) {
        let file = self.loaded.inputs.files.get(row.file as usize);
        let file = file.map_or_else(|| STREAM.into(), |file| Arc::clone(&file.name));
        self.reject(Reject {
            file,
            line: row.line.into(),
            column: column.to_string(),
            reason,
            text: row.change.record_id.to_string(),
        });
    }

    /// Rows of one commit.
    fn batch(&self) -> usize {
        match self.engine {
            Some(_) => RESOLVED,
            None => STASHED,
        }
    }

    /// Commits the rows that wait.
    fn commit(&mut self) -> Result<(), LoadError> {
        let pending = std::mem::take(&mut self.pending);
        if pending.is_empty() && self.rejected == 0 {
            return Ok(());
        }
        let (places, changes): (Vec<(u32, u32)>, Vec<Change>) = pending
            .into_iter()
            .map(|row| ((row.file, row.line), row.change))
            .unzip();
        let applied = self.apply(&changes)?;
        let stale = places.into_iter().zip(changes).zip(&applied.fates);
        for (((file, line), change), _) in stale.filter(|(_, fate)| **fate == Fate::Stale) {
            let row = Row { file, line, change };
            self.reject_row(&row, "updated_at", RejectReason::OlderThanStored);
        }
        self.watcher.committed(&Committed {
            commit: self.loaded.commit,
            rows: applied.fates.len() as u64,
            rejected: std::mem::take(&mut self.rejected),
            outcome: applied.outcome,
        });
        Ok(())
    }

    fn apply(&mut self, changes: &[Change]) -> Result<resolve::Applied, LoadError> {
        let mut recording = self.recording();
        let applied = match &self.engine {
            Some(engine) => resolve::apply(self.store, engine, changes, &recording)?,
            None => {
                // What comes at the end makes all of it as safe as was asked for.
                recording.durability = Durability::System;
                resolve::stash(self.store, changes, &recording)?
            }
        };
        self.loaded.outcome.add(&applied.outcome);
        self.loaded.commit = applied.commit.unwrap_or(self.loaded.commit);
        Ok(applied)
    }

    /// Deletes the records that a full load of their sources does not name.
    pub fn delete_others(&mut self, scan: &Scan) -> Result<(), LoadError> {
        let mut sources: BTreeMap<&str, Option<Kept>> = BTreeMap::new();
        let files = self.loaded.inputs.files.iter().zip(&self.loaded.files);
        for (place, (file, read)) in files.enumerate() {
            let kept = sources.entry(&file.source).or_insert(Some(Kept::Empty));
            match self.unread.contains(&(place as u32)) {
                true => *kept = Some(Kept::Unread),
                false if *kept == Some(Kept::Empty) && read.rows > 0 => *kept = None,
                false => {}
            }
        }
        let kept = |(source, kept): (&&str, &Option<Kept>)| Some((source.to_string(), (*kept)?));
        let kept: BTreeMap<String, Kept> = sources.iter().filter_map(kept).collect();
        let view = self.store.view();
        let mut changes = Vec::new();
        view.cursor(Family::Records)?.each_record(|_, record| {
            let is_full = sources.get(&*record.source).is_some_and(Option::is_none);
            if is_full && !scan.names(&record.source, &record.record_id) {
                changes.push(Change {
                    source: record.source,
                    record_id: record.record_id,
                    op: Op::Delete,
                });
            }
            Ok(true)
        })?;
        if is_much(changes.len() as u64, view.state()?.records) {
            self.engine = None;
        }
        for changes in changes.chunks(self.batch()) {
            self.apply(changes)?;
        }
        self.loaded.kept = kept;
        Ok(())
    }

    /// Resolves everything at once.
    pub fn rebuild(&mut self) -> Result<(), LoadError> {
        let made = made(self.store)?;
        let counted = made
            .as_ref()
            .filter(|made| made.records > 0 && made.normal_forms == NORMAL_FORMS);
        let in_force = self
            .store
            .view()
            .state()?
            .in_force()
            .filter(|_| counted.is_some());
        let (model, policy) = made.map_or_else(
            || (CHINA.to_string(), policy::SHIPPED.to_string()),
            |made| (made.model, made.policy),
        );
        let rebuilding = Rebuilding {
            model,
            policy,
            figures: in_force.map_or(Figures::Count, Figures::Of),
        };
        let progress = Resolving {
            watcher: self.watcher,
            phase: Mutex::new(SweepPhase::Read),
        };
        let rebuilt = resolve::rebuild(self.store, &rebuilding, &self.recording(), &progress)?;
        self.loaded.outcome.add(&rebuilt.outcome);
        self.loaded.commit = rebuilt.commit;
        self.loaded.rebuilt = Some(rebuilt);
        Ok(())
    }

    /// Resolves what was put aside, now or by a load that was interrupted.
    pub fn finish(mut self) -> Result<Loaded, LoadError> {
        let state = self.store.view().state()?;
        let uncounted = self.engine.is_none()
            && state.records > 0
            && made(self.store)?.is_none_or(|made| made.records == 0);
        if state.unresolved || uncounted {
            self.rebuild()?;
        }
        let loaded = self.loaded;
        let read = loaded.inputs.files.len() + usize::from(loaded.rejected > 0);
        if loaded.rows == 0 && read > 0 {
            return Err(LoadError::NothingUsable {
                files: loaded.inputs.files.len().max(1),
                failed: loaded.failed,
            });
        }
        Ok(loaded)
    }
}

/// Tells the watcher of a load how far the resolving of everything is.
struct Resolving<'a> {
    watcher: &'a dyn Watcher,
    phase: Mutex<SweepPhase>,
}

impl Progress for Resolving<'_> {
    fn phase(&self, phase: SweepPhase) {
        *self.phase.lock().unwrap_or_else(PoisonError::into_inner) = phase;
        self.watcher.progress(Phase::Resolve(phase), 0, 1);
    }

    fn done(&self, done: u64, of: u64) {
        let phase = *self.phase.lock().unwrap_or_else(PoisonError::into_inner);
        self.watcher.progress(Phase::Resolve(phase), done, of);
    }
}
