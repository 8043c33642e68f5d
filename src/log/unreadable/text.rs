//! Unreadable text: JSON that is not one object a line, tables without an event, anything else.

use serde_json::{Map, Value as Json};

use crate::base::events::{EventSettings, Format};
use crate::log::json::value::lenient_object;
use crate::log::table::csv;
use crate::tape::{Reason, Rejections};

use super::members::{Members, in_sed};
use super::{ListOfObjects, Unreadable, jq};

/// The depth to which members of objects are listed.
pub(super) const DEPTH: usize = 3;
/// The most characters shown of a line.
const EXCERPT: usize = 60;

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
        Some(b'{') => object(text, settings, rejections, lists),
        Some(b'[') => list(text),
        Some(&RECORD) => Unreadable::new(
            "a JSON text sequence, with a record separator (byte 0x1e) before each text",
            "take the separators away: `tr -d '\\036' < FILE | jq -c . > events.ndjson`",
        ),
        Some(b'<') => Unreadable::new("XML or HTML", "convert it to one JSON object per line"),
        _ => table(text, settings, rejections),
    }
}

/// The non-blank lines of a text, with any line break. The last one may be truncated.
pub(super) fn lines(text: &str) -> impl Iterator<Item = &str> {
    let end = if text.contains('\n') { '\n' } else { '\r' };
    text.split(end).map(|line| line.trim_end_matches('\r')).filter(|line| !line.trim().is_empty())
}

fn list(text: &str) -> Unreadable {
    let is_list = |line: &&str| serde_json::from_str::<Vec<Json>>(line).is_ok();
    if lines(text).take(2).filter(is_list).count() == 2 {
        return Unreadable::new(
            "NDJSON whose lines are lists, and an event is an object with named members",
            "name the elements: `jq -c '{timestamp: .[0], type: .[1]}' FILE > NEW`",
        );
    }
    array()
}

pub(super) fn array() -> Unreadable {
    Unreadable::new(
        "one JSON array, and a log has one object per line",
        "write a line for each of its elements: `jq -c '.[]' FILE > events.ndjson`",
    )
}

fn object(
    text: &str,
    settings: &EventSettings,
    rejections: &Rejections,
    lists: Vec<ListOfObjects>,
) -> Unreadable {
    let first = lines(text).next().unwrap_or_default();
    let Some(mut object) = lenient_object(first) else { return spread(text, first) };
    if object.is_empty() {
        let mut others = lines(text).filter_map(lenient_object);
        let Some(other) = others.find(|object| !object.is_empty()) else {
            return Unreadable::new(
                "NDJSON whose objects have no members",
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
                "NDJSON with values that cannot be read, such as those of `{}`",
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
        && lines(text).count() == 1
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
            format!("NDJSON, but not in Metarank's format, {why}"),
            "an event of Metarank has `event: interaction`, `ranking`, `item` or `user`; for any \
             other log, leave out `format: metarank` in the config, and read it by itself",
        );
    }
    members.describe("NDJSON whose objects have the members", rejections)
}

/// Describes an object that spans several lines.
fn spread(text: &str, first: &str) -> Unreadable {
    let objects = |text| serde_json::Deserializer::from_str(text).into_iter::<Map<String, Json>>();
    if objects(first).take(2).flatten().count() == 2 {
        return Unreadable::new(
            "JSON with several objects on a line",
            "write each on a line of its own: `jq -c . FILE > events.ndjson`",
        );
    }
    let mut objects = objects(text);
    match objects.next() {
        Some(Ok(object)) => match (list_within(&object), objects.next()) {
            (Some(name), None) => wrapper(name),
            _ => pretty(),
        },
        // The object ends behind the opening.
        Some(Err(error)) if error.is_eof() => pretty(),
        _ if first.starts_with("{'") => Unreadable::new(
            "Python's text of dicts, which is not JSON",
            "write it with `json.dumps(event)` instead of `str(event)`",
        ),
        _ => Unreadable::new(
            format!("not valid JSON: it begins with `{}`", excerpt(first)),
            "a log has one JSON object per line, with names and texts in double quotes",
        ),
    }
}

fn pretty() -> Unreadable {
    Unreadable::new(
        "JSON whose objects run over several lines",
        "write each on a line of its own: `jq -c . FILE > events.ndjson`",
    )
}

pub(super) fn wrapper(list: &str) -> Unreadable {
    let command = jq::path([list])
        .map_or_else(String::new, |path| format!(": `jq -c '{path}[]' FILE > events.ndjson`"));
    Unreadable::new(
        format!("one JSON object, with a list of objects in `{list}`"),
        format!("write a line for each element{command}"),
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

fn table(text: &str, settings: &EventSettings, rejections: &Rejections) -> Unreadable {
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
    let mut lines = lines(text);
    let first = lines.next().unwrap_or_default();
    let cells = csv::cells(first);
    let second = lines.next().and_then(csv::cells);
    let is_table = match (&cells, &second) {
        (Some((by, cells)), Some((second_by, second))) => {
            by == second_by && cells.len() == second.len()
        }
        (Some(_), None) => true,
        (None, _) => false,
    };
    let Some((by, cells)) = cells.filter(|_| is_table) else {
        return Unreadable::new(
            format!("text that is neither JSON nor a table: it begins with `{}`", excerpt(first)),
            "a log has one JSON object per line, or is a CSV table or a Parquet file",
        );
    };
    let is_value = |cell: &String| cell.parse::<f64>().is_ok();
    if cells.iter().any(is_value) {
        return Unreadable::new(
            format!("a table without a head: its first line is `{}`", excerpt(first)),
            format!(
                "write the names of its columns into the first line: `sed '1i user{by}item{by}ts{by}\
                 type' FILE > NEW`",
                by = in_sed(by)
            ),
        );
    }
    let values = second.map_or_else(Vec::new, |(_, values)| values);
    let value = |place: usize| values.get(place).cloned().unwrap_or_default();
    let samples = cells.into_iter().enumerate().map(|(place, name)| (name, value(place)));
    let members = Members::new("column", "row", samples.collect(), settings);
    members.describe("a CSV table with the columns", rejections)
}

/// The begin of a line.
fn excerpt(line: &str) -> String {
    let head: String = line.chars().take(EXCERPT).collect();
    let end = if line.chars().nth(EXCERPT).is_some() { "…" } else { "" };
    format!("{head}{end}")
}
