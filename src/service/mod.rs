//! The overlap service: what an applicant already receives, while they wait, and the changes of
//! records as they come, over HTTP.
//!
//! A request goes through the [`gate`], which knows every route and who may use it, to a handler in
//! `routes`; handlers read a snapshot on the threads of a [`pool::Pool`] and hand changes to the
//! [`Queue`]. A look at personal data is noted in the store before it is answered.

pub mod access;
pub mod gate;
pub mod input;
pub mod looks;
pub mod masking;
pub mod measures;
pub mod pool;
pub mod problem;
pub mod routes;
mod serve;
pub mod settings;
mod sweeps;

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use thiserror::Error;
use tokio::sync::{Semaphore, watch};

use self::access::Caller;
use self::access::keys::Keys;
use self::access::tokens::{Tokens, TokensError};
use self::input::Purpose;
use self::pool::Pool;
use self::problem::Problem;
use self::settings::{Settings, SettingsError};
use self::sweeps::Sweeps;
use crate::query::Reading;
use crate::resolve::{Engine, Queue, Recording, ResolveError};
use crate::search::{Search, SearchError};
use crate::store::{Durability, Generation, Look, OpenOptions, Store, StoreError, hexadecimal};

pub use serve::{Running, serve};

/// Keys that are verified at a time; each takes a thread for tens of milliseconds.
const GUESSES: usize = 2;

/// All that handlers share.
pub type App = Arc<Service>;

/// The service without its connections.
pub struct Service {
    /// The store.
    pub store: Arc<Store>,
    /// Changes on their way into it, and the engine in force.
    pub queue: Queue,
    /// Threads for queries.
    pub pool: Pool,
    /// Keys of callers.
    pub keys: Keys,
    /// Tokens of an issuer.
    pub tokens: Option<Tokens>,
    /// The investigators' index.
    pub search: Search,
    /// What it is run with.
    pub settings: Settings,
    pub(crate) limits: DefaultKeyedRateLimiter<Arc<str>>,
    pub(crate) guesses: Semaphore,
    /// Taken by a look that reads every record.
    pub(crate) long: Arc<Semaphore>,
    reading: Mutex<Option<(Generation, Arc<Reading>)>>,
    pub(crate) sweeps: Sweeps,
    /// Told after each commit, for those who follow.
    pub(crate) committed: watch::Sender<()>,
    /// Set when the service is stopped.
    pub(crate) stopping: watch::Sender<bool>,
}

/// Why the service cannot run.
#[derive(Debug, Error)]
pub enum ServiceError {
    /// Its settings.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is in force in the store.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// The index of the search.
    #[error(transparent)]
    Search(#[from] SearchError),
    /// The keys of an issuer of tokens.
    #[error(transparent)]
    Tokens(#[from] TokensError),
    /// Threads, connections, certificates.
    #[error("{0}")]
    System(String),
}

impl Service {
    /// Opens the store and makes all ready to answer.
    pub fn open(settings: Settings) -> Result<App, ServiceError> {
        let options = OpenOptions {
            cache: settings.cache << 20,
            ..OpenOptions::default()
        };
        let store = Arc::new(Store::open(&settings.store, &options)?);
        let engine = {
            let view = store.view();
            let unresolved = || StoreError::Unresolved(settings.store.clone());
            if view.state()?.unresolved {
                return Err(unresolved().into());
            }
            Engine::in_force(&view)?.ok_or_else(unresolved)?
        };
        let system = |error: rayon::ThreadPoolBuildError| ServiceError::System(error.to_string());
        let a_second = NonZeroU32::new(settings.requests_per_second).unwrap_or(NonZeroU32::MIN);
        measures::begin();
        let tokens = settings.jwt.clone().map(Tokens::of).transpose()?;
        let service = Service {
            queue: Queue::new(Arc::clone(&store), engine, settings.waiting_changes),
            pool: Pool::new(settings.threads, settings.waiting_queries).map_err(system)?,
            keys: Keys::at(&settings.keys_file()),
            tokens,
            limits: RateLimiter::keyed(Quota::per_second(a_second)),
            guesses: Semaphore::new(GUESSES),
            long: Arc::new(Semaphore::new(1)),
            reading: Mutex::default(),
            sweeps: Sweeps::default(),
            search: Search::open(&settings.store)?,
            committed: watch::Sender::new(()),
            stopping: watch::Sender::new(false),
            settings,
            store,
        };
        service.store.file_looks(gate::now(), Durability::Synced)?;
        Ok(Arc::new(service))
    }

    /// Notes that a caller looks at something, before it is answered.
    pub(crate) fn note(
        &self,
        caller: &Caller,
        what: &str,
        purpose: &Purpose,
        query: &[u8; 16],
        shown: Vec<String>,
    ) -> Result<(), Problem> {
        self.store.note_look(&Look {
            at: gate::now(),
            actor: caller.name.to_string(),
            what: what.to_string(),
            purpose: purpose.text.clone(),
            query: hexadecimal(query),
            shown,
            unmasked: purpose.unmasked,
        })?;
        Ok(())
    }

    /// How records are read by what is in force. Made once a generation.
    pub(crate) fn reading(&self, engine: &Engine) -> Result<Arc<Reading>, Problem> {
        let mut kept = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((generation, reading)) = &*kept
            && *generation == engine.generation
        {
            return Ok(Arc::clone(reading));
        }
        let reading = Arc::new(Reading::of(&engine.made)?);
        *kept = Some((engine.generation, Arc::clone(&reading)));
        Ok(reading)
    }

    /// How a change by a caller is recorded.
    pub(crate) fn recording(&self, caller: &Caller) -> Result<Recording, Problem> {
        let at = gate::now();
        Ok(Recording {
            actor: caller.name.to_string(),
            at,
            as_of: input::day(None, at)?,
            durability: Durability::Synced,
        })
    }

    /// Tells those who follow that something was committed.
    pub(crate) fn told(&self) {
        self.committed.send_replace(());
    }
}
