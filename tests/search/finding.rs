//! What is found, in which order, and what is said of it.

use std::collections::BTreeSet;

use proptest::prelude::*;
use yiren::search::{How, Query, Search, SearchError, Within};

use super::desk::{Desk, names};

const ROWS: &[(&str, &str)] = &[
    (
        "dibao:D1",
        "name=张伟;former_name=张小伟;mother_name=王芳;sex=男;birth_date=1962-05-07;national_id=110105196205071235;\
         hukou_address=河南省安阳市滑县赵营镇安坪村第一村民小组119号;office_division=410526;phone=13812345670;\
         bank_account=6222021234567890128;status=active;household_id=410526114000119",
    ),
    (
        "dibao:D2",
        "name=張偉;birth_date=1970-01-02;hukou_address=滑县赵营安坪村2组7号;office_division=410526;status=exited",
    ),
    (
        "dibao:D3",
        "name=章炜;birth_date=1962-11-30;office_division=410527;status=active",
    ),
    (
        "medical:M1",
        "name=张伟强;birth_date=1962;office_division=110105",
    ),
    (
        "medical:M2",
        "name=买买提·吐尔逊;birth_date=1980-03-04;office_division=653123;documents=disability_card:65312319800304001X42",
    ),
    (
        "medical:M3",
        "name=买买提吐尔逊;birth_date=1985-03-04;office_division=653123",
    ),
    (
        "tekun:T1",
        "name=王?明;birth_date=1950-06-07;phone=0371-66661234;status=在享",
    ),
    ("tekun:T2", "name=王晓明;birth_date=1950-06-08"),
    (
        "tekun:T3",
        "name=Zhang Wei;birth_date=1999-09-09;documents=passport:E12345678",
    ),
    (
        "tekun:T4",
        "name=单雄信;residence_address=金色小区25幢3单元2502室",
    ),
    (
        "tekun:T5",
        "name=张建国;birth_date=1961-01-01;national_id=11010519610101123X",
    ),
];

fn desk() -> (Desk, Search) {
    let desk = Desk::new();
    desk.put(ROWS);
    let search = desk.search();
    (desk, search)
}

#[test]
fn what_is_half_remembered_is_found() {
    let (desk, search) = desk();
    let mut wrong = Vec::new();
    for (text, expected) in [
        // Names in characters, whatever the script; then as they sound, then as they may be meant.
        ("张伟", "dibao:D1 dibao:D2 medical:M1 dibao:D3 tekun:T3"),
        ("張偉", "dibao:D1 dibao:D2 medical:M1 dibao:D3 tekun:T3"),
        ("张小伟", "dibao:D1 dibao:D2"),
        ("买买提吐尔逊", "medical:M2 medical:M3"),
        ("买买提·吐尔逊", "medical:M2 medical:M3"),
        ("吐尔逊", "medical:M2"),
        ("建国", "tekun:T5"),
        ("王?明", "tekun:T1 tekun:T2"),
        ("张?国", "tekun:T5"),
        ("王晓明", "tekun:T2 tekun:T1"),
        // Pinyin with and without tones and spaces, initials.
        ("zhangwei", "tekun:T3 dibao:D1 dibao:D2 dibao:D3"),
        ("Zhāng Wěi", "tekun:T3 dibao:D1 dibao:D2 dibao:D3"),
        ("wei zhang", "dibao:D1 dibao:D2 dibao:D3 tekun:T3"),
        ("zhang1wei3", "tekun:T3 dibao:D1 dibao:D2 dibao:D3"),
        ("shanxiongxin", "tekun:T4"),
        ("zw", "dibao:D1 dibao:D2 dibao:D3 tekun:T3"),
        ("zhwei", "dibao:D1 dibao:D2 dibao:D3 tekun:T3"),
        ("zjg", "tekun:T5"),
        // Years, months, days.
        ("zw 1962", "dibao:D1 dibao:D3"),
        ("1962-05", "dibao:D1"),
        ("1960-1965", "dibao:D1 dibao:D3 medical:M1 tekun:T5"),
        // Addresses, however they were written.
        ("安坪村", "dibao:D1 dibao:D2"),
        ("安坪村1组", "dibao:D1"),
        ("趙營鎮安坪村", "dibao:D1 dibao:D2"),
        ("金色小区25-3-2502", "tekun:T4"),
        ("滑县 张伟", "dibao:D1 dibao:D2"),
        // Numbers: whole, how they begin, how they end, one digit wrong, hidden in part.
        ("13812345670", "dibao:D1"),
        ("5670", "dibao:D1"),
        ("66661234", "tekun:T1"),
        ("890128", "dibao:D1"),
        ("1235", "dibao:D1"),
        ("110105", "medical:M1 dibao:D1 tekun:T5"),
        ("110105196205071235", "dibao:D1"),
        ("110105196205071245", "dibao:D1"),
        ("110105********1235", "dibao:D1"),
        ("E12345678", "tekun:T3"),
        ("410526114000119", "dibao:D1"),
        ("M2", "medical:M2"),
        // Programmes and states.
        ("低保", "dibao:D1 dibao:D2 dibao:D3"),
        ("特困 在享", "tekun:T1"),
        ("zhangwei dibao active", "dibao:D1 dibao:D3"),
        // Nothing.
        ("诸葛亮", ""),
        ("张伟 诸葛亮", ""),
        ("※", ""),
    ] {
        let found = names(&desk.find(&search, text));
        if found != expected {
            wrong.push(format!("{text}: {found}, not {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn filters_narrow_what_is_found() {
    let (desk, search) = desk();
    let some = |text: &str| vec![text.to_string()];
    let of = |query: Query| names(&desk.ask(&search, &query));
    let all = Query::default();
    assert_eq!(
        of(Query {
            sources: some("medical"),
            ..all.clone()
        }),
        "medical:M1 medical:M2 medical:M3"
    );
    assert_eq!(
        of(Query {
            counties: some("4105"),
            text: "张伟".into(),
            ..all.clone()
        }),
        "dibao:D1 dibao:D2 dibao:D3"
    );
    assert_eq!(
        of(Query {
            counties: vec!["410527".into(), "65".into()],
            ..all.clone()
        }),
        "dibao:D3 medical:M2 medical:M3"
    );
    assert_eq!(
        of(Query {
            statuses: some("在享"),
            ..all.clone()
        }),
        "dibao:D1 dibao:D3 tekun:T1"
    );
    assert_eq!(
        of(Query {
            born: Some("1950-1961".into()),
            ..all.clone()
        }),
        "tekun:T1 tekun:T2 tekun:T5"
    );
    assert_eq!(
        of(Query {
            sources: some("none"),
            ..all.clone()
        }),
        ""
    );
    let view = desk.store.view();
    for (query, what) in [
        (
            Query {
                counties: some("滑县"),
                ..all.clone()
            },
            "division",
        ),
        (
            Query {
                statuses: some("well"),
                ..all.clone()
            },
            "state",
        ),
        (
            Query {
                born: Some("long ago".into()),
                ..all.clone()
            },
            "date of birth",
        ),
    ] {
        let refused = search.find(&view, &query);
        assert!(
            matches!(refused, Err(SearchError::Filter { what: told, .. }) if told == what),
            "{refused:?}"
        );
    }
    assert!(matches!(search.find(&view, &all), Err(SearchError::Empty)));
}

/// What a caller may not see is neither shown nor counted, whatever is asked.
#[test]
fn what_is_outside_is_not_there() {
    let (desk, search) = desk();
    let within = |divisions: &[&str], sources: Option<&[&str]>| Within {
        divisions: divisions.iter().map(ToString::to_string).collect(),
        sources: sources.map(|names| names.iter().map(ToString::to_string).collect()),
    };
    for (within, expected) in [
        (within(&[], None), "dibao:D1 dibao:D2 dibao:D3 tekun:T3"),
        (within(&["4105"], None), "dibao:D1 dibao:D2 dibao:D3"),
        (within(&["410526"], None), "dibao:D1 dibao:D2"),
        (within(&["410526001"], None), ""),
        (within(&["11", "410527"], None), "dibao:D3"),
        (within(&["x"], None), ""),
        (within(&[], Some(&["tekun", "medical"])), "tekun:T3"),
        (within(&["41"], Some(&["tekun"])), ""),
        (within(&[], Some(&[])), ""),
    ] {
        for counties in [
            vec![],
            vec!["41".to_string(), "11".to_string(), "65".to_string()],
        ] {
            let found = desk.ask(
                &search,
                &Query {
                    text: "zw".to_string(),
                    within: within.clone(),
                    counties: counties.clone(),
                    ..Query::default()
                },
            );
            // The record of no county is in none of those that were asked for.
            let expected = match counties.is_empty() {
                true => expected.to_string(),
                false => expected.replace("tekun:T3", "").trim().to_string(),
            };
            assert_eq!(names(&found), expected, "{within:?} {counties:?}");
            let counted: u64 = found.sources.values.iter().map(|value| value.count).sum();
            assert_eq!(counted, found.total, "{within:?}");
            assert_eq!(counted as usize, found.hits.len(), "{within:?}");
        }
    }
}

#[test]
fn pages_come_one_after_the_other() {
    let (desk, search) = desk();
    let page = |page| {
        let query = Query {
            text: "zw".to_string(),
            limit: 3,
            page,
            ..Query::default()
        };
        desk.ask(&search, &query)
    };
    assert_eq!(names(&page(1)), "dibao:D1 dibao:D2 dibao:D3");
    assert_eq!(names(&page(2)), "tekun:T3");
    assert_eq!(names(&page(3)), "");
    let second = page(2);
    assert_eq!(
        (second.total, second.pages, second.hits[0].place),
        (4, 2, 4)
    );
}

#[test]
fn what_was_met_is_told_and_counted() {
    let (desk, search) = desk();
    let found = desk.find(&search, "张伟 安坪村一组 1962 5670");
    let hit = &found.hits[0];
    assert!(hit.entity.as_ref().is_some_and(|id| id.starts_with('E')));
    let told: Vec<String> = hit
        .matches
        .iter()
        .map(|met| format!("{} {} {:?} {:?}", met.column, met.word, met.how, met.marks))
        .collect();
    assert_eq!(
        told,
        [
            "name 0 Exact [(0, 2)]",
            "hukou_address 1 Part [(11, 20)]",
            "birth_date 2 Within [(0, 10)]",
            "phone 3 Ends [(7, 11)]",
        ]
    );
    let found = desk.find(&search, "zw");
    assert!(found.widened);
    let counted = |facet: &yiren::search::Facet| -> Vec<String> {
        let values = facet.values.iter();
        values
            .map(|value| format!("{} {} {}", value.value, value.name, value.count))
            .collect()
    };
    assert_eq!(counted(&found.sources), ["dibao  3", "tekun  1"]);
    assert_eq!(
        counted(&found.counties),
        ["410526 滑县 2", "0  1", "410527 内黄县 1"]
    );
    assert_eq!(
        counted(&found.statuses),
        ["active  2", "exited  1", "unknown  1"]
    );
}

/// Hits of a random question, of which every word must be met by a cell: what the index says and
/// what a look at the records says agree. Filters are met by no cell.
#[test]
fn every_hit_has_a_cell_for_every_word() {
    let (desk, search) = desk();
    let words = [
        "张伟",
        "張偉",
        "王?明",
        "zw",
        "zhwei",
        "zhangwei",
        "wang",
        "1962",
        "1960-1970",
        "安坪村",
        "赵营镇",
        "滑县",
        "5670",
        "1234",
        "110105",
        "E12345678",
        "买买提",
        "建国",
        "2组",
        "119",
        "25-3",
    ];
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let asked = proptest::collection::vec(0..words.len(), 1..4);
    let outcome = runner.run(&asked, |asked| {
        let text: Vec<&str> = asked.iter().map(|word| words[*word]).collect();
        let found = desk.find(&search, &text.join(" "));
        for hit in &found.hits {
            let met: BTreeSet<usize> = hit.matches.iter().map(|met| met.word).collect();
            prop_assert_eq!(met.len(), found.words.len(), "{:?} {}", text, hit.record_id);
        }
        let sorted = found.hits.is_sorted_by_key(|hit| {
            (
                std::cmp::Reverse(hit.rank),
                hit.source.clone(),
                hit.record_id.clone(),
            )
        });
        prop_assert!(sorted, "{:?}", text);
        Ok(())
    });
    outcome.unwrap();
}

#[test]
fn no_question_is_too_strange() {
    let (desk, search) = desk();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let outcome = runner.run(&any::<String>(), |text| {
        let query = Query {
            text,
            ..Query::default()
        };
        let found = search.find(&desk.store.view(), &query);
        prop_assert!(
            matches!(found, Ok(_) | Err(SearchError::Empty)),
            "{:?}",
            found
        );
        Ok(())
    });
    outcome.unwrap();
    for text in [
        ".*",
        "[a-z]",
        "(((",
        "\\",
        "a{9999}",
        "张*",
        &"x".repeat(10_000),
        &"张".repeat(300),
        "*1234*",
    ] {
        let query = Query {
            text: text.to_string(),
            ..Query::default()
        };
        assert!(search.find(&desk.store.view(), &query).is_ok(), "{text}");
    }
}

#[test]
fn words_that_sound_alike_are_told_from_those_that_look_alike() {
    let (desk, search) = desk();
    for (text, record, how) in [
        ("张玮", "D1", How::Pinyin),
        ("zangwei", "D1", How::SoundsAlike),
        ("王日明", "T1", How::Similar),
        ("张建囯", "T5", How::Exact),
        ("张健国", "T5", How::Pinyin),
        ("张文国", "T5", How::Near),
    ] {
        let found = desk.find(&search, text);
        let hit = found.hits.iter().find(|hit| hit.record_id == record);
        let hows: Vec<How> = hit.unwrap().matches.iter().map(|met| met.how).collect();
        assert_eq!(hows, [how], "{text}");
    }
}
