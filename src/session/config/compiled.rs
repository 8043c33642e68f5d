//! A config's text, compiled, with what is to be said of it by itself.

use crate::config::Document;
use crate::diagnostic::Report;
use crate::lint::{self, Declared};
use crate::plan::Plan;
use crate::plan::lower::compile_with_document;

/// A text's plan, its declarations, and what is to be said of it by itself.
pub(in crate::session) fn compile(name: &str, text: &str) -> (Option<Plan>, Document, Report) {
    let (plan, document, mut report) = compile_with_document(name, text);
    if let Some(plan) = &plan {
        let declared = Declared { document: &document, text, plan, settings: &document.lints };
        report.diagnostics.extend(lint::of_config(&declared));
        report.sort();
    }
    judge(&mut report, &document, plan.is_some());
    (plan, document, report)
}

/// Leaves out what the text allows, and makes errors of what it denies, if it is `valid`.
pub(super) fn judge(report: &mut Report, document: &Document, valid: bool) {
    lint::allow(&mut report.diagnostics, document, &report.text, &document.lints);
    if valid {
        lint::deny(&mut report.diagnostics, &document.lints, false);
    }
}
