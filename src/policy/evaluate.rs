//! All entities and their enrolments against all rules.

use rayon::prelude::*;
use yiren_matchers::normalise::date::Date;

use super::finding::Finding;
use super::month::{Month, Period, Unknown, coverage};
use super::rule::{By, FindingKind, Policy, RegisterKind, Rule, SourceRole};
use crate::record::{Enrolment, Status};

/// What the rules found, and what they could not judge.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Findings {
    /// Sorted by kind, then by the two records, then by rule.
    pub rows: Vec<Finding>,
    /// What was left unjudged, and why.
    pub skipped: Skipped,
    /// Sources that the policy does not know, in the order given; to be warned of once.
    pub unjudged: Vec<UnjudgedSource>,
}

/// What was left unjudged, by cause. Records are counted once, whatever the rules.
#[derive(Copy, Clone, Debug, Default, Eq, PartialEq)]
pub struct Skipped {
    /// Enrolments and register records without a start date that says the month.
    pub start_unknown: u64,
    /// Those that have ended without saying in which month.
    pub end_unknown: u64,
    /// Those that end in an earlier month than they start in.
    pub reversed: u64,
    /// Records of deaths without the month of death.
    pub death_unknown: u64,
    /// Enrolments that may lack a programme they need, or not: the other's months are unknown.
    pub requirement_unknown: u64,
    /// Pairs of records left out in people and households of more than 256 records.
    pub pairs_not_compared: u64,
}

impl Skipped {
    fn plus(self, other: Skipped) -> Skipped {
        Skipped {
            start_unknown: self.start_unknown + other.start_unknown,
            end_unknown: self.end_unknown + other.end_unknown,
            reversed: self.reversed + other.reversed,
            death_unknown: self.death_unknown + other.death_unknown,
            requirement_unknown: self.requirement_unknown + other.requirement_unknown,
            pairs_not_compared: self.pairs_not_compared + other.pairs_not_compared,
        }
    }
}

/// A source whose benefits were not judged, because the policy does not know it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UnjudgedSource {
    /// Its name.
    pub source: String,
    /// Its records.
    pub records: u64,
}

/// In a person or household of more records than this, each record is compared with this many
/// first ones only, so that a wrong giant costs time in proportion to its size.
pub(super) const PEERS: usize = 256;

/// So many records are judged sooner than another thread wakes up to help: a change in a store is
/// mostly about fewer.
const FEW: usize = 64;

/// The findings of `policy` on the day `as_of`.
///
/// `enrolments` are in canonical order (source, record id), `sources` are the names that
/// [`Enrolment::source`] counts in, `entity_of` gives each record's entity by any numbering, and
/// `pair_probability(a, b)` the match probability of two records; it is asked once a finding.
/// If `entity_of` is shorter than `enrolments`, the records beyond belong to nobody and are left out.
///
/// - Records with [`Status::Applied`] are no enrolments. Their ID numbers count, as do those of
///   registers and of sources that the policy does not know: a number is a fact about a person.
/// - In which region a pair is judged is said by the programme's record against a register's, by
///   the one that started later between two programmes (its office granted the second benefit; the
///   first in order if both started together), and by `record_a` for numbers and accounts.
/// - Rules about months hold for the months in their period, `repeat_enrolment` where the later
///   start is in it, and rules about numbers and accounts where the month of `as_of` is.
/// - A number or account shared by many gives a star, not all pairs: the first record of the first
///   holder with the first record of each other one. Holders of an account are households; people
///   belong to one if any of their records share a household id, and those without any are not counted.
/// - Households are told by the records' own household id; where it is missing, a rule by
///   household sees only the person.
///
/// The same in any number of threads. Cost: a sort of the records, and of those with a number,
/// an account, or a household where a rule asks for it.
pub fn evaluate(
    policy: &Policy,
    sources: &[String],
    enrolments: &[Enrolment],
    entity_of: &[u32],
    as_of: Date,
    pair_probability: &(dyn Fn(u32, u32) -> f64 + Sync),
) -> Findings {
    let judge = Judge::new(policy, sources, enrolments, entity_of, as_of);
    let mut found = judge.everything();
    found.rows.par_iter_mut().for_each(|finding| {
        finding.probability = finding
            .other()
            .map_or(1.0, |other| pair_probability(finding.record_a, other));
    });
    Findings {
        rows: found.rows,
        skipped: found.skipped,
        unjudged: judge.unjudged(sources),
    }
}

/// What one worker has found so far.
#[derive(Default)]
pub(super) struct Found {
    pub(super) rows: Vec<Finding>,
    pub(super) skipped: Skipped,
    /// The records of the group in hand; kept for its allocation.
    pub(super) items: Vec<Item>,
}

impl Found {
    pub(super) fn append(&mut self, mut other: Found) {
        self.rows.append(&mut other.rows);
        self.skipped = self.skipped.plus(other.skipped);
    }

    fn join(mut self, other: Found) -> Found {
        self.append(other);
        self
    }

    /// What `judge` finds in each group; neighbours are in one group if `group_of` gives the same.
    pub(super) fn in_groups<T: Sync>(
        sorted: &[T],
        group_of: impl Fn(&T) -> u64 + Send + Sync,
        judge: impl Fn(&[T], &mut Found) + Send + Sync,
    ) -> Found {
        let same = |a: &T, b: &T| group_of(a) == group_of(b);
        let add = |mut found: Found, group: &[T]| {
            judge(group, &mut found);
            found
        };
        if sorted.len() <= FEW {
            return sorted.chunk_by(same).fold(Found::default(), add);
        }
        let groups = sorted.par_chunk_by(same);
        groups
            .fold(Found::default, add)
            .reduce(Found::default, Found::join)
    }
}

/// A record as the rules see it: an enrolment, or a register's.
#[derive(Copy, Clone)]
pub(super) struct Item {
    pub(super) record: u32,
    pub(super) entity: u32,
    /// Position in the policy's sources: records of one programme share it, whatever file they are in.
    pub(super) source: u8,
    /// `None` for an enrolment.
    pub(super) register: Option<RegisterKind>,
    pub(super) months: Result<Period, Unknown>,
    /// Month of the start date, which for a death is that of the death.
    pub(super) started: Option<Month>,
    pub(super) place: u16,
    /// Hundredths of a yuan a month, never negative.
    pub(super) amount: i64,
    pub(super) household: u64,
}

/// The policy and the records, made ready.
pub(super) struct Judge<'a> {
    pub(super) policy: &'a Policy,
    pub(super) enrolments: &'a [Enrolment],
    pub(super) entity_of: &'a [u32],
    pub(super) as_of: Month,
    /// Of each of the sweep's sources: its position in the policy's and what it is.
    roles: Vec<Option<(u8, SourceRole)>>,
    /// Entity in the high half, record in the low; sorted.
    pub(super) by_entity: Vec<u64>,
    /// Household and record of every enrolment, sorted; empty if no rule asks by household.
    pub(super) by_household: Vec<(u64, u32)>,
}

impl<'a> Judge<'a> {
    pub(super) fn new(
        policy: &'a Policy,
        sources: &[String],
        enrolments: &'a [Enrolment],
        entity_of: &'a [u32],
        as_of: Date,
    ) -> Judge<'a> {
        let roles = sources
            .iter()
            .map(|source| {
                let position = policy.position(source)?;
                Some((position, policy.sources.get(usize::from(position))?.role))
            })
            .collect();
        let mut by_entity: Vec<u64> = entity_of
            .par_iter()
            .zip(0..enrolments.len() as u32)
            .with_min_len(FEW)
            .map(|(&entity, record)| u64::from(entity) << 32 | u64::from(record))
            .collect();
        by_entity.par_sort_unstable();
        let mut judge = Judge {
            policy,
            enrolments,
            entity_of,
            as_of: Month::of_or_january(as_of),
            roles,
            by_entity,
            by_household: Vec::new(),
        };
        if policy.rules.iter().any(|rule| rule.by == By::Household) {
            let mut households = judge.sorted_by(|enrolment| enrolment.household);
            let is_enrolment = |record| judge.item(record).is_some_and(|i| i.register.is_none());
            households.retain(|&(_, record)| is_enrolment(record));
            judge.by_household = households;
        }
        judge
    }

    /// What all rules find, sorted, their probabilities yet to be asked for.
    pub(super) fn everything(&self) -> Found {
        let mut found = self.entities();
        found.append(self.households());
        found.append(self.shared_numbers());
        found.append(self.shared_accounts());
        found.rows.par_sort_unstable_by_key(Finding::order);
        found
    }

    /// The records that have the number `key` gives (not 0), each with it, sorted.
    pub(super) fn sorted_by(&self, key: impl Fn(&Enrolment) -> u64 + Sync) -> Vec<(u64, u32)> {
        let mut sorted: Vec<(u64, u32)> = self
            .enrolments
            .par_iter()
            .zip(0..self.entity_of.len() as u32)
            .with_min_len(FEW)
            .map(|(enrolment, record)| (key(enrolment), record))
            .filter(|&(key, _)| key != 0)
            .collect();
        sorted.par_sort_unstable();
        sorted
    }

    /// The record as the rules see it; `None` if it is no enrolment and of no known register.
    pub(super) fn item(&self, record: u32) -> Option<Item> {
        let enrolment = self.enrolments.get(record as usize)?;
        let entity = *self.entity_of.get(record as usize)?;
        let (source, role) = (*self.roles.get(usize::from(enrolment.source))?)?;
        let register = match role {
            SourceRole::Programme if enrolment.status == Status::Applied => return None,
            SourceRole::Programme => None,
            SourceRole::Register(kind) => Some(kind),
            SourceRole::Unknown => return None,
        };
        Some(Item {
            record,
            entity,
            source,
            register,
            months: coverage(enrolment, self.as_of),
            started: enrolment.start.and_then(Month::of),
            place: self.policy.place_of(enrolment.division),
            amount: enrolment.monthly_amount.max(0),
            household: enrolment.household,
        })
    }

    /// The rules of a kind that hold in a place, with their numbers.
    pub(super) fn rules(
        &self,
        place: u16,
        wanted: impl Fn(FindingKind) -> bool,
    ) -> impl Iterator<Item = (u16, &Rule)> {
        let slots = self.policy.slots.iter().enumerate();
        slots
            .filter(move |&(_, &kind)| wanted(kind))
            .filter_map(move |(slot, _)| self.policy.rule_at(slot, place))
    }

    /// Whether any rule, anywhere, is of this kind.
    pub(super) fn asks(&self, kind: FindingKind) -> bool {
        self.policy.slots.contains(&kind)
    }

    fn unjudged(&self, sources: &[String]) -> Vec<UnjudgedSource> {
        let mut records = vec![0_u64; sources.len()];
        for enrolment in self.enrolments {
            if let Some(count) = records.get_mut(usize::from(enrolment.source)) {
                *count += 1;
            }
        }
        sources
            .iter()
            .zip(records)
            .zip(&self.roles)
            .filter(|&((_, records), role)| role.is_none() && records > 0)
            .map(|((source, records), _)| UnjudgedSource {
                source: source.clone(),
                records,
            })
            .collect()
    }
}
