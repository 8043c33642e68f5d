//! The words of the sections besides `features`.

use super::{Kind, Member};

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
        "events on a simulated clock, and the values expected after them",
    ),
    Member::optional("lints", Kind::Lints, "which warnings are told, and beyond which numbers"),
    Member::optional("semantics", Kind::Word(&["metarank"]), "whose rules of windows and refresh"),
];

/// Metarank's sections, which are accepted and skipped, except for a few settings.
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

/// The members of the `events` section.
pub const EVENTS: &[Member] = &[
    Member::optional("format", Kind::Word(&["metarank", "flat"]), "the shape of the lines"),
    Member::optional(
        "timestamp",
        Kind::Attributes,
        "the member with the time, or several that are joined with a blank between them",
    ),
    Member::optional("type", Kind::EventType, "the member with the event type"),
    Member::optional("flags", Kind::Flags, "types of events, each with the member that says so"),
    Member::optional("each", Kind::Attribute, "the list of objects of which each is an event"),
    Member::optional(
        "metadata",
        Kind::Entries(METADATA),
        "which lines say something about an entity that events are joined with",
    ),
    Member::optional("id", Kind::Attribute, "the member with the event's id"),
    Member::optional(
        "known",
        Kind::Attribute,
        "the member with the time at which a line was there, which orders events of one time",
    ),
    Member::optional("unit", Kind::Word(&["s", "ms", "us", "ns"]), "the unit of numeric times"),
    Member::optional(
        "time_format",
        Kind::Text,
        "how times are written, in the words of strftime, such as %Y%m%d%H",
    ),
    Member::optional(
        "zone",
        Kind::Text,
        "the zone of times that have none, such as Europe/Berlin or +02:00",
    ),
    Member::optional(
        "numbers",
        Kind::Word(&["text"]),
        "that all texts are numbers which look like numbers",
    ),
    Member::optional(
        "number",
        Kind::Attributes,
        "the attributes whose texts are numbers if they look like numbers",
    ),
    Member::optional("columns", Kind::Attributes, "the columns of a CSV table without a head"),
    Member::optional(
        "separator",
        Kind::Separator,
        "what stands between the cells of a CSV table, such as :: or a tab",
    ),
    Member::optional("quote", Kind::Quote, "what the cells of a CSV table may stand in"),
    Member::optional("order", Kind::Word(&["time", "log"]), "in which order events are applied"),
    Member::optional(
        "timezone",
        Kind::Zone,
        "whose days make up buckets of whole days; UTC without",
    ),
    Member::optional("dedup", Kind::Positive, "within which span a repeated id is rejected"),
];

/// The members of `type` in the `events` section, where it is a map.
pub const EVENT_TYPE: &[Member] =
    &[Member::required("const", Kind::Interaction, "the type of all events")];

/// The members of an entry of `metadata` in the `events` section.
pub const METADATA: &[Member] = &[
    Member::optional("when", Kind::Filter, "which lines these are"),
    Member::optional("file", Kind::Text, "a log of its own with these lines, beside the config"),
    Member::required("key", Kind::Attribute, "the member of these lines that names the entity"),
    Member::optional("on", Kind::Attribute, "the member of events that names it; `key` without"),
    Member::required("as", Kind::Attribute, "what stands before the dot in joined attributes"),
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
