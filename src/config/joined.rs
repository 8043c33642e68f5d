//! Members of `events` that name an attribute of what events are joined with. A line is read, told
//! from metadata and put in order before it is joined, so that such a name would never hold.

use crate::diagnostic::{Faults, codes};

use super::document::Spanned;
use super::members::{Members, Slot};
use super::node::{Node, Value};

/// The members that name members of a line.
const OF_LINES: [&str; 6] = ["timestamp", "type", "id", "flags", "each", "known"];

/// Reports the names that begin with one of these words, those of `as`, and a dot.
pub(super) fn refuse(events: &Members<'_>, words: &[Spanned<String>], faults: &mut Faults) {
    if words.is_empty() {
        return;
    }
    for slot in OF_LINES.iter().filter_map(|name| events.get(name)) {
        for node in named(slot) {
            refuse_one(slot.member.name, node, words.iter(), faults);
        }
    }
    let Some(Value::List(entries)) = events.get("metadata").map(|slot| &slot.node.value) else {
        return;
    };
    for entry in entries {
        let own = entry.get("as").and_then(Node::scalar_text);
        if let Some(on) = entry.get("on") {
            refuse_one("on", on, words.iter(), faults);
        }
        // The lines with metadata may well have an object that is called as the entity is.
        let others = || words.iter().filter(|word| Some(&word.value) != own.as_ref());
        if let Some(key) = entry.get("key") {
            refuse_one("key", key, others(), faults);
        }
        for attribute in entry.get("when").map_or_else(Vec::new, compared) {
            refuse_one("when", attribute, others(), faults);
        }
    }
}

/// The names in a member: one, those of a list, or those behind the types of flags.
fn named(slot: Slot<'_>) -> Vec<&Node> {
    match &slot.node.value {
        Value::List(elements) => elements.iter().collect(),
        Value::Map(entries) if slot.member.name == "flags" => {
            entries.iter().map(|entry| &entry.value).collect()
        }
        Value::Map(_) => Vec::new(),
        _ => vec![slot.node],
    }
}

/// The attributes that a filter compares.
fn compared(filter: &Node) -> Vec<&Node> {
    let Value::Map(entries) = &filter.value else { return Vec::new() };
    let mut attributes = Vec::new();
    for entry in entries {
        match (&entry.key, &entry.value.value) {
            (key, _) if key.is_text("not") => attributes.extend(compared(&entry.value)),
            (key, Value::List(filters)) if key.is_text("any") => {
                attributes.extend(filters.iter().flat_map(compared));
            }
            (key, _) => attributes.push(key),
        }
    }
    attributes
}

fn refuse_one<'w>(
    member: &str,
    node: &Node,
    mut words: impl Iterator<Item = &'w Spanned<String>>,
    faults: &mut Faults,
) {
    let Some(name) = node.scalar_text() else { return };
    let Some((before, rest)) = name.split_once('.') else { return };
    let Some(word) = words.find(|word| word.value == before) else { return };
    let message = format!(
        "`{member}` names a member of the line itself, and `{name}` is what its `{before}` is known \
         by"
    );
    let help = format!(
        "write a member of the line, such as `{rest}`; if it has an object `{before}` of its own, \
         give `as` another word, such as `as: {before}_known`"
    );
    faults.add(
        codes::CONFLICTING_MEMBERS
            .at(node.span.clone(), message)
            .label(word.span.clone(), "joined here")
            .help(help),
    );
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity;

    /// What the faults of a section point at.
    fn refused(events: &str) -> Vec<String> {
        let text = format!(
            "events: {events}\nfeatures: [{{name: a, type: counter, interaction: b, scope: c}}]"
        );
        let (_, report) = crate::config::read("test", &text);
        let errors = report.diagnostics.iter().filter(|f| f.severity == Severity::Error);
        let place = |fault: &crate::diagnostic::Diagnostic| {
            assert_eq!(fault.code, "conflicting-members", "{fault:?}");
            text[fault.labels[0].span.clone()].to_owned()
        };
        errors.map(place).collect()
    }

    #[test]
    fn what_tells_lines_apart_is_not_joined() {
        let metadata = "metadata: [{file: f, key: id, as: query}]";
        for (events, at) in [
            ("timestamp: query.at", "query.at"),
            ("timestamp: [date, query.hour]", "query.hour"),
            ("type: query.t", "query.t"),
            ("id: query.id", "query.id"),
            ("flags: {click: query.clicked}", "query.clicked"),
            ("each: query.hits", "query.hits"),
            ("known: query.at", "query.at"),
        ] {
            assert_eq!(refused(&format!("{{{events}, {metadata}}}")), [at], "{events}");
        }
        let plain = "timestamp: at, type: {const: query.t}, flags: {query.t: clicked}, id: query";
        assert_eq!(refused(&format!("{{{plain}, {metadata}}}")), [""; 0]);
    }

    #[test]
    fn metadata_are_not_joined_either() {
        for (entry, at) in [
            ("{file: g, key: id, on: query.user, as: user}", "query.user"),
            ("{file: g, key: id, on: user.id, as: user}", "user.id"),
            ("{file: g, key: query.user, as: user}", "query.user"),
            ("{when: {query.lang: de}, key: id, as: user}", "query.lang"),
            ("{when: {any: [{a: 1}, {not: {query.b: 2}}]}, key: id, as: user}", "query.b"),
        ] {
            let events = format!("{{metadata: [{{file: f, key: id, as: query}}, {entry}]}}");
            assert_eq!(refused(&events), [at], "{entry}");
        }
        let own = "{metadata: [{file: f, key: query.id, as: query, when: {query.public: true}}]}";
        assert_eq!(refused(own), [""; 0]);
    }
}
