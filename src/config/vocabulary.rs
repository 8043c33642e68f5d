//! The words of the language as data: sections, feature types, their members. The parser, its
//! suggestions, the schema and the reference read these tables. It must not know how a member is
//! read.

/// A section of a config, or a member of a section or feature.
#[derive(Debug)]
pub struct Member {
    /// The word.
    pub name: &'static str,
    /// Another word for the same.
    pub other_name: Option<&'static str>,
    /// What it takes.
    pub kind: Kind,
    /// Whether it must be there.
    pub required: bool,
    /// What it means, in one line.
    pub summary: &'static str,
}

/// What a member takes.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Free text.
    Text,
    /// The name that a feature is given.
    Name,
    /// A feature type.
    Type,
    /// The name of an aggregate.
    Aggregate,
    /// The name of a feature, of an output or of an event type.
    Operand,
    /// One of these words.
    Word(&'static [&'static str]),
    /// The name of an attribute.
    Attribute,
    /// An event type.
    Interaction,
    /// One or more event types.
    Interactions,
    /// A grouping key.
    Scope,
    /// A map of conditions.
    Filter,
    /// A list of maps of conditions.
    Filters,
    /// A text, a number or a truth value to compare with.
    Scalar,
    /// Several of these.
    Scalars,
    /// `true` or `false`.
    Flag,
    /// Any number.
    Number,
    /// A number greater than zero.
    Weight,
    /// A number, or `global`.
    Rate,
    /// A duration, which may be zero.
    Duration,
    /// A duration longer than zero.
    Positive,
    /// One or more half-lives.
    HalfLives,
    /// One or more numbers of buckets.
    Counts,
    /// One or more windows: numbers of buckets, or durations.
    Windows,
    /// A map of these members.
    Members(&'static [Member]),
    /// The list of features.
    Features,
    /// The axes of a matrix.
    Axes,
    /// What is left out of a matrix.
    Exclusions,
    /// The list of tests.
    Tests,
    /// Another program's, accepted and skipped.
    Foreign,
}

/// A feature type.
#[derive(Debug)]
pub struct FeatureType {
    /// The word.
    pub name: &'static str,
    /// Its members, besides those of every feature.
    pub members: &'static [&'static [Member]],
    /// What it computes, in one line.
    pub summary: &'static str,
}

impl Member {
    pub(super) const fn optional(name: &'static str, kind: Kind, summary: &'static str) -> Self {
        Self { name, other_name: None, kind, required: false, summary }
    }

    const fn required(name: &'static str, kind: Kind, summary: &'static str) -> Self {
        Self { required: true, ..Self::optional(name, kind, summary) }
    }

    const fn or(self, other_name: &'static str) -> Self {
        Self { other_name: Some(other_name), ..self }
    }

    /// Whether this is the member that a config writes so.
    #[must_use]
    pub fn is_called(&self, word: &str) -> bool {
        self.name == word || self.other_name == Some(word)
    }
}

impl FeatureType {
    /// The word with its article, for messages: "a `rate`".
    #[must_use]
    pub fn with_article(&self) -> String {
        let article = if self.name.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
        format!("{article} `{}`", self.name)
    }
}

impl Kind {
    /// What it takes, to finish the sentence "`x` takes …".
    #[must_use]
    pub fn takes(self) -> String {
        match self {
            Self::Text => "text".into(),
            Self::Name | Self::Operand => "a name".into(),
            Self::Type => "a feature type, such as `counter`".into(),
            Self::Aggregate => "the name of an aggregate, such as `sum`".into(),
            Self::Word(words) => format!("one of {}", words.join(", ")),
            Self::Attribute => "the name of an attribute, such as `watch_time`".into(),
            Self::Interaction => "an event type, such as `click`".into(),
            Self::Interactions => "an event type such as `click`, or a list of them".into(),
            Self::Scope => "an attribute such as `item`, a list of them, or `global`".into(),
            Self::Filter => "a map of conditions, such as `{country: de}`".into(),
            Self::Filters => "a list of filters".into(),
            Self::Scalar => "a text, a number or a boolean".into(),
            Self::Scalars => "a list of texts, numbers or booleans".into(),
            Self::Flag => "`true` or `false`".into(),
            Self::Number => "a number".into(),
            Self::Weight => "a number greater than 0".into(),
            Self::Rate => "a number or `global`".into(),
            Self::Duration => "a duration, such as `60s`".into(),
            Self::Positive => "a duration longer than nothing, such as `24h`".into(),
            Self::HalfLives => "a duration such as `7d`, or a list of them".into(),
            Self::Counts => "whole numbers of buckets, such as `[7, 30]`".into(),
            Self::Windows => {
                "numbers of buckets or durations, such as `[7, 30]` or `[1h, 7d]`".into()
            }
            Self::Members(members) => format!("a map with {}", names(&[members]).join(", ")),
            Self::Features => "a list of features".into(),
            Self::Axes => "a map of axes, such as `{event: [show, click]}`".into(),
            Self::Exclusions => "a list of combinations, such as `[{event: show}]`".into(),
            Self::Tests => "a list of tests, each a map".into(),
            Self::Foreign => "anything".into(),
        }
    }
}

/// The words of all members of the language's own, in the order of the tables.
#[must_use]
pub fn names(tables: &[&'static [Member]]) -> Vec<&'static str> {
    tables
        .iter()
        .flat_map(|table| table.iter())
        .filter(|member| !matches!(member.kind, Kind::Foreign))
        .map(|member| member.name)
        .collect()
}

/// The sections of a config.
pub const SECTIONS: &[Member] = &[
    Member::optional("events", Kind::Members(EVENTS), "how the log's lines become events"),
    Member::optional(
        "impressions",
        Kind::Members(IMPRESSIONS),
        "which impressions are made from Metarank's rankings",
    ),
    Member::optional(
        "defaults",
        Kind::Members(DEFAULTS),
        "what features take that do not say it themselves",
    ),
    Member::required("features", Kind::Features, "the counters"),
    Member::optional(
        "tests",
        Kind::Tests,
        "expected values, a list of maps; kept, and not run yet",
    ),
    Member::optional("semantics", Kind::Word(&["metarank"]), "whose rules of windows and refresh"),
];

/// Sections of Metarank's own, which are accepted and skipped, but for a few settings.
pub const METARANK_SECTIONS: &[Member] = &[
    Member::optional("models", Kind::Foreign, "Metarank's ranking models"),
    Member::optional("state", Kind::Foreign, "Metarank's feature store"),
    Member::optional("train", Kind::Foreign, "Metarank's training data"),
    Member::optional("source", Kind::Foreign, "Metarank's event source"),
    Member::optional("input", Kind::Foreign, "Metarank's event source, in older versions"),
    Member::optional("core", Kind::Foreign, "Metarank's service"),
    Member::optional("bootstrap", Kind::Foreign, "Metarank's import"),
    Member::optional("api", Kind::Foreign, "Metarank's web server"),
    Member::optional("inference", Kind::Foreign, "Metarank's neural models"),
    Member::optional("interactions", Kind::Foreign, "Metarank's weights, in older versions"),
];

/// Metarank's feature types that are no counters, which are accepted and skipped.
pub const METARANK_TYPES: &[&str] = &[
    "number",
    "boolean",
    "string",
    "vector",
    "word_count",
    "relative_number",
    "list_size",
    "time_diff",
    "field_match",
    "ua",
    "referer",
    "referer_medium",
    "interacted_with",
    "relevancy",
    "position",
    "diversity",
    "random",
    "local_time",
    "item_age",
    "biencoder",
    "bi-encoder",
    "crossencoder",
    "cross-encoder",
];

/// Words for feature types in other systems and older versions, and the word for them here.
pub const TYPE_SYNONYMS: &[(&str, &str)] = &[
    ("count", "counter"),
    ("interaction_counter", "interaction_count"),
    ("window_counter", "window_count"),
    ("window_event_count", "window_count"),
    ("window_interaction_count", "window_count"),
    ("quotient", "ratio"),
    ("ctr", "rate"),
];

/// The members of the `events` section.
pub const EVENTS: &[Member] = &[
    Member::optional("format", Kind::Word(&["metarank", "flat"]), "the shape of the lines"),
    Member::optional("timestamp", Kind::Attribute, "the member with the time"),
    Member::optional("type", Kind::Attribute, "the member with the event type"),
    Member::optional("id", Kind::Attribute, "the member with the event's id"),
    Member::optional("unit", Kind::Word(&["s", "ms", "us", "ns"]), "the unit of numeric times"),
    Member::optional("order", Kind::Word(&["time", "log"]), "in which order events are applied"),
    Member::optional("dedup", Kind::Positive, "within which span a repeated id is rejected"),
];

/// The members of the `impressions` section.
pub const IMPRESSIONS: &[Member] = &[
    Member::optional("enabled", Kind::Flag, "whether impressions are made"),
    Member::optional("name", Kind::Interaction, "the event type of the made impressions"),
    Member::optional("session", Kind::Positive, "the silence after which a ranking is closed"),
];

/// The members of the `defaults` section.
pub const DEFAULTS: &[Member] = &[
    Member::optional("refresh", Kind::Duration, "for features without a `refresh`"),
    Member::optional("ttl", Kind::Positive, "for features without a `ttl`"),
    Member::optional("bucket", Kind::Positive, "for windows without a `bucket`"),
];

/// The members of every feature.
pub const EVERY: &[Member] = &[
    Member::required("name", Kind::Name, "letters, digits, `_`, `-`, `.`; unique"),
    Member::required("type", Kind::Type, "the feature type"),
    Member::optional("refresh", Kind::Duration, "how often a served value follows the live one"),
    Member::optional("ttl", Kind::Positive, "how long a key lives after its last write"),
    Member::optional("description", Kind::Text, "free text, shown beside the value"),
    Member::optional("matrix", Kind::Axes, "axes whose combinations become features"),
    Member::optional("exclude", Kind::Exclusions, "combinations that are left out"),
];

const SCOPE: &[Member] = &[Member::required("scope", Kind::Scope, "the grouping key")];

const ITEM_SCOPE: &[Member] =
    &[Member::optional("scope", Kind::Scope, "the grouping key; `item` by default")];

const SELECTION: &[Member] = &[
    Member::optional("where", Kind::Filter, "what an event must fulfil to be counted"),
    Member::optional("explode", Kind::Flag, "count a list once for each distinct element"),
];

const INTERACTION: &[Member] =
    &[Member::required("interaction", Kind::Interaction, "the type of the counted events")];

const BUCKETS: &[Member] = &[
    Member::required("bucket", Kind::Positive, "the length of a bucket").or("bucket_size"),
    Member::required("periods", Kind::Counts, "the windows, in buckets").or("windows"),
];

const LAST_EVENTS: &[Member] = &[Member::optional(
    "count",
    Kind::Foreign,
    "in Metarank's documentation, and not followed by its server; not followed here either",
)];

const SIDES: &[Member] = &[
    Member::required("top", Kind::Operand, "the dividend"),
    Member::required("bottom", Kind::Operand, "the divisor"),
];

const NORMALIZE: &[Member] =
    &[Member::required("weight", Kind::Weight, "the weight of the rate over all keys")];

const RATE: &[Member] = &[Member::optional(
    "normalize",
    Kind::Members(NORMALIZE),
    "smooth towards the rate over all keys",
)];

const COUNTER: &[Member] = &[
    Member::optional("interaction", Kind::Interactions, "the types of the events; all without it"),
    Member::optional("aggregate", Kind::Aggregate, "what is computed; `count` by default"),
    Member::optional("value", Kind::Attribute, "the attribute that is aggregated"),
    Member::optional("windows", Kind::Windows, "the windows").or("periods"),
    Member::optional("bucket", Kind::Positive, "the length of a bucket").or("bucket_size"),
    Member::optional(
        "window",
        Kind::Word(&["bucketed", "sawtooth", "hopping", "rolling"]),
        "how a window lies on the buckets",
    ),
    Member::optional("half_life", Kind::HalfLives, "the time in which a value halves"),
];

/// The members of a ratio's `prior`.
const PRIOR: &[Member] = &[
    Member::required("rate", Kind::Rate, "the rate that is smoothed towards"),
    Member::required("weight", Kind::Weight, "its weight, in units of the divisor"),
];

const RATIO: &[Member] = &[
    Member::optional("default", Kind::Number, "what stands for a missing result"),
    Member::optional("prior", Kind::Members(PRIOR), "what small numbers are smoothed towards"),
];

/// The words of a filter that are no attributes.
pub const CONNECTIVES: &[Member] = &[
    Member::optional("any", Kind::Filters, "at least one of these filters holds"),
    Member::optional("not", Kind::Filter, "this filter does not hold"),
];

/// The comparisons of a condition.
pub const COMPARISONS: &[Member] = &[
    Member::optional("eq", Kind::Scalar, "equal"),
    Member::optional("ne", Kind::Scalar, "different, and of the same kind"),
    Member::optional("gt", Kind::Scalar, "greater"),
    Member::optional("ge", Kind::Scalar, "greater or equal"),
    Member::optional("lt", Kind::Scalar, "less"),
    Member::optional("le", Kind::Scalar, "less or equal"),
    Member::optional("in", Kind::Scalars, "equal to one of these"),
    Member::optional("not_in", Kind::Scalars, "there, and equal to none of these"),
    Member::optional("exists", Kind::Flag, "whether the attribute is there"),
];

/// The feature types.
pub const TYPES: &[FeatureType] = &[
    FeatureType {
        name: "interaction_count",
        members: &[SCOPE, SELECTION, INTERACTION],
        summary: "events of a type over the key's lifetime",
    },
    FeatureType {
        name: "window_count",
        members: &[SCOPE, SELECTION, INTERACTION, BUCKETS, LAST_EVENTS],
        summary: "events of a type over the last buckets",
    },
    FeatureType {
        name: "rate",
        members: &[ITEM_SCOPE, SELECTION, SIDES, BUCKETS, RATE],
        summary: "events of one type divided by those of another, over the same windows",
    },
    FeatureType {
        name: "counter",
        members: &[SCOPE, SELECTION, COUNTER],
        summary: "any aggregate of events, over a lifetime, windows or with decay",
    },
    FeatureType {
        name: "ratio",
        members: &[SIDES, RATIO],
        summary: "any feature divided by any other",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_table_has_a_word_twice() {
        for kind in TYPES {
            let groups: Vec<_> = [EVERY].iter().chain(kind.members).copied().collect();
            let words: Vec<_> = groups
                .iter()
                .flat_map(|group| group.iter())
                .flat_map(|member| [Some(member.name), member.other_name])
                .flatten()
                .collect();
            for (i, word) in words.iter().enumerate() {
                assert!(!words[..i].contains(word), "{word} in {}", kind.name);
            }
        }
    }

    #[test]
    fn synonyms_lead_to_types() {
        for (synonym, name) in TYPE_SYNONYMS {
            assert!(TYPES.iter().any(|kind| kind.name == *name), "{name}");
            assert!(!TYPES.iter().any(|kind| kind.name == *synonym), "{synonym}");
            assert!(!METARANK_TYPES.contains(synonym), "{synonym}");
        }
    }
}
