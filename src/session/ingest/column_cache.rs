//! The column cache: one file beside the store with the log's events as the tape has them, the slots
//! of keys of several attributes, and hashes of the keys as the store has them. A session that is
//! opened again reads it in place of the log, in a few hundredths of the time.
//!
//! A thread of its own writes it once the log is read to its end and nothing else is to be done: under
//! another name, in blocks with checksums, renamed once it is durable. It belongs to the logs (paths,
//! sizes, inodes, times of writing and of change, hashes of both ends and of samples between), to
//! what the config wants of them, and to the version of the program; if any of these is another one,
//! the log is read. Logs that are damaged, cut off, just changed, or pipes have none. Its loss costs
//! time and nothing else. At most 2 GiB.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

use crossbeam_channel::{Receiver, TryRecvError, bounded};
use xxhash_rust::xxh3::xxh3_128;

use crate::base::packed::Input;
use crate::engine::{KeyIndex, read_index, write_index};
use crate::log::Identity;
use crate::plan::Plan;
use crate::store::{Sealed, columns_file, sweep, write_sealed};
use crate::tape::{self, BufferPool, Demand, IoFault, Tape};

/// The largest file that is kept: about forty million events. Beyond that, what is found in a
/// user's folder for states is more than such a folder is made for.
const LIMIT: u64 = 2 << 30;

/// Where events of a log may be kept, the plan that is to have keys for them, and where they are
/// that find no room in memory.
pub(in crate::session) struct CacheLocation {
    pub(in crate::session) file: PathBuf,
    pub(in crate::session) plan: Arc<Plan>,
    pub(in crate::session) pager: Option<Arc<BufferPool>>,
}

/// What tells the events of a log from any others: the logs, what was wanted of them, and the
/// program that read them, since another version of it might read them otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session) struct CacheKey([u8; 16]);

impl CacheKey {
    pub(in crate::session) fn new(identity: &Identity, demand: &Demand) -> Self {
        let mut bytes = env!("CARGO_PKG_VERSION").as_bytes().to_vec();
        bytes.extend(tape::FORMAT.to_le_bytes());
        bytes.extend(identity.number().to_le_bytes());
        bytes.extend(demand.number().to_le_bytes());
        Self(xxh3_128(&bytes).to_le_bytes())
    }
}

/// Reads the events of this name, and gives them keys under the plan; `None` where the file is not
/// there or holds others. The error says in words that the file is damaged.
pub(in crate::session) fn read(
    kept: &CacheLocation,
    name: CacheKey,
    demand: &Demand,
) -> Result<Option<(Tape, KeyIndex)>, String> {
    try_to_read(kept, name, demand).map_err(|error| {
        format!("the saved columns of the log cannot be read ({error}): reading the log again")
    })
}

fn try_to_read(
    kept: &CacheLocation,
    name: CacheKey,
    demand: &Demand,
) -> io::Result<Option<(Tape, KeyIndex)>> {
    let CacheLocation { file, plan, pager } = kept;
    let Some(mut sealed) = Sealed::open(file)? else { return Ok(None) };
    let mut found = CacheKey([0; 16]);
    sealed.read_exact(&mut found.0)?;
    if found != name {
        return Ok(None);
    }
    let size = sealed.size();
    let mut input = Input::new(&mut sealed, size);
    let tape = Tape::read_from(demand, pager.as_ref(), &mut input)?;
    let index = read_index(plan, &tape, &mut input)?;
    // Nothing is behind it but the mark that all was written.
    if sealed.read(&mut [0])? > 0 {
        return Err(io::ErrorKind::InvalidData.into());
    }
    Ok(Some((tape, index)))
}

/// The file of a session's store.
pub(in crate::session) struct ColumnCache {
    file: PathBuf,
    writing: Option<Writing>,
    /// Whether writing failed: it is not tried again.
    failed: bool,
}

struct Writing {
    outcome: Receiver<io::Result<bool>>,
    thread: Option<JoinHandle<()>>,
}

impl ColumnCache {
    /// The file of the store in this folder, which must be held.
    pub(in crate::session) fn new(folder: &Path) -> Self {
        let file = columns_file(folder);
        // What is left of a session that was killed takes room, and no more.
        let _ = sweep(&file);
        Self { file, writing: None, failed: false }
    }

    /// Whether it is being written.
    #[must_use]
    pub(in crate::session) const fn is_busy(&self) -> bool {
        self.writing.is_some()
    }

    /// Whether it can be written now.
    #[must_use]
    pub(in crate::session) const fn is_ready(&self) -> bool {
        self.writing.is_none() && !self.failed
    }

    /// Starts to write the events of this name, and their keys under the plan. Call it only when
    /// [`ColumnCache::is_ready`].
    pub(in crate::session) fn write(&mut self, name: CacheKey, tape: Arc<Tape>, plan: Arc<Plan>) {
        let (sender, outcome) = bounded(1);
        let file = self.file.clone();
        let write = move || {
            let written = write_sealed(&file, LIMIT, |out| {
                out.write_all(&name.0)?;
                tape.write_to(out)?;
                write_index(&plan, &tape, out)?;
                // What could not be read again is not what was written.
                let fault = tape.pool().and_then(|pager| pager.fault());
                Ok(!matches!(fault, Some(IoFault::Read(_))))
            });
            // Whoever is told may change the tape.
            drop(tape);
            // A session that is gone has no use for it.
            let _ = sender.send(written);
        };
        let thread = Builder::new().name("columns".to_owned()).spawn(write).ok();
        self.writing = Some(Writing { outcome, thread });
    }

    /// Looks whether the file is written; what went wrong is returned once.
    pub(in crate::session) fn poll(&mut self) -> Option<String> {
        let outcome = self.writing.as_ref()?.outcome.try_recv();
        if matches!(outcome, Err(TryRecvError::Empty)) {
            return None;
        }
        self.writing = None;
        let words = match outcome {
            Ok(Ok(_)) => return None,
            Ok(Err(error)) => error.to_string(),
            Err(_) => "its thread has ended".to_owned(),
        };
        self.failed = true;
        let file = self.file.display();
        Some(format!(
            "the columns of the log cannot be saved in {file} ({words}): the next start reads the log again"
        ))
    }
}

/// Waits until the file is written.
impl Drop for ColumnCache {
    fn drop(&mut self) {
        if let Some(thread) = self.writing.as_mut().and_then(|writing| writing.thread.take()) {
            // A panic in there costs the next start some time, and nothing else.
            let _ = thread.join();
        }
    }
}
