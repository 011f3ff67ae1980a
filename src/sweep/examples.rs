//! Ten worked examples for the report: pairs that show how the engine decides.

use std::io;

use yiren_matchers::comparison::{MISSING, level_of};
use yiren_matchers::model::ModelParts;

use super::Matched;
use crate::report::summary::{Example, RecordName, Verdict};
use crate::report::waterfall::waterfall;
use crate::report::words::Text;
use crate::scoring::ScoredPair;

/// Examples shown.
const EXAMPLES: usize = 10;

/// A kind of pair worth showing.
struct Story {
    zh: &'static str,
    en: &'static str,
    fits: fn(&Sight<'_>) -> bool,
}

/// What a story looks at.
struct Sight<'a> {
    verdict: Verdict,
    pair: &'a ScoredPair,
    parts: &'a ModelParts,
}

impl Sight<'_> {
    /// Whether the comparison of that name came to a level of one of those names.
    fn at(&self, comparison: &str, levels: &[&str]) -> bool {
        let Some(place) = self
            .parts
            .comparisons
            .iter()
            .position(|known| known.name == comparison)
        else {
            return false;
        };
        match level_of(self.pair.score.pattern, place) {
            MISSING => levels.contains(&"missing"),
            level => levels.contains(
                &self.parts.comparisons[place].levels[usize::from(level) - 1]
                    .name
                    .as_str(),
            ),
        }
    }

    fn against(&self, rival: &str) -> bool {
        self.parts.rivals[usize::from(self.pair.score.rival)].name == rival
    }
}

const STORIES: &[Story] = &[
    Story {
        zh: "号码、姓名、生日一致",
        en: "Number, name and birth date agree",
        fits: |s| {
            s.verdict == Verdict::Link
                && s.at("national_id", &["exact"])
                && s.at("name", &["exact"])
                && s.at("birth_date", &["exact"])
        },
    },
    Story {
        zh: "号码相同，姓名写法不同",
        en: "One number, the name written otherwise",
        fits: |s| {
            s.verdict == Verdict::Link
                && s.at("national_id", &["exact"])
                && s.at(
                    "name",
                    &[
                        "same_pinyin",
                        "fuzzy_pinyin",
                        "one_glyph",
                        "unknown_compatible",
                    ],
                )
        },
    },
    Story {
        zh: "号码录错一位",
        en: "A digit of the number mistyped",
        fits: |s| s.verdict == Verdict::Link && s.at("national_id", &["one_edit"]),
    },
    Story {
        zh: "无号码可比",
        en: "No number to go by",
        fits: |s| s.verdict == Verdict::Link && s.at("national_id", &["missing"]),
    },
    Story {
        zh: "出生日期有误",
        en: "A mistaken birth date",
        fits: |s| {
            s.verdict == Verdict::Link
                && s.at(
                    "birth_date",
                    &["lunar", "swapped", "one_digit", "default", "same_year"],
                )
        },
    },
    Story {
        zh: "号码不同，疑为一人两号",
        en: "Two numbers, perhaps one person",
        fits: |s| s.verdict != Verdict::NonLink && s.at("national_id", &["else"]),
    },
    Story {
        zh: "证据不足，请人工判断",
        en: "Not enough to go by: a person decides",
        fits: |s| s.verdict == Verdict::Review,
    },
    Story {
        zh: "疑为亲属，请人工判断",
        en: "Perhaps relatives: a person decides",
        fits: |s| s.verdict == Verdict::Review && s.against("relative"),
    },
    Story {
        zh: "一家人，不是一个人",
        en: "One family, not one person",
        fits: |s| s.verdict == Verdict::NonLink && s.against("relative"),
    },
    Story {
        zh: "同名不同人",
        en: "One name, two persons",
        fits: |s| s.verdict == Verdict::NonLink && s.at("name", &["exact"]),
    },
    Story {
        zh: "两人",
        en: "Two persons",
        fits: |s| s.verdict == Verdict::NonLink,
    },
    Story {
        zh: "一人",
        en: "One person",
        fits: |s| s.verdict == Verdict::Link,
    },
];

/// Up to ten examples, one a story, then further ones; always the first pairs in order that fit.
pub(super) fn choose(matched: &Matched) -> io::Result<Vec<Example>> {
    let parts = matched.scorer.model().parts();
    let mut waiting: Vec<Option<&Story>> = STORIES.iter().map(Some).collect();
    let mut found: Vec<(usize, Example)> = Vec::new();
    for pair in &matched.scored.pairs {
        if found.len() == EXAMPLES {
            break;
        }
        let verdict = matched.verdict(pair);
        let sight = Sight {
            verdict,
            pair,
            parts,
        };
        let fitting = waiting
            .iter()
            .position(|story| story.is_some_and(|story| (story.fits)(&sight)));
        if let Some(story) = fitting
            && let Some(chosen) = waiting[story].take()
        {
            found.push((story, example(matched, pair, verdict, chosen)?));
        }
    }
    found.sort_by_key(|(story, _)| *story);
    Ok(found.into_iter().map(|(_, example)| example).collect())
}

fn example(
    matched: &Matched,
    pair: &ScoredPair,
    verdict: Verdict,
    story: &Story,
) -> io::Result<Example> {
    let table = &matched.loaded.table;
    let name = |record| -> io::Result<RecordName> {
        Ok(RecordName {
            source: table.source(record).to_string(),
            record_id: table.record_id_anywhere(record)?.into_owned(),
        })
    };
    Ok(waterfall(
        table,
        &matched.scorer,
        (pair.a, pair.b),
        [name(pair.a)?, name(pair.b)?],
        verdict,
        Text::new(story.zh, story.en),
    ))
}
