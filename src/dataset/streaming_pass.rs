//! The streaming pass: replays a log from start to end, in the memory of the states: lines are
//! read, applied and dropped. Only a log whose events must be reordered is held as a whole.
//!
//! With two threads, one reads and parses, up to eight batches ahead, while the other applies rows
//! in windows of 65,536.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::bounded;

use crate::base::clock;
use crate::engine::{Engine, KeyIndex, required_columns};
use crate::log::{Answer, Detected, EventSource, LogError, Next, Outcome, Progress, read_to_end};
use crate::plan::Plan;
use crate::tape::{Batch, Projection, Tape, TapeWriter};

use super::{On, PassError, RowsOptions, wanted};

/// The batches read ahead.
const AHEAD: usize = 8;
/// The rows that are collected before they are applied: enough that most of the states they touch
/// are cached when touched again.
const WINDOW: usize = 65_536;
/// The batches between two checks of the memory, after the first few.
const MEMORY_CHECK: usize = 64;

/// The limits of a pass.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The number of threads: with two or more, one reads while another applies.
    pub threads: usize,
    /// The most bytes of events, keys and states together.
    pub memory: Option<usize>,
}

/// A visitor of a pass.
pub(super) trait Visitor<E> {
    /// True if the reasons why rows are not counted are asked for, which takes all their
    /// attributes.
    fn asks_why(&self) -> bool {
        false
    }
    /// Selects the rows of the tape, ascending, at whose keys values will be read.
    fn reads(&mut self, tape: &Tape) -> &[usize];
    /// Applies the rows of the tape, all of them unless the pass ends. Returns whether to go on.
    fn window(&mut self, engine: &mut Engine, tape: &Tape, index: &KeyIndex) -> Result<bool, E>;
    /// Starts over: events must be reordered, so everything visited is void, and the log begins
    /// again.
    fn start_over(&mut self) -> Result<(), E>;
}

/// A replayed log.
pub struct Passed {
    /// The states after the last event.
    pub engine: Engine,
    /// The keys that were counted.
    pub index: KeyIndex,
    /// The tape without its rows.
    pub tape: Arc<Tape>,
    /// The number of events applied.
    pub events: u64,
    /// The detected properties of the log; `None` if it has no events.
    pub detected: Option<Detected>,
    /// The outcome of each log; empty if the pass ended before them.
    pub outcomes: Vec<Outcome>,
    /// The time spent per phase.
    pub phases: Phases,
}

/// Time spent, in wall time of the thread that did the work.
#[derive(Clone, Copy, Debug, Default)]
pub struct Phases {
    /// Reading and parsing, on a thread of its own if there is more than one.
    pub read: Duration,
    /// Arranging events and finding their keys.
    pub arrange: Duration,
    /// Applying, and reading rows in between.
    pub apply: Duration,
}

/// What was read, with the progress and the time that reading took so far.
struct Brought {
    what: Result<What, LogError>,
    progress: Progress,
    took: Duration,
}

enum What {
    Batch(Box<Batch>),
    End(Option<Detected>, Vec<Outcome>),
}

impl Brought {
    /// What a source has brought; `None` while it is idle: the results are those of the whole log.
    fn of(Answer { source, next, took }: Answer<'_>) -> Option<Self> {
        let what = match next {
            Ok(Next::Batch(batch)) => Ok(What::Batch(batch)),
            Ok(Next::Idle) => return None,
            Ok(Next::End) => Ok(What::End(source.detected(), source.outcomes())),
            Err(error) => Err(error),
        };
        Some(Self { what, progress: source.progress(), took })
    }

    /// A log that cannot be opened.
    fn failed(error: LogError) -> Self {
        Self { what: Err(error), progress: Progress::default(), took: Duration::ZERO }
    }
}

/// Opens a log.
type Open<'l> = dyn Fn() -> Result<Box<dyn EventSource>, LogError> + Sync + 'l;

/// A log that can be opened.
#[derive(Clone, Copy)]
pub struct Log<'l> {
    /// Opens the log.
    pub open: &'l Open<'l>,
    /// True if it can be opened again, unlike a pipe. A pipe is held as a whole, since only its end
    /// shows whether events must be reordered.
    pub repeatable: bool,
}

/// Replays a log under a plan; `rows` selects rows, if any. `progress` gets the fraction that is
/// read, 0 to 1.
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
        let tape = TapeWriter::streaming(demand.clone());
        let mut run = Run::new(plan, rows, tape, limits, visitor.asks_why());
        if run.go(open, visitor, progress)? {
            return Ok(run.end());
        }
        visitor.start_over()?;
    }
    let mut run = Run::new(plan, rows, TapeWriter::new(demand), limits, visitor.asks_why());
    run.go(open, visitor, progress)?;
    Ok(run.end())
}

/// A pass in progress.
struct Run {
    plan: Arc<Plan>,
    /// The projection of the events.
    projections: Vec<Projection>,
    tape: TapeWriter,
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
        tape: TapeWriter,
        limits: Limits,
        asks_why: bool,
    ) -> Self {
        let mut projections = required_columns(plan);
        if asks_why {
            for projection in &mut projections {
                projection.requires.clear();
                projection.expects.clear();
            }
        }
        if let Some((On::Type(name), options)) = rows {
            // Without reordering and deduplication, the events that have rows are known when they
            // are read.
            let is_known = tape.is_streaming() && plan.events.dedup.is_none();
            projections.push(Projection {
                types: Some(vec![name.clone()]),
                requires: Vec::new(),
                expects: Vec::new(),
                attributes: (0..plan.attributes.len()).collect(),
                every: if is_known { options.every } else { 1 },
            });
        }
        Self {
            projections,
            index: KeyIndex::streaming(plan, &tape),
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

    /// Reads and applies the log. Returns false if it must be held as a whole.
    fn go<E: From<PassError>>(
        &mut self,
        open: &Open<'_>,
        visitor: &mut dyn Visitor<E>,
        progress: &mut dyn FnMut(f64),
    ) -> Result<bool, E> {
        let (mut count, is_alone) = (0, self.limits.threads < 2);
        let projections = self.projections.clone();
        let begin = || {
            let mut source = open()?;
            source.narrow(&projections);
            Ok(source)
        };
        let mut take = |brought: Brought| {
            count += 1;
            self.take(count, brought, visitor, progress)
        };
        let ended = if is_alone {
            let mut source = begin().map_err(PassError::Log)?;
            read_to_end(&mut *source, |answer| {
                Brought::of(answer).map_or(ControlFlow::Continue(()), &mut take)
            })
        } else {
            thread::scope(|threads| {
                let (outgoing, incoming) = bounded(AHEAD);
                threads.spawn(move || {
                    let mut source = match begin() {
                        Ok(source) => source,
                        Err(error) => return drop(outgoing.send(Brought::failed(error))),
                    };
                    let send = |brought| match outgoing.send(brought) {
                        Ok(()) => ControlFlow::Continue(()),
                        Err(_) => ControlFlow::Break(()),
                    };
                    read_to_end(&mut *source, |answer| {
                        Brought::of(answer).map_or(ControlFlow::Continue(()), send)
                    });
                });
                incoming.iter().try_for_each(&mut take).break_value()
            })
        };
        ended.unwrap_or_else(|| Err(PassError::Log(LogError::Lost).into()))
    }

    /// Takes what was read, the `count`-th of its kind. Breaks off at the end, and where the log
    /// must be held as a whole: then with false.
    fn take<E: From<PassError>>(
        &mut self,
        count: usize,
        Brought { what, progress: come, took }: Brought,
        visitor: &mut dyn Visitor<E>,
        progress: &mut dyn FnMut(f64),
    ) -> ControlFlow<Result<bool, E>> {
        let read = clock::instant();
        let fail = |error: PassError| ControlFlow::Break(Err(error.into()));
        progress(come.bytes as f64 / come.total_bytes.max(1) as f64);
        let ends = match what {
            Ok(What::Batch(batch)) => {
                self.tape.extend(*batch);
                false
            }
            Ok(What::End(detected, outcomes)) => {
                self.detected = detected;
                self.outcomes = outcomes;
                self.phases.read = took;
                if self.tape.is_streaming() && self.tape.needs_reorder() {
                    return ControlFlow::Break(Ok(false));
                }
                self.tape.finish();
                true
            }
            Err(error) => return fail(error.into()),
        };
        if self.tape.is_streaming() && self.tape.needs_reorder() {
            return ControlFlow::Break(Ok(false));
        }
        if ends || (self.tape.is_streaming() && self.tape.rows() >= WINDOW) {
            match self.apply(read, visitor) {
                Ok(goes_on) if ends || !goes_on => return ControlFlow::Break(Ok(true)),
                Ok(_) => {}
                Err(error) => return ControlFlow::Break(Err(error)),
            }
        } else {
            self.phases.arrange += read.elapsed();
        }
        if (count.is_power_of_two() || count.is_multiple_of(MEMORY_CHECK))
            && let Err(error) = self.check_memory(come.held)
        {
            return fail(error);
        }
        ControlFlow::Continue(())
    }

    /// Passes the rows of the tape to the visitor, and drains it. `since` is when they were read.
    fn apply<E>(&mut self, since: Instant, visitor: &mut dyn Visitor<E>) -> Result<bool, E> {
        let tape = &self.tape;
        self.index.extend_selected(&self.plan, tape, visitor.reads(tape));
        let arranged = clock::instant();
        self.phases.arrange += arranged - since;
        let goes_on = visitor.window(&mut self.engine, tape, &self.index)?;
        self.events += self.engine.position().events as u64;
        if self.tape.is_streaming() {
            self.tape.drain();
            self.index.clear_rows();
            self.engine.rebase();
        }
        self.phases.apply += arranged.elapsed();
        Ok(goes_on)
    }

    /// Fails if the memory limit is exceeded; `reading` are the bytes of the reader.
    fn check_memory(&self, reading: usize) -> Result<(), PassError> {
        let Some(limit) = self.limits.memory else { return Ok(()) };
        let events = self.tape.bytes() + reading;
        let needed = events + self.index.bytes() + self.engine.bytes();
        if needed <= limit {
            return Ok(());
        }
        let whole = !self.tape.is_streaming();
        Err(PassError::Memory { limit: limit as u64, needed: needed as u64, whole })
    }

    fn end(self) -> Passed {
        let Self { tape, index, engine, events, detected, outcomes, phases, .. } = self;
        let tape = tape.into_tape();
        Passed { engine, index, tape, events, detected, outcomes, phases }
    }
}
