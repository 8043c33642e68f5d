//! Reports of bugs: a panic as escaped lines, since its message may contain parts of the input.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::panic::{self, PanicHookInfo};
use std::thread;

use super::output::note;

/// Installs the report as the hook for panics.
pub(super) fn report_in_lines() {
    panic::set_hook(Box::new(|found| lines(found).into_iter().for_each(note)));
}

fn lines(found: &PanicHookInfo<'_>) -> Vec<String> {
    let payload = found.payload();
    let said = payload.downcast_ref::<&str>().copied();
    let said = said.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let place = found.location().map_or_else(String::new, |place| format!(" at {place}"));
    let thread = thread::current();
    let mut lines = vec![
        format!("error: a bug in counterscope: {}", said.unwrap_or("a panic without a message")),
        format!("  in the thread `{}`{place}", thread.name().unwrap_or("without a name")),
        "help: please report it, with these lines and with what you did".to_owned(),
    ];
    let backtrace = Backtrace::capture();
    if backtrace.status() == BacktraceStatus::Captured {
        lines.extend(backtrace.to_string().lines().map(str::to_owned));
    }
    lines
}
