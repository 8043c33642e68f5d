//! The scanner of flat events: the required members, at the speed of memory.

use crate::log::json::scan::{
    Cursor, MemberPredictor, NeedsParser, Parsed, Raw, START, UNWANTED, expect_step, member,
};
use crate::log::line::{Origin, type_text};
use crate::log::reading;
use crate::tape::{AsDatum, BatchEncoder, DatumRef};

use super::event::{OWN, Wanted};

/// The most dots followed; deeper paths are left to the parser, which limits the depth of a line.
const MAX_DEPTH: u8 = 32;

/// Scans flat events that look like those before.
pub(super) struct Scanner {
    /// The members of the line.
    line: Object,
    /// Nested objects; each is taken out while it is scanned.
    inner: Vec<Option<Object>>,
    found: Found,
    /// The number of attributes among the values; time, type and id follow.
    attributes: usize,
}

/// The required members of an object.
#[derive(Debug)]
struct Object {
    predictor: MemberPredictor,
    members: Vec<Member>,
    /// The depth: dots followed so far.
    depth: u8,
}

#[derive(Debug)]
struct Member {
    /// The last line that had it.
    line: u64,
    /// The value that it sets, if any.
    target: Option<u32>,
    others: Vec<u32>,
    /// The nested object to scan, if any.
    inner: Option<u32>,
    name: String,
}

/// The values found in the current line.
#[derive(Debug, Default)]
struct Found {
    /// Per required value, the last one under the fewest dots.
    values: Vec<Raw>,
    /// Per value its depth; only for lines with nested objects.
    depths: Vec<u8>,
    parsed: Parsed,
    /// The number of the current line, among those scanned.
    line: u64,
}

impl Scanner {
    pub(super) fn new(wanted: &Wanted) -> Self {
        let mut scanner = Self {
            line: Object::new(0),
            inner: Vec::new(),
            found: Found::default(),
            attributes: wanted.attributes,
        };
        let mut count = wanted.attributes + OWN;
        for (number, path) in wanted.paths() {
            scanner.line.want(&mut scanner.inner, path, number as u32);
            count = count.max(number + 1);
        }
        scanner.found.values.resize(count, Raw::MISSING);
        scanner.found.depths.resize(count, u8::MAX);
        scanner
    }

    /// The attributes of the line that have a value, by number; and all of its other values.
    pub(super) fn values<'s>(
        &'s self,
        block: &'s str,
    ) -> Option<(impl Iterator<Item = (usize, Kept<'s>)> + Clone, Vec<Kept<'s>>)> {
        let Found { values, parsed, .. } = &self.found;
        let (attributes, own) = values.split_at_checked(self.attributes)?;
        let kept = move |raw: &Raw| Kept { raw: *raw, block, parsed };
        let fields = attributes.iter().enumerate();
        let fields = fields.filter(|(_, raw)| !raw.is_missing());
        let fields = fields.map(move |(number, raw)| (number, kept(raw)));
        Some((fields, own.iter().map(kept).collect()))
    }
}

impl Scanner {
    /// The attribute of the line with this number.
    pub(super) fn value<'s>(&'s self, block: &'s str, number: usize) -> Option<DatumRef<'s>> {
        let Found { values, parsed, .. } = &self.found;
        let raw = values.get(number).filter(|_| number < self.attributes)?;
        raw.datum(block, parsed)
    }
}

impl Object {
    fn new(depth: u8) -> Self {
        Self { predictor: MemberPredictor::new(), members: Vec::new(), depth }
    }

    /// Requires the value at a path in the object: a member of that very name, or one in nested
    /// objects.
    fn want(&mut self, inner: &mut Vec<Option<Self>>, path: &str, target: u32) {
        let member = self.member(path);
        match member.target {
            None => member.target = Some(target),
            Some(_) => member.others.push(target),
        }
        if let Some((first, rest)) = path.split_once('.') {
            let depth = self.depth.saturating_add(1);
            let number = *self.member(first).inner.get_or_insert_with(|| {
                inner.push(Some(Self::new(depth)));
                inner.len() as u32 - 1
            });
            if let Some(mut object) = inner[number as usize].take() {
                object.want(inner, rest, target);
                inner[number as usize] = Some(object);
            }
        }
    }

    fn member(&mut self, name: &str) -> &mut Member {
        let known = self.members.iter().position(|member| member.name == name);
        let place = known.unwrap_or_else(|| {
            let name = name.to_owned();
            self.members.push(Member {
                line: 0,
                target: None,
                others: Vec::new(),
                inner: None,
                name,
            });
            self.members.len() - 1
        });
        &mut self.members[place]
    }

    /// Scans the members of the object. `inner` are the nested objects.
    #[expect(clippy::inline_always, reason = "the cursor of a line stays in the registers")]
    #[inline(always)]
    fn read(
        &mut self,
        inner: &mut [Option<Self>],
        found: &mut Found,
        cursor: &mut Cursor<'_>,
        block: &str,
    ) -> Result<(), NeedsParser> {
        let Self { predictor, members, depth } = self;
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
            if wanted.line == found.line {
                // A duplicate member.
                return Err(NeedsParser);
            }
            wanted.line = found.line;
            if !step.is_text
                && let Some(number) = wanted.inner
                && cursor.byte() == Some(b'{')
            {
                if *depth >= MAX_DEPTH {
                    return Err(NeedsParser);
                }
                cursor.detached(|cursor| Self::read_inner(number, inner, found, cursor, block))?;
                continue;
            }
            let value = member(cursor, step, block, &mut found.parsed)?;
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

    /// Scans the members of a nested object.
    #[inline(never)]
    fn read_inner(
        number: u32,
        inner: &mut [Option<Self>],
        found: &mut Found,
        cursor: &mut Cursor<'_>,
        block: &str,
    ) -> Result<(), NeedsParser> {
        let object = inner.get_mut(number as usize).and_then(Option::take);
        let mut object = object.ok_or(NeedsParser)?;
        let read = object.read(inner, found, cursor, block);
        inner[number as usize] = Some(object);
        read
    }
}

impl Found {
    /// Clears the values of the line before.
    #[inline]
    fn clear(&mut self, several_objects: bool) {
        self.line += 1;
        self.values.fill(Raw::MISSING);
        if several_objects {
            self.depths.fill(u8::MAX);
        }
        self.parsed.clear();
    }

    /// Sets a required value.
    #[inline]
    fn set(&mut self, target: u32, value: Raw, depth: u8) {
        let target = target as usize;
        if let Some(kept) = self.values.get_mut(target)
            && let Some(before) = self.depths.get_mut(target)
            && depth <= *before
        {
            (*kept, *before) = (value, depth);
        }
    }
}

#[expect(clippy::inline_always, reason = "the loop over lines keeps its cursor in registers")]
impl reading::Scanner for Scanner {
    #[inline(always)]
    fn scan(&mut self, cursor: &mut Cursor<'_>, block: &str) -> Result<(), NeedsParser> {
        let Self { line, inner, found, .. } = self;
        found.clear(!inner.is_empty());
        cursor.detached(|cursor| line.read(inner, found, cursor, block))
    }

    #[inline(always)]
    fn record(
        &self,
        block: &str,
        line: Origin,
        encoder: &mut BatchEncoder,
    ) -> Result<(), NeedsParser> {
        let Found { values, parsed, .. } = &self.found;
        let (attributes, own) = values.split_at_checked(self.attributes).ok_or(NeedsParser)?;
        let [time, kind, id] = own.first_chunk().copied().ok_or(NeedsParser)?;
        let datum = |raw: Raw| raw.datum(block, parsed);
        let id = if line.dedup { datum(id) } else { None };
        let mark = line.mark(datum(time), id).map_err(|_| NeedsParser)?;
        let fields = attributes.iter().enumerate();
        let fields = fields.filter(|(_, raw)| !raw.is_missing());
        let fields = fields.map(|(number, raw)| (number, Kept { raw: *raw, block, parsed }));
        match datum(kind).ok_or(NeedsParser)? {
            DatumRef::Text(kind) => encoder.event(mark, kind, fields),
            kind => {
                let kind = type_text(kind).map_err(|_| NeedsParser)?;
                encoder.event(mark, &kind, fields)
            }
        }
        .map_err(|_| NeedsParser)
    }
}

/// A value that is read from its block on demand.
#[derive(Clone, Copy)]
pub(super) struct Kept<'a> {
    raw: Raw,
    block: &'a str,
    parsed: &'a Parsed,
}

impl<'a> Kept<'a> {
    /// The datum; `None` if there is no value.
    pub(super) fn datum(self) -> Option<DatumRef<'a>> {
        self.raw.datum(self.block, self.parsed)
    }
}

impl AsDatum for Kept<'_> {
    #[inline]
    fn as_datum(&self) -> DatumRef<'_> {
        // The value is of this block.
        self.raw.datum(self.block, self.parsed).unwrap_or(DatumRef::Text(""))
    }
}
