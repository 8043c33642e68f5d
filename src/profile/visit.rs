//! An event into the fields of its type: all of its members and their elements.

use crate::log::{Token, Walk};

use super::field::{Context, Field, hash_of};
use super::paths::{PathId, Paths};

/// The deepest nesting that is looked into.
const DEEPEST: usize = 24;

/// The fields of a type, by the numbers of their paths.
#[derive(Debug, Default)]
pub(super) struct Fields {
    fields: Vec<Option<Box<Field>>>,
    /// True if nothing is wanted but how many events have each of their values.
    counts_only: bool,
}

/// What may still be added, and what was not.
#[derive(Debug)]
pub(super) struct Room {
    /// The fields that may still be added, of all types.
    pub(super) fields: usize,
    /// The values of fields that were not added.
    pub(super) left_out: u64,
}

/// A visit to the values of an event.
pub(super) struct Visit<'p, 't> {
    pub(super) paths: &'p mut Paths,
    pub(super) fields: &'p mut Fields,
    pub(super) room: &'p mut Room,
    /// Of the record that the event is of.
    pub(super) lists: &'p mut Lists<'t>,
    pub(super) context: Context,
    /// The element that the event is of the list of events.
    pub(super) element: Option<usize>,
    /// The id of the event that was found, with its path; the first if there are several.
    pub(super) id: Option<(PathId, u64)>,
}

/// The lists of events of a record, in order. All events of it share them, so that a list is gone
/// through as a whole only once.
#[derive(Debug, Default)]
pub(super) struct Lists<'t>(Vec<List<'t>>);

#[derive(Debug)]
struct List<'t> {
    place: usize,
    first: Walk<'t>,
    end: Walk<'t>,
    len: usize,
    /// The element that was asked for last, with its number.
    last: (usize, Walk<'t>),
}

impl<'t> Lists<'t> {
    /// An element of the list that the walk is in, which goes on to its end.
    fn element(&mut self, walk: &mut Walk<'t>, number: usize) -> Option<Walk<'t>> {
        let Self(lists) = self;
        let found = lists.binary_search_by_key(&walk.at(), |list| list.place);
        let place = found.unwrap_or_else(|place| {
            lists.insert(place, List::new(walk.clone()));
            place
        });
        let list = lists.get_mut(place)?;
        *walk = list.end.clone();
        list.element(number)
    }
}

impl<'t> List<'t> {
    fn new(mut walk: Walk<'t>) -> Self {
        let place = walk.at();
        let mut first = walk.clone();
        first.element();
        let mut len = 0;
        while walk.element() && walk.skip().is_some() {
            len += 1;
        }
        Self { place, last: (0, first.clone()), first, end: walk, len }
    }

    fn element(&mut self, number: usize) -> Option<Walk<'t>> {
        if number >= self.len {
            return None;
        }
        if number < self.last.0 {
            self.last = (0, self.first.clone());
        }
        let (at, walk) = &mut self.last;
        while *at < number {
            walk.skip()?;
            walk.element();
            *at += 1;
        }
        Some(walk.clone())
    }
}

impl Fields {
    /// No fields yet, of which nothing is wanted but how many events have each of their values.
    pub(super) fn counts_only() -> Self {
        Self { counts_only: true, ..Self::default() }
    }

    /// The fields with their paths, in the order in which the paths first appear.
    pub(super) fn iter(&self) -> impl Iterator<Item = (PathId, &Field)> + Clone {
        let fields = self.fields.iter().enumerate();
        fields.filter_map(|(number, field)| Some((PathId::of(number)?, field.as_deref()?)))
    }

    /// The field at a path.
    pub(super) fn field(&self, path: PathId) -> Option<&Field> {
        self.fields.get(path.index())?.as_deref()
    }

    #[inline]
    fn get(&mut self, path: PathId, room: &mut Room) -> Option<&mut Field> {
        let number = path.index();
        if self.fields.get(number).is_none_or(Option::is_none) {
            self.make(number, room);
        }
        self.fields.get_mut(number)?.as_deref_mut()
    }

    #[cold]
    fn make(&mut self, number: usize, room: &mut Room) {
        if room.fields == 0 {
            return;
        }
        room.fields -= 1;
        if self.fields.len() <= number {
            self.fields.resize_with(number + 1, || None);
        }
        let field = if self.counts_only { Field::counts_only() } else { Field::default() };
        self.fields[number] = Some(Box::new(field));
    }
}

impl<'t> Visit<'_, 't> {
    /// Visits an object.
    pub(super) fn object(&mut self, text: &'t str) {
        let mut walk = Walk::new(text);
        if walk.value() == Some(Token::Object) {
            self.members(&mut walk, PathId::ROOT, 0);
        }
    }

    fn members(&mut self, walk: &mut Walk<'t>, of: PathId, depth: usize) -> Option<()> {
        let mut before = None;
        while let Some(name) = walk.member() {
            match self.paths.member(of, before, &name) {
                Some(path) => {
                    before = Some(path);
                    self.value(walk, path, depth)?;
                }
                None => self.leave_out(walk)?,
            }
        }
        Some(())
    }

    fn elements(&mut self, walk: &mut Walk<'t>, of: PathId, depth: usize) -> Option<()> {
        let path = self.paths.elements(of);
        if let Some(only) = self.element.filter(|_| self.paths.is_each(of)) {
            let Some(mut element) = self.lists.element(walk, only) else { return Some(()) };
            return self.one(&mut element, path, depth);
        }
        while walk.element() {
            self.one(walk, path, depth)?;
        }
        Some(())
    }

    fn one(&mut self, walk: &mut Walk<'t>, path: Option<PathId>, depth: usize) -> Option<()> {
        match path {
            Some(path) => self.value(walk, path, depth),
            None => self.leave_out(walk),
        }
    }

    fn value(&mut self, walk: &mut Walk<'t>, path: PathId, depth: usize) -> Option<()> {
        let start = walk.clone();
        let token = walk.value()?;
        let is_list = token == Token::List;
        if is_list && self.paths.names_values(path) {
            return self.named(walk, path, depth);
        }
        if self.paths.is_id(path) && self.id.is_none() {
            self.id = hash_of(&token).map(|id| (path, id));
        }
        if !self.paths.is_unwanted(path) {
            match self.fields.get(path, self.room) {
                Some(field) => field.add(&token, self.context, || start.ahead()),
                None => self.room.left_out += 1,
            }
        }
        if !is_list && token != Token::Object {
            return Some(());
        }
        if depth == DEEPEST {
            *walk = start;
            return walk.skip();
        }
        if is_list {
            self.elements(walk, path, depth + 1)
        } else {
            self.members(walk, path, depth + 1)
        }
    }

    /// Visits a list of objects with a name and a value each.
    fn named(&mut self, walk: &mut Walk<'t>, of: PathId, depth: usize) -> Option<()> {
        while walk.element() {
            let start = walk.clone();
            if walk.value()? != Token::Object {
                *walk = start;
                walk.skip()?;
                continue;
            }
            let (mut name, mut value) = (None, None);
            while let Some(member) = walk.member() {
                let start = walk.clone();
                walk.skip()?;
                match &*member {
                    "name" => name = Some(start),
                    "value" => value = Some(start),
                    _ => {}
                }
            }
            let (Some(mut name), Some(mut value)) = (name, value) else { continue };
            let Some(Token::Text(name)) = name.value() else { continue };
            match self.paths.member(of, None, &name) {
                Some(path) => self.value(&mut value, path, depth)?,
                None => self.room.left_out += 1,
            }
        }
        Some(())
    }

    fn leave_out(&mut self, walk: &mut Walk<'t>) -> Option<()> {
        self.room.left_out += 1;
        walk.skip()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_is_found_whatever_was_asked_for_before() {
        let text = r#"[[{"a":[1,2]}, "b" ,3], [], 4]"#;
        let mut walk = Walk::new(text);
        assert_eq!(walk.value(), Some(Token::List));
        let mut lists = Lists::default();
        let mut ask = |walk: &Walk<'static>, number| {
            let mut walk = walk.clone();
            let found = lists.element(&mut walk, number).map(|element| element.ahead());
            (found, walk.at())
        };
        let outer = walk.clone();
        assert!(walk.element());
        assert_eq!(walk.value(), Some(Token::List));
        let inner = walk.clone();
        for number in [0, 2, 2, 1, 5, 1, 0, 3, 2] {
            let want = [r#"{"a":[1,2]}"#, "\"b\"", "3"].get(number).copied();
            assert_eq!(ask(&inner, number), (want, 22), "{number}");
            let want = [r#"[{"a":[1,2]}, "b" ,3]"#, "[]", "4"].get(number).copied();
            assert_eq!(ask(&outer, number), (want, text.len()), "{number}");
        }
        while walk.element() {
            walk.skip().unwrap();
        }
        assert!(walk.element());
        assert_eq!(walk.value(), Some(Token::List));
        assert_eq!(ask(&walk, 0), (None, 26), "it is empty");
        assert_eq!(ask(&walk, 1), (None, 26));
    }
}
