//! What a user does with a store, step by step.

use yiren::query::{Known, show};
use yiren::resolve::{
    Fate, Figures, Judgement, Op, Rebuilding, Recording, apply, compare_model, erase, give_verdict,
    rebuild,
};
use yiren::store::{Cells, EntityState, Moment, RecordState, VerdictKind};
use yiren::sweep::Silent;

use super::people::{assert_sound, change, create, engine, judge, model, recording, sweep, upsert};

fn zhang() -> Cells {
    Cells::of(
        [
            ("name", "张伟"),
            ("national_id", "110101196205070010"),
            ("birth_date", "1962-05-07"),
            ("sex", "1"),
            ("status", "active"),
            ("start_date", "2025-01-01"),
            ("hukou_address", "北京市东城区东华门街道王府井村3组15号"),
        ]
        .into_iter(),
    )
}

#[test]
fn a_person_grows_is_parted_and_joined_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = create(&folder.path().join("store"));
    sweep(&store, 100, true);
    let engine = engine(&store);
    let (dibao, tekun) = ((1, 1), (4, 1));
    let both = [
        change(dibao, Op::Upsert(zhang())),
        change(tekun, Op::Upsert(zhang())),
    ];
    let applied = upsert(&store, &engine, &both);
    assert_eq!(applied.fates, [Fate::Added, Fate::Added]);
    assert_eq!(applied.outcome.entities_created, 1);
    assert_eq!(
        applied.outcome.findings_opened, 1,
        "in dibao and tekun at once"
    );

    let again = upsert(&store, &engine, &both);
    assert_eq!(again.fates, [Fate::Unchanged, Fate::Unchanged]);
    assert_eq!(again.commit, None, "nothing is written for nothing");

    assert!(judge(
        &store,
        &engine,
        dibao,
        tekun,
        VerdictKind::CannotLink
    ));
    assert!(
        !judge(&store, &engine, dibao, (4, 9), VerdictKind::CannotLink),
        "no such record"
    );
    let view = store.view();
    let member = |source: &str| {
        let found = view.find(source, "R1").unwrap();
        view.member(engine.generation, found.key)
            .unwrap()
            .unwrap()
            .entity
    };
    let (a, b) = (member("dibao"), member("tekun"));
    assert_ne!(a, b);
    drop(view);
    assert_sound(&store, &engine).unwrap();

    sweep(&store, 100, false);
    let engine = super::people::engine(&store);
    assert_sound(&store, &engine).unwrap();
    let view = store.view();
    let found = view.find("tekun", "R1").unwrap();
    assert_eq!(
        view.member(engine.generation, found.key)
            .unwrap()
            .unwrap()
            .entity,
        b
    );
    drop(view);

    assert!(judge(&store, &engine, dibao, tekun, VerdictKind::Withdrawn));
    let view = store.view();
    let retired = view.entity(engine.generation, b).unwrap().unwrap();
    assert_eq!(retired.state, EntityState::Retired(Some(a)));
    assert_eq!(view.entity_history(b).unwrap().len(), 1);
    drop(view);
    assert_sound(&store, &engine).unwrap();

    let gone = upsert(&store, &engine, &[change(dibao, Op::Delete)]);
    assert_eq!(gone.fates, [Fate::Deleted]);
    assert_eq!(gone.outcome.findings_closed, 1);
    assert_sound(&store, &engine).unwrap();
}

#[test]
fn what_was_known_before_a_change_can_be_shown() {
    let folder = tempfile::tempdir().unwrap();
    let store = create(&folder.path().join("store"));
    sweep(&store, 100, true);
    let engine = engine(&store);
    let (dibao, tekun) = ((1, 1), (4, 1));
    let at = |minutes: i64| Moment(recording().at.0 + 60_000 * minutes);
    let later = |minutes| Recording {
        at: at(minutes),
        ..recording()
    };
    let both = [
        change(dibao, Op::Upsert(zhang())),
        change(tekun, Op::Upsert(zhang())),
    ];
    apply(&store, &engine, &both, &later(1)).unwrap();
    let said = Judgement {
        a: ("dibao".to_string(), "R1".to_string()),
        b: ("tekun".to_string(), "R1".to_string()),
        kind: VerdictKind::CannotLink,
        why: "two people".to_string(),
    };
    give_verdict(&store, &engine, &said, &later(2)).unwrap();
    apply(&store, &engine, &[change(tekun, Op::Delete)], &later(3)).unwrap();

    let view = store.view();
    let key = view.find("dibao", "R1").unwrap().key;
    let entity = Known::at(&view, None)
        .unwrap()
        .member(key)
        .unwrap()
        .unwrap();
    let shown = |minutes| {
        let shown = show(&view, entity, recording().as_of, Some(at(minutes))).unwrap();
        shown.map(|shown| {
            let entity = shown.entity.unwrap();
            (
                entity.records.len(),
                entity.findings.len(),
                entity.verdicts.len(),
                shown.story.len(),
            )
        })
    };
    assert_eq!(shown(0), None, "nobody was known then");
    assert_eq!(shown(1), Some((2, 1, 0, 1)), "one person with a finding");
    assert_eq!(shown(2), Some((1, 0, 1, 2)), "parted by a verdict");
    assert_eq!(shown(3), Some((1, 0, 1, 2)), "the other record is gone");
    let other = view.find("tekun", "R1").unwrap().key;
    assert_eq!(Known::at(&view, None).unwrap().member(other).unwrap(), None);
    assert!(
        Known::at(&view, Some(at(2)))
            .unwrap()
            .member(other)
            .unwrap()
            .is_some()
    );
    assert!(
        Known::at(&view, Some(Moment(0))).is_err(),
        "the store was not there yet"
    );
}

#[test]
fn what_was_erased_is_gone_and_the_audit_holds() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let store = create(&path);
    sweep(&store, 100, true);
    let engine = engine(&store);
    let (dibao, tekun) = ((1, 1), (4, 1));
    let secret = "某某某的秘密住址";
    let mut cells: Vec<(String, String)> = zhang()
        .iter()
        .map(|(column, text)| (column.to_string(), text.to_string()))
        .collect();
    cells.push(("residence_address".to_string(), secret.to_string()));
    let cells = Cells::of(cells.iter().map(|(column, text)| (&**column, &**text)));
    let both = [
        change(dibao, Op::Upsert(cells)),
        change(tekun, Op::Upsert(zhang())),
    ];
    upsert(&store, &engine, &both);
    upsert(&store, &engine, &[change(dibao, Op::Upsert(zhang()))]);
    erase(&store, &engine, ("dibao", "R1"), "asked", &recording()).unwrap();
    assert_sound(&store, &engine).unwrap();
    assert!(erase(&store, &engine, ("dibao", "R9"), "asked", &recording()).is_err());

    let view = store.view();
    let found = view.find("dibao", "R1").unwrap();
    let left = found.record.unwrap();
    assert!(matches!(left.state, RecordState::Erased(_)));
    assert_eq!((left.cells.iter().count(), &*left.record_id), (0, ""));
    let history = view.record_history(found.key).unwrap();
    assert!(
        history
            .iter()
            .all(|(_, record)| record.cells.iter().count() == 0)
    );
    drop(view);

    drop(store);
    let hidden = |bytes: &[u8]| {
        !bytes
            .windows(secret.len())
            .any(|some| some == secret.as_bytes())
    };
    for file in std::fs::read_dir(path.join("db")).unwrap() {
        let file = file.unwrap().path();
        assert!(hidden(&std::fs::read(&file).unwrap()), "{}", file.display());
    }
    let store = yiren::store::Store::open(&path, &super::people::options()).unwrap();

    // The same record may come again, as any other.
    upsert(&store, &engine, &[change(dibao, Op::Upsert(zhang()))]);
    assert_sound(&store, &engine).unwrap();
}

#[test]
fn another_model_is_compared_put_in_force_and_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let store = create(&folder.path().join("store"));
    sweep(&store, 100, true);
    let first = engine(&store);
    let (dibao, tekun) = ((1, 1), (4, 1));
    let both = [
        change(dibao, Op::Upsert(zhang())),
        change(tekun, Op::Upsert(zhang())),
    ];
    upsert(&store, &first, &both);
    let strict = Rebuilding {
        model: model(100).replace("link = 2.5", "link = 99.0"),
        policy: yiren::policy::SHIPPED.to_string(),
        figures: Figures::Count,
    };
    let compared = compare_model(&store.view(), &strict, recording().as_of, &Silent).unwrap();
    assert_eq!((compared.entities, compared.other_entities), (1, 2));
    assert_eq!(
        (compared.findings, compared.opened, compared.closed),
        (1, 0, 1)
    );
    assert_eq!(compared.examples[0].others.len(), 2);
    assert_sound(&store, &first).unwrap();

    let rebuilt = rebuild(&store, &strict, &recording(), &Silent).unwrap();
    assert_eq!((rebuilt.entities, rebuilt.findings), (2, 0));
    let second = engine(&store);
    assert_sound(&store, &second).unwrap();
    let back = Rebuilding {
        model: first.made.model.clone(),
        policy: first.made.policy.clone(),
        figures: Figures::Of(first.generation),
    };
    rebuild(&store, &back, &recording(), &Silent).unwrap();
    let third = engine(&store);
    assert_sound(&store, &third).unwrap();
    let view = store.view();
    let entity = |source: &str| {
        let key = view.find(source, "R1").unwrap().key;
        view.member(third.generation, key).unwrap().unwrap().entity
    };
    assert_eq!(entity("dibao"), entity("tekun"));
    assert_eq!(
        entity("dibao"),
        yiren::id::EntityId::of("dibao", "R1"),
        "the older id"
    );
}

#[test]
fn verdicts_that_contradict_are_refused_with_the_chain() {
    let folder = tempfile::tempdir().unwrap();
    let store = create(&folder.path().join("store"));
    sweep(&store, 100, true);
    let engine = engine(&store);
    let places = [(1, 1), (1, 2), (4, 1), (4, 2)];
    let records: Vec<_> = places
        .iter()
        .map(|&place| change(place, Op::Upsert(zhang())))
        .collect();
    upsert(&store, &engine, &records);
    assert!(judge(
        &store,
        &engine,
        (1, 1),
        (1, 2),
        VerdictKind::MustLink
    ));
    assert!(judge(
        &store,
        &engine,
        (1, 2),
        (4, 1),
        VerdictKind::MustLink
    ));
    assert!(judge(
        &store,
        &engine,
        (4, 1),
        (4, 2),
        VerdictKind::CannotLink
    ));
    let said = |a: &str, b: &str, kind| {
        let name = |text: &str| {
            let (source, id) = text.split_once(':').unwrap();
            (source.to_string(), id.to_string())
        };
        let judgement = Judgement {
            a: name(a),
            b: name(b),
            kind,
            why: String::new(),
        };
        give_verdict(&store, &engine, &judgement, &recording()).map_err(|error| error.to_string())
    };
    let error = said("dibao:R1", "tekun:R1", VerdictKind::CannotLink).unwrap_err();
    assert!(error.contains("dibao:R1 = dibao:R2 = tekun:R1"), "{error}");
    let error = said("dibao:R1", "tekun:R2", VerdictKind::MustLink).unwrap_err();
    assert!(
        error.contains("tekun:R1 and tekun:R2 were said to be two"),
        "{error}"
    );
    assert_sound(&store, &engine).unwrap();
}
