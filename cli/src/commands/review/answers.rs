//! What can be answered to a pair, by a key or in a line.

use yiren::store::OpinionKind;

use crate::language::Language;

/// An answer to a pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// They are one person, two, or it cannot be told; and why, if that was said with it.
    Say(OpinionKind, Option<String>),
    /// Not now.
    Skip,
    /// The answer before is taken back.
    Undo,
    /// Why, for the next answer to this pair; `None` if it is still to be asked for.
    Note(Option<String>),
    /// The whole evidence.
    Why,
    /// What the keys do.
    Help,
    /// The end.
    Quit,
}

/// Keys and words of a line that stand for an answer.
const WORDS: [(&[&str], Answer); 9] = [
    (&["s", "same", "同"], Answer::Say(OpinionKind::Same, None)),
    (
        &["d", "different", "异"],
        Answer::Say(OpinionKind::Different, None),
    ),
    (&["u", "unsure"], Answer::Say(OpinionKind::Unsure, None)),
    (&["k", "skip"], Answer::Skip),
    (&["z", "undo"], Answer::Undo),
    (&["n", "note"], Answer::Note(None)),
    (&["w", "why"], Answer::Why),
    (&["?", "h", "help"], Answer::Help),
    (&["q", "quit"], Answer::Quit),
];

/// The answer that a key stands for.
pub fn of_key(key: char) -> Option<Answer> {
    let key = key.to_lowercase().to_string();
    of_word(&key)
}

fn of_word(word: &str) -> Option<Answer> {
    let mut known = WORDS.iter();
    known
        .find(|(words, _)| words.contains(&word))
        .map(|(_, answer)| answer.clone())
}

/// The answer of a line: a key or word, and after it a reason, in words or by the number of a
/// standard one. `None` if it is none.
pub fn of_line(line: &str, language: Language) -> Option<Answer> {
    let line = line.trim();
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = Some(rest.trim()).filter(|rest| !rest.is_empty());
    match (of_word(&word.to_lowercase())?, rest) {
        (Answer::Say(kind, _), Some(reason)) => {
            let standard = reason.parse::<usize>().ok();
            let standard = standard.and_then(|number| reasons(kind).get(number.checked_sub(1)?));
            let reason = standard.map_or(reason, |(zh, en)| language.pick(zh, en));
            Some(Answer::Say(kind, Some(reason.to_string())))
        }
        (Answer::Note(_), rest) => Some(Answer::Note(Some(rest.unwrap_or("").to_string()))),
        (answer, None) => Some(answer),
        // Words after an answer that takes none: not what was meant.
        (_, Some(_)) => None,
    }
}

/// A wording in Chinese and in English.
type Wording = (&'static str, &'static str);

/// The standard reasons of an answer, that which is meant without another first.
pub fn reasons(kind: OpinionKind) -> &'static [Wording] {
    match kind {
        OpinionKind::Same => &[
            (
                "主要项目一致，其余是写法不同",
                "the main columns agree, the rest is spelling",
            ),
            ("其中一条录入有误", "one of them has errors of entry"),
            (
                "信息有变更（迁移、改名、换号）",
                "details changed (moved, renamed, new number)",
            ),
            (
                "已查材料或向本人核实",
                "checked by papers or with the person",
            ),
        ],
        OpinionKind::Different => &[
            ("主要项目不一致", "the main columns differ"),
            ("是亲属或同户", "relatives, or one household"),
            ("是双胞胎或兄弟姐妹", "twins or siblings"),
            ("只是同名", "only the name is the same"),
            ("一号两人（重号或冒用）", "one number held by two people"),
            (
                "已查材料或向本人核实",
                "checked by papers or with the person",
            ),
        ],
        OpinionKind::Unsure => &[
            ("信息不足", "too little to tell"),
            ("信息自相矛盾", "the records contradict themselves"),
            ("须查材料或向本人核实", "papers or the person must be asked"),
        ],
        OpinionKind::Withdrawn => &[],
    }
}

/// What an answer says of a pair, in words.
pub fn said(kind: OpinionKind, language: Language) -> &'static str {
    match kind {
        OpinionKind::Same => language.pick("同一人", "one person"),
        OpinionKind::Different => language.pick("不是同一人", "two people"),
        OpinionKind::Unsure => language.pick("不能确定", "cannot be told"),
        OpinionKind::Withdrawn => language.pick("已撤回", "taken back"),
    }
}

/// The keys, in one line of at most 80 columns.
pub fn keys(blind: bool, language: Language) -> &'static str {
    match (blind, language) {
        (false, Language::Zh) => {
            "s 同一人  d 不是  u 不能确定  k 跳过  z 撤销  n 写理由  w 依据  ? 帮助  q 退出"
        }
        (true, Language::Zh) => {
            "s 同一人  d 不是  u 不能确定  k 跳过  z 撤销  n 写理由  ? 帮助  q 退出"
        }
        (false, Language::En) => {
            "s same  d different  u unsure  k skip  z undo  n note  w why  ? help  q quit"
        }
        (true, Language::En) => {
            "s same  d different  u unsure  k skip  z undo  n note  ? help  q quit"
        }
    }
}

/// What the keys do, at length.
pub fn help(language: Language) -> &'static str {
    language.pick(
        "s  同一人：两条记录归为一人
d  不是同一人：今后不会再自动归为一人
u  不能确定：记入库中，不改变归并；这一对以后排在最后
k  跳过：本次不再出现
z  撤销上一个回答，回到那一对
n  先写理由，再回答这一对
w  全部证据（盲审时不显示）
q  退出；已回答的都已存盘
标记：= 相同  ~ 同值而写法不同  ≠ 不同  · 一方未填；^ 指出不同的字
每个回答都要理由：按数字选一条，回车取第 1 条，t 自己写，Esc 返回",
        "s  same: the two records become one person
d  different: they are never joined again by themselves
u  unsure: kept in the store, joins and parts nothing; the pair comes last from then on
k  skip: not again in this session
z  undo the answer before, and go back to its pair
n  write a reason first, then answer
w  all of the evidence (not in a blind review)
q  quit; what was answered is on the disk
marks: = the same  ~ the same, written otherwise  ≠ differs  · one lacks it; ^ under what differs
Every answer has a reason: a digit takes one, Enter the first, t lets you write, Esc goes back",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_answers() {
        let say = |kind, why: &str| {
            let why = Some(why.to_string()).filter(|why| !why.is_empty());
            Some(Answer::Say(kind, why))
        };
        let cases = [
            ("s", say(OpinionKind::Same, "")),
            (" SAME ", say(OpinionKind::Same, "")),
            (
                "d 2",
                say(OpinionKind::Different, "relatives, or one household"),
            ),
            ("d two cousins", say(OpinionKind::Different, "two cousins")),
            ("d 9", say(OpinionKind::Different, "9")),
            ("d 0", say(OpinionKind::Different, "0")),
            (
                "同 1",
                say(
                    OpinionKind::Same,
                    "the main columns agree, the rest is spelling",
                ),
            ),
            ("unsure", say(OpinionKind::Unsure, "")),
            (
                "n born twice",
                Some(Answer::Note(Some("born twice".to_string()))),
            ),
            ("n", Some(Answer::Note(Some(String::new())))),
            ("?", Some(Answer::Help)),
            ("q", Some(Answer::Quit)),
            ("q now", None),
            ("", None),
            ("x", None),
            ("ss", None),
        ];
        for (line, expected) in cases {
            assert_eq!(of_line(line, Language::En), expected, "{line:?}");
        }
        assert_eq!(of_key('S'), say(OpinionKind::Same, ""));
        assert_eq!(of_key('x'), None);
    }

    #[test]
    fn the_keys_fit_a_narrow_terminal() {
        for language in [Language::Zh, Language::En] {
            for blind in [true, false] {
                assert!(crate::lines::width(keys(blind, language)) <= 80);
            }
            for line in help(language).lines() {
                assert!(crate::lines::width(line) <= 100, "{line}");
            }
        }
    }
}
