//! Average, complete and single linkage within one component.

/// How records of a component are gathered.
#[derive(Copy, Clone, Debug, PartialEq)]
pub struct Linkage {
    /// Two groups are joined only if the weight between them is at least this.
    pub threshold: f64,
    /// Weights are held within ± this, so that one extreme pair does not decide for all.
    pub clip: f64,
}

/// What the weight between two groups is.
#[derive(Copy, Clone, Debug, PartialEq)]
pub(super) enum Measure {
    /// The mean over all pairs.
    Mean,
    /// The least of all pairs.
    Least,
    /// The greatest of all pairs.
    Greatest,
}

/// Groups the records `0..count` of one component by average linkage; each group ascends,
/// groups are in the order of their smallest record.
///
/// `weight(a, b)` is asked once for each `a < b`: the match weight, `f64::INFINITY` for a pair
/// that must be together (a person said so) and `f64::NEG_INFINITY` for one that must not.
/// Equal means are broken by the smaller records. Cost: count² memory, count³ time at worst.
pub fn agglomerate(
    count: usize,
    linkage: Linkage,
    weight: impl FnMut(usize, usize) -> f64,
) -> Vec<Vec<usize>> {
    agglomerate_by(Measure::Mean, count, linkage, weight)
}

/// As [`agglomerate`], by either measure.
pub(super) fn agglomerate_by(
    measure: Measure,
    count: usize,
    linkage: Linkage,
    mut weight: impl FnMut(usize, usize) -> f64,
) -> Vec<Vec<usize>> {
    let mut groups: Vec<Option<Vec<usize>>> = (0..count).map(|record| Some(vec![record])).collect();
    // Sums of clipped weights between groups, and how many pairs must be together or apart.
    let mut links = vec![Link::default(); count * count];
    for b in 0..count {
        for a in 0..b {
            let link = Link::of(weight(a, b), linkage.clip);
            links[a * count + b] = link;
            links[b * count + a] = link;
        }
    }
    while let Some((a, b)) = best(measure, &groups, &links, count, linkage.threshold) {
        let Some(moved) = groups[b].take() else { break };
        if let Some(group) = &mut groups[a] {
            group.extend(moved);
        }
        for other in 0..count {
            if other != a && groups[other].is_some() {
                let joined = links[a * count + other].plus(links[b * count + other]);
                links[a * count + other] = joined;
                links[other * count + a] = joined;
            }
        }
    }
    let mut groups: Vec<Vec<usize>> = groups.into_iter().flatten().collect();
    for group in &mut groups {
        group.sort_unstable();
    }
    groups
}

#[derive(Copy, Clone, Debug, Default)]
struct Link {
    sum: f64,
    least: f64,
    greatest: f64,
    must: u32,
    cannot: u32,
}

impl Link {
    fn of(weight: f64, clip: f64) -> Link {
        Link {
            sum: weight.clamp(-clip, clip),
            least: weight.clamp(-clip, clip),
            greatest: weight.clamp(-clip, clip),
            must: u32::from(weight == f64::INFINITY),
            cannot: u32::from(weight == f64::NEG_INFINITY),
        }
    }

    fn plus(self, other: Link) -> Link {
        Link {
            sum: self.sum + other.sum,
            least: self.least.min(other.least),
            greatest: self.greatest.max(other.greatest),
            must: self.must + other.must,
            cannot: self.cannot + other.cannot,
        }
    }
}

/// The two groups to join next: first those that must be together, then by weight.
fn best(
    measure: Measure,
    groups: &[Option<Vec<usize>>],
    links: &[Link],
    count: usize,
    threshold: f64,
) -> Option<(usize, usize)> {
    let mut best: Option<((bool, f64), (usize, usize))> = None;
    for (a, left) in groups.iter().enumerate() {
        let Some(left) = left else { continue };
        for (b, right) in groups.iter().enumerate().skip(a + 1) {
            let Some(right) = right else { continue };
            let link = links[a * count + b];
            let must = link.must > 0;
            let between = match measure {
                Measure::Mean => link.sum / (left.len() * right.len()) as f64,
                Measure::Least => link.least,
                Measure::Greatest => link.greatest,
            };
            if !must && (link.cannot > 0 || between < threshold) {
                continue;
            }
            if best.is_none_or(|(found, _)| (must, between) > found) {
                best = Some(((must, between), (a, b)));
            }
        }
    }
    best.map(|(_, pair)| pair)
}
