//! Playback: where the cursor is sent, and how event time follows the clock. Commands of the
//! transport come in here; the replay brings the cursor there.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::base::{Key, Timestamp};
use crate::plan::OutputId;

use super::protocol::{Speed, Target};
use super::replay::Replay;

/// Whether and how fast event time runs.
#[derive(Clone, Debug)]
pub(super) struct Player {
    speed: Speed,
    playing: bool,
    /// Whether the cursor follows the end of what is loaded.
    follows: bool,
    /// A moment of wall time, and the event time that it stands for.
    anchor: Option<(Instant, Timestamp)>,
    moving_since: Option<Instant>,
    took: Option<Duration>,
    rate: Rate,
    /// Where to go once the log is read, and whether to play from there.
    start: Option<(Target, bool)>,
}

/// How playback is measured.
struct PlaybackTuning {
    /// Over how long the rate of events is measured.
    rate_interval: Duration,
}

const TUNING: PlaybackTuning = PlaybackTuning { rate_interval: Duration::from_millis(500) };

/// Events applied a second, over the last half second or so.
#[derive(Clone, Copy, Debug, Default)]
struct Rate {
    since: Option<Instant>,
    events: usize,
    per_second: Option<f64>,
}

impl Player {
    pub(super) fn new(
        speed: Speed,
        playing: bool,
        follows: bool,
        start: Option<(Target, bool)>,
    ) -> Self {
        Self {
            speed,
            playing,
            follows,
            anchor: None,
            moving_since: None,
            took: None,
            rate: Rate::default(),
            start,
        }
    }

    pub(super) const fn speed(&self) -> Speed {
        self.speed
    }

    pub(super) const fn is_playing(&self) -> bool {
        self.playing
    }

    /// Whether the cursor follows the end of what is loaded.
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

    /// Lets event time run. After the last event of a log that has ended it does so from the start.
    pub(super) fn play(&mut self, replay: &mut Replay, is_open: bool) {
        if replay.cursor() >= replay.tape().events() && !is_open {
            replay.seek_to(0);
        }
        self.run();
    }

    const fn run(&mut self) {
        self.playing = true;
        self.follows = false;
        self.anchor = None;
    }

    const fn stop(&mut self) {
        self.playing = false;
        self.follows = false;
        self.anchor = None;
    }

    /// Stops where the cursor has come.
    pub(super) fn pause(&mut self, replay: &mut Replay) {
        self.stop();
        cancel_seek(replay);
    }

    /// Stops, if event time runs, before a step is made from where the cursor has come.
    fn stop_for_step(&mut self, replay: &mut Replay) {
        if self.playing || self.follows {
            self.pause(replay);
        }
    }

    /// Steps so many events on, or back. Steps that come faster than they are done add up.
    pub(super) fn step(&mut self, replay: &mut Replay, events: i64, now: Instant) {
        self.stop_for_step(replay);
        if let Some(place) = replay.step(events) {
            self.go_to(replay, Target::Event(place), now);
        }
    }

    /// Goes to an event that changed an output at a key, as far as there are any. Returns in words
    /// that there is none, or that values are being filled: until they are there, the scopes of the
    /// key index are not those of the plan.
    pub(super) fn step_of_key(
        &mut self,
        replay: &mut Replay,
        (output, key): (&str, &Key),
        events: i64,
        now: Instant,
    ) -> Option<String> {
        if replay.is_filling() {
            return Some("the config is being applied: step when its values are there".to_owned());
        }
        let plan = Arc::clone(replay.plan());
        let output = OutputId(plan.outputs.iter().position(|known| known.name == output)?);
        let slot = replay.index().find(plan.scope_of(output), &key.0)?;
        self.stop_for_step(replay);
        if let Some(found) = replay.nth_change(output, slot, events) {
            self.go_to(replay, Target::Event(found), now);
            return None;
        }
        let side = if events > 0 { "after" } else { "before" };
        let name = &plan.outputs[output.0].name;
        Some(format!("no event {side} this one changes {name} of this key"))
    }

    /// Seeks to a place of the log.
    pub(super) fn seek(&mut self, replay: &mut Replay, target: Target, now: Instant) {
        // The end is gone to again if the log is read again later.
        self.follows = matches!(target, Target::End);
        self.go_to(replay, target, now);
        // Event time runs on from where the cursor is going, once it is there.
        self.anchor = None;
    }

    /// Chooses how fast event time runs.
    pub(super) fn set_speed(&mut self, replay: &mut Replay, speed: Speed) {
        if self.playing {
            // What a faster speed has asked for is not waited for.
            cancel_seek(replay);
        }
        self.speed = speed;
        self.anchor = None;
    }

    fn go_to(&mut self, replay: &mut Replay, target: Target, now: Instant) {
        let events = replay.tape().events();
        match target {
            Target::Event(events) => replay.seek_to(events),
            Target::Time(moment) => replay.seek_to_moment(moment),
            Target::Percent(share) => {
                let share = share.clamp(0.0, 100.0) / 100.0;
                replay.seek_to((share * events as f64).round() as usize);
            }
            Target::Start => replay.seek_to(0),
            Target::End => replay.seek_to(events),
        }
        self.moving_since = Some(now);
    }

    /// All events are there: goes where the session was to start.
    pub(super) fn go_to_start(&mut self, replay: &mut Replay, now: Instant) {
        if let Some((target, plays)) = self.start.take() {
            self.go_to(replay, target, now);
            if plays {
                self.run();
            }
        } else if self.follows {
            self.go_to(replay, Target::End, now);
        }
    }

    /// Sends the cursor where it should be by now, if it is this that moves it. `is_open` says that
    /// more of the log may come. Returns whether playing has ended.
    pub(super) fn advance(&mut self, replay: &mut Replay, is_open: bool, now: Instant) -> bool {
        let was_playing = self.playing;
        let target = replay.target();
        if let Some(events) = self.due(replay, is_open, now).filter(|events| *events != target) {
            replay.seek_to(events);
        }
        was_playing && !self.playing
    }

    fn due(&mut self, replay: &Replay, is_open: bool, now: Instant) -> Option<usize> {
        let (tape, target, is_there) = (replay.tape(), replay.target(), replay.is_idle());
        if self.follows && is_open {
            return Some(tape.events());
        }
        if !self.playing {
            return None;
        }
        if target >= tape.events() && is_there && !is_open {
            // At the end of the log event time stops.
            self.stop();
            return None;
        }
        if self.anchor.is_none() && is_there {
            self.anchor = replay.runs_from().map(|from| (now, from));
        }
        match (self.speed, self.anchor?) {
            (Speed::Max, _) => Some(tape.events()),
            (Speed::Times(times), (since, time)) => {
                let passed = (now - since).as_secs_f64() * 1000.0 * times;
                Some(tape.events_at(Timestamp(time.0.saturating_add(passed as i64))).max(target))
            }
        }
    }

    /// How long the cursor has been on its way; `None` while it is not.
    pub(super) fn moves_for(&self, now: Instant) -> Option<Duration> {
        self.moving_since.map(|since| now - since)
    }

    /// The cursor is where it was sent.
    pub(super) fn arrived(&mut self, now: Instant) {
        if let Some(since) = self.moving_since.take() {
            self.took = Some(now - since);
        }
    }

    /// The cursor moved, or what will take its place.
    pub(super) fn moved(&mut self, from: usize, to: usize, now: Instant) {
        let since = *self.rate.since.get_or_insert(now);
        self.rate.events += to.saturating_sub(from);
        let passed = now - since;
        if passed > TUNING.rate_interval {
            self.rate.per_second = Some(self.rate.events as f64 / passed.as_secs_f64());
            self.rate.since = None;
            self.rate.events = 0;
        }
    }
}

/// Goes no further than the cursor has come.
fn cancel_seek(replay: &mut Replay) {
    let cursor = replay.cursor();
    if cursor != replay.target() {
        replay.seek_to(cursor);
    }
}
