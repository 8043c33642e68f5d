//! A value of the log that becomes a test of the config: the fewest of its events are looked for in
//! slices, between other work.

use std::sync::Arc;

use crate::base::{Deadline, Key, Step, Task};
use crate::config::Document;
use crate::config::edit::{self, Edited};
use crate::diagnostic::Severity;
use crate::engine::InputRows;
use crate::explain::{Attribute, Position, outline};
use crate::plan::lower::compile_with_document;
use crate::plan::{OutputId, Plan};
use crate::scenario::{CaptureTask, Captured, Suite};

use crate::session::replay::Replay;

/// A test that is being made.
pub(super) struct TestSaving {
    plan: Arc<Plan>,
    suite: Suite,
    task: CaptureTask,
    /// The value: `ctr_7{item=a}`.
    of: String,
}

/// What came of a slice.
pub(super) enum Saved {
    /// There is more to do; how far it is, in words.
    Pending(String),
    /// The text with the test, and what was added, in words.
    Text(Edited, String),
    /// There is no test, in words.
    Refused(String),
}

impl TestSaving {
    /// Begins the test of the value of an output at a key as of now. `config` is what the plan in
    /// use was made of.
    pub(super) fn begin(
        (document, text): (&Document, &Arc<str>),
        replay: &Replay,
        (output, key): (&str, &Key),
        name: Option<&str>,
    ) -> Result<Self, String> {
        let plan = replay.plan();
        let place = plan.outputs.iter().position(|own| own.name == output);
        let id = place.map(OutputId).ok_or_else(|| format!("there is no output `{output}`"))?;
        let scope = plan.scope_of(id);
        let names = plan.key_attributes(scope).map(str::to_owned).zip(key.0.iter().cloned());
        let names: Vec<Attribute> = names.map(|(name, value)| Attribute { name, value }).collect();
        let of = outline::name(output, &names);
        let slot = replay.index().find(scope, &key.0);
        let slot = slot.ok_or_else(|| format!("{of} cannot be tested: no event has this key"))?;
        let at = position(replay).ok_or("there is no value yet: no event is counted")?;
        let is_taken = |name: &str| document.tests.iter().any(|test| test.name.value == name);
        if let Some(name) = name.filter(|name| is_taken(name)) {
            return Err(format!("there is a test called `{name}` already: give another name"));
        }
        let suite = Suite::new((**plan).clone(), document.clone(), Arc::clone(text));
        let task = CaptureTask::new(at, id, slot, name.map(str::to_owned));
        Ok(Self { plan: Arc::clone(plan), suite, task, of })
    }

    /// Goes on until the deadline; `before` is the text that the test is to be added to.
    pub(super) fn step(&mut self, before: &str, replay: &Replay, deadline: &Deadline) -> Saved {
        if !Arc::ptr_eq(&self.plan, replay.plan()) {
            let words = "the config was saved meanwhile: no test was written";
            return Saved::Refused(words.to_owned());
        }
        let Some(at) = position(replay) else {
            return Saved::Refused("no event is counted any more: no test was written".to_owned());
        };
        match self.task.step((&self.suite, at), deadline) {
            Step::Pending(_) => Saved::Pending(match self.task.left() {
                None => format!("a test of {}: looking for its events — esc stops it", self.of),
                Some((left, all)) => format!(
                    "a test of {}: {left} of {all} events still needed — esc stops it",
                    self.of
                ),
            }),
            Step::Done(Err(error)) => Saved::Refused(format!("{}: {error}", self.of)),
            Step::Done(Ok(captured)) => self.added(before, &captured),
        }
    }

    fn added(&self, before: &str, captured: &Captured) -> Saved {
        let edited = match edit::add_test(before, &captured.name, &captured.text) {
            Ok(edited) => edited,
            Err(error) => return Saved::Refused(error.to_string()),
        };
        let (plan, _, report) = compile_with_document("", &edited.text);
        if plan.is_none() {
            let fault = report.diagnostics.iter().find(|fault| fault.severity == Severity::Error);
            let words = fault.map_or("it would not be valid", |fault| &fault.message);
            return Saved::Refused(format!("no test was written: {words}"));
        }
        let (kept, all) = captured.events;
        Saved::Text(edited, format!("a test of {} with {kept} of its {all} events", self.of))
    }
}

/// Where the replay stands.
fn position(replay: &Replay) -> Option<Position<'_>> {
    let rows = InputRows { plan: replay.plan(), tape: replay.tape(), index: replay.index() };
    Some(Position { rows, engine: replay.engine(), as_of: replay.as_of()? })
}
