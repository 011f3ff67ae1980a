//! A temporary file for what does not fit in memory.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

/// Bytes that are put aside one after the other and read from anywhere. The file has no name, is
/// made when the first bytes come, and is gone with this value.
#[derive(Debug)]
pub(crate) struct Disk {
    folder: PathBuf,
    file: Option<File>,
    bytes: u64,
}

impl Disk {
    /// Nothing yet, to go to that folder.
    pub fn new(folder: PathBuf) -> Disk {
        Disk {
            folder,
            file: None,
            bytes: 0,
        }
    }

    /// Bytes that were put aside.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Puts bytes behind those that are there, and says where they begin.
    ///
    /// # Errors
    /// The folder cannot be written to, or the disk is full; what was there before can be read still.
    pub fn append(&mut self, bytes: &[u8]) -> io::Result<u64> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(tempfile::tempfile_in(&self.folder)?),
        };
        let place = self.bytes;
        file.seek(SeekFrom::Start(place))?;
        file.write_all(bytes)?;
        self.bytes += bytes.len() as u64;
        Ok(place)
    }

    /// Fills `bytes` with those that begin at a place.
    ///
    /// # Errors
    /// There are not so many, or they cannot be read.
    pub fn read(&mut self, place: u64, bytes: &mut [u8]) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        let Some(file) = &mut self.file else {
            return Err(io::ErrorKind::UnexpectedEof.into());
        };
        file.seek(SeekFrom::Start(place))?;
        file.read_exact(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_from_anywhere() {
        let folder = tempfile::tempdir().unwrap();
        let mut disk = Disk::new(folder.path().into());
        assert!(disk.read(0, &mut [0]).is_err());
        assert_eq!(disk.append(b"put").unwrap(), 0);
        assert_eq!(disk.append(b"aside").unwrap(), 3);
        let mut read = [0; 4];
        disk.read(2, &mut read).unwrap();
        assert_eq!(&read, b"tasi");
        assert_eq!(disk.append(b"!").unwrap(), 8);
        assert!(disk.read(6, &mut read).is_err());
        assert_eq!(disk.bytes(), 9);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        assert!(Disk::new("/nowhere/at/all".into()).append(&[1]).is_err());
    }
}
