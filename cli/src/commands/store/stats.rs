//! `yiren store stats`: how much a store holds.

use clap::Args;
use comfy_table::Cell;
use serde_json::json;
use yiren::report::words::name_of;
use yiren::store::{self, Family, OpenOptions};

use super::super::looking::print_json;
use super::super::recording::{Place, moment};
use super::super::{figure, grouped, plain_table, print_table};
use crate::Outcome;
use crate::language::Language;
use crate::pager;

/// Count what a store holds
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  yiren store stats --store DIR")]
pub struct Stats {
    #[command(flatten)]
    place: Place,
    /// Print the counts as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the verb.
pub fn run(verb: &Stats, language: Language) -> anyhow::Result<Outcome> {
    let store = store::Store::open_read_only(&verb.place.store, &OpenOptions::default())?;
    let stats = store.view().stats()?;
    match verb.json {
        true => print_json(&as_json(&stats))?,
        false => pager::print(&describe(&stats, language))?,
    }
    Ok(Outcome::Done)
}

/// The name of a family for people and programs.
fn name(family: Family) -> &'static str {
    match family {
        Family::Meta => "meta",
        family => family.name(),
    }
}

fn as_json(stats: &store::Stats) -> serde_json::Value {
    let bytes = stats
        .bytes
        .iter()
        .map(|&(family, bytes)| (name(family).to_string(), json!(bytes)));
    let made = stats.made.as_ref();
    json!({
        "commit": stats.commit,
        "at": moment(stats.at),
        "generation": stats.state.generation,
        "former_generation": stats.state.former,
        "unresolved": stats.state.unresolved,
        "model": made.map(|made| &made.model_version),
        "policy": made.map(|made| &made.policy_version),
        "records": stats.state.records,
        "records_by_source": stats.records,
        "records_deleted": stats.deleted,
        "records_erased": stats.erased,
        "former_versions": stats.versions,
        "entities": stats.entities,
        "entities_retired": stats.retired,
        "links": stats.links,
        "findings": stats.findings,
        "must_link": stats.must_link,
        "cannot_link": stats.cannot_link,
        "bytes": bytes.collect::<serde_json::Map<_, _>>(),
        "bytes_on_disk": stats.folder,
    })
}

fn describe(stats: &store::Stats, language: Language) -> String {
    let words = language.words();
    let mut rows: Vec<(String, String)> = Vec::new();
    let mut row = |zh: &str, en: &str, value: String| {
        rows.push((language.pick(zh, en).to_string(), value));
    };
    let made = |text: fn(&store::Made) -> &String| {
        stats
            .made
            .as_ref()
            .map_or("-".into(), |made| text(made).clone())
    };
    row("提交次数", "commits", grouped(stats.commit));
    row("最后提交", "last commit", moment(stats.at));
    row("模型", "model", made(|made| &made.model_version));
    row("规则", "policy", made(|made| &made.policy_version));
    let generation = stats
        .state
        .generation
        .map_or("-".to_string(), |number| number.to_string());
    row("结果版本", "generation", generation);
    row("记录", "records", grouped(stats.state.records));
    for (source, count) in &stats.records {
        let name = name_of(source);
        let name = name.get(words);
        row(&format!("  {name}"), &format!("  {name}"), grouped(*count));
    }
    row("已删除的记录", "records deleted", grouped(stats.deleted));
    row("已擦除的记录", "records erased", grouped(stats.erased));
    row(
        "记录的旧版本",
        "former versions of records",
        grouped(stats.versions),
    );
    row("人", "persons", grouped(stats.entities));
    row(
        "并入他人或不再有记录的人",
        "persons merged or gone",
        grouped(stats.retired),
    );
    row("链接", "links", grouped(stats.links));
    row(
        "核查发现",
        "findings",
        grouped(stats.findings.values().sum()),
    );
    for (kind, count) in &stats.findings {
        let name = name_of(kind);
        let name = name.get(words);
        row(&format!("  {name}"), &format!("  {name}"), grouped(*count));
    }
    row(
        "人工判定：同一人",
        "verdicts: one person",
        grouped(stats.must_link),
    );
    row(
        "人工判定：不同的人",
        "verdicts: two persons",
        grouped(stats.cannot_link),
    );
    row("磁盘占用（字节）", "bytes on disk", grouped(stats.folder));
    for &(family, bytes) in stats.bytes.iter().filter(|(_, bytes)| *bytes > 0) {
        let name = format!("  {}", name(family));
        row(&name, &name, grouped(bytes));
    }
    let mut table = plain_table();
    for (label, value) in rows {
        table.add_row(vec![Cell::new(label), figure(value)]);
    }
    let mut text = print_table(table);
    if stats.state.unresolved {
        text.push_str(language.pick(
            "有记录已入库但未归并：请重新运行 `yiren load`\n",
            "some records are loaded and not resolved: run `yiren load` again\n",
        ));
    }
    text
}
