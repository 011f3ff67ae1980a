//! Broken input: rejects and clear messages; exit 0 if anything was usable, 2 if nothing was.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops at the first surprise"
)]

mod support;

use support::{Desk, Run, table};

fn gb18030(text: &[u8], before: &str, after: &str) -> Vec<u8> {
    [before.as_bytes(), text, after.as_bytes()].concat()
}

/// Files of which some rows can be used.
fn write_damaged(desk: &Desk) {
    // 王芳 in GB18030 within a file in UTF-8; and bytes that are text in no encoding.
    let mut encoding = gb18030(
        b"E2,\xcd\xf5\xb7\xbc\n",
        "record_id,name\nE1,张伟\n",
        "E3,李娜\n",
    );
    encoding.extend(b"E4,\xff\xff\n");
    desk.write("in/encoding.csv", encoding);
    desk.write("in/quote.csv", "record_id,name\nQ1,张伟\nQ2,\"王芳\n");
    desk.write("in/missing.csv", "record_id,name\n,张伟\nM2,王芳\n");
    desk.write(
        "in/repeated.csv",
        "record_id,name,updated_at\nR1,张伟,2026-01-01\nR1,张伟,2026-01-01\n\
         R2,王芳,2026-01-01\nR2,王方,2026-03-01\nR2,王放,2026-02-01\n",
    );
    desk.write(
        "in/columns.csv",
        "record_id,name\nC1,张伟\nC2\nC3,李娜,x\nC4,王芳\n",
    );
    desk.write(
        "in/long.csv",
        format!(
            "record_id,name\nL1,张伟\nL2,{}\nL3,王芳\n",
            "x".repeat(10 << 20)
        ),
    );
    desk.write(
        "in/unknown.csv",
        "record_id,name,shoe size,血型\nU1,张伟,42,A\n",
    );
    desk.write(
        "in/lines.jsonl",
        "{\"record_id\":\"J1\",\"name\":\"张伟\"}\nnot json\n[1]\n\u{0}\n\n{\"name\":\"王芳\"}\n\
         {\"record_id\":\"J2\",\"name\":\"A\",\"姓名\":\"B\"}\n{\"record_id\":\"J3\",\"name\":\"李娜\"}\n",
    );
}

/// Files of which nothing can be used.
fn write_useless(desk: &Desk) {
    desk.write("in/array.jsonl", "[{\"record_id\":\"A1\"}]\n");
    desk.write("in/binary.csv", [0, 159, 146, 150, 0, 1, 2, 3]);
    desk.write("in/cut.xlsx", b"PK\x03\x04rest");
    desk.write("in/cut.parquet", b"PAR1rest");
    desk.write("in/empty.csv", "");
    desk.write("in/header.csv", "record_id,name\n");
    desk.write("in/noid.csv", "姓名,性别\n张伟,1\n");
    desk.write("in/rows.csv", "record_id,name\n,张伟\n");
    desk.write("in/notes.doc", "nothing to see");
}

fn write_good(desk: &Desk) {
    desk.write("in/dibao.csv", "record_id,name\nD1,张伟\nD2,王芳\n");
}

fn sweep(desk: &Desk) -> Run {
    desk.yiren(&["sweep", "in", "--out", "out", "--as-of", "2026-06-30"])
}

/// `rejects.csv` as `file,line,column,reason,text`, the text cut to 30 characters.
fn rejects(desk: &Desk) -> Vec<String> {
    let (header, rows) = table(&desk.path("out/rejects.csv"));
    assert_eq!(header, ["file", "line", "column", "reason", "text"][..]);
    let short = |cell: &str| cell.chars().take(30).collect::<String>();
    rows.iter()
        .map(|row| row.iter().map(short).collect::<Vec<_>>().join(","))
        .collect()
}

fn records(desk: &Desk) -> Vec<String> {
    let (_, rows) = table(&desk.path("out/entities.csv"));
    rows.iter()
        .map(|row| format!("{}:{}", &row[0], &row[1]))
        .collect()
}

const DAMAGED_REJECTS: [&str; 14] = [
    "in/columns.csv,3,,wrong_column_count,C2",
    "in/columns.csv,4,,wrong_column_count,C3,李娜,x",
    "in/encoding.csv,3,,undecodable_text,E2,王芳",
    "in/encoding.csv,5,,undecodable_text,E4,��",
    "in/lines.jsonl,2,,not_json,not json",
    "in/lines.jsonl,3,,not_json,[1]",
    "in/lines.jsonl,4,,not_json,",
    "in/lines.jsonl,6,record_id,missing_record_id,{\"name\":\"王芳\"}",
    "in/lines.jsonl,7,name,repeated_column,{\"record_id\":\"J2\",\"name\":\"A\",\"",
    "in/long.csv,3,,line_too_long,L2,xxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "in/missing.csv,2,record_id,missing_record_id,,张伟",
    "in/quote.csv,3,,unterminated_quote,Q2,\"王芳",
    // Of the rows with one id the latest stays; of two that are alike, the first.
    "in/repeated.csv,3,record_id,repeated_record_id,R1",
    "in/repeated.csv,4,record_id,repeated_record_id,R2",
];

const DAMAGED_RECORDS: [&str; 13] = [
    "columns:C1",
    "columns:C4",
    "encoding:E1",
    "encoding:E3",
    "lines:J1",
    "lines:J3",
    "long:L1",
    "long:L3",
    "missing:M2",
    "quote:Q1",
    "repeated:R1",
    "repeated:R2",
    "unknown:U1",
];

#[test]
fn damaged_files_give_what_they_can() {
    let desk = Desk::new();
    write_damaged(&desk);
    let run = sweep(&desk).left(0);
    let expected = [
        &DAMAGED_REJECTS[..],
        &["in/repeated.csv,6,record_id,repeated_record_id,R2"],
    ]
    .concat();
    assert_eq!(rejects(&desk), expected);
    assert_eq!(records(&desk), DAMAGED_RECORDS);
    insta::assert_snapshot!("damaged_stderr", run.stderr);
}

#[test]
fn useless_files_beside_one_good_file() {
    let desk = Desk::new();
    write_useless(&desk);
    write_good(&desk);
    let run = sweep(&desk).left(0);
    assert_eq!(records(&desk), ["dibao:D1", "dibao:D2"]);
    assert_eq!(
        rejects(&desk),
        ["in/rows.csv,2,record_id,missing_record_id,,张伟"]
    );
    insta::assert_snapshot!("useless_and_good_stderr", run.stderr);
    let chinese = ["sweep", "in", "--out", "out", "--as-of", "2026-06-30"];
    let run = desk.yiren_in("zh_CN.UTF-8", &chinese).left(0);
    insta::assert_snapshot!("useless_and_good_stderr_zh", run.stderr);
}

#[test]
fn all_kinds_of_files_at_once() {
    let desk = Desk::new();
    write_useless(&desk);
    write_damaged(&desk);
    write_good(&desk);
    sweep(&desk).left(0);
    let expected = [&["dibao:D1", "dibao:D2"], &DAMAGED_RECORDS[..]].concat();
    let mut found = records(&desk);
    found.sort_by_key(|name| !name.starts_with("dibao"));
    assert_eq!(found, expected);
    assert_eq!(rejects(&desk).len(), DAMAGED_REJECTS.len() + 2);
}

#[test]
fn nothing_usable_is_an_error() {
    let desk = Desk::new();
    write_useless(&desk);
    let run = sweep(&desk).left(2);
    assert_eq!(run.stdout, "");
    insta::assert_snapshot!("useless_stderr", run.stderr);
    let single = [
        ("empty.csv", "no usable record"),
        ("header.csv", "no usable record"),
        ("binary.csv", "binary.csv"),
        ("noid.csv", "姓名, 性别"),
        ("notes.doc", "notes.doc"),
    ];
    for (file, words) in single {
        let run = desk
            .yiren(&["sweep", &format!("in/{file}"), "--out", "out"])
            .left(2);
        assert!(run.stderr.contains(words), "{file}: {run}");
    }
}

/// Whether the run told of an error, and not only of warnings.
fn is_told(run: &Run) -> bool {
    run.stderr.lines().any(|line| line.starts_with("error: "))
}

#[test]
fn every_rotten_file_is_survived_by_every_verb() {
    let desk = Desk::new();
    write_useless(&desk);
    write_damaged(&desk);
    desk.write("truth.csv", "source,record_id,person_id\ncolumns,C1,1\n");
    let names = std::fs::read_dir(desk.path("in")).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    for name in names {
        let file = format!("in/{name}");
        for verb in [
            &["sweep", &file, "--out", "out"][..],
            &["evaluate", &file, "--truth", "truth.csv"],
            &["evaluate", "--entities", &file, "--truth", "truth.csv"],
            &["evaluate", "in/columns.csv", "--truth", &file],
            &["explain", "a:1", "b:2", &file],
            &[
                "train",
                &file,
                "--out",
                "model.toml",
                "--random-pairs",
                "10",
            ],
            &["sweep", "in", "--out", "out", "--columns", &file],
        ] {
            let run = desk.yiren(verb);
            assert!(matches!(run.code, Some(0..=2)), "{verb:?} {run}");
            assert_eq!(run.code == Some(2), is_told(&run), "{verb:?} {run}");
        }
    }
}

#[test]
fn what_cannot_be_read_or_written_is_named() {
    let desk = Desk::new();
    write_good(&desk);
    desk.write("file", "");
    desk.write("empty-folder/notes.doc", "");
    let day = ["--as-of", "2026-06-30"];
    let good = ["sweep", "in/dibao.csv"];
    let cases: [&[&str]; 14] = [
        &["sweep", "nowhere.csv", "--out", "out"],
        &["sweep", "in", "nowhere", "--out", "out"],
        &["sweep", "empty-folder", "--out", "out"],
        &[&good[..], &["--out", "file/out"], &day].concat(),
        &[&good[..], &["--out", "file"], &day].concat(),
        &[&good[..], &["--out", "out", "--as-of", "2026-02-30"]].concat(),
        &[&good[..], &["--out", "out", "--as-of", "2026-06"]].concat(),
        &[&good[..], &["--out", "out", "--threads", "0"]].concat(),
        &[&good[..], &["--out", "out", "--policy", "nowhere.toml"]].concat(),
        &[&good[..], &["--out", "out", "--model", "nowhere.toml"]].concat(),
        &[&good[..], &["--out", "out", "--columns", "nowhere.toml"]].concat(),
        &["evaluate", "in", "--truth", "nowhere.csv"],
        &["evaluate", "in", "--truth", "in/dibao.csv"],
        &["generate", "--persons", "10", "--out", "file"],
    ];
    let mut all = String::new();
    for arguments in cases {
        let run = desk.yiren(arguments).left(2);
        assert_eq!(run.stdout, "", "{run}");
        all += &format!("$ yiren {}\n{}\n", arguments.join(" "), run.stderr);
    }
    insta::assert_snapshot!("not_there", all);
}

#[test]
fn all_mistakes_of_a_settings_file_are_told_at_once() {
    let desk = Desk::new();
    write_good(&desk);
    let policy = "version = 2026\n\n[[source]]\nid = \"dibao\"\nrole = \"program\"\n\n\
                  [[rule]]\nid = \"r1\"\nkind = \"exclusive_overlap\"\nshape = \"forbid\"\n";
    desk.write("policy.toml", policy);
    let model = "format = 1\nname = \"m\"\nversion = \"1\"\nblock_cap = \"many\"\n\n\
                 [[field]]\nname = \"name\"\nkind = \"persn_name\"\n\n\
                 [[comparison]]\nname = \"name\"\nlevels = [\n  { name = \"exact\", when = \"nmae: exact\" },\n]\n";
    desk.write("model.toml", model);
    let mistaken = model.replace("\"many\"", "100");
    desk.write("names.toml", mistaken);
    desk.write("syntax.toml", "version = \n[[rule]\n");
    desk.write(
        "columns.toml",
        "name = 3\nnmae = \"姓名\"\nrecord_id = \"编号\"\n",
    );
    let mut all = String::new();
    for (option, file) in [
        ("--policy", "policy.toml"),
        ("--policy", "syntax.toml"),
        ("--model", "model.toml"),
        ("--model", "names.toml"),
        ("--model", "syntax.toml"),
        ("--columns", "columns.toml"),
    ] {
        let run = desk
            .yiren(&["sweep", "in", "--out", "out", option, file])
            .left(2);
        assert!(run.stderr.contains(&format!("{file}:")), "{run}");
        all += &format!("$ yiren sweep {option} {file}\n{}\n", run.stderr);
    }
    insta::assert_snapshot!("settings", all);
}

#[test]
fn too_little_memory_is_told_and_nothing_is_written() {
    let desk = Desk::new();
    write_good(&desk);
    for (limit, language, told) in [
        ("1MiB", "en", "raise --memory-limit"),
        ("1MiB", "zh", "请提高 --memory-limit"),
        ("8 apples", "en", "write it as 8GiB or 500MiB"),
        ("0", "en", "write it as 8GiB or 500MiB"),
    ] {
        let limit = ["--memory-limit", limit, "--lang", language];
        let run = desk.yiren(&[&["sweep", "in", "--out", "out"], &limit[..]].concat());
        assert!(run.left(2).stderr.contains(told), "{told}");
        assert!(!desk.path("out/entities.csv").exists());
    }
}

/// No file may grow beyond some 50 KB here, as if the disk were full.
#[test]
#[cfg(unix)]
fn records_that_cannot_be_put_aside_are_told_and_nothing_is_written() {
    let desk = Desk::new();
    let made = ["generate", "--persons", "3000", "--seed", "5"];
    desk.yiren(&[&made[..], &["--out", "people"]].concat())
        .left(0);
    for (language, told) in [
        ("en", "what is put aside cannot be used"),
        ("zh", "暂存文件夹无法使用"),
    ] {
        let script = "trap '' XFSZ; ulimit -f 100; exec \"$@\"";
        let sweep = ["sweep", "people", "--out", "out", "--as-of", "2026-06-30"];
        let output = std::process::Command::new("sh")
            .args(["-c", script, "sh", env!("CARGO_BIN_EXE_yiren")])
            .args(sweep)
            .args(["--memory-limit", "130MiB", "--threads", "2"])
            .args(["--lang", language])
            .current_dir(desk.path(""))
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.contains(told), "{stderr}");
        assert_eq!(std::fs::read_dir(desk.path("out")).unwrap().count(), 0);
    }
}

/// Truth files that are none, or not quite.
#[test]
fn truths() {
    let desk = Desk::new();
    desk.write(
        "in/dibao.csv",
        "record_id,name,birth_date\nD1,张伟,1962-05-07\nD2,张伟,1962-05-07\nD3,王芳,1970-01-02\n",
    );
    let header = "source,record_id,person_id\n";
    let files: [(&str, Vec<u8>); 12] = [
        (
            "good.csv",
            format!("{header}dibao,D1,1\ndibao,D2,1\ndibao,D3,2\n").into(),
        ),
        (
            "spaces.csv",
            b"\xef\xbb\xbfrecord_id , source , person_id\r\nD1, dibao ,1\r\nD2,dibao,1\r\n"
                .to_vec(),
        ),
        ("empty.csv", Vec::new()),
        ("header.csv", header.into()),
        ("columns.csv", "source,id,person\ndibao,D1,1\n".into()),
        ("ragged.csv", format!("{header}dibao,D1\n").into()),
        ("binary.csv", vec![0, 159, 146, 150, 10, 255, 254]),
        (
            "gb18030.csv",
            [header.as_bytes(), b"dibao,D1,\xd5\xc5\n"].concat(),
        ),
        (
            "others.csv",
            format!("{header}tekun,T1,1\ntekun,T2,1\n").into(),
        ),
        (
            "no_labels.csv",
            format!("{header}dibao,D1,\ndibao,D2,1\n").into(),
        ),
        (
            "several.csv",
            format!("{header}dibao,D1,2\ndibao,D1,1\ndibao,D2,1\ndibao,D2,1\n").into(),
        ),
        ("folder.csv/x", Vec::new()),
    ];
    let mut all = String::new();
    for (name, content) in files {
        desk.write(name, content);
        let name = name.trim_end_matches("/x");
        for verb in ["evaluate", "blocking"] {
            let run = desk.yiren(&[verb, "in", "--truth", name, "--json"]);
            let printed = run.stdout.lines().count();
            assert_eq!(run.code == Some(0), printed > 1, "{name}: {run}");
            let code = run.code.unwrap();
            all += &format!("{verb} {name}: {code}\n{}", run.stderr);
        }
    }
    insta::assert_snapshot!("truths", all);
    let run = desk.yiren(&["evaluate", "in", "--truth", "several.csv", "--lang", "zh"]);
    assert!(run.left(0).stderr.contains("多个不同的标签"));
}
