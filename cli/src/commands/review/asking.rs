//! Where answers come from: one key at a terminal, else lines.

use std::io::{self, BufRead, IsTerminal, StdinLock};

use console::{Key, Term};
use yiren::store::OpinionKind;

use super::answers::{self, Answer, reasons};
use crate::language::Language;

/// Where answers come from.
pub enum Asking {
    /// Keys of a terminal; what asks for them is written to it and not among the data.
    Keys(Term),
    /// Lines of something else.
    Lines(StdinLock<'static>),
}

/// What was answered.
pub enum Heard {
    /// That.
    Answer(Answer),
    /// A line that is no answer.
    Unknown(String),
}

impl Asking {
    /// Keys, if both what is read and what is asked on is a terminal.
    pub fn new() -> Asking {
        let term = Term::stderr();
        match io::stdin().is_terminal() && term.is_term() {
            true => Asking::Keys(term),
            false => Asking::Lines(io::stdin().lock()),
        }
    }

    /// Whether it is a person at a terminal.
    pub fn is_person(&self) -> bool {
        matches!(self, Asking::Keys(_))
    }

    /// The next answer; the end of the input is one too.
    pub fn answer(&mut self, blind: bool, language: Language) -> io::Result<Heard> {
        match self {
            Asking::Keys(term) => {
                term.write_line(answers::keys(blind, language))?;
                loop {
                    let answer = match term.read_key()? {
                        // What Ctrl-D sends: the end of the input.
                        Key::Char('\u{4}') => Some(Answer::Quit),
                        Key::Char(key) => answers::of_key(key),
                        _ => None,
                    };
                    if let Some(answer) = answer {
                        return Ok(Heard::Answer(answer));
                    }
                }
            }
            Asking::Lines(lines) => loop {
                let mut bytes = Vec::new();
                if lines.read_until(b'\n', &mut bytes)? == 0 {
                    return Ok(Heard::Answer(Answer::Quit));
                }
                let line = String::from_utf8_lossy(&bytes);
                let line = line.trim();
                if line.is_empty() {
                    continue;
                }
                return Ok(match answers::of_line(line, language) {
                    Some(answer) => Heard::Answer(answer),
                    None => Heard::Unknown(line.to_string()),
                });
            },
        }
    }

    /// Why, for an answer that came without a reason: the first standard one unless a person says
    /// otherwise; `None` if they go back.
    pub fn reason(&mut self, kind: OpinionKind, language: Language) -> io::Result<Option<String>> {
        let standard = reasons(kind);
        let word = |number: usize| {
            let wording = standard.get(number);
            wording.map(|(zh, en)| language.pick(zh, en).to_string())
        };
        let Asking::Keys(term) = self else {
            return Ok(word(0));
        };
        let said = answers::said(kind, language);
        term.write_line(&match language {
            Language::Zh => format!("{said}，理由："),
            Language::En => format!("{said}, because"),
        })?;
        for (number, (zh, en)) in standard.iter().enumerate() {
            term.write_line(&format!("  {}  {}", number + 1, language.pick(zh, en)))?;
        }
        term.write_line(language.pick(
            "  回车 取 1    t 自己写    Esc 返回",
            "  Enter takes 1    t write it    Esc back",
        ))?;
        loop {
            match term.read_key()? {
                Key::Enter => return Ok(word(0)),
                Key::Escape | Key::Backspace => return Ok(None),
                Key::Char('t' | 'T' | 'n' | 'N') => {
                    let text = self.text(language)?;
                    return Ok(Some(text).filter(|text| !text.is_empty()));
                }
                Key::Char(digit) => {
                    let number = digit.to_digit(10).and_then(|digit| digit.checked_sub(1));
                    if let Some(word) = number.and_then(|number| word(number as usize)) {
                        return Ok(Some(word));
                    }
                }
                _ => {}
            }
        }
    }

    /// A reason in the person's own words; empty of lines, where it comes with the answer.
    pub fn text(&mut self, language: Language) -> io::Result<String> {
        match self {
            Asking::Lines(_) => Ok(String::new()),
            Asking::Keys(term) => {
                term.write_str(language.pick("理由（回车结束）：", "reason (Enter ends it): "))?;
                let text = term.read_line()?;
                Ok(text.trim().to_string())
            }
        }
    }

    /// Waits until a person has read what is on the screen.
    pub fn pause(&mut self, language: Language) -> io::Result<()> {
        if let Asking::Keys(term) = self {
            term.write_line(language.pick("按任意键返回", "any key goes back"))?;
            term.read_key()?;
        }
        Ok(())
    }
}
