//! The queue of clerical review, second readings, and that opinions decide nothing and stay.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use yiren::resolve::{Engine, Judgement, Recording, give_verdict};
use yiren::review::{
    Pair, Thought, Waiting, Wanted, agreement, beside, give_opinion, is_waiting, judged_pairs,
    queue, second_readings, third_readings,
};
use yiren::store::{
    Act, Durability, Family, Fault, Opinion, OpinionKind, OpinionReading, RecordKey, RecordState,
    Store, VerdictKind, View,
};
use yiren_matchers::normalise::date::Date;

use super::people::{
    assert_sound, change, changes, create, engine, judge, kind, options, place, recording, sweep,
    upsert,
};

fn everybody() -> Wanted {
    Wanted::default()
}

/// Pairs that wait, found without the queue: every link of two persons of whom nobody spoke.
fn open_pairs(view: &View<'_>, engine: &Engine) -> BTreeMap<Pair, f64> {
    let mut links = Vec::new();
    let mut cursor = view.cursor(Family::Links).unwrap();
    let each = cursor.each_link(engine.generation, |a, b, weight| links.push((a, b, weight)));
    each.unwrap();
    let review = engine.scorer.model().parts().thresholds.review.0;
    let is_open = |a: RecordKey, b: RecordKey| {
        let person = |record| {
            view.member(engine.generation, record)
                .unwrap()
                .unwrap()
                .entity
        };
        let is_there = |record| view.record(record).unwrap().unwrap().state == RecordState::Current;
        let said = view.verdict(a, b).unwrap();
        person(a) != person(b)
            && is_there(a)
            && is_there(b)
            && said.is_none_or(|said| said.kind == VerdictKind::Withdrawn)
    };
    let open = links
        .into_iter()
        .filter(|&(a, b, weight)| a < b && weight >= review && is_open(a, b));
    open.map(|(a, b, weight)| ((a, b), weight)).collect()
}

fn think(
    store: &Store,
    pair: Pair,
    reading: OpinionReading,
    kind: OpinionKind,
    of: Option<u64>,
    by: &str,
) -> u64 {
    let thought = Thought {
        pair,
        reading,
        kind,
        of,
        why: format!("{by} thinks so"),
    };
    let recording = Recording {
        actor: by.to_string(),
        ..recording()
    };
    give_opinion(store, &thought, &recording).unwrap()
}

fn unsure(store: &Store, pair: Pair, by: &str) -> u64 {
    think(
        store,
        pair,
        OpinionReading::First,
        OpinionKind::Unsure,
        None,
        by,
    )
}

/// Two of the records that a test knows, and what was said of them.
type Judged = ((usize, u8), (usize, u8), VerdictKind);

/// A store with some of everything, and what it decides with.
fn peopled(
    folder: &std::path::Path,
    first: &[yiren::resolve::Change],
    verdicts: &[Judged],
) -> (Store, Engine) {
    let store = create(folder);
    sweep(&store, 4, true);
    upsert(&store, &engine(&store), first);
    sweep(&store, 4, true);
    let deciding = engine(&store);
    for &(a, b, kind) in verdicts {
        judge(&store, &deciding, a, b, kind);
    }
    (store, deciding)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 24,
        max_shrink_iters: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_queue_is_all_that_nobody_decided_the_doubtful_first(
        first in changes(40),
        verdicts in proptest::collection::vec((place(), place(), kind()), 0..4),
        doubts in proptest::collection::vec(any::<prop::sample::Index>(), 0..3),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let (store, deciding) = peopled(&folder.path().join("store"), &first, &verdicts);
        let open = open_pairs(&store.view(), &deciding);
        let mut doubtful = BTreeSet::new();
        for doubt in doubts.iter().filter(|_| !open.is_empty()) {
            let pair = *doubt.get(&open.keys().copied().collect::<Vec<_>>());
            unsure(&store, pair, "reader");
            doubtful.insert(pair);
        }
        let view = store.view();
        let found = queue(&view, &deciding, &everybody(), &BTreeSet::new()).unwrap();
        prop_assert!(!found.more);
        let order: Vec<Pair> = found.waiting.iter().map(|waiting| waiting.pair).collect();
        let all: BTreeSet<Pair> = order.iter().copied().collect();
        prop_assert_eq!(&all, &open.keys().copied().collect());
        prop_assert_eq!(all.len(), order.len());
        let firm = order.iter().take_while(|pair| !doubtful.contains(pair)).count();
        prop_assert!(order[firm..].iter().all(|pair| doubtful.contains(pair)));
        let link = deciding.scorer.model().parts().thresholds.link.0;
        let far = |pair: &Pair| (open[pair] - link).abs();
        let nearest = open.keys().filter(|pair| !doubtful.contains(pair)).map(far);
        if let Some(first) = order[..firm].first() {
            prop_assert_eq!(far(first), nearest.fold(f64::INFINITY, f64::min));
        }
        // As long as there are others, nobody comes twice.
        let person = |record| view.member(deciding.generation, record).unwrap().unwrap().entity;
        let people = |pair: &Pair| [person(pair.0), person(pair.1)];
        let mut met = BTreeSet::new();
        let mut fresh = true;
        for pair in &order[..firm] {
            let again = people(pair).iter().any(|person| met.contains(person));
            prop_assert!(fresh || again, "{pair:?} comes after pairs of people met before");
            fresh &= !again;
            met.extend(people(pair));
        }
        // What is skipped is not there, and the rest is.
        let skipped: BTreeSet<Pair> = order.iter().take(2).copied().collect();
        let rest = queue(&view, &deciding, &everybody(), &skipped).unwrap();
        prop_assert_eq!(rest.waiting.len(), order.len() - skipped.len());
        prop_assert!(rest.waiting.iter().all(|waiting| !skipped.contains(&waiting.pair)));
        for pair in order {
            prop_assert!(is_waiting(&view, &deciding, pair).unwrap());
            prop_assert!(beside(&view, &deciding, pair, recording().as_of).unwrap().is_some());
        }
        assert_sound(&store, &deciding)?;
    }

    #[test]
    fn opinions_decide_nothing(
        first in changes(30),
        opinions in proptest::collection::vec((place(), place(), 0..4_usize, 0..3_usize), 1..6),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let (store, deciding) = peopled(&folder.path().join("store"), &first, &[]);
        let partition = |store: &Store| {
            let view = store.view();
            let mut people = BTreeMap::new();
            let mut cursor = view.cursor(Family::Members).unwrap();
            cursor
                .each_member(engine(store).generation, |record, of| {
                    people.insert(record, of.entity);
                })
                .unwrap();
            people
        };
        let before = partition(&store);
        let kinds = [
            OpinionKind::Same,
            OpinionKind::Different,
            OpinionKind::Unsure,
            OpinionKind::Withdrawn,
        ];
        let readings = [OpinionReading::First, OpinionReading::Second, OpinionReading::Third];
        let keys: Vec<RecordKey> = before.keys().copied().collect();
        let mut given = 0;
        for (a, b, kind, reading) in &opinions {
            let at = |(source, number): (usize, u8)| keys[(7 * source + usize::from(number)) % keys.len()];
            if keys.len() < 2 || at(*a) == at(*b) {
                continue;
            }
            let pair = (at(*a).min(at(*b)), at(*a).max(at(*b)));
            think(&store, pair, readings[*reading], kinds[*kind], Some(1), "reader");
            given += 1;
        }
        prop_assert_eq!(&partition(&store), &before);
        assert_sound(&store, &deciding)?;
        // They outlive a sweep with other figures and another model.
        sweep(&store, 3, true);
        let mut found = 0;
        store.view().each_opinion(|_, _, _, _| found += 1).unwrap();
        prop_assert_eq!(found, given);
        assert_sound(&store, &engine(&store))?;
    }
}

/// A store of six records of one name, and the pairs of them in the order of keys.
fn six(folder: &std::path::Path) -> (Store, Engine, Vec<Pair>) {
    let cells = |number: u8| {
        let birth = format!("19{}-05-07", 50 + number);
        let cells = [
            ("name", "欧阳春"),
            ("birth_date", birth.as_str()),
            (
                "office_division",
                ["341502", "110101"][usize::from(number % 2)],
            ),
        ];
        yiren::store::Cells::of(cells.into_iter())
    };
    let all: Vec<yiren::resolve::Change> = (0..6)
        .map(|number| {
            change(
                (usize::from(number % 2) + 1, number),
                yiren::resolve::Op::Upsert(cells(number)),
            )
        })
        .collect();
    let (store, deciding) = peopled(folder, &all, &[]);
    let mut keys = Vec::new();
    let view = store.view();
    view.cursor(Family::Records)
        .unwrap()
        .each_record(|key, _| {
            keys.push(key);
            Ok(true)
        })
        .unwrap();
    drop(view);
    let pairs = keys.chunks(2).map(|pair| (pair[0], pair[1])).collect();
    (store, deciding, pairs)
}

fn say(store: &Store, deciding: &Engine, pair: Pair, kind: VerdictKind, by: &str) -> u64 {
    let view = store.view();
    let name = |key| {
        let record = view.record(key).unwrap().unwrap();
        (record.source.to_string(), record.record_id.to_string())
    };
    let judgement = Judgement {
        a: name(pair.0),
        b: name(pair.1),
        kind,
        why: format!("{by} says so"),
    };
    let recording = Recording {
        actor: by.to_string(),
        ..recording()
    };
    give_verdict(store, deciding, &judgement, &recording)
        .unwrap()
        .commit
        .unwrap()
}

fn pairs_of(waiting: &[Waiting]) -> BTreeSet<Pair> {
    waiting.iter().map(|waiting| waiting.pair).collect()
}

#[test]
fn second_readings_never_overwrite_and_disputes_go_to_a_third() {
    let folder = tempfile::tempdir().unwrap();
    let (store, deciding, pairs) = six(&folder.path().join("store"));
    let (one, two, three) = (pairs[0], pairs[1], pairs[2]);
    let of = [
        say(&store, &deciding, one, VerdictKind::MustLink, "first"),
        say(&store, &deciding, two, VerdictKind::CannotLink, "first"),
        say(&store, &deciding, three, VerdictKind::CannotLink, "other"),
    ];
    let second = |reader: &str, share: f64| {
        let found = second_readings(&store.view(), &deciding, &everybody(), reader, share);
        pairs_of(&found.unwrap())
    };
    assert_eq!(second("first", 1.0), BTreeSet::from([three]));
    assert_eq!(second("second", 1.0), BTreeSet::from([one, two, three]));
    let mut before = BTreeSet::new();
    for share in [0.01, 0.2, 0.4, 0.6, 0.8, 1.0] {
        let drawn = second("second", share);
        assert!(drawn.is_superset(&before), "{share}");
        before = drawn;
    }

    let reads = |pair, kind, of, by: &str| {
        think(&store, pair, OpinionReading::Second, kind, Some(of), by);
    };
    reads(one, OpinionKind::Same, of[0], "second");
    reads(two, OpinionKind::Same, of[1], "second");
    reads(three, OpinionKind::Unsure, of[2], "second");
    // Each is read a second time once.
    assert_eq!(second("another", 1.0), BTreeSet::new());
    let kind_of = |pair: Pair| store.view().verdict(pair.0, pair.1).unwrap().unwrap().kind;
    assert_eq!(
        kind_of(two),
        VerdictKind::CannotLink,
        "a second reading overwrites nothing"
    );

    let report = agreement(&store.view()).unwrap();
    let counts = report.all.counts;
    assert_eq!(
        (
            counts.same_same,
            counts.different_same,
            counts.different_unsure
        ),
        (1, 1, 1)
    );
    assert_eq!(report.all.pairs, 2);
    assert_eq!(report.readers.len(), 2);
    assert_eq!(report.disputed.len(), 1);
    let (labels, left) = judged_pairs(&store.view()).unwrap();
    assert_eq!(
        (labels.len(), left),
        (2, 1),
        "a disputed pair teaches nothing"
    );

    let third = |reader: &str| {
        let found = third_readings(&store.view(), &deciding, &everybody(), reader);
        let (waiting, left) = found.unwrap();
        (pairs_of(&waiting), left)
    };
    assert_eq!(third("first"), (BTreeSet::new(), 1));
    assert_eq!(third("second"), (BTreeSet::new(), 1));
    assert_eq!(third("third"), (BTreeSet::from([two]), 0));
    // A third who cannot tell settles nothing; one who agrees with the first does.
    think(
        &store,
        two,
        OpinionReading::Third,
        OpinionKind::Unsure,
        Some(of[1]),
        "third",
    );
    assert_eq!(third("third").0.len(), 1);
    think(
        &store,
        two,
        OpinionReading::Third,
        OpinionKind::Different,
        Some(of[1]),
        "third",
    );
    assert_eq!(third("third"), (BTreeSet::new(), 0));
    assert!(agreement(&store.view()).unwrap().disputed.is_empty());
    think(
        &store,
        two,
        OpinionReading::Third,
        OpinionKind::Withdrawn,
        Some(of[1]),
        "third",
    );
    assert_eq!(third("third").0.len(), 1);
    // And one who agrees with the second replaces the verdict; the agreement of the two stays known.
    say(&store, &deciding, two, VerdictKind::MustLink, "third");
    assert_eq!(third("another"), (BTreeSet::new(), 0));
    assert_eq!(agreement(&store.view()).unwrap().all, report.all);
    // A second reading that is taken back is to be made again.
    reads(one, OpinionKind::Withdrawn, of[0], "second");
    assert_eq!(second("second", 1.0), BTreeSet::from([one, two]));
    assert!(store.view().check().unwrap().faults.is_empty());
}

#[test]
fn a_reader_sees_the_pairs_that_were_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let (store, deciding, pairs) = six(&folder.path().join("store"));
    for &pair in &pairs {
        say(&store, &deciding, pair, VerdictKind::CannotLink, "first");
    }
    let cases: &[(Option<&str>, Option<&str>)] = &[
        (None, None),
        (Some("34"), None),
        (Some("341502"), None),
        (Some("99"), None),
        (None, Some("dibao")),
        (None, Some("medical")),
        (None, Some("tekun")),
        (Some("11"), Some("dibao")),
    ];
    for (county, programme) in cases {
        let wanted = Wanted {
            county: county.map(str::to_string),
            programme: programme.map(str::to_string),
        };
        let found = second_readings(&store.view(), &deciding, &wanted, "second", 1.0).unwrap();
        let has = |pair: &Pair, fits: &dyn Fn(&yiren::store::Record) -> bool| {
            let both = [pair.0, pair.1];
            both.iter()
                .any(|key| fits(&store.view().record(*key).unwrap().unwrap()))
        };
        let expected: BTreeSet<Pair> = pairs
            .iter()
            .filter(|pair| {
                county.is_none_or(|county| {
                    has(pair, &|record| {
                        record.cells.get("office_division").starts_with(county)
                    })
                }) && programme
                    .is_none_or(|programme| has(pair, &|record| *record.source == *programme))
            })
            .copied()
            .collect();
        assert_eq!(pairs_of(&found), expected, "{county:?} {programme:?}");
    }
}

#[test]
fn an_opinion_without_its_entry_in_the_audit_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("store");
    let (store, _, pairs) = six(&folder);
    unsure(&store, pairs[0], "reader");
    let entry = store
        .view()
        .audit(store.view().commit().unwrap().0)
        .unwrap()
        .unwrap();
    assert_eq!(
        (entry.action.as_str(), entry.actor.as_str()),
        ("opinion", "reader")
    );
    assert_eq!(entry.detail["why"], "reader thinks so");
    drop(store);
    let store = Store::open(&folder, &options()).unwrap();
    let opinions = store.view().opinions(pairs[0].1, pairs[0].0).unwrap();
    assert_eq!(opinions.len(), 1);
    assert_eq!(
        (opinions[0].kind, &*opinions[0].by),
        (OpinionKind::Unsure, "reader")
    );

    let forge = |pair: Pair, action: &'static str, opinion: &str| {
        let mut transaction = store.begin(recording().at).unwrap();
        let forged = Opinion {
            since: transaction.number(),
            at: transaction.at(),
            reading: OpinionReading::Second,
            kind: OpinionKind::Same,
            of: None,
            by: "forger".into(),
            why: "".into(),
        };
        transaction.put_opinion(pair.0, pair.1, &forged).unwrap();
        let act = Act {
            actor: "forger".to_string(),
            action,
            detail: serde_json::json!({ "opinion": opinion, "reading": "second" }),
        };
        transaction.commit(act, Durability::System).unwrap();
        store.view().check().unwrap().faults
    };
    let whats = |faults: &[Fault]| faults.iter().map(|fault| fault.what).collect::<Vec<_>>();
    let unlike = "an opinion is not the one that the audit has";
    let nobody = "an opinion is about a record that never was here";
    assert_eq!(whats(&forge(pairs[1], "opinion", "same")), [] as [&str; 0]);
    assert_eq!(whats(&forge(pairs[1], "look", "same")), [unlike]);
    assert_eq!(
        whats(&forge(pairs[2], "opinion", "different")),
        [unlike, unlike]
    );
    let strange = (RecordKey(1), RecordKey(2));
    assert_eq!(
        whats(&forge(strange, "opinion", "same"))
            .iter()
            .filter(|what| **what == nobody)
            .count(),
        1
    );
}

#[test]
fn cells_are_marked_as_the_model_reads_them() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("store");
    let row = |cells: &[(&'static str, &'static str)]| {
        yiren::resolve::Op::Upsert(yiren::store::Cells::of(cells.iter().copied()))
    };
    let rows = [
        change(
            (2, 1),
            row(&[
                ("name", "张 伟"),
                ("birth_date", "1962.05.07"),
                ("phone", "13912345678"),
                ("sex", "男"),
                ("status", "active"),
                ("start_date", "2025-01-01"),
                ("备注", "x"),
            ]),
        ),
        change(
            (1, 1),
            row(&[
                ("name", "张伟"),
                ("birth_date", "19620507"),
                ("phone", "13912345679"),
                ("status", "exited"),
                ("end_date", "2025-06-30"),
            ]),
        ),
    ];
    let (store, deciding) = peopled(&folder, &rows, &[]);
    let view = store.view();
    let keys = ["dibao", "medical"].map(|source| view.find(source, "R1").unwrap().key);
    let pair = (keys[0].min(keys[1]), keys[0].max(keys[1]));
    let found = beside(&view, &deciding, pair, Date::new(2026, 6, 30).unwrap());
    let found = found.unwrap().unwrap();
    assert_eq!(found.keys, keys);
    assert_eq!(found.records[0].record, "dibao:R1");
    assert_eq!(
        (found.records[0].running, found.records[1].running),
        (None, Some(true))
    );
    let rows: Vec<String> = found
        .rows
        .iter()
        .map(|row| {
            let side = if row.of_person { "person" } else { "enrolment" };
            format!("{} {side} {:?}", row.column, row.mark)
        })
        .collect();
    assert_eq!(
        rows,
        [
            "name person Written",
            "sex person Missing",
            "birth_date person Written",
            "phone person Differs",
            "status enrolment Differs",
            "start_date enrolment Missing",
            "end_date enrolment Missing",
            "备注 enrolment Missing",
        ]
    );
}
