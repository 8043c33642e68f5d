//! Snapshots of what is in view, made from the replay. It must not know the terminal.
//!
//! Only the cells of the rows and columns that the viewport asks for are read. The order of rows
//! needs all of them: it is kept until the filter, the sort, the hidden outputs or the cursor change,
//! and is then made anew, at once for some hundred rows, else by a task (`order`): rows are collected
//! in slices with the number or text that sorts them, and sorted on the worker pool. Until it is done
//! the order before is shown, with new values in it, and the table's title says so. An order that is
//! begun is finished even if the cursor moves on, so that a table that takes a second to sort is
//! still sorted while someone steps.
//!
//! Hidden outputs are left out before anything is read (`output_filter`). The history of the
//! selected value is read once, on the worker pool if it takes long, and kept while it is selected; a chart takes its columns
//! from it, so that its width changes nothing about what was read (`history`).

pub(in crate::session) mod cells;
pub(in crate::session) mod detail;
pub(in crate::session) mod events;
pub(in crate::session) mod explanation;
pub(in crate::session) mod history;
pub(in crate::session) mod order;
pub(in crate::session) mod output_filter;
pub(super) mod source;
pub(in crate::session) mod timeline;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::base::{Deadline, Timestamp};
use crate::config::Document;
use crate::plan::Plan;
use crate::tape::Reason;

use super::ingest::line_reading::{LineRequest, ReadMembers};
use super::playback::Player;
use super::protocol::Viewport;
use super::replay::Replay;
use super::snapshot::{
    Config, Detail, EntryCount, LogChange, Mark, MarkKind, Notice, Profile, Snapshot, Source,
    State, Tallies, Transport, Values,
};
use output_filter::OutputFilter;

/// How long a seek may take before values on its way are shown.
const NEAR: Duration = Duration::from_millis(150);

/// What is kept between snapshots.
#[derive(Default)]
pub(super) struct ViewBuilder {
    hiding: Option<OutputFilter>,
    order: order::Order,
    changes: cells::Changes,
    history: history::History,
    explanations: explanation::Explanations,
    timeline: timeline::Cache,
    events: events::EventList,
    marks: Vec<Mark>,
}

/// All that a snapshot is drawn from.
pub(super) struct ViewInput<'s> {
    pub(super) replay: &'s mut Replay,
    pub(super) player: &'s Player,
    pub(super) look: &'s Viewport,
    pub(super) source: &'s Arc<Source>,
    pub(super) config: &'s Arc<Config>,
    pub(super) notice: &'s Option<Notice>,
    /// The share of the log that is read, while it is being read.
    pub(super) loading: Option<f64>,
    /// The share of the log that is read again, for a config that needs more of it.
    pub(super) rereading: Option<f64>,
    /// What became of the log on disk since it was read.
    pub(super) log: Option<LogChange>,
    /// What is in the log, as far as that is known.
    pub(super) profile: Profile,
    /// What the plan in use was made of: the config and its text.
    pub(super) document: (&'s Document, &'s str),
    /// The snapshot before.
    pub(super) last: Option<Arc<Snapshot>>,
}

impl ViewBuilder {
    /// Forgets what was kept for another plan, or for a log that was read again since.
    pub(super) fn forget(&mut self) {
        self.hiding = None;
        self.order = order::Order::default();
        self.changes = cells::Changes::default();
        self.history = history::History::default();
        self.explanations = explanation::Explanations::default();
        self.events.forget();
    }

    /// Marks the cursor's place on the timeline: a config was applied there.
    pub(super) fn mark_reload(&mut self, replay: &Replay) {
        if let Some(at) = replay.as_of() {
            self.marks.push(Mark { at, kind: MarkKind::Reload });
        }
        self.timeline.redraw();
    }

    /// Whether the last snapshot left something out that the next one should show.
    pub(super) const fn is_unfinished(&self) -> bool {
        self.order.is_outdated()
    }

    /// Whether the history that was shown last is not all read.
    pub(super) const fn reads_history(&self) -> bool {
        self.history.is_unfinished()
    }

    /// Reads on in it until the deadline. Returns whether all is read.
    pub(super) fn read_history(&mut self, replay: &Replay, deadline: &Deadline) -> bool {
        self.history.work(replay, deadline)
    }

    /// Goes so many matches of a filter on from an event, as soon as they are found.
    pub(super) fn go_to_match(&mut self, filter: String, from: usize, by: i64) {
        self.events.go(filter, from, by);
    }

    /// The filter of events is another one.
    pub(super) fn filter_changed(&mut self) {
        self.events.filter_changed();
    }

    /// Looks for the events that match a filter until the deadline: where a step of matches leads,
    /// and whether there is more to look for.
    pub(super) fn find_events(
        &mut self,
        replay: &Replay,
        filter: &str,
        deadline: &Deadline,
    ) -> (Option<events::FoundMatch>, bool) {
        let Self { events, timeline, .. } = self;
        let rejected = || timeline.rejected(replay.tape()).to_vec();
        events.work(replay, filter, rejected, deadline)
    }

    /// The event whose line is to be read back, once.
    pub(super) fn line_wanted(
        &mut self,
        replay: &Replay,
        open: Option<usize>,
    ) -> Option<LineRequest> {
        self.events.line_wanted(replay, open)
    }

    /// The line of an event was read back.
    pub(super) fn take_members(&mut self, of: &LineRequest, members: ReadMembers) {
        self.events.take_members(of, members);
    }

    /// The bytes that are held.
    pub(super) fn held(&self) -> usize {
        self.events.held() + self.explanations.held()
    }

    /// Whether an explanation is being made.
    pub(super) const fn explains(&self) -> bool {
        self.explanations.is_unfinished()
    }

    /// Goes on with it until the deadline. Returns whether there is something new to show.
    pub(super) fn explain(&mut self, cx: explanation::Context<'_>, deadline: &Deadline) -> bool {
        self.explanations.work(cx, deadline)
    }

    /// The attribute that a filter of events is about, and that no event was read with.
    pub(super) fn wanted_by_filter(&self) -> Option<&str> {
        self.events.wanted_field()
    }

    /// Whether an attribute cannot be read of the log.
    pub(super) fn cannot_read(&self, field: &str) -> bool {
        self.explanations.cannot_read(field)
    }

    /// An attribute cannot be read of the log, in words.
    pub(super) fn set_unreadable(&mut self, field: String, words: String) {
        self.events.set_unreadable(field.clone(), words.clone());
        self.explanations.set_unreadable(field, words);
    }

    /// What is hidden, kept while it is the same.
    fn hiding(
        &mut self,
        plan: &Arc<Plan>,
        source: &Arc<Source>,
        names: &Arc<BTreeSet<String>>,
    ) -> OutputFilter {
        let kept = self.hiding.take().filter(|hiding| hiding.is_of(plan, source, names));
        let hiding = kept.unwrap_or_else(|| OutputFilter::new(plan, source, names));
        self.hiding.insert(hiding).clone()
    }

    /// Draws a snapshot.
    pub(super) fn draw(&mut self, shown: &mut ViewInput<'_>) -> Snapshot {
        let transport = transport(shown, self.events.reached());
        let config = Arc::clone(shown.config);
        let notice = shown.notice.clone();
        if let Some(last) = shown.last.as_ref().filter(|_| is_passing(shown)) {
            // The states are on their way: what was shown stands until they are there.
            let profile = shown.profile.clone();
            return Snapshot { transport, profile, config, notice, ..Snapshot::clone(last) };
        }
        let playing = shown.player.is_playing() || shown.loading.is_some();
        let settled = shown.replay.is_idle() && shown.loading.is_none();
        let passing = !settled && !shown.player.is_playing();
        let hiding = self.hiding(shown.replay.plan(), shown.source, &shown.look.hidden);
        let ordered = self.order.update(shown.replay, shown.look, &hiding, playing);
        if let (false, Some(last)) = (ordered, &shown.last) {
            // The table that was shown stands until the one that is asked for is sorted.
            let values = Values { ordering: self.order.progress(), ..last.values.clone() };
            return Snapshot { transport, values, config, notice, ..Snapshot::clone(last) };
        }
        let selected_row = self.order.find(shown.replay, &shown.look.selected);
        let values = cells::values(&self.order, &mut self.changes, shown, selected_row, passing);
        let detail =
            detail::detail(&self.order, &mut self.history, shown.replay, shown.look, selected_row);
        // Of features that count all of their events nothing is said.
        let is_told = |entry: &&EntryCount| entry.lost() > 0 || entry.counted == 0;
        let counted = |line| config.counted.iter().find(|entry| entry.line == line).filter(is_told);
        let detail = detail.map(|detail| {
            let counted = counted(detail.line).map(EntryCount::words);
            Detail { counted, ..detail }
        });
        let explained = self.explanations.draw(
            explanation::Context {
                replay: shown.replay,
                config: shown.document,
                is_reading: shown.loading.is_some(),
            },
            shown.look.explain.as_deref(),
            shown.player.is_playing() || !settled,
        );
        Snapshot {
            generation: shown.look.generation,
            source: Arc::clone(hiding.source()),
            transport,
            tallies: tallies(shown.replay),
            values,
            detail,
            explained,
            events: self.events.draw(shown.replay, &shown.look.events),
            profile: shown.profile.clone(),
            timeline: self.timeline.draw(shown.replay, shown.look.timeline, &self.marks),
            config,
            notice,
        }
    }
}

/// Whether the states are on the way to another plan, or to another event that is near.
fn is_passing(shown: &ViewInput<'_>) -> bool {
    let seeking = !shown.replay.is_idle() && !shown.player.is_playing() && shown.loading.is_none();
    shown.replay.is_filling()
        || (seeking
            && shown.player.moves_for(shown.replay.clock().now()).is_some_and(|spent| spent < NEAR))
}

fn transport(shown: &ViewInput<'_>, matches_reached: usize) -> Transport {
    let replay = &shown.replay;
    let (cursor, total, target) = (replay.cursor(), replay.tape().events(), replay.target());
    let state = if let Some(done) = shown.loading {
        State::Loading { done }
    } else if let Some(done) = shown.rereading {
        State::Reloading { done: done * 0.9 }
    } else if replay.is_filling() {
        State::Reloading { done: replay.filled() }
    } else if shown.player.is_playing() {
        State::Playing
    } else if target != cursor {
        State::Seeking {
            done: if target > 0 {
                replay.nearest().min(target) as f64 / target as f64
            } else {
                0.0
            },
        }
    } else if cursor == total && total > 0 {
        State::Ended
    } else {
        State::Paused
    };
    Transport {
        state,
        speed: shown.player.speed(),
        cursor,
        total,
        clock: replay.engine().clock(),
        as_of: replay.as_of(),
        took: shown.player.took(),
        rate: shown.player.rate(),
        log: shown.log,
        matches_reached,
    }
}

fn tallies(replay: &Replay) -> Tallies {
    let applied = replay.engine().tallies();
    let rejections = replay.tape().rejections();
    let rejected = rejections.by_count();
    Tallies {
        applied: applied.applied,
        late: applied.late,
        impressions: applied.impressions,
        rejected: rejected.into_iter().map(|(reason, count)| (reason.to_string(), count)).collect(),
        unreadable: rejections.total() - rejections.count(Reason::DuplicateId),
        reordered: replay.tape().reordered(),
    }
}

/// The moment as of which values are read.
fn as_of(replay: &Replay) -> Timestamp {
    replay.as_of().unwrap_or_default()
}
