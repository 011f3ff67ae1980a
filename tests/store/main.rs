//! The entity store: what goes in comes out, in whatever order, through stops and damage.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod backups;
mod desk;
mod loads;
mod order;
mod overlap;
mod people;
mod review;
mod stories;
