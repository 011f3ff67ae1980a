//! Normal forms: one file a kind of value.
//!
//! A normal form keeps what tells people apart and drops what clerks vary. A value that
//! cannot be read gives `None`, which a comparison takes as *missing*, never as *different*.

pub mod account;
pub mod address;
pub mod codes;
pub mod date;
pub mod division;
pub mod documents;
pub mod identifier;
pub mod name;
pub mod phone;
pub mod text;
pub mod western;
