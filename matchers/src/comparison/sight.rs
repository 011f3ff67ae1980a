//! What two rows alone tell of a comparison: which values are there, and which are equal.

use super::condition::{Clause, Condition};
use super::test::Test;
use super::{Comparison, MISSING};
use crate::rows::{APART, EQUAL, MAX_LOOKS, NOT_BOTH, State};

/// Looks of a comparison at most: four states each make a table of a thousand entries.
const MOST: usize = 5;

/// The looks of the comparisons of a model, and what is to be known by them.
///
/// A *look* is at one field of the left record and one of the right, and finds a *state*: not both
/// there, unequal, equal, or of addresses in two counties. Most pairs agree or differ in most values
/// outright, and then the states are all there is to know; where they are not, they tell which levels
/// it can still be.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sights {
    /// Places of the fields, of the left record and of the right; those of each comparison together.
    pub looks: Vec<(u8, u8)>,
    /// One a comparison.
    pub sights: Vec<Sight>,
}

/// What is to be known of one comparison.
#[derive(Clone, Debug)]
pub(crate) struct Sight {
    /// Where in the states those of this comparison begin, and the bits that they are.
    shift: u8,
    mask: u16,
    /// By the states of the comparison: the levels that it can come to, as bits.
    pub possible: Vec<u16>,
}

/// What is to be known of a clause or condition.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Known {
    Holds,
    Fails,
    Unknown,
}

impl Sights {
    pub(crate) fn of(comparisons: &[Comparison]) -> Sights {
        let mut all = Sights::default();
        for comparison in comparisons {
            let looks = looks_of(comparison);
            let is_room = looks.len() <= MOST && all.looks.len() + looks.len() <= MAX_LOOKS;
            all.sights.push(match is_room {
                true => Sight::of(comparison, &looks, all.looks.len()),
                false => Sight::blind(comparison),
            });
            if is_room {
                all.looks.extend(looks);
            }
        }
        all
    }
}

impl Sight {
    /// What is known of a comparison with those looks, of which the first is number `first`.
    fn of(comparison: &Comparison, looks: &[(u8, u8)], first: usize) -> Sight {
        let mask = (1 << (2 * looks.len())) - 1;
        let possible = (0..=mask).map(|states| {
            possible(comparison, |left, right| {
                let place = looks.iter().position(|&look| look == (left, right));
                place.map_or(NOT_BOTH, |place| (states >> (2 * place) & 3) as State)
            })
        });
        Sight {
            shift: 2 * first as u8,
            mask,
            possible: possible.collect(),
        }
    }

    /// What is known of a comparison at which nobody looks: nothing.
    fn blind(comparison: &Comparison) -> Sight {
        Sight {
            shift: 0,
            mask: 0,
            possible: vec![((1_u32 << (comparison.levels.len() + 1)) - 1) as u16],
        }
    }

    /// The place in a table like [`Sight::possible`] where both records have all fields, and no two
    /// values are equal.
    pub(crate) fn unequal(&self) -> usize {
        self.place(u64::MAX / 3)
    }

    /// The place in a table like [`Sight::possible`] of the states of all looks.
    #[inline]
    pub(crate) fn place(&self, states: u64) -> usize {
        usize::from((states >> (self.shift & 63)) as u16 & self.mask)
    }
}

/// The looks that decide whether the comparison is missing, and those of its conditions.
fn looks_of(comparison: &Comparison) -> Vec<(u8, u8)> {
    let fields = comparison.fields.iter().map(|&field| field as u8);
    let own = fields
        .clone()
        .flat_map(|left| fields.clone().map(move |right| (left, right)));
    let clauses = comparison
        .conditions()
        .flat_map(|(condition, _)| condition.clauses());
    let asked =
        clauses.flat_map(|clause| [(clause.left, clause.right), (clause.right, clause.left)]);
    let mut looks: Vec<(u8, u8)> = Vec::new();
    for look in own.chain(asked) {
        if !looks.contains(&look) {
            looks.push(look);
        }
    }
    looks
}

/// The levels that the comparison can come to where its looks find these states.
fn possible(comparison: &Comparison, state: impl Fn(u8, u8) -> State) -> u16 {
    let fields = || comparison.fields.iter().map(|&field| field as u8);
    let is_present = fields().any(|left| fields().any(|right| state(left, right) != NOT_BOTH));
    if !is_present {
        return 1 << MISSING;
    }
    let mut possible = 0;
    for (condition, level) in comparison.conditions() {
        match Known::of(condition, &state) {
            Known::Holds => return possible | 1 << level,
            Known::Unknown => possible |= 1 << level,
            Known::Fails => {}
        }
    }
    possible | 1 << MISSING
}

impl Known {
    fn of(condition: &Condition, state: impl Fn(u8, u8) -> State) -> Known {
        let clauses = condition.clauses().iter();
        Known::all(clauses.map(|clause| Known::of_clause(clause, &state)))
    }

    fn of_clause(clause: &Clause, state: impl Fn(u8, u8) -> State) -> Known {
        let one_way = |left, right| match (state(left, right), clause.test) {
            (NOT_BOTH, _) => Known::Fails,
            (found, Test::Exact) => Known::from((found == EQUAL) != clause.negated),
            (APART, Test::Address(relation)) if relation.is_within_a_county() => {
                Known::from(clause.negated)
            }
            _ => Known::Unknown,
        };
        let ways = [
            one_way(clause.left, clause.right),
            one_way(clause.right, clause.left),
        ];
        match () {
            () if ways.contains(&Known::Holds) => Known::Holds,
            () if ways.contains(&Known::Unknown) => Known::Unknown,
            () => Known::Fails,
        }
    }

    /// What is known of clauses that must all hold.
    fn all(clauses: impl Iterator<Item = Known>) -> Known {
        let mut known = Known::Holds;
        for clause in clauses {
            match clause {
                Known::Fails => return Known::Fails,
                Known::Unknown => known = Known::Unknown,
                Known::Holds => {}
            }
        }
        known
    }
}

impl From<bool> for Known {
    fn from(holds: bool) -> Known {
        if holds { Known::Holds } else { Known::Fails }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use super::*;
    use crate::comparison::Level;
    use crate::record::{Field, FieldKind};
    use crate::rows::UNEQUAL;

    /// A comparison of `fields`, whose levels come to what is listed.
    fn comparison(fields: &[&str], missing_when: &[&str], levels: &[&str]) -> Comparison {
        let all = [
            ("name", FieldKind::PersonName),
            ("former", FieldKind::PersonName),
            ("sex", FieldKind::Sex),
            ("home", FieldKind::Address),
        ];
        let all = all.map(|(name, kind)| Field {
            name: name.to_string(),
            kind,
            column: name.to_string(),
            years: None,
        });
        let place = |name: &&str| all.iter().position(|field| field.name == **name).unwrap();
        let fields: Vec<usize> = fields.iter().map(place).collect();
        let parse = |text: &&str| Condition::parse(text, &all, fields[0]).unwrap();
        let level = |text: &&str| Level {
            name: String::new(),
            label: String::new(),
            label_zh: String::new(),
            when: text.split(" or ").map(|text| parse(&text)).collect(),
        };
        Comparison {
            name: "test".to_string(),
            missing_when: missing_when.iter().map(parse).collect(),
            levels: levels.iter().map(level).collect(),
            fields,
        }
    }

    #[test]
    fn the_levels_that_are_left() {
        // Fields, when it is missing, levels; what each look finds, in the order of the looks; levels.
        let name: &[&str] = &["exact or name~former: exact", "same_pinyin", "else"];
        let sex: &[&str] = &["exact", "else"];
        let home: &[&str] = &["village or county", "prefecture", "else"];
        let both: &[&str] = &[
            "exact and sex: exact",
            "not same_pinyin and not sex: exact",
            "else",
        ];
        for (fields, missing_when, levels, found, expected) in [
            (&["sex"][..], &[][..], sex, &[NOT_BOTH][..], &[0][..]),
            (&["sex"], &[], sex, &[UNEQUAL], &[2]),
            (&["sex"], &[], sex, &[EQUAL], &[1]),
            (&["sex"], &["not exact"], sex, &[UNEQUAL], &[0]),
            (&["sex"], &["not exact"], sex, &[EQUAL], &[1]),
            (&["name"], &[], name, &[NOT_BOTH, EQUAL, EQUAL], &[0]),
            (
                &["name"],
                &[],
                name,
                &[UNEQUAL, NOT_BOTH, NOT_BOTH],
                &[2, 3],
            ),
            (&["name"], &[], name, &[UNEQUAL, NOT_BOTH, EQUAL], &[1]),
            (
                &["name"],
                &["same_pinyin"],
                name,
                &[EQUAL, NOT_BOTH, NOT_BOTH],
                &[0, 1],
            ),
            (
                &["name"],
                &["same_pinyin"],
                name,
                &[UNEQUAL, UNEQUAL, UNEQUAL],
                &[0, 2, 3],
            ),
            (&["name"], &[], &["exact"], &[UNEQUAL], &[0]),
            (&["name"], &[], both, &[EQUAL, EQUAL], &[1]),
            (&["name"], &[], both, &[EQUAL, UNEQUAL], &[2, 3]),
            (&["name"], &[], both, &[UNEQUAL, EQUAL], &[3]),
            (&["name"], &[], both, &[UNEQUAL, NOT_BOTH], &[3]),
            (&["home"], &[], home, &[UNEQUAL], &[1, 2, 3]),
            (&["home"], &[], home, &[APART], &[2, 3]),
            (&["home"], &["not town"], home, &[APART], &[0]),
            (&["home"], &["not exact"], home, &[APART], &[0]),
            (
                &["name", "sex"],
                &[],
                sex,
                &[NOT_BOTH, UNEQUAL, NOT_BOTH, NOT_BOTH],
                &[2],
            ),
            (
                &["name", "sex"],
                &[],
                sex,
                &[NOT_BOTH, NOT_BOTH, NOT_BOTH, EQUAL],
                &[2],
            ),
        ] {
            let comparison = comparison(fields, missing_when, levels);
            let Sights { looks, sights } = Sights::of(std::slice::from_ref(&comparison));
            assert_eq!(looks.len(), found.len(), "{levels:?}");
            let states = found
                .iter()
                .rev()
                .fold(0, |all, &one| all << 2 | u64::from(one));
            let possible = sights[0].possible[sights[0].place(states)];
            let left: Vec<u32> = (0..16).filter(|level| possible >> level & 1 == 1).collect();
            assert_eq!(
                left, expected,
                "{fields:?} {missing_when:?} {levels:?} {found:?}"
            );
        }
    }

    #[test]
    fn of_too_many_looks_nothing_is_known() {
        let own = ["name", "former", "sex"];
        let comparison = comparison(&own, &[], &["exact", "else"]);
        let Sights { looks, sights } = Sights::of(&[comparison]);
        assert_eq!(looks, []);
        assert_eq!(sights[0].possible, [0b111]);
        assert_eq!(sights[0].place(u64::MAX), 0);
    }
}
