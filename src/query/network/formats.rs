//! A network for other programs: Graphviz and GraphML.

use std::fmt::Write as _;

use super::{Network, NetworkPerson, SharedValue};

impl Network {
    /// The network as a graph of Graphviz: persons are boxes, values ellipses, and hubs have a
    /// double line.
    pub fn to_dot(&self) -> String {
        let mut text = String::from(
            "graph network {\n  layout=neato; overlap=false; splines=true;\n  node [fontname=\"sans-serif\"];\n",
        );
        for (number, person) in self.persons.iter().enumerate() {
            let style = if number == 0 { ", style=bold" } else { "" };
            let label = format!("{}\n{}", label(person), person.entity);
            let _ = writeln!(
                text,
                "  p{number} [shape=box{style}, label={}];",
                quoted(&label)
            );
        }
        for (number, value) in self.values.iter().enumerate() {
            let hub = if value.hub { ", peripheries=2" } else { "" };
            let label = format!("{}\n{}", value.kind.name(), value_label(value));
            let _ = writeln!(
                text,
                "  v{number} [shape=ellipse{hub}, label={}];",
                quoted(&label)
            );
        }
        for tie in &self.ties {
            let _ = writeln!(text, "  p{} -- v{};", tie.person, tie.value);
        }
        text.push_str("}\n");
        text
    }

    /// The network as GraphML.
    pub fn to_graphml(&self) -> String {
        let mut text = String::from(concat!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n",
            "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n",
        ));
        for (id, of, kind) in [
            ("kind", "node", "string"),
            ("label", "node", "string"),
            ("entity", "node", "string"),
            ("step", "node", "int"),
            ("persons", "node", "int"),
            ("hub", "node", "boolean"),
            ("records", "edge", "string"),
        ] {
            let _ = writeln!(
                text,
                "  <key id=\"{id}\" for=\"{of}\" attr.name=\"{id}\" attr.type=\"{kind}\"/>"
            );
        }
        text.push_str("  <graph id=\"network\" edgedefault=\"undirected\">\n");
        for (number, person) in self.persons.iter().enumerate() {
            let data = [
                ("kind", "person".to_string()),
                ("label", label(person)),
                ("entity", person.entity.clone()),
                ("step", person.step.to_string()),
            ];
            node(&mut text, 'p', number, &data);
        }
        for (number, value) in self.values.iter().enumerate() {
            let data = [
                ("kind", value.kind.name().to_string()),
                ("label", value.text.clone()),
                ("persons", value.persons.to_string()),
                ("hub", value.hub.to_string()),
                ("step", value.step.to_string()),
            ];
            node(&mut text, 'v', number, &data);
        }
        for tie in &self.ties {
            let _ = writeln!(
                text,
                "    <edge source=\"p{}\" target=\"v{}\"><data key=\"records\">{}</data></edge>",
                tie.person,
                tie.value,
                escaped(&tie.records.join(" "))
            );
        }
        text.push_str("  </graph>\n</graphml>\n");
        text
    }
}

/// A person's name and birth date.
pub(super) fn label(person: &NetworkPerson) -> String {
    let parts = [person.name.as_str(), person.birth_date.as_str()];
    let parts = parts.into_iter().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(" ")
}

/// A value, with the number of persons that have it.
pub(super) fn value_label(value: &SharedValue) -> String {
    let more = if value.more { "+" } else { "" };
    format!("{} ({}{more})", value.text, value.persons)
}

fn node(text: &mut String, letter: char, number: usize, data: &[(&str, String)]) {
    let _ = write!(text, "    <node id=\"{letter}{number}\">");
    for (key, value) in data {
        let _ = write!(text, "<data key=\"{key}\">{}</data>", escaped(value));
    }
    text.push_str("</node>\n");
}

/// A text in the quotes of Graphviz.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            control if control.is_control() => quoted.push(' '),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// A text within XML.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            // Most controls, and the two last of the first plane, cannot be written in XML at all.
            '\u{fffe}' | '\u{ffff}' => escaped.push(char::REPLACEMENT_CHARACTER),
            control if control.is_control() => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts_stay_texts() {
        assert_eq!(quoted("a\"b\\\n\0"), "\"a\\\"b\\\\\\n \"");
        assert_eq!(
            escaped("<a & b>\u{1}\u{ffff}"),
            "&lt;a &amp; b&gt; \u{fffd}"
        );
    }

    proptest! {
        #[test]
        fn nothing_escapes(text in any::<String>()) {
            let quoted = quoted(&text);
            let inner = &quoted[1..quoted.len() - 1];
            let mut slashes = 0;
            for character in inner.chars() {
                prop_assert!(!character.is_control());
                prop_assert!(character != '"' || slashes % 2 == 1);
                slashes = if character == '\\' { slashes + 1 } else { 0 };
            }
            prop_assert_eq!(slashes % 2, 0);
            prop_assert!(!escaped(&text).contains(['<', '>']));
        }
    }
}
