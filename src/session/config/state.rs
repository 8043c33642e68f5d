//! The config of a session: what is on disk, what is in use, and what the last save changed.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use crate::base::Deadline;
use crate::config::Document;
use crate::coverage::{self, Findings};
use crate::diagnostic::{Diagnostic, Report, Severity};
use crate::plan::Plan;

use super::compiled::{compile, judge};
use super::edits::{ConfigEdits, ConfigWrite, Refused};
use super::pending::{AppliedPlan, PendingPlan};
use super::source::{ConfigRead, ConfigSource};
use super::text_diff::text_diff;
use super::tuning::TUNING;
use super::value_diff::change_notice;
use crate::session::protocol::ConfigEdit;
use crate::session::replay::Replay;
use crate::session::snapshot::{Change, Config, LintProgress, Tone, Unused};

/// The state of a session's config.
pub(in crate::session) struct ConfigState {
    source: ConfigSource,
    /// The text in use.
    used: Arc<str>,
    config: Arc<Config>,
    /// What was said of a file that cannot be read.
    fault: Option<String>,
    /// What the plan in use was made of.
    document: Arc<Document>,
    /// What the log said to the plan in use, and what lints found.
    warnings: (Vec<Diagnostic>, Vec<Diagnostic>),
    /// Whether a change was reported before the findings of the log on it were there.
    awaits_findings: bool,
    /// What the newest text says by itself, without the log.
    own: Arc<Report>,
    absence: Absence,
    edits: ConfigEdits,
}

/// What reading the config has come to.
pub(in crate::session) enum Reading {
    /// Nothing new.
    Nothing,
    /// There is another plan.
    PendingPlan(PendingPlan),
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
    /// It is missing, and that was reported.
    Reported,
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
            judged: LintProgress::default(),
            change: None,
            saves_test: false,
        };
        let used = if valid { text } else { "".into() };
        Self {
            source,
            used,
            config: Arc::new(config),
            fault: None,
            document: Arc::new(document),
            warnings: Default::default(),
            awaits_findings: false,
            own,
            absence: Absence::None,
            edits: ConfigEdits::default(),
        }
    }

    /// Begins an edit of the text on disk. Returns what is to be written, or why nothing is.
    pub(in crate::session) fn begin_edit(
        &mut self,
        edit: &ConfigEdit,
        replay: &Replay,
    ) -> Result<Option<ConfigWrite>, Refused> {
        let used = (&*self.document, &self.used);
        let write = self.edits.begin(edit, (&self.source, &self.config.text), used, replay);
        self.tell_saving();
        write
    }

    /// Whether a test is being made of a value.
    pub(in crate::session) const fn is_saving_test(&self) -> bool {
        self.edits.is_saving_test()
    }

    /// Gives up the test that is being made, if there is one.
    pub(in crate::session) fn give_up_test(&mut self) -> bool {
        let is_given_up = self.edits.give_up_test();
        self.tell_saving();
        is_given_up
    }

    /// Goes on with the test that is being made, until the deadline. Returns what is to be written,
    /// or what to say.
    pub(in crate::session) fn save_test(
        &mut self,
        replay: &Replay,
        deadline: &Deadline,
    ) -> Option<Result<ConfigWrite, (Tone, String)>> {
        let of = (&self.source, &self.config.text);
        let saved = self.edits.save_test(of, replay, deadline);
        self.tell_saving();
        saved
    }

    fn tell_saving(&mut self) {
        if self.config.saves_test != self.is_saving_test() {
            Arc::make_mut(&mut self.config).saves_test = self.is_saving_test();
        }
    }

    /// The outcome of writing an edit. Returns what to say of it.
    pub(in crate::session) fn edit_written(
        &mut self,
        outcome: Result<(), String>,
    ) -> (Tone, String) {
        let (tone, words, moved) = self.edits.written(outcome, &self.source.short_name());
        if let Some(path) = moved {
            self.source = ConfigSource::File(path);
            Arc::make_mut(&mut self.config).path = Some(self.source.name());
        }
        (tone, words)
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
            Absence::Since(since) => Some(since + TUNING.missing_patience),
            Absence::None | Absence::Reported => None,
        }
    }

    /// Takes what was read, if the text differs from the one last read or was asked for.
    /// `is_applying` says that another plan is being taken up.
    pub(in crate::session) fn take(
        &mut self,
        read: ConfigRead,
        is_applying: bool,
        read_at: Instant,
    ) -> Reading {
        let ConfigRead { asked, text } = read;
        let patient = !asked && self.due().is_none_or(|due| read_at < due);
        let was_reported = self.absence == Absence::Reported;
        let text = match text {
            Ok(text) if !text.is_empty() || !patient => {
                self.absence = Absence::None;
                text
            }
            Err(error) if error.kind() != io::ErrorKind::NotFound || !patient => {
                self.absence = Absence::Reported;
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
        if text == self.config.text && !asked && !was_reported {
            return Reading::Nothing;
        }
        // Another text that is being taken up is followed by this one, not dropped.
        if self.is_in_use() && !is_applying && text == self.used {
            return self.is_used(text);
        }
        let (plan, document, report) = compile(&self.source.name(), &text);
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
        Reading::PendingPlan(PendingPlan { plan, document, text, read_at })
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
        let (_, _, report) = compile(&self.source.name(), &text);
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

    /// The same with its text, to be shared.
    pub(in crate::session) const fn in_use_with_text(&self) -> (&Arc<Document>, &Arc<str>) {
        (&self.document, &self.used)
    }

    /// What the plan in use was made of, and its text.
    pub(in crate::session) fn used(&self) -> (&Document, &str) {
        (&self.document, &self.used)
    }

    /// The log says this to the plan in use. Its places are of no use while the text on disk is
    /// another one.
    pub(in crate::session) fn set_found(&mut self, plan: &Plan, found: Findings) {
        self.warnings.0 = found.warnings;
        Arc::make_mut(&mut self.config).counted = coverage::entries(plan, &found.counts).into();
        self.tell();
    }

    /// Lints found this in the log under the plan in use.
    pub(in crate::session) fn set_lints(&mut self, found: Vec<Diagnostic>) {
        self.warnings.1 = found;
        self.tell();
    }

    /// How far the values are judged. Returns whether that is new.
    pub(in crate::session) fn set_judged(&mut self, judged: LintProgress) -> bool {
        let is_new = self.config.judged != judged;
        if is_new {
            Arc::make_mut(&mut self.config).judged = judged;
        }
        is_new
    }

    /// Tells what the log says, if the text on disk is the one in use.
    fn tell(&mut self) {
        let report = self.with_warnings();
        let config = Arc::make_mut(&mut self.config);
        if !config.stale && config.text == self.used {
            config.report = report;
        }
    }

    /// What the text in use says, with what the log says to it.
    fn with_warnings(&self) -> Arc<Report> {
        let (fits, lints) = &self.warnings;
        let mut report = Report::clone(&self.own);
        report.diagnostics.extend(coverage::unsaid(&self.own, fits.clone()));
        report.diagnostics.extend(lints.iter().cloned());
        report.sort();
        judge(&mut report, &self.document, true);
        Arc::new(report)
    }

    /// The next config cannot be taken up, since the log cannot be read again.
    pub(in crate::session) fn give_up(&mut self) {
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

    /// The plan is in use and its values are there. Returns what to say of it.
    pub(in crate::session) fn applied(
        &mut self,
        applied: AppliedPlan,
        replay: &Replay,
        now: Instant,
    ) -> Option<(Tone, String)> {
        let AppliedPlan { before, plan, other_log, .. } = applied;
        self.document = plan.document;
        self.warnings = Default::default();
        let mut config = Config::clone(&self.config);
        let mut change = if other_log { before.without_values() } else { before.compare(replay) };
        change.other_log = other_log;
        change.diff = text_diff(&self.used, &plan.text);
        change.took = now - plan.read_at;
        self.used = plan.text;
        config.version += 1;
        config.change = Some(change);
        self.config = Arc::new(config);
        self.awaits_findings = true;
        let notice = change_notice(&self.config, &self.used)?;
        let is_quiet = notice.0 == Tone::Good
            && self.config.change.as_ref().is_some_and(Change::leaves_outputs);
        // An edit that changes no feature is told by itself.
        let said = self.edits.said_of(&self.used).filter(|_| is_quiet && !other_log);
        Some(said.map_or(notice, |words| (Tone::Good, words)))
    }

    /// What is to be said of the last change once more, since the log has something to say to it.
    pub(in crate::session) fn notice_with_findings(&mut self) -> Option<(Tone, String)> {
        let awaits_findings = std::mem::take(&mut self.awaits_findings);
        change_notice(&self.config, &self.used)
            .filter(|_| awaits_findings && !self.warnings.0.is_empty())
    }
}

#[cfg(test)]
mod tests {

    use std::path::PathBuf;

    use super::*;
    use crate::base::clock::ManualClock;
    use crate::engine::demand;

    /// The text in use, saved again while another one is being taken up, comes after that one.
    #[test]
    fn going_back_while_a_save_is_taken_up_is_a_save() {
        let text = |name: &str| -> Arc<str> {
            format!("features:\n  - {{name: {name}, type: counter, scope: user, interaction: a}}\n")
                .into()
        };
        let (plan, document, report) = compile("config.yaml", &text("old"));
        let plan = Arc::new(plan.unwrap());
        let replay = Replay::new(Arc::clone(&plan), demand(&plan, false));
        let source = ConfigSource::File(PathBuf::from("config.yaml"));
        let mut state = ConfigState::new(source, document, report, true);
        let now = ManualClock::new().now();
        let save = |state: &mut ConfigState, name: &str, is_applying: bool| {
            let read = ConfigRead { asked: false, text: Ok(text(name)) };
            match state.take(read, is_applying, now) {
                Reading::PendingPlan(plan) => plan,
                _ => panic!("no other plan"),
            }
        };
        let next = save(&mut state, "new", false);
        let applied = AppliedPlan::new(&replay, next, true, false);
        let waits = save(&mut state, "old", true);
        assert!(state.applied(applied, &replay, now).unwrap().1.starts_with("v2 applied"));
        assert_eq!((&*waits.text, state.config().version), (&*text("old"), 2));
    }
}
