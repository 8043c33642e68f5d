//! A long way to an event, gone share by share and beside what is shown: each share of the states
//! is copied and brought to the event on its own, by whichever thread is free, and together they
//! take the place of the states at the cursor. It must not know where the way leads, nor what is
//! shown meanwhile.
//!
//! Nobody waits for anybody: who is free takes the next share, and the worker, when there is none
//! left to take, looks at its commands until the others have come home.

use crate::base::{Deadline, clock};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::Builder;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::engine::{BackfillEngine, CopyTask, Engine, KeyIndex, Partition, Progress};
use crate::tape::Tape;

use super::backfill::task::{Way, fill};
use super::batch_size::AdaptiveBatch;

/// Shorter ways than this are not worth being divided.
const LEAST: Duration = Duration::from_millis(32);
/// Into fewer shares than this it is not worth dividing states that are filled: to look at each
/// event so often takes what is gained.
const FEWEST: usize = 8;
/// How long the worker sleeps between two looks at the time while others finish.
const NAP: Duration = Duration::from_micros(500);

/// How long to wait for a share that is called back, if it does not come.
const PATIENCE: Duration = Duration::from_secs(1);

/// The threads that go along.
pub(in crate::session) struct WorkerPool {
    threads: usize,
    least: Duration,
    fewest: usize,
    /// The shares that nobody has taken yet, and how many threads look for them.
    queue: (Sender<PartitionReplay>, Receiver<PartitionReplay>),
    helpers: usize,
}

impl WorkerPool {
    /// The worker and as many helpers as make so many threads together; they start when they are
    /// first needed. If `least` is given all that takes longer is divided, whether it pays or not.
    pub(in crate::session) fn new(threads: usize, least: Option<Duration>) -> Self {
        let (least, fewest) = least.map_or((LEAST, FEWEST), |least| (least, 2));
        Self { threads, least, fewest, queue: unbounded(), helpers: 0 }
    }

    /// Whether it is worth while to have states filled that take so many nanoseconds and that so
    /// many shares hold, which are counted only if that matters.
    pub(in crate::session) fn pays_to_fill(
        &self,
        nanos: f64,
        shares: impl FnOnce() -> usize,
    ) -> bool {
        nanos >= self.least.as_nanos() as f64 && shares() >= self.fewest
    }

    /// How long a way must take, at least, to be divided.
    pub(in crate::session) const fn least(&self) -> Duration {
        self.least
    }

    /// Divides nothing any more.
    pub(in crate::session) const fn disable_parallelism(&mut self) {
        (self.least, self.fewest) = (Duration::MAX, usize::MAX);
    }

    /// Lets as many threads look for shares as there may be. Where one cannot be started, there
    /// are fewer.
    fn spawn_workers(&mut self) {
        while self.helpers + 1 < self.threads {
            self.helpers += 1;
            let tasks = self.queue.1.clone();
            let help = move || tasks.iter().for_each(PartitionReplay::run);
            if Builder::new().name("helper".to_owned()).spawn(help).is_err() {
                self.threads = self.helpers;
            }
        }
    }
}

/// The events and their keys, for as long as somebody looks at them.
#[derive(Clone)]
pub(in crate::session) struct ReplayInput {
    pub(in crate::session) tape: Arc<Tape>,
    pub(in crate::session) index: Arc<KeyIndex>,
}

/// Where the shares come from.
pub(in crate::session) enum StartState {
    /// They are there.
    Parts(Vec<Engine>),
    /// They are copied from a checkpoint.
    Checkpoint(Arc<Engine>),
    /// They are copied from the states at the cursor, which only the worker can do.
    Cursor,
}

/// One share on its way.
struct PartitionReplay {
    share: Arc<Partition>,
    stage: Stage,
    stop: usize,
    ground: ReplayInput,
    batch_size: AdaptiveBatch,
    /// The time that applying events took.
    took: Duration,
    cancelled: Arc<AtomicBool>,
    home: Sender<Self>,
}

enum Stage {
    CopyTask(CopyTask, Arc<Engine>),
    Going(Engine),
    Backfill(Box<BackfillEngine>),
}

impl PartitionReplay {
    /// Does a piece of a millisecond. Returns whether the share has arrived.
    fn go_on(&mut self) -> bool {
        match &mut self.stage {
            Stage::CopyTask(copying, of) => {
                if copying.go_on(of, usize::MAX, &Deadline::passed()) == Progress::Done {
                    let copied = std::mem::replace(copying, CopyTask::new(of));
                    self.stage = Stage::Going(copied.finish().0);
                }
                false
            }
            Stage::Going(engine) => {
                let began = clock::instant();
                self.batch_size.apply(engine, &self.ground.tape, &self.ground.index, self.stop);
                self.took += began.elapsed();
                engine.position().events >= self.stop
            }
            Stage::Backfill(filler) => {
                let ReplayInput { tape, index } = &self.ground;
                let way = Way { tape, index, stop: self.stop };
                fill(filler, &mut self.batch_size, way, &Deadline::passed())
            }
        }
    }

    /// Goes to the end of the way, unless it is called off, and home.
    fn run(mut self) {
        while !self.cancelled.load(Ordering::Relaxed) && !self.go_on() {}
        let home = self.home.clone();
        // Nobody is at home if the flight was given up.
        let _ = home.send(self);
    }

    /// The states, wherever they are.
    fn into_engine(self) -> (Engine, Arc<Partition>) {
        let engine = match self.stage {
            Stage::CopyTask(copying, _) => copying.finish().0,
            Stage::Going(engine) => engine,
            Stage::Backfill(filler) => filler.into_engine(),
        };
        (engine, self.share)
    }
}

/// All shares on their way.
pub(in crate::session) struct ParallelReplay {
    from: usize,
    stop: usize,
    /// Where the way leads on to.
    target: usize,
    /// The bytes that the states take.
    bytes: usize,
    shares: usize,
    /// Those that are still to be copied from the states at the cursor.
    waiting: Vec<(CopyTask, Arc<Partition>)>,
    /// The one that the worker has taken.
    hand: Option<PartitionReplay>,
    landed: Vec<(Engine, Arc<Partition>)>,
    took: Duration,
    home: (Sender<PartitionReplay>, Receiver<PartitionReplay>),
    ground: ReplayInput,
    cancelled: Arc<AtomicBool>,
}

impl ParallelReplay {
    /// Sets out for an event with the states of `any`, an engine of the plan, as they are at the
    /// origin, where they take so many bytes; of `room`, an engine that is not needed any more, the
    /// memory is used again. The way may lead on, to a goal.
    pub(in crate::session) fn new(
        pool: &mut WorkerPool,
        ground: ReplayInput,
        (any, origin, bytes): (&Engine, StartState, usize),
        room: Option<Engine>,
        (stop, target): (usize, usize),
    ) -> Self {
        let shares = any.partitions();
        let mut job = Self::of(shares.len(), ground, stop);
        (job.bytes, job.target) = (bytes, target);
        pool.spawn_workers();
        let mut room = room.map_or_else(Vec::new, |room| room.split(any.plan(), &shares));
        room.reverse();
        match origin {
            StartState::Parts(parts) => {
                for (part, share) in parts.into_iter().zip(shares) {
                    job.send(pool, Stage::Going(part), share);
                }
            }
            StartState::Checkpoint(of) => {
                job.from = of.position().events;
                for share in shares {
                    let copying = CopyTask::of_partition(&of, Arc::clone(&share), room.pop());
                    job.send(pool, Stage::CopyTask(copying, Arc::clone(&of)), share);
                }
            }
            StartState::Cursor => {
                job.from = any.position().events;
                let begin =
                    |share| (CopyTask::of_partition(any, Arc::clone(&share), room.pop()), share);
                job.waiting = shares.into_iter().map(begin).collect();
                job.waiting.reverse();
            }
        }
        job
    }

    /// Sets out to fill states from the first event on.
    pub(in crate::session) fn filling(
        pool: &mut WorkerPool,
        ground: ReplayInput,
        fillers: Vec<(BackfillEngine, Arc<Partition>)>,
        stop: usize,
    ) -> Self {
        pool.spawn_workers();
        let job = Self::of(fillers.len(), ground, stop);
        for (filler, share) in fillers {
            job.send(pool, Stage::Backfill(Box::new(filler)), share);
        }
        job
    }

    fn of(shares: usize, ground: ReplayInput, stop: usize) -> Self {
        Self {
            from: 0,
            stop,
            target: stop,
            bytes: 0,
            shares,
            waiting: Vec::new(),
            hand: None,
            landed: Vec::new(),
            took: Duration::ZERO,
            home: unbounded(),
            ground,
            cancelled: Arc::default(),
        }
    }

    fn send(&self, pool: &WorkerPool, stage: Stage, share: Arc<Partition>) {
        let task = PartitionReplay {
            share,
            stop: self.stop,
            ground: self.ground.clone(),
            batch_size: if let Stage::Backfill(_) = stage {
                AdaptiveBatch::filling()
            } else {
                AdaptiveBatch::new()
            },
            stage,
            took: Duration::ZERO,
            cancelled: Arc::clone(&self.cancelled),
            home: self.home.0.clone(),
        };
        // The crew itself holds the other end.
        let _ = pool.queue.0.send(task);
    }

    /// Whether a share will never come home: its helper has ended in a fault of the program.
    pub(in crate::session) fn is_lost(&self) -> bool {
        // Each share that is on its way holds the word that calls it off.
        let away = Arc::strong_count(&self.cancelled) - 1;
        self.landed.len() + self.waiting.len() + away < self.shares
    }

    /// Whether it is of use on the way to an event: it was begun for that, or most of the way is
    /// the same.
    pub(in crate::session) const fn serves(&self, target: usize) -> bool {
        target == self.target
            || (self.stop <= target && target - self.stop <= self.stop - self.from)
    }

    /// How many events the states at its end have applied, and what each took in nanoseconds.
    pub(in crate::session) const fn flown(&self) -> (usize, Duration) {
        (self.stop - self.from, self.took)
    }

    /// About where it is.
    pub(in crate::session) const fn events(&self) -> usize {
        self.from + (self.stop - self.from) * self.landed.len() / self.shares
    }

    /// The bytes that its states take.
    pub(in crate::session) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Goes on until the deadline; `cursor` are the states at the cursor, which stay the same for
    /// as long as it is on its way. Returns the states at its end once they are there.
    pub(in crate::session) fn go_on(
        &mut self,
        pool: &WorkerPool,
        cursor: &Engine,
        deadline: &Deadline,
    ) -> Option<Engine> {
        loop {
            if let Some((copying, share)) = self.waiting.last_mut() {
                let share = Arc::clone(share);
                if copying.go_on(cursor, usize::MAX, deadline) == Progress::Done
                    && let Some((copied, _)) = self.waiting.pop()
                {
                    self.send(pool, Stage::Going(copied.finish().0), share);
                }
            } else if let Some(mut task) = self.hand.take().or_else(|| self.take(pool)) {
                if task.go_on() {
                    self.collect(task);
                } else {
                    self.hand = Some(task);
                }
            } else if self.landed.len() < self.shares
                && let Ok(task) = self.home.1.recv_timeout(NAP)
            {
                self.collect(task);
            }
            if self.landed.len() == self.shares {
                return Engine::merge(std::mem::take(&mut self.landed));
            }
            if deadline.has_passed() {
                return None;
            }
        }
    }

    /// The next share of this flight that nobody has taken. Those of flights that were called off
    /// are freed.
    fn take(&mut self, pool: &WorkerPool) -> Option<PartitionReplay> {
        let own = |task: &PartitionReplay| Arc::ptr_eq(&task.cancelled, &self.cancelled);
        pool.queue.1.try_iter().find(own)
    }

    fn collect(&mut self, task: PartitionReplay) {
        self.took += task.took;
        self.landed.push(task.into_engine());
    }

    /// Gives it up. What is at hand of its states is returned, as room for others; what others are
    /// at [comes home](Self::is_home) as soon as they notice.
    pub(in crate::session) fn call_off(&mut self, pool: &WorkerPool) -> Option<Engine> {
        self.cancelled.store(true, Ordering::Relaxed);
        while let Some(task) = self.hand.take().or_else(|| self.take(pool)) {
            self.landed.push(task.into_engine());
        }
        let copied = self.waiting.drain(..).map(|(copying, share)| (copying.finish().0, share));
        self.landed.extend(copied);
        self.shares -= self.landed.len();
        Engine::merge(std::mem::take(&mut self.landed))
    }

    /// Whether, after it was given up, nobody looks at the events, their keys and a checkpoint for
    /// its sake any more. With `patience` this is waited for: a piece of work at most.
    pub(in crate::session) fn is_home(&mut self, patience: bool) -> bool {
        let next = |patience: bool| {
            let home = &self.home.1;
            if patience { home.recv_timeout(PATIENCE).ok() } else { home.try_recv().ok() }
        };
        while self.shares > 0 && next(patience).is_some() {
            self.shares -= 1;
        }
        self.shares == 0
    }
}

impl Drop for ParallelReplay {
    fn drop(&mut self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use crate::plan::lower::compile;
    use crate::tape::Demand;

    use super::*;

    #[test]
    fn a_share_whose_helper_is_gone_is_lost() {
        let text = "features:\n  - {name: a, type: interaction_count, interaction: a, scope: item}\n  - {name: b, type: interaction_count, interaction: b, scope: user}\n";
        let plan = Arc::new(compile("config", text).0.unwrap());
        let ground =
            ReplayInput { tape: Arc::new(Tape::new(Demand::default())), index: Arc::default() };
        let (engine, mut pool) = (Engine::new(plan), WorkerPool::new(1, None));
        let parts = engine.at_start().split(engine.plan(), &engine.partitions());
        let from = (&engine, StartState::Parts(parts), 0);
        let mut job = ParallelReplay::new(&mut pool, ground, from, None, (0, 0));
        assert_eq!((job.shares, job.is_lost()), (2, false));
        let task = job.take(&pool).unwrap();
        assert!(!job.is_lost());
        drop(task);
        assert!(job.is_lost());
        let task = job.take(&pool).unwrap();
        job.collect(task);
        assert!(job.is_lost());
    }
}
