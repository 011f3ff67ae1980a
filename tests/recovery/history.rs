//! What happens to a store, event by event, and what it must hold after each.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use yiren::policy;
use yiren::resolve::{
    Change, Engine, Figures, Judgement, Op, Rebuilding, Recording, ResolveError, Sweeping, apply,
    give_verdict, rebuild, stash, sweep_store, verify,
};
use yiren::store::{Cells, Durability, Moment, RecordState, Store, VerdictKind, View};
use yiren::sweep::Silent;
use yiren_matchers::normalise::date::Date;

use super::people::{changes, engine, kind, model, options, place, recording};

/// Members of a block that are all compared.
const CAP: usize = 4;

/// Something that happens to a store.
#[derive(Clone, Debug)]
pub enum Event {
    /// Changes in one commit.
    Batch(Vec<Change>),
    /// A person says something of two records.
    Verdict([(String, String); 2], VerdictKind),
    /// Records come, to be resolved by the next event, a rebuild.
    Stash(Vec<Change>),
    /// Everything is resolved anew, with the figures that there are or with new ones.
    Rebuild(bool),
    /// A month goes by, and the nightly sweep opens and closes what it opens and closes.
    Sweep,
}

/// One sequence of events, the same wherever it is asked for.
#[derive(Copy, Clone, Debug)]
pub struct History(pub u64);

impl History {
    /// The event of that number, from 0.
    pub fn event(self, number: u64) -> Event {
        match number {
            0 => Event::Rebuild(true),
            _ => match self.draw(number - 1) {
                Event::Stash(_) => Event::Rebuild(true),
                _ => self.draw(number),
            },
        }
    }

    fn draw(self, number: u64) -> Event {
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.0.to_le_bytes());
        seed[8..16].copy_from_slice(&number.to_le_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        event().new_tree(&mut runner).unwrap().current()
    }
}

fn event() -> impl Strategy<Value = Event> {
    let name = || {
        place().prop_map(|place| {
            let named = super::people::change(place, Op::Delete);
            (named.source.to_string(), named.record_id.to_string())
        })
    };
    prop_oneof![
        8 => changes(8).prop_map(Event::Batch),
        3 => (name(), name(), kind()).prop_map(|(a, b, kind)| Event::Verdict([a, b], kind)),
        1 => changes(12).prop_map(Event::Stash),
        1 => any::<bool>().prop_map(Event::Rebuild),
        1 => Just(Event::Sweep),
    ]
}

/// What a store must hold.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    /// Events so far.
    pub events: u64,
    /// Months that went by.
    months: u32,
    /// Versions of each record, oldest first; `None` where it was deleted.
    records: BTreeMap<(String, String), Vec<Option<Cells>>>,
    /// What was said of two records, oldest first.
    verdicts: BTreeMap<[(String, String); 2], Vec<VerdictKind>>,
}

impl Expected {
    /// After so many events of a history.
    pub fn after(history: History, events: u64) -> Expected {
        let mut expected = Expected::default();
        (0..events).for_each(|number| expected.follow(&history.event(number)));
        expected
    }

    /// What one more event leaves.
    pub fn follow(&mut self, event: &Event) {
        self.events += 1;
        match event {
            Event::Batch(changes) | Event::Stash(changes) => self.follow_changes(changes),
            Event::Verdict(of, kind) => self.follow_verdict(of, *kind),
            Event::Rebuild(_) => {}
            Event::Sweep => self.months += 1,
        }
    }

    fn follow_changes(&mut self, changes: &[Change]) {
        let name = |change: &Change| (change.source.to_string(), change.record_id.to_string());
        let last: BTreeMap<_, &Op> = changes
            .iter()
            .map(|change| (name(change), &change.op))
            .collect();
        for (name, op) in last {
            let current = self.records.get(&name).and_then(|versions| versions.last());
            let current = current.and_then(Option::as_ref);
            let version = match op {
                Op::Upsert(cells) if current != Some(cells) => Some(cells.clone()),
                Op::Delete if current.is_some() => None,
                _ => continue,
            };
            self.records.entry(name).or_default().push(version);
        }
    }

    fn follow_verdict(&mut self, of: &[(String, String); 2], kind: VerdictKind) {
        let is_there = |name| {
            self.records
                .get(name)
                .is_some_and(|versions| versions.last() != Some(&None))
        };
        let mut of = of.clone();
        of.sort_unstable();
        if of[0] == of[1] || !of.iter().all(is_there) {
            return;
        }
        let known = self.verdicts.get(&of).and_then(|said| said.last().copied());
        if known.unwrap_or(VerdictKind::Withdrawn) == kind || self.contradicts(&of, kind) {
            return;
        }
        self.verdicts.entry(of).or_default().push(kind);
    }

    /// Whether what was said of others forbids it.
    fn contradicts(&self, of: &[(String, String); 2], kind: VerdictKind) -> bool {
        let others = || {
            let said = self.verdicts.iter().filter(|(pair, _)| *pair != of);
            said.filter_map(|(pair, said)| Some((pair, *said.last()?)))
        };
        let mut joined: BTreeMap<&(String, String), usize> = BTreeMap::new();
        let names = of.iter().chain(self.verdicts.keys().flatten());
        names.enumerate().for_each(|(number, name)| {
            joined.entry(name).or_insert(number);
        });
        for (pair, said) in others() {
            if said == VerdictKind::MustLink {
                let (into, from) = (joined[&pair[0]], joined[&pair[1]]);
                joined
                    .values_mut()
                    .filter(|part| **part == from)
                    .for_each(|part| *part = into);
            }
        }
        let (a, b) = (joined[&of[0]], joined[&of[1]]);
        match kind {
            VerdictKind::Withdrawn => false,
            VerdictKind::CannotLink => a == b,
            VerdictKind::MustLink => others().any(|(pair, said)| {
                let parts = [joined[&pair[0]], joined[&pair[1]]];
                said == VerdictKind::CannotLink && [[a, b], [b, a], [a, a], [b, b]].contains(&parts)
            }),
        }
    }

    /// How many verdicts were given.
    pub fn verdicts(&self) -> usize {
        self.verdicts.values().map(Vec::len).sum()
    }

    /// How the next event is to be recorded.
    pub fn recording(&self, durability: Durability) -> Recording {
        let month = 5 + self.months;
        let day = Date::new(2026 + (month / 12) as u16, (month % 12 + 1) as u8, 28);
        Recording {
            at: Moment(recording().at.0 + self.events as i64),
            as_of: day.unwrap(),
            durability,
            ..recording()
        }
    }

    /// What the store of a view does not hold as it should; `Ok` if all is there.
    pub fn compare(&self, view: &View<'_>) -> Result<(), String> {
        let mut current = 0;
        for ((source, record_id), versions) in &self.records {
            let found = view.find(source, record_id).unwrap();
            let mut stored = view.record_history(found.key).unwrap();
            stored.extend(found.record.map(|record| (0, record)));
            let stored: Vec<Option<Cells>> = stored
                .into_iter()
                .map(|(_, record)| (record.state == RecordState::Current).then_some(record.cells))
                .collect();
            if stored != *versions {
                return Err(format!(
                    "{source}:{record_id} is\n{stored:#?}\nand not\n{versions:#?}"
                ));
            }
            current += u64::from(versions.last().is_some_and(Option::is_some));
        }
        let there = view.state().unwrap().records;
        if there != current {
            return Err(format!("{there} records are there, not {current}"));
        }
        for (of, said) in &self.verdicts {
            let [a, b] = of
                .each_ref()
                .map(|(source, id)| view.find(source, id).unwrap().key);
            let mut stored = view.verdict_history(a, b).unwrap();
            stored.extend(view.verdict(a, b).unwrap().map(|verdict| (0, verdict)));
            let stored: Vec<VerdictKind> = stored
                .into_iter()
                .map(|(_, verdict)| verdict.kind)
                .collect();
            if stored != *said {
                return Err(format!("of {of:?} was said {stored:?} and not {said:?}"));
            }
        }
        Ok(())
    }
}

/// Does to a store what an event says; `expected` is what it holds before.
pub fn happen(
    store: &Store,
    event: &Event,
    expected: &Expected,
    durability: Durability,
) -> Result<(), ResolveError> {
    let mut expected = expected.clone();
    if matches!(event, Event::Sweep) {
        expected.months += 1;
    }
    let recording = expected.recording(durability);
    let deciding = || engine(store);
    match event {
        Event::Batch(changes) => apply(store, &deciding(), changes, &recording).map(drop),
        Event::Stash(changes) => stash(store, changes, &recording).map(drop),
        Event::Verdict([a, b], kind) => {
            let judgement = Judgement {
                a: a.clone(),
                b: b.clone(),
                kind: *kind,
                why: "test".to_string(),
            };
            match give_verdict(store, &deciding(), &judgement, &recording) {
                Err(ResolveError::Contradiction(_) | ResolveError::NoSuchRecord(..)) => Ok(()),
                given => given.map(drop),
            }
        }
        Event::Rebuild(recount) => resolve_anew(store, *recount, &recording),
        Event::Sweep => {
            let sweeping = Sweeping {
                out: None,
                pairs: false,
                dry_run: false,
                delta: false,
            };
            sweep_store(store, &deciding(), &sweeping, &recording, &Silent).map(drop)
        }
    }
}

/// Resolves everything anew.
pub fn resolve_anew(
    store: &Store,
    recount: bool,
    recording: &Recording,
) -> Result<(), ResolveError> {
    let rebuilding = Rebuilding {
        model: model(CAP),
        policy: policy::SHIPPED.to_string(),
        figures: match store.view().state()?.in_force() {
            Some(generation) if !recount => Figures::Of(generation),
            _ => Figures::Count,
        },
    };
    rebuild(store, &rebuilding, recording, &Silent).map(drop)
}

/// A store that is opened, small as it is, as a large one would be: files are written often.
pub fn busy_options() -> yiren::store::OpenOptions {
    yiren::store::OpenOptions {
        log: 48 << 10,
        ..options()
    }
}

/// What a store holds must hold together, and be what a sweep over everything says.
pub fn assert_sound(store: &Store, recording: &Recording) {
    let view = store.view();
    let checked = view.check().unwrap();
    assert!(checked.faults.is_empty(), "{:#?}", checked.faults);
    if let Some(deciding) = Engine::in_force(&view).unwrap() {
        let difference = verify(&view, &deciding, recording.as_of, &Silent).unwrap();
        assert!(difference.is_empty(), "{difference:#?}");
    }
}
