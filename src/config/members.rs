//! The members of one map, checked against their table: which are present, and which are missing,
//! unknown or duplicated.

use std::ops::Range;

use crate::diagnostic::{Faults, codes, nearest};

use super::node::{Node, Value};
use super::vocabulary::{Member, meant_by, names};

/// The known members of a map.
#[derive(Debug)]
pub(super) struct Members<'n> {
    /// The map's name in messages: "a `rate`", "`events`".
    owner: String,
    slots: Vec<Slot<'n>>,
    /// The members that unknown keys were suggested to mean.
    misspelt: Vec<&'static str>,
    at: Range<usize>,
}

/// A member as written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot<'n> {
    pub member: &'static Member,
    /// The key, whose text may be the member's other name.
    pub key: &'n Node,
    pub node: &'n Node,
}

impl<'n> Members<'n> {
    /// Checks a map against the tables of its members. `None` if it is not a map; null (a section
    /// whose members are all commented out) is an empty map.
    pub(super) fn read(
        node: &'n Node,
        owner: impl Into<String>,
        tables: &[&'static [Member]],
        faults: &mut Faults,
    ) -> Option<Self> {
        let owner = owner.into();
        let entries = match &node.value {
            Value::Map(entries) => entries.as_slice(),
            Value::Null => &[],
            _ => {
                let message = format!("{owner} is a map, not {}", node.kind());
                faults.add(codes::WRONG_KIND.at(node.span.clone(), message).help(format!(
                    "write its members as `name: value`: {}",
                    names(tables).join(", ")
                )));
                return None;
            }
        };
        let known = || tables.iter().flat_map(|table| table.iter());
        let mut slots: Vec<Slot<'n>> = Vec::new();
        let mut misspelt = Vec::new();
        for entry in entries {
            let word = entry.key.scalar_text().unwrap_or_default();
            let Some(member) = known().find(|member| member.is_called(&word)) else {
                misspelt.extend(unknown(&entry.key, &word, &owner, tables, faults));
                continue;
            };
            let twice = slots.iter().find(|slot| std::ptr::eq(slot.member, member));
            if let Some(first) = twice {
                faults.add(duplicate(&owner, first, &entry.key, &word));
                continue;
            }
            slots.push(Slot { member, key: &entry.key, node: &entry.value });
        }
        Some(Self { owner, slots, misspelt, at: node.span.clone() })
    }

    /// The member, if present.
    pub(super) fn get(&self, name: &str) -> Option<Slot<'n>> {
        self.slots.iter().find(|slot| slot.member.name == name).copied()
    }

    /// True if an unknown key was suggested to mean this member.
    pub(super) fn is_misspelt(&self, name: &str) -> bool {
        self.misspelt.contains(&name)
    }

    /// All members present, in the order of the text.
    pub(super) fn all(&self) -> impl Iterator<Item = Slot<'n>> {
        self.slots.iter().copied()
    }

    /// The member; adds a fault if it is missing.
    pub(super) fn demand(&self, name: &str, faults: &mut Faults) -> Option<Slot<'n>> {
        let slot = self.get(name);
        if slot.is_none() {
            self.miss(name, faults);
        }
        slot
    }

    /// Reports a missing member, unless it was reported as misspelt.
    pub(super) fn miss(&self, name: &str, faults: &mut Faults) {
        if self.is_misspelt(name) {
            return;
        }
        // The name says best which feature it is; without one, its first line does.
        let at = self.get("name").map_or_else(|| self.at.clone(), |slot| slot.node.span.clone());
        faults.add(
            codes::MISSING_MEMBER
                .at(at, needs(&self.owner, name))
                .help(format!("add `{name}: {}`", example(name))),
        );
    }
}

/// Reports an unknown member; returns the one that is suggested.
fn unknown(
    key: &Node,
    word: &str,
    owner: &str,
    tables: &[&'static [Member]],
    faults: &mut Faults,
) -> Option<&'static str> {
    let words = tables
        .iter()
        .flat_map(|table| table.iter())
        .flat_map(|member| [Some(member.name), member.other_name])
        .flatten();
    let words: Vec<&'static str> = words.collect();
    let near = meant_by(word, &words).or_else(|| nearest(word, words));
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("it has {}", names(tables).join(", ")),
    };
    let message = if word.is_empty() {
        format!("{owner} has a key that is {}", key.kind())
    } else {
        format!("{owner} has no `{word}`")
    };
    faults.add(codes::UNKNOWN_MEMBER.at(key.span.clone(), message).help(help));
    let known = tables.iter().flat_map(|table| table.iter());
    known.into_iter().find(|member| near.is_some_and(|near| member.is_called(near))).map(|m| m.name)
}

fn duplicate(
    owner: &str,
    first: &Slot<'_>,
    second: &Node,
    word: &str,
) -> crate::diagnostic::Diagnostic {
    let message = if first.key.is_text(word) {
        format!("{owner} has `{word}` twice")
    } else {
        format!("{owner} has `{}` and `{word}`, which are the same", first.member.name)
    };
    codes::DUPLICATE_KEY
        .at(second.span.clone(), message)
        .label(first.key.span.clone(), "first here")
        .help("keep one of them")
}

/// An example value for a missing member.
fn example(name: &str) -> &'static str {
    match name {
        "name" => "clicks",
        "type" => "interaction_count",
        "scope" => "item",
        "interaction" | "top" => "click",
        "bottom" => "impression",
        "bucket" => "24h",
        "periods" => "[7, 30]",
        "windows" => "[1h, 7d]",
        "value" => "price",
        "rate" => "0.1",
        "weight" => "10",
        _ => "…",
    }
}

/// The message that `owner` needs a member.
fn needs(owner: &str, name: &str) -> String {
    let owner =
        ["an ", "a "].iter().find_map(|article| owner.strip_prefix(article)).unwrap_or(owner);
    let article = match name {
        "periods" | "windows" => "",
        "interaction" => "an ",
        _ => "a ",
    };
    format!("{owner} needs {article}`{name}`")
}
