//! The interface to where events come from: a log that is read once, or one that still grows.
//!
//! A source answers with batches until it is at its [end](Next::End). One that grows is
//! [idle](Next::Idle) in between: it has brought all that is there, and more may come. Who reads
//! then decides what to do meanwhile. A session goes on with its other work; a command without a
//! screen [waits](EventSource::next_batch), since its result is that of the whole log. A
//! [`Reader`](super::Reader) is never idle.

use std::ops::ControlFlow;
use std::time::Duration;

use crate::base::clock;
use crate::base::events::Format;
use crate::base::quantity::listed;
use crate::base::time::TimeUnit;
use crate::tape::{Batch, Projection};

use super::LogError;
use super::formats::Encoding;
use super::outcome::Outcome;
use super::source::Compression;

/// The most logs that are listed of one form.
const LOGS: usize = 6;

/// The answer of a source that is asked for more.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// The next events. A batch may hold rejections only.
    Batch(Box<Batch>),
    /// No events are there, but more may come.
    Idle,
    /// There will be no more events.
    End,
}

/// The progress of reading a source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes read from the file: compressed ones if it is compressed.
    pub bytes: u64,
    /// The bytes of all files; 0 if unknown, as for a pipe.
    pub total_bytes: u64,
    /// Lines read, blank and rejected ones included.
    pub lines: u64,
    /// The bytes of memory of the encoder, which grow with the number of distinct values.
    pub held: usize,
}

/// The detected properties of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detected {
    /// The format.
    pub format: Format,
    /// The format's name in a config.
    pub format_name: &'static str,
    /// The member with the time.
    pub timestamp: String,
    /// The member with the type.
    pub kind: Option<String>,
    /// The unit of the first time, if it is a number.
    pub unit: Option<TimeUnit>,
    /// What the config says about how times are written, in words: `times by %Y%m%d%H`.
    pub times: Option<String>,
    /// The encoding of the first log that has one.
    pub encoding: Encoding,
    /// The compression of the first log.
    pub compression: Compression,
}

impl Detected {
    /// Format, encoding and compression: `flat, CSV, gzip`; of logs that differ in these, those of
    /// each: `flat; CSV: a, b; NDJSON: c`.
    #[must_use]
    pub fn form(&self, outcomes: &[Outcome]) -> String {
        let mut groups: Vec<((Encoding, Compression), Vec<&str>)> = Vec::new();
        for log in outcomes.iter().filter(|outcome| outcome.entity.is_none()) {
            let own = (log.encoding, log.compression);
            match groups.iter_mut().find(|(known, _)| *known == own) {
                Some((_, logs)) => logs.push(&log.name),
                None => groups.push((own, vec![&log.name])),
            }
        }
        if groups.len() < 2 {
            return format!("{}, {}", self.format_name, self.encoding.within(self.compression));
        }
        let groups = groups.into_iter().map(|((encoding, compression), logs)| {
            format!("{}: {}", encoding.within(compression), listed(&logs, LOGS))
        });
        format!("{}; {}", self.format_name, groups.collect::<Vec<_>>().join("; "))
    }
}

/// A source of events, in batches that follow each other in the log.
pub trait EventSource: Send {
    /// Narrows the events to what a replay requires that compares no fingerprints: what else they
    /// hold may be left out. Called before the first [`next`](Self::next), if at all.
    fn narrow(&mut self, projections: &[Projection]);

    /// The next answer, without waiting for events that are not there. After [`Next::End`] or an
    /// error it is not asked again.
    fn next(&mut self) -> Result<Next, LogError>;

    /// Waits, after [`Next::Idle`], until there may be more; a second at most, so that a thread
    /// that waits can end.
    fn wait(&mut self);

    /// The progress.
    fn progress(&self) -> Progress;

    /// The detected properties; `None` before the first batch.
    fn detected(&self) -> Option<Detected>;

    /// The outcome of each log, once all are read.
    fn outcomes(&self) -> Vec<Outcome>;

    /// The next batch; `None` at the end. Waits while the source is idle.
    fn next_batch(&mut self) -> Result<Option<Batch>, LogError> {
        loop {
            match self.next()? {
                Next::Batch(batch) => return Ok(Some(*batch)),
                Next::Idle => self.wait(),
                Next::End => return Ok(None),
            }
        }
    }
}

/// An answer of a source that is read to its end.
pub struct Answer<'s> {
    /// The source.
    pub source: &'s dyn EventSource,
    /// Its answer; an error is the last one.
    pub next: Result<Next, LogError>,
    /// The time that all answers took so far.
    pub took: Duration,
}

/// Reads a source to its end or its first error, unless `take` breaks off; then this is what it
/// broke off with. Waits while the source is idle.
pub fn read_to_end<B>(
    source: &mut dyn EventSource,
    mut take: impl FnMut(Answer<'_>) -> ControlFlow<B>,
) -> Option<B> {
    let mut took = Duration::ZERO;
    loop {
        let started = clock::instant();
        let next = source.next();
        took += started.elapsed();
        let (is_idle, ends) =
            (matches!(next, Ok(Next::Idle)), matches!(next, Ok(Next::End) | Err(_)));
        if let ControlFlow::Break(broken) = take(Answer { source, next, took }) {
            return Some(broken);
        }
        if ends {
            return None;
        }
        if is_idle {
            source.wait();
        }
    }
}
