//! What keeps two records from sharing a key.

use std::collections::BTreeMap;

use yiren_matchers::blocking::{Key, KeyPart};
use yiren_matchers::model::ModelParts;

use crate::report::words::{Text, name_of};
use crate::table::Table;

/// How two records stand on a key part.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Agrees,
    Differs,
    MissingOnOne,
    MissingOnBoth,
}

/// What a cause is made of: places of rules, or obstacles.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reason {
    Cut(Vec<usize>),
    Stopped(Vec<Obstacle>),
}

/// A field, or one part of it, that two records do not agree on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Obstacle {
    /// Place of the first part in [`Parts::all`].
    pub(super) part: usize,
    /// Whether further parts of the same field were taken in.
    pub(super) whole_field: bool,
    pub(super) missing: bool,
}

/// The distinct parts of all rules, and those of each.
pub(in crate::report) struct Parts<'a> {
    pub(super) model: &'a ModelParts,
    pub(super) all: Vec<&'a KeyPart>,
    /// Places in `all`, a list a rule.
    pub(super) of_rule: Vec<Vec<usize>>,
}

impl<'a> Parts<'a> {
    pub(in crate::report) fn of(model: &'a ModelParts) -> Parts<'a> {
        let mut all: Vec<&KeyPart> = Vec::new();
        let mut place = |part: &'a KeyPart| {
            let known = all.iter().position(|known| known.text() == part.text());
            known.unwrap_or_else(|| {
                all.push(part);
                all.len() - 1
            })
        };
        let rules = model.blocking.iter();
        let of_rule = rules
            .map(|rule| rule.parts.iter().map(&mut place).collect())
            .collect();
        Parts {
            model,
            all,
            of_rule,
        }
    }

    /// Why two records that are no candidate pair are none, in words.
    pub(in crate::report) fn cause(&self, table: &Table, a: u32, b: u32) -> Text {
        let standings = self.standings(table, a, b);
        self.words(&self.reason(&standings))
    }

    pub(super) fn standings(&self, table: &Table, a: u32, b: u32) -> Vec<Standing> {
        let values = |part: &KeyPart, record: u32| {
            let mut found: Vec<Key> = Vec::new();
            part.hashes(
                table.record(record),
                &table.dictionaries,
                &self.model.fields,
                |key| found.push(key),
            );
            found
        };
        let standing = |part: &&KeyPart| {
            let (left, right) = (values(part, a), values(part, b));
            match (left.is_empty(), right.is_empty()) {
                (true, true) => Standing::MissingOnBoth,
                (false, false) if left.iter().any(|key| right.contains(key)) => Standing::Agrees,
                (false, false) => Standing::Differs,
                _ => Standing::MissingOnOne,
            }
        };
        self.all.iter().map(standing).collect()
    }

    /// The rules that no part stops, and so whose block was cut, or else the fewest parts that
    /// stop every rule of several parts: first those that alone stop one, then the part that stops
    /// most of the rules that are left, the earlier one in the model if two stop as many.
    pub(super) fn reason(&self, standings: &[Standing]) -> Reason {
        let stops = |part: &usize| standings[*part] != Standing::Agrees;
        let only_simple = self.of_rule.iter().all(|parts| parts.len() == 1);
        let mut left: Vec<Vec<usize>> = Vec::new();
        let mut cut = Vec::new();
        for (place, parts) in self.of_rule.iter().enumerate() {
            let stopping: Vec<usize> = parts.iter().copied().filter(stops).collect();
            if stopping.is_empty() {
                cut.push(place);
            } else if parts.len() > 1 || only_simple {
                left.push(stopping);
            }
        }
        if !cut.is_empty() {
            return Reason::Cut(cut);
        }
        let alone = left.iter().filter(|parts| parts.len() == 1);
        let mut taken: Vec<usize> = alone.map(|parts| parts[0]).collect();
        loop {
            left.retain(|parts| !parts.iter().any(|part| taken.contains(part)));
            let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
            for &part in left.iter().flatten() {
                *counts.entry(part).or_default() += 1;
            }
            // The last of the maxima in reverse order is the earliest part.
            match counts.iter().rev().max_by_key(|(_, count)| **count) {
                Some((&part, _)) => taken.push(part),
                None => break,
            }
        }
        taken.sort_unstable();
        taken.dedup();
        Reason::Stopped(self.by_field(&taken, standings))
    }

    /// Parts of one field put together; it differs if any of them does.
    fn by_field(&self, parts: &[usize], standings: &[Standing]) -> Vec<Obstacle> {
        let mut obstacles: Vec<Obstacle> = Vec::new();
        for &part in parts {
            let missing = standings[part] != Standing::Differs;
            let fields = self.all[part].fields();
            let known = obstacles
                .iter_mut()
                .find(|known| self.all[known.part].fields() == fields);
            match known {
                Some(known) => {
                    known.whole_field = true;
                    known.missing &= missing;
                }
                None => obstacles.push(Obstacle {
                    part,
                    whole_field: false,
                    missing,
                }),
            }
        }
        obstacles
    }

    pub(super) fn words(&self, reason: &Reason) -> Text {
        match reason {
            Reason::Cut(rules) => {
                let names: Vec<&str> = rules
                    .iter()
                    .map(|&rule| self.model.blocking[rule].name.as_str())
                    .collect();
                Text::new(
                    format!("块过大被拆开：{}", names.join("、")),
                    format!("block over the cap and split: {}", names.join(", ")),
                )
            }
            Reason::Stopped(obstacles) => {
                let list = |is_missing: bool, zh: &str, one: &str, several: &str| {
                    let labels: Vec<Text> = obstacles
                        .iter()
                        .filter(|obstacle| obstacle.missing == is_missing)
                        .map(|obstacle| match obstacle.whole_field {
                            true => self.field_label(self.all[obstacle.part]),
                            false => self.label(self.all[obstacle.part]),
                        })
                        .collect();
                    let en = if labels.len() == 1 { one } else { several };
                    let join = |text: fn(&Text) -> &str, between: &str| {
                        labels.iter().map(text).collect::<Vec<_>>().join(between)
                    };
                    (!labels.is_empty()).then(|| {
                        let zh = format!("{}{zh}", join(|label| &label.zh, "、"));
                        (zh, format!("{} {en}", join(|label| &label.en, ", ")))
                    })
                };
                let said = [
                    list(false, "不同", "differs", "differ"),
                    list(true, "缺失", "missing", "missing"),
                ];
                let (zh, en): (Vec<String>, Vec<String>) = said.into_iter().flatten().unzip();
                Text::new(zh.join("；"), en.join("; "))
            }
        }
    }

    /// What a person calls the fields of a key part.
    fn field_label(&self, part: &KeyPart) -> Text {
        let fields = part.fields().iter();
        let names: Vec<Text> = fields
            .map(|&field| name_of(&self.model.fields[field].column))
            .collect();
        let join = |text: fn(&Text) -> &str, between: &str| {
            names.iter().map(text).collect::<Vec<_>>().join(between)
        };
        Text::new(join(|name| &name.zh, "或"), join(|name| &name.en, " or "))
    }

    /// What a person calls a key part: its fields, and what is taken of them if that is not the
    /// only thing taken.
    pub(super) fn label(&self, part: &KeyPart) -> Text {
        let Text { zh, en } = self.field_label(part);
        let taken = part
            .text()
            .rsplit_once('.')
            .map_or("value", |(_, last)| last);
        let of_field = self
            .all
            .iter()
            .filter(|other| other.fields() == part.fields());
        if taken == "value" && of_field.count() == 1 {
            return Text::new(zh, en);
        }
        let known = TAKEN.iter().find(|(code, _, _)| *code == taken);
        let what = known.map_or_else(|| name_of(taken), |&(_, zh, en)| Text::new(zh, en));
        Text::new(
            format!("{zh}（{}）", what.zh),
            format!("{en} ({})", what.en),
        )
    }
}

/// What a key part takes of a field, in words.
const TAKEN: &[(&str, &str, &str)] = &[
    ("value", "全部", "all of it"),
    ("birth", "其中的出生日期", "birth date in it"),
    ("tail", "末几位", "last digits"),
    ("pinyin", "读音", "sound"),
    ("fuzzy_pinyin", "近似读音", "sound, roughly"),
    ("sorted_pinyin", "读音，不论次序", "sound, in any order"),
    ("surname", "姓", "surname"),
    ("surname_pinyin", "姓的读音", "sound of the surname"),
    ("given", "名", "given name"),
    ("given_pinyin", "名的读音", "sound of the given name"),
    ("year", "年", "year"),
    ("year_month", "年月", "year and month"),
    ("month_day", "月日", "month and day"),
    ("prefecture", "地级", "prefecture"),
    ("county", "县级", "county"),
    ("town", "乡镇", "town"),
    ("village", "村或路", "village or road"),
    ("door", "门牌", "door"),
    ("each", "任一", "any of them"),
    ("prefix1", "首字", "first character"),
    ("prefix2", "前两字", "first two characters"),
    ("prefix3", "前三字", "first three characters"),
    ("prefix4", "前四字", "first four characters"),
    ("words", "任一词", "any word"),
];
