//! `yiren keys`: who may use the service.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use yiren::service::access::keys::{FILE, Keys as KeyFile};
use yiren::service::access::{Role, Scope};
use yiren::service::settings::Settings;

use super::looking::print_json;
use super::recording::{moment, now};
use super::stored::parse_moment;
use super::{plain_table, print_table};
use crate::Outcome;
use crate::language::Language;
use crate::pager;

/// Make, list and take back keys of the service
#[derive(Debug, Args)]
pub struct Keys {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Add(Add),
    List(List),
    Revoke(Revoke),
}

/// Where the keys are kept.
#[derive(Debug, Args)]
#[group(multiple = false)]
struct File {
    /// Folder of the store; the keys are in it, in keys.json [default: as for `serve`]
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
    /// File of keys, where it is elsewhere
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
}

impl File {
    fn open(&self) -> anyhow::Result<KeyFile> {
        Ok(match (&self.keys, &self.store) {
            (Some(file), _) => KeyFile::at(file),
            (None, Some(store)) => KeyFile::at(&store.join(FILE)),
            (None, None) => {
                KeyFile::at(&Settings::read(None, &serde_json::Map::new())?.keys_file())
            }
        })
    }
}

/// Make a key and print it: the only time that it is shown
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  yiren keys add --store DIR --role approver --scope 3101 --name \"Huangpu desk\"
  yiren keys add --store DIR --role investigator --expires 2026-12-31")]
struct Add {
    #[command(flatten)]
    file: File,
    /// What the key allows: approver, investigator, steward, loader, auditor or admin
    #[arg(long, value_name = "ROLE")]
    role: Role,
    /// Whose key it is, for the audit [default: the role]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// First digits of the divisions it is for [default: the whole country]
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    scope: Vec<String>,
    /// Programmes it is for [default: all]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    programme: Vec<String>,
    /// Last day, or time, of its validity [default: until it is taken back]
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    expires: Option<yiren::store::Moment>,
}

/// List keys, without their secrets
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  yiren keys list --store DIR")]
struct List {
    #[command(flatten)]
    file: File,
    /// Print them as JSON
    #[arg(long)]
    json: bool,
}

/// Take a key back; a running service refuses it at once
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  yiren keys revoke --store DIR 4f2a91c07d3e")]
struct Revoke {
    #[command(flatten)]
    file: File,
    /// The key's id, as `keys list` shows it
    #[arg(value_name = "ID")]
    id: String,
}

/// Runs the verb.
pub fn run(verb: &Keys, language: Language) -> anyhow::Result<Outcome> {
    match &verb.verb {
        Verb::Add(add) => {
            let scope = Scope::parse(&add.scope, &add.programme).map_err(anyhow::Error::msg)?;
            let name = add.name.as_deref().unwrap_or(add.role.name());
            let key = add
                .file
                .open()?
                .add(name, add.role, scope, add.expires, now())?;
            println!("{key}");
            eprintln!(
                "{}",
                language.pick(
                    "请妥善保存：此密钥只显示这一次",
                    "keep it safe: it is shown this once"
                )
            );
            Ok(Outcome::Done)
        }
        Verb::List(list) => list_keys(list, language),
        Verb::Revoke(revoke) => match revoke.file.open()?.revoke(&revoke.id, now())? {
            true => Ok(Outcome::Done),
            false => {
                eprintln!(
                    "{}",
                    language.pick("该密钥先前已失效", "it was not valid any more")
                );
                Ok(Outcome::Nothing)
            }
        },
    }
}

fn list_keys(list: &List, language: Language) -> anyhow::Result<Outcome> {
    let keys = list.file.open()?.list()?;
    let state = |key: &yiren::service::access::keys::Key| match (key.revoked, key.is_valid(now())) {
        (Some(_), _) => "revoked",
        (None, true) => "valid",
        (None, false) => "expired",
    };
    if list.json {
        let keys: Vec<serde_json::Value> = keys
            .iter()
            .map(|key| {
                serde_json::json!({
                    "id": key.id, "name": key.name, "role": key.role, "divisions": key.scope.divisions,
                    "programmes": key.scope.programmes, "made": key.made, "expires": key.expires, "state": state(key),
                })
            })
            .collect();
        print_json(&keys)?;
    } else {
        let mut table = plain_table();
        for key in &keys {
            let all = |list: &[String], zh: &'static str, en: &'static str| match list.is_empty() {
                true => language.pick(zh, en).to_string(),
                false => list.join(","),
            };
            let state = match state(key) {
                "revoked" => language.pick("已撤销", "revoked"),
                "valid" => language.pick("有效", "valid"),
                _ => language.pick("已过期", "expired"),
            };
            table.add_row(vec![
                key.id.clone(),
                key.role.to_string(),
                key.name.clone(),
                all(&key.scope.divisions, "全国", "all divisions"),
                all(&key.scope.programmes, "全部项目", "all programmes"),
                moment(key.made),
                key.expires.map_or_else(String::new, moment),
                state.to_string(),
            ]);
        }
        pager::print(&print_table(table))?;
    }
    Ok(match keys.is_empty() {
        true => Outcome::Nothing,
        false => Outcome::Done,
    })
}
