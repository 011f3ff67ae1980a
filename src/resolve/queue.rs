//! Changes from many callers at once, each acknowledged when it is durable.

use std::collections::BTreeSet;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::{Change, Engine, Fate, Recording, ResolveError, apply};
use crate::store::{Store, StoreError};

/// Changes applied in one commit at most.
const GROUP: usize = 256;

/// Gathers changes that come while a commit is under way into the next one, so that many callers
/// share the cost of bringing a commit to the disk.
pub struct Queue<'a> {
    store: &'a Store,
    engine: &'a Engine,
    line: Mutex<Line>,
    /// A commit has ended.
    ended: Condvar,
}

#[derive(Default)]
struct Line {
    waiting: Vec<Waiting>,
    /// Whether some caller is committing for others.
    led: bool,
}

struct Waiting {
    change: Change,
    answer: Arc<Mutex<Option<Answer>>>,
}

/// The fate of a change and the commit that it is in, if it needed one.
pub type Answer = Result<(Fate, Option<u64>), Arc<ResolveError>>;

impl<'a> Queue<'a> {
    /// A queue of changes to a store; all changes of the store go through it.
    pub fn new(store: &'a Store, engine: &'a Engine) -> Queue<'a> {
        Queue {
            store,
            engine,
            line: Mutex::default(),
            ended: Condvar::new(),
        }
    }

    /// Applies a change, and returns once it is acknowledged. Callers wait for each other; changes
    /// of one record are applied in the order in which they were submitted, in commits of their own.
    pub fn submit(&self, change: Change, recording: &Recording) -> Answer {
        let answer = Arc::new(Mutex::new(None));
        let mut line = lock(&self.line);
        line.waiting.push(Waiting {
            change,
            answer: Arc::clone(&answer),
        });
        loop {
            if let Some(answer) = lock(&answer).take() {
                return answer;
            }
            if line.led {
                line = self
                    .ended
                    .wait(line)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            line.led = true;
            let group = next_group(&mut line.waiting);
            drop(line);
            // Whatever happens in there, the others must not wait for ever.
            let ended = Ended(self);
            self.apply(group, recording);
            drop(ended);
            line = lock(&self.line);
        }
    }

    fn apply(&self, group: Vec<Waiting>, recording: &Recording) {
        let (changes, answers): (Vec<Change>, Vec<_>) = group
            .into_iter()
            .map(|waiting| (waiting.change, waiting.answer))
            .unzip();
        let answers = Answers(answers);
        match apply(self.store, self.engine, &changes, recording) {
            Ok(applied) => {
                for (answer, fate) in answers.0.iter().zip(applied.fates) {
                    *lock(answer) = Some(Ok((fate, applied.commit)));
                }
            }
            Err(error) => answers.fail(error),
        }
    }
}

/// Those who wait for an answer, and get one even if there was a panic.
struct Answers(Vec<Arc<Mutex<Option<Answer>>>>);

impl Answers {
    fn fail(&self, error: ResolveError) {
        let error = Arc::new(error);
        for answer in &self.0 {
            lock(answer).get_or_insert_with(|| Err(Arc::clone(&error)));
        }
    }
}

impl Drop for Answers {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.fail(StoreError::Internal("a commit was given up".to_string()).into());
        }
    }
}

/// Lets another caller lead when it is dropped.
struct Ended<'a, 'b>(&'a Queue<'b>);

impl Drop for Ended<'_, '_> {
    fn drop(&mut self) {
        lock(&self.0.line).led = false;
        self.0.ended.notify_all();
    }
}

/// Takes those who wait, up to the second change of one record.
fn next_group(waiting: &mut Vec<Waiting>) -> Vec<Waiting> {
    let mut records = BTreeSet::new();
    let apart = waiting
        .iter()
        .take(GROUP)
        .take_while(|waiting| records.insert((&waiting.change.source, &waiting.change.record_id)));
    let count = apart.count();
    waiting.drain(..count).collect()
}

/// The lock, also after a caller that held it panicked.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
