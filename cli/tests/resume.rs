//! `yiren sweep --resume` after SIGKILL, and what it says.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a test stops at the first surprise"
)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use support::Desk;

const KEPT: &str = "unfinished.sweep";

/// What a sweep wrote, by file, but for the summary, which has times.
fn written(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let content = match name.as_str() {
                "summary.json" => Vec::new(),
                _ => fs::read(&path).unwrap(),
            };
            (name, content)
        })
        .collect()
}

#[test]
#[cfg(unix)]
fn a_killed_sweep_goes_on_and_comes_to_the_same() {
    use std::os::unix::process::ExitStatusExt;

    let desk = Desk::new();
    let made = ["generate", "--persons", "20000", "--seed", "5"];
    desk.yiren(&[&made[..], &["--out", "people"]].concat())
        .left(0);
    let sweep = ["sweep", "people", "--as-of", "2026-06-30", "--pairs"];
    let sweep_to = |out: &'static str| [&sweep[..], &["--out", out]].concat();
    desk.yiren(&sweep_to("never")).left(0);
    let resume = [&sweep_to("killed")[..], &["--resume"]].concat();
    let kept = desk.path("killed").join(KEPT);
    let bytes = || fs::metadata(&kept).map_or(0, |file| file.len());

    // Each is killed when it has kept some more than the one before.
    let mut killed = 0;
    for more in [1, 1_000_000, 1_500_000] {
        let until = bytes() + more;
        let mut child = Command::new(env!("CARGO_BIN_EXE_yiren"))
            .args(&resume)
            .current_dir(desk.path(""))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while bytes() < until && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        let ended = child.wait().unwrap();
        if ended.signal() == Some(9) {
            killed += 1;
            assert!(!desk.path("killed").join("summary.json").exists());
        }
    }
    assert!(killed > 0, "each ended by itself");
    let left = bytes();
    let last = desk.yiren(&[&resume[..], &["--json"]].concat()).left(0);
    match left {
        0 => assert!(last.stderr.contains("nothing to go on from")),
        _ => assert!(
            last.stderr.contains("goes on from what is kept: "),
            "{last}"
        ),
    }
    let (found, expected) = (written(&desk.path("killed")), written(&desk.path("never")));
    assert!(found.keys().eq(expected.keys()), "{:?}", found.keys());
    for (file, bytes) in &found {
        assert!(*bytes == expected[file], "{file} differs");
    }
}

#[test]
fn what_is_kept_is_private_and_does_not_outlive_a_finished_sweep() {
    let desk = Desk::new();
    desk.yiren(&["generate", "--persons", "50", "--out", "people"])
        .left(0);
    let sweep = ["sweep", "people", "--out", "out", "--as-of", "2026-06-30"];
    // One that was stopped before it had kept anything; the next does not ask for it.
    desk.write(&format!("out/{KEPT}"), "");
    desk.yiren(&sweep).left(0);
    assert!(!desk.path("out").join(KEPT).exists());

    let chinese = [&sweep[..], &["--resume", "--lang", "zh"]].concat();
    let run = desk.yiren(&chinese).left(0);
    assert!(run.stderr.contains("从头开始"), "{run}");

    // Used by another, and not to be used at all.
    fs::create_dir_all(desk.path("busy")).unwrap();
    let held = fs::File::create(desk.path("busy").join(KEPT)).unwrap();
    held.lock().unwrap();
    fs::create_dir_all(desk.path("odd").join(KEPT)).unwrap();
    for (out, language, told) in [
        (
            "busy",
            "en",
            "busy/unfinished.sweep: another sweep is at work with it",
        ),
        ("busy", "zh", "另一次核查正在使用此结果文件夹"),
        ("odd", "en", "cannot be used: odd/unfinished.sweep: "),
        ("odd", "zh", "暂存文件夹无法使用：odd/unfinished.sweep"),
    ] {
        let sweep = [
            "sweep", "people", "--out", out, "--resume", "--lang", language,
        ];
        let run = desk.yiren(&sweep).left(2);
        assert!(run.stderr.contains(told), "{run}");
    }

    // Nothing usable, so that it ends before it is done.
    desk.write("empty/dibao.csv", "record_id,name\n");
    let failed = ["sweep", "empty", "--out", "failed", "--resume"];
    desk.yiren(&failed).left(2);
    let kept = desk.path("failed").join(KEPT);
    assert!(kept.exists());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&kept).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    let store = ["sweep", "--store", "store", "--resume"];
    let refused = desk.yiren(&store).left(2);
    assert!(refused.stderr.contains("--store"), "{refused}");
}
