//! Personal names: Han names, minority names with their dots, romanised and foreign names.
//!
//! [`NameNormaliser::parse`] brings what a clerk typed to a [`PersonName`], which
//! [`similarity::name`](crate::similarity::name), [`pinyin`](crate::similarity::pinyin) and
//! [`glyph`](crate::similarity::glyph) compare. The lists it goes by (titles, placeholders,
//! surnames, variant characters) are data files, not code.
//!
//! ```
//! use yiren_matchers::normalise::name::{NameNormaliser, Script};
//! let names = NameNormaliser::new();
//!
//! let name = names.parse(" 張　偉 先生（曾用名张三）").unwrap();
//! assert_eq!(name.to_string(), "张伟");
//! assert_eq!(name.surname(), ['张']);
//! assert_eq!(name.readings()[1].preferred().as_str(), "wei");
//!
//! let dotted = names.parse("再娜甫•玉素甫").unwrap();
//! assert_eq!(dotted.part_lens(), [3, 3]);
//! assert_eq!(dotted.chars(), names.parse("再娜甫玉素甫").unwrap().chars());
//!
//! let romanised = names.parse("Wei ZHANG").unwrap();
//! assert_eq!(romanised.script(), Script::Latin);
//! assert_eq!(romanised.to_string(), "zhang wei");
//!
//! assert_eq!(names.parse("王yan红").unwrap().to_string(), "王□红");
//! assert!(names.parse("未命名").is_none());
//! ```

mod characters;
mod clean;
mod frequency;
mod han;
pub mod hong_kong;
mod latin;
mod person_name;
mod plain;
mod syllable;
mod table;

pub use frequency::surname_share;
pub use person_name::{PersonName, Script, UNKNOWN};
pub use syllable::{FuzzySyllable, NotASyllable, Readings, Syllable};

use characters::is_han;

/// Brings personal names to their normal form.
///
/// A handle on tables that all normalisers of the process share; the first name parsed builds
/// them, which takes some 20 milliseconds. A name then takes a few microseconds.
#[derive(Copy, Clone, Debug, Default)]
pub struct NameNormaliser {
    _private: (),
}

impl NameNormaliser {
    /// A normaliser.
    pub fn new() -> Self {
        NameNormaliser::default()
    }

    /// The normal form of a name as it was typed, or `None` if the text holds no name: empty,
    /// a placeholder (无名氏, 不详, 王芳之女), nothing readable, or longer than a name can be.
    ///
    /// Drops spaces, titles, remarks in brackets, former names, digits and foreign names beside
    /// a Chinese one. See [`PersonName`] for what is left.
    pub fn parse(&self, raw: &str) -> Option<PersonName> {
        plain::parse(raw).or_else(|| self.parse_with_care(raw))
    }

    /// The same for a text that may need cleaning.
    fn parse_with_care(&self, raw: &str) -> Option<PersonName> {
        // Longer texts are no names, and reading them would cost time that input decides.
        if raw.len() > 16 * PersonName::MAX_LEN {
            return None;
        }
        let text = clean::folded(raw);
        if clean::is_placeholder(&text) {
            return None;
        }
        let text = clean::without_remarks(text);
        if clean::is_placeholder(&text) {
            return None;
        }
        if text.iter().any(|&c| is_han(c)) {
            han::parse(&text)
        } else {
            latin::parse(&text)
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests;
