//! Reading a log beside the replay: a thread that reads batches ahead of the one being applied.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread::{Builder, JoinHandle};

use crossbeam_channel::{Receiver, bounded};

use crate::base::clock;
use crate::base::events::EventSettings;
use crate::engine::KeyIndex;
use crate::log::{Identity, LogError, Next, Outcome, Reader, read_to_end};
use crate::tape::{Batch, Demand, Tape};

use super::column_cache::{self, CacheKey, CacheLocation};
use crate::session::worker::log_report::Known;

/// Where events come from.
#[derive(Clone, Debug, PartialEq)]
pub enum LogSource {
    /// Files, merged by time.
    Files(Vec<PathBuf>),
    /// Bytes that the program carries.
    Embedded {
        /// How it is called on the screen.
        name: &'static str,
        /// The bytes of the file.
        bytes: &'static [u8],
    },
}

impl LogSource {
    /// The name for the header: a file's name, or how many there are.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Embedded { name, .. } => (*name).to_owned(),
            Self::Files(paths) => match paths.as_slice() {
                [one] => one.file_name().map_or_else(
                    || one.display().to_string(),
                    |name| name.to_string_lossy().into_owned(),
                ),
                several => format!("{} logs", several.len()),
            },
        }
    }

    /// Its identity, if it has one that can be relied on.
    fn identity(&self) -> Option<Identity> {
        match self {
            Self::Embedded { .. } => None,
            Self::Files(paths) => {
                Identity::of(paths).filter(|identity| identity.is_settled_at(clock::wall()))
            }
        }
    }

    /// Opens it for a demand.
    pub fn open(&self, demand: &Demand) -> Result<Reader, LogError> {
        self.open_by(Reader::open, demand)
    }

    /// Opens it again: regular files alone.
    fn open_again(&self, demand: &Demand) -> Result<Reader, LogError> {
        self.open_by(Reader::open_again, demand)
    }

    fn open_by(
        &self,
        open: impl FnOnce(&[PathBuf], &EventSettings, &[String]) -> Result<Reader, LogError>,
        demand: &Demand,
    ) -> Result<Reader, LogError> {
        match self {
            Self::Files(paths) => open(paths, &demand.settings, &demand.attributes),
            Self::Embedded { name, bytes } => {
                Ok(Reader::embedded(name, *bytes, &demand.settings, &demand.attributes))
            }
        }
    }
}

/// What the thread brings.
pub(in crate::session) enum ReaderEvent {
    /// Lines.
    Batch(Box<Batch>),
    /// All that is there was brought; more may come.
    Idle,
    /// All events at once, as they were kept, and their keys under the plan.
    CachedColumns(Box<(Tape, KeyIndex)>),
    /// Kept events are unusable, in words: the log is read.
    Damaged(String),
    /// The log has ended; the name under which its events can be kept, and what is known of it.
    End(Option<CacheKey>, Box<Known>),
    /// It could not be read on; what was brought stands. The words say why.
    Failed(String),
}

impl ReaderEvent {
    /// What a reader that is gone without a word stands for.
    pub(in crate::session) fn lost() -> Self {
        Self::Failed("reading the log stopped: an internal error in its reader".to_owned())
    }
}

/// A log being read.
pub(in crate::session) struct LogReader {
    /// What it brings, in order.
    pub(in crate::session) incoming: Receiver<ReaderEvent>,
    done: Arc<AtomicU64>,
    held: Arc<AtomicUsize>,
    _thread: Option<JoinHandle<()>>,
}

/// The scale on which the share is counted.
const WHOLE: u64 = 1_000_000;

/// Starts to read a log. Where its events may be `kept`, they are taken from that file if they
/// are those of the log, and given keys under the plan.
#[must_use]
pub(in crate::session) fn start(
    source: LogSource,
    demand: Demand,
    kept: Option<CacheLocation>,
) -> LogReader {
    let whole = demand.clone();
    start_by(LogSource::open, source, demand, whole, kept)
}

/// Starts to read a log again. What is read may be a part of what is wanted: its events will be kept
/// under the name of the whole.
#[must_use]
pub(in crate::session) fn start_again(
    source: LogSource,
    demand: Demand,
    whole: Demand,
) -> LogReader {
    start_by(LogSource::open_again, source, demand, whole, None)
}

fn start_by(
    open: fn(&LogSource, &Demand) -> Result<Reader, LogError>,
    source: LogSource,
    demand: Demand,
    whole: Demand,
    kept: Option<CacheLocation>,
) -> LogReader {
    let (outgoing, incoming) = bounded(8);
    let done = Arc::new(AtomicU64::new(0));
    let share = Arc::clone(&done);
    let held = Arc::new(AtomicUsize::new(0));
    let needs = Arc::clone(&held);
    let read = move || {
        let identity = source.identity();
        if let (Some(kept), Some(identity)) = (kept, &identity) {
            match column_cache::read(&kept, CacheKey::new(identity, &demand), &demand) {
                Ok(Some(kept)) => {
                    return drop(outgoing.send(ReaderEvent::CachedColumns(Box::new(kept))));
                }
                Ok(None) => {}
                Err(words) => drop(outgoing.send(ReaderEvent::Damaged(words))),
            }
        }
        let mut reader = match open(&source, &demand) {
            Ok(reader) => reader,
            Err(error) => return drop(outgoing.send(ReaderEvent::Failed(error.to_string()))),
        };
        read_to_end(&mut reader, |answer| {
            let reader = answer.source;
            let loaded = match answer.next {
                Ok(Next::Batch(batch)) => ReaderEvent::Batch(batch),
                Ok(Next::Idle) => ReaderEvent::Idle,
                Ok(Next::End) => {
                    // What was read while it changed is no log that there ever was.
                    let same = identity.filter(|known| source.identity() == Some(*known));
                    let known = Known {
                        detected: reader.detected(),
                        outcomes: reader.outcomes(),
                        broken_off: None,
                    };
                    // What is wrong with a log is found out by reading it.
                    let is_sound = |outcome: &Outcome| {
                        outcome.unreadable.is_none()
                            && outcome.lost_after.is_none()
                            && outcome.spread.is_none()
                    };
                    let same = same.filter(|_| known.outcomes.iter().all(is_sound));
                    let name = same.map(|identity| CacheKey::new(&identity, &whole));
                    ReaderEvent::End(name, Box::new(known))
                }
                Err(error) => ReaderEvent::Failed(error.to_string()),
            };
            let progress = reader.progress();
            share.store(
                progress.bytes.saturating_mul(WHOLE) / progress.total_bytes.max(1),
                Ordering::Relaxed,
            );
            needs.store(progress.held, Ordering::Relaxed);
            match outgoing.send(loaded) {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            }
        });
    };
    let thread = Builder::new().name("log".to_owned()).spawn(read).ok();
    LogReader { incoming, done, held, _thread: thread }
}

impl LogReader {
    /// The share that is read, 0 to 1.
    #[must_use]
    pub(in crate::session) fn done(&self) -> f64 {
        (self.done.load(Ordering::Relaxed) as f64 / WHOLE as f64).min(1.0)
    }

    /// The bytes of memory that the reader holds; see [`Progress::held`](crate::log::Progress).
    #[must_use]
    pub(in crate::session) fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }
}
