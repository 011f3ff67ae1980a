//! Whether the errors fall on all alike: accuracy by sex, age, ethnicity, region and source.
//!
//! A person belongs to the group that most of their records name (the first in order if two are
//! named as often), so that a record that leaves the sex out still counts for its person. A true
//! pair counts for its person's group; a false link of two persons counts for the group of
//! either, once if they are the same.

mod attribute;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use yiren_matchers::normalise::date::Date;

use super::MISSING;
use crate::report::interval::Share;
use crate::report::matching::{Matching, Truth, pairs_of};
use crate::report::words::{Text, name_of};
use attribute::{Attribute, UNKNOWN, attributes};

/// Pairs that a rate must rest on before groups are held against each other by it.
const LEAST: u64 = 30;

/// Accuracy by group, over records whose person is known.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Groups {
    /// Day that ages are counted to; empty if no age was asked for.
    pub as_of: String,
    /// One list of groups a question.
    pub by: Vec<Grouping>,
    /// Questions that cannot be asked of these records.
    pub left_out: Vec<LeftOut>,
}

/// A question that cannot be asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LeftOut {
    /// `sex`, `age`, `ethnicity` or `region`.
    pub by: String,
    /// `not_in_model` if the model has no such field, `not_in_data` if no record says.
    pub reason: String,
}

/// All groups of one kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Grouping {
    /// `sex`, `age`, `ethnicity`, `region`, `source` or `source_pair`.
    pub by: String,
    /// The widest difference of recall between two groups of at least 30 true pairs each.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recall_gap: Option<Gap>,
    /// The widest difference of precision between two groups of at least 30 claimed pairs each.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precision_gap: Option<Gap>,
    /// The groups, in their own order.
    pub groups: Vec<Group>,
}

/// How far the best and the worst group are apart. The unknown are no group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Gap {
    /// Place of the worst group in [`Grouping::groups`].
    pub lowest: usize,
    /// Place of the best.
    pub highest: usize,
    /// Whether their 95 % intervals have nothing in common, so that chance alone does not
    /// explain the difference.
    pub clear: bool,
}

/// The accuracy of one group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Group {
    /// Code of the group, for programs.
    pub group: String,
    /// What a person reads.
    pub label: Text,
    /// Persons of the group; of two sources, persons on file in both.
    pub persons: u64,
    /// Pairs of records that are one person.
    pub true_pairs: u64,
    /// Of these, pairs in one entity.
    pub found: u64,
    /// Pairs in one entity that are two persons, at least one of them of the group.
    pub wrong: u64,
    /// Found among found and wrong.
    pub precision: Share,
    /// Found among true.
    pub recall: Share,
}

impl Group {
    fn finish(mut self) -> Group {
        self.precision = Share::of(self.found, self.found + self.wrong);
        self.recall = Share::of(self.found, self.true_pairs);
        self
    }
}

impl Grouping {
    fn new(by: &str, groups: Vec<Group>) -> Grouping {
        let groups: Vec<Group> = groups.into_iter().map(Group::finish).collect();
        Grouping {
            by: by.to_string(),
            recall_gap: gap(&groups, |group| group.true_pairs, |group| group.recall),
            precision_gap: gap(
                &groups,
                |group| group.found + group.wrong,
                |group| group.precision,
            ),
            groups,
        }
    }

    /// What a person calls the question.
    pub fn label(&self) -> Text {
        question(&self.by)
    }
}

/// What a person calls a question.
pub(in crate::report) fn question(by: &str) -> Text {
    match by {
        "age" => Text::new("年龄", "Age"),
        "region" => Text::new("省份", "Province"),
        "source" => Text::new("来源", "Source"),
        "source_pair" => Text::new("两个来源之间", "Between two sources"),
        other => name_of(other),
    }
}

fn gap(
    groups: &[Group],
    pairs: impl Fn(&Group) -> u64,
    share: impl Fn(&Group) -> Share,
) -> Option<Gap> {
    let compared = groups
        .iter()
        .enumerate()
        .filter(|(_, group)| pairs(group) >= LEAST && group.group != UNKNOWN);
    let mut places: Vec<usize> = compared.map(|(place, _)| place).collect();
    places.sort_by(|&x, &y| {
        let (x, y) = (share(&groups[x]).value, share(&groups[y]).value);
        x.total_cmp(&y)
    });
    let (&lowest, &highest) = (places.first()?, places.last()?);
    (places.len() > 1).then(|| Gap {
        lowest,
        highest,
        clear: share(&groups[lowest]).is_apart_from(&share(&groups[highest])),
    })
}

/// Records of one entity and one person.
struct Cell {
    entity: u32,
    person: u32,
    records: Vec<u32>,
}

/// All records of known person, by entity and person.
fn cells(entity_of: &[u32], truth: &Truth) -> Vec<Cell> {
    let mut places: Vec<(u32, u32, u32)> = entity_of
        .iter()
        .zip(&truth.person_of)
        .zip(0..)
        .filter(|((_, person), _)| **person != MISSING)
        .map(|((&entity, &person), record)| (entity, person, record))
        .collect();
    places.sort_unstable();
    places
        .chunk_by(|x, y| (x.0, x.1) == (y.0, y.1))
        .map(|cell| Cell {
            entity: cell[0].0,
            person: cell[0].1,
            records: cell.iter().map(|&(_, _, record)| record).collect(),
        })
        .collect()
}

impl Groups {
    /// Accuracy by every question that the model's fields can answer. Ages are those of `as_of`.
    /// Costs about as much as sorting the records.
    pub fn of(matching: &Matching<'_>, truth: &Truth, as_of: Date) -> Groups {
        let cells = cells(matching.entity_of, truth);
        let mut groups = Groups::default();
        for found in attributes(matching, as_of) {
            match found {
                Ok(attribute) => {
                    if attribute.by == "age" {
                        groups.as_of = as_of.to_string();
                    }
                    let by_group = by_person(&cells, truth, &attribute);
                    groups.by.push(Grouping::new(attribute.by, by_group));
                }
                Err(left_out) => groups.left_out.push(left_out),
            }
        }
        let sources: Vec<u32> = (0..matching.table.len())
            .map(|record| u32::from(matching.table.enrolments[record].source))
            .collect();
        let (by_source, by_pair) = by_source(&cells, truth, &sources, &matching.table.sources);
        groups.by.push(Grouping::new("source", by_source));
        groups.by.push(Grouping::new("source_pair", by_pair));
        groups
    }
}

/// Accuracy by a property of persons.
fn by_person(cells: &[Cell], truth: &Truth, attribute: &Attribute) -> Vec<Group> {
    let group_of: Vec<Option<u32>> = truth
        .members
        .iter()
        .map(|members| commonest(members.iter().map(|&record| attribute.of[record as usize])))
        .collect();
    let names = attribute.names(&group_of, truth);
    let place = |person: u32| names.place_of[&group_of[person as usize]];
    let mut groups = names.groups;
    for (person, members) in truth.members.iter().enumerate() {
        let group = &mut groups[place(person as u32)];
        group.persons += 1;
        group.true_pairs += pairs_of(members.len() as u64);
    }
    for entity in cells.chunk_by(|x, y| x.entity == y.entity) {
        // (group, records, pairs of one person) of each person in the entity, by group.
        let mut persons: Vec<(usize, u64, u64)> = entity
            .iter()
            .map(|cell| {
                let records = cell.records.len() as u64;
                (place(cell.person), records, pairs_of(records))
            })
            .collect();
        persons.sort_unstable();
        let records: u64 = persons.iter().map(|person| person.1).sum();
        let right: u64 = persons.iter().map(|person| person.2).sum();
        let wrong = pairs_of(records) - right;
        for of_group in persons.chunk_by(|x, y| x.0 == y.0) {
            let here: u64 = of_group.iter().map(|person| person.1).sum();
            let right_here: u64 = of_group.iter().map(|person| person.2).sum();
            let elsewhere = pairs_of(records - here) - (right - right_here);
            let group = &mut groups[of_group[0].0];
            group.found += right_here;
            group.wrong += wrong - elsewhere;
        }
    }
    groups
}

/// The commonest of the known values, the smallest of those that are as common; `None` if none is known.
fn commonest(values: impl Iterator<Item = Option<u32>>) -> Option<u32> {
    let mut counts: BTreeMap<u32, u32> = BTreeMap::new();
    for value in values.flatten() {
        *counts.entry(value).or_default() += 1;
    }
    let best = counts
        .iter()
        .max_by_key(|&(value, count)| (*count, std::cmp::Reverse(*value)));
    best.map(|(&value, _)| value)
}

/// Pairs of records by the two sources that they are of, the lower source first.
type BySources = BTreeMap<(u32, u32), u64>;

/// Adds the pairs among records of these sources.
fn add_pairs(sum: &mut BySources, sources: impl Iterator<Item = u32>) {
    let mut counts: BTreeMap<u32, u64> = BTreeMap::new();
    for source in sources {
        *counts.entry(source).or_default() += 1;
    }
    for (&a, &count) in &counts {
        if count > 1 {
            *sum.entry((a, a)).or_default() += pairs_of(count);
        }
        for (&b, &other) in counts.range(a + 1..) {
            *sum.entry((a, b)).or_default() += count * other;
        }
    }
}

/// Accuracy by source, and by the two sources of a pair.
fn by_source(
    cells: &[Cell],
    truth: &Truth,
    sources: &[u32],
    names: &[String],
) -> (Vec<Group>, Vec<Group>) {
    let source = |&record: &u32| sources[record as usize];
    let (mut truly, mut found, mut claimed) =
        (BySources::new(), BySources::new(), BySources::new());
    let (mut persons, mut alone): (BySources, BTreeMap<u32, u64>) = Default::default();
    for members in &truth.members {
        add_pairs(&mut truly, members.iter().map(source));
        let mut here = BySources::new();
        add_pairs(&mut here, members.iter().map(source));
        here.keys()
            .for_each(|pair| *persons.entry(*pair).or_default() += 1);
        let mut of: Vec<u32> = members.iter().map(source).collect();
        of.sort_unstable();
        of.dedup();
        of.iter()
            .for_each(|one| *alone.entry(*one).or_default() += 1);
    }
    for entity in cells.chunk_by(|x, y| x.entity == y.entity) {
        for cell in entity {
            add_pairs(&mut found, cell.records.iter().map(source));
        }
        add_pairs(
            &mut claimed,
            entity.iter().flat_map(|cell| &cell.records).map(source),
        );
    }
    let label = |source: u32| name_of(&names[source as usize]);
    let mut by_pair = Vec::new();
    let mut by_source: BTreeMap<u32, Group> = BTreeMap::new();
    for (&source, &persons) in &alone {
        let group = Group {
            group: names[source as usize].clone(),
            label: label(source),
            persons,
            ..Group::default()
        };
        by_source.insert(source, group);
    }
    let mut pairs: Vec<(u32, u32)> = truly.keys().chain(claimed.keys()).copied().collect();
    pairs.sort_unstable();
    pairs.dedup();
    for pair in pairs {
        let of = |sum: &BySources| sum.get(&pair).copied().unwrap_or(0);
        let (one, other) = (label(pair.0), label(pair.1));
        let group = Group {
            group: format!("{}-{}", names[pair.0 as usize], names[pair.1 as usize]),
            label: Text::new(
                format!("{} – {}", one.zh, other.zh),
                format!("{} – {}", one.en, other.en),
            ),
            persons: of(&persons),
            true_pairs: of(&truly),
            found: of(&found),
            wrong: of(&claimed) - of(&found),
            ..Group::default()
        };
        let mut ends = vec![pair.0, pair.1];
        ends.dedup();
        for end in ends {
            if let Some(sum) = by_source.get_mut(&end) {
                sum.true_pairs += group.true_pairs;
                sum.found += group.found;
                sum.wrong += group.wrong;
            }
        }
        by_pair.push(group);
    }
    (by_source.into_values().collect(), by_pair)
}

#[cfg(test)]
mod tests;
