//! Logs before they are written: events with members, in one of three forms.

use std::fmt::Write as _;

use serde_json::{Map, Value as Json, json};

/// An event.
#[derive(Clone)]
pub(crate) struct Event {
    /// Its time in milliseconds.
    pub at: i64,
    /// Its type; in Metarank's form also `item` and `ranking`.
    pub kind: String,
    /// Its members, in their order.
    pub members: Vec<(String, Json)>,
}

/// How a log is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Flat,
    Csv,
    Metarank,
}

impl Event {
    pub(crate) fn new(at: i64, kind: &str, members: &[(&str, Json)]) -> Self {
        let members = members.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        Self { at, kind: kind.to_owned(), members: members.collect() }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Json> {
        self.members.iter().find(|(own, _)| own == name).map(|(_, value)| value)
    }

    pub(crate) fn is(&self, name: &str, text: &str) -> bool {
        self.get(name).and_then(Json::as_str) == Some(text)
    }

    pub(crate) fn set(&mut self, name: &str, value: impl Into<Json>) {
        match self.members.iter_mut().find(|(own, _)| own == name) {
            Some((_, own)) => *own = value.into(),
            None => self.members.push((name.to_owned(), value.into())),
        }
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.members.retain(|(own, _)| own != name);
    }

    fn flat(&self) -> Json {
        let mut line = Map::new();
        line.insert("ts".to_owned(), self.at.into());
        line.insert("type".to_owned(), self.kind.clone().into());
        line.extend(self.members.iter().cloned());
        Json::Object(line)
    }

    fn metarank(&self, number: usize) -> Json {
        let own = ["id", "item", "user", "session", "ranking", "items"];
        let (mut line, mut fields) = (Map::new(), Vec::new());
        let is_interaction = !matches!(self.kind.as_str(), "item" | "ranking");
        let event = if is_interaction { "interaction" } else { &self.kind };
        line.insert("event".to_owned(), event.into());
        line.insert("id".to_owned(), format!("e{number}").into());
        line.insert("timestamp".to_owned(), self.at.to_string().into());
        if is_interaction {
            line.insert("type".to_owned(), self.kind.clone().into());
        }
        for (name, value) in &self.members {
            if own.contains(&name.as_str()) {
                line.insert(name.clone(), value.clone());
            } else {
                fields.push(json!({"name": name, "value": value}));
            }
        }
        line.insert("fields".to_owned(), fields.into());
        Json::Object(line)
    }
}

impl Form {
    /// The name of a log of this form.
    pub(crate) const fn file(self) -> &'static str {
        if matches!(self, Self::Csv) { "log.csv" } else { "log.ndjson" }
    }

    /// The lines of a log.
    pub(crate) fn written(self, events: &[Event]) -> String {
        if self == Self::Csv {
            return table(events);
        }
        let mut text = String::new();
        for (number, event) in events.iter().enumerate() {
            let line = if self == Self::Flat { event.flat() } else { event.metarank(number) };
            let _ = writeln!(text, "{line}");
        }
        text
    }
}

/// A table with a column for each member.
fn table(events: &[Event]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in events.iter().flat_map(|event| &event.members) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let mut text = format!("ts,type,{}\n", names.join(","));
    for event in events {
        let _ = write!(text, "{},{}", event.at, event.kind);
        for name in &names {
            match event.get(name) {
                Some(Json::String(value)) => text.extend([",", value]),
                Some(value) => {
                    let _ = write!(text, ",{value}");
                }
                None => text.push(','),
            }
        }
        text.push('\n');
    }
    text
}
