//! Whole rows, as the JSON objects that they stand for: every column, wanted or not. Maps and lists
//! within lists of objects have no value here, as everywhere.

use parquet::errors::Result;
use parquet::schema::types::SchemaDescriptor;
use serde_json::Value as Json;

use crate::base::time_rules::LocalZone;
use crate::tape::Datum;

use super::columns::{Column, ListLevels};
use super::schema::{Field, Kind};

/// The deepest struct whose fields are read.
const DEEPEST: usize = 16;

/// The columns of whole rows.
pub(super) struct WholeRows {
    fields: Vec<Named>,
    text: String,
}

/// A field with its name as JSON, and a colon.
struct Named {
    name: String,
    part: Part,
}

enum Part {
    Plain(Box<Column>),
    Struct(Vec<Named>),
    /// A list of structs, with the columns of their fields.
    List(ListLevels, Vec<(String, Column)>),
}

impl WholeRows {
    pub(super) fn new(
        fields: &[Field],
        schema: &SchemaDescriptor,
        zone: Option<LocalZone>,
    ) -> Self {
        let of = |field: &Field| Named::of(field, schema, zone, 0);
        Self { fields: fields.iter().filter_map(of).collect(), text: String::new() }
    }

    pub(super) fn columns(&self) -> Vec<&Column> {
        let mut columns = Vec::new();
        self.fields.iter().for_each(|field| field.columns(&mut columns));
        columns
    }

    /// Does something with each column.
    pub(super) fn each(&mut self, act: &mut dyn FnMut(&mut Column) -> Result<()>) -> Result<()> {
        self.fields.iter_mut().try_for_each(|field| field.each(act))
    }

    /// The object of the next row.
    pub(super) fn next(&mut self) -> &str {
        self.text.clear();
        object(&mut self.fields, &mut self.text);
        &self.text
    }
}

impl Named {
    fn of(
        field: &Field,
        schema: &SchemaDescriptor,
        zone: Option<LocalZone>,
        depth: usize,
    ) -> Option<Self> {
        let part = match &field.kind {
            Kind::Struct(_) if depth == DEEPEST => return None,
            Kind::Struct(members) => {
                let of = |member| Self::of(member, schema, zone, depth + 1);
                Part::Struct(members.iter().filter_map(of).collect())
            }
            Kind::List(element) if matches!(element.kind, Kind::Struct(_)) => {
                let mut columns = Vec::new();
                within(element.members(), "", &mut |path, member| {
                    if let Some(column) = Column::new(member, schema, zone) {
                        columns.push((format!("{}:", Json::from(path)), column));
                    }
                });
                let levels = ListLevels { list: field.level, element: element.level };
                Part::List(levels, columns)
            }
            _ => Part::Plain(Box::new(Column::new(field, schema, zone)?)),
        };
        Some(Self { name: format!("{}:", Json::from(field.name.as_str())), part })
    }

    fn columns<'s>(&'s self, columns: &mut Vec<&'s Column>) {
        match &self.part {
            Part::Plain(column) => columns.push(column),
            Part::Struct(fields) => fields.iter().for_each(|field| field.columns(columns)),
            Part::List(_, of) => columns.extend(of.iter().map(|(_, column)| column)),
        }
    }

    fn each(&mut self, act: &mut dyn FnMut(&mut Column) -> Result<()>) -> Result<()> {
        match &mut self.part {
            Part::Plain(column) => act(column),
            Part::Struct(fields) => fields.iter_mut().try_for_each(|field| field.each(act)),
            Part::List(_, columns) => columns.iter_mut().try_for_each(|(_, column)| act(column)),
        }
    }
}

/// The fields of a struct, and those of structs in it, with their dotted paths.
fn within<'f>(members: &'f [Field], path: &str, visit: &mut dyn FnMut(&str, &'f Field)) {
    for member in members {
        let own =
            if path.is_empty() { member.name.clone() } else { format!("{path}.{}", member.name) };
        match &member.kind {
            Kind::Struct(inner) => within(inner, &own, visit),
            Kind::List(element) if matches!(element.kind, Kind::Struct(_)) => {}
            _ => visit(&own, member),
        }
    }
}

/// Writes the members of the next row; those without a value are left out.
fn object(fields: &mut [Named], text: &mut String) {
    text.push('{');
    let mut is_first = true;
    for field in fields {
        let before = text.len();
        if !is_first {
            text.push(',');
        }
        text.push_str(&field.name);
        let is_there = match &mut field.part {
            Part::Plain(column) => column.next().map(|datum| write(&datum, text)).is_some(),
            Part::Struct(fields) => {
                let start = text.len();
                object(fields, text);
                text.len() > start + "{}".len()
            }
            Part::List(levels, columns) => elements(*levels, columns, text),
        };
        if is_there {
            is_first = false;
        } else {
            text.truncate(before);
        }
    }
    text.push('}');
}

/// Writes the elements of the next row's list; false if there is none.
fn elements(levels: ListLevels, columns: &mut [(String, Column)], text: &mut String) -> bool {
    // Every column goes on to the next row, also where there is no list.
    let read: Vec<_> =
        columns.iter_mut().map(|(name, column)| (&*name, column.next_elements(levels))).collect();
    let mut of_each = Vec::new();
    for (name, elements) in read {
        let Some(elements) = elements else { return false };
        of_each.push((name, elements.into_iter()));
    }
    text.push('[');
    let mut number = 0;
    loop {
        let (before, mut is_there, mut is_first) = (text.len(), None, true);
        if number > 0 {
            text.push(',');
        }
        text.push('{');
        for (name, elements) in &mut of_each {
            let Some(element) = elements.next() else { continue };
            is_there = Some(element.is_there);
            let Some(value) = element.value else { continue };
            if !is_first {
                text.push(',');
            }
            text.push_str(name);
            write(&value, text);
            is_first = false;
        }
        text.push('}');
        match is_there {
            Some(true) => {}
            Some(false) => {
                text.truncate(before);
                text.push_str(if number > 0 { ",null" } else { "null" });
            }
            None => {
                text.truncate(before);
                break;
            }
        }
        number += 1;
    }
    text.push(']');
    true
}

/// Writes a value.
fn write(datum: &Datum<'_>, text: &mut String) {
    match datum {
        Datum::Text(value) => text.push_str(&Json::from(&**value).to_string()),
        Datum::Integer(whole) => text.push_str(&whole.to_string()),
        Datum::Float(number) => text.push_str(&Json::from(*number).to_string()),
        Datum::Bool(flag) => text.push_str(if *flag { "true" } else { "false" }),
        Datum::List(elements) => {
            text.push('[');
            for (number, element) in elements.iter().enumerate() {
                if number > 0 {
                    text.push(',');
                }
                write(element, text);
            }
            text.push(']');
        }
    }
}
