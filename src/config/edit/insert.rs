//! An entry added to a list behind another one, in that one's layout.

use std::ops::Range;

use super::emit;
use crate::config::node::{Node, Value};

/// Where an entry goes, and its text there.
pub(super) struct Insertion {
    /// The offset.
    pub(super) at: usize,
    /// What goes there, its line ends included.
    pub(super) text: String,
    /// The offset within it at which the entry starts.
    pub(super) start: usize,
}

impl Insertion {
    /// The text with it.
    pub(super) fn apply(&self, text: &str) -> String {
        [&text[..self.at], &self.text, &text[self.at..]].concat()
    }
}

/// The insertion of `new`, a map, behind the entry at `span`. `None` if there is no dash or bracket
/// that tells how, or a value cannot be written.
pub(super) fn behind(
    text: &str,
    list: &Node,
    span: &Range<usize>,
    new: &Node,
) -> Option<Insertion> {
    if text[list.span.clone()].starts_with('[') {
        let separator = ", ";
        let text = format!("{separator}{}", emit::flow(new)?);
        return Some(Insertion { at: span.end, text, start: separator.len() });
    }
    let before = text[..span.start].trim_end();
    let dash = before.strip_suffix('-')?.len();
    let line = before.rfind('\n').map_or(0, |end| end + 1);
    let indent = &text[line..dash];
    if !indent.trim_start_matches('\u{feff}').bytes().all(|byte| byte == b' ') {
        return None;
    }
    let indent = indent.trim_start_matches('\u{feff}');
    let end = text[span.end..].find('\n').map_or(text.len(), |end| span.end + end);
    let (at, ends) = match text[..end].strip_suffix('\r') {
        Some(line) => (line.len(), "\r\n"),
        None => (end, if text[..end].contains("\r\n") { "\r\n" } else { "\n" }),
    };
    let is_spaced = text[..line].lines().next_back().is_some_and(|above| above.trim().is_empty());
    let mut lead = ends.to_owned();
    if is_spaced {
        lead += ends;
    }
    let start = lead.len() + indent.len();
    let entry = if text[span.clone()].starts_with('{') {
        format!("{indent}- {}", emit::flow(new)?)
    } else {
        let Value::Map(members) = &new.value else { return None };
        let members = members
            .iter()
            .map(|member| {
                Some(format!("{}: {}", emit::flow(&member.key)?, emit::flow(&member.value)?))
            })
            .collect::<Option<Vec<_>>>()?;
        format!("{indent}- {}", members.join(&format!("{ends}{indent}  ")))
    };
    Some(Insertion { at, text: lead + &entry, start })
}
