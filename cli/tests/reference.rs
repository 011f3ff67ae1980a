//! The reference pages and the scripts for shells are those of the program.

mod support;

use std::path::Path;
use std::process::Command;

use support::Desk;

#[test]
fn the_reference_pages_say_what_the_program_does() {
    let desk = Desk::new();
    for (language, page) in [("en", "docs/reference.md"), ("zh", "docs/reference.zh.md")] {
        let run = desk
            .yiren(&["--lang", language, "man", "--markdown"])
            .left(0);
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(page);
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            kept == run.stdout,
            "{page} is of another version: yiren --lang {language} man --markdown > {page}"
        );
    }
}

#[test]
fn pages_for_man_are_written_in_both_languages() {
    let desk = Desk::new();
    desk.yiren(&["man", "--out", "man"]).left(0);
    desk.yiren(&["--lang", "zh", "man", "--out", "man"]).left(0);
    for (page, words) in [
        ("man/man1/yiren.1", [".SH NAME", "yiren\\-show(1)"]),
        (
            "man/man1/yiren-show.1",
            [".SH EXAMPLES", "\\-\\-known\\-at"],
        ),
        (
            "man/man1/yiren-store-check.1",
            [".SH OPTIONS", "\\-\\-deep"],
        ),
        ("man/zh_CN/man1/yiren-show.1", [".SH 示例", "查看一个人"]),
    ] {
        let text = desk.read(page);
        for word in words {
            assert!(text.contains(word), "{word} in {page}: {text}");
        }
    }
    desk.yiren(&["man"]).left(2);
    desk.write("file", "");
    desk.yiren(&["man", "--out", "file"]).left(2);
}

#[test]
fn shells_complete_verbs_and_options() {
    let desk = Desk::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        for language in ["en", "zh"] {
            let run = desk
                .yiren(&["--lang", language, "completions", shell])
                .left(0);
            for word in ["why-not", "known-at", "server", "no-pager"] {
                assert!(run.stdout.contains(word), "{word} for {shell}");
            }
            desk.write(&format!("yiren.{shell}"), &run.stdout);
        }
    }
    desk.yiren(&["completions", "dos"]).left(2);
    // As bash does when the tab key is hit.
    let tab = |words: &str, expected: &str| {
        let script = format!(
            "source yiren.bash; COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _yiren yiren \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD-1]}}\"; echo \"${{COMPREPLY[*]}}\""
        );
        let output = Command::new("bash")
            .args(["-c", &script])
            .current_dir(desk.path("."))
            .output()
            .unwrap();
        assert!(output.status.success());
        let completed = String::from_utf8(output.stdout).unwrap();
        assert_eq!(completed.trim(), expected, "{words}");
    };
    tab("yiren tim", "timeline");
    tab("yiren store ch", "check");
    tab("yiren show --kno", "--known-at");
    tab("yiren completions z", "zsh");
}
