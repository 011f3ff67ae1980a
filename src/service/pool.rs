//! Threads for work that is not waiting: queries off the threads that serve connections, and sweeps
//! below both.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tokio::sync::{Semaphore, oneshot};

use super::problem::{Code, Problem};

/// Threads that answer queries, and a bound on what waits for them.
pub struct Pool {
    threads: rayon::ThreadPool,
    waiting: Arc<Semaphore>,
}

impl Pool {
    /// So many threads, twice as many as the machine has where it is 0, as some wait for the disk.
    pub fn new(threads: usize, waiting: usize) -> Result<Pool, rayon::ThreadPoolBuildError> {
        let machine = std::thread::available_parallelism().map_or(2, |count| count.get());
        let threads = match threads {
            0 => machine * 2,
            threads => threads,
        };
        let threads = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|number| format!("query-{number}"))
            .build()?;
        Ok(Pool {
            threads,
            waiting: Arc::new(Semaphore::new(waiting)),
        })
    }

    /// Does work on one of the threads. Work whose caller has gone is not begun.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let Ok(place) = Arc::clone(&self.waiting).try_acquire_owned() else {
            return Err(Problem::new(
                Code::Busy,
                "too many queries wait; send it again",
            ));
        };
        let (tell, told) = oneshot::channel();
        self.threads.spawn_fifo(move || {
            if !tell.is_closed() {
                let done = catch_unwind(AssertUnwindSafe(work));
                // Whoever asked may have gone meanwhile.
                let _ = tell.send(done);
            }
            drop(place);
        });
        match told.await {
            Ok(Ok(done)) => done,
            _ => Err(Problem::internal(&"a query panicked")),
        }
    }

    /// How many more queries may wait.
    pub fn room(&self) -> usize {
        self.waiting.available_permits()
    }
}

/// Does long work on threads that give way to all others of the process. Blocks.
pub fn in_background<T: Send>(
    work: impl FnOnce() -> T + Send,
) -> Result<T, rayon::ThreadPoolBuildError> {
    let threads = rayon::ThreadPoolBuilder::new()
        .thread_name(|number| format!("sweep-{number}"))
        // Of this thread alone, on Linux; elsewhere nothing is lost if it is refused.
        .start_handler(|_| {
            let _ = rustix::process::setpriority_process(None, 19);
        })
        .build()?;
    Ok(threads.install(work))
}
