//! In which group of records a finding was found.

use super::finding::Finding;
use super::rule::FindingKind;
use crate::record::Enrolment;

/// The group of records that a finding was found in. Every finding has one, and only one, so that
/// the findings of a group can be replaced by those of its later state; `E` is what entities are called.
#[derive(Copy, Clone, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub enum Anchor<E> {
    /// The records of one person, and of the families where a requirement is by household.
    Entity(E),
    /// The records with one ID number, whoever they are of.
    NationalId(u64),
    /// The enrolments with one bank account, and the households of all who hold it.
    Account(u64),
    /// The enrolments of different people under one household number.
    Household(u64),
}

impl<E> Anchor<E> {
    /// The same with entities called otherwise.
    pub fn map<F>(self, name: impl FnOnce(E) -> F) -> Anchor<F> {
        match self {
            Anchor::Entity(entity) => Anchor::Entity(name(entity)),
            Anchor::NationalId(number) => Anchor::NationalId(number),
            Anchor::Account(account) => Anchor::Account(account),
            Anchor::Household(household) => Anchor::Household(household),
        }
    }
}

impl Finding {
    /// Where [`evaluate`](super::evaluate) found it, given the same `enrolments` and `entity_of`.
    ///
    /// Two records of one person are the person's, even where they share a household as well: a
    /// household's findings are between different people.
    pub fn anchor(&self, enrolments: &[Enrolment], entity_of: &[u32]) -> Anchor<u32> {
        let entity = |record: u32| entity_of.get(record as usize);
        let first = enrolments.get(self.record_a as usize);
        match (self.kind, first) {
            (FindingKind::SharedNationalId, Some(first)) => Anchor::NationalId(first.national_id),
            (FindingKind::SharedAccount, Some(first)) => Anchor::Account(first.account),
            (FindingKind::ExclusiveOverlap | FindingKind::OffsetOverlap, Some(first))
                if entity(self.record_a) != entity(self.record_b) =>
            {
                Anchor::Household(first.household)
            }
            _ => Anchor::Entity(self.entity),
        }
    }
}
