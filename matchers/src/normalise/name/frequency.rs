//! How common surnames, and whole names, are.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::PersonName;

type Shares = FxHashMap<Vec<char>, f32>;

static SURNAMES: LazyLock<Shares> =
    LazyLock::new(|| shares(include_str!("../../../data/surname_shares.tsv"), 100.0));
static GIVEN: LazyLock<Shares> =
    LazyLock::new(|| shares(include_str!("../../../data/given_shares.tsv"), 1000.0));

/// A table of names with their shares, so many to the whole.
fn shares(table: &'static str, whole: f32) -> Shares {
    let rows = super::table::rows(table);
    rows.filter_map(|(name, share)| {
        Some((name.chars().collect(), share.parse::<f32>().ok()? / whole))
    })
    .collect()
}

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
    SURNAMES.get(surname).copied()
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
    /// A rough share of the population that has this very name, 0 to 1, from its surname, the
    /// commonest given names, and the length of any other. A surname alone is as common as the
    /// surname. For smoothing counts, not for statistics.
    ///
    /// ```
    /// use yiren_matchers::normalise::name::NameNormaliser;
    /// let names = NameNormaliser::new();
    /// let share = |name| names.parse(name).unwrap().expected_share();
    /// assert!(share("王秀英") > 50.0 * share("王蕴仪"));
    /// assert!(share("王") > 0.07);
    /// ```
    pub fn expected_share(&self) -> f64 {
        let surname_share =
            |surname: &[char]| surname_share(surname).map_or(OTHER_SURNAME, f64::from);
        if self.chars().len() == 1 || self.given().is_empty() {
            return surname_share(self.chars());
        }
        if self.surname().is_empty() {
            return GIVEN_OF_MORE * OTHER_SURNAME * 10.0;
        }
        let given = match GIVEN.get(self.given()) {
            Some(&share) => f64::from(share),
            None if self.given().len() == 1 => GIVEN_OF_ONE,
            None => GIVEN_OF_MORE,
        };
        surname_share(self.surname()) * given
    }
}
