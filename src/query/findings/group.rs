//! Findings counted by what they have in common.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::Listed;

/// What findings are counted by.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupBy {
    /// The county of the office of each record: six digits, or empty if it is not known.
    County,
    /// The programme or register of each record.
    Programme,
    /// The kind.
    Kind,
    /// What people made of it.
    Status,
    /// Who works on it; empty if nobody does.
    Assignee,
    /// The severity.
    Severity,
}

/// What findings come to.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// How many.
    pub findings: u64,
    /// Their months.
    pub months: u64,
    /// Their amounts, in hundredths of a yuan.
    pub amount: i64,
}

/// Findings of one group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GroupRow {
    /// What they have in common, in the order asked for.
    pub keys: Vec<String>,
    /// What they come to.
    #[serde(flatten)]
    pub tally: Tally,
}

/// Findings by group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Grouped {
    /// What they are counted by.
    pub by: Vec<GroupBy>,
    /// All of them. A finding between two counties or programmes is in the group of each, so that groups
    /// may add up to more.
    #[serde(flatten)]
    pub total: Tally,
    /// The groups, by their keys.
    pub groups: Vec<GroupRow>,
}

/// Findings while they are counted.
#[derive(Clone, Debug)]
pub struct Grouping {
    by: Vec<GroupBy>,
    total: Tally,
    groups: BTreeMap<Vec<String>, Tally>,
}

impl Tally {
    /// Adds a finding.
    pub fn add(&mut self, finding: &Listed) {
        self.findings += 1;
        self.months += u64::from(finding.months);
        self.amount = self.amount.saturating_add(finding.amount);
    }
}

impl GroupBy {
    /// The groups that a finding is in.
    fn keys(self, finding: &Listed) -> BTreeSet<String> {
        let of_records = |values: &[String; 2], shorten: &dyn Fn(&str) -> String| {
            let second = !finding.b.is_empty();
            let values = values.iter().take(1 + usize::from(second));
            values.map(|value| shorten(value)).collect()
        };
        match self {
            GroupBy::County => {
                of_records(&finding.offices, &|office| office.chars().take(6).collect())
            }
            GroupBy::Programme => of_records(&finding.programmes, &str::to_string),
            GroupBy::Kind => [finding.kind.clone()].into(),
            GroupBy::Status => [finding.status.name().to_string()].into(),
            GroupBy::Assignee => [finding.assignee.clone()].into(),
            GroupBy::Severity => [finding.severity.clone()].into(),
        }
    }
}

impl Grouping {
    /// None counted yet.
    pub fn new(by: Vec<GroupBy>) -> Grouping {
        Grouping {
            by,
            total: Tally::default(),
            groups: BTreeMap::new(),
        }
    }

    /// Counts one.
    pub fn add(&mut self, finding: &Listed) {
        self.total.add(finding);
        let mut keys = vec![Vec::new()];
        for by in &self.by {
            let found = by.keys(finding);
            let longer = keys.iter().flat_map(|key: &Vec<String>| {
                found.iter().map(move |more| {
                    let mut key = key.clone();
                    key.push(more.clone());
                    key
                })
            });
            keys = longer.collect();
        }
        for key in keys {
            self.groups.entry(key).or_default().add(finding);
        }
    }

    /// What was counted.
    pub fn finish(self) -> Grouped {
        let groups = self.groups.into_iter();
        Grouped {
            by: self.by,
            total: self.total,
            groups: groups
                .map(|(keys, tally)| GroupRow { keys, tally })
                .collect(),
        }
    }
}
