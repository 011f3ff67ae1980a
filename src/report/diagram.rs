//! Things and what ties them, to be drawn.

use super::words::Text;

/// Things in columns, with lines between them. [`super::render_diagram`] draws it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagram {
    /// Whose it is.
    pub subject: String,
    /// The things: the first one of each column below is met first.
    pub nodes: Vec<DiagramNode>,
    /// What ties them.
    pub lines: Vec<DiagramLine>,
    /// How many were left out, because there are so many.
    pub left_out: usize,
    /// More persons than this make a value a hub.
    pub hub: usize,
}

/// A thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiagramNode {
    /// What it is called.
    pub label: Text,
    /// More about it, for the table below the picture.
    pub note: String,
    /// Its id; empty if it has none.
    pub id: String,
    /// How it is drawn.
    pub style: NodeStyle,
    /// The column that it stands in, from 0.
    pub column: u32,
}

/// How a thing is drawn.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum NodeStyle {
    /// Whom it is about.
    Subject,
    /// Another person.
    Person,
    /// Something shared.
    Value,
    /// Something that a crowd shares.
    Hub,
}

/// A line between two things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiagramLine {
    /// Place of the one.
    pub from: usize,
    /// Place of the other.
    pub to: usize,
    /// More about it.
    pub note: String,
}
