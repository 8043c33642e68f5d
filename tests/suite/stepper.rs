//! A session that a test drives step by step, on its own thread and with a clock of its own: it does
//! at once what the session asks to have done, and moves the clock on when nothing else is left. It
//! must not know what a test is about.

use std::collections::{BTreeMap, VecDeque};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use counterscope::base::{Clock, ManualClock};
use counterscope::session::protocol::Command;
use counterscope::session::query::{Answer, Query, Ticket};
use counterscope::session::snapshot::Snapshot;
use counterscope::session::state_machine::{Effect, Input, Session, Step};
use counterscope::session::{
    ConfigRead, ConfigSource, LintRequest, LogReading, LogSource, Opened, Opening, ProfileEvent,
    ReaderEvent, ReaderId, SessionError, Setup, Stamps,
};
use counterscope::store::{Store, columns_file};

/// By how much each look at the clock moves it: a slice of work has some twenty units.
const TICK: Duration = Duration::from_micros(200);

/// After how long a commit without an outcome may have been given up.
const GIVEN_UP: Duration = Duration::from_secs(19);

/// How long a session may stand without anything that is due to be idle.
const IDLE: Duration = Duration::from_millis(200);

/// What a reader brings; nothing, where there is nothing for now.
pub(crate) type Events = Box<dyn FnMut() -> Option<ReaderEvent>>;

/// A session and what is outside of it.
#[expect(clippy::struct_excessive_bools, reason = "each is set or looked at by a test of its own")]
pub(crate) struct Stepper {
    session: Session,
    pub(crate) clock: ManualClock,
    config: ConfigSource,
    /// The working directory.
    pub(crate) folder: tempfile::TempDir,
    /// What was found at the config's place last.
    found: Result<Arc<str>, String>,
    log: LogSource,
    cache: Option<PathBuf>,
    readers: Vec<(ReaderId, Events)>,
    /// Which of them is read from, and whether it had nothing when it was asked last.
    reader: usize,
    has_nothing: bool,
    /// How many queries there were, and the answers to them.
    asked: u64,
    answers: BTreeMap<Ticket, Answer>,
    store: Option<Box<dyn Store>>,
    /// What comes in next; and outcomes that are held back until the test lets them come in.
    inputs: VecDeque<Input>,
    held_back: Option<VecDeque<Input>>,
    /// Whether lints wait until the test lets them look, and those that do.
    pub(crate) holds_lints: bool,
    lints: Option<LintRequest>,
    /// Whether they were told to stop.
    pub(crate) stops_lints: bool,
    commits: usize,
    profiled_shares: usize,
    /// Since when the outcome of a commit is held back, and whether that was too long for one.
    held_since: Option<Instant>,
    is_overdue: bool,
    due: Option<Instant>,
    newest: Option<Arc<Snapshot>>,
}

impl Stepper {
    pub(crate) fn start(setup: Setup) -> Result<Self, SessionError> {
        let clock = ManualClock::ticking(TICK);
        let setup = Setup { threads: 1, ..setup };
        let opening = Opening::new(setup.clone())?;
        let first = opening.read_log();
        let Opened { session, effects, .. } = opening.open(Clock::from(&clock))?;
        let mut stepper = Self {
            session,
            due: Some(clock.now()),
            clock,
            found: read(&setup.config),
            config: setup.config,
            folder: tempfile::tempdir().expect("a folder"),
            log: setup.log,
            cache: setup.store.as_deref().map(columns_file),
            readers: Vec::new(),
            reader: usize::MAX,
            has_nothing: false,
            asked: 0,
            answers: BTreeMap::new(),
            store: None,
            inputs: VecDeque::new(),
            held_back: None,
            holds_lints: false,
            lints: None,
            stops_lints: false,
            commits: 0,
            profiled_shares: 0,
            held_since: None,
            is_overdue: false,
            newest: None,
        };
        stepper.carry_out(first);
        effects.into_iter().for_each(|effect| stepper.carry_out(effect));
        Ok(stepper)
    }

    pub(crate) fn send(&mut self, command: Command) {
        self.inputs.push_back(Input::Command(command));
    }

    /// Asks for values; the answer comes under this ticket.
    pub(crate) fn ask(&mut self, query: Query) -> Ticket {
        self.asked += 1;
        let ticket = Ticket(self.asked);
        self.inputs.push_back(Input::Query(ticket, query));
        ticket
    }

    /// How often the log was said to be read so far for its profile.
    #[cfg(feature = "workbench")]
    pub(crate) const fn profiled_shares(&self) -> usize {
        self.profiled_shares
    }

    /// The answers that have come.
    pub(crate) const fn answers(&self) -> &BTreeMap<Ticket, Answer> {
        &self.answers
    }

    /// From now on this reader of the log is read from, while there are so many; else the last.
    pub(crate) const fn read_from(&mut self, reader: usize) {
        self.reader = reader;
    }

    /// Takes the newest snapshot, if one has been published since the last call.
    pub(crate) fn take(&mut self) -> Option<Arc<Snapshot>> {
        self.newest.take()
    }

    /// Lets what the reader of the log brings go through something.
    pub(crate) fn read_through(&mut self, through: impl FnOnce(Events) -> Events) {
        let (id, events) = self.readers.pop().expect("the log is read");
        self.readers.push((id, through(events)));
    }

    /// From now on the outcomes of commits and of the column cache come in when they are let.
    pub(crate) fn hold_back(&mut self) {
        self.held_back.get_or_insert_default();
    }

    /// Lets the next outcome come in. A commit failed, if it `fails`; returns whether it is one that
    /// does.
    pub(crate) fn let_in(&mut self, fails: bool) -> bool {
        let outcome = self.held_back.as_mut().and_then(VecDeque::pop_front);
        let failed = fails && matches!(outcome, Some(Input::Committed(_)));
        let failure = || Input::Committed(Err("the disk is full".to_owned()));
        self.inputs.extend(if failed { Some(failure()) } else { outcome });
        failed
    }

    /// Whether the outcome of a commit was held back for so long that the session gave it up.
    pub(crate) const fn is_overdue(&self) -> bool {
        self.is_overdue
    }

    /// How many commits were made.
    pub(crate) const fn commits(&self) -> usize {
        self.commits
    }

    /// Lets all outcomes come in, as soon as they are there.
    pub(crate) fn let_all_in(&mut self) {
        self.inputs.extend(self.held_back.take().into_iter().flatten());
    }

    /// Whether nothing comes in, and nothing is due for a while.
    pub(crate) fn is_idle(&self) -> bool {
        let is_due = self.due.is_some_and(|due| due <= self.clock.now() + IDLE);
        let is_quiet = self.readers.is_empty() || self.has_nothing;
        self.inputs.is_empty() && is_quiet && !is_due
    }

    /// Steps until a snapshot is published; `None` where none is for so long.
    pub(crate) fn next(&mut self, patience: Duration) -> Option<Arc<Snapshot>> {
        let deadline = self.clock.now() + patience;
        while self.clock.now() < deadline {
            self.step();
            if let Some(snapshot) = self.take() {
                return Some(snapshot);
            }
        }
        None
    }

    /// Steps until nothing is left to do.
    pub(crate) fn run(&mut self) {
        while !self.is_idle() {
            self.step();
        }
    }

    /// Lets the session take a step. What is first come in comes first; then a change of the config,
    /// what a reader brings, and the time.
    pub(crate) fn step(&mut self) {
        if let ConfigSource::File(_) = &self.config {
            let found = read(&self.config);
            if found != self.found {
                self.found = found;
                self.inputs.push_back(Input::ConfigTouched);
            }
        }
        let input = self.inputs.pop_front().or_else(|| self.read());
        self.step_with(input.unwrap_or(Input::Nothing));
    }

    /// Lets the session take a step that is due, whatever has come in.
    pub(crate) fn step_alone(&mut self) {
        self.step_with(Input::Nothing);
    }

    fn step_with(&mut self, input: Input) {
        if matches!(input, Input::Nothing) {
            let due = self.due.expect("nothing will ever happen again");
            self.clock.advance(due.saturating_duration_since(self.clock.now()));
        }
        let now = self.clock.now();
        if matches!(input, Input::Committed(_)) {
            self.held_since = None;
        }
        self.is_overdue |= self.held_since.is_some_and(|since| now - since >= GIVEN_UP);
        let Step { effects, due } = self.session.step(input, now);
        self.due = due;
        effects.into_iter().for_each(|effect| self.carry_out(effect));
    }

    /// Lets the session end in good order.
    pub(crate) fn quit(mut self) {
        self.let_all_in();
        self.send(Command::Quit);
        while !self.session.has_ended() {
            self.step();
        }
    }

    /// What a reader brings next.
    fn read(&mut self) -> Option<Input> {
        let place = self.reader.min(self.readers.len().checked_sub(1)?);
        let (id, events) = &mut self.readers[place];
        let (id, event) = (*id, events());
        self.has_nothing = event.is_none();
        let event = event?;
        if event.is_last() {
            drop(self.readers.remove(place));
        }
        Some(Input::Reader(id, event))
    }

    /// An outcome is there.
    fn bring(&mut self, outcome: Input) {
        self.held_back.as_mut().unwrap_or(&mut self.inputs).push_back(outcome);
    }

    /// Lets the lints that wait look.
    pub(crate) fn end_lints(&mut self) {
        let request = self.lints.take().expect("lints wait");
        let is_wanted = !std::mem::take(&mut self.stops_lints);
        self.inputs.push_back(Input::Linted(request.find(&self.log, &|| is_wanted)));
    }

    /// Loses the thread of the lints that wait.
    pub(crate) fn lose_lints(&mut self) {
        let request = self.lints.take().expect("lints wait");
        self.inputs.push_back(Input::Linted(request.lost()));
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::ReadConfig { asked, files } => {
                let read = ConfigRead { asked, text: self.config.read() };
                self.inputs.push_front(Input::Config(read, Stamps::of(&files)));
            }
            Effect::WriteConfig(mut write) => {
                let is_new = write.before.is_none();
                if is_new {
                    // Not into the folder that the tests run in.
                    let name = write.path.file_name().expect("a name");
                    write.path = self.folder.path().join(name);
                }
                let outcome = write.apply();
                if is_new && outcome.is_ok() {
                    self.config = ConfigSource::File(write.path);
                }
                self.bring(Input::ConfigWritten(outcome));
            }
            Effect::ReadLog(request) => {
                let id = request.id;
                let is_first = id == ReaderId::First;
                self.readers.retain(|(other, _)| is_first != (*other == ReaderId::First));
                let mut reading = LogReading::new(self.log.clone(), *request, self.cache.clone());
                self.readers.push((id, Box::new(move || reading.next())));
            }
            Effect::StopReading(id) => self.readers.retain(|(other, _)| *other != id),
            Effect::ReadLine(request) => {
                let read = request.read(&self.log, || true).expect("it is wanted");
                self.inputs.push_back(Input::Line(request, read));
            }
            Effect::ReadProfile(request) => {
                let mut told = Vec::new();
                let file = self.cache.as_ref().map(|columns| columns.with_file_name("profile"));
                let mut progress = |share| {
                    told.push(Input::Profile(ProfileEvent::Progress(share)));
                    ControlFlow::Continue(())
                };
                let last = request.read(&self.log, file.as_deref(), &mut progress);
                self.profiled_shares += told.len();
                self.inputs.extend(told);
                self.inputs.push_back(Input::Profile(last));
            }
            Effect::Lint(request) => {
                let before = self.lints.replace(*request);
                assert!(before.is_none(), "lints look beside others");
                if !self.holds_lints {
                    self.end_lints();
                }
            }
            Effect::StopLints => {
                assert!(!self.stops_lints, "lints are told to stop once");
                // They may have ended, and what they say is on its way.
                self.stops_lints = self.lints.is_some();
            }
            Effect::StampFiles(files) => {
                self.inputs.push_back(Input::Stamps(Stamps::of(&files)));
            }
            Effect::OpenStore(store) => self.store = Some(store),
            Effect::Commit(commit) => {
                self.commits += 1;
                self.held_since = Some(self.clock.now());
                let store = self.store.as_mut().expect("a store is open");
                let outcome = commit.apply(&mut **store).map_err(|error| error.to_string());
                self.bring(Input::Committed(outcome));
            }
            Effect::WriteColumns(columns) => {
                let outcome = columns.write(self.cache.as_ref().expect("there is a store"));
                self.bring(Input::ColumnsWritten(outcome));
            }
            Effect::Publish(snapshot) => self.newest = Some(snapshot),
            Effect::Answer(ticket, answer) => {
                let is_new = self.answers.insert(ticket, answer).is_none();
                assert!(is_new, "{ticket:?} was answered twice");
            }
            Effect::Quit => {}
        }
    }
}

/// What is found at the config's place; a fault in words.
fn read(config: &ConfigSource) -> Result<Arc<str>, String> {
    config.read().map_err(|error| error.to_string())
}
