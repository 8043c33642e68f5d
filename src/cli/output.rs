//! stdout and stderr: buffered output for pipes, and progress for people who wait.

use std::io::{self, BufWriter, StdoutLock, Write as _};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::base::clock;

use super::environment::Environment;

/// Work that is done sooner shows no bar.
const PATIENCE: Duration = Duration::from_millis(400);
const OUTPUT_BUFFER: usize = 64 * 1024;

/// stdout, written in large pieces; it must be flushed.
pub(super) fn stdout() -> BufWriter<StdoutLock<'static>> {
    BufWriter::with_capacity(OUTPUT_BUFFER, io::stdout().lock())
}

/// Says something beside the output.
pub(super) fn note(text: &str) {
    // Where stderr is closed, nobody wants to know.
    let _ = io::stderr().write_all(text.as_bytes());
}

/// A bar on stderr, shown only to people and only if the work is long.
pub(super) struct Progress {
    wanted: bool,
    what: &'static str,
    started: Instant,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// A bar for some work, `reading`, `replaying`, that begins now.
    pub(super) fn new(what: &'static str, environment: &Environment) -> Self {
        Self { wanted: environment.terminals.stderr, what, started: clock::instant(), bar: None }
    }

    /// Shows that `done` of `total` is done; a total of 0 is not known.
    pub(super) fn at(&mut self, done: u64, total: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(done);
        } else if self.wanted && self.started.elapsed() >= PATIENCE {
            let target = ProgressDrawTarget::stderr_with_hz(10);
            let bar = ProgressBar::with_draw_target((total > 0).then_some(total), target);
            let template = if total > 0 {
                "{msg} {bar:30} {percent:>3} % {eta} left"
            } else {
                "{msg} {spinner} {elapsed}"
            };
            bar.set_style(
                ProgressStyle::with_template(template)
                    .unwrap_or_else(|_| ProgressStyle::default_bar())
                    .progress_chars("=> "),
            );
            bar.set_message(self.what);
            bar.set_position(done);
            self.bar = Some(bar);
        }
    }
}

/// The bar goes with its work, and leaves nothing behind.
impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
