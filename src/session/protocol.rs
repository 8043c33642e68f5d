//! What may be asked of the worker. Plain data.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use crossbeam_channel::{Receiver, Sender};

use crate::base::{Key, Timestamp};
pub use crate::explain::Order as ExplainOrder;

use super::snapshot::Snapshot;

pub use super::speed::Speed;

/// The screen's end of a session: commands go in, the newest snapshot comes out. A worker that
/// publishes faster than the screen draws replaces what was not yet taken; nothing queues.
#[derive(Clone, Debug)]
pub struct Link {
    /// Where commands go.
    pub commands: Sender<Command>,
    /// The newest snapshot, until it is taken.
    pub newest: Arc<Mutex<Option<Arc<Snapshot>>>>,
    /// Holds one ping at most: there is something new to take. Disconnected: the worker is gone.
    pub pings: Receiver<()>,
}

impl Link {
    /// Takes the newest snapshot, if one has been published since the last call.
    #[must_use]
    pub fn take(&self) -> Option<Arc<Snapshot>> {
        self.newest.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take()
    }
}

/// A command to the worker.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Let event time run at the chosen speed.
    Play,
    /// Stand still.
    Pause,
    /// Apply so many events, or take so many back.
    Step(i64),
    /// Go so many of the events on, or back, that changed an output at a key.
    StepOfKey {
        /// The output.
        output: String,
        /// The key.
        key: Key,
        /// How many events on; negative for back.
        events: i64,
    },
    /// Go so many of the events on, or back, that match a filter.
    StepOfMatch {
        /// The filter, as it is typed.
        filter: String,
        /// The number of the event to go from.
        from: usize,
        /// How many events on; negative for back.
        events: i64,
    },
    /// Go to a place in the log.
    Seek(Target),
    /// Choose how fast event time runs.
    SetSpeed(Speed),
    /// What the screen shows from now on; answered by snapshots of that generation.
    Viewport(Viewport),
    /// Read the config again, even if its file did not change.
    Reload,
    /// Change the config's text in its file.
    EditConfig(ConfigEdit),
    /// Give up the seek that is under way.
    Cancel,
    /// Write what is not yet written, and end.
    Quit,
}

/// A change to the config's text that the user asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigEdit {
    /// Write the built-in config to a file in the working directory, and go on with that.
    WriteExample,
    /// Add a feature like this one that counts by a field of the log.
    CountBy {
        /// The feature's name.
        feature: String,
        /// The field, as a scope names it.
        field: String,
    },
    /// Add a test that expects the value of an output at a key as it is now, after the fewest of its
    /// events.
    SaveTest {
        /// The output.
        output: String,
        /// The key.
        key: Key,
        /// The name of the test; `None` for that of the value.
        name: Option<String>,
    },
    /// Take back the last of these.
    Undo,
}

/// A place in the log.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// After so many events; 0 is before the first.
    Event(usize),
    /// At this moment: after the last event at or before it.
    Time(Timestamp),
    /// At this share of the events, 0 to 100.
    Percent(f64),
    /// Before the first event.
    Start,
    /// After the last event.
    End,
}

/// What the screen shows: the worker computes this much and no more.
#[derive(Clone, Debug, PartialEq)]
pub struct Viewport {
    /// Counts up with every change; snapshots carry the generation that they answer.
    pub generation: u64,
    /// The layout of the values.
    pub layout: Layout,
    /// Text that a key (or, in the long layout, a key or an output) must contain, ignoring case.
    pub filter: String,
    /// The names of the outputs that are not shown: they are not read at all.
    pub hidden: Arc<BTreeSet<String>>,
    /// The order of the rows.
    pub sort: Sort,
    /// The rows wanted: the first, and how many.
    pub first_row: usize,
    /// How many rows.
    pub rows: usize,
    /// The columns wanted (wide layout): the first, and how many.
    pub first_column: usize,
    /// How many columns.
    pub columns: usize,
    /// The selected cell.
    pub selected: Selected,
    /// How many events are wanted before and after the cursor, and how far the view is scrolled
    /// away from it (in events; 0: at the cursor).
    pub events: Box<EventsViewport>,
    /// Whether it is shown what is in the log.
    pub profile: bool,
    /// How many cells the timeline has.
    pub timeline: usize,
    /// How many columns the chart of the selected cell has; 0 for none.
    pub history: usize,
    /// The value that is explained.
    pub explain: Option<Box<ExplainLook>>,
}

/// A value that is explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExplainLook {
    /// The output, by name.
    pub output: String,
    /// The key.
    pub key: Key,
    /// The attribute by which its contributors are grouped; `None` for the value itself.
    pub by: Option<String>,
    /// The order of contributions.
    pub order: ExplainOrder,
    /// The most contributions that are listed.
    pub most: usize,
}

impl ExplainLook {
    /// Whether both are about the same, in whatever order and however much of it.
    #[must_use]
    pub fn is_about(&self, other: &Self) -> bool {
        (&self.output, &self.key, &self.by) == (&other.output, &other.key, &other.by)
    }
}

/// The layout of the values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// One scope: a row a key, a column an output. The number is an index into
    /// [`super::snapshot::Source::scopes`].
    Wide(usize),
    /// A row for each key and output, across scopes.
    Long,
}

/// The order of the rows of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// What is compared.
    pub by: SortBy,
    /// Largest first.
    pub descending: bool,
}

/// What the order of rows compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortBy {
    /// The key's text.
    Key,
    /// The live value of the scope's n-th column (wide), or of the row (long).
    Column(usize),
    /// The last write to the key.
    Recent,
}

/// The selected cell. The worker finds `key` in the current order; without one, or if it is not
/// there, it takes `row`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selected {
    /// The row in the current order.
    pub row: usize,
    /// The column (wide layout), an index into the scope's outputs.
    pub column: usize,
    /// The key that is to stay selected when the order changes.
    pub key: Option<Key>,
    /// The output that is to stay selected, by name (long layout).
    pub output: Option<String>,
}

/// What is wanted of the events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventsViewport {
    /// How many events before the cursor, the last applied one included.
    pub before: usize,
    /// How many events after the cursor.
    pub after: usize,
    /// How far the view is scrolled away from the cursor, in events.
    pub offset: i64,
    /// The filter that they must pass, as it is typed; empty for none.
    pub filter: String,
    /// Whether it is being typed: the log is not read for it until it is whole.
    pub is_typed: bool,
    /// The number of an event of which it is asked where it is in the list, or the nearest one.
    pub keep: Option<usize>,
    /// The number of the event that is shown as a whole.
    pub open: Option<usize>,
}

impl Default for Viewport {
    fn default() -> Self {
        Self {
            generation: 0,
            layout: Layout::Wide(0),
            filter: String::new(),
            hidden: Arc::default(),
            sort: Sort { by: SortBy::Column(0), descending: true },
            first_row: 0,
            rows: 50,
            first_column: 0,
            columns: 20,
            selected: Selected::default(),
            events: Box::new(EventsViewport { before: 10, after: 5, ..EventsViewport::default() }),
            profile: false,
            timeline: 100,
            history: 60,
            explain: None,
        }
    }
}
