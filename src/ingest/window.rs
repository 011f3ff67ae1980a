//! A moving window over the text of a file.

use std::io::{self, Read};

use super::encoding::{Encoding, TextReader};

/// The part of a file's text that is in memory: from the record at hand as far as was read.
pub(super) struct Window<R> {
    reader: TextReader<R>,
    buffer: Vec<u8>,
    start: usize,
    end_of_file: bool,
    error: Option<io::Error>,
}

impl<R: Read> Window<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader: TextReader::new(reader),
            buffer: Vec::new(),
            start: 0,
            end_of_file: false,
            error: None,
        }
    }

    /// A window over text in UTF-8 that is still being written: it is filled with what is there.
    pub(super) fn live(reader: R) -> Self {
        Self {
            reader: TextReader::live(reader),
            buffer: Vec::new(),
            start: 0,
            end_of_file: false,
            error: None,
        }
    }

    /// Whether the text is still being written.
    pub(super) fn is_live(&self) -> bool {
        self.reader.is_live()
    }

    /// What is in memory and not yet consumed.
    pub(super) fn bytes(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or_default()
    }

    /// Whether [`bytes`](Self::bytes) is all there is.
    pub(super) fn is_last(&self) -> bool {
        self.end_of_file
    }

    /// The error that ended the file, if one did; then its last record may be cut.
    pub(super) fn error(&self) -> Option<&io::Error> {
        self.error.as_ref()
    }

    /// Takes the error that ended the file.
    pub(super) fn take_error(&mut self) -> Option<io::Error> {
        self.error.take()
    }

    pub(super) fn encoding(&self) -> Encoding {
        self.reader.encoding()
    }

    pub(super) fn consume(&mut self, bytes: usize) {
        self.start = (self.start + bytes).min(self.buffer.len());
    }

    /// Reads on; does nothing at the end of the file.
    pub(super) fn fill(&mut self) {
        if self.end_of_file {
            return;
        }
        self.buffer.drain(..self.start);
        self.start = 0;
        match self.reader.pull(&mut self.buffer) {
            Ok(more) => self.end_of_file = !more,
            Err(error) => {
                self.end_of_file = true;
                self.error = Some(error);
            }
        }
    }

    /// Consumes up to and with the next line end, reading on as far as it takes; memory stays
    /// bounded. Whether there was a line end.
    pub(super) fn skip_line(&mut self) -> bool {
        loop {
            let bytes = self.bytes();
            if let Some(position) = memchr::memchr2(b'\n', b'\r', bytes) {
                match line_end(bytes, position, self.end_of_file) {
                    Some(length) => {
                        self.consume(position + length);
                        return true;
                    }
                    None => self.consume(position),
                }
            } else {
                self.consume(bytes.len());
            }
            if self.end_of_file {
                return false;
            }
            self.fill();
        }
    }
}

/// Length of the line end (CR, LF or CRLF) at a position that holds CR or LF; `None` if it takes
/// another byte to tell.
pub(super) fn line_end(bytes: &[u8], position: usize, last: bool) -> Option<usize> {
    match (bytes.get(position), bytes.get(position + 1)) {
        (Some(b'\r'), Some(b'\n')) => Some(2),
        (Some(b'\r'), None) if !last => None,
        _ => Some(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skipping_a_long_line_keeps_little_in_memory() {
        let mut text = "x".repeat(10 << 20).into_bytes();
        text.extend(b"\r\nnext\n");
        let mut window = Window::new(&text[..]);
        assert!(window.skip_line());
        assert!(
            window.buffer.capacity() < 4 << 20,
            "{}",
            window.buffer.capacity()
        );
        assert_eq!(window.bytes(), b"next\n");
        assert!(window.skip_line());
        assert!(!window.skip_line());
    }
}
