//! Model and policy files that somebody or something spoilt: what is wrong is told, and nothing
//! panics. Files of records are spoilt in `tests/ingest/garbage.rs`, requests in
//! `tests/service/garbage.rs`.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use yiren::policy::{self, Policy};
use yiren::schema::{CHINA, parse_model};

/// How many files of each kind are tried: some, or as many as `YIREN_GARBAGE` says.
fn files() -> u32 {
    let asked = std::env::var("YIREN_GARBAGE").ok();
    asked.and_then(|asked| asked.parse().ok()).unwrap_or(150)
}

/// A text, some of whose lines and characters were changed, cut out, doubled or exchanged.
fn spoilt(text: &'static str) -> impl Strategy<Value = String> {
    let token = proptest::sample::select(vec![
        "=",
        "\"",
        "[",
        "]",
        "{",
        "}",
        "'''",
        "\n",
        "-1",
        "1e400",
        "nan",
        "inf",
        "0",
        "99999999999999999999",
        "true",
        "#",
        "\u{0}",
        "张",
        "[[",
        "..",
        ":",
        "exact",
        "not ",
    ]);
    let change = (
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
        token,
        0..6_u8,
    );
    proptest::collection::vec(change, 1..4).prop_map(move |changes| {
        let mut lines: Vec<String> = text.lines().map(str::to_string).collect();
        for (place, other, token, what) in changes {
            let (at, to) = (place.index(lines.len()), other.index(lines.len()));
            match what {
                0 => drop(lines.remove(at)),
                1 => lines.swap(at, to),
                2 => lines.insert(at, lines[to].clone()),
                _ => {
                    let characters: Vec<char> = lines[at].chars().collect();
                    let cut = other.index(characters.len() + 1);
                    let left: String = characters[..cut].iter().collect();
                    let skip = if what == 3 { 0 } else { usize::from(what) };
                    let right: String = characters.iter().skip(cut + skip).collect();
                    lines[at] = format!("{left}{token}{right}");
                }
            }
            if lines.is_empty() {
                lines.push(String::new());
            }
        }
        lines.join("\n")
    })
}

fn each(text: &'static str, parse: impl Fn(&str) -> Result<(), String>) {
    let mut runner = TestRunner::new(Config {
        cases: files(),
        max_shrink_iters: 100,
        failure_persistence: None,
        ..Config::default()
    });
    let tried = runner.run(&spoilt(text), |spoilt| {
        // Some changes are none; what is refused is refused for a reason that names the file.
        if let Err(told) = parse(&spoilt) {
            prop_assert!(told.contains("file.toml"), "{told}");
        }
        Ok(())
    });
    tried.unwrap();
}

#[test]
fn a_spoilt_model_is_refused_with_a_reason() {
    each(CHINA, |text| {
        let parsed = parse_model(text, "file.toml");
        parsed.map(drop).map_err(|error| error.to_string())
    });
}

#[test]
fn a_spoilt_policy_is_refused_with_a_reason() {
    each(policy::SHIPPED, |text| {
        let parsed = Policy::parse(text, "file.toml");
        parsed.map(drop).map_err(|error| error.to_string())
    });
}
