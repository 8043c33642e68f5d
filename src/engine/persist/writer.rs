//! The incremental writer: from engines to batches of store records, in slices.
//!
//! A batch is true at one position. Its states come from a checkpoint, which does not change, and
//! can be encoded on any thread; without memory for a copy they are encoded from the live engine,
//! which must not move meanwhile. Keys never change, so they are encoded while the replay goes on.

use std::ops::Range;
use std::sync::Arc;

use crate::aggregate::SEGMENT;
use crate::base::{Deadline, Step, Task};
use crate::plan::{Plan, ScopeId};
use crate::store::Batch;

use super::format::{HEADER, StoreHeader, put_keys, record, scope_identity};
use crate::engine::Engine;
use crate::engine::keys::KeyIndex;

type Put = (Vec<u8>, Vec<u8>);

/// Makes batches of what changed since the last one.
#[derive(Clone, Debug, Default)]
pub struct IncrementalWriter {
    /// The position of the last batch and the number of keys per scope in it; `None` before the
    /// first batch, which is complete.
    last: Option<(usize, Vec<usize>)>,
}

/// A batch in progress.
pub struct BatchBuilder {
    /// The source of the states, if it is a copy.
    copy: Option<Arc<Engine>>,
    position: usize,
    replaces: bool,
    states: StateWriter,
    /// The number of keys per scope.
    counts: Vec<usize>,
    /// Per scope, the segments of keys still to encode.
    keys: Vec<Range<usize>>,
    puts: Vec<Put>,
}

/// The states still to encode.
struct StateWriter {
    since: usize,
    /// The tables begun: those of states, then those of served values.
    begun: usize,
    /// The remaining segments of the last table begun, in reverse.
    segments: Vec<usize>,
}

impl IncrementalWriter {
    /// A writer for an empty store, or one whose content is replaced.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A writer for a store that holds the states at a position, and so many keys per scope.
    pub(in crate::engine) const fn after(position: usize, keys: Vec<usize>) -> Self {
        Self { last: Some((position, keys)) }
    }

    /// The position of the last batch, if any.
    #[must_use]
    pub fn position(&self) -> Option<usize> {
        self.last.as_ref().map(|(events, _)| *events)
    }

    /// Begins a batch from a copy of an engine. The index must contain all keys of the copy.
    /// `fingerprint` is the tape's up to the copy's position.
    #[must_use]
    pub fn begin(&self, copy: Arc<Engine>, index: &KeyIndex, fingerprint: u64) -> BatchBuilder {
        let mut builder = self.begin_borrowed(&copy, index, fingerprint);
        builder.copy = Some(copy);
        builder
    }

    /// Begins a batch without a copy: the engine [must not move](BatchBuilder::needs_engine) until
    /// it is encoded.
    #[must_use]
    pub fn begin_borrowed(
        &self,
        engine: &Engine,
        index: &KeyIndex,
        fingerprint: u64,
    ) -> BatchBuilder {
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
            states: StateWriter {
                since: self.position().unwrap_or(0),
                begun: 0,
                segments: Vec::new(),
            },
            keys: keys.collect(),
            counts,
            puts: vec![(HEADER.to_vec(), StoreHeader::of(engine, fingerprint).encode())],
        }
    }

    /// Marks a complete batch as handed to the store: the next one starts from it.
    pub fn mark_written(&mut self, builder: &BatchBuilder) {
        self.last = Some((builder.position, builder.counts.clone()));
    }

    /// A whole batch at once, and whether it replaces everything in the store.
    pub fn save(&mut self, engine: &Engine, index: &KeyIndex, fingerprint: u64) -> (Batch, bool) {
        let mut builder = self.begin_borrowed(engine, index, fingerprint);
        let _ = builder.step((engine, index), &Deadline::never());
        self.mark_written(&builder);
        builder.finish()
    }
}

impl BatchBuilder {
    /// True while the engine must not move.
    #[must_use]
    pub const fn needs_engine(&self) -> bool {
        self.copy.is_none() && !self.states.is_done()
    }

    /// The records, and whether they replace everything in the store; encodes what is left of a
    /// copy.
    #[must_use]
    pub fn finish(mut self) -> (Batch, bool) {
        if let Some(copy) = &self.copy {
            let _ = self.states.step((copy, &mut self.puts), &Deadline::never());
        }
        (Batch { puts: self.puts, deletes: Vec::new() }, self.replaces)
    }
}

impl Task for BatchBuilder {
    /// The engine and the index of the start; if the batch has a copy, any engine of the plan.
    type Context<'c> = (&'c Engine, &'c KeyIndex);
    /// The rest needs neither: it is encoded by [`finish`](BatchBuilder::finish).
    type Output = ();

    fn step(&mut self, (engine, index): Self::Context<'_>, deadline: &Deadline) -> Step<()> {
        if self.copy.is_none()
            && let Step::Pending(done) = self.states.step((engine, &mut self.puts), deadline)
        {
            return Step::Pending(done / 2.0);
        }
        let plan = &engine.plan;
        let all: usize = self.counts.iter().map(|keys| keys.div_ceil(SEGMENT)).sum();
        for (number, segments) in self.keys.iter_mut().enumerate() {
            for segment in segments {
                let scope = ScopeId(number);
                let mut value = Vec::new();
                let end = self.counts[number].min((segment + 1) * SEGMENT);
                put_keys(&mut value, index, scope, segment * SEGMENT..end);
                self.puts.push((record(b'k', scope_identity(plan, scope), segment), value));
                if deadline.has_passed() {
                    let left: usize = self.keys.iter().map(Range::len).sum();
                    if left == 0 {
                        return Step::Done(());
                    }
                    return Step::Pending(1.0 - left as f32 / all.max(1) as f32 / 2.0);
                }
            }
        }
        Step::Done(())
    }
}

impl StateWriter {
    /// Beyond the number of tables of any engine.
    const DONE: usize = usize::MAX;

    const fn is_done(&self) -> bool {
        self.begun == Self::DONE
    }

    /// Begins the next table.
    fn begin_table(&mut self, engine: &Engine) {
        let next = self.begun;
        self.segments = if let Some(table) = engine.tables.get(next) {
            table.as_ref().map_or_else(Vec::new, |table| table.changed_since(self.since))
        } else if let Some(served) = engine.served.get(next - engine.tables.len()) {
            served.as_ref().map_or_else(Vec::new, |served| served.changed_since(self.since))
        } else {
            self.begun = Self::DONE;
            return;
        };
        self.segments.reverse();
        self.begun += 1;
    }

    /// Encodes a segment of the last table begun.
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
        // A segment is empty if its only writes were undone.
        if !value.is_empty() {
            puts.push((key, value));
        }
    }
}

impl Task for StateWriter {
    type Context<'c> = (&'c Engine, &'c mut Vec<Put>);
    type Output = ();

    fn step(&mut self, (engine, puts): Self::Context<'_>, deadline: &Deadline) -> Step<()> {
        let tables = engine.tables.len() + engine.served.len();
        while !self.is_done() {
            match self.segments.pop() {
                Some(segment) => self.encode(&engine.plan, engine, segment, puts),
                None => self.begin_table(engine),
            }
            if deadline.has_passed() && !self.is_done() {
                return Step::Pending(self.begun as f32 / (tables + 1) as f32);
            }
        }
        Step::Done(())
    }
}
