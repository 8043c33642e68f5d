//! Playing: how event time follows wall time.

use std::time::{Duration, Instant};

use crate::base::{Timestamp, clock};
use crate::tape::Tape;

use super::protocol::Speed;

/// Whether and how fast event time runs.
#[derive(Clone, Debug)]
pub(super) struct Player {
    speed: Speed,
    playing: bool,
    /// Whether the cursor stays at the end of what is loaded.
    follows: bool,
    /// A moment of wall time, and the event time that it stands for.
    anchor: Option<(Instant, Timestamp)>,
    moving_since: Option<Instant>,
    took: Option<Duration>,
    rate: Rate,
}

/// Events applied a second, over the last half second or so.
#[derive(Clone, Copy, Debug, Default)]
struct Rate {
    since: Option<Instant>,
    events: usize,
    per_second: Option<f64>,
}

impl Player {
    pub(super) fn new(speed: Speed, playing: bool, follows: bool) -> Self {
        Self {
            speed,
            playing,
            follows,
            anchor: None,
            moving_since: None,
            took: None,
            rate: Rate::default(),
        }
    }

    pub(super) const fn speed(&self) -> Speed {
        self.speed
    }

    pub(super) const fn is_playing(&self) -> bool {
        self.playing
    }

    /// Whether the cursor stays at the end of what is loaded.
    pub(super) const fn follows(&self) -> bool {
        self.follows
    }

    pub(super) const fn took(&self) -> Option<Duration> {
        self.took
    }

    pub(super) const fn rate(&self) -> Option<f64> {
        self.rate.per_second
    }

    /// Whether event time runs: it does not until the cursor is where it is to run from.
    pub(super) const fn runs(&self) -> bool {
        self.playing && self.anchor.is_some()
    }

    pub(super) const fn play(&mut self) {
        self.playing = true;
        self.follows = false;
        self.anchor = None;
    }

    pub(super) const fn pause(&mut self) {
        self.playing = false;
        self.follows = false;
        self.anchor = None;
    }

    pub(super) const fn follow(&mut self) {
        self.follows = true;
    }

    pub(super) const fn stop_following(&mut self) {
        self.follows = false;
    }

    pub(super) const fn set_speed(&mut self, speed: Speed) {
        self.speed = speed;
        self.anchor = None;
    }

    /// Lets event time run on from where the cursor is going, once it is there.
    pub(super) const fn start_anew(&mut self) {
        self.anchor = None;
    }

    /// Where the cursor, which is on its way to `target`, should be by now; `None` where it is not
    /// this that moves it. `from` is the moment that event time runs from, and `there` says that
    /// the cursor has come to its goal.
    pub(super) fn due(
        &mut self,
        tape: &Tape,
        from: Option<Timestamp>,
        target: usize,
        there: bool,
        loading: bool,
    ) -> Option<usize> {
        if self.follows && loading {
            return Some(tape.events());
        }
        if !self.playing {
            return None;
        }
        if target >= tape.events() && there && !loading {
            self.pause();
            return None;
        }
        if self.anchor.is_none() && there {
            self.anchor = from.map(|from| (clock::instant(), from));
        }
        match (self.speed, self.anchor?) {
            (Speed::Max, _) => Some(tape.events()),
            (Speed::Times(times), (since, time)) => {
                let passed = since.elapsed().as_secs_f64() * 1000.0 * times;
                Some(tape.events_at(Timestamp(time.0.saturating_add(passed as i64))).max(target))
            }
        }
    }

    /// How long the cursor has been on its way; `None` while it is not.
    pub(super) fn moves_for(&self) -> Option<Duration> {
        self.moving_since.map(|since| since.elapsed())
    }

    /// The cursor was sent somewhere.
    pub(super) fn started_moving(&mut self) {
        self.moving_since = Some(clock::instant());
    }

    /// The cursor is where it was sent.
    pub(super) fn arrived(&mut self) {
        if let Some(since) = self.moving_since.take() {
            self.took = Some(since.elapsed());
        }
    }

    /// The cursor moved, or what will take its place.
    pub(super) fn moved(&mut self, from: usize, to: usize) {
        let since = *self.rate.since.get_or_insert_with(clock::instant);
        self.rate.events += to.saturating_sub(from);
        let passed = since.elapsed().as_secs_f64();
        if passed > 0.5 {
            self.rate.per_second = Some(self.rate.events as f64 / passed);
            self.rate.since = None;
            self.rate.events = 0;
        }
    }
}
