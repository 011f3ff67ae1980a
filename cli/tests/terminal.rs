//! What is printed on a terminal: page by page, in colours that say nothing that the text does not.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod support;

use std::process::Command;

use support::village::village;
use support::{Desk, Run};

const SHOW: &str = "show --store s dibao:D1 --as-of 2026-06-30";

/// Runs the program on a terminal of so many rows (`script` of util-linux makes one).
fn on_terminal(desk: &Desk, rows: u32, environment: &[(&str, &str)], arguments: &str) -> Run {
    let program = env!("CARGO_BIN_EXE_yiren");
    let command = format!("stty rows {rows} cols 100; exec {program} --lang en {arguments}");
    let output = Command::new("script")
        .args(["--quiet", "--return", "--command", &command, "/dev/null"])
        .current_dir(desk.path("."))
        .env_remove("PAGER")
        .env_remove("LESS")
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .env("TERM", "xterm-256color")
        .env("LANG", "C.UTF-8")
        .env("SHELL", "/bin/sh")
        .envs(environment.iter().copied())
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    Run {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout)
            .unwrap()
            .replace("\r\n", "\n"),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// What `sed` makes of every line that goes through it.
const MARKED: (&str, &str) = ("PAGER", "sed 's/^/>/'");

#[test]
fn long_output_goes_through_the_pager_on_a_terminal_alone() {
    let desk = village();
    let marked = |run: &Run| {
        run.stdout
            .lines()
            .filter(|line| line.starts_with('>'))
            .count()
    };
    let plain = desk.yiren(&SHOW.split(' ').collect::<Vec<_>>()).left(0);
    let lines = plain.stdout.lines().count();

    let paged = on_terminal(&desk, 10, &[MARKED], SHOW).left(0);
    assert_eq!(marked(&paged), lines, "{paged}");
    let json = on_terminal(&desk, 10, &[MARKED], &format!("{SHOW} --json")).left(0);
    assert!(marked(&json) > lines, "{json}");
    // It all fits; or that is not wanted; or there is no terminal, or no pager.
    for (rows, environment, arguments) in [
        (200, MARKED, SHOW.to_string()),
        (10, MARKED, format!("--no-pager {SHOW}")),
        (10, MARKED, format!("{SHOW} | cat")),
        (10, ("PAGER", ""), SHOW.to_string()),
        (10, ("PAGER", "cat"), SHOW.to_string()),
        (10, ("PAGER", "no-such-pager-anywhere"), SHOW.to_string()),
    ] {
        let run = on_terminal(&desk, rows, &[environment], &arguments).left(0);
        assert_eq!(marked(&run), 0, "{run}");
        assert!(run.stdout.lines().count() >= lines, "{run}");
    }
}

#[test]
fn a_pager_that_is_quit_changes_nothing() {
    let desk = village();
    for pager in ["true", "head -n 1", "exit 3"] {
        let quit = on_terminal(&desk, 5, &[("PAGER", pager)], SHOW);
        quit.left(0);
        let nothing = "network --store s medical:M1 --hub 0 --json";
        let run = on_terminal(&desk, 5, &[("PAGER", pager)], nothing);
        let code = desk.yiren(&nothing.split(' ').collect::<Vec<_>>()).code;
        assert_eq!(run.code, code, "{run}");
    }
}

/// A text without the sequences that colour it.
fn uncoloured(text: &str) -> String {
    console::strip_ansi_codes(text).into_owned()
}

#[test]
fn colours_add_nothing_to_the_text() {
    let desk = village();
    for arguments in [
        SHOW,
        "why --store s dibao:D1 tekun:T1",
        "timeline --store s dibao:D1 --as-of 2026-06-30",
        "search --store s 张伟",
    ] {
        let arguments = format!("--no-pager {arguments}");
        let coloured = on_terminal(&desk, 50, &[], &arguments).left(0);
        assert!(coloured.stdout.contains("\u{1b}["), "{coloured}");
        // What differs is told from what agrees by brightness as well, and neither red nor green is
        // used, which many cannot tell apart.
        for hue in ["\u{1b}[31", "\u{1b}[32", "\u{1b}[91", "\u{1b}[92"] {
            assert!(!coloured.stdout.contains(hue), "{coloured}");
        }
        for plain in [("NO_COLOR", "1"), ("TERM", "dumb")] {
            let run = on_terminal(&desk, 50, &[plain], &arguments).left(0);
            assert!(!run.stdout.contains('\u{1b}'), "{run}");
            let steady = |text: &str| support::without_moments(&uncoloured(text));
            assert_eq!(steady(&run.stdout), steady(&coloured.stdout));
        }
    }
}
