//! How common surnames are.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

static SHARES: LazyLock<FxHashMap<Vec<char>, f32>> = LazyLock::new(|| {
    super::table::rows(include_str!("../../../data/surname_shares.tsv"))
        .filter_map(|(surname, percent)| {
            Some((
                surname.chars().collect(),
                percent.parse::<f32>().ok()? / 100.0,
            ))
        })
        .collect()
});

/// The share of China's population that bears the surname, 0 to 1, or `None` if it is not
/// among the few that figures are given for.
///
/// Source: the three commonest from the Ministry of Public Security's count of 2007, the next
/// seven from Yuan Yida's sample, compound surnames from the bearers counted in 2018. A hint
/// where no frequencies of the data itself are at hand. Allocates nothing.
///
/// ```
/// use yiren_matchers::normalise::name::surname_share;
/// assert!(surname_share(&['王']).unwrap() > 0.07);
/// assert!(surname_share(&['欧', '阳']).unwrap() < 0.001);
/// assert_eq!(surname_share(&['钭']), None);
/// ```
pub fn surname_share(surname: &[char]) -> Option<f32> {
    SHARES.get(surname).copied()
}
