//! In which order findings are listed.

use std::cmp::Ordering;

use super::{Listed, Tally};
use crate::policy::Severity;

/// What comes first. Whatever it is, ties break by severity, amount, months and id.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The gravest, then the highest amounts.
    #[default]
    Severity,
    /// The highest amounts.
    Amount,
    /// The latest.
    Latest,
    /// Those of which the day until which an answer may come is first; those without such a day last.
    Due,
}

impl Order {
    fn compare(self, a: &Listed, b: &Listed) -> Ordering {
        let by_amount = || b.amount.cmp(&a.amount).then(b.months.cmp(&a.months));
        let by_severity = || severity(&a.severity).cmp(&severity(&b.severity));
        let first = match self {
            Order::Severity => Ordering::Equal,
            Order::Amount => by_amount(),
            Order::Latest => b.since.cmp(&a.since),
            Order::Due => {
                let due = |finding: &Listed| finding.respond_by.is_empty();
                due(a).cmp(&due(b)).then(a.respond_by.cmp(&b.respond_by))
            }
        };
        first
            .then_with(by_severity)
            .then_with(by_amount)
            .then_with(|| a.id.cmp(&b.id))
    }
}

/// The rank of a severity; what is not known comes last.
fn severity(code: &str) -> usize {
    let known = Severity::ALL.iter().position(|known| known.name() == code);
    known.unwrap_or(Severity::ALL.len())
}

/// The first findings of many, in an order, and how many there are. Memory: twice what is kept.
#[derive(Clone, Debug)]
pub struct Top {
    order: Order,
    most: usize,
    kept: Vec<Listed>,
    total: Tally,
}

impl Top {
    /// None yet; at most so many will be kept.
    pub fn new(order: Order, most: usize) -> Top {
        Top {
            order,
            most,
            kept: Vec::new(),
            total: Tally::default(),
        }
    }

    /// Adds one.
    pub fn add(&mut self, finding: Listed) {
        self.total.add(&finding);
        self.kept.push(finding);
        if self.kept.len() >= self.most.saturating_mul(2).saturating_add(1_000) {
            self.cut();
        }
    }

    fn cut(&mut self) {
        let order = self.order;
        self.kept.sort_by(|a, b| order.compare(a, b));
        self.kept.truncate(self.most);
    }

    /// Those that were kept, in order, and what all come to.
    pub fn finish(mut self) -> (Vec<Listed>, Tally) {
        self.cut();
        (self.kept, self.total)
    }
}
