//! stdout and stderr: exact bytes for programs, escaped lines for people, and progress for people
//! who wait. Nothing else in `cli` writes to them.

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

/// Work that is done sooner shows no bar.
const PATIENCE: Duration = Duration::from_millis(400);
const OUTPUT_BUFFER: usize = 64 * 1024;
/// So many faults are shown at once.
const FAULTS: usize = 50;

/// stdout for programs, written in large pieces; it must be flushed.
pub(super) fn for_programs() -> BufWriter<StdoutLock<'static>> {
    BufWriter::with_capacity(OUTPUT_BUFFER, io::stdout().lock())
}

/// A value as one line of JSON on stdout.
pub(super) fn json(value: &Value) -> io::Result<()> {
    let mut out = for_programs();
    writeln!(out, "{}", escape::json(&value.to_string()))?;
    out.flush()
}

/// stdout for people: lines, and whatever a line holds, it is one, and nothing in it steers a
/// terminal. It must be flushed.
pub(super) struct ForPeople {
    out: BufWriter<StdoutLock<'static>>,
    styled: bool,
}

impl ForPeople {
    /// It, coloured if that is welcome.
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

    /// Writes the faults of a config, the first of them unless `all` are wanted.
    pub(super) fn report(&mut self, report: &Report, all: bool) -> io::Result<()> {
        let most = if all { usize::MAX } else { FAULTS };
        // It escapes what the report holds; escaped again, its own styles would be lost.
        self.out.write_all(diagnostic::text_of_first(report, most, self.styled).as_bytes())?;
        hidden(report, most, "--all shows them").map_or(Ok(()), |note| self.line(note))
    }

    /// The same without the counts at its end, for a command that counts them with others.
    pub(super) fn faults(&mut self, report: &Report, all: bool) -> io::Result<()> {
        let most = if all { usize::MAX } else { FAULTS };
        self.out.write_all(diagnostic::faults_of_first(report, most, self.styled).as_bytes())?;
        hidden(report, most, "--all shows them").map_or(Ok(()), |note| self.line(note))
    }

    /// Hands everything on.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Says a line beside the output, escaped like those on stdout.
pub(super) fn note(line: impl AsRef<str>) {
    raw_note(&printable(line.as_ref().trim_end_matches('\n')));
}

/// Says a value beside the output, as one line of JSON.
pub(super) fn note_json(value: &Value) {
    raw_note(&escape::json(&value.to_string()));
}

/// Says the first faults of a config beside the output.
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

/// That some faults are not shown.
fn hidden(report: &Report, most: usize, remedy: &str) -> Option<String> {
    let hidden = report.diagnostics.len().checked_sub(most).filter(|hidden| *hidden > 0)?;
    Some(format!("{} more are not shown; {remedy}", grouped(hidden as u64)))
}

fn raw_note(text: &str) {
    // Where stderr is closed, nobody wants to know.
    let _ = io::stderr().write_all(format!("{text}\n").as_bytes());
}

/// Does what may have to wait for somebody, and tells people on a terminal if it does.
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
        // Without the thread the work is done all the same.
        let _ = thread::Builder::new().spawn_scoped(scope, wait);
        let worked = work();
        drop(done);
        worked
    })
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
