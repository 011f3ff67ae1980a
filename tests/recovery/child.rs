//! Processes of their own that work on a store: this very program, started again with a role.

use std::env;
use std::io::{BufRead, BufReader, Lines, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

use super::{disk, kills};

/// Names the role of a process that was started by another.
const ROLE: &str = "YIREN_RECOVERY_ROLE";

/// What the role needs to know, parted by new lines.
const TOLD: &str = "YIREN_RECOVERY_TOLD";

/// The entry of the processes that the other tests start; by itself it has nothing to do.
#[test]
#[ignore = "started by other tests, as a process of its own"]
fn act() {
    let Ok(role) = env::var(ROLE) else { return };
    let told = env::var(TOLD).unwrap();
    let told: Vec<&str> = told.split('\n').collect();
    match &*role {
        "live" => kills::live(&told),
        "hold" => super::access::hold(&told),
        "write" => super::access::write(&told),
        "fill" => disk::fill(&told),
        "fill and free" => disk::fill_and_free(&told),
        _ => panic!("no role {role}"),
    }
}

/// The command that starts a process with a role, through a shell that does `first` before.
pub fn through_shell(wrapper: &[&str], first: &str, role: &str, told: &[&str]) -> Command {
    let program = env::current_exe().unwrap();
    let mut words = wrapper.iter().copied().chain(["sh", "-ec"]);
    let mut command = Command::new(words.next().unwrap());
    command.args(words);
    command
        .arg(format!("{first}\nexec \"$0\" \"$@\""))
        .arg(program);
    command.args([
        "--ignored",
        "--exact",
        "child::act",
        "--nocapture",
        "--test-threads=1",
    ]);
    command.env(ROLE, role).env(TOLD, told.join("\n"));
    command
}

/// Says a line to the process that started this one.
pub fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // One write: a process that is killed says all of a line or nothing of it.
    out.write_all(format!("\n{line}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}

/// A process with a role, and what it says.
pub struct Other {
    process: Child,
    said: Lines<BufReader<ChildStdout>>,
}

impl Other {
    /// Starts one.
    pub fn start(role: &str, told: &[&str]) -> Other {
        Other::begin(through_shell(&[], ":", role, told))
    }

    /// Starts one by its command.
    pub fn begin(mut command: Command) -> Other {
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(process.stdout.take().unwrap()).lines();
        Other { process, said }
    }

    /// The next line that begins with one of the words; `None` when it says no more.
    pub fn next(&mut self, words: &[&str]) -> Option<String> {
        let mut said = self.said.by_ref().map_while(Result::ok);
        said.find(|line| words.contains(&line.split(' ').next().unwrap_or("")))
    }

    /// Lets it go on that waits for a word.
    pub fn go_on(&mut self) {
        let word = self.process.stdin.as_mut().unwrap();
        word.write_all(b"\n").unwrap();
    }

    /// Kills it; it cannot do anything about it.
    pub fn kill(&mut self) {
        self.process.kill().unwrap();
    }

    /// What it came to, when it has ended.
    pub fn end(mut self) -> ExitStatus {
        drop(self.process.stdin.take());
        self.process.wait().unwrap()
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        // It has ended already, unless a test stopped at a surprise.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A path as what a process is told.
pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
