//! What an overlap query says is what loading the applicant's record and sweeping would say.

use std::collections::BTreeSet;

use proptest::prelude::*;
use yiren::query::{Applicant, Decision, check_overlap};
use yiren::resolve::{Change, Op, Recording, Sweeping, apply, sweep_store};
use yiren::store::{Cells, EntityState, Family, RecordKey, RecordState};
use yiren::sweep::Silent;
use yiren_matchers::normalise::date::Date;

use super::people::{
    assert_sound, cells, change, changes, create, engine, judge, kind, place, recording, sweep,
    upsert,
};

const PROGRAMMES: [&str; 3] = ["dibao", "medical", "tekun"];

/// The first day of the month after the day that the tests ask for.
fn next_month() -> Recording {
    Recording {
        as_of: Date::new(2026, 7, 1).unwrap(),
        ..recording()
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64,
        max_shrink_iters: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_query_says_what_loading_and_sweeping_would(
        cap in 2..5_usize,
        first in changes(24),
        verdicts in proptest::collection::vec((place(), place(), kind()), 0..4),
        programme in proptest::sample::select(&PROGRAMMES[..]),
        known in proptest::option::of(0..6_u8),
        bare in any::<bool>(),
        applicant in cells(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let store = create(&folder.path().join("store"));
        sweep(&store, cap, true);
        let engine = engine(&store);
        upsert(&store, &engine, &first);
        for (a, b, kind) in verdicts {
            judge(&store, &engine, a, b, kind);
        }
        // Counted anew by then, so that frequencies matter.
        sweep(&store, cap, true);
        let engine = super::people::engine(&store);

        let said: Vec<(String, String)> = applicant
            .iter()
            .filter(|(column, _)| !(bare && matches!(*column, "start_date" | "end_date" | "status")))
            .map(|(column, text)| (column.to_string(), text.to_string()))
            .collect();
        let asked = Applicant {
            programme: programme.to_string(),
            record_id: known.map(|number| format!("R{number}")),
            cells: said.clone(),
        };
        let before = store.view().commit().unwrap();
        let answer = check_overlap(&store.view(), &engine, &asked, recording().as_of, true).unwrap();
        prop_assert_eq!(store.view().commit().unwrap(), before, "a query wrote");

        // The same, loaded and swept.
        let mut cells: Vec<(&str, &str)> = said.iter().map(|(column, text)| (&**column, &**text)).collect();
        for (column, text) in [("start_date", "2026-06-30"), ("status", "active")] {
            if !cells.iter().any(|(known, _)| *known == column) {
                cells.push((column, text));
            }
        }
        let record_id = asked.record_id.clone().unwrap_or_else(|| "(applicant)".to_string());
        let loaded = Change {
            source: programme.into(),
            record_id: record_id.clone().into(),
            op: Op::Upsert(Cells::of(cells.into_iter())),
        };
        apply(&store, &engine, &[loaded], &next_month()).unwrap();
        let sweeping = Sweeping { out: None, pairs: false, dry_run: false, delta: false, };
        sweep_store(&store, &engine, &sweeping, &next_month(), &Silent).unwrap();
        let view = store.view();
        let key = view.find(programme, &record_id).unwrap().key;
        let name = |key: RecordKey| {
            let record = view.record(key).unwrap().unwrap();
            format!("{}:{}", record.source, record.record_id)
        };
        let own = name(key);

        let entity = view.member(engine.generation, key).unwrap().unwrap().entity;
        let EntityState::Members(members) = view.entity(engine.generation, entity).unwrap().unwrap().state else {
            panic!("an entity without members");
        };
        let same: BTreeSet<String> = members.iter().map(|&member| name(RecordKey(member))).filter(|name| *name != own).collect();
        let told = |decision: Decision, compared: bool| -> BTreeSet<String> {
            let people = answer.people.iter().filter(|person| person.decision == decision);
            let records = people.flat_map(|person| &person.records);
            let records = records.filter(|record| !compared || record.weight.is_some());
            records.map(|record| format!("{}:{}", record.source, record.record_id)).collect()
        };
        prop_assert_eq!(&told(Decision::SamePerson, false), &same);
        let review: BTreeSet<String> = view
            .cursor(Family::Links)
            .unwrap()
            .links(engine.generation, key)
            .unwrap()
            .into_iter()
            .map(|(to, _)| name(to))
            .filter(|name| !same.contains(name))
            .collect();
        let apart: BTreeSet<String> = told(Decision::NeedsReview, true).union(&told(Decision::Different, true)).cloned().collect();
        prop_assert_eq!(&apart, &review);

        let mut findings = BTreeSet::new();
        view.cursor(Family::Findings).unwrap().each_finding(engine.generation, |_, _, finding| {
            if finding.a == key.0 || finding.b == Some(key.0) {
                let other = if finding.a == key.0 { finding.b } else { Some(finding.a) };
                findings.insert((
                    finding.kind.to_string(),
                    other.map(|other| name(RecordKey(other))).unwrap_or_default(),
                    finding.period.0.to_string(),
                    finding.months,
                    finding.amount,
                ));
            }
        }).unwrap();
        let arising: BTreeSet<_> = answer
            .findings
            .iter()
            .map(|finding| (finding.kind.clone(), finding.with.clone(), finding.start.clone(), finding.months, finding.amount))
            .collect();
        prop_assert_eq!(arising, findings);
        assert_sound(&store, &engine).or_else(|_| sound_next_month(&store, &engine))?;
    }
}

/// The store is what a sweep of the month that was swept last says.
fn sound_next_month(
    store: &yiren::store::Store,
    engine: &yiren::resolve::Engine,
) -> Result<(), TestCaseError> {
    let difference =
        yiren::resolve::verify(&store.view(), engine, next_month().as_of, &Silent).unwrap();
    prop_assert!(difference.is_empty(), "{difference:#?}");
    Ok(())
}

/// A query for someone who is there by a chain only, someone in doubt, and nobody.
#[test]
fn what_a_query_tells_is_told_of_people() {
    let folder = tempfile::tempdir().unwrap();
    let store = create(&folder.path().join("store"));
    sweep(&store, 100, true);
    let engine = engine(&store);
    let row = |cells: &[(&str, &str)]| Op::Upsert(Cells::of(cells.iter().copied()));
    let person = [
        ("name", "欧阳春"),
        ("birth_date", "1962-05-07"),
        ("national_id", "110101196205070010"),
        (
            "hukou_address",
            "浙江省杭州市西湖区文新街道骆家庄1幢2单元301室",
        ),
        ("start_date", "2024-01-01"),
        ("status", "active"),
    ];
    upsert(
        &store,
        &engine,
        &[
            change((1, 0), row(&person)),
            change(
                (0, 0),
                row(&[("name", "李娜"), ("birth_date", "1990-01-01")]),
            ),
        ],
    );
    let ask = |cells: &[(&str, &str)]| {
        let asked = Applicant {
            programme: "tekun".to_string(),
            record_id: None,
            cells: cells
                .iter()
                .map(|(column, text)| (column.to_string(), text.to_string()))
                .collect(),
        };
        check_overlap(&store.view(), &engine, &asked, recording().as_of, true).unwrap()
    };
    let known = ask(&person[..4]);
    assert_eq!(known.decision, Decision::SamePerson);
    let record = &known.people[0].records[0];
    assert_eq!(
        (&*record.source, record.enrolment.as_ref().unwrap().running),
        ("dibao", Some(true))
    );
    assert!(record.reasons.as_ref().unwrap().steps.len() > 2);
    let [finding] = &known.findings[..] else {
        panic!("{:#?}", known.findings);
    };
    assert_eq!(
        (&*finding.kind, &*finding.start, finding.months),
        ("exclusive_overlap", "2026-06", 1)
    );
    let unknown = ask(&[("name", "马小跳"), ("birth_date", "1950-01-03")]);
    assert_eq!(
        (
            unknown.decision,
            unknown.people.len(),
            unknown.findings.len()
        ),
        (Decision::Different, 0, 0)
    );
    let deleted = store
        .view()
        .cursor(Family::Records)
        .unwrap()
        .each(&[], |_, _| Ok(true));
    deleted.unwrap();
    assert!(
        store
            .view()
            .find("tekun", "(applicant)")
            .unwrap()
            .record
            .is_none_or(|record| record.state != RecordState::Current)
    );
}
