//! Whatever the order in which records and verdicts come, the answer is that of a sweep.

use proptest::prelude::*;
use yiren::resolve::{Change, Engine, Op, Recording, Sweeping, sweep_store, verify};
use yiren::store::{Store, VerdictKind};
use yiren::sweep::Silent;
use yiren_matchers::normalise::date::Date;

use super::people::{
    assert_sound, change, changes, create, engine, judge, kind, namesake, options, place,
    recording, sweep, upsert,
};

/// Something that happens to a store.
#[derive(Clone, Debug)]
enum Event {
    /// Changes in one commit.
    Batch(Vec<Change>),
    /// A person says something of two records.
    Verdict((usize, u8), (usize, u8), VerdictKind),
    /// The process ends and another opens the store.
    Reopen,
    /// A sweep over everything, with the figures that there are or with new ones.
    Sweep(bool),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        8 => changes(2).prop_map(Event::Batch),
        4 => changes(8).prop_map(Event::Batch),
        4 => (place(), place(), kind()).prop_map(|(a, b, kind)| Event::Verdict(a, b, kind)),
        1 => Just(Event::Reopen),
        1 => any::<bool>().prop_map(Event::Sweep),
    ]
}

/// How many sequences are tried: a few, or as many as `YIREN_SEQUENCES` says.
fn sequences() -> u32 {
    let asked = std::env::var("YIREN_SEQUENCES").ok();
    asked.and_then(|asked| asked.parse().ok()).unwrap_or(48)
}

/// A few events, and a sweep's answer after them.
fn run(cap: usize, first: &[Change], events: &[Event]) -> Result<(), TestCaseError> {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("store");
    let mut store = create(&folder);
    sweep(&store, cap, true);
    let mut deciding = engine(&store);
    upsert(&store, &deciding, first);
    // Begun empty, a store weighs as in the whole country; with the figures of these few records
    // much more is joined.
    sweep(&store, cap, true);
    deciding = engine(&store);
    for event in events {
        match event {
            Event::Batch(changes) => {
                upsert(&store, &deciding, changes);
            }
            Event::Verdict(a, b, kind) => {
                judge(&store, &deciding, *a, *b, *kind);
            }
            Event::Reopen => {
                drop(store);
                store = Store::open(&folder, &options()).unwrap();
                deciding = engine(&store);
            }
            Event::Sweep(recount) => {
                sweep(&store, cap, *recount);
                deciding = engine(&store);
            }
        }
    }
    assert_sound(&store, &deciding)?;
    a_month_later(&store, &deciding)
}

/// A sweep of what changed, in another month, comes to what a sweep of everything says, and the
/// next one finds that nothing changed.
fn a_month_later(store: &Store, engine: &Engine) -> Result<(), TestCaseError> {
    let later = Recording {
        as_of: Date::new(2026, 7, 15).unwrap(),
        ..recording()
    };
    let sweeping = Sweeping {
        out: None,
        pairs: false,
        dry_run: false,
        delta: true,
    };
    for round in 0..2 {
        let nightly = sweep_store(store, engine, &sweeping, &later, &Silent).unwrap();
        prop_assert!(nightly.delta.is_some());
        let difference = verify(&store.view(), engine, later.as_of, &Silent).unwrap();
        prop_assert!(difference.is_empty(), "{difference:#?}");
        if round == 1 {
            prop_assert_eq!(nightly.delta, Some(0));
            prop_assert!(nightly.difference.is_empty());
        }
    }
    Ok(())
}

/// Changes among records that say nearly the same of a person, and so are all in one block.
fn crowd(most: usize) -> impl Strategy<Value = Vec<Change>> {
    let op = prop_oneof![
        3 => namesake().prop_map(Op::Upsert),
        2 => Just(Op::Delete),
    ];
    let one = (place(), op).prop_map(|(place, op)| change(place, op));
    proptest::collection::vec(one, 1..most)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: sequences(),
        max_shrink_iters: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_answer_is_that_of_a_sweep(
        cap in 2..5_usize,
        first in changes(12),
        events in proptest::collection::vec(event(), 1..16),
    ) {
        run(cap, &first, &events)?;
    }

    #[test]
    fn the_answer_is_that_of_a_sweep_in_a_block_over_its_cap(
        cap in 2..4_usize,
        first in crowd(30),
        events in proptest::collection::vec(crowd(3).prop_map(Event::Batch), 1..4),
    ) {
        run(cap, &first, &events)?;
    }
}
