//! History: one output at one key over time, with all its changes: at each event that changes it,
//! when samples enter or leave a window, and when the key's time to live passes.
//!
//! It is computed from the posting lists of the key: keyed states take only the rows of the key.
//! States that all keys share (global sides) are replayed by an engine that holds nothing else. A
//! value that drifts between events (a decay, an age, a global side) is also read on an even grid. The
//! result does not depend on how the history is shown.
//!
//! The work is bounded: after the first 65,536 reads the value is read on an even grid only, of
//! 1,024 moments for the log and as many for what leaves windows after it. Extremes between these
//! moments are missed.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::base::{Deadline, Step, Task, Timestamp};
use crate::plan::{OutputId, Plan};
use crate::tape::Tape;

use super::history_pieces::{Piece, Pieces, pieces_until};
use super::keyed_state::KeyedState;
use crate::engine::keys::KeyIndex;
use crate::engine::program::{table, terms};
use crate::engine::{BackfillEngine, Engine, MissingStates};

/// The number of grid moments.
const GRID: i64 = 1024;
/// The number of reads after which only grid moments are read.
const MOST_READS: usize = 1 << 16;
/// The events applied, and the values read, between two checks of the time.
const STRETCH: usize = 2048;
const READS: usize = 16;

/// The history of an output at a key, from the first event to beyond the last, as far as it is
/// read.
pub struct History {
    output: OutputId,
    slot: u32,
    /// Holds the states that the output reads, and no others.
    engine: Engine,
    keyed_states: Vec<KeyedState>,
    /// True if some states are shared by all keys: the engine replays them.
    replays: bool,
    /// True if the value drifts between events and due moments.
    drifts: bool,
    /// The moments when samples enter or leave windows.
    due: BTreeSet<i64>,
    /// The first and the last moment of the grid.
    span: (i64, i64),
    /// The events applied, and the moment of the last read.
    events: usize,
    read_at: Option<i64>,
    /// The number of reads so far, and the number after which only grid moments are read.
    reads: usize,
    most_reads: usize,
    is_complete: bool,
    pieces: Pieces,
}

impl Task for History {
    /// The tape and the index that it was created with.
    type Context<'c> = (&'c Tape, &'c KeyIndex);
    type Output = ();

    fn step(&mut self, (tape, index): Self::Context<'_>, deadline: &Deadline) -> Step<()> {
        if self.read_on(tape, index, deadline) {
            return Step::Done(());
        }
        Step::Pending(self.events as f32 / tape.events().max(1) as f32)
    }
}

impl History {
    /// A history before the first read.
    #[must_use]
    pub fn new(
        plan: &Arc<Plan>,
        tape: &Tape,
        index: &KeyIndex,
        output: OutputId,
        slot: u32,
    ) -> Self {
        let scope = plan.scope_of(output);
        let (mut shared, mut keyed_states) = (Vec::new(), Vec::<KeyedState>::new());
        let mut drifts = false;
        for (term, _) in terms(plan, output) {
            let state = &plan.states[term.state.0];
            drifts |= state.drifts();
            if plan.inputs[state.input.0].rolled_up {
                shared.push(term.state);
            } else if let Some(keyed) =
                keyed_states.iter_mut().find(|keyed| keyed.state == term.state)
            {
                keyed.windows.push(term.window);
            } else {
                keyed_states.push(KeyedState::new(
                    plan,
                    tape,
                    index,
                    (scope, slot),
                    term.state,
                    term.window,
                ));
            }
        }
        let replays = !shared.is_empty();
        let missing = MissingStates { states: shared, served: Vec::new() };
        let mut engine = BackfillEngine::new(plan, &missing).into_engine();
        for keyed in &keyed_states {
            engine.tables[keyed.state.0] = table(&plan.states[keyed.state.0]);
        }
        let ends = tape.clock(1).zip(tape.clock(tape.events()));
        Self {
            output,
            slot,
            engine,
            keyed_states,
            replays,
            drifts: drifts || replays,
            due: BTreeSet::new(),
            span: ends.map_or((0, 0), |(start, end)| (start.0, end.0)),
            events: 0,
            read_at: None,
            reads: 0,
            most_reads: MOST_READS,
            is_complete: false,
            pieces: Pieces::default(),
        }
    }

    /// The same history, reading only grid moments after another number of reads.
    #[must_use]
    pub fn with_most_reads(self, most_reads: usize) -> Self {
        Self { most_reads, ..self }
    }

    /// Whether only grid moments are read from here on.
    const fn is_on_grid(&self) -> bool {
        self.reads >= self.most_reads
    }

    /// Whether the value may change between the moments that are read: it drifts, as decays do, or
    /// there are too many changes to read each of them.
    #[must_use]
    pub const fn drifts(&self) -> bool {
        self.drifts || self.is_on_grid()
    }

    /// The pieces read up to a position: after `events` and until `as_of`.
    #[must_use]
    pub fn until(&self, events: usize, as_of: Timestamp) -> &[Piece] {
        pieces_until(self.pieces(), events, as_of)
    }

    /// All pieces read so far.
    #[must_use]
    pub fn pieces(&self) -> &[Piece] {
        self.pieces.all()
    }

    /// Reads on until the deadline. Returns whether the history is complete.
    fn read_on(&mut self, tape: &Tape, index: &KeyIndex, deadline: &Deadline) -> bool {
        let mut reads = 0;
        while !self.is_complete {
            if self.is_on_grid() {
                return self.read_on_by_grid(tape, index, deadline);
            }
            reads += 1;
            if reads % READS == 0 && deadline.has_passed() {
                return false;
            }
            let next = self.next_event(tape);
            let clock = next.and_then(|event| tape.clock(event + 1)).map(|clock| clock.0);
            match (self.next_moment(clock), next.zip(clock)) {
                (Some(moment), _) => {
                    let events = tape.events_at(Timestamp(moment)).max(self.events);
                    if !self.apply_shared(tape, index, events, deadline) {
                        return false;
                    }
                    self.read(index, events, moment);
                }
                (None, Some((event, clock))) => {
                    if !self.apply_shared(tape, index, event + 1, deadline) {
                        return false;
                    }
                    if self.apply(tape, index, event) {
                        self.read(index, event + 1, clock);
                    }
                }
                (None, None) => self.is_complete = true,
            }
        }
        true
    }

    /// Reads on at grid moments only, until the deadline. Returns whether the history is complete.
    fn read_on_by_grid(&mut self, tape: &Tape, index: &KeyIndex, deadline: &Deadline) -> bool {
        let mut applied = 0;
        while let Some(moment) = self.next_grid_moment(tape) {
            let events = tape.events_at(Timestamp(moment)).max(self.events);
            while let Some(event) = self.next_event(tape).filter(|event| *event < events) {
                self.apply(tape, index, event);
                // Of the moments when samples leave windows, only the last is needed.
                if let Some(last) = self.due.pop_last() {
                    self.due = BTreeSet::from([last]);
                }
                applied += 1;
                if applied % READS == 0 && deadline.has_passed() {
                    return false;
                }
            }
            if !self.apply_shared(tape, index, events, deadline) {
                return false;
            }
            self.read(index, events, moment);
            if deadline.has_passed() {
                return false;
            }
        }
        self.is_complete = true;
        true
    }

    /// The next grid moment: even steps to the last event, then even steps to the last change after
    /// it. `None` beyond that.
    fn next_grid_moment(&self, tape: &Tape) -> Option<i64> {
        let next = |from: i64, to: i64, after: i64| {
            let step = (to.saturating_sub(from) / GRID).max(1);
            (from + ((after - from) / step + 1).saturating_mul(step)).min(to)
        };
        let (start, end) = self.span;
        let read_at = self.read_at.unwrap_or(start);
        if read_at < end {
            return Some(next(start, end, read_at));
        }
        if self.next_event(tape).is_some() {
            return Some(read_at);
        }
        let expiries = || self.keyed_states.iter().filter_map(|keyed| keyed.expires);
        let last = self.due.last().copied().into_iter().chain(expiries()).max()?;
        let expires = expiries().filter(|moment| *moment > read_at);
        let grid = Some(next(end, last, read_at)).filter(|_| last > read_at);
        expires.chain(grid).min()
    }

    /// The event of the next row that is not applied to all keyed states.
    fn next_event(&self, tape: &Tape) -> Option<usize> {
        self.keyed_states.iter().filter_map(|keyed| keyed.next_event(tape)).min()
    }

    /// The next moment before `clock`, if there is one, at which the value may change without an
    /// event of the key.
    fn next_moment(&self, clock: Option<i64>) -> Option<i64> {
        // Before its first event the key has no value.
        let read_at = self.read_at?;
        let expires = self.keyed_states.iter().filter_map(|keyed| keyed.expires);
        let (start, end) = self.span;
        let step = ((end - start) / GRID).max(1);
        let grid = start + ((read_at - start) / step + 1) * step;
        let grid = Some(grid).filter(|grid| self.drifts && *grid <= end);
        // A decay is lowest just before an event.
        let last = clock.filter(|_| self.drifts).map(|clock| clock - 1);
        let moments = self.due.first().copied().into_iter().chain(expires).chain(grid).chain(last);
        moments
            .filter(|moment| *moment > read_at && clock.is_none_or(|clock| *moment < clock))
            .min()
    }

    /// Applies events to the shared states, until the deadline. Returns whether all are applied.
    fn apply_shared(
        &mut self,
        tape: &Tape,
        index: &KeyIndex,
        events: usize,
        deadline: &Deadline,
    ) -> bool {
        if !self.replays || self.engine.position().events >= events {
            return true;
        }
        // Keyed states take only the rows of the key.
        let states: Vec<_> = self.keyed_states.iter().map(|keyed| keyed.state.0).collect();
        let lent: Vec<_> = states.iter().map(|state| self.engine.tables[*state].take()).collect();
        let is_applied = loop {
            let position = self.engine.position().events;
            if position >= events {
                break true;
            }
            self.engine.apply(tape, index, events.min(position + STRETCH));
            if self.engine.position().events == position {
                // Rows that cannot be read are not waited for.
                break true;
            }
            if deadline.has_passed() {
                break false;
            }
        };
        for (state, table) in states.into_iter().zip(lent) {
            self.engine.tables[state] = table;
        }
        is_applied
    }

    /// Applies the rows of an event to the keyed states. Returns whether any of them counted one.
    fn apply(&mut self, tape: &Tape, index: &KeyIndex, event: usize) -> bool {
        let plan = Arc::clone(&self.engine.plan);
        let mut is_counted = false;
        for keyed in &mut self.keyed_states {
            let Some(table) = &mut self.engine.tables[keyed.state.0] else { continue };
            is_counted |= keyed.apply((&plan, tape, index), event, table.as_mut(), &mut self.due);
        }
        self.events = event + 1;
        is_counted
    }

    fn read(&mut self, index: &KeyIndex, events: usize, moment: i64) {
        self.read_at = Some(moment);
        self.reads += 1;
        while self.due.first().is_some_and(|due| *due <= moment) {
            self.due.pop_first();
        }
        for keyed in &mut self.keyed_states {
            keyed.expires.take_if(|expires| *expires <= moment);
        }
        let reading = self.engine.reading(index, self.output, self.slot, Timestamp(moment));
        self.pieces.add(events, moment, reading.number());
    }
}
