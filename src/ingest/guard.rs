//! A wall around readers of binary formats written elsewhere.
//!
//! A damaged workbook or Parquet file may make its library panic. Input never panics here, so
//! calls into them are caught and become errors, without a message on stderr.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// What `call` returns; its panic becomes an error. `call` must leave nothing behind that is used
/// after an error.
pub(super) fn guard<T, E: std::fmt::Display>(
    call: impl FnOnce() -> Result<T, E>,
) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let previous = take_hook();
        set_hook(Box::new(move |info| {
            if !QUIET.get() {
                previous(info);
            }
        }));
    });
    QUIET.set(true);
    let result = catch_unwind(AssertUnwindSafe(call));
    QUIET.set(false);
    match result {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("its content makes no sense".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error() {
        assert_eq!(guard(|| Ok::<_, String>(1)), Ok(1));
        assert_eq!(guard(|| Err::<(), _>("no")), Err("no".to_owned()));
        let empty: Vec<u8> = Vec::new();
        assert!(guard(|| Ok::<_, String>(empty[0])).is_err());
    }
}
