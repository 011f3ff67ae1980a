//! Files of a store that are not as they were written.

use std::fs;
use std::path::{Path, PathBuf};

use rocksdb::{DB, Options};
use yiren::store::{Durability, Family, Store, StoreError};

use super::dump::{Content, Told, check, copy, link, open_and_check, scratch};
use super::history::{Event, Expected, History, busy_options, happen};
use super::people::{create, options};

/// Events whose commits are in files of their own, and events after these, which are in the log.
const EVENTS: (u64, u64) = (60, 75);

/// A closed store: some of it in SST files of several levels, the last events in the log alone.
struct Sample {
    _temporary: tempfile::TempDir,
    folder: PathBuf,
    content: Content,
}

impl Sample {
    fn new() -> Sample {
        let temporary = scratch();
        let folder = temporary.path().join("store");
        drop(create(&folder));
        let history = History(11);
        let mut expected = Expected::default();
        for (options, end) in [(busy_options(), EVENTS.0), (options(), EVENTS.1)] {
            let store = Store::open(&folder, &options).unwrap();
            while expected.events < end
                || matches!(history.event(expected.events - 1), Event::Stash(_))
            {
                let event = history.event(expected.events);
                happen(&store, &event, &expected, Durability::System).unwrap();
                expected.follow(&event);
            }
        }
        // A copy is opened: opening would write the log into SST files.
        let copied = temporary.path().join("copy");
        copy(&folder, &copied);
        let Told::Sound(content) = open_and_check(&copied, &options()) else {
            panic!()
        };
        Sample {
            _temporary: temporary,
            folder,
            content,
        }
    }

    /// The files of the database whose names begin or end so.
    fn files(&self, part: &str) -> Vec<PathBuf> {
        let files = fs::read_dir(self.folder.join("db")).unwrap();
        let mut files: Vec<PathBuf> = files.map(|entry| entry.unwrap().path()).collect();
        files.retain(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            name.starts_with(part) || name.ends_with(part)
        });
        files.sort_unstable();
        assert!(!files.is_empty(), "no {part}");
        files
    }

    /// What a copy of the store says of itself when a file of it was damaged.
    fn damaged(&self, file: &Path, damage: Damage) -> Told {
        let temporary = scratch();
        let folder = temporary.path().join("store");
        copy(&self.folder, &folder);
        damage.inflict(&folder.join(file.strip_prefix(&self.folder).unwrap()));
        open_and_check(&folder, &options())
    }

    /// As [`Sample::damaged`], of who only reads the store.
    fn damaged_and_read(&self, file: &Path, damage: Damage) -> Told {
        let temporary = scratch();
        let folder = temporary.path().join("store");
        link(&self.folder, &folder, file);
        damage.inflict(&folder.join(file.strip_prefix(&self.folder).unwrap()));
        check(Store::open_read_only(&folder, &options()))
    }

    /// Damages a file in several ways; every one must be told, or have changed nothing that the
    /// store holds. Returns how often each was the case.
    fn expect(&self, file: &Path, damages: impl IntoIterator<Item = Damage>) -> Count {
        let mut count = Count::default();
        damages
            .into_iter()
            .for_each(|damage| count.add(self, self.damaged(file, damage), file, damage));
        count
    }

    /// As [`Sample::expect`], of who only reads the store.
    fn expect_read(&self, file: &Path, damages: impl IntoIterator<Item = Damage>) -> Count {
        let mut count = Count::default();
        let read = |damage| self.damaged_and_read(file, damage);
        damages
            .into_iter()
            .for_each(|damage| count.add(self, read(damage), file, damage));
        count
    }
}

/// How often damage was told, and how often it changed nothing that a store holds.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
struct Count {
    told: usize,
    harmless: usize,
}

impl Count {
    fn add(&mut self, sample: &Sample, told: Told, file: &Path, damage: Damage) {
        match told {
            Told::Error(error) => {
                assert_clear(&error, file, damage);
                self.told += 1;
            }
            Told::Faults(_) => self.told += 1,
            Told::Sound(content) => {
                assert!(
                    content == sample.content,
                    "{file:?} {damage:?}: something is lost in silence"
                );
                self.harmless += 1;
            }
        }
    }
}

/// So often told.
const fn told(told: usize) -> Count {
    Count { told, harmless: 0 }
}

/// What is done to a file.
#[derive(Copy, Clone, Debug)]
enum Damage {
    Delete,
    /// It ends after so many bytes.
    Cut(u64),
    /// A bit is turned.
    Flip(u64),
}

impl Damage {
    fn inflict(self, file: &Path) {
        match self {
            Damage::Delete => fs::remove_file(file).unwrap(),
            Damage::Cut(bytes) => {
                let file = fs::OpenOptions::new().write(true).open(file).unwrap();
                file.set_len(bytes).unwrap();
            }
            Damage::Flip(bit) => {
                let mut bytes = fs::read(file).unwrap();
                bytes[bit as usize / 8] ^= 1 << (bit % 8);
                fs::write(file, bytes).unwrap();
            }
        }
    }
}

/// So many places of a file, the first and the last among them.
fn places(file: &Path, count: u64) -> impl Iterator<Item = u64> + use<> {
    let last = fs::metadata(file).unwrap().len() - 1;
    (0..count).map(move |place| place * last / (count - 1))
}

fn flips(file: &Path, count: u64) -> impl Iterator<Item = Damage> + use<> {
    places(file, count).map(|place| Damage::Flip(place * 8 + place % 8))
}

fn cuts(file: &Path, count: u64) -> impl Iterator<Item = Damage> + use<> {
    places(file, count).map(Damage::Cut)
}

/// What the error of a damaged store must be: it says what to do, and is none of those that have
/// other reasons.
fn assert_clear(error: &StoreError, file: &Path, damage: Damage) {
    let is_damage = matches!(
        error,
        StoreError::Damaged(_) | StoreError::Lost { .. } | StoreError::Unnoted { .. }
    );
    assert!(is_damage, "{file:?} {damage:?}: {error:?}");
    let text = error.to_string();
    assert!(text.contains("restore the latest backup"), "{text}");
    assert!(!text.contains("欧阳") && !text.contains("110101"), "{text}");
}

#[test]
fn damaged_files_of_records_and_indexes_are_told() {
    let sample = Sample::new();
    let files = sample.files(".sst");
    assert!(files.len() > 10);
    let mut turned = Count::default();
    for file in &files {
        let lost = cuts(file, 3).chain([Damage::Delete]);
        assert_eq!(
            sample.expect_read(file, lost),
            told(4),
            "{file:?}: every loss of a part must be told"
        );
        let count = sample.expect_read(file, flips(file, 7));
        turned.told += count.told;
        turned.harmless += count.harmless;
    }
    // What a former generation left is in some files, and nobody reads it any more.
    eprintln!("{} files; bits turned: {turned:?}", files.len());
    assert!(turned.told > 5 * turned.harmless);
    for file in files.iter().step_by(4) {
        assert_eq!(sample.expect(file, [Damage::Delete]), told(1));
        sample.expect(file, flips(file, 3));
    }
}

#[test]
fn a_damaged_log_is_told() {
    let sample = Sample::new();
    let files = sample.files(".log");
    let log = files.last().unwrap();
    // The end of the file is the end of the last commit: every cut takes acknowledged bytes.
    assert_eq!(
        sample.expect(log, cuts(log, 15).chain([Damage::Delete])),
        told(16)
    );
    assert_eq!(
        sample.expect_read(log, cuts(log, 100).chain(flips(log, 200))),
        told(300)
    );
    assert_eq!(sample.expect(log, flips(log, 15)), told(15));
    let cut = Damage::Cut(fs::metadata(log).unwrap().len() - 1);
    let lost = sample.damaged(log, cut);
    assert!(
        matches!(lost, Told::Error(StoreError::Lost { acknowledged, found }) if acknowledged == found + 1)
    );
}

#[test]
fn damaged_lists_of_files_are_told() {
    let sample = Sample::new();
    let manifests = sample.files("MANIFEST");
    let manifest = manifests.last().unwrap();
    let all = || {
        cuts(manifest, 50)
            .chain(flips(manifest, 50))
            .chain([Damage::Delete])
    };
    let count = sample.expect_read(manifest, all());
    assert!(count.told > 95, "{count:?}");
    let count = sample.expect(manifest, all().step_by(7));
    assert!(count.told > 13, "{count:?}");
    let current = &sample.files("CURRENT")[0];
    let bits = fs::metadata(current).unwrap().len() * 8;
    let all = || {
        cuts(current, 8)
            .chain((0..bits).map(Damage::Flip))
            .chain([Damage::Delete])
    };
    assert_eq!(
        sample.expect_read(current, all()),
        told(8 + bits as usize + 1)
    );
    let count = sample.expect(current, all().step_by(10));
    assert_eq!(count.harmless, 0);
}

/// The places of the kinds of the records of a log: blocks of 32 KiB, each full of records of seven
/// bytes of header, of which the fifth and sixth are the length and the last is the kind.
fn kinds(log: &Path) -> Vec<u64> {
    let bytes = fs::read(log).unwrap();
    let mut kinds = Vec::new();
    let mut place = 0;
    while place + 7 <= bytes.len() {
        let left = (32 << 10) - place % (32 << 10);
        if left < 7 {
            place += left;
            continue;
        }
        kinds.push(place as u64 + 6);
        place += 7 + usize::from(u16::from_le_bytes([bytes[place + 4], bytes[place + 5]]));
    }
    kinds
}

/// RocksDB reads a log for ever if it meets a record of a kind that only logs have that were written
/// over others.
#[test]
fn records_of_kinds_that_are_never_written_are_told() {
    let sample = Sample::new();
    for name in ["MANIFEST", ".log"] {
        let logs = sample.files(name);
        let log = logs.last().unwrap();
        let kinds = kinds(log);
        assert!(kinds.len() > 5, "{log:?}");
        // A full record, the first part of one and a middle become such.
        let flips = || kinds.iter().map(|place| Damage::Flip(place * 8 + 2));
        assert_eq!(sample.expect_read(log, flips()), told(kinds.len()));
        let some = || flips().step_by(kinds.len() / 3);
        assert_eq!(sample.expect(log, some()), told(some().count()));
    }
}

#[test]
fn a_damaged_note_of_what_was_acknowledged_is_told() {
    let sample = Sample::new();
    let note = sample.folder.join("acknowledged");
    let all = (0..16)
        .map(Damage::Cut)
        .chain((0..16 * 8).map(Damage::Flip))
        .chain([Damage::Delete]);
    assert_eq!(sample.expect_read(&note, all), told(16 + 16 * 8 + 1));
    let some = [
        Damage::Delete,
        Damage::Cut(0),
        Damage::Cut(9),
        Damage::Flip(3),
    ];
    assert_eq!(sample.expect(&note, some), told(4));
    for damage in some {
        let temporary = scratch();
        let folder = temporary.path().join("store");
        copy(&sample.folder, &folder);
        damage.inflict(&folder.join("acknowledged"));
        let accepting = yiren::store::OpenOptions {
            accept_loss: true,
            ..options()
        };
        for options in [accepting, options()] {
            let Told::Sound(content) = open_and_check(&folder, &options) else {
                panic!("{damage:?}")
            };
            assert!(content == sample.content);
        }
    }
}

/// Changes a closed store behind its back.
fn meddle(folder: &Path, change: impl FnOnce(&DB)) {
    let families = Family::ALL.map(Family::name);
    change(&DB::open_cf(&Options::default(), folder.join("db"), families).unwrap());
}

#[test]
fn what_was_changed_behind_the_audit_is_named() {
    let sample = Sample::new();
    let of = |family: Family| {
        sample
            .content
            .iter()
            .filter(move |(other, ..)| *other == family)
    };
    let last = of(Family::Audit).count() as u64;
    let faults = |family: Family,
                  key: &[u8],
                  value: Option<&[u8]>|
     -> Vec<((Family, String), &'static str)> {
        let temporary = scratch();
        let folder = temporary.path().join("store");
        copy(&sample.folder, &folder);
        meddle(&folder, |db| {
            let family = db.cf_handle(family.name()).unwrap();
            match value {
                Some(value) => db.put_cf(&family, key, value).unwrap(),
                None => db.delete_cf(&family, key).unwrap(),
            }
        });
        let Told::Faults(faults) = check(Store::open_read_only(&folder, &options())) else {
            panic!("{} {key:?} is altered and nothing is told", family.name());
        };
        faults
            .into_iter()
            .map(|fault| ((fault.family, fault.about), fault.what))
            .collect()
    };
    let audit = |commit: u64| (Family::Audit, commit.to_string());
    for (_, key, value) in of(Family::Audit)
        .step_by(9)
        .chain(of(Family::Audit).next_back())
    {
        let commit = u64::from_be_bytes(*key.last_chunk().unwrap());
        for place in (0..value.len()).step_by(43) {
            let mut altered = value.clone();
            altered[place] ^= 1;
            let faults = faults(Family::Audit, key, Some(&altered));
            assert!(
                faults.iter().any(|(about, _)| *about == audit(commit)),
                "byte {place} of {commit} of {last}: {faults:?}"
            );
        }
        let faults = faults(Family::Audit, key, None);
        assert!(
            faults.contains(&(audit(commit), "the entry is missing")),
            "{faults:?}"
        );
    }
    for family in [Family::Records, Family::RecordHistory] {
        for (_, key, value) in of(family).step_by(9) {
            let record: yiren::store::Record = postcard::from_bytes(value).unwrap();
            let mut altered = record.clone();
            altered.record_id = format!("{}0", record.record_id).into();
            let altered = postcard::to_stdvec(&altered).unwrap();
            for value in [Some(&*altered), None] {
                let faults = faults(family, key, value);
                let what = "records of this commit were changed or removed";
                assert!(faults.contains(&(audit(record.since), what)), "{faults:?}");
            }
        }
    }
}
