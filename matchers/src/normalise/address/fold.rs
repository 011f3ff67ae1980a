//! Characters brought to one form: NFKC, simplified, without spaces and punctuation.

use unicode_normalization::UnicodeNormalization as _;

/// The main block of Chinese characters.
pub(super) const FIRST: u32 = 0x4E00;
pub(super) const LAST: u32 = 0x9FFF;

/// Folds text for address parsing; 42 KB, built from `data/traditional.txt`.
pub(super) struct Fold {
    /// The form of each character of the main CJK block, by offset.
    simplified: Box<[u16]>,
}

/// A folded address: what stood outside brackets, and inside.
pub(super) struct Folded {
    pub text: Vec<char>,
    pub bracketed: String,
}

impl Fold {
    pub fn new() -> Fold {
        let mut simplified: Box<[u16]> = (FIRST..=LAST).map(|code| code as u16).collect();
        for line in include_str!("../../../data/traditional.txt").lines() {
            let mut pair = line.chars();
            if let (Some(from), Some(to)) = (pair.next(), pair.next())
                && let Some(slot) = simplified.get_mut((u32::from(from) - FIRST) as usize)
            {
                *slot = u32::from(to) as u16;
            }
        }
        Fold { simplified }
    }

    /// The simplified form of one character; others than CJK as they are.
    pub fn character(&self, character: char) -> char {
        self.chinese(u32::from(character)).unwrap_or(character)
    }

    /// The simplified form of a character of the main CJK block.
    #[inline]
    fn chinese(&self, code: u32) -> Option<char> {
        let place = code.wrapping_sub(FIRST) as usize;
        char::from_u32(u32::from(*self.simplified.get(place)?))
    }

    /// Folds a whole address: dashes of any kind become `-`, as do `.` and `/` between digits.
    pub fn address(&self, raw: &str) -> Folded {
        let mut folded = Folded {
            text: Vec::with_capacity(raw.len() / 2 + 4),
            bracketed: String::new(),
        };
        let mut depth = 0u32;
        for character in raw.chars() {
            let code = u32::from(character);
            if let Some(simplified) = self.chinese(code) {
                push(&mut folded, depth, simplified);
            } else if character.is_ascii() || (0xFF01..=0xFF5E).contains(&code) {
                let ascii = if code < 128 { code } else { code - 0xFEE0 } as u8;
                match ascii {
                    b'0'..=b'9' | b'#' => push(&mut folded, depth, char::from(ascii)),
                    b'a'..=b'z' | b'A'..=b'Z' => {
                        push(&mut folded, depth, char::from(ascii.to_ascii_uppercase()));
                    }
                    b'(' | b'[' => depth += 1,
                    b')' | b']' => depth = depth.saturating_sub(1),
                    b'-' | b'_' | b'~' | b'.' | b'/' => dash(&mut folded, depth),
                    _ => {}
                }
            } else {
                match character {
                    '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE58}' => dash(&mut folded, depth),
                    '○' | '◯' | '〇' => push(&mut folded, depth, '〇'),
                    '【' | '〔' | '〈' | '《' | '「' => depth += 1,
                    '】' | '〕' | '〉' | '》' | '」' => depth = depth.saturating_sub(1),
                    _ => {
                        for part in std::iter::once(character)
                            .nfkc()
                            .filter(|part| part.is_alphanumeric())
                        {
                            push(&mut folded, depth, self.character(part));
                        }
                    }
                }
            }
        }
        folded
    }
}

#[inline]
fn push(folded: &mut Folded, depth: u32, character: char) {
    if depth == 0 {
        folded.text.push(character);
    } else {
        folded.bracketed.push(character);
    }
}

/// A dash separates numbers; anywhere else, and twice, it says nothing.
fn dash(folded: &mut Folded, depth: u32) {
    let after_number =
        |last: &char| last.is_ascii_alphanumeric() || super::numerals::is_numeral(*last);
    if depth == 0 && folded.text.last().is_some_and(after_number) {
        folded.text.push('-');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_width_script_and_punctuation() {
        let fold = Fold::new();
        for (raw, text, bracketed) in [
            ("臺灣省 臺北市", "台湾省台北市", ""),
            ("遼寧省瀋陽市，鐵西區", "辽宁省沈阳市铁西区", ""),
            ("２８－３—７０２", "28-3-702", ""),
            ("28.3/702", "28-3-702", ""),
            ("新华村（原红旗村）3组", "新华村3组", "原红旗村"),
            ("a座", "A座", ""),
            ("--贺庄--", "贺庄", ""),
            ("三○一", "三〇一", ""),
            ("崐山市", "昆山市", ""),
            ("㊣①号", "正1号", ""),
        ] {
            let folded = fold.address(raw);
            assert_eq!(folded.text.iter().collect::<String>(), text, "{raw}");
            assert_eq!(folded.bracketed, bracketed, "{raw}");
        }
    }

    #[test]
    fn nothing_stays_but_letters_digits_and_what_parts_numbers() {
        let fold = Fold::new();
        for character in '\0'..=char::MAX {
            for raw in [format!("{character}"), format!("1{character}")] {
                for found in fold.address(&raw).text {
                    let stays = found.is_alphanumeric() || matches!(found, '-' | '#');
                    assert!(stays, "{character:?} gives {found:?}");
                }
            }
        }
    }
}
