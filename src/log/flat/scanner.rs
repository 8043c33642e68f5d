//! Flat events by the scanner: the members that are wanted, at the speed of memory. It must not
//! know what becomes of an event.

use crate::log::line::Origin;
use crate::log::reading;
use crate::log::scan::{Chain, Cursor, Parsed, Raw, START, UNWANTED, Unusual, member, pass};
use crate::tape::{DatumRef, Recorder};

use super::Wanted;

/// How many dots are followed; for more, the parser counts how deep a line is.
const DEEPEST: u8 = 32;

/// The time, the type and the id.
const OWN: usize = 3;

/// Reads flat events that are written like those before.
pub(super) struct Scanner {
    /// The wanted members of the line, and those of the objects in it.
    objects: Vec<Object>,
    /// The values of the line at hand: for each that is wanted, the last of those that were found
    /// under the fewest dots.
    values: Vec<Raw>,
    /// Under how many dots each was found; of use only where there are several objects.
    depths: Vec<u8>,
    parsed: Parsed,
    /// How many of them are attributes; behind these are the time, the type and the id.
    attributes: usize,
    /// The number of the line at hand, among those read here.
    line: u64,
}

/// The wanted members of an object.
#[derive(Default)]
struct Object {
    chain: Chain,
    members: Vec<Member>,
    /// How many dots have been followed to get here.
    depth: u8,
}

struct Member {
    name: String,
    /// What it gives a value to.
    targets: Vec<u32>,
    /// Where to look on if it is an object.
    inner: Option<usize>,
    /// The line that had it last.
    line: u64,
}

impl Scanner {
    pub(super) fn new(wanted: &Wanted) -> Self {
        let mut scanner = Self {
            objects: vec![Object { chain: Chain::new(), members: Vec::new(), depth: 0 }],
            attributes: wanted.attributes,
            values: Vec::new(),
            depths: Vec::new(),
            parsed: Parsed::default(),
            line: 0,
        };
        for (number, path) in wanted.paths() {
            scanner.want(0, path, number);
            scanner.values.resize(number + 1, Raw::MISSING);
        }
        scanner.values.resize(scanner.values.len().max(wanted.attributes + OWN), Raw::MISSING);
        scanner.depths.resize(scanner.values.len(), u8::MAX);
        scanner
    }

    /// Wants what is at a path in an object, which is either a member of that very name or one in
    /// nested objects.
    fn want(&mut self, object: usize, path: &str, target: usize) {
        let member = self.member(object, path);
        self.objects[object].members[member].targets.push(target as u32);
        if let Some((first, rest)) = path.split_once('.') {
            let member = self.member(object, first);
            let depth = self.objects[object].depth.saturating_add(1);
            let inner = self.objects[object].members[member].inner.unwrap_or_else(|| {
                self.objects.push(Object { chain: Chain::new(), members: Vec::new(), depth });
                self.objects.len() - 1
            });
            self.objects[object].members[member].inner = Some(inner);
            self.want(inner, rest, target);
        }
    }

    fn member(&mut self, object: usize, name: &str) -> usize {
        let members = &mut self.objects[object].members;
        members.iter().position(|member| member.name == name).unwrap_or_else(|| {
            let name = name.to_owned();
            members.push(Member { name, targets: Vec::new(), inner: None, line: 0 });
            members.len() - 1
        })
    }

    /// Gives a value to what it is wanted for.
    #[inline]
    fn give(&mut self, value: Raw, depth: u8, targets: &[u32]) {
        for target in targets {
            let target = *target as usize;
            let (Some(kept), Some(before)) =
                (self.values.get_mut(target), self.depths.get_mut(target))
            else {
                continue;
            };
            if depth <= *before {
                (*kept, *before) = (value, depth);
            }
        }
    }

    /// Reads the members of an object, which is the one of this number.
    fn object(
        &mut self,
        number: usize,
        cursor: &mut Cursor<'_>,
        block: &str,
    ) -> Result<(), Unusual> {
        let mut object = std::mem::take(&mut self.objects[number]);
        let read = cursor.aside(|cursor| self.members(&mut object, cursor, block));
        self.objects[number] = object;
        read
    }

    /// Reads the members of an object.
    fn members(
        &mut self,
        object: &mut Object,
        cursor: &mut Cursor<'_>,
        block: &str,
    ) -> Result<(), Unusual> {
        let Object { chain, members, depth } = object;
        let mut from = START;
        loop {
            let look_up = |name: &[u8]| {
                let place = members.iter().position(|member| member.name.as_bytes() == name);
                place.map_or(UNWANTED, |place| place as u32)
            };
            let Some(step) = chain.next(cursor, from, look_up)? else { return Ok(()) };
            from = step;
            let Some(wanted) = members.get_mut(step.member as usize) else {
                pass(cursor, step)?;
                continue;
            };
            if wanted.line == self.line {
                // The second one of that name.
                return Err(Unusual);
            }
            wanted.line = self.line;
            match wanted.inner {
                Some(inner) if !step.is_text && cursor.byte() == Some(b'{') => {
                    if *depth >= DEEPEST {
                        return Err(Unusual);
                    }
                    cursor.aside(|cursor| self.object(inner, cursor, block))?;
                }
                _ => {
                    let value = member(cursor, step, block, &mut self.parsed)?;
                    if value != Raw::MISSING {
                        self.give(value, *depth, &wanted.targets);
                    }
                }
            }
        }
    }
}

impl reading::Scanner for Scanner {
    #[inline]
    fn scan(&mut self, cursor: &mut Cursor<'_>, block: &str) -> Result<(), Unusual> {
        self.line += 1;
        self.values.fill(Raw::MISSING);
        if self.objects.len() > 1 {
            self.depths.fill(u8::MAX);
        }
        self.parsed.clear();
        self.object(0, cursor, block)
    }

    #[inline]
    fn record(&self, block: &str, line: Origin, recorder: &mut Recorder) -> Result<(), Unusual> {
        let (attributes, own) = self.values.split_at_checked(self.attributes).ok_or(Unusual)?;
        let [time, kind, id] = own.first_chunk().copied().ok_or(Unusual)?;
        let datum = |raw: Raw| raw.datum(block, &self.parsed);
        let id = if line.dedup { datum(id) } else { None };
        let mark = line.mark(datum(time), id).map_err(|_| Unusual)?;
        let fields = attributes.iter().enumerate();
        let fields = fields.filter_map(|(number, raw)| Some((number, datum(*raw)?)));
        match datum(kind).ok_or(Unusual)? {
            DatumRef::Text(kind) => recorder.event(mark, kind, fields),
            kind => {
                let kind = kind.to_value().key_text().ok_or(Unusual)?;
                recorder.event(mark, &kind, fields)
            }
        }
        .map_err(|_| Unusual)
    }
}
