//! What became of each log: how many of its lines were accepted, where a damaged one ends, and what
//! one is of which nothing could be read. It must not know who is told.

use crate::base::escape::printable;
use crate::base::events::EventSettings;
use crate::base::quantity::grouped;
use crate::tape::{Batch, Reason, Rejections};

use super::unreadable::{self, ListOfObjects, Opening, Unreadable};

/// What became of one log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The log, as it was given.
    pub name: String,
    /// How many of its lines are events, metadata and rankings included.
    pub accepted: u64,
    /// What it is, if it holds lines and none of them could be read.
    pub unreadable: Option<Unreadable>,
    /// After how many lines the rest was lost, since it is damaged or cut off.
    pub lost_after: Option<u64>,
    /// Lists of objects that its first lines have: what is in them cannot be reached.
    pub lists: Vec<ListOfObjects>,
}

impl Outcome {
    /// That nothing of it can be read, if so, and what it is.
    #[must_use]
    pub fn complaint(&self) -> Option<String> {
        let what = &self.unreadable.as_ref()?.what;
        Some(format!("nothing in the log `{}` can be read: it is {what}", printable(&self.name)))
    }

    /// What was lost, if anything was: `the log a.gz is damaged or cut off: nothing after …`.
    #[must_use]
    pub fn loss(&self) -> Option<String> {
        let after = self.lost_after?;
        let place = match after {
            0 => "nothing of it was read".to_owned(),
            _ => format!("nothing after line {} was read", grouped(after)),
        };
        Some(format!("the log `{}` is damaged or cut off: {place}", printable(&self.name)))
    }
}

/// What is counted of a log while it is read.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    /// The number of its first line, once it has begun.
    first: Option<u32>,
    accepted: u64,
    /// What was rejected while it was read.
    rejections: Rejections,
    /// Whether lines of it waited at its end for another log to tell what they are.
    pub(super) waited: bool,
}

impl Tally {
    /// The log begins with a line of this number, if it has not begun.
    pub(super) const fn begin(&mut self, line: Option<u32>) {
        if self.first.is_none() {
            self.first = line;
        }
    }

    /// Counts the lines of a batch.
    pub(super) fn take(&mut self, batch: &Batch) {
        self.accepted += batch.len() as u64;
        if batch.rejections().total() > 0 {
            self.rejections.merge(batch.rejections().clone());
        }
    }

    /// What became of the log, which begins like this.
    pub(super) fn outcome(
        &self,
        name: &str,
        opening: &Opening<'_>,
        settings: &EventSettings,
    ) -> Outcome {
        let holds_lines = self.waited || self.rejections.total() > 0;
        let is_unreadable = holds_lines && self.accepted == 0;
        let damage = self.rejections.examples().iter().find(|e| e.reason == Reason::DamagedStream);
        let first = self.first.map_or(0, u64::from);
        Outcome {
            name: name.to_owned(),
            accepted: self.accepted,
            unreadable: is_unreadable
                .then(|| unreadable::describe(opening, settings, &self.rejections)),
            lost_after: damage.map(|example| example.line.saturating_sub(first)),
            lists: unreadable::lists(opening),
        }
    }
}
