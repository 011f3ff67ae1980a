//! Changes from many callers at once, each acknowledged when it is durable.

use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread::JoinHandle;

use super::{Change, Effect, Engine, Recording, ResolveError, commit_changes};
use crate::store::{Answered, Found, Store, StoreError};

/// Changes applied in one commit at most.
const GROUP: usize = 256;

/// Gathers changes that come while a commit is under way into the next one, so that many callers
/// share the cost of bringing a commit to the disk. One thread applies them; what waits for it is
/// bounded.
pub struct Queue {
    line: Option<SyncSender<Waiting>>,
    thread: Option<JoinHandle<()>>,
    current: Arc<RwLock<Arc<Engine>>>,
}

/// The effect of a change, and the commit that it is in if it needed one.
pub type Answer = Result<(Effect, Option<u64>), Refusal>;

/// Why a change was not made.
#[derive(Clone, Debug)]
pub enum Refusal {
    /// It failed, with others that were to be in one commit.
    Failed(Arc<ResolveError>),
    /// The record is not as the caller expected.
    Expected,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Failed(error) => error.fmt(f),
            Refusal::Expected => f.write_str("the record is not as it was expected to be"),
        }
    }
}

/// Makes the answer that is to be kept with the commit, under a digest of caller and key.
pub type Answering = Box<dyn FnOnce(&Effect, u64) -> ([u8; 16], Answered) + Send>;

/// Too many changes wait already, or the queue was closed.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Full;

struct Waiting {
    change: Change,
    /// The record must be on file, of that commit if one is named.
    expected: Option<Option<u64>>,
    recording: Recording,
    answering: Option<Answering>,
    caller: Caller,
}

impl Queue {
    /// A queue of changes to a store, in which at most `waiting` can wait. An engine that is put in
    /// force later is given by [`Queue::replace_engine`].
    pub fn new(store: Arc<Store>, engine: Engine, waiting: usize) -> Queue {
        let (line, changes) = sync_channel(waiting);
        let current = Arc::new(RwLock::new(Arc::new(engine)));
        let engine = Arc::clone(&current);
        let work = move || serve(&changes, &store, &engine);
        Queue {
            line: Some(line),
            thread: Some(std::thread::spawn(work)),
            current,
        }
    }

    /// The engine that changes are decided with.
    pub fn engine(&self) -> Arc<Engine> {
        read(&self.current)
    }

    /// Decides later changes with another engine.
    pub fn replace_engine(&self, engine: Engine) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(engine);
    }

    /// Puts a change in the line without waiting; `caller` is told what it came to once that is
    /// acknowledged. Changes of one record are applied in the order in which they were offered, in
    /// commits of their own. With `expected` the record must be on file, and its version that of the
    /// commit if one is named.
    pub fn offer(
        &self,
        change: Change,
        expected: Option<Option<u64>>,
        recording: Recording,
        answering: Option<Answering>,
        caller: impl FnOnce(Answer) + Send + 'static,
    ) -> Result<(), Full> {
        let waiting = Waiting {
            change,
            expected,
            recording,
            answering,
            caller: Caller(Some(Box::new(caller))),
        };
        let line = self.line.as_ref().ok_or(Full)?;
        match line.try_send(waiting) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(mut waiting) | TrySendError::Disconnected(mut waiting)) => {
                // It is told by what this returns.
                waiting.caller.0 = None;
                Err(Full)
            }
        }
    }

    /// Applies a change, and returns once it is acknowledged.
    pub fn submit(&self, change: Change, recording: &Recording) -> Answer {
        let (answer, answered) = sync_channel(1);
        let waiting = Waiting {
            change,
            expected: None,
            recording: recording.clone(),
            answering: None,
            caller: Caller(Some(Box::new(move |told| {
                // Whoever asked waits for it below.
                let _ = answer.send(told);
            }))),
        };
        let sent = self.line.as_ref().map(|line| line.send(waiting).is_ok());
        match (sent, answered.recv()) {
            (Some(true), Ok(answer)) => answer,
            _ => Err(given_up()),
        }
    }
}

impl Drop for Queue {
    /// Waits until all that is in the line is applied and answered.
    fn drop(&mut self) {
        self.line = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Whoever waits for an answer, and gets one even if there was a panic.
struct Caller(Option<Box<dyn FnOnce(Answer) + Send>>);

impl Caller {
    fn tell(mut self, answer: Answer) {
        if let Some(told) = self.0.take() {
            told(answer);
        }
    }
}

impl Drop for Caller {
    fn drop(&mut self) {
        if let Some(told) = self.0.take() {
            told(Err(given_up()));
        }
    }
}

fn given_up() -> Refusal {
    let error = StoreError::Internal("a commit was given up".to_string());
    Refusal::Failed(Arc::new(error.into()))
}

fn read(current: &RwLock<Arc<Engine>>) -> Arc<Engine> {
    Arc::clone(&current.read().unwrap_or_else(PoisonError::into_inner))
}

/// Applies what comes, group by group, until nobody can send any more.
fn serve(changes: &Receiver<Waiting>, store: &Store, engine: &RwLock<Arc<Engine>>) {
    let mut held: VecDeque<Waiting> = VecDeque::new();
    loop {
        if held.is_empty() {
            match changes.recv() {
                Ok(waiting) => held.push_back(waiting),
                Err(_) => return,
            }
        }
        while held.len() < GROUP
            && let Ok(waiting) = changes.try_recv()
        {
            held.push_back(waiting);
        }
        let group = next_group(&mut held);
        // Those of the group are told by the drop of what was being applied.
        let _ = catch_unwind(AssertUnwindSafe(|| apply(store, &read(engine), group)));
    }
}

/// Takes those who wait, up to the second change of one record or that of another caller.
fn next_group(waiting: &mut VecDeque<Waiting>) -> Vec<Waiting> {
    let actor = waiting.front().map(|first| first.recording.actor.clone());
    let mut records = BTreeSet::new();
    let apart = waiting.iter().take(GROUP).take_while(|waiting| {
        Some(&waiting.recording.actor) == actor.as_ref()
            && records.insert((&waiting.change.source, &waiting.change.record_id))
    });
    let count = apart.count();
    waiting.drain(..count).collect()
}

fn apply(store: &Store, engine: &Engine, group: Vec<Waiting>) {
    let Some(recording) = group.first().map(|first| first.recording.clone()) else {
        return;
    };
    let mut changes = Vec::with_capacity(group.len());
    let mut callers = Vec::with_capacity(group.len());
    let mut answering = Vec::with_capacity(group.len());
    let view = group
        .iter()
        .any(|waiting| waiting.expected.is_some())
        .then(|| store.view());
    for waiting in group {
        // Nobody else changes records, so what is read now is so when it is committed.
        if let (Some(expected), Some(view)) = (waiting.expected, &view) {
            let found = view.find(&waiting.change.source, &waiting.change.record_id);
            let record = found.map(Found::current);
            let is_so = record.map(|record| match (record, expected) {
                (Some(record), Some(since)) => record.since == since,
                (Some(_), None) => true,
                (None, _) => false,
            });
            let refused = match is_so {
                Ok(true) => None,
                Ok(false) => Some(Refusal::Expected),
                Err(error) => Some(Refusal::Failed(Arc::new(error.into()))),
            };
            if let Some(refusal) = refused {
                waiting.caller.tell(Err(refusal));
                continue;
            }
        }
        changes.push(waiting.change);
        callers.push(waiting.caller);
        answering.push(waiting.answering);
    }
    let mut effects = Vec::with_capacity(changes.len());
    let applied = commit_changes(
        "load",
        store,
        Some(engine),
        &changes,
        &recording,
        Some(&mut |place, effect, commit| {
            let kept = answering.get_mut(place).and_then(Option::take);
            let kept = kept.map(|answer| answer(&effect, commit));
            effects.push(effect);
            kept
        }),
    );
    match applied {
        Ok(applied) => {
            for (caller, effect) in callers.into_iter().zip(effects) {
                caller.tell(Ok((effect, applied.commit)));
            }
        }
        Err(error) => {
            let error = Arc::new(error);
            for caller in callers {
                caller.tell(Err(Refusal::Failed(Arc::clone(&error))));
            }
        }
    }
}
