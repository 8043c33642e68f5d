//! The reader of `events.metadata`: which lines say something about an entity, and how events are
//! joined with them.

use crate::base::events::EventSettings;
use crate::base::metadata::{Entity, Metadata, MetadataSource};
use crate::diagnostic::{Faults, codes};

use super::document::Spanned;
use super::filters;
use super::members::{Members, Slot};
use super::node::{Node, Value};
use super::vocabulary::METADATA;

/// Reads the entries into the settings; returns the names of the entities with their places.
pub(super) fn read(
    events: &Members<'_>,
    settings: &mut EventSettings,
    faults: &mut Faults,
) -> Vec<Spanned<String>> {
    let Some(slot) = events.get("metadata") else { return Vec::new() };
    let Value::List(entries) = &slot.node.value else {
        slot.refuse(slot.node, faults);
        return Vec::new();
    };
    let mut known: Vec<Known> = Vec::new();
    for entry in entries {
        if !matches!(entry.value, Value::Map(_)) {
            slot.refuse(entry, faults);
            continue;
        }
        join(entry, &mut settings.metadata, &mut known, faults);
    }
    for (entity, known) in settings.metadata.entities.iter_mut().zip(&known) {
        entity.on.clone_from(&known.on.value);
    }
    known.into_iter().map(|known| known.name).collect()
}

/// An entity whose name has been read.
struct Known {
    name: Spanned<String>,
    /// The member of an event that names it.
    on: Spanned<String>,
    /// True if an entry says so, rather than taking the member of the lines.
    is_said: bool,
}

/// Reads one entry.
fn join(node: &Node, metadata: &mut Metadata, known: &mut Vec<Known>, faults: &mut Faults) {
    let owner = "an entry of `metadata`";
    let Some(members) = Members::read(node, owner, &[METADATA], faults) else { return };
    let text = |slot: Option<Slot<'_>>, faults: &mut Faults| slot.and_then(|it| it.text(faults));
    let key = text(members.demand("key", faults), faults);
    let name = text(members.demand("as", faults), faults).and_then(|name| named(name, faults));
    let file = text(members.get("file"), faults).and_then(|file| readable(file, faults));
    let on = text(members.get("on"), faults);
    let when = members.get("when");
    if when.is_none() && members.get("file").is_none() {
        let help = "add `when:` with a filter that only these lines pass, such as \
                    `when: {text: {exists: true}}`, or `file:`";
        let message = format!("{owner} needs a `when` or a `file`");
        faults.add(codes::MISSING_MEMBER.at(node.span.clone(), message).help(help));
    }
    let filter = when.map(|when| filters::read(when.node, faults));
    let (Some(key), Some(name)) = (key, name) else { return };
    let is_said = on.is_some();
    let on = on.unwrap_or_else(|| key.clone());
    let entity = known.iter().position(|known| known.name.value == name.value);
    let entity = entity.unwrap_or_else(|| {
        let on = on.clone();
        metadata.entities.push(Entity { name: name.value.clone(), on: on.value.clone() });
        known.push(Known { name, on, is_said });
        known.len() - 1
    });
    agree(&mut known[entity], on, is_said, faults);
    metadata.sources.push(MetadataSource {
        entity,
        key: key.value,
        when: filter.flatten().map(|filter| filter.plain()),
        file: file.map(|file| file.value.into()),
    });
}

/// Takes the member of an event by which another entry finds the same entity.
fn agree(known: &mut Known, on: Spanned<String>, is_said: bool, faults: &mut Faults) {
    if is_said && !known.is_said {
        (known.on, known.is_said) = (on, true);
    } else if known.on.value != on.value && (is_said || !known.is_said) {
        let (name, first) = (&known.name.value, &known.on);
        let message = format!(
            "events find `{name}` by `{}` here, and by `{}` in another entry",
            on.value, first.value
        );
        let help = format!("write the member of the events in one of them: `on: {}`", first.value);
        faults.add(
            codes::CONFLICTING_MEMBERS
                .at(on.span, message)
                .label(first.span.clone(), "first here")
                .help(help),
        );
    }
}

/// A name that can stand before a dot.
fn named(name: Spanned<String>, faults: &mut Faults) -> Option<Spanned<String>> {
    if !name.value.contains(['.', '[']) {
        return Some(name);
    }
    let message = format!("`as: {}` is not one word", name.value);
    let word = name.value.replace(['.', '['], "_");
    let help = format!("write a word without dots and brackets, such as `{word}`");
    faults.add(codes::BAD_NAME.at(name.span, message).help(help));
    None
}

/// The path of a file beside the config; nothing for what a shell or a command means by a path.
fn readable(file: Spanned<String>, faults: &mut Faults) -> Option<Spanned<String>> {
    let (what, help) = if file.value == "-" {
        ("standard input, which only a log may be", "write it to a file, and name that")
    } else if file.value == "~" || file.value.starts_with("~/") {
        (
            "a path from the home folder, which only a shell knows",
            "write the whole path, or the one from the folder of the config",
        )
    } else {
        return Some(file);
    };
    let message = format!("`file: {}` is {what}", file.value);
    faults.add(codes::NOT_SUPPORTED.at(file.span, message).help(help));
    None
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity;

    use super::*;

    fn read(metadata: &str) -> (Metadata, Vec<(&'static str, String)>) {
        let text = format!(
            "events: {{metadata: {metadata}}}\n\
             features: [{{name: a, type: counter, interaction: b, scope: c}}]"
        );
        let (document, report) = crate::config::read("test", &text);
        let errors = report.diagnostics.into_iter().filter(|f| f.severity == Severity::Error);
        let faults = errors.map(|fault| (fault.code, fault.help.unwrap_or_default())).collect();
        (document.map(|document| document.events.metadata).unwrap_or_default(), faults)
    }

    #[test]
    fn entries_of_one_name_are_sources_of_one_entity() {
        let (metadata, faults) = read(
            "[{when: {text: {exists: true}}, key: query_id, as: query}, \
              {file: q.csv, key: id, on: query_id, as: query}, \
              {file: u.csv, key: id, on: user, as: user, when: {kind: a}}]",
        );
        assert_eq!(faults, []);
        let entities = [("query", "query_id"), ("user", "user")];
        let entity = |(name, on): (&str, &str)| Entity { name: name.into(), on: on.into() };
        assert_eq!(metadata.entities, entities.map(entity));
        let sources = metadata.sources.iter().map(|source| {
            (source.entity, source.key.as_str(), source.when.is_some(), source.file.is_some())
        });
        let want = [(0, "query_id", true, false), (0, "id", false, true), (1, "id", true, true)];
        assert_eq!(sources.collect::<Vec<_>>(), want);
    }

    #[test]
    fn the_member_of_events_may_be_said_by_any_entry() {
        for entries in [
            "[{file: a, key: id, as: x}, {file: b, key: no, on: x_id, as: x}]",
            "[{file: b, key: no, on: x_id, as: x}, {file: a, key: id, as: x}]",
            "[{file: a, key: x_id, as: x}, {file: b, key: x_id, as: x}]",
        ] {
            let (metadata, faults) = read(entries);
            assert_eq!(faults, [], "{entries}");
            assert_eq!(metadata.entities[0].on, "x_id", "{entries}");
        }
    }

    #[test]
    fn wrong_uses_are_faults() {
        for (metadata, code, help) in [
            ("{key: a}", "wrong-kind", ""),
            ("[a]", "wrong-kind", ""),
            ("[{key: a, as: b}]", "missing-member", "add `when:`"),
            ("[{file: f, as: b}]", "missing-member", "add `key"),
            ("[{file: f, key: a}]", "missing-member", "add `as"),
            ("[{file: f, key: a, as: b.c}]", "bad-name", "such as `b_c`"),
            ("[{file: f, key: a, as: b, whn: {}}]", "unknown-member", "did you mean `when`?"),
            ("[{when: [a], key: a, as: b}]", "bad-filter", ""),
            ("[{file: '-', key: a, as: b}]", "not-supported", "write it to a file"),
            ("[{file: '~/f', key: a, as: b}]", "not-supported", "write the whole path"),
            (
                "[{file: f, key: a, as: x}, {file: g, key: b, as: x}]",
                "conflicting-members",
                "`on: a`",
            ),
            (
                "[{file: f, key: a, on: c, as: x}, {file: g, key: b, on: d, as: x}]",
                "conflicting-members",
                "`on: c`",
            ),
        ] {
            let (_, faults) = read(metadata);
            assert_eq!(
                faults.iter().map(|(code, _)| *code).collect::<Vec<_>>(),
                [code],
                "{metadata}"
            );
            assert!(faults[0].1.contains(help), "{metadata}: {}", faults[0].1);
        }
    }
}
