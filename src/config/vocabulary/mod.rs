//! The vocabulary of the language as data: sections, feature types, their members. The parser, its
//! suggestions, the schema and the reference read these tables.

mod features;
mod filters;
mod sections;
mod synonyms;
mod tests_section;

pub use features::{EVERY, METARANK_TYPES, TYPES};
pub use filters::{COMPARISONS, CONNECTIVES};
pub use sections::{
    DEFAULTS, EVENT_TYPE, EVENTS, IMPRESSIONS, METADATA, METARANK_SECTIONS, SECTIONS,
};
pub use synonyms::{MEMBER_SYNONYMS, TYPE_SYNONYMS, meant_by};
pub use tests_section::{EXPECTATION, TEST, TEST_EVENT};

/// A section of a config, or a member of a section or feature.
#[derive(Debug)]
pub struct Member {
    /// The name.
    pub name: &'static str,
    /// An alternative name.
    pub other_name: Option<&'static str>,
    /// What it takes.
    pub kind: Kind,
    /// True if it must be present.
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
    /// The name of a time zone.
    Zone,
    /// The name of an attribute.
    Attribute,
    /// The name of an attribute, or a map with the type itself.
    EventType,
    /// A map of event types, each with the name of an attribute.
    Flags,
    /// One or more names of attributes.
    Attributes,
    /// What stands between the cells of a table.
    Separator,
    /// What the cells of a table may stand in.
    Quote,
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
    /// A text, a number or a boolean to compare with.
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
    /// One or more numbers from 0 to 100.
    Percentiles,
    /// The most values of a list.
    Most,
    /// One or more numbers of buckets.
    Counts,
    /// One or more windows: numbers of buckets, or durations.
    Windows,
    /// A map of these members.
    Members(&'static [Member]),
    /// A list of maps of these members.
    Entries(&'static [Member]),
    /// The list of features.
    Features,
    /// The axes of a matrix.
    Axes,
    /// The excluded combinations of a matrix.
    Exclusions,
    /// The list of tests.
    Tests,
    /// A map of codes, each with a level or a map of thresholds.
    Lints,
    /// The events of a test.
    TestEvents,
    /// What a test expects.
    Expectations,
    /// The metadata of a test.
    TestMetadata,
    /// A moment of a test: an offset from its start, or a time.
    Moment,
    /// A time.
    Time,
    /// How often an event comes.
    Repeat,
    /// The key at which values are expected.
    Key,
    /// Expected values by output.
    Values,
    /// A value of any kind.
    Any,
    /// Another program's member, accepted and skipped.
    Foreign,
}

/// The most values of a list.
pub(super) const MOST_LISTED: u32 = 100;

/// The most events that an entry of a test stands for.
pub(super) const MOST_REPEATED: u32 = 1_000_000;

/// A feature type.
#[derive(Debug)]
pub struct FeatureType {
    /// The name.
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

    /// True if `word` is the member's name or its alternative name.
    #[must_use]
    pub fn is_called(&self, word: &str) -> bool {
        self.name == word || self.other_name == Some(word)
    }
}

impl FeatureType {
    /// The name with its article, for messages: "a `rate`".
    #[must_use]
    pub fn with_article(&self) -> String {
        let article = if self.name.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
        format!("{article} `{}`", self.name)
    }
}

impl Kind {
    /// The kind in words, as in the sentence "`x` takes …".
    #[must_use]
    pub fn takes(self) -> String {
        match self {
            Self::Text => "text".into(),
            Self::Name | Self::Operand => "a name".into(),
            Self::Type => "a feature type, such as `counter`".into(),
            Self::Aggregate => "the name of an aggregate, such as `sum`".into(),
            Self::Word(words) => format!("one of {}", words.join(", ")),
            Self::Zone => "a time zone, such as `Europe/Berlin`".into(),
            Self::Attribute => "the name of an attribute, such as `watch_time`".into(),
            Self::EventType => {
                "the name of an attribute, such as `action`, or `{const: TYPE}`".into()
            }
            Self::Flags => {
                "a map of event types and attributes, such as `{click: is_click}`".into()
            }
            Self::Attributes => "the name of an attribute, or a list of them".into(),
            Self::Separator => "the characters between two cells, such as `\";\"`".into(),
            Self::Quote => "a character such as `\"'\"`, or `none`".into(),
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
            Self::Positive => "a duration longer than 0s, such as `24h`".into(),
            Self::HalfLives => "a duration such as `7d`, or a list of them".into(),
            Self::Percentiles => "a number from 0 to 100, such as `95`, or a list of them".into(),
            Self::Most => format!("a whole number from 1 to {MOST_LISTED}"),
            Self::Counts => "whole numbers of buckets, such as `[7, 30]`".into(),
            Self::Windows => {
                "numbers of buckets or durations, such as `[7, 30]` or `[1h, 7d]`".into()
            }
            Self::Members(members) => format!("a map with {}", names(&[members]).join(", ")),
            Self::Entries(members) => {
                format!("a list of maps with {}", names(&[members]).join(", "))
            }
            Self::Features => "a list of features".into(),
            Self::Lints => "a map of lints, such as `{small-divisor: allow}`".into(),
            Self::Axes => "a map of axes, such as `{event: [show, click]}`".into(),
            Self::Exclusions => "a list of combinations, such as `[{event: show}]`".into(),
            Self::Tests => "a list of tests, each a map".into(),
            Self::TestEvents => "a list of events, such as `[{at: 0s, click: {item: a}}]`".into(),
            Self::Expectations => {
                "a list of maps, such as `[{at: 1d, key: {item: a}, clicks_7: 3}]`".into()
            }
            Self::TestMetadata => {
                "a map of lists of maps, such as `{user: [{id: u, age: 36}]}`".into()
            }
            Self::Moment => "an offset such as `1d12h`, or a time".into(),
            Self::Time => "a time, such as `2024-01-01T00:00Z`".into(),
            Self::Repeat => format!("a whole number from 1 to {MOST_REPEATED}"),
            Self::Key => "a map of attributes, such as `{item: a}`".into(),
            Self::Values => "a map of outputs, such as `{clicks_7: 3}`".into(),
            Self::Any | Self::Foreign => "anything".into(),
        }
    }
}

/// The names of the language's own members in some tables, in their order.
#[must_use]
pub fn names(tables: &[&'static [Member]]) -> Vec<&'static str> {
    tables
        .iter()
        .flat_map(|table| table.iter())
        .filter(|member| !matches!(member.kind, Kind::Foreign))
        .map(|member| member.name)
        .collect()
}

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
