//! Progress on a terminal: a bar a phase, with rate and time left. Silent elsewhere.

use std::io::IsTerminal;
use std::sync::Mutex;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use yiren::sweep::{Progress, SweepPhase};

use crate::commands::grouped;
use crate::language::Language;

/// A bar on standard error.
pub struct Bar {
    language: Language,
    bar: Mutex<ProgressBar>,
}

impl Bar {
    /// A bar, hidden unless standard error is a terminal.
    pub fn new(language: Language) -> Bar {
        Bar {
            language,
            bar: Mutex::new(ProgressBar::hidden()),
        }
    }

    /// Starts a phase that counts in `unit`.
    pub fn start(&self, title: &str, bytes: bool) {
        if !std::io::stderr().is_terminal() {
            return;
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        let count = if bytes {
            "{bytes}/{total_bytes} {bytes_per_sec} {eta}"
        } else {
            "{human_pos}/{human_len} {per_sec} {eta}"
        };
        let template = format!("{{prefix:12}} {{wide_bar}} {count}");
        if let Ok(style) = ProgressStyle::with_template(&template) {
            bar.set_style(style);
        }
        bar.set_prefix(title.to_string());
        if let Ok(mut current) = self.bar.lock() {
            current.finish_and_clear();
            *current = bar;
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        if let Ok(bar) = self.bar.lock() {
            bar.finish_and_clear();
        }
    }
}

impl Progress for Bar {
    fn phase(&self, phase: SweepPhase) {
        let title = phase_title(phase, self.language);
        self.start(title, phase == SweepPhase::Read);
    }

    fn done(&self, done: u64, of: u64) {
        if let Ok(bar) = self.bar.lock() {
            bar.set_length(of);
            bar.set_position(done);
        }
    }

    fn kept(&self, bytes: u64) {
        match bytes.div_ceil(1 << 20) {
            0 => eprintln!(
                "{}",
                self.language.pick(
                    "没有可以接续的进度，从头开始",
                    "nothing to go on from: begins at the beginning"
                )
            ),
            mib => eprintln!(
                "{} {} MiB",
                self.language
                    .pick("接续上次的进度：", "goes on from what is kept:"),
                grouped(mib)
            ),
        }
    }
}

/// What a phase is called.
pub fn phase_title(phase: SweepPhase, language: Language) -> &'static str {
    match phase {
        SweepPhase::Read => language.pick("读取", "reading"),
        SweepPhase::Block => language.pick("分块", "blocking"),
        SweepPhase::Score => language.pick("比对", "scoring"),
        SweepPhase::Cluster => language.pick("归并", "clustering"),
        SweepPhase::Judge => language.pick("核查", "judging"),
        SweepPhase::Write => language.pick("写出", "writing"),
    }
}
