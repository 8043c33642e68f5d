//! The words of features: their types, and the members of each.

use crate::base::Weekday;

use super::{FeatureType, Kind, Member};

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

const PLACE: &[Member] = &[
    Member::optional(
        "align",
        Kind::Word(&Weekday::WORDS),
        "the weekday on which buckets of whole weeks start; Thursday without it",
    ),
    Member::optional("offset", Kind::Duration, "how far the windows are moved back"),
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
    Member::optional("percentile", Kind::Percentiles, "the percentiles, of `percentile`"),
    Member::optional("k", Kind::Most, "how many values `top_k` lists; 10 by default"),
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

/// The feature types.
pub const TYPES: &[FeatureType] = &[
    FeatureType {
        name: "interaction_count",
        members: &[SCOPE, SELECTION, INTERACTION],
        summary: "events of a type over the key's lifetime",
    },
    FeatureType {
        name: "window_count",
        members: &[SCOPE, SELECTION, INTERACTION, BUCKETS, PLACE, LAST_EVENTS],
        summary: "events of a type over the last buckets",
    },
    FeatureType {
        name: "rate",
        members: &[ITEM_SCOPE, SELECTION, SIDES, BUCKETS, PLACE, RATE],
        summary: "events of one type divided by those of another, over the same windows",
    },
    FeatureType {
        name: "counter",
        members: &[SCOPE, SELECTION, COUNTER, PLACE],
        summary: "any aggregate of events, over a lifetime, windows or with decay",
    },
    FeatureType {
        name: "ratio",
        members: &[SIDES, RATIO],
        summary: "any feature divided by any other",
    },
];

/// Metarank's feature types that are not counters; accepted and skipped.
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
