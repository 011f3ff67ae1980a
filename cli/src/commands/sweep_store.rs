//! `yiren sweep --store`: everything in a store worked out once more, or by another model.

use std::path::Path;

use anyhow::bail;
use comfy_table::Cell;
use serde_json::json;
use yiren::policy::Policy;
use yiren::resolve::{
    Comparison, Engine, Figures, Nightly, Rebuilding, Sweeping, compare_model, rebuild, sweep_store,
};
use yiren::schema::parse_model;
use yiren::store::{OpenOptions, Store};

use super::recording::Durability;
use super::stored::{model_text, policy_text};
use super::sweep::{Sweep, describe};
use super::{figure, plain_table, print_table};
use crate::Outcome;
use crate::language::Language;
use crate::progress::Bar;

/// Runs the verb over a store.
pub fn run(verb: &Sweep, folder: &Path, language: Language) -> anyhow::Result<Outcome> {
    if verb.population.is_some() {
        bail!("--population is of the model that a store keeps; it cannot be given here");
    }
    let options = OpenOptions::default();
    let reads_only = verb.dry_run || verb.compare;
    let store = match reads_only {
        true => Store::open_read_only(folder, &options)?,
        false => Store::open(folder, &options)?,
    };
    let recording = verb.actor.recording(verb.as_of, Durability::Synced)?;
    let bar = Bar::new(language);
    let asked = asked(verb, &store)?;
    if let (Some(rebuilding), true) = (&asked, verb.compare) {
        let compared = compare_model(&store.view(), rebuilding, recording.as_of, &bar);
        bar.finish();
        print_comparison(&compared?, verb.json, language)?;
        return Ok(Outcome::Done);
    }
    if let Some(rebuilding) = &asked {
        if verb.dry_run {
            bail!("to see what another model would change, use --compare");
        }
        let rebuilt = rebuild(&store, rebuilding, &recording, &bar);
        bar.finish();
        let rebuilt = rebuilt?;
        eprintln!(
            "{}",
            match language {
                Language::Zh => format!(
                    "已启用新版本（第 {} 次提交）：{} 条记录改归他人",
                    rebuilt.commit, rebuilt.outcome.records_moved
                ),
                Language::En => format!(
                    "put in force (commit {}): {} records moved",
                    rebuilt.commit, rebuilt.outcome.records_moved
                ),
            }
        );
    } else if verb.compare {
        bail!(
            "--compare needs another model or policy: give --model, --policy, --recount or --former"
        );
    }
    let Some(engine) = Engine::in_force(&store.view())? else {
        bail!(
            "{}",
            language.pick("库中还没有记录", "there are no records in this store yet")
        );
    };
    let sweeping = Sweeping {
        out: verb.out.clone(),
        pairs: verb.pairs,
        dry_run: verb.dry_run,
        delta: verb.delta,
    };
    let sweep = |engine: &Engine| {
        let bar = Bar::new(language);
        let nightly = sweep_store(&store, engine, &sweeping, &recording, &bar);
        bar.finish();
        nightly
    };
    let mut nightly = sweep(&engine)?;
    if nightly.outgrown > 0 && !reads_only {
        // Counted now, no value can have outgrown the figures: this happens once.
        let (model, policy) = (engine.made.model.clone(), engine.made.policy.clone());
        let recounting = Rebuilding {
            model,
            policy,
            figures: Figures::Count,
        };
        drop(engine);
        let bar = Bar::new(language);
        let rebuilt = rebuild(&store, &recounting, &recording, &bar);
        bar.finish();
        tell_recount(nightly.outgrown, rebuilt?.outcome.records_moved, language);
        if let Some(engine) = Engine::in_force(&store.view())? {
            nightly = sweep(&engine)?;
        }
    } else if nightly.outgrown > 0 {
        eprintln!(
            "{}",
            language.pick(
                "提示：有的值自上次统计以来已变得常见，正式核查时将重新统计并全部重新判定",
                "note: values have become common since they were counted; a sweep that is no dry run counts anew and decides everything by that"
            )
        );
    }
    print_nightly(&nightly, verb, language)?;
    Ok(Outcome::Done)
}

/// Tells that values were counted anew because some have become common.
fn tell_recount(values: u64, moved: u64, language: Language) {
    match language {
        Language::Zh => eprintln!(
            "{values} 个值自上次统计以来已变得常见（如多户共用的电话、默认日期）：已重新统计并全部重新判定，{moved} 条记录改归他人"
        ),
        Language::En => eprintln!(
            "{values} values have become common since they were counted (a telephone of many households, a default date): counted anew and everything decided by that, {moved} records moved"
        ),
    }
}

/// What the store is to be resolved anew with; `None` to keep what is in force.
fn asked(verb: &Sweep, store: &Store) -> anyhow::Result<Option<Rebuilding>> {
    let view = store.view();
    let state = view.state()?;
    let made = match state.in_force() {
        Some(generation) => view.made(generation)?.map(|made| (generation, made)),
        None => None,
    };
    let Some((generation, made)) = made else {
        return match state.unresolved || verb.reading.model.is_some() {
            true => Ok(Some(Rebuilding {
                model: model_text(verb.reading.model.as_deref())?,
                policy: policy_text(verb.policy.as_deref())?,
                figures: Figures::Count,
            })),
            false => Ok(None),
        };
    };
    if verb.former {
        let former = state.former.map(yiren::store::Generation);
        let former = former.map(|former| Ok::<_, anyhow::Error>((former, view.made(former)?)));
        let Some((former, Some(made))) = former.transpose()? else {
            bail!("there is no former model to switch back to");
        };
        let kept = view.frequencies_kept(former)?;
        return Ok(Some(Rebuilding {
            model: made.model,
            policy: made.policy,
            figures: if kept {
                Figures::Of(former)
            } else {
                Figures::Count
            },
        }));
    }
    let model = match &verb.reading.model {
        Some(path) => {
            let text = model_text(Some(path))?;
            parse_model(&text, &path.display().to_string())?;
            text
        }
        None => made.model.clone(),
    };
    let policy = match &verb.policy {
        Some(path) => {
            let text = policy_text(Some(path))?;
            Policy::parse(&text, &path.display().to_string())?;
            text
        }
        None => made.policy.clone(),
    };
    let anew = state.unresolved
        || verb.recount
        || model != made.model
        || policy != made.policy
        || made.normal_forms != yiren::standardise::NORMAL_FORMS;
    let keep = model == made.model
        && !verb.recount
        && made.normal_forms == yiren::standardise::NORMAL_FORMS;
    Ok(anew.then_some(Rebuilding {
        model,
        policy,
        figures: if keep {
            Figures::Of(generation)
        } else {
            Figures::Count
        },
    }))
}

fn print_nightly(nightly: &Nightly, verb: &Sweep, language: Language) -> anyhow::Result<()> {
    let difference = &nightly.difference;
    let figures = [
        (
            "记录归属有异的记录",
            "records whose person differed",
            difference.records.len(),
        ),
        ("有异的关联", "links that differed", difference.links.len()),
        ("应新增的发现", "findings to open", difference.open.len()),
        ("应撤销的发现", "findings to close", difference.close.len()),
    ];
    if verb.json {
        let printed = json!({
            "dry_run": verb.dry_run,
            "changed_records": nightly.delta,
            "differing_records": difference.records.len(),
            "differing_links": difference.links.len(),
            "findings_to_open": difference.open.len(),
            "findings_to_close": difference.close.len(),
            "outcome": nightly.outcome,
            "summary": nightly.swept.as_ref().map(|swept| &swept.summary),
        });
        println!("{}", serde_json::to_string_pretty(&printed)?);
        return Ok(());
    }
    let redone = nightly.delta.map(|records| {
        (
            "上次核查后有变动、已重新判定的记录",
            "records changed since the last sweep",
            records as usize,
        )
    });
    if let Some(swept) = &nightly.swept {
        print!("{}", describe(&swept.summary, language));
    }
    let mut table = plain_table();
    for (zh, en, count) in redone.into_iter().chain(figures) {
        table.add_row(vec![Cell::new(language.pick(zh, en)), figure(count)]);
    }
    print!("{}", print_table(table));
    if verb.dry_run {
        println!(
            "{}",
            language.pick("仅查看，未改动任何内容", "dry run: nothing was changed")
        );
    }
    if let Some(out) = &verb.out {
        println!(
            "{}  {}",
            language.pick("报告", "report"),
            out.join("report.html").display()
        );
    }
    Ok(())
}

fn print_comparison(found: &Comparison, json: bool, language: Language) -> anyhow::Result<()> {
    if json {
        println!("{}", serde_json::to_string_pretty(found)?);
        return Ok(());
    }
    let mut table = plain_table();
    table.add_row(vec![
        Cell::new(language.pick("现行模型", "model in force")),
        Cell::new(&found.model),
    ]);
    table.add_row(vec![
        Cell::new(language.pick("另一模型", "other model")),
        Cell::new(&found.other_model),
    ]);
    for (zh, en, count) in [
        ("记录", "records", found.records),
        ("现有人数", "persons now", found.entities),
        ("将有人数", "persons then", found.other_entities),
        ("将有变动的人", "persons altered", found.altered),
        ("将改归他人的记录", "records moved", found.moved),
        ("现有发现", "findings now", found.findings),
        ("将新增的发现", "findings opened", found.opened),
        ("将撤销的发现", "findings closed", found.closed),
    ] {
        table.add_row(vec![Cell::new(language.pick(zh, en)), figure(count)]);
    }
    print!("{}", print_table(table));
    for example in &found.examples {
        println!("\n{}  {}", example.entity, example.records.join(", "));
        for other in &example.others {
            println!("  → {}", other.join(", "));
        }
    }
    Ok(())
}
