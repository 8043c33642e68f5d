//! Explanations as text for people: the value first, then what made it, as a tree.

use crate::explain::outline::{self, Extent, Moments, Outline};

use super::{Answer, Answered};
use crate::cli::arguments::Explain;

/// The lines of all answers.
pub(super) fn text(answers: &[Answered], arguments: &Explain) -> Vec<String> {
    let mut lines = Vec::new();
    for answered in answers {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        let outline = outline(answered, arguments);
        lines.extend(outline::text(&outline, Moments::Whole, |node| !node.is_closed));
    }
    lines
}

fn outline(answered: &Answered, arguments: &Explain) -> Outline {
    let Answered { output, key, as_of, answer } = answered;
    match answer {
        Answer::Value(explanation) => {
            outline::explanation(explanation, super::order(arguments.sort), Extent::Whole)
        }
        Answer::By(sides) => {
            let by = arguments.by.as_deref().unwrap_or_default();
            let listed = (arguments.top.get(), "; --top lists more");
            let name = outline::name(output, key);
            outline::contributors((&name, *as_of), sides, by, listed, Extent::Whole)
        }
        Answer::NeverSeen(near, first) => {
            outline::never_seen(output, key, (near, *first), arguments.at.map(|_| *as_of))
        }
    }
}
