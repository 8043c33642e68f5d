//! Faults of a feature's `type`: missing, misspelt or unknown.

use std::ops::Range;

use crate::diagnostic::{Faults, codes, nearest};

use super::node::{Node, Value};
use super::vocabulary::{EVERY, METARANK_TYPES, TYPE_SYNONYMS, TYPES};

/// The misspelt `type` of an entry that has none: span and text of the key.
pub(super) fn misspelt(entry: &Node) -> Option<(Range<usize>, String)> {
    let Value::Map(members) = &entry.value else { return None };
    let all = [EVERY].into_iter().chain(TYPES.iter().flat_map(|kind| kind.members.iter().copied()));
    let known: Vec<_> = all.flatten().collect();
    members.iter().find_map(|member| {
        let word = member.key.scalar_text()?;
        let is_known = known.iter().any(|known| known.is_called(&word));
        (!is_known && nearest(&word, ["type"]).is_some()).then(|| (member.key.span.clone(), word))
    })
}

/// Reports an unknown type.
pub(super) fn unknown(node: &Node, word: &str, faults: &mut Faults) {
    if word.is_empty() {
        let message = format!("`type` takes a word, not {}", node.kind());
        let help = "write one such as `type: interaction_count`";
        faults.add(codes::WRONG_KIND.at(node.span.clone(), message).help(help));
        return;
    }
    let names: Vec<_> = TYPES.iter().map(|kind| kind.name).collect();
    let synonym = TYPE_SYNONYMS.iter().find(|(other, _)| *other == word).map(|(_, name)| *name);
    let known = names.iter().chain(METARANK_TYPES).copied();
    let help = match synonym.or_else(|| nearest(word, known)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the types are {}", names.join(", ")),
    };
    let message = format!("there is no feature type `{word}`");
    faults.add(codes::UNKNOWN_TYPE.at(node.span.clone(), message).help(help));
}
