//! Working through the pairs that wait for a reader.

mod saying;
mod telling;

use std::collections::{BTreeSet, VecDeque};

use anyhow::Context;
use serde_json::json;
use yiren::query::WhyThresholds;
use yiren::resolve::{Engine, Recording, explain_stored};
use yiren::review::{
    Beside, Pair, Waiting, Wanted, beside, is_waiting, queue, second_readings, third_readings,
};
use yiren::store::{Durability, Look, OpinionKind, OpinionReading, Store, VerdictKind, View};

use super::answers::{self, Answer};
use super::asking::{Asking, Heard};
use super::screen::Known;
use crate::Outcome;
use crate::commands::recording::now;
use crate::commands::why::waterfall;
use crate::language::Language;
use crate::lines::{clean, room, wrapped};

/// Which pairs are worked through.
#[derive(Copy, Clone, Debug, PartialEq)]
pub enum Work {
    /// Those that nobody decided.
    First,
    /// A sample of those that another decided, so large a share.
    Second(f64),
    /// Those of which two readers say different things.
    Third,
}

/// How a session goes.
pub struct Settings {
    /// Which pairs.
    pub work: Work,
    /// Of which of them any are wanted.
    pub wanted: Wanted,
    /// Pairs at most.
    pub limit: Option<u64>,
    /// Whether nothing of the model's is shown.
    pub blind: bool,
    /// Whether programs read it.
    pub json: bool,
    /// How answers are recorded.
    pub recording: Recording,
    /// What the looks are for.
    pub purpose: String,
    /// The language of the reader.
    pub language: Language,
}

/// A session at the queue.
pub struct Session<'a> {
    store: &'a Store,
    engine: &'a Engine,
    settings: Settings,
    asking: Asking,
    waiting: VecDeque<Waiting>,
    /// Whether there are more pairs than these.
    more: bool,
    /// Pairs to be shown before these, the last first.
    again: Vec<Waiting>,
    /// Pairs that are not shown again in this session.
    left: BTreeSet<Pair>,
    done: Vec<Done>,
    /// Pairs shown, each once.
    shown: u64,
    /// What a person is to see above the next pair.
    notice: String,
}

/// An answer that can be taken back.
struct Done {
    waiting: Waiting,
    names: [String; 2],
    what: What,
}

/// What an answer did.
#[derive(Copy, Clone, PartialEq, Eq)]
enum What {
    /// It gave a verdict; what the one before said.
    Verdict(OpinionKind, VerdictKind),
    /// It noted an opinion.
    Opinion(OpinionReading, OpinionKind),
    /// It put the pair off.
    Skipped,
}

/// What comes after an answer.
enum Next {
    /// The next pair.
    Pair,
    /// The same pair, as it is on the screen.
    Stay,
    /// The same pair, drawn anew.
    Redraw,
    /// The end.
    Quit,
}

/// A pair as it was shown.
struct Shown {
    waiting: Waiting,
    names: [String; 2],
    beside: Beside,
    known: Known,
}

impl<'a> Session<'a> {
    /// A session that has not begun.
    pub fn new(store: &'a Store, engine: &'a Engine, settings: Settings) -> Session<'a> {
        Session {
            store,
            engine,
            settings,
            asking: Asking::new(),
            waiting: VecDeque::new(),
            more: false,
            again: Vec::new(),
            left: BTreeSet::new(),
            done: Vec::new(),
            shown: 0,
            notice: String::new(),
        }
    }

    /// Shows pair after pair until there are none or the reader ends it.
    pub fn run(mut self) -> anyhow::Result<Outcome> {
        self.fill()?;
        let mut found = false;
        while let Some(waiting) = self.next()? {
            let Some(shown) = self.show(waiting)? else {
                continue;
            };
            found = true;
            if !self.answered(&shown)? {
                break;
            }
        }
        if found {
            self.store.file_looks(now(), Durability::Synced)?;
        }
        if !found {
            self.say_nothing_waits();
            return Ok(Outcome::Nothing);
        }
        self.finish()?;
        Ok(Outcome::Done)
    }

    /// Asks until the pair is answered; `false` if that was the end.
    fn answered(&mut self, shown: &Shown) -> anyhow::Result<bool> {
        let mut note = None;
        loop {
            let heard = self
                .asking
                .answer(self.settings.blind, self.settings.language)?;
            let next = match heard {
                Heard::Unknown(line) => self.unknown(&line),
                Heard::Answer(answer) => self.act(shown, answer, &mut note)?,
            };
            match next {
                Next::Pair => return Ok(true),
                Next::Quit => return Ok(false),
                Next::Stay => {}
                Next::Redraw => self.draw(shown)?,
            }
        }
    }

    fn act(
        &mut self,
        shown: &Shown,
        answer: Answer,
        note: &mut Option<String>,
    ) -> anyhow::Result<Next> {
        let language = self.settings.language;
        match answer {
            Answer::Quit => Ok(Next::Quit),
            Answer::Skip => {
                self.left.insert(shown.waiting.pair);
                self.remember(shown, What::Skipped);
                let text = language.pick("已跳过", "skipped").to_string();
                self.tell("skipped", &shown.names, json!({}), text)?;
                Ok(Next::Pair)
            }
            Answer::Undo => self.undo(shown),
            Answer::Help => {
                let lines = answers::help(language).lines();
                let lines = lines.flat_map(|line| wrapped(line, room().saturating_sub(2)));
                let text: String = lines.map(|line| format!("  {line}\n")).collect();
                self.print(&text)?;
                self.asking.pause(language)?;
                Ok(self.same_pair())
            }
            Answer::Why => self.why(shown),
            Answer::Note(text) => {
                let text = match text {
                    Some(text) => text,
                    None => self.asking.text(language)?,
                };
                *note = Some(text).filter(|text| !text.is_empty());
                Ok(Next::Stay)
            }
            Answer::Say(kind, reason) => {
                let reason = match reason.or_else(|| note.clone()) {
                    Some(reason) => Some(reason),
                    None => self.asking.reason(kind, language)?,
                };
                let Some(why) = reason else {
                    return Ok(Next::Redraw);
                };
                self.say(shown, kind, &why)
            }
        }
    }

    fn why(&mut self, shown: &Shown) -> anyhow::Result<Next> {
        let language = self.settings.language;
        let Some((explained, thresholds)) = &shown.known.evidence else {
            let text = language.pick("盲审时不显示证据", "a blind review shows no evidence");
            eprintln!("{text}");
            return Ok(Next::Stay);
        };
        match self.settings.json {
            true => self.print_json(&json!({ "event": "why", "reasons": explained }))?,
            false => {
                let mut text = String::new();
                waterfall(&mut text, explained, thresholds, language);
                self.print(&text)?;
            }
        }
        self.asking.pause(language)?;
        Ok(self.same_pair())
    }

    /// The same pair again; on a terminal its screen is drawn anew.
    fn same_pair(&self) -> Next {
        match self.asking.is_person() {
            true => Next::Redraw,
            false => Next::Stay,
        }
    }

    fn unknown(&self, line: &str) -> Next {
        let language = self.settings.language;
        // Enough to know it by.
        let line = clean(line).chars().take(40).collect::<String>();
        match language {
            Language::Zh => eprintln!(
                "`{line}` 不是回答；{}",
                answers::keys(self.settings.blind, language)
            ),
            Language::En => eprintln!(
                "`{line}` is no answer; {}",
                answers::keys(self.settings.blind, language)
            ),
        }
        Next::Stay
    }

    fn remember(&mut self, shown: &Shown, what: What) {
        self.done.push(Done {
            waiting: shown.waiting,
            names: shown.names.clone(),
            what,
        });
    }

    /// Finds the pairs that wait.
    fn fill(&mut self) -> anyhow::Result<()> {
        let view = self.store.view();
        let (wanted, reader) = (
            &self.settings.wanted,
            self.settings.recording.actor.as_str(),
        );
        let waiting = match self.settings.work {
            Work::First => {
                let queue = queue(&view, self.engine, wanted, &self.left)?;
                self.more = queue.more;
                queue.waiting
            }
            Work::Second(share) => second_readings(&view, self.engine, wanted, reader, share)?,
            Work::Third => {
                let (waiting, left) = third_readings(&view, self.engine, wanted, reader)?;
                if left > 0 {
                    match self.settings.language {
                        Language::Zh => eprintln!("另有 {left} 对由您读过，须由第三人判断"),
                        Language::En => {
                            eprintln!("{left} more were read by you, and need a third person")
                        }
                    }
                }
                waiting
            }
        };
        self.waiting = waiting.into();
        Ok(())
    }

    /// The next pair that still waits; `None` if there is none, or the session is at its limit.
    fn next(&mut self) -> anyhow::Result<Option<Waiting>> {
        if let Some(again) = self.again.pop() {
            return Ok(Some(again));
        }
        if self.settings.limit.is_some_and(|limit| self.shown >= limit) {
            return Ok(None);
        }
        loop {
            while let Some(waiting) = self.waiting.pop_front() {
                if !self.left.contains(&waiting.pair) && self.waits(&self.store.view(), &waiting)? {
                    self.shown += 1;
                    return Ok(Some(waiting));
                }
            }
            // What was said may have parted persons, and there may be more than were found at once.
            if self.settings.work != Work::First || self.shown == 0 {
                return Ok(None);
            }
            self.fill()?;
            if self.waiting.is_empty() {
                return Ok(None);
            }
        }
    }

    fn waits(&self, view: &View<'_>, waiting: &Waiting) -> anyhow::Result<bool> {
        Ok(match waiting.of {
            None => is_waiting(view, self.engine, waiting.pair)?,
            Some(of) => {
                let verdict = view.verdict(waiting.pair.0, waiting.pair.1)?;
                verdict.is_some_and(|verdict| verdict.since == of)
            }
        })
    }

    /// Takes away the pairs that earlier answers have decided with others.
    fn drop_decided(&mut self) -> anyhow::Result<()> {
        let view = self.store.view();
        let mut waiting = std::mem::take(&mut self.waiting);
        let mut kept = VecDeque::with_capacity(waiting.len());
        while let Some(pair) = waiting.pop_front() {
            if self.waits(&view, &pair)? {
                kept.push_back(pair);
            }
        }
        self.waiting = kept;
        Ok(())
    }

    /// Shows a pair, and notes that it was looked at; `None` if its records have gone.
    fn show(&mut self, waiting: Waiting) -> anyhow::Result<Option<Shown>> {
        let view = self.store.view();
        let as_of = self.settings.recording.as_of;
        let Some(beside) = beside(&view, self.engine, waiting.pair, as_of)? else {
            return Ok(None);
        };
        let known = Known {
            evidence: match self.settings.blind {
                true => None,
                false => self.evidence(&view, &beside)?,
            },
            said: match self.settings.work == Work::Third && !self.settings.blind {
                true => said_of(&view, waiting.pair)?,
                false => Vec::new(),
            },
        };
        let names = beside
            .records
            .each_ref()
            .map(|record| record.record.clone());
        let shown = Shown {
            waiting,
            names,
            beside,
            known,
        };
        self.store.note_look(&Look {
            at: now(),
            actor: self.settings.recording.actor.clone(),
            what: match self.settings.blind {
                true => "review --blind".to_string(),
                false => "review".to_string(),
            },
            purpose: self.settings.purpose.clone(),
            query: String::new(),
            shown: shown
                .beside
                .keys
                .iter()
                .map(|key| key.0.to_string())
                .collect(),
            unmasked: true,
        })?;
        match self.settings.json {
            true => self.print_json(&self.pair_as_json(&shown))?,
            false => self.draw(&shown)?,
        }
        Ok(Some(shown))
    }

    fn evidence(
        &self,
        view: &View<'_>,
        beside: &Beside,
    ) -> anyhow::Result<Option<(yiren::explain::Explained, WhyThresholds)>> {
        let [a, b] = beside.keys;
        let thresholds = &self.engine.scorer.model().parts().thresholds;
        let thresholds = WhyThresholds {
            review: thresholds.review.0,
            link: thresholds.link.0,
        };
        let explained = explain_stored(view, self.engine, a, b)?;
        Ok(explained.map(|explained| (explained, thresholds)))
    }
}

/// What the first and the second reader said of a pair, for a third.
fn said_of(view: &View<'_>, (a, b): Pair) -> anyhow::Result<Vec<(String, OpinionKind, String)>> {
    let verdict = view.verdict(a, b)?.context("the verdict has gone")?;
    let kind = match verdict.kind {
        VerdictKind::MustLink => OpinionKind::Same,
        VerdictKind::CannotLink => OpinionKind::Different,
        VerdictKind::Withdrawn => OpinionKind::Withdrawn,
    };
    let mut said = vec![(verdict.by.to_string(), kind, verdict.why.to_string())];
    for opinion in view.opinions(a, b)? {
        if opinion.reading == OpinionReading::Second {
            said.retain(|(by, ..)| **by != *opinion.by);
            if opinion.kind != OpinionKind::Withdrawn {
                said.push((
                    opinion.by.to_string(),
                    opinion.kind,
                    opinion.why.to_string(),
                ));
            }
        }
    }
    Ok(said)
}
