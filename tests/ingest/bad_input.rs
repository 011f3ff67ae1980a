//! Broken files: clear rejects, clear errors, and every good row kept.

use yiren::ingest::{Options, discover};

use crate::support::{gb18030, gzip, read, read_input, write};

#[test]
fn a_damaged_row_costs_itself_only() {
    type Case = (
        &'static str,
        &'static [&'static str],
        &'static [(u64, &'static str)],
    );
    let cases: &[Case] = &[
        // Columns too few and too many; blank lines and lines of delimiters are nothing.
        (
            "a,1,x\nb,1\nc,1,x\nd,1,x,y\n\n,,\n   \ne,1,x\n",
            &["a", "c", "e"],
            &[(3, "wrong_column_count"), (5, "wrong_column_count")],
        ),
        (
            "a,1,x\n,1,x\n \u{3000},1,x\nb,1,x\n",
            &["a", "b"],
            &[(3, "missing_record_id"), (4, "missing_record_id")],
        ),
        // A quoted field cut off by the end of the file.
        ("a,1,x\nb,1,\"x", &["a"], &[(3, "unterminated_quote")]),
        // A quote never closed, then good rows; and one that a later quote seems to close.
        (
            "a,1,x\nb,\"1,x\nc,1,x\nd,1,x\n",
            &["a", "c", "d"],
            &[(3, "unterminated_quote")],
        ),
        (
            "a,1,x\nb,\"1,x\nc,1,x\nd,1,\"y,z\"\ne,1,x\n",
            &["a", "c", "d", "e"],
            &[(3, "unterminated_quote")],
        ),
        (
            "a,1,\"x\nb,1,\"x\"\nc,1,x\n",
            &["b", "c"],
            &[(2, "unterminated_quote")],
        ),
        // Text after a quote on one line is kept as it is.
        ("a,1,\"x\"y\nb,1,x\n", &["a", "b"], &[]),
        (
            "a,1,x\nb,1,x\0\nc,1,x\n",
            &["a", "c"],
            &[(3, "undecodable_text")],
        ),
    ];
    for (rows, ids, codes) in cases {
        let read = read("a.csv", format!("record_id,name,status\n{rows}")).unwrap();
        assert_eq!(read.column("record_id"), *ids, "{rows:?}");
        assert_eq!(read.codes(), *codes, "{rows:?}");
    }
}

#[test]
fn a_reject_shows_the_row() {
    let read = read("a.csv", "record_id,name\na,1\nb,张伟,x\n").unwrap();
    let reject = &read.rejects[0];
    assert!(reject.file.ends_with("a.csv"));
    assert_eq!((reject.line, reject.text.as_str()), (3, "b,张伟,x"));
}

#[test]
fn rows_in_another_encoding_are_rejected_and_shown() {
    let mut bytes = "记录编号,姓名\na,张伟\n".as_bytes().to_vec();
    bytes.extend(gb18030("b,王芳\n"));
    bytes.extend("c,李娜\n".as_bytes());
    bytes.extend(b"d,\xff\xff\n");
    let csv = read("a.csv", bytes).unwrap();
    assert_eq!(csv.column("record_id"), ["a", "c"]);
    assert_eq!(
        csv.codes(),
        [(3, "undecodable_text"), (5, "undecodable_text")]
    );
    assert_eq!(csv.rejects[0].text, "b,王芳");
    assert_eq!(csv.warning_codes(), ["mixed_encodings"]);

    let mut bytes = b"{\"id\":1,\"name\":\"\xe5\xbc\xa0\"}\n".to_vec();
    bytes.extend(gb18030("{\"id\":2,\"name\":\"王芳\"}\n"));
    bytes.extend(b"{\"id\":3}\n");
    let json = read("a.jsonl", bytes).unwrap();
    assert_eq!(json.column("record_id"), ["1", "3"]);
    assert_eq!(json.codes(), [(2, "undecodable_text")]);
    assert_eq!(json.warning_codes(), ["mixed_encodings"]);
}

#[test]
fn a_long_line_is_passed_over() {
    let long = "x".repeat(10 << 20);
    for line in [long.clone(), format!("\"{long}"), format!("b,\"{long}\"")] {
        let csv = read("a.csv", format!("record_id,name\na,1\n{line}\nc,1\n")).unwrap();
        assert_eq!(csv.column("record_id"), ["a", "c"]);
        assert_eq!(csv.codes(), [(3, "line_too_long")]);
        assert_eq!(csv.lines, [2, 4]);
        assert_eq!(csv.rejects[0].text.chars().count(), 200);
    }
    let json = format!("{{\"id\":1}}\n{{\"id\":\"{long}\"}}\n{{\"id\":3}}\n");
    let json = read("a.jsonl", json).unwrap();
    assert_eq!(json.column("record_id"), ["1", "3"]);
    assert_eq!(json.codes(), [(2, "line_too_long")]);
}

#[test]
fn a_quote_does_not_swallow_a_large_file() {
    let mut text = "record_id,name\na,\"1\n".to_owned();
    for row in 0..200_000 {
        text += &format!("r{row},张伟\n");
    }
    let read = read("a.csv", text).unwrap();
    assert_eq!(read.codes(), [(2, "unterminated_quote")]);
    assert_eq!(read.rows.len(), 200_000);
    assert_eq!(read.lines[0], 3);
}

#[test]
fn json_lines_that_are_none() {
    let read = read(
        "a.jsonl",
        "{\"name\":\"x\"}\n{\"id\":1}\nnot json\n[1]\n{\"id\":2}{}\n{\"name\":\"a\",\"姓名\":\"b\",\"id\":3}\n\
         {\"id\":null}\n{\"id\":\"\\ud800\"}\n{\"id\":4,\"id\":4}\n{\"id\":5}",
    )
    .unwrap();
    assert_eq!(read.column("record_id"), ["1", "5"]);
    assert_eq!(
        read.codes(),
        [
            (1, "missing_record_id"),
            (3, "not_json"),
            (4, "not_json"),
            (5, "not_json"),
            (6, "repeated_column"),
            (7, "missing_record_id"),
            (8, "not_json"),
            (9, "repeated_column"),
        ]
    );
}

#[test]
fn files_that_cannot_be_used_say_why() {
    let random: Vec<u8> = (0..4096_u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    let long = "x".repeat(3 << 20);
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("binary.csv", random.clone(), "not_text"),
        ("workbook.csv", b"PK\x03\x04rest".to_vec(), "not_text"),
        ("page.xls", b"  <html><table>".to_vec(), "not_text"),
        ("binary.xlsx", random.clone(), "damaged"),
        ("cut.xlsx", b"PK\x03\x04rest".to_vec(), "damaged"),
        (
            "old.xls",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest".to_vec(),
            "damaged",
        ),
        ("binary.parquet", random, "damaged"),
        ("no_id.csv", "姓名,性别\n张伟,1\n".into(), "no_record_id"),
        (
            "no_id.jsonl",
            "{\"姓名\":1}\n{\"性别\":2}\n".into(),
            "no_record_id",
        ),
        ("twice.csv", "id,姓名,name\n1,a,b\n".into(), "same_column"),
        ("array.jsonl", "\n [{\"id\":1}]".into(), "json_array"),
        ("header.csv", long.into_bytes(), "header_too_long"),
        (
            "quote.csv",
            "\"record_id,name\n1,2\n".into(),
            "header_too_long",
        ),
        (
            "undecodable.csv",
            b"record_id,\xff\xff\n1,2\n".to_vec(),
            "header_undecodable",
        ),
        ("cut.csv.gz", gzip(b"record_id\n")[..4].to_vec(), ""),
    ];
    for (name, content, code) in cases {
        match read(name, content) {
            Err(error) => {
                assert_eq!(error.code(), code, "{name}: {error}");
                assert!(error.to_string().contains(name), "{name}: {error}");
            }
            Ok(read) => {
                assert_eq!(code, "", "{name}");
                assert_eq!(read.codes(), [(1, "damaged_file")], "{name}");
            }
        }
    }
}

#[test]
fn the_held_back_lines_of_a_long_file_without_ids_are_one_error() {
    let text = "{\"姓名\":\"张伟\",\"性别\":1}\n".repeat(5000);
    let error = read("a.jsonl", text).unwrap_err().to_string();
    assert!(
        error.contains("line 1") && error.contains("姓名, 性别"),
        "{error}"
    );
}

#[test]
fn a_file_cut_short_keeps_the_rows_before_the_cut() {
    let mut text = "record_id,name\n".to_owned();
    for row in 0..50_000_u32 {
        text += &format!("r{row},{:x}\n", row.wrapping_mul(2_654_435_761));
    }
    let whole = gzip(text.as_bytes());
    let read = read("a.csv.gz", &whole[..whole.len() / 2]).unwrap();
    assert!(read.rows.len() > 10_000, "{}", read.rows.len());
    let codes: Vec<_> = read.codes().into_iter().map(|(_, code)| code).collect();
    assert_eq!(codes, ["damaged_file"]);
    let expected: Vec<String> = text.lines().skip(1).map(str::to_owned).collect();
    let rows: Vec<String> = read.rows.iter().map(|row| row.join(",")).collect();
    assert_eq!(rows, expected[..rows.len()]);
    assert_eq!(read.rejects[0].line as usize, rows.len() + 2);
}

#[test]
fn empty_files_and_headers_alone_are_warned_of() {
    for (name, content, warning) in [
        ("a.csv", "", "empty_file"),
        ("a.csv", "\n\r\n", "empty_file"),
        ("a.jsonl", "\n", "empty_file"),
        ("a.csv", "record_id,name\n", "header_only"),
        ("a.csv", "record_id,name", "header_only"),
    ] {
        let read = read(name, content).unwrap();
        assert_eq!(read.warning_codes(), [warning], "{name} {content:?}");
        assert_eq!((read.rows.len(), read.rejects.len()), (0, 0));
    }
}

/// The folder of broken files of the issue: each file gives what it can, none stops the others.
#[test]
fn a_folder_of_broken_files() {
    let folder = tempfile::tempdir().unwrap();
    let long = format!("record_id,name\na,{}\nb,1\n", "x".repeat(10 << 20));
    let files: Vec<(&str, Vec<u8>)> = vec![
        ("binary.csv", vec![0, 159, 146, 150, 0, 1, 2, 3]),
        ("empty.csv", Vec::new()),
        ("good.csv", "record_id,name\na,1\nb,2\n".into()),
        ("header.csv", "record_id,name\n".into()),
        ("long.csv", long.into_bytes()),
        ("missing.csv", "record_id,name\n,1\nb,2\n".into()),
        ("noid.csv", "name\n1\n".into()),
        ("repeated.csv", "record_id,name\na,1\na,2\n".into()),
        ("truncated.csv", "record_id,name\na,1\nb,\"2".into()),
        ("unknown.csv", "record_id,colour\na,red\n".into()),
        (
            "wrong.csv",
            [b"record_id,name\na,\xff\n".as_slice(), "b,张\n".as_bytes()].concat(),
        ),
    ];
    for (name, content) in &files {
        write(folder.path(), name, content);
    }
    let options = Options::default();
    let inputs = discover(&[folder.path().to_owned()], &options).unwrap();
    assert_eq!(inputs.files.len(), files.len());
    let found: Vec<String> = (0..files.len())
        .map(|file| {
            let source = &inputs.files[file].source;
            match read_input(&inputs, file as u32, &options) {
                Ok(read) => {
                    let codes: Vec<_> = read.codes().into_iter().map(|(_, code)| code).collect();
                    let (codes, warnings) = (codes.join(" "), read.warning_codes().join(" "));
                    format!("{source}: {} rows; {codes}; {warnings}", read.rows.len())
                }
                Err(error) => format!("{source}: {}", error.code()),
            }
        })
        .collect();
    assert_eq!(
        found,
        [
            "binary: not_text",
            "empty: 0 rows; ; empty_file",
            "good: 2 rows; ; ",
            "header: 0 rows; ; header_only",
            "long: 1 rows; line_too_long; ",
            "missing: 1 rows; missing_record_id; ",
            "noid: no_record_id",
            "repeated: 2 rows; ; ",
            "truncated: 1 rows; unterminated_quote; ",
            "unknown: 1 rows; ; unknown_columns",
            "wrong: 1 rows; undecodable_text; ",
        ]
    );
}
