//! What a config declares, with the places where it says so. Sound in shape: every duration is a
//! duration and every list is a list; what the names mean is not known here.

use std::ops::Range;

use crate::base::events::EventSettings;
use crate::base::{Comparison, Millis};
use crate::diagnostic::Label;

/// A value and the bytes of the text that say it.
#[derive(Clone, Debug, PartialEq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Its place, in bytes.
    pub span: Range<usize>,
}

/// A config, as far as it could be read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// How the log is read, and the impressions. `used` is left to the plan.
    pub events: EventSettings,
    /// What features take that do not say it themselves.
    pub defaults: Defaults,
    /// The entries of `features`, in the order of the text, whatever became of them.
    pub entries: Vec<Entry>,
    /// The sound features, matrices expanded, in the order of the text.
    pub features: Vec<Feature>,
    /// Names of features that could not be read: a mention of one is no further fault.
    pub broken: Vec<String>,
    /// What is known of those.
    pub partial: Vec<Partial>,
    /// Names of the features and sections that are no counters.
    pub skipped: Vec<String>,
    /// Names of the features that are no counters.
    pub others: Vec<String>,
    /// Whether it has parts that only Metarank's configs have.
    pub is_metarank: bool,
    /// The features that Metarank's models name.
    pub mentions: Vec<Mention>,
    /// The tests, in the order of the text.
    pub tests: Vec<Test>,
}

/// An entry of `features`: one feature, or one for each combination of its matrix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Its name, as it is written: `{event}_by_{by}`.
    pub name: String,
    /// The line on which it starts, from 1.
    pub line: usize,
    /// Whether it has a matrix.
    pub is_matrix: bool,
}

/// What is known of a feature that could not be read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Partial {
    /// Which combination of its entry's matrix it is, for what is told of it.
    pub combination: Option<Label>,
    /// The word of a counter's aggregate.
    pub aggregate: Option<Spanned<String>>,
    /// What the aggregate must fit, where it is known: the attribute that is aggregated, and
    /// whether it decays.
    pub fit: Option<(Option<Spanned<String>>, bool)>,
    /// What a ratio divides.
    pub operands: Vec<Spanned<String>>,
}

/// A feature that a model of Metarank's names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// The model's name.
    pub model: String,
    /// The feature's name.
    pub feature: String,
    /// Its place.
    pub span: Range<usize>,
}

/// A test: values that are expected. What it says is not read yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    /// Its name, if it has one.
    pub name: Option<String>,
    /// Its place.
    pub span: Range<usize>,
}

/// The `defaults` section.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Defaults {
    /// For features without a `refresh`.
    pub refresh: Option<Spanned<Millis>>,
    /// For features without a `ttl`.
    pub ttl: Option<Spanned<Millis>>,
    /// For windows without a `bucket`.
    pub bucket: Option<Spanned<Millis>>,
}

/// A declared feature.
#[derive(Clone, Debug, PartialEq)]
pub struct Feature {
    /// Its name.
    pub name: Spanned<String>,
    /// The line on which its entry starts, from 1.
    pub line: usize,
    /// Its entry, an index into [`Document::entries`].
    pub entry: usize,
    /// Which combination of its entry's matrix it is, for what is told of it.
    pub combination: Option<Label>,
    /// How a served value is refreshed; `None` where neither feature nor defaults say it.
    pub refresh: Option<Spanned<Millis>>,
    /// How long a key lives; `None` where neither feature nor defaults say it.
    pub ttl: Option<Spanned<Millis>>,
    /// Free text.
    pub description: Option<String>,
    /// What it computes.
    pub body: Body,
}

/// What a feature computes.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// `interaction_count`
    InteractionCount {
        /// Which events, of which key.
        group: Group,
        /// The type of the events.
        interaction: Spanned<String>,
    },
    /// `window_count`
    WindowCount {
        /// Which events, of which key.
        group: Group,
        /// The type of the events.
        interaction: Spanned<String>,
        /// Over which buckets.
        windows: Windows,
    },
    /// `rate`
    Rate {
        /// Which events, of which key.
        group: Group,
        /// The dividend: a feature's name or an event type.
        top: Spanned<String>,
        /// The divisor, likewise.
        bottom: Spanned<String>,
        /// Over which buckets.
        windows: Windows,
        /// The weight of the rate over all keys.
        normalize: Option<f64>,
    },
    /// `counter`
    Counter {
        /// Which events, of which key.
        group: Group,
        /// The types of the events; none for all.
        interactions: Option<Vec<Spanned<String>>>,
        /// The aggregate's word; `None` for the default.
        aggregate: Option<Spanned<String>>,
        /// The attribute that is aggregated.
        value: Option<Spanned<String>>,
        /// Over which part of the past.
        past: Past,
    },
    /// `ratio`
    Ratio {
        /// The dividend: a feature's or an output's name.
        top: Spanned<String>,
        /// The divisor, likewise.
        bottom: Spanned<String>,
        /// What stands for a missing result.
        default: Option<f64>,
        /// What small numbers are smoothed towards.
        prior: Option<Prior>,
    },
}

/// Which events a feature takes, and by which key.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The key's attributes; none for `global`.
    pub scope: Spanned<Vec<String>>,
    /// Whether a list counts once for each distinct element.
    pub explode: bool,
    /// What an event must fulfil.
    pub filter: Option<Filter>,
}

/// Windows over buckets.
#[derive(Clone, Debug, PartialEq)]
pub struct Windows {
    /// The length of a bucket.
    pub bucket: Spanned<Millis>,
    /// The windows, in order.
    pub lengths: Vec<Length<u32>>,
}

/// One window or one half-life of a feature, which gives it one output.
#[derive(Clone, Debug, PartialEq)]
pub struct Length<T> {
    /// How long: a number of buckets, or a half-life.
    pub value: T,
    /// What the output's name ends in, as it is written; `None` where no list is written.
    pub suffix: Option<String>,
    /// Its place.
    pub span: Range<usize>,
}

/// The part of the past that a `counter` sees.
#[derive(Clone, Debug, PartialEq)]
pub enum Past {
    /// All of it.
    Lifetime,
    /// Windows of the kind whose word is given.
    Windows(Windows, &'static str),
    /// All of it, decaying.
    Decay(Vec<Length<Millis>>),
}

/// What a ratio is smoothed towards.
#[derive(Clone, Debug, PartialEq)]
pub struct Prior {
    /// The rate; `None` for the same ratio over all keys.
    pub rate: Option<f64>,
    /// Its weight, in units of the divisor.
    pub weight: f64,
}

/// A filter: all conditions must hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter(pub Vec<Condition>);

/// One condition of a filter.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// A comparison.
    Compare {
        /// The name of the attribute.
        attribute: String,
        /// Its place.
        key: Range<usize>,
        /// What it must fulfil.
        comparison: Comparison,
        /// The place of what it is compared with.
        span: Range<usize>,
    },
    /// At least one holds.
    Any(Vec<Filter>),
    /// It does not hold.
    Not(Filter),
}

impl Body {
    /// The word of its type.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::InteractionCount { .. } => "interaction_count",
            Self::WindowCount { .. } => "window_count",
            Self::Rate { .. } => "rate",
            Self::Counter { .. } => "counter",
            Self::Ratio { .. } => "ratio",
        }
    }
}
