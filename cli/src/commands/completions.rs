//! `yiren completions`: what a shell completes the command line by.

use clap::Args;
use clap_complete::Shell;

use crate::language::Language;
use crate::{Outcome, arguments, pager};

/// Print a script by which a shell completes verbs and options
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  yiren completions bash > ~/.local/share/bash-completion/completions/yiren
  yiren completions zsh > ~/.zfunc/_yiren
  yiren completions fish > ~/.config/fish/completions/yiren.fish")]
pub struct Completions {
    /// The shell
    #[arg(value_name = "SHELL", value_enum)]
    shell: Shell,
}

/// Runs the verb.
pub fn run(verb: &Completions, language: Language) -> anyhow::Result<Outcome> {
    let mut script = Vec::new();
    let mut command = arguments::command(language);
    clap_complete::generate(verb.shell, &mut command, "yiren", &mut script);
    pager::print(&String::from_utf8(script)?)?;
    Ok(Outcome::Done)
}
