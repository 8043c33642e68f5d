//! Lists of objects spread over lines: each line but the last ends with a comma, so that nearly all
//! of them are rejected.

use serde_json::{Map, Value as Json};

use crate::tape::{Reason, Rejections};

use super::text::lines;
use super::{Opening, Unreadable, text};

/// The lines inspected.
const LINES: usize = 64;

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
    if first == "[" {
        return Some(text::array());
    }
    let is_empty_list = |value: &Json| value.as_array().is_some_and(Vec::is_empty);
    if first.ends_with('[')
        && let Ok(wrapper) = serde_json::from_str::<Map<String, Json>>(&format!("{first}]}}"))
        && let Some((name, _)) = wrapper.iter().find(|(_, value)| is_empty_list(value))
    {
        return Some(text::wrapper(name));
    }
    let inspected: Vec<&str> = lines(text).take(LINES).collect();
    let is_element = |line: &&&str| {
        let element = line.trim_end().strip_suffix(',');
        element.is_some_and(|object| serde_json::from_str::<Map<String, Json>>(object).is_ok())
    };
    let elements = inspected.iter().filter(is_element).count();
    let help = "take the commas away: `sed 's/,[[:space:]]*$//' FILE > NEW`";
    (2 * elements >= inspected.len())
        .then(|| Unreadable::new("NDJSON with a comma behind each line", help))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_and_wrappings_are_told_apart() {
        for (text, help) in [
            ("{\"a\":1},\n{\"a\":2},\n{\"a\":3}", Some("sed 's/,[[:space:]]*$//'")),
            ("{\"a\":1}, \r\n{\"a\":2}\r\n", Some("sed 's/,[[:space:]]*$//'")),
            ("{\"events\":[\n{\"a\":1},\n{\"a\":2}\n]}", Some("jq -c '.events[]'")),
            ("{\"n\": 1, \"my events\": [\n{}\n]}", Some("jq -c '.[\"my events\"][]'")),
            ("[\n{\"a\":1},\n{\"a\":2}\n]", Some("jq -c '.[]'")),
            ("{\"a\":1}\n{\"a\":2},\n{\"a\":3}", None),
            ("oops\n{\"a\":2}", None),
            ("", None),
        ] {
            let found = of_text(text).map(|found| found.help);
            assert_eq!(found.is_some(), help.is_some(), "{text}: {found:?}");
            assert!(found.unwrap_or_default().contains(help.unwrap_or_default()), "{text}");
        }
    }
}
