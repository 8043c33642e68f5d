//! The document: what a config declares, with the spans of the text that say so. It is sound in
//! shape (every duration is a duration, every list a list); names are not resolved yet.

use std::ops::Range;

use crate::base::events::EventSettings;
use crate::base::filter;
use crate::base::{Comparison, Millis, Weekday, Zone};
use crate::diagnostic::{Label, LintSettings};

use super::declared::Test;
pub use super::spanned::Spanned;

/// A config, as far as it could be read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// How the log is read, and the impressions. The plan fills in `used`.
    pub events: EventSettings,
    /// The zone whose days make up buckets of whole days; `None` for UTC.
    pub timezone: Option<Spanned<Zone>>,
    /// The names of the entities that events are joined with, as the settings number them.
    pub entities: Vec<Spanned<String>>,
    /// Members of the log that `events` names.
    pub named: Named,
    /// Values for features that do not set them.
    pub defaults: Defaults,
    /// The entries of `features`, in the order of the text, valid or not.
    pub entries: Vec<Entry>,
    /// The labels of axes that scopes are made of, in the order of the text.
    pub labels: Vec<AxisLabel>,
    /// The valid features, matrices expanded, in the order of the text.
    pub features: Vec<Feature>,
    /// Names of features that could not be read. Naming one is not another fault.
    pub broken: Vec<String>,
    /// What could be read of features that are not valid as a whole.
    pub partial: Vec<Partial>,
    /// Names of the features and sections that are not counters.
    pub skipped: Vec<String>,
    /// Names of the features that are not counters.
    pub others: Vec<String>,
    /// True if it has parts that only Metarank's configs have.
    pub is_metarank: bool,
    /// The features that Metarank's models name.
    pub mentions: Vec<Mention>,
    /// The tests, in the order of the text.
    pub tests: Vec<Test>,
    /// Which warnings are told.
    pub lints: LintSettings,
}

/// Members of the log that the section `events` names, beside those that every event has.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Named {
    /// The flags, each with the type of its events.
    pub flags: Vec<(String, Spanned<String>)>,
    /// The attributes whose texts are numbers.
    pub numbers: Vec<Spanned<String>>,
    /// The member with the time at which a line was there.
    pub known: Option<Spanned<String>>,
}

/// An entry of `features`: one feature, or one for each combination of its matrix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Its name, as written: `{event}_by_{by}`.
    pub name: String,
    /// The line on which it starts, from 1.
    pub line: usize,
    /// True if it has a matrix.
    pub is_matrix: bool,
}

/// A label of an axis of which an entry makes its scope: `post` in `matrix: {by: {post: [post_id]}}`.
#[derive(Clone, Debug, PartialEq)]
pub struct AxisLabel {
    /// The name of the axis.
    pub axis: String,
    /// The label, with its place.
    pub label: Spanned<String>,
    /// The attributes that it stands for.
    pub attributes: Vec<String>,
    /// The entry's name, as written.
    pub entry: String,
}

/// What could be read of a feature that is not valid as a whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Partial {
    /// The combination of its entry's matrix, as a label for diagnostics.
    pub combination: Option<Label>,
    /// The name of a counter's aggregate.
    pub aggregate: Option<Spanned<String>>,
    /// What the aggregate must accept, if it could be read: the aggregated attribute, and true if
    /// the value decays.
    pub fit: Option<(Option<Spanned<String>>, bool)>,
    /// The operands of a ratio.
    pub operands: Vec<Spanned<String>>,
}

/// A feature that a model of Metarank's names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// The model's name.
    pub model: String,
    /// The feature's name.
    pub feature: String,
    /// Its span, in bytes.
    pub span: Range<usize>,
}

/// The `defaults` section.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Defaults {
    /// The refresh interval of features without a `refresh`.
    pub refresh: Option<Spanned<Millis>>,
    /// The lifetime of keys of features without a `ttl`.
    pub ttl: Option<Spanned<Millis>>,
    /// The length of a bucket for windows without a `bucket`.
    pub bucket: Option<Spanned<Millis>>,
    /// True if a bucket is written that cannot be read, which is a fault of its own.
    pub has_bad_bucket: bool,
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
    /// The combination of its entry's matrix, as a label for diagnostics.
    pub combination: Option<Label>,
    /// The refresh interval of served values; `None` if neither feature nor defaults set it.
    pub refresh: Option<Spanned<Millis>>,
    /// The lifetime of a key; `None` if neither feature nor defaults set it.
    pub ttl: Option<Spanned<Millis>>,
    /// Free text, shown beside the value.
    pub description: Option<String>,
    /// What it computes.
    pub body: Body,
}

/// What a feature computes.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// `interaction_count`
    InteractionCount {
        /// The counted events and their key.
        group: Group,
        /// The type of the counted events.
        interaction: Spanned<String>,
    },
    /// `window_count`
    WindowCount {
        /// The counted events and their key.
        group: Group,
        /// The type of the counted events.
        interaction: Spanned<String>,
        /// The windows.
        windows: Windows,
    },
    /// `rate`
    Rate {
        /// The counted events and their key.
        group: Group,
        /// The dividend: the name of a feature, or an event type.
        top: Spanned<String>,
        /// The divisor, likewise.
        bottom: Spanned<String>,
        /// The windows.
        windows: Windows,
        /// The weight of the rate over all keys.
        normalize: Option<f64>,
    },
    /// `counter`
    Counter {
        /// The aggregated events and their key.
        group: Group,
        /// The types of the events; `None` for all.
        interactions: Option<Vec<Spanned<String>>>,
        /// The name of the aggregate; `None` for the default.
        aggregate: Option<Spanned<String>>,
        /// The aggregated attribute.
        value: Option<Spanned<String>>,
        /// The percentiles in thousandths, of an aggregate that has them.
        percentiles: Option<Spanned<Vec<Length<u32>>>>,
        /// The most values that are listed, of an aggregate whose value is a list.
        most: Option<Spanned<u32>>,
        /// The part of the past that is aggregated.
        past: Past,
    },
    /// `ratio`
    Ratio {
        /// The dividend: the name of a feature or an output.
        top: Spanned<String>,
        /// The divisor, likewise.
        bottom: Spanned<String>,
        /// The value in place of a missing result.
        default: Option<f64>,
        /// The prior that small numbers are smoothed towards.
        prior: Option<Prior>,
    },
}

/// The events that a feature counts, and the key it counts them by.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The attributes of the key; empty for `global`.
    pub scope: Spanned<Vec<String>>,
    /// True if a list counts once for each distinct element.
    pub explode: bool,
    /// The condition on an event; `None` if all count.
    pub filter: Option<Filter>,
}

/// Windows over buckets of one length.
#[derive(Clone, Debug, PartialEq)]
pub struct Windows {
    /// The length of a bucket, in milliseconds.
    pub bucket: Spanned<Millis>,
    /// The lengths of the windows, in buckets, in the order of the text.
    pub lengths: Vec<Length<u32>>,
    /// The weekday on which buckets of whole weeks start; `None` for that of the epoch.
    pub align: Option<Spanned<Weekday>>,
    /// How far the windows are moved back: a whole number of buckets, except for rolling ones.
    pub offset: Option<Spanned<Millis>>,
}

/// One window, half-life or percentile of a feature, which makes outputs.
#[derive(Clone, Debug, PartialEq)]
pub struct Length<T> {
    /// The length: a number of buckets, a half-life, or thousandths of a percentile.
    pub value: T,
    /// The suffix of the output's name, as written; `None` if the config has no list here.
    pub suffix: Option<String>,
    /// Its span, in bytes.
    pub span: Range<usize>,
}

/// The part of the past that a `counter` aggregates.
#[derive(Clone, Debug, PartialEq)]
pub enum Past {
    /// All of it.
    Lifetime,
    /// Windows, and the word of their kind (`sawtooth`, …); `None` for the default.
    Windows(Windows, Option<Spanned<&'static str>>),
    /// All of it, decaying.
    Decay(Vec<Length<Millis>>),
}

/// The prior of a ratio.
#[derive(Clone, Debug, PartialEq)]
pub struct Prior {
    /// The prior rate; `None` for the same ratio over all keys.
    pub rate: Option<Spanned<f64>>,
    /// Its weight, in units of the divisor.
    pub weight: f64,
}

/// A filter: all conditions must hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter(pub Vec<Condition>);

impl Filter {
    /// The filter without spans.
    #[must_use]
    pub fn plain(&self) -> filter::Filter<String> {
        let conditions = self.0.iter().map(|condition| match condition {
            Condition::Compare { attribute, comparison, .. } => {
                filter::Condition::Attribute(attribute.clone(), comparison.clone())
            }
            Condition::Any(filters) => {
                filter::Condition::Any(filters.iter().map(Self::plain).collect())
            }
            Condition::Not(filter) => filter::Condition::Not(filter.plain()),
        });
        filter::Filter(conditions.collect())
    }
}

/// One condition of a filter.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// A comparison.
    Compare {
        /// The name of the attribute.
        attribute: String,
        /// The span of the attribute's name, in bytes.
        key: Range<usize>,
        /// The comparison with its operands.
        comparison: Comparison,
        /// The span of the operands, in bytes.
        span: Range<usize>,
    },
    /// At least one holds.
    Any(Vec<Filter>),
    /// It does not hold.
    Not(Filter),
}

impl Body {
    /// The name of the type in a config.
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
