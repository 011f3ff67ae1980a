//! How alike two normal forms are: one file a measure, each pure and symmetric.

pub mod address;
pub mod dates;
pub mod glyph;
pub mod hong_kong_name;
pub mod identifier;
pub mod jaro_winkler;
pub mod levenshtein;
pub mod name;
pub mod number;
pub mod pinyin;
pub mod text;
pub mod western;
