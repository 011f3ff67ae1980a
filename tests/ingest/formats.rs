//! Every format gives the same rows for the same content.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, ListArray,
    RecordBatch, StringArray, TimestampMillisecondArray, types::Int32Type,
};
use parquet::arrow::ArrowWriter;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use yiren::ingest::Options;

use crate::support::{gb18030, gzip, read, read_path_with, write};

const HEADERS: [&str; 6] = [
    "记录编号",
    "身份证号码",
    "姓名",
    "现居住地址",
    "月保障金额（元）",
    "备注",
];
const COLUMNS: [&str; 6] = [
    "record_id",
    "national_id",
    "name",
    "residence_address",
    "monthly_amount",
    "备注",
];
const ROWS: [[&str; 6]; 4] = [
    [
        "D1",
        "11010519491231002X",
        "张伟",
        "北京市朝阳区, 3栋\"甲\"",
        "320",
        "",
    ],
    [
        "D2",
        "",
        "买买提·吐尔逊",
        "滑县赵营镇\n安坪村1组",
        "0.5",
        "孤儿",
    ],
    ["D3", "52052619590110013６", "𠮷田㐂", "", "", "a;b"],
    [
        "D4",
        "110105194912310***",
        "Zhang Wei",
        "x",
        "1000000",
        "\"\"",
    ],
];

fn csv(delimiter: &str, line_end: &str) -> String {
    let quote = |cell: &&str| format!("\"{}\"", cell.replace('"', "\"\""));
    let mut text = HEADERS.join(delimiter) + line_end;
    for row in ROWS {
        text += &row.iter().map(quote).collect::<Vec<_>>().join(delimiter);
        text += line_end;
    }
    text
}

fn json_lines() -> String {
    ROWS.iter()
        .map(|row| {
            let object: serde_json::Map<String, serde_json::Value> = HEADERS
                .iter()
                .zip(row)
                .map(|(key, cell)| ((*key).to_owned(), (*cell).into()))
                .collect();
            serde_json::to_string(&object).unwrap() + "\n"
        })
        .collect()
}

fn parquet_of(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

fn parquet_file() -> Vec<u8> {
    let column = |index: usize| {
        let cells = ROWS.iter().map(|row| row[index]);
        Arc::new(StringArray::from_iter_values(cells)) as ArrayRef
    };
    let columns = HEADERS.iter().enumerate();
    parquet_of(
        columns
            .map(|(index, name)| (*name, column(index)))
            .collect(),
    )
}

fn workbook() -> Vec<u8> {
    let mut workbook = Workbook::new();
    workbook.add_worksheet().set_name("说明").unwrap();
    let sheet = workbook.add_worksheet().set_name("名单").unwrap();
    sheet.write(0, 0, "滑县低保对象花名册").unwrap();
    for (column, header) in (0..).zip(HEADERS) {
        sheet.write(1, column, header).unwrap();
        for (row, cells) in (2..).zip(ROWS) {
            sheet.write(row, column, cells[column as usize]).unwrap();
        }
    }
    workbook.save_to_buffer().unwrap()
}

#[test]
fn the_same_rows_whatever_the_format() {
    let utf8 = csv(",", "\n");
    let utf16: Vec<u8> = "\u{feff}"
        .encode_utf16()
        .chain(csv("\t", "\r\n").encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let files: Vec<(&str, Vec<u8>)> = vec![
        ("a.csv", utf8.clone().into_bytes()),
        ("bom.csv", format!("\u{feff}{utf8}").into_bytes()),
        ("semicolon.csv", csv(";", "\r\n").into_bytes()),
        ("tab.tsv", csv("\t", "\n").into_bytes()),
        ("bar.txt", csv("|", "\r").into_bytes()),
        ("gb18030.csv", gb18030(&utf8)),
        ("utf16.csv", utf16),
        (
            "no_last_line_end.csv",
            utf8.trim_end().to_owned().into_bytes(),
        ),
        ("a.csv.gz", gzip(utf8.as_bytes())),
        ("a.csv.zst", zstd::encode_all(utf8.as_bytes(), 3).unwrap()),
        // Names that say too little, or wrong.
        ("packed.csv", gzip(utf8.as_bytes())),
        ("unpacked.csv.gz", utf8.clone().into_bytes()),
        ("delimited.xls", csv("\t", "\r\n").into_bytes()),
        ("a.jsonl", json_lines().into_bytes()),
        ("gb18030.ndjson", gb18030(&json_lines())),
        ("a.jsonl.gz", gzip(json_lines().as_bytes())),
        ("a.parquet", parquet_file()),
        ("a.parquet.gz", gzip(&parquet_file())),
        ("a.xlsx", workbook()),
        ("a.xlsx.zst", zstd::encode_all(&*workbook(), 3).unwrap()),
    ];
    let rows: Vec<Vec<String>> = ROWS
        .iter()
        .map(|row| row.iter().map(|cell| (*cell).to_owned()).collect())
        .collect();
    for (name, content) in files {
        for batch_rows in [1, 3, 8192] {
            let folder = tempfile::tempdir().unwrap();
            let path = write(folder.path(), name, &content);
            let options = Options {
                batch_rows,
                ..Options::default()
            };
            let read = read_path_with(&path, &options).unwrap();
            assert_eq!(read.columns, COLUMNS, "{name}");
            assert_eq!(read.rows, rows, "{name}");
            assert_eq!(read.rejects, [], "{name}");
            assert_eq!(read.summary.bytes, content.len() as u64, "{name}");
        }
    }
}

#[test]
fn lines_are_counted_as_an_editor_counts_them() {
    let expected: &[(&str, &[u32])] = &[
        ("record_id,name\na,1\nb,2\n", &[2, 3]),
        (
            "\r\n\r\nrecord_id,name\r\na,1\r\n\r\nb,\"x\r\ny\"\r\nc,3",
            &[4, 6, 8],
        ),
        ("record_id,name\ra,1\r\rb,2\r", &[2, 4]),
        ("record_id,\"na\nme\"\na,\"\n\n\"\nb,2", &[3, 6]),
    ];
    for (text, lines) in expected {
        assert_eq!(read("a.csv", text).unwrap().lines, *lines, "{text:?}");
    }
    let read = read("a.jsonl", "{\"id\":1}\n\n{\"id\":2}").unwrap();
    assert_eq!(read.lines, [1, 3]);
}

#[test]
fn json_values_become_text() {
    let read = read(
        "a.jsonl",
        "{\"record_id\":110105194912310021234567890,\"name\":\"a\\u5f20\\n\",\"phone\":null,\"x\":true}\n\
         {\"x\":1.50,\"record_id\":\"b\",\"documents\":[{\"k\": 1}],\"new\":\"n\"}\n\
         {\"record_id\":\"c\"}\n",
    )
    .unwrap();
    assert_eq!(
        read.columns,
        ["record_id", "name", "phone", "x", "documents", "new"]
    );
    assert_eq!(
        read.rows,
        [
            vec!["110105194912310021234567890", "a张", "", "true"],
            vec!["b", "", "", "1.50", "[{\"k\": 1}]", "n"],
            vec!["c", "", "", "", "", ""],
        ]
    );
    assert_eq!(read.warning_codes(), ["unknown_columns", "nested_columns"]);
}

#[test]
fn parquet_values_become_text() {
    let lists = ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1)]), None]);
    let midnight = 1_767_225_600_000;
    let bytes = parquet_of(vec![
        ("record_id", Arc::new(Int64Array::from(vec![7, i64::MAX]))),
        (
            "birth_date",
            Arc::new(Date32Array::from(vec![Some(-2796), None])),
        ),
        (
            "updated_at",
            Arc::new(TimestampMillisecondArray::from(vec![
                midnight,
                midnight + 1000,
            ])),
        ),
        (
            "amount",
            Arc::new(
                Decimal128Array::from(vec![32050, -1])
                    .with_precision_and_scale(10, 2)
                    .unwrap(),
            ),
        ),
        (
            "phone",
            Arc::new(Float64Array::from(vec![Some(13_800_138_000.0), None])),
        ),
        (
            "account",
            Arc::new(Float64Array::from(vec![6.222_020_200_112_233e18, 0.0])),
        ),
        ("flag", Arc::new(BooleanArray::from(vec![true, false]))),
        ("members", Arc::new(lists)),
    ]);
    let read = read("a.parquet", bytes).unwrap();
    let cells: Vec<String> = read.rows.iter().map(|row| row.join(" ")).collect();
    assert_eq!(
        cells,
        [
            "7 1962-05-07 2026-01-01 320.50 13800138000 6222020200112233*** true",
            "9223372036854775807  2026-01-01T00:00:01 -0.01  0 false",
        ]
    );
    assert_eq!(
        read.warning_codes(),
        ["unknown_columns", "nested_columns", "digits_lost"]
    );
}

#[test]
fn excel_values_become_text() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    let date = Format::new().set_num_format("yyyy-mm-dd");
    for (column, header) in (0..).zip(["序号", "身份证号", "出生日期", "更新时间", "电话", "在职"])
    {
        sheet.write(0, column, header).unwrap();
    }
    let day = ExcelDateTime::from_ymd(1962, 5, 7).unwrap();
    let moment = ExcelDateTime::from_ymd(2026, 6, 30)
        .unwrap()
        .and_hms(8, 5, 9)
        .unwrap();
    sheet.write(1, 0, 1).unwrap();
    sheet
        .write(1, 1, 110_105_194_912_310_021_i64 as f64)
        .unwrap();
    sheet.write_with_format(1, 2, &day, &date).unwrap();
    sheet.write_with_format(1, 3, &moment, &date).unwrap();
    sheet.write(1, 4, 13_800_138_000_i64).unwrap();
    sheet.write(1, 5, true).unwrap();
    // A blank row, a row without an id, a short row, a row with a cell beyond the header.
    sheet.write(3, 1, "11010519491231002X").unwrap();
    sheet.write(4, 0, "2").unwrap();
    sheet.write(5, 0, "3").unwrap();
    sheet.write(5, 8, "x").unwrap();
    let read = read("a.xlsx", workbook.save_to_buffer().unwrap()).unwrap();
    assert_eq!(
        read.rows,
        [
            vec![
                "1",
                "1101051949123100**",
                "1962-05-07",
                "2026-06-30T08:05:09",
                "13800138000",
                "true"
            ],
            vec!["2", "", "", "", "", ""],
        ]
    );
    assert_eq!(read.lines, [2, 5]);
    assert_eq!(
        read.codes(),
        [(4, "missing_record_id"), (6, "wrong_column_count")]
    );
    assert_eq!(read.warning_codes(), ["unknown_columns", "digits_lost"]);
}

#[test]
fn a_mapping_file_renames_columns() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "a.csv", "卡片,全称\n1,张伟\n");
    let error = read_path_with(&path, &Options::default()).unwrap_err();
    assert_eq!(error.code(), "no_record_id");
    for part in ["a.csv", "卡片, 全称", "record_id = \"卡片\""] {
        assert!(error.to_string().contains(part), "{error}");
    }
    let options = Options {
        columns: Some("record_id = \"卡片\"\nname = \"全称\"".parse().unwrap()),
        source: Some("dibao".into()),
        ..Options::default()
    };
    let read = read_path_with(&path, &options).unwrap();
    assert_eq!(read.columns, ["record_id", "name"]);
    assert_eq!(read.warnings, []);
}
