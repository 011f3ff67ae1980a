//! `yiren findings`: what it prints in both languages, what it refuses, and the folder of a case.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops at the first surprise"
)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use insta::assert_snapshot;
use serde_json::Value;
use support::{Desk, Run, steady};

/// Two exclusive programmes, a death, an account of three households, all of one county.
const TEKUN: &str = "a45f4517a7562098";
const DEAD: &str = "fbdd60cab4321227";
const ACCOUNT: &str = "72819172c8d1e171";

fn county() -> Desk {
    let desk = Desk::new();
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../golden-datasets/populations/county");
    let data = data.canonicalize().unwrap();
    let load = [
        "load",
        "--store",
        "s",
        "--as-of",
        "2025-12-31",
        "--by",
        "loader",
    ];
    desk.yiren(&[&load[..], &[data.to_str().unwrap()]].concat())
        .left(0);
    desk
}

/// Runs `findings` with arguments and `--store s`, in both languages.
fn in_both(desk: &Desk, name: &str, arguments: &[&str]) {
    for language in ["en", "zh"] {
        let more = ["--store", "s", "--lang", language];
        let run = desk.yiren(&[&["findings"], arguments, &more[..]].concat());
        assert_snapshot!(format!("{name}_{language}"), steady(&run));
    }
}

fn findings(desk: &Desk, arguments: &[&str]) -> Run {
    desk.yiren(&[&["findings"], arguments, &["--store", "s", "--by", "li"]].concat())
}

/// As `steady`, the offset of the time zone after each moment hidden as well.
fn steady_files(run: &Run) -> String {
    let text = steady(run);
    let mut parts = text.split("# ");
    let mut hidden = parts.next().unwrap().to_string();
    for part in parts {
        let is_offset = part.starts_with(['+', '-']) && part.get(3..4) == Some(":");
        hidden += match is_offset {
            true => "#",
            false => "# ",
        };
        hidden += if is_offset { &part[6..] } else { part };
    }
    hidden
}

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run}"))
}

#[test]
fn findings_are_listed() {
    let desk = county();
    in_both(&desk, "list", &["--limit", "4", "--page", "2"]);
    in_both(
        &desk,
        "list_county",
        &["--county", "610824", "--sort", "amount"],
    );
    in_both(&desk, "list_none", &["--kind", "gone"]);
    let run = findings(&desk, &["--csv", "--county", "610824"]).left(0);
    assert_snapshot!("list_csv", run);
    // All that the filters let through, however they are written.
    let count = |arguments: &[&str]| {
        let run = findings(&desk, &[arguments, &["--json"]].concat());
        json(&run)["findings"].as_array().unwrap().len()
    };
    let cases: &[(&[&str], usize)] = &[
        (&[], 58),
        (&["--kind", "paid_after_death", "--county", "610824"], 1),
        (&["--kind", "死亡后仍发放", "--county", "610824"], 1),
        (&["--kind", "Paid after death", "--county", "610824"], 1),
        (&["--programme", "特困", "--county", "610824"], 2),
        (&["--programme", "tekun", "--county", "6108"], 2),
        (&["--person", "dibao:JB-DB-0101"], 1),
        (&["--person", "medical:JB-YL-0340"], 0),
        (&["--person", "EMJJJHAA01K5JJJ7Y"], 1),
        (
            &["--person", "dibao:JB-DB-0205", "--kind", "shared_account"],
            2,
        ),
        (&["--assignee", "Li"], 0),
        (&["--unassigned"], 58),
        (&["--status", "confirmed"], 0),
        (&["--overdue"], 0),
        (&["--limit", "50", "--page", "2"], 8),
        (&["--limit", "50", "--page", "9"], 0),
    ];
    for (arguments, expected) in cases {
        assert_eq!(count(arguments), *expected, "{arguments:?}");
    }
}

#[test]
fn pages_together_are_the_whole_in_the_same_order() {
    let desk = county();
    for sort in ["severity", "amount", "latest", "due"] {
        let ids = |more: &[&str]| -> Vec<String> {
            let run = findings(&desk, &[&["--json", "--sort", sort], more].concat());
            let listed = json(&run)["findings"].as_array().unwrap().clone();
            listed
                .iter()
                .map(|one| one["id"].as_str().unwrap().to_string())
                .collect()
        };
        let pages = ["1", "2", "3", "4"].map(|page| ids(&["--limit", "17", "--page", page]));
        assert_eq!(pages.concat(), ids(&[]), "{sort}");
    }
}

#[test]
fn findings_are_counted() {
    let desk = county();
    findings(
        &desk,
        &["mark", DEAD, "--status", "under_review", "--why", "x"],
    )
    .left(0);
    in_both(&desk, "group", &["group"]);
    in_both(&desk, "group_table", &["group", "--by", "programme,status"]);
    in_both(&desk, "group_wide", &["group", "--by", "severity,kind"]);
    in_both(
        &desk,
        "group_amount",
        &[
            "group",
            "--by",
            "county,status",
            "--value",
            "amount",
            "--limit",
            "3",
        ],
    );
    let run = |more: &[&str]| {
        let all = [&["findings", "group", "--store", "s", "--user", "li"], more].concat();
        desk.yiren(&all)
    };
    assert_snapshot!(
        "group_csv",
        run(&["--by", "assignee,severity", "--csv"]).left(0)
    );
    let by_kind = json(&run(&["--by", "kind", "--json"]).left(0));
    let sum = |value: &str| -> i64 {
        let groups = by_kind["groups"].as_array().unwrap().iter();
        groups.map(|group| group[value].as_i64().unwrap()).sum()
    };
    for value in ["findings", "months", "amount"] {
        assert_eq!(by_kind[value], sum(value), "{value}");
    }
    run(&["--by", "kind,kind"]).left(2);
    run(&["--by", "month"]).left(2);
    run(&["--status", "resolved"]).left(1);
}

#[test]
fn a_case_is_worked_on() {
    let desk = county();
    let steps: &[&[&str]] = &[
        &["assign", DEAD, TEKUN, "--to", "Li Na"],
        &["mark", DEAD, "--status", "confirmed", "--why", "x"],
        &["mark", DEAD, "--status", "under_review"],
        &[
            "mark",
            DEAD,
            "--status",
            "under_review",
            "--why",
            "on the register",
        ],
        &["mark", DEAD, "--status", "confirmed", "--why", "x"],
        &[
            "mark",
            DEAD,
            "--notified",
            "2026-01-12",
            "--respond-by",
            "2099-01-01",
            "--why",
            "letter",
        ],
        &["mark", DEAD, "--status", "confirmed", "--why", "x"],
        &[
            "mark",
            DEAD,
            "--status",
            "confirmed",
            "--why",
            "x",
            "--unheard",
            "the heirs are abroad",
        ],
        &["assign", DEAD, "--nobody"],
        // One that is refused does not hold up the other.
        &[
            "mark",
            DEAD,
            TEKUN,
            "--status",
            "under_review",
            "--why",
            "objection",
        ],
        &[
            "mark",
            "0000000000000001",
            "--status",
            "under_review",
            "--why",
            "x",
        ],
    ];
    for language in ["en", "zh"] {
        let desk = county();
        let mut all = String::new();
        for step in steps {
            let run = findings(&desk, &[*step, &["--lang", language][..]].concat());
            all += &format!("$ yiren findings {}\n{}\n", step.join(" "), steady(&run));
        }
        let shown = findings(&desk, &["show", DEAD, "--lang", language]).left(0);
        all += &steady(&shown);
        assert_snapshot!(format!("worked_on_{language}"), all);
    }
    let done = findings(&desk, &["assign", DEAD, "--to", "Li", "--json"]).left(0);
    assert_eq!(json(&done)[0]["assignee"], "Li");
    let shown = json(&findings(&desk, &["show", DEAD, "--json"]).left(0));
    assert_eq!(
        (&shown["rule"], &shown["basis"]["checked"], &shown["closed"]),
        (&"after-death".into(), &"unread".into(), &Value::Null)
    );
    findings(&desk, &["show", "0000000000000001"]).left(1);
    let wrong: [&[&str]; 5] = [
        &["show", "12"],
        &["mark", "zzzzzzzzzzzzzzzz", "--why", "x"],
        &["mark", DEAD, "--status", "gone", "--why", "x"],
        &["assign", DEAD],
        &["mark", DEAD, "--notified", "soon", "--why", "x"],
    ];
    for arguments in wrong {
        findings(&desk, arguments).left(2);
    }
}

/// The files below a folder, by name.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => {
                    let name = path.strip_prefix(folder).unwrap().display().to_string();
                    found.insert(name, fs::read(&path).unwrap());
                }
            }
        }
    }
    found
}

fn copy(from: &Path, to: &Path) {
    for (name, bytes) in files(from) {
        let path = to.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

const EXPORT: [&str; 6] = [
    "export",
    ACCOUNT,
    TEKUN,
    "--as-of",
    "2025-12-31",
    "--purpose",
];

#[test]
fn a_case_is_the_same_whenever_it_is_exported_of_one_commit() {
    let desk = county();
    findings(
        &desk,
        &[
            "mark",
            TEKUN,
            "--status",
            "under_review",
            "--why",
            "=1+1, \"x\"",
        ],
    )
    .left(0);
    copy(&desk.path("s"), &desk.path("copy"));
    findings(&desk, &[&EXPORT[..], &["case 7", "--out", "one"]].concat()).left(0);
    let again = [
        "findings",
        "export",
        TEKUN,
        ACCOUNT,
        "--as-of",
        "2025-12-31",
        "--purpose",
        "y",
    ];
    let again = [
        &again[..],
        &["--store", "copy", "--out", "two", "--by", "wang"],
    ]
    .concat();
    desk.yiren(&again).left(0);
    let (one, two) = (files(&desk.path("one")), files(&desk.path("two")));
    assert_eq!(
        one, two,
        "neither who, nor what for, nor the order of findings is in it"
    );

    let names: Vec<&str> = one.keys().map(String::as_str).collect();
    assert_snapshot!("case_files", names.join("\n"));
    for name in [
        "findings.csv",
        "history.csv",
        "records.csv",
        "months.csv",
        "reasons.csv",
    ] {
        let text = String::from_utf8(one[name].clone()).unwrap();
        let run = Run {
            code: Some(0),
            stdout: text,
            stderr: String::new(),
        };
        let name = name.replace('.', "_");
        assert_snapshot!(format!("case_{name}"), steady_files(&run));
    }
    let page = desk.read("one/case.html");
    for part in [
        "拓秀莲",
        "610824195103182646",
        "核查中",
        "under review",
        "<svg",
        "JB-TK-0007",
    ] {
        assert!(page.contains(part), "the page lacks {part}");
    }
    assert!(
        !page.contains("http://") && !page.contains("https://"),
        "it needs no network"
    );

    // The tool that everybody has says the same as ours.
    let sums = Command::new("sha256sum")
        .args(["--strict", "--quiet", "-c", "SHA256SUMS"])
        .current_dir(desk.path("one"))
        .status();
    assert!(sums.unwrap().success());
    let verify = |folder: &str| desk.yiren(&["findings", "verify", folder, "--store", "s"]);
    let run = verify("one").left(0);
    assert!(run.stdout.contains("as in the store: "), "{run}");
    // The export is a look, with its purpose, and nothing but that.
    findings(
        &desk,
        &[&EXPORT[..], &["case 8", "--out", "later"]].concat(),
    )
    .left(0);
    let looks = desk.read("later/looks.csv");
    assert!(looks.contains(",li,export,case 7,"), "{looks}");
    assert!(!desk.read("one/looks.csv").contains("export"));
}

#[test]
fn what_was_changed_in_a_case_is_told() {
    let desk = county();
    let export = |out: &str| findings(&desk, &[&EXPORT[..], &["x", "--out", out]].concat());
    export("c").left(0);
    let before = files(&desk.path("c"));
    let verify = |language: &str| {
        let run = desk.yiren(&[
            "findings", "verify", "c", "--store", "s", "--lang", language,
        ]);
        steady(&run)
    };
    desk.write("c/months.csv", "x\n");
    desk.write("c/more.txt", "x\n");
    fs::remove_file(desk.path("c/verdicts.csv")).unwrap();
    let audit = String::from_utf8(before["audit.csv"].clone()).unwrap();
    let hash = audit
        .lines()
        .nth(1)
        .unwrap()
        .split(',')
        .nth(4)
        .unwrap()
        .to_string();
    desk.write("c/audit.csv", audit.replace(&hash, &"0".repeat(64)));
    for language in ["en", "zh"] {
        assert_snapshot!(format!("verify_{language}"), verify(language));
    }
    // What lies elsewhere is never read, whatever a list names.
    desk.write(
        "c/SHA256SUMS",
        format!("{}  ../s/acknowledged\n", "0".repeat(64)),
    );
    let run = desk.yiren(&["findings", "verify", "c"]);
    assert!(
        run.stdout.contains("missing or changed: ../s/acknowledged"),
        "{run}"
    );
    assert_eq!(run.code, Some(1));
    desk.write("c/SHA256SUMS", "garbage");
    desk.yiren(&["findings", "verify", "c"]).left(2);
    desk.yiren(&["findings", "verify", "nowhere"]).left(2);

    // Nothing is written where something is, and what is not there is not exported.
    let looks = || {
        let run = desk
            .yiren(&["store", "stats", "--store", "s", "--json"])
            .left(0);
        json(&run)["commit"].as_u64().unwrap()
    };
    let before = looks();
    for language in ["en", "zh"] {
        let refused = [
            &[&EXPORT[..], &["x", "--out", "c"]].concat()[..],
            &[&EXPORT[..], &[" ", "--out", "d"]].concat(),
            &["export", "0000000000000001", "--purpose", "x", "--out", "d"],
            &["export", TEKUN, "--purpose", "x", "--out", "s/acknowledged"],
        ];
        let mut all = String::new();
        for arguments in refused {
            let run = findings(&desk, &[arguments, &["--lang", language]].concat()).left(2);
            all += &format!("$ yiren findings {}\n{run}\n", arguments.join(" "));
        }
        assert_snapshot!(format!("export_refused_{language}"), all);
    }
    assert_eq!(looks(), before, "nothing was looked at");
    assert!(!desk.path("d").exists());
}

#[test]
fn every_look_is_in_the_audit() {
    let desk = county();
    let commit = || {
        let run = desk
            .yiren(&["store", "stats", "--store", "s", "--json"])
            .left(0);
        json(&run)["commit"].as_u64().unwrap()
    };
    let looks: [&[&str]; 4] = [
        &["findings", "--store", "s"],
        &["findings", "group", "--store", "s"],
        &["findings", "show", TEKUN, "--store", "s"],
        &["findings", "assign", TEKUN, "--to", "Li", "--store", "s"],
    ];
    for arguments in looks {
        let before = commit();
        desk.yiren(arguments).left(0);
        assert_eq!(commit(), before + 1, "{arguments:?}");
    }
}

/// A service over a store, as a process.
struct Served {
    child: Child,
    address: String,
    key: String,
}

impl Served {
    fn start(desk: &Desk) -> Served {
        let added = ["keys", "add", "--store", "s", "--role", "investigator"];
        let key = desk.yiren(&added).left(0).stdout.trim().to_string();
        let mut child = Command::new(env!("CARGO_BIN_EXE_yiren"))
            .args([
                "--lang",
                "en",
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--store",
            ])
            .arg(desk.path("s"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let told = child.stdout.take().unwrap();
        BufReader::new(told).read_line(&mut line).unwrap();
        let address = line
            .split_whitespace()
            .find(|word| word.starts_with("http://"));
        let address = address.unwrap_or_else(|| panic!("{line}")).to_string();
        Served {
            child,
            address,
            key,
        }
    }

    fn ask(&self, desk: &Desk, arguments: &[&str]) -> Run {
        let output = Command::new(env!("CARGO_BIN_EXE_yiren"))
            .arg("findings")
            .args(arguments)
            .args(["--server", &self.address, "--lang", "zh"])
            .env("YIREN_KEY", &self.key)
            .current_dir(desk.path("."))
            .output()
            .unwrap();
        Run {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_service_says_what_its_store_says() {
    let desk = county();
    let stored =
        |arguments: &[&str]| findings(&desk, &[arguments, &["--lang", "zh"]].concat()).stdout;
    let grouped = ["group", "--by", "kind,status"];
    let store = ["--store", "s", "--lang", "zh"];
    let group = desk.yiren(&[&["findings"], &grouped[..], &store[..]].concat());
    let list = [
        "--county",
        "610824",
        "--programme",
        "特困",
        "--sort",
        "amount",
    ];
    let listed = stored(&list);
    let overlap = stored(&["show", TEKUN]);
    let served = Served::start(&desk);
    assert_eq!(served.ask(&desk, &grouped).left(0).stdout, group.stdout);
    // The service masks names; a star is a column narrower than what it hides.
    let masked = |text: &str, space: &str| {
        let names = [
            ("拓秀莲", "拓*莲"),
            ("拓秀连", "拓*连"),
            ("逯国庆", "逯*庆"),
        ];
        names.iter().fold(text.to_string(), |text, (name, mask)| {
            text.replace(name, &format!("{mask}{space}"))
        })
    };
    assert_eq!(
        served.ask(&desk, &list).left(0).stdout,
        masked(&listed, " ")
    );
    assert_eq!(
        served.ask(&desk, &["show", TEKUN]).left(0).stdout,
        masked(&overlap, "")
    );
    served.ask(&desk, &["show", "0000000000000001"]).left(1);
    served.ask(&desk, &["--assignee", "李 & 王"]).left(1);

    let mark = |more: &[&str]| served.ask(&desk, &[&["mark", TEKUN], more].concat());
    let refused = mark(&["--status", "confirmed", "--why", "x"]).left(2);
    assert!(refused.stderr.contains("没有这一步"), "{refused}");
    mark(&["--status", "under_review", "--why", "查"]).left(0);
    mark(&[
        "--notified",
        "2026-01-01",
        "--answered",
        "2026-01-09",
        "--why",
        "来信",
    ])
    .left(0);
    mark(&["--status", "confirmed", "--why", "属实"]).left(0);
    served
        .ask(&desk, &["assign", TEKUN, "--to", "李 & 王"])
        .left(0);
    served.ask(&desk, &["--assignee", "李 & 王"]).left(0);
    let shown = json(&served.ask(&desk, &["show", TEKUN, "--json"]).left(0));
    assert_eq!(shown["history"].as_array().unwrap().len(), 4, "{shown}");

    // While the service writes, its store is not exported behind its back; it exports it itself.
    let export = [&EXPORT[..], &["案 7", "--out", "case"]].concat();
    findings(&desk, &export).left(2);
    served.ask(&desk, &export).left(0);
    served.ask(&desk, &export).left(2);
    drop(served);
    let verified = desk
        .yiren(&["findings", "verify", "case", "--store", "s"])
        .left(0);
    assert!(verified.stdout.contains("as in the store: "), "{verified}");
    assert!(desk.read("case/records.csv").contains("拓秀莲"));
}

#[test]
fn help() {
    let desk = Desk::new();
    for (language, lang) in [("en", "C.UTF-8"), ("zh", "zh_CN.UTF-8")] {
        let mut all = String::new();
        let verbs: [&[&str]; 7] = [
            &[],
            &["group"],
            &["show"],
            &["assign"],
            &["mark"],
            &["export"],
            &["verify"],
        ];
        for verb in verbs {
            let asked = [&["findings"], verb, &["--help"]].concat();
            let run = desk.yiren_in(lang, &asked).left(0);
            all += &format!("$ yiren {}\n{run}\n", asked.join(" "));
        }
        assert_snapshot!(format!("findings_help_{language}"), all);
    }
}
