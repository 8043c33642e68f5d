//! The worker: the one thread that a session runs on. It waits for what comes in from outside, lets
//! the session take a step, and has its effects carried out (`ports`). All policy is in the session.

use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, bounded, never, select, unbounded};

use crate::base::Clock;

use super::ports::{Newest, Ports};
use crate::session::ingest::column_cache::CacheThread;
use crate::session::ingest::line_reading::LineThread;
use crate::session::ingest::linting::LintThread;
use crate::session::ingest::profiling::ProfileThread;
use crate::session::opening::{Opened, Opening};
use crate::session::persistence::writer_thread::StoreWriter;
use crate::session::protocol::{Command, Link};
use crate::session::query::{Asked, QueryHandle};
use crate::session::state_machine::{Input, Session};
use crate::session::{Running, SessionError, Setup};

/// How long to wait for something to come in while nothing is due.
const FOR_EVER: Duration = Duration::from_secs(3600);

/// A session on its thread.
struct Worker {
    session: Session,
    ports: Ports,
    commands: Receiver<Command>,
    queries: Receiver<Asked>,
}

/// Opens a session and starts its threads.
pub(in crate::session) fn start(setup: Setup) -> Result<Running, SessionError> {
    let (ping, pings) = bounded(1);
    let newest = Newest::default();
    let mut ports = Ports::new(&setup, newest.clone(), ping);
    let opening = Opening::new(setup)?;
    // Reading may begin while the store is opened: the file of columns is replaced as a whole.
    ports.carry_out(opening.read_log());
    let Opened { session, effects, .. } = opening.open(Clock::System)?;
    effects.into_iter().for_each(|effect| _ = ports.carry_out(effect));
    let (commands, incoming) = unbounded();
    let (query_handle, queries) = QueryHandle::new();
    let worker = Worker { session, ports, commands: incoming, queries };
    let worker: JoinHandle<()> = Builder::new()
        .name("worker".to_owned())
        .spawn(move || worker.run())
        .map_err(SessionError::Thread)?;
    Ok(Running { link: Link { commands, newest, pings }, queries: query_handle, worker })
}

impl Worker {
    /// Works until the session is over.
    fn run(mut self) {
        let clock = Clock::System;
        let mut input = Input::Nothing;
        loop {
            let step = self.session.step(input, clock.now());
            for effect in step.effects {
                if !self.ports.carry_out(effect) {
                    return;
                }
            }
            input = self.wait(step.due, &clock);
        }
    }

    /// Takes what has come in; waits for it until a step is due.
    fn wait(&mut self, due: Option<Instant>, clock: &Clock) -> Input {
        // Commands first, whatever else has come in.
        if let Ok(command) = self.commands.try_recv() {
            return Input::Command(command);
        }
        if let Some(input) = self.ports.brought.pop_front() {
            return input;
        }
        let timeout = due.map_or(FOR_EVER, |due| due.saturating_duration_since(clock.now()));
        let (no_event, no_touch, no_outcome) = (never(), never(), never());
        let (no_line, no_profile, no_lints) = (never(), never(), never());
        let [first, again] = &self.ports.readers;
        let first = first.as_ref().map_or(&no_event, |reader| &reader.incoming);
        let again = again.as_ref().map_or(&no_event, |reader| &reader.incoming);
        let touched = self.ports.watch.as_ref().map_or(&no_touch, |watch| &watch.touched);
        let store = self.ports.store.as_ref().and_then(StoreWriter::outcomes);
        let columns = self.ports.columns.as_ref().map_or(&no_outcome, CacheThread::outcome);
        let line = self.ports.looks.line.as_ref().map_or(&no_line, LineThread::incoming);
        let profile =
            self.ports.looks.profile.as_ref().map_or(&no_profile, ProfileThread::incoming);
        let lints = self.ports.looks.lints.as_ref().map_or(&no_lints, LintThread::incoming);
        select! {
            recv(self.commands) -> command => {
                // The screen is gone.
                let quit = |_| {
                    self.commands = never();
                    Command::Quit
                };
                Input::Command(command.unwrap_or_else(quit))
            }
            recv(self.queries) -> asked => {
                if let Ok(asked) = asked {
                    self.ports.asked(asked)
                } else {
                    // No client is left.
                    self.queries = never();
                    Input::Nothing
                }
            }
            recv(touched) -> _ => {
                touched.try_iter().for_each(drop);
                Input::ConfigTouched
            }
            recv(first) -> event => self.ports.read(0, event.ok()),
            recv(again) -> event => self.ports.read(1, event.ok()),
            recv(store.unwrap_or(&no_outcome)) -> outcome => self.ports.committed(outcome.ok()),
            recv(columns) -> outcome => self.ports.columns_written(outcome.ok()),
            recv(line) -> read => self.ports.line_read(read.ok()),
            recv(profile) -> event => self.ports.profile_read(event.ok()),
            recv(lints) -> found => self.ports.linted(found.ok()),
            default(timeout) => Input::Nothing,
        }
    }
}
