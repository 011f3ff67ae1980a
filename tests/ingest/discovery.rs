//! Which files are read.

use std::fs;

use yiren::ingest::{Format, Options, Warning, discover};

use crate::support::write;

#[test]
fn folders_are_walked_and_sorted() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let sub = root.join("b");
    let parts = root.join("tekun.parquet");
    fs::create_dir_all(&sub).unwrap();
    fs::create_dir_all(&parts).unwrap();
    for name in [
        "z.csv",
        "a.jsonl",
        ".hidden.csv",
        "~$a.xlsx",
        "README.md",
        "truth.csv",
        "entities.csv",
    ] {
        write(root, name, "record_id\n");
    }
    write(root, "truth.csv", "\u{feff}source,record_id,person_id\r\n");
    write(root, "entities.csv", "source,record_id,entity_id\n");
    write(
        root,
        "true_findings.csv",
        "kind,person_id,record_a,record_b\n",
    );
    write(&sub, "dibao.xlsx", "");
    write(&parts, "_SUCCESS", "");
    write(&parts, "part-0.snappy.parquet", "");

    let inputs = discover(&[root.to_owned(), root.join("z.csv")], &Options::default()).unwrap();
    let found: Vec<(String, String, Format)> = inputs
        .files
        .iter()
        .map(|file| {
            let path = file.path.strip_prefix(root).unwrap();
            (
                path.display().to_string(),
                file.source.to_string(),
                file.format,
            )
        })
        .collect();
    let expected = [
        ("a.jsonl", "a", Format::JsonLines),
        ("b/dibao.xlsx", "dibao", Format::Excel),
        (
            "tekun.parquet/part-0.snappy.parquet",
            "tekun",
            Format::Parquet,
        ),
        ("z.csv", "z", Format::Csv),
    ];
    assert_eq!(
        found,
        expected.map(|(path, source, format)| (path.to_owned(), source.to_owned(), format))
    );
    let warnings: Vec<_> = inputs.warnings.iter().map(|w| w.warning.code()).collect();
    assert_eq!(
        warnings,
        ["left_out", "not_records", "not_records", "not_records"]
    );
    let Warning::LeftOut(names) = &inputs.warnings[0].warning else {
        panic!("{:?}", inputs.warnings);
    };
    assert_eq!(names, &["README.md"]);
}

#[test]
fn the_source_may_be_given() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "list-2026.csv.gz", "");
    let options = Options {
        source: Some("dibao".into()),
        ..Options::default()
    };
    let inputs = discover(&[path], &options).unwrap();
    assert_eq!(&*inputs.files[0].source, "dibao");
}

#[test]
fn what_cannot_be_found_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let odd = write(folder.path(), "notes.md", "");
    for (inputs, code) in [
        (vec![], "no_input"),
        (vec![folder.path().join("none.csv")], "io"),
        (vec![odd], "unknown_format"),
        (vec![folder.path().to_owned()], "no_files"),
    ] {
        let error = discover(&inputs, &Options::default()).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
    }
}

#[cfg(unix)]
#[test]
fn links_in_a_circle_end() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.csv", "record_id\n");
    std::os::unix::fs::symlink(folder.path(), folder.path().join("again")).unwrap();
    let inputs = discover(&[folder.path().to_owned()], &Options::default()).unwrap();
    assert_eq!(inputs.files.len(), 1);
}
