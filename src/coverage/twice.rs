//! Lines that are two events of one type: of that which a member holds, and of a flag.

use std::collections::BTreeMap;

use crate::base::Deadline;
use crate::base::quantity::counted;
use crate::config::Document;
use crate::diagnostic::{Faults, codes};
use crate::tape::{RowKind, Tape};

/// The events between two checks of the deadline.
const EVENTS: usize = 1 << 14;
/// The most events of a line that are looked at: more than a line with flags is, mostly.
const ON_LINE: usize = 1 << 8;

/// A search for such lines, event by event.
#[derive(Default)]
pub(super) struct Twice {
    next: usize,
    /// The line of the events before, and their types.
    line: (u64, Vec<u16>),
    /// The most events of a line.
    most: usize,
    /// How many lines are two events of a type.
    lines: BTreeMap<u16, usize>,
}

impl Twice {
    /// Searches on; true once all events are looked at. Where an element of a list is an event, its
    /// line does not tell it from the others: nothing is searched.
    pub(super) fn step(&mut self, document: &Document, tape: &Tape, deadline: &Deadline) -> bool {
        let settings = &document.events;
        let yields = &settings.yields;
        if yields.flags.is_empty() || yields.constant.is_some() || yields.each.is_some() {
            return true;
        }
        while self.next < tape.events() {
            if self.next.is_multiple_of(EVENTS) && self.next > 0 && deadline.has_passed() {
                self.look_at(tape);
                return false;
            }
            self.look_at(tape);
        }
        true
    }

    fn look_at(&mut self, tape: &Tape) {
        let row = tape.end_row(self.next);
        self.next += 1;
        let line = tape.line(row);
        if line != self.line.0 {
            self.line = (line, Vec::new());
        }
        let Some(kind) = tape.type_id(row).filter(|_| tape.kind(row) == RowKind::Event) else {
            return;
        };
        let (_, kinds) = &mut self.line;
        if kinds.len() < ON_LINE {
            if kinds.contains(&kind) {
                *self.lines.entry(kind).or_default() += 1;
            }
            kinds.push(kind);
            self.most = self.most.max(kinds.len());
        }
    }

    /// Adds the warnings, at the flags. Where lines have more events than an object can be, several
    /// objects are on a line, which does not tell them apart.
    pub(super) fn warn(&self, document: &Document, tape: &Tape, faults: &mut Faults) {
        if self.most > 1 + document.named.flags.len() {
            return;
        }
        for (kind, member) in &document.named.flags {
            let id = tape.type_names().iter().position(|name| name == kind);
            let lines = id.and_then(|id| self.lines.get(&u16::try_from(id).ok()?));
            let Some(lines) = lines else { continue };
            let message = format!(
                "{} of the type `{kind}` have the flag `{}`, too, and count twice",
                counted(*lines, "line"),
                member.value
            );
            let help = "give the flag another type, or leave out `type`, so that only flags are \
                        events";
            faults.add(codes::COUNTED_TWICE.at(member.span.clone(), message).help(help));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::warnings;

    #[test]
    fn lines_of_the_type_of_a_flag_are_told_at_the_flag() {
        let text = "events: {type: kind, flags: {click: clicked, like: liked}}\nfeatures:\n\
            - {name: a, type: counter, interaction: [click, like, show], scope: user}\n";
        let log = b"ts,kind,user,clicked,liked\n1718000000,click,u,1,1\n1718000000,show,u,1,0\n\
            1718000000,click,u,1,0\n1718000000,click,u,0,0\n1718000001,,u,1,0\n";
        let found = warnings(text, log);
        let told: Vec<_> = found
            .iter()
            .map(|it| (it.code, &text[it.labels[0].span.clone()], it.message.as_str()))
            .collect();
        let message = "2 lines of the type `click` have the flag `clicked`, too, and count twice";
        assert_eq!(told, [("counted-twice", "clicked", message)]);
        // Objects on one line are several.
        let one = br#"{"ts":1718000000,"kind":"click","user":"u","clicked":0,"liked":1}"#;
        let list: &'static [u8] = [&b"["[..], one, b",", one, b"]"].concat().leak();
        assert!(warnings(text, list).iter().all(|it| it.code != "counted-twice"));
    }
}
