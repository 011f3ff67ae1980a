//! What each verb prints, whole: status, standard output and standard error.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops at the first surprise"
)]

mod support;

use insta::assert_snapshot;
use support::Desk;

const ZHANG: &str = r#"{"national_id":"11010519491231002X","name":"张伟","sex":"1","birth_date":"1949-12-31","hukou_address":"北京市朝阳区建国路3号"}"#;
const WEI: &str = r#"{"national_id":"110105194912310038","name":"张玮","sex":"男","birth_date":"1949年12月31日","phone":"13800138000"}"#;

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

/// Hides what differs from run to run: times and memory.
fn without_cost(text: &str) -> String {
    let hidden = |line: &str| {
        let (figure, cost) = (
            line.trim_end(),
            ["seconds", "peak memory", "用时", "内存峰值"],
        );
        if !cost.iter().any(|word| line.trim_start().starts_with(word)) {
            return format!("{line}\n");
        }
        let end = figure.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ','));
        assert!(end.len() < figure.len(), "no figure in {line:?}");
        format!("{} #\n", end.trim_end())
    };
    text.lines().map(hidden).collect()
}

#[test]
fn sweep() {
    let desk = tiny();
    let arguments = ["sweep", "in", "--out", "out", "--as-of", "2026-06-30"];
    let run = desk.yiren(&arguments).left(0);
    assert_snapshot!("sweep_en", without_cost(&run.to_string()));
    let run = desk
        .yiren(&[&arguments[..], &["--lang", "zh"]].concat())
        .left(0);
    assert_snapshot!("sweep_zh", without_cost(&run.to_string()));
    assert_snapshot!("sweep_findings", desk.read("out/findings.csv"));
    assert_snapshot!("sweep_entities", desk.read("out/entities.csv"));

    let run = desk.yiren(&[&arguments[..], &["--json"]].concat()).left(0);
    let printed: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let written: serde_json::Value = serde_json::from_str(&desk.read("out/summary.json")).unwrap();
    assert_eq!(printed, written);
    assert_eq!(run.stderr, "");
    let chinese = desk
        .yiren(&[&arguments[..], &["--json", "--lang", "zh"]].concat())
        .left(0);
    let mut printed_zh: serde_json::Value = serde_json::from_str(&chinese.stdout).unwrap();
    printed_zh["run"] = printed["run"].clone();
    assert_eq!(
        printed_zh, printed,
        "JSON is for programs, never translated"
    );
}

#[test]
fn explain_two_texts() {
    let desk = Desk::new();
    for language in ["en", "zh"] {
        let run = desk
            .yiren(&["explain", ZHANG, WEI, "--lang", language])
            .left(0);
        assert_snapshot!(format!("explain_texts_{language}"), run);
    }
    let run = desk.yiren(&["explain", ZHANG, WEI, "--json"]).left(0);
    assert_snapshot!("explain_texts_json", run);
    let zh = desk.yiren_in("zh_CN.UTF-8", &["explain", ZHANG, WEI, "--json"]);
    assert_eq!(
        zh.stdout, run.stdout,
        "JSON is for programs, never translated"
    );
}

#[test]
fn explain_two_records() {
    let desk = tiny();
    for language in ["en", "zh"] {
        let run = desk
            .yiren(&["explain", "dibao:D2", "dibao:D4", "in", "--lang", language])
            .left(0);
        assert_snapshot!(format!("explain_records_{language}"), run);
    }
    let run = desk
        .yiren(&["explain", "dibao:D1", "tekun:T1", "in", "--json"])
        .left(0);
    assert_snapshot!("explain_records_json", run);
}

#[test]
fn explain_says_what_is_wrong() {
    let desk = tiny();
    let cases: [(i32, &[&str]); 8] = [
        (1, &["dibao:D1", "dibao:D9", "in"]),
        (1, &["dibao:D1", "D1", "in"]),
        (2, &["dibao:D1", "dibao:D2"]),
        (2, &["dibao:D1", ZHANG, "in"]),
        (2, &["{\"name\":", ZHANG]),
        (0, &["{\"nmae\":\"张伟\",\"性别\":\"男\"}", ZHANG]),
        (2, &["dibao:D1"]),
        (2, &["dibao:D1", "dibao:D2", "nowhere"]),
    ];
    let mut all = String::new();
    for (code, arguments) in cases {
        let arguments = [&["explain"], arguments].concat();
        let run = desk.yiren(&arguments).left(code);
        all += &format!("$ yiren {}\n{run}\n", arguments.join(" "));
    }
    assert_snapshot!("explain_wrong", all);
}

#[test]
fn evaluate() {
    let desk = tiny();
    desk.write(
        "truth.csv",
        "source,record_id,person_id\ndibao,D1,1\ntekun,T1,1\ndibao,D2,2\ndibao,D3,2\ndeaths,X1,2\ndibao,D4,3\n",
    );
    desk.yiren(&["sweep", "in", "--out", "out"]).left(0);
    let of_file = ["evaluate", "--truth", "truth.csv", "--entities"];
    for language in ["en", "zh"] {
        let arguments = [&of_file[..], &["out/entities.csv", "--lang", language]].concat();
        let run = desk.yiren(&arguments).left(0);
        assert_snapshot!(format!("evaluate_entities_{language}"), run);
    }
    let of_inputs = [
        "evaluate",
        "--truth",
        "truth.csv",
        "in",
        "--as-of",
        "2026-06-30",
    ];
    for language in ["en", "zh"] {
        let run = desk
            .yiren(&[&of_inputs[..], &["--lang", language]].concat())
            .left(0);
        assert_snapshot!(format!("evaluate_inputs_{language}"), run);
    }
    let run = desk.yiren(&[&of_inputs[..], &["--json"]].concat()).left(0);
    let evaluation: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_snapshot!("evaluate_inputs_json_keys", keys(&evaluation, 0));
    let arguments = [&of_file[..], &["out/entities.csv", "--json"]].concat();
    assert_snapshot!("evaluate_json", desk.yiren(&arguments).left(0));
    let page = [
        "evaluate",
        "--truth",
        "truth.csv",
        "in",
        "--html",
        "page.html",
        "--as-of",
        "2026-06-30",
    ];
    desk.yiren(&page).left(0);
    let page = desk.read("page.html");
    assert!(page.starts_with("<!DOCTYPE html>"));
    for section in [
        "accuracy",
        "thresholds",
        "calibration",
        "groups",
        "errors",
        "sizes",
    ] {
        assert!(
            page.contains(&format!("<section id=\"{section}\"")),
            "{section}"
        );
    }
    // Entities alone have no weights to look into.
    let arguments = [&of_file[..], &["out/entities.csv", "--html", "page.html"]].concat();
    desk.yiren(&arguments).left(0);
    let page = desk.read("page.html");
    assert!(page.contains("id=\"sizes\"") && !page.contains("id=\"calibration\""));
}

#[test]
fn blocking() {
    let desk = tiny();
    desk.write(
        "truth.csv",
        "source,record_id,person_id\ndibao,D1,1\ntekun,T1,1\ndibao,D2,2\ndibao,D3,2\ndeaths,X1,2\ndibao,D4,1\n",
    );
    assert_snapshot!("blocking_plain", desk.yiren(&["blocking", "in"]).left(0));
    let with_truth = ["blocking", "in", "--truth", "truth.csv"];
    for language in ["en", "zh"] {
        let run = desk
            .yiren(&[&with_truth[..], &["--lang", language]].concat())
            .left(0);
        assert_snapshot!(format!("blocking_truth_{language}"), run);
    }
    let arguments = [
        &with_truth[..],
        &["--json", "--examples", "1", "--threads", "1"],
    ]
    .concat();
    let run = desk.yiren(&arguments).left(0);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        report["missed"]["causes"][0]["examples"][0]["left"]["source"],
        "dibao"
    );
    assert_snapshot!("blocking_json_keys", keys(&report, 0));
    assert_eq!(run.stderr, "");
}

/// The keys of a JSON object and those within, of lists the first element's.
fn keys(value: &serde_json::Value, depth: usize) -> String {
    match value {
        serde_json::Value::Object(map) => map
            .iter()
            .map(|(key, value)| format!("{}{key}\n{}", "  ".repeat(depth), keys(value, depth + 1)))
            .collect(),
        serde_json::Value::Array(list) => list
            .first()
            .map_or(String::new(), |first| keys(first, depth)),
        _ => String::new(),
    }
}

#[test]
fn generate_and_train() {
    let desk = Desk::new();
    let made = ["generate", "--persons", "500", "--seed", "3", "--out", "a"];
    for language in ["en", "zh"] {
        let run = desk
            .yiren(&[&made[..], &["--lang", language]].concat())
            .left(0);
        assert_snapshot!(format!("generate_{language}"), run);
    }
    let run = desk.yiren(&[&made[..], &["--json"]].concat()).left(0);
    assert_snapshot!("generate_json", run);

    let arguments = ["train", "a", "--out", "m.toml", "--random-pairs", "100000"];
    for language in ["en", "zh"] {
        let run = desk
            .yiren(&[&arguments[..], &["--lang", language]].concat())
            .left(0);
        assert_snapshot!(format!("train_{language}"), run);
    }
    let trained = desk.read("m.toml");
    desk.yiren(&[&arguments[..], &["--threads", "1"]].concat())
        .left(0);
    assert_eq!(desk.read("m.toml"), trained, "threads change the model");
    let with = ["evaluate", "a", "--truth", "a/truth.csv", "--model"];
    desk.yiren(&[&with[..], &["m.toml"]].concat()).left(0);
}

#[test]
fn train_from_labels() {
    let desk = Desk::new();
    let made = ["generate", "--persons", "500", "--seed", "3", "--out", "a"];
    desk.yiren(&made).left(0);
    let arguments = ["train", "a", "--out", "m.toml", "--random-pairs", "100000"];
    desk.yiren(&arguments).left(0);
    let without = desk.read("m.toml");
    let labels = ["--labels", "a/truth.csv", "--html", "t.html"];
    desk.yiren(&[&arguments[..], &labels].concat()).left(0);
    assert_ne!(desk.read("m.toml"), without, "labels change nothing");
    let page = desk.read("t.html");
    for part in [
        "labelled pairs",
        "已标注的记录",
        "Convergence",
        "surname_and_birth",
    ] {
        assert!(page.contains(part), "the page lacks {part}");
    }

    desk.write("none.csv", "source,record_id,person_id\ndibao,nobody,1\n");
    let run = desk
        .yiren(&[&arguments[..], &["--labels", "none.csv"]].concat())
        .left(2);
    assert_snapshot!("train_labels_of_nobody", run);
}

#[test]
fn help() {
    let desk = Desk::new();
    for (language, lang) in [("en", "C.UTF-8"), ("zh", "zh_CN.UTF-8")] {
        let main = desk.yiren_in(lang, &["--help"]).left(0);
        assert_snapshot!(format!("help_{language}"), main);
        for verb in [
            "sweep", "explain", "evaluate", "blocking", "train", "generate",
        ] {
            let run = desk.yiren_in(lang, &[verb, "--help"]).left(0);
            assert_snapshot!(format!("help_{verb}_{language}"), run);
        }
    }
    let wrong: [&[&str]; 4] = [
        &["sweeep"],
        &["sweep", "in"],
        &["sweep", "--out", "out", "--lang", "fr", "in"],
        &["generate", "--persons", "many", "--out", "a"],
    ];
    for arguments in wrong {
        let run = desk.yiren(arguments).left(2);
        assert_eq!(run.stdout, "", "{run}");
        assert!(run.stderr.starts_with("error: "), "{run}");
    }
    let version = desk.yiren(&["--version"]).left(0);
    let expected = concat!("yiren ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(version.stdout, expected);
}
