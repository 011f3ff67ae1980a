//! Model files: what a user writes about fields, comparisons and rules.

mod error;
mod model_file;
mod write;

pub use error::{Problem, SchemaError};
pub use model_file::parse_model;
pub use write::write_model;

use std::path::Path;

use yiren_matchers::model::ModelParts;

/// The text of the model that is used when no other is named: China's social assistance.
pub const CHINA: &str = include_str!("china.toml");

/// Reads a model file, or the shipped `china` model if `path` is `None`.
pub fn read_model(path: Option<&Path>) -> Result<ModelParts, SchemaError> {
    match path {
        None => parse_model(CHINA, "the shipped model `china`"),
        Some(path) => {
            let name = path.display().to_string();
            let text = std::fs::read_to_string(path)
                .map_err(|error| SchemaError::unreadable(&name, &error))?;
            parse_model(&text, &name)
        }
    }
}
