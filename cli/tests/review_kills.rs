//! A session of clerical review that is killed, again and again: nothing that was acknowledged is
//! lost, nothing is asked twice, and the queue goes on.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops at the first surprise"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::hint::spin_loop;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};

use serde_json::Value;
use support::Desk;
use yiren::store::{OpenOptions, Store, VerdictKind};

/// Sessions that are killed: so many, or as many as `YIREN_KILLS` says.
fn kills() -> u64 {
    let asked = std::env::var("YIREN_KILLS").ok();
    asked.and_then(|asked| asked.parse().ok()).unwrap_or(20)
}

/// SplitMix64: the same numbers everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % end
    }
}

type Pair = (String, String);

/// What was acknowledged, and what was answered without having been.
#[derive(Default)]
struct Heard {
    /// What was said of each pair last; `None` once it was taken back.
    said: BTreeMap<Pair, Option<String>>,
    /// The answer under way.
    pending: Option<(Pair, &'static str)>,
}

impl Heard {
    /// Takes in a line of the session; whether it shows a pair.
    fn hear(&mut self, line: &str, sure: &BTreeSet<Pair>) -> Option<Pair> {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
        let text = |key: &str| line[key].as_str().unwrap_or_default().to_string();
        let pair = (text("a"), text("b"));
        match line["event"].as_str().unwrap() {
            "pair" => {
                assert!(
                    !sure.contains(&pair),
                    "{pair:?} was decided and is asked again"
                );
                return Some(pair);
            }
            "recorded" => {
                self.said.insert(pair, Some(text("said")));
                self.pending = None;
            }
            "taken_back" => {
                if line["said"].is_string() {
                    self.said.insert(pair, None);
                }
                self.pending = None;
            }
            _ => self.pending = None,
        }
        None
    }

    /// The pairs that were decided for certain.
    fn decided(&self) -> BTreeSet<Pair> {
        let decided = self
            .said
            .iter()
            .filter(|(_, said)| said.as_deref().is_some_and(|said| said != "unsure"));
        decided.map(|(pair, _)| pair.clone()).collect()
    }
}

fn session(desk: &Desk) -> (Child, ChildStdin, BufReader<std::process::ChildStdout>) {
    let mut process = Command::new(env!("CARGO_BIN_EXE_yiren"))
        .args(["review", "--store", "s", "--json", "--by", "clerk"])
        .args(["--as-of", "2026-06-30", "--lang", "en"])
        .current_dir(desk.path(""))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (answers, said) = (
        process.stdin.take().unwrap(),
        process.stdout.take().unwrap(),
    );
    (process, answers, BufReader::new(said))
}

#[test]
fn nothing_acknowledged_is_lost_and_nothing_is_asked_twice() {
    let desk = Desk::new();
    let generate = ["generate", "--persons", "5000", "--seed", "3", "--out", "p"];
    let hard = ["--errors", "heavy", "--no-national-id"];
    desk.yiren(&[&generate[..], &hard].concat()).left(0);
    desk.yiren(&["load", "--store", "s", "--as-of", "2026-06-30", "p"])
        .left(0);
    let mut random = Random(5);
    let mut heard = Heard::default();
    let (mut whole, mut answered) = (0, 0);
    for _ in 0..kills() {
        let (mut process, mut answers, mut said) = session(&desk);
        let sure = heard.decided();
        let mut left = random.below(12);
        let mut line = String::new();
        while said.read_line(&mut line).unwrap() > 0 {
            if heard.hear(&line, &sure_now(&sure, &heard)).is_some() {
                let pair = pair_of(&line);
                let answer = match random.below(10) {
                    0..4 => "same",
                    4..7 => "different",
                    7 => "unsure",
                    8 => "undo",
                    _ => "skip",
                };
                heard.pending = Some((pair, answer));
                writeln!(answers, "{answer}").unwrap();
                answered += 1;
                if left == 0 {
                    break;
                }
                left -= 1;
            } else if line.contains("\"refused\"") || line.contains("nothing_to_undo") {
                // The pair waits for another answer.
                heard.pending = Some((pair_of(&line), "skip"));
                writeln!(answers, "skip").unwrap();
            }
            line.clear();
        }
        let most = 1 << random.below(25);
        (0..random.below(most)).for_each(|_| spin_loop());
        process.kill().unwrap();
        let mut rest = String::new();
        // What it said before it was killed; a torn line was not said.
        while said.read_line(&mut rest).unwrap() > 0 {
            if rest.ends_with('\n') {
                let shown = heard.hear(&rest, &BTreeSet::new());
                assert!(shown.is_none() || heard.pending.is_none());
            }
            rest.clear();
        }
        process.wait().unwrap();
        whole += u64::from(settle(&desk, &mut heard));
    }
    eprintln!("{answered} answers, {whole} whole though not acknowledged");
    let decided = heard.decided();
    assert!(decided.len() > 20, "{}", decided.len());
    // The queue goes on to its end.
    let (mut process, mut answers, mut said) = session(&desk);
    let mut line = String::new();
    while said.read_line(&mut line).unwrap() > 0 {
        if heard.hear(&line, &decided).is_some() {
            writeln!(answers, "different 1").unwrap();
        } else if line.contains("\"refused\"") {
            writeln!(answers, "skip").unwrap();
        }
        line.clear();
    }
    assert_eq!(process.wait().unwrap().code(), Some(0));
    settle(&desk, &mut heard);
}

/// What may not be asked: what was decided before, as far as it was not taken back since.
fn sure_now(sure: &BTreeSet<Pair>, heard: &Heard) -> BTreeSet<Pair> {
    sure.intersection(&heard.decided()).cloned().collect()
}

fn pair_of(line: &str) -> Pair {
    let line: Value = serde_json::from_str(line).unwrap();
    let text = |key: &str| line[key].as_str().unwrap().to_string();
    (text("a"), text("b"))
}

/// Compares the store with what was acknowledged; whether the answer under way had been recorded.
fn settle(desk: &Desk, heard: &mut Heard) -> bool {
    let store = Store::open(&desk.path("s"), &OpenOptions::default()).unwrap();
    let view = store.view();
    assert!(view.check().unwrap().faults.is_empty());
    let key = |name: &str| {
        let (source, id) = name.split_once(':').unwrap();
        view.find(source, id).unwrap().key
    };
    let kind = |(a, b): &Pair| {
        let verdict = view.verdict(key(a), key(b)).unwrap();
        match verdict.map(|verdict| verdict.kind) {
            Some(VerdictKind::MustLink) => Some("same".to_string()),
            Some(VerdictKind::CannotLink) => Some("different".to_string()),
            Some(VerdictKind::Withdrawn) | None => None,
        }
    };
    let mut was_whole = false;
    if let Some((pair, answer)) = heard.pending.take() {
        // All of it, or nothing. What an undo took back is the answer before it.
        match answer {
            "same" | "different" if kind(&pair).as_deref() == Some(answer) => {
                was_whole = true;
                heard.said.insert(pair, Some(answer.to_string()));
            }
            "undo" => {
                for (pair, said) in &mut heard.said {
                    if said.as_deref().is_some_and(|said| said != "unsure") && kind(pair).is_none()
                    {
                        assert!(!was_whole, "an undo takes one answer back");
                        was_whole = true;
                        *said = None;
                    }
                }
            }
            _ => {}
        }
    }
    for (pair, said) in &heard.said {
        let said = said.clone().filter(|said| said != "unsure");
        assert_eq!(kind(pair), said, "{pair:?}");
    }
    // Every verdict once: of each pair they change from one thing to another.
    let mut last: BTreeMap<Pair, String> = BTreeMap::new();
    for commit in 1..=view.commit().unwrap().0 {
        let entry = view.audit(commit).unwrap().unwrap();
        if entry.action == "verdict" {
            let text = |key: &str| entry.detail[key].as_str().unwrap().to_string();
            let before = last.insert((text("a"), text("b")), text("verdict"));
            assert_ne!(
                before,
                Some(text("verdict")),
                "said twice in commit {commit}"
            );
            assert!(!text("why").is_empty());
        }
    }
    was_whole
}
