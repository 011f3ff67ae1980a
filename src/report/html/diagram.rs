//! Things and what ties them, as a picture and as tables.

mod layout;

use super::markup::{Attribute, Count, Markup, Px};
use super::page::{Page, about, close_table, number_cell, open_table};
use crate::report::diagram::{Diagram, DiagramNode, NodeStyle};
use layout::{Layout, Place};

/// Pixels from column to column.
const COLUMN: f64 = 224.0;
/// Pixels from row to row.
const ROW: f64 = 34.0;
/// Size of a box.
const BOX: (f64, f64) = (180.0, 26.0);
/// Pixels around all.
const MARGIN: f64 = 12.0;
/// Pixels that a label may be wide.
const LABEL: f64 = BOX.0 - 14.0;
/// Characters at the end of a label that stay.
const TAIL: usize = 8;

/// Writes the line below the heading.
pub(super) fn subtitle(page: &mut Page, diagram: &Diagram) {
    page.subtitle.raw("<span>");
    page.subtitle.value(&diagram.subject);
    page.subtitle.raw("</span>");
}

/// Writes the picture: columns from left to right, each step further away.
pub(super) fn picture(page: &mut Page, diagram: &Diagram) {
    page.section("network", "关系图", "Picture", |markup| {
        about(
            markup,
            "从左到右，一层人、一层共有的号码或地址，交替排列；加粗框为所查的人。虚线框为多人共用，未再展开（如村干部的电话）。将指针停在线上可见是哪些记录。",
            "From left to right, people and what they share in turn; the bold box is the person asked about. A dashed box is shared by a crowd and was not followed (such as a village official's phone). Point at a line to see the records.",
        );
        legend(markup);
        if diagram.left_out > 0 {
            let (zh, en) = (
                format!("另有 {} 人未画出。", Count(diagram.left_out as u64)),
                format!("{} more persons are not drawn.", Count(diagram.left_out as u64)),
            );
            about(markup, &zh, &en);
        }
        draw(markup, diagram);
    });
}

fn legend(markup: &mut Markup) {
    markup.raw("<ul class=\"legend\">");
    for (class, zh, en) in [
        ("node subject", "所查的人", "the person asked about"),
        ("node person", "其他人", "other persons"),
        ("node value", "共有的号码或地址", "what they share"),
        (
            "node hub",
            "多人共用，未展开",
            "shared by a crowd, not followed",
        ),
    ] {
        markup.raw("<li><svg viewBox=\"0 0 22 12\" aria-hidden=\"true\">");
        let attributes: [Attribute; 6] = [
            ("class", &class),
            ("x", &1),
            ("y", &1),
            ("width", &20),
            ("height", &10),
            (
                "rx",
                &corner(class.ends_with("value") || class.ends_with("hub"), 5.0),
            ),
        ];
        markup.leaf("rect", &attributes);
        markup.raw("</svg>");
        markup.both(zh, en);
        markup.raw("</li>");
    }
    markup.raw("</ul>\n");
}

fn draw(markup: &mut Markup, diagram: &Diagram) {
    let layout = Layout::of(diagram);
    let width = 2.0 * MARGIN + layout.columns.max(1) as f64 * COLUMN - (COLUMN - BOX.0);
    let height = 2.0 * MARGIN + layout.rows.max(1.0) * ROW;
    let view = format!("0 0 {} {}", Px(width), Px(height));
    markup
        .raw("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"关系图 Picture\">");
    let attributes: [Attribute; 5] = [
        ("class", &"network"),
        ("viewBox", &view),
        ("width", &Px(width)),
        ("height", &Px(height)),
        ("role", &"img"),
    ];
    markup.open("svg", &attributes);
    for (number, line) in diagram.lines.iter().enumerate() {
        let ends = layout.places.get(line.from).zip(layout.places.get(line.to));
        if let Some((from, to)) = ends {
            let class = match layout.is_branch(diagram, number) {
                true => "tie",
                false => "tie beside",
            };
            let shape = curve(from, to);
            markup.open("path", &[("class", &class), ("d", &shape)]);
            markup.element("title", &[], &line.note);
            markup.close("path");
        }
    }
    for (node, place) in diagram.nodes.iter().zip(&layout.places) {
        draw_node(markup, node, place);
    }
    markup.raw("</svg></div>\n");
}

/// The middle of a box.
fn middle(place: &Place) -> (f64, f64) {
    (
        MARGIN + place.column as f64 * COLUMN + BOX.0 / 2.0,
        MARGIN + (place.row + 0.5) * ROW,
    )
}

/// A line from the one box to the other.
fn curve(from: &Place, to: &Place) -> String {
    let (from, to) = match from.column <= to.column {
        true => (from, to),
        false => (to, from),
    };
    let ((x1, y1), (x2, y2)) = (middle(from), middle(to));
    let (x1, x2) = match from.column == to.column {
        true => (x1 + BOX.0 / 2.0, x2 + BOX.0 / 2.0),
        false => (x1 + BOX.0 / 2.0, x2 - BOX.0 / 2.0),
    };
    let bend = match from.column == to.column {
        true => COLUMN - BOX.0,
        false => ((x2 - x1) / 2.0).min(COLUMN / 2.0),
    };
    let end = match from.column == to.column {
        true => x2 + bend,
        false => x2 - bend,
    };
    format!(
        "M{} {}C{} {} {} {} {} {}",
        Px(x1),
        Px(y1),
        Px(x1 + bend),
        Px(y1),
        Px(end),
        Px(y2),
        Px(x2),
        Px(y2)
    )
}

fn corner(round: bool, radius: f64) -> Px {
    Px(if round { radius } else { 2.0 })
}

fn draw_node(markup: &mut Markup, node: &DiagramNode, place: &Place) {
    let (class, round) = match node.style {
        NodeStyle::Subject => ("node subject", false),
        NodeStyle::Person => ("node person", false),
        NodeStyle::Value => ("node value", true),
        NodeStyle::Hub => ("node hub", true),
    };
    let (x, y) = middle(place);
    markup.raw("<g>");
    markup.element(
        "title",
        &[],
        format_args!(
            "{} · {} {} {}",
            node.label.zh, node.label.en, node.id, node.note
        ),
    );
    let attributes: [Attribute; 6] = [
        ("class", &class),
        ("x", &Px(x - BOX.0 / 2.0)),
        ("y", &Px(y - BOX.1 / 2.0)),
        ("width", &Px(BOX.0)),
        ("height", &Px(BOX.1)),
        ("rx", &corner(round, BOX.1 / 2.0)),
    ];
    markup.leaf("rect", &attributes);
    let attributes: [Attribute; 4] = [
        ("class", &"label"),
        ("x", &Px(x)),
        ("y", &Px(y + 4.5)),
        ("text-anchor", &"middle"),
    ];
    let (zh, en) = (clipped(&node.label.zh), clipped(&node.label.en));
    match zh == en {
        true => markup.element("text", &attributes, zh),
        false => markup.svg_both(&attributes, &zh, &en),
    }
    markup.raw("</g>\n");
}

/// So much of a label as fits, by the usual widths of characters: its beginning and its end, where
/// numbers differ.
fn clipped(label: &str) -> String {
    let width = |character: &char| match character {
        ' '..='~' => 7.2,
        _ => 13.0,
    };
    let characters: Vec<char> = label.chars().collect();
    if characters.iter().map(width).sum::<f64>() <= LABEL {
        return label.to_string();
    }
    let tail = &characters[characters.len() - TAIL.min(characters.len())..];
    let mut left = LABEL - 13.0 - tail.iter().map(width).sum::<f64>();
    let fits = characters.iter().take_while(|character| {
        left -= width(character);
        left >= 0.0
    });
    fits.chain(['…'].iter()).chain(tail).collect()
}

/// Writes the same as tables.
pub(super) fn tables(page: &mut Page, diagram: &Diagram) {
    let ties = |number: usize| {
        let lines = diagram.lines.iter();
        lines.filter(move |line| line.from == number || line.to == number)
    };
    page.section("persons", "人员", "Persons", |markup| {
        let columns = [
            ("", "人员", "Person"),
            ("n", "相隔", "Steps"),
            ("", "编号", "Entity"),
            ("", "记录", "Records"),
            ("", "共有", "Shares"),
        ];
        open_table(markup, "sortable", &columns);
        for (number, node) in diagram.nodes.iter().enumerate() {
            if matches!(node.style, NodeStyle::Value | NodeStyle::Hub) {
                continue;
            }
            markup.raw("<tr><th scope=\"row\">");
            markup.words(&node.label);
            markup.raw("</th>");
            number_cell(markup, u64::from(node.column / 2));
            markup.element("td", &[], &node.id);
            markup.element("td", &[], &node.note);
            markup.raw("<td>");
            for line in ties(number) {
                let other = if line.from == number {
                    line.to
                } else {
                    line.from
                };
                if let Some(value) = diagram.nodes.get(other) {
                    markup.raw("<div>");
                    markup.words(&value.label);
                    markup.raw("</div>");
                }
            }
            markup.raw("</td></tr>\n");
        }
        close_table(markup);
    });
    page.section(
        "values",
        "共有的号码与地址",
        "What is shared",
        |markup| {
            let (zh, en) = (
                format!("由多于 {} 人共用的只列出，不再展开。", diagram.hub),
                format!(
                    "What more than {} persons share is listed, not followed.",
                    diagram.hub
                ),
            );
            about(markup, &zh, &en);
            let columns = [
                ("", "号码或地址", "Value"),
                ("", "图中的人", "Persons shown"),
            ];
            open_table(markup, "", &columns);
            for (number, node) in diagram.nodes.iter().enumerate() {
                if !matches!(node.style, NodeStyle::Value | NodeStyle::Hub) {
                    continue;
                }
                markup.raw("<tr><th scope=\"row\">");
                markup.words(&node.label);
                if node.style == NodeStyle::Hub {
                    markup.raw(" <span class=\"tag medium\">");
                    markup.both("多人共用", "shared by a crowd");
                    markup.raw("</span>");
                }
                markup.raw("</th><td>");
                for line in ties(number) {
                    let other = if line.from == number {
                        line.to
                    } else {
                        line.from
                    };
                    if let Some(person) = diagram.nodes.get(other) {
                        markup.raw("<div>");
                        markup.words(&person.label);
                        markup.raw(" <span class=\"soft\">");
                        markup.value(&line.note);
                        markup.raw("</span></div>");
                    }
                }
                markup.raw("</td></tr>\n");
            }
            close_table(markup);
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::diagram::DiagramLine;
    use crate::report::{Text, render_diagram};

    /// A person whose phone two others have, one of whom shares an account with a third, and a
    /// household number of a crowd.
    fn sample() -> Diagram {
        let node = |label: &str, style, column| DiagramNode {
            label: Text::same(label),
            note: "dibao:D1".to_string(),
            id: String::new(),
            style,
            column,
        };
        let line = |from, to| DiagramLine {
            from,
            to,
            note: "dibao:D1 <b>".to_string(),
        };
        Diagram {
            subject: "张伟 <script>".to_string(),
            nodes: vec![
                node("张伟 1962-05-07", NodeStyle::Subject, 0),
                node("王建国", NodeStyle::Person, 2),
                node("王建军", NodeStyle::Person, 2),
                node(
                    "一个名字长得在图中放不下的人·买买提·吐尔逊 1962-05-07",
                    NodeStyle::Person,
                    4,
                ),
                node("phone 13800138000 (3)", NodeStyle::Value, 1),
                node("household 1 (40)", NodeStyle::Hub, 1),
                node("account 6222 (2)", NodeStyle::Value, 3),
            ],
            lines: vec![
                line(0, 4),
                line(1, 4),
                line(2, 4),
                line(0, 5),
                line(2, 5),
                line(1, 6),
                line(3, 6),
                line(3, 99),
            ],
            left_out: 7,
            hub: 10,
        }
    }

    #[test]
    fn a_page_is_drawn_the_same_each_time_and_shows_values_as_text() {
        let page = render_diagram(&sample());
        assert_eq!(page, render_diagram(&sample()));
        assert_eq!(page.matches("<path").count(), 7, "one line leads nowhere");
        assert_eq!(page.matches("class=\"label\"").count(), 7);
        assert!(!page.contains("<script>\u{0}") && page.contains("张伟 &lt;script&gt;"));
        assert!(page.contains("dibao:D1 &lt;b&gt;") && !page.contains("<b>"));
        assert!(page.contains("…"), "a long label is clipped");
        assert!(render_diagram(&Diagram::default()).contains("</html>"));
    }

    #[test]
    fn boxes_do_not_overlap() {
        let diagram = sample();
        let layout = Layout::of(&diagram);
        assert_eq!((layout.columns, layout.places.len()), (5, 7));
        for (place, a) in layout.places.iter().enumerate() {
            for b in &layout.places[place + 1..] {
                let apart = (a.row - b.row).abs() >= 1.0 || a.column != b.column;
                assert!(apart, "{a:?} {b:?}");
            }
        }
    }
}
