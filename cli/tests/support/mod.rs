//! Runs the built program in a folder of its own, as a user would.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    unreachable_pub,
    reason = "each test file uses its part of this"
)]

pub mod served;
pub mod village;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A temporary folder that the program is started in, so that every path it prints is relative.
pub struct Desk {
    folder: tempfile::TempDir,
}

/// What one run came to.
pub struct Run {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Desk {
    pub fn new() -> Desk {
        Desk {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file and the folders it is in.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        let path = self.path(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Runs the program in English, whatever the language of this machine.
    pub fn yiren<S: AsRef<std::ffi::OsStr>>(&self, arguments: &[S]) -> Run {
        self.yiren_in("C.UTF-8", arguments)
    }

    /// Runs the program with `LANG` as given.
    pub fn yiren_in<S: AsRef<std::ffi::OsStr>>(&self, lang: &str, arguments: &[S]) -> Run {
        self.yiren_with(lang, &[], arguments)
    }

    /// Runs the program with `LANG` and further variables as given.
    pub fn yiren_with<S: AsRef<std::ffi::OsStr>>(
        &self,
        lang: &str,
        environment: &[(&str, &str)],
        arguments: &[S],
    ) -> Run {
        let output = Command::new(env!("CARGO_BIN_EXE_yiren"))
            .args(arguments)
            .current_dir(self.folder.path())
            .env_remove("LC_ALL")
            .env_remove("LC_MESSAGES")
            .env("LANG", lang)
            .envs(environment.iter().copied())
            .output()
            .unwrap();
        let run = Run {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        };
        assert!(!run.stderr.contains("panicked"), "{run}");
        run
    }
}

impl Run {
    /// This run, if it left that exit code; fails showing all of it otherwise.
    #[track_caller]
    pub fn left(self, code: i32) -> Run {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self
            .code
            .map_or("none".to_string(), |code| code.to_string());
        write!(
            f,
            "status: {code}\n----- stdout -----\n{}----- stderr -----\n{}",
            self.stdout, self.stderr
        )
    }
}

/// The rows of a CSV file below its header, and the header.
pub fn table(path: &Path) -> (csv::StringRecord, Vec<csv::StringRecord>) {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let header = reader.headers().unwrap().clone();
    (header, reader.records().map(Result::unwrap).collect())
}

/// Hides moments, which differ from run to run.
pub fn steady(run: &Run) -> String {
    without_moments(&run.to_string())
}

/// Hides moments in a text.
pub fn without_moments(text: &str) -> String {
    const MOMENT: &[u8] = b"0000-00-00 00:00:00";
    let is_moment = |at: usize| {
        text.as_bytes()
            .get(at..at + MOMENT.len())
            .is_some_and(|bytes| {
                let alike = |(form, byte): (&u8, &u8)| match form {
                    b'0' => byte.is_ascii_digit(),
                    form => form == byte,
                };
                MOMENT.iter().zip(bytes).all(alike)
            })
    };
    let (mut hidden, mut at) = (String::new(), 0);
    while let Some(next) = text[at..].chars().next() {
        if is_moment(at) {
            hidden.push('#');
            at += MOMENT.len();
        } else {
            hidden.push(next);
            at += next.len_utf8();
        }
    }
    hidden
}
