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

use crossbeam_channel::{Receiver, bounded};
use xxhash_rust::xxh3::xxh3_128;

use crate::base::packed::Input;
use crate::engine::{KeyIndex, read_index, write_index};
use crate::log::Identity;
use crate::plan::Plan;
use crate::store::{Sealed, columns_file, profile_file, sweep, write_sealed};
use crate::tape::{self, BufferPool, Demand, IoFault, Tape};

use super::tuning::TUNING;

/// Where events of a log may be kept, the plan that is to have keys for them, and where they are
/// that find no room in memory.
pub(in crate::session) struct CacheLocation {
    pub(in crate::session) file: PathBuf,
    pub(in crate::session) plan: Arc<Plan>,
    pub(in crate::session) pager: Option<Arc<BufferPool>>,
}

/// What tells the events of a log from any others: the logs, what was wanted of them, and the
/// program that read them, since another version of it might read them otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheKey([u8; 16]);

impl CacheKey {
    pub(in crate::session) fn new(identity: &Identity, demand: &Demand) -> Self {
        let mut bytes = env!("CARGO_PKG_VERSION").as_bytes().to_vec();
        bytes.extend(tape::FORMAT.to_le_bytes());
        bytes.extend(identity.number().to_le_bytes());
        bytes.extend(demand.number().to_le_bytes());
        Self::of(&bytes)
    }

    pub(super) fn of(bytes: &[u8]) -> Self {
        Self(xxh3_128(bytes).to_le_bytes())
    }

    pub(super) const fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) const fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.0
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

/// The columns of a log that are to be cached: they are written wherever that is called for.
pub struct Columns {
    pub(in crate::session) key: CacheKey,
    pub(in crate::session) tape: Arc<Tape>,
    pub(in crate::session) plan: Arc<Plan>,
}

impl Columns {
    /// Writes them to a file; nobody reads the tape for it when this returns. The error says in
    /// words what was not done.
    pub fn write(self, file: &Path) -> Result<(), String> {
        let Self { key, tape, plan } = self;
        let written = write_sealed(file, TUNING.max_cache_bytes, |out| {
            out.write_all(&key.0)?;
            tape.write_to(out)?;
            write_index(&plan, &tape, out)?;
            // What could not be read again is not what was written.
            let fault = tape.pool().and_then(|pager| pager.fault());
            Ok(!matches!(fault, Some(IoFault::Read(_))))
        });
        written.map(drop).map_err(|error| not_written(file, &error.to_string()))
    }
}

fn not_written(file: &Path, words: &str) -> String {
    let file = file.display();
    format!(
        "the columns of the log cannot be saved in {file} ({words}): the next start reads the log \
         again"
    )
}

/// The file of the column cache of a store that is held, cleared of what a session that was killed
/// has left beside it and beside the profile of the log.
pub(in crate::session) fn cache_file(folder: &Path) -> PathBuf {
    let file = columns_file(folder);
    // What is left takes room, and no more.
    let _ = sweep(&file);
    let _ = sweep(&profile_file(folder));
    file
}

/// A thread that writes the column cache. Dropped, it is waited for.
pub(in crate::session) struct CacheThread {
    file: PathBuf,
    outcome: Receiver<Result<(), String>>,
    thread: Option<JoinHandle<()>>,
}

impl CacheThread {
    /// Starts to write columns to a file.
    pub(in crate::session) fn start(file: PathBuf, columns: Columns) -> Self {
        let (sender, outcome) = bounded(1);
        let target = file.clone();
        // A session that is gone has no use for the outcome.
        let write = move || drop(sender.send(columns.write(&target)));
        let thread = Builder::new().name("columns".to_owned()).spawn(write).ok();
        Self { file, outcome, thread }
    }

    /// Where the outcome comes from, once.
    pub(in crate::session) const fn outcome(&self) -> &Receiver<Result<(), String>> {
        &self.outcome
    }

    /// The outcome of a thread that is gone without one.
    pub(in crate::session) fn lost(&self) -> Result<(), String> {
        Err(not_written(&self.file, "its thread has ended"))
    }
}

impl Drop for CacheThread {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.take() {
            // A panic in there costs the next start some time, and nothing else.
            let _ = thread.join();
        }
    }
}
