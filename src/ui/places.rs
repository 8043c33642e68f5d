//! Where lists and texts of the screen stand: their selections, scrolls and filters.

use std::collections::BTreeSet;

/// The filter of the list of events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventsFilter {
    /// What the events in the list must pass; empty for all events.
    pub text: String,
    /// The filter that was dropped last, which can still be searched for.
    pub dropped: String,
}

impl EventsFilter {
    /// Whether the list is filtered.
    #[must_use]
    pub fn is_on(&self) -> bool {
        !self.text.trim().is_empty()
    }

    /// What is searched for.
    #[must_use]
    pub fn searched(&self) -> &str {
        if self.is_on() { &self.text } else { &self.dropped }
    }
}

/// Where the list of events stands, counted from the cursor so that it moves with it, in rows of the
/// list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventsPlace {
    /// The selected event: 0 is the last applied one, 1 the next.
    pub selected: i64,
    /// How far the list is scrolled, in events.
    pub offset: i64,
    /// The event that is to stay selected, by its number: the filter has changed since it was.
    pub kept: Option<usize>,
    /// Whether it, or the nearest one that is there, is selected by now.
    pub is_placed: bool,
}

impl EventsPlace {
    /// At a row, counted from the cursor.
    #[must_use]
    pub fn at(selected: i64) -> Self {
        Self { selected, ..Self::default() }
    }

    /// Where an event is to stay selected, by its number.
    #[must_use]
    pub fn keeping(event: Option<usize>) -> Self {
        Self { kept: event, ..Self::default() }
    }
}

/// Where the config stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConfigPlace {
    /// The first line on the screen, from 0.
    pub first_line: usize,
    /// The selected fault.
    pub problem: Option<usize>,
    /// The line of the selected feature that the pane was last scrolled to, and the pane's height
    /// then.
    pub followed: Option<(usize, usize)>,
}

/// Where the list of features stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListPlace {
    /// The first line on the screen.
    pub first_line: usize,
    /// The selected line.
    pub selected: usize,
    /// The names of the entries whose outputs are listed.
    pub open: BTreeSet<String>,
    /// What the lines must contain.
    pub filter: String,
}

/// Where the help stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HelpPlace {
    /// The first line on the screen.
    pub first_line: usize,
    /// What the lines must contain.
    pub filter: String,
}

/// The event that is open as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventPlace {
    /// Its number; `None` for the selected one, whichever that is.
    pub number: Option<usize>,
    /// The first line on the screen.
    pub first_line: usize,
}

/// Where the list of what is in the log stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogPlace {
    /// The first line on the screen.
    pub first_line: usize,
    /// The selected line.
    pub selected: usize,
    /// The entries that are open, by their numbers from the section down.
    pub open: BTreeSet<Vec<usize>>,
}
