//! A value of a log as a test: the smallest set of its events that still gives it, with their
//! times.
//!
//! * `rows`: which rows count for the value.
//! * `events`: rows as events of a test.
//! * `expected`: what is expected of it.
//! * `text`: the test as YAML.

mod events;
mod expected;
mod rows;
mod text;

use crate::base::{Deadline, Millis, Step, Task, Timestamp};
use crate::config::{Spanned, Test, TestEvent};
use crate::explain::Position;
use crate::plan::OutputId;

use super::smallest::Smallest;
use super::{Boundary, Suite, run};
use rows::Rows;

/// The most events from which the smallest set is looked for: each is left out at least once.
const MOST: usize = 500;

/// A value as a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Captured {
    /// The test's name.
    pub name: String,
    /// The test, as an element of the list `tests`, indented by two blanks.
    pub text: String,
    /// The number of its events, and of those that count for the value.
    pub events: (usize, usize),
}

/// Why there is no test of a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CaptureError {
    /// It has too many events.
    #[error(
        "more than {MOST} events count for the value, and a test is made of {MOST} at most: take an earlier moment, or an output with a shorter window"
    )]
    TooMany,
    /// It has none.
    #[error("no event with this key counts for the value: there is nothing to test")]
    NoEvents,
    /// Its events do not give it as those of a test: they are several of one line, or joined with
    /// what the test does not have.
    #[error(
        "the events that count do not give the value in a test, where each is a line of its own without files of metadata: write the test by hand"
    )]
    Others,
}

/// The test of an output's value at a key, which an event had before the position.
pub fn capture(
    suite: &Suite,
    at: Position<'_>,
    output: OutputId,
    slot: u32,
) -> Result<Captured, CaptureError> {
    let mut task = CaptureTask::new(at, output, slot, None);
    loop {
        if let Step::Done(captured) = task.step((suite, at), &Deadline::never()) {
            return captured;
        }
    }
}

/// The test of a value, while its events are looked for: the rows that count, then the fewest of
/// them.
pub struct CaptureTask {
    output: OutputId,
    test: Test,
    stage: Stage,
    events: Vec<Vec<TestEvent>>,
    /// How far it is, 0 to 1; less never follows more.
    done: f32,
}

enum Stage {
    Rows(Rows),
    Fewest(Smallest),
}

impl CaptureTask {
    /// Begins; the value is that of now. `name` is the test's, if it has one already.
    #[must_use]
    pub fn new(at: Position<'_>, output: OutputId, slot: u32, name: Option<String>) -> Self {
        let plan = at.rows.plan;
        let name = name.unwrap_or_else(|| expected::name(plan, at, output, slot));
        let test = Test {
            name: unplaced(name),
            line: 0,
            start: Timestamp(0),
            metadata: Vec::new(),
            events: Vec::new(),
            expectations: vec![expected::expectation(plan, at, output, slot)],
        };
        let stage = Stage::Rows(Rows::new(at, output, slot));
        Self { output, test, stage, events: Vec::new(), done: 0.0 }
    }

    /// How many events are left, and of how many.
    #[must_use]
    pub const fn left(&self) -> Option<(usize, usize)> {
        match &self.stage {
            Stage::Rows(_) => None,
            Stage::Fewest(fewest) => Some((fewest.kept().len(), self.events.len())),
        }
    }

    /// Whether these of the events give the value.
    fn gives(&mut self, suite: &Suite, part: &[usize]) -> bool {
        let events = part.iter().flat_map(|number| self.events[*number].iter().cloned());
        self.test.events = events.collect();
        let outcome = run::run(suite, &self.test);
        // At a key that no event has, the value would be that of any.
        outcome.is_ok_and(|it| it.passed() && it.reached.has(self.output, Boundary::Value))
    }

    /// Turns the rows into events; `Err` if those do not give the value.
    fn begin(
        &mut self,
        suite: &Suite,
        at: Position<'_>,
        rows: &[usize],
    ) -> Result<(), CaptureError> {
        if rows.is_empty() {
            return Err(CaptureError::NoEvents);
        }
        let attributes = events::looked_at(at.rows.plan, self.output);
        let event = |(number, row): (usize, &usize)| {
            events::events(&suite.form, at.rows, (*row, number), &attributes)
        };
        self.events = rows.iter().enumerate().map(event).collect();
        let as_of = self.test.expectations[0].at;
        let first = self.events.iter().flatten().map(|event| event.at.0).min().unwrap_or(as_of.0);
        self.test.start = Timestamp(first - first.rem_euclid(Millis::DAY.0));
        let all: Vec<usize> = (0..self.events.len()).collect();
        if !self.gives(suite, &all) {
            return Err(CaptureError::Others);
        }
        self.stage = Stage::Fewest(Smallest::new(all.len()));
        Ok(())
    }
}

impl Task for CaptureTask {
    type Context<'c> = (&'c Suite, Position<'c>);
    type Output = Result<Captured, CaptureError>;

    fn step(
        &mut self,
        (suite, at): (&Suite, Position<'_>),
        deadline: &Deadline,
    ) -> Step<Self::Output> {
        loop {
            match &mut self.stage {
                Stage::Rows(rows) => match rows.step(at, deadline) {
                    Step::Pending(done) => return Step::Pending(done / 2.0),
                    Step::Done(None) => return Step::Done(Err(CaptureError::TooMany)),
                    Step::Done(Some(rows)) => {
                        if let Err(error) = self.begin(suite, at, &rows) {
                            return Step::Done(Err(error));
                        }
                    }
                },
                Stage::Fewest(fewest) => {
                    let mut fewest = std::mem::take(fewest);
                    let is_done = fewest.step(|part| self.gives(suite, part));
                    if is_done {
                        let kept = fewest.kept().iter();
                        let of = kept.flat_map(|number| self.events[*number].iter().cloned());
                        self.test.events = of.collect();
                        return Step::Done(Ok(Captured {
                            name: self.test.name.value.clone(),
                            text: text::text(&self.test),
                            events: (fewest.kept().len(), self.events.len()),
                        }));
                    }
                    self.done = self.done.max(0.5 + fewest.done() / 2.0);
                    self.stage = Stage::Fewest(fewest);
                    if deadline.has_passed() {
                        return Step::Pending(self.done);
                    }
                }
            }
        }
    }
}

const fn unplaced<T>(value: T) -> Spanned<T> {
    Spanned { value, span: 0..0 }
}
