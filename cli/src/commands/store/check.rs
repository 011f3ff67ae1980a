//! `yiren store check`: whether a store holds together.

use clap::Args;
use comfy_table::Cell;
use serde_json::json;
use yiren::resolve::{Difference, Engine, verify};
use yiren::store::{Checked, OpenOptions, Store, StoreError};
use yiren::sweep::Silent;
use yiren_matchers::normalise::date::Date;

use super::super::recording::{Place, day};
use super::super::{figure, grouped, parse_day, plain_table, print_table};
use crate::Outcome;
use crate::language::Language;
use crate::messages;

/// Check that a store holds together, and with --deep that it says what a sweep over everything says
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  yiren store check --store DIR --deep")]
pub struct Check {
    #[command(flatten)]
    place: Place,
    /// Also resolve everything anew, without changing anything, and compare
    #[arg(long)]
    deep: bool,
    /// Day that the findings of --deep are counted to; they must then be those of the store [default: today, and they may differ]
    #[arg(long, value_name = "DATE", value_parser = parse_day, requires = "deep")]
    as_of: Option<Date>,
    /// Take what is there for all there is, where the store lost commits that were acknowledged
    #[arg(long)]
    accept_loss: bool,
    /// Print the outcome as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the verb.
pub fn run(verb: &Check, language: Language) -> anyhow::Result<Outcome> {
    let options = OpenOptions {
        accept_loss: verb.accept_loss,
        ..OpenOptions::default()
    };
    let store = match verb.accept_loss {
        true => Store::open(&verb.place.store, &options)?,
        false => Store::open_read_only(&verb.place.store, &options)?,
    };
    let view = store.view();
    let checked = view.check()?;
    let difference = match verb.deep {
        true if view.state()?.unresolved => {
            return Err(StoreError::Unresolved(verb.place.store.clone()).into());
        }
        true => match Engine::in_force(&view)? {
            Some(engine) => Some(verify(&view, &engine, day(verb.as_of)?, &Silent)?),
            None => None,
        },
        false => None,
    };
    match verb.json {
        true => println!(
            "{}",
            serde_json::to_string_pretty(&as_json(&checked, difference.as_ref()))?
        ),
        false => print!("{}", describe(&checked, difference.as_ref(), language)),
    }
    let differs = difference.is_some_and(|difference| {
        !difference.unsettled().is_empty() || (verb.as_of.is_some() && !difference.is_empty())
    });
    Ok(match checked.count > 0 || differs {
        true => Outcome::Nothing,
        false => Outcome::Done,
    })
}

fn as_json(checked: &Checked, difference: Option<&Difference>) -> serde_json::Value {
    let faults = checked.faults.iter().map(
        |fault| json!({"family": fault.family.name(), "about": fault.about, "what": fault.what}),
    );
    let mut text = json!({
        "records": checked.records,
        "entities": checked.entities,
        "links": checked.links,
        "audit": checked.audit,
        "faults": checked.count,
        "named": faults.collect::<Vec<_>>(),
    });
    if let Some(difference) = difference {
        text["deep"] = json!({
            "records": difference.records.len(),
            "links": difference.links.len(),
            "blocks": difference.blocks.len(),
            "findings_to_open": difference.open.len(),
            "findings_to_close": difference.close.len(),
        });
    }
    text
}

fn describe(checked: &Checked, difference: Option<&Difference>, language: Language) -> String {
    let mut text = String::new();
    for fault in &checked.faults {
        let what = messages::fault(fault.what, language);
        let family = fault.family.name();
        text += &match fault.about.as_str() {
            "" => format!("{family}: {what}\n"),
            about => format!("{family} {about}: {what}\n"),
        };
    }
    let mut table = plain_table();
    let mut row = |zh: &str, en: &str, count: u64| {
        table.add_row(vec![
            Cell::new(language.pick(zh, en)),
            figure(grouped(count)),
        ]);
    };
    row("记录", "records", checked.records);
    row("人", "persons", checked.entities);
    row("链接", "links", checked.links);
    row("审计条目", "audit entries", checked.audit);
    row("问题", "faults", checked.count);
    if let Some(difference) = difference {
        let count = |count: usize| count as u64;
        row(
            "归并与全量核查不同的记录",
            "records that a sweep puts otherwise",
            count(difference.records.len()),
        );
        row(
            "与全量核查不同的链接",
            "links that a sweep makes otherwise",
            count(difference.links.len()),
        );
        row(
            "分块与全量核查不同的记录",
            "records that a sweep blocks otherwise",
            count(difference.blocks.len()),
        );
        row(
            "待新增的核查发现",
            "findings that a sweep opens",
            count(difference.open.len()),
        );
        row(
            "待了结的核查发现",
            "findings that a sweep closes",
            count(difference.close.len()),
        );
    }
    text + &print_table(table)
}
