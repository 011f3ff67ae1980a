//! Imports point down only (DESIGN §3): reads the source text of every package, resolves the
//! paths in it, and names the file and line of one that points up.
//!
//! Test modules and doc comments are free of the rules. A `macro_rules!` body or an inline
//! `mod` that is not a test is read as if it stood at the top of its file.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

/// Modules of the root package, lowest layer first. A module uses its own layer and those
/// below; within a layer there is no cycle.
const LAYERS: &[&[&str]] = &[
    &["record", "id", "memory", "disk", "unfinished", "wire"],
    &["schema", "ingest", "standardise", "table"],
    &["store"],
    &["index", "search"],
    &["scoring", "gathering", "policy"],
    &[
        "sweep", "resolve", "loading", "review", "report", "query", "training", "explain",
    ],
    &["casefile"],
    &["service", "generate"],
];

/// What `matchers` never touches: the same values always give the same answer.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::thread",
    "std::time",
    "std::process",
    "std::env",
    "rayon",
];
const IMPURE_MACROS: &[&str] = &["print!", "println!", "eprint!", "eprintln!", "dbg!"];

/// The folder a package's sources are in, and the crates that must not be named there.
const PACKAGES: &[(&str, &[&str])] = &[
    ("matchers/src", &["yiren", "yiren_cli"]),
    ("src", &["yiren_cli"]),
    ("cli/src", &[]),
];

#[test]
fn imports_point_down() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for (folder, _) in PACKAGES {
        collect(root, &root.join(folder), &mut files);
    }
    assert!(files.len() > 10, "found only {} source files", files.len());
    let found = check(&files);
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

/// All rules over files given as (path from the root, text): one `file:line: reason` a breach.
fn check(files: &[(String, String)]) -> Vec<String> {
    let mut found = Vec::new();
    let mut sideways: BTreeMap<(String, String), String> = BTreeMap::new();
    for (file, text) in files {
        let Some((folder, foreign)) = PACKAGES.iter().find(|(f, _)| is_under(file, f)) else {
            continue;
        };
        let module = module_path(&file[folder.len() + 1..]);
        if module.iter().any(|part| part == "tests") {
            continue;
        }
        let code = without_tests(&blank_comments_and_strings(text));
        let at = |offset: usize| {
            let line = code[..offset].matches('\n').count() + 1;
            format!("{file}:{line}")
        };
        for (offset, path) in paths(&code) {
            let path = resolve(&path, &module);
            if foreign.contains(&path[0].as_str()) {
                found.push(format!("{}: {folder} must not use {}", at(offset), path[0]));
            }
            if *folder == "matchers/src" {
                let joined = path.join("::") + "::";
                if let Some(name) = IMPURE
                    .iter()
                    .find(|i| joined.starts_with(&format!("{i}::")))
                {
                    found.push(format!("{}: matchers must not use {name}", at(offset)));
                }
            }
            if *folder == "src" && path[0] == "crate" && path.len() > 1 {
                match (module.first(), path[1].as_str()) {
                    // The root re-exports; it is no layer.
                    (None, _) => {}
                    (_, item) if item.starts_with(char::is_uppercase) => {}
                    (Some(from), to) => match (layer(from), layer(to)) {
                        (Some(from_layer), Some(to_layer)) if to_layer > from_layer => {
                            found.push(format!(
                                "{}: {from} must not use {to}, a layer above it",
                                at(offset)
                            ));
                        }
                        (Some(from_layer), Some(to_layer)) => {
                            if from_layer == to_layer && from != to {
                                sideways
                                    .entry((from.clone(), to.to_owned()))
                                    .or_insert(at(offset));
                            }
                        }
                        (None, _) => {
                            found.push(format!("{}: no layer for {from}: add it to LAYERS", at(0)))
                        }
                        (_, None) => found.push(format!(
                            "{}: no layer for {to}: add it to LAYERS",
                            at(offset)
                        )),
                    },
                }
            }
        }
        if *folder == "matchers/src" {
            for (offset, name) in IMPURE_MACROS.iter().flat_map(|name| words(&code, name)) {
                found.push(format!("{}: matchers must not use {name}", at(offset)));
            }
        } else if module.first().is_none_or(|first| first != "scoring") {
            for (offset, _) in code
                .match_indices(".score(")
                .chain(code.match_indices(".score_each("))
                .chain(words(&code, "Model::score"))
            {
                found.push(format!("{}: only scoring calls Model::score", at(offset)));
            }
        }
    }
    for (edge, place) in &sideways {
        if reaches(&edge.1, &edge.0, &sideways, &mut Vec::new()) {
            found.push(format!("{place}: {} and {} use each other", edge.0, edge.1));
        }
    }
    found.sort();
    found.dedup();
    found
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

fn is_under(file: &str, folder: &str) -> bool {
    file.strip_prefix(folder)
        .is_some_and(|rest| rest.starts_with('/'))
}

/// Whether `to` can be reached from `from` over the edges.
fn reaches<'a>(
    from: &'a str,
    to: &str,
    edges: &'a BTreeMap<(String, String), String>,
    seen: &mut Vec<&'a str>,
) -> bool {
    if seen.contains(&from) {
        return false;
    }
    seen.push(from);
    from == to
        || edges
            .keys()
            .any(|(a, b)| a == from && reaches(b, to, edges, seen))
}

/// `policy/months.rs` → `[policy, months]`; `lib.rs` and `mod.rs` name the folder they are in.
fn module_path(file: &str) -> Vec<String> {
    let stem = file.strip_suffix(".rs").unwrap_or(file);
    let mut parts: Vec<String> = stem.split('/').map(str::to_owned).collect();
    if parts
        .last()
        .is_some_and(|last| matches!(last.as_str(), "mod" | "lib" | "main"))
    {
        parts.pop();
    }
    parts
}

/// Turns `self::` and `super::` into a path from `crate`.
fn resolve(path: &[String], module: &[String]) -> Vec<String> {
    let supers = path.iter().take_while(|part| *part == "super").count();
    let rest = match path[0].as_str() {
        "self" => &path[1..],
        "super" => &path[supers..],
        _ => return path.to_vec(),
    };
    let kept = module.len().saturating_sub(supers);
    let mut full = vec!["crate".to_owned()];
    full.extend(module[..kept].iter().chain(rest).cloned());
    full
}

/// Every path in the code that starts at a root (a crate, `crate`, `self`, `super`), one for
/// each leaf of a `{...}` tree, with the place of its root.
fn paths(code: &str) -> Vec<(usize, Vec<String>)> {
    const ROOTS: &[&str] = &[
        "crate",
        "self",
        "super",
        "std",
        "core",
        "yiren",
        "yiren_matchers",
        "yiren_cli",
        "rayon",
    ];
    let mut found = Vec::new();
    for root in ROOTS {
        for (offset, _) in words(code, root) {
            let before = code[..offset].trim_end();
            if before.ends_with("::") || before.ends_with('.') {
                continue;
            }
            let mut leaves = Vec::new();
            tree(&code[offset..], &mut Vec::new(), &mut leaves);
            // A bare `self` or `crate` is a value or a visibility, not a path.
            found.extend(
                leaves
                    .into_iter()
                    .filter(|leaf| leaf.len() > 1 || *root == "rayon")
                    .map(|leaf| (offset, leaf)),
            );
        }
    }
    found
}

/// Reads one use tree off the front of `code`, adds its leaves, and returns what follows it.
fn tree<'a>(code: &'a str, prefix: &mut Vec<String>, leaves: &mut Vec<Vec<String>>) -> &'a str {
    let depth = prefix.len();
    let mut rest = code.trim_start();
    loop {
        let end = rest
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        if end == 0 {
            break;
        }
        if &rest[..end] != "self" || prefix.is_empty() {
            prefix.push(rest[..end].to_owned());
        }
        rest = rest[end..].trim_start();
        match rest.strip_prefix("::") {
            Some(after) => rest = after.trim_start(),
            None => break,
        }
    }
    if let Some(mut inner) = rest
        .strip_prefix('{')
        .filter(|_| prefix.len() > depth || depth == 0)
    {
        while !inner.trim_start().starts_with('}') && !inner.trim_start().is_empty() {
            inner = tree(inner, prefix, leaves);
            // Over `as name`, a `*` and the comma.
            let stop = inner.find([',', '}']).unwrap_or(inner.len());
            inner = inner[stop..].strip_prefix(',').unwrap_or(&inner[stop..]);
        }
        rest = inner.trim_start().strip_prefix('}').unwrap_or("");
    } else {
        leaves.push(prefix.clone());
    }
    prefix.truncate(depth);
    rest
}

/// Places where `word` stands by itself, not as a part of a longer name.
fn words<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = (usize, &'a str)> {
    let part_of_name = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word).filter(move |(offset, _)| {
        !code[..*offset].ends_with(part_of_name)
            && !code[offset + word.len()..].starts_with(part_of_name)
    })
}

/// The text with comments, strings and characters turned to spaces; line breaks stay.
fn blank_comments_and_strings(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let starts = |at: usize, what: &str| {
        what.chars()
            .enumerate()
            .all(|(i, c)| chars.get(at + i) == Some(&c))
    };
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = if starts(at, "//") {
            (at..chars.len())
                .find(|&i| chars[i] == '\n')
                .unwrap_or(chars.len())
        } else if starts(at, "/*") {
            let mut depth = 0;
            let mut i = at;
            loop {
                if i >= chars.len() {
                    break i;
                } else if starts(i, "/*") {
                    depth += 1;
                    i += 2;
                } else if starts(i, "*/") {
                    depth -= 1;
                    i += 2;
                    if depth == 0 {
                        break i;
                    }
                } else {
                    i += 1;
                }
            }
        } else if let Some(hashes) = raw_string(&chars, at) {
            let close = format!("\"{}", "#".repeat(hashes));
            let body = at + hashes + 2;
            (body..chars.len())
                .find(|&i| starts(i, &close))
                .map_or(chars.len(), |i| i + close.len())
        } else if chars[at] == '"' {
            let mut i = at + 1;
            while i < chars.len() && chars[i] != '"' {
                i += if chars[i] == '\\' { 2 } else { 1 };
            }
            i + 1
        } else if chars[at] == '\'' && chars.get(at + 1) == Some(&'\\') {
            (at + 3..chars.len())
                .find(|&i| chars[i] == '\'')
                .map_or(chars.len(), |i| i + 1)
        } else if chars[at] == '\'' && chars.get(at + 2) == Some(&'\'') {
            at + 3
        } else {
            out.push(chars[at]);
            at += 1;
            continue;
        };
        let end = end.min(chars.len());
        out.extend(
            chars[at..end]
                .iter()
                .map(|&c| if c == '\n' { '\n' } else { ' ' }),
        );
        at = end;
    }
    out
}

/// The number of hashes if a raw string starts here.
fn raw_string(chars: &[char], at: usize) -> Option<usize> {
    if chars[at] != 'r'
        || at > 0
            && (chars[at - 1].is_alphanumeric() && chars[at - 1] != 'b' || chars[at - 1] == '_')
    {
        return None;
    }
    let hashes = chars[at + 1..].iter().take_while(|&&c| c == '#').count();
    (chars.get(at + 1 + hashes) == Some(&'"')).then_some(hashes)
}

/// The code with every item behind `#[cfg(test)]` blanked; line breaks stay.
fn without_tests(code: &str) -> String {
    let mut out = code.to_owned();
    while let Some(start) = out.find("#[cfg(test)]") {
        let mut depth = 0;
        let end = out[start..]
            .char_indices()
            .find(|&(_, c)| {
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    _ => {}
                }
                depth == 0 && (c == '}' || c == ';')
            })
            .map_or(out.len(), |(i, _)| start + i + 1);
        let blank: String = out[start..end]
            .chars()
            .map(|c| if c == '\n' { '\n' } else { ' ' })
            .collect();
        out.replace_range(start..end, &blank);
    }
    out
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root).unwrap().components();
            let name: Vec<_> = name
                .map(|part| part.as_os_str().to_string_lossy())
                .collect();
            files.push((name.join("/"), std::fs::read_to_string(&path).unwrap()));
        }
    }
}

#[test]
fn a_breach_is_found_where_it_stands() {
    // File, text, and what is reported of it.
    let cases: &[(&str, &str, &[&str])] = &[
        (
            "src/ingest/csv.rs",
            "use crate::schema::Mapping;\nuse crate::sweep::run;\n",
            &["src/ingest/csv.rs:2: ingest must not use sweep, a layer above it"],
        ),
        (
            "src/record.rs",
            "use crate::{\n    id::RecordId,\n    policy::{self, Rule},\n};",
            &["src/record.rs:1: record must not use policy, a layer above it"],
        ),
        (
            "src/store/keys.rs",
            "fn f() { super::super::scoring::g(); self::h(); super::i(); }",
            &["src/store/keys.rs:1: store must not use scoring, a layer above it"],
        ),
        (
            "src/newcomer.rs",
            "use crate::record::Enrolment;",
            &["src/newcomer.rs:1: no layer for newcomer: add it to LAYERS"],
        ),
        (
            "matchers/src/blocking.rs",
            "use std::{fmt, fs::File};\nuse rayon::prelude::*;\nfn f() { println!(\"x\"); let t = std::time::Instant::now(); }",
            &[
                "matchers/src/blocking.rs:1: matchers must not use std::fs",
                "matchers/src/blocking.rs:2: matchers must not use rayon",
                "matchers/src/blocking.rs:3: matchers must not use println!",
                "matchers/src/blocking.rs:3: matchers must not use std::time",
            ],
        ),
        (
            "matchers/src/model/mod.rs",
            "use yiren::record;",
            &["matchers/src/model/mod.rs:1: matchers/src must not use yiren"],
        ),
        (
            "cli/src/commands/explain.rs",
            "fn f(m: &M) {\n    m.score(1);\n    Model::score(m, 1);\n}",
            &[
                "cli/src/commands/explain.rs:2: only scoring calls Model::score",
                "cli/src/commands/explain.rs:3: only scoring calls Model::score",
            ],
        ),
        // Allowed: downwards, in tests, in comments and strings, scoring itself, the crate's own root.
        (
            "src/lib.rs",
            "pub mod sweep;\npub use crate::sweep::run;",
            &[],
        ),
        (
            "src/sweep/mod.rs",
            "use crate::{Error, ingest, report::html};\nuse yiren_matchers::blocking;",
            &[],
        ),
        ("src/scoring.rs", "fn f(m: &M) { m.score(1); }", &[]),
        ("src/scoring/batch.rs", "fn f(m: &M) { m.score(1); }", &[]),
        (
            "src/ingest/mod.rs",
            "// use crate::sweep;\nconst A: &str = \"crate::sweep::x\";\nconst B: &str = r#\"\"crate::sweep::x\"#;\n\
             const C: char = '\"';\n#[cfg(test)]\nmod tests { use crate::sweep::x; fn f() { m.score(1) } }",
            &[],
        ),
        ("src/ingest/tests.rs", "use crate::sweep::x;", &[]),
        (
            "matchers/src/lib.rs",
            "use std::fmt;\nfn f(rayons: u8) -> u8 { self.time() }",
            &[],
        ),
    ];
    for (file, text, expected) in cases {
        let found = check(&[((*file).to_owned(), (*text).to_owned())]);
        assert_eq!(found, *expected, "{file}");
    }
}

#[test]
fn a_cycle_within_a_layer_is_found() {
    let file = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    let chain = [
        file("src/sweep/mod.rs", "use crate::report::x;"),
        file("src/report/mod.rs", "use crate::review::x;"),
    ];
    assert!(check(&chain).is_empty());
    let mut cycle = chain.to_vec();
    cycle.push(file("src/review/mod.rs", "\nuse crate::sweep::x;"));
    let mut text = String::new();
    for line in check(&cycle) {
        writeln!(text, "{line}").unwrap();
    }
    assert_eq!(
        text,
        "src/report/mod.rs:1: report and review use each other\n\
         src/review/mod.rs:2: review and sweep use each other\n\
         src/sweep/mod.rs:1: sweep and report use each other\n"
    );
}
