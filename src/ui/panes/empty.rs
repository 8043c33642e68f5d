//! What is said where there is nothing to show: why, and what to do. It must not know where it is
//! said.

use crate::base::quantity;
use crate::diagnostic::Severity;
use crate::session::snapshot::{LogProblem, Snapshot, State, Tallies};

/// Why there are no values and no events, in words.
pub(in crate::ui) fn words(snapshot: &Snapshot, dot: &str) -> String {
    let (config, transport) = (&snapshot.config, &snapshot.transport);
    if config.is_missing() {
        let errors = quantity::counted(config.report.count(Severity::Error), "error");
        return format!("the config has {errors} {dot} 3 lists them {dot} o opens the editor");
    }
    if transport.total == 0 {
        return match transport.state {
            State::Loading { .. } => "reading the log".to_owned(),
            _ => match snapshot.source.about_log.nothing() {
                Some(LogProblem { text, help: Some(help) }) => format!("{text} {dot} {help}"),
                Some(LogProblem { text, help: None }) => text.clone(),
                None => no_events(&snapshot.tallies),
            },
        };
    }
    if snapshot.source.entries.is_empty() {
        return "the config declares no features".to_owned();
    }
    if transport.cursor == 0 {
        return format!("nothing has happened yet {dot} space plays {dot} G goes to the end");
    }
    "no keys yet: no event up to here counts for a feature of this scope".to_owned()
}

/// Why a log has no events.
fn no_events(tallies: &Tallies) -> String {
    let reasons: Vec<String> = tallies
        .rejected
        .iter()
        .map(|(reason, count)| format!("{} {reason}", quantity::grouped(*count)))
        .collect();
    match tallies.rejected_total() {
        0 => "the log has no events: it is empty".to_owned(),
        1 => format!("the log's only line cannot be read as an event: {}", reasons.join(", ")),
        lines => format!(
            "none of the log's {} lines can be read as events: {}",
            quantity::grouped(lines),
            reasons.join(", ")
        ),
    }
}
