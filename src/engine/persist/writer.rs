//! From engines to records for a store: what changed since the last batch, gathered in slices. It
//! must not know who takes the records, or what the time is.
//!
//! A batch is true at one position. Its states are those of an engine that nobody changes any more,
//! a checkpoint, and become records wherever there is time, on another thread too; where a copy of
//! the states would take too much memory they are gathered from the engine itself, which must
//! stand still for so long. Keys never change once they are there, and are gathered while the
//! replay goes on.

use std::ops::Range;
use std::sync::Arc;

use crate::aggregate::SEGMENT;
use crate::plan::{Plan, ScopeId};
use crate::store::Batch;

use super::format::{MANIFEST, StoreHeader, put_keys, record, scope_identity};
use crate::engine::Engine;
use crate::engine::keys::KeyIndex;

type Put = (Vec<u8>, Vec<u8>);

/// Turns engines into batches of what changed since the last one.
#[derive(Clone, Debug, Default)]
pub struct IncrementalWriter {
    /// The position of the last batch, and how many keys of each scope it had; `None` before
    /// the first, which holds everything.
    last: Option<(usize, Vec<usize>)>,
}

/// A batch in the making.
pub struct BatchBuilder {
    /// The engine that is saved, if it is a copy that nobody changes.
    copy: Option<Arc<Engine>>,
    position: usize,
    replaces: bool,
    states: States,
    /// How many keys each scope has.
    counts: Vec<usize>,
    /// The segments of keys that are still to be gathered, scope by scope.
    keys: Vec<Range<usize>>,
    puts: Vec<Put>,
}

/// The segments of states that are still to be gathered.
struct States {
    since: usize,
    /// How many tables of states, and after them of what is served, are begun.
    begun: usize,
    /// The segments of the one that was begun last, in reverse.
    left: Vec<usize>,
}

impl IncrementalWriter {
    /// A saver for a store that holds nothing, or nothing that can be kept.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A saver for a store that holds the states at a position, and so many keys of each scope.
    pub(in crate::engine) const fn after(position: usize, keys: Vec<usize>) -> Self {
        Self { last: Some((position, keys)) }
    }

    /// The position of the last batch; `None` before the first.
    #[must_use]
    pub fn position(&self) -> Option<usize> {
        self.last.as_ref().map(|(events, _)| *events)
    }

    /// Begins a batch of what a copy of an engine has beyond the last one. The index must know all
    /// keys of the copy, and may have more. `fingerprint` is that of the events applied.
    #[must_use]
    pub fn gather(&self, copy: Arc<Engine>, index: &KeyIndex, fingerprint: u64) -> BatchBuilder {
        let mut gathering = self.gather_held(&copy, index, fingerprint);
        gathering.copy = Some(copy);
        gathering
    }

    /// The same without a copy: until all is gathered the engine [must stay](Gathering::holds)
    /// where it is.
    #[must_use]
    pub fn gather_held(&self, engine: &Engine, index: &KeyIndex, fingerprint: u64) -> BatchBuilder {
        let plan = &engine.plan;
        let counts: Vec<usize> =
            (0..plan.scopes.len()).map(|scope| index.keys(ScopeId(scope))).collect();
        let keys = counts.iter().enumerate().map(|(number, keys)| {
            let known = self.last.as_ref().map_or(0, |(_, known)| known[number]);
            if plan.scopes[number].attributes.is_empty() || known == *keys {
                return 0..0;
            }
            known / SEGMENT..keys.div_ceil(SEGMENT)
        });
        BatchBuilder {
            copy: None,
            position: engine.position.events,
            replaces: self.last.is_none(),
            states: States { since: self.position().unwrap_or(0), begun: 0, left: Vec::new() },
            keys: keys.collect(),
            counts,
            puts: vec![(MANIFEST.to_vec(), StoreHeader::of(engine, fingerprint).encode())],
        }
    }

    /// A batch is complete, and on its way to the store: the next one goes on from it.
    pub fn took(&mut self, gathering: &BatchBuilder) {
        self.last = Some((gathering.position, gathering.counts.clone()));
    }

    /// The records that bring a store from the last batch's engine to this one, all at once. The
    /// second value tells whether all else that the store holds is to go.
    pub fn save(&mut self, engine: &Engine, index: &KeyIndex, fingerprint: u64) -> (Batch, bool) {
        let mut gathering = self.gather_held(engine, index, fingerprint);
        gathering.go_on(engine, index, &mut || false);
        self.took(&gathering);
        gathering.records()
    }
}

impl BatchBuilder {
    /// Whether the engine must stay where it is.
    #[must_use]
    pub const fn holds(&self) -> bool {
        self.copy.is_none() && !self.states.is_done()
    }

    /// Gathers on until it is `late`, at least one segment. `engine` and `index` are those that it
    /// was begun with, or in the place of a copy any other engine. Returns whether the rest can be
    /// done without them.
    pub fn go_on(
        &mut self,
        engine: &Engine,
        index: &KeyIndex,
        late: &mut dyn FnMut() -> bool,
    ) -> bool {
        if self.copy.is_none() && !self.states.go_on(engine, &mut self.puts, late) {
            return false;
        }
        let plan = &engine.plan;
        for (number, segments) in self.keys.iter_mut().enumerate() {
            for segment in segments {
                let scope = ScopeId(number);
                let mut value = Vec::new();
                let end = self.counts[number].min((segment + 1) * SEGMENT);
                put_keys(&mut value, index, scope, segment * SEGMENT..end);
                self.puts.push((record(b'k', scope_identity(plan, scope), segment), value));
                if late() {
                    return self.keys.iter().all(Range::is_empty);
                }
            }
        }
        true
    }

    /// The records, once all that needs the replay is gathered. The second value tells whether all
    /// else that the store holds is to go.
    #[must_use]
    pub fn records(mut self) -> (Batch, bool) {
        if let Some(copy) = &self.copy {
            self.states.go_on(copy, &mut self.puts, &mut || false);
        }
        (Batch { puts: self.puts, deletes: Vec::new() }, self.replaces)
    }
}

impl States {
    /// More than any engine has tables.
    const DONE: usize = usize::MAX;

    const fn is_done(&self) -> bool {
        self.begun == Self::DONE
    }

    fn go_on(
        &mut self,
        engine: &Engine,
        puts: &mut Vec<Put>,
        late: &mut dyn FnMut() -> bool,
    ) -> bool {
        while !self.is_done() {
            match self.left.pop() {
                Some(segment) => self.encode(&engine.plan, engine, segment, puts),
                None => self.begin(engine),
            }
            if late() {
                break;
            }
        }
        self.is_done()
    }

    /// Begins the next table.
    fn begin(&mut self, engine: &Engine) {
        let next = self.begun;
        self.left = if let Some(table) = engine.tables.get(next) {
            table.as_ref().map_or_else(Vec::new, |table| table.changed_since(self.since))
        } else if let Some(served) = engine.served.get(next - engine.tables.len()) {
            served.as_ref().map_or_else(Vec::new, |served| served.changed_since(self.since))
        } else {
            self.begun = Self::DONE;
            return;
        };
        self.left.reverse();
        self.begun += 1;
    }

    /// A segment of the table that was begun last.
    fn encode(&self, plan: &Plan, engine: &Engine, segment: usize, puts: &mut Vec<Put>) {
        let number = self.begun - 1;
        let mut value = Vec::new();
        let key = if let Some(table) = engine.tables.get(number) {
            table.iter().for_each(|table| table.encode(segment, &mut value));
            record(b't', plan.states[number].identity, segment)
        } else {
            let feature = number - engine.tables.len();
            engine.served[feature].iter().for_each(|served| served.encode(segment, &mut value));
            record(b's', plan.features[feature].identity, segment)
        };
        // A segment whose only writes were taken back is no segment.
        if !value.is_empty() {
            puts.push((key, value));
        }
    }
}
