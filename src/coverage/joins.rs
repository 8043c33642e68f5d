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
            let help =
                "check `when`, `file` and `key`: a line that passes the filter, or any line \
                        of the file, is metadata"
                    .to_owned();
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
