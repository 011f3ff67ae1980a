//! The last commit that was acknowledged, kept outside the database: what tells a log that was
//! cut short from one that ended there.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Name of the file.
pub(super) const FILE: &str = "acknowledged";

/// Bytes of the file: the commit, and the commit with every bit turned.
const BYTES: usize = 16;

/// The file that says which commit was acknowledged last. It is written after each commit and left
/// to the system to bring to the disk: if the machine stops it may name an earlier commit, never a
/// later one than was acknowledged.
#[derive(Debug)]
pub(super) struct Acknowledged(File);

/// What the file says.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Noted {
    /// There is no such file.
    Absent,
    /// The store is still being made: none was acknowledged.
    Nothing,
    /// That this commit was the last.
    Commit(u64),
    /// Something else than what was ever written.
    Garbled,
}

impl Acknowledged {
    /// Opens the file to be written, making an empty one if it is not there.
    pub fn open(folder: &Path) -> io::Result<Acknowledged> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(folder.join(FILE))?;
        Ok(Acknowledged(file))
    }

    /// Notes a commit.
    pub fn write(&self, commit: u64) -> io::Result<()> {
        let mut bytes = [0; BYTES];
        bytes[..8].copy_from_slice(&commit.to_be_bytes());
        bytes[8..].copy_from_slice(&(!commit).to_be_bytes());
        self.0.write_all_at(&bytes, 0)
    }

    /// Brings the file and its name to the disk.
    pub fn sync(&self, folder: &Path) -> io::Result<()> {
        self.0.sync_all()?;
        File::open(folder)?.sync_all()
    }
}

/// What the file of a store says.
pub(super) fn read(folder: &Path) -> io::Result<Noted> {
    let bytes = match std::fs::read(folder.join(FILE)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Noted::Absent),
        Err(error) => return Err(error),
    };
    if bytes.is_empty() {
        return Ok(Noted::Nothing);
    }
    let number = |bytes: Option<&[u8; 8]>| bytes.map(|bytes| u64::from_be_bytes(*bytes));
    let (commit, check) = (number(bytes.first_chunk()), number(bytes.last_chunk()));
    Ok(match commit {
        Some(commit) if bytes.len() == BYTES && check == Some(!commit) => Noted::Commit(commit),
        _ => Noted::Garbled,
    })
}
