//! Ways of gathering the records of one component into persons.

use serde::{Deserialize, Serialize};

use super::agglomerate::{Linkage, Measure, agglomerate_by};

/// How the records of a connected component are gathered. Every method is a function of the
/// component's weights alone; equal choices are broken by the smaller record.
#[derive(Copy, Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Groups are joined for as long as one pair between them is a link: connected components.
    SingleLinkage,
    /// Groups are joined for as long as the weakest pair between them is a link.
    CompleteLinkage,
    /// Groups are joined for as long as the mean weight between them is that of a link (Sokal
    /// and Michener, 1958).
    #[default]
    AverageLinkage,
    /// Average linkage, then single records change places while that raises the sum of the
    /// weights within persons (Bansal, Blum and Chawla, Machine Learning 2004). Records that must
    /// be with another stay.
    Correlation,
}

impl Method {
    /// All methods, in the order of this page.
    pub const ALL: [Method; 4] = [
        Method::SingleLinkage,
        Method::CompleteLinkage,
        Method::AverageLinkage,
        Method::Correlation,
    ];
}

/// Groups the records `0..count` of one component; each group ascends, groups are in the order
/// of their smallest record. `weight` as for [`super::agglomerate`]. Cost: count² memory and up
/// to count³ time.
pub fn gather(
    method: Method,
    count: usize,
    linkage: Linkage,
    weight: impl FnMut(usize, usize) -> f64,
) -> Vec<Vec<usize>> {
    match method {
        Method::SingleLinkage => agglomerate_by(Measure::Greatest, count, linkage, weight),
        Method::CompleteLinkage => agglomerate_by(Measure::Least, count, linkage, weight),
        Method::AverageLinkage => agglomerate_by(Measure::Mean, count, linkage, weight),
        Method::Correlation => {
            let weights = Weights::new(count, linkage, weight);
            let start = agglomerate_by(Measure::Mean, count, linkage, |a, b| weights.raw(a, b));
            moved(&weights, start)
        }
    }
}

/// All weights of a component.
struct Weights {
    count: usize,
    linkage: Linkage,
    raw: Vec<f64>,
}

impl Weights {
    fn new(count: usize, linkage: Linkage, mut weight: impl FnMut(usize, usize) -> f64) -> Self {
        let mut raw = vec![0.0; count * count];
        for b in 0..count {
            for a in 0..b {
                let one = weight(a, b);
                raw[a * count + b] = one;
                raw[b * count + a] = one;
            }
        }
        Weights {
            count,
            linkage,
            raw,
        }
    }

    fn raw(&self, a: usize, b: usize) -> f64 {
        self.raw[a * self.count + b]
    }

    /// Whether the record must be together with another.
    fn is_held(&self, record: usize) -> bool {
        (0..self.count).any(|other| self.raw(record, other) == f64::INFINITY)
    }

    /// Bits above the threshold, held within the clip; −∞ for a pair that must not be together.
    fn gain(&self, a: usize, b: usize) -> f64 {
        let raw = self.raw(a, b);
        if raw == f64::NEG_INFINITY {
            return raw;
        }
        raw.clamp(-self.linkage.clip, self.linkage.clip) - self.linkage.threshold
    }
}

/// Rounds of moves are over after this many, whether or not one more would still gain.
const ROUNDS: usize = 100;

/// A move must gain more than this, so that rounding cannot keep records going round.
const LEAST_GAIN: f64 = 1e-6;

fn moved(weights: &Weights, start: Vec<Vec<usize>>) -> Vec<Vec<usize>> {
    let mut of = vec![0; weights.count];
    for (place, group) in start.iter().enumerate() {
        group.iter().for_each(|&record| of[record] = place);
    }
    let free: Vec<usize> = (0..weights.count)
        .filter(|&record| !weights.is_held(record))
        .collect();
    for _ in 0..ROUNDS {
        let mut any = false;
        for &record in &free {
            let mut sums = vec![0.0; weights.count + 1];
            let mut sizes = vec![0; weights.count + 1];
            for other in (0..weights.count).filter(|&other| other != record) {
                sums[of[other]] += weights.gain(record, other);
                sizes[of[other]] += 1;
            }
            // The first empty place stands for being alone.
            let alone = sizes.iter().position(|&size| size == 0).unwrap_or(0);
            let here = sums[of[record]];
            let best = (0..=weights.count)
                .filter(|&place| sizes[place] > 0 || place == alone)
                .max_by(|&a, &b| sums[a].total_cmp(&sums[b]).then(b.cmp(&a)));
            if let Some(best) = best
                && sums[best] > here + LEAST_GAIN
            {
                of[record] = best;
                any = true;
            }
        }
        if !any {
            break;
        }
    }
    let mut groups: Vec<Vec<usize>> = vec![Vec::new(); weights.count + 1];
    for (record, &place) in of.iter().enumerate() {
        groups[place].push(record);
    }
    groups.retain(|group| !group.is_empty());
    groups.sort();
    groups
}
