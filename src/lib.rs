//! yiren (一人, "one person"): which records are the same person, and what is that person
//! receiving that the rules do not allow together.
//!
//! Everything here touches the world (files, threads, clocks); what decides whether two
//! records match is in [`yiren_matchers`].

pub mod record;
pub mod ingest;
pub mod generate;
pub mod policy;
pub mod report;
