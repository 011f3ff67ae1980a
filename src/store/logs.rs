//! Damage to a log of RocksDB that RocksDB would read for ever.
//!
//! Its manifest and its write-ahead logs are records in blocks, each with a checksum, a length and a
//! kind. Of the kinds that are met only where a log is written over an older one, which yiren never asks
//! for, its reader (11.8) returns to the same record without end: one turned bit of a kind, and
//! opening the store never returns (facebook/rocksdb issue 13333). All other damage it tells itself.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::StoreError;

/// Bytes of a block: no record goes over the end of one.
const BLOCK: u64 = 32 << 10;

/// Bytes before what a record holds: four of a checksum, two of the length, low byte first, and the kind.
const HEADER: usize = 7;

/// The kinds of a log that is written over an older one (`db/log_format.h`).
const RECYCLED: [u8; 6] = [5, 6, 7, 8, 11, 131];

/// Refuses a database whose manifest or write-ahead logs hold a record of such a kind. What is not
/// there, or is otherwise no log, is left for RocksDB to tell. Reads these files once.
pub(super) fn look_over(database: &Path) -> Result<(), StoreError> {
    match first_recycled(database) {
        Ok(None) => Ok(()),
        Ok(Some((log, place))) => {
            let path = log.display();
            Err(StoreError::Damaged(format!(
                "{path}: the record at byte {place} is of a kind that was never written"
            )))
        }
        Err(error) => Err(StoreError::unusable(database, &error)),
    }
}

/// The first log that has such a record, and the place of the record.
fn first_recycled(database: &Path) -> io::Result<Option<(PathBuf, u64)>> {
    let mut logs = Vec::new();
    for entry in there(fs::read_dir(database))?.into_iter().flatten() {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "log") {
            logs.push(path);
        }
    }
    // The manifest in force. Where there is no name of one, RocksDB says so.
    let current = there(fs::read(database.join("CURRENT")))?.unwrap_or_default();
    let name = str::from_utf8(&current).unwrap_or_default().trim_end();
    if let Some(number) = name.strip_prefix("MANIFEST-")
        && number.bytes().all(|byte| byte.is_ascii_digit())
    {
        logs.push(database.join(name));
    }
    logs.sort_unstable();
    for log in logs {
        let found = there(File::open(&log))?.map(recycled).transpose()?;
        if let Some(place) = found.flatten() {
            return Ok(Some((log, place)));
        }
    }
    Ok(None)
}

/// Nothing of what is not there: it was not made yet, or whoever writes to the store took it away.
fn there<T>(found: io::Result<T>) -> io::Result<Option<T>> {
    match found {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        found => found.map(Some),
    }
}

/// The place of the first record of a kind that only a log written over an older one has.
fn recycled(mut log: impl Read) -> io::Result<Option<u64>> {
    let mut block = Vec::with_capacity(BLOCK as usize);
    for start in (0..).step_by(BLOCK as usize) {
        block.clear();
        log.by_ref().take(BLOCK).read_to_end(&mut block)?;
        let mut rest = block.as_slice();
        while let Some((&[_, _, _, _, low, high, kind], after)) = rest.split_first_chunk::<HEADER>()
        {
            if RECYCLED.contains(&kind) {
                return Ok(Some(start + (block.len() - rest.len()) as u64));
            }
            let length = usize::from(u16::from_le_bytes([low, high]));
            // Room that was never written to is zeros; a record may be cut short.
            match after.get(length..) {
                Some(next) if length > 0 || kind > 0 => rest = next,
                _ => break,
            }
        }
        if block.len() < BLOCK as usize {
            break;
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A record of that kind and so many bytes.
    fn record(kind: u8, bytes: u16) -> Vec<u8> {
        let [low, high] = bytes.to_le_bytes();
        let mut record = vec![1, 2, 3, 4, low, high, kind];
        record.resize(HEADER + usize::from(bytes), 5);
        record
    }

    /// What it is about, the log in pieces, and the place that is to be found.
    type Case = (&'static str, Vec<Vec<u8>>, Option<u64>);

    #[test]
    fn only_kinds_of_recycled_logs_are_found() {
        let block = BLOCK as u16;
        let header = HEADER as u16;
        // The first block, full to the last `left` bytes, which are zeros.
        let first = |left: u16| {
            let mut first = record(1, block - header - left);
            first.resize(BLOCK as usize, 0);
            first
        };
        let cases: [Case; 12] = [
            ("nothing", vec![], None),
            ("a whole record", vec![record(1, 20)], None),
            ("what no version knows", vec![record(99, 2)], None),
            ("of no bytes", vec![record(2, 0), record(5, 0)], Some(7)),
            ("the first", vec![record(6, 3)], Some(0)),
            ("the second", vec![record(1, 20), record(7, 1)], Some(27)),
            (
                "cut short",
                vec![record(1, 20), record(8, 9)[..7].to_vec()],
                Some(27),
            ),
            (
                "a cut header",
                vec![record(1, 20), record(8, 9)[..6].to_vec()],
                None,
            ),
            (
                "what a record holds",
                vec![record(1, 2), vec![0, 0, 0, 0, 1, 0, 1, 5]],
                None,
            ),
            (
                "after the end of a block",
                vec![first(6), record(11, 1)],
                Some(BLOCK),
            ),
            (
                "zeros to the end",
                vec![first(300), record(131, 1)],
                Some(BLOCK),
            ),
            (
                "after one that is longer than its block",
                vec![record(1, block)],
                Some(BLOCK),
            ),
        ];
        for (what, records, place) in cases {
            let found = recycled(records.concat().as_slice()).unwrap();
            assert_eq!(found, place, "{what}");
        }
    }
}
