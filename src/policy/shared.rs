//! Rules about numbers and accounts that several hold.

use rustc_hash::{FxHashMap, FxHashSet};

use super::evaluate::{Found, Item, Judge};
use super::finding::Finding;
use super::rule::{FindingKind, Rule};
use crate::record::Enrolment;

/// Records whose numbers are looked at together, about; few in tests, so that they see several shares.
const SHARE: usize = if cfg!(test) { 2 } else { 1 << 21 };

impl Judge<'_> {
    /// ID numbers that several people hold.
    pub(super) fn shared_numbers(&self) -> Found {
        if !self.asks(FindingKind::SharedNationalId) {
            return Found::default();
        }
        self.in_shares(
            |enrolment| enrolment.national_id,
            |group, found| {
                let firsts = self.first_of_each(group.iter().map(|&(_, record)| record));
                self.number_stars(FindingKind::SharedNationalId, &firsts, found);
            },
        )
    }

    /// What `judge` finds among the records of each number that `key` gives (not 0). A share of the
    /// numbers at a time, so that the records are never all held once more.
    fn in_shares(
        &self,
        key: impl Fn(&Enrolment) -> u64 + Sync,
        judge: impl Fn(&[(u64, u32)], &mut Found) + Send + Sync,
    ) -> Found {
        let shares = (self.entity_of.len() / SHARE + 1) as u64;
        let mut all = Found::default();
        for share in 0..shares {
            let numbers = self.sorted_by(|enrolment| {
                let number = key(enrolment);
                if number % shares == share { number } else { 0 }
            });
            all.append(Found::in_groups(&numbers, |number| number.0, &judge));
        }
        all
    }

    /// ID numbers among the records of one person.
    pub(super) fn several_numbers(&self, records: impl Iterator<Item = u32>, found: &mut Found) {
        let mut numbers: Vec<(u64, u32)> = records
            .filter_map(|record| {
                let number = self.enrolments.get(record as usize)?.national_id;
                (number != 0).then_some((number, record))
            })
            .collect();
        numbers.sort_unstable();
        numbers.dedup_by_key(|(number, _)| *number);
        let mut firsts: Vec<u32> = numbers.into_iter().map(|(_, record)| record).collect();
        firsts.sort_unstable();
        self.number_stars(FindingKind::SeveralNationalIds, &firsts, found);
    }

    /// Accounts of enrolments that several unrelated households hold.
    pub(super) fn shared_accounts(&self) -> Found {
        if !self.asks(FindingKind::SharedAccount) {
            return Found::default();
        }
        self.in_shares(
            |enrolment| enrolment.account,
            |group, found| {
                if group.len() > 1 {
                    self.account_stars(group, found);
                }
            },
        )
    }

    /// What the records with one account show.
    fn account_stars(&self, group: &[(u64, u32)], found: &mut Found) {
        let items: Vec<Item> = group
            .iter()
            .filter_map(|&(_, record)| self.item(record))
            .filter(|item| item.register.is_none())
            .collect();
        let Some(first) = items.first() else {
            return;
        };
        for (number, rule) in self.rules(first.place, |kind| kind == FindingKind::SharedAccount) {
            let paid = items
                .iter()
                .filter(|item| rule.programmes.contains(item.source));
            let holders = self.first_of_each(paid.map(|item| item.record));
            let least = rule.min_households as usize;
            if holders.len() < least {
                continue;
            }
            let households = self.first_of_each_household(&holders);
            if households.len() >= least {
                self.star(number, rule, &households, found);
            }
        }
    }

    /// The first record of each person among the records; sorted.
    fn first_of_each(&self, records: impl Iterator<Item = u32>) -> Vec<u32> {
        let mut holders: Vec<(u32, u32)> = records
            .filter_map(|record| Some((*self.entity_of.get(record as usize)?, record)))
            .collect();
        holders.sort_unstable();
        holders.dedup_by_key(|(entity, _)| *entity);
        let mut firsts: Vec<u32> = holders.into_iter().map(|(_, record)| record).collect();
        firsts.sort_unstable();
        firsts
    }

    /// Of the people with these records (sorted): the first of each household, where people that
    /// have any household id in common, over all their records, are one. Those without any are left out.
    fn first_of_each_household(&self, holders: &[u32]) -> Vec<u32> {
        let mut group_of: FxHashMap<u64, usize> = FxHashMap::default();
        let mut parents: Vec<usize> = Vec::new();
        let mut placed: Vec<(u32, usize)> = Vec::new();
        for &holder in holders {
            let mut own = None;
            for household in self.households_of(holder) {
                let group = *group_of.entry(household).or_insert_with(|| {
                    parents.push(parents.len());
                    parents.len() - 1
                });
                let group = root(&mut parents, group);
                let joined = own.map_or(group, |own| root(&mut parents, own));
                parents[group] = joined;
                own = Some(joined);
            }
            placed.extend(own.map(|own| (holder, own)));
        }
        let mut seen = FxHashSet::default();
        placed.retain(|&(_, group)| seen.insert(root(&mut parents, group)));
        placed.into_iter().map(|(record, _)| record).collect()
    }

    /// The household ids of the person who has this record.
    fn households_of(&self, record: u32) -> impl Iterator<Item = u64> {
        let entity = self.entity_of.get(record as usize).copied();
        let entity = entity.map_or(u64::MAX, u64::from);
        let from = self.by_entity.partition_point(|key| key >> 32 < entity);
        self.by_entity
            .iter()
            .skip(from)
            .take_while(move |key| *key >> 32 == entity)
            .filter_map(|key| self.enrolments.get(*key as u32 as usize))
            .map(|enrolment| enrolment.household)
            .filter(|&household| household != 0)
    }

    /// Stars by all rules of a kind that hold where the first record is.
    fn number_stars(&self, kind: FindingKind, records: &[u32], found: &mut Found) {
        let [first, _, ..] = records else {
            return;
        };
        let division = self.enrolments.get(*first as usize).map(|e| e.division);
        let place = self.policy.place_of(division.unwrap_or(0));
        for (number, rule) in self.rules(place, |known| known == kind) {
            self.star(number, rule, records, found);
        }
    }

    /// One finding for the first record with each other one.
    fn star(&self, number: u16, rule: &Rule, records: &[u32], found: &mut Found) {
        let Some((&first, others)) = records.split_first() else {
            return;
        };
        if !rule.effective.contains(self.as_of) {
            return;
        }
        let entity = self.entity_of.get(first as usize).copied().unwrap_or(0);
        found.rows.extend(others.iter().map(|&other| Finding {
            kind: rule.kind,
            severity: rule.severity,
            entity,
            record_a: first,
            record_b: other,
            period: None,
            months: 0,
            amount: 0,
            rule: number,
            probability: 0.0,
        }));
    }
}

/// The group that stands for all it was joined with.
fn root(parents: &mut [usize], mut group: usize) -> usize {
    while parents[group] != group {
        parents[group] = parents[parents[group]];
        group = parents[group];
    }
    group
}
