//! Tests as declared: events on a simulated clock, and the values expected after them.

use std::ops::Range;

use serde_json::{Map, Value as Json};

use crate::base::{Comparison, Millis, Timestamp};

use super::spanned::Spanned;

/// A test.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// Its name.
    pub name: Spanned<String>,
    /// The line on which it starts, from 1.
    pub line: usize,
    /// The moment from which offsets are counted.
    pub start: Timestamp,
    /// The metadata from files that events are joined with, by the name of their entity.
    pub metadata: Vec<TestMetadata>,
    /// The events, in the order of the text.
    pub events: Vec<TestEvent>,
    /// What is expected, in the order of the text.
    pub expectations: Vec<Expectation>,
}

/// What files hold of entities of one kind.
#[derive(Clone, Debug, PartialEq)]
pub struct TestMetadata {
    /// The name of the entities: what stands before the dot in attributes.
    pub name: Spanned<String>,
    /// The lines.
    pub lines: Vec<Map<String, Json>>,
}

/// An event of a test, which may come several times.
#[derive(Clone, Debug, PartialEq)]
pub struct TestEvent {
    /// The time of the first.
    pub at: Timestamp,
    /// Its type.
    pub kind: Spanned<String>,
    /// Its id.
    pub id: Option<Json>,
    /// Its attributes.
    pub attributes: Map<String, Json>,
    /// How often it comes.
    pub repeat: u32,
    /// The time from one to the next.
    pub every: Millis,
    /// The line on which it starts, from 1.
    pub line: usize,
}

/// What is expected at a key as of a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// The moment.
    pub at: Timestamp,
    /// The moment as written: `8d`.
    pub written: String,
    /// The attributes of the key with their texts; none for the scope of all events.
    pub key: Vec<(Spanned<String>, String)>,
    /// The span of the key, or else of the whole, in bytes.
    pub key_span: Range<usize>,
    /// The values, in the order of the text.
    pub values: Vec<Expected>,
    /// The line on which it starts, from 1.
    pub line: usize,
}

/// What is expected of an output.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// The output's name.
    pub output: Spanned<String>,
    /// Which of its values.
    pub part: Part,
    /// What must hold, all of it.
    pub checks: Vec<Check>,
    /// The span of the expected value, in bytes.
    pub span: Range<usize>,
}

/// A value of an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The live value.
    Live,
    /// The served value.
    Served,
    /// A side of a quotient.
    Side {
        /// True for the dividend.
        is_top: bool,
        /// True for that over all keys.
        is_global: bool,
    },
}

impl Part {
    /// The parts that have a name in a config, beside the live value.
    pub const SIDES: [(&'static str, Self); 4] = [
        ("top", Self::Side { is_top: true, is_global: false }),
        ("bottom", Self::Side { is_top: false, is_global: false }),
        ("top_all", Self::Side { is_top: true, is_global: true }),
        ("bottom_all", Self::Side { is_top: false, is_global: true }),
    ];

    /// The name; `None` for the live value.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Live => None,
            Self::Served => Some("served"),
            Self::Side { .. } => {
                Self::SIDES.iter().find(|(_, part)| *part == self).map(|(name, _)| *name)
            }
        }
    }
}

/// A condition that a value must meet.
#[derive(Clone, Debug, PartialEq)]
pub enum Check {
    /// There is none.
    Missing,
    /// This whole number, exactly.
    Whole(i128),
    /// This number, but for the rounding of its last digits.
    Number(f64),
    /// A number that is not further away.
    Near {
        /// The number.
        value: f64,
        /// The distance.
        within: f64,
    },
    /// A comparison that holds.
    Compare(Comparison),
    /// These most frequent values, in this order.
    List(Vec<String>),
}
