//! What the worker does when it is told: playing, stepping, and going to places of the log.

use std::sync::Arc;

use crate::base::Key;
use crate::plan::OutputId;

use super::Worker;
use crate::session::protocol::{Command, Target};
use crate::session::snapshot::Tone;

impl Worker {
    pub(in crate::session) fn obey(&mut self, command: Command) {
        self.dirty = true;
        match command {
            Command::Play => {
                if self.replay.cursor() >= self.replay.tape().events() && self.loading.is_none() {
                    self.replay.seek_to(0);
                }
                self.player.play();
            }
            Command::Pause | Command::Cancel => {
                self.player.pause();
                self.stay();
            }
            Command::Step(events) => {
                // Steps that come faster than they are done add up.
                self.halt();
                if let Some(place) = self.replay.step(events) {
                    self.go_to(Target::Event(place));
                }
            }
            Command::StepOfKey { output, key, events } => self.step_of_key(&output, &key, events),
            Command::Seek(target) => {
                self.player.stop_following();
                // Also if the log is read again later.
                if matches!(target, Target::End) {
                    self.player.follow();
                }
                self.go_to(target);
                self.player.start_anew();
            }
            Command::SetSpeed(speed) => {
                if self.player.is_playing() {
                    // What a faster speed has asked for is not waited for.
                    self.stay();
                }
                self.player.set_speed(speed);
            }
            Command::Viewport(look) => self.look = look,
            Command::Reload => self.read_config(true),
            Command::Quit => {}
        }
    }

    /// Ends playing where the cursor has come, before a step is made from there.
    fn halt(&mut self) {
        if self.player.is_playing() || self.player.follows() {
            self.player.pause();
            self.stay();
        }
    }

    /// Goes no further than the cursor has come.
    fn stay(&mut self) {
        let cursor = self.replay.cursor();
        if cursor != self.replay.target() {
            self.replay.seek_to(cursor);
        }
    }

    /// Goes to an event that changed an output at a key, as far as there are any.
    fn step_of_key(&mut self, output: &str, key: &Key, events: i64) {
        let plan = Arc::clone(self.replay.plan());
        let output = plan.outputs.iter().position(|known| known.name == output);
        let Some(output) = output.map(OutputId) else { return };
        let texts = key.0.iter().map(String::as_str);
        let Some(slot) = self.replay.index().find(plan.scope_of(output), texts) else { return };
        self.halt();
        if let Some(found) = self.replay.nth_change(output, slot, events) {
            self.go_to(Target::Event(found));
        } else {
            let side = if events > 0 { "after" } else { "before" };
            let name = &plan.outputs[output.0].name;
            self.notify(Tone::Note, format!("no event {side} this one changes {name} of this key"));
        }
    }

    pub(in crate::session) fn go_to(&mut self, target: Target) {
        self.storing.release_cursor();
        let events = self.replay.tape().events();
        match target {
            Target::Event(events) => self.replay.seek_to(events),
            Target::Time(moment) => self.replay.seek_to_moment(moment),
            Target::Percent(share) => {
                let share = share.clamp(0.0, 100.0) / 100.0;
                self.replay.seek_to((share * events as f64).round() as usize);
            }
            Target::Start => self.replay.seek_to(0),
            Target::End => self.replay.seek_to(events),
        }
        self.player.started_moving();
    }

    /// All events are there: goes where the session was to start.
    pub(in crate::session) fn go_to_start(&mut self) {
        if let Some((target, plays)) = self.start.take() {
            self.go_to(target);
            if plays {
                self.player.play();
            }
        } else if self.player.follows() {
            self.go_to(Target::End);
        }
    }
}
