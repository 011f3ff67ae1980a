//! What a session prints: for a person, or line by line for a program.

use std::io::{self, Write};

use console::{Style, Term};
use serde_json::{Value, json};
use yiren::store::OpinionKind;

use super::{Session, Shown, What, Work};
use crate::commands::review::screen;
use crate::language::Language;
use crate::lines::{room, wrapped};

impl Session<'_> {
    /// Writes a pair for a person; at a terminal onto an empty screen.
    pub(super) fn draw(&mut self, shown: &Shown) -> anyhow::Result<()> {
        let language = self.settings.language;
        let screen = Term::stdout();
        let mut text = String::new();
        if self.asking.is_person() && screen.is_term() {
            screen.clear_screen()?;
        }
        if !self.notice.is_empty() {
            text.push_str(&std::mem::take(&mut self.notice));
            text.push('\n');
        }
        let progress = screen::progress(
            self.shown,
            self.decided(),
            self.waiting.len() + self.again.len(),
            self.more,
            language,
        );
        let style = Style::new().bold().cyan();
        text.push_str(&format!("{}\n", style.apply_to(progress)));
        let pair = |compact| screen::pair(&shown.beside, &shown.known, compact, language);
        let whole = pair(false);
        // What does not fit onto a terminal loses its top, which is what tells people apart.
        let lines = text.lines().count() + whole.lines().count() + 3;
        let rows = screen.size_checked().map(|(rows, _)| usize::from(rows));
        let is_too_long = self.asking.is_person() && rows.is_some_and(|rows| lines >= rows);
        text.push_str(&match is_too_long {
            true => pair(true),
            false => format!("\n{whole}"),
        });
        text.push('\n');
        self.print(&text)
    }

    pub(super) fn pair_as_json(&self, shown: &Shown) -> Value {
        let evidence = shown.known.evidence.as_ref();
        let said = shown.known.said.iter();
        let said = said.map(|(by, kind, why)| json!({ "by": by, "said": kind.name(), "why": why }));
        json!({
            "event": "pair",
            "number": self.shown,
            "decided": self.decided(),
            "waiting": self.waiting.len() + self.again.len(),
            "more": self.more,
            "a": shown.names[0],
            "b": shown.names[1],
            "records": shown.beside.records,
            "rows": shown.beside.rows,
            "reasons": evidence.map(|(reasons, _)| reasons),
            "thresholds": evidence.map(|(_, thresholds)| thresholds),
            "said": said.collect::<Vec<_>>(),
        })
    }

    /// Answers of this session that say one person or two.
    fn decided(&self) -> u64 {
        self.count(OpinionKind::Same) + self.count(OpinionKind::Different)
    }

    fn count(&self, wanted: OpinionKind) -> u64 {
        let kinds = self.done.iter().filter_map(|done| match done.what {
            What::Verdict(kind, _) | What::Opinion(_, kind) => Some(kind),
            What::Skipped => None,
        });
        kinds.filter(|kind| *kind == wanted).count() as u64
    }

    /// Tells what an answer came to: a program in a line, a person above the next pair.
    pub(super) fn tell(
        &mut self,
        event: &str,
        names: &[String; 2],
        more: Value,
        text: String,
    ) -> anyhow::Result<()> {
        if self.settings.json {
            let mut line = json!({ "event": event, "a": names[0], "b": names[1] });
            if let (Value::Object(line), Value::Object(more)) = (&mut line, more) {
                line.extend(more);
            }
            return self.print_json(&line);
        }
        let line = format!("{text}  {} — {}", names[0], names[1]);
        let line = wrapped(&line, room()).join("\n");
        match self.asking.is_person() {
            true => self.notice = format!("{line}\n"),
            false => self.print(&format!("{line}\n\n"))?,
        }
        Ok(())
    }

    pub(super) fn print(&self, text: &str) -> anyhow::Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        Ok(out.flush()?)
    }

    pub(super) fn print_json(&self, value: &Value) -> anyhow::Result<()> {
        self.print(&format!("{value}\n"))
    }

    pub(super) fn say_nothing_waits(&self) {
        let language = self.settings.language;
        let text = match self.settings.work {
            Work::First => language.pick("没有待判断的记录对", "no pair waits to be judged"),
            Work::Second(_) => language.pick(
                "没有他人判断过、待您复读的记录对",
                "no pair that another judged waits for you to read it again",
            ),
            Work::Third => language.pick(
                "没有两位审核人意见不同、待您判断的记录对",
                "no pair waits for you of which two readers say different things",
            ),
        };
        eprintln!("{text}");
    }

    /// Sums the session up.
    pub(super) fn finish(&mut self) -> anyhow::Result<()> {
        let [same, different, unsure] = [
            OpinionKind::Same,
            OpinionKind::Different,
            OpinionKind::Unsure,
        ]
        .map(|kind| self.count(kind));
        let skipped = self.done.len() as u64 - same - different - unsure;
        if self.settings.json {
            return self.print_json(&json!({
                "event": "end", "shown": self.shown, "same": same, "different": different,
                "unsure": unsure, "skipped": skipped,
            }));
        }
        let mut text = String::new();
        if !self.notice.is_empty() {
            text = format!("{}\n", std::mem::take(&mut self.notice));
        }
        let sum = match self.settings.language {
            Language::Zh => format!(
                "本次判定 {} 对：同一人 {same}，不是同一人 {different}；不能确定 {unsure}，跳过 {skipped}",
                same + different
            ),
            Language::En => format!(
                "{} decided in this session: {same} one person, {different} two people; {unsure} cannot be told, {skipped} skipped",
                same + different
            ),
        };
        text.push_str(&format!("{}\n", wrapped(&sum, room()).join("\n")));
        self.print(&text)
    }
}
