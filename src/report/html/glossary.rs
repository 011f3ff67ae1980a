//! The words of the field, one sentence each.

use super::page::Page;

/// Which page the glossary is for.
#[derive(Copy, Clone, PartialEq)]
pub(super) enum Terms {
    /// What the page of a sweep uses.
    Sweep,
    /// What the page of an evaluation uses.
    Evaluation,
}

/// Writes the glossary.
pub(super) fn glossary(page: &mut Page, terms: Terms) {
    page.section("glossary", "名词解释", "Glossary", |markup| {
        markup.raw("<dl class=\"terms\">\n");
        for term in TERMS.iter().filter(|term| term.on.contains(&terms)) {
            let ((zh, zh_meaning), (en, en_meaning)) = (term.zh, term.en);
            markup.raw("<dt>");
            markup.both(zh, en);
            // The other language's word stands below, for whoever works in both.
            markup.raw("<small>");
            markup.both(en, zh);
            markup.raw("</small></dt>");
            markup.labelled("dd", &[], zh_meaning, en_meaning);
            markup.raw("\n");
        }
        markup.raw("</dl>\n");
    });
}

struct Term {
    on: &'static [Terms],
    zh: (&'static str, &'static str),
    en: (&'static str, &'static str),
}

const SWEEP: &[Terms] = &[Terms::Sweep];
const EVALUATION: &[Terms] = &[Terms::Evaluation];
const BOTH: &[Terms] = &[Terms::Sweep, Terms::Evaluation];

const TERMS: &[Term] = &[
    Term {
        on: BOTH,
        zh: ("记录", "某个来源中关于一个人的一行资料。"),
        en: ("Record", "One row about a person in one source."),
    },
    Term {
        on: SWEEP,
        zh: (
            "项目",
            "发放待遇的救助项目，如低保；其中的记录表示享受待遇。",
        ),
        en: (
            "Programme",
            "A scheme that enrols people, such as Dibao; its records are enrolments.",
        ),
    },
    Term {
        on: SWEEP,
        zh: (
            "登记",
            "用来核对的名册，如死亡登记；其中的记录只是证据，不是待遇。",
        ),
        en: (
            "Register",
            "A list that is checked against, such as deaths; its records are evidence, never an enrolment.",
        ),
    },
    Term {
        on: BOTH,
        zh: ("实体（人）", "系统判断属于同一个人的一组记录。"),
        en: (
            "Entity",
            "The records that the engine takes to be of one person.",
        ),
    },
    Term {
        on: SWEEP,
        zh: (
            "分块规则",
            "挑选哪些记录对值得比较的条件，如姓名读音与出生年份相同。",
        ),
        en: (
            "Blocking rule",
            "What two records must share to be compared at all, such as the sound of the name and the year of birth.",
        ),
    },
    Term {
        on: SWEEP,
        zh: (
            "候选记录对",
            "至少符合一条分块规则、因而被逐项比较的两条记录。",
        ),
        en: (
            "Candidate pair",
            "Two records that meet at least one blocking rule and so are compared.",
        ),
    },
    Term {
        on: SWEEP,
        zh: (
            "比较与比较结果",
            "对一项内容（如姓名）的比较，及其落在的一档：相同、读音相同、字形相近、不同等。",
        ),
        en: (
            "Comparison and level",
            "One thing compared, such as the name, and the level it is on: equal, same sound, similar shape, different, and so on.",
        ),
    },
    Term {
        on: SWEEP,
        zh: ("m 概率", "两条记录属于同一人时，出现某一比较结果的概率。"),
        en: (
            "m probability",
            "How often a level is met if the two records are one person.",
        ),
    },
    Term {
        on: SWEEP,
        zh: (
            "u 概率",
            "两条记录属于两个陌生人时，出现某一比较结果的概率。",
        ),
        en: (
            "u probability",
            "How often a level is met if the two records are two strangers.",
        ),
    },
    Term {
        on: BOTH,
        zh: (
            "匹配权重",
            "证据的分量，以比特计：每多一比特，“同一人”的比数翻一倍；各项相加。",
        ),
        en: (
            "Match weight",
            "The weight of evidence in bits: each bit doubles the odds that it is one person; weights add up.",
        ),
    },
    Term {
        on: SWEEP,
        zh: (
            "先验概率",
            "还没有作任何比较时，随意两条记录属于同一人的概率。",
        ),
        en: (
            "Prior",
            "The probability that two records are one person before anything is compared.",
        ),
    },
    Term {
        on: SWEEP,
        zh: ("匹配概率", "比较全部内容之后，两条记录属于同一人的概率。"),
        en: (
            "Match probability",
            "The probability that two records are one person after everything is compared.",
        ),
    },
    Term {
        on: SWEEP,
        zh: (
            "竞争假设",
            "对相似之处的另一种解释，如两条记录属于一家人而不是一个人。",
        ),
        en: (
            "Rival hypothesis",
            "Another reason why two records look alike, such as two members of one family.",
        ),
    },
    Term {
        on: SWEEP,
        zh: (
            "词频调整",
            "常见姓名相同说明不了什么，罕见姓名相同说明很多：权重按姓名的常见程度调整。",
        ),
        en: (
            "Term-frequency adjustment",
            "To share a common name says little, to share a rare one much: the weight follows how common the value is.",
        ),
    },
    Term {
        on: SWEEP,
        zh: ("关联", "权重达到上阈值、判为同一人的记录对。"),
        en: (
            "Link",
            "A pair of records taken to be one person, since its weight reaches the upper threshold.",
        ),
    },
    Term {
        on: SWEEP,
        zh: ("人工审核", "证据不足以自动判定、交由工作人员查看的记录对。"),
        en: (
            "Clerical review",
            "Pairs on which the evidence does not suffice, left to an officer.",
        ),
    },
    Term {
        on: SWEEP,
        zh: ("线索", "按规则值得核实的情况；是提请核实，不是认定违规。"),
        en: (
            "Finding",
            "What the rules say should be looked into; a request to check, not a verdict of wrongdoing.",
        ),
    },
    Term {
        on: EVALUATION,
        zh: ("精确率", "判为同一人的记录对中，确实是同一人的比例。"),
        en: (
            "Precision",
            "Of the pairs taken to be one person, the part that is.",
        ),
    },
    Term {
        on: EVALUATION,
        zh: ("召回率", "确实是同一人的记录对中，被找到的比例。"),
        en: (
            "Recall",
            "Of the pairs that are one person, the part that was found.",
        ),
    },
    Term {
        on: EVALUATION,
        zh: ("F1", "精确率与召回率的调和平均。"),
        en: ("F1", "The harmonic mean of precision and recall."),
    },
    Term {
        on: EVALUATION,
        zh: (
            "校准",
            "概率与真实比例是否相符：概率为 0.9 的记录对，应当十对中有九对是同一人。",
        ),
        en: (
            "Calibration",
            "Whether probabilities agree with the truth: of pairs with 0.9, nine in ten should be one person.",
        ),
    },
    Term {
        on: EVALUATION,
        zh: (
            "期望校准误差",
            "把记录对按概率分组，各组概率与真实比例之差的平均；0 为完全准确。",
        ),
        en: (
            "Expected calibration error",
            "The mean distance between probability and true share over groups of pairs; 0 is perfect.",
        ),
    },
    Term {
        on: EVALUATION,
        zh: (
            "Brier 分数与对数损失",
            "概率离真值（0 或 1）多远：前者取差的平方，后者取真值令人意外的程度（比特）；越小越好，且重罚说得过满而说错者。",
        ),
        en: (
            "Brier score and log loss",
            "How far probabilities are from the truth, 0 or 1: the one squares the distance, the other takes the surprise in bits; the smaller the better, and what is sure and wrong costs most.",
        ),
    },
    Term {
        on: EVALUATION,
        zh: (
            "95% 区间",
            "由这些记录对推断的比例可能的范围；对数越少越宽。",
        ),
        en: (
            "95% interval",
            "What the share may be, as far as so many pairs can tell; the fewer, the wider.",
        ),
    },
    Term {
        on: EVALUATION,
        zh: ("阈值", "权重达到多少才判为同一人。"),
        en: (
            "Threshold",
            "The weight from which a pair is taken to be one person.",
        ),
    },
];
