//! Rules that set two records of one person or household side by side.

use super::evaluate::{Found, Item, Judge, PEERS, Skipped};
use super::finding::Finding;
use super::month::{Period, Unknown, uncovered};
use super::rule::{By, FindingKind, RegisterKind, Rule};

impl Judge<'_> {
    /// What each person's records show among themselves.
    pub(super) fn entities(&self) -> Found {
        let requirements = self.asks(FindingKind::RequirementMissing);
        let several = self.asks(FindingKind::SeveralNationalIds);
        Found::in_groups(
            &self.by_entity,
            |key| key >> 32,
            |group, found| {
                let records = group.iter().map(|key| *key as u32);
                let mut items = std::mem::take(&mut found.items);
                items.clear();
                items.extend(records.clone().filter_map(|record| self.item(record)));
                for item in &items {
                    count_unknown(item, &mut found.skipped);
                }
                self.compare(&items, found, true);
                if requirements {
                    self.requirements(&items, found);
                }
                if several && group.len() > 1 {
                    self.several_numbers(records, found);
                }
                found.items = items;
            },
        )
    }

    /// What the records of different people under one household number show.
    pub(super) fn households(&self) -> Found {
        Found::in_groups(
            &self.by_household,
            |key| key.0,
            |group, found| {
                if group.len() > 1 {
                    let mut items = std::mem::take(&mut found.items);
                    items.clear();
                    items.extend(group.iter().filter_map(|&(_, record)| self.item(record)));
                    self.compare(&items, found, false);
                    found.items = items;
                }
            },
        )
    }

    /// Each of `items` with each other one; of one person, or of different people of a household.
    fn compare(&self, items: &[Item], found: &mut Found, one_person: bool) {
        for (i, b) in items.iter().enumerate() {
            for a in items.iter().take(i.min(PEERS)) {
                if one_person || a.entity != b.entity {
                    self.pair(a, b, found, one_person);
                }
            }
        }
        let beyond = items.len().saturating_sub(PEERS) as u64;
        found.skipped.pairs_not_compared += beyond * beyond.saturating_sub(1) / 2;
    }

    /// Two records, the earlier one first.
    fn pair(&self, a: &Item, b: &Item, found: &mut Found, one_person: bool) {
        match (a.register, b.register) {
            (None, None) if a.source != b.source => self.programmes(a, b, found, one_person),
            _ if !one_person => {}
            (None, None) => self.one_programme(a, b, found),
            (None, Some(kind)) => self.register(a, b, kind, found),
            (Some(kind), None) => self.register(b, a, kind, found),
            (Some(_), Some(_)) => {}
        }
    }

    fn one_programme(&self, a: &Item, b: &Item, found: &mut Found) {
        let (Ok(first), Ok(second)) = (a.months, b.months) else {
            return;
        };
        let later_first = first.start() > second.start();
        let (earlier, later) = if later_first {
            (second, first)
        } else {
            (first, second)
        };
        let overlap = first.intersect(second);
        let wanted = if overlap.is_empty() {
            FindingKind::RepeatEnrolment
        } else {
            FindingKind::DuplicateEnrolment
        };
        let rules = self.rules(place(a, first, b, second), |kind| kind == wanted);
        for (number, rule) in rules.filter(|(_, rule)| rule.programmes.contains(a.source)) {
            if overlap.is_empty() {
                if rule.effective.contains(later.start()) {
                    // an enrolment of no months can lie inside the other: no months between then
                    let until = earlier.end().min(later.start());
                    let between = Period::new(until, later.start());
                    found.rows.push(finding(number, rule, a, b, between, 0));
                }
            } else if let Some(months) = enough(rule, overlap) {
                let amount = a.amount.min(b.amount);
                found.rows.push(finding(number, rule, a, b, months, amount));
            }
        }
    }

    fn programmes(&self, a: &Item, b: &Item, found: &mut Found, one_person: bool) {
        let (Ok(first), Ok(second)) = (a.months, b.months) else {
            return;
        };
        let overlap = first.intersect(second);
        if overlap.is_empty() {
            return;
        }
        let rules = self.rules(place(a, first, b, second), |kind| {
            matches!(
                kind,
                FindingKind::ExclusiveOverlap | FindingKind::OffsetOverlap
            )
        });
        for (number, rule) in rules {
            let set_apart = |a: &Item, b: &Item| {
                rule.programmes.contains(a.source) && rule.with.contains(b.source)
            };
            let applies = one_person || rule.by == By::Household;
            if applies
                && (set_apart(a, b) || set_apart(b, a))
                && let Some(months) = enough(rule, overlap)
            {
                let amount = a.amount.min(b.amount);
                found.rows.push(finding(number, rule, a, b, months, amount));
            }
        }
    }

    /// An enrolment and what a register says of the same person.
    fn register(&self, enrolment: &Item, entry: &Item, kind: RegisterKind, found: &mut Found) {
        let Ok(months) = enrolment.months else {
            return;
        };
        let against = match kind {
            RegisterKind::Deaths => entry
                .started
                .map(|death| Period::new(death.next(), months.end())),
            _ => entry.months.ok(),
        };
        let Some(against) = against else {
            return;
        };
        let overlap = months.intersect(against);
        let rules = self.rules(enrolment.place, |kind| {
            matches!(
                kind,
                FindingKind::PaidAfterDeath
                    | FindingKind::ExcludedByPayroll
                    | FindingKind::ExcludedByRegister
            )
        });
        for (number, rule) in rules {
            if rule.registers.contains(entry.source)
                && rule.programmes.contains(enrolment.source)
                && let Some(months) = enough(rule, overlap)
            {
                let amount = enrolment.amount;
                found
                    .rows
                    .push(finding(number, rule, enrolment, entry, months, amount));
            }
        }
    }

    /// Enrolments of one person in programmes that need another one.
    fn requirements(&self, items: &[Item], found: &mut Found) {
        // what the person has, for the rule in hand: months, and whether some are unknown
        let mut own: Option<(u16, Vec<Period>, bool)> = None;
        for item in items.iter().filter(|item| item.register.is_none()) {
            let Ok(months) = item.months else {
                continue;
            };
            let rules = self.rules(item.place, |kind| kind == FindingKind::RequirementMissing);
            for (number, rule) in rules.filter(|(_, rule)| rule.programmes.contains(item.source)) {
                if own.as_ref().is_none_or(|(known, ..)| *known != number) {
                    let mut given = Vec::new();
                    let unknown = gather(rule, items.iter().copied(), &mut given);
                    own = Some((number, merged(given), unknown));
                }
                let Some((_, given, mut unknown)) = own.clone() else {
                    continue;
                };
                let mut given = given;
                if rule.by == By::Household && item.household != 0 {
                    let from = self
                        .by_household
                        .partition_point(|&(household, _)| household < item.household);
                    let family = self.by_household.iter().skip(from);
                    let family = family
                        .take_while(|&&(household, _)| household == item.household)
                        .filter_map(|&(_, record)| self.item(record));
                    unknown |= gather(rule, family, &mut given);
                }
                let wanted = months.intersect(rule.effective);
                let Some((months, period)) = uncovered(wanted, &mut given) else {
                    continue;
                };
                if unknown {
                    found.skipped.requirement_unknown += 1;
                } else if months >= rule.min_months {
                    found.rows.push(Finding {
                        months,
                        amount: item.amount.saturating_mul(i64::from(months)),
                        ..finding(number, rule, item, item, period, 0)
                    });
                }
            }
        }
    }
}

/// Where two enrolments are judged: where the one that started later is.
fn place(a: &Item, first: Period, b: &Item, second: Period) -> u16 {
    if second.start() > first.start() {
        b.place
    } else {
        a.place
    }
}

/// The months of `overlap` for which the rule holds, if they are as many as it asks for.
fn enough(rule: &Rule, overlap: Period) -> Option<Period> {
    let months = overlap.intersect(rule.effective);
    (months.months() >= rule.min_months).then_some(months)
}

/// Adds the months of the programmes that the rule requires; whether some are not known.
fn gather(rule: &Rule, items: impl Iterator<Item = Item>, given: &mut Vec<Period>) -> bool {
    let mut unknown = false;
    for item in items.filter(|item| rule.with.contains(item.source)) {
        match item.months {
            Ok(months) => given.push(months),
            Err(_) => unknown = true,
        }
    }
    unknown
}

/// The same months in periods that do not touch: never more than there are years, whatever the records.
fn merged(mut periods: Vec<Period>) -> Vec<Period> {
    periods.sort_unstable();
    let mut merged: Vec<Period> = Vec::new();
    for period in periods {
        match merged.last_mut() {
            Some(last) if period.start() <= last.end() => {
                *last = Period::new(last.start(), last.end().max(period.end()));
            }
            _ => merged.push(period),
        }
    }
    merged
}

/// A finding whose amount is `monthly` for each month of `period`.
fn finding(number: u16, rule: &Rule, a: &Item, b: &Item, period: Period, monthly: i64) -> Finding {
    Finding {
        kind: rule.kind,
        severity: rule.severity,
        entity: a.entity,
        record_a: a.record,
        record_b: b.record,
        period: Some(period),
        months: period.months(),
        amount: monthly.saturating_mul(i64::from(period.months())),
        rule: number,
        probability: 0.0,
    }
}

fn count_unknown(item: &Item, skipped: &mut Skipped) {
    match (item.register, item.months) {
        (Some(RegisterKind::Deaths), _) => {
            skipped.death_unknown += u64::from(item.started.is_none())
        }
        // nothing is asked of its months
        (Some(RegisterKind::Population), _) | (_, Ok(_)) => {}
        (_, Err(Unknown::Start)) => skipped.start_unknown += 1,
        (_, Err(Unknown::End)) => skipped.end_unknown += 1,
        (_, Err(Unknown::Reversed)) => skipped.reversed += 1,
    }
}
