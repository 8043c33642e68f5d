//! The config of a session: what is on disk, what is in use, and what the last save changed.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::base::clock;
use crate::diagnostic::{Report, Severity};
use crate::plan::Plan;
use crate::plan::lower::compile;
use crate::tape::Tape;

use super::columns::Name;
use super::comparing::{Before, words};
use super::replay::Replay;
use super::snapshot::{Config, DiffLine};
use super::watch;

/// Where the config comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigSource {
    /// A file, which is watched.
    File(PathBuf),
    /// A text that the program carries.
    Embedded {
        /// How it is called on the screen.
        name: &'static str,
        /// The text.
        text: &'static str,
    },
}

impl ConfigSource {
    /// The name for reports: the path as it was given.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Embedded { name, .. } => (*name).to_owned(),
        }
    }

    /// The file's name alone.
    #[must_use]
    pub fn short_name(&self) -> String {
        match self {
            Self::File(path) => path
                .file_name()
                .map_or_else(|| self.name(), |name| name.to_string_lossy().into_owned()),
            Self::Embedded { name, .. } => (*name).to_owned(),
        }
    }

    /// Its text.
    pub fn read(&self) -> io::Result<Arc<str>> {
        match self {
            Self::File(path) => watch::read(path),
            Self::Embedded { text, .. } => Ok((*text).into()),
        }
    }
}

/// How long a config may be missing or empty before that is told: longer than any save leaves it
/// so.
const PATIENCE: Duration = Duration::from_secs(1);

/// A plan that was read and waits to be taken up.
pub(super) struct Next {
    pub(super) plan: Arc<Plan>,
    /// Its text: what is on disk may have changed again by the time that it is taken up.
    text: Arc<str>,
    read_at: Instant,
    /// What serves it, where the events in use do not.
    pub(super) events: Option<Events>,
    /// Whether nothing is missing but that what is under way is done.
    pub(super) is_ready: bool,
}

impl Next {
    /// What was read for it.
    pub(super) fn tape(&self) -> Option<&Tape> {
        match self.events.as_ref()? {
            Events::All(tape, _) => Some(tape),
            Events::Columns(tape, _) => Some(tape),
        }
    }
}

/// What was read of the log for a config.
pub(super) enum Events {
    /// All that it needs, and the name under which that can be kept.
    All(Arc<Tape>, Option<Name>),
    /// What the events in use lack, and the name under which both together can be kept.
    Columns(Box<Tape>, Option<Name>),
}

/// The state of a session's config.
pub(super) struct Configuring {
    source: ConfigSource,
    /// The text in use.
    used: Arc<str>,
    config: Arc<Config>,
    /// The newest plan that was read, until it is taken up.
    pub(super) next: Option<Next>,
    /// What is being taken up: the values before it, its text, and when that was read.
    pending: Option<(Before, Arc<str>, Instant)>,
    absence: Absence,
}

/// Whether there is a config on disk. Between the steps of a save there may be none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Absence {
    /// It is there.
    None,
    /// It is missing or empty, since then.
    Since(Instant),
    /// It is missing, and that was told.
    Told,
}

impl Configuring {
    /// A config that was read at the start, with its report; `valid` tells whether it is in use.
    pub(super) fn new(source: ConfigSource, report: Report, valid: bool) -> Self {
        let path = matches!(source, ConfigSource::File(_)).then(|| source.name());
        let text = Arc::clone(&report.text);
        let config = Config {
            path,
            version: u32::from(valid),
            text: Arc::clone(&text),
            stale: !valid,
            report: Arc::new(report),
            change: None,
        };
        let used = if valid { text } else { "".into() };
        Self {
            source,
            used,
            config: Arc::new(config),
            next: None,
            pending: None,
            absence: Absence::None,
        }
    }

    /// What the screen shows of it.
    pub(super) const fn config(&self) -> &Arc<Config> {
        &self.config
    }

    /// Whether there was a config that could be used.
    pub(super) fn is_in_use(&self) -> bool {
        self.config.version > 0
    }

    /// When to read again, even if nothing is seen to happen: a config that is missing or empty
    /// may have been caught in the middle of a save, or may stay so.
    pub(super) fn due(&self) -> Option<Instant> {
        match self.absence {
            Absence::Since(since) => Some(since + PATIENCE),
            Absence::None | Absence::Told => None,
        }
    }

    /// Reads the file if its text differs from the one last read, or if `asked` to. A config that
    /// can be used is the [next](Self::next) one: `Some(Ok)`. `None`: nothing new. An error says
    /// why it is not used.
    pub(super) fn read(&mut self, asked: bool) -> Option<Result<(), String>> {
        let read_at = clock::instant();
        let patient = !asked && self.due().is_none_or(|due| read_at < due);
        let told = self.absence == Absence::Told;
        let text = match self.source.read() {
            Ok(text) if !text.is_empty() || !patient => {
                self.absence = Absence::None;
                text
            }
            Err(error) if error.kind() != io::ErrorKind::NotFound || !patient => {
                self.absence = Absence::Told;
                return Some(Err(format!(
                    "{} cannot be read: {error} — {}",
                    self.source.name(),
                    self.in_use()
                )));
            }
            // What is missing or empty is the middle of a save, until it has stayed so.
            Ok(_) | Err(_) => {
                if self.absence == Absence::None {
                    self.absence = Absence::Since(read_at);
                }
                return None;
            }
        };
        if text == self.config.text && !asked && !told {
            return None;
        }
        let (plan, report) = compile(&self.source.name(), &text);
        let mut config = Config::clone(&self.config);
        config.text = text;
        config.report = Arc::new(report);
        config.stale = plan.is_none();
        self.config = Arc::new(config);
        let Some(plan) = plan else { return Some(Err(self.rejection())) };
        let text = Arc::clone(&self.config.text);
        let plan = Arc::new(plan);
        self.next = Some(Next { plan, text, read_at, events: None, is_ready: false });
        Some(Ok(()))
    }

    /// The next config cannot be taken up, for a reason that is not its own.
    pub(super) fn give_up(&mut self) {
        self.next = None;
        Arc::make_mut(&mut self.config).stale = true;
    }

    fn in_use(&self) -> String {
        match self.config.version {
            0 => "nothing is in use yet".to_owned(),
            version => format!("v{version} stays in use"),
        }
    }

    fn rejection(&self) -> String {
        let report = &self.config.report;
        let errors = report.count(Severity::Error);
        let first = report.diagnostics.iter().find(|d| d.severity == Severity::Error);
        let place =
            first.and_then(|first| first.labels.first()).map_or_else(String::new, |label| {
                let place = report.place(label.span.start);
                format!(":{}:{}", place.line, place.column)
            });
        let message = first.map_or("it cannot be read", |first| &first.message);
        let more = if errors > 1 { format!(" (+{} more)", errors - 1) } else { String::new() };
        format!("{}{place} {message}{more} — {}", self.source.short_name(), self.in_use())
    }

    /// The next plan is about to be taken up: notes the values that it may move.
    pub(super) fn begin(&mut self, replay: &Replay, next: &Next, same_tape: bool) {
        let before = Before::new(replay, &next.plan, same_tape);
        self.pending = Some((before, Arc::clone(&next.text), next.read_at));
    }

    /// The plan is taken up and its values are there. Returns what to say of it.
    pub(super) fn finish(&mut self, replay: &Replay) -> Option<String> {
        let (before, text, read_at) = self.pending.take()?;
        let mut config = Config::clone(&self.config);
        let mut change = before.compare(replay);
        change.diff = diff(&self.used, &text);
        change.took = read_at.elapsed();
        self.used = text;
        config.version += 1;
        let words = words(config.version, &change);
        config.change = Some(change);
        self.config = Arc::new(config);
        Some(words)
    }
}

/// The lines that differ, with two lines around them.
fn diff(old: &str, new: &str) -> Vec<(DiffLine, String)> {
    let diff = similar::TextDiff::from_lines(old, new);
    let mut lines = Vec::new();
    for group in diff.grouped_ops(2) {
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let kind = match change.tag() {
                similar::ChangeTag::Equal => DiffLine::Same,
                similar::ChangeTag::Insert => DiffLine::Added,
                similar::ChangeTag::Delete => DiffLine::Removed,
            };
            lines.push((kind, change.value().trim_end_matches(['\n', '\r']).to_owned()));
        }
    }
    lines
}
