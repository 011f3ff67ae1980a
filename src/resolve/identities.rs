//! Which group of records keeps which entity's id.

use std::cmp::Reverse;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::id::EntityId;

/// An entity before a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Before {
    pub id: EntityId,
    /// The commit that brought it into being.
    pub created: u64,
    /// Those of its records that are still on file, by their place in the canonical order.
    pub members: Vec<u32>,
}

/// What becomes of the entities.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Assigned {
    /// For each group the place in `before` of the entity whose id it keeps; `None` for a new one.
    pub keeps: Vec<Option<usize>>,
    /// The entities that are no more, by place, each with the group that its records are in now,
    /// or `None` if they have all gone.
    pub retired: Vec<(usize, Option<usize>)>,
}

/// Gives the entities' ids to the groups that their records are in now. An entity's id goes to the
/// group with most of its records, the one with the smallest record if several have as many; of
/// several that would go to one group the oldest stays, by commit and then by id.
pub(super) fn assign(before: &[Before], groups: &[Vec<u32>]) -> Assigned {
    let mut group_of: FxHashMap<u32, usize> = FxHashMap::default();
    for (place, group) in groups.iter().enumerate() {
        group_of.extend(group.iter().map(|&record| (record, place)));
    }
    let mut assigned = Assigned {
        keeps: vec![None; groups.len()],
        retired: Vec::new(),
    };
    let mut claims: Vec<(usize, usize)> = Vec::new();
    for (place, entity) in before.iter().enumerate() {
        let mut shares: FxHashMap<usize, (usize, u32)> = FxHashMap::default();
        for &record in &entity.members {
            if let Some(&group) = group_of.get(&record) {
                let share = shares.entry(group).or_insert((0, record));
                share.0 += 1;
                share.1 = share.1.min(record);
            }
        }
        let largest = shares
            .into_iter()
            .max_by_key(|&(_, (records, smallest))| (records, Reverse(smallest)));
        match largest {
            Some((group, _)) => claims.push((group, place)),
            None => assigned.retired.push((place, None)),
        }
    }
    claims.sort_unstable_by_key(|&(group, place)| (group, before[place].created, before[place].id));
    let mut taken = FxHashSet::default();
    for (group, place) in claims {
        match taken.insert(group) {
            true => assigned.keeps[group] = Some(place),
            false => assigned.retired.push((place, Some(group))),
        }
    }
    assigned.retired.sort_unstable();
    assigned
}

#[cfg(test)]
mod tests {
    use std::slice::from_ref;

    use super::*;

    fn entity(name: &str, created: u64, members: &[u32]) -> Before {
        Before {
            id: EntityId::of("test", name),
            created,
            members: members.to_vec(),
        }
    }

    #[test]
    fn ids_stay_where_most_records_are() {
        let (a, b) = (entity("a", 1, &[1, 2, 3]), entity("b", 2, &[4, 5]));
        type Case<'a> = (
            &'a str,
            &'a [Before],
            &'a [&'a [u32]],
            &'a [Option<usize>],
            &'a [(usize, Option<usize>)],
        );
        let cases: &[Case<'_>] = &[
            ("growth", from_ref(&a), &[&[1, 2, 3, 9]], &[Some(0)], &[]),
            ("birth", &[], &[&[1], &[2]], &[None, None], &[]),
            (
                "merge keeps the older",
                &[b.clone(), a.clone()],
                &[&[1, 2, 3, 4, 5]],
                &[Some(1)],
                &[(0, Some(0))],
            ),
            (
                "split keeps the larger part",
                from_ref(&a),
                &[&[1], &[2, 3]],
                &[None, Some(0)],
                &[],
            ),
            (
                "equal parts: the smallest record",
                from_ref(&b),
                &[&[4], &[5]],
                &[Some(0), None],
                &[],
            ),
            (
                "equal parts in groups of older records",
                from_ref(&b),
                &[&[1, 5], &[4]],
                &[None, Some(0)],
                &[],
            ),
            (
                "a member moves",
                &[a.clone(), b.clone()],
                &[&[1, 2], &[3, 4, 5]],
                &[Some(0), Some(1)],
                &[],
            ),
            ("all gone", from_ref(&b), &[], &[], &[(0, None)]),
            (
                "the loser's id is not given to another part",
                &[a.clone(), b.clone()],
                &[&[1, 2, 3, 4], &[5]],
                &[Some(0), None],
                &[(1, Some(0))],
            ),
        ];
        for (name, before, groups, keeps, retired) in cases {
            let groups: Vec<Vec<u32>> = groups.iter().map(|group| group.to_vec()).collect();
            let assigned = assign(before, &groups);
            assert_eq!(assigned.keeps, *keeps, "{name}");
            assert_eq!(assigned.retired, *retired, "{name}");
        }
    }
}
