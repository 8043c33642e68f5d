//! Lists in Parquet: paths with brackets, and the list of which each element is an event.

use parquet::schema::types::SchemaDescriptor;

use crate::base::time_rules::LocalZone;
use crate::log::flat::{ElementValues, Found, List, Wanted};

use super::columns::{Column, ListLevels};
use super::schema::{Field, Kind, find, find_list};

/// A list of which something is wanted.
pub(super) struct ListColumns {
    wanted: List,
    levels: ListLevels,
    /// At least one, by which the elements are counted.
    columns: Vec<ElementColumn>,
    /// True if its elements are structs.
    has_structs: bool,
}

/// A column of the elements of a list.
struct ElementColumn {
    column: Column,
    /// The values of an element that it sets.
    numbers: Vec<usize>,
    /// True if it is the elements themselves.
    is_element: bool,
}

impl ListColumns {
    /// The lists that the wanted paths lead into, and that of events. A path that leads to a column
    /// of that very name leads into no list.
    pub(super) fn of(
        wanted: &Wanted,
        fields: &[Field],
        schema: &SchemaDescriptor,
        zone: Option<LocalZone>,
    ) -> Vec<Self> {
        let mut found: Vec<(&Field, &Field, List)> = Vec::new();
        let each = wanted.each().and_then(|each| find(fields, each));
        if let Some((list, element)) = each.and_then(|list| Some((list, list.element()?))) {
            found.push((list, element, wanted.list_of_events()));
        }
        for (number, path) in wanted.paths().filter(|(_, path)| find(fields, path).is_none()) {
            let Some((list, step)) = find_list(fields, path) else { continue };
            let Some(element) = list.element() else { continue };
            let place = found.iter().position(|(known, ..)| known.leaves == list.leaves);
            let place = place.unwrap_or_else(|| {
                found.push((list, element, List::default()));
                found.len() - 1
            });
            found[place].2.want(step, number);
        }
        let lists = found.into_iter().map(|(list, element, wanted)| Self {
            levels: ListLevels { list: list.level, element: element.level },
            columns: columns(element, &wanted, schema, zone),
            has_structs: matches!(element.kind, Kind::Struct(_)),
            wanted,
        });
        lists.collect()
    }

    pub(super) fn columns(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().map(|column| &column.column)
    }

    pub(super) fn columns_mut(&mut self) -> impl Iterator<Item = &mut Column> {
        self.columns.iter_mut().map(|column| &mut column.column)
    }

    /// Sets the values that the next row's list sets. Returns its elements if each is an event.
    pub(super) fn next<'s>(&'s mut self, found: &mut Found<'s>) -> Option<Vec<ElementValues<'s>>> {
        let Self { wanted, levels, columns, has_structs } = self;
        let read = columns.iter_mut().map(|ElementColumn { column, numbers, is_element }| {
            (column.next_elements(*levels).map(Vec::into_iter), &*numbers, *is_element)
        });
        // Every column goes on to the next row, also where there is no list.
        let mut read: Vec<_> = read.collect();
        if read.iter().any(|(elements, ..)| elements.is_none()) {
            return None;
        }
        let mut picked = wanted.pick();
        loop {
            let (mut values, mut scalar, mut is_there) = (wanted.nothing(), None, None);
            for (elements, numbers, is_element) in &mut read {
                let Some(element) = elements.as_mut().and_then(Iterator::next) else { continue };
                is_there = Some(element.is_there);
                let Some(value) = element.value else { continue };
                numbers.iter().for_each(|number| values[*number] = Some(value.clone()));
                if *is_element {
                    scalar = Some(value);
                }
            }
            let Some(is_there) = is_there else { break };
            picked.take(scalar.as_ref(), values, is_there && *has_structs);
        }
        let events = picked.take_events();
        for (number, value) in picked.values() {
            value.into_iter().for_each(|value| found.set(number, value));
        }
        events
    }
}

/// The columns of the wanted values of an element; of one without any, a column that counts them.
fn columns(
    element: &Field,
    wanted: &List,
    schema: &SchemaDescriptor,
    zone: Option<LocalZone>,
) -> Vec<ElementColumn> {
    let mut columns: Vec<ElementColumn> = Vec::new();
    if matches!(element.kind, Kind::Scalar(_)) {
        let column = Column::new(element, schema, zone);
        let of = |column| ElementColumn { column, numbers: Vec::new(), is_element: true };
        columns.extend(column.map(of));
    }
    for (number, path) in wanted.paths() {
        let field = find(element.members(), path);
        let Some(column) = field.and_then(|field| Column::new(field, schema, zone)) else {
            continue;
        };
        if let Some(known) = columns.iter_mut().find(|known| known.column.leaf == column.leaf) {
            known.numbers.push(number);
        } else {
            columns.push(ElementColumn { column, numbers: vec![number], is_element: false });
        }
    }
    if columns.is_empty() {
        let column = Column::without_values(element, schema);
        let of = |column| ElementColumn { column, numbers: Vec::new(), is_element: false };
        columns.extend(column.map(of));
    }
    columns
}
