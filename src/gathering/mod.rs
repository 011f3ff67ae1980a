//! From weighed pairs and people's verdicts to persons.
//!
//! Links and must-links make connected components, and each component is split by itself
//! ([`split_component`]): every pair of it is weighed, and the model's method gathers its records
//! with a must-link as +∞ and a cannot-link as −∞. A component too large for that is first cut
//! into smaller ones by asking for heavier links; a must-link is heavier than any.
//!
//! The answer depends on the component alone: its records, their links and their verdicts. A sweep
//! over everything and the store, which looks at one component, so come to the same.

use rayon::prelude::*;
use yiren_matchers::clustering::{self, Linkage, Method, components};

use crate::scoring::{ScoredPair, Scorer};
use crate::table::Table;

/// A component of more records than this is first cut by asking for heavier links.
const LARGE: usize = 200;

/// Components that a task splits, and that are split before the next are looked at.
const TASK: usize = 1 << 10;
const WINDOW: usize = 1 << 17;

/// How many bits heavier each time.
const STEP: f64 = 2.0;

/// A link between two records, the lower one first, and its weight in bits.
pub type Link = (u32, u32, f64);

/// What people said about pairs of records of a table: each pair with its lower record first, each
/// list sorted. No chain of must-links may lead to the other end of a cannot-link.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdicts {
    /// Pairs that are one person.
    pub must: Vec<(u32, u32)>,
    /// Pairs that are two people.
    pub cannot: Vec<(u32, u32)>,
}

impl Verdicts {
    /// Those between two of the members, which ascend.
    fn within(&self, members: &[u32]) -> Verdicts {
        let among = |pairs: &[(u32, u32)]| -> Vec<(u32, u32)> {
            if pairs.is_empty() {
                return Vec::new();
            }
            let of_member = members.iter().flat_map(|&member| {
                let start = pairs.partition_point(|pair| pair.0 < member);
                pairs[start..]
                    .iter()
                    .take_while(move |pair| pair.0 == member)
            });
            of_member
                .filter(|pair| members.binary_search(&pair.1).is_ok())
                .copied()
                .collect()
        };
        Verdicts {
            must: among(&self.must),
            cannot: among(&self.cannot),
        }
    }
}

/// Which records are one person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entities {
    /// Entity of each record; entities are numbered in the order of their smallest record.
    pub of: Vec<u32>,
    /// Smallest record of each entity.
    pub first: Vec<u32>,
    /// The sum of [`Split::kept_whole`].
    pub kept_whole: u64,
}

impl Entities {
    /// The members of each entity, ascending, in the order of the entities.
    pub fn members(&self) -> Vec<Vec<u32>> {
        self.grouped().iter().map(<[u32]>::to_vec).collect()
    }

    /// The same in two allocations: 4 bytes a record and 4 an entity.
    pub fn grouped(&self) -> Grouped {
        let mut ends = vec![0_u32; self.first.len()];
        for &entity in &self.of {
            ends[entity as usize] += 1;
        }
        let mut start = 0;
        for count in &mut ends {
            start += std::mem::replace(count, start);
        }
        let mut members = vec![0; self.of.len()];
        for (record, &entity) in (0..).zip(&self.of) {
            let place = &mut ends[entity as usize];
            members[*place as usize] = record;
            *place += 1;
        }
        Grouped { members, ends }
    }
}

/// The members of entities, one entity after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grouped {
    members: Vec<u32>,
    /// Where each entity ends.
    ends: Vec<u32>,
}

impl Grouped {
    /// The members of each entity, ascending.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[u32]> + '_ {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let members = &self.members[start..end as usize];
            start = end as usize;
            members
        })
    }
}

/// What a component was split into.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Split {
    /// The records of each person, ascending, in the order of their smallest.
    pub groups: Vec<Vec<u32>>,
    /// Parts that no weight cut below the size that is weighed pair by pair. Each was kept whole,
    /// but for cannot-links: its links are taken from the heaviest down, ties by the smaller
    /// records, and each joins its two sides unless a cannot-link stands between them.
    pub kept_whole: u64,
}

/// Gathers the records of a table into entities: connected components of must-links and of the
/// pairs (ascending) at or above the link threshold, each then split as by [`split_component`].
/// In parallel; the same whatever the threads.
pub fn gather(
    scorer: &Scorer,
    table: &Table,
    pairs: &[ScoredPair],
    verdicts: &Verdicts,
) -> Entities {
    let threshold = scorer.model().parts().thresholds.link.0;
    let count = table.len() as u32;
    let strong = pairs
        .iter()
        .filter(|pair| pair.score.weight.0 >= threshold)
        .map(|pair| (pair.a, pair.b));
    let found = components(count, strong.chain(verdicts.must.iter().copied()));
    let mut of: Vec<u32> = (0..count).collect();
    let mut kept_whole = 0;
    // Some at a time, so that few are held beside what they came to.
    let mut parts = found.iter();
    let mut window: Vec<&[u32]> = Vec::with_capacity(WINDOW);
    loop {
        window.clear();
        window.extend(parts.by_ref().take(WINDOW));
        if window.is_empty() {
            return number(of, kept_whole);
        }
        let splits = window.par_chunks(TASK).map(|parts| {
            let (mut joined, mut known) = (Joined::default(), Vec::new());
            for members in parts {
                weighed_before(pairs, members, &mut known);
                // What was no candidate, or not worth a report, is weighed now.
                let weigh =
                    |a, b| match known.binary_search_by_key(&(a, b), |link| (link.0, link.1)) {
                        Ok(place) => known[place].2,
                        Err(_) => scorer.weigh(table, a, b).weight.0,
                    };
                let links = known.iter().filter(|link| link.2 >= threshold).copied();
                joined.add(Splitter::of(scorer, weigh).split(members, links, verdicts));
            }
            joined
        });
        for split in splits.collect::<Vec<Joined>>() {
            kept_whole += split.kept_whole;
            for (record, first) in split.records {
                of[record as usize] = first;
            }
        }
    }
}

/// What some components were split into.
#[derive(Default)]
struct Joined {
    /// Records that are not the smallest of their person, each with the one that is.
    records: Vec<(u32, u32)>,
    kept_whole: u64,
}

impl Joined {
    fn add(&mut self, split: Split) {
        self.kept_whole += split.kept_whole;
        for group in split.groups {
            if let [first, others @ ..] = &*group {
                self.records
                    .extend(others.iter().map(|&record| (record, *first)));
            }
        }
    }
}

/// The persons of one connected component.
///
/// `members` are its records, ascending, of a table whose records are in the order of (source,
/// record id); `links` its pairs at or above the link threshold, in any order, read only where the
/// component is large; of `verdicts` those within it count. Must-linked records are always one
/// person, cannot-linked ones never; what a person said also stands above
/// [`unique_sources`](yiren_matchers::model::ModelParts::unique_sources). Cost: every pair is
/// weighed, up to 200 records; beyond, every pair of the pieces that heavier links leave.
pub fn split_component(
    scorer: &Scorer,
    table: &Table,
    members: &[u32],
    links: impl IntoIterator<Item = Link>,
    verdicts: &Verdicts,
) -> Split {
    let weigh = |a, b| scorer.weigh(table, a, b).weight.0;
    Splitter::of(scorer, weigh).split(members, links, verdicts)
}

/// Turns the smallest record of each entity into its number.
fn number(mut of: Vec<u32>, kept_whole: u64) -> Entities {
    let mut first = Vec::new();
    for record in 0..of.len() {
        let smallest = of[record] as usize;
        of[record] = if smallest == record {
            first.push(record as u32);
            first.len() as u32 - 1
        } else {
            of[smallest]
        };
    }
    Entities {
        of,
        first,
        kept_whole,
    }
}

/// Puts the pairs of a component that are among the weighed pairs of its table, which ascend, into
/// `known`, ascending; of two records none, for nothing is asked of their weight.
fn weighed_before(pairs: &[ScoredPair], members: &[u32], known: &mut Vec<Link>) {
    known.clear();
    if members.len() <= 2 {
        return;
    }
    for &member in members {
        let start = pairs.partition_point(|pair| pair.a < member);
        let of_member = pairs[start..].iter().take_while(|pair| pair.a == member);
        let within = of_member.filter(|pair| members.binary_search(&pair.b).is_ok());
        known.extend(within.map(|pair| (pair.a, pair.b, pair.score.weight.0)));
    }
}

/// How components are split, whatever weighs their pairs.
struct Splitter<W> {
    /// The weight of a pair, lower record first.
    weigh: W,
    threshold: f64,
    method: Method,
    /// Records that are weighed pair by pair.
    large: usize,
}

impl<W: Fn(u32, u32) -> f64> Splitter<W> {
    /// As the model of a scorer says.
    fn of(scorer: &Scorer, weigh: W) -> Splitter<W> {
        let parts = scorer.model().parts();
        Splitter {
            weigh,
            threshold: parts.thresholds.link.0,
            method: parts.clustering,
            large: LARGE,
        }
    }

    fn split(
        &self,
        members: &[u32],
        links: impl IntoIterator<Item = Link>,
        verdicts: &Verdicts,
    ) -> Split {
        let verdicts = verdicts.within(members);
        let mut kept_whole = 0;
        let mut groups = if members.len() <= 2 && verdicts.cannot.is_empty() {
            // One link or must-link is all there is.
            vec![members.to_vec()]
        } else if members.len() <= self.large {
            self.gather(members, &verdicts)
        } else {
            let links: Vec<Link> = links.into_iter().collect();
            self.cut(members, links, &verdicts, &mut kept_whole)
        };
        groups.sort_unstable();
        Split { groups, kept_whole }
    }

    /// The entities of a component that is too large to weigh whole.
    fn cut(
        &self,
        members: &[u32],
        mut links: Vec<Link>,
        verdicts: &Verdicts,
        kept_whole: &mut u64,
    ) -> Vec<Vec<u32>> {
        let weights = links.iter().map(|&(_, _, weight)| weight);
        let heaviest = weights.fold(f64::MIN, f64::max);
        links.extend(verdicts.must.iter().map(|&(a, b)| (a, b, f64::INFINITY)));
        let (mut done, mut large) = (Vec::new(), vec![members.to_vec()]);
        let mut least = self.threshold;
        while !large.is_empty() {
            least += STEP;
            if least > heaviest {
                *kept_whole = large.len() as u64;
                let kept = large
                    .iter()
                    .flat_map(|part| keep(part, &links, &verdicts.cannot));
                done.extend(kept);
                break;
            }
            let mut still = Vec::new();
            for part in large {
                for piece in pieces(&part, &links, least) {
                    if piece.len() > self.large {
                        still.push(piece);
                    } else {
                        done.extend(self.gather(&piece, verdicts));
                    }
                }
            }
            large = still;
        }
        done
    }

    fn gather(&self, members: &[u32], verdicts: &Verdicts) -> Vec<Vec<u32>> {
        let linkage = Linkage {
            threshold: self.threshold,
            clip: 25.0,
        };
        let said = |pairs: &[(u32, u32)], pair| pairs.binary_search(&pair).is_ok();
        let groups = clustering::gather(self.method, members.len(), linkage, |a, b| {
            let pair = (members[a], members[b]);
            if said(&verdicts.must, pair) {
                f64::INFINITY
            } else if said(&verdicts.cannot, pair) {
                f64::NEG_INFINITY
            } else {
                // No model is as sure as a person.
                (self.weigh)(pair.0, pair.1).min(f64::MAX)
            }
        });
        groups
            .into_iter()
            .map(|group| group.into_iter().map(|place| members[place]).collect())
            .collect()
    }
}

/// Connected components of `members` under the links of at least that weight; members ascend.
fn pieces(members: &[u32], links: &[Link], least: f64) -> Vec<Vec<u32>> {
    let strong = links.iter().filter(|(_, _, weight)| *weight >= least);
    let placed = strong.filter_map(|&(a, b, _)| places(members, a, b));
    let placed = placed.map(|(a, b)| (a as u32, b as u32));
    let found = components(members.len() as u32, placed);
    let mut alone = vec![true; members.len()];
    let mut pieces: Vec<Vec<u32>> = Vec::new();
    for piece in found.iter() {
        piece
            .iter()
            .for_each(|&place| alone[place as usize] = false);
        pieces.push(piece.iter().map(|&place| members[place as usize]).collect());
    }
    pieces.extend(
        alone
            .iter()
            .zip(members)
            .filter(|(alone, _)| **alone)
            .map(|(_, &member)| vec![member]),
    );
    pieces
}

/// A part that is kept whole but for cannot-links, by the rule of [`Split::kept_whole`].
fn keep(part: &[u32], links: &[Link], cannot: &[(u32, u32)]) -> Vec<Vec<u32>> {
    // Of each group, the records that it must not be joined with.
    let mut apart = vec![Vec::new(); part.len()];
    for (a, b) in cannot.iter().filter_map(|&(a, b)| places(part, a, b)) {
        apart[a].push(b);
        apart[b].push(a);
    }
    if apart.iter().all(Vec::is_empty) {
        return vec![part.to_vec()];
    }
    let placed = links
        .iter()
        .filter_map(|&(a, b, weight)| Some((weight, places(part, a, b)?)));
    let mut links: Vec<(f64, (usize, usize))> = placed.collect();
    links.sort_unstable_by(|x, y| y.0.total_cmp(&x.0).then(x.1.cmp(&y.1)));
    let mut group_of: Vec<usize> = (0..part.len()).collect();
    let mut groups: Vec<Vec<usize>> = group_of.iter().map(|&place| vec![place]).collect();
    for (_, (a, b)) in links {
        let (a, b) = (group_of[a], group_of[b]);
        if a == b || apart[a].iter().any(|&other| group_of[other] == b) {
            continue;
        }
        // The smaller group moves, so that a record moves few times.
        let (into, from) = match groups[a].len() < groups[b].len() {
            true => (b, a),
            false => (a, b),
        };
        for place in std::mem::take(&mut groups[from]) {
            group_of[place] = into;
            groups[into].push(place);
        }
        let moved = std::mem::take(&mut apart[from]);
        apart[into].extend(moved);
    }
    groups.retain(|group| !group.is_empty());
    for group in &mut groups {
        group.sort_unstable();
    }
    let records = |group: Vec<usize>| group.into_iter().map(|place| part[place]).collect();
    groups.into_iter().map(records).collect()
}

/// Where two records are among members, which ascend, if both are.
fn places(members: &[u32], a: u32, b: u32) -> Option<(usize, usize)> {
    let place = |record: u32| members.binary_search(&record).ok();
    place(a).zip(place(b))
}

#[cfg(test)]
mod tests;
