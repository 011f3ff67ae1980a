//! Where things stand: a tree from left to right, as each thing was met first.

use crate::report::diagram::Diagram;

/// Where a thing stands.
#[derive(Copy, Clone, Debug, PartialEq)]
pub(super) struct Place {
    /// Its column, from 0.
    pub column: usize,
    /// Its row, in rows from the top; in between where it stands beside several.
    pub row: f64,
}

/// Where all things stand.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub places: Vec<Place>,
    pub columns: usize,
    pub rows: f64,
    /// The thing before each, by which it was met.
    parents: Vec<Option<usize>>,
}

impl Layout {
    /// Each thing stands to the right of the first one in the column before that it is tied to,
    /// and what stands to the right of a thing stands together: so no two boxes overlap, and the
    /// lines by which things were met do not cross.
    pub fn of(diagram: &Diagram) -> Layout {
        let count = diagram.nodes.len();
        let column = |node: usize| diagram.nodes[node].column as usize;
        let mut parents: Vec<Option<usize>> = vec![None; count];
        for line in &diagram.lines {
            if line.from >= count || line.to >= count {
                continue;
            }
            for (node, other) in [(line.from, line.to), (line.to, line.from)] {
                let is_before = column(other) + 1 == column(node);
                if is_before && parents[node].is_none_or(|parent| other < parent) {
                    parents[node] = Some(other);
                }
            }
        }
        let mut children = vec![Vec::new(); count];
        for (node, parent) in parents.iter().enumerate() {
            if let Some(parent) = *parent {
                children[parent].push(node);
            }
        }
        let mut layout = Layout {
            places: (0..count)
                .map(|node| Place {
                    column: column(node),
                    row: 0.0,
                })
                .collect(),
            columns: (0..count).map(column).max().map_or(0, |last| last + 1),
            rows: 0.0,
            parents,
        };
        for root in 0..count {
            if layout.parents[root].is_none() {
                layout.put(root, &children);
            }
        }
        layout
    }

    /// Puts a thing and all that stands to the right of it, from the next free row on.
    fn put(&mut self, root: usize, children: &[Vec<usize>]) {
        // Columns only ever grow from parent to child, so this ends.
        let mut waiting = vec![(root, false)];
        while let Some((node, is_done)) = waiting.pop() {
            match (is_done, &children[node][..]) {
                (_, []) => {
                    self.places[node].row = self.rows;
                    self.rows += 1.0;
                }
                (false, beside) => {
                    waiting.push((node, true));
                    waiting.extend(beside.iter().rev().map(|&child| (child, false)));
                }
                (true, [first, .., last]) => {
                    self.places[node].row =
                        (self.places[*first].row + self.places[*last].row) / 2.0;
                }
                (true, [only]) => self.places[node].row = self.places[*only].row,
            }
        }
    }

    /// Whether a line is the one by which one of its ends was met.
    pub fn is_branch(&self, diagram: &Diagram, line: usize) -> bool {
        let parent = |node: usize| self.parents.get(node).copied().flatten();
        diagram.lines.get(line).is_some_and(|line| {
            parent(line.from) == Some(line.to) || parent(line.to) == Some(line.from)
        })
    }
}
