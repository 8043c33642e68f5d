//! The members of the section `events` that tell which events a line yields: `type`, `flags`,
//! `each`.

use crate::base::events::{EventSettings, Yields};
use crate::diagnostic::{Diagnostic, Faults, codes};

use super::document::{Named, Spanned};
use super::members::{Members, Slot};
use super::node::{Node, Value};
use super::vocabulary::EVENT_TYPE;

/// Reads the members into the settings.
pub(super) fn read(
    events: &Members<'_>,
    settings: &mut EventSettings,
    named: &mut Named,
    faults: &mut Faults,
) {
    if let Some(slot) = events.get("type") {
        match &slot.node.value {
            Value::Map(_) => settings.yields.constant = constant(slot, faults),
            _ => settings.kind = slot.text(faults).map(|member| member.value),
        }
    }
    if let Some(slot) = events.get("flags") {
        named.flags = flags(slot, settings.yields.constant.as_deref(), faults);
        let flags = named.flags.iter().map(|(kind, member)| (kind.clone(), member.value.clone()));
        settings.yields.flags = flags.collect();
    }
    if let Some(slot) = events.get("each") {
        settings.yields.each = slot.text(faults).and_then(|list| each(list, faults));
    }
    refuse_in_metarank(events, &settings.yields, faults);
}

/// The type in `{const: TYPE}`.
fn constant(slot: Slot<'_>, faults: &mut Faults) -> Option<String> {
    let members = Members::read(slot.node, "`type`", &[EVENT_TYPE], faults)?;
    Some(members.demand("const", faults)?.text(faults)?.value)
}

/// The path of a list, which has no brackets.
fn each(list: Spanned<String>, faults: &mut Faults) -> Option<String> {
    let Some((path, _)) = list.value.split_once('[') else { return Some(list.value) };
    let message = format!("`each` is the path of a list, without brackets, not `{}`", list.value);
    let path = if path.is_empty() { "items" } else { path };
    let help = format!("write `each: {path}`: each element of the list is an event");
    faults.add(codes::WRONG_KIND.at(list.span, message).help(help));
    None
}

/// The types of flags with their members, as written. `own` is the type of every line.
fn flags(slot: Slot<'_>, own: Option<&str>, faults: &mut Faults) -> Vec<(String, Spanned<String>)> {
    let Value::Map(entries) = &slot.node.value else {
        slot.refuse(slot.node, faults);
        return Vec::new();
    };
    if entries.is_empty() {
        let help = "write a type and its member, such as `flags: {click: is_click}`";
        let message = "`flags` is an empty map";
        faults.add(codes::WRONG_KIND.at(slot.node.span.clone(), message).help(help));
    }
    let mut flags: Vec<(String, Spanned<String>)> = Vec::new();
    for entry in entries {
        let kind = slot.text_of(&entry.key, faults);
        let member = match &entry.value.value {
            Value::List(_) => {
                faults.add(several(kind.as_ref(), &entry.value));
                None
            }
            _ => slot.text_of(&entry.value, faults),
        };
        let (Some(kind), Some(member)) = (kind, member) else { continue };
        if flags.iter().any(|(known, _)| *known == kind.value) {
            let message = format!("`flags` has `{}` twice", kind.value);
            faults.add(codes::DUPLICATE_KEY.at(kind.span, message).help("keep one of them"));
            continue;
        }
        if own == Some(&kind.value) {
            let message = format!(
                "every line is an event of the type `{0}`, and one with the flag is two of them",
                kind.value
            );
            let help = "leave out `type`, or give it or the flag another name";
            faults.add(codes::COUNTED_TWICE.at(kind.span, message).help(help));
        }
        flags.push((kind.value, member));
    }
    flags
}

/// The fault that a flag names a list of members.
fn several(kind: Option<&Spanned<String>>, members: &Node) -> Diagnostic {
    let kind = kind.map_or("click", |kind| &kind.value);
    codes::WRONG_KIND
        .at(members.span.clone(), format!("the flag `{kind}` takes one member, not a list"))
        .help(format!(
            "write a flag for each member, such as `{kind}_a: a`, and count them together with \
             `interaction: [{kind}_a, {kind}_b]`"
        ))
}

/// Reports members about flat logs beside `format: metarank`, whose lines are JSON and say themselves
/// what they are.
fn refuse_in_metarank(events: &Members<'_>, yields: &Yields, faults: &mut Faults) {
    let format = events.get("format").filter(|slot| slot.node.is_text("metarank"));
    let Some(format) = format else { return };
    let constant = yields.constant.is_some().then_some("type");
    let others = ["flags", "each", "metadata", "known", "columns", "separator", "quote"];
    for name in constant.into_iter().chain(others) {
        let Some(slot) = events.get(name) else { continue };
        let message = format!("`{name}` is for flat logs, and `format` is `metarank`");
        let label = |node: &Node| node.span.clone();
        faults.add(
            codes::CONFLICTING_MEMBERS
                .at(label(slot.key), message)
                .label(label(format.node), "the format")
                .help(format!("remove `{name}`, or write `format: flat`")),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity;

    fn read(events: &str) -> (super::EventSettings, Vec<&'static str>) {
        let text = format!(
            "events: {events}\nfeatures: [{{name: a, type: counter, interaction: b, scope: c}}]"
        );
        let (document, report) = crate::config::read("test", &text);
        let errors = report.diagnostics.iter().filter(|f| f.severity == Severity::Error);
        let codes = errors.map(|fault| fault.code).collect();
        (document.map(|document| document.events).unwrap_or_default(), codes)
    }

    #[test]
    fn what_a_line_yields_is_read_as_written() {
        let (settings, faults) = read(
            "{type: {const: view}, flags: {like: is_like, 3: third, click: a.b}, each: items}",
        );
        assert_eq!(faults, Vec::<&str>::new());
        let text = |text: &str| text.to_owned();
        assert_eq!(settings.yields.constant, Some(text("view")));
        let flags = [("like", "is_like"), ("3", "third"), ("click", "a.b")];
        assert_eq!(settings.yields.flags, flags.map(|(kind, member)| (text(kind), text(member))));
        assert_eq!((settings.yields.each, settings.kind), (Some(text("items")), None));
        assert_eq!(read("{type: action, flags: {like: l}}").0.kind, Some(text("action")));
    }

    #[test]
    fn wrong_uses_are_faults() {
        for (events, codes) in [
            ("{type: {const: }}", vec!["wrong-kind"]),
            ("{type: {}}", vec!["missing-member"]),
            ("{type: {cons: a}}", vec!["unknown-member"]),
            ("{type: {const: [a]}}", vec!["wrong-kind"]),
            ("{type: [a]}", vec!["wrong-kind"]),
            ("{flags: [a]}", vec!["wrong-kind"]),
            ("{flags: is_click}", vec!["wrong-kind"]),
            ("{flags: {}}", vec!["wrong-kind"]),
            ("{flags: {click: }}", vec!["wrong-kind"]),
            ("{flags: {click: [a]}}", vec!["wrong-kind"]),
            ("{each: [a]}", vec!["wrong-kind"]),
            ("{each: ''}", vec!["wrong-kind"]),
            ("{each: 'items[]'}", vec!["wrong-kind"]),
            ("{format: metarank, flags: {a: b}, each: c}", vec!["conflicting-members"; 2]),
            ("{format: metarank, type: {const: a}}", vec!["conflicting-members"]),
            ("{format: metarank, known: a}", vec!["conflicting-members"]),
            (
                "{format: metarank, metadata: [{file: f, key: a, as: b}]}",
                vec!["conflicting-members"],
            ),
            ("{format: metarank, columns: [ts], quote: none}", vec!["conflicting-members"; 2]),
        ] {
            assert_eq!(read(events).1, codes, "{events}");
        }
    }
}
