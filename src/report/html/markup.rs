//! Writing HTML in which no value can become markup.

use std::fmt::{self, Display, Write};

use crate::report::words::Text;

/// A piece of a page. Markup itself comes only from literals of this program; every value passes
/// through [`Escaped`].
#[derive(Default)]
pub(super) struct Markup(String);

/// An attribute: its name and its value.
pub(super) type Attribute<'a> = (&'static str, &'a dyn Display);

impl Markup {
    /// Adds markup that this program wrote.
    pub fn raw(&mut self, markup: &'static str) {
        self.0.push_str(markup);
    }

    /// Adds a value as text.
    pub fn text(&mut self, value: impl Display) {
        // Writing into a string cannot fail; a value whose Display fails is cut short.
        let _ = write!(Escaped(&mut self.0), "{value}");
    }

    /// Opens an element.
    pub fn open(&mut self, tag: &'static str, attributes: &[Attribute]) {
        self.start(tag, attributes);
        self.0.push('>');
    }

    /// Closes an element.
    pub fn close(&mut self, tag: &'static str) {
        self.0.push_str("</");
        self.0.push_str(tag);
        self.0.push('>');
    }

    /// Adds an element without content (of SVG; in HTML only void elements can be written so).
    pub fn leaf(&mut self, tag: &'static str, attributes: &[Attribute]) {
        self.start(tag, attributes);
        self.0.push_str("/>");
    }

    /// Adds an element with a value as its text.
    pub fn element(&mut self, tag: &'static str, attributes: &[Attribute], value: impl Display) {
        self.open(tag, attributes);
        self.text(value);
        self.close(tag);
    }

    /// Adds a text in both languages; the page shows one of them.
    pub fn both(&mut self, zh: impl Display, en: impl Display) {
        self.element("span", &[("lang", &"zh")], zh);
        self.element("span", &[("lang", &"en")], en);
    }

    /// Adds a text in both languages, once if they agree. Wordings come from files as well as
    /// from this program, and one that is missing is replaced by the other.
    pub fn words(&mut self, text: &Text) {
        match (text.zh.as_str(), text.en.as_str()) {
            (zh, en) if zh == en => self.value(zh),
            ("", one) | (one, "") => self.value(one),
            (zh, en) => self.both(zh, en),
        }
    }

    /// Adds a value from the data, kept apart from the direction of the text around it.
    pub fn value(&mut self, value: impl Display) {
        self.element("bdi", &[], value);
    }

    /// Adds an element holding a text in both languages.
    pub fn labelled(&mut self, tag: &'static str, attributes: &[Attribute], zh: &str, en: &str) {
        self.open(tag, attributes);
        self.both(zh, en);
        self.close(tag);
    }

    /// Adds a text of an SVG in both languages, at a place.
    pub fn svg_both(&mut self, attributes: &[Attribute], zh: &str, en: &str) {
        for (language, text) in [("zh", zh), ("en", en)] {
            let mut all: Vec<Attribute> = vec![("lang", &language)];
            all.extend_from_slice(attributes);
            self.element("text", &all, text);
        }
    }

    /// The piece as it goes into the file.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn start(&mut self, tag: &'static str, attributes: &[Attribute]) {
        self.0.push('<');
        self.0.push_str(tag);
        for (name, value) in attributes {
            self.0.push(' ');
            self.0.push_str(name);
            self.0.push_str("=\"");
            let _ = write!(Escaped(&mut self.0), "{value}");
            self.0.push('"');
        }
    }
}

/// Writes text so that it stays text, between tags and between double quotes. Characters that
/// cannot be seen but change what is (controls, overrides of the direction) become U+FFFD.
struct Escaped<'a>(&'a mut String);

impl Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            match character {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                '\n' | '\t' => self.0.push(' '),
                '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' => {
                    self.0.push(char::REPLACEMENT_CHARACTER);
                }
                control if control.is_control() => self.0.push(char::REPLACEMENT_CHARACTER),
                other => self.0.push(other),
            }
        }
        Ok(())
    }
}

/// A length in an SVG, to a tenth.
pub(super) struct Px(pub f64);

impl Display for Px {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rounded = (finite(self.0) * 10.0).round() / 10.0;
        // Adding 0.0 turns -0.0 into 0.0.
        write!(f, "{}", rounded + 0.0)
    }
}

/// A count with a comma between thousands.
pub(super) struct Count(pub u64);

impl Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                f.write_char(',')?;
            }
            f.write_char(digit)?;
        }
        Ok(())
    }
}

/// An amount of yuan, given in hundredths, in whole yuan.
pub(super) struct Yuan(pub i64);

impl Display for Yuan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "−" } else { "" };
        let whole = (self.0.unsigned_abs() + 50) / 100;
        write!(f, "{sign}{}", Count(whole))
    }
}

/// A part of a whole as a percentage.
pub(super) struct Percent(pub f64);

impl Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1}%", finite(self.0) * 100.0)
    }
}

/// A probability, as exact as a reader can use: near 0 and 1 it keeps the digits that differ.
pub(super) struct Probability(pub f64);

impl Display for Probability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let p = finite(self.0);
        match p {
            _ if p <= 0.0 => f.write_str("0"),
            _ if p < 1e-4 => write!(f, "{p:.1e}"),
            _ if p < 0.01 => write!(f, "{p:.4}"),
            _ if p >= 1.0 => f.write_str("1"),
            _ if p > 0.9999 => f.write_str(">0.9999"),
            _ if p > 0.99 => write!(f, "{p:.4}"),
            _ => write!(f, "{p:.3}"),
        }
    }
}

/// A weight in bits, with its sign.
pub(super) struct Bits(pub f64);

impl Display for Bits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = (finite(self.0) * 10.0).round();
        let sign = match tenths {
            _ if tenths > 0.0 => "+",
            _ if tenths < 0.0 => "−",
            _ => "",
        };
        write!(f, "{sign}{:.1}", tenths.abs() / 10.0)
    }
}

/// The number, or 0 for what is none.
pub(super) fn finite(number: f64) -> f64 {
    if number.is_finite() { number } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(write: impl Fn(&mut Markup)) -> String {
        let mut markup = Markup::default();
        write(&mut markup);
        markup.0
    }

    #[test]
    fn values_stay_text() {
        let cases = [
            (
                "</script><script>x()</script>",
                "&lt;/script&gt;&lt;script&gt;x()&lt;/script&gt;",
            ),
            ("\" onload='x", "&quot; onload=&#39;x"),
            ("a&amp;b", "a&amp;amp;b"),
            ("a\u{202e}b\0c\r", "a\u{fffd}b\u{fffd}c\u{fffd}"),
            ("买买提·吐尔逊", "买买提·吐尔逊"),
        ];
        for (value, expected) in cases {
            assert_eq!(written(|markup| markup.text(value)), expected);
            let attribute = written(|markup| markup.leaf("g", &[("id", &value)]));
            assert_eq!(attribute, format!("<g id=\"{expected}\"/>"));
        }
    }

    #[test]
    fn numbers_are_readable() {
        let cases: [(&dyn Display, &str); 20] = [
            (&Count(0), "0"),
            (&Count(999), "999"),
            (&Count(1_234_567), "1,234,567"),
            (&Yuan(-123_450), "−1,235"),
            (&Yuan(i64::MIN), "−92,233,720,368,547,758"),
            (&Px(-0.01), "0"),
            (&Px(12.345), "12.3"),
            (&Px(f64::NAN), "0"),
            (&Percent(0.1234), "12.3%"),
            (&Probability(0.5), "0.500"),
            (&Probability(0.000_012), "1.2e-5"),
            (&Probability(0.001_23), "0.0012"),
            (&Probability(0.999_999_9), ">0.9999"),
            (&Probability(0.9987), "0.9987"),
            (&Probability(f64::INFINITY), "0"),
            (&Probability(1.0), "1"),
            (&Bits(3.25), "+3.3"),
            (&Bits(-0.04), "0.0"),
            (&Bits(-12.0), "−12.0"),
            (&Bits(f64::NEG_INFINITY), "0.0"),
        ];
        for (number, expected) in cases {
            assert_eq!(number.to_string(), expected);
        }
    }

    proptest! {
        #[test]
        fn nothing_escapes(value in any::<String>()) {
            let text = written(|markup| markup.text(&value));
            prop_assert!(!text.contains(['<', '>', '"', '\'']));
            prop_assert_eq!(text.matches('&').count(), value.matches(['<', '>', '"', '\'', '&']).count());
        }
    }
}
