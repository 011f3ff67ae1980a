//! Everything that is wrong with a model file, at once.

use std::fmt;

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Line of the file, from 1; 0 when it concerns the whole file.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong and what to do.
    pub message: String,
}

/// A model file that cannot be used: all its problems, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaError {
    /// Name of the file.
    pub file: String,
    /// What is wrong.
    pub problems: Vec<Problem>,
}

impl SchemaError {
    pub(super) fn unreadable(file: &str, error: &std::io::Error) -> SchemaError {
        let message = format!("cannot be read: {error}; give the path of a model file");
        SchemaError {
            file: file.to_string(),
            problems: vec![Problem {
                line: 0,
                column: 0,
                message,
            }],
        }
    }
}

impl fmt::Display for SchemaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            match problem.line {
                0 => write!(f, "{}: {}", self.file, problem.message)?,
                line => write!(
                    f,
                    "{}:{line}:{}: {}",
                    self.file, problem.column, problem.message
                )?,
            }
        }
        Ok(())
    }
}

impl std::error::Error for SchemaError {}
