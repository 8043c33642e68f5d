//! Joins that find nothing: events that name an entity of which nothing was known at their time.

use crate::base::quantity::{counted, grouped};
use crate::config::Document;
use crate::diagnostic::Faults;
use crate::diagnostic::codes;
use crate::tape::Tape;

/// Warns of the kinds of entities of which events name unknown ones.
pub(super) fn check(document: &Document, tape: &Tape, faults: &mut Faults) {
    let joins = tape.contents().joins();
    let entities = &document.events.metadata.entities;
    let named = document.entities.iter().zip(entities).enumerate();
    for (number, (written, entity)) in named {
        let lines = joins.metadata.get(number).copied().unwrap_or(0);
        let joined = joins.events.get(number).copied().unwrap_or_default();
        let (name, on) = (&entity.name, &entity.on);
        let (message, help) = if lines == 0 {
            let help = within(document, number, name).map_or_else(
                || {
                    "check `when`, `file` and `key`: a line that passes the filter, or any line of \
                     the file, is metadata"
                        .to_owned()
                },
                |member| {
                    format!(
                        "`key` and `when` name members of the lines themselves: write `{}` for \
                         `{member}`, if it is not in an object `{name}`",
                        &member[name.len() + 1..]
                    )
                },
            );
            (format!("no line is metadata of `{name}`"), help)
        } else if joined.events == 0 {
            let help = format!("write `on:` with the member of events that names their `{name}`");
            (format!("no event has the member `{on}`, by which it finds its `{name}`"), help)
        } else if joined.unknown > 0 {
            let events = counted(usize::try_from(joined.events).unwrap_or(usize::MAX), "event");
            let message = format!(
                "nothing was known of the `{name}` of {} of {events} with a `{on}`",
                grouped(joined.unknown)
            );
            let help =
                "an event is joined with what was said before it: look for metadata that are \
                        missing, or later than the events"
                    .to_owned();
            (message, help)
        } else {
            continue;
        };
        faults.add(codes::UNKNOWN_KEY.at(written.span.clone(), message).help(help));
    }
}

/// A member that tells metadata of an entity, or names it, and is written as events have it.
fn within<'d>(document: &'d Document, entity: usize, name: &str) -> Option<&'d str> {
    let sources = &document.events.metadata.sources;
    let mut members: Vec<&str> = Vec::new();
    for source in sources.iter().filter(|source| source.entity == entity) {
        members.push(&source.key);
        if let Some(when) = &source.when {
            when.tests(&mut |member, _| members.push(member));
        }
    }
    let is_joined = |member: &&str| member.split_once('.').is_some_and(|it| it.0 == name);
    members.into_iter().find(is_joined)
}

#[cfg(test)]
mod tests {
    use super::super::tests::warnings;

    #[test]
    fn a_filter_of_joined_names_is_told() {
        let log = br#"{"ts":1718000000,"type":"a","q":1,"text":"x"}"#;
        let help = |when: &str| {
            let text = format!(
                "events: {{metadata: [{{when: {when}, key: q, as: query}}]}}\n\
                 features:\n- {{name: n, type: counter, scope: query.text}}\n"
            );
            let found = warnings(&text, log);
            let told = found.iter().find(|it| it.message.starts_with("no line is metadata"));
            told.and_then(|it| it.help.clone()).unwrap_or_default()
        };
        let joined = help("{query.text: {exists: true}}");
        assert!(joined.contains("write `text` for `query.text`"), "{joined}");
        assert!(help("{txt: {exists: true}}").starts_with("check `when`"));
    }
}
