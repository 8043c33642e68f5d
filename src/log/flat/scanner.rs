//! Flat events by the scanner: the members that are wanted, at the speed of memory. It must not
//! know what becomes of an event.

use crate::log::line::Origin;
use crate::log::reading;
use crate::log::scan::{Chain, Cursor, Parsed, Raw, START, UNWANTED, Unusual, member, pass};
use crate::tape::{DatumRef, Recorder};

use super::Wanted;

/// How many dots are followed; for more, the parser counts how deep a line is.
const DEEPEST: u8 = 32;

/// Reads flat events that are written like those before.
pub(super) struct Scanner {
    /// The wanted members of the line, and those of the objects in it.
    objects: Vec<Object>,
    /// The values of the line at hand.
    found: Vec<Found>,
    parsed: Parsed,
    /// How many of them are attributes; behind these are the time, the type and the id.
    attributes: usize,
    /// The number of the line at hand, among those read here.
    line: u64,
}

/// The wanted members of an object.
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

/// A value of the line at hand.
#[derive(Clone, Copy)]
struct Found {
    /// What it is a value of.
    target: u32,
    /// How many dots were followed to find it.
    depth: u8,
    value: Raw,
}

impl Scanner {
    pub(super) fn new(wanted: &Wanted) -> Self {
        let mut scanner = Self {
            objects: vec![Object { chain: Chain::new(), members: Vec::new(), depth: 0 }],
            attributes: wanted.attributes,
            found: Vec::new(),
            parsed: Parsed::default(),
            line: 0,
        };
        for (number, path) in wanted.paths() {
            scanner.want(0, path, number);
        }
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

    /// Reads an object's members.
    fn object(
        &mut self,
        object: usize,
        cursor: &mut Cursor<'_>,
        block: &str,
    ) -> Result<(), Unusual> {
        let mut place = START;
        loop {
            let Object { chain, members, depth } = &mut self.objects[object];
            let look_up = |name: &[u8]| {
                let place = members.iter().position(|member| member.name.as_bytes() == name);
                place.map_or(UNWANTED, |place| place as u32)
            };
            let Some(step) = chain.next(cursor, &mut place, look_up)? else { return Ok(()) };
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
                    self.object(inner, cursor, block)?;
                }
                _ => {
                    let value = member(cursor, step, block, &mut self.parsed)?;
                    if value != Raw::MISSING {
                        let depth = *depth;
                        let found = wanted.targets.iter();
                        self.found.extend(found.map(|target| Found {
                            target: *target,
                            depth,
                            value,
                        }));
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
        self.found.clear();
        self.parsed.clear();
        self.object(0, cursor, block)?;
        if self.objects.len() > 1 {
            // The last of several values holds: the one that was found under the fewest dots.
            self.found.sort_by_key(|found| std::cmp::Reverse(found.depth));
        }
        Ok(())
    }

    #[inline]
    fn record(&self, block: &str, line: Origin, recorder: &mut Recorder) -> Result<(), Unusual> {
        let mut own = [Raw::MISSING; 3];
        for found in &self.found {
            let number = (found.target as usize).wrapping_sub(self.attributes);
            if let Some(own) = own.get_mut(number) {
                *own = found.value;
            }
        }
        let datum = |raw: Raw| raw.datum(block, &self.parsed);
        let [time, kind, id] = own;
        let id = if line.dedup { datum(id) } else { None };
        let mark = line.mark(datum(time), id).map_err(|_| Unusual)?;
        let attributes = self.found.iter().filter(|it| (it.target as usize) < self.attributes);
        let fields = attributes.filter_map(|it| Some((it.target as usize, datum(it.value)?)));
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
