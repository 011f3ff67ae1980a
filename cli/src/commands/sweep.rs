//! `yiren sweep`: files in; entities, findings and pairs for review out.

use std::path::PathBuf;

use clap::Args;
use comfy_table::Cell;
use yiren::report::summary::Summary;
use yiren::report::words::{self, name_of};
use yiren::schema::read_model;
use yiren::standardise::LoadOptions;
use yiren::sweep::{SweepOptions, Swept, sweep};
use yiren_matchers::normalise::date::Date;

use super::recording::By;
use super::{
    figure, grouped, parse_day, parse_memory, plain_table, print_table, read_policy, today, warn,
};
use crate::Outcome;
use crate::arguments::Reading;
use crate::language::Language;
use crate::progress::Bar;

/// Find duplicates, overlaps and exclusions in files of all programmes and registers
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  yiren sweep dibao.csv tekun.parquet deaths.xlsx --out result --as-of 2026-06-30
  yiren sweep --store DIR --out tonight --delta
  yiren sweep --store DIR --model new.toml --compare")]
pub struct Sweep {
    /// Files and folders of records: CSV, Parquet, JSON Lines, Excel; plain, .gz or .zst
    #[arg(
        required_unless_present = "store",
        conflicts_with = "store",
        value_name = "INPUT"
    )]
    inputs: Vec<PathBuf>,
    /// Sweep over this store instead of files, and bring it up to date
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
    /// Folder for the results
    #[arg(long, value_name = "DIR", required_unless_present = "store")]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    pub reading: Reading,
    /// Policy file [default: the shipped rules]
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// Day that months are counted to [default: today]
    #[arg(long, value_name = "DATE", value_parser = parse_day)]
    pub as_of: Option<Date>,
    /// Records on file that the input is a part of, for the prior; never fewer than the input [default: the model's]
    #[arg(long, value_name = "N")]
    pub population: Option<u64>,
    /// Also write every scored pair to pairs.csv
    #[arg(long)]
    pub pairs: bool,
    /// Memory that may be held: what can be goes to a temporary file in the folder of the results; stops if that is not enough
    #[arg(long, value_name = "SIZE", value_parser = parse_memory, conflicts_with = "store")]
    pub memory_limit: Option<u64>,
    /// Keep what is done in the folder of the results, and go on from what a sweep that was stopped kept there
    #[arg(long, conflicts_with = "store")]
    pub resume: bool,
    /// Of a store: change nothing, and say what differs
    #[arg(long, requires = "store")]
    pub dry_run: bool,
    /// Of a store: decide anew only what changed since the last sweep
    #[arg(long, requires = "store", conflicts_with_all = ["recount", "former", "compare"])]
    pub delta: bool,
    /// Of a store: say what --model, --policy, --recount or --former would change, and change nothing
    #[arg(long, requires = "store")]
    pub compare: bool,
    /// Of a store: count anew how often values are met, and resolve everything by that
    #[arg(long, requires = "store")]
    pub recount: bool,
    /// Of a store: go back to the model and policy that were in force before
    #[arg(long, requires = "store", conflicts_with_all = ["model", "policy", "recount"])]
    pub former: bool,
    #[command(flatten)]
    pub actor: By,
    /// Print the summary as JSON
    #[arg(long)]
    pub json: bool,
}

/// Runs the verb.
pub fn run(verb: &Sweep, language: Language) -> anyhow::Result<Outcome> {
    if let Some(store) = &verb.store {
        return super::sweep_store::run(verb, store, language);
    }
    let as_of = verb
        .as_of
        .or_else(today)
        .ok_or_else(|| anyhow::anyhow!("no date: give --as-of"))?;
    let mut model = read_model(verb.reading.model.as_deref())?;
    model.least_records = verb.population.unwrap_or(model.least_records);
    let options = SweepOptions {
        inputs: verb.inputs.clone(),
        out: verb.out.clone().unwrap_or_default(),
        model,
        policy: read_policy(verb.policy.as_deref())?,
        as_of,
        pairs: verb.pairs,
        resume: verb.resume,
        load: LoadOptions {
            memory_limit: verb.memory_limit,
            ..verb.reading.load_options()?
        },
    };
    let bar = Bar::new(language);
    let swept = sweep(&options, &bar);
    bar.finish();
    let Swept {
        summary,
        warnings,
        failed,
    } = swept?;
    warn(&warnings, &failed, language);
    if verb.json {
        println!("{}", serde_json::to_string_pretty(&summary)?);
    } else {
        print!("{}", describe(&summary, language));
        println!(
            "{}  {}",
            language.pick("报告", "report"),
            options.out.join("report.html").display()
        );
    }
    Ok(Outcome::Done)
}

/// The figures to know first, for a terminal.
pub fn describe(summary: &Summary, language: Language) -> String {
    let words = match language {
        Language::Zh => words::Language::Zh,
        Language::En => words::Language::En,
    };
    let totals = &summary.totals;
    let mut rows: Vec<(String, String)> = Vec::new();
    let mut row =
        |zh: &str, en: &str, value: String| rows.push((language.pick(zh, en).to_string(), value));
    row("记录", "records", grouped(totals.records));
    row("未采用的行", "rows rejected", grouped(totals.rejected));
    row("人", "persons", grouped(totals.entities));
    row(
        "  其中有多条记录的",
        "  with several records",
        grouped(totals.entities_with_several_records),
    );
    row(
        "待人工判断的记录对",
        "pairs for review",
        grouped(totals.review_pairs),
    );
    row("核查发现", "findings", grouped(totals.findings));
    for finding in &summary.findings {
        let name = name_of(&finding.kind);
        let label = if finding.label.is_empty() {
            &name
        } else {
            &finding.label
        };
        rows.push((format!("  {}", label.get(words)), grouped(finding.count)));
    }
    let mut row =
        |zh: &str, en: &str, value: String| rows.push((language.pick(zh, en).to_string(), value));
    row(
        "用时（秒）",
        "seconds",
        format!("{:.1}", summary.run.seconds_total),
    );
    let mib = summary.run.peak_memory_bytes / (1 << 20);
    row("内存峰值（MiB）", "peak memory (MiB)", grouped(mib));
    if summary.run.spilled_bytes > 0 {
        let mib = summary.run.spilled_bytes.div_ceil(1 << 20);
        row("暂存于磁盘（MiB）", "put aside on disk (MiB)", grouped(mib));
    }
    let mut table = plain_table();
    for (label, value) in rows {
        table.add_row(vec![Cell::new(label), figure(value)]);
    }
    print_table(table)
}
