//! Coded values: sex (GB/T 2261.1), ethnicity (GB/T 3304), relation to the head of the
//! household (GB/T 4761).

mod ethnicity;
mod relation;

pub use ethnicity::{ethnicity, ethnicity_name, ethnicity_romanised};
pub use relation::{Relation, Role};

use super::text::compact;

/// Sex as registered, by GB/T 2261.1; unknown (0) and unstated (9) are no value.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Debug)]
#[repr(u8)]
pub enum Sex {
    /// 男, code 1.
    Male = 1,
    /// 女, code 2.
    Female = 2,
}

impl Sex {
    /// The sex that the text states by code, in Chinese or in English; `None` for anything
    /// else, 0 and 9 among it.
    ///
    /// ```
    /// use yiren_matchers::normalise::codes::Sex;
    /// assert_eq!(Sex::parse("女"), Some(Sex::Female));
    /// assert_eq!(Sex::parse("1"), Some(Sex::Male));
    /// assert_eq!(Sex::parse("9"), None);
    /// ```
    pub fn parse(raw: &str) -> Option<Sex> {
        match raw {
            "男" | "1" => return Some(Sex::Male),
            "女" | "2" => return Some(Sex::Female),
            _ => {}
        }
        match compact(raw).to_lowercase().as_str() {
            "男" | "男性" | "男姓" | "1" | "01" | "1.0" | "m" | "male" | "man" | "boy" => {
                Some(Sex::Male)
            }
            "女" | "女性" | "女姓" | "2" | "02" | "2.0" | "f" | "female" | "woman" | "girl" => {
                Some(Sex::Female)
            }
            _ => None,
        }
    }

    /// The code of GB/T 2261.1: 1 or 2.
    pub fn as_u8(self) -> u8 {
        self as u8
    }

    /// The sex of a code of GB/T 2261.1.
    pub fn from_u8(code: u8) -> Option<Sex> {
        match code {
            1 => Some(Sex::Male),
            2 => Some(Sex::Female),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sexes() {
        for raw in [
            "1", "男", " 男 ", "男性", "M", "Ｍ", "male", "Male", "01", "１",
        ] {
            assert_eq!(Sex::parse(raw), Some(Sex::Male), "{raw:?}");
        }
        for raw in ["2", "女", "女　", "女性", "f", "FEMALE", "02", "２"] {
            assert_eq!(Sex::parse(raw), Some(Sex::Female), "{raw:?}");
        }
        for raw in [
            "", "0", "9", "3", "未知", "不详", "unknown", "男女", "mf", "-",
        ] {
            assert_eq!(Sex::parse(raw), None, "{raw:?}");
        }
        for code in 0..=255 {
            assert!(Sex::from_u8(code).is_none_or(|sex| sex.as_u8() == code));
        }
    }
}
