//! What people and programs read of a sweep or an evaluation: the summary, the accuracy,
//! and the page that shows them.
//!
//! [`Summary`] is `summary.json`; [`render`] turns it into `report.html`, one file that needs
//! no network, in Chinese and in English. [`Evaluation`] compares entities with a known truth;
//! [`render_evaluation`] is its page; [`render_training`] is that of a training.
//!
//! [`render_diagram`] draws things and what ties them; [`render_case`] is the page of a case that was
//! exported, whose values are whole.
//!
//! [`BlockingReport`] says what the blocking rules bring and miss.
//!
//! The pages are functions of their arguments, and leave out [`Run`] (times, threads, memory):
//! the same records give the same bytes. They show only what the summary holds, so whoever fills
//! in [`Example`]s masks them first, with [`mask`], but for those of a case.

pub mod blocking;
pub mod case;
mod diagram;
pub mod evaluation;
mod html;
mod interval;
mod lines;
pub mod mask;
mod matching;
mod provinces;
#[cfg(test)]
mod sample;
pub mod summary;
pub mod waterfall;
pub mod words;

pub use blocking::BlockingReport;
pub use diagram::{Diagram, DiagramLine, DiagramNode, NodeStyle};
pub use evaluation::Evaluation;
pub use html::{render, render_case, render_diagram, render_evaluation, render_training};
pub use interval::Share;
pub use matching::{Label, Matching, Truth};
pub use summary::{Example, Run, Summary};
pub use words::{Language, Text};
