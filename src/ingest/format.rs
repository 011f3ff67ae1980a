//! What kind of file a name promises.

use std::path::Path;

/// The endings that are known, for messages.
pub(super) const KNOWN_ENDINGS: &str =
    ".csv, .tsv, .txt, .jsonl, .ndjson, .parquet, .xlsx, .xls or .ods (each also with .gz or .zst)";

/// Format of a file's content, once decompressed.
#[derive(Copy, Clone, Debug, Eq, PartialEq, Hash)]
pub enum Format {
    /// Delimited text; comma, tab, semicolon or bar.
    Csv,
    /// One JSON object a line.
    JsonLines,
    /// Apache Parquet.
    Parquet,
    /// A workbook: xlsx, xlsm, xlsb, xls or ods.
    Excel,
}

impl Format {
    /// The format that a file's name promises, and the name without its endings.
    ///
    /// ```
    /// use std::path::Path;
    /// use yiren::ingest::Format;
    ///
    /// let promised = Format::of(Path::new("in/Dibao.2026.CSV.gz"));
    /// assert_eq!(promised, Some((Format::Csv, "Dibao.2026".to_owned())));
    /// assert_eq!(Format::of(Path::new("in/README.md")), None);
    /// ```
    pub fn of(path: &Path) -> Option<(Self, String)> {
        let name = path.file_name()?.to_string_lossy();
        let mut name = &*name;
        if let Some((stem, ending)) = name.rsplit_once('.')
            && matches!(
                &*ending.to_ascii_lowercase(),
                "gz" | "gzip" | "zst" | "zstd"
            )
        {
            name = stem;
        }
        let (stem, ending) = name.rsplit_once('.')?;
        let format = match &*ending.to_ascii_lowercase() {
            "csv" | "tsv" | "txt" => Self::Csv,
            "jsonl" | "ndjson" => Self::JsonLines,
            "parquet" => Self::Parquet,
            "xlsx" | "xlsm" | "xlsb" | "xls" | "ods" => Self::Excel,
            _ => return None,
        };
        (!stem.is_empty()).then(|| (format, stem.to_owned()))
    }
}

/// What the first bytes of a file's content say it is, when it is no text.
pub(super) fn sniff(bytes: &[u8]) -> Option<&'static str> {
    const MAGIC: [(&[u8], &str); 9] = [
        (b"PAR1", "a Parquet file"),
        (b"PK\x03\x04", "an Excel workbook or another ZIP archive"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            "an old Excel workbook or another Office file",
        ),
        (b"%PDF-", "a PDF document"),
        (b"SQLite format 3\0", "an SQLite database"),
        (b"\x89PNG", "a picture"),
        (b"\xff\xd8\xff", "a picture"),
        (b"Rar!", "a RAR archive"),
        (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    ];
    MAGIC
        .iter()
        .find(|(magic, _)| bytes.starts_with(magic))
        .map(|(_, what)| *what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings() {
        for (name, expected) in [
            ("dibao.csv", Some((Format::Csv, "dibao"))),
            ("低保.TSV", Some((Format::Csv, "低保"))),
            ("a.b.jsonl.zst", Some((Format::JsonLines, "a.b"))),
            ("a.ndjson", Some((Format::JsonLines, "a"))),
            ("a.parquet", Some((Format::Parquet, "a"))),
            ("a.XLS", Some((Format::Excel, "a"))),
            ("a.ods.gz", Some((Format::Excel, "a"))),
            ("a.gz", None),
            (".csv", None),
            ("csv", None),
            ("a.json", None),
        ] {
            let expected = expected.map(|(format, stem)| (format, stem.to_owned()));
            assert_eq!(Format::of(Path::new(name)), expected, "{name}");
        }
    }
}
