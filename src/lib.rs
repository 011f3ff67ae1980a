//! yiren (一人, "one person"): which records are the same person, and what is that person
//! receiving that the rules do not allow together.
//!
//! Everything here touches the world (files, threads, clocks); what decides whether two
//! records match is in [`yiren_matchers`]. Data flows from top to bottom of this list; who may
//! use whom is stated, and tested, in `tests/layering.rs`.
#![forbid(unsafe_code)]

pub mod memory;
mod disk;
pub mod unfinished;
pub mod wire;
pub mod id;
pub mod record;
pub mod schema;
pub mod ingest;
pub mod standardise;
pub mod table;
pub mod store;
pub mod index;
pub mod search;
pub mod scoring;
pub mod gathering;
pub mod policy;
pub mod report;
pub mod sweep;
pub mod resolve;
pub mod loading;
pub mod query;
pub mod review;
pub mod training;
pub mod explain;
pub mod casefile;
pub mod service;
pub mod generate;
