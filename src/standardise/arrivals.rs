//! What is put aside of records while they are read: on disk in the order of their arrival.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::disk::Disk;
use crate::record::Enrolment;

/// Records that are written at once.
const WINDOW: usize = 1 << 14;

/// Where a record came from, and which of two with one id to keep.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Origin {
    pub line: u32,
    pub updated_at: u32,
    pub content: u64,
}

impl Origin {
    const BYTES: usize = 16;

    fn to_bytes(self) -> [u8; Self::BYTES] {
        let numbers = u128::from(self.line)
            | u128::from(self.updated_at) << 32
            | u128::from(self.content) << 64;
        numbers.to_le_bytes()
    }

    fn from_bytes(bytes: [u8; Self::BYTES]) -> Origin {
        let numbers = u128::from_le_bytes(bytes);
        Origin {
            line: numbers as u32,
            updated_at: (numbers >> 32) as u32,
            content: (numbers >> 64) as u64,
        }
    }
}

/// The records that have arrived so far, each in as many bytes as another.
#[derive(Debug)]
pub(super) struct Arrivals {
    /// Needed again when the rules are applied.
    pub enrolments: Disk,
    /// Needed until the records are in order.
    pub origins: Disk,
}

impl Arrivals {
    pub fn new(folder: &Path) -> Arrivals {
        Arrivals {
            enrolments: Disk::new(folder.into()),
            origins: Disk::new(folder.into()),
        }
    }

    /// Adds the records that came next.
    pub fn add(&mut self, enrolments: &[Enrolment], origins: &[Origin]) -> io::Result<()> {
        let mut bytes = Vec::new();
        for window in enrolments.chunks(WINDOW) {
            bytes.clear();
            bytes.extend(window.iter().flat_map(Enrolment::to_bytes));
            self.enrolments.append(&bytes)?;
        }
        for window in origins.chunks(WINDOW) {
            bytes.clear();
            bytes.extend(window.iter().flat_map(|origin| origin.to_bytes()));
            self.origins.append(&bytes)?;
        }
        Ok(())
    }

    /// Where a record came from.
    pub fn origin(&mut self, record: u32) -> io::Result<Origin> {
        let mut bytes = [0; Origin::BYTES];
        let place = u64::from(record) * Origin::BYTES as u64;
        self.origins.read(place, &mut bytes)?;
        Ok(Origin::from_bytes(bytes))
    }
}
