//! A component comes to the same persons by itself as in a table of all records.

use yiren::gathering::{Verdicts, gather, split_component};
use yiren::table::Table;
use yiren_matchers::clustering::components;
use yiren_matchers::model::ModelParts;
use yiren_matchers::record::Value;
use yiren_matchers::rows::Rows;

use super::{Population, model};

/// The records of a table at some places, in their order.
fn part_of(table: &Table, model: &ModelParts, records: &[u32]) -> Table {
    let mut part = Table {
        rows: Rows::new(&model.fields),
        dictionaries: table.dictionaries.clone(),
        sources: table.sources.clone(),
        ids: table.ids.reordered(records),
        ..Table::default()
    };
    for &record in records {
        let values = (0..model.fields.len()).map(|field| table.record(record).get(field));
        part.rows.push(&values.collect::<Vec<Value>>());
        part.enrolments
            .push(table.enrolments[record as usize].clone());
    }
    part
}

/// Some linked pairs that a person took apart, and some unlinked ones put together.
fn verdicts(population: &Population) -> Verdicts {
    let entities = &population.matched.entities;
    let one = |pair: &(u32, u32)| entities.of[pair.0 as usize] == entities.of[pair.1 as usize];
    let apart = population.candidates.iter().filter(|pair| !one(pair));
    let must: Vec<(u32, u32)> = apart.step_by(11).copied().collect();
    let mut said: Vec<u32> = (0..population.records()).collect();
    for component in components(population.records(), must.iter().copied()).iter() {
        component
            .iter()
            .for_each(|&one| said[one as usize] = component[0]);
    }
    let together = population.candidates.iter().filter(|pair| one(pair));
    let cannot = together
        .step_by(5)
        .filter(|pair| said[pair.0 as usize] != said[pair.1 as usize]);
    Verdicts {
        cannot: cannot.copied().collect(),
        must,
    }
}

#[test]
fn a_component_by_itself_comes_to_the_same() {
    let model = model();
    let population = Population::new(1500, &model);
    let matched = &population.matched;
    let (table, scorer) = (&matched.loaded.table, &matched.scorer);
    let verdicts = verdicts(&population);
    assert!(verdicts.must.len() > 20 && verdicts.cannot.len() > 20);
    let entities = gather(scorer, table, &matched.scored.pairs, &verdicts);
    let same = |&(a, b): &(u32, u32)| entities.of[a as usize] == entities.of[b as usize];
    assert!(verdicts.must.iter().all(same));
    assert!(!verdicts.cannot.iter().any(same));

    let links: Vec<(u32, u32, f64)> = matched
        .scored
        .pairs
        .iter()
        .map(|pair| (pair.a, pair.b, pair.score.weight.0))
        .filter(|link| link.2 >= model.thresholds.link.0)
        .collect();
    let linked = links.iter().map(|&(a, b, _)| (a, b));
    let found = components(
        table.len() as u32,
        linked.chain(verdicts.must.iter().copied()),
    );
    let mut groups: Vec<Vec<u32>> = Vec::new();
    let mut alone = vec![true; table.len()];
    for members in found.iter() {
        members
            .iter()
            .for_each(|&member| alone[member as usize] = false);
        let place = |record: u32| {
            members
                .binary_search(&record)
                .ok()
                .map(|place| place as u32)
        };
        let within = |pairs: &[(u32, u32)]| {
            let pairs = pairs.iter().filter_map(|&(a, b)| place(a).zip(place(b)));
            pairs.collect::<Vec<_>>()
        };
        let of_part = links
            .iter()
            .rev()
            .filter_map(|&(a, b, weight)| Some((place(a)?, place(b)?, weight)));
        let split = split_component(
            scorer,
            &part_of(table, &model, members),
            &(0..members.len() as u32).collect::<Vec<_>>(),
            of_part,
            &Verdicts {
                must: within(&verdicts.must),
                cannot: within(&verdicts.cannot),
            },
        );
        let records =
            |group: Vec<u32>| -> Vec<u32> { group.iter().map(|&p| members[p as usize]).collect() };
        groups.extend(split.groups.into_iter().map(records));
    }
    let singles = (0..table.len() as u32).filter(|&record| alone[record as usize]);
    groups.extend(singles.map(|record| vec![record]));
    groups.sort();
    assert_eq!(entities.members(), groups);
}
