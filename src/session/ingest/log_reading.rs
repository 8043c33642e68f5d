//! A reading of the log from its first event to its last, one event of the reader at a time, on
//! whatever thread asks for the next.

use std::path::PathBuf;

use crate::log::{EventSource, Identity, Next, Outcome};

use super::column_cache::{self, CacheKey, CacheLocation};
use super::log_report::Known;
use super::reader_event::{ReadProgress, ReadRequest, ReaderEvent, ReaderId};
use super::source::LogSource;
use super::stamps::Stamps;

/// A log that is being read.
pub struct LogReading {
    source: LogSource,
    request: ReadRequest,
    /// The file of the column cache.
    cache: Option<PathBuf>,
    stage: Stage,
}

enum Stage {
    Stamping,
    ReadingCache,
    Opening(Option<Identity>),
    Reading(Box<dyn EventSource>, Option<Identity>),
    /// The source was idle.
    Idle(Box<dyn EventSource>, Option<Identity>),
    Over,
}

impl LogReading {
    /// A reading that has not begun. Where a file of columns is given, it is looked at first, if
    /// the request allows that.
    #[must_use]
    pub fn new(source: LogSource, request: ReadRequest, cache: Option<PathBuf>) -> Self {
        Self { source, request, cache, stage: Stage::Stamping }
    }

    /// Opens the logs: again, regular files alone.
    fn open(&mut self, identity: Option<Identity>) -> ReaderEvent {
        let demand = &self.request.demand;
        let opened = match self.request.id {
            ReaderId::First => self.source.open(demand),
            ReaderId::Again(_) => self.source.open_again(demand),
        };
        match opened {
            Ok(reader) => self.read_on(Box::new(reader), identity),
            Err(error) => ReaderEvent::Failed(error.to_string()),
        }
    }

    fn read_on(
        &mut self,
        mut reader: Box<dyn EventSource>,
        identity: Option<Identity>,
    ) -> ReaderEvent {
        match reader.next() {
            Ok(Next::Batch(batch)) => {
                let progress = reader.progress();
                let done = progress.bytes as f64 / progress.total_bytes.max(1) as f64;
                let progress = ReadProgress { done: done.min(1.0), held: progress.held };
                self.stage = Stage::Reading(reader, identity);
                ReaderEvent::Batch(batch, progress)
            }
            Ok(Next::Idle) => {
                self.stage = Stage::Idle(reader, identity);
                ReaderEvent::Idle
            }
            Ok(Next::End) => self.end(&*reader, identity),
            Err(error) => ReaderEvent::Failed(error.to_string()),
        }
    }

    fn end(&self, reader: &dyn EventSource, identity: Option<Identity>) -> ReaderEvent {
        // What was read while it changed is no log that there ever was.
        let same =
            identity.filter(|known| self.source.identity(&self.request.demand) == Some(*known));
        let known =
            Known { detected: reader.detected(), outcomes: reader.outcomes(), broken_off: None };
        // What is wrong with a log is found out by reading it.
        let is_sound = |outcome: &Outcome| {
            outcome.unreadable.is_none() && outcome.lost_after.is_none() && outcome.spread.is_none()
        };
        let same = same.filter(|_| known.outcomes.iter().all(is_sound));
        let key = same.map(|identity| CacheKey::new(&identity, &self.request.whole));
        ReaderEvent::End(key, Box::new(known))
    }

    /// The columns of the log from the cache, or why they cannot be read; `None` where it has none.
    fn read_cache(&self, identity: Option<&Identity>) -> Option<ReaderEvent> {
        let (file, (plan, pager)) = (self.cache.clone()?, self.request.cached.clone()?);
        let demand = &self.request.demand;
        let key = CacheKey::new(identity?, demand);
        match column_cache::read(&CacheLocation { file, plan, pager }, key, demand) {
            Ok(Some(cached)) => Some(ReaderEvent::CachedColumns(Box::new(cached))),
            Ok(None) => None,
            Err(words) => Some(ReaderEvent::Damaged(words)),
        }
    }
}

impl Iterator for LogReading {
    type Item = ReaderEvent;

    fn next(&mut self) -> Option<ReaderEvent> {
        let event = match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Stamping => {
                self.stage = Stage::ReadingCache;
                ReaderEvent::Started(Stamps::of(&self.source.files(&self.request.demand)))
            }
            Stage::ReadingCache => {
                let identity = self.source.identity(&self.request.demand);
                match self.read_cache(identity.as_ref()) {
                    Some(event) => {
                        if !event.is_last() {
                            self.stage = Stage::Opening(identity);
                        }
                        event
                    }
                    None => self.open(identity),
                }
            }
            Stage::Opening(identity) => self.open(identity),
            Stage::Reading(reader, identity) => self.read_on(reader, identity),
            Stage::Idle(mut reader, identity) => {
                reader.wait();
                self.read_on(reader, identity)
            }
            Stage::Over => return None,
        };
        Some(event)
    }
}
