//! Text diff: the lines of a config that a save has changed.

use crate::session::snapshot::DiffLine;

/// The lines that differ, with two lines of context.
pub(super) fn text_diff(old: &str, new: &str) -> Vec<(DiffLine, String)> {
    let diff = similar::TextDiff::from_lines(old, new);
    let mut lines = Vec::new();
    for group in diff.grouped_ops(2) {
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let kind = match change.tag() {
                similar::ChangeTag::Equal => DiffLine::Same,
                similar::ChangeTag::Insert => DiffLine::Added,
                similar::ChangeTag::Delete => DiffLine::Removed,
            };
            lines.push((kind, change.value().trim_end_matches(['\n', '\r']).to_owned()));
        }
    }
    lines
}
