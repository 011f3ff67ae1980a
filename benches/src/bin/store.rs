//! What a store of many records takes to look a person up in, and to change one record at a time:
//! `store DIR OLD NEW COUNT CLIENTS`. DIR is a store (which is changed: give a copy), OLD the files
//! that are in it and NEW others, of which COUNT records are applied one at a time by CLIENTS callers
//! at once.
//! Prints one line a figure: name, tab, value.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use yiren::ingest::{self, Event, Options};
use yiren::loading;
use yiren::resolve::{Change, Engine, Op, Queue, Recording};
use yiren::store::{Cells, Durability, EntityState, Moment, OpenOptions, RecordKey, Store};
use yiren_matchers::normalise::date::Date;

/// What the ids of records begin with that are not in the store yet.
const NEW: &str = "new-";

/// Persons looked up.
const LOOKUPS: usize = 20_000;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [verb, folder, files] = arguments.as_slice()
        && verb == "load"
    {
        return load(folder, files);
    }
    let [folder, old, files, count, clients] = arguments.as_slice() else {
        return Err(anyhow!("usage: store DIR OLD NEW COUNT CLIENTS"));
    };
    let (count, clients): (usize, usize) = (count.parse()?, clients.parse()?);
    let begun = Instant::now();
    let store = Store::open(&PathBuf::from(folder), &OpenOptions::default())?;
    let view = store.view();
    let engine = Engine::in_force(&view)?.context("nothing is resolved in the store")?;
    println!("open_seconds\t{:.2}", begun.elapsed().as_secs_f64());
    println!("records\t{}", view.state()?.records);

    let keys = changes(&PathBuf::from(old), LOOKUPS)?;
    for round in ["first", "again"] {
        let mut times: Vec<Duration> = Vec::with_capacity(LOOKUPS);
        for Change {
            source, record_id, ..
        } in &keys
        {
            let record_id = record_id.strip_prefix(NEW).unwrap_or(record_id);
            let begun = Instant::now();
            let found = view.find(source, record_id)?;
            let member = view.member(engine.generation, found.key)?;
            let member = member.context("a record is in no entity")?;
            let entity = view.entity(engine.generation, member.entity)?;
            if let Some(EntityState::Members(members)) = entity.map(|entity| entity.state) {
                let members: Vec<RecordKey> = members.into_iter().map(RecordKey).collect();
                view.records(&members)?;
            }
            times.push(begun.elapsed());
        }
        times.sort_unstable();
        let at = |share: usize| times[times.len() * share / 1000].as_secs_f64() * 1e6;
        println!("lookup_{round}_median_us\t{:.0}", at(500));
        println!("lookup_{round}_p99_us\t{:.0}", at(990));
    }
    drop(view);

    let changes = changes(&PathBuf::from(files), count)?;
    let recording = recording()?;
    let queue = Queue::new(store.into(), engine, 4_096);
    let next = AtomicUsize::new(0);
    let begun = Instant::now();
    std::thread::scope(|scope| {
        let work = || -> anyhow::Result<()> {
            while let Some(change) = changes.get(next.fetch_add(1, Ordering::Relaxed)) {
                queue
                    .submit(change.clone(), &recording)
                    .map_err(|error| anyhow!("{error}"))?;
            }
            Ok(())
        };
        let workers: Vec<_> = (0..clients).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            worker.join().map_err(|_| anyhow!("a caller panicked"))??;
        }
        anyhow::Ok(())
    })?;
    let seconds = begun.elapsed().as_secs_f64();
    println!("one_at_a_time\t{}", changes.len());
    println!("one_at_a_time_clients\t{clients}");
    println!(
        "one_at_a_time_per_second\t{:.0}",
        changes.len() as f64 / seconds
    );
    Ok(())
}

/// Loads files into a new store.
fn load(folder: &str, files: &str) -> anyhow::Result<()> {
    let begun = Instant::now();
    let recording = recording()?;
    let settings = loading::Settings::default();
    let store = loading::open(
        &PathBuf::from(folder),
        &OpenOptions::default(),
        &settings,
        &recording,
    )?;
    let options = loading::LoadOptions {
        ingest: Options::default(),
        full: false,
        recording: &|| recording.clone(),
    };
    let loaded = loading::load(&store, &[PathBuf::from(files)], &options, &Phases(begun))?;
    println!("load_seconds\t{:.1}", begun.elapsed().as_secs_f64());
    println!("loaded\t{}", loaded.outcome.added);
    for (family, bytes) in store.view().bytes()? {
        println!("bytes_{}\t{bytes}", family.name());
    }
    Ok(())
}

/// Tells when each phase of a load began.
struct Phases(Instant);

impl loading::Watcher for Phases {
    fn progress(&self, phase: loading::Phase, done: u64, _: u64) {
        if done == 0 {
            eprintln!("{:6.1} {phase:?}", self.0.elapsed().as_secs_f64());
        }
    }
    fn committed(&self, _: &loading::Committed) {}
    fn rejected(&self, _: yiren::ingest::Reject) {}
}

fn recording() -> anyhow::Result<Recording> {
    Ok(Recording {
        actor: "bench".to_string(),
        at: Moment(1_800_000_000_000),
        as_of: Date::new(2026, 6, 30).context("a day")?,
        durability: Durability::Synced,
    })
}

/// The first records of the files, each under an id of its own.
fn changes(files: &PathBuf, count: usize) -> anyhow::Result<Vec<Change>> {
    let options = Options::default();
    let inputs = ingest::discover(std::slice::from_ref(files), &options)?;
    let mut changes = Vec::new();
    for file in 0..inputs.files.len() as u32 {
        ingest::read_file(&inputs, file, &options, &mut |event| {
            let Event::Batch(batch) = event else {
                return Ok(());
            };
            let id = batch.column("record_id").unwrap_or(0);
            for row in 0..batch.len() {
                let cells = batch
                    .columns
                    .iter()
                    .map(|column| &**column)
                    .zip(batch.row(row));
                let cells = cells.filter(|(column, _)| *column != "record_id");
                changes.push(Change {
                    source: (*batch.source).into(),
                    record_id: format!("{NEW}{}", batch.cell(row, id)).into(),
                    op: Op::Upsert(Cells::of(cells)),
                });
            }
            Ok(())
        })?;
    }
    // From all files alike.
    let step = (changes.len() / count.max(1)).max(1);
    Ok(changes.into_iter().step_by(step).take(count).collect())
}
