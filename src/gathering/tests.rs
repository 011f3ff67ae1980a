use proptest::prelude::*;

use super::*;

const THRESHOLD: f64 = 2.0;

/// Records `0..count` with a weight for each pair, of which some are no candidates, and verdicts
/// that do not contradict each other.
#[derive(Clone, Debug)]
struct World {
    count: u32,
    weights: Vec<f64>,
    candidates: Vec<bool>,
    verdicts: Verdicts,
}

impl World {
    fn weight(&self, a: u32, b: u32) -> f64 {
        self.weights[(a * self.count + b) as usize]
    }

    fn pairs(&self) -> impl Iterator<Item = (u32, u32)> + use<> {
        let count = self.count;
        (0..count).flat_map(move |a| (a + 1..count).map(move |b| (a, b)))
    }

    fn links(&self) -> Vec<Link> {
        let candidates = self
            .pairs()
            .filter(|(a, b)| self.candidates[(a * self.count + b) as usize]);
        candidates
            .map(|(a, b)| (a, b, self.weight(a, b)))
            .filter(|link| link.2 >= THRESHOLD)
            .collect()
    }

    /// The components of two and more records, each with its links.
    fn components(&self) -> Vec<(Vec<u32>, Vec<Link>)> {
        let links = self.links();
        let linked = links.iter().map(|&(a, b, _)| (a, b));
        let all = components(self.count, linked.chain(self.verdicts.must.iter().copied()));
        let with_links = |members: &[u32]| {
            let within = links.iter().filter(|link| members.contains(&link.0));
            (members.to_vec(), within.copied().collect())
        };
        all.iter().map(with_links).collect()
    }

    fn splitter(&self, method: Method, large: usize) -> Splitter<impl Fn(u32, u32) -> f64 + '_> {
        Splitter {
            weigh: |a, b| self.weight(a, b),
            threshold: THRESHOLD,
            method,
            large,
        }
    }
}

/// Weights in steps of a quarter, so that some are equal.
fn world() -> impl Strategy<Value = World> {
    (1..13u32).prop_flat_map(|count| {
        let pairs = (count * count) as usize;
        (
            proptest::collection::vec(-40..60i32, pairs),
            proptest::collection::vec(proptest::bool::weighted(0.4), pairs),
            proptest::collection::vec(0..4u8, count as usize),
            proptest::collection::vec(0..12u8, pairs),
        )
            .prop_map(move |(weights, candidates, persons, said)| {
                let mut world = World {
                    count,
                    weights: weights.iter().map(|&w| f64::from(w) / 4.0).collect(),
                    candidates,
                    verdicts: Verdicts::default(),
                };
                for (a, b) in world.pairs() {
                    let one = persons[a as usize] == persons[b as usize];
                    match said[(a * count + b) as usize] {
                        0 if one => world.verdicts.must.push((a, b)),
                        1 if !one => world.verdicts.cannot.push((a, b)),
                        _ => {}
                    }
                }
                world
            })
    })
}

fn method() -> impl Strategy<Value = Method> {
    proptest::sample::select(&Method::ALL[..])
}

/// The definition by recursion, everything looked for anew at each step.
fn by_the_book(
    world: &World,
    (method, large): (Method, usize),
    links: &[Link],
    members: &[u32],
    level: f64,
) -> Vec<Vec<u32>> {
    let said = |pairs: &[(u32, u32)], a: u32, b: u32| pairs.contains(&(a.min(b), a.max(b)));
    let (must, cannot) = (&world.verdicts.must, &world.verdicts.cannot);
    if members.len() <= large {
        let linkage = Linkage {
            threshold: THRESHOLD,
            clip: 25.0,
        };
        let groups = clustering::gather(method, members.len(), linkage, |x, y| {
            let (a, b) = (members[x], members[y]);
            match (said(must, a, b), said(cannot, a, b)) {
                (true, _) => f64::INFINITY,
                (_, true) => f64::NEG_INFINITY,
                _ => world.weight(a, b),
            }
        });
        let records = |group: &Vec<usize>| group.iter().map(|&place| members[place]).collect();
        return groups.iter().map(records).collect();
    }
    let heaviest = links.iter().map(|link| link.2).fold(f64::MIN, f64::max);
    let mut within: Vec<Link> = must.iter().map(|&(a, b)| (a, b, f64::INFINITY)).collect();
    within.extend(links);
    within.retain(|link| members.contains(&link.0) && members.contains(&link.1));
    let mut groups: Vec<Vec<u32>> = members.iter().map(|&record| vec![record]).collect();
    let whole = level + STEP > heaviest;
    within.sort_by(|x, y| y.2.total_cmp(&x.2).then((x.0, x.1).cmp(&(y.0, y.1))));
    for (a, b, weight) in within {
        let of = |record| groups.iter().position(|group| group.contains(&record));
        let (x, y) = (of(a).unwrap(), of(b).unwrap());
        let stands_between = groups[x]
            .iter()
            .any(|&one| groups[y].iter().any(|&other| said(cannot, one, other)));
        if x == y || (whole && stands_between) || (!whole && weight < level + STEP) {
            continue;
        }
        let moved = groups[y].clone();
        groups[x].extend(moved);
        groups[x].sort_unstable();
        groups.remove(y);
    }
    if whole {
        return groups;
    }
    let pieces = groups.iter();
    pieces
        .flat_map(|piece| by_the_book(world, (method, large), links, piece, level + STEP))
        .collect()
}

proptest! {
    #[test]
    fn components_are_split_by_the_book(world in world(), method in method(), large in 2..9usize) {
        for (members, links) in world.components() {
            let mut expected = by_the_book(&world, (method, large), &links, &members, THRESHOLD);
            expected.sort();
            let split = world.splitter(method, large).split(&members, links, &world.verdicts);
            prop_assert_eq!(&split.groups, &expected);
        }
    }

    #[test]
    fn verdicts_hold_always(world in world(), method in method(), large in 2..13usize) {
        for (members, links) in world.components() {
            let split = world.splitter(method, large).split(&members, links, &world.verdicts);
            let mut all: Vec<u32> = split.groups.iter().flatten().copied().collect();
            all.sort_unstable();
            prop_assert_eq!(&all, &members);
            let of = |record: u32| split.groups.iter().position(|group| group.contains(&record));
            for &(a, b) in &world.verdicts.must {
                prop_assert_eq!(of(a), of(b));
            }
            for &(a, b) in &world.verdicts.cannot {
                prop_assert!(of(a).is_none() || of(a) != of(b), "{} {} {:?}", a, b, split);
            }
        }
    }

    /// Only the component counts: not the numbers of its records, nor the order of its links, nor
    /// what was said of others.
    #[test]
    fn only_the_component_counts(
        world in world(),
        method in method(),
        large in 2..13usize,
        turn in 0..50usize,
    ) {
        let number = |record: u32| 3 * record + 2;
        let numbered = |pairs: &[(u32, u32)]| -> Vec<(u32, u32)> {
            let others = (0..world.count).map(|record| (number(record), 3 * record + 3));
            let mut all: Vec<_> = pairs.iter().map(|&(a, b)| (number(a), number(b))).collect();
            all.extend(others);
            all.sort_unstable();
            all
        };
        let elsewhere = Splitter {
            weigh: |a: u32, b: u32| world.weight((a - 2) / 3, (b - 2) / 3),
            threshold: THRESHOLD,
            method,
            large,
        };
        let verdicts = Verdicts {
            must: numbered(&world.verdicts.must),
            cannot: numbered(&world.verdicts.cannot),
        };
        for (members, mut links) in world.components() {
            let here =
                world.splitter(method, large).split(&members, links.clone(), &world.verdicts);
            let members: Vec<u32> = members.into_iter().map(number).collect();
            links.iter_mut().for_each(|link| *link = (number(link.0), number(link.1), link.2));
            let turn = turn % links.len().max(1);
            links.rotate_left(turn);
            let mut there = elsewhere.split(&members, links, &verdicts);
            there.groups.iter_mut().flatten().for_each(|record| *record = (*record - 2) / 3);
            prop_assert_eq!(there, here);
        }
    }
}

/// A chain of links that no weight cuts, and a verdict that its ends are two people.
#[test]
fn a_part_kept_whole_falls_at_its_lightest_link() {
    let split = |weights: [f64; 4], cannot: &[(u32, u32)]| {
        let links = (0..).zip(weights).map(|(a, weight)| (a, a + 1, weight));
        let splitter = Splitter {
            weigh: |_, _| 0.0,
            threshold: THRESHOLD,
            method: Method::AverageLinkage,
            large: 4,
        };
        let verdicts = Verdicts {
            must: Vec::new(),
            cannot: cannot.to_vec(),
        };
        splitter.split(&[0, 1, 2, 3, 4], links, &verdicts)
    };
    for (weights, cannot, groups) in [
        ([3.0; 4], &[][..], vec![vec![0, 1, 2, 3, 4]]),
        ([3.0; 4], &[(0, 4)], vec![vec![0, 1, 2, 3], vec![4]]),
        (
            [3.0, 2.5, 3.0, 3.0],
            &[(0, 4)],
            vec![vec![0, 1], vec![2, 3, 4]],
        ),
        (
            [3.0, 3.0, 2.5, 3.5],
            &[(0, 1), (3, 4)],
            vec![vec![0], vec![1, 2, 3], vec![4]],
        ),
    ] {
        let found = split(weights, cannot);
        assert_eq!(found.groups, groups, "{weights:?} {cannot:?}");
        assert_eq!(found.kept_whole, 1);
    }
}

#[test]
fn a_weight_is_never_as_sure_as_a_person() {
    let splitter = Splitter {
        weigh: |_, _| f64::INFINITY,
        threshold: THRESHOLD,
        method: Method::AverageLinkage,
        large: LARGE,
    };
    let verdicts = Verdicts {
        must: Vec::new(),
        cannot: vec![(0, 1)],
    };
    let split = splitter.split(&[0, 1, 2], [], &verdicts);
    assert_eq!(split.groups, [vec![0, 2], vec![1]]);
}
