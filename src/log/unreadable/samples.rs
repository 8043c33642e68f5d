//! Samples: the members of a log's first events, with some of their values, as suggestions for
//! names that no event has.

use serde_json::{Map, Value as Json};

use crate::base::events::Dialect;
use crate::log::table::csv;

use super::Opening;
use super::text::{DEPTH, flatten, records};

/// The most members.
const MEMBERS: usize = 200;
/// The most values of one member, and the most characters of one.
const VALUES: usize = 8;
const LONGEST: usize = 100;

/// A member of the first events of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its path, as a config names it: `geo.country`.
    pub path: String,
    /// The first few of its distinct values that are texts or numbers, as text.
    pub values: Vec<String>,
}

/// The members of the first lines of a log, or the columns of a table.
pub(in crate::log) fn members(opening: &Opening<'_>, dialect: &Dialect) -> Vec<Member> {
    let mut found = Vec::new();
    match opening {
        Opening::Bytes(bytes) => {
            let text = String::from_utf8_lossy(bytes);
            let text = text.trim_start_matches('\u{feff}');
            let mut head = dialect.columns.clone();
            for line in records(text) {
                if let Ok(object) = serde_json::from_str(line) {
                    of_object(&object, &mut found);
                } else if let Some(names) = &head {
                    let cells = csv::cells(line, dialect);
                    let cells = cells.filter(|(_, cells)| cells.len() == names.len());
                    let cells = cells.into_iter().flat_map(|(_, cells)| cells);
                    for (path, cell) in names.iter().zip(cells) {
                        note(path.clone(), &cell, &mut found);
                    }
                } else if csv::names(line, dialect).is_some() {
                    head = csv::cells(line, dialect).map(|(_, names)| names);
                }
            }
        }
        #[cfg(feature = "parquet")]
        Opening::Columns { names, .. } => {
            names.iter().for_each(|name| note(name.clone(), "", &mut found));
        }
    }
    found
}

fn of_object(object: &Map<String, Json>, found: &mut Vec<Member>) {
    let mut samples = Vec::new();
    let event = object.get("event").and_then(Json::as_str);
    let before = match event {
        Some("interaction") => Some(""),
        Some("item") => Some("item."),
        Some("user") => Some("user."),
        Some("ranking") => Some("ranking."),
        _ => None,
    };
    // Metarank's events have their fields in a list, and some members in common.
    if let (Some(before), Some(Json::Array(fields))) = (before, object.get("fields")) {
        for field in fields {
            if let (Some(Json::String(name)), Some(value)) = (field.get("name"), field.get("value"))
            {
                let own = Map::from_iter([(name.clone(), value.clone())]);
                flatten(before, &own, 1, &mut samples);
            }
        }
    } else if before.is_none() {
        flatten("", object, DEPTH, &mut samples);
    }
    for (path, value) in samples {
        note(path, &value, found);
    }
}

fn note(path: String, value: &str, found: &mut Vec<Member>) {
    let place = found.iter().position(|known| known.path == path).unwrap_or_else(|| {
        if found.len() < MEMBERS && path.len() <= LONGEST {
            found.push(Member { path, values: Vec::new() });
            found.len() - 1
        } else {
            MEMBERS
        }
    });
    let is_kept = !value.is_empty() && value.len() <= LONGEST;
    if let Some(Member { values, .. }) = found.get_mut(place).filter(|_| is_kept)
        && values.len() < VALUES
        && !values.iter().any(|known| known == value)
    {
        values.push(value.to_owned());
    }
}
