//! What an investigator asks of a store, against slow and obvious answers.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use yiren::id::EntityId;
use yiren::index::Candidates;
use yiren::policy::Policy;
use yiren::query::{
    Because, Happening, Known, MatrixBy, NetworkOptions, PathOptions, Reading, TieKind, Who, how,
    matrix, matrix_persons, network, paths, show, timeline, why,
};
use yiren::resolve::{Change, Engine, Met, Op, Recording, apply, meetings};
use yiren::store::{
    Cells, Family, Moment, Record, RecordKey, RecordState, Store, VerdictKind, View,
};
use yiren_matchers::normalise::date::{Date, parse};

use super::people::{
    cells, change, changes, create, engine, judge, kind, namesake, place, recording, sweep, upsert,
};

/// What a person says of two records.
type Said = ((usize, u8), (usize, u8), VerdictKind);

/// A store of some records, and verdicts about them.
fn store_of(
    folder: &std::path::Path,
    cap: usize,
    changes: &[Change],
    verdicts: &[Said],
) -> (Store, Engine) {
    let store = create(folder);
    sweep(&store, cap, true);
    let first = engine(&store);
    upsert(&store, &first, changes);
    // With the frequencies of these records.
    sweep(&store, cap, true);
    let engine = engine(&store);
    for &(a, b, kind) in verdicts {
        judge(&store, &engine, a, b, kind);
    }
    (store, engine)
}

/// Numbers that count, for some of the other tests' that are wrong or placeholders.
const COUNTING: [(&str, &str); 6] = [
    ("110101196205070010", "110101196205070016"),
    ("11010119620507001X", "110101196205070059"),
    ("110101199001010016", "110101199001010015"),
    ("330106197803154418", "33010619780315441X"),
    ("13912345678", "13905640017"),
    ("13812345679", "13805640023"),
];

/// Records for whom the sharing of numbers is the rule.
fn sharing() -> impl Strategy<Value = Vec<Change>> {
    let one = (place(), cells()).prop_map(|(at, cells)| {
        let counts = |(column, text)| {
            let known = COUNTING.iter().find(|(known, _)| *known == text);
            (column, known.map_or(text, |(_, counts)| *counts))
        };
        change(at, Op::Upsert(Cells::of(cells.iter().map(counts))))
    });
    proptest::collection::vec(one, 2..24)
}

fn verdicts() -> impl Strategy<Value = Vec<Said>> {
    proptest::collection::vec((place(), place(), kind()), 0..4)
}

/// All records on file with their entities.
fn on_file(view: &View<'_>, engine: &Engine) -> Vec<(RecordKey, Record, EntityId)> {
    let mut found = Vec::new();
    view.cursor(Family::Records)
        .unwrap()
        .each_record(|key, record| {
            found.push((key, record));
            Ok(true)
        })
        .unwrap();
    found
        .into_iter()
        .map(|(key, record)| {
            let member = view.member(engine.generation, key).unwrap().unwrap();
            (key, record, member.entity)
        })
        .collect()
}

/// What a record can share with others, by the raw text: the records here write each in one way.
fn values(record: &Record, addresses: bool) -> Vec<(TieKind, String)> {
    let columns = [
        (TieKind::NationalId, "national_id"),
        (TieKind::Account, "bank_account"),
        (TieKind::Phone, "phone"),
        (TieKind::Household, "household_id"),
    ];
    let mut found: Vec<(TieKind, String)> = columns
        .iter()
        .map(|(kind, column)| (*kind, record.cells.get(column).to_string()))
        .collect();
    let address = record.cells.get("hukou_address").to_string();
    // The last of the addresses names no door.
    if addresses && !address.ends_with('村') {
        found.push((TieKind::Address, address));
    }
    found.retain(|(_, text)| !text.is_empty());
    found
}

/// Persons by the values that they have.
type Sharing = BTreeMap<(TieKind, String), BTreeSet<EntityId>>;

fn sharing_of(records: &[(RecordKey, Record, EntityId)], addresses: bool) -> Sharing {
    let mut sharing = Sharing::new();
    for (_, record, entity) in records {
        for value in values(record, addresses) {
            sharing.entry(value).or_default().insert(*entity);
        }
    }
    sharing
}

/// Steps from one person to each that a chain of values leads to, no value being followed that more
/// than `hub` share.
fn steps(sharing: &Sharing, from: EntityId, hub: usize) -> BTreeMap<EntityId, u32> {
    let mut steps = BTreeMap::from([(from, 0)]);
    for step in 1.. {
        let near: BTreeSet<EntityId> = sharing
            .values()
            .filter(|persons| persons.len() <= hub)
            .filter(|persons| {
                persons
                    .iter()
                    .any(|person| steps.get(person) == Some(&(step - 1)))
            })
            .flatten()
            .copied()
            .collect();
        let before = steps.len();
        for person in near {
            steps.entry(person).or_insert(step);
        }
        if steps.len() == before {
            return steps;
        }
    }
    steps
}

fn reading(engine: &Engine) -> Reading {
    Reading::of(&engine.made).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// The network holds whom a search over all pairs of records finds, and what they share.
    #[test]
    fn a_network_is_that_of_all_records(
        changes in sharing(), hub in 1..5_usize, depth in 1..4_u32, addresses: bool,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let (store, engine) = store_of(&folder.path().join("store"), 100, &changes, &[]);
        let (view, reading) = (store.view(), reading(&engine));
        let records = on_file(&view, &engine);
        let sharing = sharing_of(&records, addresses);
        let start = records[0].2;
        let options = NetworkOptions { depth, hub, persons: 1000, addresses };
        let found = network(&view, &engine.made, &reading, start, &options).unwrap().unwrap();
        let expected: BTreeSet<(String, u32)> = steps(&sharing, start, hub)
            .into_iter()
            .filter(|(_, step)| *step <= depth)
            .map(|(entity, step)| (entity.to_string(), step))
            .collect();
        let persons = found.persons.iter();
        let met: BTreeSet<(String, u32)> = persons.map(|p| (p.entity.clone(), p.step)).collect();
        prop_assert_eq!(&met, &expected);
        let step_of: BTreeMap<&str, u32> =
            expected.iter().map(|(entity, step)| (entity.as_str(), *step)).collect();
        let nearest = |persons: &BTreeSet<EntityId>| {
            persons.iter().filter_map(|person| step_of.get(&*person.to_string())).min().copied()
        };
        let expected: BTreeSet<(TieKind, String, usize, bool, u32)> = sharing
            .iter()
            .filter(|(_, persons)| persons.len() > 1)
            .filter_map(|((kind, text), persons)| {
                let step = nearest(persons).filter(|step| *step < depth)?;
                Some((*kind, text.clone(), persons.len(), persons.len() > hub, step))
            })
            .collect();
        let values = found.values.iter();
        let met = values.map(|v| (v.kind, v.text.clone(), v.persons, v.hub, v.step)).collect();
        prop_assert_eq!(expected, met);
        for (place, value) in found.values.iter().enumerate() {
            let persons = &sharing[&(value.kind, value.text.clone())];
            let shown = persons.iter().filter(|p| step_of.contains_key(&*p.to_string())).count();
            prop_assert_eq!(found.ties.iter().filter(|tie| tie.value == place).count(), shown);
        }
        prop_assert_eq!(found.left_out, 0);
        // The same again, to the byte.
        let again = network(&view, &engine.made, &reading, start, &options).unwrap().unwrap();
        prop_assert_eq!(found.to_dot(), again.to_dot());
        prop_assert_eq!(found.to_graphml(), again.to_graphml());
    }

    /// Chains are as long as a search over all pairs of records says, and hold at every step.
    #[test]
    fn paths_are_the_shortest(changes in sharing(), hub in 2..6_usize, depth in 1..7_u32) {
        let folder = tempfile::tempdir().unwrap();
        let (store, engine) = store_of(&folder.path().join("store"), 100, &changes, &[]);
        let (view, reading) = (store.view(), reading(&engine));
        let records = on_file(&view, &engine);
        let sharing = sharing_of(&records, false);
        let options = PathOptions { depth, hub, addresses: false };
        let (a, b) = (records[0].2, records[records.len() - 1].2);
        let found = paths(&view, &engine.made, &reading, (a, b), &options).unwrap().unwrap();
        let steps = steps(&sharing, a, hub);
        match steps.get(&b).copied().filter(|steps| (1..=depth).contains(steps)) {
            None => {
                prop_assert!(found.chains.is_empty());
                // It is only certain that there is none where there is none of any length.
                prop_assert!(!found.complete || steps.get(&b).is_none_or(|steps| *steps == 0));
            }
            Some(steps) => {
                prop_assert!(found.complete && !found.chains.is_empty());
                for chain in &found.chains {
                    prop_assert_eq!(chain.len() as u32, steps);
                    prop_assert_eq!((&chain[0].from, &chain[chain.len() - 1].to), (&a.to_string(), &b.to_string()));
                    for step in chain {
                        prop_assert!(!step.values.is_empty());
                        for value in &step.values {
                            let persons = &sharing[&(value.kind, value.text.clone())];
                            prop_assert!(persons.len() <= hub);
                            for end in [&step.from, &step.to] {
                                prop_assert!(persons.iter().any(|person| person.to_string() == *end));
                            }
                        }
                    }
                    for steps in chain.windows(2) {
                        prop_assert_eq!(&steps[0].to, &steps[1].from);
                    }
                }
            }
        }
        for value in &found.crowds {
            prop_assert!(sharing[&(value.kind, value.text.clone())].len() > hub);
        }
    }

    /// A rule is said to bring two records together just where a sweep makes them a candidate.
    #[test]
    fn rules_meet_as_in_a_sweep(
        crowd in proptest::collection::vec((place(), namesake()), 2..20),
        others in sharing(), cap in 2..5_usize,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let crowd = crowd.into_iter().map(|(at, cells)| change(at, Op::Upsert(cells)));
        let all: Vec<Change> = others.into_iter().chain(crowd).collect();
        let (store, engine) = store_of(&folder.path().join("store"), cap, &all, &[]);
        let view = store.view();
        let records = on_file(&view, &engine);
        let plain: Vec<_> = records.iter().map(|(key, record, _)| (*key, record.clone())).collect();
        let local = engine.local(&plain);
        let parts = engine.scorer.model().parts();
        let candidates = Candidates::find(&local.table, parts, None).unwrap();
        let count = local.table.len() as u32;
        let pairs: Vec<(u32, u32)> =
            (0..count).flat_map(|a| (a + 1..count).map(move |b| (a, b))).collect();
        let expected = candidates.contain(&pairs).unwrap();
        for (&pair, expected) in pairs.iter().zip(expected) {
            let met = meetings(&view, &engine, &local, pair).unwrap();
            let together = met.iter().any(|rule| rule.met == Met::Together);
            prop_assert_eq!(together, expected, "{:?} {:#?}", pair, met);
            for rule in met {
                let agree = rule.parts.iter().all(|part| part.agree);
                let lacks = rule.parts.iter().any(|part| !part.left || !part.right);
                match rule.met {
                    Met::Together | Met::Divided { .. } | Met::TooFar => prop_assert!(agree),
                    Met::Missing => prop_assert!(lacks),
                    Met::Differ => prop_assert!(!agree && !lacks),
                    Met::OneSource => prop_assert!(false, "the model allows it"),
                }
                prop_assert!(rule.met != Met::TooFar || rule.block > Some(cap));
            }
        }
    }

    /// What is said of two records is what the store has: their weight, and whether they are one.
    #[test]
    fn reasons_are_those_of_the_store(changes in changes(12), verdicts in verdicts()) {
        let folder = tempfile::tempdir().unwrap();
        let (store, engine) = store_of(&folder.path().join("store"), 100, &changes, &verdicts);
        let view = store.view();
        let records = on_file(&view, &engine);
        let who = |record: &Record| Who::parse(&format!("{}:{}", record.source, record.record_id)).unwrap();
        let thresholds = engine.scorer.model().parts().thresholds;
        for (a, left, of_a) in &records {
            for (b, right, of_b) in records.iter().filter(|(b, ..)| a < b) {
                let found = why(&view, &engine, &who(left), &who(right)).unwrap().unwrap();
                prop_assert_eq!(found.one_person, of_a == of_b);
                let links = view.cursor(Family::Links).unwrap().links(engine.generation, *a).unwrap();
                let kept = links.iter().find(|(to, _)| to == b);
                if let Some((_, weight)) = kept {
                    prop_assert_eq!(weight.to_bits(), found.explained.weight.to_bits());
                }
                prop_assert_eq!(found.chain.is_empty(), !found.one_person);
                for flip in &found.flips {
                    prop_assert!(flip.verdict != found.explained.verdict);
                }
                let one = matches!(found.because, Because::SaidSame | Because::Linked | Because::Chained);
                prop_assert_eq!(one, found.one_person);
                if found.because == Because::Linked {
                    prop_assert!(found.explained.weight >= thresholds.link.0 && kept.is_some());
                }
            }
        }
        for entity in records.iter().map(|(.., entity)| *entity).collect::<BTreeSet<_>>() {
            let found = how(&view, &engine, entity).unwrap().unwrap();
            let count = found.records.len();
            prop_assert_eq!(found.bonds.len(), count * (count - 1) / 2);
            prop_assert_eq!(found.bonds.iter().filter(|bond| bond.holds).count(), count - 1);
            prop_assert_eq!(found.weakest.is_none(), count == 1);
            if let Some(weakest) = found.weakest {
                prop_assert_eq!(weakest.sides[0].len() + weakest.sides[1].len(), count);
                let holding = found.bonds.iter().filter(|bond| bond.holds && bond.said.is_none());
                let least = holding.map(|bond| bond.weight).fold(f64::INFINITY, f64::min);
                prop_assert!(weakest.bond.said.is_some() || weakest.bond.weight == least);
            }
        }
    }

    /// Counting person by person gives the matrix, and the persons of each cell.
    #[test]
    fn a_matrix_counts_persons(changes in sharing(), county: bool) {
        let folder = tempfile::tempdir().unwrap();
        let changes: Vec<Change> = changes
            .into_iter()
            .enumerate()
            .map(|(place, mut change)| {
                if let Op::Upsert(cells) = &change.op {
                    let office = ["110101", "330106", ""][place % 3];
                    let all = cells.iter().chain([("office_division", office)]);
                    change.op = Op::Upsert(Cells::of(all));
                }
                change
            })
            .collect();
        let (store, engine) = store_of(&folder.path().join("store"), 100, &changes, &[]);
        let (view, policy) = (store.view(), Policy::shipped());
        let day = Date::new(2026, 4, 30).unwrap();
        let by = if county { MatrixBy::County } else { MatrixBy::Programme };
        let mut persons: BTreeMap<EntityId, BTreeMap<String, u64>> = BTreeMap::new();
        for (_, record, entity) in on_file(&view, &engine) {
            let cell = |column| record.cells.get(column);
            let (start, end) = (parse(cell("start_date")).unwrap(), parse(cell("end_date")));
            let runs = match (cell("status"), end) {
                ("applied", _) | ("exited", None) => false,
                (_, end) => start <= day && end.is_none_or(|end| day <= end),
            };
            let is_programme = ["dibao", "medical", "tekun"].contains(&&*record.source);
            if runs && is_programme {
                let office = match cell("office_division") { "" => "000000", office => office };
                let code = if county { office } else { &record.source };
                *persons.entry(entity).or_default().entry(code.to_string()).or_default() += 1;
            }
        }
        let found = matrix(&view, &policy, day, by).unwrap();
        prop_assert_eq!(found.persons, persons.len() as u64);
        let count = |fits: &dyn Fn(&BTreeMap<String, u64>) -> bool| {
            persons.values().filter(|codes| fits(codes)).count() as u64
        };
        for axis in &found.axis {
            let code = axis.code.as_str();
            prop_assert_eq!(axis.persons, count(&|codes| codes.contains_key(code)));
            prop_assert_eq!(axis.twice, count(&|codes| codes.get(code) > Some(&1)));
            let listed = matrix_persons(&view, &policy, day, by, [code, code], 1000).unwrap();
            prop_assert_eq!(listed.count, axis.twice);
        }
        let codes: Vec<&str> = found.axis.iter().map(|axis| axis.code.as_str()).collect();
        for (place, a) in codes.iter().enumerate() {
            for b in &codes[place + 1..] {
                let both = count(&|codes| codes.contains_key(*a) && codes.contains_key(*b));
                let cell = found.cells.iter().find(|cell| cell.a == *a && cell.b == *b);
                prop_assert_eq!(cell.map_or(0, |cell| cell.persons), both);
                let listed = matrix_persons(&view, &policy, day, by, [b, a], 1).unwrap();
                prop_assert_eq!((listed.count, listed.persons.len() as u64), (both, both.min(1)));
            }
        }
    }

    /// The events up to any moment come to what was known then.
    #[test]
    fn a_timeline_is_what_was_known(
        batches in proptest::collection::vec(changes(5), 2..5), verdicts in verdicts(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let store = create(&folder.path().join("store"));
        sweep(&store, 100, true);
        let engine = engine(&store);
        let mut minutes = 0;
        for batch in &batches {
            minutes += 1;
            let at = Moment(recording().at.0 + 60_000 * minutes);
            apply(&store, &engine, batch, &Recording { at, ..recording() }).unwrap();
        }
        for &(a, b, kind) in &verdicts {
            judge(&store, &engine, a, b, kind);
        }
        sweep(&store, 100, true);
        let view = store.view();
        let ever: BTreeSet<EntityId> = {
            let mut ever = BTreeSet::new();
            view.cursor(Family::Entities).unwrap()
                .each_entity(view.state().unwrap().in_force().unwrap(), |id, _| { ever.insert(id); })
                .unwrap();
            ever
        };
        for entity in ever {
            let all = timeline(&view, entity, recording().as_of, None).unwrap().unwrap();
            for minute in 1..=minutes + 1 {
                let at = Moment(recording().at.0 + 60_000 * minute);
                let known = Known::at(&view, Some(at)).unwrap();
                let then = timeline(&view, entity, recording().as_of, Some(at)).unwrap();
                let Some(then) = then else {
                    prop_assert!(known.entity(entity).unwrap().is_none());
                    continue;
                };
                // What was told then is the beginning of what is told of the same persons now.
                prop_assert!(then.events.iter().all(|event| event.commit <= known.commit));
                if then.entity == all.entity {
                    let now: Vec<_> = all.events.iter().filter(|event| event.commit <= known.commit)
                        .filter(|event| !matches!(event.what, Happening::Record { .. } | Happening::Finding { .. } | Happening::Verdict { .. } | Happening::InForce))
                        .collect();
                    for event in then.events.iter().filter(|event| matches!(event.what, Happening::Entity { .. })) {
                        prop_assert!(now.contains(&event));
                    }
                }
                // Those who came and did not go are the members.
                let mut members: BTreeSet<String> = BTreeSet::new();
                for event in &then.events {
                    if let Happening::Entity { entity: of, joined, left, records, .. } = &event.what
                        && Some(of) == then.entity.as_ref()
                    {
                        members.extend(joined.iter().map(|moved| moved.record.clone()));
                        for moved in left { members.remove(&moved.record); }
                        prop_assert_eq!(members.len(), *records);
                    }
                }
                let shown = show(&view, entity, recording().as_of, Some(at)).unwrap().unwrap();
                let records: BTreeSet<String> = shown.entity.iter().flat_map(|entity| &entity.records)
                    .map(|record| format!("{}:{}", record.source, record.record_id)).collect();
                prop_assert_eq!(records, members);
            }
        }
    }
}

#[test]
fn the_golden_record_is_what_most_agree_on() {
    let folder = tempfile::tempdir().unwrap();
    let record = |name: &str, birth: &str, phone: &str, updated: &str| {
        let cells = [
            ("national_id", "110101196205070010"),
            ("name", name),
            ("birth_date", birth),
            ("phone", phone),
            ("sex", "男"),
            ("updated_at", updated),
        ];
        Op::Upsert(Cells::of(cells.into_iter()))
    };
    let (store, engine) = store_of(
        &folder.path().join("store"),
        100,
        &[
            change(
                (1, 1),
                record("张伟", "1962-05-07", "13905640017", "2025-01-01"),
            ),
            change(
                (2, 1),
                record("张 伟", "1962.5.7", "13805640023", "2026-01-01"),
            ),
            change((3, 1), record("张玮", "1962-07-05", "12", "2024-01-01")),
            change((4, 1), record("张玮", "", "", "2023-01-01")),
        ],
        &[
            ((1, 1), (2, 1), VerdictKind::MustLink),
            ((1, 1), (3, 1), VerdictKind::MustLink),
            ((1, 1), (4, 1), VerdictKind::MustLink),
        ],
    );
    let view = store.view();
    let entity = on_file(&view, &engine)[0].2;
    let shown = show(&view, entity, recording().as_of, None)
        .unwrap()
        .unwrap();
    let entity = shown.entity.unwrap();
    let golden = |column: &str| {
        let golden = entity.golden.iter().find(|golden| golden.column == column);
        let golden = golden.unwrap();
        let others: Vec<&str> = golden
            .others
            .iter()
            .map(|other| other.value.as_str())
            .collect();
        (
            golden.value.as_str(),
            golden.record.as_str(),
            golden.agree,
            golden.of,
            others,
        )
    };
    // Two and two: the name that was changed latest, as the record that was changed last writes it.
    assert_eq!(golden("name"), ("张 伟", "medical:R1", 2, 4, vec!["张玮"]));
    assert_eq!(
        golden("birth_date"),
        ("1962.5.7", "medical:R1", 2, 3, vec!["1962-07-05"])
    );
    // What cannot be read counts only where none can.
    assert_eq!(
        golden("phone"),
        ("13805640023", "medical:R1", 1, 3, vec!["13905640017", "12"])
    );
    assert_eq!(golden("sex").2, 4);
    assert!(
        entity
            .golden
            .iter()
            .all(|golden| golden.column != "updated_at")
    );
    let marks = |source: &str| {
        let record = entity
            .records
            .iter()
            .find(|record| record.source == source)
            .unwrap();
        let marks = record
            .marks
            .iter()
            .map(|(column, mark)| format!("{column} {mark:?}"));
        marks.collect::<Vec<_>>().join(", ")
    };
    assert_eq!(marks("medical"), "");
    assert_eq!(
        marks("dibao"),
        "name Written, birth_date Written, phone Differs"
    );
    assert_eq!(
        marks("payroll"),
        "name Differs, birth_date Differs, phone Differs"
    );
}

#[test]
fn papers_tie_people_each_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let record = |name: &str, birth: &str, documents: &str| {
        let cells = [
            ("name", name),
            ("birth_date", birth),
            ("documents", documents),
        ];
        Op::Upsert(Cells::of(cells.into_iter()))
    };
    let (store, engine) = store_of(
        &folder.path().join("store"),
        100,
        &[
            change(
                (1, 1),
                record(
                    "张伟",
                    "1962-05-07",
                    "passport:E12345678;disability_card:D778899",
                ),
            ),
            change((1, 2), record("李娜", "1990-01-01", "passport:e1234 5678")),
            change(
                (1, 3),
                record("王芳", "2015-11-30", "disability_card:D778899"),
            ),
            change((1, 4), record("欧阳春", "1978-03-15", "passport:E00000001")),
        ],
        &[],
    );
    let (view, reading) = (store.view(), reading(&engine));
    let key = view.find("dibao", "R1").unwrap().key;
    let entity = Known::at(&view, None)
        .unwrap()
        .member(key)
        .unwrap()
        .unwrap();
    let found = network(
        &view,
        &engine.made,
        &reading,
        entity,
        &NetworkOptions::default(),
    );
    let found = found.unwrap().unwrap();
    let names: BTreeSet<&str> = found.persons.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names, BTreeSet::from(["张伟", "李娜", "王芳"]));
    let values: BTreeSet<(TieKind, &str)> = found
        .values
        .iter()
        .map(|value| (value.kind, value.text.as_str()))
        .collect();
    let paper = |text| (TieKind::Document, text);
    assert_eq!(
        values,
        BTreeSet::from([
            paper("passport:E12345678"),
            paper("disability_card:D778899")
        ])
    );
    assert_eq!((found.unindexed.len(), found.addresses), (0, false));
}

#[test]
fn a_crowd_is_not_followed_and_many_are_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let changes: Vec<Change> = (0..30_u8)
        .map(|number| {
            let surname = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏";
            let surname = surname.chars().nth(usize::from(number)).unwrap();
            let given =
                ["秀英", "建国", "海燕", "志强", "雪梅", "文博", "玉兰"][usize::from(number % 7)];
            let (month, day) = (1 + number % 12, 1 + 7 * number % 28);
            let birth = format!("{}-{month:02}-{day:02}", 1930 + 2 * u16::from(number));
            let name = format!("{surname}{given}");
            let account = format!("62220212345678{:05}", number / 3);
            let cells = [
                ("name", name.as_str()),
                ("birth_date", &birth),
                ("phone", "13705640001"),
                ("bank_account", &account),
            ];
            change((1, number), Op::Upsert(Cells::of(cells.into_iter())))
        })
        .collect();
    let (store, engine) = store_of(&folder.path().join("store"), 100, &changes, &[]);
    let (view, reading) = (store.view(), reading(&engine));
    let key = view.find("dibao", "R0").unwrap().key;
    let entity = Known::at(&view, None)
        .unwrap()
        .member(key)
        .unwrap()
        .unwrap();
    let look = |hub: usize, persons: usize| {
        let options = NetworkOptions {
            depth: 2,
            hub,
            persons,
            addresses: false,
        };
        network(&view, &engine.made, &reading, entity, &options)
            .unwrap()
            .unwrap()
    };
    let found = look(10, 200);
    assert_eq!(found.persons.len(), 3, "those of the account");
    let hub = found.values.iter().find(|value| value.hub).unwrap();
    assert_eq!(
        (hub.kind, hub.persons, hub.records),
        (TieKind::Phone, 30, 30)
    );
    assert_eq!(
        found
            .ties
            .iter()
            .filter(|tie| found.values[tie.value].hub)
            .count(),
        3
    );
    let found = look(30, 7);
    assert_eq!((found.persons.len(), found.left_out), (7, 23));
    assert_eq!(look(30, 200).persons.len(), 30);
}

#[test]
fn what_is_not_there_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let op = Op::Upsert(Cells::of([("name", "张伟")].into_iter()));
    let (store, engine) = store_of(
        &folder.path().join("store"),
        100,
        &[change((1, 1), op)],
        &[],
    );
    let nobody = EntityId::of("nobody", "x");
    {
        let (view, reading) = (store.view(), reading(&engine));
        let entity = on_file(&view, &engine)[0].2;
        let there = Who::Entity(entity);
        let missing = Who::parse("dibao:R9").unwrap();
        for (a, b) in [(&there, &missing), (&missing, &there), (&there, &there)] {
            assert!(why(&view, &engine, a, b).unwrap().is_none());
        }
        assert!(how(&view, &engine, nobody).unwrap().is_none());
        assert!(
            timeline(&view, nobody, recording().as_of, None)
                .unwrap()
                .is_none()
        );
        let options = NetworkOptions::default();
        let found = network(&view, &engine.made, &reading, nobody, &options);
        assert!(found.unwrap().is_none());
        let found = paths(
            &view,
            &engine.made,
            &reading,
            (entity, nobody),
            &PathOptions::default(),
        );
        assert!(found.unwrap().is_none());
    }
    // An entity whose records have all gone has a timeline, and nothing else.
    upsert(&store, &engine, &[change((1, 1), Op::Delete)]);
    let view = store.view();
    let found = view.find("dibao", "R1").unwrap();
    assert_eq!(found.record.unwrap().state, RecordState::Deleted);
    let gone = view.member_history(found.key).unwrap()[0].1.entity;
    assert!(how(&view, &engine, gone).unwrap().is_none());
    let told = timeline(&view, gone, recording().as_of, None)
        .unwrap()
        .unwrap();
    assert_eq!(told.entity, None);
    let last = &told.events[told.events.len() - 1];
    let Happening::Entity {
        left, records: 0, ..
    } = &last.what
    else {
        panic!("{last:?}");
    };
    assert_eq!(left[0].record, "dibao:R1");
}
