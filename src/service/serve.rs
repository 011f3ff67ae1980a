//! Connections: listening, TLS, and stopping without losing what was acknowledged.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use hyper_util::rt::TokioTimer;

use super::pool::in_background;
use super::settings::Tls;
use super::{App, ServiceError, gate, routes};
use crate::store::{Durability, Moment};

/// How often looks are put into the audit's chain, the index of the search is brought up to the store,
/// and certificates and old answers are looked at.
const FILED_EVERY: Duration = Duration::from_millis(500);
const INDEXED_EVERY: Duration = Duration::from_secs(2);
const LOOKED_AT_EVERY: Duration = Duration::from_secs(60);

/// A service that listens.
pub struct Running {
    /// The address that it listens on, with the port that the system chose if 0 was asked for.
    pub address: SocketAddr,
    handle: Handle<SocketAddr>,
    app: App,
    serving: tokio::task::JoinHandle<std::io::Result<()>>,
    filing: Regular,
    indexing: Regular,
}

/// Listens, and answers until it is stopped.
pub async fn serve(app: App) -> Result<Running, ServiceError> {
    let system =
        |error: std::io::Error| ServiceError::System(format!("{}: {error}", app.settings.listen));
    let listener = std::net::TcpListener::bind(app.settings.listen).map_err(system)?;
    listener.set_nonblocking(true).map_err(system)?;
    let address = listener.local_addr().map_err(system)?;
    let handle = Handle::new();
    let make = routes::router(Arc::clone(&app)).into_make_service();
    let head = Duration::from_secs(app.settings.head_seconds);
    let tls = match &app.settings.tls {
        None => None,
        Some(files) => Some((certificate(files).await?, files.clone())),
    };
    let serving = match &tls {
        None => {
            let server = axum_server::from_tcp(listener).map_err(system)?;
            let mut server = server.handle(handle.clone()).first_request_timeout(head);
            patient(server.http_builder(), head);
            tokio::spawn(server.serve(make))
        }
        Some((config, _)) => {
            let server = axum_server::from_tcp_rustls(listener, config.clone()).map_err(system)?;
            let mut server = server.handle(handle.clone()).first_request_timeout(head);
            patient(server.http_builder(), head);
            tokio::spawn(server.serve(make))
        }
    };
    let filing = filing(&app, tls);
    let indexing = indexing(&app);
    Ok(Running {
        address,
        handle,
        app,
        serving,
        filing,
        indexing,
    })
}

/// Bounds how long a caller may take to send the head of a request.
fn patient(
    builder: &mut hyper_util::server::conn::auto::Builder<hyper_util::rt::TokioExecutor>,
    head: Duration,
) {
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(head);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Some(head));
}

async fn certificate(files: &Tls) -> Result<RustlsConfig, ServiceError> {
    // Of two providers that might be built in, this one; a second service of the process finds it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    RustlsConfig::from_pem_file(&files.certificate, &files.key)
        .await
        .map_err(|error| {
            let (certificate, key) = (files.certificate.display(), files.key.display());
            ServiceError::System(format!(
                "{certificate}, {key}: {error}; give a certificate and its key in PEM"
            ))
        })
}

impl Running {
    /// Takes no more requests, finishes those under way for as long as the settings say, applies what
    /// was taken in, and closes the store.
    pub async fn stop(self) -> Result<(), ServiceError> {
        let grace = Duration::from_secs(self.app.settings.stop_seconds);
        self.handle.graceful_shutdown(Some(grace));
        // Those who follow would otherwise be waited for.
        self.app.stopping.send_replace(true);
        let served = self.serving.await;
        self.filing.end();
        self.indexing.end();
        self.app.store.file_looks(gate::now(), Durability::Synced)?;
        match served {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(ServiceError::System(error.to_string())),
            Err(error) => Err(ServiceError::System(error.to_string())),
        }
    }
}

/// A thread that does something again and again.
struct Regular {
    stop: SyncSender<()>,
    thread: JoinHandle<()>,
}

impl Regular {
    fn begin(every: Duration, mut work: impl FnMut() + Send + 'static) -> Regular {
        let (stop, stopped) = sync_channel(1);
        let run = move || {
            while stopped.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
                work();
            }
        };
        Regular {
            stop,
            thread: std::thread::spawn(run),
        }
    }

    fn end(self) {
        // If it is not there any more, it has ended.
        let _ = self.stop.send(());
        let _ = self.thread.join();
    }
}

/// Puts looks into the audit's chain, takes old answers away, reads a changed certificate.
fn filing(app: &App, tls: Option<(RustlsConfig, Tls)>) -> Regular {
    let app = Arc::clone(app);
    let runtime = tokio::runtime::Handle::current();
    let mut since = Duration::ZERO;
    let mut files = tls.as_ref().map(|(_, files)| changed(files));
    Regular::begin(FILED_EVERY, move || {
        if let Err(error) = app.store.file_looks(gate::now(), Durability::System) {
            tracing::error!(%error, "looks could not be put into the audit");
        }
        since += FILED_EVERY;
        if since < LOOKED_AT_EVERY {
            return;
        }
        since = Duration::ZERO;
        let oldest = gate::now().0 - i64::from(app.settings.answers_hours) * 3_600_000;
        if let Err(error) = app.store.drop_answers(Moment(oldest)) {
            tracing::error!(%error, "old answers could not be taken away");
        }
        if let Some((config, paths)) = &tls
            && files != Some(changed(paths))
        {
            let reloaded = config.reload_from_pem_file(&paths.certificate, &paths.key);
            match runtime.block_on(reloaded) {
                Ok(()) => files = Some(changed(paths)),
                Err(error) => {
                    tracing::error!(%error, "the new certificate cannot be used; the old one stays");
                }
            }
        }
    })
}

/// Keeps the index of the search in step with the store, on threads that give way to all others.
fn indexing(app: &App) -> Regular {
    let app = Arc::clone(app);
    let mut known = None;
    Regular::begin(INDEXED_EVERY, move || {
        let at = app.store.view().commit().ok();
        if at == known {
            return;
        }
        let kept = in_background(|| app.search.keep_up(&app.store.view()));
        match kept {
            Ok(Ok(_)) => known = at,
            Ok(Err(error)) => tracing::error!(%error, "the index of the search is behind"),
            Err(error) => tracing::error!(%error, "the index of the search is behind"),
        }
    })
}

/// When the files of a certificate changed last.
fn changed(files: &Tls) -> [Option<SystemTime>; 2] {
    let of = |path: &Path| fs::metadata(path).and_then(|data| data.modified()).ok();
    [of(&files.certificate), of(&files.key)]
}
