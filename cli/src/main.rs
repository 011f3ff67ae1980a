//! The `yiren` command.
//!
//! Data goes to standard output, everything else to standard error. The exit code is 0 when
//! something was done or found, 1 when nothing was, 2 on an error.
#![forbid(unsafe_code)]

mod arguments;
mod commands;
mod language;
mod lines;
mod manual;
mod messages;
mod pager;
mod progress;
mod server_messages;
mod store_messages;

use std::process::ExitCode;

use arguments::{Arguments, Verb};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What a command came to.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
enum Outcome {
    /// Something was done or found.
    Done,
    /// There was nothing to find.
    Nothing,
}

fn main() -> ExitCode {
    let arguments = match arguments::parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = arguments::print(&error);
            return if error.use_stderr() {
                ExitCode::from(2)
            } else {
                ExitCode::SUCCESS
            };
        }
    };
    match run(&arguments) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Nothing) => ExitCode::from(1),
        // Whoever reads our output may stop early, as `head` does.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let language = arguments.language();
            let prefix = language.pick("错误", "error");
            eprintln!("{prefix}: {}", messages::error(&error, language));
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    if let Some(threads) = arguments.threads() {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build_global()?;
    }
    if arguments.no_pager() {
        pager::off();
    }
    let language = arguments.language();
    match &arguments.verb {
        Verb::Sweep(verb) => commands::sweep::run(verb, language),
        Verb::Search(verb) => commands::search::run(verb, language),
        Verb::Show(verb) => commands::show::run(verb, language),
        Verb::Why(verb) => commands::why::run(verb, language),
        Verb::WhyNot(verb) => commands::why::run_not(verb, language),
        Verb::How(verb) => commands::how::run(verb, language),
        Verb::Network(verb) => commands::network::run(verb, language),
        Verb::Paths(verb) => commands::paths::run(verb, language),
        Verb::Timeline(verb) => commands::timeline::run(verb, language),
        Verb::Overlap(verb) => commands::overlap::run(verb, language),
        Verb::Review(verb) => commands::review::run(verb, language),
        Verb::Train(verb) => commands::train::run(verb, language),
        Verb::Evaluate(verb) => commands::evaluate::run(verb, language),
        Verb::Blocking(verb) => commands::blocking::run(verb, language),
        Verb::Load(verb) => commands::load::run(verb, language),
        Verb::Query(verb) => commands::query::run(verb, language),
        Verb::Serve(verb) => commands::serve::run(verb, language),
        Verb::Keys(verb) => commands::keys::run(verb, language),
        Verb::Store(verb) => commands::store::run(verb, language),
        Verb::Generate(verb) => commands::generate::run(verb, language),
        Verb::Explain(verb) => commands::explain::run(verb, language),
        Verb::Completions(verb) => commands::completions::run(verb, language),
        Verb::Man(verb) => commands::man::run(verb, language),
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io = error
        .chain()
        .find_map(|cause| cause.downcast_ref::<std::io::Error>());
    io.is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}
