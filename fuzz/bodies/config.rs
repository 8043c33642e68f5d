//! Any text as a config: a plan or faults that say where, never a panic. It is formatted, and its
//! tests run, too.

use counterscope::config;
use counterscope::diagnostic::{self, Severity};
use counterscope::plan::lower::compile_with_document;
use counterscope::scenario::Suite;

/// The most events of tests, and the most outputs, that are worth the time.
const MOST: usize = 200;

/// Compiles the text, renders what is said of it, formats it, and runs its tests.
pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (plan, document, report) = compile_with_document("fuzz.yaml", text);
    let faults = report.diagnostics.iter().any(|found| found.severity == Severity::Error);
    assert_eq!(plan.is_none(), faults, "either a plan or faults");
    assert!(faults || !diagnostic::text(&report, false).contains("error["));
    assert!(diagnostic::json(&report).contains("\"diagnostics\""));
    if let Ok(formatted) = config::format("fuzz.yaml", text) {
        let again = config::format("fuzz.yaml", &formatted);
        assert_eq!(again.ok(), Some(formatted), "what is formatted stays");
    }
    let Some(plan) = plan.filter(|plan| plan.outputs.len() <= MOST) else { return };
    let events = document.tests.iter().flat_map(|test| &test.events);
    if events.map(|event| event.repeat as usize).sum::<usize>() <= MOST {
        let suite = Suite::new(plan, document, text.into());
        let outcomes: Vec<_> = (0..suite.len()).filter_map(|it| suite.run(it).ok()).collect();
        assert_eq!(outcomes.len(), suite.len(), "what is in memory can be read");
        let coverage = suite.coverage(&outcomes);
        assert!(coverage.reached <= coverage.boundaries);
    }
}
