//! Hong Kong names in records: blocking keys agree with the tests of names, and a comparison
//! that says when it has nothing to compare.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use proptest::prelude::*;
use yiren_matchers::blocking::{KeyPart, MAX_KEYS};
use yiren_matchers::comparison::condition::Condition;
use yiren_matchers::comparison::{Comparison, Level, MISSING, Pair};
use yiren_matchers::normalise::name::hong_kong::HongKongName;
use yiren_matchers::record::{Dictionaries, Field, FieldKind, Value};
use yiren_matchers::rows::Rows;
use yiren_matchers::similarity::hong_kong_name as like;

fn fields() -> Vec<Field> {
    vec![Field {
        name: "name".to_string(),
        kind: FieldKind::HongKongName,
        column: "name".to_string(),
        years: None,
    }]
}

fn value(raw: &str, dictionaries: &mut Dictionaries) -> Value {
    HongKongName::parse(raw).map_or(Value::NULL, |name| {
        Value::from_index(dictionaries.hong_kong_names.intern(name))
    })
}

fn keys(part: &str, raw: &str) -> Vec<u64> {
    let mut dictionaries = Dictionaries::default();
    let record = [value(raw, &mut dictionaries)];
    let fields = fields();
    let part = KeyPart::parse(&format!("name.{part}"), &fields).unwrap();
    let mut keys = Vec::new();
    let mut rows = Rows::new(&fields);
    rows.push(&record);
    part.hashes(rows.row(0), &dictionaries, &fields, |key| keys.push(key));
    keys
}

fn share(part: &str, a: &str, b: &str) -> bool {
    let other = keys(part, b);
    keys(part, a).iter().any(|key| other.contains(key))
}

#[test]
fn names_that_share_a_key() {
    for (part, a, b, expected) in [
        ("value", "鄭芳先生", "郑芳", true),
        ("value", "鄭芳", "CHENG Fong", false),
        ("characters", "鄭芳先生", "郑芳", true),
        ("characters", "鄭芳", "鄭方", false),
        ("characters", "CHENG Fong", "CHENG Fong", false),
        ("cantonese", "鄭芳", "CHENG Fong", true),
        ("cantonese", "鄭芳", "Fong Cheng", true),
        ("cantonese", "鄭芳", "CHENG Fung", false),
        ("cantonese", "陳珠儀", "CHAN Zyu Ji", true),
        ("cantonese", "David Tang", "David Tang", false),
        ("cantonese_surname", "鄧子柔", "David Tang", true),
        ("cantonese_surname", "司徒銘輝", "Eric Szeto", true),
        ("cantonese_surname", "陳大文", "Tai Man Chan", true),
        ("cantonese_surname", "吳國明", "WU Kwok Ming", true),
        ("cantonese_surname", "鄧子柔", "David Chan", false),
        ("cantonese_given", "李美玲", "CHAN Mei Ling", true),
        ("english", "LAU Tung Ying; Mary", "Mary Lau", true),
        ("english", "LAU Tung Ying", "Mary Lau", false),
    ] {
        assert_eq!(share(part, a, b), expected, "{part}: {a} {b}");
    }
}

fn any_name() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "陳",
        "鄭",
        "大",
        "文",
        "芳",
        "子",
        "CHAN ",
        "Chan ",
        "Tai ",
        "Man ",
        "Ji ",
        "Tsz ",
        "Wu ",
        "Peter ",
        "; Mary",
        "Au Yeung ",
        "歐陽",
    ]);
    prop::collection::vec(part, 1..6).prop_map(|parts| parts.concat())
}

proptest! {
    /// Blocking loses no pair that the tests would find.
    #[test]
    fn names_that_sound_alike_share_a_key(a in any_name(), b in any_name()) {
        let (Some(left), Some(right)) = (HongKongName::parse(&a), HongKongName::parse(&b)) else {
            return Ok(());
        };
        let ways = |name: &HongKongName| {
            let sounds = name.syllables().iter().map(|syllable| syllable.sounds().iter().count());
            sounds.product::<usize>()
        };
        if ways(&left).max(ways(&right)) > MAX_KEYS {
            return Ok(());
        }
        if like::cantonese(&left, &right) {
            prop_assert!(share("cantonese", &a, &b), "{} {}", a, b);
        }
        if like::cantonese_surname(&left, &right) {
            prop_assert!(share("cantonese_surname", &a, &b), "{} {}", a, b);
        }
        prop_assert_eq!(like::same_english(&left, &right), share("english", &a, &b));
        let same = like::same_characters(&left, &right);
        prop_assert_eq!(same, share("characters", &a, &b), "{} {}", a, b);
    }
}

#[test]
fn a_comparison_says_nothing_where_it_says_so() {
    let fields = fields();
    let condition = |text: &str| Condition::parse(text, &fields, 0).unwrap();
    let level = |name: &str, when: &str| Level {
        name: name.to_string(),
        label: name.to_string(),
        label_zh: name.to_string(),
        when: vec![condition(when)],
    };
    let comparison = Comparison {
        name: "characters".to_string(),
        fields: vec![0],
        missing_when: vec![
            condition("not both_in_characters"),
            condition("surname_only"),
        ],
        levels: vec![level("same", "same_characters"), level("else", "else")],
    };
    let mut dictionaries = Dictionaries::default();
    for (a, b, expected) in [
        ("鄭芳", "郑芳", 1),
        ("鄭芳", "鄭文", 2),
        ("鄭芳", "CHENG Fong", MISSING),
        ("鄭芳", "鄭小姐", MISSING),
        ("鄭芳", "", MISSING),
    ] {
        let (left, right) = ([value(a, &mut dictionaries)], [value(b, &mut dictionaries)]);
        let mut rows = Rows::new(&fields);
        rows.push(&left);
        rows.push(&right);
        let pair = Pair {
            left: rows.row(0),
            right: rows.row(1),
            dictionaries: &dictionaries,
        };
        assert_eq!(comparison.level(&pair), expected, "{a} {b}");
    }
    assert_eq!(comparison.fields_read(), [0]);
}
