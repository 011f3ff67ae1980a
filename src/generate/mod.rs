//! Invented populations with truth, to measure on and to try things out with.
//!
//! [`generate`] makes people who live in households, enrols them in eight programmes, enters some in
//! the registers of deaths and of public employees, and writes each record with the errors that records
//! of the field have. Beside them stand `truth.csv` (which records are one person) and
//! `true_findings.csv` (what the rules do not allow together).
//!
//! # What is invented, and what is not
//!
//! Invented: every person, household, name, ID number, phone, account, house, road, village and town; the
//! lists of characters for given names; the rates of errors, which are [parameters](ErrorMix) with
//! presets of the order met in the field. No record of a living or dead person was used. A name is drawn
//! character by character, so many are borne by real people, as 张伟 is by 290,000; an ID number is
//! valid in form, and may by chance be that of someone who exists.
//!
//! From public facts: provinces, prefectures, counties and their codes (GB/T 2260, revision of July 2016, by the
//! crate `gb2260`); abolished codes from its older revisions; inhabitants and peoples by province (Seventh
//! National Population Census, 2020, rounded); shares of the commonest surnames, of the first five and
//! of the first hundred (Ministry of Public Security, reports on names); the forms of the ID number (GB 11643), of
//! sex, ethnicity and relation (GB/T 2261.1, 3304, 4761) and of bank cards (ISO/IEC 7812); the Chinese calendar (GB/T 33661,
//! computed after Meeus). That three typing errors in four sound alike follows Liu et al., as quoted in the
//! literature on Chinese spelling errors.
//!
//! # Not modelled
//!
//! Divisions that change their code while people are on file; incomes; records that change over time
//! (each file is a state, not a history); offices with habits of their own.

mod calendar;
mod chunk;
mod enrolment;
mod errors;
mod families;
mod findings;
mod identity;
mod names;
mod people;
mod places;
mod random;
mod render;
mod write;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use yiren_matchers::normalise::date::Date;

use chunk::{CHUNK, Chunk, World};
pub use enrolment::Source;
pub use errors::{AddressErrors, BirthErrors, ErrorMix, IdErrors, NameErrors, OtherErrors};
use write::Files;

/// What to generate. The same options give the same bytes on any machine with any number of threads.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// People on file, each with at least one record.
    pub persons: u64,
    /// Another seed, another population.
    pub seed: u64,
    /// The day on which the files are drawn up, in the years 2000 to 2035. Enrolments still running end in its month.
    pub as_of: Date,
    /// How often records are wrong. Mixes of one seed show the same people, enrolments and record ids.
    pub errors: ErrorMix,
    /// False: no ID number anywhere, as in Brazil.
    pub national_id: bool,
    /// Mean number of records a person, 1 to 3, besides the population register.
    pub records_per_person: f64,
    /// Share of people's further records that are a second enrolment in a programme they are already in.
    pub second_enrolment: f64,
    /// Format of the sources; truth is always CSV.
    pub format: Format,
    /// Also write a register of residents (`population`), better kept than the rest.
    pub population_register: bool,
}

/// Format of the generated sources.
#[derive(Copy, Clone, Debug, Default, Eq, PartialEq)]
pub enum Format {
    /// UTF-8 with a header line.
    #[default]
    Csv,
    /// All columns text, empty fields null, zstd.
    Parquet,
}

/// What was generated.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Generated {
    /// People on file.
    pub persons: u64,
    /// Records a source; sources without a record are listed too.
    pub records: BTreeMap<Source, u64>,
    /// True findings a kind.
    pub findings: BTreeMap<&'static str, u64>,
}

/// Why nothing, or not everything, was generated.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// A share that is not between 0 and 1.
    #[error("{name} is {value}; a share lies between 0 and 1")]
    Share {
        /// Name of the option.
        name: &'static str,
        /// Its value.
        value: f64,
    },
    /// A mean number of records that cannot be had.
    #[error("records per person is {0}; give a mean between 1 and 3")]
    RecordsPerPerson(f64),
    /// A day that is incomplete or too far off.
    #[error("as-of is {0}; give a whole date in the years 2000 to 2035")]
    AsOf(Date),
    /// More people than there are ID numbers to give out.
    #[error("{persons} persons are too many; {most} at most")]
    TooMany {
        /// Asked for.
        persons: u64,
        /// Possible.
        most: u64,
    },
    /// A file that could not be written.
    #[error("cannot write {path}: {error}", path = path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        error: io::Error,
    },
}

impl Default for Options {
    fn default() -> Options {
        Options {
            persons: 10_000,
            seed: 1,
            as_of: default_as_of(),
            errors: ErrorMix::usual(),
            national_id: true,
            records_per_person: 1.5,
            second_enrolment: 0.045,
            format: Format::Csv,
            population_register: false,
        }
    }
}

/// The last day that the shipped examples reckon with.
#[expect(clippy::unwrap_used, reason = "the calendar has this day")]
fn default_as_of() -> Date {
    Date::new(2026, 6, 30).unwrap()
}

impl Format {
    fn extension(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Parquet => "parquet",
        }
    }
}

impl Options {
    fn check(&self) -> Result<(), GenerateError> {
        for (name, value) in self
            .errors
            .rates()
            .into_iter()
            .chain([("second_enrolment", self.second_enrolment)])
        {
            if !(0.0..=1.0).contains(&value) {
                return Err(GenerateError::Share { name, value });
            }
        }
        if !(1.0..=3.0).contains(&self.records_per_person) {
            return Err(GenerateError::RecordsPerPerson(self.records_per_person));
        }
        if !self.as_of.is_complete() || !(2000..=2035).contains(&self.as_of.year()) {
            return Err(GenerateError::AsOf(self.as_of));
        }
        let most = chunk::most_chunks() * CHUNK;
        if self.persons > most {
            return Err(GenerateError::TooMany {
                persons: self.persons,
                most,
            });
        }
        Ok(())
    }
}

/// What was written into the folder `out`, which is made if need be; files of the same names are replaced.
///
/// `progress` is told, now and then, how many people are written. Uses the threads of the current rayon
/// pool, and memory for a few chunks of 8192 people a thread.
///
/// # Errors
/// [`GenerateError`] for options that make no sense, before anything is written, and for files that
/// cannot be written.
pub fn generate(
    options: &Options,
    out: &Path,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Generated, GenerateError> {
    options.check()?;
    let sources: Vec<Source> = Source::ALL
        .into_iter()
        .filter(|source| *source != Source::Population || options.population_register)
        .collect();
    let mut files = Files::create(out, options.format, &sources)?;
    let world = World::new(options);
    let mut generated = Generated {
        records: sources.iter().map(|source| (*source, 0)).collect(),
        ..Generated::default()
    };

    let chunks: Vec<u64> = (0..options.persons.div_ceil(CHUNK)).collect();
    let mut made: Vec<Chunk> = Vec::new();
    for batch in chunks.chunks(2 * rayon::current_num_threads()) {
        // One batch is written while the next is made.
        let (written, next) = rayon::join(
            || write_all(&mut files, std::mem::take(&mut made), &mut generated),
            || {
                batch
                    .par_iter()
                    .map(|number| world.chunk(*number))
                    .collect()
            },
        );
        written?;
        progress(generated.persons);
        made = next;
    }
    write_all(&mut files, made, &mut generated)?;
    files.finish()?;
    progress(generated.persons);
    Ok(generated)
}

fn write_all(
    files: &mut Files,
    chunks: Vec<Chunk>,
    generated: &mut Generated,
) -> Result<(), GenerateError> {
    for chunk in chunks {
        files.append(&chunk)?;
        generated.persons += chunk.persons;
        for (source, count) in &mut generated.records {
            *count += chunk.rows[*source as usize].len() as u64;
        }
        for (kind, count) in chunk.kinds {
            *generated.findings.entry(kind).or_default() += count;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
