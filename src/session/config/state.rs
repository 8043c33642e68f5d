//! The config of a session: what is on disk, what is in use, and what the last save changed.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::base::clock;
use crate::config::Document;
use crate::coverage::{self, Coverage, Findings};
use crate::diagnostic::{Diagnostic, Report, Severity};
use crate::plan::Plan;
use crate::plan::lower::compile_with_document;
use crate::tape::Tape;

use super::text_diff::text_diff;
use super::value_diff::{ValueDiff, told};
use super::watch;
use crate::session::ingest::column_cache::CacheKey;
use crate::session::replay::Replay;
use crate::session::snapshot::{Config, Tone, Unused};
use crate::session::worker::log_report::Known;
use crate::session::worker::log_watch::Stamps;

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
pub(in crate::session) struct PendingPlan {
    pub(in crate::session) plan: Arc<Plan>,
    /// What it was made of.
    document: Arc<Document>,
    /// Its text: what is on disk may have changed again by the time that it is taken up.
    text: Arc<str>,
    read_at: Instant,
    /// What serves it, where the events in use do not.
    pub(in crate::session) events: Option<Events>,
    /// Whether nothing is missing but that what is under way is done.
    pub(in crate::session) is_ready: bool,
}

impl PendingPlan {
    /// What was read for it.
    pub(in crate::session) fn tape(&self) -> Option<&Tape> {
        match self.events.as_ref()? {
            Events::All(tape, ..) => Some(tape),
            Events::ColumnCache(tape, _) => Some(tape),
        }
    }
}

/// What was read of the log for a config.
pub(in crate::session) enum Events {
    /// All that it needs, the logs that it is of, what is known of them, and the name under which
    /// that can be kept.
    All(Arc<Tape>, Stamps, Box<Known>, Option<CacheKey>),
    /// What the events in use lack, and the name under which both together can be kept.
    ColumnCache(Box<Tape>, Option<CacheKey>),
}

/// The state of a session's config.
pub(in crate::session) struct ConfigState {
    source: ConfigSource,
    /// The text in use.
    used: Arc<str>,
    config: Arc<Config>,
    /// The newest plan that was read, until it is taken up.
    pub(in crate::session) next: Option<PendingPlan>,
    /// What is being taken up.
    pending: Option<Pending>,
    /// What was said of a file that cannot be read.
    fault: Option<String>,
    /// What the plan in use was made of.
    document: Arc<Document>,
    /// The plan in use, being held against the log; and what the log said to it.
    pub(in crate::session) coverage: Option<Coverage>,
    warnings: Vec<Diagnostic>,
    /// Whether a change was told, and what the log says to it was not.
    is_unheard: bool,
    /// What the newest text says by itself, without the log.
    own: Arc<Report>,
    absence: Absence,
}

/// A config that is being taken up.
struct Pending {
    /// The values before it.
    before: ValueDiff,
    text: Arc<str>,
    /// What it was made of.
    document: Arc<Document>,
    read_at: Instant,
    /// Whether its values are there only once the cursor is where it goes.
    waits: bool,
    /// Whether its events are of another log than those before.
    other_log: bool,
}

/// What reading the config has come to.
pub(in crate::session) enum Reading {
    /// Nothing new.
    Nothing,
    /// There is a [next](Configuring::next) one.
    PendingPlan,
    /// The text in use is on disk; the words say so.
    InUse(String),
    /// What is on disk is not used; the words say why.
    Refused(String),
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

impl ConfigState {
    /// A config that was read at the start, with its report; `valid` tells whether it is in use.
    pub(in crate::session) fn new(
        source: ConfigSource,
        document: Document,
        report: Report,
        valid: bool,
    ) -> Self {
        let path = matches!(source, ConfigSource::File(_)).then(|| source.name());
        let text = Arc::clone(&report.text);
        let own = Arc::new(report);
        let config = Config {
            path,
            version: u32::from(valid),
            text: Arc::clone(&text),
            stale: !valid,
            unused: None,
            report: Arc::clone(&own),
            counted: Arc::default(),
            change: None,
        };
        let used = if valid { text } else { "".into() };
        Self {
            source,
            used,
            config: Arc::new(config),
            next: None,
            pending: None,
            fault: None,
            document: Arc::new(document),
            coverage: None,
            warnings: Vec::new(),
            is_unheard: false,
            own,
            absence: Absence::None,
        }
    }

    /// What the screen shows of it.
    pub(in crate::session) const fn config(&self) -> &Arc<Config> {
        &self.config
    }

    /// Whether there was a config that could be used.
    pub(in crate::session) fn is_in_use(&self) -> bool {
        self.config.version > 0
    }

    /// When to read again, even if nothing is seen to happen: a config that is missing or empty
    /// may have been caught in the middle of a save, or may stay so.
    pub(in crate::session) fn due(&self) -> Option<Instant> {
        match self.absence {
            Absence::Since(since) => Some(since + PATIENCE),
            Absence::None | Absence::Told => None,
        }
    }

    /// Reads the file if its text differs from the one last read, or if `asked` to.
    pub(in crate::session) fn read(&mut self, asked: bool) -> Reading {
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
                return self.cannot_read(&error, asked);
            }
            // What is missing or empty is the middle of a save, until it has stayed so.
            Ok(_) | Err(_) => {
                if self.absence == Absence::None {
                    self.absence = Absence::Since(read_at);
                }
                return Reading::Nothing;
            }
        };
        self.fault = None;
        if text == self.config.text && !asked && !told {
            return Reading::Nothing;
        }
        // Another text that is being taken up is followed by this one, not dropped.
        if self.is_in_use() && self.pending.is_none() && text == self.used {
            return self.is_used(text);
        }
        let (plan, document, report) = compile_with_document(&self.source.name(), &text);
        self.own = Arc::new(report);
        let mut config = Config::clone(&self.config);
        config.text = text;
        config.report = Arc::clone(&self.own);
        config.stale = plan.is_none();
        config.unused = None;
        self.config = Arc::new(config);
        let Some(plan) = plan else { return Reading::Refused(self.rejection()) };
        let text = Arc::clone(&self.config.text);
        let (plan, document) = (Arc::new(plan), Arc::new(document));
        self.next =
            Some(PendingPlan { plan, document, text, read_at, events: None, is_ready: false });
        Reading::PendingPlan
    }

    /// What is at the path is no file that can be read.
    fn cannot_read(&mut self, error: &io::Error, asked: bool) -> Reading {
        let is_deleted = error.kind() == io::ErrorKind::NotFound;
        let config = Arc::make_mut(&mut self.config);
        config.stale = true;
        config.unused = Some(if is_deleted { Unused::Deleted } else { Unused::Unreadable });
        let why = if is_deleted { "is gone".into() } else { format!("cannot be read: {error}") };
        let words = format!("{} {why} — {}", self.source.name(), self.in_use());
        if self.fault.replace(words.clone()).is_some_and(|told| told == words) && !asked {
            return Reading::Nothing;
        }
        Reading::Refused(words)
    }

    /// What is on disk is the text in use: there is nothing to take up.
    fn is_used(&mut self, text: Arc<str>) -> Reading {
        self.next = None;
        let (_, _, report) = compile_with_document(&self.source.name(), &text);
        self.own = Arc::new(report);
        let report = self.with_warnings();
        let config = Arc::make_mut(&mut self.config);
        config.text = text;
        config.report = report;
        config.stale = false;
        config.unused = None;
        Reading::InUse(format!("{} is unchanged — {}", self.source.short_name(), self.in_use()))
    }

    /// What the plan in use was made of.
    pub(in crate::session) const fn document(&self) -> &Arc<Document> {
        &self.document
    }

    /// The log says this to the plan in use. Its places are of no use while the text on disk is
    /// another one.
    pub(in crate::session) fn set_found(&mut self, plan: &Plan, found: Findings) {
        self.coverage = None;
        self.warnings = found.warnings;
        let report = self.with_warnings();
        let config = Arc::make_mut(&mut self.config);
        config.counted = coverage::entries(plan, &found.counts).into();
        if !config.stale && config.text == self.used {
            config.report = report;
        }
    }

    /// What the text in use says, with what the log says to it.
    fn with_warnings(&self) -> Arc<Report> {
        let mut report = Report::clone(&self.own);
        report.diagnostics.extend(coverage::unsaid(&self.own, self.warnings.clone()));
        report.sort();
        Arc::new(report)
    }

    /// The next config cannot be taken up, since the log cannot be read again.
    pub(in crate::session) fn give_up(&mut self) {
        self.next = None;
        let config = Arc::make_mut(&mut self.config);
        config.stale = true;
        config.unused = Some(Unused::LogUnreadable);
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
                format!("{}:{}", place.line, place.column)
            });
        // A place is a part of the name, as editors read it.
        let place = if place.is_empty() { ":".to_owned() } else { format!(":{place}") };
        let message = first.map_or("it cannot be read", |first| &first.message);
        let more = if errors > 1 { format!(" (+{} more)", errors - 1) } else { String::new() };
        format!("{}{place} {message}{more} — {}", self.source.short_name(), self.in_use())
    }

    /// The next plan is about to be taken up: notes the values that it may move.
    pub(in crate::session) fn begin(
        &mut self,
        replay: &Replay,
        next: &PendingPlan,
        same_tape: bool,
        other_log: bool,
    ) {
        let before = ValueDiff::new(replay, &next.plan, same_tape);
        let (text, read_at) = (Arc::clone(&next.text), next.read_at);
        let document = Arc::clone(&next.document);
        self.pending =
            Some(Pending { before, text, document, read_at, waits: !same_tape, other_log });
    }

    /// Whether a config is taken up whose values are there once the cursor is where it goes.
    pub(in crate::session) fn waits(&self) -> bool {
        self.pending.as_ref().is_some_and(|pending| pending.waits)
    }

    /// The plan is taken up and its values are there. Returns what to say of it.
    pub(in crate::session) fn finish(&mut self, replay: &Replay) -> Option<(Tone, String)> {
        let Pending { before, text, document, read_at, other_log, .. } = self.pending.take()?;
        self.document = document;
        self.warnings.clear();
        let mut config = Config::clone(&self.config);
        let mut change = if other_log { before.without_values() } else { before.compare(replay) };
        change.other_log = other_log;
        change.diff = text_diff(&self.used, &text);
        change.took = read_at.elapsed();
        self.used = text;
        config.version += 1;
        config.change = Some(change);
        self.config = Arc::new(config);
        self.is_unheard = true;
        told(&self.config, &self.used)
    }

    /// What is to be said of the last change once more, since the log has something to say to it.
    pub(in crate::session) fn heard(&mut self) -> Option<(Tone, String)> {
        let is_unheard = std::mem::take(&mut self.is_unheard);
        told(&self.config, &self.used).filter(|_| is_unheard && !self.warnings.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::demand;

    /// The text in use, saved again while another one is being taken up, comes after that one.
    #[test]
    fn going_back_while_a_save_is_taken_up_is_a_save() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.yaml");
        let text = |name: &str| {
            format!("features:\n  - {{name: {name}, type: counter, scope: user, interaction: a}}\n")
        };
        let (plan, document, report) = compile_with_document("config.yaml", &text("old"));
        let plan = Arc::new(plan.unwrap());
        let replay = Replay::new(Arc::clone(&plan), demand(&plan, false));
        let source = ConfigSource::File(path.clone());
        let mut configuring = ConfigState::new(source, document, report, true);
        std::fs::write(&path, text("new")).unwrap();
        assert!(matches!(configuring.read(false), Reading::PendingPlan));
        let next = configuring.next.take().unwrap();
        configuring.begin(&replay, &next, true, false);

        std::fs::write(&path, text("old")).unwrap();
        assert!(matches!(configuring.read(false), Reading::PendingPlan));
        assert!(configuring.finish(&replay).unwrap().1.starts_with("v2 applied"));
        let waits = configuring.next.as_ref().unwrap();
        assert_eq!((&*waits.text, configuring.config().version), (text("old").as_str(), 2));
    }
}
