//! The replay: a tape, the states at the cursor, and the ways to move it. Pure but for the
//! deadlines of its slices; it must not know threads, files or what is shown.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use crate::base::clock;
use crate::engine::{Checkpoints, Effect, Engine, Index, Missing, Observed};
use crate::plan::Plan;
use crate::tape::{Arrangement, Batch, Demand, Tape};

/// How many events before the cursor are watched, so that their effects are known and they can
/// be taken back one by one.
const WATCHED: usize = 128;
/// How many of them must stay known when events are taken back.
const STAY_KNOWN: usize = 32;
/// How many events are applied between two looks at the time.
const CHUNK: usize = 2048;
/// How much memory checkpoints may take.
const CHECKPOINT_BYTES: usize = 256 << 20;

/// A tape and the states at the cursor.
pub struct Replay {
    /// Shared with nobody until it is finished.
    tape: Arc<Tape>,
    index: Index,
    engine: Engine,
    checkpoints: Checkpoints,
    /// The last events before the cursor and what they did, newest last.
    watched: VecDeque<(usize, Observed)>,
    goal: usize,
    filling: Option<Filling>,
}

/// States on the way to a plan that misses some of them.
struct Filling {
    plan: Arc<Plan>,
    missing: Missing,
    filler: Engine,
    /// The positions of checkpoints that are still to be mended, the next one last.
    mending: Vec<usize>,
    target: usize,
}

impl Replay {
    /// A replay of a log that is about to be read.
    #[must_use]
    pub fn new(plan: Arc<Plan>, demand: Demand) -> Self {
        let tape = Tape::new(demand);
        let index = Index::new(&plan, &tape, None);
        Self::over(plan, Arc::new(tape), index)
    }

    /// A replay of events that are there, and of their keys under the plan.
    #[must_use]
    pub fn over(plan: Arc<Plan>, tape: Arc<Tape>, index: Index) -> Self {
        Self {
            tape,
            index,
            engine: Engine::new(plan),
            checkpoints: Checkpoints::new(CHECKPOINT_BYTES),
            watched: VecDeque::new(),
            goal: 0,
            filling: None,
        }
    }

    /// Takes lines of the log in.
    pub fn extend(&mut self, batch: Batch) {
        if let Some(tape) = Arc::get_mut(&mut self.tape) {
            tape.extend(batch);
            self.index.extend(tape);
        }
    }

    /// Ends the log. If that changed the order of events, the replay starts over, and goes to
    /// the event number where it was.
    pub fn finish(&mut self) -> Arrangement {
        let Some(tape) = Arc::get_mut(&mut self.tape) else { return Arrangement::AsItStood };
        let arrangement = tape.finish();
        if arrangement == Arrangement::Reordered {
            self.goal = self.goal.max(self.cursor()).min(self.tape.events());
            self.restart();
        }
        self.index.extend(&self.tape);
        arrangement
    }

    fn restart(&mut self) {
        let plan = Arc::clone(self.plan());
        self.index = Index::new(&plan, &self.tape, None);
        self.engine = Engine::new(plan);
        self.checkpoints = Checkpoints::new(CHECKPOINT_BYTES);
        self.watched.clear();
        self.filling = None;
    }

    /// The plan whose values can be read.
    #[must_use]
    pub const fn plan(&self) -> &Arc<Plan> {
        self.engine.plan()
    }

    /// The events.
    #[must_use]
    pub const fn tape(&self) -> &Arc<Tape> {
        &self.tape
    }

    /// The events alone, for another replay.
    #[must_use]
    pub fn into_tape(self) -> Arc<Tape> {
        self.tape
    }

    /// The keys. While the replay [is filling](Self::is_filling) they are those of the next plan.
    #[must_use]
    pub const fn index(&self) -> &Index {
        &self.index
    }

    /// The keys, to build what is built on demand.
    pub fn index_mut(&mut self) -> (&Tape, &mut Index) {
        (&self.tape, &mut self.index)
    }

    /// The states at the cursor.
    #[must_use]
    pub const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// How many events are applied.
    #[must_use]
    pub const fn cursor(&self) -> usize {
        self.engine.position().events
    }

    /// Where the cursor is going.
    #[must_use]
    pub const fn goal(&self) -> usize {
        self.goal
    }

    /// Whether the cursor is where it is going, and all states are there.
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        self.filling.is_none() && self.cursor() == self.goal
    }

    /// Whether states are being filled; until then values cannot be read.
    #[must_use]
    pub const fn is_filling(&self) -> bool {
        self.filling.is_some()
    }

    /// What an applied event changed, if it is known: the index of the event, from 0.
    #[must_use]
    pub fn effects(&self, event: usize) -> Option<&[Effect]> {
        let found = self.watched.iter().rev().find(|(known, _)| *known == event);
        found.map(|(_, observed)| observed.effects.as_slice())
    }

    /// The bytes of memory held: tape, states, checkpoints.
    #[must_use]
    pub fn bytes(&self) -> (usize, usize, usize) {
        (self.tape.bytes(), self.engine.bytes(), self.checkpoints.bytes())
    }

    /// Sends the cursor somewhere; [`Replay::work`] brings it there.
    pub fn aim(&mut self, events: usize) {
        self.goal = events.min(self.tape.events());
    }

    /// Works towards the goal until the deadline, or until it is reached. Returns whether
    /// anything was done.
    pub fn work(&mut self, deadline: Instant) -> bool {
        if self.filling.is_some() {
            self.fill(deadline);
            return true;
        }
        if self.goal == self.cursor() {
            return false;
        }
        self.jump();
        while self.cursor() < self.goal {
            let cursor = self.cursor();
            if self.goal - cursor <= WATCHED {
                let Some(observed) = self.engine.observe(&self.tape, &self.index) else { break };
                self.watched.push_back((cursor, observed));
                if self.watched.len() > WATCHED {
                    self.watched.pop_front();
                }
            } else {
                let due = self.checkpoints.next_after(cursor);
                let stop = due.min(self.goal - WATCHED).min(cursor + CHUNK);
                self.engine.apply(&self.tape, &self.index, stop);
                self.watched.clear();
            }
            self.checkpoints.note(&self.engine);
            if clock::instant() >= deadline {
                break;
            }
        }
        true
    }

    /// Brings the cursor near the goal without applying events: takes back those that are
    /// watched, or goes on from the last checkpoint before the goal if that is closer.
    fn jump(&mut self) {
        let first = self.watched.front().map_or(usize::MAX, |(event, _)| *event);
        let known = first == 0 || self.goal >= first.saturating_add(STAY_KNOWN);
        while known && self.goal < self.cursor() {
            let Some((_, observed)) = self.watched.pop_back() else { break };
            self.engine.undo(&observed.undo);
        }
        let cursor = self.cursor();
        let checkpoint = self.checkpoints.before(self.goal.saturating_sub(WATCHED));
        match checkpoint {
            Some(checkpoint) if self.goal < cursor || checkpoint.position().events > cursor => {
                self.engine = checkpoint.copy();
                self.watched.clear();
            }
            None if self.goal < cursor => {
                self.engine = Engine::new(Arc::clone(self.engine.plan()));
                self.watched.clear();
            }
            _ => {}
        }
    }

    /// Takes up another plan at the cursor, and another tape if the plan needs one. States that
    /// kept their identity are kept, [`Replay::work`] fills the others.
    pub fn adopt(&mut self, plan: &Arc<Plan>, tape: Option<Arc<Tape>>) {
        let target = self.cursor();
        let kept = tape.is_none_or(|tape| self.take_tape(tape));
        let missing = if kept {
            Missing::between(self.engine.plan(), plan)
        } else {
            Missing::new(plan, &[], &[])
        };
        let old = std::mem::take(&mut self.index);
        self.index = Index::new(plan, &self.tape, Some(old));
        self.watched.clear();
        self.start_filling(plan, missing, target.min(self.tape.events()));
    }

    /// Goes on from states that were kept elsewhere, and fills what they miss. Their plan must be
    /// the one whose [keys](Self::index) there are.
    pub fn resume(&mut self, engine: Engine, missing: Missing) {
        let plan = Arc::clone(engine.plan());
        let target = engine.position().events;
        self.engine = engine;
        self.filling = None;
        self.checkpoints = Checkpoints::new(CHECKPOINT_BYTES);
        self.watched.clear();
        self.start_filling(&plan, missing, target);
    }

    fn start_filling(&mut self, plan: &Arc<Plan>, missing: Missing, target: usize) {
        self.goal = self.goal.min(self.tape.events());
        if missing.is_empty() && self.cursor() == target {
            self.checkpoints.inherit(plan);
            let old = std::mem::replace(&mut self.engine, Engine::filler(plan, &missing));
            self.engine = old.inherit(plan);
            return;
        }
        self.checkpoints.truncate(target);
        let mut mending = self.checkpoints.positions();
        mending.reverse();
        let filler = Engine::filler(plan, &missing);
        self.filling = Some(Filling { plan: Arc::clone(plan), missing, filler, mending, target });
    }

    /// Puts another tape in the place of this one. Where the events up to the cursor are the
    /// same ones, the states are kept and find their keys again; otherwise they are dropped.
    /// Returns whether they are kept.
    fn take_tape(&mut self, tape: Arc<Tape>) -> bool {
        let plan = Arc::clone(self.plan());
        let cursor = self.cursor();
        let same =
            plan.attributes.iter().all(|attribute| tape.demand().attributes.contains(attribute))
                && tape.events() >= cursor
                && tape.fingerprint(cursor) == self.tape.fingerprint(cursor);
        if same {
            let index = Index::new(&plan, &tape, None);
            self.engine.rearrange(&self.index, &index, &tape);
            self.index = index;
        } else {
            self.engine = Engine::new(plan);
            self.index = Index::default();
        }
        self.checkpoints = Checkpoints::new(CHECKPOINT_BYTES);
        self.tape = tape;
        same
    }

    /// How far filling is, 0 to 1.
    #[must_use]
    pub fn filled(&self) -> f64 {
        match &self.filling {
            Some(filling) if filling.target > 0 => {
                filling.filler.position().events as f64 / filling.target as f64
            }
            _ => 1.0,
        }
    }

    fn fill(&mut self, deadline: Instant) {
        let Some(mut filling) = self.filling.take() else { return };
        while filling.filler.position().events < filling.target {
            let cursor = filling.filler.position().events;
            let due = filling.mending.last().copied().unwrap_or(filling.target);
            let stop = due.min(filling.target).min(cursor + CHUNK);
            filling.filler.apply(&self.tape, &self.index, stop);
            if filling.mending.last() == Some(&stop) {
                filling.mending.pop();
                self.checkpoints.mend(&filling.plan, &filling.filler, &filling.missing);
            }
            if clock::instant() >= deadline && filling.filler.position().events < filling.target {
                self.filling = Some(filling);
                return;
            }
        }
        let empty = Engine::filler(&filling.plan, &Missing::default());
        let mut heir = std::mem::replace(&mut self.engine, empty).inherit(&filling.plan);
        heir.adopt(&filling.filler, &filling.missing);
        self.engine = heir;
    }
}
