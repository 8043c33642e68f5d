//! Lists of objects in events: a path with dots alone does not lead into them.

use serde_json::{Map, Value as Json};

use super::Opening;
use super::text::records;

/// The most names of elements that are kept of a list.
const NAMES: usize = 256;

/// A member that is a list of objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListOfObjects {
    /// The path: `items`, `order.products`.
    pub path: String,
    elements: Elements,
}

/// The elements of such a list.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Elements {
    /// Objects of any kind.
    Objects,
    /// Pairs of a name or key, by this member, and a value: for each name that was seen, the path
    /// of its value.
    Named(String, Vec<(String, String)>),
}

impl ListOfObjects {
    /// A list of structs in Parquet, with the names of the key and the value if it has these.
    #[cfg(feature = "parquet")]
    pub(in crate::log) fn of_structs(path: &str, named: Option<(&str, &str)>) -> Self {
        let elements = named.map_or(Elements::Objects, |(key, value)| {
            Elements::Named(key.to_owned(), vec![(String::new(), value.to_owned())])
        });
        Self { path: path.to_owned(), elements }
    }

    /// True if an attribute's path leads into the list.
    #[must_use]
    pub fn holds(&self, attribute: &str) -> bool {
        self.within(attribute).is_some()
    }

    fn within<'a>(&self, attribute: &'a str) -> Option<&'a str> {
        attribute.strip_prefix(&self.path)?.strip_prefix('.')
    }

    /// The remedy: what to write for an attribute that leads into it.
    #[must_use]
    pub fn help(&self, attribute: &str) -> String {
        let path = &self.path;
        let member = self.within(attribute).unwrap_or("MEMBER");
        match &self.elements {
            Elements::Named(key, values) => {
                let name = member.split('.').next().unwrap_or(member);
                let known = values.iter().find(|(known, _)| known == name).or(values.first());
                let value = known.map_or("value", |(_, path)| path);
                format!(
                    "write `{path}[{key}={name}].{value}`, the value of the first element with \
                     that `{key}`"
                )
            }
            Elements::Objects => format!(
                "write `{path}[].{member}`, the list of the values of all elements (a key of each \
                 with `explode: true`), or `events: {{each: {path}}}`, which makes an event of \
                 each element"
            ),
        }
    }
}

/// Finds the lists of objects in the first lines of a log, or among the columns of a table.
pub(in crate::log) fn lists(opening: &Opening<'_>) -> Vec<ListOfObjects> {
    let mut found = Vec::new();
    match opening {
        Opening::Bytes(bytes) => {
            let text = String::from_utf8_lossy(bytes);
            for line in records(&text) {
                if let Ok(object) = serde_json::from_str::<Map<String, Json>>(line) {
                    search(&mut Vec::new(), &object, &mut found);
                }
            }
        }
        #[cfg(feature = "parquet")]
        Opening::Columns { lists, .. } => found.extend(lists.iter().cloned()),
    }
    found
}

/// Finds the lists among the members of an object at the path `prefix`.
fn search<'o>(
    prefix: &mut Vec<&'o str>,
    object: &'o Map<String, Json>,
    found: &mut Vec<ListOfObjects>,
) {
    for (name, value) in object {
        prefix.push(name);
        match value {
            Json::Object(inner) => search(prefix, inner, found),
            Json::Array(list) => {
                if let Some(first) = list.first().and_then(Json::as_object) {
                    let path = prefix.join(".");
                    let place = found.iter().position(|known| known.path == path);
                    let place = place.unwrap_or_else(|| {
                        found.push(ListOfObjects { path, elements: elements(first) });
                        found.len() - 1
                    });
                    if let Elements::Named(key, values) = &mut found[place].elements {
                        list.iter().for_each(|element| note_name(element, key, values));
                    }
                }
            }
            _ => {}
        }
        prefix.pop();
    }
}

/// The kind of elements that a list has, by the first of them.
fn elements(first: &Map<String, Json>) -> Elements {
    let key = ["key", "name"].into_iter().find(|key| first.contains_key(*key));
    match key {
        Some(key) if first.contains_key("value") => Elements::Named(key.to_owned(), Vec::new()),
        _ => Elements::Objects,
    }
}

/// Notes the name of an element, if it is a new one, and the path of its value.
fn note_name(element: &Json, key: &str, values: &mut Vec<(String, String)>) {
    let Some((name, value)) = element.get(key).and_then(Json::as_str).zip(element.get("value"))
    else {
        return;
    };
    if values.len() == NAMES || values.iter().any(|(known, _)| known == name) {
        return;
    }
    // Of a union the member that has the value.
    let inner =
        value.as_object().and_then(|value| value.iter().find(|(_, inner)| !inner.is_null()));
    let path = inner.map_or_else(|| "value".to_owned(), |(name, _)| format!("value.{name}"));
    values.push((name.to_owned(), path));
}
