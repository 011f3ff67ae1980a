//! What holds the records of a person together.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::reading::name_of;
use super::show::kind_of;
use crate::resolve::{Engine, Local};
use crate::store::{Family, Record, RecordKey, StoreError, VerdictKind, View};
use crate::wire::{self, Code};

/// Up to so many records every pair is weighed, as gathering does; of more, the store's links count.
const ALL_PAIRS: usize = 200;

/// Weights are held within ± this where many are averaged, as in gathering.
const CLIP: f64 = 25.0;

/// Two records of one person and what is between them.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Bond {
    /// The records, as `source:record_id`.
    pub records: [String; 2],
    /// Match weight of the two.
    #[serde(deserialize_with = "wire::exact")]
    pub weight: f64,
    /// What the weight comes to by itself: `link`, `review` or `non-link`.
    #[serde(deserialize_with = "wire::code")]
    pub verdict: Code,
    /// Whether the store keeps it as a link: some blocking rule brings the two together, and the
    /// weight is enough for a person to look at.
    pub kept: bool,
    /// What a person said of the two: `must_link` or `cannot_link`.
    #[serde(deserialize_with = "wire::code_if_any")]
    pub said: Option<Code>,
    /// Whether it is one of those that hold the records together: of all ways to connect them
    /// the heaviest.
    pub holds: bool,
}

/// The bond without which the records fall apart soonest.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Weakest {
    /// The two records, as `source:record_id`, and what is between them.
    pub bond: Bond,
    /// The records on either side of it.
    pub sides: [Vec<String>; 2],
    /// How many other pairs across would link by themselves; if none, the bond is the only bridge.
    pub others: usize,
    /// Mean weight of all pairs across, each held within ± 25, which is what gathering asks about;
    /// `None` of so many records that not all were weighed.
    #[serde(deserialize_with = "wire::exact_if_any")]
    pub mean: Option<f64>,
}

/// The pairs of some records.
pub(super) struct Bonds {
    /// The records in their order.
    pub keys: Vec<RecordKey>,
    /// Their names.
    pub names: Vec<String>,
    ties: Vec<Tie>,
    /// The ties that hold, as places in `ties`.
    tree: Vec<usize>,
    link: f64,
    all: bool,
}

struct Tie {
    a: usize,
    b: usize,
    weight: f64,
    verdict: Code,
    kept: bool,
    said: Option<VerdictKind>,
}

impl Tie {
    /// What the strongest of several is chosen by.
    fn strength(&self) -> f64 {
        match self.said {
            Some(VerdictKind::MustLink) => f64::INFINITY,
            Some(VerdictKind::CannotLink) => f64::NEG_INFINITY,
            _ => self.weight.min(f64::MAX),
        }
    }
}

impl Bonds {
    /// The bonds between records of one entity, which are in the order of (source, record id).
    pub fn of(
        view: &View<'_>,
        engine: &Engine,
        local: &Local,
        records: &[(RecordKey, Record)],
    ) -> Result<Bonds, StoreError> {
        let keys: Vec<RecordKey> = records.iter().map(|(key, _)| *key).collect();
        let names = records.iter().map(|(_, record)| name_of(record)).collect();
        let place = |key: RecordKey| keys.iter().position(|known| *known == key);
        let thresholds = engine.scorer.model().parts().thresholds;
        let all = keys.len() <= ALL_PAIRS;
        let mut links = Vec::new();
        let mut said = Vec::new();
        let mut link_cursor = view.cursor(Family::Links)?;
        let mut verdict_cursor = view.cursor(Family::Verdicts)?;
        for (a, &key) in keys.iter().enumerate() {
            for (to, _) in link_cursor.links(engine.generation, key)? {
                links.extend(place(to).filter(|&b| a < b).map(|b| (a, b)));
            }
            for (to, verdict) in verdict_cursor.verdicts(key)? {
                let b = place(to).filter(|&b| a < b && verdict.kind != VerdictKind::Withdrawn);
                said.extend(b.map(|b| ((a, b), verdict.kind)));
            }
        }
        links.sort_unstable();
        let pairs: Vec<(usize, usize)> = match all {
            true => (0..keys.len())
                .flat_map(|a| (a + 1..keys.len()).map(move |b| (a, b)))
                .collect(),
            false => {
                let mut pairs = links.clone();
                pairs.extend(said.iter().map(|(pair, _)| *pair));
                pairs.sort_unstable();
                pairs.dedup();
                pairs
            }
        };
        let ties = pairs.into_iter().filter_map(|(a, b)| {
            let places = local.place(keys[a]).zip(local.place(keys[b]))?;
            let weight = engine.scorer.weigh(&local.table, places.0, places.1).weight;
            let said = said.iter().find(|(pair, _)| *pair == (a, b));
            Some(Tie {
                a,
                b,
                weight: weight.0,
                verdict: thresholds.verdict(weight),
                kept: links.binary_search(&(a, b)).is_ok(),
                said: said.map(|(_, kind)| *kind),
            })
        });
        let ties: Vec<Tie> = ties.collect();
        let tree = tree(keys.len(), &ties);
        Ok(Bonds {
            keys,
            names,
            ties,
            tree,
            link: thresholds.link.0,
            all,
        })
    }

    fn bond(&self, tie: usize) -> Bond {
        let found = &self.ties[tie];
        Bond {
            records: [self.names[found.a].clone(), self.names[found.b].clone()],
            weight: found.weight,
            verdict: found.verdict,
            kept: found.kept,
            said: found.said.map(kind_of),
            holds: self.tree.contains(&tie),
        }
    }

    /// Whether every pair was weighed.
    pub fn are_all(&self) -> bool {
        self.all
    }

    /// All bonds, the strongest first.
    pub fn all(&self) -> Vec<Bond> {
        let order = by_strength(&self.ties);
        order.into_iter().map(|tie| self.bond(tie)).collect()
    }

    /// The weakest of those that hold; `None` of a single record.
    pub fn weakest(&self) -> Option<Weakest> {
        // The tree was grown from the strongest down.
        let &last = self.tree.last()?;
        let rest: Vec<usize> = self
            .tree
            .iter()
            .copied()
            .filter(|tie| *tie != last)
            .collect();
        let [near, far] = [self.ties[last].a, self.ties[last].b].map(|end| self.reach(end, &rest));
        let across = |tie: &&Tie| {
            let leads = |from: usize, to: usize| near.contains(&from) && far.contains(&to);
            leads(tie.a, tie.b) || leads(tie.b, tie.a)
        };
        let crossing: Vec<&Tie> = self.ties.iter().filter(across).collect();
        let links = crossing.iter().filter(|tie| tie.strength() >= self.link);
        let sum: f64 = crossing
            .iter()
            .map(|tie| tie.weight.clamp(-CLIP, CLIP))
            .sum();
        let side = |mut places: Vec<usize>| {
            places.sort_unstable();
            let names = places.into_iter().map(|place| self.names[place].clone());
            names.collect()
        };
        Some(Weakest {
            bond: self.bond(last),
            others: links.count().saturating_sub(1),
            mean: self.all.then(|| sum / crossing.len() as f64),
            sides: [side(near.clone()), side(far.clone())],
        })
    }

    /// The bonds that lead from one record to another over those that hold; empty if none do.
    pub fn chain(&self, from: RecordKey, to: RecordKey) -> Vec<Bond> {
        let place = |key| self.keys.iter().position(|known| *known == key);
        let Some((from, to)) = place(from).zip(place(to)) else {
            return Vec::new();
        };
        let mut before: Vec<Option<(usize, usize)>> = vec![None; self.keys.len()];
        let mut waiting = VecDeque::from([from]);
        while let Some(at) = waiting.pop_front() {
            for &tie in &self.tree {
                let Some(next) = other_end(&self.ties[tie], at) else {
                    continue;
                };
                if next != from && before[next].is_none() {
                    before[next] = Some((at, tie));
                    waiting.push_back(next);
                }
            }
        }
        let (mut chain, mut at) = (Vec::new(), to);
        while let Some((last, tie)) = before[at] {
            chain.push(self.bond(tie));
            at = last;
        }
        chain.reverse();
        chain
    }

    /// The records that some ties lead to from one.
    fn reach(&self, from: usize, over: &[usize]) -> Vec<usize> {
        let (mut reached, mut next) = (vec![from], 0);
        while let Some(&at) = reached.get(next) {
            next += 1;
            for &tie in over {
                if let Some(end) =
                    other_end(&self.ties[tie], at).filter(|end| !reached.contains(end))
                {
                    reached.push(end);
                }
            }
        }
        reached
    }
}

fn other_end(tie: &Tie, from: usize) -> Option<usize> {
    match from {
        from if from == tie.a => Some(tie.b),
        from if from == tie.b => Some(tie.a),
        _ => None,
    }
}

/// Places of ties, the strongest first; of equals the one between earlier records.
fn by_strength(ties: &[Tie]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..ties.len()).collect();
    order.sort_by(|&x, &y| {
        let (x, y) = (&ties[x], &ties[y]);
        y.strength()
            .total_cmp(&x.strength())
            .then((x.a, x.b).cmp(&(y.a, y.b)))
    });
    order
}

/// The maximum spanning tree (Kruskal 1956) of so many records, strongest ties first.
fn tree(count: usize, ties: &[Tie]) -> Vec<usize> {
    let mut group: Vec<usize> = (0..count).collect();
    let mut tree = Vec::new();
    for tie in by_strength(ties) {
        let (a, b) = (group[ties[tie].a], group[ties[tie].b]);
        if a != b {
            let joined = group.iter_mut().filter(|group| **group == b);
            joined.for_each(|group| *group = a);
            tree.push(tie);
        }
    }
    tree
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bonds(count: usize, weights: &[((usize, usize), f64)]) -> Bonds {
        let ties: Vec<Tie> = weights
            .iter()
            .map(|&((a, b), weight)| Tie {
                a,
                b,
                weight,
                verdict: "link",
                kept: true,
                said: None,
            })
            .collect();
        Bonds {
            keys: (0..count as u64).map(RecordKey).collect(),
            names: (0..count).map(|place| format!("R{place}")).collect(),
            tree: tree(count, &ties),
            ties,
            link: 0.0,
            all: true,
        }
    }

    #[test]
    fn the_bridge_is_the_weakest() {
        let of = bonds(
            5,
            &[
                ((0, 1), 9.0),
                ((0, 2), 8.0),
                ((1, 2), 7.0),
                ((2, 3), 1.5),
                ((1, 3), -4.0),
                ((3, 4), 6.0),
            ],
        );
        let weakest = of.weakest().unwrap();
        assert_eq!(weakest.bond.records, ["R2", "R3"]);
        assert_eq!(weakest.sides[0], ["R0", "R1", "R2"]);
        assert_eq!(weakest.sides[1], ["R3", "R4"]);
        assert_eq!((weakest.others, weakest.mean), (0, Some(-1.25)));
        let chain = of.chain(RecordKey(4), RecordKey(1));
        let chain: Vec<_> = chain.iter().map(|bond| bond.records.join(" ")).collect();
        assert_eq!(chain, ["R3 R4", "R2 R3", "R0 R2", "R0 R1"]);
        assert!(of.chain(RecordKey(4), RecordKey(9)).is_empty());
        assert!(bonds(1, &[]).weakest().is_none());
    }

    proptest! {
        /// Among all chains the one over the tree has the heaviest weakest link (Hu 1961).
        #[test]
        fn the_chain_is_the_widest(weights in proptest::collection::vec(-9_i8..9, 15), from in 0..6_usize, to in 0..6_usize) {
            let pairs = (0..6).flat_map(|a| (a + 1..6).map(move |b| (a, b)));
            let weights: Vec<_> = pairs.zip(weights.iter().map(|&w| f64::from(w))).collect();
            let of = bonds(6, &weights);
            // Widest paths by Floyd and Warshall.
            let mut width = [[f64::NEG_INFINITY; 6]; 6];
            for &((a, b), weight) in &weights {
                (width[a][b], width[b][a]) = (weight, weight);
            }
            for over in 0..6 {
                for a in 0..6 {
                    for b in 0..6 {
                        width[a][b] = width[a][b].max(width[a][over].min(width[over][b]));
                    }
                }
            }
            let chain = of.chain(RecordKey(from as u64), RecordKey(to as u64));
            prop_assert_eq!(chain.is_empty(), from == to);
            if from != to {
                let least = chain.iter().map(|bond| bond.weight).fold(f64::INFINITY, f64::min);
                prop_assert_eq!(least, width[from][to]);
            }
        }
    }
}
