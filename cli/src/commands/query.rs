//! `yiren query`: the overlap check for one applicant, over a store or a server.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::anyhow;
use clap::Args;
use serde_json::{Map, Value, json};
use yiren::ingest::headers::canonical;
use yiren::query::{Applicant, Overlap, check_overlap};
use yiren::report::words::{self, name_of};
use yiren::store::{Durability, Look, Store, hexadecimal};
use yiren_matchers::normalise::date::Date;

use super::looking::print_json;
use super::recording::{By, day, now};
use super::server::Server;
use super::stored::engine_of;
use super::{parse_day, plain_table, print_table};
use crate::Outcome;
use crate::language::Language;
use crate::pager;

/// Check what an applicant already receives, and whether they may have this programme as well
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  yiren query --store DIR --programme tekun name=欧阳建春 birth_date=1962-05-07
  yiren query --server http://127.0.0.1:7770 --programme tekun 身份证号=110101196205070010")]
pub struct Query {
    /// What is known of the applicant, each `column=value`: `name=张伟 birth_date=1962-05-07`
    #[arg(value_name = "FIELD=VALUE", required = true, value_parser = parse_field)]
    fields: Vec<(String, String)>,
    /// The programme applied for
    #[arg(long, value_name = "NAME")]
    programme: String,
    #[command(flatten)]
    place: StoreOrServer,
    /// Day from which it would be received [default: today]
    #[arg(long, value_name = "DATE", value_parser = parse_day)]
    as_of: Option<Date>,
    /// What this is asked for, for the audit
    #[arg(long, value_name = "TEXT", default_value = "command line")]
    purpose: String,
    #[command(flatten)]
    actor: By,
    /// Print the whole answer as JSON
    #[arg(long)]
    json: bool,
}

/// Where a store is, or who serves it.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct StoreOrServer {
    /// Folder of the store
    #[arg(long, value_name = "DIR")]
    pub store: Option<PathBuf>,
    /// Address of a service; the key is read from the variable YIREN_KEY
    #[arg(long, value_name = "URL")]
    pub server: Option<String>,
}

fn parse_field(text: &str) -> Result<(String, String), String> {
    let (column, value) = text
        .split_once('=')
        .ok_or_else(|| format!("`{text}` is no field; write it as name=张伟"))?;
    let column = canonical(column).map_or_else(|| column.trim().to_string(), str::to_string);
    match column.is_empty() {
        true => Err("a field needs the name of its column".to_string()),
        false => Ok((column, value.trim().to_string())),
    }
}

/// Runs the verb.
pub fn run(verb: &Query, language: Language) -> anyhow::Result<Outcome> {
    let answer = match (&verb.place.store, &verb.place.server) {
        (_, Some(server)) => ask(verb, server)?,
        (Some(store), None) => serde_json::to_value(look(verb, store, language)?)?,
        (None, None) => return Err(anyhow!("give --store or --server")),
    };
    match verb.json {
        true => print_json(&answer)?,
        false => pager::print(&describe(&answer, language))?,
    }
    let nobody = answer["people"].as_array().is_none_or(Vec::is_empty);
    Ok(match nobody {
        true => Outcome::Nothing,
        false => Outcome::Done,
    })
}

fn ask(verb: &Query, server: &str) -> anyhow::Result<Value> {
    let applicant: Map<String, Value> = verb
        .fields
        .iter()
        .map(|(column, value)| (column.clone(), value.clone().into()))
        .collect();
    let mut asked =
        json!({ "applicant": applicant, "programme": verb.programme, "purpose": verb.purpose });
    if let Some(as_of) = verb.as_of {
        asked["as_of"] = as_of.to_string().into();
    }
    Server::at(server)?.post("/v1/overlap", &asked)
}

fn look(verb: &Query, folder: &std::path::Path, language: Language) -> anyhow::Result<Overlap> {
    let store = super::stored::open_to_look(folder, language)?;
    let engine = engine_of(&store)?;
    let known = engine.policy.source(&verb.programme);
    let programme = known.filter(|known| known.role == yiren::policy::SourceRole::Programme);
    let Some(programme) = programme else {
        let sources = engine.policy.sources().iter();
        let programmes =
            sources.filter(|source| source.role == yiren::policy::SourceRole::Programme);
        let names: Vec<&str> = programmes.map(|source| source.id.as_str()).collect();
        return Err(anyhow!(
            "`{}` is no programme; there are {}",
            verb.programme,
            names.join(", ")
        ));
    };
    let mut cells = verb.fields.clone();
    let id = cells.iter().position(|(column, _)| column == "record_id");
    let record_id = id.map(|place| cells.swap_remove(place).1);
    let applicant = Applicant {
        programme: programme.id.clone(),
        record_id,
        cells,
    };
    let answer = check_overlap(&store.view(), &engine, &applicant, day(verb.as_of)?, true)?;
    note(verb, &store, &answer)?;
    Ok(answer)
}

/// Notes the look in the audit, where the store can be written.
fn note(verb: &Query, store: &Store, answer: &Overlap) -> anyhow::Result<()> {
    if !store.is_writable() {
        return Ok(());
    }
    let records = answer.people.iter().flat_map(|person| &person.records);
    store.note_look(&Look {
        at: now(),
        actor: verb.actor.name(),
        what: "query".to_string(),
        purpose: verb.purpose.clone(),
        query: hexadecimal(&[0; 16]),
        shown: records
            .map(|record| format!("{}:{}", record.source, record.record_id))
            .collect(),
        unmasked: true,
    })?;
    store.file_looks(now(), Durability::Synced)?;
    Ok(())
}

fn describe(answer: &Value, language: Language) -> String {
    let words = match language {
        Language::Zh => words::Language::Zh,
        Language::En => words::Language::En,
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let decision = |value: &Value| match value.as_str() {
        Some("same_person") => language.pick("同一人", "same person"),
        Some("needs_review") => language.pick("需人工核对", "needs review"),
        _ => language.pick("不是同一人", "different"),
    };
    let mut out = String::new();
    let people = list(&answer["people"]);
    if people.is_empty() {
        let _ = writeln!(
            out,
            "{}",
            language.pick("库中没有此人的记录", "nobody on file matches")
        );
    }
    for person in &people {
        let chance = person["probability"].as_f64();
        let chance = chance.map_or_else(String::new, |chance| {
            format!("  {:.1} %", (chance * 1000.0).floor() / 10.0)
        });
        let _ = writeln!(
            out,
            "{}  {}{chance}",
            text(&person["entity"]),
            decision(&person["decision"])
        );
        let mut table = plain_table();
        for record in list(&person["records"]) {
            let enrolment = &record["enrolment"];
            let running = match enrolment["running"].as_bool() {
                _ if enrolment.is_null() => "",
                Some(true) => language.pick("在享", "running"),
                Some(false) => language.pick("不在享", "not running"),
                None => language.pick("时间不详", "dates unknown"),
            };
            let outside = record["outside_scope"].as_bool() == Some(true);
            let name = match outside {
                true => format!(
                    "{} {}",
                    text(&record["source"]),
                    language.pick(
                        "（辖区外，请致电经办机构）",
                        "(outside your scope: call the office)"
                    )
                ),
                false => format!("{}:{}", text(&record["source"]), text(&record["record_id"])),
            };
            table.add_row(vec![
                format!("  {name}"),
                text(&record["fields"]["name"]),
                text(&enrolment["start"]),
                running.to_string(),
                text(&record["office"]),
            ]);
        }
        out.push_str(&print_table(table));
        findings(
            &mut out,
            &list(&person["findings_if_same"]),
            language.pick(
                "若为同一人，将产生",
                "if they are one person, this would arise",
            ),
            words,
        );
    }
    findings(
        &mut out,
        &list(&answer["findings"]),
        language.pick("若批准，将产生", "if this is granted, this would arise"),
        words,
    );
    if list(&answer["findings"]).is_empty() && !people.is_empty() {
        let _ = writeln!(
            out,
            "\n{}",
            language.pick(
                "若批准，未见依规不得并存的情形",
                "if this is granted, the rules find nothing against it"
            )
        );
    }
    out
}

fn findings(out: &mut String, findings: &[Value], title: &str, words: words::Language) {
    if findings.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{title}");
    for finding in findings {
        let text = |name: &str| finding[name].as_str().unwrap_or_default();
        let (rule, basis) = match words {
            words::Language::Zh => (text("title_zh"), finding["basis"]["zh"].as_str()),
            words::Language::En => (text("title_en"), finding["basis"]["en"].as_str()),
        };
        let _ = writeln!(
            out,
            "  {}  {}  {}",
            name_of(text("kind")).get(words),
            text("with"),
            text("start")
        );
        let _ = writeln!(out, "    {rule}");
        let checked = match (finding["basis"]["checked"].as_str(), words) {
            (Some("read"), words::Language::Zh) => "原文已核对",
            (Some("read"), words::Language::En) => "the text was read",
            (Some("excerpt"), words::Language::Zh) => "见于摘录",
            (Some("excerpt"), words::Language::En) => "met in an excerpt",
            (_, words::Language::Zh) => "原文尚未核对",
            (_, words::Language::En) => "the text was not read yet",
        };
        let _ = writeln!(out, "    {} [{checked}]", basis.unwrap_or_default());
    }
}
