//! The user's own names of columns.

use std::fmt::Write as _;
use std::path::Path;
use std::str::FromStr;

use rustc_hash::FxHashMap;

use super::error::IngestError;
use super::headers::fold;

/// Headers that stand for columns, from a TOML file of lines `column = "header"`, or
/// `column = ["header", "another"]` where files differ.
///
/// Headers are compared as everywhere: letter case, spaces and punctuation do not matter. Columns
/// may be canonical ones or those of a model for other data.
///
/// ```
/// use yiren::ingest::ColumnMapping;
///
/// let mapping: ColumnMapping = "record_id = \"卡片号\"\nname = [\"全名\", \"full name\"]".parse()?;
/// assert_eq!(mapping.column("Full_Name"), Some("name"));
/// assert_eq!(mapping.column("姓名"), None);
/// # Ok::<(), yiren::ingest::IngestError>(())
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ColumnMapping {
    columns: FxHashMap<String, String>,
}

impl ColumnMapping {
    /// The mapping in a TOML file.
    ///
    /// # Errors
    /// If the file cannot be read, or is not valid; all faults are named.
    pub fn from_file(path: &Path) -> Result<Self, IngestError> {
        let text = std::fs::read_to_string(path).map_err(|source| IngestError::Io {
            path: path.display().to_string(),
            source,
        })?;
        text.parse().map_err(|error| match error {
            IngestError::Mapping(faults) => {
                IngestError::Mapping(format!("{}: {faults}", path.display()))
            }
            other => other,
        })
    }

    /// The column that a header stands for, if the mapping says.
    pub fn column(&self, header: &str) -> Option<&str> {
        self.columns.get(&fold(header)).map(String::as_str)
    }
}

impl FromStr for ColumnMapping {
    type Err = IngestError;

    fn from_str(text: &str) -> Result<Self, IngestError> {
        let table: toml::Table = text.parse().map_err(|error| {
            IngestError::Mapping(format!("not a valid column mapping: {error}"))
        })?;
        let mut columns: FxHashMap<String, String> = FxHashMap::default();
        let mut faults = String::new();
        for (column, value) in &table {
            let headers = match value {
                toml::Value::String(header) => vec![header.as_str()],
                toml::Value::Array(headers) if headers.iter().all(toml::Value::is_str) => {
                    headers.iter().filter_map(toml::Value::as_str).collect()
                }
                _ => {
                    let _ = write!(
                        faults,
                        "\n  {column}: write {column} = \"header\" or {column} = [\"header\", ...], not {value}"
                    );
                    continue;
                }
            };
            for header in headers {
                let folded = fold(header);
                if folded.is_empty() {
                    let _ = write!(
                        faults,
                        "\n  {column}: \"{header}\" has no letter or digit, so it is no header"
                    );
                } else if let Some(other) = columns.insert(folded, column.clone())
                    && other != *column
                {
                    let _ = write!(
                        faults,
                        "\n  {column}: the header \"{header}\" is given to {other} as well; keep one"
                    );
                }
            }
        }
        if faults.is_empty() {
            Ok(Self { columns })
        } else {
            Err(IngestError::Mapping(format!(
                "not a valid column mapping:{faults}"
            )))
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn all_faults_are_named_at_once() {
        let error = "name = 3\nphone = \"  \"\nsex = \"A\"\nstatus = [\"B\", \"a\"]"
            .parse::<ColumnMapping>()
            .unwrap_err()
            .to_string();
        for fault in [
            "name:",
            "phone:",
            "status: the header \"a\" is given to sex",
        ] {
            assert!(error.contains(fault), "{fault} in {error}");
        }
    }

    #[test]
    fn a_file_that_is_not_toml_says_where() {
        let error = "name = ".parse::<ColumnMapping>().unwrap_err().to_string();
        assert!(error.contains("line 1"), "{error}");
    }
}
