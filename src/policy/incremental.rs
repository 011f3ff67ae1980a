//! Findings kept up to date: what a change asks to be judged again, and nothing else.

mod closure;

use std::collections::BTreeSet;

use yiren_matchers::normalise::date::Date;

use super::anchor::Anchor;
use super::evaluate::Judge;
use super::finding::Finding;
use super::rule::Policy;
use crate::record::Enrolment;
use closure::Closure;

/// Entities and their records, as somebody keeps them.
pub trait Population {
    /// What entities are called. Its order decides nothing but the order of what is asked for.
    type Entity: Copy + Ord;
    /// Why something could not be read.
    type Error;

    /// The records of an entity, in any order. None if it does not exist (any longer), even
    /// where its name leads to another by now.
    ///
    /// # Errors
    /// What keeps them from being read.
    fn members(&self, entity: Self::Entity) -> Result<Vec<Member>, Self::Error>;

    /// The entities that have a record with this number, account or household (never 0), in any
    /// order, be it a programme's or a register's, known to the policy or not. One may be named twice.
    ///
    /// # Errors
    /// What keeps them from being read.
    fn holders(&self, shared: Shared, value: u64) -> Result<Vec<Self::Entity>, Self::Error>;
}

/// What records of different people may have in common.
#[derive(Copy, Clone, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub enum Shared {
    /// [`Enrolment::national_id`].
    NationalId,
    /// [`Enrolment::account`].
    Account,
    /// [`Enrolment::household`].
    Household,
}

/// One record.
#[derive(Clone, Debug, Default)]
pub struct Member {
    /// Name of its source.
    pub source: String,
    /// Its id within the source.
    pub record_id: String,
    /// What the rules need to know of it; its `source` is not looked at.
    pub enrolment: Enrolment,
}

/// What a change touched. To be given by calling [`Changed::record`], for **every record that was
/// added, removed, changed in any column, or moved from one entity to another** (what no rule looks
/// at still counts: the probability of a finding may be another):
///
/// - once as it was before, with the entity it was of (unless it is new), and
/// - once as it is now, with the entity it is of (unless it is gone).
///
/// That is all. An entity that is called otherwise now is one all of whose records have moved; one
/// that was merged into another has its own records moved, while those of the other stay.
/// Records that only lie in the same entity, household or account need not be given: they are as
/// they were, so they are found in the population as it is now.
/// Many changes can be gathered in one; what lay between the first state and the last may be left
/// out. To give more than has changed costs time and is not wrong.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Changed<E> {
    /// Entities that have lost, gained or kept a touched record, be they still there or not.
    pub entities: BTreeSet<E>,
    /// ID numbers of the touched records, before and now, without 0.
    pub national_ids: BTreeSet<u64>,
    /// Their accounts, before and now, without 0.
    pub accounts: BTreeSet<u64>,
    /// Their households, before and now, without 0.
    pub households: BTreeSet<u64>,
}

impl<E> Default for Changed<E> {
    fn default() -> Changed<E> {
        Changed {
            entities: BTreeSet::new(),
            national_ids: BTreeSet::new(),
            accounts: BTreeSet::new(),
            households: BTreeSet::new(),
        }
    }
}

impl<E: Ord> Changed<E> {
    /// Adds a touched record as it was or as it is, with the entity it was or is of.
    pub fn record(&mut self, entity: E, enrolment: &Enrolment) {
        self.entities.insert(entity);
        for (values, value) in [
            (&mut self.national_ids, enrolment.national_id),
            (&mut self.accounts, enrolment.account),
            (&mut self.households, enrolment.household),
        ] {
            if value != 0 {
                values.insert(value);
            }
        }
    }

    /// Whether nothing was touched.
    pub fn is_empty(&self) -> bool {
        self.entities.is_empty()
    }
}

/// What is to be kept instead of what was: all findings of the `replaced` anchors go, and
/// [`Reevaluated::findings`] take their place.
#[derive(Clone, Debug)]
pub struct Reevaluated<E> {
    /// The anchors judged again, sorted. Those of entities that are gone are among them, and
    /// those without any finding now.
    pub replaced: Vec<Anchor<E>>,
    rows: Vec<(Anchor<E>, Finding)>,
    /// What the records of `rows` count in: in canonical order, with their entities.
    members: Vec<(E, Member)>,
}

/// A finding and whom it is about.
#[derive(Copy, Clone, Debug)]
pub struct Named<'a, E> {
    /// What it is a function of; one of [`Reevaluated::replaced`].
    pub anchor: Anchor<E>,
    /// The finding. Its `entity`, `record_a` and `record_b` are numbers of this evaluation only:
    /// what they mean stands below.
    pub finding: &'a Finding,
    /// The first record.
    pub a: &'a Member,
    /// Its entity, which is that of the finding.
    pub entity: E,
    /// The other record, and its entity; `None` where there is only one.
    pub b: Option<(&'a Member, E)>,
}

impl<E: Copy> Reevaluated<E> {
    /// The findings of the replaced anchors, in the order of [`evaluate`](super::evaluate).
    pub fn findings(&self) -> impl Iterator<Item = Named<'_, E>> {
        self.rows.iter().filter_map(|(anchor, finding)| {
            let (entity, a) = self.members.get(finding.record_a as usize)?;
            let other = finding.other();
            let b = other.and_then(|record| self.members.get(record as usize));
            Some(Named {
                anchor: *anchor,
                finding,
                a,
                entity: *entity,
                b: b.map(|(entity, member)| (member, *entity)),
            })
        })
    }
}

/// Judges again what a change may have touched: `population` is as it is **after** the change, and
/// `changed` says what was touched ([`Changed`] says how to tell).
///
/// If the findings kept until now are those of [`evaluate`](super::evaluate) over everything before
/// the change, by the same policy and as of a day of the same month, then they are those of
/// `evaluate` over everything after it once all of [`Reevaluated::replaced`] have been deleted and
/// [`Reevaluated::findings`] inserted. A new policy or another month asks for `evaluate`.
///
/// What is judged again:
/// - the entities touched;
/// - the ID numbers touched;
/// - the accounts touched and those of the touched entities' other records: whether an account
///   is of unrelated households depends on all households of each who holds it;
/// - the households touched, where a rule between programmes is by household;
/// - everyone who has, in a household touched, an enrolment that requires another by household.
///
/// `pair_probability` is asked once for each finding kept that has two records, `record_a` first.
///
/// What the rules found but could not judge ([`Skipped`](super::Skipped)) is not kept up to date.
///
/// # Example
/// A person in Dibao turns out to be one who is in Tekun: record `2` moves from entity 20 to 10.
///
/// ```
/// # use std::convert::Infallible;
/// # use yiren::policy::{Anchor, Changed, Member, Policy, Population, Shared, reevaluate};
/// # use yiren::record::{Enrolment, Status};
/// # use yiren_matchers::normalise::date::Date;
/// struct Town(Vec<(u32, Member)>);
///
/// impl Population for Town {
///     type Entity = u32;
///     type Error = Infallible;
///     fn members(&self, entity: u32) -> Result<Vec<Member>, Infallible> {
///         let records = self.0.iter().filter(|(of, _)| *of == entity);
///         Ok(records.map(|(_, member)| member.clone()).collect())
///     }
///     fn holders(&self, shared: Shared, value: u64) -> Result<Vec<u32>, Infallible> {
///         let records = self.0.iter().filter(|(_, m)| value == match shared {
///             Shared::NationalId => m.enrolment.national_id,
///             Shared::Account => m.enrolment.account,
///             Shared::Household => m.enrolment.household,
///         });
///         Ok(records.map(|(entity, _)| *entity).collect())
///     }
/// }
///
/// # let record = |source: &str, id: &str| Member {
/// #     source: source.to_string(),
/// #     record_id: id.to_string(),
/// #     enrolment: Enrolment { start: Date::new(2026, 1, 1), status: Status::Active, ..Default::default() },
/// # };
/// let mut town = Town(vec![(10, record("dibao", "1")), (20, record("tekun", "2"))]);
/// let mut changed = Changed::default();
/// changed.record(20, &town.0[1].1.enrolment); // as it was
/// town.0[1].0 = 10;
/// changed.record(10, &town.0[1].1.enrolment); // as it is
///
/// let as_of = Date::new(2026, 6, 30).unwrap();
/// let found = reevaluate(&Policy::shipped(), &town, &changed, as_of, |_, _| Ok(0.99)).unwrap();
/// assert_eq!(found.replaced, [Anchor::Entity(10), Anchor::Entity(20)]);
/// let finding = found.findings().next().unwrap();
/// assert_eq!(finding.finding.kind.name(), "exclusive_overlap");
/// assert_eq!((finding.anchor, finding.a.record_id.as_str()), (Anchor::Entity(10), "1"));
/// ```
///
/// # Errors
/// What the population or `pair_probability` returns.
///
/// # Cost
/// Everyone in a group that is judged again is read, once, with all records, and `evaluate` runs
/// over these records. With the shipped policy these are the touched entities and those who share
/// a touched ID number or an account with them: a handful, unless an account is shared by many.
/// Rules by household add those under the touched household numbers, and where a requirement
/// is by household, those under any other household number of the enrolments that require.
pub fn reevaluate<P: Population>(
    policy: &Policy,
    population: &P,
    changed: &Changed<P::Entity>,
    as_of: Date,
    mut pair_probability: impl FnMut(&Member, &Member) -> Result<f64, P::Error>,
) -> Result<Reevaluated<P::Entity>, P::Error> {
    let mut closure = Closure::new(population);
    let replaced = closure.gather(policy, changed)?;
    let entities: Vec<P::Entity> = closure.loaded.keys().copied().collect();
    let mut members: Vec<(P::Entity, Member)> = closure
        .loaded
        .into_iter()
        .flat_map(|(entity, members)| members.into_iter().map(move |member| (entity, member)))
        .collect();
    members.sort_by(|(_, a), (_, b)| (&a.source, &a.record_id).cmp(&(&b.source, &b.record_id)));

    let mut sources: Vec<String> = Vec::new();
    let mut enrolments = Vec::with_capacity(members.len());
    let mut entity_of = Vec::with_capacity(members.len());
    for (entity, member) in &members {
        if sources.last() != Some(&member.source) {
            sources.push(member.source.clone());
        }
        enrolments.push(Enrolment {
            // more sources than this counts are more than a sweep can have
            source: u16::try_from(sources.len() - 1).unwrap_or(u16::MAX),
            ..member.enrolment.clone()
        });
        entity_of.push(entities.partition_point(|known| known < entity) as u32);
    }

    let judge = Judge::new(policy, &sources, &enrolments, &entity_of, as_of);
    let mut rows = Vec::new();
    for mut finding in judge.everything().rows {
        let Some((entity, a)) = members.get(finding.record_a as usize) else {
            continue;
        };
        let anchor = finding.anchor(&enrolments, &entity_of).map(|_| *entity);
        if !replaced.contains(&anchor) {
            continue;
        }
        let other = finding.other();
        finding.probability = match other.and_then(|other| members.get(other as usize)) {
            Some((_, b)) => pair_probability(a, b)?,
            None => 1.0,
        };
        rows.push((anchor, finding));
    }
    Ok(Reevaluated {
        replaced: replaced.into_iter().collect(),
        rows,
        members,
    })
}
