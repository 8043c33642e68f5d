//! YAML text → declarations with spans, all faults at once. It must not know which aggregates
//! exist, nor what a config means as a whole.

mod document;
mod faults;
mod features;
mod filters;
mod matrix;
mod members;
mod node;
mod scalars;
mod sections;
mod slash;
mod spans;
mod values;
pub mod vocabulary;

pub use document::{
    Body, Comparison, Condition, Defaults, Document, Feature, Filter, Group, Length, Past, Prior,
    Spanned, Windows,
};

use crate::diagnostic::{Report, codes};

pub use faults::nearest;

use faults::Faults;
use node::{Node, Value};
use values::SyntaxFault;

/// Reads a config. The report holds every fault that was found, in the order of the text; the
/// document holds what is sound, so that its meaning can be looked at as well. `None` if the text
/// is no YAML.
#[must_use]
pub fn read(name: &str, text: &str) -> (Option<Document>, Report) {
    let mut report = Report::new(name, text);
    let mut faults = Faults::default();
    let document = read_tree(text, &mut faults).map(|root| {
        let mut document = Document::default();
        let slot = sections::read(&root, &mut document, &mut faults);
        // Where the text is no map of sections at all, that fault says enough.
        if matches!(root.value, Value::Map(_) | Value::Null) {
            features::read(slot, &mut document, &mut faults);
        }
        document
    });
    report.diagnostics = faults.into_vec();
    report.sort();
    (document, report)
}

/// The text as values with places. Comments that start with `//` are told and read as comments.
fn read_tree(text: &str, faults: &mut Faults) -> Option<Node> {
    let read = Node::read(text);
    let slashes = match &read {
        Ok(root) => slash::in_tree(text, root),
        Err(_) => slash::in_lines(text),
    };
    let read = if slashes.is_empty() { read } else { Node::read(&slash::repaired(text, &slashes)) };
    for at in slashes {
        faults.add(slash::fault(text, at));
    }
    match read {
        Ok(root) => Some(root),
        Err(fault) => {
            faults.add(syntax(text, &fault));
            None
        }
    }
}

fn syntax(text: &str, fault: &SyntaxFault) -> crate::diagnostic::Diagnostic {
    let mut start = fault.offset.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let end = text[start..].chars().next().map_or(start, |c| start + c.len_utf8());
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let line = text[line_start..].lines().next().unwrap_or_default();
    let indent = &line[..line.len() - line.trim_start().len()];
    let help = if indent.contains('\t') {
        "YAML is indented with spaces: replace the tab"
    } else {
        "look at this place and the line before it: indentation, a missing `:`, a bracket or \
         quote that is not closed"
    };
    codes::YAML_SYNTAX.at(start..end, format!("the text is no YAML: {}", fault.reason)).help(help)
}
