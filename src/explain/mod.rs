//! Explanations: why a value is what it is, down to the events that made it, and which events did
//! not count and why.
//!
//! A value is read from sides: states over their windows, one for a counter, two for a ratio, with
//! those over all keys if it is smoothed or normalized. Each side is explained by itself.
//! Every event that has the side's key is in exactly one place of it: it is a contribution, or it
//! is in the group of the reason why it is none. So is every event that lacks a part of the key, has
//! the other parts, and would be taken but for that.
//!
//! * `side`: the contributions to a side, and the events that are none, by `reasons`. Its `rows` are
//!   looked at once: of those that have not expired, what is told is `held`, not the rows. `listing`
//!   picks those that are listed, and rows are `replayed` for the value before and after each, which
//!   of counts are their totals.
//!   `half_weight` is how old the newer half of a decay is.
//! * `keyless`: events that lack a part of a key of several, and have its other parts.
//! * `duplicates`: lines that are no events, since they repeat one that a side takes.
//! * `window`: the window of a side with its buckets; `rolling` is the same window without buckets.
//! * `formula`: how the sides make the value, with their numbers.
//! * `upcoming`: how the value changes if no event comes any more, at the `moments` at which samples
//!   enter windows or leave them, and at others.
//! * `settings`: the settings of a feature, each with the place that sets it.
//! * `counting`: whether an event counts for a feature, whatever the key, and why not.
//! * `contributors`: the contributions, grouped by an attribute, of which the `largest` groups are told.
//! * `contributing`: which rows contribute, wherever an engine stands.
//! * `near_keys`: the keys that are most similar to one that was never seen.
//! * `outline`: explanations as trees of lines, for commands and screens.
//! * `task`: all of it in slices, for who must not wait.

mod contributing;
mod contributors;
mod counting;
mod duplicates;
mod event;
mod formula;
mod half_weight;
mod held;
mod keyless;
mod largest;
mod listing;
mod moments;
mod near_keys;
pub mod outline;
mod reasons;
mod replayed;
mod rolling;
mod rows;
mod settings;
mod side;
mod task;
mod upcoming;
mod window;

use crate::base::{Deadline, Millis, Step, Task, Timestamp};
use crate::config::Document;
use crate::engine::{Engine, InputRows, OutputValue, Reading};
use crate::plan::{OutputId, Plan, ScopeId};

pub use contributing::Contributing;
pub use contributors::{Contributor, Contributors, ContributorsTask};
pub use counting::{Counting, Verdict, verdicts};
pub use duplicates::{DuplicateRef, Duplicates};
pub use event::{Attribute, EventRef};
pub use listing::{Contribution, Contributions, Listing, Order};
pub use near_keys::{NearKeys, near_keys};
pub use reasons::{Found, Group, Miss};
pub use settings::{Origin, Setting};
pub use side::{Side, StateFacts};
pub use task::ExplainTask;
pub use upcoming::Change;
pub use window::{Bucket, Place, Rolling, WindowPart};

/// What is explained: the values of an engine's plan at its position, as of a moment at or after
/// its clock.
#[derive(Clone, Copy)]
pub struct Position<'t> {
    /// The plan, the events and the keys.
    pub rows: InputRows<'t>,
    /// The states after the position's events.
    pub engine: &'t Engine,
    /// The moment.
    pub as_of: Timestamp,
}

/// The explanation of an output at a key.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The output's name.
    pub output: String,
    /// The name of its feature.
    pub feature: String,
    /// The definition in words.
    pub definition: String,
    /// The key.
    pub key: Vec<Attribute>,
    /// The moment of reading.
    pub as_of: Timestamp,
    /// The live value.
    pub live: Reading,
    /// The served value; `None` if the feature has no refresh.
    pub served: Option<Served>,
    /// The clock at the last write; `None` if there was none.
    pub last_write: Option<Timestamp>,
    /// How long a key is kept after its last write.
    pub ttl: Millis,
    /// How the sides make the value; `None` for a state that is read as it is.
    pub formula: Option<String>,
    /// The settings of the feature.
    pub settings: Vec<Setting>,
    /// The sides.
    pub sides: Vec<Side>,
    /// How the live value changes if no event comes any more, the next changes first; `None` if the
    /// engine had moved on when that was to be read.
    pub upcoming: Option<Vec<Change>>,
}

/// What is served.
#[derive(Clone, Debug, PartialEq)]
pub struct Served {
    /// The value.
    pub value: Option<OutputValue>,
    /// When it was refreshed; `None` if nothing is served yet.
    pub refreshed: Option<Timestamp>,
    /// How long it holds before a write refreshes it.
    pub refresh: Millis,
}

impl<'t> Position<'t> {
    const fn plan(self) -> &'t Plan {
        self.rows.plan
    }

    /// The number of events applied.
    fn events(self) -> usize {
        self.engine.position().events
    }
}

/// Explains an output at a key, a slot of the output's scope. `document` is the config of the plan,
/// and `text` its text.
#[must_use]
pub fn explain(
    at: Position<'_>,
    output: OutputId,
    slot: u32,
    listing: Listing,
    config: (&Document, &str),
) -> Explanation {
    complete(ExplainTask::new(at, (output, slot), listing, config), at)
}

/// Whether an event before the position has a key, a slot of the scope.
#[must_use]
pub fn is_seen(at: Position<'_>, scope: ScopeId, slot: u32) -> bool {
    if at.plan().scopes[scope.0].attributes.is_empty() {
        return at.events() > 0;
    }
    let first = at.rows.index.rows_of(scope, slot).first().copied();
    first.is_some_and(|row| (row as usize) < at.rows.tape.end_row(at.events()))
}

/// The first event of the log that has a key, a slot of the scope, wherever it lies: its number, from
/// 1, and its time. There is none of the scope of all keys.
#[must_use]
pub fn first_event(rows: InputRows<'_>, scope: ScopeId, slot: u32) -> Option<(usize, Timestamp)> {
    if rows.plan.scopes[scope.0].attributes.is_empty() {
        return None;
    }
    let row = rows.index.rows_of(scope, slot).first().copied()? as usize;
    Some((rows.tape.row_event(row) + 1, Timestamp(rows.tape.time(row))))
}

/// Groups the contributions to each side of an output at a key by an attribute, a column of the
/// tape, and tells so many groups of each.
#[must_use]
pub fn contributors(
    at: Position<'_>,
    of: (OutputId, u32),
    column: usize,
    most: usize,
) -> Vec<Contributors> {
    complete(ContributorsTask::new(at, of, column, most), at)
}

/// Works on a task to its end.
fn complete<T: for<'c> Task<Context<'c> = Position<'c>>>(
    mut task: T,
    at: Position<'_>,
) -> T::Output {
    loop {
        if let Step::Done(done) = task.step(at, &Deadline::never()) {
            return done;
        }
    }
}

/// The attributes of a scope with their texts.
fn attributes(plan: &Plan, scope: ScopeId, texts: Vec<String>) -> Vec<Attribute> {
    let named = |(name, value): (&str, String)| Attribute { name: name.to_owned(), value };
    plan.key_attributes(scope).zip(texts).map(named).collect()
}
