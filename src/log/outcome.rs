//! Outcomes: per log the number of accepted lines, where a damaged one ends, and the description of
//! an unreadable one.

use crate::base::events::EventSettings;
use crate::base::quantity::grouped;
use crate::tape::{Batch, Reason, Rejections};

use super::formats::Encoding;
use super::log_file::Log;
use super::source::Compression;
use super::unreadable::{self, ListOfObjects, Member, Unreadable};

/// The outcome of reading a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The log, as it was given.
    pub name: String,
    /// The number of its first line, counted through all logs, from 0.
    pub first_line: u64,
    /// The number of accepted lines, metadata and rankings included.
    pub accepted: u64,
    /// The description of the log, if it has lines and none of them is accepted.
    pub unreadable: Option<Unreadable>,
    /// The number of lines before the rest was lost, if the log is damaged or truncated.
    pub lost_after: Option<u64>,
    /// True if what was lost is behind the end of the compressed data.
    pub has_trailing: bool,
    /// Why most of its lines are rejected, if it is a list written over them.
    pub spread: Option<Unreadable>,
    /// What the config says of tables in CSV, if the log is none: the names of the members.
    pub unheeded: Vec<&'static str>,
    /// The lists of objects in its first lines; attributes cannot refer to what is in them.
    pub lists: Vec<ListOfObjects>,
    /// The members that its first events have.
    pub members: Vec<Member>,
    /// The entity that it is about, if it is a file of metadata.
    pub entity: Option<String>,
    /// Its encoding.
    pub encoding: Encoding,
    /// Its compression.
    pub compression: Compression,
}

impl Outcome {
    /// What it is called in messages.
    const fn noun(&self) -> &'static str {
        if self.entity.is_some() { "metadata file" } else { "log" }
    }

    /// The message that nothing in the log can be read, with its description; `None` if some lines
    /// can be.
    #[must_use]
    pub fn complaint(&self) -> Option<String> {
        let what = &self.unreadable.as_ref()?.what;
        Some(format!("nothing in the {} `{}` can be read: it is {what}", self.noun(), self.name))
    }

    /// The message that a part of the log was lost; `None` if nothing was.
    #[must_use]
    pub fn loss(&self) -> Option<String> {
        let after = self.lost_after?;
        if self.has_trailing {
            return Some(format!(
                "the {} `{}` goes on behind the end of its compressed data, and what follows was \
                 not read",
                self.noun(),
                self.name
            ));
        }
        let place = match after {
            0 if self.accepted == 0 => "nothing of it was read".to_owned(),
            0 => "its first line was not read to its end".to_owned(),
            _ => format!("nothing after line {} was read", grouped(after)),
        };
        Some(format!("the {} `{}` is damaged or cut off: {place}", self.noun(), self.name))
    }

    /// What is wrong with the log as a whole, and what to do; `None` if nothing is.
    #[must_use]
    pub fn problem(&self) -> Option<(String, Option<&str>)> {
        if let (Some(complaint), Some(unreadable)) = (self.complaint(), &self.unreadable) {
            return Some((complaint, Some(&unreadable.help)));
        }
        if let (None, Some(Unreadable { what, help, .. })) = (self.lost_after, &self.spread) {
            let (noun, name) = (self.noun(), &self.name);
            let said = format!("most lines of the {noun} `{name}` are rejected: it is {what}");
            return Some((said, Some(help)));
        }
        if let Some(loss) = self.loss() {
            return Some((loss, None));
        }
        if self.unheeded.is_empty() {
            return None;
        }
        let names: Vec<String> = self.unheeded.iter().map(|name| format!("`{name}`")).collect();
        let is = if names.len() == 1 { "is" } else { "are" };
        let said = format!(
            "{} {is} for tables in CSV, and the log `{}` is none",
            names.join(", "),
            self.name
        );
        Some((said, Some("remove that from `events` in the config")))
    }
}

/// The counts of a log while it is read.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    /// The number of its first line, once it has begun.
    first: Option<u32>,
    accepted: u64,
    /// The rejections of its lines.
    rejections: Rejections,
    /// True if its format was undetermined at its end, with lines pending.
    pub(super) has_pending: bool,
    /// True if it is a table in CSV.
    pub(super) is_csv: bool,
}

impl Tally {
    /// Sets the number of the first line, if it is not set.
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

    /// The outcome of the log.
    pub(super) fn outcome(&self, log: &Log, settings: &EventSettings) -> Outcome {
        let (source, opening) = (log.source(), &log.opening());
        let holds_lines = self.has_pending || self.rejections.total() > 0;
        let is_unreadable = holds_lines && self.accepted == 0;
        let damage = self.rejections.examples().iter().find(|e| e.reason == Reason::DamagedStream);
        let first = self.first.map_or(0, u64::from);
        Outcome {
            name: source.name().to_owned(),
            first_line: first,
            accepted: self.accepted,
            unreadable: is_unreadable
                .then(|| unreadable::describe(opening, settings, &self.rejections)),
            lost_after: damage.map(|example| example.line.saturating_sub(first)),
            has_trailing: source.has_trailing(),
            spread: unreadable::spread(opening, self.accepted, &self.rejections),
            unheeded: if self.is_csv || self.accepted == 0 {
                Vec::new()
            } else {
                settings.dialect.members()
            },
            lists: unreadable::lists(opening),
            members: unreadable::members(opening, &settings.dialect),
            entity: None,
            encoding: if self.is_csv { Encoding::Csv } else { log.encoding() },
            compression: source.compression().unwrap_or_default(),
        }
    }
}
