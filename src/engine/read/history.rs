//! History: one output at one key over time, with all its changes: at each event that changes it,
//! when samples enter or leave a window, and when the key's time to live passes.
//!
//! It is computed from the posting lists of the key: keyed states take only the rows of the key.
//! States that all keys share (global sides) are replayed by an engine that holds nothing else. A
//! value that drifts between events (a decay, a global side) is also read on an even grid. The
//! result does not depend on how the history is shown.

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

/// The number of grid moments.
const GRID: i64 = 1024;
/// The events applied, and the values read, between two checks of the time.
const STRETCH: usize = 2048;
const READS: usize = 16;

/// A keyed state of the history.
struct KeyedState {
    state: StateId,
    input: InputId,
    /// The windows over which the state is read.
    windows: Vec<Window>,
    ttl: i64,
    /// When the key expires, unless an event comes before.
    expires: Option<i64>,
    /// The key's slot in the state's scope, and its rows; `None` if no event has that key.
    rows: Option<(u32, Rows)>,
    /// How many of the rows are applied.
    next: usize,
}

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
    is_complete: bool,
    pieces: Pieces,
}

/// Builds the posting lists that a [`History`] needs, until `late`: most of the work the first
/// time. Returns whether all are built.
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
            drifts |= matches!(state.shape, Shape::Decay { .. });
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
            is_complete: false,
            pieces: Pieces::default(),
        }
    }

    /// Whether the value drifts between events and due moments, as decays do.
    #[must_use]
    pub const fn drifts(&self) -> bool {
        self.drifts
    }

    /// The pieces read up to a position: after `events` and until `as_of`.
    #[must_use]
    pub fn until(&self, events: usize, as_of: Timestamp) -> &[Piece] {
        self.pieces.until(events, as_of)
    }

    /// Reads on until `late`. Returns whether the history is complete. Tape and index must be those
    /// it was created with.
    pub fn go_on(&mut self, tape: &Tape, index: &KeyIndex, late: &mut dyn FnMut() -> bool) -> bool {
        let mut reads = 0;
        while !self.is_complete {
            reads += 1;
            if reads % READS == 0 && late() {
                return false;
            }
            let next = self.keyed_states.iter().filter_map(|keyed| keyed.next_event(tape)).min();
            let clock = next.and_then(|event| tape.clock(event + 1)).map(|clock| clock.0);
            match (self.next_moment(clock), next.zip(clock)) {
                (Some(moment), _) => {
                    let events = tape.events_at(Timestamp(moment)).max(self.events);
                    if !self.apply_shared(tape, index, events, late) {
                        return false;
                    }
                    self.read(index, events, moment);
                }
                (None, Some((event, clock))) => {
                    if !self.apply_shared(tape, index, event + 1, late) {
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

    /// Applies events to the shared states, until `late`. Returns whether all are applied.
    fn apply_shared(
        &mut self,
        tape: &Tape,
        index: &KeyIndex,
        events: usize,
        late: &mut dyn FnMut() -> bool,
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
            if late() {
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

impl KeyedState {
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
        Self { state: id, input, windows: vec![window], ttl, expires: None, rows, next: 0 }
    }

    /// The event of the next row that is not applied.
    fn next_event(&self, tape: &Tape) -> Option<usize> {
        let (_, rows) = self.rows.as_ref()?;
        rows.get(self.next).map(|row| tape.row_event(row))
    }

    /// Applies the key's rows up to and including an event. Returns whether the input counted any.
    fn apply(
        &mut self,
        (plan, tape, index): (&Plan, &Tape, &KeyIndex),
        event: usize,
        table: &mut dyn StateTable,
        due: &mut BTreeSet<i64>,
    ) -> bool {
        let Some((slot, rows)) = &self.rows else { return false };
        let mut is_counted = false;
        while let Some(row) = rows.get(self.next).filter(|row| tape.row_event(*row) <= event) {
            self.next += 1;
            let Some(sample) = sample(plan, tape, index, self.input, row) else { continue };
            is_counted = true;
            table.add(&[(*slot, sample)], 0);
            self.expires = Some(sample.clock.saturating_add(self.ttl));
            for window in &self.windows {
                let moments = changes(*window, sample.time);
                due.extend(moments.into_iter().flatten().filter(|at| *at > sample.clock));
            }
        }
        is_counted
    }
}

/// The moments at which a sample enters a window, if later than its time, and leaves it.
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
