use proptest::prelude::*;

use super::*;

fn parse(text: &str) -> Option<PersonName> {
    NameNormaliser::new().parse(text)
}

/// Normal form, length of the surname, and preferred readings (`-` for none).
fn summary(text: &str) -> String {
    let Some(name) = parse(text) else {
        return "none".into();
    };
    let reading = |readings: &Readings| match readings.preferred().as_str() {
        "" => "-".to_owned(),
        known => known.to_owned(),
    };
    let readings: Vec<String> = name.readings().iter().map(reading).collect();
    format!("{name} {} {}", name.surname_len(), readings.join(" "))
        .trim_end()
        .to_owned()
}

#[test]
fn han_names() {
    for (text, expected) in [
        ("张伟", "张伟 1 zhang wei"),
        ("張偉", "张伟 1 zhang wei"),
        (" 张　伟\t", "张伟 1 zhang wei"),
        ("单雄信", "单雄信 1 shan xiong xin"),
        ("單雄信", "单雄信 1 shan xiong xin"),
        ("仇英", "仇英 1 qiu ying"),
        ("曾国藩", "曾国藩 1 zeng guo fan"),
        ("解缙", "解缙 1 xie jin"),
        ("区志强", "区志强 1 ou zhi qiang"),
        ("查良镛", "查良镛 1 zha liang yong"),
        ("尉迟恭", "尉迟恭 2 yu chi gong"),
        ("万俟卨", "万俟卨 2 mo qi xie"),
        ("欧阳修", "欧阳修 2 ou yang xiu"),
        ("歐陽娜娜", "欧阳娜娜 2 ou yang na na"),
        ("司马相如", "司马相如 2 si ma xiang ru"),
        ("诸葛亮", "诸葛亮 2 zhu ge liang"),
        ("欧阳", "欧阳 1 ou yang"),
        ("陈方安生", "陈方安生 1 chen fang an sheng"),
        ("鍾崐峯", "钟昆峰 1 zhong kun feng"),
        ("锺楚红", "钟楚红 1 zhong chu hong"),
        ("吴喆淼", "吴喆淼 1 wu zhe miao"),
        ("李乾", "李乾 1 li qian"),
        ("王", "王 1 wang"),
        ("张明々", "张明明 1 zhang ming ming"),
        ("\u{F9E1}白", "李白 1 li bai"),
    ] {
        assert_eq!(summary(text), expected, "{text}");
    }
}

#[test]
fn minority_names() {
    for dotted in [
        "再娜甫·玉素甫",
        "再娜甫•玉素甫",
        "再娜甫‧玉素甫",
        "再娜甫・玉素甫",
        "再娜甫･玉素甫",
        "再娜甫．玉素甫",
        "再娜甫.玉素甫",
        "再娜甫∙玉素甫",
        "再娜甫⋅玉素甫",
        "再娜甫。玉素甫",
        "再娜甫｡玉素甫",
        "再娜甫˙玉素甫",
        "再娜甫-玉素甫",
        "再娜甫 玉素甫",
        "再娜甫 · 玉素甫",
        "·再娜甫·玉素甫·",
    ] {
        let name = parse(dotted).unwrap();
        assert_eq!(name.part_lens(), [3, 3], "{dotted}");
        assert_eq!(name.to_string(), "再娜甫·玉素甫", "{dotted}");
        assert_eq!(name.surname_len(), 0, "{dotted}");
    }
    let undotted = parse("再娜甫玉素甫").unwrap();
    assert!(undotted.part_lens().is_empty());
    assert_eq!(undotted.surname_len(), 0);
    assert_eq!(undotted.chars(), parse("再娜甫·玉素甫").unwrap().chars());
    assert_eq!(
        parse("阿卜杜拉·买买提·艾力").unwrap().part_lens(),
        [4, 3, 2]
    );
    assert_eq!(parse("阿依古丽").unwrap().surname_len(), 0);
    assert!(parse("张 伟 强").unwrap().part_lens().is_empty());
}

#[test]
fn unreadable_characters() {
    for (text, expected) in [
        ("王?红", "王□红 1 wang - hong"),
        ("王？红", "王□红 1 wang - hong"),
        ("王＊红", "王□红 1 wang - hong"),
        ("王■红", "王□红 1 wang - hong"),
        ("王□红", "王□红 1 wang - hong"),
        ("王※红", "王□红 1 wang - hong"),
        ("王〇红", "王□红 1 wang - hong"),
        ("王○红", "王□红 1 wang - hong"),
        ("王▲红", "王□红 1 wang - hong"),
        ("王#红", "王□红 1 wang - hong"),
        ("王_红", "王□红 1 wang - hong"),
        ("王\u{E123}红", "王□红 1 wang - hong"),
        ("王X红", "王□红 1 wang - hong"),
        ("张XX", "张□□ 1 zhang - -"),
        ("李某某", "李□□ 1 li - -"),
        ("?德夫", "□德夫 1 - de fu"),
        ("王yan红", "王□红 1 wang yan hong"),
        ("苏JIANG文", "苏□文 1 su jiang wen"),
        ("王 yàn 红", "王□红 1 wang yan hong"),
        ("tu玲爱", "□玲爱 1 tu ling ai"),
        ("王xiaohong", "王□□ 1 wang xiao hong"),
        ("王⿰王月红", "王□红 1 wang - hong"),
        ("王(王月)红", "王□红 1 wang - hong"),
        ("张（王＋月）", "张□ 1 zhang -"),
    ] {
        assert_eq!(summary(text), expected, "{text}");
    }
}

#[test]
fn what_is_not_part_of_a_name() {
    for (text, expected) in [
        ("梁賢先生", "梁贤"),
        ("王先生", "王"),
        ("赵丽女士", "赵丽"),
        ("李小姐", "李"),
        ("王同志", "王同志"),
        ("王建国同志", "王建国"),
        ("陈芳老師", "陈芳"),
        ("张 三 先生", "张三"),
        ("张三（曾用名李四）", "张三"),
        ("张三(曾用名:李四)", "张三"),
        ("张三曾用名李四", "张三"),
        ("张三[已迁出]", "张三"),
        ("张三（女）", "张三"),
        ("张（曾用名李）", "张"),
        ("张三/李四", "张三"),
        ("张三、李四", "张三"),
        ("姓名：张三", "张三"),
        ("张三2", "张三"),
        ("张三２", "张三"),
        ("12张三", "张三"),
        ("张三,", "张三"),
        ("“张三”", "张三"),
        ("陈大文 David", "陈大文"),
        ("David 陈大文", "陈大文"),
        ("陈大文 (David Chan)", "陈大文"),
        ("(张三)", "张三"),
        ("原野", "原野"),
        ("Mr. David Tang", "david tang"),
        ("Dr Wei ZHANG", "zhang wei"),
        ("David Tang Jr.", "david tang"),
    ] {
        assert_eq!(
            parse(text).map(|name| name.to_string()).as_deref(),
            Some(expected),
            "{text}"
        );
    }
}

#[test]
fn no_name() {
    for text in [
        "",
        " ",
        "无",
        "无名氏",
        "無名氏",
        "不详",
        "未命名",
        "婴儿",
        "男婴",
        "佚名",
        "某某",
        "某人",
        "某女",
        "???",
        "***",
        "?",
        "null",
        "N/A",
        "NULL",
        "-",
        "--",
        "·",
        "未知（待核实）",
        "王芳之女",
        "李强之子",
        "123",
        "()",
        "同上",
        "（无）",
        "先生之女婴",
    ] {
        assert_eq!(parse(text), None, "{text}");
    }
    assert_eq!(parse(&"张".repeat(PersonName::MAX_LEN + 1)), None);
    assert_eq!(parse(&"a ".repeat(10_000)), None);
    assert!(parse(&"张".repeat(PersonName::MAX_LEN)).is_some());
}

#[test]
fn romanised_and_foreign_names() {
    for (text, expected) in [
        ("Zhang Wei", "zhang wei 0 zhang wei"),
        ("ZHANG WEI", "zhang wei 0 zhang wei"),
        ("ZHANG Wei", "zhang wei 5 zhang wei"),
        ("Wei ZHANG", "zhang wei 5 zhang wei"),
        ("Zhang, Wei", "zhang wei 5 zhang wei"),
        ("ZHANGWEI", "zhang wei 5 zhang wei"),
        ("Boyong Peng", "peng boyong 4 peng bo yong"),
        ("LIU LANJIA", "liu lanjia 3 liu lan jia"),
        ("Ouyang Xiu", "ouyang xiu 0 ou yang xiu"),
        ("Xiaoming Ouyang", "ouyang xiaoming 6 ou yang xiao ming"),
        ("OUYANGXIU", "ouyang xiu 6 ou yang xiu"),
        ("Lü Xia", "lv xia 0 lv xia"),
        ("Lyu Xia", "lv xia 0 lv xia"),
        ("Lv Xia", "lv xia 0 lv xia"),
        ("Wang Li'an", "wang lian 4 wang li an"),
        ("Zhāng Xiǎomíng", "zhang xiaoming 5 zhang xiao ming"),
        ("David Tang", "david tang 0"),
        ("David TANG", "tang david 4"),
        ("Müller, Jürgen", "muller jurgen 6"),
        ("O'Brien", "obrien 0"),
        ("Jean-Luc Picard", "jean luc picard 0"),
        ("ＺＨＡＮＧ　ＷＥＩ", "zhang wei 0 zhang wei"),
    ] {
        assert_eq!(summary(text), expected, "{text}");
    }
    assert_eq!(parse("Ouyang Xiu").unwrap().part_lens(), [2, 1]);
    assert_eq!(parse("Peng Boyong").unwrap().given_readings().len(), 2);
    assert_eq!(
        parse("Peng Boyong").unwrap().given(),
        "boyong".chars().collect::<Vec<_>>()
    );
}

#[test]
fn readings_keep_what_else_a_surname_may_be() {
    let readings = |text: &str| -> Vec<&'static str> {
        parse(text).unwrap().readings()[0]
            .iter()
            .map(Syllable::as_str)
            .collect()
    };
    assert_eq!(readings("单强")[0], "shan");
    assert!(readings("单强").contains(&"dan"));
    assert_eq!(readings("乐嘉")[..2], ["yue", "le"]);
    assert!(readings("尉迟恭").starts_with(&["yu", "wei"]));
}

/// What every name keeps to.
fn check(name: &PersonName) {
    assert!((1..=PersonName::MAX_LEN).contains(&name.chars().len()));
    assert!(name.chars().iter().any(|&c| c != UNKNOWN && c != ' '));
    assert!(name.surname_len() <= name.chars().len());
    assert_eq!(name.has_unknown(), name.chars().contains(&UNKNOWN));
    let parts: usize = name.part_lens().iter().map(|&len| usize::from(len)).sum();
    match name.script() {
        Script::Han => {
            assert_eq!(name.readings().len(), name.chars().len());
            assert!(name.part_lens().is_empty() || parts == name.chars().len());
            assert!(name.part_lens().is_empty() || name.surname_len() == 0);
        }
        Script::Latin => {
            assert_eq!(name.readings().is_empty(), name.part_lens().is_empty());
            assert_eq!(parts, name.readings().len());
            assert!(name.readings().iter().all(|readings| !readings.is_empty()));
        }
    }
    assert_eq!(
        name.surname_readings().len() + name.given_readings().len(),
        name.readings().len()
    );
}

/// What the short cut for plain names gives, if it takes the text, is what all care comes to.
fn check_short_cut(text: &str) {
    if let Some(name) = plain::parse(text) {
        let careful = NameNormaliser::new().parse_with_care(text);
        assert_eq!(Some(name), careful, "{text}");
    }
}

#[test]
fn common_names_take_the_short_cut_and_words_do_not() {
    for name in [
        "张伟",
        "王秀英",
        "單雄信",
        "仇英",
        "诸葛",
        "张三丰",
        "张王李赵",
    ] {
        check_short_cut(name);
        assert!(plain::parse(name).is_some(), "{name}");
    }
    for word in [
        "欧阳修",
        "未命名",
        "王先生",
        "王芳之女",
        "张某",
        "张 伟",
        "张伟1",
        "王",
        "买买提吐尔逊",
    ] {
        assert_eq!(plain::parse(word), None, "{word}");
    }
    // Every word of the lists, alone and behind names.
    let lists = [
        include_str!("../../../data/aliases.txt"),
        include_str!("../../../data/unborn.txt"),
        include_str!("../../../data/titles.tsv"),
        include_str!("../../../data/placeholders.txt"),
    ];
    let words = lists.into_iter().flat_map(table::words);
    for word in words {
        for name in ["", "王", "王芳", "無", "张王李"] {
            check_short_cut(&format!("{name}{word}"));
            check_short_cut(&format!("{word}{name}"));
        }
    }
}

proptest! {
    #[test]
    fn the_short_cut_changes_nothing(
        text in "[\u{4e00}-\u{9fff}]{1,5}|[张王欧阳单尉迟先生老师曾用名某之子無姓测试女士未知]{1,5}"
    ) {
        check_short_cut(&text);
    }

    #[test]
    fn any_text_gives_a_sound_name_or_none(text in "\\PC{0,40}") {
        if let Some(name) = parse(&text) {
            check(&name);
        }
    }

    #[test]
    fn any_bytes_give_a_sound_name_or_none(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
        if let Some(name) = parse(&String::from_utf8_lossy(&bytes)) {
            check(&name);
        }
    }

    #[test]
    fn name_like_text_gives_a_sound_name(
        text in "([张王欧阳单尉迟玉素甫先生老师曾用名某之子 ·.()（）?*■々⿰⿲,'x2-]|zhang|LI|Wei|ü|DAVID ){1,14}"
    ) {
        if let Some(name) = parse(&text) {
            check(&name);
        }
    }

    #[test]
    fn the_normal_form_of_a_readable_name_is_its_own(text in "[张王李欧阳单曾乐張偉鍾国學芳]{2,4}|[再娜甫玉素]{2,4}·[玉素甫艾力]{2,3}") {
        let name = parse(&text).unwrap();
        prop_assert_eq!(parse(&name.to_string()), Some(name));
    }

    #[test]
    fn pinyin_names_in_their_normal_form_stay(surname in "zhang|wang|ouyang|li", given in "(xiao|ming|wei|hong){1,2}") {
        let name = parse(&format!("{surname}, {given}")).unwrap();
        prop_assert_eq!(name.to_string(), format!("{surname} {given}"));
        prop_assert_eq!(name.surname_len(), surname.len());
    }
}
