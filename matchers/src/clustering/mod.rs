//! From weighed pairs to persons.
//!
//! A connected component of links is not yet a person: a chain of weak links can tie
//! strangers together. Within a component every pair is weighed and records are gathered by
//! average linkage (Sokal and Michener 1958): the two groups with the highest mean weight are
//! joined for as long as that mean stays above the threshold. The answer depends on the
//! component alone, not on the order in which records or pairs came.

mod agglomerate;
mod components;

pub use agglomerate::{Linkage, agglomerate};
pub use components::{Components, components};
