//! A member with the time of arrival that no line has.

use crate::config::Document;
use crate::diagnostic::{Faults, codes};
use crate::log::Member;
use crate::tape::Tape;

use super::missing::meant;

/// Warns of a member that should say when lines were there, and that no event has, or in which none
/// has a time.
pub(super) fn check(document: &Document, tape: &Tape, members: &[Member], faults: &mut Faults) {
    let Some(written) = &document.named.known else { return };
    let counts = tape.contents().arrivals();
    let without = counts.missing + counts.unreadable;
    if without == 0 || without < tape.events_without_metadata() {
        return;
    }
    let name = &written.value;
    let (message, help) = if counts.unreadable > 0 {
        let message = format!("no event has a time in `{name}`, by which `known` orders them");
        let help = "it is read as the time of events is: by `time_format`, `unit` and `zone`";
        (message, help.to_owned())
    } else {
        let message = format!("no event has the member `{name}`, by which `known` orders them");
        let help = match meant(name, &[], members) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "write the member as the log does, a nested one with dots".to_owned(),
        };
        (message, help)
    };
    faults.add(codes::UNSEEN_ATTRIBUTE.at(written.span.clone(), message).help(help));
}

#[cfg(test)]
mod tests {
    use super::super::tests::warnings;

    #[test]
    fn a_member_that_no_line_has_is_told_where_it_is_named() {
        let told = |known: &str, log: &'static [u8]| {
            let text = format!(
                "events: {{known: {known}}}\nfeatures:\n- {{name: a, type: counter, scope: u}}\n"
            );
            let found = warnings(&text, log);
            let one = |warning: &crate::diagnostic::Diagnostic| {
                let place = text[warning.labels[0].span.clone()].to_owned();
                (place, warning.message.clone(), warning.help.clone().unwrap_or_default())
            };
            found.iter().map(one).collect::<Vec<_>>()
        };
        let log = b"ts,type,u,received,note\n1718000000,a,u,1718000001,x\n1718000002,a,u,,y\n";
        assert_eq!(told("received", log), []);
        let near = &told("recieved", log)[0];
        assert_eq!(near.0, "recieved");
        assert!(near.1.contains("no event has the member `recieved`"), "{}", near.1);
        assert_eq!(near.2, "did you mean `received`?");
        let text = &told("note", log)[0];
        assert!(text.1.contains("no event has a time in `note`"), "{}", text.1);
    }
}
