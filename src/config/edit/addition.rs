//! Whether an edit has added what it was to add, and nothing else.

use crate::config::node::{Entry, Node, Value};

/// True if the second text is the first one with an element more in the list of a section, as its
/// `n`-th, and nothing else. Without the element it may be any.
pub(super) fn is_only_addition(
    (before, after): (&Node, &Node),
    section: &str,
    (n, new): (usize, Option<&Node>),
) -> bool {
    let (Value::Map(before), Value::Map(after)) = (&before.value, &after.value) else {
        return false;
    };
    let list = |entry: &Entry| match &entry.value.value {
        Value::List(elements) if entry.key.is_text(section) => Some(elements.clone()),
        Value::Null if entry.key.is_text(section) => Some(Vec::new()),
        _ => None,
    };
    // A section that was not there is behind the others.
    let added = after.get(before.len()).filter(|added| added.key.is_text(section) && n == 0);
    before.len() + usize::from(added.is_some()) == after.len()
        && added.is_none_or(|added| list(added).is_some_and(|elements| elements.len() == 1))
        && before.iter().zip(after).all(|(before, after)| {
            same(&before.key, &after.key)
                && match (list(before), list(after)) {
                    (Some(mut before), Some(mut after)) => {
                        match new {
                            Some(new) => before.insert(n, new.clone()),
                            None if n < after.len() => {
                                after.remove(n);
                            }
                            None => return false,
                        }
                        before.len() == after.len()
                            && before.iter().zip(&after).all(|(before, after)| same(before, after))
                    }
                    _ => same(&before.value, &after.value),
                }
        })
}

/// True if two values are the same, wherever they stand.
pub(super) fn same(one: &Node, other: &Node) -> bool {
    match (&one.value, &other.value) {
        (Value::List(one), Value::List(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Map(one), Value::Map(other)) => {
            one.len() == other.len()
                && one.iter().zip(other).all(|(one, other)| {
                    same(&one.key, &other.key) && same(&one.value, &other.value)
                })
        }
        (Value::Float(one), Value::Float(other)) => one.to_bits() == other.to_bits(),
        (one, other) => one == other,
    }
}
