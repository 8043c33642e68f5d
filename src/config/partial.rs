//! Partly valid entries: what an entry with faults says of aggregates and other features, so that
//! those names are checked as well and all faults are reported at once.

use crate::diagnostic::Faults;

use super::document::{Partial, Spanned};
use super::matrix::Expanded;
use super::members::Members;
use super::node::Node;
use super::vocabulary::{EVERY, TYPES};

/// The valid parts of an entry; `None` if its type is unknown or has nothing to check.
pub(super) fn read(expanded: &Expanded) -> Option<Partial> {
    let Expanded { entry, combination } = expanded;
    let word = entry.get("type").and_then(Node::scalar_text)?;
    let kind = TYPES.iter().find(|kind| kind.name == word)?;
    let tables: Vec<_> = [EVERY].into_iter().chain(kind.members.iter().copied()).collect();
    // Faults of the members have been reported already.
    let reported = &mut Faults::default();
    let members = Members::read(entry, kind.with_article(), &tables, reported)?;
    let mut text = |name: &str| members.get(name).and_then(|slot| slot.text(reported));
    let mut partial = Partial { combination: combination.clone(), ..Partial::default() };
    match kind.name {
        "counter" => {
            partial.aggregate = text("aggregate");
            let value = text("value");
            let is_reported = |name, read: &Option<Spanned<String>>| {
                members.is_misspelt(name) || (members.get(name).is_some() && read.is_none())
            };
            if !is_reported("aggregate", &partial.aggregate) && !is_reported("value", &value) {
                let decays = members.get("half_life").is_some() && members.get("windows").is_none();
                partial.fit = Some((value, decays));
            }
        }
        "ratio" => partial.operands = ["top", "bottom"].into_iter().filter_map(text).collect(),
        _ => return None,
    }
    Some(partial)
}
