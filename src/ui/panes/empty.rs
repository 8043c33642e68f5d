//! What is said where there is nothing to show: why, and what to do.

use crate::base::quantity;
use crate::diagnostic::Severity;
use crate::session::protocol::Layout;
use crate::session::snapshot::{EntryCount, LogProblem, Snapshot, State, Tallies};

/// Why there are no values and no events, in words. `layout` is the one of the values.
pub(in crate::ui) fn words(snapshot: &Snapshot, layout: Layout, dot: &str) -> String {
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
    let scopes = &snapshot.source.scopes;
    if snapshot.source.hidden > 0 && scopes.iter().all(|scope| scope.columns.is_empty()) {
        return format!("all outputs are hidden {dot} f, a shows them");
    }
    nothing_counted(snapshot, layout)
        .map_or_else(|| no_keys(layout), |why| format!("{why} {dot} 3 shows it"))
}

/// Why no event of the whole log counts for a feature of the layout's scope; `None` where one does,
/// or where that is not known.
fn nothing_counted(snapshot: &Snapshot, layout: Layout) -> Option<String> {
    let is_in_view = |scope: usize| matches!(layout, Layout::Long) || layout == Layout::Wide(scope);
    let entries = snapshot.source.entries.iter();
    let entries = entries.filter(|entry| entry.outputs.iter().any(|it| is_in_view(it.scope)));
    let counts = &snapshot.config.counted;
    let counts: Option<Vec<&EntryCount>> =
        entries.map(|entry| counts.iter().find(|count| count.line == entry.line)).collect();
    let counts = counts?;
    if counts.iter().any(|count| count.counted > 0) {
        return None;
    }
    // Of several, the one that most events could have counted for.
    counts.into_iter().rev().max_by_key(|count| count.events())?.why_nothing()
}

fn no_keys(layout: Layout) -> String {
    let features = match layout {
        Layout::Wide(_) => "a feature of this scope",
        Layout::Long => "any feature",
    };
    format!("no keys yet: no event up to here counts for {features}")
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
