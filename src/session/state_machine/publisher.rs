//! The publisher: what the screen is to show, as a snapshot, whenever there is something new and a
//! frame has passed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::base::{Clock, Deadline};
use crate::config::Document;
use crate::plan::Plan;

use super::tuning::TUNING;
use crate::session::ingest::line_reading::{LineRequest, ReadMembers};
use crate::session::ingest::log_report::wrong;
use crate::session::playback::Player;
use crate::session::protocol::Viewport;
use crate::session::replay::Replay;
use crate::session::snapshot::{Config, Log, LogChange, Notice, Profile, Snapshot, Source, Tone};
use crate::session::view::events::FoundMatch;
use crate::session::view::source::source;
use crate::session::view::{ViewBuilder, ViewInput, explanation};

/// What is shown, and what a session says.
pub(in crate::session) struct Publisher {
    viewport: Viewport,
    builder: ViewBuilder,
    source: Arc<Source>,
    notice: Option<Notice>,
    /// The snapshot that was published last, and when.
    last: Option<Arc<Snapshot>>,
    published_at: Instant,
    /// Whether there is something new to show.
    is_outdated: bool,
    /// Whether there are more events to look for.
    finds_events: bool,
}

/// The parts of a session that a snapshot shows.
pub(in crate::session) struct Shown<'s> {
    pub(in crate::session) replay: &'s mut Replay,
    pub(in crate::session) player: &'s Player,
    pub(in crate::session) config: &'s Arc<Config>,
    /// The share of the log that is read, while it is being read.
    pub(in crate::session) loading: Option<f64>,
    /// The share of the log that is read again, for a config that needs more of it.
    pub(in crate::session) rereading: Option<f64>,
    /// What became of the log on disk since it was read.
    pub(in crate::session) log: Option<LogChange>,
    /// What is in the log, as far as that is known.
    pub(in crate::session) profile: Profile,
    /// What the plan in use was made of: the config and its text.
    pub(in crate::session) document: (&'s Document, &'s str),
}

impl Publisher {
    /// Of a session that starts with these names and this plan.
    pub(in crate::session) fn new(names: &Source, plan: &Plan, now: Instant) -> Self {
        Self {
            viewport: Viewport::default(),
            builder: ViewBuilder::default(),
            source: Arc::new(source(plan, names)),
            notice: None,
            last: None,
            published_at: now,
            is_outdated: true,
            finds_events: false,
        }
    }

    /// There is something new to show.
    pub(in crate::session) const fn outdate(&mut self) {
        self.is_outdated = true;
    }

    /// Whether there is something new to show.
    pub(in crate::session) const fn is_outdated(&self) -> bool {
        self.is_outdated
    }

    /// The screen shows this from now on.
    pub(in crate::session) fn look_at(&mut self, viewport: Viewport) {
        if viewport.events.filter != self.viewport.events.filter {
            self.builder.filter_changed();
        }
        self.viewport = viewport;
    }

    /// When the next snapshot is due, `frame` after the last.
    pub(in crate::session) fn due(&self, frame: Duration) -> Instant {
        self.published_at + frame
    }

    /// Says something, in place of what was said last.
    pub(in crate::session) fn notify(&mut self, said: (Tone, String)) {
        self.notify_of(None, said);
    }

    /// The same, of a feature to go to.
    pub(in crate::session) fn notify_of(
        &mut self,
        feature: Option<String>,
        (tone, text): (Tone, String),
    ) {
        let number = self.notice.as_ref().map_or(0, |notice| notice.number) + 1;
        self.notice = Some(Notice { number, tone, text, feature });
        self.is_outdated = true;
    }

    /// Says that a save was applied, and what is wrong with it nevertheless. What was said last
    /// stays said if it is what is wrong with the log.
    pub(in crate::session) fn notify_applied(&mut self, (tone, words): (Tone, String)) {
        let last = self.notice.as_ref().map(|notice| &notice.text);
        self.notify(match wrong(&self.source.about_log).filter(|(_, text)| last == Some(text)) {
            Some((tone, text)) => (tone, format!("{words}; {text}")),
            None => (tone, words),
        });
    }

    /// Tells what the log is, now that it is read; says what is wrong with it, unless that was said
    /// when it was broken off.
    pub(in crate::session) fn report_log(&mut self, log: Log, is_broken_off: bool) {
        if !is_broken_off && let Some(notice) = wrong(&log) {
            self.notify(notice);
        }
        self.source = Arc::new(Source { about_log: Arc::new(log), ..Source::clone(&self.source) });
        self.is_outdated = true;
    }

    /// Another plan is the replay's, with all of its states: what was kept for the one before is
    /// forgotten.
    pub(in crate::session) fn plan_changed(&mut self, plan: &Plan) {
        self.source = Arc::new(source(plan, &self.source));
        self.builder.forget();
        self.is_outdated = true;
    }

    /// Marks the cursor's place on the timeline: a config was applied there.
    pub(in crate::session) fn mark_reload(&mut self, replay: &Replay) {
        self.builder.mark_reload(replay);
    }

    /// Reads on in the history that is shown, until the deadline. Returns whether there is more to
    /// read. What was read is shown with the next frame.
    pub(in crate::session) fn read_history(
        &mut self,
        replay: &Replay,
        deadline: &Deadline,
        now: Instant,
    ) -> bool {
        if !self.builder.reads_history() {
            return false;
        }
        let is_read = self.builder.read_history(replay, deadline);
        self.is_outdated |= is_read || now - self.published_at >= TUNING.busy_frame_interval;
        !is_read
    }

    /// Goes so many matches of a filter on from an event, as soon as they are found.
    pub(in crate::session) fn go_to_match(&mut self, filter: String, from: usize, by: i64) {
        self.builder.go_to_match(filter, from, by);
    }

    /// Looks for the events that match the filter of the screen, until the deadline. Returns where a
    /// step of matches leads, and whether there is more to look for. What was found is shown with the
    /// next frame.
    pub(in crate::session) fn find_events(
        &mut self,
        replay: &Replay,
        deadline: &Deadline,
        now: Instant,
    ) -> (Option<FoundMatch>, bool) {
        let filter = &self.viewport.events.filter;
        let (found, is_unfinished) = self.builder.find_events(replay, filter, deadline);
        let was_unfinished = std::mem::replace(&mut self.finds_events, is_unfinished);
        let is_frame_over = now - self.published_at >= TUNING.busy_frame_interval;
        self.is_outdated |= (was_unfinished && !is_unfinished) || (is_unfinished && is_frame_over);
        (found, is_unfinished)
    }

    /// Whether there are more events to look for.
    pub(in crate::session) const fn finds_events(&self) -> bool {
        self.finds_events
    }

    /// The event whose line is to be read back for the screen, once.
    pub(in crate::session) fn line_wanted(&mut self, replay: &Replay) -> Option<LineRequest> {
        self.builder.line_wanted(replay, self.viewport.events.open)
    }

    /// The line of an event was read back.
    pub(in crate::session) fn take_members(&mut self, of: &LineRequest, members: ReadMembers) {
        self.builder.take_members(of, members);
        self.is_outdated = true;
    }

    /// Whether the screen shows what is in the log.
    pub(in crate::session) const fn wants_profile(&self) -> bool {
        self.viewport.profile
    }

    /// The bytes that are held.
    pub(in crate::session) fn held(&self) -> usize {
        self.builder.held()
    }

    /// Whether an explanation is being made.
    pub(in crate::session) const fn explains(&self) -> bool {
        self.builder.explains()
    }

    /// Goes on with the explanation that is shown, until the deadline. Returns whether there is more
    /// to do. What is new is shown with the next frame.
    pub(in crate::session) fn explain(
        &mut self,
        cx: explanation::Context<'_>,
        deadline: &Deadline,
        now: Instant,
    ) -> bool {
        if !self.builder.explains() {
            return false;
        }
        let is_told = self.builder.explain(cx, deadline);
        self.is_outdated |= is_told || now - self.published_at >= TUNING.busy_frame_interval;
        self.builder.explains()
    }

    /// The attribute by which contributors are wanted, or that the filter of events is about, and
    /// that no event was read with.
    pub(in crate::session) fn wanted_field(&self, replay: &Replay) -> Option<&str> {
        let by = self.viewport.explain.as_ref().and_then(|look| look.by.as_deref());
        let is_lacking = |field: &&str| {
            let is_read = replay.tape().demand().attributes.iter().any(|known| known == field);
            !is_read && !self.builder.cannot_read(field)
        };
        let is_whole = !self.viewport.events.is_typed;
        let filtered_by = self.builder.wanted_by_filter().filter(|_| is_whole);
        by.into_iter().chain(filtered_by).find(is_lacking)
    }

    /// More attributes were read of events.
    pub(in crate::session) fn fields_read(&mut self, replay: &Replay) {
        let mut fields = replay.tape().demand().attributes.clone();
        fields.sort_unstable();
        self.source = Arc::new(Source { fields: fields.into(), ..Source::clone(&self.source) });
        self.is_outdated = true;
    }

    /// An attribute that was wanted cannot be read, in words.
    pub(in crate::session) fn cannot_read_field(&mut self, field: String, words: String) {
        self.builder.set_unreadable(field, words);
        self.is_outdated = true;
    }

    /// A snapshot of where things stand, if there is something new and a frame has passed.
    pub(in crate::session) fn publish(
        &mut self,
        shown: &mut Shown<'_>,
        frame: Duration,
        clock: &Clock,
    ) -> Option<Arc<Snapshot>> {
        if !self.is_outdated || clock.now() - self.published_at < frame {
            return None;
        }
        let snapshot = Arc::new(self.builder.draw(&mut ViewInput {
            replay: shown.replay,
            player: shown.player,
            look: &self.viewport,
            source: &self.source,
            config: shown.config,
            notice: &self.notice,
            loading: shown.loading,
            rereading: shown.rereading,
            log: shown.log,
            profile: shown.profile.clone(),
            document: shown.document,
            last: self.last.take(),
        }));
        self.last = Some(Arc::clone(&snapshot));
        self.published_at = clock.now();
        self.is_outdated = self.builder.is_unfinished();
        Some(snapshot)
    }
}
