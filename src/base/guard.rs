//! A wall around code of others that may panic on what it is given. It must not know what that
//! code does.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is within [`guarded`]: a panic is expected there, and nobody's concern.
#[must_use]
pub fn is_guarded() -> bool {
    GUARDED.get()
}

/// Runs `work`, and returns what it says if it panics, which is not reported otherwise. What it
/// was working on must not be used after that.
///
/// For code of others only, on input that nobody has checked: a panic of our own is a fault of
/// the program and must be heard of.
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
    fn a_panic_ends_at_the_wall() {
        assert_eq!(guarded(|| 7), Ok(7));
        assert_eq!(guarded(|| -> u8 { panic!("no") }), Err("no".to_owned()));
        assert_eq!(guarded(|| -> u8 { panic!("no {}", 2) }), Err("no 2".to_owned()));
        assert_eq!(guarded(|| guarded(is_guarded)), Ok(Ok(true)));
        assert!(!is_guarded());
    }
}
