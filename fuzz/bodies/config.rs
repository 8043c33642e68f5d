//! Any text as a config: a plan or faults that say where, never a panic.

use counterscope::diagnostic::{self, Severity};
use counterscope::plan::lower::compile;

/// Compiles the text and renders what is said of it.
pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (plan, report) = compile("fuzz.yaml", text);
    let faults = report.diagnostics.iter().any(|found| found.severity == Severity::Error);
    assert_eq!(plan.is_none(), faults, "either a plan or faults");
    assert!(faults || !diagnostic::text(&report, false).contains("error["));
    assert!(diagnostic::json(&report).contains("\"diagnostics\""));
}
