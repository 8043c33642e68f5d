//! Lists of objects in events: no attribute path leads to the members of their elements.

use serde_json::{Map, Value as Json};

use super::text::lines;
use super::{Opening, jq};

/// The lines inspected.
const LINES: usize = 32;

/// A member that is a list of objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListOfObjects {
    /// The path: `items`, `order.products`.
    pub path: String,
    /// The path in a jq command, if there can be one.
    jq: Option<String>,
    elements: Elements,
}

/// The elements of such a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Elements {
    /// Objects of any kind.
    Objects,
    /// Pairs of a name or key, and a value.
    Named,
    /// Structs of a Parquet column.
    #[cfg(feature = "parquet")]
    Structs,
}

impl ListOfObjects {
    /// True if an attribute's path leads into the list.
    #[must_use]
    pub fn holds(&self, attribute: &str) -> bool {
        attribute.strip_prefix(&self.path).is_some_and(|rest| rest.starts_with('.'))
    }

    /// The remedy: how to make attributes of its elements.
    #[must_use]
    pub fn help(&self) -> String {
        let path = &self.path;
        let command = |change: &str| {
            let command =
                |jq: &String| format!(": `jq -c '{}' FILE > NEW`", change.replace('$', jq));
            self.jq.as_ref().map_or_else(String::new, command)
        };
        match self.elements {
            Elements::Named => format!(
                "make an object of it{}; then `{path}.NAME` is a value, or `{path}.NAME.MEMBER` \
                 where that is an object",
                command("$ |= from_entries")
            ),
            Elements::Objects => format!(
                "make an event of each element{}; then `{path}.NAME` is a value, without `explode`",
                command("$ = $[]")
            ),
            #[cfg(feature = "parquet")]
            Elements::Structs => format!(
                "make a row of each element where the file is written, with `{path}` as a struct; \
                 then `{path}.NAME` is a value, without `explode`"
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
            for line in lines(&text).take(LINES) {
                if let Ok(object) = serde_json::from_str::<Map<String, Json>>(line) {
                    search(&mut Vec::new(), &object, &mut found);
                }
            }
        }
        #[cfg(feature = "parquet")]
        Opening::Columns { lists, .. } => {
            let elements = Elements::Structs;
            let list = |path: &String| ListOfObjects { path: path.clone(), jq: None, elements };
            found.extend(lists.iter().map(list));
        }
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
                    if found.iter().all(|known| known.path != path) {
                        let has = |name: &str| first.contains_key(name);
                        let is_named = (has("key") || has("name")) && has("value");
                        let elements = if is_named { Elements::Named } else { Elements::Objects };
                        let jq = jq::path(prefix.iter().copied());
                        found.push(ListOfObjects { path, jq, elements });
                    }
                }
            }
            _ => {}
        }
        prefix.pop();
    }
}
