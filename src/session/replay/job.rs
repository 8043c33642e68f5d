//! A long way to an event, gone share by share and beside what is shown: each share of the states
//! is copied and brought to the event on its own, by whichever thread is free, and together they
//! take the place of the states at the cursor. It must not know where the way leads, nor what is
//! shown meanwhile.
//!
//! Nobody waits for anybody: who is free takes the next share, and the worker, when there is none
//! left to take, looks at its commands until the others have come home.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::Builder;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::base::clock;
use crate::engine::{Copying, Engine, Filler, Index, Progress, Share};
use crate::tape::Tape;

use super::backfill::task::{Way, fill};
use super::batch_size::Pace;

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
pub(in crate::session) struct Crew {
    threads: usize,
    least: Duration,
    fewest: usize,
    /// The shares that nobody has taken yet, and how many threads look for them.
    queue: (Sender<Leg>, Receiver<Leg>),
    helpers: usize,
}

impl Crew {
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
    pub(in crate::session) const fn stay_together(&mut self) {
        (self.least, self.fewest) = (Duration::MAX, usize::MAX);
    }

    /// Lets as many threads look for shares as there may be. Where one cannot be started, there
    /// are fewer.
    fn turn_out(&mut self) {
        while self.helpers + 1 < self.threads {
            self.helpers += 1;
            let legs = self.queue.1.clone();
            let help = move || legs.iter().for_each(Leg::go_home);
            if Builder::new().name("helper".to_owned()).spawn(help).is_err() {
                self.threads = self.helpers;
            }
        }
    }
}

/// The events and their keys, for as long as somebody looks at them.
#[derive(Clone)]
pub(in crate::session) struct Ground {
    pub(in crate::session) tape: Arc<Tape>,
    pub(in crate::session) index: Arc<Index>,
}

/// Where the shares come from.
pub(in crate::session) enum Origin {
    /// They are there.
    Parts(Vec<Engine>),
    /// They are copied from a checkpoint.
    Checkpoint(Arc<Engine>),
    /// They are copied from the states at the cursor, which only the worker can do.
    Cursor,
}

/// One share on its way.
struct Leg {
    share: Arc<Share>,
    stage: Stage,
    stop: usize,
    ground: Ground,
    pace: Pace,
    /// The time that applying events took.
    took: Duration,
    called_off: Arc<AtomicBool>,
    home: Sender<Self>,
}

enum Stage {
    Copying(Copying, Arc<Engine>),
    Going(Engine),
    Filling(Box<Filler>),
}

impl Leg {
    /// Does a piece of a millisecond. Returns whether the share has arrived.
    fn go_on(&mut self) -> bool {
        match &mut self.stage {
            Stage::Copying(copying, of) => {
                if copying.go_on(of, usize::MAX, &mut || true) == Progress::Done {
                    let copied = std::mem::replace(copying, Copying::new(of));
                    self.stage = Stage::Going(copied.finish().0);
                }
                false
            }
            Stage::Going(engine) => {
                let began = clock::instant();
                self.pace.apply(engine, &self.ground.tape, &self.ground.index, self.stop);
                self.took += began.elapsed();
                engine.position().events >= self.stop
            }
            Stage::Filling(filler) => {
                let Ground { tape, index } = &self.ground;
                let way = Way { tape, index, stop: self.stop };
                fill(filler, &mut self.pace, way, &mut || true)
            }
        }
    }

    /// Goes to the end of the way, unless it is called off, and home.
    fn go_home(mut self) {
        while !self.called_off.load(Ordering::Relaxed) && !self.go_on() {}
        let home = self.home.clone();
        // Nobody is at home if the flight was given up.
        let _ = home.send(self);
    }

    /// The states, wherever they are.
    fn land(self) -> (Engine, Arc<Share>) {
        let engine = match self.stage {
            Stage::Copying(copying, _) => copying.finish().0,
            Stage::Going(engine) => engine,
            Stage::Filling(filler) => filler.into_engine(),
        };
        (engine, self.share)
    }
}

/// All shares on their way.
pub(in crate::session) struct Flight {
    from: usize,
    stop: usize,
    /// Where the way leads on to.
    goal: usize,
    /// The bytes that the states take.
    bytes: usize,
    shares: usize,
    /// Those that are still to be copied from the states at the cursor.
    waiting: Vec<(Copying, Arc<Share>)>,
    /// The one that the worker has taken.
    hand: Option<Leg>,
    landed: Vec<(Engine, Arc<Share>)>,
    took: Duration,
    home: (Sender<Leg>, Receiver<Leg>),
    ground: Ground,
    called_off: Arc<AtomicBool>,
}

impl Flight {
    /// Sets out for an event with the states of `any`, an engine of the plan, as they are at the
    /// origin, where they take so many bytes; of `room`, an engine that is not needed any more, the
    /// memory is used again. The way may lead on, to a goal.
    pub(in crate::session) fn new(
        crew: &mut Crew,
        ground: Ground,
        (any, origin, bytes): (&Engine, Origin, usize),
        room: Option<Engine>,
        (stop, goal): (usize, usize),
    ) -> Self {
        let shares = any.shares();
        let mut flight = Self::of(shares.len(), ground, stop);
        (flight.bytes, flight.goal) = (bytes, goal);
        crew.turn_out();
        let mut room = room.map_or_else(Vec::new, |room| room.divide(any.plan(), &shares));
        room.reverse();
        match origin {
            Origin::Parts(parts) => {
                for (part, share) in parts.into_iter().zip(shares) {
                    flight.send(crew, Stage::Going(part), share);
                }
            }
            Origin::Checkpoint(of) => {
                flight.from = of.position().events;
                for share in shares {
                    let copying = Copying::of_share(&of, Arc::clone(&share), room.pop());
                    flight.send(crew, Stage::Copying(copying, Arc::clone(&of)), share);
                }
            }
            Origin::Cursor => {
                flight.from = any.position().events;
                let begin = |share| (Copying::of_share(any, Arc::clone(&share), room.pop()), share);
                flight.waiting = shares.into_iter().map(begin).collect();
                flight.waiting.reverse();
            }
        }
        flight
    }

    /// Sets out to fill states from the first event on.
    pub(in crate::session) fn filling(
        crew: &mut Crew,
        ground: Ground,
        fillers: Vec<(Filler, Arc<Share>)>,
        stop: usize,
    ) -> Self {
        crew.turn_out();
        let flight = Self::of(fillers.len(), ground, stop);
        for (filler, share) in fillers {
            flight.send(crew, Stage::Filling(Box::new(filler)), share);
        }
        flight
    }

    fn of(shares: usize, ground: Ground, stop: usize) -> Self {
        Self {
            from: 0,
            stop,
            goal: stop,
            bytes: 0,
            shares,
            waiting: Vec::new(),
            hand: None,
            landed: Vec::new(),
            took: Duration::ZERO,
            home: unbounded(),
            ground,
            called_off: Arc::default(),
        }
    }

    fn send(&self, crew: &Crew, stage: Stage, share: Arc<Share>) {
        let leg = Leg {
            share,
            stop: self.stop,
            ground: self.ground.clone(),
            pace: if let Stage::Filling(_) = stage { Pace::filling() } else { Pace::new() },
            stage,
            took: Duration::ZERO,
            called_off: Arc::clone(&self.called_off),
            home: self.home.0.clone(),
        };
        // The crew itself holds the other end.
        let _ = crew.queue.0.send(leg);
    }

    /// Whether a share will never come home: its helper has ended in a fault of the program.
    pub(in crate::session) fn is_lost(&self) -> bool {
        // Each share that is on its way holds the word that calls it off.
        let away = Arc::strong_count(&self.called_off) - 1;
        self.landed.len() + self.waiting.len() + away < self.shares
    }

    /// Whether it is of use on the way to an event: it was begun for that, or most of the way is
    /// the same.
    pub(in crate::session) const fn serves(&self, goal: usize) -> bool {
        goal == self.goal || (self.stop <= goal && goal - self.stop <= self.stop - self.from)
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

    /// Goes on until it is `late`; `cursor` are the states at the cursor, which stay the same for as
    /// long as it is on its way. Returns the states at its end once they are there.
    pub(in crate::session) fn go_on(
        &mut self,
        crew: &Crew,
        cursor: &Engine,
        late: &mut dyn FnMut() -> bool,
    ) -> Option<Engine> {
        loop {
            if let Some((copying, share)) = self.waiting.last_mut() {
                let share = Arc::clone(share);
                if copying.go_on(cursor, usize::MAX, late) == Progress::Done
                    && let Some((copied, _)) = self.waiting.pop()
                {
                    self.send(crew, Stage::Going(copied.finish().0), share);
                }
            } else if let Some(mut leg) = self.hand.take().or_else(|| self.take(crew)) {
                if leg.go_on() {
                    self.welcome(leg);
                } else {
                    self.hand = Some(leg);
                }
            } else if self.landed.len() < self.shares
                && let Ok(leg) = self.home.1.recv_timeout(NAP)
            {
                self.welcome(leg);
            }
            if self.landed.len() == self.shares {
                return Engine::join(std::mem::take(&mut self.landed));
            }
            if late() {
                return None;
            }
        }
    }

    /// The next share of this flight that nobody has taken. Those of flights that were called off
    /// are freed.
    fn take(&mut self, crew: &Crew) -> Option<Leg> {
        let own = |leg: &Leg| Arc::ptr_eq(&leg.called_off, &self.called_off);
        crew.queue.1.try_iter().find(own)
    }

    fn welcome(&mut self, leg: Leg) {
        self.took += leg.took;
        self.landed.push(leg.land());
    }

    /// Gives it up. What is at hand of its states is returned, as room for others; what others are
    /// at [comes home](Self::is_home) as soon as they notice.
    pub(in crate::session) fn call_off(&mut self, crew: &Crew) -> Option<Engine> {
        self.called_off.store(true, Ordering::Relaxed);
        while let Some(leg) = self.hand.take().or_else(|| self.take(crew)) {
            self.landed.push(leg.land());
        }
        let copied = self.waiting.drain(..).map(|(copying, share)| (copying.finish().0, share));
        self.landed.extend(copied);
        self.shares -= self.landed.len();
        Engine::join(std::mem::take(&mut self.landed))
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

impl Drop for Flight {
    fn drop(&mut self) {
        self.called_off.store(true, Ordering::Relaxed);
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
        let ground = Ground { tape: Arc::new(Tape::new(Demand::default())), index: Arc::default() };
        let (engine, mut crew) = (Engine::new(plan), Crew::new(1, None));
        let parts = engine.fresh().divide(engine.plan(), &engine.shares());
        let from = (&engine, Origin::Parts(parts), 0);
        let mut flight = Flight::new(&mut crew, ground, from, None, (0, 0));
        assert_eq!((flight.shares, flight.is_lost()), (2, false));
        let leg = flight.take(&crew).unwrap();
        assert!(!flight.is_lost());
        drop(leg);
        assert!(flight.is_lost());
        let leg = flight.take(&crew).unwrap();
        flight.welcome(leg);
        assert!(flight.is_lost());
    }
}
