//! The service as a process.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::Desk;

/// A service that was started as a process.
pub struct Served {
    child: Child,
    pub address: String,
}

impl Served {
    pub fn start(store: &Path) -> Served {
        let mut child = Command::new(env!("CARGO_BIN_EXE_yiren"))
            .args([
                "--lang",
                "en",
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--store",
            ])
            .arg(store)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line
            .split_whitespace()
            .find(|word| word.starts_with("http://"));
        let address = address.unwrap_or_else(|| panic!("{line}")).to_string();
        Served { child, address }
    }

    /// Ends it as a power cut would; nothing is finished.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Ends it as an operator would; returns what it said on standard error.
    pub fn stop(mut self) -> String {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .unwrap()
                .success()
        );
        assert!(self.child.wait().unwrap().success());
        let mut said = String::new();
        self.child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut said)
            .unwrap();
        said
    }
}

/// A key of a role to a store, and of a scope if options say so.
pub fn key(desk: &Desk, store: &str, role: &str, options: &[&str]) -> String {
    let add = ["keys", "add", "--store", store, "--role", role];
    let added = desk.yiren(&[&add[..], options].concat()).left(0);
    added.stdout.trim().to_string()
}
