//! The investigator's verbs over a small store: what they print in both languages, and how they end.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops at the first surprise"
)]

mod support;

use insta::assert_snapshot;
use serde_json::Value;
use support::village::{LOAD, village};
use support::{Desk, Run, steady};

const DAY: [&str; 4] = ["--store", "s", "--as-of", "2026-06-30"];

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run}"))
}

/// Runs a verb over the store in both languages.
fn in_both(desk: &Desk, name: &str, arguments: &[&str]) {
    for language in ["en", "zh"] {
        let run = desk.yiren(&[arguments, &["--lang", language]].concat());
        assert_snapshot!(format!("{name}_{language}"), steady(&run));
    }
}

/// The names of all keys, without the values.
fn keys(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let at = format!("{at}.{key}");
                if !found.contains(&at) {
                    found.push(at.clone());
                }
                keys(value, &at, found);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| keys(value, at, found)),
        _ => {}
    }
}

fn key_names(run: &Run) -> String {
    let mut found = Vec::new();
    keys(&json(run), "", &mut found);
    found.join("\n")
}

#[test]
fn a_person_is_shown() {
    let desk = village();
    in_both(&desk, "show", &[&["show", "dibao:D1"], &DAY[..]].concat());
    let dead = [&["show", "deaths:X1"], &DAY[..]].concat();
    in_both(&desk, "show_dead", &dead);
    let run = desk.yiren(&[&["show", "dibao:D1", "--json"], &DAY[..]].concat());
    assert_snapshot!("show_json_keys", key_names(&run.left(0)));
    let early = [
        "show",
        "dibao:D1",
        "--store",
        "s",
        "--known-at",
        "2020-01-01",
    ];
    let run = desk.yiren(&early);
    assert!(run.code != Some(0) && run.stdout.is_empty(), "{run}");
}

#[test]
fn two_are_explained() {
    let desk = village();
    let store = ["--store", "s"];
    let ask =
        |verb: &'static str, a: &'static str, b: &'static str| [&[verb, a, b], &store[..]].concat();
    in_both(&desk, "why", &ask("why", "dibao:D1", "tekun:T1"));
    in_both(&desk, "why_not", &ask("why-not", "dibao:D3", "dibao:D4"));
    in_both(
        &desk,
        "why_not_compared",
        &ask("why-not", "dibao:D1", "dibao:D5"),
    );
    let run = desk.yiren(&[&ask("why", "dibao:D1", "tekun:T1")[..], &["--json"]].concat());
    assert_snapshot!("why_json_keys", key_names(&run.left(0)));
    let both = [&ask("why", "dibao:D1", "dibao:D1")[..], &["--json"]].concat();
    desk.yiren(&both).left(1);

    // Of two persons the nearest records are compared, and the others are told.
    let person = |record: &str| {
        let run = desk
            .yiren(&["show", record, "--store", "s", "--json"])
            .left(0);
        json(&run)["entity"]["id"].as_str().unwrap().to_string()
    };
    let (left, right) = (person("dibao:D1"), person("dibao:D2"));
    let run = desk
        .yiren(&["why-not", &left, &right, "--store", "s", "--json"])
        .left(0);
    let why = json(&run);
    assert_eq!(
        (&why["one_person"], &why["entities"][1]),
        (&false.into(), &right.as_str().into())
    );
    assert!(why["others"].as_array().unwrap().len() > 3, "{run}");
    let run = desk.yiren(&["why", &left, &left, "--store", "s"]).left(1);
    assert!(run.stderr.contains("yiren how"), "{run}");
}

#[test]
fn a_verdict_joins_what_the_weight_does_not() {
    let desk = village();
    let said = [
        "review",
        "dibao:D5",
        "medical:M2",
        "--store",
        "s",
        "--same",
        "--why",
        "one card",
        "--by",
        "judge",
        "--as-of",
        "2026-06-30",
    ];
    desk.yiren(&said).left(0);
    in_both(&desk, "how", &["how", "dibao:D5", "--store", "s"]);
    in_both(
        &desk,
        "why_said",
        &["why", "dibao:D5", "medical:M2", "--store", "s"],
    );
    let run = desk
        .yiren(&["how", "dibao:D5", "--store", "s", "--json"])
        .left(0);
    assert_snapshot!("how_json_keys", key_names(&run));
    let gone = json(&run)["records"][1]["before"][0]
        .as_str()
        .unwrap()
        .to_string();
    let run = desk.yiren(&["how", &gone, "--store", "s"]).left(0);
    assert!(run.stdout.contains(&format!("{gone} → ")), "{run}");
    in_both(&desk, "how_alone", &["how", "dibao:D4", "--store", "s"]);
}

#[test]
fn a_network_is_shown() {
    let desk = village();
    let ask = ["network", "dibao:D2", "--store", "s", "--depth", "3"];
    in_both(&desk, "network", &ask);
    in_both(
        &desk,
        "network_addresses",
        &[&ask[..4], &["--addresses"]].concat()[..],
    );
    let form = |flag: &'static str| steady(&desk.yiren(&[&ask[..], &[flag]].concat()).left(0));
    assert_snapshot!("network_dot", form("--dot"));
    assert_snapshot!("network_graphml", form("--graphml"));
    let run = desk
        .yiren(&[&ask[..], &["--json", "--html", "n.html"]].concat())
        .left(0);
    assert_snapshot!("network_json_keys", key_names(&run));
    let page = desk.read("n.html");
    for part in [
        "<svg class=\"network\"",
        "王建军",
        "13900139000",
        "class=\"node hub\"",
    ] {
        assert!(page.contains(part), "the page lacks {part}");
    }
    let alone = desk.yiren(&["network", "dibao:D1", "--store", "s"]).left(1);
    assert!(
        alone.stdout.contains("shares nothing with anybody"),
        "{alone}"
    );
}

#[test]
fn paths_are_shown() {
    let desk = village();
    let ask = |a: &'static str, b: &'static str| ["paths", a, b, "--store", "s"];
    in_both(&desk, "paths", &ask("dibao:D2", "medical:M2"));
    in_both(&desk, "paths_crowd", &ask("dibao:D10", "dibao:D12"));
    in_both(&desk, "paths_none", &ask("dibao:D1", "dibao:D2"));
    let run = desk.yiren(&[&ask("dibao:D2", "medical:M2")[..], &["--json"]].concat());
    assert_snapshot!("paths_json_keys", key_names(&run.left(0)));
    desk.yiren(&[&ask("dibao:D2", "medical:M2")[..], &["--depth", "2"]].concat())
        .left(1);
    let run = desk.yiren(&ask("dibao:D2", "dibao:D3")).left(0);
    assert!(run.stdout.starts_with("both are one person"), "{run}");
}

#[test]
fn a_timeline_is_shown() {
    let desk = village();
    desk.write(
        "later/tekun.csv",
        "record_id,op,name,status,start_date,end_date,monthly_amount,national_id,updated_at\n\
         T1,upsert,张伟,exited,2025-01-01,2026-01-31,900,11010519491231002X,2026-02-01\n",
    );
    desk.yiren(&[&LOAD[..], &["later"]].concat()).left(0);
    let said = [
        "review",
        "dibao:D1",
        "medical:M1",
        "--store",
        "s",
        "--different",
        "--why",
        "two cousins",
        "--by",
        "judge",
        "--as-of",
        "2026-06-30",
    ];
    desk.yiren(&said).left(0);
    desk.write("gone/medical.csv", "record_id,op\nM1,delete\n");
    desk.yiren(&[&LOAD[..], &["gone"]].concat()).left(0);
    in_both(
        &desk,
        "timeline",
        &[&["timeline", "dibao:D1"], &DAY[..]].concat(),
    );
    let run = desk.yiren(&[&["timeline", "dibao:D1", "--json"], &DAY[..]].concat());
    assert_snapshot!("timeline_json_keys", key_names(&run.left(0)));
}

#[test]
fn overlaps_are_counted() {
    let desk = village();
    in_both(&desk, "overlap", &[&["overlap"], &DAY[..]].concat());
    in_both(
        &desk,
        "overlap_counties",
        &[&["overlap", "--by", "county"], &DAY[..]].concat(),
    );
    in_both(
        &desk,
        "overlap_cell",
        &[&["overlap", "--cell", "tekun,dibao"], &DAY[..]].concat(),
    );
    in_both(
        &desk,
        "overlap_county",
        &[
            &["overlap", "--by", "county", "--cell", "330102,330106"],
            &DAY[..],
        ]
        .concat(),
    );
    let run = desk
        .yiren(&[&["overlap", "--json"], &DAY[..]].concat())
        .left(0);
    assert_snapshot!("overlap_json_keys", key_names(&run));
    let none = [&["overlap", "--cell", "housing,dibao"], &DAY[..]].concat();
    desk.yiren(&none).left(1);
    let before = ["overlap", "--store", "s", "--as-of", "1990-01-01"];
    desk.yiren(&before).left(1);
}

#[test]
fn who_is_not_there_is_told() {
    let desk = village();
    let nothing: [&[&str]; 6] = [
        &["show", "dibao:D99"],
        &["how", "dibao:D99"],
        &["network", "E0000000000000000"],
        &["paths", "dibao:D1", "dibao:D99"],
        &["timeline", "dibao:D99"],
        &["why", "dibao:D1", "dibao:D99"],
    ];
    let wrong: [&[&str]; 7] = [
        &["show", "D1"],
        &["why", "dibao:D1", "E12"],
        &["network", "dibao:D1", "--depth", "0"],
        &["network", "dibao:D1", "--dot", "--json"],
        &["overlap", "--cell", "dibao"],
        &["overlap", "--by", "month"],
        &["timeline", "dibao:D1", "--known-at", "yesterday"],
    ];
    for language in ["en", "zh"] {
        let mut all = String::new();
        for (code, cases) in [(1, &nothing[..]), (2, &wrong[..])] {
            for arguments in cases {
                let more = ["--store", "s", "--lang", language];
                let run = desk.yiren(&[arguments, &more[..]].concat()).left(code);
                all += &format!("$ yiren {}\n{run}\n", arguments.join(" "));
            }
        }
        assert_snapshot!(format!("desk_wrong_{language}"), all);
    }
    desk.yiren(&["how", "dibao:D1", "--store", "nowhere"])
        .left(2);
}

#[test]
fn every_look_is_in_the_audit() {
    let desk = village();
    let commit = || {
        let run = desk
            .yiren(&["store", "stats", "--store", "s", "--json"])
            .left(0);
        json(&run)["commit"].as_u64().unwrap()
    };
    let looks: [&[&str]; 8] = [
        &["show", "dibao:D1"],
        &["why", "dibao:D1", "dibao:D2"],
        &["why-not", "dibao:D1", "dibao:D2"],
        &["how", "dibao:D1"],
        &["network", "dibao:D2"],
        &["paths", "dibao:D2", "dibao:D4"],
        &["timeline", "dibao:D1"],
        &["overlap", "--as-of", "2026-06-30"],
    ];
    for arguments in looks {
        let before = commit();
        desk.yiren(&[arguments, &["--store", "s"]].concat()).left(0);
        assert_eq!(commit(), before + 1, "{arguments:?}");
    }
}

#[test]
fn output_is_the_same_each_time() {
    let desk = village();
    for arguments in [
        &[
            "network", "dibao:D2", "--store", "s", "--json", "--depth", "3",
        ][..],
        &["how", "dibao:D1", "--store", "s", "--json"],
        &["overlap", "--store", "s", "--as-of", "2026-06-30", "--json"],
    ] {
        // The commit and its moment differ, as each look is one.
        let without = |run: Run| -> Value {
            let mut value = json(&run.left(0));
            for key in ["commit", "known_at"] {
                value.as_object_mut().unwrap().remove(key);
            }
            value
        };
        let one = without(desk.yiren(&[arguments, &["--threads", "1"]].concat()));
        let two = without(desk.yiren(&[arguments, &["--threads", "2"]].concat()));
        assert_eq!(one, two);
    }
}

#[test]
fn help() {
    let desk = Desk::new();
    for (language, lang) in [("en", "C.UTF-8"), ("zh", "zh_CN.UTF-8")] {
        let mut all = String::new();
        for verb in [
            "show", "why", "why-not", "how", "network", "paths", "timeline", "overlap",
        ] {
            let run = desk.yiren_in(lang, &[verb, "--help"]).left(0);
            all += &format!("$ yiren {verb} --help\n{run}\n");
        }
        assert_snapshot!(format!("desk_help_{language}"), all);
    }
}
