//! What is wrong, in one list: with the log as a whole, with the config's file, and in its text.

use std::borrow::Cow;

use crate::diagnostic::{Diagnostic, Report, Severity};
use crate::session::snapshot::{Config, Extent, Snapshot, Unused};

/// The config's report, behind what is wrong beside its text.
pub(in crate::ui) fn report(snapshot: &Snapshot) -> Cow<'_, Report> {
    let config = &snapshot.config;
    let log = &snapshot.source.about_log;
    let severity = match log.extent {
        Extent::Nothing => Severity::Error,
        Extent::Whole | Extent::Cut => Severity::Warning,
    };
    let of_log = log.problems.iter().map(|problem| {
        whole("log", severity, problem.text.clone(), problem.help.clone().unwrap_or_default())
    });
    let beside: Vec<Diagnostic> = of_file(config).into_iter().chain(of_log).collect();
    if beside.is_empty() {
        return Cow::Borrowed(&*config.report);
    }
    let mut report = Report::clone(&config.report);
    report.diagnostics.splice(0..0, beside);
    Cow::Owned(report)
}

/// Why the config's file is not in use, where that is not for faults in its text.
fn of_file(config: &Config) -> Option<Diagnostic> {
    let (message, help) = match config.unused? {
        Unused::Deleted => ("the config's file was deleted", "put it back"),
        Unused::Unreadable => {
            ("the config's file cannot be read", "make it a text file that can be read")
        }
        // What is wrong with the log is a problem of its own.
        Unused::LogUnreadable => {
            ("the config needs more of the log, which cannot be read again", "put the log back")
        }
    };
    let help = match config.version {
        0 => help.to_owned(),
        version => format!("{help}; until then version {version} stays in use"),
    };
    Some(whole("config", Severity::Error, message.to_owned(), help))
}

/// A problem of something as a whole.
fn whole(code: &'static str, severity: Severity, message: String, help: String) -> Diagnostic {
    let help = Some(help).filter(|help| !help.is_empty());
    Diagnostic { code, severity, message, labels: Vec::new(), help }
}
