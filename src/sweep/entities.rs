//! From weighed pairs to persons.

use rayon::prelude::*;
use yiren_matchers::clustering::{self, Linkage, Method, components};

use crate::scoring::{ScoredPair, Scorer};
use crate::table::Table;

/// A component of more records than this is first cut by asking for heavier links.
const LARGE: usize = 200;

/// How many bits heavier each time.
const STEP: f64 = 2.0;

/// Which records are one person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entities {
    /// Entity of each record; entities are numbered in the order of their smallest record.
    pub of: Vec<u32>,
    /// Smallest record of each entity.
    pub first: Vec<u32>,
    /// Components that no weight cut below the size that is weighed pair by pair; each was kept whole.
    pub kept_whole: u64,
}

impl Entities {
    /// The members of each entity, ascending, in the order of the entities.
    pub fn members(&self) -> Vec<Vec<u32>> {
        let mut members = vec![Vec::new(); self.first.len()];
        for (record, &entity) in self.of.iter().enumerate() {
            members[entity as usize].push(record as u32);
        }
        members
    }
}

/// Gathers the records of a table into entities: connected components of the pairs at or above
/// the link threshold, each then split by the model's method over all its pairs.
pub fn gather(scorer: &Scorer, table: &Table, pairs: &[ScoredPair]) -> Entities {
    let threshold = scorer.model().parts().thresholds.link.0;
    let count = table.len() as u32;
    let strong = pairs.iter().filter(|pair| pair.score.weight.0 >= threshold);
    let found = components(count, strong.map(|pair| (pair.a, pair.b)));
    let parts: Vec<&[u32]> = found.iter().collect();
    let gatherer = Gatherer {
        scorer,
        table,
        pairs,
        threshold,
        method: scorer.model().parts().clustering,
    };
    let groups: Vec<(Vec<Vec<u32>>, u64)> = parts
        .par_iter()
        .map(|members| gatherer.split(members))
        .collect();
    let mut of: Vec<u32> = (0..count).collect();
    let mut kept_whole = 0;
    for (groups, whole) in groups {
        kept_whole += whole;
        for group in groups {
            for &record in &group {
                of[record as usize] = group[0];
            }
        }
    }
    number(of, kept_whole)
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

struct Gatherer<'a> {
    scorer: &'a Scorer,
    table: &'a Table,
    pairs: &'a [ScoredPair],
    threshold: f64,
    method: Method,
}

impl Gatherer<'_> {
    /// The entities of one component, and how many parts of it were too large to weigh.
    fn split(&self, members: &[u32]) -> (Vec<Vec<u32>>, u64) {
        if members.len() == 2 {
            return (vec![members.to_vec()], 0);
        }
        if members.len() <= LARGE {
            return (self.gather(members), 0);
        }
        let links = self.links_within(members);
        let heaviest = links
            .iter()
            .map(|&(_, _, weight)| weight)
            .fold(f64::MIN, f64::max);
        let (mut done, mut large, mut whole) = (Vec::new(), vec![members.to_vec()], 0);
        let mut least = self.threshold;
        while !large.is_empty() {
            least += STEP;
            if least > heaviest {
                whole = large.len() as u64;
                done.append(&mut large);
                break;
            }
            let mut still = Vec::new();
            for part in large {
                for piece in pieces(&part, &links, least) {
                    if piece.len() > LARGE {
                        still.push(piece);
                    } else {
                        done.extend(self.gather(&piece));
                    }
                }
            }
            large = still;
        }
        (done, whole)
    }

    fn gather(&self, members: &[u32]) -> Vec<Vec<u32>> {
        let linkage = Linkage {
            threshold: self.threshold,
            clip: 25.0,
        };
        let groups = clustering::gather(self.method, members.len(), linkage, |a, b| {
            self.scorer
                .weigh(self.table, members[a], members[b])
                .weight
                .0
        });
        groups
            .into_iter()
            .map(|group| group.into_iter().map(|place| members[place]).collect())
            .collect()
    }

    /// Links between members, at or above the threshold.
    fn links_within(&self, members: &[u32]) -> Vec<(u32, u32, f64)> {
        let mut links = Vec::new();
        for &member in members {
            let start = self.pairs.partition_point(|pair| pair.a < member);
            let of_member = self.pairs[start..]
                .iter()
                .take_while(|pair| pair.a == member);
            let strong = of_member.filter(|pair| pair.score.weight.0 >= self.threshold);
            links.extend(strong.map(|pair| (pair.a, pair.b, pair.score.weight.0)));
        }
        links
    }
}

/// Connected components of `members` under the links of at least that weight; members ascend.
fn pieces(members: &[u32], links: &[(u32, u32, f64)], least: f64) -> Vec<Vec<u32>> {
    let place = |record: u32| {
        members
            .binary_search(&record)
            .ok()
            .map(|place| place as u32)
    };
    let strong = links.iter().filter(|(_, _, weight)| *weight >= least);
    let placed = strong.filter_map(|&(a, b, _)| place(a).zip(place(b)));
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
