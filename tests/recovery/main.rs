//! What stops, damage and refusals do to a store, with real processes and real files.
//!
//! `YIREN_KILLS` says how many processes `kills` ends; 60 without it.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod access;
mod child;
mod damage;
mod disk;
mod dump;
mod formats;
mod history;
mod kills;
#[path = "../store/people.rs"]
#[expect(dead_code, reason = "shared with another test")]
mod people;
