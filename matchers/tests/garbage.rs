//! Cells of words and numbers in any order: whatever clerks and programs leave in one, every normal
//! form comes to an end. A text that one is never done with stops the sweep of a country.

use std::hint::black_box;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use yiren_matchers::normalise::address::AddressNormaliser;
use yiren_matchers::normalise::codes::{self, Relation, Sex};
use yiren_matchers::normalise::name::NameNormaliser;
use yiren_matchers::normalise::name::hong_kong::HongKongName;
use yiren_matchers::normalise::western::WesternNormaliser;
use yiren_matchers::normalise::{account, date, division, documents, identifier, phone, text};

/// What readers look for, and what stands between it.
const WORDS: &str = "第 号 村 组 年 月 日 农历 闰 初 民国 生 约 省 市 县 区 旗 州 盟 自治区 自治县 族 彝族 \
    镇 乡 街道 办事处 苏木 团 师 连 路 街 巷 胡同 大道 弄 栋 座 单元 室 楼 层 小区 社区 村民委员会 自然村 \
    开发区 林场 北京 朝阳 河南省 安阳市 滑县 新疆 兵团 市辖区 省直辖县级行政区划 王 欧阳 买买提 先生 曾用名 \
    之女 无名氏 不详 Zhang CHAN 陈 转 ext e+18 .0 + ( ) （ ） 【 # * ? · ・ — / ; passport: 护照: A é ß ﬁ ①";

/// How many cells are tried: some, or as many as `YIREN_GARBAGE` says.
fn cells() -> u32 {
    let asked = std::env::var("YIREN_GARBAGE").ok();
    asked.and_then(|asked| asked.parse().ok()).unwrap_or(10_000)
}

/// Words, each followed by digits or numerals, more than any number has among them.
fn cell() -> impl Strategy<Value = String> {
    let words: Vec<&str> = WORDS.split_whitespace().collect();
    let number = "([0-9]{0,14}|[一二三十百〇0-9X*-]{0,14}|[０-９]{0,4}|[\u{200b}\u{301} ]{0,3})";
    let piece = (proptest::sample::select(words), number)
        .prop_map(|(word, number)| word.to_string() + &number);
    proptest::collection::vec(piece, 1..8).prop_map(|pieces| pieces.concat())
}

#[test]
fn every_normal_form_comes_to_an_end() {
    let (addresses, names) = (AddressNormaliser::new(), NameNormaliser::new());
    let western = WesternNormaliser::new();
    let mut runner = TestRunner::new(Config {
        cases: cells(),
        failure_persistence: None,
        ..Config::default()
    });
    let tried = runner.run(&(cell(), any::<Option<u32>>()), |(cell, hint)| {
        let cell = &*cell;
        black_box((
            addresses.parse(cell, hint),
            addresses.parse(cell, Some(410_526)),
        ));
        black_box((
            names.parse(cell),
            HongKongName::parse(cell),
            western.parse(cell),
        ));
        black_box((
            identifier::parse(cell),
            documents::parse(cell),
            account::parse(cell),
        ));
        black_box((date::parse(cell), phone::parse(cell), division::parse(cell)));
        black_box((
            Sex::parse(cell),
            Relation::parse(cell),
            codes::ethnicity(cell),
        ));
        black_box((text::fold(cell), text::is_placeholder(cell)));
        // What was made a normal form once is one.
        let compact = text::compact(cell);
        prop_assert_eq!(text::compact(&compact), &*compact);
        Ok(())
    });
    tried.unwrap();
}
