//! Scanning an object: its required members, those of objects and lists in it, at the speed of
//! memory.

use std::ops::Range;

use crate::log::json::scan::{
    Cursor, MemberPredictor, NeedsParser, Raw, START, Step, UNWANTED, elements, expect_step,
    member, value,
};

use super::members::{self, Node, Pick, Which, has_text};
use super::scanned::Found;

/// The most objects and lists around a scanned one; deeper paths are left to the parser, which
/// limits the depth of a line.
const MAX_LEVEL: u8 = 32;

/// The required members of an object.
#[derive(Debug)]
pub(super) struct Object {
    predictor: MemberPredictor,
    members: Vec<Member>,
    /// The depth: dots followed so far.
    depth: u8,
    /// The objects and lists around it.
    level: u8,
}

#[derive(Debug)]
struct Member {
    /// The last object that had it.
    number: u64,
    /// The value that it sets, if any.
    target: Option<u32>,
    others: Vec<u32>,
    /// What is required within it, if anything.
    inner: Option<u32>,
    name: String,
}

/// All that is required within members, by number.
#[derive(Debug)]
pub(super) struct Inner {
    /// Each is taken out while it is scanned.
    nested: Vec<Option<Box<Nested>>>,
    /// How many values are found in a line and in an element of each list.
    pub(super) values: usize,
}

/// What is required within a member.
#[derive(Debug)]
struct Nested {
    object: Object,
    list: Option<List>,
}

/// What is required of the elements of a list.
#[derive(Debug)]
struct List {
    element: Object,
    /// The values of an element among those found.
    values: Range<usize>,
    /// Those of an event, if each element is one.
    event: Option<Range<usize>>,
    picks: Vec<Picked>,
    /// The scalars among the elements, if the list itself is required.
    scalars: Option<Vec<Raw>>,
}

/// A value that some elements set.
#[derive(Debug)]
struct Picked {
    pick: Pick,
    /// What the elements have set so far.
    values: Vec<Raw>,
    /// True if its one element has come.
    is_done: bool,
}

impl Inner {
    /// Nothing within members, of a line with so many values.
    pub(super) const fn new(values: usize) -> Self {
        Self { nested: Vec::new(), values }
    }

    /// True if nothing is required within members.
    pub(super) const fn is_empty(&self) -> bool {
        self.nested.is_empty()
    }

    /// Scans the value of a member, in which something is required if it is an object or a list.
    #[inline(never)]
    fn value(
        &mut self,
        (number, step, depth): (u32, Step, u8),
        found: &mut Found,
        cursor: &mut Cursor<'_>,
        block: &str,
    ) -> Result<Raw, NeedsParser> {
        let place = self.nested.get_mut(number as usize).ok_or(NeedsParser)?;
        let mut nested = place.take().ok_or(NeedsParser)?;
        let first = cursor.byte().filter(|_| !step.is_text);
        let has_events = nested.list.as_ref().is_some_and(|list| list.event.is_some());
        let read = match (first, &mut nested.list) {
            _ if nested.object.level > MAX_LEVEL => Err(NeedsParser),
            (Some(b'['), Some(list)) => list.read(depth, self, found, cursor, block),
            // It may take the place of a list that was found elsewhere.
            _ if has_events => Err(NeedsParser),
            (Some(b'{'), _) => {
                nested.object.read(self, found, cursor, block).map(|()| Raw::MISSING)
            }
            _ => member(cursor, step, block, &mut found.parsed),
        };
        self.nested[number as usize] = Some(nested);
        read
    }
}

impl Object {
    /// The object in which a node is required, under so many objects and lists. Its values are
    /// found from `first` on.
    pub(super) fn new(node: &Node, first: usize, level: u8, inner: &mut Inner) -> Self {
        let members = node.members.iter().map(|member| {
            let mut targets = member.targets.iter().map(|target| (first + target) as u32);
            Member {
                number: 0,
                target: targets.next(),
                others: targets.collect(),
                inner: (!member.is_leaf()).then(|| {
                    let object = Self::new(&member.inner, first, level.saturating_add(1), inner);
                    let list = member.list.as_ref();
                    let list = list.map(|list| {
                        let keeps = !member.targets.is_empty();
                        List::new(list, (first, keeps), level.saturating_add(2), inner)
                    });
                    inner.nested.push(Some(Box::new(Nested { object, list })));
                    inner.nested.len() as u32 - 1
                }),
                name: member.name.clone(),
            }
        });
        let members = members.collect();
        Self { predictor: MemberPredictor::new(), members, depth: node.depth, level }
    }

    /// Scans the members of the object.
    #[expect(clippy::inline_always, reason = "the cursor of a line stays in the registers")]
    #[inline(always)]
    pub(super) fn read(
        &mut self,
        inner: &mut Inner,
        found: &mut Found,
        cursor: &mut Cursor<'_>,
        block: &str,
    ) -> Result<(), NeedsParser> {
        let Self { predictor, members, depth, .. } = self;
        let mut from = START;
        loop {
            let look_up = |name: &[u8]| {
                let place = members.iter().position(|member| member.name.as_bytes() == name);
                place.map_or(UNWANTED, |place| place as u32)
            };
            if !predictor.matches_prediction(cursor, &mut from) {
                match cursor.detached(|cursor| predictor.branch(cursor, from, look_up))? {
                    Some(step) => from = step,
                    None => return Ok(()),
                }
            }
            let step = from;
            let Some(wanted) = members.get_mut(step.member as usize) else {
                expect_step(cursor, step)?;
                continue;
            };
            if wanted.number == found.number {
                // A duplicate member.
                return Err(NeedsParser);
            }
            wanted.number = found.number;
            let value = match wanted.inner {
                None => member(cursor, step, block, &mut found.parsed)?,
                Some(number) => cursor
                    .detached(|cursor| inner.value((number, step, *depth), found, cursor, block))?,
            };
            if value == Raw::MISSING {
                continue;
            }
            if let Some(target) = wanted.target {
                found.set(target, value, *depth);
            }
            for target in &wanted.others {
                found.set(*target, value, *depth);
            }
        }
    }
}

impl List {
    /// The list of which something is required, whose elements are under so many objects and lists.
    /// It sets values from `first` on, and is kept itself or not.
    fn new(
        list: &members::List,
        (first, keeps): (usize, bool),
        level: u8,
        inner: &mut Inner,
    ) -> Self {
        let values = inner.values..inner.values + list.len();
        inner.values = values.end;
        let picks = list.picks.iter().map(|pick| {
            let which = match &pick.which {
                Which::Where(key, text) => Which::Where(values.start + key, text.clone()),
                which => which.clone(),
            };
            let value = pick.value.map(|value| values.start + value);
            let pick = Pick { which, value, target: first + pick.target };
            Picked { pick, values: Vec::new(), is_done: false }
        });
        Self {
            picks: picks.collect(),
            element: Object::new(&list.element, values.start, level, inner),
            event: list.event.map(|count| values.start..values.start + count),
            scalars: keeps.then(Vec::new),
            values,
        }
    }

    /// Scans the elements. Returns the list itself, if it is required.
    fn read(
        &mut self,
        depth: u8,
        inner: &mut Inner,
        found: &mut Found,
        cursor: &mut Cursor<'_>,
        block: &str,
    ) -> Result<Raw, NeedsParser> {
        for picked in &mut self.picks {
            picked.values.clear();
            picked.is_done = false;
        }
        if let Some(scalars) = &mut self.scalars {
            scalars.clear();
        }
        if self.event.is_some() && std::mem::replace(&mut found.elements.are_there, true) {
            // Two of them.
            return Err(NeedsParser);
        }
        let number = found.number;
        let mut count = 0;
        elements(cursor, |cursor| {
            found.begin_element(self.values.clone());
            let first = cursor.byte();
            let scalar = match first {
                Some(b'{') => {
                    self.element.read(inner, found, cursor, block)?;
                    Raw::MISSING
                }
                Some(b'[') => {
                    cursor.skip()?;
                    Raw::MISSING
                }
                _ => value(cursor, block, &mut found.parsed)?,
            };
            for picked in &mut self.picks {
                picked.take(count, scalar, found, block);
            }
            if let Some(scalars) = &mut self.scalars
                && !scalar.is_missing()
            {
                scalars.push(scalar);
            }
            if let Some(event) = &self.event {
                found.keep_element(event.clone(), first == Some(b'{'));
            }
            count += 1;
            Ok(())
        })?;
        found.number = number;
        for Picked { pick, values, .. } in &self.picks {
            let value = match pick.which {
                Which::All => found.parsed.list(values, block),
                Which::At(_) | Which::Where(..) => values.first().copied().unwrap_or(Raw::MISSING),
            };
            if !value.is_missing() {
                found.set(pick.target as u32, value, depth.saturating_add(1));
            }
        }
        let scalars = self.scalars.as_ref();
        Ok(scalars.map_or(Raw::MISSING, |scalars| found.parsed.list(scalars, block)))
    }
}

impl Picked {
    /// Takes what it picks of an element.
    #[inline]
    fn take(&mut self, number: usize, scalar: Raw, found: &Found, block: &str) {
        let Pick { which, value, .. } = &self.pick;
        let of = |value: usize| found.values.get(value).copied().unwrap_or(Raw::MISSING);
        let is_here = match which {
            Which::All => true,
            _ if self.is_done => false,
            Which::At(at) => number == *at,
            Which::Where(key, text) => {
                let key = of(*key).datum(block, &found.parsed);
                key.is_some_and(|key| has_text(key, text))
            }
        };
        if is_here {
            self.is_done = true;
            self.values.push(value.map_or(scalar, of));
        }
    }
}
