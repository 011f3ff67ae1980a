//! Rows that are not text in their file's encoding.

use std::io::Read;

use super::emitter::Emitter;
use super::encoding::{Encoding, describe};
use super::window::Window;
use super::{IngestError, RejectReason, Warning};

/// First line and number of the rows in GB18030 of a file that is UTF-8.
#[derive(Default)]
pub(super) struct Mixed(Option<(u64, u64)>);

impl Mixed {
    /// Rejects a row that is not text.
    pub(super) fn reject<R: Read>(
        &mut self,
        row: &[u8],
        line: u64,
        window: &Window<R>,
        emitter: &mut Emitter<'_>,
    ) -> Result<(), IngestError> {
        let (text, gb18030) = describe(row);
        if gb18030 && window.encoding() == Encoding::Utf8 && std::str::from_utf8(row).is_err() {
            let (_, rows) = self.0.get_or_insert((line, 0));
            *rows += 1;
        }
        emitter.reject(line, "", RejectReason::UndecodableText, &text)
    }

    /// Warns of a file in two encodings, if it is one.
    pub(super) fn warn(self, emitter: &mut Emitter<'_>) -> Result<(), IngestError> {
        match self.0 {
            None => Ok(()),
            Some((line, rows)) => emitter.warn(Warning::MixedEncodings {
                encoding: Encoding::Utf8.name(),
                line,
                rows,
            }),
        }
    }
}
