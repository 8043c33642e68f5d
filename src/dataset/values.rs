//! Final values: a row for each output and each key that it has a write at.

use crate::base::{Key, Timestamp};
use crate::engine::At;
use crate::plan::OutputId;

use super::Run;

/// One output's value at one key.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueRow<'r> {
    /// The output's name.
    pub output: &'r str,
    /// The names of the key's attributes.
    pub attributes: &'r [String],
    /// The key.
    pub key: Key,
    /// The live value.
    pub value: Option<f64>,
    /// What a store that follows the feature's `refresh` would answer.
    pub served: Option<f64>,
}

/// Calls `emit` with every value: of the state after the last event at or before `at`, read as of
/// `at`; without it, of the whole log, read as of its last event. `wanted` says which outputs.
/// Stops at the first error of `emit` and returns it.
pub fn values<E>(
    run: &Run,
    at: Option<Timestamp>,
    wanted: &dyn Fn(&str) -> bool,
    emit: &mut dyn FnMut(&ValueRow<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let (tape, index, plan) = (&run.tape, &run.index, &run.plan);
    let mut engine = run.engine();
    engine.apply(tape, index, at.map_or(tape.events(), |at| tape.events_at(at)));
    let Some(as_of) = at.or_else(|| engine.clock()) else { return Ok(()) };
    for number in 0..plan.outputs.len() {
        let output = OutputId(number);
        let name = &plan.outputs[number].name;
        if !wanted(name) {
            continue;
        }
        let scope = plan.scope_of(output);
        let attributes: Vec<String> = plan.key_attributes(scope).map(str::to_owned).collect();
        for slot in
            (0..index.keys(scope) as u32).filter(|slot| engine.is_written(index, output, *slot))
        {
            emit(&ValueRow {
                output: name,
                attributes: &attributes,
                key: index.key(scope, slot),
                value: engine.live(index, output, At::Slot(slot), as_of),
                served: engine.served(index, output, At::Slot(slot), as_of),
            })?;
        }
    }
    Ok(())
}
