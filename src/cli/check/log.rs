//! What the logs are: how they are written, how many events they hold, which lines are none.

use std::fmt::Write as _;

use serde_json::json;

use crate::base::quantity::grouped;
use crate::dataset::Run;
use crate::diagnostic::{self, Report};
use crate::tape::ImpressionsStatus;

/// The logs, in words.
pub(super) fn told(run: &Run, findings: &[String]) -> String {
    let tape = run.tape();
    let mut text = format!("log: {} events", grouped(tape.events() as u64));
    if let Some(detected) = run.detected() {
        let _ =
            write!(text, " in the format {} ({})", detected.format_name, detected.encoding.name());
        if let Some(unit) = detected.unit {
            let _ = write!(text, ", times in {}", unit.name());
        }
    }
    text.push('\n');
    let _ = writeln!(text, "impressions: {}", impressions(tape.impressions()));
    if tape.reordered() > 0 {
        let _ = writeln!(text, "out of place, and sorted: {}", grouped(tape.reordered()));
    }
    for (reason, count) in tape.rejections().by_count() {
        let _ = writeln!(text, "no events: {} ({reason})", grouped(count));
        for example in tape.rejections().examples().iter().filter(|e| e.reason == reason) {
            let _ = writeln!(text, "  line {}: {}", example.line + 1, example.excerpt.trim_end());
        }
    }
    for finding in findings {
        let _ = writeln!(text, "warning: {finding}");
    }
    text
}

fn impressions(status: ImpressionsStatus) -> String {
    match status {
        ImpressionsStatus::Made(count) => format!("{} made from rankings", grouped(count)),
        ImpressionsStatus::Disabled => "not made, the config turns them off".to_owned(),
        ImpressionsStatus::Unused => "not made, no feature counts them".to_owned(),
        ImpressionsStatus::NotMetarank => "not made, the log has no rankings".to_owned(),
        ImpressionsStatus::InLog => "not made, the log holds its own".to_owned(),
    }
}

/// The logs, for programs.
pub(super) fn structured(run: &Run, findings: &[String], places: &Report) -> serde_json::Value {
    let tape = run.tape();
    let rejected: serde_json::Map<String, serde_json::Value> = tape
        .rejections()
        .by_count()
        .into_iter()
        .map(|(reason, count)| (reason.to_string(), count.into()))
        .collect();
    json!({
        "events": tape.events(),
        "format": run.detected().map(|detected| detected.format_name),
        "encoding": run.detected().map(|detected| detected.encoding.name()),
        "impressions": match tape.impressions() {
            ImpressionsStatus::Made(count) => count,
            _ => 0,
        },
        "reordered": tape.reordered(),
        "rejected": rejected,
        "warnings": findings,
        "diagnostics": diagnostic::values(places),
    })
}
