//! Opening a session: what is read before its first step.

use std::path::PathBuf;
use std::sync::Arc;

use crate::base::Clock;
use crate::config::Document;
use crate::diagnostic::Report;
use crate::engine::{self, StoreHeader};
use crate::plan::Plan;

use super::config::compiled::compile;
use super::config::state::ConfigState;
use super::ingest::column_cache::cache_file;
use super::ingest::log_state::Log;
use super::ingest::reader_event::{ReadRequest, ReaderId};
use super::memory::MemoryLimit;
use super::memory::budget::MemoryBudget;
use super::persistence::write_behind::{StoreRequest, WriteBehind};
use super::persistence::writer_thread;
use super::playback::Player;
use super::protocol::Target;
use super::replay::Replay;
use super::snapshot::{Source, Tone};
use super::state_machine::publisher::Publisher;
use super::state_machine::{Effect, Parts, Session};
use super::{SessionError, Setup, Start};

/// A session that is being opened: its config is read, its store is not.
pub struct Opening {
    setup: Setup,
    plan: Arc<Plan>,
    document: Document,
    report: Report,
    is_valid: bool,
    memory: MemoryLimit,
}

impl Opening {
    /// Reads the config.
    pub fn new(setup: Setup) -> Result<Self, SessionError> {
        let name = setup.config.name();
        let text = setup
            .config
            .read()
            .map_err(|source| SessionError::Config { name: name.clone(), source })?;
        let (plan, document, report) = compile(&name, &text);
        let is_valid = plan.is_some();
        let plan = Arc::new(plan.unwrap_or_else(Plan::default));
        let memory = MemoryLimit::new(MemoryBudget::new(setup.max_memory, setup.store.clone()));
        Ok(Self { setup, plan, document, report, is_valid, memory })
    }

    /// The first effect of the session: the log is to be read. That may begin while the store is
    /// opened.
    #[must_use]
    pub fn read_log(&self) -> Effect {
        let demand = engine::demand(&self.plan, false);
        let cached = (Arc::clone(&self.plan), self.memory.pager().cloned());
        let whole = demand.clone();
        let id = ReaderId::First;
        Effect::ReadLog(Box::new(ReadRequest { id, demand, whole, cached: Some(cached) }))
    }

    /// Opens the store. Returns the session with the effects that come before its first step, and
    /// the file of its column cache.
    pub fn open(self, clock: Clock) -> Result<Opened, SessionError> {
        let Self { setup, plan, document, report, is_valid, memory } = self;
        let now = clock.now();
        let names = Source {
            config: setup.config.short_name(),
            log: setup.log.name(),
            store: setup.store.as_ref().map(|folder| folder.display().to_string()),
            ..Source::default()
        };
        let mut publisher = Publisher::new(&names, &plan, now);
        let mut store = WriteBehind::new(now);
        let (mut effects, mut cache) = (Vec::new(), None);
        if let Some(folder) = &setup.store {
            let (opened, said) = writer_thread::open(folder)?;
            if let Some(text) = said.into_iter().next_back() {
                publisher.notify((Tone::Warning, text));
            }
            let saved = StoreHeader::read(&*opened)?;
            if let Some(StoreRequest::Open(opened)) = store.open(opened, saved) {
                effects.push(Effect::OpenStore(opened));
            }
            cache = Some(cache_file(folder));
        }
        let demand = engine::demand(&plan, false);
        let mut replay =
            Replay::paged(plan, demand, memory.pager().cloned()).with_clock(clock.clone());
        memory.limit_first_copies(&mut replay);
        replay.set_threads(setup.threads, None);
        let session = Session::new(Parts {
            replay,
            player: player(&setup),
            config: ConfigState::new(setup.config, document, report, is_valid),
            log: Log::new(cache.is_some(), now),
            store,
            memory,
            publisher,
            clock,
        });
        Ok(Opened { session, effects, cache })
    }
}

/// A session before its first step.
pub struct Opened {
    /// The session.
    pub session: Session,
    /// What is to be done first.
    pub effects: Vec<Effect>,
    /// The file of its column cache, if it has one.
    pub cache: Option<PathBuf>,
}

fn player(setup: &Setup) -> Player {
    let start = match setup.start {
        Start::At(time) => Some((Target::Time(time), false)),
        Start::PlayingAt(time) => Some((Target::Time(time), true)),
        Start::End | Start::Playing => None,
    };
    let (plays, follows) = (setup.start == Start::Playing, setup.start == Start::End);
    Player::new(setup.speed, plays, follows, start)
}
