//! An event into the fields of its type: all of its members and their elements.

use crate::log::{Token, Walk};

use super::field::{Context, Field};
use super::paths::{PathId, Paths};

/// The deepest nesting that is looked into.
const DEEPEST: usize = 24;

/// The fields of a type, by the numbers of their paths.
#[derive(Debug, Default)]
pub(super) struct Fields(Vec<Option<Box<Field>>>);

/// What may still be added, and what was not.
#[derive(Debug)]
pub(super) struct Room {
    /// The fields that may still be added, of all types.
    pub(super) fields: usize,
    /// The values of fields that were not added.
    pub(super) left_out: u64,
}

/// A visit to the values of an event.
pub(super) struct Visit<'p> {
    pub(super) paths: &'p mut Paths,
    pub(super) fields: &'p mut Fields,
    pub(super) room: &'p mut Room,
    pub(super) context: Context,
    /// The element that the event is of the list of events.
    pub(super) element: Option<usize>,
}

impl Fields {
    /// The fields with their paths, in the order in which the paths first appear.
    pub(super) fn iter(&self) -> impl Iterator<Item = (PathId, &Field)> {
        let fields = self.0.iter().enumerate();
        fields.filter_map(|(number, field)| Some((PathId::of(number)?, field.as_deref()?)))
    }

    #[inline]
    fn get(&mut self, path: PathId, room: &mut Room) -> Option<&mut Field> {
        let number = path.index();
        if self.0.get(number).is_none_or(Option::is_none) {
            self.make(number, room);
        }
        self.0.get_mut(number)?.as_deref_mut()
    }

    #[cold]
    fn make(&mut self, number: usize, room: &mut Room) {
        if room.fields == 0 {
            return;
        }
        room.fields -= 1;
        if self.0.len() <= number {
            self.0.resize_with(number + 1, || None);
        }
        self.0[number] = Some(Box::default());
    }
}

impl Visit<'_> {
    /// Visits an object.
    pub(super) fn object(&mut self, text: &str) {
        let mut walk = Walk::new(text);
        if walk.value() == Some(Token::Object) {
            self.members(&mut walk, PathId::ROOT, 0);
        }
    }

    fn members(&mut self, walk: &mut Walk<'_>, of: PathId, depth: usize) -> Option<()> {
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

    fn elements(&mut self, walk: &mut Walk<'_>, of: PathId, depth: usize) -> Option<()> {
        let path = self.paths.elements(of);
        let only = self.element.filter(|_| self.paths.is_each(of));
        let mut number = 0;
        while walk.element() {
            match path {
                _ if only.is_some_and(|only| only != number) => walk.skip()?,
                Some(path) => self.value(walk, path, depth)?,
                None => self.leave_out(walk)?,
            }
            number += 1;
        }
        Some(())
    }

    fn value(&mut self, walk: &mut Walk<'_>, path: PathId, depth: usize) -> Option<()> {
        let start = walk.clone();
        let token = walk.value()?;
        let is_list = token == Token::List;
        if is_list && self.paths.names_values(path) {
            return self.named(walk, path, depth);
        }
        match self.fields.get(path, self.room) {
            Some(field) => field.add(&token, self.context, || start.ahead()),
            None => self.room.left_out += 1,
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
    fn named(&mut self, walk: &mut Walk<'_>, of: PathId, depth: usize) -> Option<()> {
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

    fn leave_out(&mut self, walk: &mut Walk<'_>) -> Option<()> {
        self.room.left_out += 1;
        walk.skip()
    }
}
