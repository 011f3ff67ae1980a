//! Pinyin syllables without tones, and the readings of a character.

use std::fmt;
use std::sync::LazyLock;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

/// A syllable of Mandarin without its tone, in 16 bits; 0 is the unknown syllable.
///
/// `ü` is written `v` (`lv`, `nve`), as it is typed. Orders alphabetically, the unknown first.
///
/// ```
/// use yiren_matchers::normalise::name::Syllable;
/// let zhang: Syllable = "zhang".parse().unwrap();
/// assert_eq!(zhang.as_str(), "zhang");
/// assert_eq!("lyu".parse::<Syllable>().unwrap().as_str(), "lv");
/// assert!("thwack".parse::<Syllable>().is_err());
/// ```
#[derive(Copy, Clone, Default, Eq, PartialEq, Ord, PartialOrd, Hash, Serialize, Deserialize)]
pub struct Syllable(u16);

/// What a syllable becomes when the sounds that speakers confuse are made one.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Debug)]
pub struct FuzzySyllable(u16);

impl FuzzySyllable {
    /// The class's number, that of its first syllable; 0 for the unknown one.
    pub fn number(self) -> u16 {
        self.0
    }
}

/// The error of text that is no syllable of Mandarin.
#[derive(Copy, Clone, Eq, PartialEq, Debug, thiserror::Error)]
#[error("not a pinyin syllable")]
pub struct NotASyllable;

/// Letters of the longest syllable: `zhuang`.
pub(super) const LONGEST_SYLLABLE: usize = 6;

struct Table {
    /// By number; number 0 is the unknown syllable.
    spellings: Vec<&'static str>,
    fuzzy: Vec<FuzzySyllable>,
    numbers: FxHashMap<&'static str, u16>,
}

static TABLE: LazyLock<Table> = LazyLock::new(Table::new);

impl Table {
    fn new() -> Table {
        let mut spellings = vec![""];
        spellings.extend(include_str!("../../../data/syllables.txt").split_whitespace());
        let mut numbers: FxHashMap<&'static str, u16> = (0u16..)
            .zip(&spellings)
            .skip(1)
            .map(|(number, &spelling)| (spelling, number))
            .collect();
        // Other ways in which ü is written: passports (GB/T 28039), dictionaries, and without dots.
        for (written, meant) in [
            ("lyu", "lv"),
            ("nyu", "nv"),
            ("lyue", "lve"),
            ("nyue", "nve"),
            ("lü", "lv"),
            ("nü", "nv"),
            ("lüe", "lve"),
            ("nüe", "nve"),
            ("lue", "lve"),
            ("nue", "nve"),
        ] {
            if let Some(&number) = numbers.get(meant) {
                numbers.insert(written, number);
            }
        }
        let mut classes: Vec<String> = Vec::new();
        let fuzzy = spellings
            .iter()
            .map(|spelling| {
                let class = confused(spelling);
                let known = classes.iter().position(|other| *other == class);
                let number = known.unwrap_or_else(|| {
                    classes.push(class);
                    classes.len() - 1
                });
                FuzzySyllable(number as u16)
            })
            .collect();
        Table {
            spellings,
            fuzzy,
            numbers,
        }
    }
}

/// The spelling in which confused sounds are written alike.
fn confused(spelling: &str) -> String {
    let (initial, rest) = match spelling.as_bytes() {
        [b'z' | b'c' | b's', b'h', ..] => (&spelling[..1], &spelling[2..]),
        [b'n', ..] => ("l", &spelling[1..]),
        [b'f', ..] => ("h", &spelling[1..]),
        _ => ("", spelling),
    };
    let mut class = format!("{initial}{rest}");
    if class.ends_with("ang") || class.ends_with("eng") || class.ends_with("ing") {
        class.pop();
    }
    if let Some(end) = class.strip_prefix("lv") {
        class = format!("lu{end}");
    }
    class
}

impl Syllable {
    /// The syllable that is not known.
    pub const UNKNOWN: Syllable = Syllable(0);

    /// The syllable's spelling in lower-case ASCII letters; empty for the unknown one.
    pub fn as_str(self) -> &'static str {
        TABLE
            .spellings
            .get(usize::from(self.0))
            .copied()
            .unwrap_or("")
    }

    /// Whether this is a syllable and not the unknown one.
    pub fn is_known(self) -> bool {
        self.0 != 0
    }

    /// The syllable's class under the confusions zh/z, ch/c, sh/s, n/l, f/h, an/ang (also
    /// ian/iang, uan/uang), en/eng, in/ing, and lü/lu, nü/nu: two syllables are fuzzily the
    /// same if, and only if, their classes are equal.
    ///
    /// r/l is left out, because with n/l it would make r and n one class as well. Costs two
    /// loads.
    ///
    /// ```
    /// use yiren_matchers::normalise::name::Syllable;
    /// let of = |spelling: &str| spelling.parse::<Syllable>().unwrap().fuzzy();
    /// assert_eq!(of("zhang"), of("zan"));
    /// assert_eq!(of("niu"), of("liu"));
    /// assert_ne!(of("wang"), of("weng"));
    /// ```
    pub fn fuzzy(self) -> FuzzySyllable {
        TABLE
            .fuzzy
            .get(usize::from(self.0))
            .copied()
            .unwrap_or(FuzzySyllable(0))
    }

    /// The syllable's number, 1 to about 410 in alphabetical order, 0 for the unknown one;
    /// stable as long as the table is, so not to be stored.
    pub fn number(self) -> u16 {
        self.0
    }

    /// All syllables in alphabetical order.
    pub fn all() -> impl Iterator<Item = Syllable> {
        (1..TABLE.spellings.len() as u16).map(Syllable)
    }

    pub(super) fn spelled(letters: &str) -> Option<Syllable> {
        TABLE.numbers.get(letters).map(|&number| Syllable(number))
    }
}

impl std::str::FromStr for Syllable {
    type Err = NotASyllable;

    fn from_str(letters: &str) -> Result<Syllable, NotASyllable> {
        Syllable::spelled(letters).ok_or(NotASyllable)
    }
}

impl fmt::Display for Syllable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Syllable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}

/// The readings of one character, the preferred one first: at most four, in 8 bytes.
#[derive(Copy, Clone, Default, Eq, PartialEq, Hash, Serialize, Deserialize)]
pub struct Readings([Syllable; 4]);

impl Readings {
    /// No reading: the character is not known, or is not in the dictionary.
    pub const NONE: Readings = Readings([Syllable::UNKNOWN; 4]);

    /// The first four different known syllables of the iterator.
    pub fn new(syllables: impl IntoIterator<Item = Syllable>) -> Readings {
        let mut readings = Readings::NONE;
        let mut count = 0;
        for syllable in syllables {
            if syllable.is_known() && !readings.0.contains(&syllable) {
                let Some(slot) = readings.0.get_mut(count) else {
                    break;
                };
                *slot = syllable;
                count += 1;
            }
        }
        readings
    }

    /// The reading to be tried first; unknown if there is none.
    pub fn preferred(&self) -> Syllable {
        self.0[0]
    }

    /// Whether no reading is known.
    pub fn is_empty(&self) -> bool {
        !self.0[0].is_known()
    }

    /// The known readings, the preferred one first.
    pub fn iter(&self) -> impl Iterator<Item = Syllable> + '_ {
        self.0
            .iter()
            .copied()
            .take_while(|syllable| syllable.is_known())
    }

    /// Whether the preferred reading of one is a reading of the other.
    ///
    /// Rare readings of both that happen to meet do not count: a clerk who hears a name
    /// writes a character for its usual sound. No readings share nothing.
    pub fn shares(&self, other: &Readings) -> bool {
        let (a, b) = (self.preferred(), other.preferred());
        a.is_known() && b.is_known() && (other.0.contains(&a) || self.0.contains(&b))
    }

    /// As [`Readings::shares`], with syllables that are [fuzzily](Syllable::fuzzy) the same.
    pub fn shares_fuzzily(&self, other: &Readings) -> bool {
        if self.is_empty() || other.is_empty() {
            return false;
        }
        let (a, b) = (self.preferred().fuzzy(), other.preferred().fuzzy());
        a == b || other.iter().any(|s| s.fuzzy() == a) || self.iter().any(|s| s.fuzzy() == b)
    }
}

impl fmt::Debug for Readings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use super::*;

    fn of(spelling: &str) -> Syllable {
        spelling.parse().unwrap()
    }

    #[test]
    fn table_is_sorted_without_repeats_and_round_trips() {
        let all: Vec<&str> = Syllable::all().map(Syllable::as_str).collect();
        assert!(all.is_sorted_by(|a, b| a < b));
        assert!((400..430).contains(&all.len()), "{}", all.len());
        assert!(
            all.iter()
                .all(|spelling| of(spelling).as_str() == *spelling)
        );
        assert!(
            all.iter()
                .all(|spelling| spelling.len() <= LONGEST_SYLLABLE)
        );
    }

    #[test]
    fn classes_are_the_confusions_and_nothing_else() {
        for (a, b) in [
            ("zhi", "zi"),
            ("chen", "cen"),
            ("shi", "si"),
            ("nan", "lan"),
            ("fu", "hu"),
            ("wan", "wang"),
            ("ren", "reng"),
            ("lin", "ling"),
            ("qian", "qiang"),
            ("guan", "guang"),
            ("lv", "lu"),
            ("nv", "lu"),
            ("zhuang", "zuan"),
            ("feng", "hen"),
            ("neng", "leng"),
        ] {
            assert_eq!(of(a).fuzzy(), of(b).fuzzy(), "{a} {b}");
        }
        for (a, b) in [
            ("zhi", "chi"),
            ("ji", "qi"),
            ("wang", "weng"),
            ("dong", "deng"),
            ("ren", "leng"),
            ("ban", "pan"),
            ("long", "lun"),
            ("gong", "gun"),
            ("ju", "zhu"),
            ("yan", "yuan"),
            ("lve", "le"),
            ("he", "ge"),
        ] {
            assert_ne!(of(a).fuzzy(), of(b).fuzzy(), "{a} {b}");
        }
        assert!(Syllable::all().all(|s| s.fuzzy() != Syllable::UNKNOWN.fuzzy()));
    }

    #[test]
    fn readings_share_by_the_preferred_one() {
        let readings = |text: &str| Readings::new(text.split(' ').map(of));
        assert!(readings("yue le").shares(&readings("yue")));
        assert!(readings("le yue").shares(&readings("yue")));
        assert!(!readings("le yue").shares(&readings("shuo yue")));
        assert!(!Readings::NONE.shares(&Readings::NONE));
        assert!(!Readings::NONE.shares_fuzzily(&Readings::NONE));
        assert!(readings("chang zhang").shares_fuzzily(&readings("zan")));
        assert_eq!(readings("a a o o e ai an ang").iter().count(), 4);
    }
}
