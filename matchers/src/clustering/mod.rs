//! From weighed pairs to persons.
//!
//! A connected component of links is not yet a person: a chain of weak links can tie
//! strangers together. Within a component every pair is weighed and records are gathered by
//! one of several [methods](Method). The answer depends on the component alone, not on the
//! order in which records or pairs came.

mod agglomerate;
mod components;
mod methods;

pub use agglomerate::{Linkage, agglomerate};
pub use components::{Components, components};
pub use methods::{Method, gather};
