//! Long output on a terminal, page by page.

use std::io::{self, IsTerminal, Write};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use console::{Term, measure_text_width};
use tokio::signal::unix::{SignalKind, signal};

/// Whether there is to be no pager.
static OFF: AtomicBool = AtomicBool::new(false);

/// Prints all that follows as it is.
pub fn off() {
    OFF.store(true, Ordering::Relaxed);
}

/// Prints a text on standard output: through the pager of the user (`PAGER`, else `less`) if that is
/// a terminal and the text is longer than it. A pager that is quit early, or is none, is no error.
///
/// # Errors
/// If standard output cannot be written.
pub fn print(text: &str) -> io::Result<()> {
    if let Some(mut pager) = pager(text)
        && shown(&mut pager, text)
    {
        return Ok(());
    }
    let mut output = io::stdout().lock();
    output.write_all(text.as_bytes())?;
    output.flush()
}

/// The pager, if this text needs one.
fn pager(text: &str) -> Option<Command> {
    if OFF.load(Ordering::Relaxed) || !io::stdout().is_terminal() {
        return None;
    }
    let (rows, columns) = Term::stdout().size_checked()?;
    if rows == 0 || columns == 0 || height(text, columns.into()) < rows.into() {
        return None;
    }
    let mut command = match std::env::var("PAGER") {
        Ok(chosen) if chosen.trim().is_empty() || chosen.trim() == "cat" => return None,
        Ok(chosen) => {
            let mut command = Command::new("sh");
            command.args(["-c", &chosen]);
            command
        }
        Err(_) => Command::new("less"),
    };
    // As git does: colours shown, the screen left as it is. What the user has set stays.
    for (name, value) in [("LESS", "FRX"), ("LESSCHARSET", "utf-8")] {
        if std::env::var_os(name).is_none() {
            command.env(name, value);
        }
    }
    command.stdin(Stdio::piped());
    Some(command)
}

/// Lines of a terminal that a text takes.
fn height(text: &str, columns: usize) -> usize {
    let lines = text.lines().map(measure_text_width);
    lines.map(|width| width.div_ceil(columns).max(1)).sum()
}

/// Shows a text through a pager; `false` if there is no such program.
fn shown(pager: &mut Command, text: &str) -> bool {
    // An interrupt is the pager's affair: whoever handles it is not ended by it.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let _handled = runtime.as_ref().ok().and_then(|runtime| {
        let _within = runtime.enter();
        signal(SignalKind::interrupt()).ok()
    });
    let Ok(mut child) = pager.spawn() else {
        return false;
    };
    if let Some(mut input) = child.stdin.take() {
        // It may be quit before all is written.
        let _ = input.write_all(text.as_bytes());
    }
    let code = child.wait().ok().and_then(|status| status.code());
    // What a shell leaves with where it finds no such command, or may not run it.
    !matches!(code, Some(126 | 127))
}

#[cfg(test)]
mod tests {
    use super::height;

    #[test]
    fn lines_that_are_too_long_take_several() {
        for (text, columns, expected) in [
            ("", 10, 0),
            ("a\nb\n", 10, 2),
            ("a\n\nb\n", 10, 3),
            ("0123456789", 10, 1),
            ("0123456789a", 10, 2),
            ("一人一档一", 10, 1),
            ("一人一档一档", 10, 2),
            ("\u{1b}[1m0123456789\u{1b}[0m", 10, 1),
        ] {
            assert_eq!(height(text, columns), expected, "{text:?}");
        }
    }
}
