//! Copying an engine a piece of a table at a time, so that large states are copied in slices. It
//! must not know what the copy is for, or what the time is.

use std::sync::Arc;

use crate::engine::{Engine, Partition, Served, apply, new_served_all, program};

/// A copy of an engine in the making.
pub struct CopyTask {
    copy: Engine,
    /// What is copied of it; all where nothing is said.
    share: Option<Arc<Partition>>,
    tables: usize,
    /// How much of the next table is copied.
    pieces: usize,
    served: usize,
    bytes: usize,
}

/// How far a copy has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// There is more to copy.
    Going,
    /// All is copied.
    Done,
    /// It is larger than was allowed.
    TooLarge,
}

impl CopyTask {
    /// Begins a copy of an engine.
    #[must_use]
    pub fn new(of: &Engine) -> Self {
        Self { copy: of.without_state(), share: None, tables: 0, pieces: 0, served: 0, bytes: 0 }
    }

    /// The same of a share of the states, in the room of such a share, if there is one.
    #[must_use]
    pub fn of_share(of: &Engine, share: Arc<Partition>, room: Option<Engine>) -> Self {
        let whole = room.map_or_else(|| Self::new(of), |room| Self::over(of, room));
        Self { share: Some(share), ..whole }
    }

    /// The same in the room of states that are not needed any more: memory that was in use a
    /// moment ago is filled many times faster than new one.
    #[must_use]
    pub fn over(of: &Engine, mut old: Engine) -> Self {
        let mut copying = Self::new(of);
        if Arc::ptr_eq(&of.plan, &old.plan) {
            copying.copy.tables = std::mem::take(&mut old.tables);
        }
        copying
    }

    /// How many events the engine had applied.
    #[must_use]
    pub const fn events(&self) -> usize {
        self.copy.position.events
    }

    /// Copies on until it is `late`, at least one piece; `of` must be the engine that the copy
    /// was begun with, where it was. A copy of more than `most` bytes is not made to its end.
    pub fn go_on(&mut self, of: &Engine, most: usize, late: &mut dyn FnMut() -> bool) -> Progress {
        while self.tables < of.tables.len() || self.served < of.served.len() {
            if self.tables < of.tables.len() {
                self.copy_piece(of);
            } else {
                let served = &of.served[self.served];
                if self.share.as_ref().is_none_or(|share| share.serves()) {
                    self.bytes += served.as_ref().map_or(0, Served::bytes);
                    self.copy.served[self.served].clone_from(served);
                } else {
                    self.copy.served[self.served] = None;
                }
                self.served += 1;
            }
            if self.bytes > most {
                return Progress::TooLarge;
            }
            if late() && self.tables + self.served < of.tables.len() + of.served.len() {
                return Progress::Going;
            }
        }
        Progress::Done
    }

    fn copy_piece(&mut self, of: &Engine) {
        if let Some(share) = &self.share {
            // To leave a table out takes no time.
            let left = self.tables..of.tables.len();
            self.tables =
                left.start + left.take_while(|state| !share.holds(&of.plan, *state)).count();
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

    /// The copy once it is done, and the bytes of memory that its states hold.
    #[must_use]
    pub fn finish(self) -> (Engine, usize) {
        (self.copy, self.bytes)
    }
}

impl Engine {
    /// One before the first event, for the same plan.
    #[must_use]
    pub fn fresh(&self) -> Self {
        let tables = program::tables(&self.plan).into_iter().map(Some).collect();
        let served = new_served_all(&self.plan, &self.program);
        Self::with(Arc::clone(&self.plan), Arc::clone(&self.program), tables, served)
    }

    /// One at the same place that holds no states: it stands for an engine that is taken away.
    #[must_use]
    pub fn without_state(&self) -> Self {
        Self {
            plan: Arc::clone(&self.plan),
            program: Arc::clone(&self.program),
            tables: self.tables.iter().map(|_| None).collect(),
            served: vec![None; self.served.len()],
            position: self.position,
            tallies: self.tallies.clone(),
            scratch: apply::Scratch::default(),
        }
    }
}
