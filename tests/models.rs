//! Every model in `golden-datasets/models` is a valid model, and the guide names all it may hold.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use std::path::{Path, PathBuf};

use yiren::schema::parse_model;
use yiren_matchers::record::FieldKind;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

#[test]
fn benchmark_models_are_valid_and_trained() {
    let mut seen = 0;
    for entry in std::fs::read_dir(root().join("golden-datasets/models")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let model = parse_model(&text, &path.display().to_string())
            .unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(
            Some(model.name.as_str()),
            path.file_stem().unwrap().to_str()
        );
        for (comparison, levels) in model.comparisons.iter().zip(&model.parameters) {
            let m: f64 = levels.iter().map(|level| level.m).sum();
            let u: f64 = levels.iter().map(|level| level.against[0]).sum();
            assert!(
                (m - 1.0).abs() < 0.01,
                "{path:?}: m of {} sums to {m}",
                comparison.name
            );
            assert!(
                (u - 1.0).abs() < 0.01,
                "{path:?}: u of {} sums to {u}",
                comparison.name
            );
        }
        seen += 1;
    }
    assert!(seen >= 5, "{seen} models");
}

/// The page a user writes a model by: each kind with its tests and parts, which the errors of a
/// wrong model list.
#[test]
fn the_guide_names_every_kind_test_and_part() {
    let guide = std::fs::read_to_string(root().join("docs/model-file.md")).unwrap();
    for kind in FieldKind::ALL {
        let word = kind.word();
        let row = guide
            .lines()
            .find(|line| {
                line.starts_with("| `")
                    && line
                        .split('|')
                        .nth(1)
                        .unwrap()
                        .contains(&format!("`{word}`"))
            })
            .unwrap_or_else(|| panic!("docs/model-file.md has no row for `{word}`"));
        let row = row.replace("as `text`", &row_of_text(&guide));
        let model = format!(
            "format = 1\nname = \"x\"\nversion = \"1\"\n[population]\nmatches_per_record = 1.0\nreference_records = 1\n\
             [thresholds]\nreport = 0.0\nreview = 0.0\nlink = 0.0\n[[field]]\nname = \"a\"\nkind = \"{word}\"\n\
             [[comparison]]\nname = \"a\"\nfields = [\"a\"]\nlevels = [\n{{ name = \"b\", label = \"b\", when = \"no_such\", m = 1.0, u = 1.0 }},\n\
             {{ name = \"c\", label = \"c\", when = \"else\", m = 1.0, u = 1.0 }}]\n[[blocking]]\nname = \"r\"\nkey = [\"a.no_such\"]\n"
        );
        let error = parse_model(&model, "x").unwrap_err().to_string();
        let known = error
            .lines()
            .filter_map(|line| line.split_once("there are: "));
        for name in known.flat_map(|(_, known)| known.split(", ")) {
            let name = name.trim();
            let said = ["exact", "value"].contains(&name)
                || row.contains(&format!("`{name}`"))
                || ["prefix2", "prefix3"].contains(&name);
            assert!(said, "docs/model-file.md: `{word}` lacks `{name}`");
        }
    }
}

fn row_of_text(guide: &str) -> String {
    let row = guide.lines().find(|line| line.starts_with("| `text`"));
    row.expect("a row for text").replace('|', " ")
}
