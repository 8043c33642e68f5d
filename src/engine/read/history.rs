//! One value over time, with all its changes: at each event that changes it, when samples leave
//! a window or enter one, when the key's time to live passes. It is read straight from the rows
//! that can change it: the states of the key itself take only its own rows; those that all keys
//! share are replayed alone. What changes steadily (a decay, a side that all keys share) is read on
//! an even grid besides. None of this depends on how the history is shown.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::aggregate::StateTable;
use crate::base::Timestamp;
use crate::plan::{InputId, OutputId, Plan, ScopeId, Shape, StateId, Window, WindowKind};
use crate::tape::Tape;

use super::changes::{Rows, sample};
use super::pieces::{Piece, Pieces};
use crate::engine::keys::KeyIndex;
use crate::engine::program::{table, terms};
use crate::engine::{BackfillEngine, Engine, MissingStates};

/// The moments of the grid.
const GRID: i64 = 1024;
/// How many events are applied, or values read, between two looks at the time.
const STRETCH: usize = 2048;
const READS: usize = 16;

/// A state of the key itself.
struct Own {
    state: StateId,
    input: InputId,
    /// The windows over which it is read.
    windows: Vec<Window>,
    ttl: i64,
    /// When its key dies, if no event comes before.
    dies: Option<i64>,
    /// The key's slot in the state's scope, and its rows; none where no event ever had that key.
    rows: Option<(u32, Rows)>,
    /// How many of the rows are taken in.
    next: usize,
}

/// The values of an output at a key, from the first event to beyond the last, as far as they are
/// read.
pub struct History {
    output: OutputId,
    slot: u32,
    /// It holds the states that are read, and no others.
    engine: Engine,
    owns: Vec<Own>,
    /// Whether some of the states are those of all keys, which the engine replays.
    replays: bool,
    /// Whether values change between events and the moments that are due.
    drifts: bool,
    /// When samples enter windows and leave them.
    due: BTreeSet<i64>,
    /// The first moment of the grid and the last.
    span: (i64, i64),
    /// How many events have been looked at, and when the last value was read.
    events: usize,
    read_at: Option<i64>,
    is_whole: bool,
    pieces: Pieces,
}

/// Finds the rows of the keys that an output's [`History`] at a key is read from, until it is
/// `late`: that is most of the work the first time. Returns whether all are found.
#[must_use]
pub fn prepare_history(
    plan: &Plan,
    index: &KeyIndex,
    output: OutputId,
    slot: u32,
    late: &mut dyn FnMut() -> bool,
) -> bool {
    let own = plan.scope_of(output);
    terms(plan, output).into_iter().all(|(term, _)| {
        let input = &plan.inputs[plan.states[term.state.0].input.0];
        if input.rolled_up || plan.scopes[input.scope.0].attributes.is_empty() {
            return true;
        }
        let Some(slot) = index.project(own, slot, input.scope) else { return true };
        index.prepare_rows(input.scope, slot, late).is_some()
    })
}

impl History {
    /// Nothing read yet.
    #[must_use]
    pub fn new(
        plan: &Arc<Plan>,
        tape: &Tape,
        index: &KeyIndex,
        output: OutputId,
        slot: u32,
    ) -> Self {
        let scope = plan.scope_of(output);
        let (mut shared, mut owns) = (Vec::new(), Vec::<Own>::new());
        let mut drifts = false;
        for (term, _) in terms(plan, output) {
            let state = &plan.states[term.state.0];
            drifts |= matches!(state.shape, Shape::Decay { .. });
            if plan.inputs[state.input.0].rolled_up {
                shared.push(term.state);
            } else if let Some(own) = owns.iter_mut().find(|own| own.state == term.state) {
                own.windows.push(term.window);
            } else {
                owns.push(Own::new(plan, tape, index, (scope, slot), term.state, term.window));
            }
        }
        let replays = !shared.is_empty();
        let missing = MissingStates { states: shared, served: Vec::new() };
        let mut engine = BackfillEngine::new(plan, &missing).into_engine();
        for own in &owns {
            engine.tables[own.state.0] = table(&plan.states[own.state.0]);
        }
        let ends = tape.clock(1).zip(tape.clock(tape.events()));
        Self {
            output,
            slot,
            engine,
            owns,
            replays,
            drifts: drifts || replays,
            due: BTreeSet::new(),
            span: ends.map_or((0, 0), |(start, end)| (start.0, end.0)),
            events: 0,
            read_at: None,
            is_whole: false,
            pieces: Pieces::default(),
        }
    }

    /// Whether values change between events and the moments that are due, as decays do.
    #[must_use]
    pub const fn drifts(&self) -> bool {
        self.drifts
    }

    /// The values that were read until a position: after so many events and until this moment.
    #[must_use]
    pub fn until(&self, events: usize, as_of: Timestamp) -> &[Piece] {
        self.pieces.until(events, as_of)
    }

    /// Reads on until it is `late`. Returns whether all is read. Tape and index must be those that
    /// it was begun with.
    pub fn go_on(&mut self, tape: &Tape, index: &KeyIndex, late: &mut dyn FnMut() -> bool) -> bool {
        let mut reads = 0;
        while !self.is_whole {
            reads += 1;
            if reads % READS == 0 && late() {
                return false;
            }
            let next = self.owns.iter().filter_map(|own| own.next_event(tape)).min();
            let clock = next.and_then(|event| tape.clock(event + 1)).map(|clock| clock.0);
            match (self.next_moment(clock), next.zip(clock)) {
                (Some(moment), _) => {
                    let events = tape.events_at(Timestamp(moment)).max(self.events);
                    if !self.catch_up(tape, index, events, late) {
                        return false;
                    }
                    self.read(index, events, moment);
                }
                (None, Some((event, clock))) => {
                    if !self.catch_up(tape, index, event + 1, late) {
                        return false;
                    }
                    if self.take_in(tape, index, event) {
                        self.read(index, event + 1, clock);
                    }
                }
                (None, None) => self.is_whole = true,
            }
        }
        true
    }

    /// The next moment before `clock` at which the value may change without an event of the key;
    /// without a clock, any.
    fn next_moment(&self, clock: Option<i64>) -> Option<i64> {
        // Before its first event the key has no value.
        let read_at = self.read_at?;
        let dies = self.owns.iter().filter_map(|own| own.dies);
        let (start, end) = self.span;
        let step = ((end - start) / GRID).max(1);
        let grid = start + ((read_at - start) / step + 1) * step;
        let grid = Some(grid).filter(|grid| self.drifts && *grid <= end);
        // Just before an event a decay is lowest.
        let last = clock.filter(|_| self.drifts).map(|clock| clock - 1);
        let moments = self.due.first().copied().into_iter().chain(dies).chain(grid).chain(last);
        moments
            .filter(|moment| *moment > read_at && clock.is_none_or(|clock| *moment < clock))
            .min()
    }

    /// Brings the states that all keys share to an event. Returns whether they are there.
    fn catch_up(
        &mut self,
        tape: &Tape,
        index: &KeyIndex,
        events: usize,
        late: &mut dyn FnMut() -> bool,
    ) -> bool {
        if !self.replays || self.engine.position().events >= events {
            return true;
        }
        // The states of the key take in only its own rows.
        let own: Vec<_> = self.owns.iter().map(|own| own.state.0).collect();
        let held: Vec<_> = own.iter().map(|state| self.engine.tables[*state].take()).collect();
        let is_there = loop {
            let position = self.engine.position().events;
            if position >= events {
                break true;
            }
            self.engine.apply(tape, index, events.min(position + STRETCH));
            if self.engine.position().events == position {
                // Events that cannot be read are not waited for.
                break true;
            }
            if late() {
                break false;
            }
        };
        for (state, table) in own.into_iter().zip(held) {
            self.engine.tables[state] = table;
        }
        is_there
    }

    /// Takes in the rows of an event. Returns whether any of the states took one.
    fn take_in(&mut self, tape: &Tape, index: &KeyIndex, event: usize) -> bool {
        let plan = Arc::clone(&self.engine.plan);
        let mut is_taken = false;
        for own in &mut self.owns {
            let Some(table) = &mut self.engine.tables[own.state.0] else { continue };
            is_taken |= own.take_in((&plan, tape, index), event, table.as_mut(), &mut self.due);
        }
        self.events = event + 1;
        is_taken
    }

    fn read(&mut self, index: &KeyIndex, events: usize, moment: i64) {
        self.read_at = Some(moment);
        while self.due.first().is_some_and(|due| *due <= moment) {
            self.due.pop_first();
        }
        for own in &mut self.owns {
            own.dies.take_if(|dies| *dies <= moment);
        }
        let reading = self.engine.reading(index, self.output, self.slot, Timestamp(moment));
        self.pieces.add(events, moment, reading.number());
    }
}

impl Own {
    fn new(
        plan: &Plan,
        tape: &Tape,
        index: &KeyIndex,
        (own, slot): (ScopeId, u32),
        id: StateId,
        window: Window,
    ) -> Self {
        let state = &plan.states[id.0];
        let scope = plan.inputs[state.input.0].scope;
        let slot = index.project(own, slot, scope);
        let rows = slot.map(|slot| (slot, Rows::new(plan, tape, index, scope, slot)));
        let (input, ttl) = (state.input, state.ttl.0);
        Self { state: id, input, windows: vec![window], ttl, dies: None, rows, next: 0 }
    }

    /// The event of the next row that is not taken in.
    fn next_event(&self, tape: &Tape) -> Option<usize> {
        let (_, rows) = self.rows.as_ref()?;
        rows.get(self.next).map(|row| tape.row_event(row))
    }

    /// Takes in the key's rows until an event, that one's included. Returns whether there was one to be taken.
    fn take_in(
        &mut self,
        (plan, tape, index): (&Plan, &Tape, &KeyIndex),
        event: usize,
        table: &mut dyn StateTable,
        due: &mut BTreeSet<i64>,
    ) -> bool {
        let Some((slot, rows)) = &self.rows else { return false };
        let mut is_taken = false;
        while let Some(row) = rows.get(self.next).filter(|row| tape.row_event(*row) <= event) {
            self.next += 1;
            let Some(sample) = sample(plan, tape, index, self.input, row) else { continue };
            is_taken = true;
            table.add(&[(*slot, sample)], 0);
            self.dies = Some(sample.clock.saturating_add(self.ttl));
            for window in &self.windows {
                let moments = changes(*window, sample.time);
                due.extend(moments.into_iter().flatten().filter(|at| *at > sample.clock));
            }
        }
        is_taken
    }
}

/// The moments at which a sample of this time enters a window, if later than at once, and leaves
/// it.
fn changes(window: Window, time: i64) -> [Option<i64>; 2] {
    let Window::Buckets { kind, count, bucket } = window else { return [None, None] };
    let edge = |buckets: i64| Some((Timestamp(time).bucket(bucket) + buckets) * bucket.0);
    let count = i64::from(count);
    match kind {
        WindowKind::Bucketed => [None, edge(count)],
        WindowKind::Sawtooth => [None, edge(count + 1)],
        WindowKind::Hopping => [edge(1), edge(count + 1)],
        WindowKind::Rolling => [None, Some(time + count * bucket.0 + 1)],
    }
}
