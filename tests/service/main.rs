//! The service: who may do what, and what the routes answer.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod access;
mod desk;
mod findings;
mod following;
mod garbage;
mod records;
mod running;
mod tokens;
