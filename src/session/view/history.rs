//! The history of the selected value, as the columns of a chart. It is read once and kept while the
//! cell is selected: for a few milliseconds at once, and beyond that on the worker pool, or, without
//! one, in slices between snapshots. What is shown of it ends at the cursor.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::base::{Deadline, Step, Task, Timestamp};
use crate::engine::{self, HistoryTask, Piece, pieces_until, span};
use crate::plan::{OutputId, Plan};

use super::as_of;
use crate::session::replay::Replay;
use crate::session::snapshot::{self, cell};
use crate::session::threads::worker_pool::Computation;

/// The time that a snapshot may wait for a history.
const SNAPSHOT_WAIT: Duration = Duration::from_millis(3);
/// The time after which the pool shows what it has read.
const POOL_SLICE: Duration = Duration::from_millis(50);
/// The time between two checks whether it is cancelled.
const POOL_UNIT: Duration = Duration::from_millis(1);

/// The history that was read last, and of what.
#[derive(Default)]
pub(super) struct History {
    of: Option<Of>,
    work: Option<Work>,
    /// The history as far as it is read.
    read: Vec<Piece>,
    drifts: bool,
    is_unfinished: bool,
}

/// What is read: an output at a key, under a plan and over so many events.
struct Of {
    plan: Arc<Plan>,
    output: OutputId,
    slot: u32,
    events: usize,
}

impl Of {
    fn is_current(&self, replay: &Replay) -> bool {
        self.events == replay.tape().events() && Arc::ptr_eq(&self.plan, replay.plan())
    }
}

enum Work {
    /// On the session's thread.
    Here(Box<HistoryTask>),
    /// On the pool; the task comes back after a slice.
    OnPool(Computation<Sliced>),
    Complete,
}

/// A task after a slice.
struct Sliced {
    task: HistoryTask,
    step: Step<engine::History>,
}

impl History {
    /// Whether there is more to be shown.
    pub(super) const fn is_unfinished(&self) -> bool {
        self.is_unfinished
    }

    /// Reads on between two snapshots, until the deadline. Returns whether all is read.
    pub(super) fn work(&mut self, replay: &Replay, deadline: &Deadline) -> bool {
        !self.of.as_ref().is_some_and(|of| of.is_current(replay)) || self.read_on(replay, deadline)
    }

    /// The values of an output at a key until the cursor, in so many columns for the whole log;
    /// `live` is the last one.
    pub(super) fn draw(
        &mut self,
        replay: &Replay,
        (output, slot): (OutputId, u32),
        cells: usize,
        live: Option<f64>,
    ) -> snapshot::History {
        let tape = replay.tape();
        self.is_unfinished = false;
        let span = tape.clock(1).zip(tape.clock(tape.events()));
        // Reading a history needs the whole log; until then there is none.
        if cells == 0 || !tape.is_finished() {
            return snapshot::History { cells, span, ..snapshot::History::default() };
        }
        let is_same = |of: &Of| of.is_current(replay) && (of.output, of.slot) == (output, slot);
        if !self.of.as_ref().is_some_and(is_same) {
            let (plan, events) = (Arc::clone(replay.plan()), tape.events());
            *self = Self { of: Some(Of { plan, output, slot, events }), ..Self::default() };
        }
        let deadline = Deadline::after(replay.clock(), SNAPSHOT_WAIT);
        self.is_unfinished = !self.read_on(replay, &deadline);
        let now = as_of(replay);
        let read = pieces_until(&self.read, replay.cursor(), now);
        let live = live.map(|live| (live, live));
        let all = read.iter().fold(live, |all, piece| engine::span(all, piece.range));
        let mut columns = span.map_or_else(Vec::new, |log| columns(read, log, now, cells));
        if let Some(last) = columns.last_mut() {
            *last = engine::span(*last, live);
        }
        snapshot::History {
            columns,
            cells,
            extremes: all,
            changed: read
                .last()
                .filter(|_| !self.is_unfinished && !self.drifts)
                .map(|last| last.to),
            since: read.iter().find(|piece| piece.range.is_some()).map(|piece| piece.from),
            span,
            is_unfinished: self.is_unfinished,
        }
    }

    /// Reads on until the deadline; what takes longer goes to the pool. Returns whether all is read.
    fn read_on(&mut self, replay: &Replay, deadline: &Deadline) -> bool {
        let Some(of) = &self.of else { return true };
        let new = || HistoryTask::new(&of.plan, of.output, of.slot);
        let sliced = match self.work.take() {
            Some(Work::Complete) => {
                self.work = Some(Work::Complete);
                return true;
            }
            Some(Work::OnPool(slice)) => match slice.poll() {
                Step::Done(Ok(sliced)) => sliced,
                // It was cancelled, or it panicked: it is read again here, which tells more.
                Step::Done(Err(_)) => read_here(new(), replay, deadline),
                Step::Pending(_) => {
                    self.work = Some(Work::OnPool(slice));
                    return false;
                }
            },
            Some(Work::Here(task)) => read_here(*task, replay, deadline),
            None => read_here(new(), replay, deadline),
        };
        let Sliced { task, step } = sliced;
        if let Step::Done(history) = step {
            self.show(&history);
            self.work = Some(Work::Complete);
            return true;
        }
        if let Some(history) = task.history() {
            self.show(history);
        }
        self.work = Some(if replay.pool().has_threads() {
            Work::OnPool(read_on_pool(task, replay))
        } else {
            Work::Here(Box::new(task))
        });
        false
    }

    fn show(&mut self, history: &engine::History) {
        self.read = history.pieces().to_vec();
        self.drifts = history.drifts();
    }
}

fn read_here(mut task: HistoryTask, replay: &Replay, deadline: &Deadline) -> Sliced {
    let step = task.step((replay.tape(), replay.index()), deadline);
    Sliced { task, step }
}

fn read_on_pool(mut task: HistoryTask, replay: &Replay) -> Computation<Sliced> {
    let clock = replay.clock().clone();
    replay.spawn_reader(move |tape, index, is_cancelled| {
        let slice = Deadline::after(&clock, POOL_SLICE);
        loop {
            let step = task.step((tape, index), &slice.within(POOL_UNIT));
            let is_over = slice.has_passed() || is_cancelled.load(Ordering::Relaxed);
            if is_over || matches!(step, Step::Done(_)) {
                return Sliced { task, step };
            }
        }
    })
}

/// The lowest and the highest value of each column up to the one that `now` lies in. A value
/// holds until the next one.
fn columns(
    read: &[Piece],
    log: (Timestamp, Timestamp),
    now: Timestamp,
    cells: usize,
) -> Vec<Option<(f64, f64)>> {
    let mut columns = Vec::with_capacity(cells);
    let mut current = None;
    let mut pieces = read.iter().peekable();
    for column in 0..=cell(log, now, cells) {
        let mut range = current;
        while let Some(piece) = pieces.next_if(|piece| cell(log, piece.from, cells) <= column) {
            range = span(range, piece.range);
            current = piece.last.map(|last| (last, last));
        }
        columns.push(range);
    }
    columns
}
