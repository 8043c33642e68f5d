//! The profile of a log: its times, its types, and of each type every field, whether a config uses
//! it or not. It must not know plans: of a config it takes what `events` says.
//!
//! The reader decides what is an event, of which type and when, and hands out the text beside it
//! ([`Reader::keep_records`]). Here the text is gone through once more, for all of its members:
//!
//! * `paths` numbers them, `visit` goes through an event, `field` sums up what a field holds,
//!   `values` its different values and `numbers` its numbers;
//! * `times` follows the clock, `late` looks for what late events have in common, `duplicates` for
//!   their originals, `rejected` for the place in a line;
//! * `hours` counts them by the hour, `clocks` finds the clocks that are not those of the others,
//!   `repeats` the ids that come again where the config does not speak of them;
//! * `collect` brings it together, event by event; `report` is the outcome, plain data, and `words`
//!   says it to people.
//!
//! `cause` goes through the log once more, for what [marked](Marked) events have in common.
//!
//! One thread reads while another sums up. Nothing depends on how the events are divided into
//! batches. What is kept is bounded: the fields in number, the values and texts of each.

mod cause;
mod clocks;
mod collect;
mod duplicates;
mod field;
mod hours;
mod late;
mod marks;
mod numbers;
mod paths;
mod rejected;
mod repeats;
mod report;
mod times;
mod values;
mod visit;
pub mod words;

use std::ops::ControlFlow;
use std::thread;

use crossbeam_channel::bounded;

use crate::base::events::{EventSettings, Format};
use crate::log::{
    Answer, Detected, EventSource as _, LogError, Next, Outcome, Progress, Reader, read_to_end,
};
use crate::tape::Batch;

pub use cause::{Cause, Marked, Which, causes};
pub use clocks::Skewed;
pub use duplicates::Pair;
pub use field::Kind;
pub use hours::{HOUR, Hours};
pub use late::Shared;
pub use marks::Marks;
pub use numbers::{Numbers, PERCENTILES};
pub use rejected::Fault;
pub use repeats::RepeatedIds;
pub use report::{
    DuplicateEvents, Field, Late, LogPart, Profile, RejectedLine, RejectedLines, Type,
};
pub use times::Jump;
pub use values::Scalar;

use collect::Collector;

/// The batches read ahead.
const AHEAD: usize = 8;

/// The limits of a profile.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The number of threads: with two or more, one reads while another sums up.
    pub threads: usize,
    /// The most bytes that fields and ids may take.
    pub memory: u64,
}

impl Limits {
    /// The memory that a profile may take if nothing else is said.
    pub const MEMORY: u64 = 512 << 20;
}

/// A log with its profile.
#[derive(Debug)]
pub struct Profiled {
    /// The profile.
    pub profile: Profile,
    /// The detected properties of the log; `None` if it has no events.
    pub detected: Option<Detected>,
    /// The outcome of each log.
    pub outcomes: Vec<Outcome>,
}

/// The bytes that a field may take.
const FIELD_BYTES: u64 = 288 << 10;

/// What sums up batches.
trait Take {
    type Outcome;

    /// Takes the next batch.
    fn take(&mut self, batch: &Batch, format: Option<Format>);

    /// The outcome, once all is taken.
    fn end(self, detected: Option<&Detected>, outcomes: &[Outcome]) -> Self::Outcome;
}

enum Brought {
    Batch(Box<Batch>, Option<Format>, Progress),
    End(Option<Detected>, Vec<Outcome>),
    Failed(LogError),
}

/// Reads logs to their ends. `progress` gets the fraction that is read, and may break it off, which
/// is [`LogError::Lost`].
pub fn profile(
    reader: Reader,
    settings: &EventSettings,
    limits: Limits,
    progress: &mut dyn FnMut(f64) -> ControlFlow<()>,
) -> Result<Profiled, LogError> {
    let collector = Collector::new(settings, limits.memory);
    let (profile, detected, outcomes) = read_all(reader, collector, limits.threads, progress)?;
    Ok(Profiled { profile, detected, outcomes })
}

/// What was summed up, and what the reader says.
type ReadAll<O> = (O, Option<Detected>, Vec<Outcome>);

/// Reads logs to their ends; what `take` makes of them, and what the reader says.
fn read_all<T: Take>(
    reader: Reader,
    mut collector: T,
    threads: usize,
    progress: &mut dyn FnMut(f64) -> ControlFlow<()>,
) -> Result<ReadAll<T::Outcome>, LogError> {
    let mut reader = reader.keep_records();
    // Times and types are all that the batches are needed for.
    reader.narrow(&[]);
    let mut take = |brought: Brought| match brought {
        Brought::Batch(batch, format, at) => {
            collector.take(&batch, format);
            if at.total_bytes > 0 && progress(at.bytes as f64 / at.total_bytes as f64).is_break() {
                return ControlFlow::Break(Err(LogError::Lost));
            }
            ControlFlow::Continue(())
        }
        Brought::End(detected, outcomes) => ControlFlow::Break(Ok((detected, outcomes))),
        Brought::Failed(error) => ControlFlow::Break(Err(error)),
    };
    let ended = if threads < 2 {
        read_to_end(&mut reader, |answer| {
            brought_by(answer).map_or(ControlFlow::Continue(()), &mut take)
        })
    } else {
        thread::scope(|threads| {
            let (outgoing, incoming) = bounded(AHEAD);
            threads.spawn(move || {
                let send = |brought| match outgoing.send(brought) {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(_) => ControlFlow::Break(()),
                };
                read_to_end(&mut reader, |answer| {
                    brought_by(answer).map_or(ControlFlow::Continue(()), send)
                });
            });
            incoming.iter().try_for_each(&mut take).break_value()
        })
    };
    let (detected, outcomes) = ended.unwrap_or(Err(LogError::Lost))?;
    let outcome = collector.end(detected.as_ref(), &outcomes);
    Ok((outcome, detected, outcomes))
}

/// What a source has brought; `None` while it is idle.
fn brought_by(Answer { source, next, .. }: Answer<'_>) -> Option<Brought> {
    Some(match next {
        Ok(Next::Batch(batch)) => {
            let format = source.detected().map(|detected| detected.format);
            Brought::Batch(batch, format, source.progress())
        }
        Ok(Next::Idle) => return None,
        Ok(Next::End) => Brought::End(source.detected(), source.outcomes()),
        Err(error) => Brought::Failed(error),
    })
}
