//! The work that is measured, kernel by kernel.

use std::hint::black_box;

use yiren_matchers::clustering::{Linkage, Method, components, gather};
use yiren_matchers::model::MatchWeight;
use yiren_matchers::normalise::address::Address;
use yiren_matchers::normalise::date::Date;
use yiren_matchers::normalise::identifier::NationalId;
use yiren_matchers::normalise::name::PersonName;
use yiren_matchers::record::{Dictionaries, FieldKind, HeldName};
use yiren_matchers::similarity::{
    address, dates, identifier, jaro_winkler, levenshtein, name, pinyin,
};

use crate::Sample;

/// A piece of work over a whole sample.
pub struct Kernel<'a> {
    /// `group/what`, as the tables have it.
    pub name: String,
    /// How often the kernel is called in one [`Kernel::run`].
    pub operations: u64,
    work: Box<dyn Fn() -> u64 + 'a>,
}

impl<'a> Kernel<'a> {
    fn new(name: impl Into<String>, operations: usize, work: impl Fn() -> u64 + 'a) -> Kernel<'a> {
        Kernel {
            name: name.into(),
            operations: operations as u64,
            work: Box::new(work),
        }
    }

    /// Does the work once; the sum of all answers, so that none can be left out.
    pub fn run(&self) -> u64 {
        (self.work)()
    }
}

/// All kernels over a sample, in the order of the data's way through the engine.
pub fn kernels(sample: &Sample) -> Vec<Kernel<'_>> {
    let mut all = vec![Kernel::new(
        "standardise/record",
        sample.rows().len(),
        || {
            let mut dictionaries = Dictionaries::default();
            let rows = sample.rows().iter();
            rows.map(|row| sample.standardise(row, &mut dictionaries))
                .sum()
        },
    )];
    all.extend(keys(sample));
    all.extend(names(sample));
    all.extend(identifiers(sample));
    all.extend(birth_dates(sample));
    all.extend(addresses(sample));
    all.extend(comparisons(sample));
    all.extend(scores(sample));
    all.extend(clusters());
    all
}

fn keys(sample: &Sample) -> impl Iterator<Item = Kernel<'_>> {
    let parts = sample.parts();
    parts.blocking.iter().map(move |rule| {
        let name = format!("keys/{}", rule.name);
        Kernel::new(name, sample.records().count(), move || {
            let mut keys = Vec::new();
            let count = |record| {
                rule.keys(record, sample.dictionaries(), &parts.fields, &mut keys);
                keys.len() as u64
            };
            sample.records().map(count).sum()
        })
    })
}

/// A kernel that asks one question of each pair of values.
fn over<'a, T: Copy + 'a>(
    name: &str,
    pairs: &[(T, T)],
    question: impl Fn(T, T) -> u64 + 'a,
) -> Kernel<'a> {
    let pairs = pairs.to_vec();
    Kernel::new(name, pairs.len(), move || {
        pairs
            .iter()
            .map(|&(a, b)| question(black_box(a), black_box(b)))
            .sum()
    })
}

fn names(sample: &Sample) -> Vec<Kernel<'_>> {
    let name_of = |value| sample.dictionaries().name(value);
    let pairs: Vec<(&PersonName, &PersonName)> = sample
        .different(FieldKind::PersonName)
        .into_iter()
        .filter_map(|(a, b)| name_of(a).zip(name_of(b)))
        .collect();
    type Test = fn(&PersonName, &PersonName) -> bool;
    let tests: [(&str, Test); 9] = [
        ("name/unknown_compatible", name::unknown_compatible),
        ("name/same_pinyin", pinyin::same),
        ("name/fuzzy_pinyin", pinyin::fuzzy_same),
        ("name/one_glyph", name::one_glyph),
        ("name/one_keystroke", name::one_keystroke),
        ("name/contained", name::contained),
        ("name/transposed", name::transposed),
        ("name/one_edit", name::one_edit),
        ("name/same_surname", name::same_surname),
    ];
    let mut kernels: Vec<Kernel<'_>> = tests
        .into_iter()
        .map(|(name, test)| over(name, &pairs, move |a, b| u64::from(test(a, b))))
        .collect();
    kernels.push(over("name/levenshtein", &pairs, |a, b| {
        levenshtein::levenshtein(a.chars(), b.chars()) as u64
    }));
    kernels.push(over("name/osa_within_1", &pairs, |a, b| {
        u64::from(levenshtein::osa_within(a.chars(), b.chars(), 1).is_some())
    }));
    kernels.push(over("name/jaro_winkler", &pairs, |a, b| {
        jaro_winkler::jaro_winkler(a.chars(), b.chars()).to_bits()
    }));
    kernels
}

fn identifiers(sample: &Sample) -> Vec<Kernel<'_>> {
    let number = |value| sample.dictionaries().get_national_id(value);
    let numbers: Vec<(NationalId, NationalId)> = sample
        .different(FieldKind::NationalId)
        .into_iter()
        .filter_map(|(a, b)| number(a).zip(number(b)))
        .collect();
    vec![
        over("national_id/edits_within_2", &numbers, |a, b| {
            u64::from(identifier::edits_within(&a, &b, 2).is_some())
        }),
        over("national_id/masked_agreement", &numbers, |a, b| {
            u64::from(identifier::masked_agreement(&a, &b).unwrap_or(0))
        }),
        over("national_id/same_area_and_birth", &numbers, |a, b| {
            u64::from(identifier::same_area_and_birth(&a, &b))
        }),
    ]
}

fn birth_dates(sample: &Sample) -> Vec<Kernel<'_>> {
    let pairs: Vec<(Date, Date)> = sample
        .different(FieldKind::Date)
        .into_iter()
        .filter_map(|(a, b)| a.date().zip(b.date()))
        .collect();
    type Test = fn(Date, Date) -> bool;
    let tests: [(&str, Test); 4] = [
        ("date/lunar_offset", dates::lunar_offset),
        ("date/day_month_swapped", dates::day_month_swapped),
        ("date/one_digit", dates::one_digit),
        ("date/digits_transposed", dates::adjacent_digits_transposed),
    ];
    let mut kernels: Vec<Kernel<'_>> = tests
        .into_iter()
        .map(|(name, test)| over(name, &pairs, move |a, b| u64::from(test(a, b))))
        .collect();
    kernels.push(over("date/days_apart", &pairs, |a, b| {
        u64::from(dates::days_apart(a, b).unwrap_or(0))
    }));
    kernels
}

fn addresses(sample: &Sample) -> Vec<Kernel<'_>> {
    let address_of = |value| sample.dictionaries().address(value);
    let pairs: Vec<(Address<HeldName<'_>>, Address<HeldName<'_>>)> = sample
        .different(FieldKind::Address)
        .into_iter()
        .filter_map(|(a, b)| address_of(a).zip(address_of(b)))
        .collect();
    type Test = for<'a> fn(&Address<HeldName<'a>>, &Address<HeldName<'a>>) -> bool;
    let tests: [(&str, Test); 5] = [
        ("address/door", |a, b| address::door(a, b)),
        ("address/door_loose", |a, b| address::door_loose(a, b)),
        ("address/village", |a, b| address::village(a, b)),
        ("address/town", |a, b| address::town(a, b)),
        ("address/county", |a, b| address::county(a, b)),
    ];
    let mut kernels: Vec<Kernel<'_>> = tests
        .into_iter()
        .map(|(name, test)| over(name, &pairs, move |a, b| u64::from(test(&a, &b))))
        .collect();
    kernels.push(over("address/agreement", &pairs, |a, b| {
        address::agreement(&a, &b) as u64
    }));
    kernels
}

fn comparisons(sample: &Sample) -> impl Iterator<Item = Kernel<'_>> {
    let pairs = sample.pairs().count();
    sample.parts().comparisons.iter().map(move |comparison| {
        let name = format!("comparison/{}", comparison.name);
        Kernel::new(name, pairs, move || {
            let levels = sample.pairs().map(|pair| comparison.level(&pair));
            levels.map(u64::from).sum()
        })
    })
}

/// With early exit at the reporting weight, and without.
fn scores(sample: &Sample) -> impl Iterator<Item = Kernel<'_>> {
    let floors = [
        ("score/early_exit", sample.parts().thresholds.report),
        ("score/to_the_end", MatchWeight(f64::NEG_INFINITY)),
    ];
    let pairs = sample.pairs().count();
    floors.into_iter().map(move |(name, floor)| {
        Kernel::new(name, pairs, move || {
            let mut sum = 0;
            sample.score(floor, |score| sum += score.pattern & 1);
            sum
        })
    })
}

/// Records of the graph that [`components`] is given, with as many links.
const NODES: u32 = 100_000;

/// Components that are gathered, of two to [`LARGEST`] records.
const GATHERED: usize = 2_000;
const LARGEST: u64 = 9;

fn clusters() -> [Kernel<'static>; 2] {
    let mut random = Random(5);
    let links: Vec<(u32, u32)> = (0..NODES / 2)
        .map(|_| (random.below(NODES.into()), random.below(NODES.into())))
        .map(|(a, b)| (a as u32, b as u32))
        .collect();
    let sizes: Vec<usize> = (0..GATHERED)
        .map(|_| 2 + random.below(LARGEST - 1) as usize)
        .collect();
    // Weights of −16 to +15, so that most components come apart.
    let weights: Vec<f64> = (0..64).map(|_| random.below(32) as f64 - 16.0).collect();
    let linkage = Linkage {
        threshold: 2.5,
        clip: 20.0,
    };
    [
        Kernel::new("clustering/components", links.len(), move || {
            components(NODES, links.iter().copied()).len() as u64
        }),
        Kernel::new("clustering/gather", GATHERED, move || {
            let groups = sizes.iter().enumerate().map(|(at, &size)| {
                let weight = |a: usize, b: usize| weights[(at + a * 8 + b) % weights.len()];
                gather(Method::AverageLinkage, size, linkage, weight).len() as u64
            });
            groups.sum()
        }),
    ]
}

/// Steele, Lea and Flood's SplitMix64 (OOPSLA 2014).
struct Random(u64);

impl Random {
    /// A number below `limit`.
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ mixed >> 31) % limit
    }
}
