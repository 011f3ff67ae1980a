//! The frame that every page has.

use super::markup::{Attribute, Markup};

const TEMPLATE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// A page that is being written.
pub(super) struct Page {
    title: (&'static str, &'static str),
    /// The line below the heading.
    pub subtitle: Markup,
    contents: Markup,
    body: Markup,
}

impl Page {
    pub fn new(zh: &'static str, en: &'static str) -> Self {
        Page {
            title: (zh, en),
            subtitle: Markup::default(),
            contents: Markup::default(),
            body: Markup::default(),
        }
    }

    /// Adds a section under a heading, and a line to the table of contents.
    pub fn section(
        &mut self,
        id: &'static str,
        zh: &'static str,
        en: &'static str,
        write: impl FnOnce(&mut Markup),
    ) {
        self.contents.raw("<li>");
        self.contents
            .labelled("a", &[("href", &format_args!("#{id}"))], zh, en);
        self.contents.raw("</li>\n");
        let heading = format!("{id}-heading");
        self.body
            .open("section", &[("id", &id), ("aria-labelledby", &heading)]);
        self.body.labelled("h2", &[("id", &heading)], zh, en);
        self.body.raw("\n");
        write(&mut self.body);
        self.body.raw("</section>\n");
    }

    /// The whole file.
    pub fn finish(self) -> String {
        let (zh, en) = self.title;
        let mut title = Markup::default();
        title.text(format_args!("{zh} · {en}"));
        let mut heading = Markup::default();
        heading.both(zh, en);
        // One pass, so that nothing that was filled in is taken for a place to fill.
        let mut file =
            String::with_capacity(TEMPLATE.len() + STYLE.len() + self.body.as_str().len());
        for (at, part) in TEMPLATE.split("{{").enumerate() {
            let (name, text) = if at == 0 {
                ("", part)
            } else {
                part.split_once("}}").unwrap_or(("", part))
            };
            file.push_str(match name {
                "title" => title.as_str(),
                "style" => STYLE,
                "heading" => heading.as_str(),
                "subtitle" => self.subtitle.as_str(),
                "contents" => self.contents.as_str(),
                "body" => self.body.as_str(),
                "script" => SCRIPT,
                _ => "",
            });
            file.push_str(text);
        }
        file
    }
}

/// Writes a paragraph of explanation.
pub(super) fn about(markup: &mut Markup, zh: &str, en: &str) {
    markup.labelled("p", &[("class", &"about")], zh, en);
    markup.raw("\n");
}

/// A column of a table: class, Chinese heading, English heading.
pub(super) type Column<'a> = (&'static str, &'a str, &'a str);

/// Opens a table that scrolls sideways where the page is narrow, up to the start of its body.
pub(super) fn open_table(markup: &mut Markup, class: &str, columns: &[Column]) {
    markup.raw("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"表格 Table\">");
    markup.open("table", &[("class", &class)]);
    markup.raw("<thead><tr>");
    for &(class, zh, en) in columns {
        let attributes: [Attribute; 2] = [("scope", &"col"), ("class", &class)];
        markup.labelled("th", &attributes, zh, en);
    }
    markup.raw("</tr></thead>\n<tbody>\n");
}

/// Closes what [`open_table`] opened.
pub(super) fn close_table(markup: &mut Markup) {
    markup.raw("</tbody></table></div>\n");
}

/// Writes a cell with a number that sorts by value.
pub(super) fn number_cell(markup: &mut Markup, value: u64) {
    let attributes: [Attribute; 2] = [("class", &"n"), ("data-value", &value)];
    markup.element("td", &attributes, super::markup::Count(value));
}
