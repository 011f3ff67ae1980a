//! A chunk of the population: what one task makes, from streams of random numbers of its own.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::Options;
use super::enrolment::{Plan, Source, enrolments};
use super::errors::ErrorMix;
use super::families::Families;
use super::findings::findings;
use super::identity::Register;
use super::people::{Household, Person};
use super::places::Counties;
use super::random::{Rng, hash};
use super::render::Renderer;

/// People of a chunk. Rows are shuffled within it, and 重号 happen within it.
pub(super) const CHUNK: u64 = 8192;

/// More records than this no chunk has: 8192 people of at most ten records.
const RECORDS: u64 = 1 << 17;

/// All that the chunks have in common.
pub(super) struct World<'a> {
    options: &'a Options,
    plan: Plan,
    register_mix: ErrorMix,
    counties: Counties,
    groups: u64,
    blocks: u64,
}

/// The lines that a chunk adds to each file.
#[derive(Default)]
pub(super) struct Chunk {
    pub persons: u64,
    /// One list a source, in the order of [`Source::ALL`].
    pub rows: [Vec<String>; Source::ALL.len()],
    pub truth: String,
    pub findings: String,
    pub kinds: BTreeMap<&'static str, u64>,
}

impl<'a> World<'a> {
    pub fn new(options: &'a Options) -> World<'a> {
        let chunks = options.persons.div_ceil(CHUNK).max(1);
        let groups = chunks.div_ceil(Register::BLOCKS);
        World {
            options,
            plan: Plan {
                as_of: options.as_of,
                records_per_person: options.records_per_person,
                second_enrolment: options.second_enrolment,
                population_register: options.population_register,
            },
            register_mix: options.errors.scaled(0.25),
            counties: Counties::select(
                options.persons,
                options.seed,
                usize::try_from(groups).unwrap_or(usize::MAX),
            ),
            groups,
            blocks: chunks.div_ceil(groups),
        }
    }

    /// Chunk number `number`, the same whoever makes it and when.
    pub fn chunk(&self, number: u64) -> Chunk {
        let options = self.options;
        let stream = |purpose: u64| Rng::new(&[options.seed, purpose, number]);
        let group = self.counties.group((number % self.groups) as usize);
        let mut families = Families::new(
            options.as_of,
            group,
            number / self.groups,
            self.blocks,
            stream(1),
        );
        let mut rng = stream(2);
        let mut renderer = Renderer::new(
            (&options.errors, &self.register_mix),
            options.national_id,
            options.as_of,
            stream(3),
        );
        let quota = CHUNK.min(options.persons - number * CHUNK);
        let ids = RecordIds::new(options.seed);
        let mut records = number * RECORDS;
        let mut chunk = Chunk::default();
        let mut rows: [Vec<(String, u64)>; Source::ALL.len()] = Default::default();

        while chunk.persons < quota {
            let household = families.household();
            for member in enrolled(&household, &mut rng) {
                if chunk.persons == quota {
                    break;
                }
                chunk.persons += 1;
                let person_id = number * CHUNK + chunk.persons;
                let held = renderer.number_held(member);
                let enrolments = enrolments(member, &household, &self.plan, &mut rng);
                let mut names = Vec::with_capacity(enrolments.len());
                for enrolment in &enrolments {
                    let id = format!("{}{:012}", prefix(enrolment.source), ids.at(records));
                    records += 1;
                    let row = renderer.record(&id, member, &held, &household, enrolment);
                    rows[enrolment.source as usize].push((row, person_id));
                    names.push(format!("{}:{id}", enrolment.source.name()));
                }
                for finding in findings(&enrolments, options.as_of) {
                    *chunk.kinds.entry(finding.kind).or_default() += 1;
                    let (a, b) = (&names[finding.first], &names[finding.second]);
                    // Two of one programme stand in the order of their ids, as nothing else tells them apart.
                    let same =
                        enrolments[finding.first].source == enrolments[finding.second].source;
                    let (a, b) = if same && a > b { (b, a) } else { (a, b) };
                    chunk.findings += &format!("{},{person_id},{a},{b}\n", finding.kind);
                }
            }
        }
        for (source, mut of_source) in Source::ALL.into_iter().zip(rows) {
            rng.shuffle(&mut of_source);
            for (row, person_id) in &of_source {
                let id = row.split(',').next().unwrap_or("");
                // Writing to a string cannot fail.
                let _ = writeln!(chunk.truth, "{},{id},{person_id}", source.name());
            }
            chunk.rows[source as usize] = of_source.into_iter().map(|(row, _)| row).collect();
        }
        chunk
    }
}

/// The members on file: most, and one at least. The others exist as someone's mother or twin.
fn enrolled<'h>(household: &'h Household, rng: &mut Rng) -> Vec<&'h Person> {
    let drawn: Vec<&Person> = household
        .members
        .iter()
        .filter(|_| rng.chance(0.8))
        .collect();
    if drawn.is_empty() {
        household.members.iter().take(1).collect()
    } else {
        drawn
    }
}

fn prefix(source: Source) -> &'static str {
    match source {
        Source::Deaths => "DEA",
        Source::Dibao => "DIB",
        Source::Disaster => "DIS",
        Source::Education => "EDU",
        Source::Employment => "EMP",
        Source::Housing => "HOU",
        Source::Medical => "MED",
        Source::Payroll => "PAY",
        Source::Population => "POP",
        Source::Tekun => "TEK",
        Source::Temporary => "TEM",
    }
}

/// Twelve-digit numbers, each given once, in an order that tells nothing: a Feistel network of four rounds over 40 bits,
/// walked until it falls below 10¹² (Black, Rogaway, "Ciphers with arbitrary finite domains", 2002).
struct RecordIds {
    keys: [u64; 4],
}

impl RecordIds {
    const END: u64 = 1_000_000_000_000;

    fn new(seed: u64) -> RecordIds {
        RecordIds {
            keys: [1, 2, 3, 4].map(|round| hash(&[seed, 8, round])),
        }
    }

    fn at(&self, number: u64) -> u64 {
        let mut value = number;
        loop {
            value = self.step(value);
            if value < RecordIds::END {
                return value;
            }
        }
    }

    fn step(&self, value: u64) -> u64 {
        const HALF: u64 = (1 << 20) - 1;
        let (mut left, mut right) = (value >> 20 & HALF, value & HALF);
        for key in self.keys {
            (left, right) = (right, left ^ hash(&[key, right]) & HALF);
        }
        left << 20 | right
    }
}

/// Chunks whose records have ids, and whose people have numbers, that no other chunk gives.
pub(super) fn most_chunks() -> u64 {
    (RecordIds::END / RECORDS).min(Register::BLOCKS * 150)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_ids_are_given_once() {
        let ids = RecordIds::new(9);
        let mut seen: Vec<u64> = (0..200_000).map(|number| ids.at(number)).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 200_000);
        assert!(seen.iter().all(|id| *id < RecordIds::END));
    }
}
