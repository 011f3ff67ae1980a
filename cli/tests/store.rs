//! The verbs that keep a store: what they print, what they leave, and what they refuse.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops at the first surprise"
)]

mod support;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use insta::assert_snapshot;
use serde_json::Value;
use support::{Desk, Run, steady, table};

const HEADER: &str = "record_id,national_id,name,sex,birth_date,household_id,relation_to_head,phone,status,start_date,end_date,monthly_amount";

/// Four people: one on Dibao and Tekun, one twice on Dibao, one who died, one brother.
fn tiny() -> Desk {
    let desk = Desk::new();
    let rows = |rows: &[&str]| format!("{HEADER}\n{}\n", rows.join("\n"));
    desk.write(
        "in/dibao.csv",
        rows(&[
            "D1,11010519491231002X,张伟,1,1949-12-31,H1,户主,13800138000,active,2024-03-01,,500",
            "D2,34240119620507331X,王建国,1,1962-05-07,H2,户主,13900139000,exited,2023-01-01,2024-07-01,450.50",
            "D3,34240119620507331X,王建国,男,19620507,H2,户主,13900139000,active,2024-01-15,,450.50",
            "D4,,王建军,男,1964-02-11,H2,其他,13900139000,active,2024-01-15,,450.50",
            ",,无名,,,,,,,,,",
        ]),
    );
    desk.write(
        "in/tekun.csv",
        rows(&["T1,11010519491231002x,张 伟,男,1949.12.31,H1,01,,active,2025-01-01,,900"]),
    );
    desk.write(
        "in/deaths.csv",
        "record_id,national_id,name,sex,birth_date,start_date\n\
         X1,34240119620507331X,王建国,1,1962-05-07,2025-02-03\n",
    );
    desk
}

const LOAD: [&str; 7] = [
    "load",
    "--store",
    "s",
    "--as-of",
    "2026-06-30",
    "--by",
    "test",
];

fn load(desk: &Desk, more: &[&str]) -> Run {
    desk.yiren(&[&LOAD[..], more].concat())
}

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run}"))
}

/// Checks a store as deep as can be.
fn assert_sound(desk: &Desk, store: &str) {
    let arguments = [
        "store",
        "check",
        "--deep",
        "--as-of",
        "2026-06-30",
        "--json",
        "--store",
    ];
    let run = desk.yiren(&[&arguments[..], &[store]].concat()).left(0);
    assert_eq!(json(&run)["faults"], 0, "{run}");
}

/// As [`steady`], without the sizes of files.
fn without_bytes(run: &Run) -> String {
    let text = steady(run);
    let place = |line: &str| line.starts_with("bytes on disk") || line.starts_with("磁盘占用");
    let kept: Vec<&str> = text.lines().take_while(|line| !place(line)).collect();
    // The column of figures is as wide as the largest size.
    let narrow = |line: &&str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    kept.iter().map(|line| narrow(line) + "\n").collect()
}

#[test]
fn a_load_is_told() {
    let desk = tiny();
    assert_snapshot!("load_en", load(&desk, &["in"]).left(0));
    assert_snapshot!(
        "load_again_zh",
        load(&desk, &["in", "--lang", "zh"]).left(0)
    );
    assert_sound(&desk, "s");

    desk.write(
        "change/dibao.csv",
        "记录编号,操作,姓名\nD1,删除,\nD4,更新,王建军\nD9,撤回,赵敏\n",
    );
    let arguments = ["change", "--json", "--rejects", "rejects.csv"];
    assert_snapshot!("load_changes_json", load(&desk, &arguments).left(0));
    assert_snapshot!("load_changes_rejects", desk.read("rejects.csv"));
    let late = "record_id,name,updated_at\nD4,王建军,2026-02-02\nD5,李娜,2026-02-02\n";
    desk.write("late/dibao.csv", late);
    load(&desk, &["late"]).left(0);
    desk.write("late/dibao.csv", late.replace("02-02", "01-01"));
    for language in ["en", "zh"] {
        let run = load(&desk, &["late", "--lang", language]).left(0);
        assert_snapshot!(format!("load_late_{language}"), run);
    }
    desk.write("full/dibao.csv", "record_id,name\nD5,李娜\n");
    desk.write("full/tekun.csv", "record_id,name\n,李娜\n");
    desk.write("full/deaths.csv", "record_id,name\n");
    for language in ["en", "zh"] {
        let run = load(&desk, &["full", "--full", "--lang", language]).left(0);
        assert_snapshot!(format!("load_full_{language}"), run);
    }
    assert_sound(&desk, "s");

    for language in ["en", "zh"] {
        let run = desk
            .yiren(&["store", "stats", "--store", "s", "--lang", language])
            .left(0);
        assert_snapshot!(format!("stats_{language}"), without_bytes(&run));
        let run = desk
            .yiren(&["store", "check", "--store", "s", "--lang", language])
            .left(0);
        assert_snapshot!(format!("check_{language}"), run);
    }
    let stats = json(
        &desk
            .yiren(&["store", "stats", "--store", "s", "--json"])
            .left(0),
    );
    assert_eq!(stats["records_by_source"]["dibao"], 1);
    assert!(stats["bytes_on_disk"].as_u64().unwrap() > 1000);
}

#[test]
fn a_store_is_kept() {
    let desk = tiny();
    let init = ["store", "init", "--store", "s"];
    assert_snapshot!("init_en", desk.yiren(&init).left(0));
    assert_snapshot!(
        "init_again_zh",
        desk.yiren(&[&init[..], &["--lang", "zh"]].concat()).left(1)
    );
    load(&desk, &["in"]).left(0);
    let backup = ["store", "backup", "--store", "s", "--to", "copies"];
    assert_snapshot!("backup_en", steady(&desk.yiren(&backup).left(0)));
    assert_snapshot!(
        "backup_zh",
        steady(
            &desk
                .yiren(&[&backup[..], &["--lang", "zh"]].concat())
                .left(0)
        )
    );
    let restore = ["store", "restore", "--from", "copies", "--store"];
    assert_snapshot!(
        "restore_en",
        steady(&desk.yiren(&[&restore[..], &["t"]].concat()).left(0))
    );
    assert_sound(&desk, "t");
    let again = load(&desk, &["in"]).left(0);
    let in_copy = desk
        .yiren(&["load", "--store", "t", "in", "--as-of", "2026-06-30"])
        .left(0);
    assert_eq!(in_copy.stdout, again.stdout, "all is in the copy");
    desk.yiren(&["store", "compact", "--store", "t"]).left(0);
    assert_sound(&desk, "t");
}

#[test]
fn wrong_use_is_told_in_both_languages() {
    let desk = tiny();
    load(&desk, &["in"]).left(0);
    desk.write("full.d/note.txt", "");
    desk.write("noid.csv", "姓名\n张伟\n");
    desk.write("wrong.toml", "version = \n");
    let other = fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../src/policy/policy.toml"
    ));
    desk.write("policy.toml", other.unwrap() + "\n# ours\n");
    let cases: [&[&str]; 13] = [
        &["load", "--store", "s", "nowhere"],
        &["load", "--store", "s", "noid.csv"],
        &["load", "--store", "full.d", "in"],
        &["load", "--store", "new", "in", "--model", "wrong.toml"],
        &["load", "--store", "s", "in", "--policy", "policy.toml"],
        &["load", "--store", "s", "-", "in"],
        &["load", "--store", "s", "-", "--full"],
        &["load", "--store", "noid.csv/s", "in"],
        &["load", "--store", "s", "in", "--rejects", "nowhere/r.csv"],
        &["store", "stats", "--store", "nowhere"],
        &["store", "backup", "--store", "s", "--to", "in"],
        &["store", "restore", "--from", "in", "--store", "t"],
        &["store", "init", "--store", "s", "--policy", "policy.toml"],
    ];
    for language in ["en", "zh"] {
        let mut all = String::new();
        for arguments in cases {
            let run = desk
                .yiren(&[arguments, &["--lang", language]].concat())
                .left(2);
            all += &format!("$ yiren {}\n{run}\n", arguments.join(" "));
        }
        assert_snapshot!(format!("store_wrong_{language}"), all);
    }
    assert!(!desk.path("new").exists());
    desk.yiren(&["load", "--store", "new", "nowhere"]).left(2);
    assert!(!desk.path("new").exists(), "no store is made for nothing");
}

/// A `yiren load -` that waits for lines.
struct Feed {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Feed {
    fn new(desk: &Desk) -> Feed {
        let mut child = Command::new(env!("CARGO_BIN_EXE_yiren"))
            .args(LOAD)
            .args(["-", "--json", "--source", "dibao"])
            .current_dir(desk.path(""))
            .env("LANG", "C.UTF-8")
            .env_remove("LC_ALL")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Feed {
            input: child.stdin.take(),
            output: BufReader::new(child.stdout.take().unwrap()),
            child,
        }
    }

    /// Sends lines, and returns what is said once all of them are told of.
    fn send(&mut self, lines: &[&str]) -> Vec<Value> {
        let input = self.input.as_mut().unwrap();
        for line in lines {
            writeln!(input, "{line}").unwrap();
        }
        input.flush().unwrap();
        let (mut told, mut count) = (Vec::new(), 0);
        while count < lines.len() as u64 {
            let mut line = String::new();
            assert!(
                self.output.read_line(&mut line).unwrap() > 0,
                "it ended early"
            );
            let one: Value = serde_json::from_str(&line).unwrap();
            count += one["rows"].as_u64().unwrap() + one["rejected"].as_u64().unwrap();
            told.push(one);
        }
        told
    }

    fn end(mut self) -> Option<i32> {
        drop(self.input.take());
        self.child.wait().unwrap().code()
    }
}

#[test]
fn a_stream_is_acknowledged_while_it_goes_on() {
    let desk = tiny();
    load(&desk, &["in"]).left(0);
    let mut feed = Feed::new(&desk);
    let told = feed.send(&[r#"{"record_id":"D7","name":"赵敏","sex":"2"}"#]);
    assert_eq!((told.len(), &told[0]["added"]), (1, &Value::from(1)));
    let first = told[0]["commit"].as_u64().unwrap();

    // It holds the store: nobody else may write, but anybody may read and copy.
    for language in ["en", "zh"] {
        let run = load(&desk, &["in", "--lang", language]).left(2);
        assert_snapshot!(format!("busy_{language}"), run);
    }
    let stats = json(
        &desk
            .yiren(&["store", "stats", "--store", "s", "--json"])
            .left(0),
    );
    assert_eq!(stats["commit"], first);
    let backup = [
        "store", "backup", "--store", "s", "--to", "copies", "--json",
    ];
    assert_eq!(json(&desk.yiren(&backup).left(0))["commit"], first);

    let told = feed.send(&[
        r#"{"record_id":"D7","name":"赵敏","sex":"2"}"#,
        "{",
        r#"{"record_id":"D8","name":"赵敏"}"#,
        r#"{"record_id":"D8","op":"delete"}"#,
    ]);
    let sum = |count: &str| {
        told.iter()
            .map(|one| one[count].as_u64().unwrap())
            .sum::<u64>()
    };
    let counts = ["unchanged", "rejected", "added", "deleted"].map(sum);
    assert_eq!(counts, [1, 1, 1, 1]);
    let last = told.last().unwrap()["commit"].as_u64().unwrap();
    assert!(last > first);
    assert_eq!(json(&desk.yiren(&backup).left(0))["commit"], last);
    assert_eq!(feed.end(), Some(0));

    assert_sound(&desk, "s");
    let restore = ["store", "restore", "--from", "copies", "--store", "t"];
    desk.yiren(&restore).left(0);
    assert_sound(&desk, "t");

    let mut nothing = Feed::new(&desk);
    assert!(nothing.send(&[]).is_empty());
    assert_eq!(nothing.end(), Some(1), "nothing came");
}

#[test]
fn a_generated_population_is_loaded_in_any_way() {
    let desk = Desk::new();
    let made = [
        "generate",
        "--persons",
        "400",
        "--seed",
        "3",
        "--out",
        "people",
    ];
    desk.yiren(&made).left(0);
    let first = json(&load(&desk, &["people", "--json"]).left(0));
    assert_eq!(first["resolved_at_once"], true);
    let again = json(&load(&desk, &["people", "--json"]).left(0));
    assert_eq!(
        (&again["commit"], &again["rows"]),
        (&first["commit"], &again["unchanged"])
    );
    assert_sound(&desk, "s");

    // One file of all sources is a source of its own; taken apart, deleted and loaded again, it
    // leaves the store as it was.
    let (header, rows) = table(&desk.path("people/medical.csv"));
    let before = json(
        &desk
            .yiren(&["store", "stats", "--store", "s", "--json"])
            .left(0),
    );
    let mut gone = String::from("record_id,op\n");
    rows.iter()
        .for_each(|row| gone += &format!("{},delete\n", &row[0]));
    desk.write("gone/medical.csv", gone);
    let deleted = json(&load(&desk, &["gone", "--json"]).left(0));
    assert_eq!(deleted["deleted"], rows.len());
    assert_sound(&desk, "s");
    for (place, part) in rows.chunks(rows.len() / 3).enumerate().rev() {
        let mut writer = csv::Writer::from_path(desk.path("part.csv")).unwrap();
        writer.write_record(&header).unwrap();
        part.iter()
            .rev()
            .for_each(|row| writer.write_record(row).unwrap());
        writer.flush().unwrap();
        drop(writer);
        let loaded = load(&desk, &["part.csv", "--source", "medical", "--json"]).left(0);
        assert_eq!(json(&loaded)["added"], part.len(), "part {place}");
    }
    assert_sound(&desk, "s");
    let after = json(
        &desk
            .yiren(&["store", "stats", "--store", "s", "--json"])
            .left(0),
    );
    for count in ["records_by_source", "entities", "links", "findings"] {
        assert_eq!(after[count], before[count], "{count}");
    }
}

#[test]
fn garbage_changes_nothing() {
    let desk = tiny();
    load(&desk, &["in"]).left(0);
    let commit = || {
        json(
            &desk
                .yiren(&["store", "stats", "--store", "s", "--json"])
                .left(0),
        )["commit"]
            .clone()
    };
    let before = commit();
    desk.write("garbage/binary.csv", [0, 159, 146, 150, 0, 1, 2, 3]);
    desk.write("garbage/cut.parquet", b"PAR1rest");
    desk.write("garbage/empty.jsonl", "");
    desk.write("garbage/array.jsonl", "[{\"record_id\":\"A1\"}]\n");
    let run = load(&desk, &["garbage"]).left(2);
    assert!(
        run.stderr.contains("no usable record in 4 file(s)"),
        "{run}"
    );
    assert_eq!(commit(), before);
    desk.write("s/db/CURRENT", "nonsense");
    for (language, words) in [("en", "the store is damaged"), ("zh", "库已损坏")] {
        for verb in ["stats", "check", "compact"] {
            let run = desk
                .yiren(&["store", verb, "--store", "s", "--lang", language])
                .left(2);
            assert!(run.stderr.contains(words), "{run}");
        }
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_told() {
    let desk = tiny();
    load(&desk, &["in"]).left(0);
    let folders = ["s", "s/db"].map(|name| desk.path(name));
    let set = |writable: bool| {
        for folder in &folders {
            let mut permissions = fs::metadata(folder).unwrap().permissions();
            permissions.set_readonly(!writable);
            #[cfg(unix)]
            if writable {
                std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o755);
            }
            fs::set_permissions(folder, permissions).unwrap();
        }
    };
    set(false);
    let probe = desk.path("s/probe");
    let is_root = fs::write(&probe, "").is_ok();
    let run = load(&desk, &["in"]);
    let stats = desk.yiren(&["store", "stats", "--store", "s"]);
    set(true);
    let _ = fs::remove_file(&probe);
    stats.left(0);
    // The superuser may write anywhere.
    if !is_root {
        assert!(
            run.left(2)
                .stderr
                .contains("free the disk or mend its permissions")
        );
    }
    load(&desk, &["in"]).left(0);
    assert_sound(&desk, "s");
}

#[test]
fn help() {
    let desk = Desk::new();
    let verbs: [&[&str]; 8] = [
        &["load"],
        &["store"],
        &["store", "init"],
        &["store", "stats"],
        &["store", "check"],
        &["store", "backup"],
        &["store", "restore"],
        &["store", "compact"],
    ];
    for (language, lang) in [("en", "C.UTF-8"), ("zh", "zh_CN.UTF-8")] {
        let mut all = String::new();
        for verb in verbs {
            let run = desk.yiren_in(lang, &[verb, &["--help"]].concat()).left(0);
            all += &format!("$ yiren {} --help\n{run}\n", verb.join(" "));
        }
        assert_snapshot!(format!("store_help_{language}"), all);
    }
}

/// A telephone that becomes a village's loses its weight with the next sweep, which says so, once.
#[test]
fn values_that_become_common_are_counted_anew() {
    let desk = Desk::new();
    let people = |phone: &dyn Fn(usize) -> String| {
        let row = |number: usize| {
            let (year, month, day) = (1940 + number % 60, 1 + number % 12, 1 + number % 28);
            let name: String = [number / 8, number % 8, (number * 5 + number / 8) % 8]
                .iter()
                .map(|&place| "赵钱孙李周吴郑王".chars().nth(place % 8).unwrap())
                .collect();
            let phone = phone(number);
            format!(
                "D{number},,{name},{},{year}-{month:02}-{day:02},H{number},户主,{phone},active,2025-01-01,,300\n",
                1 + number % 2
            )
        };
        format!("{HEADER}\n{}", (0..64).map(row).collect::<String>())
    };
    desk.write(
        "own/dibao.csv",
        people(&|number| format!("139001390{number:02}")),
    );
    desk.write("shared/dibao.csv", people(&|_| "13705640001".to_string()));
    load(&desk, &["own"]).left(0);
    let sweep = |more: &[&str]| {
        let arguments = [
            "sweep",
            "--store",
            "s",
            "--as-of",
            "2026-06-30",
            "--by",
            "test",
        ];
        desk.yiren(&[&arguments[..], more].concat()).left(0)
    };
    let quiet = |run: &Run| !run.stderr.contains("counted");
    assert!(quiet(&sweep(&[])), "nothing is common yet");
    // Few enough at a time to be decided one by one, by the figures of the first load.
    let shared = desk.read("shared/dibao.csv");
    let mut lines = shared.lines();
    let header = lines.next().unwrap();
    for (part, rows) in lines.collect::<Vec<_>>().chunks(8).enumerate() {
        desk.write(
            &format!("part{part}/dibao.csv"),
            format!("{header}\n{}\n", rows.join("\n")),
        );
        load(&desk, &[&format!("part{part}")]).left(0);
    }
    assert!(sweep(&["--dry-run"]).stderr.contains("counts anew"));
    let told = sweep(&[]);
    assert!(
        told.stderr.contains("1 values have become common"),
        "{told}"
    );
    assert!(quiet(&sweep(&[])), "it is counted now");
    assert_sound(&desk, "s");
}
