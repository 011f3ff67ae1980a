//! Reading files of every format, whole and broken.

#![allow(clippy::unwrap_used, missing_docs)]

mod bad_input;
mod discovery;
mod formats;
mod garbage;
mod support;
