//! The log's reader on a thread of its own, a few batches ahead of the one being applied.

use std::path::PathBuf;
use std::thread::Builder;

use crossbeam_channel::{Receiver, bounded};

use super::log_reading::LogReading;
use super::reader_event::{ReadRequest, ReaderEvent, ReaderId};
use super::source::LogSource;
use super::tuning::TUNING;

/// A reader. It ends when this is dropped.
pub(in crate::session) struct ReaderThread {
    pub(in crate::session) id: ReaderId,
    /// What it brings, in order.
    pub(in crate::session) incoming: Receiver<ReaderEvent>,
}

/// Starts to read a log. A thread that cannot be started is a reader that is gone.
#[must_use]
pub(in crate::session) fn start(
    source: LogSource,
    request: ReadRequest,
    cache: Option<PathBuf>,
) -> ReaderThread {
    let (outgoing, incoming) = bounded(TUNING.queued_reader_events);
    let id = request.id;
    let read = move || {
        for event in LogReading::new(source, request, cache) {
            if outgoing.send(event).is_err() {
                return;
            }
        }
    };
    let _ = Builder::new().name("log".to_owned()).spawn(read);
    ReaderThread { id, incoming }
}
