//! The work of a sweep that is not finished, on disk, so that another can go on from it.
//!
//! A piece of work (the standardised rows of a batch, the weighed pairs of some records) is kept under a
//! key: a digest of all that it is made from. Whoever goes on asks for the same pieces again, and is
//! given those that are here; so nothing has to be believed of files that may have changed meanwhile.
//! A piece that is damaged, or that another program or model made, counts as not there.
//!
//! The file is a head and then one piece after the other, each with its key, its length and digests
//! of both. It is private to its owner, as it says what the records say.

use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustc_hash::FxHashMap;
use serde::Serialize;
use serde::de::DeserializeOwned;
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

/// Name of the file in the folder of the results.
pub const NAME: &str = "unfinished.sweep";

/// What the file begins with. Its layout may change: the program is part of what made it.
const MAGIC: &[u8; 16] = b"yiren unfinished";

/// Bytes before a piece: key, length, digest of the piece, digest of these three.
const BEFORE: usize = 40;

/// How often it is tried to lock the file.
const TRIES: u32 = 30;

/// How long to wait before it is tried again.
const PAUSE: Duration = Duration::from_millis(100);

/// A digest of all that a piece of work is made from.
pub type Key = u128;

/// The key of what is made from these parts.
pub fn key<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Key {
    let mut digest = Xxh3::new();
    for part in parts {
        digest.update(&(part.len() as u64).to_le_bytes());
        digest.update(part);
    }
    digest.digest128()
}

/// Pieces of work by their keys, in a file that nobody else writes to meanwhile.
#[derive(Debug)]
pub struct Unfinished(Mutex<Pieces>);

#[derive(Debug)]
struct Pieces {
    file: File,
    /// Bytes of the file, up to the end of the last whole piece.
    end: u64,
    places: FxHashMap<Key, Place>,
}

#[derive(Copy, Clone, Debug)]
struct Place {
    start: u64,
    bytes: u64,
    digest: u64,
}

impl Unfinished {
    /// What is kept in a folder, by the same maker (of which `made_by` is a digest); nothing, if another
    /// made it.
    ///
    /// # Errors
    /// The file cannot be used, or another is using it.
    pub fn open(folder: &Path, made_by: Key) -> io::Result<Unfinished> {
        let path = folder.join(NAME);
        Unfinished::open_file(&path, made_by)
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
    }

    fn open_file(path: &Path, made_by: Key) -> io::Result<Unfinished> {
        let mut file = private().open(path)?;
        lock(&file)?;
        let head = [&MAGIC[..], &made_by.to_le_bytes()].concat();
        let mut found = Vec::new();
        let mut begin = Read::by_ref(&mut file).take(head.len() as u64);
        begin.read_to_end(&mut found)?;
        if found != head {
            file.set_len(0)?;
            file.rewind()?;
            file.write_all(&head)?;
        }
        let mut pieces = Pieces {
            file,
            end: head.len() as u64,
            places: FxHashMap::default(),
        };
        pieces.find()?;
        Ok(Unfinished(Mutex::new(pieces)))
    }

    /// Bytes of all pieces.
    pub fn bytes(&self) -> u64 {
        self.pieces().places.values().map(|place| place.bytes).sum()
    }

    /// The piece of that key: the kept one, or else what `work` makes, which is kept.
    ///
    /// # Errors
    /// The work failed, or what it made cannot be kept.
    pub fn remember<T: Serialize + DeserializeOwned>(
        &self,
        key: Key,
        work: impl FnOnce() -> io::Result<T>,
    ) -> io::Result<T> {
        if let Some(piece) = self.get(key) {
            return Ok(piece);
        }
        let piece = work()?;
        let bytes = postcard::to_stdvec(&piece).map_err(io::Error::other)?;
        self.pieces().append(key, &bytes)?;
        Ok(piece)
    }

    fn get<T: DeserializeOwned>(&self, key: Key) -> Option<T> {
        let bytes = {
            let mut pieces = self.pieces();
            let place = *pieces.places.get(&key)?;
            pieces.read(place).ok()?
        };
        postcard::from_bytes(&bytes).ok()
    }

    fn pieces(&self) -> MutexGuard<'_, Pieces> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Locks a file. The system lets go of a killed sweep's lock only when it has freed its memory, so that
/// whoever goes on at once finds it locked for a moment.
fn lock(file: &File) -> io::Result<()> {
    for left in (0..TRIES).rev() {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::WouldBlock) if left > 0 => std::thread::sleep(PAUSE),
            Err(TryLockError::WouldBlock) => {
                let busy = "another sweep is at work with it";
                return Err(io::Error::new(io::ErrorKind::ResourceBusy, busy));
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Ok(())
}

impl Pieces {
    /// Finds the pieces behind the head. What follows the last whole one was being written when the
    /// writer was stopped, and is cut off.
    fn find(&mut self) -> io::Result<()> {
        let length = self.file.metadata()?.len();
        let mut before = [0; BEFORE];
        while length - self.end >= BEFORE as u64 {
            self.file.seek(SeekFrom::Start(self.end))?;
            self.file.read_exact(&mut before)?;
            let start = self.end + BEFORE as u64;
            match read_before(&before) {
                Some((key, bytes, digest)) if bytes <= length - start => {
                    let place = Place {
                        start,
                        bytes,
                        digest,
                    };
                    self.places.insert(key, place);
                    self.end = start + bytes;
                }
                _ => break,
            }
        }
        self.file.set_len(self.end)
    }

    fn read(&mut self, place: Place) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; place.bytes as usize];
        self.file.seek(SeekFrom::Start(place.start))?;
        self.file.read_exact(&mut bytes)?;
        match xxh3_64(&bytes) == place.digest {
            true => Ok(bytes),
            false => Err(io::ErrorKind::InvalidData.into()),
        }
    }

    fn append(&mut self, key: Key, bytes: &[u8]) -> io::Result<()> {
        let place = Place {
            start: self.end + BEFORE as u64,
            bytes: bytes.len() as u64,
            digest: xxh3_64(bytes),
        };
        self.file.seek(SeekFrom::Start(self.end))?;
        self.file
            .write_all(&write_before(key, place.bytes, place.digest))?;
        self.file.write_all(bytes)?;
        self.end = place.start + place.bytes;
        self.places.insert(key, place);
        Ok(())
    }
}

fn write_before(key: Key, bytes: u64, digest: u64) -> [u8; BEFORE] {
    let mut before = [0; BEFORE];
    before[..16].copy_from_slice(&key.to_le_bytes());
    before[16..24].copy_from_slice(&bytes.to_le_bytes());
    before[24..32].copy_from_slice(&digest.to_le_bytes());
    let own = xxh3_64(&before[..32]);
    before[32..].copy_from_slice(&own.to_le_bytes());
    before
}

/// Key, length and digest of a piece, if that is what the bytes say.
fn read_before(before: &[u8; BEFORE]) -> Option<(Key, u64, u64)> {
    let key = Key::from_le_bytes(*before.first_chunk()?);
    let number = |at: usize| before[at..].first_chunk().copied().map(u64::from_le_bytes);
    let (bytes, digest) = (number(16)?, number(24)?);
    (*before == write_before(key, bytes, digest)).then_some((key, bytes, digest))
}

/// Lets go of what is kept in a folder, if anything is.
///
/// # Errors
/// The file cannot be removed.
pub fn forget(folder: &Path) -> io::Result<()> {
    match std::fs::remove_file(folder.join(NAME)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn private() -> std::fs::OpenOptions {
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Pieces of one kind, made from the same, by their numbers.
#[derive(Clone, Debug)]
pub struct Numbered {
    unfinished: Arc<Unfinished>,
    made_from: Key,
}

impl Numbered {
    /// The pieces that are made from what `made_from` is a digest of.
    pub fn new(unfinished: Arc<Unfinished>, made_from: Key) -> Numbered {
        Numbered {
            unfinished,
            made_from,
        }
    }

    /// The piece of that number; see [`Unfinished::remember`].
    ///
    /// # Errors
    /// The work failed, or what it made cannot be kept.
    pub fn remember<T: Serialize + DeserializeOwned>(
        &self,
        number: usize,
        work: impl FnOnce() -> io::Result<T>,
    ) -> io::Result<T> {
        let number = (number as u64).to_le_bytes();
        let of = key([&self.made_from.to_le_bytes()[..], &number]);
        self.unfinished.remember(of, work)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Asks for pieces by their numbers, and says which had to be made.
    fn ask(folder: &Path, made_by: Key, numbers: &[u8]) -> Vec<u8> {
        let unfinished = Unfinished::open(folder, made_by).unwrap();
        let mut made = Vec::new();
        for &number in numbers {
            let expected = (number, "件".repeat(number.into()));
            let piece = unfinished.remember(key([&[number][..]]), || {
                made.push(number);
                Ok(expected.clone())
            });
            assert_eq!(piece.unwrap(), expected);
        }
        made
    }

    #[test]
    fn a_piece_is_made_once_by_one_maker() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(ask(folder.path(), 1, &[0, 5, 0, 9]), [0, 5, 9]);
        assert_eq!(ask(folder.path(), 1, &[9, 3, 0]), [3]);
        assert_eq!(ask(folder.path(), 2, &[9, 3]), [9, 3]);
        assert_eq!(ask(folder.path(), 1, &[9]), [9]);
        forget(folder.path()).unwrap();
        forget(folder.path()).unwrap();
        assert_eq!(ask(folder.path(), 1, &[9]), [9]);
    }

    #[test]
    fn keys_tell_where_a_part_ends() {
        assert_ne!(key([&b"ab"[..], b"c"]), key([&b"a"[..], b"bc"]));
        assert_ne!(key([&b"a"[..]]), key([&b"a"[..], b""]));
        let folder = tempfile::tempdir().unwrap();
        let unfinished = Arc::new(Unfinished::open(folder.path(), 0).unwrap());
        let of = |made_from| Numbered::new(unfinished.clone(), made_from);
        let (one, other) = (of(1), of(2));
        assert_eq!(one.remember(0, || Ok(10)).unwrap(), 10);
        assert_eq!(one.remember(1, || Ok(11)).unwrap(), 11);
        assert_eq!(other.remember(0, || Ok(20)).unwrap(), 20);
        assert_eq!(one.remember(0, || Ok(0)).unwrap(), 10);
    }

    #[test]
    fn two_cannot_use_it_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let first = Unfinished::open(folder.path(), 1).unwrap();
        let error = Unfinished::open(folder.path(), 1).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ResourceBusy);
        drop(first);
        assert!(Unfinished::open(folder.path(), 1).is_ok());
    }

    #[test]
    fn work_that_fails_is_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let unfinished = Unfinished::open(folder.path(), 1).unwrap();
        let failed = unfinished.remember::<u8>(7, || Err(io::ErrorKind::StorageFull.into()));
        assert_eq!(failed.unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(unfinished.remember(7, || Ok(1_u8)).unwrap(), 1);
    }

    proptest! {
        #[test]
        fn damage_costs_work_and_nothing_else(
            at in any::<proptest::sample::Index>(),
            flip in proptest::option::of(1..=u8::MAX),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let numbers = [4, 0, 30, 7];
            ask(folder.path(), 1, &numbers);
            let file = folder.path().join(NAME);
            let mut bytes = std::fs::read(&file).unwrap();
            let at = at.index(bytes.len());
            match flip {
                Some(flip) => bytes[at] ^= flip,
                None => bytes.truncate(at),
            }
            std::fs::write(&file, bytes).unwrap();
            // Pieces come back as they were, or are made anew; there is some damage to be found.
            let made = ask(folder.path(), 1, &numbers);
            prop_assert!(!made.is_empty());
            // A piece that was damaged where it stood is found there again, the others are whole.
            let again = ask(folder.path(), 1, &numbers);
            prop_assert!(again.is_empty());
        }
    }
}
