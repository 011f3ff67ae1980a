//! Text in any of the encodings met in the field, as UTF-8.
//!
//! The encoding is decided once a file, on the first text that is not ASCII, and kept. Bytes that
//! are not text in it come out as bytes that are not UTF-8, so that the row they are in is
//! rejected and no other.

use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult, GB18030, UTF_16BE, UTF_16LE};

/// Bytes that the decision is made on, if there are as many.
const PREFIX: usize = 1 << 20;
/// Bytes read at a time after that.
const CHUNK: usize = 512 << 10;
/// Bytes read at a time, at most, of what is still being written.
const LIVE_CHUNK: usize = 64 << 10;
/// A byte that occurs in no UTF-8 text.
const NO_TEXT: u8 = 0xff;

/// Encoding of a text file.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub(super) enum Encoding {
    Utf8,
    Gb18030,
    Utf16Le,
    Utf16Be,
}

impl Encoding {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Gb18030 => "GB18030",
            Self::Utf16Le | Self::Utf16Be => "UTF-16",
        }
    }
}

/// Reads text as UTF-8.
pub(super) struct TextReader<R> {
    inner: R,
    encoding: Option<Encoding>,
    decoder: Option<Decoder>,
    started: bool,
    /// Whether to give what is there rather than to wait for more.
    live: bool,
    raw: Vec<u8>,
}

impl<R: Read> TextReader<R> {
    pub(super) fn new(inner: R) -> Self {
        Self {
            inner,
            encoding: None,
            decoder: None,
            started: false,
            live: false,
            raw: Vec::new(),
        }
    }

    /// Reads text in UTF-8 that is still being written, as it comes.
    pub(super) fn live(inner: R) -> Self {
        Self {
            encoding: Some(Encoding::Utf8),
            started: true,
            live: true,
            ..Self::new(inner)
        }
    }

    /// Whether the text is still being written.
    pub(super) fn is_live(&self) -> bool {
        self.live
    }

    /// The encoding; UTF-8 as long as all is ASCII.
    pub(super) fn encoding(&self) -> Encoding {
        self.encoding.unwrap_or(Encoding::Utf8)
    }

    /// Appends the next piece of the text; `false` at its end.
    ///
    /// # Errors
    /// What the reader underneath says; what was read before is appended all the same.
    pub(super) fn pull(&mut self, out: &mut Vec<u8>) -> io::Result<bool> {
        let (mut end, mut error) = self.more(if self.started { CHUNK } else { PREFIX });
        if !self.started {
            self.started = true;
            self.byte_order_mark();
        }
        while self.encoding.is_none() && !self.raw.is_ascii() {
            self.encoding = decide(&self.raw, end || self.raw.len() > 2 * PREFIX);
            if self.encoding.is_none() {
                (end, error) = self.more(CHUNK);
            }
        }
        if self.decoder.is_none() {
            self.decoder = match self.encoding {
                Some(Encoding::Gb18030) => Some(GB18030.new_decoder_without_bom_handling()),
                Some(Encoding::Utf16Le) => Some(UTF_16LE.new_decoder_without_bom_handling()),
                Some(Encoding::Utf16Be) => Some(UTF_16BE.new_decoder_without_bom_handling()),
                Some(Encoding::Utf8) | None => None,
            };
        }
        match &mut self.decoder {
            None => out.append(&mut self.raw),
            Some(decoder) => {
                decode(decoder, &self.raw, end && error.is_none(), out);
                self.raw.clear();
            }
        }
        match error {
            Some(error) => Err(error),
            None => Ok(!end),
        }
    }

    /// Reads up to `size` more bytes into `raw`; whether the end is reached, and the error that
    /// ended it.
    fn more(&mut self, size: usize) -> (bool, Option<io::Error>) {
        let before = self.raw.len();
        if self.live {
            self.raw.resize(before + LIVE_CHUNK, 0);
            let read = loop {
                match self
                    .inner
                    .read(self.raw.get_mut(before..).unwrap_or_default())
                {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    read => break read,
                }
            };
            self.raw.truncate(before + *read.as_ref().unwrap_or(&0));
            return match read {
                Ok(read) => (read == 0, None),
                Err(error) => (true, Some(error)),
            };
        }
        match (&mut self.inner)
            .take(size as u64)
            .read_to_end(&mut self.raw)
        {
            Ok(_) => (self.raw.len() - before < size, None),
            Err(error) => (true, Some(error)),
        }
    }

    fn byte_order_mark(&mut self) {
        let (encoding, length) = match *self.raw {
            [0xef, 0xbb, 0xbf, ..] => (Encoding::Utf8, 3),
            [0xff, 0xfe, ..] => (Encoding::Utf16Le, 2),
            [0xfe, 0xff, ..] => (Encoding::Utf16Be, 2),
            _ => return,
        };
        self.encoding = Some(encoding);
        self.raw.drain(..length);
    }
}

/// Text of bytes that are not UTF-8, for showing: as GB18030 if they are that (`true`), else with
/// marks for what cannot be read.
pub(super) fn describe(bytes: &[u8]) -> (String, bool) {
    match GB18030.decode_without_bom_handling_and_without_replacement(bytes) {
        Some(text) => (text.into_owned(), true),
        None => (String::from_utf8_lossy(bytes).into_owned(), false),
    }
}

/// The encoding of text without a byte-order mark: that of most lines that are not ASCII. `None`
/// if there is no whole such line yet and more text is to come.
fn decide(bytes: &[u8], end: bool) -> Option<Encoding> {
    let (mut utf8, mut gb18030) = (0, 0);
    let mut lines = bytes.split(|&byte| byte == b'\n').peekable();
    while let Some(line) = lines.next() {
        let whole = end || lines.peek().is_some();
        if !whole || line.is_ascii() {
            continue;
        }
        if std::str::from_utf8(line).is_ok() {
            utf8 += 1;
        } else if GB18030
            .decode_without_bom_handling_and_without_replacement(line)
            .is_some()
        {
            gb18030 += 1;
        }
    }
    if utf8 + gb18030 == 0 {
        return end.then(|| decide_unbroken(bytes));
    }
    Some(if utf8 >= gb18030 {
        Encoding::Utf8
    } else {
        Encoding::Gb18030
    })
}

/// The encoding of text of which no line is whole: the one in which it goes on longer.
fn decide_unbroken(bytes: &[u8]) -> Encoding {
    let utf8 = match std::str::from_utf8(bytes) {
        Ok(text) => text.len(),
        Err(error) => error.valid_up_to(),
    };
    let mut text = Vec::new();
    let mut decoder = GB18030.new_decoder_without_bom_handling();
    text.resize(bytes.len().saturating_mul(2), 0);
    let (_, gb18030, _) = decoder.decode_to_utf8_without_replacement(bytes, &mut text, false);
    // Three bytes at the end may be the beginning of a character.
    if utf8 + 3 >= bytes.len() || utf8 >= gb18030 {
        Encoding::Utf8
    } else {
        Encoding::Gb18030
    }
}

/// Appends the decoded bytes, with [`NO_TEXT`] for what cannot be decoded.
fn decode(decoder: &mut Decoder, mut bytes: &[u8], last: bool, out: &mut Vec<u8>) {
    loop {
        let start = out.len();
        let room = decoder
            .max_utf8_buffer_length_without_replacement(bytes.len())
            .unwrap_or(CHUNK)
            .max(16);
        out.resize(start + room, 0);
        let (result, read, written) = decoder.decode_to_utf8_without_replacement(
            bytes,
            out.get_mut(start..).unwrap_or_default(),
            last,
        );
        out.truncate(start + written);
        bytes = bytes.get(read..).unwrap_or_default();
        match result {
            DecoderResult::InputEmpty => return,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => out.push(NO_TEXT),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> (Vec<u8>, Encoding) {
        let mut reader = TextReader::new(bytes);
        let mut out = Vec::new();
        while reader.pull(&mut out).unwrap() {}
        (out, reader.encoding())
    }

    fn utf16(text: &str, little: bool) -> Vec<u8> {
        let mut bytes = Vec::new();
        for unit in "\u{feff}".encode_utf16().chain(text.encode_utf16()) {
            bytes.extend(if little {
                unit.to_le_bytes()
            } else {
                unit.to_be_bytes()
            });
        }
        bytes
    }

    #[test]
    fn one_text_in_all_encodings() {
        let text = "记录编号,姓名\r\nD1,㐂𠮷·买买提\nD2,zhāng\n";
        let mut bom = b"\xef\xbb\xbf".to_vec();
        bom.extend(text.as_bytes());
        for (bytes, encoding) in [
            (text.as_bytes().to_vec(), Encoding::Utf8),
            (bom, Encoding::Utf8),
            (GB18030.encode(text).0.into_owned(), Encoding::Gb18030),
            (utf16(text, true), Encoding::Utf16Le),
            (utf16(text, false), Encoding::Utf16Be),
        ] {
            let (out, found) = read(&bytes);
            assert_eq!(found, encoding);
            assert_eq!(std::str::from_utf8(&out), Ok(text));
        }
    }

    #[test]
    fn what_is_no_text_stays_in_its_row() {
        let mut bytes = GB18030.encode("编号,姓名\nD1,张").0.into_owned();
        bytes.extend(b"\x81\nD2,");
        bytes.extend(&*GB18030.encode("王芳\n").0);
        let (out, encoding) = read(&bytes);
        assert_eq!(encoding, Encoding::Gb18030);
        let lines: Vec<_> = out
            .split(|&b| b == b'\n')
            .map(std::str::from_utf8)
            .collect();
        assert_eq!(lines[0], Ok("编号,姓名"));
        assert!(lines[1].is_err());
        assert_eq!(lines[2], Ok("D2,王芳"));
    }

    #[test]
    fn most_lines_decide() {
        let mut bytes = "编号,姓名\nD1,张伟\n".as_bytes().to_vec();
        bytes.extend(&*GB18030.encode("D2,王芳\n").0);
        assert_eq!(read(&bytes).1, Encoding::Utf8);
    }

    #[test]
    fn the_decision_waits_for_text_that_is_not_ascii() {
        let mut bytes = b"record_id,name\n".to_vec();
        while bytes.len() < 2 * PREFIX + 100 {
            bytes.extend(b"D1,Zhang Wei\n");
        }
        let ascii = bytes.len();
        bytes.extend(&*GB18030.encode("D2,王芳\n").0);
        let (out, encoding) = read(&bytes);
        assert_eq!(encoding, Encoding::Gb18030);
        assert_eq!(std::str::from_utf8(&out[ascii..]), Ok("D2,王芳\n"));
    }

    #[test]
    fn a_character_cut_by_a_chunk_is_whole_again() {
        for encode in [false, true] {
            let text = "编号\n".to_owned() + &"张".repeat(PREFIX) + "\n";
            let bytes = if encode {
                GB18030.encode(&text).0.into_owned()
            } else {
                text.clone().into_bytes()
            };
            assert!(read(&bytes).0 == text.as_bytes(), "{encode}");
        }
    }

    #[test]
    fn bytes_are_shown_as_well_as_can_be() {
        assert_eq!(describe(b"\xd5\xc5"), ("张".to_owned(), true));
        assert_eq!(
            describe(b"a\xff\xff"),
            ("a\u{fffd}\u{fffd}".to_owned(), false)
        );
    }
}
