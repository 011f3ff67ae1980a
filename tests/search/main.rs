//! The investigators' index: in step with the store, and finding what people half remember.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod desk;
mod finding;
mod golden;
mod keeping;
