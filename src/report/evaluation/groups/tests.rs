use proptest::prelude::*;
use rustc_hash::FxHashMap;

use super::*;

/// A truth over records 0, 1, … of these persons ([`MISSING`] where unknown), numbered as
/// [`Truth`] numbers them.
fn truth_of(persons: &[u32]) -> Truth {
    let mut numbers: FxHashMap<u32, u32> = FxHashMap::default();
    let mut truth = Truth::default();
    for (record, &person) in persons.iter().enumerate() {
        if person == MISSING {
            truth.person_of.push(MISSING);
            continue;
        }
        let next = numbers.len() as u32;
        let number = *numbers.entry(person).or_insert(next);
        truth.person_of.push(number);
        if number as usize == truth.members.len() {
            truth.members.push(Vec::new());
        }
        truth.members[number as usize].push(record as u32);
    }
    truth
}

fn attribute(of: &[Option<u32>]) -> Attribute {
    Attribute {
        by: "sex",
        of: of.to_vec(),
        name: |code| (code.to_string(), Text::same(code.to_string())),
        gather_all_but: None,
    }
}

fn person() -> impl Strategy<Value = u32> {
    prop_oneof![9 => 0..6u32, 1 => Just(MISSING)]
}

fn row() -> impl Strategy<Value = (u32, u32, Option<u32>, u32)> {
    (0..6u32, person(), proptest::option::of(0..3u32), 0..3u32)
}

proptest! {
    /// Every count by its definition, over all pairs of records.
    #[test]
    fn groups_of_persons_are_counted_as_defined(rows in proptest::collection::vec(row(), 0..40)) {
        let entities: Vec<u32> = rows.iter().map(|row| row.0).collect();
        let truth = truth_of(&rows.iter().map(|row| row.1).collect::<Vec<_>>());
        let values: Vec<Option<u32>> = rows.iter().map(|row| row.2).collect();
        let found = by_person(&cells(&entities, &truth), &truth, &attribute(&values));

        // The group of a person: the value met most, the smallest of those.
        let group_of = |person: u32| -> String {
            let of = |value| truth.members[person as usize].iter().filter(|&&r| values[r as usize] == Some(value)).count();
            let mut best: Option<u32> = None;
            for value in 0..3 {
                if of(value) > best.map_or(0, of) {
                    best = Some(value);
                }
            }
            best.map_or("unknown".to_owned(), |value| value.to_string())
        };
        let mut expected: BTreeMap<String, (u64, u64, u64, u64)> = BTreeMap::new();
        for person in 0..truth.members.len() as u32 {
            expected.entry(group_of(person)).or_default().0 += 1;
        }
        for a in 0..rows.len() {
            for b in a + 1..rows.len() {
                let (p, q) = (truth.person_of[a], truth.person_of[b]);
                if p == MISSING || q == MISSING {
                    continue;
                }
                let together = entities[a] == entities[b];
                if p == q {
                    let counts = expected.entry(group_of(p)).or_default();
                    counts.1 += 1;
                    counts.2 += u64::from(together);
                } else if together {
                    let (g, h) = (group_of(p), group_of(q));
                    expected.entry(g.clone()).or_default().3 += 1;
                    if g != h {
                        expected.entry(h).or_default().3 += 1;
                    }
                }
            }
        }
        let found: BTreeMap<String, (u64, u64, u64, u64)> = found
            .into_iter()
            .map(|group| (group.group, (group.persons, group.true_pairs, group.found, group.wrong)))
            .collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn sources_are_counted_as_defined(rows in proptest::collection::vec(row(), 0..40)) {
        let entities: Vec<u32> = rows.iter().map(|row| row.0).collect();
        let truth = truth_of(&rows.iter().map(|row| row.1).collect::<Vec<_>>());
        let sources: Vec<u32> = rows.iter().map(|row| row.3).collect();
        let names = ["a", "b", "c"].map(str::to_owned);
        let (by_source, by_pair) = by_source(&cells(&entities, &truth), &truth, &sources, &names);

        let mut pairs: BTreeMap<String, (u64, u64, u64)> = BTreeMap::new();
        let mut ends: BTreeMap<String, (u64, u64, u64)> = BTreeMap::new();
        for a in 0..rows.len() {
            if truth.person_of[a] != MISSING {
                ends.entry(names[sources[a] as usize].clone()).or_default();
            }
            for b in a + 1..rows.len() {
                let (p, q) = (truth.person_of[a], truth.person_of[b]);
                let (one, together) = (p == q, entities[a] == entities[b]);
                if p == MISSING || q == MISSING || !(one || together) {
                    continue;
                }
                let (s, t) = (sources[a].min(sources[b]) as usize, sources[a].max(sources[b]) as usize);
                let mut of = vec![names[s].clone(), names[t].clone()];
                of.dedup();
                let counts = of.into_iter().map(|source| (false, source))
                    .chain([(true, format!("{}-{}", names[s], names[t]))]);
                for (is_pair, name) in counts {
                    let sum = if is_pair { pairs.entry(name) } else { ends.entry(name) }.or_default();
                    sum.0 += u64::from(one);
                    sum.1 += u64::from(one && together);
                    sum.2 += u64::from(!one && together);
                }
            }
        }
        let of = |groups: Vec<Group>| -> BTreeMap<String, (u64, u64, u64)> {
            groups.into_iter().map(|group| (group.group, (group.true_pairs, group.found, group.wrong))).collect()
        };
        prop_assert_eq!(of(by_pair), pairs);
        prop_assert_eq!(of(by_source), ends);
    }
}

fn group(name: &str, true_pairs: u64, found: u64, wrong: u64) -> Group {
    Group {
        group: name.to_owned(),
        true_pairs,
        found,
        wrong,
        ..Group::default()
    }
}

#[test]
fn the_gap_is_between_groups_that_are_large_enough() {
    let by = Grouping::new(
        "sex",
        vec![
            group("few", 10, 0, 0),
            group("good", 1000, 990, 10),
            group("bad", 1000, 900, 0),
            group("unknown", 1000, 10, 0),
            group("fair", 1000, 950, 50),
        ],
    );
    let gap = |lowest, highest, clear| {
        Some(Gap {
            lowest,
            highest,
            clear,
        })
    };
    assert_eq!(by.recall_gap, gap(2, 1, true));
    assert_eq!(by.precision_gap, gap(4, 2, true));
    let close = Grouping::new("sex", vec![group("a", 40, 39, 0), group("b", 40, 38, 0)]);
    assert_eq!(close.recall_gap, gap(1, 0, false));
    assert_eq!(close.precision_gap, gap(0, 1, false));
    let alone = Grouping::new("sex", vec![group("a", 40, 39, 0), group("b", 29, 29, 0)]);
    assert_eq!((alone.recall_gap, alone.precision_gap), (None, None));
}

#[test]
fn small_groups_are_put_together_where_there_may_be_many() {
    // Persons of four records, six pairs each: 1 is kept by name, 2 is large enough, 3 and 4 are not.
    let sizes = [(1, 1), (2, 5), (3, 4), (4, 1)];
    let (mut persons, mut values, mut next) = (Vec::new(), Vec::new(), 0);
    for (value, count) in sizes {
        for _ in 0..count {
            persons.extend([next; 4]);
            values.extend([Some(value); 4]);
            next += 1;
        }
    }
    let truth = truth_of(&persons);
    let mut attribute = attribute(&values);
    let names = |attribute: &Attribute| -> Vec<(String, u64)> {
        let found = by_person(&cells(&persons, &truth), &truth, attribute);
        found
            .into_iter()
            .map(|group| (group.group, group.true_pairs))
            .collect()
    };
    let named = |list: &[(&str, u64)]| -> Vec<(String, u64)> {
        list.iter()
            .map(|&(name, pairs)| (name.to_owned(), pairs))
            .collect()
    };
    assert_eq!(
        names(&attribute),
        named(&[("1", 6), ("2", 30), ("3", 24), ("4", 6)])
    );
    attribute.gather_all_but = Some(1);
    assert_eq!(
        names(&attribute),
        named(&[("1", 6), ("2", 30), ("others", 30)])
    );
}
