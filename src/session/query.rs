//! Queries: values of outputs at keys, beside what the screen shows, for many clients at once. An
//! answer is of one position of the replay.

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use crate::base::{Key, Timestamp};
use crate::engine::{At, Freshness, OutputValue};
use crate::plan::OutputId;

use super::replay::Replay;

/// A question for values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// The names of outputs.
    pub outputs: Vec<String>,
    /// The keys at which they are read.
    pub keys: Vec<Key>,
    /// The moment as of which values are read, at or after the clock; that of the cursor if there
    /// is none.
    pub as_of: Option<Timestamp>,
}

/// The answer: all of it is true at one position.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// How many events are applied.
    pub position: usize,
    /// The moment as of which values were read; `None` before the first event.
    pub as_of: Option<Timestamp>,
    /// For each output its values, in the order of the keys.
    pub values: Result<Vec<OutputValues>, QueryError>,
}

/// The values of an output at the keys of a query, or why it has none.
pub type OutputValues = Result<Vec<Result<QueryValue, QueryError>>, QueryError>;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub struct QueryValue {
    /// As of the moment.
    pub live: Option<OutputValue>,
    /// As a store would serve it that follows `refresh`.
    pub served: Option<OutputValue>,
}

/// Why there is no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// The plan in use has no such output.
    #[error("no output is named `{0}`")]
    UnknownOutput(String),
    /// No event up to the end of the log has this key in the output's scope.
    #[error("no event has the key {0}")]
    UnknownKey(Key),
    /// States hold what is needed from the clock on.
    #[error("the moment {as_of} is before the clock, {clock}")]
    BeforeClock {
        /// The moment that was asked for.
        as_of: Timestamp,
        /// The newest event time applied.
        clock: Timestamp,
    },
    /// Events that had been written to disk could not be read again.
    #[error("there are no values: events could not be read again")]
    LostEvents,
}

/// The number of a query that waits for its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// The queries that wait. They are answered between slices of work, as soon as values can be read.
#[derive(Debug, Default)]
pub(in crate::session) struct QueryQueue(Vec<(Ticket, Query)>);

impl QueryQueue {
    /// A query has come in.
    pub(in crate::session) fn push(&mut self, ticket: Ticket, query: Query) {
        self.0.push((ticket, query));
    }

    /// Answers all that wait, if values can be read now, or will never be since events are lost.
    pub(in crate::session) fn answer(
        &mut self,
        replay: &Replay,
        has_lost_events: bool,
    ) -> Vec<(Ticket, Answer)> {
        if self.0.is_empty() || (replay.is_filling() && !has_lost_events) {
            return Vec::new();
        }
        let answer = |query: Query| {
            if has_lost_events {
                let values = Err(QueryError::LostEvents);
                Answer { position: replay.cursor(), as_of: query.as_of, values }
            } else {
                answer(&query, replay)
            }
        };
        self.0.drain(..).map(|(ticket, query)| (ticket, answer(query))).collect()
    }
}

/// The answer of a replay to a query.
#[must_use]
pub fn answer(query: &Query, replay: &Replay) -> Answer {
    let as_of = query.as_of.or_else(|| replay.as_of());
    let clock = replay.engine().clock();
    let values = match (query.as_of, clock) {
        (Some(as_of), Some(clock)) if as_of < clock => {
            Err(QueryError::BeforeClock { as_of, clock })
        }
        _ => {
            let read = |name: &String| values(replay, name, &query.keys, as_of.unwrap_or_default());
            Ok(query.outputs.iter().map(read).collect())
        }
    };
    Answer { position: replay.cursor(), as_of, values }
}

fn values(replay: &Replay, name: &str, keys: &[Key], as_of: Timestamp) -> OutputValues {
    let (plan, index, engine) = (replay.plan(), replay.index(), replay.engine());
    let place = plan.outputs.iter().position(|output| output.name == name);
    let output = OutputId(place.ok_or_else(|| QueryError::UnknownOutput(name.to_owned()))?);
    let scope = plan.scope_of(output);
    let value = |key: &Key| {
        let slot = index.find(scope, &key.0).ok_or_else(|| QueryError::UnknownKey(key.clone()))?;
        let at = At::Slot(slot);
        let read = |freshness| engine.value(index, output, at, as_of, freshness);
        Ok(QueryValue { live: read(Freshness::Live), served: read(Freshness::Served) })
    };
    Ok(keys.iter().map(value).collect())
}

/// A query on its way to a session, and where its answer goes.
pub(in crate::session) type Asked = (Query, Sender<Answer>);

/// A client's end of a session's queries. Each clone is a client of its own.
#[derive(Clone, Debug)]
pub struct QueryHandle(Sender<Asked>);

/// The session has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the session has ended")]
pub struct SessionEnded;

impl QueryHandle {
    /// A handle, and where its queries come out.
    pub(in crate::session) fn new() -> (Self, Receiver<Asked>) {
        let (sender, receiver) = unbounded();
        (Self(sender), receiver)
    }

    /// Asks, and waits for the answer.
    pub fn ask(&self, query: Query) -> Result<Answer, SessionEnded> {
        let (reply, answer) = bounded(1);
        self.0.send((query, reply)).map_err(|_| SessionEnded)?;
        answer.recv().map_err(|_| SessionEnded)
    }
}
