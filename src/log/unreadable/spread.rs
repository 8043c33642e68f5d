//! An object with a list that is too long to be one event: each line of it but the last ends with a
//! comma, so that nearly all of them are rejected.

use crate::tape::{Reason, Rejections};

use super::excerpts::lines;
use super::{Opening, Unreadable, text};

/// The description of a log most lines of which are rejected as invalid JSON; `None` if it is not a
/// list over lines.
pub(in crate::log) fn spread(
    opening: &Opening<'_>,
    accepted: u64,
    rejections: &Rejections,
) -> Option<Unreadable> {
    let bytes = match opening {
        Opening::Bytes(bytes) if rejections.count(Reason::InvalidJson) > accepted => bytes,
        _ => return None,
    };
    of_text(&String::from_utf8_lossy(bytes))
}

fn of_text(text: &str) -> Option<Unreadable> {
    let first = lines(text).next()?.trim();
    let list = first.ends_with('[').then(|| text::opened_list(text))?;
    list.map(|name| text::wrapper(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_is_wrapped_is_told() {
        for (text, help) in [
            ("{\"events\":[\n{\"a\":1},\n{\"a\":2}\n]}", Some("jq -c '.events[]'")),
            ("{\"events\":[\n{\"a\":1},\n{\"a\"", Some("{each: events}")),
            ("{\"n\": 1, \"my events\": [\n{}\n]}", Some("jq -c '.[\"my events\"][]'")),
            ("{\"a\":1},\n{\"a\":2},\n{\"a\":3}", None),
            ("[\n{\"a\":1},\n{\"a\":2}\n]", None),
            ("{\"a\":[\n1\n]}", None),
            ("oops\n{\"a\":2}", None),
            ("", None),
        ] {
            let found = of_text(text).map(|found| found.help);
            assert_eq!(found.is_some(), help.is_some(), "{text}: {found:?}");
            assert!(found.unwrap_or_default().contains(help.unwrap_or_default()), "{text}");
        }
    }
}
