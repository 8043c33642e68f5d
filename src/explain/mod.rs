//! Explanations: why a value is what it is, down to the events that made it, and which events did
//! not count and why.
//!
//! A value is read from sides: states over their windows, one for a counter, two for a ratio, with
//! those over all keys if it is smoothed or normalized. Each side is explained by itself.
//! Every event that has the side's key is in exactly one place of it: it is a contribution, or it
//! is in the group of the reason why it is none.
//!
//! * `side`: the contributions to a side, and the events that are none, by `reasons`; both from its
//!   `rows`.
//! * `window`: the window of a side, its buckets, and the same window without buckets.
//! * `formula`: how the sides make the value, with their numbers.
//! * `upcoming`: how the value changes if no event comes any more.
//! * `settings`: the settings of a feature, each with the place that sets it.
//! * `counting`: whether an event counts for a feature, whatever the key, and why not.
//! * `contributors`: the contributions, grouped by an attribute.
//! * `near_keys`: the keys that are most similar to one that was never seen.

mod contributors;
mod counting;
mod event;
mod formula;
mod near_keys;
mod reasons;
mod rows;
mod settings;
mod side;
mod upcoming;
mod window;

use crate::base::{Millis, Timestamp};
use crate::config::Document;
use crate::engine::{At, Engine, InputRows, OutputValue, Reading};
use crate::plan::{Operand, OutputId, Plan, Prior, Read, Rule, ScopeId, Term, describe};

pub use contributors::{Contributor, Contributors};
pub use counting::{Counting, Verdict, verdicts};
pub use event::EventRef;
pub use near_keys::near_keys;
pub use reasons::Group;
pub use settings::{Origin, Setting};
pub use side::{Contribution, Contributions, Side, StateFacts};
pub use upcoming::Change;
pub use window::{Bucket, Exact, Place, WindowPart};

/// What is explained: the values of an engine's plan at its position, as of a moment at or after
/// its clock.
#[derive(Clone, Copy)]
pub struct Position<'t> {
    /// The plan, the events and the keys.
    pub rows: InputRows<'t>,
    /// The states after the position's events.
    pub engine: &'t Engine,
    /// The moment.
    pub as_of: Timestamp,
}

/// Which contributions are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listing {
    /// The order.
    pub order: Order,
    /// The most that are listed.
    pub most: usize,
}

/// The order in which contributions are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The newest first: the order of application, backward.
    Newest,
    /// The largest first: by what they add to the value, or by their own value if they do not add
    /// up.
    Largest,
}

/// The explanation of an output at a key.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The output's name.
    pub output: String,
    /// The name of its feature.
    pub feature: String,
    /// The definition in words.
    pub definition: String,
    /// The key: the names of its attributes and their texts.
    pub key: Vec<(String, String)>,
    /// The moment of reading.
    pub as_of: Timestamp,
    /// The live value.
    pub live: Reading,
    /// The served value; `None` if the feature has no refresh.
    pub served: Option<Served>,
    /// The clock at the last write; `None` if there was none.
    pub last_write: Option<Timestamp>,
    /// How long a key is kept after its last write.
    pub ttl: Millis,
    /// How the sides make the value; `None` for a state that is read as it is.
    pub formula: Option<String>,
    /// The settings of the feature.
    pub settings: Vec<Setting>,
    /// The sides.
    pub sides: Vec<Side>,
    /// How the live value changes if no event comes any more, the next changes first.
    pub upcoming: Vec<Change>,
}

/// What is served.
#[derive(Clone, Debug, PartialEq)]
pub struct Served {
    /// The value.
    pub value: Option<OutputValue>,
    /// When it was refreshed; `None` if nothing is served yet.
    pub refreshed: Option<Timestamp>,
    /// How long it holds before a write refreshes it.
    pub refresh: Millis,
}

impl<'t> Position<'t> {
    const fn plan(self) -> &'t Plan {
        self.rows.plan
    }

    /// The number of events applied.
    fn events(self) -> usize {
        self.engine.position().events
    }
}

/// Explains an output at a key, a slot of the output's scope. `document` is the config of the plan,
/// and `text` its text.
#[must_use]
pub fn explain(
    at: Position<'_>,
    output: OutputId,
    slot: u32,
    listing: Listing,
    (document, text): (&Document, &str),
) -> Explanation {
    let plan = at.plan();
    let declared = &plan.outputs[output.0];
    let feature = &plan.features[declared.feature.0];
    let scope = plan.scope_of(output);
    let texts = at.rows.index.key(scope, slot).0;
    let live = at.engine.reading(at.rows.index, output, slot, at.as_of);
    let sides = sides(plan, output);
    let sides = sides.into_iter().map(|of| Side::new(at, of, (scope, slot), listing)).collect();
    Explanation {
        output: declared.name.clone(),
        feature: feature.name.clone(),
        definition: describe::definition(plan, output),
        key: plan.key_attributes(scope).map(str::to_owned).zip(texts).collect(),
        as_of: at.as_of,
        served: served(at, output, slot, &live),
        live,
        last_write: at.engine.last_write(at.rows.index, output, slot),
        ttl: feature.ttl,
        formula: formula::formula(at, output, slot),
        settings: settings::settings(plan, document, text, declared.feature),
        sides,
        upcoming: upcoming::upcoming(at, output, slot),
    }
}

/// Whether an event before the position has a key, a slot of the scope.
#[must_use]
pub fn is_seen(at: Position<'_>, scope: ScopeId, slot: u32) -> bool {
    if at.plan().scopes[scope.0].attributes.is_empty() {
        return at.events() > 0;
    }
    let first = at.rows.index.rows_of(scope, slot).first().copied();
    first.is_some_and(|row| (row as usize) < at.rows.tape.end_row(at.events()))
}

/// Groups the contributions to each side of an output at a key by an attribute of the plan, a
/// column of the tape.
#[must_use]
pub fn contributors(
    at: Position<'_>,
    output: OutputId,
    slot: u32,
    column: usize,
) -> Vec<Contributors> {
    let scope = at.plan().scope_of(output);
    let sides = sides(at.plan(), output).into_iter().filter(|side| !side.is_global);
    sides.map(|of| Contributors::new(at, of, (scope, slot), column)).collect()
}

fn served(at: Position<'_>, output: OutputId, slot: u32, live: &Reading) -> Option<Served> {
    let refresh = at.plan().features[at.plan().outputs[output.0].feature.0].refresh;
    if !refresh.is_positive() {
        return None;
    }
    let value = match live {
        Reading::NeverSeen | Reading::Expired => None,
        _ => at.engine.served_value(at.rows.index, output, At::Slot(slot), at.as_of),
    };
    let age = at.engine.served_age(output, slot, at.as_of);
    let refreshed = age.map(|age| Timestamp(at.as_of.0 - age.0));
    Some(Served { value, refreshed, refresh })
}

/// A side of an output, before it is explained.
struct SideOf {
    /// Its part in the formula: `top`, `bottom, all keys`; empty if it is the only one.
    role: String,
    term: Term,
    /// Whether it is over all keys.
    is_global: bool,
}

/// The sides of an output; those of outputs that it divides are in their place.
fn sides(plan: &Plan, output: OutputId) -> Vec<SideOf> {
    let mut found = Vec::new();
    add_sides(plan, output, "", &mut found);
    found
}

fn add_sides(plan: &Plan, output: OutputId, role: &str, found: &mut Vec<SideOf>) {
    let quotient = match &plan.outputs[output.0].read {
        Read::State(term) => {
            found.push(SideOf { role: role.to_owned(), term: *term, is_global: false });
            return;
        }
        Read::Quotient(quotient) => quotient,
    };
    let of = if role.is_empty() { String::new() } else { format!(" of {role}") };
    for (name, side) in [("top", quotient.top), ("bottom", quotient.bottom)] {
        let role = format!("{name}{of}");
        match side {
            Operand::Term(term) => found.push(SideOf { role, term, is_global: false }),
            Operand::Output(output) => add_sides(plan, output, &role, found),
        }
    }
    if let Rule::Normalized { top_all, bottom_all, .. }
    | Rule::Smoothed { prior: Prior::Global { top_all, bottom_all }, .. } = quotient.rule
    {
        for (name, term) in [("top", top_all), ("bottom", bottom_all)] {
            let role = format!("{name}{of}, all keys");
            found.push(SideOf { role, term, is_global: true });
        }
    }
}
