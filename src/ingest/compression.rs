//! Files as their decompressed bytes, whatever their names say.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::read::MultiGzDecoder;

/// How a file is compressed, by its first bytes.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub(super) enum Compression {
    None,
    Gzip,
    Zstd,
}

/// Opens a file for reading its decompressed bytes; `progress` counts those read from the disk.
pub(super) fn open(
    path: &Path,
    progress: Arc<AtomicU64>,
) -> io::Result<(Box<dyn Read + Send>, Compression)> {
    let (file, compression) = open_raw(path)?;
    let counted = Counted { file, progress };
    let reader: Box<dyn Read + Send> = match compression {
        Compression::None => Box::new(counted),
        Compression::Gzip => Box::new(MultiGzDecoder::new(BufReader::with_capacity(
            256 << 10,
            counted,
        ))),
        Compression::Zstd => Box::new(zstd::Decoder::new(counted)?),
    };
    Ok((reader, compression))
}

/// Opens a file as it is, at its beginning, and says how it is compressed.
pub(super) fn open_raw(path: &Path) -> io::Result<(File, Compression)> {
    let mut file = File::open(path)?;
    let mut magic = Vec::with_capacity(4);
    (&mut file).take(4).read_to_end(&mut magic)?;
    file.seek(SeekFrom::Start(0))?;
    let compression = match *magic {
        [0x1f, 0x8b, ..] => Compression::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd] => Compression::Zstd,
        _ => Compression::None,
    };
    Ok((file, compression))
}

/// A file whose bytes are counted as they are read.
struct Counted {
    file: File,
    progress: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.progress.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}
