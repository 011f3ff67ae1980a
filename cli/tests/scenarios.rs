//! The written cases of `docs/investigator.md`: their commands are read out of the page and run in its
//! order, in both languages, and what the page quotes must be printed.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops at the first surprise"
)]

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use insta::assert_snapshot;
use support::{Run, steady};

/// A case, with its commands and what the page quotes of what each prints.
struct Scenario {
    title: String,
    commands: Vec<(String, Vec<String>)>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The cases of the page, first what comes before them.
fn scenarios() -> Vec<Scenario> {
    let page = std::fs::read_to_string(root().join("docs/investigator.md")).unwrap();
    let (_, page) = page
        .split_once("\n## Five cases")
        .expect("a section of five cases");
    let mut found = vec![Scenario {
        title: "0".to_string(),
        commands: Vec::new(),
    }];
    let mut in_console = false;
    for line in page.lines() {
        if let Some(title) = line.strip_prefix("### ") {
            let commands = Vec::new();
            let title = title.to_string();
            found.push(Scenario { title, commands });
        } else if line.starts_with("```") {
            in_console = line == "```console";
        } else if in_console {
            let commands = &mut found.last_mut().unwrap().commands;
            match line.strip_prefix("$ ") {
                Some(command) => commands.push((command.to_string(), Vec::new())),
                None => commands
                    .last_mut()
                    .expect("a command first")
                    .1
                    .push(line.to_string()),
            }
        }
    }
    found
}

/// The words of a command as a shell takes them apart, as far as the page needs it.
fn words(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted, mut any) = (Vec::new(), String::new(), false, false);
    for character in command.chars() {
        match character {
            '\'' => (quoted, any) = (!quoted, true),
            ' ' if !quoted => {
                if any {
                    words.push(std::mem::take(&mut word));
                }
                any = false;
            }
            other => {
                word.push(other);
                any = true;
            }
        }
    }
    if any {
        words.push(word);
    }
    words
}

fn run(folder: &Path, command: &str, lang: &str) -> Run {
    let words = words(command);
    let mut started = match words[0].as_str() {
        "yiren" => {
            let mut yiren = Command::new(env!("CARGO_BIN_EXE_yiren"));
            yiren.args(&words[1..]);
            yiren
        }
        _ => {
            let mut shell = Command::new("sh");
            shell.args(["-c", command]);
            shell
        }
    };
    let output = started
        .current_dir(folder)
        .env_remove("LC_ALL")
        .env_remove("LC_MESSAGES")
        .env("LANG", lang)
        .env("USER", "li")
        .output()
        .unwrap();
    Run {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// What is wrong unless the quoted lines are printed one after the other, `…` standing for any.
fn not_printed(command: &str, quoted: &[String], run: &Run) -> Option<String> {
    let printed = steady(run);
    let printed = printed
        .lines()
        .filter(|line| !line.starts_with("status: ") && !line.starts_with("----- std"));
    let printed: Vec<&str> = printed.collect();
    let (mut at, mut anywhere) = (0, false);
    for line in quoted {
        if line == "…" {
            anywhere = true;
            continue;
        }
        let rest = printed.get(at..).unwrap_or_default();
        let found = rest
            .iter()
            .position(|printed| printed.trim_end() == line.trim_end());
        let next = found.filter(|&next| anywhere || next == 0);
        let Some(next) = next else {
            return Some(format!("`{command}` does not print\n{line}\nbut\n{run}\n"));
        };
        (at, anywhere) = (at + next + 1, false);
    }
    let is_all = anywhere || at == printed.len();
    (!is_all).then(|| format!("`{command}` prints more than is quoted\n{run}\n"))
}

fn all_in(lang: &str, language: &str, is_quoted: bool) {
    let folder = tempfile::tempdir().unwrap();
    let data = root().join("golden-datasets").canonicalize().unwrap();
    std::os::unix::fs::symlink(data, folder.path().join("golden-datasets")).unwrap();
    let (scenarios, mut wrong) = (scenarios(), Vec::new());
    assert_eq!(scenarios.len(), 6, "five, and what comes before");
    for (number, scenario) in scenarios.iter().enumerate() {
        assert!(!scenario.commands.is_empty(), "{}", scenario.title);
        let mut all = String::new();
        for (command, quoted) in &scenario.commands {
            let run = run(folder.path(), command, lang);
            assert!(!run.stderr.contains("panicked"), "{run}");
            if is_quoted {
                wrong.extend(not_printed(command, quoted, &run));
            }
            all += &format!("$ {command}\n{}\n", steady(&run));
        }
        assert_snapshot!(format!("scenario_{number}_{language}"), all);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for number in 1..=5 {
        let case = folder.path().join(format!("case-{number}"));
        let sums = std::fs::read_to_string(case.join("SHA256SUMS")).unwrap();
        assert!(sums.lines().count() > 10 && case.join("case.html").is_file());
        let verify = format!("yiren findings verify case-{number} --store desk");
        run(folder.path(), &verify, lang).left(0);
    }
}

#[test]
fn the_written_cases_print_what_the_page_says() {
    all_in("C.UTF-8", "en", true);
}

#[test]
fn the_written_cases_are_told_in_chinese() {
    all_in("zh_CN.UTF-8", "zh", false);
}

#[test]
fn every_verb_of_the_desk_is_in_a_case() {
    let all = scenarios();
    let commands = all.iter().flat_map(|scenario| &scenario.commands);
    let commands: Vec<&String> = commands.map(|(command, _)| command).collect();
    for verb in [
        "search",
        "show",
        "why",
        "why-not",
        "how",
        "network",
        "paths",
        "timeline",
        "overlap",
        "review",
        "findings",
        "findings show",
        "findings mark",
        "findings assign",
        "findings group",
        "findings export",
    ] {
        let begins = format!("yiren {verb} ");
        assert!(
            commands.iter().any(|command| command.starts_with(&begins)),
            "{verb}"
        );
    }
}

#[test]
fn commands_are_taken_apart_as_by_a_shell() {
    for (command, expected) in [
        ("yiren search  'a b' c", vec!["yiren", "search", "a b", "c"]),
        ("x '' y'z'", vec!["x", "", "yz"]),
    ] {
        assert_eq!(words(command), expected, "{command}");
    }
}
