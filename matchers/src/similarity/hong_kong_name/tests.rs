use proptest::prelude::*;

use super::*;

fn name(raw: &str) -> HongKongName {
    HongKongName::parse(raw).unwrap()
}

type Test = fn(&HongKongName, &HongKongName) -> bool;

const TESTS: &[(&str, Test)] = &[
    ("characters", same_characters),
    ("cantonese", cantonese),
    ("homophones", homophones),
    ("surname", cantonese_surname),
    ("given", cantonese_given),
    ("one_syllable", one_syllable),
    ("contained", contained),
    ("surname_only", surname_only),
    ("both_english", both_english),
    ("english", same_english),
];

/// Two names and every test that holds for them.
const CASES: &[(&str, &str, &str)] = &[
    ("鄭芳先生", "郑芳", "characters cantonese surname"),
    ("鄭芳", "CHENG Fong", "cantonese surname"),
    ("鄭芳", "Fong Cheng", "cantonese surname"),
    ("鄭芳", "CHENG Fung", "surname"),
    ("鄭芳", "鄭方", "homophones surname"),
    ("陳大文", "CHAN Tai Man; Peter", "cantonese surname given"),
    (
        "陳大文",
        "陳大文 Peter",
        "characters cantonese surname given",
    ),
    ("陳大文", "陳大民", "homophones surname one_syllable"),
    ("陳大文", "CHAN Tai Ming", "surname one_syllable"),
    ("陳大文", "陳大", "surname one_syllable contained"),
    ("陳大文", "CHAN Siu Ming", "surname"),
    ("陳大文", "LEE Tai Man", "given"),
    ("陳大文", "LEE Siu Ming", ""),
    ("陳大文", "Peter Chan", "surname surname_only"),
    ("陳大文", "Peter Lee", "surname_only"),
    ("陳大文", "陳小姐", "surname surname_only"),
    (
        "CHAN Tai Man; Peter",
        "Peter Chan",
        "surname surname_only both_english english",
    ),
    (
        "CHAN Tai Man; Peter",
        "Mary Chan",
        "surname surname_only both_english",
    ),
    ("Tai Man Chan", "CHAN Tai Man", "cantonese surname given"),
    ("歐陽明", "Kenneth Au Yeung", "surname surname_only"),
    ("歐陽明", "AUYEUNG Ming", "cantonese surname"),
    ("歐陽明", "AU Ming", "contained"),
    ("李美玲", "陳李美玲", "contained"),
    ("LEE Mei Ling", "CHAN LEE Mei Ling", "contained"),
    ("陳?文", "陳大文", "cantonese surname given"),
    ("陳??", "陳大文", "surname"),
    ("吳國明", "WU Kwok Ming", "cantonese surname given"),
    ("胡國明", "WU Kwok Ming", "cantonese surname given"),
    ("SZETO 銘 Fai", "司徒銘輝", "cantonese surname given"),
    ("SZETO 銘 Fai", "司徒名輝", "surname one_syllable"),
    (
        "Gurpreet Singh",
        "SINGH Gurpreet",
        "surname_only both_english english",
    ),
];

#[test]
fn what_holds() {
    for &(a, b, expected) in CASES {
        let (a, b) = (name(a), name(b));
        let held: Vec<&str> = TESTS
            .iter()
            .filter(|(_, test)| test(&a, &b))
            .map(|(word, _)| *word)
            .collect();
        let mut expected: Vec<&str> = expected.split_whitespace().collect();
        expected.sort_by_key(|word| TESTS.iter().position(|(known, _)| known == word));
        assert_eq!(held, expected, "{a} {b}");
    }
}

fn any_name() -> impl Strategy<Value = HongKongName> {
    let part = prop::sample::select(vec![
        "陳",
        "鄭",
        "大",
        "文",
        "芳",
        "?",
        "CHAN ",
        "Chan ",
        "Tai ",
        "Man ",
        "Peter ",
        "; Mary",
        "Au Yeung ",
        "歐陽",
        ", ",
    ]);
    prop::collection::vec(part, 1..6)
        .prop_filter_map("a name", |parts| HongKongName::parse(&parts.concat()))
}

/// [`cantonese`] from its definition, without thought of cost.
fn slow_cantonese(a: &HongKongName, b: &HongKongName) -> bool {
    let orders = |name: &HongKongName| {
        let mut all = vec![(name.surname().len(), name.syllables().to_vec())];
        if name.last_may_be_surname() {
            let mut turned = name.syllables().to_vec();
            turned.rotate_right(1);
            all.push((1, turned));
        }
        all
    };
    let unknown = |s: &Spoken| s.character().is_none() && s.sounds().iter().next().is_none();
    let fits = |(surname_a, a): &(usize, Vec<Spoken>), (surname_b, b): &(usize, Vec<Spoken>)| {
        a.len() >= 2
            && a.len() == b.len()
            && !a[*surname_a..].iter().all(unknown)
            && !b[*surname_b..].iter().all(unknown)
            && (0..a.len()).all(|i| match (a[i].character(), b[i].character()) {
                (Some(a), Some(b)) => a == b,
                _ => {
                    let (left, right): (Vec<_>, Vec<_>) = (
                        a[i].sounds().iter().collect(),
                        b[i].sounds().iter().collect(),
                    );
                    left.is_empty() || right.is_empty() || left.iter().any(|s| right.contains(s))
                }
            })
    };
    let (left, right) = (orders(a), orders(b));
    left.iter().enumerate().any(|(i, a)| {
        right
            .iter()
            .enumerate()
            .any(|(j, b)| i + j < 2 && fits(a, b))
    })
}

proptest! {
    #[test]
    fn symmetric_and_as_the_oracle_says(a in any_name(), b in any_name()) {
        for (word, test) in TESTS {
            prop_assert_eq!(test(&a, &b), test(&b, &a), "{} {:?} {:?}", word, &a, &b);
        }
        prop_assert_eq!(cantonese(&a, &b), slow_cantonese(&a, &b), "{:?} {:?}", &a, &b);
        prop_assert!(same_characters(&a, &a) == a.is_in_characters());
    }
}
