//! Lints with evidence: what of a config is probably not what its author wants, judged by what a log
//! holds and by the values that come out.
//!
//! A lint is a function over a config ([`Declared`]), or over a config and a log ([`Facts`]), in the
//! file of its kind, and a line in `OF_CONFIGS` or `OF_LOGS`. Its code has a page, its numbers stand in `diagnostic::lints` with their reasons, and its message has
//! the evidence in numbers. What can be said of a config without a log is said in `plan::lower`, and
//! what a config names and a log lacks in `coverage`.
//!
//! * `measure`: what is measured once for all lints.
//! * `names`: attributes and values that the log has otherwise than the config takes them.
//! * `outputs`: values that cannot be used, or that another output has.
//! * `ratios`: rates above 1, exchanged sides, small divisors.
//! * `scopes`: scopes that divide events too little or too much, and labels that name two scopes.
//! * `served`: served values that differ from live ones.
//! * `sides`: ratios whose sides count by different rules.
//! * `sizes`: numbers of which some are in another unit, or stand for `unknown`.
//! * `units`: lengths of time that do not fit the log, each other or the numbers beside them.
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
mod names;
mod outputs;
mod ratios;
mod scopes;
mod served;
mod sides;
mod sizes;
mod units;

use std::ops::Deref;

use crate::config::{self, Document};
use crate::diagnostic::{Diagnostic, LintSettings};
use crate::engine::{Engine, InputCount, InputRows, KeyIndex, KeySpread};
use crate::plan::{self, OutputId, Plan};
use crate::profile::Profile;
use crate::tape::Tape;

pub use allowed::{allow, deny};
pub use cause::Causes;
pub use change::against;
use findings::Findings;
pub use measure::{Measures, Measuring};
pub use memory::beyond;

/// The lints of what is declared, in the order in which they run.
const OF_CONFIGS: &[fn(&Declared<'_>, &mut Findings<'_>)] = &[
    outputs::same_meaning,
    outputs::of_own_key,
    units::inherited,
    units::uneven_bucket,
    units::small_percentile,
    units::forgotten,
    units::rarely_refreshed,
    sides::differ,
    sides::lives_apart,
    scopes::labels,
    allowed::unknown,
];

/// The lints that take a log, in the order in which they run.
const OF_LOGS: &[fn(&Facts<'_>, &mut Findings<'_>)] = &[
    names::filters,
    names::lacking,
    names::unlike_numbers,
    names::spellings,
    outputs::unusable,
    outputs::same_values,
    outputs::constant,
    ratios::exchanged_or_above_one,
    ratios::small_divisor,
    ratios::far_prior,
    sides::filtered_apart,
    sizes::two_sizes,
    served::differs,
    units::short,
    units::long,
    scopes::too_coarse,
    scopes::too_fine,
    log::repeats::repeated,
    log::clocks::skewed,
    log::times::odd,
    log::times::missing_hours,
    log::times::missing_of_type,
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

/// A config, as lints look at it.
#[derive(Clone, Copy)]
pub struct Declared<'f> {
    /// The declarations.
    pub document: &'f Document,
    /// The text, to which their spans refer.
    pub text: &'f str,
    /// The plan that was made of them.
    pub plan: &'f Plan,
    /// The numbers beyond which lints speak.
    pub settings: &'f LintSettings,
}

/// A config and a log, as lints look at them.
pub struct Facts<'f> {
    /// The config, whose plan the log was replayed under.
    pub declared: Declared<'f>,
    /// The rows of the log, as the inputs of the plan see them.
    pub rows: InputRows<'f>,
    /// The profile of the log; `None` if it can be read only once.
    pub profile: Option<&'f Profile>,
    /// Per input of the plan, the rows that it counts and does not count.
    pub counts: &'f [InputCount],
    /// What was measured of it.
    pub measures: &'f Measures,
}

/// The warnings about a config by itself, in its order.
#[must_use]
pub fn of_config(declared: &Declared<'_>) -> Vec<Diagnostic> {
    found(OF_CONFIGS, declared, declared, &mut |sets| vec![None; sets.len()], &|| true)
}

/// The warnings about a config and a log, in the order of the config; those of the config by itself
/// are not among them. `causes` reads the log once more, if there are events whose cause is looked
/// for. `goes_on` is asked before each lint, and may leave the rest out.
pub fn of_log(
    facts: &Facts<'_>,
    causes: &mut Causes<'_>,
    goes_on: &dyn Fn() -> bool,
) -> Vec<Diagnostic> {
    found(OF_LOGS, facts, &facts.declared, causes, goes_on)
}

/// What lints find about what they look at, which is of a config.
fn found<'f, T>(
    lints: &[fn(&T, &mut Findings<'_>)],
    of: &T,
    declared: &Declared<'f>,
    causes: &mut Causes<'_>,
    goes_on: &dyn Fn() -> bool,
) -> Vec<Diagnostic> {
    let mut findings = Findings::new(declared);
    lints.iter().take_while(|_| goes_on()).for_each(|lint| lint(of, &mut findings));
    findings.into_warnings(causes)
}

impl<'f> Declared<'f> {
    /// The features as declared, each with its feature of the plan.
    fn features(&self) -> impl Iterator<Item = (&'f config::Feature, &'f plan::Feature)> {
        self.document.features.iter().zip(&self.plan.features)
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
        &self.plan.outputs[output.0].name
    }
}

impl<'f> Deref for Facts<'f> {
    type Target = Declared<'f>;

    fn deref(&self) -> &Declared<'f> {
        &self.declared
    }
}

impl<'f> Facts<'f> {
    /// How the events of a feature are spread over its keys; of several sides, those of the one that
    /// counts most.
    fn spread(&self, feature: &plan::Feature) -> Option<&'f KeySpread> {
        let plan = self.plan;
        let sides = plan.sides(OutputId(feature.outputs.start)).into_iter();
        let inputs =
            sides.filter(|side| !side.is_global).map(|side| plan.states[side.term.state.0].input);
        let inputs = inputs.filter(|input| plan.inputs[input.0].scope == feature.scope);
        let spreads = inputs.map(|input| &self.measures.inputs[input.0]);
        spreads.max_by_key(|spread| spread.rows)
    }

    /// A key of an output in words: `item=p1, user=u2`.
    fn key(&self, output: OutputId, slot: u32) -> String {
        let scope = self.plan.scope_of(output);
        let texts = self.rows.index.key(scope, slot).0;
        let parts = self.plan.key_attributes(scope).zip(texts);
        let parts: Vec<String> = parts.map(|(name, text)| format!("{name}={text}")).collect();
        parts.join(", ")
    }
}
