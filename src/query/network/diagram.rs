//! A network as a picture.

use super::Network;
use super::formats::{label, value_label};
use crate::report::{Diagram, DiagramLine, DiagramNode, NodeStyle, Text};

impl Network {
    /// The network as it is drawn: a column for each step, persons and values in turn.
    pub fn diagram(&self) -> Diagram {
        let persons = self.persons.iter().enumerate();
        let persons = persons.map(|(number, person)| DiagramNode {
            label: Text::same(match label(person) {
                label if label.is_empty() => person.entity.clone(),
                label => label,
            }),
            note: person.records.join(" "),
            id: person.entity.clone(),
            style: match number {
                0 => NodeStyle::Subject,
                _ => NodeStyle::Person,
            },
            column: 2 * person.step,
        });
        let values = self.values.iter().map(|value| {
            let kind = value.kind.text();
            let label = value_label(value);
            DiagramNode {
                label: Text::new(
                    format!("{} {label}", kind.zh),
                    format!("{} {label}", kind.en),
                ),
                note: String::new(),
                id: String::new(),
                style: match value.hub {
                    true => NodeStyle::Hub,
                    false => NodeStyle::Value,
                },
                column: 2 * value.step + 1,
            }
        });
        let lines = self.ties.iter().map(|tie| DiagramLine {
            from: tie.person,
            to: self.persons.len() + tie.value,
            note: tie.records.join(" "),
        });
        Diagram {
            subject: self.persons.first().map_or_else(String::new, |person| {
                format!("{} {}", label(person), person.entity)
            }),
            nodes: persons.chain(values).collect(),
            lines: lines.collect(),
            left_out: self.left_out,
            hub: self.hub,
        }
    }
}
