//! A line of the log that is read back, with all of its members, used or not.

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
                        let members = || {
                            let mut found = members(record.text, event.element);
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

/// The members of an object with their paths, in order; of the list of events only one element.
fn members(text: &str, element: Option<usize>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut walk = Walk::new(text);
    if let Some(Token::Object) = walk.value() {
        add_members(&mut walk, "", 0, &mut found);
    }
    if let Some(element) = element {
        keep_element(&mut found, element);
    }
    found
}

/// Of a list of objects keeps one element, with what is around the list.
fn keep_element(members: &mut Vec<(String, String)>, element: usize) {
    let Some(list) = members.iter().find_map(|(path, _)| path.split_once('[')) else { return };
    let (list, own) = (format!("{}[", list.0), format!("{}[{element}]", list.0));
    members.retain(|(path, _)| !path.starts_with(&list) || path.starts_with(&own));
}

/// Gives the fields of a Metarank event their own names, `{"name": …, "value": …}` in the log.
fn name_fields(members: &mut Vec<(String, String)>) {
    let mut named: Option<(String, String)> = None;
    let of = |path: &str, member: &str| {
        path.strip_prefix("fields[").and_then(|rest| rest.strip_suffix(member)).map(str::to_owned)
    };
    let taken = std::mem::take(members);
    for (path, value) in taken {
        if let Some(number) = of(&path, "].name") {
            named = Some((number, value.trim_matches('"').to_owned()));
            continue;
        }
        let name = of(&path, "].value").and_then(|number| named.take_if(|(of, _)| *of == number));
        members.push((name.map_or(path, |(_, name)| name), value));
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
        let lost = || Err("reading it stopped: an internal error in its reader".to_owned());
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
        let told: Vec<String> =
            members(text, Some(1)).iter().map(|(path, value)| format!("{path}={value}")).collect();
        assert_eq!(told, ["id=7", r#"items[1].sku="b""#, "at=1"]);
        let text = r#"{"fields": [{"name": "device", "value": "ios"}, {"name": "n", "value": 2}]}"#;
        let mut told = members(text, None);
        name_fields(&mut told);
        assert_eq!(told, [("device", r#""ios""#), ("n", "2")].map(|(a, b)| (a.into(), b.into())));
    }
}
