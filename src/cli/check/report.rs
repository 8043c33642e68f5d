//! What a check says, in the format that was asked for. Formats of annotations have diagnostics
//! alone, all at once; what is said of the logs besides goes to stderr.

use std::io;

use crate::base::quantity::counted;
use crate::cli::arguments::{Check, CheckFormat};
use crate::cli::environment::Environment;
use crate::cli::output::{self, ForPeople, for_programs, note};
use crate::config::Document;
use crate::coverage::EntryCount;
use crate::dataset::Run;
use crate::diagnostic::{self, Report, Severity};

use super::features;
use super::log::{facts_of, lines, structured};

/// The output of one check.
pub(super) struct Printer {
    format: CheckFormat,
    /// Show every fault.
    all: bool,
    people: ForPeople,
    /// What is to become annotations.
    annotated: Vec<Report>,
    errors: usize,
    warnings: usize,
}

/// What is said of logs.
pub(super) struct OfLogs<'r> {
    pub(super) run: &'r Run,
    /// Warnings about the logs themselves.
    pub(super) said: Vec<String>,
    pub(super) counted: Vec<EntryCount>,
    /// What there is to say about places in the config that takes a log to see.
    pub(super) places: Report,
}

impl Printer {
    pub(super) fn new(arguments: &Check, environment: &Environment) -> Self {
        Self {
            format: arguments.format,
            all: arguments.all,
            people: ForPeople::new(environment),
            annotated: Vec::new(),
            errors: 0,
            warnings: 0,
        }
    }

    /// Prints what there is to say of the config alone.
    pub(super) fn config(&mut self, report: &Report, is_valid: bool) -> io::Result<()> {
        self.count(report);
        match self.format {
            CheckFormat::Text => {
                // The last line counts the warnings together with those about the logs.
                if is_valid {
                    self.people.faults(report, self.all)?;
                } else {
                    self.people.report(report, self.all)?;
                }
                self.people.flush()
            }
            CheckFormat::Json => output::json(&diagnostic::value(report)),
            CheckFormat::Sarif | CheckFormat::Github => {
                self.annotated.push(report.clone());
                if is_valid { Ok(()) } else { self.annotate() }
            }
        }
    }

    /// Prints what a log has that cannot be used: rejected lines are shown nowhere else.
    pub(super) fn unusable(&mut self, run: &Run, document: &Document) -> io::Result<()> {
        match self.format {
            CheckFormat::Text => self.people.lines(lines(run, zone(document)))?,
            CheckFormat::Json => output::json(&facts_of(run).into())?,
            CheckFormat::Sarif | CheckFormat::Github => self.annotate()?,
        }
        self.people.flush()
    }

    /// Prints what there is to say of the logs.
    pub(super) fn logs(&mut self, of: OfLogs<'_>, document: &Document) -> io::Result<()> {
        let OfLogs { run, said, counted, places } = of;
        self.count(&places);
        self.warnings += said.len();
        let mut said_lines = said.iter().map(|warning| format!("warning: {warning}"));
        match self.format {
            CheckFormat::Text => {
                self.people.lines(lines(run, zone(document)))?;
                self.people.lines(said_lines)?;
                self.people.lines(features::lines(&counted))?;
                self.people.faults(&places, self.all)
            }
            CheckFormat::Json => output::json(&structured(run, &said, &counted, &places)),
            CheckFormat::Sarif | CheckFormat::Github => {
                said_lines.by_ref().for_each(note);
                self.annotated.push(places);
                Ok(())
            }
        }
    }

    /// Ends the output; returns the number of errors. `parts` are those of the config.
    pub(super) fn end(mut self, name: &str, parts: &str) -> io::Result<usize> {
        match self.format {
            CheckFormat::Text => {
                let (errors, warnings) = (self.errors, self.warnings);
                let standing = match (errors, warnings) {
                    (0, 0) => "ok".to_owned(),
                    (0, some) => format!("ok with {}", counted(some, "warning")),
                    (some, 0) => counted(some, "error"),
                    (some, more) => {
                        format!("{}, {}", counted(some, "error"), counted(more, "warning"))
                    }
                };
                self.people.line(format!("{name}: {standing}, {parts}"))?;
                self.people.flush()?;
            }
            CheckFormat::Json => {}
            CheckFormat::Sarif | CheckFormat::Github => self.annotate()?,
        }
        Ok(self.errors)
    }

    fn count(&mut self, report: &Report) {
        self.errors += report.count(Severity::Error);
        self.warnings += report.count(Severity::Warning);
    }

    /// Prints the annotations.
    fn annotate(&self) -> io::Result<()> {
        match self.format {
            CheckFormat::Sarif => output::json(&diagnostic::sarif(&self.annotated)),
            _ => io::Write::write_all(
                &mut for_programs(),
                diagnostic::github(&self.annotated).as_bytes(),
            ),
        }
    }
}

fn zone(document: &Document) -> Option<crate::base::Zone> {
    document.timezone.as_ref().map(|zone| zone.value)
}
