//! Sweeps that callers ask for: one at a time, on threads that give way to all others.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use utoipa::ToSchema;

use super::pool::in_background;
use super::problem::{Code, Problem};
use super::{App, Caller};
use crate::resolve::{Outcome, Sweeping, sweep_store};
use crate::sweep::{Progress, SweepPhase};

/// Sweeps that are remembered.
const REMEMBERED: usize = 100;

/// The sweeps of this process.
#[derive(Debug, Default)]
pub struct Sweeps {
    all: Mutex<BTreeMap<u64, Arc<Mutex<Sweep>>>>,
    next: AtomicU64,
}

/// A sweep, and how far it has come.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Sweep {
    /// Its number within this process.
    pub id: u64,
    /// `running`, `done` or `failed`.
    pub state: &'static str,
    /// Who asked for it.
    pub by: String,
    /// When it was begun (milliseconds since 1970).
    pub begun: i64,
    /// When it ended.
    pub ended: Option<i64>,
    /// What it is at: `read`, `block`, `score`, `cluster`, `judge` or `write`.
    pub phase: Option<&'static str>,
    /// How much of that is done, of `of`.
    pub done: u64,
    /// How much there is.
    pub of: u64,
    /// Records that were in other entities than a sweep says, before it changed anything.
    pub unsettled: Option<u64>,
    /// What it changed.
    #[schema(value_type = Option<Object>)]
    pub outcome: Option<Outcome>,
}

impl Sweeps {
    /// A sweep.
    pub fn get(&self, id: u64) -> Option<Sweep> {
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(&id).map(|sweep| lock(sweep).clone())
    }

    /// Begins a sweep, unless one is under way.
    pub fn begin(app: &App, caller: &Caller) -> Result<Sweep, Problem> {
        let recording = app.recording(caller)?;
        let mut all = app
            .sweeps
            .all
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = all.values().find(|sweep| lock(sweep).state == "running") {
            let detail = format!("sweep {} has not ended yet", lock(running).id);
            return Err(Problem::new(Code::Sweeping, detail));
        }
        let sweep = Sweep {
            id: app.sweeps.next.fetch_add(1, Ordering::Relaxed) + 1,
            state: "running",
            by: caller.name.to_string(),
            begun: recording.at.0,
            ended: None,
            phase: None,
            done: 0,
            of: 0,
            unsettled: None,
            outcome: None,
        };
        let shared = Arc::new(Mutex::new(sweep.clone()));
        while all.len() >= REMEMBERED {
            all.pop_first();
        }
        all.insert(sweep.id, Arc::clone(&shared));
        drop(all);
        let app = Arc::clone(app);
        std::thread::spawn(move || {
            let sweeping = Sweeping {
                out: None,
                pairs: false,
                dry_run: false,
                delta: false,
            };
            let engine = app.queue.engine();
            let told = Told(&shared);
            let swept =
                in_background(|| sweep_store(&app.store, &engine, &sweeping, &recording, &told));
            let mut sweep = lock(&shared);
            sweep.ended = Some(super::gate::now().0);
            sweep.state = "failed";
            match swept {
                Ok(Ok(nightly)) => {
                    sweep.state = "done";
                    sweep.unsettled = Some(nightly.difference.unsettled().len() as u64);
                    sweep.outcome = Some(nightly.outcome);
                }
                Ok(Err(error)) => tracing::error!(sweep = sweep.id, %error, "a sweep failed"),
                Err(error) => tracing::error!(sweep = sweep.id, %error, "a sweep could not begin"),
            }
            drop(sweep);
            app.told();
        });
        Ok(sweep)
    }
}

/// Tells how far a sweep has come.
struct Told<'a>(&'a Mutex<Sweep>);

impl Progress for Told<'_> {
    fn phase(&self, phase: SweepPhase) {
        let mut sweep = lock(self.0);
        sweep.phase = Some(phase.name());
        (sweep.done, sweep.of) = (0, 0);
    }

    fn done(&self, done: u64, of: u64) {
        let mut sweep = lock(self.0);
        (sweep.done, sweep.of) = (done, of);
    }
}

fn lock(sweep: &Mutex<Sweep>) -> std::sync::MutexGuard<'_, Sweep> {
    sweep.lock().unwrap_or_else(PoisonError::into_inner)
}
