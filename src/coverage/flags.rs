//! Flags that no line of a log sets.

use crate::base::quantity::listed;
use crate::config::Document;
use crate::diagnostic::{Diagnostic, codes};
use crate::log::Member;

use super::Seen;
use super::missing::meant;

/// The most names or values listed in a help.
const LISTED: usize = 8;

/// The warnings of flags whose types no event has. `members` are those of the log's first lines.
pub(super) fn unset(log: &Seen<'_>, document: &Document, members: &[Member]) -> Vec<Diagnostic> {
    let types = log.tape.types_by_count();
    let is_unset = |kind: &str| types.iter().all(|(name, _)| *name != kind);
    // Those of elements of lists are not among the members of a line.
    let has_elements = document.events.yields.each.is_some();
    let mut found = Vec::new();
    for (kind, member) in document.named.flags.iter().filter(|(kind, _)| is_unset(kind)) {
        let (name, at) = (&member.value, member.span.clone());
        let none = format!("no line sets the flag `{name}`, so no event is of type `{kind}`");
        let known = members.iter().find(|member| member.path == *name);
        if let Some(known) = known {
            let values = match known.values.as_slice() {
                [] => String::new(),
                values => format!("; its first values are {}", listed(values, LISTED)),
            };
            let help = format!("a flag is set by 1 or true{values}");
            found.push(codes::UNSEEN_TYPE.at(at, none).help(help));
            continue;
        }
        let help = match meant(name, &[], members) {
            Some(near) => format!("did you mean `{near}`?"),
            None if has_elements || members.is_empty() => {
                "write the member as the log does, a nested one with dots".to_owned()
            }
            None => {
                let paths: Vec<&str> = members.iter().map(|it| it.path.as_str()).collect();
                format!("the first lines have {}", listed(&paths, LISTED))
            }
        };
        found.push(codes::UNSEEN_ATTRIBUTE.at(at, none).help(help));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::tests::warnings;

    #[test]
    fn a_flag_that_no_line_sets_is_reported_once_where_it_is_named() {
        let text = "events: {type: {const: show}, flags: {click: is_clck, buy: is_buy, like: is_like, pay: x}}\n\
            features:\n\
            - {name: a, type: counter, interaction: [click, buy, like, pay], scope: user}\n";
        let data = b"ts,user,is_click,is_buy,is_like\n1718000000,u,1,0,1\n1718000001,u,1,0,0\n";
        let found = warnings(text, data);
        let reported: Vec<_> = found
            .iter()
            .map(|warning| {
                (
                    warning.code,
                    &text[warning.labels[0].span.clone()],
                    warning.help.as_deref().unwrap(),
                )
            })
            .collect();
        assert_eq!(
            reported,
            [
                ("unseen-attribute", "is_clck", "did you mean `is_click`?"),
                ("unseen-type", "is_buy", "a flag is set by 1 or true; its first values are 0"),
                (
                    "unseen-attribute",
                    "x",
                    "the first lines have ts, user, is_click, is_buy, is_like"
                ),
            ]
        );
        let first = "no line sets the flag `is_clck`, so no event is of type `click`";
        assert_eq!(found[0].message, first);
    }
}
