//! The workbench without its terminal: a worker thread that owns tape, engine and store, takes
//! commands and publishes plain snapshots; the watch on the config. It must not know ratatui,
//! crossterm or stdout.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread::{Builder, JoinHandle};

use crossbeam_channel::{bounded, unbounded};

use crate::base::{Timestamp, clock};
use crate::engine::{self, StoreHeader};
use crate::plan::Plan;
use crate::plan::lower::compile_with_document;
use crate::store::{StoreError, columns_file};

mod config;
mod ingest;
mod memory_budget;
mod persistence;
mod playback;
pub mod protocol;
pub mod replay;
pub mod snapshot;
mod speed;
mod view;
mod worker;
mod worker_pool;

pub use config::state::ConfigSource;
pub use ingest::reader_thread::LogSource;

use config::state::ConfigState;
use ingest::column_cache::CacheLocation;
use ingest::column_cache::ColumnCache;
use memory_budget::{MemoryBudget, MemoryUsage};
use persistence::writer_thread::StoreWriter;
use playback::Player;
use protocol::{Link, Speed, Target, Viewport};
use replay::Replay;
use snapshot::{Notice, Source, Tone};
use view::ViewBuilder;
use worker::Worker;
use worker::log_watch::{LogWatch, Stamps};
use worker::recovery::Recovery;
use worker::write_behind::WriteBehind;

/// What a session works on.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The features.
    pub config: ConfigSource,
    /// The events.
    pub log: LogSource,
    /// The folder that states are kept in; `None` keeps nothing.
    pub store: Option<PathBuf>,
    /// How fast event time runs while playing.
    pub speed: Speed,
    /// Where to start.
    pub start: Start,
    /// The most memory that events, keys, states and their copies may take, in bytes. Events that
    /// find no room lie in a temporary file, in the store's folder if there is one.
    pub max_memory: Option<usize>,
    /// How many threads may work on long ways over the log.
    pub threads: usize,
}

/// Where a session starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// After the last event.
    End,
    /// Before the first event, playing.
    Playing,
    /// At a moment, after the last event at or before it.
    At(Timestamp),
    /// The same, playing.
    PlayingAt(Timestamp),
}

/// Why a session could not start. Faults in a config are none: the session shows them.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The config cannot be read.
    #[error("the config {name} cannot be read: {source}")]
    Config {
        /// The config's name.
        name: String,
        /// What the machine says.
        source: std::io::Error,
    },
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The worker's thread could not be started.
    #[error("no thread could be started: {0}")]
    Thread(std::io::Error),
}

/// A running session: its ui's end, and its thread. Wait for the thread once the ui has sent
/// [`protocol::Command::Quit`], or its last states may not be written.
#[derive(Debug)]
pub struct Running {
    /// The ui's end.
    pub link: Link,
    /// The worker.
    pub worker: JoinHandle<()>,
}

/// Starts a session.
pub fn start(setup: Setup) -> Result<Running, SessionError> {
    let name = setup.config.name();
    let text = setup
        .config
        .read()
        .map_err(|source| SessionError::Config { name: name.clone(), source })?;
    let (plan, document, report) = compile_with_document(&name, &text);
    let valid = plan.is_some();
    let plan = Arc::new(plan.unwrap_or_else(Plan::default));

    // Reading may begin while the store is opened: the file of columns is replaced as a whole.
    let demand = engine::demand(&plan, false);
    let kept = setup.store.as_deref().map(|folder| (columns_file(folder), Arc::clone(&plan)));
    let memory = MemoryBudget::new(setup.max_memory, setup.store.clone());
    let kept =
        kept.map(|(file, plan)| CacheLocation { file, plan, pager: memory.pager().cloned() });
    let log_watch = LogWatch::new(Stamps::of(&setup.log));
    let loading = ingest::reader_thread::start(setup.log.clone(), demand.clone(), kept);

    let mut notices = Vec::new();
    let (mut resuming, mut keeping) = (None, None);
    if let Some(folder) = &setup.store {
        let (store, said) = persistence::writer_thread::open(folder)?;
        notices.extend(said.into_iter().map(|text| (Tone::Warning, text)));
        match StoreHeader::read(&*store)? {
            Some(saved) => resuming = Some(Recovery::new(saved, store)),
            None => keeping = Some(StoreWriter::new(store)),
        }
    }
    let watch = match &setup.config {
        ConfigSource::Embedded { .. } => None,
        ConfigSource::File(path) => config::watch::watch(path)
            .inspect_err(|error| {
                notices.push((
                    Tone::Warning,
                    format!("the config cannot be watched ({error}): press r after a save"),
                ));
            })
            .ok(),
    };
    let mut replay = Replay::paged(plan, demand, memory.pager().cloned());
    replay.limit_checkpoints(memory.checkpoints(MemoryUsage::default()));
    replay.set_threads(setup.threads, None);
    let scene = ViewBuilder::default();
    let named = Source {
        config: setup.config.short_name(),
        log: setup.log.name(),
        store: setup.store.as_ref().map(|folder| folder.display().to_string()),
        ..Source::default()
    };
    let source = Arc::new(view::source::source(replay.plan(), &named));

    let (commands, incoming) = unbounded();
    let (ping, pings) = bounded(1);
    let newest = Arc::new(Mutex::new(None));
    let worker = Worker {
        commands: incoming,
        newest: Arc::clone(&newest),
        ping,
        replay,
        player: Player::new(setup.speed, setup.start == Start::Playing, setup.start == Start::End),
        configuring: ConfigState::new(setup.config, document, report, valid),
        log: setup.log,
        log_watch,
        loading: Some(loading),
        memory,
        reserved: 0,
        has_failed: false,
        start: match setup.start {
            Start::At(time) => Some((Target::Time(time), false)),
            Start::PlayingAt(time) => Some((Target::Time(time), true)),
            Start::End | Start::Playing => None,
        },
        rereading: None,
        storing: WriteBehind::new(resuming, keeping),
        columns: setup.store.as_deref().map(ColumnCache::new),
        name: None,
        members: Vec::new(),
        look: Viewport::default(),
        scene,
        notice: notices.pop().map(|(tone, text)| Notice { number: 1, tone, text }),
        source,
        watch,
        last: None,
        shown_at: clock::instant(),
        dirty: true,
        prepares: false,
    };
    let worker = Builder::new()
        .name("worker".to_owned())
        .spawn(move || worker.run())
        .map_err(SessionError::Thread)?;
    Ok(Running { link: Link { commands, newest, pings }, worker })
}
