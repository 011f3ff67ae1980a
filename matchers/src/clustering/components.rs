//! Connected components.

/// The connected components of a graph over `0..records`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Components {
    /// Members of all components of two and more records, one after the other; ascending within each.
    members: Vec<u32>,
    /// Where each component ends in `members`.
    ends: Vec<u32>,
}

impl Components {
    /// The components of two and more records, in the order of their smallest member; members ascend.
    pub fn iter(&self) -> impl Iterator<Item = &[u32]> + '_ {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts
            .zip(&self.ends)
            .map(|(start, &end)| &self.members[start as usize..end as usize])
    }

    /// How many components of two and more records there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether no two records are connected.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
}

/// The connected components of `records` records under `links`, by union-find with path
/// halving, the smaller record as the root. Cost: near linear in the links.
pub fn components(records: u32, links: impl Iterator<Item = (u32, u32)>) -> Components {
    let mut parent: Vec<u32> = (0..records).collect();
    fn root(parent: &mut [u32], mut node: u32) -> u32 {
        while parent[node as usize] != node {
            let grandparent = parent[parent[node as usize] as usize];
            parent[node as usize] = grandparent;
            node = grandparent;
        }
        node
    }
    for (a, b) in links {
        let (a, b) = (root(&mut parent, a), root(&mut parent, b));
        if a != b {
            parent[a.max(b) as usize] = a.min(b);
        }
    }
    let mut pairs: Vec<(u32, u32)> = Vec::new();
    for record in 0..records {
        let root = root(&mut parent, record);
        if root != record {
            pairs.push((root, record));
        }
    }
    drop(parent);
    pairs.sort_unstable();
    let mut members = Vec::new();
    let mut ends = Vec::new();
    for group in pairs.chunk_by(|a, b| a.0 == b.0) {
        members.push(group[0].0);
        members.extend(group.iter().map(|(_, record)| *record));
        ends.push(members.len() as u32);
    }
    Components { members, ends }
}
