//! Lints with evidence: what of a config is probably not what its author wants, judged by what a log
//! holds and by the values that come out.
//!
//! A lint is a function over the [`Facts`], in the file of its kind, and a line in [`LINTS`]. Its
//! code has a page, its numbers stand in `diagnostic::lints` with their reasons, and its message has
//! the evidence in numbers. What can be said of a config without a log is said in `plan::lower`, and
//! what a config names and a log lacks in `coverage`.
//!
//! * `measure`: what is measured once for all lints.
//! * `outputs`: values that cannot be used, or that another output has.
//! * `ratios`: rates above 1, exchanged sides, small divisors.
//! * `scopes`: scopes that divide events too little or too much.
//! * `served`: served values that differ from live ones.
//! * `log`: what is wrong with the log itself.
//! * `memory`: states beyond a limit; `change`: outputs that another version of the config has.
//! * `cause`: what events at fault have in common, in words.
//! * `findings`: what is found, each at one place of the config.
//! * `allowed`: what a config allows, in its section `lints` and in comments.

mod allowed;
mod cause;
mod change;
mod findings;
mod log;
mod measure;
mod memory;
mod outputs;
mod ratios;
mod scopes;
mod served;

use crate::config::{self, Document};
use crate::diagnostic::{Diagnostic, LintSettings};
use crate::engine::{Engine, InputCount, KeyIndex};
use crate::plan::{self, OutputId, Plan};
use crate::profile::Profile;
use crate::tape::Tape;

pub use allowed::{allow, deny};
pub use cause::Causes;
pub use change::against;
use findings::Findings;
pub use measure::Measures;
pub use memory::beyond;

/// A lint, or several that tell of one thing.
type Lint = fn(&Facts<'_>, &mut Findings);

/// All lints, in the order in which they run.
const LINTS: &[Lint] = &[
    outputs::unusable,
    outputs::same_meaning,
    outputs::same_values,
    outputs::constant,
    ratios::exchanged_or_above_one,
    ratios::small_divisor,
    served::differs,
    scopes::too_coarse,
    scopes::too_fine,
    log::repeats::repeated,
    log::clocks::skewed,
    log::times::odd,
    log::times::missing_hours,
    log::sources::one_source,
    log::late::not_counted,
    log::impressions::of_both,
];

/// A log that was replayed under a plan to its end.
#[derive(Clone, Copy)]
pub struct Replayed<'r> {
    /// The plan.
    pub plan: &'r Plan,
    /// The finished tape.
    pub tape: &'r Tape,
    /// The index of the plan's keys.
    pub index: &'r KeyIndex,
    /// The states after the last event.
    pub engine: &'r Engine,
}

/// What lints look at.
pub struct Facts<'f> {
    /// The declarations, of which the replayed plan was made.
    pub document: &'f Document,
    /// The numbers beyond which lints speak.
    pub settings: &'f LintSettings,
    /// The log under the plan.
    pub replayed: Replayed<'f>,
    /// The profile of the log; `None` if it can be read only once.
    pub profile: Option<&'f Profile>,
    /// Per input of the plan, the rows that it counts and does not count.
    pub counts: &'f [InputCount],
    /// What was measured of it.
    pub measures: &'f Measures,
}

/// The warnings of all lints, in the order of the config. `causes` reads the log once more, if there
/// are events whose cause is looked for.
pub fn warnings(facts: &Facts<'_>, causes: &mut Causes<'_>) -> Vec<Diagnostic> {
    let mut findings = Findings::default();
    for lint in LINTS {
        lint(facts, &mut findings);
    }
    findings.into_warnings(causes)
}

impl<'f> Facts<'f> {
    const fn plan(&self) -> &'f Plan {
        self.replayed.plan
    }

    /// The features as declared, each with its feature of the plan.
    fn features(&self) -> impl Iterator<Item = (&'f config::Feature, &'f plan::Feature)> {
        self.document.features.iter().zip(&self.plan().features)
    }

    /// The outputs, each with its feature as declared.
    fn outputs(&self) -> impl Iterator<Item = (OutputId, &'f config::Feature)> {
        let features = self.features();
        features.flat_map(|(declared, feature)| {
            feature.outputs.clone().map(move |output| (OutputId(output), declared))
        })
    }

    /// The name of an output.
    fn name(&self, output: OutputId) -> &'f str {
        &self.plan().outputs[output.0].name
    }

    /// A key of an output in words: `item=p1, user=u2`.
    fn key(&self, output: OutputId, slot: u32) -> String {
        let scope = self.plan().scope_of(output);
        let texts = self.replayed.index.key(scope, slot).0;
        let parts = self.plan().key_attributes(scope).zip(texts);
        let parts: Vec<String> = parts.map(|(name, text)| format!("{name}={text}")).collect();
        parts.join(", ")
    }
}
