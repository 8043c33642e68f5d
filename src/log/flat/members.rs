//! The required members of an object as a tree: what each sets, and what is required of objects
//! and lists in it.

use crate::tape::{Datum, DatumRef};

use super::path::{Selector, Step, first_step};

/// The required members of an object.
#[derive(Debug, Default)]
pub(super) struct Node {
    pub(super) members: Vec<Member>,
    /// The depth: dots followed so far.
    pub(super) depth: u8,
}

/// A required member.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) name: String,
    /// The values it sets.
    pub(super) targets: Vec<usize>,
    /// Its own required members, if it is an object.
    pub(super) inner: Node,
    /// What is required of its elements, if it is a list.
    pub(super) list: Option<List>,
}

/// What is required of the elements of a list.
#[derive(Debug, Default)]
pub(in crate::log) struct List {
    /// The members of an element; they set values that are numbered within it.
    pub(super) element: Node,
    /// The number of these values.
    values: usize,
    /// How many of them, the first ones, are those of an event, if each element is one.
    pub(super) event: Option<usize>,
    pub(super) picks: Vec<Pick>,
}

/// A value that some elements set.
#[derive(Clone, Debug)]
pub(super) struct Pick {
    pub(super) which: Which,
    /// The value within an element; `None` for the element itself.
    pub(super) value: Option<usize>,
    pub(super) target: usize,
}

/// The elements that set it.
#[derive(Clone, Debug)]
pub(super) enum Which {
    All,
    At(usize),
    /// The first in which this value has this text.
    Where(usize, String),
}

impl Node {
    /// Requires the value at a path: a member of that very name, or one in nested objects or lists.
    pub(super) fn want(&mut self, path: &str, target: usize) {
        self.member(path).targets.push(target);
        if let Some(step) = first_step(path) {
            self.member(step.name).list.get_or_insert_default().want(step, target);
        } else if let Some((first, rest)) = path.split_once('.') {
            self.member(first).inner.want(rest, target);
        }
    }

    /// Makes each element of the list at a path an event. Called before anything else is required
    /// of the list.
    pub(super) fn want_each(&mut self, path: &str, list: &impl Fn() -> List) {
        self.member(path).list = Some(list());
        if let Some((first, rest)) = path.split_once('.') {
            self.member(first).inner.want_each(rest, list);
        }
    }

    fn member(&mut self, name: &str) -> &mut Member {
        let place = self.members.iter().position(|known| known.name == name);
        let place = place.unwrap_or_else(|| {
            let inner = Self { members: Vec::new(), depth: self.depth.saturating_add(1) };
            let name = name.to_owned();
            self.members.push(Member { name, targets: Vec::new(), inner, list: None });
            self.members.len() - 1
        });
        &mut self.members[place]
    }
}

impl Member {
    /// True if only the value itself is required.
    pub(super) const fn is_leaf(&self) -> bool {
        self.inner.members.is_empty() && self.list.is_none()
    }
}

impl List {
    /// A list of which each element is an event with these members, which set so many values.
    pub(super) const fn of_events(element: Node, values: usize) -> Self {
        Self { element, values, event: Some(values), picks: Vec::new() }
    }

    /// True if each element is an event.
    pub(super) const fn has_events(&self) -> bool {
        self.event.is_some()
    }

    /// How many values an element has at most.
    pub(super) const fn len(&self) -> usize {
        self.values
    }

    /// The values of an element, without any.
    pub(in crate::log) fn nothing<'d>(&self) -> Vec<Option<Datum<'d>>> {
        vec![None; self.values]
    }

    /// The values of an element by number, with their paths.
    #[cfg(feature = "parquet")]
    pub(in crate::log) fn paths(&self) -> impl Iterator<Item = (usize, &str)> {
        let members = self.element.members.iter();
        members.flat_map(|member| member.targets.iter().map(|target| (*target, &*member.name)))
    }

    /// The selection from the elements of a line's list.
    pub(in crate::log) fn pick<'d>(&self) -> Picked<'_, 'd> {
        Picked::new(self)
    }

    /// Requires what a step into the list leads to.
    pub(in crate::log) fn want(&mut self, step: Step<'_>, target: usize) {
        let which = match step.selector {
            Selector::All => Which::All,
            Selector::At(place) => Which::At(place),
            Selector::Where(key, text) => Which::Where(self.value(key), text.to_owned()),
        };
        let value = step.rest.map(|rest| self.value(rest));
        self.picks.push(Pick { which, value, target });
    }

    /// A further value of an element.
    fn value(&mut self, path: &str) -> usize {
        self.element.want(path, self.values);
        self.values += 1;
        self.values - 1
    }
}

/// The values of an element that are those of an event; `None` if it is no object.
pub(in crate::log) type ElementValues<'d> = Option<Vec<Option<Datum<'d>>>>;

/// What the elements of a list have set so far.
pub(in crate::log) struct Picked<'l, 'de> {
    list: &'l List,
    /// The values, one for each pick.
    values: Vec<Option<Datum<'de>>>,
    /// Per pick, true if its one element has come.
    is_done: Vec<bool>,
    elements: usize,
    /// The values of the events that the elements are, if each is one.
    events: Option<Vec<ElementValues<'de>>>,
}

impl<'l, 'de> Picked<'l, 'de> {
    fn new(list: &'l List) -> Self {
        let of = |pick: &Pick| matches!(pick.which, Which::All).then(|| Datum::List(Vec::new()));
        Self {
            list,
            values: list.picks.iter().map(of).collect(),
            is_done: vec![false; list.picks.len()],
            elements: 0,
            events: list.event.map(|_| Vec::new()),
        }
    }

    /// Takes the next element: itself, if it is a scalar, its values, and whether it is an object.
    pub(in crate::log) fn take(
        &mut self,
        scalar: Option<&Datum<'de>>,
        mut values: Vec<Option<Datum<'de>>>,
        is_object: bool,
    ) {
        for (place, pick) in self.list.picks.iter().enumerate() {
            let value = match pick.value {
                Some(value) => values.get(value).and_then(Option::as_ref),
                None => scalar,
            };
            let is_here = match &pick.which {
                Which::All => {
                    if let (Some(Datum::List(list)), Some(value)) = (&mut self.values[place], value)
                    {
                        match value {
                            Datum::List(inner) => list.extend(inner.iter().cloned()),
                            value => list.push(value.clone()),
                        }
                    }
                    false
                }
                Which::At(at) => self.elements == *at,
                Which::Where(key, text) => {
                    let key = values.get(*key).and_then(Option::as_ref);
                    key.is_some_and(|key| has_text(key.borrowed(), text))
                }
            };
            if is_here && !self.is_done[place] {
                self.is_done[place] = true;
                self.values[place] = value.cloned();
            }
        }
        self.elements += 1;
        if let (Some(events), Some(count)) = (&mut self.events, self.list.event) {
            values.truncate(count);
            events.push(is_object.then_some(values));
        }
    }

    /// The values of the events that the elements are; `None` if they are no events.
    pub(in crate::log) const fn take_events(&mut self) -> Option<Vec<ElementValues<'de>>> {
        self.events.take()
    }

    /// The values, each with what it sets.
    pub(in crate::log) fn values(self) -> impl Iterator<Item = (usize, Option<Datum<'de>>)> {
        self.list.picks.iter().map(|pick| pick.target).zip(self.values)
    }
}

/// True if a value has this text. That of a list is none.
pub(super) fn has_text(datum: DatumRef<'_>, text: &str) -> bool {
    match datum {
        DatumRef::Text(own) => own == text,
        DatumRef::Other(Datum::List(_)) => false,
        other => other.to_value().key_text().is_some_and(|own| own == text),
    }
}
