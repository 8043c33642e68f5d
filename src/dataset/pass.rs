//! One replay of a log from its begin to its end, in the memory that the states take: lines are
//! read, applied and forgotten. Only a log whose events must change their places is held whole.
//! It must not know what is read from the states on the way, nor who asks.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, bounded};

use crate::base::clock;
use crate::engine::{Engine, KeyIndex, uses};
use crate::log::{Detected, LogError, Outcome, Progress, Reader};
use crate::plan::Plan;
use crate::tape::{Batch, Tape, Use};

use super::{On, PassError, RowsOptions, wanted};

/// How many batches are read ahead.
const AHEAD: usize = 8;
/// How many rows are gathered before they are applied: so many that most of what they are applied
/// to is met more than once while it is in the processor's cache.
const WINDOW: usize = 65_536;
/// How many batches go by between two looks at the memory, after the first few.
const LOOK: usize = 64;

/// How a pass may go.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How many threads may work: with two or more, one reads while another applies.
    pub threads: usize,
    /// The most memory that events, keys and states may take together, in bytes.
    pub memory: Option<usize>,
}

/// What is done with the events on the way.
pub(super) trait Visitor<E> {
    /// Whether it is asked of rows that are not counted why they are not: then they need all their
    /// attributes.
    fn asks_why(&self) -> bool {
        false
    }
    /// The tape holds new rows: those of them, ascending, at whose keys values will be read.
    fn reads(&mut self, tape: &Tape) -> &[usize];
    /// None of the rows is applied. Afterwards all of them must be, or the pass ends. Returns
    /// whether to go on.
    fn window(&mut self, engine: &mut Engine, tape: &Tape, index: &KeyIndex) -> Result<bool, E>;
    /// The events must change their places: what was seen until now does not hold, and the log
    /// begins again.
    fn start_over(&mut self) -> Result<(), E>;
}

/// A log that was replayed.
pub struct Passed {
    /// The states after the last event.
    pub engine: Engine,
    /// The keys that were counted.
    pub index: KeyIndex,
    /// What the log was, without its events.
    pub tape: Tape,
    /// How many events were applied.
    pub events: u64,
    /// What the log's first event told; `None` for a log without any.
    pub detected: Option<Detected>,
    /// What became of each log; nothing where the pass ended before them.
    pub outcomes: Vec<Outcome>,
    /// Where the time went.
    pub phases: Phases,
}

/// Where the time of a pass went, in wall time of the thread that did it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Phases {
    /// Reading and parsing, which goes on beside the rest where there are threads for it.
    pub read: Duration,
    /// Putting events in order and finding their keys.
    pub arrange: Duration,
    /// Applying them, and reading rows on the way.
    pub apply: Duration,
}

/// What a reader brings.
enum Brought {
    Batch(Box<Batch>),
    End { detected: Option<Detected>, outcomes: Vec<Outcome>, took: Duration },
}

/// A log that can be opened.
#[derive(Clone, Copy)]
pub struct Log<'l> {
    /// Opens it.
    pub open: &'l (dyn Fn() -> Result<Reader, LogError> + Sync),
    /// Whether it can be opened again, unlike a pipe. One that cannot is held whole, since only
    /// its end tells that its events need not change their places.
    pub repeatable: bool,
}

/// Replays a log for a plan; `rows` says which rows are wanted, if any. `progress` is told the
/// share that is read, 0 to 1.
pub(super) fn pass<E: From<PassError>>(
    plan: &Arc<Plan>,
    rows: Option<(&On, RowsOptions)>,
    log: &Log<'_>,
    limits: Limits,
    visitor: &mut dyn Visitor<E>,
    progress: &mut dyn FnMut(f64),
) -> Result<Passed, E> {
    let Log { open, repeatable } = *log;
    let demand = wanted(plan, rows.map(|(on, _)| on));
    if repeatable {
        let tape = Tape::streaming(demand.clone());
        let mut run = Run::new(plan, rows, tape, limits, visitor.asks_why());
        if run.go(open, visitor, progress)? {
            return Ok(run.end());
        }
        visitor.start_over()?;
    }
    let mut run = Run::new(plan, rows, Tape::new(demand), limits, visitor.asks_why());
    run.go(open, visitor, progress)?;
    Ok(run.end())
}

/// A pass on its way.
struct Run {
    plan: Arc<Plan>,
    /// What is used of the events.
    uses: Vec<Use>,
    tape: Tape,
    index: KeyIndex,
    engine: Engine,
    events: u64,
    detected: Option<Detected>,
    outcomes: Vec<Outcome>,
    phases: Phases,
    limits: Limits,
}

impl Run {
    fn new(
        plan: &Arc<Plan>,
        rows: Option<(&On, RowsOptions)>,
        tape: Tape,
        limits: Limits,
        asks_why: bool,
    ) -> Self {
        let mut uses = uses(plan);
        if asks_why {
            for used in &mut uses {
                used.requires.clear();
                used.expects.clear();
            }
        }
        if let Some((On::Type(name), options)) = rows {
            // Where events are applied as they are read, it is known then which ones have rows.
            let is_known = tape.passes() && plan.events.dedup.is_none();
            uses.push(Use {
                types: Some(vec![name.clone()]),
                requires: Vec::new(),
                expects: Vec::new(),
                attributes: (0..plan.attributes.len()).collect(),
                every: if is_known { options.every } else { 1 },
            });
        }
        Self {
            uses,
            index: KeyIndex::following(plan, &tape),
            engine: Engine::new(Arc::clone(plan)),
            plan: Arc::clone(plan),
            tape,
            events: 0,
            detected: None,
            outcomes: Vec::new(),
            phases: Phases::default(),
            limits,
        }
    }

    /// Whether the pass came to its end; if not, the log must be held whole.
    fn go<E: From<PassError>>(
        &mut self,
        open: &(dyn Fn() -> Result<Reader, LogError> + Sync),
        visitor: &mut dyn Visitor<E>,
        progress: &mut dyn FnMut(f64),
    ) -> Result<bool, E> {
        if self.limits.threads < 2 {
            let mut reader = begin(open, &self.uses).map_err(PassError::from)?;
            let mut next = || read(&mut reader);
            return self.take(&mut next, visitor, progress);
        }
        thread::scope(|threads| {
            let (outgoing, incoming) = bounded(AHEAD);
            let uses = self.uses.clone();
            threads.spawn(move || {
                let mut reader = match begin(open, &uses) {
                    Ok(reader) => reader,
                    Err(error) => return drop(outgoing.send(Err(error))),
                };
                let mut took = Duration::ZERO;
                loop {
                    let started = clock::instant();
                    let brought = read(&mut reader);
                    took += started.elapsed();
                    let brought = brought.map(|(brought, come)| (brought.after(took), come));
                    let ends = !matches!(brought, Ok((Brought::Batch(_), _)));
                    if outgoing.send(brought).is_err() || ends {
                        return;
                    }
                }
            });
            self.take(&mut || receive(&incoming), visitor, progress)
        })
    }

    fn take<E: From<PassError>>(
        &mut self,
        next: &mut dyn FnMut() -> Result<(Brought, Progress), LogError>,
        visitor: &mut dyn Visitor<E>,
        progress: &mut dyn FnMut(f64),
    ) -> Result<bool, E> {
        let is_alone = self.limits.threads < 2;
        for count in 1usize.. {
            let started = clock::instant();
            let (brought, come) = next().map_err(PassError::from)?;
            let read = clock::instant();
            if is_alone {
                self.phases.read += read - started;
            }
            progress(come.bytes as f64 / come.total_bytes.max(1) as f64);
            let ends = match brought {
                Brought::Batch(batch) => {
                    self.tape.extend(*batch);
                    false
                }
                Brought::End { detected, outcomes, took } => {
                    self.detected = detected;
                    self.outcomes = outcomes;
                    self.phases.read += took;
                    if self.tape.passes() && self.tape.needs_reorder() {
                        return Ok(false);
                    }
                    self.tape.finish();
                    true
                }
            };
            if self.tape.passes() && self.tape.needs_reorder() {
                return Ok(false);
            }
            if ends || (self.tape.passes() && self.tape.rows() >= WINDOW) {
                let goes_on = self.apply(read, visitor)?;
                if ends || !goes_on {
                    return Ok(true);
                }
            } else {
                self.phases.arrange += read.elapsed();
            }
            if count.is_power_of_two() || count.is_multiple_of(LOOK) {
                self.look_at_memory(come.held)?;
            }
        }
        Ok(true)
    }

    /// Hands the rows that the tape holds on, and forgets them. `since` is when they were read.
    fn apply<E>(&mut self, since: Instant, visitor: &mut dyn Visitor<E>) -> Result<bool, E> {
        let tape = &self.tape;
        self.index.follow(&self.plan, tape, visitor.reads(tape));
        let arranged = clock::instant();
        self.phases.arrange += arranged - since;
        let goes_on = visitor.window(&mut self.engine, tape, &self.index)?;
        self.events += self.engine.position().events as u64;
        if self.tape.passes() {
            self.tape.pass();
            self.index.pass();
            self.engine.pass();
        }
        self.phases.apply += arranged.elapsed();
        Ok(goes_on)
    }

    /// Whether all is within the bound; `reading` are the bytes that the reader holds.
    fn look_at_memory(&self, reading: usize) -> Result<(), PassError> {
        let Some(limit) = self.limits.memory else { return Ok(()) };
        let events = self.tape.bytes() + reading;
        let needed = events + self.index.bytes() + self.engine.bytes();
        if needed <= limit {
            return Ok(());
        }
        let whole = !self.tape.passes();
        Err(PassError::Memory { limit: limit as u64, needed: needed as u64, whole })
    }

    fn end(self) -> Passed {
        let Self { tape, index, engine, events, detected, outcomes, phases, .. } = self;
        Passed { engine, index, tape, events, detected, outcomes, phases }
    }
}

impl Brought {
    fn after(self, took: Duration) -> Self {
        match self {
            Self::End { detected, outcomes, .. } => Self::End { detected, outcomes, took },
            Self::Batch(batch) => Self::Batch(batch),
        }
    }
}

/// Opens a log to read what is used of it.
fn begin(open: &dyn Fn() -> Result<Reader, LogError>, uses: &[Use]) -> Result<Reader, LogError> {
    Ok(open()?.without_hashes().only(uses))
}

/// The next batch of a reader, and how far it has come.
fn read(reader: &mut Reader) -> Result<(Brought, Progress), LogError> {
    let brought = match reader.next_batch()? {
        Some(batch) => Brought::Batch(Box::new(batch)),
        None => Brought::End {
            detected: reader.detected(),
            outcomes: reader.outcomes(),
            took: Duration::ZERO,
        },
    };
    Ok((brought, reader.progress()))
}

/// What the reading thread brings; if it is gone without a word, that is its end.
fn receive(
    incoming: &Receiver<Result<(Brought, Progress), LogError>>,
) -> Result<(Brought, Progress), LogError> {
    incoming.recv().unwrap_or(Err(LogError::Lost))
}
