//! A session that a test drives: it waits for what the session publishes, with a deadline that
//! only a hang misses, and reads all values at once. It must not know what a test is about.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use counterscope::base::clock;
use counterscope::session::protocol::{Command, Layout, Link, Sort, SortBy, Speed, Viewport};
use counterscope::session::snapshot::{Snapshot, State};
use counterscope::session::{self, ConfigSource, LogSource, SessionError, Setup, Start};

const DEADLINE: Duration = Duration::from_secs(60);

/// A running session. Ends when it is dropped, without waiting for its last writes.
pub(crate) struct Live {
    link: Link,
    worker: Option<JoinHandle<()>>,
    latest: Option<Arc<Snapshot>>,
    generation: u64,
}

/// What a session of files works on; it goes to the end of the log at once.
pub(crate) fn setup(config: &Path, log: &Path, store: Option<PathBuf>) -> Setup {
    Setup {
        config: ConfigSource::File(config.to_owned()),
        log: LogSource::Files(vec![log.to_owned()]),
        store,
        speed: Speed::Times(1.0),
        start: Start::End,
        max_memory: None,
        threads: 2,
    }
}

impl Live {
    pub(crate) fn try_start(setup: Setup) -> Result<Self, SessionError> {
        let running = session::start(setup)?;
        let (link, worker) = (running.link, Some(running.worker));
        Ok(Self { link, worker, latest: None, generation: 0 })
    }

    pub(crate) fn start(setup: Setup) -> Self {
        Self::try_start(setup).unwrap()
    }

    pub(crate) fn send(&self, command: Command) {
        self.link.commands.send(command).unwrap();
    }

    /// Waits for a snapshot that is as wanted; the newest may be it.
    pub(crate) fn wait(
        &mut self,
        what: &str,
        mut is_it: impl FnMut(&Snapshot) -> bool,
    ) -> Arc<Snapshot> {
        let deadline = clock::instant() + DEADLINE;
        loop {
            if let Some(snapshot) = self.link.take() {
                self.latest = Some(snapshot);
            }
            if let Some(snapshot) = self.latest.as_ref().filter(|snapshot| is_it(snapshot)) {
                return Arc::clone(snapshot);
            }
            if let Err(error) = self.link.pings.recv_deadline(deadline) {
                let notice = self.latest.as_ref().and_then(|snapshot| snapshot.notice.clone());
                let transport = self.latest.as_ref().map(|snapshot| &snapshot.transport);
                panic!("no {what}: {error}; {transport:?}; {notice:?}");
            }
        }
    }

    /// Waits until it stands still.
    pub(crate) fn settle(&mut self) -> Arc<Snapshot> {
        self.wait("standstill", stands)
    }

    /// Waits until words were said, be it in the newest notice.
    pub(crate) fn said(&mut self, words: &str) -> Arc<Snapshot> {
        self.wait(words, |snapshot| {
            snapshot.notice.as_ref().is_some_and(|notice| notice.text.contains(words))
        })
    }

    /// Waits until it stands still, and returns all values there: each output at each key that it
    /// was written at, with what is served and when it was written.
    pub(crate) fn rows(&mut self) -> Vec<String> {
        // An order that is begun on the way may be shown once more when the end is reached.
        self.settle();
        self.generation += 1;
        let generation = self.generation;
        self.send(Command::Viewport(Viewport {
            generation,
            layout: Layout::Long,
            sort: Sort { by: SortBy::Key, descending: false },
            rows: usize::MAX,
            timeline: 0,
            history: 0,
            ..Viewport::default()
        }));
        let snapshot = self.wait("values", |snapshot| {
            let sorted = snapshot.values.ordering.is_none();
            snapshot.generation == generation && sorted && stands(snapshot)
        });
        assert_eq!(snapshot.values.rows.len(), snapshot.values.total_rows);
        let row = |row: &session::snapshot::Row| {
            let output = row.output.as_ref().unwrap();
            let (name, served) = (&output.name, output.served);
            format!(
                "{name} {}: {:?} {served:?} {:?}",
                row.key, row.cells[0].reading, row.last_write
            )
        };
        snapshot.values.rows.iter().map(row).collect()
    }

    /// Ends it in good order.
    pub(crate) fn quit(mut self) {
        self.send(Command::Quit);
        self.worker.take().unwrap().join().unwrap();
    }
}

fn stands(snapshot: &Snapshot) -> bool {
    matches!(snapshot.transport.state, State::Paused | State::Ended)
}
