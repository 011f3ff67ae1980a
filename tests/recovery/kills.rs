//! Processes that are killed while they write.

use std::collections::BTreeMap;
use std::fs;
use std::hint::spin_loop;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use yiren::store::{Durability, Family, Store};

use super::child::{Other, say, text};
use super::dump::scratch;
use super::history::{Event, Expected, History, assert_sound, busy_options, happen, resolve_anew};
use super::people::{create, recording};

const SIGKILL: i32 = 9;

/// How many processes are killed.
fn kills() -> u64 {
    let asked = std::env::var("YIREN_KILLS").ok();
    asked.and_then(|asked| asked.parse().ok()).unwrap_or(60)
}

/// Kills that one store goes through.
const KILLS_A_STORE: u64 = 12;

/// What a process does until it is killed: it opens the store, or makes it, and goes on with its
/// history from an event. With a leash it waits for a word after every so many events.
pub fn live(told: &[&str]) {
    let &[folder, history, events, durability, ref leash @ ..] = told else {
        panic!("{told:?}")
    };
    let leash: Option<u64> = leash.first().map(|leash| leash.parse().unwrap());
    let folder = Path::new(folder);
    let durability = if durability == "synced" {
        Durability::Synced
    } else {
        Durability::System
    };
    let history = History(history.parse().unwrap());
    let mut expected = Expected::after(history, events.parse().unwrap());
    say("doing opening");
    let store = if Store::is_there(folder) {
        Store::open(folder, &busy_options()).unwrap()
    } else {
        drop(create(folder));
        Store::open(folder, &busy_options()).unwrap()
    };
    say(&format!(
        "done {} {}",
        expected.events,
        store.view().commit().unwrap().0
    ));
    loop {
        let event = history.event(expected.events);
        say(&format!("doing {}", name_of(&event)));
        happen(&store, &event, &expected, durability).unwrap();
        expected.follow(&event);
        say(&format!(
            "done {} {}",
            expected.events,
            store.view().commit().unwrap().0
        ));
        if leash.is_some_and(|leash| expected.events.is_multiple_of(leash)) {
            std::io::stdin().read_line(&mut String::new()).unwrap();
        }
    }
}

fn name_of(event: &Event) -> &'static str {
    match event {
        Event::Batch(_) => "batch",
        Event::Verdict(..) => "verdict",
        Event::Stash(_) => "stash",
        Event::Rebuild(_) => "rebuild",
        Event::Sweep => "sweep",
    }
}

/// What was acknowledged before a process was killed.
struct Acknowledged {
    /// Events, and the commit the last led to; `None` if not even the opening was.
    last: Option<(u64, u64)>,
    /// What it was doing when it was killed.
    doing: String,
}

/// Lets a process live for a while and kills it.
fn let_live(random: &mut ChaCha8Rng, told: &[&str]) -> Acknowledged {
    let mut process = Other::start("live", told);
    let mut acknowledged = Acknowledged {
        last: None,
        doing: "starting".to_string(),
    };
    let mut hear = |line: &str| match line.split(' ').collect::<Vec<_>>()[..] {
        ["done", events, commit] => {
            acknowledged.last = Some((events.parse().unwrap(), commit.parse().unwrap()));
            acknowledged.doing = "between".to_string();
        }
        ["doing", what] => acknowledged.doing = what.to_string(),
        _ => panic!("{line}"),
    };
    // A third is killed while it resolves everything, or begins, or sweeps; the others anywhere.
    let (awaited, mut left) = match random.next_u32() % 9 {
        0 | 1 => ("doing rebuild", 1),
        2 => ("doing opening", 1),
        3 => ("doing sweep", 1),
        _ => ("do", 1 + random.next_u32() % 40),
    };
    while left > 0 {
        let Some(line) = process.next(&["doing", "done"]) else {
            panic!("the process ended by itself: {:?}", process.end());
        };
        hear(&line);
        left -= u32::from(line.starts_with(awaited));
    }
    let most = 1_u32 << (8 + random.next_u32() % 14);
    (0..random.next_u32() % most).for_each(|_| spin_loop());
    process.kill();
    while let Some(line) = process.next(&["doing", "done"]) {
        hear(&line);
    }
    assert_eq!(process.end().signal(), Some(SIGKILL), "it ended by itself");
    acknowledged
}

#[test]
fn nothing_acknowledged_is_lost_when_a_process_is_killed() {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let mut doing: BTreeMap<String, u64> = BTreeMap::new();
    let (mut whole, mut events) = (0, 0);
    for number in 0..kills().div_ceil(KILLS_A_STORE) {
        let (durability, told, temporary) = match number % 2 {
            0 => (Durability::Synced, "synced", tempfile::tempdir().unwrap()),
            _ => (Durability::System, "system", scratch()),
        };
        let folder = temporary.path().join("store");
        let history = History(number);
        let mut expected = Expected::default();
        let mut commit = 0;
        for _ in 0..KILLS_A_STORE.min(kills() - number * KILLS_A_STORE) {
            let start = expected.events.to_string();
            let said = [text(&folder), &number.to_string(), &start, told];
            let acknowledged = let_live(&mut random, &said);
            *doing.entry(acknowledged.doing).or_default() += 1;
            if let Some((events, at)) = acknowledged.last {
                (expected, commit) = (Expected::after(history, events), at);
            } else if commit == 0 && !Store::is_there(&folder) {
                continue;
            }
            let store = Store::open(&folder, &busy_options()).unwrap();
            let event = history.event(expected.events);
            whole += u64::from(settle(&store, &event, &mut expected, commit));
            if store.view().state().unwrap().unresolved {
                resolve_anew(&store, true, &expected.recording(durability)).unwrap();
            }
            assert_sound(&store, &expected.recording(durability));
            commit = store.view().commit().unwrap().0;
        }
        events += expected.events;
    }
    eprintln!("killed while {doing:?}; {events} events, {whole} whole though not acknowledged");
    assert!(doing.len() > 3, "killed at few moments: {doing:?}");
}

/// Whether the event that was under way happened: all of it or nothing. `expected` and `commit`
/// are what was acknowledged.
fn settle(store: &Store, event: &Event, expected: &mut Expected, commit: u64) -> bool {
    let view = store.view();
    let found = view.commit().unwrap().0;
    assert!(
        found >= commit,
        "commit {commit} was acknowledged, and {found} is the last"
    );
    let happened = found > commit;
    if happened && (expected.events > 0 || commit > 0) {
        // No event here is more than one commit.
        assert_eq!(found, commit + 1);
        expected.follow(event);
    }
    if let Err(difference) = expected.compare(&view) {
        panic!("after {} events: {difference}", expected.events);
    }
    happened
}

/// A stop between two steps of taking files into the database leaves a file with two names.
#[test]
fn a_rebuild_does_not_write_over_what_a_stopped_one_left() {
    let temporary = scratch();
    let folder = temporary.path().join("store");
    let store = create(&folder);
    let mut expected = Expected::default();
    for number in 0..6 {
        let event = History(2).event(number);
        happen(&store, &event, &expected, Durability::System).unwrap();
        expected.follow(&event);
    }
    resolve_anew(&store, true, &recording()).unwrap();
    drop(store);
    let files = fs::read_dir(folder.join("db")).unwrap();
    let files = files.map(|entry| entry.unwrap().path());
    let files: Vec<_> = files
        .filter(|path| path.extension().is_some_and(|end| end == "sst"))
        .collect();
    for before in [true, false] {
        // Left before the store was opened, or since.
        let leave = || {
            fs::create_dir_all(folder.join("bulk")).unwrap();
            for (family, file) in Family::DERIVED.iter().zip(files.iter().rev()) {
                let left = folder.join("bulk").join(format!("{}-0.sst", family.name()));
                if file.exists() {
                    fs::hard_link(file, left).unwrap();
                }
            }
        };
        if before {
            leave();
        }
        let store = Store::open(&folder, &busy_options()).unwrap();
        assert!(
            !folder.join("bulk").exists(),
            "what was left takes up the disk"
        );
        if !before {
            leave();
        }
        resolve_anew(&store, true, &recording()).unwrap();
        drop(store);
        let store = Store::open(&folder, &busy_options()).unwrap();
        assert_sound(&store, &recording());
    }
}
