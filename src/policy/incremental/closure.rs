//! Whose records a change asks for.

use std::collections::{BTreeMap, BTreeSet};

use super::{Changed, Member, Population, Shared};
use crate::policy::anchor::Anchor;
use crate::policy::rule::{By, FindingKind, Policy, Sources};
use crate::record::Status;

/// Everyone whose records are needed, each read once.
pub(super) struct Closure<'a, P: Population> {
    population: &'a P,
    pub(super) loaded: BTreeMap<P::Entity, Vec<Member>>,
}

impl<'a, P: Population> Closure<'a, P> {
    pub(super) fn new(population: &'a P) -> Closure<'a, P> {
        Closure {
            population,
            loaded: BTreeMap::new(),
        }
    }

    /// Reads all that the anchors to be judged again are functions of, and says which these are.
    pub(super) fn gather(
        &mut self,
        policy: &Policy,
        changed: &Changed<P::Entity>,
    ) -> Result<BTreeSet<Anchor<P::Entity>>, P::Error> {
        let reach = Reach::of(policy);
        let mut replaced = BTreeSet::new();
        let mut judged = changed.entities.clone();
        for &entity in &changed.entities {
            self.load(entity)?;
        }
        if reach.households || !reach.requiring.is_empty() {
            for &household in &changed.households {
                let family = self.load_holders(Shared::Household, household)?;
                let requires = |member: &Member| {
                    member.enrolment.household == household && reach.requires(policy, member)
                };
                judged.extend(
                    family
                        .into_iter()
                        .filter(|&entity| self.records(entity).any(requires)),
                );
                if reach.households {
                    replaced.insert(Anchor::Household(household));
                }
            }
        }
        if !reach.requiring.is_empty() {
            let families: BTreeSet<u64> = judged
                .iter()
                .flat_map(|&entity| self.records(entity))
                .filter(|member| reach.requires(policy, member))
                .map(|member| member.enrolment.household)
                .filter(|household| *household != 0 && !changed.households.contains(household))
                .collect();
            for household in families {
                self.load_holders(Shared::Household, household)?;
            }
        }
        if reach.numbers {
            for &number in &changed.national_ids {
                self.load_holders(Shared::NationalId, number)?;
                replaced.insert(Anchor::NationalId(number));
            }
        }
        if reach.accounts {
            let mut accounts = changed.accounts.clone();
            let members = changed.entities.iter();
            let members = members.flat_map(|&entity| self.records(entity));
            accounts.extend(members.map(|member| member.enrolment.account));
            accounts.remove(&0);
            for account in accounts {
                self.load_holders(Shared::Account, account)?;
                replaced.insert(Anchor::Account(account));
            }
        }
        replaced.extend(judged.into_iter().map(Anchor::Entity));
        Ok(replaced)
    }

    fn records(&self, entity: P::Entity) -> impl Iterator<Item = &Member> {
        self.loaded.get(&entity).into_iter().flatten()
    }

    fn load(&mut self, entity: P::Entity) -> Result<(), P::Error> {
        if !self.loaded.contains_key(&entity) {
            let members = self.population.members(entity)?;
            self.loaded.insert(entity, members);
        }
        Ok(())
    }

    fn load_holders(&mut self, shared: Shared, value: u64) -> Result<Vec<P::Entity>, P::Error> {
        let holders = self.population.holders(shared, value)?;
        for &holder in &holders {
            self.load(holder)?;
        }
        Ok(holders)
    }
}

/// How far the rules of a policy look beyond one person.
struct Reach {
    /// At ID numbers that several hold.
    numbers: bool,
    /// At accounts that several hold.
    accounts: bool,
    /// At programmes that different people of a household are in.
    households: bool,
    /// The programmes that require another one, which may be in the household.
    requiring: Sources,
}

impl Reach {
    fn of(policy: &Policy) -> Reach {
        let asks = |kind| policy.rules().iter().any(|rule| rule.kind == kind);
        let mut reach = Reach {
            numbers: asks(FindingKind::SharedNationalId),
            accounts: asks(FindingKind::SharedAccount),
            households: false,
            requiring: Sources::default(),
        };
        let by_household = policy
            .rules()
            .iter()
            .filter(|rule| rule.by == By::Household);
        for rule in by_household {
            match rule.kind {
                FindingKind::RequirementMissing => reach.requiring.0 |= rule.programmes.0,
                _ => reach.households = true,
            }
        }
        reach
    }

    /// Whether what the record's family has may matter to it.
    fn requires(&self, policy: &Policy, member: &Member) -> bool {
        !self.requiring.is_empty()
            && member.enrolment.status != Status::Applied
            && policy
                .position(&member.source)
                .is_some_and(|position| self.requiring.contains(position))
    }
}
