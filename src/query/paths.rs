//! How two people are tied to each other.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::history::{Known, TimeError};
use super::network::{TieKind, Ties, ValueKey, commonest, of};
use super::reading::{Reading, name_of};
use crate::id::EntityId;
use crate::store::{Made, Moment, StoreError, View};

/// So many chains are told at most.
const TOLD: usize = 5;

/// So many persons are looked at, at most.
const LOOKED_AT: usize = 4_000;

/// How far to look.
#[derive(Copy, Clone, Debug)]
pub struct PathOptions {
    /// Steps from person to person.
    pub depth: u32,
    /// A value that more persons than this share ties nobody.
    pub hub: usize,
    /// Whether to look for addresses too, for which every record is read.
    pub addresses: bool,
}

impl Default for PathOptions {
    fn default() -> Self {
        PathOptions {
            depth: 6,
            hub: 10,
            addresses: false,
        }
    }
}

/// The shortest chains from one person to another.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Paths {
    /// The last commit.
    pub commit: u64,
    /// When that was.
    pub known_at: Moment,
    /// The two persons.
    pub entities: [String; 2],
    /// Everybody who is named, by entity.
    pub persons: BTreeMap<String, PathPerson>,
    /// The chains, all of one length, in the order of their persons; at most five.
    pub chains: Vec<Vec<PathStep>>,
    /// How many more chains of that length there are.
    pub more: usize,
    /// Values that both have and so many others that they tie nobody.
    pub crowds: Vec<PathValue>,
    /// Whether there is certainly no other: `false` where the search was given up, as it met too
    /// many people or had gone so many steps as were asked for.
    pub complete: bool,
    /// Whether addresses were looked for.
    pub addresses: bool,
    /// Kinds of ties that nothing in this store finds.
    pub unindexed: Vec<TieKind>,
}

/// A person in a chain.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct PathPerson {
    /// The name that most of its records have.
    pub name: String,
    /// Its records, as `source:record_id`.
    pub records: Vec<String>,
}

/// A step from one person to the next.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct PathStep {
    /// The entity that it goes from.
    pub from: String,
    /// The entity that it goes to.
    pub to: String,
    /// What the two share.
    pub values: Vec<PathValue>,
}

/// A value that two persons share.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct PathValue {
    /// What it is.
    pub kind: TieKind,
    /// As a record of the person that the step goes from writes it.
    pub text: String,
    /// How many persons have it.
    pub persons: usize,
}

/// How two entities, or those that their records are in by now, are tied: as the store is now,
/// `made` being what is in force and `reading` that of it. `None` if one of them has no records.
///
/// # Errors
/// If the store cannot be read, or was resolved by a program that reads values in another way.
pub fn paths(
    view: &View<'_>,
    made: &Made,
    reading: &Reading,
    (a, b): (EntityId, EntityId),
    options: &PathOptions,
) -> Result<Option<Paths>, TimeError> {
    let known = Known::at(view, None)?;
    let (Some((a, _)), Some((b, _))) = (known.follow(a)?, known.follow(b)?) else {
        return Ok(None);
    };
    let ties = Ties::of(view, &known, made, reading, options.addresses)?;
    let mut search = Search {
        ties,
        hub: options.hub,
        left: Half::new(a),
        right: Half::new(b),
    };
    let complete = a == b || search.run(options.depth)?;
    let mut chains = match a == b {
        true => Vec::new(),
        false => search.chains(),
    };
    let more = chains.len().saturating_sub(TOLD);
    chains.truncate(TOLD);
    let mut persons = BTreeMap::new();
    for &entity in chains.iter().flatten().chain([&a, &b]) {
        let records = search.ties.records(entity)?;
        let person = PathPerson {
            name: commonest(of(&records), "name"),
            records: records.iter().map(|(_, record)| name_of(record)).collect(),
        };
        persons.insert(entity.to_string(), person);
    }
    let mut told = Vec::with_capacity(chains.len());
    for chain in &chains {
        let steps = chain.windows(2).map(|step| search.step(step[0], step[1]));
        told.push(steps.collect::<Result<Vec<_>, _>>()?);
    }
    let crowds = search.shared(a, b, |persons, more| more || persons > options.hub)?;
    Ok(Some(Paths {
        commit: known.commit,
        known_at: known.at,
        entities: [a.to_string(), b.to_string()],
        persons,
        complete: complete || !chains.is_empty(),
        chains: told,
        more,
        crowds: if a == b { Vec::new() } else { crowds },
        addresses: options.addresses,
        unindexed: search.ties.unindexed(),
    }))
}

/// The persons around one end, layer by layer.
struct Half {
    /// Steps from the end.
    steps: BTreeMap<EntityId, u32>,
    /// The persons one step nearer to the end.
    before: BTreeMap<EntityId, BTreeSet<EntityId>>,
    /// The outermost layer.
    layer: Vec<EntityId>,
    depth: u32,
}

impl Half {
    fn new(end: EntityId) -> Half {
        Half {
            steps: BTreeMap::from([(end, 0)]),
            before: BTreeMap::new(),
            layer: vec![end],
            depth: 0,
        }
    }

    /// All chains from a person to the end, each beginning with the person.
    fn chains(&self, from: EntityId) -> Vec<Vec<EntityId>> {
        let mut chains = vec![vec![from]];
        for _ in 0..self.steps.get(&from).copied().unwrap_or(0) {
            let longer = chains.iter().flat_map(|chain| {
                let last = chain.last().and_then(|last| self.before.get(last));
                let nearer = last.into_iter().flatten();
                nearer.map(|&person| chain.iter().copied().chain([person]).collect())
            });
            chains = longer.take(100 * TOLD).collect();
        }
        chains
    }
}

/// A search from both ends at once.
struct Search<'a> {
    ties: Ties<'a>,
    hub: usize,
    left: Half,
    right: Half,
}

impl Search<'_> {
    /// Goes on from the smaller side until the two meet; whether all there is was looked at.
    fn run(&mut self, depth: u32) -> Result<bool, StoreError> {
        while self.left.depth + self.right.depth < depth {
            if self.left.layer.is_empty() || self.right.layer.is_empty() {
                return Ok(true);
            }
            if self.left.steps.len() + self.right.steps.len() > LOOKED_AT {
                return Ok(false);
            }
            let half = match self.left.layer.len() <= self.right.layer.len() {
                true => &mut self.left,
                false => &mut self.right,
            };
            step_out(&mut self.ties, half, self.hub)?;
            let met = |person: &EntityId| self.right.steps.contains_key(person);
            if self.left.steps.keys().any(met) {
                return Ok(true);
            }
        }
        Ok(self.left.layer.is_empty() || self.right.layer.is_empty())
    }

    /// All shortest chains, from the left end to the right one, in order.
    fn chains(&self) -> Vec<Vec<EntityId>> {
        let mut found = Vec::new();
        for (&person, &steps) in &self.left.steps {
            let meets = self.right.steps.get(&person) == Some(&self.right.depth);
            if steps != self.left.depth || !meets {
                continue;
            }
            for mut chain in self.left.chains(person) {
                chain.reverse();
                for rest in self.right.chains(person) {
                    let whole = chain.iter().chain(&rest[1..]).copied();
                    found.push(whole.collect());
                }
            }
        }
        found.sort_unstable();
        found
    }

    fn step(&mut self, from: EntityId, to: EntityId) -> Result<PathStep, StoreError> {
        let hub = self.hub;
        Ok(PathStep {
            from: from.to_string(),
            to: to.to_string(),
            values: self.shared(from, to, |persons, more| !more && persons <= hub)?,
        })
    }

    /// The values that two persons share and that `fits` by the number of persons that have them
    /// and whether there are more.
    fn shared(
        &mut self,
        from: EntityId,
        to: EntityId,
        fits: impl Fn(usize, bool) -> bool,
    ) -> Result<Vec<PathValue>, StoreError> {
        let records = self.ties.records(from)?;
        let theirs = self.ties.records(to)?;
        let theirs: BTreeSet<ValueKey> = self.ties.values(&theirs).into_keys().collect();
        let mut shared = Vec::new();
        for (key, held) in self.ties.values(&records) {
            if !theirs.contains(&key) {
                continue;
            }
            let holders = self.ties.holders(key)?;
            if fits(holders.persons.len(), holders.more) {
                shared.push(PathValue {
                    kind: key.0,
                    text: held.text,
                    persons: holders.persons.len(),
                });
            }
        }
        Ok(shared)
    }
}

fn step_out(ties: &mut Ties<'_>, half: &mut Half, hub: usize) -> Result<(), StoreError> {
    half.depth += 1;
    let mut layer = BTreeSet::new();
    for person in std::mem::take(&mut half.layer) {
        let records = ties.records(person)?;
        for (key, _) in ties.values(&records) {
            let holders = ties.holders(key)?;
            if holders.more || holders.persons.len() > hub {
                continue;
            }
            for &other in holders.persons.keys() {
                let steps = *half.steps.entry(other).or_insert(half.depth);
                if steps == half.depth {
                    half.before.entry(other).or_default().insert(person);
                    layer.insert(other);
                }
            }
        }
    }
    half.layer = layer.into_iter().collect();
    Ok(())
}
