//! The words of the section `tests`.

use super::{Kind, Member};

/// The members of a test.
pub const TEST: &[Member] = &[
    Member::required("name", Kind::Text, "what the test shows"),
    Member::optional("start", Kind::Time, "the moment of 0s; 2024-01-01T00:00Z without"),
    Member::optional(
        "metadata",
        Kind::TestMetadata,
        "what files of metadata hold, by the name of the entity",
    ),
    Member::required("events", Kind::TestEvents, "the events, in the order in which they come in"),
    Member::required("expect", Kind::Expectations, "the values expected after them"),
];

/// The members of an event of a test, besides its type.
pub const TEST_EVENT: &[Member] = &[
    Member::required("at", Kind::Moment, "the time, from the start"),
    Member::optional("repeat", Kind::Repeat, "how often it comes"),
    Member::optional("every", Kind::Duration, "the time from one to the next"),
    Member::optional("id", Kind::Any, "the id"),
    Member::optional(
        "type",
        Kind::Any,
        "the type, if it is called like one of these: `{at: 0s, type: id, attributes: {…}}`",
    ),
    Member::optional("attributes", Kind::Any, "beside `type`: the attributes"),
];

/// The members of what a test expects, besides the outputs.
pub const EXPECTATION: &[Member] = &[
    Member::required("at", Kind::Moment, "the moment as of which values are read"),
    Member::optional("key", Kind::Key, "the key; none for the scope global"),
    Member::optional("served", Kind::Values, "values that a store serves, by output"),
];
