//! A guard around code of other crates that may panic on its input.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// True if this thread is within [`guarded`], where a panic is expected and not reported.
#[must_use]
pub fn is_guarded() -> bool {
    GUARDED.get()
}

/// Runs `work`; returns the message of a panic, which is not reported otherwise. Whatever `work`
/// was changing must not be used after a panic.
///
/// Only for code of other crates on unchecked input: a panic of our own code is a bug and must be
/// reported.
pub fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let report = take_hook();
        set_hook(Box::new(move |panic| {
            if !is_guarded() {
                report(panic);
            }
        }));
    });
    let before = GUARDED.replace(true);
    let done = catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(before);
    done.map_err(|panic| match panic.downcast::<String>() {
        Ok(said) => *said,
        Err(panic) => panic
            .downcast_ref::<&str>()
            .map_or_else(|| "it cannot be decoded".to_owned(), |said| (*said).to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_ends_at_the_guard() {
        assert_eq!(guarded(|| 7), Ok(7));
        assert_eq!(guarded(|| -> u8 { panic!("no") }), Err("no".to_owned()));
        assert_eq!(guarded(|| -> u8 { panic!("no {}", 2) }), Err("no 2".to_owned()));
        assert_eq!(guarded(|| guarded(is_guarded)), Ok(Ok(true)));
        assert!(!is_guarded());
    }
}
