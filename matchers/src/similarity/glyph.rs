//! Chinese characters that look alike, as a reader of a worn form or a hasty hand confuses them.
//!
//! Of 4,100 typing errors in Chinese that Liu et al. studied, 46 % looked like what was meant.
//!
//! The table is measured, not collected: characters were drawn in two fonts, and those whose
//! images agree, as wholes or in the part that two characters share, are its pairs; the script
//! `scripts/glyph-similarity.py` says how. It covers GB 2312 and further characters of names,
//! in their simplified standard shapes.

use std::sync::LazyLock;

use rustc_hash::FxHashSet;

static PAIRS: LazyLock<FxHashSet<u32>> = LazyLock::new(|| {
    let lines = include_str!("../../data/glyphs.txt").lines();
    lines
        .flat_map(|line| {
            let mut chars = line.chars();
            let first = chars.next().unwrap_or_default();
            chars.filter_map(move |second| key(first, second))
        })
        .collect()
});

/// Whether two different characters look alike. No character looks like itself here, so that
/// the answer is evidence of an error. Symmetric; one hash lookup.
///
/// ```
/// use yiren_matchers::similarity::glyph::similar;
/// assert!(similar('末', '未'));
/// assert!(similar('侯', '候'));
/// assert!(!similar('张', '王'));
/// assert!(!similar('王', '王'));
/// ```
pub fn similar(a: char, b: char) -> bool {
    key(a, b).is_some_and(|key| PAIRS.contains(&key))
}

/// The pair in one number, the smaller first; none for characters that no name's table holds.
fn key(a: char, b: char) -> Option<u32> {
    let low = u16::try_from(u32::from(a.min(b))).ok()?;
    let high = u16::try_from(u32::from(a.max(b))).ok()?;
    Some(u32::from(low) << 16 | u32::from(high))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(pair: &str) -> bool {
        let chars: Vec<char> = pair.chars().collect();
        assert_eq!(similar(chars[0], chars[1]), similar(chars[1], chars[0]));
        similar(chars[0], chars[1])
    }

    #[test]
    fn look_alikes() {
        for pair in "末未 己已 已巳 王玉 曰日 侯候 刘列 洁浩 晓骁 霞露 佳桂 宇字 宇芋 杨扬 陈阵 伟纬 佐佑 兵乒 凤风 徐涂 \
            祥样 天夫 今令 洪烘 怀杯 文艾 玲铃 云么 甲申 贝见 治冶 戌戍 宣宜 宫官 博搏 泰秦 春舂 侍待 梁粱 土士 千干 \
            人入 大太 明玥 才材 华毕 倍培 旺狂 刀力"
            .split_whitespace()
        {
            assert!(both(pair), "{pair}");
        }
    }

    #[test]
    fn unlike_characters() {
        for pair in "张王 李刘 伟强 芳丽 国建 红军 一龙 王王 未未 明春 海山 A末 末\u{20000}"
            .split_whitespace()
        {
            assert!(!both(pair), "{pair}");
        }
    }

    #[test]
    fn the_file_is_sorted_and_repeats_nothing() {
        let text = include_str!("../../data/glyphs.txt");
        assert!(
            text.lines()
                .is_sorted_by(|a, b| a.chars().next() < b.chars().next())
        );
        let mut pairs = 0;
        for line in text.lines() {
            let chars: Vec<char> = line.chars().collect();
            assert!(
                chars.len() > 1 && chars.is_sorted_by(|a, b| a < b),
                "{line}"
            );
            pairs += chars.len() - 1;
        }
        assert_eq!(PAIRS.len(), pairs);
        assert!((10_000..50_000).contains(&pairs), "{pairs}");
    }
}
