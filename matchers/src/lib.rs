//! The pure matching core of yiren: what makes two records the same person.
//!
//! Reading order follows the data: a raw value is brought to a normal form
//! ([`normalise`]), packed into a record ([`record`], [`rows`]), given keys that bring likely
//! pairs together ([`blocking`]), compared ([`similarity`], [`comparison`]), weighed
//! ([`model`], [`training`]) and gathered into persons ([`clustering`]).
//!
//! Nothing here reads a file, asks the time, starts a thread or knows of a database:
//! the same values always give the same answer.
#![forbid(unsafe_code)]

pub mod normalise;
pub mod record;
pub mod rows;
pub mod similarity;
pub mod comparison;
pub mod blocking;
pub mod model;
pub mod training;
pub mod clustering;
