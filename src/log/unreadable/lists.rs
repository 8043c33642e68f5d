//! Lists of objects in events: what is in them has no path that leads there. It must not know who
//! asks for it.

use serde_json::{Map, Value as Json};

use super::Opening;
use super::text::lines;

/// How many lines are looked at.
const LINES: usize = 32;

/// A member that is a list of objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListOfObjects {
    /// Its path: `items`, `order.products`.
    pub path: String,
    elements: Elements,
}

/// What such a list holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Elements {
    /// Any objects.
    Objects,
    /// A name, or key, and a value each.
    Named,
    /// Structs of a column.
    Structs,
}

impl ListOfObjects {
    /// Whether an attribute would lie in it.
    #[must_use]
    pub fn holds(&self, attribute: &str) -> bool {
        attribute.strip_prefix(&self.path).is_some_and(|rest| rest.starts_with('.'))
    }

    /// How to make members of what is in it.
    #[must_use]
    pub fn help(&self) -> String {
        let path = &self.path;
        match self.elements {
            Elements::Named => format!(
                "make an object of it: `jq -c '.{path} |= from_entries' FILE > NEW`; then \
                 `{path}.NAME` is a value, or `{path}.NAME.MEMBER` where that is an object"
            ),
            Elements::Objects => format!(
                "make an event of each element: `jq -c '.{path} = .{path}[]' FILE > NEW`; then \
                 `{path}.NAME` is a value, without `explode`"
            ),
            Elements::Structs => format!(
                "make a row of each element where the file is written, with `{path}` as a struct; \
                 then `{path}.NAME` is a value, without `explode`"
            ),
        }
    }
}

/// The lists of objects in the first lines of a log, or among the columns of a table.
pub(in crate::log) fn lists(opening: &Opening<'_>) -> Vec<ListOfObjects> {
    let mut found = Vec::new();
    match opening {
        Opening::Bytes(bytes) => {
            let text = String::from_utf8_lossy(bytes);
            for line in lines(&text).take(LINES) {
                if let Ok(object) = serde_json::from_str(line) {
                    look("", &object, &mut found);
                }
            }
        }
        #[cfg(feature = "parquet")]
        Opening::Columns { lists, .. } => {
            let elements = Elements::Structs;
            let list = |path: &String| ListOfObjects { path: path.clone(), elements };
            found.extend(lists.iter().map(list));
        }
    }
    found
}

fn look(before: &str, object: &Map<String, Json>, found: &mut Vec<ListOfObjects>) {
    for (name, value) in object {
        let path = format!("{before}{name}");
        match value {
            Json::Object(inner) => look(&format!("{path}."), inner, found),
            Json::Array(list) => {
                let is_known = found.iter().any(|known| known.path == path);
                let Some(first) = list.first().and_then(Json::as_object) else { continue };
                if !is_known {
                    let has = |name: &str| first.contains_key(name);
                    let is_named = (has("key") || has("name")) && has("value");
                    let elements = if is_named { Elements::Named } else { Elements::Objects };
                    found.push(ListOfObjects { path, elements });
                }
            }
            _ => {}
        }
    }
}
