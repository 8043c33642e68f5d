//! Reload: the path of a saved config from its plan to new values. The log is read again if the plan
//! needs more of it; the plan waits until it can be applied; the replay fills what it lacks. One
//! state after the other, and `advance` alone goes from one to the next.

use std::sync::Arc;

use crate::engine::{covers, demand};
use crate::plan::Plan;
use crate::tape::{Demand, Tape};

use super::pending::{AppliedPlan, PendingPlan};
use crate::session::ingest::column_cache::CacheKey;
use crate::session::ingest::log_report::Known;
use crate::session::ingest::log_state::Log;
use crate::session::ingest::reader_event::{ReadProgress, ReadRequest, ReaderEvent, ReaderId};
use crate::session::ingest::stamps::Stamps;
use crate::session::memory::Read;
use crate::session::replay::Replay;

/// The state of a reload.
pub(in crate::session) enum Reload {
    /// The plan of the newest good text is in use.
    Idle,
    /// The log is being read again for a plan that needs more of it.
    Reingesting(PendingPlan, Reingest),
    /// The log is being read again for an attribute that no plan needs.
    Widening(String, Reingest),
    /// The plan and its events are there; what the replay fills comes first.
    Waiting(PendingPlan, Events),
    /// The plan is the replay's, and its values are on their way. Another one may follow it, in
    /// one of the states above.
    Backfilling(AppliedPlan, Box<Self>),
}

/// The events of a plan that waits.
pub(in crate::session) enum Events {
    /// Those in use.
    InUse,
    /// All events of the log, read again.
    All(Arc<Tape>, ReadAgain),
    /// Columns that the events in use lack, and the name under which both can be cached.
    Columns(Box<Tape>, Option<CacheKey>),
}

/// What is known of a log that was read again.
pub(in crate::session) struct ReadAgain {
    /// The files as they were just before.
    pub(in crate::session) stamps: Stamps,
    pub(in crate::session) known: Box<Known>,
    pub(in crate::session) key: Option<CacheKey>,
}

/// A log that is being read again.
pub(in crate::session) struct Reingest {
    id: ReaderId,
    /// It takes the events in.
    replay: Box<Replay>,
    /// The files as they were just before.
    stamps: Stamps,
    /// Where only what the events in use lack is read, what both together will serve.
    whole: Option<Box<Demand>>,
    progress: ReadProgress,
}

/// The parts of a session that a reload may change in a step.
pub(in crate::session) struct ReloadContext<'a> {
    pub(in crate::session) replay: &'a mut Replay,
    pub(in crate::session) log: &'a mut Log,
}

/// What a step of a reload has come to.
pub(in crate::session) enum ReloadEvent {
    /// The log is to be read again; a reader that does so for an earlier plan is not needed.
    Read(Box<ReadRequest>),
    /// A reader is not needed any more.
    StopReading(ReaderId),
    /// The plan is the replay's, whose cursor was here before, and maybe more is other with it.
    PlanAdopted { plan: Arc<Plan>, cursor: usize, with: Adopted },
    /// The values of the plan are there.
    Applied(AppliedPlan),
    /// The log cannot be read again by this reader, in words.
    GaveUp(ReaderId, String),
    /// The attribute that no plan needs was read.
    Widened,
    /// It cannot be read by this reader, in words.
    NotWidened { id: ReaderId, field: String, words: String },
}

/// What else is other with a plan that was adopted.
pub(in crate::session) enum Adopted {
    /// Nothing.
    Plan,
    /// The events.
    Events(ReadAgain),
    /// The columns of the events.
    Columns(Option<CacheKey>),
}

impl Reingest {
    /// The log is to be read again for a demand: all that is wanted, or a part of the whole.
    fn start(
        cx: &mut ReloadContext<'_>,
        demand: Demand,
        whole: Option<Demand>,
    ) -> (Self, Box<ReadRequest>) {
        let id = cx.log.next_reader();
        let named = whole.clone().unwrap_or_else(|| demand.clone());
        let request = ReadRequest { id, demand: demand.clone(), whole: named, cached: None };
        let pool = cx.replay.tape().pool().cloned();
        let replay = Replay::paged(Arc::new(Plan::default()), demand, pool);
        let replay = Box::new(replay.with_clock(cx.replay.clock().clone()));
        let (stamps, progress) = (Stamps::default(), ReadProgress::default());
        (Self { id, replay, stamps, whole: whole.map(Box::new), progress }, Box::new(request))
    }

    /// Adds what was read to the events in use.
    fn widen(self, field: String, cx: &mut ReloadContext<'_>) -> ReloadEvent {
        let Self { id, mut replay, whole, .. } = self;
        replay.finish();
        let wanted = whole.map(|whole| whole.attributes).unwrap_or_default();
        let is_added = Arc::try_unwrap(replay.into_tape()).is_ok_and(|tape| {
            cx.replay.tape().has_same_rows_as(&tape) && cx.replay.add_columns(tape, &wanted)
        });
        if is_added {
            ReloadEvent::Widened
        } else {
            let words = "the log is no longer what it was".to_owned();
            ReloadEvent::NotWidened { id, field, words }
        }
    }

    /// Whether what will be there serves a demand.
    fn covers(&self, wanted: &Demand) -> bool {
        covers(self.whole.as_deref().unwrap_or_else(|| self.replay.tape().demand()), wanted)
    }
}

impl Reload {
    /// What follows the plan that is being applied, or this.
    fn next(&mut self) -> &mut Self {
        match self {
            Self::Backfilling(_, next) => next,
            other => other,
        }
    }

    fn reingest(&self) -> Option<&Reingest> {
        match self {
            Self::Reingesting(_, reingest) | Self::Widening(_, reingest) => Some(reingest),
            Self::Backfilling(_, next) => next.reingest(),
            Self::Idle | Self::Waiting(..) => None,
        }
    }

    /// Whether a plan is being applied.
    pub(in crate::session) const fn is_applying(&self) -> bool {
        matches!(self, Self::Backfilling(..))
    }

    /// Whether the log is being read again.
    pub(in crate::session) fn is_reading(&self) -> bool {
        self.reingest().is_some()
    }

    /// The share of the log that is read again, while it is.
    pub(in crate::session) fn done(&self) -> Option<f64> {
        self.reingest().map(|reingest| reingest.progress.done)
    }

    /// The bytes of memory that are held for it.
    pub(in crate::session) fn held(&self) -> usize {
        match self {
            Self::Idle | Self::Waiting(_, Events::InUse) => 0,
            Self::Reingesting(_, reingest) | Self::Widening(_, reingest) => {
                reingest.replay.fixed_bytes() + reingest.progress.held
            }
            Self::Waiting(_, Events::All(tape, _)) => tape.bytes(),
            Self::Waiting(_, Events::Columns(tape, _)) => tape.bytes(),
            Self::Backfilling(_, next) => next.held(),
        }
    }

    /// How far the log is read again.
    pub(in crate::session) fn read(&self) -> Option<Read> {
        let reingest = self.reingest()?;
        Some(Read::of(reingest.replay.tape(), reingest.progress.done))
    }

    /// A plan was read: sees to the events that it needs. `stamps` are those of the files now.
    pub(in crate::session) fn submit(
        &mut self,
        plan: PendingPlan,
        stamps: &Stamps,
        cx: &mut ReloadContext<'_>,
    ) -> Option<ReloadEvent> {
        let wanted = demand(&plan.plan, false);
        let next = self.next();
        if !cx.log.is_reading() && covers(cx.replay.tape().demand(), &wanted) {
            return next.replace(Self::Waiting(plan, Events::InUse));
        }
        if let Self::Reingesting(known, reingest) = next
            && reingest.covers(&wanted)
        {
            *known = plan;
            return None;
        }
        // What is there, or is being read, does not serve: read again what the config needs of
        // the log. Where only attributes are missing, what is there stays.
        let stays = !cx.log.is_open() && !cx.log.watch().read().differ(stamps);
        let lacking = cx.replay.tape().missing_columns(&wanted).filter(|_| stays);
        let (reingest, request) = match lacking {
            Some(lacking) => Reingest::start(cx, lacking, Some(wanted)),
            None => Reingest::start(cx, wanted, None),
        };
        *next = Self::Reingesting(plan, reingest);
        Some(ReloadEvent::Read(request))
    }

    /// Has the log read again for an attribute, beside those that the events in use have, unless
    /// something else is under way.
    pub(in crate::session) fn widen(
        &mut self,
        attribute: &str,
        cx: &mut ReloadContext<'_>,
    ) -> Option<ReloadEvent> {
        if !matches!(self, Self::Idle) || cx.log.is_open() {
            return None;
        }
        let mut wanted = cx.replay.tape().demand().clone();
        wanted.attributes.push(attribute.to_owned());
        let lacking = cx.replay.tape().missing_columns(&wanted)?;
        let (reingest, request) = Reingest::start(cx, lacking, Some(wanted));
        *self = Self::Widening(attribute.to_owned(), reingest);
        Some(ReloadEvent::Read(request))
    }

    /// The text in use is on disk again: what waits is not applied.
    pub(in crate::session) fn cancel(&mut self) -> Option<ReloadEvent> {
        self.next().replace(Self::Idle)
    }

    /// Puts another state in the place of this one.
    fn replace(&mut self, state: Self) -> Option<ReloadEvent> {
        match std::mem::replace(self, state) {
            Self::Reingesting(_, reingest) | Self::Widening(_, reingest) => {
                Some(ReloadEvent::StopReading(reingest.id))
            }
            _ => None,
        }
    }

    /// Takes what a reader brings that reads the log again. What comes from another one is of no
    /// use.
    pub(in crate::session) fn take(
        &mut self,
        id: ReaderId,
        event: ReaderEvent,
        cx: &mut ReloadContext<'_>,
    ) -> Option<ReloadEvent> {
        let next = self.next();
        let (Self::Reingesting(_, reingest) | Self::Widening(_, reingest)) = &mut *next else {
            return None;
        };
        if reingest.id != id {
            return None;
        }
        match event {
            ReaderEvent::Started(stamps) => reingest.stamps = stamps,
            ReaderEvent::Batch(batch, progress) => {
                reingest.progress = progress;
                reingest.replay.extend(*batch);
            }
            ReaderEvent::Failed(error) => return self.give_up(&error),
            // A log that is read again is not looked for in the column cache.
            ReaderEvent::CachedColumns(_) | ReaderEvent::Damaged(_) => {}
            // What a log that is followed has by now is what the plan is applied to.
            ReaderEvent::Idle => {
                let event = next.read_again(None, Box::default(), cx);
                return event.or(Some(ReloadEvent::StopReading(id)));
            }
            ReaderEvent::End(key, known) => return next.read_again(key, known, cx),
        }
        None
    }

    /// The log cannot be read again: the plan that it is read for is not applied.
    pub(in crate::session) fn give_up(&mut self, words: &str) -> Option<ReloadEvent> {
        let field = match self.next() {
            Self::Widening(field, _) => Some(field.clone()),
            _ => None,
        };
        match (self.next().replace(Self::Idle)?, field) {
            (ReloadEvent::StopReading(id), Some(field)) => {
                Some(ReloadEvent::NotWidened { id, field, words: words.to_owned() })
            }
            (ReloadEvent::StopReading(id), None) => Some(gave_up(id, words)),
            (other, _) => Some(other),
        }
    }

    /// The log was read again: all of it, or what the events in use lack of the whole.
    fn read_again(
        &mut self,
        key: Option<CacheKey>,
        known: Box<Known>,
        cx: &mut ReloadContext<'_>,
    ) -> Option<ReloadEvent> {
        let (plan, reingest) = match std::mem::replace(self, Self::Idle) {
            Self::Reingesting(plan, reingest) => (plan, reingest),
            Self::Widening(field, reingest) => return Some(reingest.widen(field, cx)),
            _ => return None,
        };
        let Reingest { mut replay, stamps, whole, .. } = reingest;
        replay.finish();
        let tape = replay.into_tape();
        let is_same = !cx.log.watch().read().differ(&stamps);
        let events = match whole {
            None => Events::All(tape, ReadAgain { stamps, known, key }),
            Some(whole) => match Arc::try_unwrap(tape) {
                Ok(tape) if is_same && cx.replay.tape().has_same_rows_as(&tape) => {
                    Events::Columns(Box::new(tape), key)
                }
                // The log is no longer what it was: all of it is needed.
                _ => {
                    let (reingest, request) = Reingest::start(cx, *whole, None);
                    *self = Self::Reingesting(plan, reingest);
                    return Some(ReloadEvent::Read(request));
                }
            },
        };
        *self = Self::Waiting(plan, events);
        None
    }

    /// Goes on to the next state, if it is time for that.
    pub(in crate::session) fn advance(
        &mut self,
        cx: &mut ReloadContext<'_>,
    ) -> Option<ReloadEvent> {
        match std::mem::replace(self, Self::Idle) {
            Self::Backfilling(applied, next) if applied.is_complete(cx.replay) => {
                *self = *next;
                Some(ReloadEvent::Applied(applied))
            }
            Self::Waiting(plan, events) if !cx.replay.is_filling() => {
                Some(self.apply(plan, events, cx))
            }
            other => {
                *self = other;
                None
            }
        }
    }

    /// Makes a plan the replay's. Columns that do not fit its events have the log read again.
    fn apply(
        &mut self,
        plan: PendingPlan,
        events: Events,
        cx: &mut ReloadContext<'_>,
    ) -> ReloadEvent {
        let (tape, other_log, with) = match events {
            Events::InUse => (None, false, Adopted::Plan),
            Events::All(tape, read) => {
                let differs = cx.log.watch().read().differ(&read.stamps);
                (Some(tape), differs && !cx.log.is_open(), Adopted::Events(read))
            }
            Events::Columns(columns, key) => {
                if !cx.replay.add_columns(*columns, &plan.plan.attributes) {
                    let (reingest, request) = Reingest::start(cx, demand(&plan.plan, false), None);
                    *self = Self::Reingesting(plan, reingest);
                    return ReloadEvent::Read(request);
                }
                (None, false, Adopted::Columns(key))
            }
        };
        let (cursor, adopted_plan) = (cx.replay.cursor(), Arc::clone(&plan.plan));
        let applied = AppliedPlan::new(cx.replay, plan, tape.is_none(), other_log);
        cx.replay.adopt(&adopted_plan, tape);
        *self = Self::Backfilling(applied, Box::new(Self::Idle));
        ReloadEvent::PlanAdopted { plan: adopted_plan, cursor, with }
    }
}

fn gave_up(id: ReaderId, words: &str) -> ReloadEvent {
    ReloadEvent::GaveUp(id, format!("the config was not applied: {words}"))
}
