//! `yiren serve`: the overlap service.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;
use yiren::service::settings::Settings;
use yiren::service::{Service, serve};

use crate::Outcome;
use crate::language::Language;

/// Answer overlap queries and take in records over HTTP
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  yiren serve --store DIR
  yiren serve --config yiren.toml --listen 127.0.0.1:7770")]
pub struct Serve {
    /// Folder of the store
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
    /// Address and port to listen on [default: 127.0.0.1:7770]
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Option<SocketAddr>,
    /// File of settings (TOML); the environment and flags are stronger
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Listen beyond this machine without TLS: something in front of the service sees to that
    #[arg(long)]
    plain_text: bool,
    /// Print the settings in force as JSON and stop
    #[arg(long)]
    print_settings: bool,
}

/// Runs the verb.
pub fn run(verb: &Serve, language: Language) -> anyhow::Result<Outcome> {
    let mut flags = serde_json::Map::new();
    if let Some(store) = &verb.store {
        flags.insert("store".to_string(), serde_json::to_value(store)?);
    }
    if let Some(listen) = &verb.listen {
        flags.insert("listen".to_string(), serde_json::to_value(listen)?);
    }
    if verb.plain_text {
        flags.insert("plain_text".to_string(), true.into());
    }
    let settings = Settings::read(verb.config.as_deref(), &flags)?;
    if verb.print_settings {
        println!("{}", serde_json::to_string_pretty(&settings)?);
        return Ok(Outcome::Done);
    }
    let level = EnvFilter::try_from_env("YIREN_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .json()
        .with_env_filter(level)
        .with_writer(std::io::stderr)
        .init();
    let secured = settings.tls.is_some();
    let app = Service::open(settings)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        // Before anybody is told that there is somebody to stop.
        let mut stop = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let running = serve(app).await?;
        let scheme = if secured { "https" } else { "http" };
        let address = running.address;
        let told = language.pick("正在服务：", "listening on");
        // For programs that started it: when this line is there, it answers.
        println!("{told} {scheme}://{address} ({scheme}://{address}/docs)");
        tokio::select! {
            _ = stop.recv() => {}
            _ = interrupt.recv() => {}
        }
        eprintln!(
            "{}",
            language.pick(
                "正在停止：完成在途请求，不再接收新请求",
                "stopping: finishing what is under way, taking no more"
            )
        );
        running.stop().await?;
        Ok(Outcome::Done)
    })
}
