//! The plan: what a config means. Scopes, inputs, shared states, outputs, filters; free of spans,
//! and valid by construction. It knows neither how states are stored nor what an event log looks
//! like.
//!
//! A *scope* is a grouping key. An *input* is the events that a state counts: types, filter, key,
//! value. A *state* is the arithmetic over one input for each key; its *identity* is the hash of
//! its meaning, and features that mean the same share it. An *output* is a named value that is read
//! from states; a *feature* is what the config declares: one or more outputs that are refreshed
//! together.

use std::ops::Range;

use crate::aggregate;
pub use crate::aggregate::{Approximation, ErrorKind, Percentile, Shape, Takes};
use crate::base::Millis;
use crate::base::events::EventSettings;

pub mod describe;
pub mod filter;
pub mod identity;
pub mod lower;
mod sides;
pub mod window;

pub use filter::{Condition, Filter};
pub use sides::Side;
pub use window::{Window, WindowKind};

/// Index into [`Plan::attributes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttributeId(pub usize);
/// Index into [`Plan::scopes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeId(pub usize);
/// Index into [`Plan::inputs`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InputId(pub usize);
/// Index into [`Plan::states`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateId(pub usize);
/// Index into [`Plan::features`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FeatureId(pub usize);
/// Index into [`Plan::outputs`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OutputId(pub usize);

/// The meaning of a config.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// How the log is read and ordered, and which impressions are made.
    pub events: EventSettings,
    /// The attributes in use, by their names in the config (`item`, `item.brand`).
    pub attributes: Vec<String>,
    /// The distinct grouping keys.
    pub scopes: Vec<Scope>,
    /// The distinct filters.
    pub filters: Vec<Filter>,
    /// The distinct inputs.
    pub inputs: Vec<Input>,
    /// The distinct states.
    pub states: Vec<State>,
    /// The entries of the config that declare features, in its order.
    pub entries: Vec<Entry>,
    /// The declared features, in the config's order.
    pub features: Vec<Feature>,
    /// All outputs; each feature's are a range of them.
    pub outputs: Vec<Output>,
    /// Names of the features and sections of the config that are not counters.
    pub skipped: Vec<String>,
}

/// A grouping key: attributes, in order; without any it is the global scope.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Scope {
    /// The attributes; empty for `global`.
    pub attributes: Vec<AttributeId>,
    /// True if a list counts once for each distinct element, instead of by its first.
    pub explode: bool,
}

/// The event types that an input takes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Types {
    /// Every counted event.
    All,
    /// These, sorted and distinct.
    Only(Vec<String>),
}

impl Types {
    /// True if they include a type.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(names) => names.iter().any(|known| known == name),
        }
    }
}

/// The events that a state counts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Input {
    /// The scope; an event counts only if it has all attributes of the key.
    pub scope: ScopeId,
    /// True if all keys of the scope are aggregated into one slot: the global side of `normalize`
    /// and of `prior: global`.
    pub rolled_up: bool,
    /// The event types.
    pub types: Types,
    /// The filter, an index into [`Plan::filters`].
    pub filter: Option<usize>,
    /// The attribute that is aggregated; `None` for counts.
    pub value: Option<AttributeId>,
    /// What is taken of that attribute; nothing for counts.
    pub takes: Takes,
}

/// What an aggregate takes of an event, by its word in a config.
#[must_use]
pub fn takes(aggregate: &str) -> Takes {
    aggregate::named(aggregate).map_or(Takes::Nothing, |definition| definition.takes)
}

/// The arithmetic over one input, for each key.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// The events it counts.
    pub input: InputId,
    /// The name of the aggregate in the registry of `aggregate` (`count`, `sum`, …).
    pub aggregate: &'static str,
    /// The part of the past that it retains, and in which form.
    pub shape: Shape,
    /// The lifetime of a key after its last write.
    pub ttl: Millis,
    /// The hash of its meaning.
    pub identity: Identity,
}

impl State {
    /// How exact its values are; `None` if all of them are exact.
    #[must_use]
    pub fn approximation(&self) -> Option<Approximation> {
        aggregate::definition(self.aggregate)?.approximation
    }

    /// True if its value is a list of the most frequent values.
    #[must_use]
    pub fn is_list(&self) -> bool {
        aggregate::definition(self.aggregate).is_some_and(aggregate::Definition::is_list)
    }

    /// True if its value is that of one event, which may be an id.
    #[must_use]
    pub fn quotes(&self) -> bool {
        aggregate::definition(self.aggregate).is_some_and(aggregate::Definition::quotes)
    }

    /// True if its values drift: they change with every moment, though no event comes and none leaves
    /// a window.
    #[must_use]
    pub fn drifts(&self) -> bool {
        matches!(self.shape, Shape::Decay { .. })
            || aggregate::definition(self.aggregate).is_some_and(|known| known.ages)
    }
}

/// The hash of a meaning, stable across runs and across versions with the same store format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity(pub u128);

/// The type of a feature in the config.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FeatureKind {
    /// `interaction_count`
    InteractionCount,
    /// `window_count`
    WindowCount,
    /// `rate`
    Rate,
    /// `counter`
    Counter,
    /// `ratio`
    Ratio,
}

impl FeatureKind {
    /// The name in the config.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InteractionCount => "interaction_count",
            Self::WindowCount => "window_count",
            Self::Rate => "rate",
            Self::Counter => "counter",
            Self::Ratio => "ratio",
        }
    }
}

/// An entry of the config: it declares one feature, or one for each combination of its matrix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name, as written: `{event}_by_{by}`.
    pub name: String,
    /// The line of the config on which it starts, from 1.
    pub line: usize,
    /// True if it has a matrix.
    pub is_matrix: bool,
}

/// A declared feature.
#[derive(Clone, Debug, PartialEq)]
pub struct Feature {
    /// The declared name.
    pub name: String,
    /// The declared type.
    pub kind: FeatureKind,
    /// The scope of its key; for a ratio the union of both sides' keys.
    pub scope: ScopeId,
    /// How long a served value holds before a write refreshes it; zero: served values are live.
    pub refresh: Millis,
    /// The lifetime of a key after its last write.
    pub ttl: Millis,
    /// Free text.
    pub description: Option<String>,
    /// Its outputs, a range of [`Plan::outputs`].
    pub outputs: Range<usize>,
    /// The hash of the meaning of its served values: the states read, how, refresh and ttl.
    pub identity: Identity,
    /// The line of the config that declares it, from 1.
    pub line: usize,
    /// The entry that declares it, an index into [`Plan::entries`].
    pub entry: usize,
}

/// A named value.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// The name: `clicks_7`.
    pub name: String,
    /// The feature it belongs to.
    pub feature: FeatureId,
    /// How the value is read from states.
    pub read: Read,
}

/// How a value is read from states.
#[derive(Clone, Debug, PartialEq)]
pub enum Read {
    /// One state over one window.
    State(Term),
    /// One value divided by another.
    Quotient(Box<Quotient>),
}

/// A state and the part of its past that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Term {
    /// The state.
    pub state: StateId,
    /// The window; [`Window::Whole`] for lifetimes and decays.
    pub window: Window,
    /// The percentile, of an aggregate that has one value for each.
    pub percentile: Option<Percentile>,
    /// The most values that are listed, of an aggregate whose value is a list.
    pub most: Option<u32>,
}

/// A side of a quotient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operand {
    /// A state over a window, by the quotient's own key.
    Term(Term),
    /// Another output, by its part of the quotient's key.
    Output(OutputId),
}

/// `top / bottom`, and how small and missing numbers are treated.
#[derive(Clone, Debug, PartialEq)]
pub struct Quotient {
    /// The dividend.
    pub top: Operand,
    /// The divisor.
    pub bottom: Operand,
    /// The formula.
    pub rule: Rule,
}

/// The formula of a quotient.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// `top / bottom`; `default` if the divisor is 0 or a side is missing.
    Plain {
        /// The value in place of a missing result.
        default: Option<f64>,
    },
    /// `(weight + top) / (weight · (bottom_all / top_all) + bottom)`: Metarank's normalized rate;
    /// missing only while `top_all` is 0.
    Normalized {
        /// The weight of the global rate.
        weight: f64,
        /// The dividend over all keys.
        top_all: Term,
        /// The divisor over all keys.
        bottom_all: Term,
    },
    /// `(top + weight · prior) / (bottom + weight)`: additive smoothing towards a prior rate.
    Smoothed {
        /// The weight of the prior, in units of the divisor.
        weight: f64,
        /// The prior rate.
        prior: Prior,
        /// The value in place of a missing result.
        default: Option<f64>,
    },
}

/// The prior rate that a quotient is smoothed towards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Prior {
    /// A fixed rate.
    Rate(f64),
    /// The same quotient over all keys.
    Global {
        /// The dividend over all keys.
        top_all: Term,
        /// The divisor over all keys.
        bottom_all: Term,
    },
}

impl Plan {
    /// The scope of an output's key.
    #[must_use]
    pub fn scope_of(&self, output: OutputId) -> ScopeId {
        self.features[self.outputs[output.0].feature.0].scope
    }

    /// The most values that an output lists; `None` if its value is a number.
    #[must_use]
    pub fn most_listed(&self, output: OutputId) -> Option<u32> {
        match &self.outputs[output.0].read {
            Read::State(term) => term.most,
            Read::Quotient(_) => None,
        }
    }

    /// True if an output's value is that of one event, which may be an id.
    #[must_use]
    pub fn quotes(&self, output: OutputId) -> bool {
        match &self.outputs[output.0].read {
            Read::State(term) => self.states[term.state.0].quotes(),
            Read::Quotient(_) => false,
        }
    }

    /// True if some output's value is a list.
    #[must_use]
    pub fn has_lists(&self) -> bool {
        (0..self.outputs.len()).any(|output| self.most_listed(OutputId(output)).is_some())
    }

    /// A scope as the config writes it: `item`, `[user, author]`, `global`.
    #[must_use]
    pub fn scope_name(&self, scope: ScopeId) -> String {
        let names: Vec<&str> = self.key_attributes(scope).collect();
        match names.as_slice() {
            [] => "global".to_owned(),
            [one] => (*one).to_owned(),
            several => format!("[{}]", several.join(", ")),
        }
    }

    /// The names of a scope's attributes, in its order.
    pub fn key_attributes(&self, scope: ScopeId) -> impl Iterator<Item = &str> {
        self.scopes[scope.0].attributes.iter().map(|a| self.attributes[a.0].as_str())
    }
}
