use proptest::prelude::*;

use super::*;
use crate::normalise::name::NameNormaliser;

type Question = fn(&PersonName, &PersonName) -> bool;

const QUESTIONS: [(&str, Question); 13] = [
    ("exact", exact),
    ("unknown_compatible", unknown_compatible),
    ("same_pinyin", same_pinyin),
    ("fuzzy_pinyin", fuzzy_pinyin),
    ("one_glyph", one_glyph),
    ("one_sound", one_sound),
    ("one_keystroke", one_keystroke),
    ("one_edit", one_edit),
    ("transposed", transposed),
    ("same_surname", same_surname),
    ("same_given", same_given),
    ("generation_char", generation_char),
    ("contained", contained),
];

fn name(text: &str) -> PersonName {
    NameNormaliser::new()
        .parse(text)
        .unwrap_or_else(|| panic!("no name: {text:?}"))
}

fn agreements(a: &PersonName, b: &PersonName) -> Vec<&'static str> {
    QUESTIONS
        .iter()
        .filter(|(_, question)| question(a, b))
        .map(|&(name, _)| name)
        .collect()
}

#[test]
fn every_agreement_of_a_pair() {
    for (a, b, expected) in [
        (
            "王艳红",
            "王艳红",
            "exact same_pinyin fuzzy_pinyin same_surname same_given",
        ),
        (
            "張偉",
            "张伟",
            "exact same_pinyin fuzzy_pinyin same_surname same_given",
        ),
        (
            "王?红",
            "王艳红",
            "unknown_compatible one_edit same_surname",
        ),
        (
            "王yan红",
            "王艳红",
            "unknown_compatible same_pinyin fuzzy_pinyin one_sound one_edit same_surname",
        ),
        ("王li红", "王艳红", "one_edit same_surname"),
        ("?艳红", "王艳红", "unknown_compatible one_edit same_given"),
        ("李某", "李强", "unknown_compatible one_edit same_surname"),
        ("王?红", "?艳红", "unknown_compatible"),
        ("王?", "李?", "one_edit"),
        (
            "王艳红",
            "王燕红",
            "same_pinyin fuzzy_pinyin one_sound one_edit same_surname",
        ),
        ("章艳红", "张燕红", "same_pinyin fuzzy_pinyin"),
        (
            "张艳红",
            "臧艳红",
            "fuzzy_pinyin one_sound one_keystroke one_edit same_given",
        ),
        ("李未", "李末", "one_glyph one_edit same_surname"),
        (
            "王旺",
            "王万",
            "fuzzy_pinyin one_sound one_keystroke one_edit same_surname",
        ),
        ("王力", "王林", "one_keystroke one_edit same_surname"),
        ("王福", "王禄", "one_edit same_surname"),
        (
            "侯洁",
            "候洁",
            "same_pinyin fuzzy_pinyin one_glyph one_sound one_edit same_given",
        ),
        ("王红", "王艳红", "one_edit same_surname"),
        ("王艳", "王艳红", "one_edit same_surname contained"),
        ("艳红", "王艳红", "one_edit contained"),
        ("王艳红", "王红艳", "transposed same_surname"),
        ("王艳红", "艳红王", "transposed"),
        ("王艳红", "艳王红", ""),
        ("欧阳修", "修欧阳", "transposed"),
        ("王建国", "王建军", "one_edit same_surname generation_char"),
        ("王建国", "李建国", "one_edit same_given"),
        (
            "王建国",
            "王建?",
            "unknown_compatible one_edit same_surname",
        ),
        (
            "单强",
            "善强",
            "same_pinyin fuzzy_pinyin one_sound one_edit same_given",
        ),
        (
            "再娜甫·玉素甫",
            "再娜甫玉素甫",
            "exact same_pinyin fuzzy_pinyin",
        ),
        ("再娜甫·玉素甫", "再娜甫", "contained"),
        ("再娜甫·玉素甫", "玉素甫", "contained"),
        ("再娜甫·玉素甫", "玉素甫·再娜甫", "transposed"),
        ("再娜甫·玉素甫·艾力", "玉素甫·艾力", "contained"),
        (
            "买买提·依明",
            "买买体·依明",
            "same_pinyin fuzzy_pinyin one_sound one_edit",
        ),
        ("Zhang Wei", "张伟", "same_pinyin fuzzy_pinyin"),
        (
            "Wei ZHANG",
            "张伟",
            "same_pinyin fuzzy_pinyin same_surname same_given",
        ),
        (
            "Boyong Peng",
            "彭博勇",
            "same_pinyin fuzzy_pinyin same_surname same_given",
        ),
        (
            "Zhang Wei",
            "Wei Zhang",
            "same_pinyin fuzzy_pinyin transposed",
        ),
        (
            "ZHANGWEI",
            "张伟",
            "same_pinyin fuzzy_pinyin same_surname same_given",
        ),
        (
            "OUYANGXIU",
            "欧阳修",
            "same_pinyin fuzzy_pinyin same_surname same_given",
        ),
        ("David Tang", "Tang David", "transposed"),
        ("David Tang", "David Tank", "one_edit"),
        ("John Smith", "John Michael Smith", "contained"),
        ("David Tang", "唐大卫", ""),
        ("王艳红", "李志明", ""),
    ] {
        let (a, b) = (name(a), name(b));
        assert_eq!(agreements(&a, &b).join(" "), expected, "{a} | {b}");
        assert_eq!(agreements(&b, &a).join(" "), expected, "{b} | {a}");
    }
}

#[test]
fn similarity_as_stated() {
    for (a, b, expected) in [
        ("王艳红", "王艳红", 1.0),
        ("王艳红", "王燕红", 2.8 / 3.0),
        ("张伟", "臧伟", 1.7 / 2.0),
        ("李未", "李末", 1.6 / 2.0),
        ("王?红", "王艳红", 2.4 / 3.0),
        ("王yan红", "王艳红", 2.8 / 3.0),
        ("王li红", "王艳红", 2.0 / 3.0),
        ("王红", "王艳红", 2.0 / 3.0),
        ("王艳红", "王红艳", 0.9),
        ("再娜甫·玉素甫", "再娜甫", 0.5),
        ("张伟", "Zhang Wei", 0.8),
        ("张伟", "Wei Zhang", 0.8),
        ("臧伟", "Zhang Wei", 0.75),
        ("David Tang", "David Tank", 0.9),
        ("王艳红", "李志明", 0.0),
        ("王艳红", "David", 0.0),
    ] {
        let (a, b) = (name(a), name(b));
        assert!(
            (similarity(&a, &b) - expected).abs() < 1e-12,
            "{a} {b}: {}",
            similarity(&a, &b)
        );
        assert_eq!(similarity(&a, &b), similarity(&b, &a), "{a} {b}");
    }
}

/// The textbook distance with unit costs.
fn levenshtein(a: &[char], b: &[char]) -> usize {
    match (a, b) {
        ([], rest) | (rest, []) => rest.len(),
        ([x, a_rest @ ..], [y, b_rest @ ..]) => {
            let substituted = levenshtein(a_rest, b_rest) + usize::from(x != y);
            substituted
                .min(levenshtein(a_rest, b) + 1)
                .min(levenshtein(a, b_rest) + 1)
        }
    }
}

/// The best alignment by trying all.
fn best_alignment(a: &PersonName, i: usize, b: &PersonName, j: usize) -> u16 {
    if i == a.chars().len() || j == b.chars().len() {
        return 0;
    }
    let aligned = best_alignment(a, i + 1, b, j + 1) + han_units(a, i, b, j);
    aligned
        .max(best_alignment(a, i + 1, b, j))
        .max(best_alignment(a, i, b, j + 1))
}

/// Names of few characters, so that pairs agree often.
fn close_names() -> impl Strategy<Value = PersonName> {
    "[王张单末未艳燕红洪?·]{1,5}|(zhang|wei|Li|AN| ){1,4}|王(yan|li|x)红"
        .prop_filter_map("no name", |text| NameNormaliser::new().parse(&text))
}

fn any_names() -> impl Strategy<Value = PersonName> {
    "\\PC{1,12}".prop_filter_map("no name", |text| NameNormaliser::new().parse(&text))
}

fn check_pair(a: &PersonName, b: &PersonName) {
    for (name, question) in QUESTIONS {
        assert_eq!(question(a, b), question(b, a), "{name}: {a:?} {b:?}");
    }
    let alike = similarity(a, b);
    assert_eq!(alike, similarity(b, a), "{a:?} {b:?}");
    assert!((0.0..=1.0).contains(&alike));
    assert_eq!(alike == 1.0, exact(a, b));
    assert!(!same_pinyin(a, b) || fuzzy_pinyin(a, b));
    assert!(!(one_glyph(a, b) || one_sound(a, b)) || one_edit(a, b));
    assert_eq!(
        one_edit(a, b),
        a.script() == b.script() && levenshtein_is_one(a, b),
        "{a:?} {b:?}"
    );
    assert!(
        !exact(a, b)
            || !(one_edit(a, b) || transposed(a, b) || contained(a, b) || generation_char(a, b))
    );
    assert!(!generation_char(a, b) || same_surname(a, b) && one_edit(a, b));
}

fn levenshtein_is_one(a: &PersonName, b: &PersonName) -> bool {
    a.chars().len().abs_diff(b.chars().len()) <= 1
        && a.chars().len() <= 6
        && levenshtein(a.chars(), b.chars()) == 1
        || a.chars().len() > 6 && one_edit(a, b)
}

proptest! {
    #[test]
    fn laws_on_close_names(a in close_names(), b in close_names()) {
        check_pair(&a, &b);
        check_pair(&a, &a);
        if both_han(&a, &b) && !exact(&a, &b) && !transposed(&a, &b) {
            let longer = a.chars().len().max(b.chars().len()) as f64;
            let expected = f64::from(best_alignment(&a, 0, &b, 0)) / longer / 10.0;
            prop_assert!((similarity(&a, &b) - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn laws_on_any_names(a in any_names(), b in any_names(), c in close_names()) {
        check_pair(&a, &b);
        check_pair(&a, &c);
        check_pair(&a, &a);
    }

    #[test]
    fn readable_han_names_sound_like_themselves(a in "[王李张单曾乐伟芳娜秀英敏静艳红]{2,4}") {
        let a = name(&a);
        prop_assert!(same_pinyin(&a, &a) && fuzzy_pinyin(&a, &a));
    }
}
