//! How common surnames are.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::PersonName;

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
/// Share of people who have the surname, where no table gives it: that of a surname about as
/// common as the hundredth.
const OTHER_SURNAME: f64 = 0.002;

/// Share of the bearers of a surname who have one given name of one character, and of two or
/// more: the collisions that the published counts of the commonest names allow (张伟 290,607 among
/// some 95 million 张, so 0.3 %, at the top), lowered towards an ordinary name.
const GIVEN_OF_ONE: f64 = 2e-3;
const GIVEN_OF_MORE: f64 = 5e-5;

impl PersonName {
    /// A rough share of the population that has this very name, 0 to 1, from its surname and
    /// the length of the given name. For smoothing counts, not for statistics.
    pub fn expected_share(&self) -> f64 {
        let given = self.chars().len() - self.surname().len().min(self.chars().len());
        if self.surname().is_empty() {
            return GIVEN_OF_MORE * OTHER_SURNAME * 10.0;
        }
        let surname = surname_share(self.surname()).map_or(OTHER_SURNAME, f64::from);
        surname
            * if given == 1 {
                GIVEN_OF_ONE
            } else {
                GIVEN_OF_MORE
            }
    }
}
