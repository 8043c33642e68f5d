//! What is known of an entry that could not be read whole: its words are held against what they
//! name all the same, so that all of its faults are told at once. It must not know what they mean.

use crate::diagnostic::Faults;

use super::document::{Partial, Spanned};
use super::matrix::Expanded;
use super::members::Members;
use super::node::Node;
use super::vocabulary::{EVERY, TYPES};

/// What the entry says of other things; `None` where its type is none.
pub(super) fn read(expanded: &Expanded) -> Option<Partial> {
    let Expanded { entry, combination } = expanded;
    let word = entry.get("type").and_then(Node::scalar_text)?;
    let kind = TYPES.iter().find(|kind| kind.name == word)?;
    let tables: Vec<_> = [EVERY].into_iter().chain(kind.members.iter().copied()).collect();
    // What is wrong with the members is told already.
    let told = &mut Faults::default();
    let members = Members::read(entry, kind.with_article(), &tables, told)?;
    let mut text = |name: &str| members.get(name).and_then(|slot| slot.text(told));
    let mut partial = Partial { combination: combination.clone(), ..Partial::default() };
    match kind.name {
        "counter" => {
            partial.aggregate = text("aggregate");
            let value = text("value");
            let is_told = |name, read: &Option<Spanned<String>>| {
                members.is_misspelt(name) || (members.get(name).is_some() && read.is_none())
            };
            if !is_told("aggregate", &partial.aggregate) && !is_told("value", &value) {
                let decays = members.get("half_life").is_some() && members.get("windows").is_none();
                partial.fit = Some((value, decays));
            }
        }
        "ratio" => partial.operands = ["top", "bottom"].into_iter().filter_map(text).collect(),
        _ => return None,
    }
    Some(partial)
}
