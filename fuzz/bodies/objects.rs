//! JSON objects that do not stand one on a line: they are those of the same lines, each with the
//! line on which it begins, and what stands between them is rejected once.

use std::fmt::Write as _;

use counterscope::base::events::EventSettings;
use serde_json::{Value as Json, json};

use super::reading::{Choices, START, read};

const NAMES: [&str; 3] = ["v", "w.x", "l"];
const JUNK: [&str; 7] = ["1", "\"x\"", "null", "[1,[{}]]", "nul", "\"a, {b\"", "-"];

/// Writes objects in the form of the first bytes, or takes the rest of the bytes for some.
pub(crate) fn run(data: &[u8]) {
    let mut choices = Choices(data);
    match choices.below(4) {
        0 => raw(choices.0),
        1 => raw(&[b"[", choices.0].concat()),
        form => written(&mut choices, form == 2),
    }
}

/// Any bytes: nothing depends on how many are read at a time.
fn raw(data: &[u8]) {
    let told = read(data, &EventSettings::default(), &NAMES);
    if let Some(told) = told {
        assert!(told.events.is_sorted_by_key(|event| event.time), "events are out of order");
        assert!(told.places.iter().all(|(line, _)| *line < told.lines), "lines behind the last");
    }
}

fn object(choices: &mut Choices<'_>) -> Json {
    let mut object = json!({
        "ts": START + i64::from(choices.byte()),
        "type": choices.of(&["a", "b", "\"}", "ä"]),
    });
    let kinds = choices.byte();
    if kinds & 1 == 1 {
        object["v"] = Json::from(choices.text());
    }
    if kinds & 2 == 2 {
        object["w"] = json!({"x": choices.byte(), choices.text(): {"}": []}});
    }
    if kinds & 4 == 4 {
        object["l"] = json!([choices.text(), [choices.text()], {"{": 1}, null, 0.5]);
    }
    if kinds & 8 == 8 {
        object[format!("z{}", choices.text())] = json!([[], {}]);
    }
    object
}

/// Objects as a list, or one behind the other, and the same as lines.
fn written(choices: &mut Choices<'_>, is_list: bool) {
    let line_break = choices.of(&["\n", "\r\n", "\r"]);
    let is_pretty = choices.is();
    let (mut text, mut lines) = (String::new(), String::new());
    let (mut times, mut junk) = (Vec::new(), 0);
    text += if is_list { choices.of(&["[", "\u{feff}[", " [ ", "\n[\n"]) } else { "" };
    // Where the first object stands alone on its line, each line is objects.
    let mut are_lines = false;
    while (!choices.0.is_empty() && times.len() < 40) || times.is_empty() {
        let object = object(choices);
        if !times.is_empty() {
            let between = match (is_list, are_lines) {
                (true, _) => choices.of(&[",", ", ", ",\n", "\n,\n\n", " ,\t"]),
                (false, true) => choices.of(&["\n", "", " ", ",", "\t", "\n\n"]),
                (false, false) => choices.of(&["", " ", ",", "\n", "\t", ",\n", "\n\n"]),
            };
            let is_alone = !is_pretty && !is_list && times.len() == 1;
            are_lines |= is_alone && between.starts_with('\n');
            text += between;
        }
        if is_list && choices.below(8) == 7 && !times.is_empty() {
            write!(text, "{}, ", choices.of(&JUNK)).unwrap();
            junk += 1;
        }
        times.push((object["ts"].as_i64().unwrap(), text.matches('\n').count() as u64));
        let written = if is_pretty { format!("{object:#}") } else { object.to_string() };
        text += &written;
        writeln!(lines, "{object}").unwrap();
    }
    text += if is_list { choices.of(&["]", "\n]\n", " ]"]) } else { choices.of(&["", "\n"]) };
    let text = text.replace('\n', line_break);
    let settings = EventSettings::default();
    let told = read(text.as_bytes(), &settings, &NAMES).expect("objects");
    let want = read(lines.as_bytes(), &settings, &NAMES).expect("lines");
    assert_eq!(told.events, want.events, "{text}");
    assert_eq!(told.rejections(), junk, "{text}");
    times.sort_by_key(|(time, _)| *time);
    let begin = |(line, _): &(u64, Option<u64>)| *line;
    let want: Vec<u64> = times.iter().map(|(_, line)| *line).collect();
    assert_eq!(told.places.iter().map(begin).collect::<Vec<_>>(), want, "{text}");
}
