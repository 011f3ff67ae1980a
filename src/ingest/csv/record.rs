//! One CSV record (RFC 4180, and what programs write in its place).
//!
//! A field is quoted if it begins with a quote; inside, a doubled quote stands for one. Text after
//! the closing quote is kept as it is (`"张三"丰` is 张三丰). A record ends with LF, CR or CRLF.

use std::borrow::Cow;
use std::ops::Range;

use memchr::{memchr, memchr2, memchr3};

use crate::ingest::window::line_end;

/// Where a field's text is in its record.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Field {
    /// The text as it stands.
    Plain(Range<usize>),
    /// From the opening quote to the end of the field; [`unquote`] gives its text.
    Quoted(Range<usize>),
}

/// What stands at the beginning of some bytes.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub(super) enum Parsed {
    /// A record.
    Record {
        /// Bytes, with its line end.
        length: usize,
        /// Line ends inside its quoted fields.
        inner_lines: u64,
        /// Whether it ends with a line end, not with the file.
        ended: bool,
        /// Whether text follows a closing quote: a sign that the quote was none.
        stray: bool,
    },
    /// More bytes are needed to tell.
    Incomplete,
    /// A quote is opened, and the file ends before it is closed.
    Unterminated,
}

/// Finds the fields of the record at the beginning of `bytes`, of which `last` says whether they
/// reach the end of the file. Time linear in the record.
pub(super) fn parse(bytes: &[u8], delimiter: u8, last: bool, fields: &mut Vec<Field>) -> Parsed {
    fields.clear();
    let mut position = 0;
    let mut inner_lines = 0;
    let mut stray = false;
    loop {
        let start = position;
        let end = if bytes.get(position) == Some(&b'"') {
            match closing_quote(bytes, start, last) {
                Quote::Closed { at, doubled } => {
                    inner_lines += line_ends(bytes.get(start + 1..at).unwrap_or_default());
                    let rest = bytes.get(at + 1..).unwrap_or_default();
                    let end = at + 1 + field_end(rest, delimiter);
                    if end == at + 1 && !doubled {
                        fields.push(Field::Plain(start + 1..at));
                    } else {
                        stray |= end != at + 1;
                        fields.push(Field::Quoted(start..end));
                    }
                    end
                }
                Quote::Open if last => return Parsed::Unterminated,
                Quote::Open => return Parsed::Incomplete,
            }
        } else {
            let rest = bytes.get(start..).unwrap_or_default();
            let end = start + field_end(rest, delimiter);
            fields.push(Field::Plain(start..end));
            end
        };
        match bytes.get(end) {
            Some(&byte) if byte == delimiter => position = end + 1,
            Some(_) => {
                return match line_end(bytes, end, last) {
                    Some(length) => Parsed::Record {
                        length: end + length,
                        inner_lines,
                        ended: true,
                        stray,
                    },
                    None => Parsed::Incomplete,
                };
            }
            None if last => {
                return Parsed::Record {
                    length: end,
                    inner_lines,
                    ended: false,
                    stray,
                };
            }
            None => return Parsed::Incomplete,
        }
    }
}

/// The text of a [`Field::Quoted`].
pub(super) fn unquote(raw: &str) -> Cow<'_, str> {
    let Some(mut rest) = raw.strip_prefix('"') else {
        return Cow::Borrowed(raw);
    };
    let mut text = String::with_capacity(rest.len());
    while let Some((before, after)) = rest.split_once('"') {
        text.push_str(before);
        match after.strip_prefix('"') {
            Some(after) => {
                text.push('"');
                rest = after;
            }
            None => {
                rest = after;
                break;
            }
        }
    }
    text.push_str(rest);
    Cow::Owned(text)
}

/// Length of the first line, without its end.
pub(super) fn first_line(bytes: &[u8]) -> usize {
    memchr2(b'\n', b'\r', bytes).unwrap_or(bytes.len())
}

/// The delimiter of a header line: of comma, tab, semicolon and bar, the one that occurs most
/// outside quotes; comma if none does.
pub(super) fn delimiter(header: &[u8]) -> u8 {
    const DELIMITERS: [u8; 4] = *b",\t;|";
    let mut counts = [0_usize; DELIMITERS.len()];
    let mut quoted = false;
    for &byte in header {
        if byte == b'"' {
            quoted = !quoted;
        } else if !quoted {
            for (count, delimiter) in counts.iter_mut().zip(DELIMITERS) {
                *count += usize::from(byte == delimiter);
            }
        }
    }
    let mut best = (0, b',');
    for (count, delimiter) in counts.into_iter().zip(DELIMITERS) {
        if count > best.0 {
            best = (count, delimiter);
        }
    }
    best.1
}

enum Quote {
    Closed { at: usize, doubled: bool },
    Open,
}

/// Where the quote opened at `open` is closed.
fn closing_quote(bytes: &[u8], open: usize, last: bool) -> Quote {
    let mut from = open + 1;
    let mut doubled = false;
    while let Some(found) = memchr(b'"', bytes.get(from..).unwrap_or_default()) {
        let at = from + found;
        match bytes.get(at + 1) {
            Some(b'"') => {
                doubled = true;
                from = at + 2;
            }
            None if !last => return Quote::Open,
            _ => return Quote::Closed { at, doubled },
        }
    }
    Quote::Open
}

/// Length of the text up to the delimiter or line end.
fn field_end(bytes: &[u8], delimiter: u8) -> usize {
    memchr3(delimiter, b'\n', b'\r', bytes).unwrap_or(bytes.len())
}

/// Number of line ends (CR, LF or CRLF).
fn line_ends(bytes: &[u8]) -> u64 {
    let mut count = 0;
    let mut from = 0;
    while let Some(found) = memchr2(b'\n', b'\r', bytes.get(from..).unwrap_or_default()) {
        let at = from + found;
        from = at + line_end(bytes, at, true).unwrap_or(1);
        count += 1;
    }
    count
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(bytes: &[u8], delimiter: u8) -> (Vec<String>, Parsed) {
        let mut fields = Vec::new();
        let parsed = parse(bytes, delimiter, true, &mut fields);
        let text = std::str::from_utf8(bytes).unwrap();
        let fields = fields
            .iter()
            .map(|field| match field {
                Field::Plain(range) => text[range.clone()].to_owned(),
                Field::Quoted(range) => unquote(&text[range.clone()]).into_owned(),
            })
            .collect();
        (fields, parsed)
    }

    #[test]
    fn records() {
        for (text, fields, length, inner_lines, stray) in [
            ("a,b\nc", vec!["a", "b"], 4, 0, false),
            ("a,b\r\nc", vec!["a", "b"], 5, 0, false),
            ("a,b\rc", vec!["a", "b"], 4, 0, false),
            ("a,b", vec!["a", "b"], 3, 0, false),
            ("a,\n", vec!["a", ""], 3, 0, false),
            ("\n", vec![""], 1, 0, false),
            ("\"a,b\",c\n", vec!["a,b", "c"], 8, 0, false),
            ("\"a\r\nb\nc\",d\n", vec!["a\r\nb\nc", "d"], 11, 2, false),
            ("\"a\"\"b\",c\n", vec!["a\"b", "c"], 9, 0, false),
            ("\"\",\"\"\n", vec!["", ""], 6, 0, false),
            ("\"张三\"丰,c\n", vec!["张三丰", "c"], 14, 0, true),
            ("5\",c\n", vec!["5\"", "c"], 5, 0, false),
            ("\"a\"\"\"\"\"b\"\n", vec!["a\"\"b\""], 10, 0, true),
        ] {
            let (found, parsed) = texts(text.as_bytes(), b',');
            assert_eq!(found, fields, "{text:?}");
            let expected = Parsed::Record {
                length,
                inner_lines,
                ended: text.as_bytes()[length - 1] < b' ',
                stray,
            };
            assert_eq!(parsed, expected, "{text:?}");
        }
        assert_eq!(texts(b"a,\"b\nc", b',').1, Parsed::Unterminated);
    }

    #[test]
    fn a_record_is_incomplete_until_its_end_is_sure() {
        for text in ["", "a", "a,b\r", "\"a", "\"a\"", "\"a\"\""] {
            let parsed = parse(text.as_bytes(), b',', false, &mut Vec::new());
            assert_eq!(parsed, Parsed::Incomplete, "{text:?}");
        }
    }

    #[test]
    fn delimiters() {
        for (header, expected) in [
            ("a,b,c", b','),
            ("a\tb\tc", b'\t'),
            ("a;b;c,d", b';'),
            ("a|b", b'|'),
            ("a", b','),
            ("\"a;b;c\",d", b','),
        ] {
            assert_eq!(delimiter(header.as_bytes()), expected, "{header}");
        }
    }

    proptest! {
        /// The `csv` crate is the oracle for where fields begin and end.
        #[test]
        fn the_same_fields_as_the_csv_crate(text in "[ab,\"\r\n;张]{0,40}") {
            let mut reader = ::csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .from_reader(text.as_bytes());
            let mut rest = text.as_str();
            for record in reader.records() {
                let expected: Vec<String> = record.unwrap().iter().map(str::to_owned).collect();
                // The crate skips empty lines, and closes an open quote at the end of the file.
                rest = rest.trim_start_matches(['\r', '\n']);
                let (found, parsed) = texts(rest.as_bytes(), b',');
                let Parsed::Record { length, .. } = parsed else {
                    prop_assert_eq!(parsed, Parsed::Unterminated);
                    return Ok(());
                };
                prop_assert_eq!(found, expected);
                rest = &rest[length..];
            }
            prop_assert_eq!(rest.trim_start_matches(['\r', '\n']), "");
        }

        #[test]
        fn more_bytes_never_change_a_record(text in "[ab,\"\r\n]{0,30}", cut in 0_usize..30) {
            let bytes = text.as_bytes();
            let (mut whole, mut part) = (Vec::new(), Vec::new());
            let all = parse(bytes, b',', true, &mut whole);
            let some = parse(&bytes[..cut.min(bytes.len())], b',', false, &mut part);
            if some != Parsed::Incomplete {
                prop_assert_eq!(some, all);
                prop_assert_eq!(part, whole);
            }
        }
    }
}
