//! The config of a session: what is on disk, what is in use, and what the last save changed.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use crate::base::clock;
use crate::diagnostic::{Report, Severity};
use crate::plan::Plan;
use crate::plan::lower::compile;

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
    pub fn read(&self) -> std::io::Result<Arc<str>> {
        match self {
            Self::File(path) => watch::read(path),
            Self::Embedded { text, .. } => Ok((*text).into()),
        }
    }
}

/// The state of a session's config.
pub(super) struct Configuring {
    source: ConfigSource,
    /// The text in use.
    used: Arc<str>,
    config: Arc<Config>,
    /// A plan that was read and waits to be taken up.
    pub(super) next: Option<Arc<Plan>>,
    read_at: Instant,
    pending: Option<Before>,
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
            read_at: clock::instant(),
            pending: None,
        }
    }

    /// What the screen shows of it.
    pub(super) const fn config(&self) -> &Arc<Config> {
        &self.config
    }

    /// Reads the file if its text differs from the one last read, or if `asked` to. `None`:
    /// nothing new, or a config that cannot be used, which the view then shows; an error is the
    /// machine's.
    pub(super) fn read(&mut self, asked: bool) -> Option<Result<Plan, String>> {
        self.read_at = clock::instant();
        let text = match self.source.read() {
            Ok(text) => text,
            // Between the delete and the create of a save there is no file: the create is seen.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !asked => return None,
            Err(error) => {
                let name = self.source.name();
                return Some(Err(format!(
                    "{name} cannot be read: {error}; the last version stays in use"
                )));
            }
        };
        if text == self.config.text && !asked {
            return None;
        }
        // An editor that truncates first is caught in the act: what follows is seen too.
        if text.is_empty() && !asked {
            return None;
        }
        let (plan, report) = compile(&self.source.name(), &text);
        let mut config = Config::clone(&self.config);
        config.text = text;
        config.report = Arc::new(report);
        config.stale = plan.is_none();
        self.config = Arc::new(config);
        match plan {
            Some(plan) => Some(Ok(plan)),
            None => Some(Err(self.rejection())),
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
        let version = match self.config.version {
            0 => "nothing is in use yet".to_owned(),
            version => format!("v{version} stays in use"),
        };
        format!("{}{place} {message}{more} — {version}", self.source.short_name())
    }

    /// Another plan is about to be taken up: notes the values that it may move.
    pub(super) fn begin(&mut self, replay: &Replay, plan: &Plan) {
        self.pending = Some(Before::new(replay, plan));
    }

    /// The plan is taken up and its values are there. Returns what to say of it.
    pub(super) fn finish(&mut self, replay: &Replay) -> Option<String> {
        let before = self.pending.take()?;
        let mut config = Config::clone(&self.config);
        let mut change = before.compare(replay);
        change.diff = diff(&self.used, &config.text);
        change.took = self.read_at.elapsed();
        self.used = Arc::clone(&config.text);
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
