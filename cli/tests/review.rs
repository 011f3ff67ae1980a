//! The queue of clerical review over a small store: what it prints in both languages, what it
//! records, and how it ends.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops at the first surprise"
)]

mod support;

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use insta::assert_snapshot;
use serde_json::Value;
use support::{Desk, Run, steady};
use yiren::store::{OpenOptions, OpinionKind, Store, VerdictKind};

const HEADER: &str = "record_id,name,sex,birth_date,hukou_address,household_id,relation_to_head,phone,status,start_date,end_date,monthly_amount,office_division";

/// A village of people who may be one: 王小芳 and 王小红 under one roof and phone, 赵丽华 and
/// 赵丽花 with two birth dates, 李军 and 李君 and 李钧 of one household.
fn village() -> Desk {
    let desk = Desk::new();
    let rows = |rows: &[&str]| format!("{HEADER}\n{}\n", rows.join("\n"));
    desk.write(
        "in/dibao.csv",
        rows(&[
            "D1,王小芳,女,1962-05-07,安徽省六安市金安区木厂镇李村3组15号,342401000000002,户主,13900139000,active,2024-01-15,,450.50,341502",
            "D5,赵丽华,女,1955-08-12,安徽省六安市金安区木厂镇李村1组2号,342401000000005,户主,,exited,2024-01-15,2025-03-31,450.50,341502",
            "D7,李军,男,1966-06-06,浙江省杭州市西湖区文新街道骆家庄1幢2单元301室,330106000000001,户主,13800138000,active,2024-01-15,,450.50,330106",
        ]),
    );
    desk.write(
        "in/medical.csv",
        rows(&[
            "M1,王小红,女,1962-05-07,安徽省六安市金安区木厂镇李村3组15号,,,13900139000,active,2025-11-01,,120,341502",
            "M5,赵丽花,女,1956-08-21,金安区木厂镇李村1组2号,,,,active,2025-11-01,,120,341502",
            "M7,李君,男,1966-06-16,浙江省杭州市西湖区文新街道骆家庄1幢2单元301室,330106000000001,其他,13800138000,active,2024-01-15,,450.50,330106",
        ]),
    );
    desk.write(
        "in/tekun.csv",
        rows(&[
            "T7,李钧,男,1966-06-26,浙江省杭州市西湖区文新街道骆家庄1幢2单元301室,330106000000001,子,13800138000,active,2024-01-15,,900,330106",
            "T9,孙玫,,1971-02-01,,,,,active,2025-11-01,,900,341502",
        ]),
    );
    let load = [
        "load",
        "--store",
        "s",
        "--as-of",
        "2026-06-30",
        "--by",
        "loader",
        "in",
    ];
    desk.yiren(&load).left(0);
    desk
}

/// Runs `yiren review` with lines to read.
fn review(desk: &Desk, arguments: &[&str], lines: &str) -> Run {
    let mut process = Command::new(env!("CARGO_BIN_EXE_yiren"))
        .args(["review", "--store", "s"])
        .args(arguments)
        .current_dir(desk.path(""))
        .env_remove("LC_ALL")
        .env_remove("LC_MESSAGES")
        .env("LANG", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A session that ends before it has read all of it is no fault.
    let _ = process.stdin.take().unwrap().write_all(lines.as_bytes());
    let output = process.wait_with_output().unwrap();
    let run = Run {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    };
    assert!(!run.stderr.contains("panicked"), "{run}");
    run
}

const DAY: [&str; 4] = ["--as-of", "2026-06-30", "--by", "clerk"];

/// A session in both languages, each over a store of its own.
fn in_both(name: &str, prepare: impl Fn(&Desk), arguments: &[&str], lines: &str) {
    for language in ["en", "zh"] {
        let desk = village();
        prepare(&desk);
        let run = review(
            &desk,
            &[&DAY[..], arguments, &["--lang", language]].concat(),
            lines,
        );
        assert_snapshot!(format!("review_{name}_{language}"), steady(&run));
    }
}

fn nothing(_: &Desk) {}

/// Says something of two records without the queue.
fn say(desk: &Desk, a: &str, b: &str, what: &str, by: &str) {
    let said = [
        a,
        b,
        what,
        "--why",
        "known",
        "--by",
        by,
        "--as-of",
        "2026-06-30",
    ];
    review(desk, &said, "").left(0);
}

fn events(run: &Run) -> Vec<Value> {
    let lines = run.stdout.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The pairs that a session shows, in their order.
fn shown(desk: &Desk, arguments: &[&str], lines: &str) -> Vec<String> {
    let run = review(desk, &[&DAY[..], arguments, &["--json"]].concat(), lines);
    let events = events(&run);
    let pairs = events.iter().filter(|event| event["event"] == "pair");
    pairs
        .map(|pair| {
            format!(
                "{} {}",
                pair["a"].as_str().unwrap(),
                pair["b"].as_str().unwrap()
            )
        })
        .collect()
}

#[test]
fn a_session_in_words() {
    in_both(
        "session",
        nothing,
        &[],
        "w\nn seen at the door\ns\nd 2\nu\nk\n\nnonsense\n?\nd they live apart\nq\n",
    );
}

#[test]
fn a_blind_session_shows_nothing_of_the_model() {
    in_both("blind", nothing, &["--blind", "--limit", "1"], "w\nd\n");
    let desk = village();
    let run = review(&desk, &[&DAY[..], &["--blind", "--json"]].concat(), "q\n").left(0);
    for word in ["weight", "probability", "bits", "link"] {
        assert!(
            !run.stdout.contains(&format!("\"{word}\":")),
            "{word}: {run}"
        );
    }
    assert!(events(&run)[0]["reasons"].is_null());
}

#[test]
fn what_was_said_can_be_taken_back() {
    in_both(
        "undo",
        nothing,
        &["--limit", "3"],
        "z\ns\nd\nz\nz\nu\nz\nk\nz\nd 3\nd\nq\n",
    );
    let desk = village();
    let first = shown(&desk, &["--limit", "1"], "s\n");
    let (a, b) = first[0].split_once(' ').unwrap();
    let before = shown(&desk, &[], "");
    assert!(!before.contains(&first[0]), "{before:?}");
    let desk = village();
    shown(&desk, &[], "s because\nz\n");
    let store = Store::open(&desk.path("s"), &OpenOptions::default()).unwrap();
    let view = store.view();
    let key = |name: &str| {
        let (source, id) = name.split_once(':').unwrap();
        view.find(source, id).unwrap().key
    };
    let said = view.verdict(key(a), key(b)).unwrap().unwrap();
    assert_eq!(said.kind, VerdictKind::Withdrawn);
    let verdicts: Vec<String> = (1..=view.commit().unwrap().0)
        .map(|commit| view.audit(commit).unwrap().unwrap())
        .filter(|entry| entry.action == "verdict")
        .map(|entry| {
            format!(
                "{} {} {}",
                entry.actor, entry.detail["verdict"], entry.detail["why"]
            )
        })
        .collect();
    assert_eq!(
        verdicts,
        [
            "clerk \"MustLink\" \"because\"",
            "clerk \"Withdrawn\" \"taken back in the review\""
        ]
    );
}

#[test]
fn what_contradicts_is_refused_in_words_and_the_session_goes_on() {
    let prepare = |desk: &Desk| {
        say(desk, "medical:M7", "tekun:T9", "--same", "judge");
        say(desk, "tekun:T9", "tekun:T7", "--different", "judge");
    };
    let arguments = ["--programme", "medical", "--county", "3301", "--limit", "1"];
    in_both("contradiction", prepare, &arguments, "s\nd\n");
    let desk = village();
    prepare(&desk);
    let run = review(
        &desk,
        &[&DAY[..], &arguments, &["--json"]].concat(),
        "s\nk\n",
    )
    .left(0);
    let refused = &events(&run)[1];
    assert_eq!(refused["event"], "refused", "{run}");
    assert_eq!(refused["chain"].as_array().unwrap().len(), 3, "{run}");
}

#[test]
fn an_empty_queue_is_told() {
    in_both("empty", nothing, &["--county", "99"], "s\n");
    let desk = village();
    for task in ["--second-reader", "--disputed", "--agreement"] {
        let run = review(&desk, &[&DAY[..], &[task]].concat(), "s\n").left(1);
        assert!(run.stdout.is_empty(), "{run}");
    }
}

#[test]
fn pairs_come_in_order_and_as_they_were_asked_for() {
    let desk = village();
    let skip = "k\n".repeat(9);
    let all = shown(&desk, &[], &skip);
    // Of 李军, 李君 and 李钧 one pair comes before 赵丽华, who is farther from the threshold, the
    // others after her.
    assert_snapshot!("review_order", all.join("\n"));
    let of = |arguments: &[&str]| shown(&desk, arguments, &skip);
    let holds = |pairs: &[String], part: &str| pairs.iter().all(|pair| pair.contains(part));
    assert!(holds(&of(&["--programme", "tekun"]), "tekun:T7"));
    assert_eq!(of(&["--county", "341502"]).len(), 2);
    assert_eq!(of(&["--county", "330106"]).len() + 2, all.len());
    assert_eq!(of(&["--limit", "1"]), all[..1]);
    // What somebody could not tell comes last, whoever asks.
    shown(&desk, &["--limit", "1"], "u 2\n");
    let later = shown(&desk, &[], &skip);
    assert_eq!((later.len(), later.last()), (all.len(), all.first()));
    // A look at each pair is in the audit.
    let store = Store::open(&desk.path("s"), &OpenOptions::default()).unwrap();
    let view = store.view();
    let looks = (1..=view.commit().unwrap().0).map(|commit| view.audit(commit).unwrap().unwrap());
    let looks: Vec<Value> = looks
        .filter(|entry| entry.action == "looks")
        .flat_map(|entry| entry.detail.as_array().cloned().unwrap())
        .collect();
    assert!(looks.len() > 2 * all.len(), "{}", looks.len());
    assert!(looks.iter().all(|look| look["what"] == "review"));
}

/// A village where alice judged four pairs, and bob read them again.
fn read_twice(desk: &Desk) {
    for (a, b, what) in [
        ("dibao:D1", "medical:M1", "--different"),
        ("dibao:D5", "medical:M5", "--same"),
        ("dibao:D7", "medical:M7", "--different"),
        ("dibao:D7", "tekun:T7", "--different"),
    ] {
        say(desk, a, b, what, "alice");
    }
    let mut arguments = [
        "--as-of",
        "2026-06-30",
        "--by",
        "bob",
        "--second-reader",
        "100%",
        "--json",
    ];
    let mut left = 4;
    while left > 0 {
        // One pair a session, so that each can be answered as the test wants.
        let run = review(desk, &[&arguments[..], &["--limit", "1"]].concat(), "q\n").left(0);
        let pair = events(&run)[0].clone();
        assert!(
            pair["said"].as_array().unwrap().is_empty(),
            "the first verdict is shown: {run}"
        );
        let answer = match pair["b"].as_str().unwrap() {
            "medical:M1" | "tekun:T7" => "d\n",
            "medical:M5" => "s looks the same\n",
            _ => "s one household and phone\n",
        };
        review(desk, &[&arguments[..], &["--limit", "1"]].concat(), answer).left(0);
        left -= 1;
    }
    arguments[3] = "alice";
    review(desk, &arguments, "").left(1);
}

#[test]
fn a_second_reader_is_compared_with_the_first() {
    for language in ["en", "zh"] {
        let desk = village();
        read_twice(&desk);
        let run = review(&desk, &["--agreement", "--lang", language], "");
        assert_snapshot!(format!("review_agreement_{language}"), steady(&run));
    }
    let desk = village();
    read_twice(&desk);
    let run = review(&desk, &["--agreement", "--json"], "").left(0);
    let found: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(found["all"]["pairs"], 4);
    assert!(
        (found["all"]["kappa"].as_f64().unwrap() - 0.5).abs() < 1e-9,
        "{run}"
    );
    assert_eq!(found["disputed"].as_array().unwrap().len(), 1);

    // The store holds together, opinions and all.
    let check = [
        "store",
        "check",
        "--store",
        "s",
        "--deep",
        "--as-of",
        "2026-06-30",
    ];
    desk.yiren(&check).left(0);
    // Neither of the two settles it; a third does, and sees what both said.
    let disputed = |by: &str, lines: &str, more: &[&str]| {
        let arguments = ["--as-of", "2026-06-30", "--by", by, "--disputed"];
        review(&desk, &[&arguments[..], more].concat(), lines)
    };
    let run = disputed("bob", "s\n", &[]).left(1);
    assert!(run.stderr.contains("third person"), "{run}");
    let run = disputed("carol", "u\nq\n", &["--blind"]).left(0);
    assert!(!run.stdout.contains("alice"), "{run}");
    assert_snapshot!(
        "review_disputed_en",
        steady(&disputed("carol", "d 2\n", &[]))
    );
    disputed("carol", "", &[]).left(1);
    let store = Store::open(&desk.path("s"), &OpenOptions::default()).unwrap();
    let view = store.view();
    let (a, b) = (
        view.find("dibao", "D7").unwrap().key,
        view.find("medical", "M7").unwrap().key,
    );
    let said = view.verdict(a, b).unwrap().unwrap();
    assert_eq!((said.kind, &*said.by), (VerdictKind::CannotLink, "alice"));
    let last = view.opinions(a, b).unwrap().pop().unwrap();
    assert_eq!((last.kind, &*last.by), (OpinionKind::Different, "carol"));
}

#[test]
fn a_third_who_agrees_with_the_second_replaces_the_verdict() {
    let desk = village();
    read_twice(&desk);
    let third = ["--as-of", "2026-06-30", "--by", "carol", "--disputed"];
    // Taken back, the first verdict stands again.
    review(&desk, &third, "s papers seen\nz\ns\nq\n").left(0);
    let run = review(&desk, &["--agreement", "--json"], "").left(0);
    let found: Value = serde_json::from_str(&run.stdout).unwrap();
    assert!(found["disputed"].as_array().unwrap().is_empty(), "{run}");
    // What first and second said stays what they said.
    assert!(
        (found["all"]["kappa"].as_f64().unwrap() - 0.5).abs() < 1e-9,
        "{run}"
    );
}

#[test]
fn verdicts_teach_a_model() {
    let desk = village();
    read_twice(&desk);
    let run = review(&desk, &["--labels", "judged.csv"], "").left(0);
    assert_snapshot!(
        "review_labels",
        format!("{}{}", run, desk.read("judged.csv"))
    );
    let same = review(&desk, &["--labels", "-"], "").left(0);
    assert_eq!(same.stdout, desk.read("judged.csv"));

    let train = ["train", "in", "--out", "m.toml", "--random-pairs", "1000"];
    desk.yiren(&train).left(0);
    let without = desk.read("m.toml");
    let learn = [&train[..], &["--labels", "judged.csv"]].concat();
    for language in ["en", "zh"] {
        let run = desk.yiren(&[&learn[..], &["--lang", language]].concat());
        assert_snapshot!(format!("review_train_{language}"), run);
    }
    assert_ne!(desk.read("m.toml"), without, "the verdicts change nothing");
    let learnt = desk.read("m.toml");
    desk.yiren(&[&learn[..], &["--threads", "1"]].concat())
        .left(0);
    assert_eq!(desk.read("m.toml"), learnt, "threads change the model");

    let header = "source_a,record_a,source_b,record_b,same";
    for (name, content) in [
        ("nobody", format!("{header}\ndibao,X,medical,Y,true\n")),
        ("value", format!("{header}\ndibao,D1,medical,M1,maybe\n")),
        (
            "columns",
            "source_a,record_a,same\ndibao,D1,true\n".to_string(),
        ),
    ] {
        desk.write("wrong.csv", content);
        let run = desk
            .yiren(&[&train[..], &["--labels", "wrong.csv"]].concat())
            .left(2);
        assert_snapshot!(format!("review_train_{name}"), run);
    }
}

#[test]
fn what_cannot_be_asked_is_told() {
    let desk = village();
    let mut all = String::new();
    for arguments in [
        &["dibao:D1"][..],
        &["dibao:D1", "medical:M1"],
        &["dibao:D1", "medical:M1", "--same"],
        &["--same", "--why", "x"],
        &["dibao:D1", "medical:M1", "--same", "--why", "x", "--blind"],
        &["--agreement", "--disputed"],
        &["--agreement", "--blind"],
        &["--second-reader", "0"],
        &["--second-reader", "half"],
        &["--limit", "0"],
    ] {
        let run = review(&desk, arguments, "").left(2);
        all += &format!("$ yiren review {}\n{run}\n", arguments.join(" "));
    }
    assert_snapshot!("review_wrong", all);
}

#[test]
fn garbage_is_no_answer() {
    let desk = village();
    let mut lines = b"\xff\xfe\n\0\n\x1b[31m\n".to_vec();
    lines.extend("😀 s\nsame\u{202e}\n".as_bytes());
    lines.extend([b'x'; 100_000]);
    let path = desk.path("lines");
    fs::write(&path, lines).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_yiren"))
        .args(["review", "--store", "s", "--as-of", "2026-06-30"])
        .current_dir(desk.path(""))
        .env("LANG", "C.UTF-8")
        .stdin(fs::File::open(path).unwrap())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(
        !errors.contains('\u{1b}') && !errors.contains("panicked"),
        "{errors}"
    );
    assert_eq!(errors.matches("is no answer").count(), 6, "{errors}");
}

#[test]
fn help() {
    let desk = Desk::new();
    for (language, lang) in [("en", "C.UTF-8"), ("zh", "zh_CN.UTF-8")] {
        let run = desk.yiren_in(lang, &["review", "--help"]).left(0);
        assert_snapshot!(format!("review_help_{language}"), run);
    }
}
