//! A line of the log that is read back, with all of its members, used or not.

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::thread::Builder;

use crossbeam_channel::{Receiver, bounded};

use crate::base::Timestamp;
use crate::base::events::Format;
use crate::log::{EventSource as _, Next, Token, Walk};
use crate::tape::{Demand, TIMELESS};

use super::source::LogSource;

/// The deepest nesting of members that are told apart.
const DEEPEST: usize = 16;

/// An event whose line is to be read back.
#[derive(Clone, Debug, PartialEq)]
pub struct LineRequest {
    /// How the log is read.
    pub(in crate::session) demand: Demand,
    /// The line, from 0, counted through all logs.
    pub(in crate::session) line: u64,
    /// The number of the event within the line, from 0.
    pub(in crate::session) sub: u64,
    /// The event's time, by which it is known to be the same.
    pub(in crate::session) time: Timestamp,
}

/// The members of an event: paths and values as they are written; or why they cannot be read, in
/// words.
pub type ReadMembers = Result<Vec<(String, String)>, String>;

impl LineRequest {
    /// Reads the log until the line; `None` if that is no longer wanted.
    pub fn read(&self, source: &LogSource, is_wanted: impl Fn() -> bool) -> Option<ReadMembers> {
        let demand = Demand { attributes: Vec::new(), ..self.demand.clone() };
        let mut reader = match source.open_again(&demand) {
            Ok(reader) => reader.keep_records(),
            Err(error) => return Some(Err(error.to_string())),
        };
        reader.narrow(&[]);
        let mut seen = 0;
        while is_wanted() {
            let batch = match reader.next() {
                Ok(Next::Batch(batch)) => batch,
                Ok(Next::Idle | Next::End) => return Some(Err(changed())),
                Err(error) => return Some(Err(error.to_string())),
            };
            if batch.is_metadata_file() {
                continue;
            }
            for record in batch.records() {
                for event in record.events.filter_map(|number| batch.event(number)) {
                    if u64::from(event.line) != self.line {
                        continue;
                    }
                    if seen == self.sub {
                        let is_same = event.time == self.time || event.time == TIMELESS;
                        let format = reader.detected().map(|detected| detected.format);
                        let list = demand.settings.yields.each.as_deref();
                        let members = || {
                            let mut found = members(record.text, list.zip(event.element));
                            if format == Some(Format::Metarank) {
                                name_fields(&mut found);
                            }
                            found
                        };
                        return Some(if is_same { Ok(members()) } else { Err(changed()) });
                    }
                    seen += 1;
                }
            }
        }
        None
    }
}

fn changed() -> String {
    "its line is not there: the log has changed since it was read".to_owned()
}

/// The members of an object with their paths, in order; of the list of events, by its path, only one
/// element.
fn members(text: &str, element: Option<(&str, usize)>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut walk = Walk::new(text);
    if let Some(Token::Object) = walk.value() {
        add_members(&mut walk, "", 0, &mut found);
    }
    if let Some((list, element)) = element {
        let (list, own) = (format!("{list}["), format!("{list}[{element}]"));
        found.retain(|(path, _)| !path.starts_with(&list) || path.starts_with(&own));
    }
    found
}

/// Gives the fields of a Metarank event their own names, `{"name": …, "value": …}` in the log.
fn name_fields(members: &mut Vec<(String, String)>) {
    fn number_of<'p>(path: &'p str, member: &str) -> Option<&'p str> {
        path.strip_prefix("fields[")?.strip_suffix(member)
    }
    let name_of = |(path, value): &(String, String)| {
        let number = number_of(path, "].name")?.to_owned();
        match Walk::new(value).value() {
            Some(Token::Text(name)) => Some((number, name.into_owned())),
            _ => None,
        }
    };
    let names: HashMap<String, String> = members.iter().filter_map(name_of).collect();
    members.retain(|(path, _)| {
        number_of(path, "].name").is_none_or(|number| !names.contains_key(number))
    });
    for (path, _) in members {
        if let Some(name) = number_of(path, "].value").and_then(|number| names.get(number)) {
            path.clone_from(name);
        }
    }
}

fn add_members(
    walk: &mut Walk<'_>,
    path: &str,
    depth: usize,
    found: &mut Vec<(String, String)>,
) -> Option<()> {
    while let Some(name) = walk.member() {
        let path = if path.is_empty() { name.into_owned() } else { format!("{path}.{name}") };
        add(walk, path, depth, found)?;
    }
    Some(())
}

fn add(
    walk: &mut Walk<'_>,
    path: String,
    depth: usize,
    found: &mut Vec<(String, String)>,
) -> Option<()> {
    let text = walk.ahead();
    let has_objects = text.starts_with('[') && text.contains('{');
    let is_nested = (text.starts_with('{') && text != "{}") || has_objects;
    if !is_nested || depth == DEEPEST {
        found.push((path, text.to_owned()));
        return walk.skip();
    }
    if walk.value()? == Token::Object {
        return add_members(walk, &path, depth + 1, found);
    }
    let mut number = 0;
    while walk.element() {
        add(walk, format!("{path}[{number}]"), depth + 1, found)?;
        number += 1;
    }
    Some(())
}

/// A thread that reads a line back. It stops soon after this is dropped.
pub(in crate::session) struct LineThread {
    request: LineRequest,
    incoming: Receiver<ReadMembers>,
    _is_wanted: Arc<()>,
}

impl LineThread {
    /// Starts to read. A thread that cannot be started is one that is gone.
    pub(in crate::session) fn start(source: LogSource, request: LineRequest) -> Self {
        let (outgoing, incoming) = bounded(1);
        let (is_wanted, asked) = (Arc::new(()), request.clone());
        let wanted: Weak<()> = Arc::downgrade(&is_wanted);
        let read = move || {
            if let Some(members) = asked.read(&source, || wanted.strong_count() > 0) {
                // A session that is gone has no use for them.
                let _ = outgoing.send(members);
            }
        };
        let _ = Builder::new().name("line".to_owned()).spawn(read);
        Self { request, incoming, _is_wanted: is_wanted }
    }

    /// Where the members come from, once.
    pub(in crate::session) const fn incoming(&self) -> &Receiver<ReadMembers> {
        &self.incoming
    }

    /// The request, and what came of it; nothing came if its thread has ended.
    pub(in crate::session) fn end(
        self,
        read: Option<ReadMembers>,
    ) -> (Box<LineRequest>, ReadMembers) {
        let lost =
            || Err("reading it stopped: its thread could not be started, or broke off".to_owned());
        (Box::new(self.request), read.unwrap_or_else(lost))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_told_with_their_paths() {
        let text =
            r#"{"a": 1.0, "b": {"c": "x y", "d": {}}, "e": [1, [2]], "f": [{"g": null}, 7]}"#;
        let told: Vec<String> =
            members(text, None).iter().map(|(path, value)| format!("{path}={value}")).collect();
        assert_eq!(
            told,
            ["a=1.0", r#"b.c="x y""#, "b.d={}", "e=[1, [2]]", "f[0].g=null", "f[1]=7",]
        );
        let text = r#"{"id": 7, "items": [{"sku": "a"}, {"sku": "b"}], "at": 1}"#;
        let told: Vec<String> = members(text, Some(("items", 1)))
            .iter()
            .map(|(p, value)| format!("{p}={value}"))
            .collect();
        assert_eq!(told, ["id=7", r#"items[1].sku="b""#, "at=1"]);
    }

    #[test]
    fn lists_that_are_not_of_events_are_told_whole() {
        let text = r#"{"tags": [{"k": 1}], "items": [{"sku": "a"}, {"sku": "b"}]}"#;
        let told = members(text, Some(("items", 1)));
        let expected = [("tags[0].k", "1"), ("items[1].sku", r#""b""#)];
        assert_eq!(told, expected.map(|(path, value)| (path.into(), value.into())));
    }

    #[test]
    fn fields_of_metarank_have_their_own_names_in_whatever_order_they_are_written() {
        let text = r#"{"fields": [{"name": "device", "value": "ios"}, {"name": "n", "value": 2}]}"#;
        let mut told = members(text, None);
        name_fields(&mut told);
        assert_eq!(told, [("device", r#""ios""#), ("n", "2")].map(|(a, b)| (a.into(), b.into())));
        let text = r#"{"fields": [{"value": "ios", "name": "de\"vice"}, {"value": 1}]}"#;
        let mut told = members(text, None);
        name_fields(&mut told);
        let expected = [("de\"vice", r#""ios""#), ("fields[1].value", "1")];
        assert_eq!(told, expected.map(|(a, b)| (a.into(), b.into())));
    }
}
