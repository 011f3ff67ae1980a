//! Pairs in the order of their first records, in memory as long as there is room and then on disk.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::blocks::Piece;
use super::sorting::Sorting;
use crate::disk::Disk;

/// First records a part; its pairs are sorted at once.
const WIDTH: u32 = 1 << 13;

/// Pairs that a task gathers for a part before it hands them over.
const CHUNK: usize = 1 << 9;

/// Where what does not fit in memory goes.
#[derive(Clone, Debug)]
pub struct Scratch {
    /// Folder for temporary files, which have no name and are gone with the process.
    pub folder: PathBuf,
    /// Bytes that may stay in memory.
    pub memory: u64,
    /// Whether each part is read once, and let go of then.
    pub once: bool,
}

/// What went to disk.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Spilled {
    /// Bytes written.
    pub bytes: u64,
}

/// A pair packed as first record − first of the part, second record, rule.
pub(super) type Packed = u64;

pub(super) fn pack(a: u32, b: u32, rule: u8) -> Packed {
    u64::from(a % WIDTH) << 40 | u64::from(b) << 8 | u64::from(rule)
}

/// Second record and rule of a packed pair, and the first record of the part it is in.
pub(super) fn unpack(part: usize, packed: Packed) -> (u32, u32, u8) {
    let a = part as u32 * WIDTH + (packed >> 40) as u32;
    (a, (packed >> 8) as u32, packed as u8)
}

/// Packed pairs in parts by their first records, each part in any order.
#[derive(Debug)]
pub(super) struct Spool {
    parts: Vec<Mutex<Part>>,
    /// `None` keeps everything in memory.
    scratch: Option<Scratch>,
    /// Bytes in memory.
    held: AtomicU64,
    spilled: Mutex<OnDisk>,
    idle: Mutex<Vec<Sink>>,
}

#[derive(Debug, Default)]
struct Part {
    held: Vec<Box<[Packed]>>,
    /// Places on disk: first byte and pairs.
    spilled: Vec<(u64, u32)>,
}

#[derive(Debug, Default)]
struct OnDisk {
    disk: Option<Disk>,
    /// The first thing that went wrong.
    error: Option<io::Error>,
}

/// The pairs of the part that was read last, and what reading the next one needs no new memory for.
#[derive(Debug, Default)]
pub(super) struct PartPairs {
    gathered: Vec<Packed>,
    bytes: Vec<u8>,
    sorted: Sorting<Packed>,
}

/// What one task gathers.
#[derive(Debug)]
pub(super) struct Sink {
    parts: Vec<Vec<Packed>>,
}

impl Spool {
    /// An empty spool for so many records.
    pub fn new(records: usize, scratch: Option<Scratch>) -> Spool {
        Spool {
            parts: (0..records.div_ceil(WIDTH as usize))
                .map(|_| Mutex::default())
                .collect(),
            spilled: Mutex::new(OnDisk {
                disk: scratch
                    .as_ref()
                    .map(|scratch| Disk::new(scratch.folder.clone())),
                error: None,
            }),
            scratch,
            held: AtomicU64::new(0),
            idle: Mutex::default(),
        }
    }

    /// How many parts there are.
    pub fn len(&self) -> usize {
        self.parts.len()
    }

    /// The records that are first in the pairs of a part: those from here, up to the next part.
    pub fn first_record(&self, part: usize) -> u32 {
        part as u32 * WIDTH
    }

    /// A sink for one task, to be given back.
    pub fn sink(&self) -> Sink {
        lock(&self.idle).pop().unwrap_or_else(|| Sink {
            parts: vec![Vec::new(); self.parts.len()],
        })
    }

    /// Takes a sink back; what it holds is kept for the task that takes it next.
    pub fn give_back(&self, sink: Sink) {
        lock(&self.idle).push(sink);
    }

    /// Adds all pairs of a piece that `comparable` lets through.
    pub fn add_piece(
        &self,
        sink: &mut Sink,
        piece: Piece<'_>,
        rule: u8,
        comparable: impl Fn(u32, u32) -> bool,
    ) {
        let Piece { members, reach } = piece;
        for (place, &a) in members.iter().enumerate() {
            let part = (a / WIDTH) as usize;
            let waiting = &mut sink.parts[part];
            // Each record takes the pairs of which it is the lower one: where members ascend,
            // those with what comes after it.
            let near = match reach < members.len() {
                true => place.saturating_sub(reach)..(place + reach + 1).min(members.len()),
                false => place + 1..members.len(),
            };
            for &b in &members[near] {
                if b > a && comparable(a, b) {
                    waiting.push(pack(a, b, rule));
                }
            }
            if waiting.len() >= CHUNK {
                self.hand_over(part, waiting);
            }
        }
    }

    /// Takes what a sink gathered for a part.
    fn hand_over(&self, part: usize, waiting: &mut Vec<Packed>) {
        let bytes = 8 * waiting.len() as u64;
        let held = self.held.fetch_add(bytes, Ordering::Relaxed) + bytes;
        match &self.scratch {
            Some(scratch) if held > scratch.memory => {
                self.held.fetch_sub(bytes, Ordering::Relaxed);
                if let Some(place) = self.write(waiting) {
                    let written = (place, waiting.len() as u32);
                    lock(&self.parts[part]).spilled.push(written);
                }
            }
            _ => lock(&self.parts[part]).held.push(waiting.as_slice().into()),
        }
        waiting.clear();
    }

    /// Writes pairs to disk and returns where; `None` if that failed, now or before.
    fn write(&self, pairs: &[Packed]) -> Option<u64> {
        let bytes: Vec<u8> = pairs.iter().flat_map(|pair| pair.to_le_bytes()).collect();
        let mut spilled = lock(&self.spilled);
        let OnDisk {
            disk: Some(disk),
            error: error @ None,
        } = &mut *spilled
        else {
            return None;
        };
        let written = disk.append(&bytes);
        written.map_err(|failed| *error = Some(failed)).ok()
    }

    /// Hands over what all sinks still hold, and says what went to disk.
    pub fn finish(&self) -> io::Result<Spilled> {
        for mut sink in std::mem::take(&mut *lock(&self.idle)) {
            for (part, waiting) in sink.parts.iter_mut().enumerate() {
                if !waiting.is_empty() {
                    self.hand_over(part, waiting);
                }
            }
        }
        let mut spilled = lock(&self.spilled);
        match spilled.error.take() {
            Some(error) => Err(error),
            None => Ok(Spilled {
                bytes: spilled.disk.as_ref().map_or(0, Disk::bytes),
            }),
        }
    }

    /// Reads all pairs of a part.
    pub fn read(&self, part: usize, into: &mut PartPairs) -> io::Result<()> {
        let PartPairs {
            gathered: pairs,
            bytes,
            sorted,
        } = into;
        pairs.clear();
        let mut part = lock(&self.parts[part]);
        for chunk in &part.held {
            pairs.extend_from_slice(chunk);
        }
        if self.scratch.as_ref().is_some_and(|scratch| scratch.once) {
            part.held = Vec::new();
        }
        if !part.spilled.is_empty()
            && let Some(disk) = &mut lock(&self.spilled).disk
        {
            for &(place, count) in &part.spilled {
                bytes.resize(8 * count as usize, 0);
                disk.read(place, bytes)?;
                let numbers = bytes.as_chunks::<8>().0;
                pairs.extend(numbers.iter().map(|&number| u64::from_le_bytes(number)));
            }
        }
        sorted
            .sorted(pairs, WIDTH as usize, |&packed| (packed >> 40) as usize)
            .dedup();
        Ok(())
    }
}

impl PartPairs {
    /// The pairs, ascending, each with every rule that brings it, once.
    pub fn pairs(&self) -> &[Packed] {
        self.sorted.last()
    }
}

/// The lock, also after a task that held it panicked: the panic itself is passed on by rayon.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
