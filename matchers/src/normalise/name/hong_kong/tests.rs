use proptest::prelude::*;

use super::super::characters;
use super::*;

fn name(raw: &str) -> HongKongName {
    HongKongName::parse(raw).unwrap_or_else(|| panic!("{raw:?} holds a name"))
}

/// The same sounds as these characters, as many, and as many of the surname.
fn sounds_like(name: &HongKongName, surname: &str, given: &str) -> bool {
    let expected: Vec<Sounds> = surname
        .chars()
        .chain(given.chars())
        .map(|c| sound::of_character(characters::standard(c)))
        .collect();
    name.surname().len() == surname.chars().count()
        && name.syllables().len() == expected.len()
        && name
            .syllables()
            .iter()
            .zip(expected)
            .all(|(syllable, sounds)| syllable.sounds().meet(sounds))
}

/// What was typed, the surname and the given name that it stands for, English names.
const READ: &[(&str, &str, &str, &str)] = &[
    ("鄭芳", "鄭", "芳", ""),
    ("郑芳", "鄭", "芳", ""),
    ("鄭芳小姐", "鄭", "芳", ""),
    (" 鄭 芳 先生 ", "鄭", "芳", ""),
    ("CHENG Fong", "鄭", "芳", ""),
    ("Cheng Fong", "鄭", "芳", ""),
    ("CHENG FONG", "鄭", "芳", ""),
    ("Cheng, Fong", "鄭", "芳", ""),
    ("Fong CHENG", "鄭", "芳", ""),
    ("Ms. CHENG Fong", "鄭", "芳", ""),
    ("CHENG Fong 小姐", "鄭", "芳", ""),
    ("Mary Cheng", "鄭", "", "mary"),
    ("陳大文", "陳", "大文", ""),
    ("陳大文 Peter", "陳", "大文", "peter"),
    ("Peter 陳大文", "陳", "大文", "peter"),
    ("陳大文 (CHAN Tai Man, Peter)", "陳", "大文", "peter"),
    ("CHAN Tai Man (陳大文)", "陳", "大文", ""),
    ("CHAN Tai Man, Peter", "陳", "大文", "peter"),
    ("CHAN, Tai Man, Peter", "陳", "大文", "peter"),
    ("CHAN Tai-man; Peter", "陳", "大文", "peter"),
    ("Peter CHAN Tai Man", "陳", "大文", "peter"),
    ("Peter Chan Tai-man", "陳", "大文", "peter"),
    ("Chan Tai Man Peter", "陳", "大文", "peter"),
    ("CHAN TAI MAN PETER", "陳", "大文", "peter"),
    ("Peter Chan", "陳", "", "peter"),
    ("CHAN Peter", "陳", "", "peter"),
    ("Chan, Peter", "陳", "", "peter"),
    ("Taiman Chan", "陳", "大文", ""),
    ("CHAN Taiman", "陳", "大文", ""),
    ("Tai Man CHAN", "陳", "大文", ""),
    ("CHAN 大文", "陳", "大文", ""),
    ("陳 Tai Man", "陳", "大文", ""),
    ("CHAN Chi 軒; Kevin", "陳", "志軒", "kevin"),
    ("SZETO 銘 Fai; Eric", "司徒", "銘輝", "eric"),
    ("司徒銘輝", "司徒", "銘輝", ""),
    ("SZETO Ming Fai", "司徒", "銘輝", ""),
    ("Eric Szeto", "司徒", "", "eric"),
    ("SZE TO Ming Fai", "司徒", "銘輝", ""),
    ("歐陽明", "歐陽", "明", ""),
    ("AU YEUNG Ming", "歐陽", "明", ""),
    ("Au-Yeung Ming", "歐陽", "明", ""),
    ("AUYEUNG Ming", "歐陽", "明", ""),
    ("OUYEUNG Ming", "歐陽", "明", ""),
    ("OUYANG 銘 Fai", "歐陽", "銘輝", ""),
    ("Au Yeung, Ming", "歐陽", "明", ""),
    ("歐陽小姐", "歐陽", "", ""),
    ("SHEUNG KWUN Lai Ming", "上官", "麗明", ""),
    ("Kenneth Sheung Kwun", "上官", "", "kenneth"),
    ("陳太", "陳", "", ""),
    ("陳生", "陳", "", ""),
    ("陳小姐", "陳", "", ""),
    ("陳李美玲", "陳", "李美玲", ""),
    ("CHAN LEE Mei Ling", "陳", "李美玲", ""),
    ("Sam Hui", "許", "", "sam"),
    ("Sam Hui Koon Kit", "許", "冠傑", "sam"),
    ("HUI Koon Kit Sam", "許", "冠傑", "sam"),
    ("Anna Ng", "吳", "", "anna"),
    ("NG Anna", "吳", "", "anna"),
    ("WU Kwok Ming", "吳", "國明", ""),
    ("SUN Yat Sin", "孫", "逸仙", ""),
    ("LAW Ka Ying", "羅", "家英", ""),
    ("LO Ka Ying", "羅", "家英", ""),
    ("Lee Siu Lung; Bruce", "李", "小龍", "bruce"),
    ("LEUNG Chiu-wai Tony", "梁", "朝偉", "tony"),
    ("Yuna Chan Tai Man", "陳", "大文", "yuna"),
    ("CHAN T M", "陳", "", ""),
    ("CHAN TM", "陳", "", ""),
    ("Zeng6 Fong1", "鄭", "芳", ""),
    ("Zou Git", "曹", "傑", ""),
    ("JIM Yi", "詹", "儀", ""),
    ("Singh Gurpreet", "", "", "gurpreet singh"),
    ("SINGH, Gurpreet", "", "", "gurpreet singh"),
    ("Peter", "", "", "peter"),
    ("馮", "馮", "", ""),
];

#[test]
fn reads() {
    let wrong: Vec<String> = READ
        .iter()
        .map(|&(raw, surname, given, english)| (raw, surname, given, english, name(raw)))
        .filter(|(_, surname, given, english, got)| {
            !sounds_like(got, surname, given) || got.english().join(" ") != *english
        })
        .map(|(raw, _, _, _, got)| format!("{raw:?}: {got:?}"))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn nothing_to_read() {
    for raw in [
        "",
        " ",
        "无名氏",
        "不详",
        "unknown",
        "先生",
        "Mr",
        "123",
        "-",
        ";;",
        "T M",
        "Mr. T",
    ] {
        assert_eq!(HongKongName::parse(raw), None, "{raw:?}");
    }
}

#[test]
fn characters_are_one_shape() {
    for (a, b) in [
        ("鄭雪儀先生", "郑雪仪"),
        ("鍾偉強", "钟伟强"),
        ("陳大文", "陈大文小姐"),
        ("馮  曉峯", "冯晓峰"),
    ] {
        assert_eq!(name(a), name(b), "{a} {b}");
        assert!(name(a).is_in_characters());
    }
    assert!(!name("陳?文").is_in_characters());
    assert!(!name("CHAN 大文").is_in_characters());
    assert!(!name("Peter").is_in_characters());
}

/// A character and the ways to spell it in a Hong Kong name.
const SPELT: &[(&str, &str)] = &[
    ("陳", "chan can"),
    ("李", "li lee lei lay"),
    ("張", "cheung cheong zoeng"),
    ("梁", "leung leong loeng"),
    ("鄭", "cheng ching zeng"),
    ("曾", "tsang zang dzang"),
    ("蔡", "choi choy tsoi coi"),
    ("郭", "kwok kwock gwok"),
    ("關", "kwan gwaan"),
    ("吳", "ng"),
    ("何", "ho hor"),
    ("高", "ko kou gou"),
    ("羅", "law lo"),
    ("徐", "tsui chui ceoi"),
    ("許", "hui heoi"),
    ("朱", "chu chue zyu jyu"),
    ("余", "yu yue jyu"),
    ("袁", "yuen yune jyun"),
    ("潘", "poon pun"),
    ("周", "chow chau jau"),
    ("趙", "chiu ziu"),
    ("蕭", "siu shiu"),
    ("石", "shek sek"),
    ("岑", "sham shum sam sum"),
    ("葉", "yip ip"),
    ("傑", "kit git"),
    ("健", "kin gin"),
    ("子", "tsz tze chi zi ji"),
    ("詩", "sze si see"),
    ("雪", "suet syut"),
    ("祖", "cho zou jo"),
    ("珠", "chu zyu"),
    ("昌", "cheung coeng"),
    ("立", "lap laap"),
    ("聰", "chung cung"),
    ("圖", "to tou"),
    ("寶", "bo po bou"),
    ("儀", "yi yee ji"),
    ("柔", "yau jau"),
    ("楠", "nam lam"),
    ("安", "on ngon"),
    ("雅", "nga ah"),
    ("華", "wah wa"),
    ("卓", "cheuk coek"),
    ("信", "shun seon"),
    ("潤", "yun"),
    ("勤", "kan"),
    ("美", "mei may"),
    ("慧", "wai"),
    ("恩", "yan"),
    ("玉", "yuk juk"),
    ("強", "keung koeng"),
];

#[test]
fn spellings() {
    for (character, spellings) in SPELT {
        let c = character.chars().next().unwrap();
        let meant = sound::of_character(characters::standard(c));
        for spelling in spellings.split(' ') {
            assert!(
                sound::of_word(spelling).meet(meant),
                "{character} is spelt {spelling}"
            );
        }
    }
    for (character, spelling) in [
        ("陳", "cheng"),
        ("方", "fung"),
        ("馮", "fong"),
        ("關", "kwok"),
        ("文", "ming"),
        ("黃", "wan"),
        ("林", "lim"),
        ("賢", "yan"),
    ] {
        let c = character.chars().next().unwrap();
        let meant = sound::of_character(characters::standard(c));
        assert!(
            !sound::of_word(spelling).meet(meant),
            "{character} {spelling}"
        );
    }
    for english in ["peter", "kenneth", "ben", "xavier", "smith", "", "z"] {
        assert!(sound::of_word(english).is_empty(), "{english}");
    }
}

#[test]
fn joined_words() {
    for (word, parts) in [
        ("waiming", "wai ming"),
        ("kaman", "ka man"),
        ("taiman", "tai man"),
        ("szeto", "sze to"),
        ("auyeung", "au yeung"),
        ("tszyan", "tsz yan"),
        ("hoyin", "ho yin"),
        ("wing", "wing"),
        ("peter", ""),
        ("christopher", ""),
        ("", ""),
    ] {
        let expected: Vec<Sounds> = parts
            .split(' ')
            .filter(|part| !part.is_empty())
            .map(sound::of_word)
            .collect();
        assert_eq!(sound::of_joined(word), expected, "{word}");
    }
}

#[test]
fn every_row_of_the_tables_is_understood_and_needed() {
    for (syllable, _) in table::rows(include_str!("../../../../data/cantonese_readings.tsv")) {
        assert!(!sound::of_jyutping(syllable).is_empty(), "{syllable}");
    }
    let further = include_str!("../../../../data/cantonese_further_readings.tsv");
    for (c, readings) in table::rows(further) {
        for reading in readings.split(' ') {
            assert!(!sound::of_jyutping(reading).is_empty(), "{c} {reading}");
        }
    }
    for (word, readings) in table::rows(include_str!("../../../../data/cantonese_words.tsv")) {
        assert!(
            sound::of_word(word).meet(sound::of_jyutping(readings)),
            "{word}"
        );
    }
    for (surname, spellings) in table::rows(include_str!("../../../../data/hong_kong_surnames.tsv"))
    {
        for spelling in spellings.split(' ') {
            let got = name(&format!("{} Waaming", spelling.to_uppercase()));
            assert!(
                sounds_like(&got, surname, "華明"),
                "{surname} is spelt {spelling}: {got:?}"
            );
        }
    }
    for word in table::words(include_str!("../../../../data/english_names.txt")) {
        let read = sound::of_joined(word);
        assert!(!read.is_empty(), "{word} needs no mention");
    }
}

/// Names in characters of which each has one reading that all spellings keep.
fn romanised() -> impl Strategy<Value = (String, &'static str, String)> {
    let syllable = prop::sample::select(vec![
        ("明", "Ming"),
        ("偉", "Wai"),
        ("芳", "Fong"),
        ("國", "Kwok"),
        ("麗", "Lai"),
        ("敏", "Man"),
    ]);
    let surname = prop::sample::select(vec![
        ("陳", "CHAN"),
        ("鄭", "CHENG"),
        ("梁", "LEUNG"),
        ("黃", "WONG"),
        ("歐陽", "AU YEUNG"),
    ]);
    (surname, prop::collection::vec(syllable, 1..=2)).prop_map(|(surname, given)| {
        let characters: String = given.iter().map(|(c, _)| *c).collect();
        let letters: Vec<&str> = given.iter().map(|(_, word)| *word).collect();
        (
            format!("{}{characters}", surname.0),
            surname.1,
            letters.join(" "),
        )
    })
}

proptest! {
    #[test]
    fn writing_and_order_make_no_difference((characters, surname, given) in romanised()) {
        let expected = name(&characters);
        for written in [
            format!("{surname} {given}"),
            format!("{given} {surname}"),
            format!("{surname}, {given}"),
            format!("{surname} {}", given.replace(' ', "-")),
            format!("Mr {surname} {given}"),
        ] {
            let got = name(&written);
            prop_assert_eq!(got.surname().len(), expected.surname().len(), "{}", &written);
            prop_assert_eq!(got.syllables().len(), expected.syllables().len(), "{}", &written);
            for (a, b) in got.syllables().iter().zip(expected.syllables()) {
                prop_assert!(a.sounds().meet(b.sounds()), "{}", &written);
            }
        }
    }

    #[test]
    fn garbage_never_panics(raw in any::<String>(), nearly in "[A-Za-z陈陳歐陽?;,() .-]{0,40}") {
        for raw in [raw, nearly] {
            if let Some(name) = HongKongName::parse(&raw) {
                prop_assert!(name.syllables().len() <= HongKongName::MOST_SYLLABLES);
                prop_assert!(name.surname().len() <= name.syllables().len());
                prop_assert!(!name.syllables().is_empty() || !name.english().is_empty());
                prop_assert!(!name.text().is_empty());
                prop_assert!(!name.last_may_be_surname() || !name.given().is_empty());
            }
        }
    }
}
