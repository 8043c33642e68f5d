//! Final values: one row per output and key that was written.

use std::sync::Arc;

use crate::base::{Deadline, Key, Task, TextList, Timestamp};
use crate::engine::{At, Engine, Freshness, InputCount, InputCounter, KeyIndex};
use crate::plan::{OutputId, Plan};
use crate::tape::Tape;

use super::streaming_pass::{Limits, Passed, Visitor, pass};
use super::{Log, PassError, Run};

/// The keys whose texts are prefetched together.
const PREFETCHED: u32 = 32;

/// The value of an output at a key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ValueRow<'r> {
    /// The output's name.
    pub output: &'r str,
    /// The key: the names of its attributes and their texts.
    pub key: &'r [(&'r str, &'r str)],
    /// The live value.
    pub value: Option<f64>,
    /// The served value: what an online store that follows the feature's `refresh` would answer.
    pub served: Option<f64>,
    /// In place of both where the output's value is a list: the live and the served one.
    pub lists: Option<&'r [Option<TextList>; 2]>,
}

impl ValueRow<'_> {
    /// The key, owned.
    #[must_use]
    pub fn to_key(&self) -> Key {
        Key(self.key.iter().map(|(_, text)| (*text).to_owned()).collect())
    }
}

/// Receives a row; an error ends the reading.
pub type Emit<'e, E> = dyn FnMut(&ValueRow<'_>) -> Result<(), E> + 'e;

/// Emits the values after the last event at or before `at`, read as of `at`; by default after the
/// last event, as of its time. `wanted` selects outputs. The first error of `emit` ends it.
pub fn values<E>(
    run: &Run,
    at: Option<Timestamp>,
    wanted: &dyn Fn(&str) -> bool,
    emit: &mut Emit<'_, E>,
) -> Result<(), E> {
    let mut engine = run.engine();
    let events = at.map_or(run.tape.events(), |at| run.tape.events_at(at));
    engine.apply(&run.tape, &run.index, events);
    read(&run.plan, &engine, &run.index, at, wanted, emit)
}

/// Replays a log up to the last event at or before `at`, or to its end, keeping only what
/// [`Replayed::values`] needs.
pub fn replay(
    plan: &Arc<Plan>,
    log: &Log<'_>,
    at: Option<Timestamp>,
    limits: Limits,
    progress: &mut dyn FnMut(f64),
) -> Result<Replayed, PassError> {
    let mut last = Final { plan, at, counter: None };
    let passed = pass(plan, None, log, limits, &mut last, progress)?;
    Ok(Replayed { plan: Arc::clone(plan), at, passed, counts: Vec::new() })
}

/// [`replay`], with counts of the rows that each input counts and does not count.
pub fn replay_counting(
    plan: &Arc<Plan>,
    log: &Log<'_>,
    at: Option<Timestamp>,
    limits: Limits,
    progress: &mut dyn FnMut(f64),
) -> Result<Replayed, PassError> {
    let mut last = Final { plan, at, counter: Some(InputCounter::new(plan)) };
    let passed = pass(plan, None, log, limits, &mut last, progress)?;
    let counts = last.counter.map(|counter| counter.counts().to_vec()).unwrap_or_default();
    Ok(Replayed { plan: Arc::clone(plan), at, passed, counts })
}

/// A replayed log, whose values can be read.
pub struct Replayed {
    plan: Arc<Plan>,
    at: Option<Timestamp>,
    /// The result of the pass.
    pub passed: Passed,
    /// The counts of rows per input of the plan; empty unless requested.
    pub counts: Vec<InputCount>,
}

impl Replayed {
    /// Emits the values of the outputs that `wanted` selects. The first error of `emit` ends it.
    pub fn values<E>(
        &self,
        wanted: &dyn Fn(&str) -> bool,
        emit: &mut Emit<'_, E>,
    ) -> Result<(), E> {
        read(&self.plan, &self.passed.engine, &self.passed.index, self.at, wanted, emit)
    }
}

/// A visitor that applies events up to a time.
struct Final<'p> {
    plan: &'p Plan,
    at: Option<Timestamp>,
    counter: Option<InputCounter>,
}

impl Visitor<PassError> for Final<'_> {
    fn asks_why(&self) -> bool {
        self.counter.is_some()
    }

    fn reads(&mut self, _: &Tape) -> &[usize] {
        &[]
    }

    fn window(
        &mut self,
        engine: &mut Engine,
        tape: &Tape,
        index: &KeyIndex,
    ) -> Result<bool, PassError> {
        let events = self.at.map_or(tape.events(), |at| tape.events_at(at));
        engine.apply(tape, index, events);
        if let Some(counter) = &mut self.counter {
            let counted = (self.plan, tape, index, tape.end_row(events));
            let _ = counter.step(counted, &Deadline::never());
            if tape.is_streaming() {
                counter.rebase();
            }
        }
        Ok(events == tape.events())
    }

    fn start_over(&mut self) -> Result<(), PassError> {
        if let Some(counter) = &mut self.counter {
            *counter = InputCounter::new(self.plan);
        }
        Ok(())
    }
}

fn read<E>(
    plan: &Plan,
    engine: &Engine,
    index: &KeyIndex,
    at: Option<Timestamp>,
    wanted: &dyn Fn(&str) -> bool,
    emit: &mut Emit<'_, E>,
) -> Result<(), E> {
    let Some(as_of) = at.or_else(|| engine.clock()) else { return Ok(()) };
    for number in 0..plan.outputs.len() {
        let output = OutputId(number);
        let name = &plan.outputs[number].name;
        if !wanted(name) {
            continue;
        }
        let scope = plan.scope_of(output);
        let is_list = plan.most_listed(output).is_some();
        let is_refreshed = plan.features[plan.outputs[number].feature.0].refresh.is_positive();
        let mut key: Vec<(&str, &str)> =
            plan.key_attributes(scope).map(|name| (name, "")).collect();
        let slots = index.keys(scope) as u32;
        let (mut written, mut found, mut texts) = (Vec::new(), Vec::new(), Vec::new());
        for first in (0..slots).step_by(PREFETCHED as usize) {
            let slots = first..slots.min(first + PREFETCHED);
            written.clear();
            written.extend(slots.filter(|slot| engine.is_written(index, output, *slot)));
            index.fetch_texts(scope, &written, &mut texts);
            found.clear();
            engine.live_all(index, output, &written, as_of, &mut found);
            let mut texts = texts.iter().copied();
            for (slot, value) in written.iter().copied().zip(found.iter().copied()) {
                for ((_, text), found) in key.iter_mut().zip(texts.by_ref()) {
                    *text = found;
                }
                if is_list {
                    let at = At::Slot(slot);
                    let lists = [Freshness::Live, Freshness::Served]
                        .map(|freshness| engine.list(index, output, at, as_of, freshness));
                    let (value, served, lists) = (None, None, Some(&lists));
                    emit(&ValueRow { output: name, key: &key, value, served, lists })?;
                    continue;
                }
                let served = if is_refreshed {
                    engine.served(index, output, At::Slot(slot), as_of)
                } else {
                    value
                };
                emit(&ValueRow { output: name, key: &key, value, served, lists: None })?;
            }
        }
    }
    Ok(())
}
