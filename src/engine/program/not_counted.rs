//! The reasons why an event does not count. `input_rows` finds those of an input, `read::term_rows`
//! those of a value that is read from its states.

use crate::aggregate::Sample;
use crate::base::{Millis, Value};
use crate::plan::{AttributeId, Condition, Shape};
use crate::tape::{Reason, Tape};

/// The reason why a line of the log does not count, for an input or for a value that is read from
/// its states. The first that applies, in this order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NotCounted<'t> {
    /// The line is no event: it was rejected when the log was read, such as a duplicate.
    Rejected(Reason),
    /// The input does not take the row's type; `None` if no input counts the row at all, since it
    /// is metadata or a ranking.
    Type(Option<&'t str>),
    /// The row does not pass the filter: this condition of it, the first, does not hold. If it is a
    /// test of one attribute, with the row's value of it.
    Filter(&'t Condition, Option<&'t Value>),
    /// The row lacks this attribute of the key, the first.
    Key(AttributeId),
    /// The aggregated attribute is missing, or has this value, which the aggregate does not take.
    Value(AttributeId, Option<&'t Value>),
    /// The event came late: its own time is before all that the state holds, by this much.
    Late(Millis),
    /// The key expired after the event, and before its next write or the moment of reading: its
    /// time to live had passed by this much.
    Expired(Millis),
    /// The event is before the window, by this much.
    BeforeWindow(Millis),
    /// The event is after the window, by this much: a window without the current bucket.
    AfterWindow(Millis),
}

impl NotCounted<'_> {
    /// That a sample came too late for a state in a shape, if it did.
    pub(in crate::engine) fn late(shape: Shape, sample: Sample) -> Option<Self> {
        let oldest = shape.oldest_taken(sample.clock)?;
        (sample.time < oldest).then(|| Self::Late(Millis(oldest - sample.time)))
    }
}

/// The reason why a line of the log is no event, as far as the tape has it among its examples.
#[must_use]
pub fn rejection(tape: &Tape, line: u64) -> Option<NotCounted<'static>> {
    let examples = tape.rejections().examples();
    let found = examples.iter().find(|example| example.line == line)?;
    Some(NotCounted::Rejected(found.reason))
}
