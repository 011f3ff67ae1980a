//! `yiren findings export` and `yiren findings verify`: a case as a folder, and whether it is still so.

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use clap::Args;
use serde::Deserialize;
use serde_json::json;
use yiren::casefile::{CaseFile, Verified, case_files, refuse_full, verify, write_folder};
use yiren::store::{Durability, Look, OpenOptions, Store};
use yiren_matchers::normalise::date::Date;

use super::{FindingId, StoreOrServer, parse_finding};
use crate::Outcome;
use crate::commands::looking::print_json;
use crate::commands::parse_day;
use crate::commands::recording::{By, day, now};
use crate::commands::server::Server;
use crate::commands::stored::open;
use crate::language::Language;
use crate::lines::clean;

/// Export a case: a page, tables, the evidence and what the audit says, in one folder with its hashes
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  yiren findings export 5d30c8fcc01cfa07 --store DIR --out case --purpose 'case 2026-117'")]
pub struct Export {
    /// Findings, as findings.csv writes their ids
    #[arg(value_name = "ID", required = true, value_parser = parse_finding)]
    ids: Vec<FindingId>,
    #[command(flatten)]
    place: StoreOrServer,
    /// Folder for the case; it must be empty, or not there yet
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// What the case is exported for, for the audit
    #[arg(long, value_name = "TEXT")]
    purpose: String,
    #[command(flatten)]
    actor: By,
    /// Day that months are counted to [default: today]
    #[arg(long, value_name = "DATE", value_parser = parse_day)]
    as_of: Option<Date>,
    /// Print what was written as JSON
    #[arg(long)]
    json: bool,
}

/// Check that an exported case is as it was written, and its extract of the audit that of the store
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  yiren findings verify case --store DIR")]
pub struct Verify {
    /// Folder of the case
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// Store whose audit to compare with
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
    /// Print what was found as JSON
    #[arg(long)]
    json: bool,
}

/// A case as a service hands it out.
#[derive(Deserialize)]
struct Exported {
    commit: u64,
    files: Vec<ExportedFile>,
}

#[derive(Deserialize)]
struct ExportedFile {
    name: String,
    text: String,
}

/// Runs `export`.
pub fn run(verb: &Export, language: Language) -> anyhow::Result<Outcome> {
    if verb.purpose.trim().is_empty() {
        return Err(anyhow!(language.pick(
            "请说明导出目的（--purpose）",
            "say what the case is exported for (--purpose)"
        )));
    }
    refuse_full(&verb.out)?;
    let (commit, files) = match (&verb.place.store, &verb.place.server) {
        (_, Some(server)) => ask(verb, server)?,
        (Some(store), None) => take(verb, store)?,
        (None, None) => return Err(anyhow!("give --store or --server")),
    };
    write_folder(&verb.out, &files)?;
    let (folder, count) = (clean(&verb.out.display().to_string()), files.len());
    if verb.json {
        let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
        print_json(&json!({ "folder": folder, "commit": commit, "files": names }))?;
        return Ok(Outcome::Done);
    }
    match language {
        Language::Zh => {
            println!("已将案卷（第 {commit} 次提交时的内容）写入 {folder}：{count} 个文件");
            println!("核对：cd {folder} && sha256sum -c SHA256SUMS");
            eprintln!("案卷含完整的个人信息，请妥善保管");
        }
        Language::En => {
            println!("the case, as of commit {commit}, is in {folder}: {count} files");
            println!("to check it: cd {folder} && sha256sum -c SHA256SUMS");
            eprintln!("it holds personal data whole: keep it as such");
        }
    }
    Ok(Outcome::Done)
}

/// The case of a store. Personal data leave it: never without a note of that in the audit, before
/// anything is written.
fn take(verb: &Export, folder: &Path) -> anyhow::Result<(u64, Vec<CaseFile>)> {
    let (store, engine) = open(folder)?;
    let numbers: Vec<u64> = verb.ids.iter().map(|id| id.0).collect();
    let view = store.view();
    let files = case_files(&view, &engine, &numbers, day(verb.as_of)?, &|_, _| true)?;
    store.note_look(&Look {
        at: now(),
        actor: verb.actor.name(),
        what: "export".to_string(),
        purpose: verb.purpose.trim().to_string(),
        query: String::new(),
        shown: verb.ids.iter().map(ToString::to_string).collect(),
        unmasked: true,
    })?;
    store.file_looks(now(), Durability::Synced)?;
    Ok((view.commit()?.0, files))
}

/// The case of a service, which notes that it was asked for.
fn ask(verb: &Export, server: &str) -> anyhow::Result<(u64, Vec<CaseFile>)> {
    let ids: Vec<String> = verb.ids.iter().map(ToString::to_string).collect();
    let mut asked = json!({ "ids": ids, "purpose": verb.purpose.trim() });
    if let Some(as_of) = verb.as_of {
        asked["as_of"] = as_of.to_string().into();
    }
    let told = Server::at(server)?.post("/v1/findings/export", &asked)?;
    let exported: Exported = serde_json::from_value(told)?;
    let files = exported.files.into_iter().map(|file| CaseFile {
        name: file.name,
        bytes: file.text.into_bytes(),
    });
    Ok((exported.commit, files.collect()))
}

/// Runs `verify`.
pub fn check(verb: &Verify, language: Language) -> anyhow::Result<Outcome> {
    let store = verb.store.as_deref();
    let store = store.map(|folder: &Path| Store::open_read_only(folder, &OpenOptions::default()));
    let store = store.transpose()?;
    let view = store.as_ref().map(Store::view);
    let found = verify(&verb.folder, view.as_ref())?;
    match verb.json {
        true => print_json(&found)?,
        false => print!("{}", describe(&found, view.is_some(), language)),
    }
    match found.is_sound() {
        true => Ok(Outcome::Done),
        false => {
            let words = language.pick("案卷与写出时不同", "the case is not as it was written");
            eprintln!("{words}");
            Ok(Outcome::Nothing)
        }
    }
}

fn describe(found: &Verified, compared: bool, language: Language) -> String {
    let mut lines = vec![match language {
        Language::Zh => format!("与清单一致的文件：{}", found.files),
        Language::En => format!("files as listed: {}", found.files),
    }];
    for name in &found.changed {
        let what = language.pick("缺失或已改动", "missing or changed");
        lines.push(format!("{what}: {}", clean(name)));
    }
    for name in &found.added {
        let what = language.pick("不在清单中", "not listed");
        lines.push(format!("{what}: {}", clean(name)));
    }
    if compared {
        lines.push(match language {
            Language::Zh => format!("与库一致的审计条目：{}", found.entries),
            Language::En => format!("entries of the audit as in the store: {}", found.entries),
        });
    }
    for commit in &found.foreign {
        lines.push(match language {
            Language::Zh => format!("第 {commit} 次提交的审计条目与库不符"),
            Language::En => format!("the entry of commit {commit} is not that of the store"),
        });
    }
    lines.join("\n") + "\n"
}
