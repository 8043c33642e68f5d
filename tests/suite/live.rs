//! A session that a test drives: it waits for what the session publishes, with a deadline that
//! only a hang misses, and reads all values at once. It must not know what a test is about.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use counterscope::session::protocol::{Command, Layout, Link, Sort, SortBy, Speed, Viewport};
use counterscope::session::snapshot::{Row, Snapshot, State};
use counterscope::session::{self, ConfigSource, LogSource, Running, SessionError, Setup, Start};

use crate::stepper::Stepper;

/// By the session's clock, which moves on at once where nothing else is left to do.
const DEADLINE: Duration = Duration::from_secs(600);

/// By the wall's clock.
const REAL_DEADLINE: Duration = Duration::from_secs(60);

/// A session. Ends when it is dropped, without its last writes.
pub(crate) struct Live {
    driver: Driver,
    latest: Option<Arc<Snapshot>>,
    generation: u64,
}

/// What lets it go on.
enum Driver {
    /// The test, step by step.
    Steps(Box<Stepper>),
    /// Threads, and the wall's clock.
    Threads(Link, JoinHandle<()>),
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
        Ok(Self::by(Driver::Steps(Box::new(Stepper::start(setup)?))))
    }

    /// A session as users have it, with threads and a watch on its config.
    pub(crate) fn threaded(setup: Setup) -> Self {
        Self::of(session::start(setup).unwrap())
    }

    /// The same, of a session that runs.
    pub(crate) fn of(running: Running) -> Self {
        Self::by(Driver::Threads(running.link, running.worker))
    }

    const fn by(driver: Driver) -> Self {
        Self { driver, latest: None, generation: 0 }
    }

    /// The steps of a session that the test drives.
    pub(crate) fn stepper(&mut self) -> &mut Stepper {
        match &mut self.driver {
            Driver::Steps(stepper) => stepper,
            Driver::Threads(..) => panic!("threads drive it"),
        }
    }

    pub(crate) fn start(setup: Setup) -> Self {
        Self::try_start(setup).unwrap()
    }

    pub(crate) fn send(&mut self, command: Command) {
        match &mut self.driver {
            Driver::Steps(stepper) => stepper.send(command),
            Driver::Threads(link, _) => link.commands.send(command).unwrap(),
        }
    }

    /// Waits until a snapshot is as wanted; the newest may be it.
    pub(crate) fn wait(
        &mut self,
        what: &str,
        mut is_it: impl FnMut(&Snapshot) -> bool,
    ) -> Arc<Snapshot> {
        loop {
            if let Some(snapshot) = self.latest.as_ref().filter(|snapshot| is_it(snapshot)) {
                return Arc::clone(snapshot);
            }
            let next = match &mut self.driver {
                Driver::Steps(stepper) => stepper.next(DEADLINE),
                Driver::Threads(link, _) => loop {
                    if link.pings.recv_timeout(REAL_DEADLINE).is_err() {
                        break None;
                    }
                    if let Some(snapshot) = link.take() {
                        break Some(snapshot);
                    }
                },
            };
            if next.is_none() {
                let notice = self.latest.as_ref().and_then(|snapshot| snapshot.notice.clone());
                let transport = self.latest.as_ref().map(|snapshot| &snapshot.transport);
                panic!("no {what}: {transport:?}; {notice:?}");
            }
            self.latest = next;
        }
    }

    /// Steps until nothing is left to do.
    pub(crate) fn run(&mut self) {
        self.stepper().run();
        let newest = self.stepper().take();
        self.latest = newest.or_else(|| self.latest.take());
    }

    /// Lets so much time pass.
    pub(crate) fn pass(&mut self, time: Duration) {
        let stepper = self.stepper();
        let until = stepper.clock.now() + time;
        while stepper.clock.now() < until {
            stepper.step();
        }
        let newest = stepper.take();
        self.latest = newest.or_else(|| self.latest.take());
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
        let row = |row: &Row| {
            let output = row.output.as_ref().unwrap();
            let (name, served) = (&output.name, &output.served);
            format!(
                "{name} {}: {:?} {served:?} {:?}",
                row.key, row.cells[0].reading, row.last_write
            )
        };
        snapshot.values.rows.iter().map(row).collect()
    }

    /// Ends it in good order.
    pub(crate) fn quit(self) {
        match self.driver {
            Driver::Steps(stepper) => stepper.quit(),
            Driver::Threads(link, worker) => {
                link.commands.send(Command::Quit).unwrap();
                worker.join().unwrap();
            }
        }
    }
}

fn stands(snapshot: &Snapshot) -> bool {
    matches!(snapshot.transport.state, State::Paused | State::Ended)
}
