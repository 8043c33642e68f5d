//! Rejected lines: the reasons with their examples.

use crate::base::quantity::counted;
use crate::tape::Rejections;

/// The reasons with their examples, as lines for people; `what` introduces each.
pub(super) fn rejected(what: &str, rejections: &Rejections) -> Vec<String> {
    let mut lines = Vec::new();
    for (reason, count) in rejections.by_count() {
        lines.push(format!("{what}: {}, {reason}", counted(count as usize, "line")));
        for example in rejections.examples().iter().filter(|e| e.reason == reason) {
            let line = example.line + 1;
            lines.push(match example.excerpt.trim_end() {
                "" => format!("  line {line}"),
                text => format!("  line {line}: {text}"),
            });
        }
    }
    lines
}
