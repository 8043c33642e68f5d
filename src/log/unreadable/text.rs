//! Unreadable text: JSON without an event, anything else; tables are in `table`.

use serde_json::{Map, Value as Json};

use crate::base::escape::yaml;
use crate::base::events::{EventSettings, Format};
use crate::log::json::value::lenient_object;
use crate::log::objects;
use crate::log::table::csv;
use crate::tape::{Reason, Rejections};

use super::excerpts::{excerpt, lines};
use super::members::Members;
use super::{ListOfObjects, Unreadable, jq, table};

/// The depth to which members of objects are listed.
pub(super) const DEPTH: usize = 3;
/// The most objects or lines that are looked at.
const RECORDS: usize = 32;

/// The byte before each text of a JSON text sequence (RFC 7464).
const RECORD: u8 = 0x1e;

/// Describes a text; `lists` are the lists of objects in its lines.
pub(super) fn describe(
    text: &str,
    settings: &EventSettings,
    rejections: &Rejections,
    lists: Vec<ListOfObjects>,
) -> Unreadable {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    match text.as_bytes().first() {
        Some(b'{' | b'[') if lines(text).next().is_some_and(|line| !csv::begins_as_json(line)) => {
            table::describe(text, settings, rejections)
        }
        Some(b'{') => object(text, settings, rejections, lists),
        Some(b'[') => list(text, settings, rejections, lists),
        Some(&RECORD) => Unreadable::new(
            "a JSON text sequence, with a record separator (byte 0x1e) before each text",
            "take the separators away: `tr -d '\\036' < FILE | jq -c . > events.ndjson`",
        ),
        Some(b'<') => Unreadable::new("XML or HTML", "convert it to one JSON object per line"),
        _ => other(text, settings, rejections),
    }
}

/// The objects or lines at the begin of a text, as far as they are whole.
pub(super) fn records(text: &str) -> Vec<&str> {
    let text = text.trim_start_matches('\u{feff}');
    if objects::begins(text.as_bytes()) == Some(false) {
        lines(text).take(RECORDS).collect()
    } else {
        objects::objects(text).take(RECORDS).collect()
    }
}

fn list(
    text: &str,
    settings: &EventSettings,
    rejections: &Rejections,
    lists: Vec<ListOfObjects>,
) -> Unreadable {
    if objects::begins(text.as_bytes()) == Some(true) {
        return object(text, settings, rejections, lists);
    }
    let is_list = |line: &&str| serde_json::from_str::<Vec<Json>>(line).is_ok();
    if lines(text).take(2).filter(is_list).count() == 2 {
        return Unreadable::new(
            "NDJSON whose lines are lists, and an event is an object with named members",
            "name the elements: `jq -c '{timestamp: .[0], type: .[1]}' FILE > NEW`",
        );
    }
    let first = serde_json::Deserializer::from_str(text).into_iter::<Json>().next();
    if let Some(Err(error)) = first
        && !error.is_eof()
    {
        return other(text, settings, rejections);
    }
    Unreadable::new(
        "a JSON array whose elements are no objects, and an event is an object with named members",
        "make an object of each element: `jq -c '.[] | {timestamp: .[0], type: .[1]}' FILE > NEW`",
    )
}

fn object(
    text: &str,
    settings: &EventSettings,
    rejections: &Rejections,
    lists: Vec<ListOfObjects>,
) -> Unreadable {
    let records = records(text);
    let first = records.first().copied().unwrap_or_default();
    let Some(mut object) = lenient_object(first) else { return spread(text) };
    let is_lines = objects::begins(text.as_bytes()) == Some(false);
    let kind = if is_lines { "NDJSON" } else { "JSON" };
    if object.is_empty() {
        let mut others = records.iter().filter_map(|record| lenient_object(record));
        let Some(other) = others.find(|object| !object.is_empty()) else {
            return Unreadable::new(
                format!("{kind} whose objects have no members"),
                "an event is an object with a time and a type, such as \
                 `{\"ts\": 1718000000, \"type\": \"click\"}`",
            );
        };
        object = other;
    } else if serde_json::from_str::<Map<String, Json>>(first).is_err()
        && rejections.count(Reason::InvalidJson) == rejections.total()
    {
        return Unreadable::new(
            format!(
                "{kind} with values that cannot be read, such as those of `{}`",
                excerpt(first)
            ),
            "a number must not be larger than any float (1.8e308), a `\\u` escape must be of a \
             character, and what is wanted must not lie more than 127 levels deep",
        );
    }
    let mut samples = Vec::new();
    flatten("", &object, DEPTH, &mut samples);
    let members = Members::new("member", "line", samples, settings).with_lists(lists);
    if settings.yields.each.is_none()
        && !members.make_an_event()
        && records.len() == 1
        && let Some(name) = list_within(&object)
    {
        return wrapper(name);
    }
    let total = rejections.total();
    if total > 0 && rejections.count(Reason::UnknownEventKind) == total {
        let is_said = settings.format == Some(Format::Metarank);
        let why =
            if is_said { "which the config asks for" } else { "which another of the logs has" };
        return Unreadable::new(
            format!("{kind}, but not in Metarank's format, {why}"),
            "an event of Metarank has `event: interaction`, `ranking`, `item` or `user`; for any \
             other log, leave out `format: metarank` in the config, and read it by itself",
        );
    }
    members.describe(&format!("{kind} whose objects have the members"), rejections)
}

/// Describes a text whose first object is not JSON, or not there as a whole.
fn spread(text: &str) -> Unreadable {
    let first = lines(text).next().unwrap_or_default();
    let mut objects = serde_json::Deserializer::from_str(text).into_iter::<Map<String, Json>>();
    if let Some(name) = opened_list(text) {
        return wrapper(&name);
    }
    if let Some(Err(error)) = objects.next()
        && !error.is_eof()
        && !first.starts_with("{'")
    {
        return Unreadable::new(
            format!("not valid JSON: it begins with `{}`", excerpt(first)),
            "a log has JSON objects, with names and texts in double quotes",
        );
    }
    if first.starts_with("{'") {
        return Unreadable::new(
            "Python's text of dicts, which is not JSON",
            "write it with `json.dumps(event)` instead of `str(event)`",
        );
    }
    Unreadable::new(
        "JSON whose first object is cut off or very long",
        "an object may have 16 MiB; `counterscope check CONFIG LOG` shows what is rejected",
    )
}

/// The member of an object that is a list of objects, however much of it is there.
pub(super) fn opened_list(text: &str) -> Option<String> {
    let (mut depth, mut is_text, mut is_escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_text => is_escaped = true,
            b'"' => is_text = !is_text,
            _ if is_text => {}
            b'[' if depth == 1 && text[at + 1..].trim_start().starts_with('{') => {
                let head = format!("{}]}}", &text[..=at]);
                let object = serde_json::from_str::<Map<String, Json>>(&head).ok()?;
                let is_empty = |value: &Json| value.as_array().is_some_and(Vec::is_empty);
                return object.into_iter().find(|(_, value)| is_empty(value)).map(|(name, _)| name);
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

pub(super) fn wrapper(list: &str) -> Unreadable {
    let command = jq::path([list])
        .map_or_else(String::new, |path| format!(": `jq -c '{path}[]' FILE > events.ndjson`"));
    Unreadable::new(
        format!("one JSON object, with a list of objects in `{list}`"),
        format!(
            "write `events: {{each: {}}}` in the config, which makes an event of each element if \
             the object has no more than 16 MiB; or write a line for each element{command}",
            yaml(list)
        ),
    )
}

/// The first member that is a list of objects.
fn list_within(object: &Map<String, Json>) -> Option<&str> {
    let is_list = |value: &Json| {
        value.as_array().is_some_and(|list| list.first().is_some_and(Json::is_object))
    };
    object.iter().find(|(_, value)| is_list(value)).map(|(name, _)| name.as_str())
}

/// Lists the members of an object with the texts of their values; nested ones by dotted path.
pub(super) fn flatten(
    prefix: &str,
    object: &Map<String, Json>,
    depth: usize,
    samples: &mut Vec<(String, String)>,
) {
    for (name, value) in object {
        let path = format!("{prefix}{name}");
        match value {
            Json::Object(inner) if depth > 1 && !inner.is_empty() => {
                flatten(&format!("{path}."), inner, depth - 1, samples);
            }
            Json::Null => {}
            Json::String(text) => samples.push((path, text.clone())),
            Json::Number(number) => samples.push((path, number.to_string())),
            _ => samples.push((path, String::new())),
        }
    }
}

/// Describes what begins like neither JSON objects nor markup.
fn other(text: &str, settings: &EventSettings, rejections: &Rejections) -> Unreadable {
    let is_json =
        |line: &str| serde_json::from_str::<Json>(line).is_ok_and(|json| !json.is_object());
    if lines(text).take(2).all(is_json) {
        let first = lines(text).next().unwrap_or_default();
        return Unreadable::new(
            format!("JSON values that are no objects: it begins with `{}`", excerpt(first)),
            "an event is an object with a time and a type, such as \
             `{\"ts\": 1718000000, \"type\": \"click\"}`, one per line",
        );
    }
    table::describe(text, settings, rejections)
}
