//! The explanation of a value, for as long as it is in view: made in slices on the session's thread,
//! of the cursor's moment, and made anew when that is another one or the config was saved. What is
//! shown until then is the one before, of the same cell.
//!
//! While event time runs the cursor is elsewhere with each slice: an explanation that is begun is
//! brought to its end, of the position where it was begun, and the next one is begun some time after.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::base::{Deadline, Key, Step, Task, Timestamp};
use crate::config::Document;
use crate::engine::InputRows;
use crate::explain::outline::{self, Extent, Outline};
use crate::explain::{Attribute, ContributorsTask, ExplainTask, Listing, NearKeys, Position};
use crate::plan::{OutputId, Plan, ScopeId};

use crate::session::protocol::{ExplainLook, Target};
use crate::session::replay::Replay;
use crate::session::snapshot::{Explained, Waits};

/// The time that a snapshot may wait for an explanation.
const SNAPSHOT_WAIT: Duration = Duration::from_millis(3);
/// The least time between two explanations while event time runs.
const REFRESH: Duration = Duration::from_millis(300);
/// The most values of an attribute that are listed.
const VALUES: usize = 1000;

/// The explanation in view.
#[derive(Default)]
pub(in crate::session) struct Explanations {
    /// What is told, and of what.
    told: Option<(Of, Arc<Outline>)>,
    work: Option<Work>,
    begun: Option<Instant>,
    /// An attribute that cannot be read of the log, and why.
    unreadable: Option<(String, String)>,
}

/// What an explanation is of.
#[derive(Clone)]
struct Of {
    look: ExplainLook,
    plan: Arc<Plan>,
    /// The events of the tape, and those that are applied.
    tape: usize,
    events: usize,
    moment: Option<Timestamp>,
}

impl Of {
    fn new(replay: &Replay, look: &ExplainLook) -> Self {
        Self {
            look: look.clone(),
            plan: Arc::clone(replay.plan()),
            tape: replay.tape().events(),
            events: replay.cursor(),
            moment: replay.as_of(),
        }
    }

    /// Where it was read.
    fn position(&self, replay: &Replay) -> Target {
        let apart = self.moment.filter(|_| self.moment != replay.tape().clock(self.events));
        apart.map_or(Target::Event(self.events), Target::Time)
    }

    /// Whether both read the same events under the same plan.
    fn reads_as(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.plan, &other.plan) && self.tape == other.tape
    }

    fn is(&self, other: &Self) -> bool {
        self.reads_as(other)
            && self.look == other.look
            && (self.events, self.moment) == (other.events, other.moment)
    }
}

/// An explanation that is being made.
struct Work {
    of: Of,
    stage: Stage,
    done: f32,
}

enum Stage {
    /// Looks for the rows of the key: whether an event has it.
    Seen(ScopeId, u32, OutputId),
    Value(Box<ExplainTask>),
    Contributors(Box<ContributorsTask>),
    /// The key was not seen; the first event that has it comes later, or there is none.
    NearKeys(NearKeys, Option<(usize, Timestamp)>),
}

/// What is explained with.
#[derive(Clone, Copy)]
pub(in crate::session) struct Context<'c> {
    pub(in crate::session) replay: &'c Replay,
    /// What the plan was made of: the config and its text.
    pub(in crate::session) config: (&'c Document, &'c str),
    /// Whether the log is being read.
    pub(in crate::session) is_reading: bool,
}

impl Explanations {
    /// Whether there is more to be shown.
    pub(in crate::session) const fn is_unfinished(&self) -> bool {
        self.work.is_some()
    }

    /// The bytes that what is being made takes.
    pub(in crate::session) fn held(&self) -> usize {
        match self.work.as_ref().map(|work| &work.stage) {
            Some(Stage::Value(task)) => task.bytes(),
            Some(Stage::Contributors(task)) => task.bytes(),
            Some(Stage::Seen(..) | Stage::NearKeys(..)) | None => 0,
        }
    }

    /// Whether an attribute cannot be read of the log.
    pub(in crate::session) fn cannot_read(&self, field: &str) -> bool {
        self.unreadable.as_ref().is_some_and(|(known, _)| known == field)
    }

    /// An attribute cannot be read of the log, in words.
    pub(in crate::session) fn set_unreadable(&mut self, field: String, words: String) {
        self.unreadable = Some((field, words));
    }

    /// What is told instead where the attribute by which contributors are wanted was not read.
    fn not_read(&self, cx: Context<'_>, look: &ExplainLook) -> Option<Result<Waits, Outline>> {
        let field = look.by.as_ref()?;
        if cx.replay.tape().demand().attributes.contains(field) {
            return None;
        }
        let known = self.unreadable.as_ref().filter(|(known, _)| known == field);
        Some(known.map_or(Ok(Waits::Field), |(_, words)| {
            Err(Outline::of(&format!("`{field}` cannot be read: {words}")))
        }))
    }

    /// Goes on between two snapshots, until the deadline. Returns whether something new is told.
    pub(in crate::session) fn work(&mut self, cx: Context<'_>, deadline: &Deadline) -> bool {
        let Some(mut work) = self.work.take() else { return false };
        if !work.of.reads_as(&Of::new(cx.replay, &work.of.look)) || cx.replay.is_filling() {
            return false;
        }
        match work.step(cx, deadline) {
            Step::Done(outline) => {
                self.told = Some((work.of, Arc::new(outline)));
                true
            }
            Step::Pending(done) => {
                work.done = done;
                self.work = Some(work);
                false
            }
        }
    }

    /// What is shown of the value in view.
    pub(in crate::session) fn draw(
        &mut self,
        cx: Context<'_>,
        look: Option<&ExplainLook>,
        is_playing: bool,
    ) -> Option<Arc<Explained>> {
        let Some(look) = look else {
            let unreadable = self.unreadable.take();
            *self = Self { unreadable, ..Self::default() };
            return None;
        };
        let of = Of::new(cx.replay, look);
        let mut waits = cx.is_reading.then_some(Waits::Log);
        match self.not_read(cx, look) {
            Some(Ok(field)) => waits = waits.or(Some(field)),
            Some(Err(outline)) => {
                (self.work, self.told) = (None, Some((of.clone(), Arc::new(outline))));
            }
            None => {}
        }
        if waits.is_none() {
            self.begin(cx, &of, is_playing);
            let deadline = Deadline::after(cx.replay.clock(), SNAPSHOT_WAIT);
            self.work(cx, &deadline);
            waits = self.work.as_ref().map(|work| Waits::Events(work.done));
        }
        let told = self.told.as_ref().filter(|(told, _)| told.look.is_about(look));
        Some(Arc::new(Explained {
            of: look.clone(),
            at: told.map(|(told, _)| told.position(cx.replay)),
            outline: told.map(|(_, outline)| Arc::clone(outline)).unwrap_or_default(),
            waits,
        }))
    }

    /// Begins what is not told, unless it is on its way.
    fn begin(&mut self, cx: Context<'_>, of: &Of, is_playing: bool) {
        if self.told.as_ref().is_some_and(|(told, _)| told.is(of)) {
            self.work = None;
            return;
        }
        let now = cx.replay.clock().now();
        let is_on_its_way = |work: &Work| {
            work.of.is(of) || (is_playing && work.of.reads_as(of) && work.of.look == of.look)
        };
        let is_soon = is_playing
            && self.told.as_ref().is_some_and(|(told, _)| told.look == of.look)
            && self.begun.is_some_and(|begun| now - begun < REFRESH);
        if !is_soon && !self.work.as_ref().is_some_and(is_on_its_way) {
            self.begun = Some(now);
            match Work::begin(cx, of) {
                Ok(work) => self.work = Some(work),
                Err(outline) => {
                    self.work = None;
                    self.told = Some((of.clone(), Arc::new(outline)));
                }
            }
        }
    }
}

impl Work {
    /// Begins; `Err` with all that there is to tell if that is known at once.
    fn begin(cx: Context<'_>, of: &Of) -> Result<Self, Outline> {
        let (plan, index) = (cx.replay.plan(), cx.replay.index());
        let place = plan.outputs.iter().position(|output| output.name == of.look.output);
        let Some(output) = place.map(OutputId) else {
            return Err(Outline::of(&format!("the config has no output `{}`", of.look.output)));
        };
        let scope = plan.scope_of(output);
        let stage = match index.find(scope, &of.look.key.0) {
            Some(slot) => Stage::Seen(scope, slot, output),
            None => Stage::NearKeys(NearKeys::new(scope, of.look.key.clone()), None),
        };
        Ok(Self { of: of.clone(), stage, done: 0.0 })
    }

    fn step(&mut self, cx: Context<'_>, deadline: &Deadline) -> Step<Outline> {
        let replay = cx.replay;
        let (plan, tape, index) = (replay.plan(), replay.tape(), replay.index());
        let rows = InputRows { plan, tape, index };
        let as_of = replay.as_of().unwrap_or_default();
        let at = Position { rows, engine: replay.engine(), as_of };
        loop {
            match &mut self.stage {
                Stage::Seen(scope, slot, output) => {
                    let (scope, slot, output) = (*scope, *slot, *output);
                    if !plan.scopes[scope.0].attributes.is_empty() {
                        match index.prepare_rows(scope, slot, deadline) {
                            Step::Pending(done) => return Step::Pending(done / 2.0),
                            Step::Done(_) => {}
                        }
                    }
                    // The engine may have moved on meanwhile.
                    let (events, moment) = (replay.cursor(), replay.as_of());
                    self.of = Of { events, moment, ..self.of.clone() };
                    self.stage = match self.seen(cx, at, (scope, slot, output)) {
                        Ok(stage) => stage,
                        Err(outline) => return Step::Done(outline),
                    };
                }
                Stage::Value(task) => {
                    return match task.step(at, deadline) {
                        Step::Pending(done) => Step::Pending(done),
                        Step::Done(told) => {
                            let order = self.of.look.order;
                            Step::Done(outline::explanation(&told, order, Extent::Overview))
                        }
                    };
                }
                Stage::Contributors(task) => {
                    return match task.step(at, deadline) {
                        Step::Pending(done) => Step::Pending(done),
                        Step::Done(sides) => {
                            let by = self.of.look.by.as_deref().unwrap_or_default();
                            let name = outline::name(&self.of.look.output, &self.key(plan));
                            let of = (name.as_str(), self.of.moment.unwrap_or_default());
                            let listed = (VALUES, "");
                            let extent = Extent::Overview;
                            Step::Done(outline::contributors(of, &sides, by, listed, extent))
                        }
                    };
                }
                Stage::NearKeys(task, first) => {
                    return match task.step(index, deadline) {
                        Step::Pending(done) => Step::Pending(done),
                        Step::Done(near) => {
                            let first = *first;
                            let is_end = self.of.events == tape.events();
                            let until = self.of.moment.filter(|_| !is_end);
                            let (output, key) = (&self.of.look.output, self.key(plan));
                            Step::Done(outline::never_seen(output, &key, (&near, first), until))
                        }
                    };
                }
            }
        }
    }

    /// What follows now that it is known where the key's rows are.
    fn seen(
        &self,
        cx: Context<'_>,
        at: Position<'_>,
        (scope, slot, output): (ScopeId, u32, OutputId),
    ) -> Result<Stage, Outline> {
        let look = &self.of.look;
        if !crate::explain::is_seen(at, scope, slot) {
            let first = crate::explain::first_event(at.rows, scope, slot);
            return Ok(Stage::NearKeys(NearKeys::new(scope, look.key.clone()), first));
        }
        let Some(by) = &look.by else {
            let listing = Listing { order: look.order, most: look.most };
            let task = ExplainTask::new(at, (output, slot), listing, cx.config);
            return Ok(Stage::Value(Box::new(task)));
        };
        let fields = &at.rows.tape.demand().attributes;
        let Some(column) = fields.iter().position(|field| field == by) else {
            return Err(Outline::of(&format!("no event was read with an attribute `{by}`")));
        };
        Ok(Stage::Contributors(Box::new(ContributorsTask::new(at, (output, slot), column, VALUES))))
    }

    /// The key with the names of its attributes.
    fn key(&self, plan: &Plan) -> Vec<Attribute> {
        let Key(texts) = &self.of.look.key;
        let place = plan.outputs.iter().position(|output| output.name == self.of.look.output);
        let scope = place.map(|output| plan.scope_of(OutputId(output)));
        let names = scope.into_iter().flat_map(|scope| plan.key_attributes(scope));
        let named = |(name, value): (&str, &String)| Attribute {
            name: name.to_owned(),
            value: value.clone(),
        };
        names.zip(texts).map(named).collect()
    }
}
