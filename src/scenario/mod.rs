//! Scenarios: the tests of a config, run. A test has events on a simulated clock, and values that
//! are expected after them.
//!
//! The events become lines of a log in memory, which are read, arranged and counted as those of any
//! other log; the values are read as `values --at` reads them. So a test shows what a log would.
//!
//! * `lines`: events as lines of the log that the config describes.
//! * `run`: one test, from its lines to its cells.
//! * `checks`: whether a value is what is expected.
//! * `capture`: a value of a log as a test, of the smallest set of its events that gives it.
//! * `boundary`: the boundaries that outputs have.
//! * `exercise`: which outputs and boundaries tests reach, and which they never do.
//! * `hints`: what to write to reach one.

mod boundary;
mod capture;
mod checks;
mod exercise;
mod hints;
mod lines;
mod run;
mod smallest;

use std::sync::Arc;

use crate::base::Timestamp;
use crate::config::{Document, Part};
use crate::engine::OutputValue;
use crate::explain::Attribute;
use crate::explain::outline::Outline;
use crate::log::LogError;
use crate::plan::Plan;

pub use boundary::Boundary;
pub use capture::{CaptureError, CaptureTask, Captured, capture};
pub use exercise::{Coverage, Missing, Reached};

use lines::Form;

/// The tests of a config, ready to be run.
pub struct Suite {
    plan: Arc<Plan>,
    document: Document,
    text: Arc<str>,
    form: Form,
}

/// The outcome of a test.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Its name.
    pub name: String,
    /// The line on which it starts, from 1.
    pub line: usize,
    /// Every expected value, in the order of the text.
    pub cells: Vec<Cell>,
    /// What is wrong with its events.
    pub problems: Vec<String>,
    /// What it reaches.
    pub reached: Reached,
}

/// An expected value, and the one that came.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// The moment as written.
    pub written: String,
    /// The moment.
    pub at: Timestamp,
    /// The line of the expectation, from 1.
    pub line: usize,
    /// The output's name.
    pub output: String,
    /// Which of its values.
    pub part: Part,
    /// The key.
    pub key: Vec<Attribute>,
    /// What is expected, in words.
    pub expected: String,
    /// The value; `None` if there is none.
    pub value: Option<OutputValue>,
    /// True if it is what is expected.
    pub passed: bool,
    /// Why it is the value that it is, if that is not the expected one.
    pub explanation: Option<Outline>,
}

impl Outcome {
    /// True if every value is as expected.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.problems.is_empty() && self.cells.iter().all(|cell| cell.passed)
    }
}

impl Cell {
    /// The output, with the part of it that is meant: `ctr_7 top`.
    #[must_use]
    pub fn name(&self) -> String {
        match self.part.name() {
            Some(part) => format!("{} {part}", self.output),
            None => self.output.clone(),
        }
    }

    /// The value in words.
    #[must_use]
    pub fn value_words(&self) -> String {
        self.value.as_ref().map_or_else(|| checks::MISSING.to_owned(), checks::value_words)
    }
}

impl Suite {
    /// The tests of a plan that was compiled from a document, and this from a text.
    #[must_use]
    pub fn new(mut plan: Plan, document: Document, text: Arc<str>) -> Self {
        let form = Form::of(&mut plan, &document);
        Self { plan: Arc::new(plan), document, text, form }
    }

    /// The number of tests.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.document.tests.len()
    }

    /// True if there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.document.tests.is_empty()
    }

    /// The name of a test, by its number from 0.
    #[must_use]
    pub fn name(&self, number: usize) -> &str {
        &self.document.tests[number].name.value
    }

    /// Runs a test, by its number from 0. Others may run at the same time.
    pub fn run(&self, number: usize) -> Result<Outcome, LogError> {
        run::run(self, &self.document.tests[number])
    }

    /// The coverage of the config by some of its tests.
    #[must_use]
    pub fn coverage<'o>(&self, outcomes: impl IntoIterator<Item = &'o Outcome>) -> Coverage {
        let reached = outcomes.into_iter().map(|outcome| &outcome.reached);
        Coverage::of(&self.plan, &self.document, reached)
    }
}
