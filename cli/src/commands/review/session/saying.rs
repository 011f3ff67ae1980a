//! What a session records, each answer on the disk before the next pair is shown.

use serde_json::json;
use yiren::resolve::{Contradiction, Judgement, Recording, ResolveError, give_verdict};
use yiren::review::{Thought, Waiting, give_opinion};
use yiren::store::{OpinionKind, OpinionReading, VerdictKind};

use super::{Next, Session, Shown, What, Work};
use crate::commands::recording::now;
use crate::commands::review::answers;
use crate::language::Language;
use crate::store_messages::contradiction;

impl Session<'_> {
    /// Records what the reader says of a pair; on the disk when this returns.
    pub(super) fn say(
        &mut self,
        shown: &Shown,
        kind: OpinionKind,
        why: &str,
    ) -> anyhow::Result<Next> {
        let verdict = match kind {
            OpinionKind::Same => Some(VerdictKind::MustLink),
            OpinionKind::Different => Some(VerdictKind::CannotLink),
            OpinionKind::Unsure | OpinionKind::Withdrawn => None,
        };
        let pair = shown.waiting.pair;
        let before = self.store.view().verdict(pair.0, pair.1)?;
        let before = before.map_or(VerdictKind::Withdrawn, |verdict| verdict.kind);
        let (reading, verdict) = match self.settings.work {
            Work::First => (OpinionReading::First, verdict),
            // A second reading decides nothing.
            Work::Second(_) => (OpinionReading::Second, None),
            // Whom a third finds right, if it is the first, is noted; the verdict stands.
            Work::Third => (
                OpinionReading::Third,
                verdict.filter(|verdict| *verdict != before),
            ),
        };
        let what = match verdict {
            Some(_) => What::Verdict(kind, before),
            None => What::Opinion(reading, kind),
        };
        let commit = match verdict {
            Some(verdict) => match self.give(&shown.names, verdict, why)? {
                Ok(commit) => commit,
                Err(refused) => return self.refuse(&shown.names, &refused),
            },
            None => self.think(&shown.waiting, reading, kind, why)?,
        };
        // Neither this reader nor this session has to do with it any more.
        self.left.insert(pair);
        self.remember(shown, what);
        let said = answers::said(kind, self.settings.language);
        let text = match self.settings.language {
            Language::Zh => format!("已记录：{said}（第 {commit} 次提交）"),
            Language::En => format!("recorded: {said} (commit {commit})"),
        };
        let more = json!({ "said": kind.name(), "why": why, "commit": commit });
        self.tell("recorded", &shown.names, more, text)?;
        if verdict.is_some() {
            self.drop_decided()?;
        }
        Ok(Next::Pair)
    }

    /// Gives a verdict; the inner error is what earlier ones say against it.
    fn give(
        &self,
        names: &[String; 2],
        kind: VerdictKind,
        why: &str,
    ) -> anyhow::Result<Result<u64, Box<Contradiction>>> {
        let [a, b] = names.each_ref().map(|name| {
            let (source, id) = name.split_once(':').unwrap_or((name, ""));
            (source.to_string(), id.to_string())
        });
        let why = why.to_string();
        let judgement = Judgement { a, b, kind, why };
        match give_verdict(self.store, self.engine, &judgement, &self.recording()) {
            Err(ResolveError::Contradiction(refused)) => Ok(Err(refused)),
            given => {
                // Where that was said before there is no new commit.
                let last = self.store.view().commit()?.0;
                Ok(Ok(given?.commit.unwrap_or(last)))
            }
        }
    }

    /// Notes an opinion.
    fn think(
        &self,
        waiting: &Waiting,
        reading: OpinionReading,
        kind: OpinionKind,
        why: &str,
    ) -> anyhow::Result<u64> {
        let thought = Thought {
            pair: waiting.pair,
            reading,
            kind,
            of: waiting.of,
            why: why.to_string(),
        };
        Ok(give_opinion(self.store, &thought, &self.recording())?)
    }

    fn recording(&self) -> Recording {
        Recording {
            at: now(),
            ..self.settings.recording.clone()
        }
    }

    /// Tells why a verdict was refused; the pair waits for another answer.
    fn refuse(&mut self, names: &[String; 2], refused: &Contradiction) -> anyhow::Result<Next> {
        let language = self.settings.language;
        let text = match language {
            Language::Zh => format!("未记录：{}", contradiction(refused, language)),
            Language::En => format!("not recorded: {}", contradiction(refused, language)),
        };
        let name = |(source, id): &(String, String)| format!("{source}:{id}");
        let more = json!({
            "chain": refused.chain.iter().map(name).collect::<Vec<_>>(),
            "apart": refused.apart.as_ref().map(|apart| apart.each_ref().map(name)),
        });
        self.tell("refused", names, more, text)?;
        Ok(self.same_pair())
    }

    /// Takes the answer before back, and goes back to its pair.
    pub(super) fn undo(&mut self, shown: &Shown) -> anyhow::Result<Next> {
        let language = self.settings.language;
        let Some(done) = self.done.pop() else {
            let text = language.pick(
                "本次还没有可撤销的回答；更早的用 `yiren review A B --undo` 撤回",
                "nothing to undo in this session; take earlier ones back by `yiren review A B --undo`",
            );
            self.tell("nothing_to_undo", &shown.names, json!({}), text.to_string())?;
            return Ok(self.same_pair());
        };
        let why = language.pick("审核时撤销", "taken back in the review");
        let taken_back = |kind: OpinionKind, commit: u64| {
            let said = answers::said(kind, language);
            let text = match language {
                Language::Zh => format!("已撤销：{said}（第 {commit} 次提交）"),
                Language::En => format!("taken back: {said} (commit {commit})"),
            };
            (json!({ "said": kind.name(), "commit": commit }), text)
        };
        let (more, text) = match done.what {
            What::Skipped => {
                let text = language.pick("已回到跳过的一对", "back to what was skipped");
                (json!({}), text.to_string())
            }
            What::Opinion(reading, kind) => {
                let commit = self.think(&done.waiting, reading, OpinionKind::Withdrawn, why)?;
                taken_back(kind, commit)
            }
            What::Verdict(kind, before) => match self.give(&done.names, before, why)? {
                Ok(commit) => taken_back(kind, commit),
                Err(refused) => {
                    let names = done.names.clone();
                    self.done.push(done);
                    return self.refuse(&names, &refused);
                }
            },
        };
        self.left.remove(&done.waiting.pair);
        self.again.push(shown.waiting);
        self.again.push(done.waiting);
        self.tell("taken_back", &done.names, more, text)?;
        Ok(Next::Pair)
    }
}
