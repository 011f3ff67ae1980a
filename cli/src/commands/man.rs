//! `yiren man`: the manual.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;

use crate::language::Language;
use crate::{Outcome, manual, pager};

/// Write the manual: a page for each verb, or all of it as Markdown
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  yiren man --out ~/.local/share/man
  yiren --lang zh man --out ~/.local/share/man
  yiren man --markdown > reference.md")]
pub struct Man {
    /// Folder of manuals, as MANPATH names them; the pages go into `man1`, Chinese ones into `zh_CN/man1`
    #[arg(
        long,
        value_name = "DIR",
        required_unless_present = "markdown",
        conflicts_with = "markdown"
    )]
    out: Option<PathBuf>,
    /// Print all verbs and options as one page of Markdown
    #[arg(long)]
    markdown: bool,
}

/// Runs the verb.
pub fn run(verb: &Man, language: Language) -> anyhow::Result<Outcome> {
    let Some(folder) = &verb.out else {
        pager::print(&manual::markdown(language))?;
        return Ok(Outcome::Done);
    };
    let folder = match language {
        Language::Zh => folder.join("zh_CN/man1"),
        Language::En => folder.join("man1"),
    };
    let cannot = |path: &Path| format!("{}: cannot be written", path.display());
    std::fs::create_dir_all(&folder).with_context(|| cannot(&folder))?;
    let pages = manual::pages(language)?;
    for (name, page) in &pages {
        let path = folder.join(name);
        std::fs::write(&path, page).with_context(|| cannot(&path))?;
    }
    let (count, folder) = (pages.len(), folder.display());
    match language {
        Language::Zh => eprintln!("{folder}：{count} 页"),
        Language::En => eprintln!("{folder}: {count} pages"),
    }
    Ok(Outcome::Done)
}
