//! Copies of an engine, made a piece of a table at a time.

use std::sync::Arc;

use crate::base::{Deadline, Step, Task};
use crate::engine::{Engine, Partition, Served, apply, new_served_all, program};

/// A copy of an engine, in progress.
pub struct CopyTask {
    copy: Engine,
    /// The partition to copy; `None` for all states.
    partition: Option<Arc<Partition>>,
    tables: usize,
    /// The pieces of the next table that are copied.
    pieces: usize,
    served: usize,
    bytes: usize,
    /// The most bytes that the copy may take.
    limit: usize,
}

/// The copy exceeds its limit in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge;

impl CopyTask {
    /// A copy of an engine.
    #[must_use]
    pub fn new(of: &Engine) -> Self {
        Self {
            copy: of.without_state(),
            partition: None,
            tables: 0,
            pieces: 0,
            served: 0,
            bytes: 0,
            limit: usize::MAX,
        }
    }

    /// Limits the bytes that the copy may take.
    #[must_use]
    pub fn with_limit(self, limit: usize) -> Self {
        Self { limit, ..self }
    }

    /// A copy of one partition of the states, into the recycled tables of such a partition.
    #[must_use]
    pub fn of_partition(of: &Engine, partition: Arc<Partition>, recycled: Option<Engine>) -> Self {
        let whole = recycled.map_or_else(|| Self::new(of), |recycled| Self::reusing(of, recycled));
        Self { partition: Some(partition), ..whole }
    }

    /// A copy into recycled tables: memory that was in use a moment ago is filled several times
    /// faster than new memory.
    #[must_use]
    pub fn reusing(of: &Engine, mut old: Engine) -> Self {
        let mut task = Self::new(of);
        if Arc::ptr_eq(&of.plan, &old.plan) {
            task.copy.tables = std::mem::take(&mut old.tables);
        }
        task
    }

    /// The events applied by the engine that is copied.
    #[must_use]
    pub const fn events(&self) -> usize {
        self.copy.position.events
    }

    fn copy_piece(&mut self, of: &Engine) {
        if let Some(partition) = &self.partition {
            // Tables of other partitions are skipped at no cost.
            let left = self.tables..of.tables.len();
            self.tables =
                left.start + left.take_while(|state| !partition.holds(&of.plan, *state)).count();
        }
        if self.tables == of.tables.len() {
            return;
        }
        let into = &mut self.copy.tables[self.tables];
        if let Some(table) = &of.tables[self.tables] {
            let into = into.get_or_insert_with(|| table.empty());
            if table.copy_piece(into, self.pieces) {
                self.pieces += 1;
                return;
            }
            self.bytes += into.bytes();
        } else {
            *into = None;
        }
        self.tables += 1;
        self.pieces = 0;
    }

    /// Cancels the copy: an incomplete engine, whose tables can be recycled.
    #[must_use]
    pub fn cancel(self) -> Engine {
        self.copy
    }
}

impl Task for CopyTask {
    /// The engine that the copy was begun with, at the same position.
    type Context<'c> = &'c Engine;
    /// The copy, and the bytes of memory that its states hold.
    type Output = Result<(Engine, usize), TooLarge>;

    fn step(&mut self, of: &Engine, deadline: &Deadline) -> Step<Self::Output> {
        let all = of.tables.len() + of.served.len();
        while self.tables + self.served < all {
            if self.tables < of.tables.len() {
                self.copy_piece(of);
            } else {
                let served = &of.served[self.served];
                if self.partition.as_ref().is_none_or(|partition| partition.serves()) {
                    self.bytes += served.as_ref().map_or(0, Served::bytes);
                    self.copy.served[self.served].clone_from(served);
                } else {
                    self.copy.served[self.served] = None;
                }
                self.served += 1;
            }
            if self.bytes > self.limit {
                return Step::Done(Err(TooLarge));
            }
            if deadline.has_passed() && self.tables + self.served < all {
                return Step::Pending((self.tables + self.served) as f32 / all as f32);
            }
        }
        let copy = std::mem::replace(&mut self.copy, of.without_state());
        Step::Done(Ok((copy, self.bytes)))
    }
}

impl Engine {
    /// An engine of the same plan at the first event.
    #[must_use]
    pub fn at_start(&self) -> Self {
        let tables = program::tables(&self.plan).into_iter().map(Some).collect();
        let served = new_served_all(&self.plan, &self.program);
        Self::with(Arc::clone(&self.plan), Arc::clone(&self.program), tables, served)
    }

    /// An engine of the same plan and position without state: the placeholder when an engine is
    /// taken out.
    #[must_use]
    pub fn without_state(&self) -> Self {
        Self {
            plan: Arc::clone(&self.plan),
            program: Arc::clone(&self.program),
            tables: self.tables.iter().map(|_| None).collect(),
            served: vec![None; self.served.len()],
            position: self.position,
            tallies: self.tallies.clone(),
            refused: self.refused.clone(),
            scratch: apply::Scratch::default(),
        }
    }
}
