//! `scripts/bootstrap.sh` on machines made of fake commands; the cases are in `bootstrap.sh`.
#![cfg(unix)]

use std::process::Command;

#[test]
fn bootstrap_installs_what_is_missing_and_nothing_else() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bootstrap.sh");
    let output = Command::new("bash").arg(script).output().unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
