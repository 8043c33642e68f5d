//! The ports of a session: its effects are carried out here, and what they bring goes back in. The
//! reader of the log, a line that is read back, the profile, the store and the column cache have a
//! thread each.

use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crossbeam_channel::Sender;

use crate::session::Setup;
use crate::session::config::edits::ConfigWrite;
use crate::session::config::source::{ConfigRead, ConfigSource};
use crate::session::config::watch::{self, Watch};
use crate::session::ingest::column_cache::CacheThread;
use crate::session::ingest::line_reading::{LineThread, ReadMembers};
use crate::session::ingest::linting::{LintThread, Linted};
use crate::session::ingest::profiling::{ProfileEvent, ProfileThread};
use crate::session::ingest::reader_event::{ReaderEvent, ReaderId};
use crate::session::ingest::reader_thread::{self, ReaderThread};
use crate::session::ingest::source::LogSource;
use crate::session::ingest::stamps::Stamps;
use crate::session::persistence::writer_thread::StoreWriter;
use crate::session::query::{Answer, Asked, Ticket};
use crate::session::snapshot::Snapshot;
use crate::session::state_machine::{Effect, Input};
use crate::store::{columns_file, profile_file};

/// The newest snapshot, until the screen takes it.
pub(in crate::session) type Newest = Arc<Mutex<Option<Arc<Snapshot>>>>;

/// What a session has outside of itself.
pub(super) struct Ports {
    config: ConfigSource,
    pub(super) watch: Option<Watch>,
    log: LogSource,
    /// The file of the column cache.
    cache: Option<PathBuf>,
    /// The first reader of the log, and the one that reads it again.
    pub(super) readers: [Option<ReaderThread>; 2],
    pub(super) store: Option<StoreWriter>,
    pub(super) columns: Option<CacheThread>,
    pub(super) looks: Looks,
    newest: Newest,
    ping: Sender<()>,
    /// Where the answers to queries go, and how many queries there were.
    replies: (HashMap<Ticket, Sender<Answer>>, u64),
    /// What has been brought at once.
    pub(super) brought: VecDeque<Input>,
}

/// Looks at the log beside the reading of its events.
pub(super) struct Looks {
    /// A line is read back.
    pub(super) line: Option<LineThread>,
    /// Its profile is read.
    pub(super) profile: Option<ProfileThread>,
    /// Lints look at it.
    pub(super) lints: Option<LintThread>,
    /// The file of the profile.
    profile_file: Option<PathBuf>,
}

impl Ports {
    /// The ports of a session that publishes there. The config's file is watched from now on.
    pub(super) fn new(setup: &Setup, newest: Newest, ping: Sender<()>) -> Self {
        let mut ports = Self {
            config: setup.config.clone(),
            watch: None,
            log: setup.log.clone(),
            cache: setup.store.as_deref().map(columns_file),
            readers: [None, None],
            store: None,
            columns: None,
            looks: Looks {
                line: None,
                profile: None,
                lints: None,
                profile_file: setup.store.as_deref().map(profile_file),
            },
            newest,
            ping,
            replies: (HashMap::new(), 0),
            brought: VecDeque::new(),
        };
        ports.watch = setup.config.path().and_then(|path| ports.watch_config(path));
        ports
    }

    fn watch_config(&mut self, path: &Path) -> Option<Watch> {
        watch::watch(path)
            .inspect_err(|error| self.brought.push_back(Input::Unwatched(error.to_string())))
            .ok()
    }

    /// A query has come in: its number stands for the client.
    pub(super) fn asked(&mut self, (query, reply): Asked) -> Input {
        let (replies, count) = &mut self.replies;
        *count += 1;
        let ticket = Ticket(*count);
        replies.insert(ticket, reply);
        Input::Query(ticket, query)
    }

    /// Carries an effect out. Returns whether the session goes on.
    pub(super) fn carry_out(&mut self, effect: Effect) -> bool {
        match effect {
            Effect::ReadConfig { asked, files } => self.read_config(asked, &files),
            Effect::WriteConfig(write) => self.write_config(write),
            Effect::ReadLog(request) => {
                let place = place_of(request.id);
                let cache = self.cache.clone();
                self.readers[place] = Some(reader_thread::start(self.log.clone(), *request, cache));
            }
            Effect::StopReading(id) => _ = self.readers[place_of(id)].take_if(|it| it.id == id),
            Effect::ReadLine(request) => {
                self.looks.line = Some(LineThread::start(self.log.clone(), *request));
            }
            Effect::ReadProfile(request) => {
                let (log, file) = (self.log.clone(), self.looks.profile_file.clone());
                // One that runs is stopped before another starts.
                self.looks.profile = None;
                self.looks.profile = Some(ProfileThread::start(log, *request, file));
            }
            Effect::Lint(request) => {
                self.looks.lints = Some(LintThread::start(self.log.clone(), *request));
            }
            Effect::StopLints => {
                if let Some(lints) = &mut self.looks.lints {
                    lints.stop();
                }
            }
            Effect::StampFiles(files) => {
                self.brought.push_back(Input::Stamps(Stamps::of(&files)));
            }
            Effect::OpenStore(store) => self.store = Some(StoreWriter::new(store)),
            Effect::Commit(commit) => {
                if let Some(store) = &mut self.store {
                    store.write(commit);
                }
            }
            Effect::WriteColumns(columns) => {
                if let Some(file) = &self.cache {
                    self.columns = Some(CacheThread::start(file.clone(), columns));
                }
            }
            Effect::Publish(snapshot) => {
                *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = Some(snapshot);
                // A ping that is not yet taken stands for this snapshot too.
                let _ = self.ping.try_send(());
            }
            Effect::Answer(ticket, answer) => {
                // A client that is gone has no use for it.
                if let Some(reply) = self.replies.0.remove(&ticket) {
                    let _ = reply.send(answer);
                }
            }
            Effect::Quit => return false,
        }
        true
    }

    /// This came from a reader, or nothing, since its thread has ended.
    pub(super) fn read(&mut self, place: usize, event: Option<ReaderEvent>) -> Input {
        let event = event.unwrap_or_else(ReaderEvent::lost);
        let reader = &mut self.readers[place];
        let id = reader.as_ref().map_or(ReaderId::First, |reader| reader.id);
        reader.take_if(|_| event.is_last());
        Input::Reader(id, event)
    }

    /// This is the outcome of a commit, or none, since the store's thread has ended.
    pub(super) fn committed(&mut self, outcome: Option<Result<(), String>>) -> Input {
        Input::Committed(match &mut self.store {
            Some(store) => store.settle(outcome),
            None => Ok(()),
        })
    }

    /// This is the line that was read back, or nothing, since its thread has ended.
    pub(super) fn line_read(&mut self, read: Option<ReadMembers>) -> Input {
        self.looks.line.take().map_or(Input::Nothing, |thread| {
            let (request, members) = thread.end(read);
            Input::Line(request, members)
        })
    }

    /// This came from the reading of the profile, or nothing, since its thread has ended.
    pub(super) fn profile_read(&mut self, event: Option<ProfileEvent>) -> Input {
        let event = event.unwrap_or_else(ProfileEvent::lost);
        self.looks.profile.take_if(|_| event.is_last());
        Input::Profile(event)
    }

    /// This is what lints have found, or nothing, since their thread has ended.
    pub(super) fn linted(&mut self, found: Option<Linted>) -> Input {
        self.looks
            .lints
            .take()
            .map_or(Input::Nothing, |thread| Input::Linted(found.unwrap_or_else(|| thread.lost())))
    }

    /// This is the outcome of writing the column cache, or none, since its thread has ended.
    pub(super) fn columns_written(&mut self, outcome: Option<Result<(), String>>) -> Input {
        let lost = |thread: CacheThread| outcome.unwrap_or_else(|| thread.lost());
        Input::ColumnsWritten(self.columns.take().map_or(Ok(()), lost))
    }

    fn write_config(&mut self, write: ConfigWrite) {
        let outcome = write.apply();
        if outcome.is_ok() && write.before.is_none() {
            self.watch = self.watch_config(&write.path);
            self.config = ConfigSource::File(write.path);
        }
        self.brought.push_back(Input::ConfigWritten(outcome));
    }

    fn read_config(&mut self, asked: bool, files: &[PathBuf]) {
        if let Some(watch) = &mut self.watch
            && let Err(error) = watch.follow()
        {
            self.brought.push_back(Input::Unwatched(error.to_string()));
        }
        let read = ConfigRead { asked, text: self.config.read() };
        self.brought.push_back(Input::Config(read, Stamps::of(files)));
    }
}

fn place_of(id: ReaderId) -> usize {
    usize::from(id != ReaderId::First)
}
