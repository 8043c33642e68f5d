//! What the logs are: how they are written, how many events they hold, which lines are none.

use std::fmt::Write as _;

use serde_json::json;

use crate::base::quantity::{counted, grouped};
use crate::coverage::EntryCount;
use crate::dataset::Run;
use crate::diagnostic::{self, Report};
use crate::tape::ImpressionsStatus;

use super::features;

/// The logs, in lines for people.
pub(super) fn told(run: &Run) -> Vec<String> {
    let tape = run.tape();
    let mut log = format!("log: {} events", grouped(tape.events() as u64));
    if let Some(detected) = run.detected() {
        let _ =
            write!(log, " in the format {} ({})", detected.format_name, detected.encoding.name());
        if let Some(unit) = detected.unit {
            let _ = write!(log, ", times in {}", unit.name());
        }
    }
    let mut lines = vec![log, format!("impressions: {}", impressions(tape.impressions()))];
    if tape.reordered() > 0 {
        lines.push(format!("out of order: {} (sorted)", grouped(tape.reordered())));
    }
    for (reason, count) in tape.rejections().by_count() {
        lines.push(format!("rejected: {}, {reason}", counted(count as usize, "line")));
        for example in tape.rejections().examples().iter().filter(|e| e.reason == reason) {
            lines.push(format!("  line {}: {}", example.line + 1, example.excerpt.trim_end()));
        }
    }
    lines
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
pub(super) fn structured(run: &Run, counted: &[EntryCount], places: &Report) -> serde_json::Value {
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
        "features": features::structured(counted),
        "diagnostics": diagnostic::values(places),
    })
}
