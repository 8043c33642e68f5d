//! Lines of several events: what flags, elements of lists and paths into them mean is what plain
//! lines say that are made of them here, by the description alone.

use std::fmt::Write as _;

use counterscope::base::events::{EventSettings, Yields};
use serde_json::{Map, Value as Json, json};

use super::reading::{Choices, START, read};

/// The values of events: plain ones, and paths into the list of a line.
const NAMES: [&str; 6] = ["v", "n", "items[].n", "items[1].n", "items[v=1].n", "tags[0]"];
const FLAGS: [(&str, &str); 2] = [("f", "is_f"), ("g", "is.g")];

/// The values of flags.
const SET: [&str; 13] = [
    "1",
    "true",
    "\"1\"",
    "0",
    "null",
    "false",
    "\"\"",
    "\"False\"",
    "1.0",
    "\"1.0\"",
    "2",
    "\"maybe\"",
    "[1]",
];

type Object = Map<String, Json>;

/// What the type of a line is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Member,
    Constant,
    /// None: a line is only its flags.
    None,
}

/// How lines are read.
struct Form {
    kind: Kind,
    has_flags: bool,
    has_each: bool,
}

/// Writes lines of the first byte's form, and compares what they tell.
pub(crate) fn run(data: &[u8]) {
    let mut choices = Choices(data);
    let form = choices.byte();
    let bit = |bit: u8| form >> bit & 1 == 1;
    let (has_flags, has_each) = (bit(0), bit(2));
    let kind = match (bit(1), bit(3)) {
        (true, _) => Kind::Constant,
        (false, false) if has_flags => Kind::None,
        _ => Kind::Member,
    };
    let form = Form { kind, has_flags, has_each };
    let (mut log, mut plain) = (String::new(), String::new());
    let (mut events, mut rejections, mut lines) = (0, 0, 0);
    let mut places = Vec::new();
    while (!choices.0.is_empty() && lines < 30) || lines == 0 {
        let line = line(&mut choices);
        writeln!(log, "{}", Json::Object(line.clone())).unwrap();
        let (found, lost) = form.events(&line);
        rejections += lost;
        for (sub, event) in found.into_iter().enumerate() {
            places.push((event["ts"].as_i64(), lines, sub as u64));
            writeln!(plain, "{}", Json::Object(event)).unwrap();
            events += 1;
        }
        lines += 1;
    }
    let told = read(log.as_bytes(), &form.settings(), &NAMES).expect("lines");
    assert_eq!((told.events.len(), told.rejections()), (events, rejections), "{log}");
    let settings = EventSettings {
        timestamp: Some("ts".to_owned()),
        kind: Some("kind".to_owned()),
        ..EventSettings::default()
    };
    let plain = read(plain.as_bytes(), &settings, &NAMES).expect("plain lines");
    assert_eq!(told.events, plain.events, "{log}");
    if form.has_each || form.has_flags {
        places.sort_by_key(|(time, ..)| *time);
        let want: Vec<_> = places.iter().map(|(_, line, sub)| (*line, Some(*sub))).collect();
        assert_eq!(told.places, want, "{log}");
    }
}

fn line(choices: &mut Choices<'_>) -> Object {
    let mut line = object(choices, true);
    let elements = choices.below(9);
    let element = |choices: &mut Choices<'_>| match choices.below(12) {
        0 => choices.of(&["3", "null", "\"x\"", "[1,{\"n\":1}]"]).parse().unwrap(),
        _ => Json::Object(object(choices, false)),
    };
    match elements {
        0 => {}
        1 => drop(line.insert("items".to_owned(), json!(null))),
        2 => drop(line.insert("items".to_owned(), json!({"n": 1}))),
        more => {
            let elements: Vec<Json> = (3..more).map(|_| element(choices)).collect();
            line.insert("items".to_owned(), json!(elements));
        }
    }
    if choices.is() {
        let tags: Vec<String> = (0..choices.below(3)).map(|_| choices.text()).collect();
        line.insert("tags".to_owned(), json!(tags));
    }
    line
}

/// Some of the members that lines and elements may have.
fn object(choices: &mut Choices<'_>, is_line: bool) -> Object {
    let mut object = Object::new();
    let which = choices.byte();
    let has = |bit: u8| which >> bit & 1 == 1;
    let mut say = |name: &str, value: Json| drop(object.insert(name.to_owned(), value));
    if has(0) || (is_line && has(1)) {
        say("ts", json!(START + i64::from(choices.byte())));
    }
    if has(2) {
        say("type", choices.of(&["\"a\"", "\"b\"", "1", "true", "null"]).parse().unwrap());
    }
    if has(3) {
        say("v", choices.of(&["1", "\"1\"", "1.0", "null", "{}", "true"]).parse().unwrap());
    }
    if has(4) {
        let text = Json::from(choices.text()).to_string();
        say("n", choices.of(&["7", "[1,[2],null,3]", "null", &text]).parse().unwrap());
    }
    if has(5) {
        say("is_f", choices.of(&SET).parse().unwrap());
    }
    if has(6) {
        say("is", json!({"g": choices.of(&SET).parse::<Json>().unwrap()}));
    }
    object
}

impl Form {
    fn settings(&self) -> EventSettings {
        let flags = FLAGS.map(|(kind, member)| (kind.to_owned(), member.to_owned()));
        EventSettings {
            timestamp: Some("ts".to_owned()),
            kind: (self.kind == Kind::Member).then(|| "type".to_owned()),
            yields: Yields {
                constant: (self.kind == Kind::Constant).then(|| "row".to_owned()),
                flags: if self.has_flags { flags.to_vec() } else { Vec::new() },
                each: self.has_each.then(|| "items".to_owned()),
                untyped: false,
            },
            ..EventSettings::default()
        }
    }

    /// The events of a line as plain lines, and how much of it is rejected.
    fn events(&self, line: &Object) -> (Vec<Object>, u64) {
        let (mut events, mut lost) = (Vec::new(), 0);
        if !self.has_each {
            return self.of_part(line, line);
        }
        let Some(elements) = line.get("items").and_then(Json::as_array) else { return (events, 1) };
        for element in elements {
            let Json::Object(element) = element else {
                lost += 1;
                continue;
            };
            let mut part = line.clone();
            for (name, value) in element {
                match value {
                    // An object's members one by one.
                    Json::Object(inner) if inner.values().all(Json::is_null) => {}
                    Json::Null => {}
                    value => drop(part.insert(name.clone(), value.clone())),
                }
            }
            let (found, less) = self.of_part(line, &part);
            events.extend(found);
            lost += less;
        }
        (events, if elements.is_empty() { 1 } else { lost })
    }

    /// The events of a line or of an element with the members around it.
    fn of_part(&self, line: &Object, part: &Object) -> (Vec<Object>, u64) {
        let Some(time) = part.get("ts") else { return (Vec::new(), 1) };
        let (mut kinds, mut unclear) = (Vec::new(), 0);
        match (self.kind, part.get("type")) {
            (Kind::Constant, _) => kinds.push("row".to_owned()),
            (Kind::None, _) | (Kind::Member, None | Some(Json::Null)) => {}
            (Kind::Member, Some(Json::String(kind))) => kinds.push(kind.clone()),
            (Kind::Member, Some(kind)) => kinds.push(kind.to_string()),
        }
        let flags = [part.get("is_f"), part.get("is").and_then(|inner| inner.get("g"))];
        for ((kind, _), value) in FLAGS.iter().zip(flags).filter(|_| self.has_flags) {
            match value.map(Json::to_string).as_deref() {
                Some("1" | "true" | "\"1\"" | "1.0" | "\"1.0\"") => kinds.push((*kind).to_owned()),
                None | Some("0" | "null" | "false" | "\"\"" | "\"False\"") => {}
                Some(_) => unclear += 1,
            }
        }
        let plain = |kind: String| {
            let mut plain = values(line, part);
            plain.insert("ts".to_owned(), time.clone());
            plain.insert("kind".to_owned(), json!(kind));
            plain
        };
        let lost = if kinds.is_empty() && unclear == 0 { 1 } else { unclear };
        (kinds.into_iter().map(plain).collect(), lost)
    }
}

/// The values of an event, each as a member of its name.
fn values(line: &Object, part: &Object) -> Object {
    let mut values = Object::new();
    let mut say = |name: &str, value: Option<&Json>| {
        value.map(|value| values.insert(name.to_owned(), value.clone()));
    };
    say("v", part.get("v"));
    say("n", part.get("n"));
    say("tags[0]", line.get("tags").and_then(|tags| tags.get(0)));
    let Some(items) = line.get("items").and_then(Json::as_array) else { return values };
    let of = |item: &Json| item.get("n").cloned().unwrap_or_default();
    let all = items.iter().flat_map(|item| match of(item) {
        Json::Array(inner) => inner,
        one => vec![one],
    });
    say("items[].n", Some(&all.collect()));
    say("items[1].n", items.get(1).map(of).as_ref());
    let is_one = |item: &&Json| {
        item.get("v").is_some_and(|v| ["1", "\"1\"", "1.0"].contains(&&*v.to_string()))
    };
    say("items[v=1].n", items.iter().find(is_one).map(of).as_ref());
    values
}
