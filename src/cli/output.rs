//! stdout and stderr: exact bytes for programs, escaped lines and progress bars for people. Nothing
//! else in `cli` writes to them.

use std::io::{self, BufWriter, StdoutLock, Write as _};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{RecvTimeoutError, bounded};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::Value;

use crate::base::clock;
use crate::base::escape::{self, printable};
use crate::base::quantity::grouped;
use crate::diagnostic::{self, Report};

use super::environment::Environment;

/// Work that ends sooner shows no progress bar.
const PATIENCE: Duration = Duration::from_millis(400);
const OUTPUT_BUFFER: usize = 64 * 1024;
/// The most faults that are shown.
const FAULTS: usize = 50;

/// stdout for programs, buffered; the caller must flush it.
pub(super) fn for_programs() -> BufWriter<StdoutLock<'static>> {
    BufWriter::with_capacity(OUTPUT_BUFFER, io::stdout().lock())
}

/// Prints a value as one line of JSON to stdout.
pub(super) fn json(value: &Value) -> io::Result<()> {
    let mut out = for_programs();
    writeln!(out, "{}", escape::json(&value.to_string()))?;
    out.flush()
}

/// Prints a text for programs, which holds nothing that must be escaped, to stdout.
pub(super) fn text(text: &str) -> io::Result<()> {
    let mut out = for_programs();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// stdout for people: escaped lines, so that no text breaks a line or controls the terminal. The
/// caller must flush it.
pub(super) struct ForPeople {
    out: BufWriter<StdoutLock<'static>>,
    styled: bool,
}

impl ForPeople {
    /// stdout, coloured if the environment allows it.
    pub(super) fn new(environment: &Environment) -> Self {
        Self { out: for_programs(), styled: environment.colours_stdout() }
    }

    /// Writes a line.
    pub(super) fn line(&mut self, line: impl AsRef<str>) -> io::Result<()> {
        writeln!(self.out, "{}", printable(line.as_ref()))
    }

    /// Writes lines.
    pub(super) fn lines<L: AsRef<str>>(
        &mut self,
        lines: impl IntoIterator<Item = L>,
    ) -> io::Result<()> {
        lines.into_iter().try_for_each(|line| self.line(line))
    }

    /// Writes the faults of a config: the first ones, or all.
    pub(super) fn report(&mut self, report: &Report, all: bool) -> io::Result<()> {
        let most = if all { usize::MAX } else { FAULTS };
        // The renderer has escaped the report; escaping it again would break its styles.
        self.out.write_all(diagnostic::text_of_first(report, most, self.styled).as_bytes())?;
        hidden(report, most, "--all shows them").map_or(Ok(()), |note| self.line(note))
    }

    /// The same without the line of counts, for a command that counts the faults with others.
    pub(super) fn faults(&mut self, report: &Report, all: bool) -> io::Result<()> {
        let most = if all { usize::MAX } else { FAULTS };
        self.out.write_all(diagnostic::faults_of_first(report, most, self.styled).as_bytes())?;
        hidden(report, most, "--all shows them").map_or(Ok(()), |note| self.line(note))
    }

    /// Writes what is buffered.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Prints a line to stderr, escaped.
pub(super) fn note(line: impl AsRef<str>) {
    raw_note(&printable(line.as_ref().trim_end_matches('\n')));
}

/// Prints a value as one line of JSON to stderr.
pub(super) fn note_json(value: &Value) {
    raw_note(&escape::json(&value.to_string()));
}

/// Prints the first faults of a config to stderr.
pub(super) fn note_report(report: &Report, environment: &Environment) {
    let text = diagnostic::text_of_first(report, FAULTS, environment.colours_stderr());
    if !text.is_empty() {
        raw_note(text.trim_end_matches('\n'));
    }
    let all = "`counterscope check --all CONFIG` shows them";
    if let Some(line) = hidden(report, FAULTS, all) {
        note(line);
    }
}

/// A note that some faults are not shown.
fn hidden(report: &Report, most: usize, remedy: &str) -> Option<String> {
    let hidden = report.diagnostics.len().checked_sub(most).filter(|hidden| *hidden > 0)?;
    Some(format!("{} more are not shown; {remedy}", grouped(hidden as u64)))
}

fn raw_note(text: &str) {
    // If stderr is closed, there is nobody to report it to.
    let _ = io::stderr().write_all(format!("{text}\n").as_bytes());
}

/// Runs work that may block; if it takes long, prints `line` to a terminal on stderr.
pub(super) fn say_if_slow<T>(line: &str, environment: &Environment, work: impl FnOnce() -> T) -> T {
    if !environment.terminals.stderr {
        return work();
    }
    let (done, waits) = bounded::<()>(0);
    thread::scope(|scope| {
        let wait = move || {
            if waits.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                note(line);
            }
        };
        // Without the thread the work runs all the same.
        let _ = thread::Builder::new().spawn_scoped(scope, wait);
        let worked = work();
        drop(done);
        worked
    })
}

/// A progress bar on stderr: only on a terminal, and only for long work.
pub(super) struct Progress {
    wanted: bool,
    what: &'static str,
    started: Instant,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// A bar that starts now; `what` names the work: `reading`, `replaying`.
    pub(super) fn new(what: &'static str, environment: &Environment) -> Self {
        Self { wanted: environment.terminals.stderr, what, started: clock::instant(), bar: None }
    }

    /// Shows that `done` of `total` is done; a total of 0 is unknown.
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

/// The bar disappears with the work.
impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
