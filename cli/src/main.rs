//! The `yiren` command.
fn main() {}
