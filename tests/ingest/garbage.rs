//! Any bytes under any name: no panic, and no good row lost before the damage.

use std::sync::{Arc, LazyLock};

use arrow_array::{ArrayRef, Date32Array, Int64Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use proptest::prelude::*;
use rust_xlsxwriter::Workbook;

use crate::support::{gzip, read};

const NAMES: [&str; 8] = [
    "a.csv",
    "a.csv.gz",
    "a.jsonl",
    "a.parquet",
    "a.xlsx",
    "a.xls",
    "a.ods",
    "a.tsv.zst",
];

static PARQUET: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let ids: Vec<String> = (0..200).map(|row| format!("r{}", row % 150)).collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("record_id", Arc::new(StringArray::from(ids))),
        (
            "birth_date",
            Arc::new(Date32Array::from_iter_values(0..200)),
        ),
        ("amount", Arc::new(Int64Array::from_iter_values(0..200))),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
});

static WORKBOOK: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (column, header) in (0..).zip(["record_id", "姓名"]) {
        sheet.write(0, column, header).unwrap();
    }
    for row in 1..50 {
        sheet.write(row, 0, row).unwrap();
        sheet.write(row, 1, "张伟").unwrap();
    }
    workbook.save_to_buffer().unwrap()
});

/// A change to some bytes: where, how many go, and what comes.
fn damage() -> impl Strategy<Value = (prop::sample::Index, usize, Vec<u8>)> {
    let byte = prop_oneof![
        any::<u8>(),
        prop::sample::select(b"\"\"\",\n\r\0;\xff\xd5".to_vec())
    ];
    (
        any::<prop::sample::Index>(),
        0_usize..20,
        prop::collection::vec(byte, 0..8),
    )
}

fn damaged(bytes: &[u8], at: usize, gone: usize, come: &[u8]) -> Vec<u8> {
    let rest = (at + gone).min(bytes.len());
    [&bytes[..at], come, &bytes[rest..]].concat()
}

proptest! {
    #[test]
    fn any_bytes(name in prop::sample::select(NAMES.to_vec()), bytes: Vec<u8>, header: bool) {
        let mut content = if header { b"record_id,name\n".to_vec() } else { Vec::new() };
        content.extend(&bytes);
        // Only that it returns; what it says of such bytes does not matter.
        let _ = read(name, &content);
        let _ = read("a.csv.gz", gzip(&content));
        let _ = read("a.jsonl", [b"{\"id\":1}\n", &bytes[..]].concat());
    }

    #[test]
    fn damaged_binary_formats((at, gone, come) in damage()) {
        for (name, whole) in [("a.parquet", &*PARQUET), ("a.xlsx", &*WORKBOOK)] {
            let _ = read(name, damaged(whole, at.index(whole.len()), gone, &come));
        }
    }

    #[test]
    fn no_row_is_lost_before_the_damage(
        cells in prop::collection::vec(("[张伟a-c]{0,3}", "[a王\",\n]{0,5}"), 20..40),
        (at, gone, come) in damage(),
        cut: bool,
        crlf: bool,
    ) {
        let end = if crlf { "\r\n" } else { "\n" };
        let mut text = format!("记录编号,姓名,备注{end}");
        // Where each row ends, and what it holds.
        let mut rows = Vec::new();
        let header = text.len();
        for (row, (name, note)) in cells.iter().enumerate() {
            text += &format!("r{row},{name}张,\"{}\"{end}", note.replace('"', "\"\""));
            let cells = [format!("r{row}"), format!("{name}张"), note.trim().to_owned()];
            rows.push((text.len(), cells.to_vec()));
        }
        let at = header + at.index(text.len() - header);
        let bytes = if cut {
            text.as_bytes()[..at].to_vec()
        } else {
            damaged(text.as_bytes(), at, gone, &come)
        };
        let read = read("a.csv", bytes).unwrap();
        let before: Vec<Vec<String>> = rows
            .into_iter()
            .take_while(|(end, _)| *end <= at)
            .map(|(_, cells)| cells)
            .collect();
        prop_assert!(read.rows.len() >= before.len(), "{} of {}", read.rows.len(), before.len());
        prop_assert_eq!(&read.rows[..before.len()], &before[..]);
    }
}
