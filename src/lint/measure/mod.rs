//! What is measured once of a plan on a log, for all lints: how events are spread over keys, and the
//! values at the end.

mod output;

use crate::diagnostic::LintSettings;
use crate::engine::{KeySpread, key_spreads};
use crate::plan::OutputId;

pub(super) use output::{Differing, Divisors, OutputMeasure};

use super::Replayed;

/// What was measured.
pub struct Measures {
    /// Per input of the plan, how the rows that it counts are spread over its keys.
    pub(super) inputs: Vec<KeySpread>,
    /// Per output of the plan, its values at the end.
    pub(super) outputs: Vec<OutputMeasure>,
}

impl Measures {
    /// Measures a replayed log. `goes_on` is asked now and then; `None` once it says no.
    pub fn new(
        replayed: Replayed<'_>,
        settings: &LintSettings,
        goes_on: &dyn Fn() -> bool,
    ) -> Option<Self> {
        let Replayed { plan, tape, index, engine } = replayed;
        let inputs = key_spreads((plan, tape, index), goes_on)?;
        let mut outputs = Vec::with_capacity(plan.outputs.len());
        for output in (0..plan.outputs.len()).map(OutputId) {
            if !goes_on() {
                return None;
            }
            let measure =
                engine.clock().map(|as_of| OutputMeasure::new(replayed, output, as_of, settings));
            outputs.push(measure.unwrap_or_default());
        }
        Some(Self { inputs, outputs })
    }
}
