//! The thread that reads.

use std::io::Read;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use super::STREAM;
use super::rows::Rows;
use crate::ingest::{
    self, Event, FileSummary, FileWarning, IngestError, Inputs, Options, Reject, RowBatch,
};
use crate::resolve::Change;

/// What the reading thread tells.
pub(super) enum Message {
    /// Rows, and the bytes of all files that were read.
    Rows(Vec<Row>, u64),
    /// A row that cannot be used.
    Reject {
        reject: Reject,
        /// The file, if the row could not be read, so that it may name any record.
        unread: Option<u32>,
    },
    /// Something to know about the file of that number.
    Warning(u32, FileWarning),
    /// A file is read.
    Ended(u32, Result<FileSummary, IngestError>),
}

/// A row and where it came from.
pub(super) struct Row {
    pub file: u32,
    pub line: u32,
    pub change: Change,
}

/// Reads all files in turn.
pub(super) fn send_files(inputs: &Inputs, options: &Options, to: &SyncSender<Message>) {
    let mut before = 0;
    for (place, file) in inputs.files.iter().enumerate() {
        let sending = Sending {
            file: place as u32,
            name: &file.name,
            before,
            to,
        };
        let mut sink = |event| sending.send(event);
        let ended = ingest::read_file(inputs, place as u32, options, &mut sink);
        if to.send(Message::Ended(place as u32, ended)).is_err() {
            return;
        }
        before += file.bytes;
    }
}

/// Reads a stream.
pub(super) fn send_lines(reader: impl Read, options: &Options, to: &SyncSender<Message>) {
    let sending = Sending {
        file: 0,
        name: &STREAM.into(),
        before: 0,
        to,
    };
    let mut sink = |event| sending.send(event);
    let ended = ingest::read_lines(reader, STREAM, options, &mut sink);
    // Nobody listens any more if applying failed, which is told there.
    let _ = to.send(Message::Ended(0, ended));
}

struct Sending<'a> {
    file: u32,
    name: &'a Arc<str>,
    /// Bytes of the files before.
    before: u64,
    to: &'a SyncSender<Message>,
}

impl Sending<'_> {
    fn tell(&self, message: Message) -> Result<(), IngestError> {
        let sent = self.to.send(message);
        sent.map_err(|_| IngestError::Stopped("nobody listens".into()))
    }

    fn send(&self, event: Event) -> Result<(), IngestError> {
        match event {
            Event::Batch(batch) => {
                let rows = self.rows(&batch)?;
                self.tell(Message::Rows(rows, self.before + batch.bytes_read))
            }
            Event::Reject(reject) => self.tell(Message::Reject {
                reject,
                unread: Some(self.file),
            }),
            Event::Warning(warning) => self.tell(Message::Warning(self.file, warning)),
        }
    }

    /// The rows of a batch; those that cannot be used are told.
    fn rows(&self, batch: &RowBatch) -> Result<Vec<Row>, IngestError> {
        let read = Rows::of(batch);
        let mut rows = Vec::with_capacity(batch.len());
        for row in 0..batch.len() {
            let line = batch.line(row);
            match read.change(row) {
                Ok(change) => rows.push(Row {
                    file: self.file,
                    line,
                    change,
                }),
                Err((reason, column, text)) => {
                    let reject = Reject {
                        file: Arc::clone(self.name),
                        line: line.into(),
                        column: column.to_string(),
                        reason,
                        text: text.to_string(),
                    };
                    self.tell(Message::Reject {
                        reject,
                        unread: None,
                    })?;
                }
            }
        }
        Ok(rows)
    }
}
