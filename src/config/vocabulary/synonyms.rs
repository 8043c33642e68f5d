//! Words of other systems for what the language has, offered where one of them is written.

/// Names of feature types in other systems and older versions, and the name here.
pub const TYPE_SYNONYMS: &[(&str, &str)] = &[
    ("count", "counter"),
    ("interaction_counter", "interaction_count"),
    ("window_counter", "window_count"),
    ("window_event_count", "window_count"),
    ("window_interaction_count", "window_count"),
    ("quotient", "ratio"),
    ("ctr", "rate"),
];

/// Names of members in other systems, and the names here, of which the first that the map has is
/// meant.
pub const MEMBER_SYNONYMS: &[(&[&str], &[&str])] = &[
    (&["filter", "filters", "condition", "conditions", "predicate"], &["where", "when"]),
    (
        &["key", "keys", "by", "group_by", "groupby", "groupBy", "group", "entity", "entities"],
        &["scope"],
    ),
    (&["dimension", "dimensions", "partition_by", "join_keys"], &["scope"]),
    (
        &["window", "interval", "intervals", "window_size", "time_window", "lookback", "last"],
        &["windows"],
    ),
    (&["granularity", "resolution", "step", "slide", "tile"], &["bucket"]),
    (&["agg", "aggs", "aggregation", "aggregator", "function", "func", "fn"], &["aggregate"]),
    (&["operation", "operator", "op", "metric", "measure"], &["aggregate"]),
    (&["field", "column", "attribute", "property", "input"], &["value"]),
    (&["event", "events", "event_type", "event_types", "action"], &["interaction", "type"]),
    (&["kind"], &["type"]),
    (&["numerator", "dividend"], &["top"]),
    (&["denominator", "divisor"], &["bottom"]),
    (&["decay", "halflife", "half_lifes", "tau"], &["half_life"]),
    (&["smoothing", "smooth"], &["normalize", "prior"]),
    (&["unnest", "flatten"], &["explode", "each"]),
    (&["expire", "expires", "expiry", "expiration", "retention", "max_age"], &["ttl"]),
    (&["comment", "doc", "note", "title"], &["description"]),
    (&["ts", "time", "time_field", "time_column", "event_time"], &["timestamp"]),
    (&["tz"], &["timezone"]),
    (&["delimiter", "sep"], &["separator"]),
    (&["header", "headers", "names"], &["columns"]),
    (&["join", "joins", "lookup", "lookups"], &["metadata"]),
    (&["event_id", "key_id"], &["id"]),
    (&["counters", "aggregations", "aggregates", "metrics"], &["features"]),
];

/// The name here of another system's word, among known ones.
#[must_use]
pub fn meant_by<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    let (_, names) = MEMBER_SYNONYMS.iter().find(|(words, _)| words.contains(&word))?;
    names.iter().find_map(|name| known.iter().copied().find(|known| known == name))
}

#[cfg(test)]
mod tests {
    use super::super::{DEFAULTS, EVENTS, EVERY, METADATA, Member, SECTIONS, TYPES};
    use super::*;

    #[test]
    fn each_synonym_leads_to_members_and_is_listed_once() {
        let kinds = TYPES.iter().flat_map(|kind| kind.members.iter().copied());
        let tables = [SECTIONS, EVENTS, METADATA, DEFAULTS, EVERY].into_iter().chain(kinds);
        let members: Vec<&Member> = tables.flatten().collect();
        let mut seen = Vec::new();
        for (words, names) in MEMBER_SYNONYMS {
            for name in *names {
                assert!(members.iter().any(|member| member.is_called(name)), "{name}");
            }
            for word in *words {
                assert!(!seen.contains(word), "{word}");
                seen.push(word);
            }
        }
    }

    #[test]
    fn the_first_known_name_is_meant() {
        assert_eq!(meant_by("filter", &["scope", "where"]), Some("where"));
        assert_eq!(meant_by("filter", &["key", "when"]), Some("when"));
        assert_eq!(meant_by("filter", &["timestamp"]), None);
        assert_eq!(meant_by("frobnicate", &["where"]), None);
    }
}
